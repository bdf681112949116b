"""A review in the terminals people have: in tmux, without UTF-8, without colours, with sixteen of them.

Each is driven by keys alone and looked at as text: what a state is must be told without its colour.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.process import DemoServices
from dqmtui.render.charset import CHARSETS
from dqmtui.store.themes import available_themes, load_theme
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dqmtui.model.theme import Glyphs

DQMTUI = [sys.executable, "-m", "dqmtui"]
WIDTH, HEIGHT = 160, 45
RUN = 379011
# rate and beams of the run: the first is absent in LS 8, the second are gone from 394 on
LS_WITHOUT_RATE = 8
STATES = (
    "good",
    "bad",
    "unknown",
    "absent",
    "loading",
    "excluded",
    "masked",
    "empty",
    "hole",
    "note",
    "track",
)
COLOURS = re.compile(rb"\x1b\[[0-9;]*(?:38|48);(5|2);")


@dataclass(frozen=True)
class Kind:
    """A kind of terminal: what is different in its environment, and what of the program's look follows."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    charset: str = "utf8"
    theme: str = "dqm-dark"
    is_tmux: bool = False

    @property
    def glyphs(self) -> Glyphs:
        """The glyphs of the states on it."""
        return CHARSETS[self.charset].glyphs(load_theme(available_themes(None)[self.theme]))


KINDS = (
    Kind("tmux", is_tmux=True),
    Kind("no UTF-8", {"LC_ALL": "C", "LANG": "C"}, charset="ascii"),
    Kind("NO_COLOR", {"NO_COLOR": "1"}),
    Kind("16 colours", {"TERM": "xterm-16color", "DQMTUI_THEME": "sixteen"}, theme="sixteen"),
)


@pytest.fixture(scope="module")
def silent_oms() -> Iterator[DemoServices]:
    """Embedded services where OMS takes its time."""
    with DemoServices.start(["--faults", "slow=1:600,only=oms"]) as services:
        yield services


def opened(kind: Kind, demo: DemoServices, tmp_path: Path, *options: str) -> Terminal:
    """Start the program on some services in a kind of terminal; it keeps nothing for another test."""
    own = {"DQMTUI_STATE_DIR": str(tmp_path / "state"), "DQMTUI_CACHE_DIR": str(tmp_path / "cache")}
    env = {**demo.environment(), **own, **kind.environment}
    command = [*DQMTUI, *options]
    if kind.is_tmux:
        tmux = shutil.which("tmux")
        if tmux is None:
            pytest.skip("tmux is not installed")
        settings = tmp_path / "tmux.conf"
        settings.write_text(
            "set -g default-terminal screen-256color\nset -g status off\nset -s escape-time 0\n",
            encoding="utf-8",
        )
        env["TMUX_TMPDIR"] = str(tmp_path)
        command = [tmux, "-u", "-f", str(settings), "new-session", *command]
    return Terminal(command, width=WIDTH, height=HEIGHT, env=env, cwd=str(tmp_path))


@pytest.fixture(autouse=True)
def _no_tmux_is_left(tmp_path: Path) -> Iterator[None]:
    """End the tmux server of a test that failed."""
    yield
    tmux = shutil.which("tmux")
    if tmux is not None and (tmp_path / "tmux.conf").exists():
        subprocess.run(
            [tmux, "kill-server"], check=False, env={"TMUX_TMPDIR": str(tmp_path)}, capture_output=True
        )


def row_of_strip(text: str, name: str) -> str:
    """Give the cells of a row of the strip by its name, "" while there is none."""
    found = re.search(rf"[│|\s]{name} +(\S{{20,}})", text)
    return "" if found is None else found[1]


