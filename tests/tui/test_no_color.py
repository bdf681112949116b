"""Without colours, and with sixteen: what matters can still be told apart."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.terminal import Terminal
from tests.tui.driving import review_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest
    from pyte.screens import Char

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
COLOURS = re.compile(rb"\x1b\[[0-9;:]*m")


@contextmanager
def reviewing(directory: Path, *options: str, **env: str) -> Iterator[Terminal]:
    """Run the program in a terminal, at one LS with its reference beside it."""
    command = [sys.executable, "-m", "dqmtui", "demo", "--run", "379011", "--me", CHARGE, "--ls", "100"]
    places = {"DQMTUI_STATE_DIR": str(directory), "DQMTUI_CACHE_DIR": str(directory)}
    with Terminal(
        [*command, *options], width=160, height=45, env={**places, **env}, cwd=str(directory)
    ) as terminal:
        terminal.wait_for(lambda text: "LS 100   counts" in text and "stops)" not in text)
        terminal.press("r")
        terminal.wait_for("S of this run")
        terminal.press("enter")
        terminal.wait_for("Compared with")
        terminal.wait_for_rest()
        yield terminal
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def cells(terminal: Terminal, row: int) -> list[Char]:
    return [terminal.screen.buffer[row][column] for column in range(terminal.screen.columns)]


def row_of(terminal: Terminal, pattern: str) -> int:
    """Give the row of the screen in which something stands."""
    return next(row for row, line in enumerate(terminal.screen.display) if re.search(pattern, line))


def look(terminal: Terminal, pattern: str) -> tuple[bool, bool, bool, str]:
    """Give how the first character of something is drawn: bold, underlined, reversed, background."""
    row = row_of(terminal, pattern)
    match = re.search(pattern, terminal.screen.display[row])
    assert match is not None
    cell = cells(terminal, row)[match.start()]
    return cell.bold, cell.underscore, cell.reverse, cell.bg


def codes(output: bytes) -> set[int]:
    """Give all numbers that set how something is drawn."""
    found: set[int] = set()
    for sequence in COLOURS.findall(output):
        found.update(int(number) for number in re.findall(rb"\d+", sequence))
    return found


def test_without_colours_everything_is_told_by_signs_and_attributes(tmp_path: Path) -> None:
    with reviewing(tmp_path, NO_COLOR="1") as terminal:
        # bold, dim, italic, underlined, reversed and their ends, and the terminal's own two colours
        assert codes(terminal.output) <= {0, 1, 2, 3, 4, 7, 22, 23, 24, 27, 39, 49}
        # the pane that has the keys, and one that has not
        assert look(terminal, r"3 charge_PXLayer_1")[:3] != look(terminal, r"1 Runs")[:3]
        # the LS under the cursor, which also stands at the top, and the one beside it
        assert look(terminal, r" 100 141 ")[:3] != look(terminal, r" 101 141 ")[:3]
        assert "LS 100" in terminal.screen.display[0]
        # the open run
        terminal.wait_for(lambda text: re.search(r"[>▸] ?379011", text) is not None)
        # this LS and the reference, in the plot and in what it says
        terminal.wait_for(lambda text: re.search(r"(\S+) this LS +(\S+) ", text) is not None)
        # what is not well is a sign, not a colour
        terminal.wait_for(lambda text: re.search(r"beams +━.*✗", text) is not None)
        before = look(terminal, r" 100 141 ")[:3]
        terminal.press("2")
        # the cursor of the table that has the keys
        terminal.wait_for(lambda _: look(terminal, r" 100 141 ")[2])
        after = look(terminal, r" 100 141 ")[:3]
        assert after != before
        # an LS that is left out is marked by a sign
        line = terminal.screen.display[row_of(terminal, r" 100 141 ")][:60]
        terminal.press("x")
        terminal.wait_for(lambda text: "xcluded" in text)
        terminal.wait_for(lambda _: terminal.screen.display[row_of(terminal, r" 100 141 ")][:60] != line)


def test_with_sixteen_colours_only_those_are_used_and_the_cursor_is_seen(tmp_path: Path) -> None:
    with reviewing(tmp_path, "--color", "16", TERM="xterm") as terminal:
        numbers = codes(terminal.output)
        # no sequence for one of 256 or a mixture
        assert not {38, 48} & numbers
        assert numbers & {*range(30, 38), *range(90, 98)}
        assert look(terminal, r"3 charge_PXLayer_1")[:3] != look(terminal, r"1 Runs")[:3]
        assert look(terminal, r" 100 141 ") != look(terminal, r" 101 141 ")


def test_an_empty_variable_is_none(demo: DemoServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert not review_app(demo.environment()).no_color
    monkeypatch.setenv("NO_COLOR", "1")
    assert review_app(demo.environment()).no_color
