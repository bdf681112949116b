"""What reaches the clipboard of the terminal, and how."""

from __future__ import annotations

import base64
import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.review.facts import Severity
from dqmtui.review.tmux import Taken
from dqmtui.tui.clipboard import (
    MOST_BYTES,
    TMUX_OPTION,
    TooLongError,
    copyable,
    in_tmux,
    osc_52,
    passed_through,
)
from tests.terminal import Terminal
from tests.tui.driving import reviewing, screen_of, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

PLAIN = re.compile(r"\x1b]52;c;([A-Za-z0-9+/=]*)\x07")


def text_in(sequence: str) -> str:
    match = PLAIN.fullmatch(sequence)
    assert match is not None
    return base64.b64decode(match[1], validate=True).decode()


@pytest.mark.parametrize("text", ["ABCD-EFGH", "", "µ in 2 lines", "日本", "x" * MOST_BYTES])
def test_the_sequence_holds_the_text(text: str) -> None:
    assert text_in(osc_52(text)) == text


def test_what_a_terminal_would_cut_is_refused() -> None:
    with pytest.raises(TooLongError, match="too long"):
        osc_52("x" * (MOST_BYTES + 1))
    assert len(osc_52("x" * MOST_BYTES)) <= 100_000


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("rm -rf ~\nyes", "rm -rf ~ yes"),
        ("a\r\nb\x0bc\u2028d", "a b c d"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("\t\x7f\x9b31m\u202e", "\\t\\x7f\\x9b31m\\u202e"),
        ("plain  text", "plain  text"),
    ],
)
def test_no_control_character_is_copied(text: str, copied: str) -> None:
    assert copyable(text) == copied
    assert copyable(text).isprintable()


@pytest.mark.parametrize("environ", [{"TMUX": "/tmp/t,1,0", "TERM": "screen"}, {"TERM": "tmux-256color"}])  # noqa: S108 - no file
def test_tmux_hands_the_sequence_on(environ: dict[str, str]) -> None:
    wrapped = passed_through(osc_52("hello"), environ)
    match = re.fullmatch(r"\x1bPtmux;(.*)\x1b\\", wrapped, re.DOTALL)
    assert match is not None
    assert text_in(match[1].replace("\x1b\x1b", "\x1b")) == "hello"
    # every escape inside is doubled: a lone one would end the string
    assert "\x1b" not in match[1].replace("\x1b\x1b", "")


@pytest.mark.parametrize("environ", [{"STY": "1.pts-0", "TERM": "xterm"}, {"TERM": "screen.xterm-256color"}])
def test_gnu_screen_hands_the_sequence_on_in_pieces(environ: dict[str, str]) -> None:
    text = "long " * 100
    wrapped = passed_through(osc_52(text), environ)
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", wrapped, re.DOTALL)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == wrapped
    assert max(len(piece) for piece in pieces) <= 76
    assert text_in("".join(pieces)) == text


def test_a_terminal_without_multiplexer_gets_the_plain_sequence_alone() -> None:
    assert passed_through(osc_52("hello"), {"TERM": "xterm-256color"}) == ""


def written(pilot: Pilot[None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what goes to the terminal from here on."""
    out: list[str] = []
    monkeypatch.setattr(pilot.app._driver, "write", out.append)
    return out


async def test_the_last_message_is_copied_with_its_details(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo) as (pilot, _):
        screen, out = screen_of(pilot), written(pilot, monkeypatch)
        screen.notice("It failed.\x1b[2J", Severity.ERROR, "status 500;\nhttps://host/path")
        await typed(pilot, "c", "c")
        copies = [text_in(sequence) for sequence in out if "]52;" in sequence]
        # the confirmation is no message: the second copy is that of the first
        assert copies[0] == copies[1]
        assert copies[0].endswith("UTC  It failed.\\x1b[2J [status 500; https://host/path]")
        assert "sent to the terminal's clipboard" in screen.on_line.text


SENT, KEPT, NOT = Taken


@pytest.mark.parametrize(
    ("taken", "passes", "says"),
    [
        (SENT, None, "The code has been put into tmux's paste buffer and sent to the terminal's clipboard."),
        (NOT, True, "The code has been sent to the terminal's clipboard."),
        (KEPT, False, f"paste buffer alone; the clipboard takes {TMUX_OPTION}."),
        (NOT, False, f"tmux keeps it from the terminal's clipboard; {TMUX_OPTION} lets it through."),
        (NOT, None, f"been sent to the terminal's clipboard; tmux lets it through if {TMUX_OPTION} is set."),
    ],
)
def test_nothing_is_promised_that_tmux_may_keep(
    taken: Taken,
    passes: bool | None,  # noqa: FBT001 - what pytest gives
    says: str,
) -> None:
    assert in_tmux("The code has", taken, passes=passes).endswith(says)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ('[ "$1" = load-buffer ] && cat > "$0.buffer"', "put into tmux's paste buffer and sent to"),
        ('[ "$1" = load-buffer ] && exit 1; echo off', "tmux keeps it from the terminal's clipboard"),
    ],
    ids=["takes it", "keeps it out"],
)
async def test_within_tmux_it_is_told_and_what_it_did_is_said(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    async with reviewing(demo) as (pilot, _):
        monkeypatch.setenv("TMUX", "socket,1,0")
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        screen = screen_of(pilot)
        screen.notice("It failed.", Severity.ERROR)
        await pilot.press("c")
        await until(pilot, lambda: says in screen.on_line.text, "what tmux did")
        if "put into" in says:
            assert "It failed." in (tmp_path / "tmux.buffer").read_text(encoding="utf-8")


async def test_there_may_be_nothing_to_copy(demo: DemoServices, monkeypatch: pytest.MonkeyPatch) -> None:
    async with reviewing(demo) as (pilot, _):
        out = written(pilot, monkeypatch)
        await typed(pilot, "c")
        assert "Nothing has been said" in screen_of(pilot).on_line.text
        assert not [sequence for sequence in out if "]52;" in sequence]


async def test_what_is_too_long_is_said_and_not_copied(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo) as (pilot, _):
        screen, out = screen_of(pilot), written(pilot, monkeypatch)
        screen.notice("x" * MOST_BYTES, Severity.ERROR)
        await typed(pilot, "c")
        assert "too long for a terminal's clipboard" in screen.on_line.text
        assert not [sequence for sequence in out if "]52;" in sequence]


def test_in_a_real_terminal_within_tmux_both_forms_are_written(demo: DemoServices, tmp_path: Path) -> None:
    env = {
        **demo.environment(),
        "TMUX": "socket,1,0",
        "DQMTUI_CACHE_SIZE_MB": "0",
        "DQMTUI_STATE_DIR": str(tmp_path),
    }
    with Terminal([sys.executable, "-m", "dqmtui"], width=100, height=30, env=env) as terminal:
        terminal.wait_for("381151")
        terminal.press(":no.such.action", "enter")
        terminal.wait_for("is neither an LS")
        terminal.press("c")
        terminal.wait_for("sent to the terminal's clipboard")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        (plain,) = re.findall(rb"(?<!\x1b)\x1b]52;c;([A-Za-z0-9+/=]+)\x07", terminal.output)
        (wrapped,) = re.findall(rb"\x1bPtmux;\x1b\x1b]52;c;([A-Za-z0-9+/=]+)\x07\x1b\\", terminal.output)
        assert plain == wrapped
        assert "'no.such.action' is neither an LS" in base64.b64decode(plain).decode()