def row_of_table(text: str, ls: int) -> str:
    """Give the line of the LS table for an LS up to the border of the pane, "" while there is none."""
    found = re.search(rf"^[│|] +{ls} +(.+?)[│|]", text, re.MULTILINE)
    return "" if found is None else found[1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_review_works_and_its_states_can_be_told_apart_as_text(
    kind: Kind, demo: DemoServices, tmp_path: Path
) -> None:
    glyphs = kind.glyphs
    with opened(kind, demo, tmp_path) as terminal:
        # open a run
        terminal.wait_for("382262")
        terminal.press(":", f"{RUN}", "enter")
        terminal.wait_for(lambda text: f"run {RUN}" in text and "9477" in text)
        # find an ME
        terminal.press("/", "charge_PXLayer_1")
        terminal.wait_for("PXBarrel/charge_PXLayer_1")
        terminal.press("enter")
        terminal.wait_for(lambda text: re.search(r"LS 1 +counts", text) is not None)
        # good, bad and absent
        terminal.press("2", ":", f"{LS_WITHOUT_RATE}", "enter")
        terminal.wait_for(lambda text: re.search(rf"LS {LS_WITHOUT_RATE} +counts", text) is not None)

        def has_come(text: str) -> bool:
            # the rates are asked for in another way than the conditions, and may come after them
            cells = row_of_table(text, LS_WITHOUT_RATE).split()
            return glyphs.good in cells and glyphs.loading not in cells

        shown = row_of_table(terminal.wait_for(has_come), LS_WITHOUT_RATE).split()
        assert shown[1] == glyphs.absent
        assert glyphs.bad not in shown
        terminal.wait_for(lambda text: glyphs.bad in row_of_strip(text, "beams"))
        # step, and exclude
        terminal.press("right", "x")
        terminal.wait_for(lambda text: re.search(rf"LS {LS_WITHOUT_RATE + 1} +counts", text) is not None)
        terminal.wait_for(lambda text: glyphs.excluded in row_of_strip(text, "excluded"))
        terminal.wait_for("396 of 397")
        # a reference
        terminal.press("r")
        terminal.wait_for("the other good LS of this run")
        terminal.press("enter")
        legend = re.compile(r"(\S+) this LS +(\S+) this run without it")
        found = legend.search(terminal.wait_for(lambda text: legend.search(text) is not None))
        assert found is not None
        assert found[1] != found[2]
        # the waterfall with the current LS in it
        terminal.press("w")
        terminal.wait_for(lambda text: re.search(r"LS . bin", text) is not None and glyphs.cursor in text)
        # another trend
        terminal.press("w", "4", "t")
        terminal.wait_for("std per LS")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        _check_bytes(kind, terminal.output)


def _check_bytes(kind: Kind, output: bytes) -> None:
    """See that the terminal was told nothing that it does not know."""
    if kind.charset == "ascii":
        assert output.isascii()
    if kind.name == "16 colours":
        assert COLOURS.search(output) is None
    elif kind.is_tmux:
        assert {found[1] for found in COLOURS.finditer(output)} == {b"5"}


@pytest.mark.parametrize("kind", KINDS[1:3], ids=lambda kind: kind.name)
def test_what_is_still_loading_looks_neither_absent_nor_good(
    kind: Kind, silent_oms: DemoServices, tmp_path: Path
) -> None:
    glyphs = kind.glyphs
    with opened(kind, silent_oms, tmp_path, "--run", str(RUN)) as terminal:
        terminal.wait_for(lambda text: re.search(rf"run {RUN} +LS 1 ", text) is not None)
        terminal.wait_for(lambda text: glyphs.loading in row_of_table(text, 2))
        shown = row_of_table(terminal.text, 2).split()
        assert glyphs.absent not in shown
        assert glyphs.good not in shown
        terminal.press("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("theme", sorted(available_themes(None)))
@pytest.mark.parametrize("charset", sorted(CHARSETS))
def test_every_state_has_a_character_of_its_own(theme: str, charset: str) -> None:
    glyphs = CHARSETS[charset].glyphs(load_theme(available_themes(None)[theme]))
    for one, other in combinations(STATES, 2):
        assert getattr(glyphs, one) != getattr(glyphs, other), (one, other)
        assert getattr(glyphs, one).strip()
    assert glyphs.cursor not in {getattr(glyphs, state) for state in STATES}
