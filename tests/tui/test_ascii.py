"""A terminal without UTF-8: nothing over 127 is ever written to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.render.charset import ASCII, plain_cells
from dqmtui.review.facts import Severity
from dqmtui.review.review import Target
from dqmtui.tui.plain import PlainText
from tests.terminal import Terminal
from tests.tui.driving import on_screen, reviewing, screen_of, settled, typed

if TYPE_CHECKING:
    from pathlib import Path

    from rich.segment import Segment
    from textual.color import Color

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)

WALK = (
    # plots: errors, log, steps, numbers, a bin cursor, normalised
    ("b", "y", "X", "B", "I", "a", "n", "n", "n", "escape"),
    # the waterfall, the integral, and the trend with another statistic and other rows under it
    ("w", "w", "i", "i", "t", "U", "U", "4", "v", "right", "v", "Z", "Z"),
    # scores, exclusions and suspicions
    ("s", "]", "x", "u", "s", "3"),
    # references in all comparisons
    ("r",),
    ("enter", "d", "d", "d", "d"),
    # a page of plots
    ("P", "P", "z", "z"),
    # what lies over the panes
    ("question_mark",),
    ("escape", "slash", "c", "h"),
    ("escape", "colon", "t", "h"),
    ("escape", "ctrl+p", "t"),
    ("escape", "p"),
    ("escape", "E", "f", "enter"),
    ("escape", "escape", "J"),
    ("escape", "D"),
    ("escape", "1", "C"),
    ("escape", "f", "3"),
    ("escape", "escape", "2", "o", "down"),
    ("m",),
    ("escape", "M"),
    ("escape",),
)
WALK_IN_A_MAP = (
    ("y", "O", "I", "a", "i"),
    ("r",),
    ("enter", "d", "d"),
    ("t", "E"),
    ("escape", "question_mark"),
)


@pytest.mark.parametrize(
    ("size", "element", "walk"), [((160, 45), CHARGE, WALK), ((80, 24), MAP, WALK_IN_A_MAP)]
)
async def test_texts_and_signs_are_made_in_ascii_everywhere(
    demo: DemoServices,
    size: tuple[int, int],
    element: str,
    walk: tuple[tuple[str, ...], ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caught: dict[str, str] = {}
    real = PlainText.apply
    keys: tuple[str, ...] = ()

    def watched(net: PlainText, segments: list[Segment], background: Color) -> list[Segment]:
        for segment in segments:
            if not segment.text.isascii():
                caught.setdefault(segment.text.strip(), " ".join(keys))
        return real(net, segments, background)

    monkeypatch.setattr(PlainText, "apply", watched)
    target = Target(run=381080, dataset="ZeroBias", me=element, ls=200)
    async with reviewing(demo, target, size, charset="ascii") as (pilot, _):
        screen_of(pilot).notice("Σ of 5 µm ≥ ½", Severity.ERROR, "χ² → 3 · 10")
        for keys in walk:
            await typed(pilot, *keys)
            assert on_screen(pilot).isascii(), keys
        screen_of(pilot).action_login()
        await settled(pilot)
        assert on_screen(pilot).isascii()
    # frames are Textual's, and so is the sign behind a title that has no room
    theirs = {chr(code) for code in range(0x2500, 0x2580)} | {"…"}
    mine = {text: at for text, at in caught.items() if not {c for c in text if not c.isascii()} <= theirs}
    assert mine == {}


def test_every_byte_that_is_written_is_ascii(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "dqmtui",
        "demo",
        "--charset",
        "ascii",
        "--run",
        "379011",
        "--me",
        CHARGE,
    ]
    # the locale has UTF-8: only the setting says what may be written
    env = {
        "LANG": "C.UTF-8",
        "DQMTUI_STATE_DIR": str(tmp_path),
        "DQMTUI_CACHE_DIR": str(tmp_path),
    }
    with Terminal(command, width=160, height=45, env=env, cwd=str(tmp_path)) as terminal:
        terminal.wait_for(lambda text: "LS 1   counts" in text and "esc stops" not in text)
        for keys, sign in (
            (("r",), "S of this run"),
            (("enter",), "Compared with"),
            (("d", "w"), "waterfall"),
            (("w", "?"), "Keys"),
            (("escape",), lambda text: "Keys" not in text),
            (("E",), "Messages:"),
            (("escape",), lambda text: "Messages:" not in text),
            ((":",), " :"),
            (("login", "enter"), "Log in to DIALS"),
            (("escape",), lambda text: "Log in to DIALS" not in text),
        ):
            terminal.press(*keys)
            terminal.wait_for(sign)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert terminal.output.isascii()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("╭─┬╮│╰┴╯", "+-++|+++"),
        ("┏━┓┃", "+-+|"),
        ("▁█▀▐░▒▓", "####.:#"),
        ("⠁⣿", ".."),
        ("← ↑ → ↓", "< ^ > v"),
        ("5 µm ± 2°", "5 um + 2o"),
        ("χ²/Σ…", "x2/S~"),
        ("✓✗●▶▼", "+x*>v"),
        ("漢字", "????"),
        ("e\u0301", "e"),
        ("abc", "abc"),
    ],
)
def test_what_is_drawn_already_keeps_its_width(text: str, plain: str) -> None:
    assert plain_cells(text) == plain


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Σ ≥ 5 µm", "Sigma >= 5 um"),
        ("10 °C · 2", "10 degC . 2"),
        ("χ² ≈ 1 ± ½", "chi2 ~ 1 +- 1/2"),
        ("“Straße”", '"Strasse"'),
        ("✓ ✗", "+ x"),
    ],
)
def test_what_can_still_be_laid_out_is_spelled(text: str, spelled: str) -> None:
    assert ASCII.text(text) == spelled
