"""The wire in whole programs: slow links, leaving, stopping and going on, crashing."""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from tests.slow_terminal import SlowTerminal
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAPS = "PixelPhase1/Phase1_MechanicalView/PXBarrel"
MAP = f"{MAPS}/digi_occupancy_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_4"
# what a program that draws the whole screen of 160 x 45 with every step would write
WHOLE_STEP = {CHARGE: 10_000, MAP: 37_000}
PRESSES = 60
END = b"\x1b[?1049l"
LITTLE = """
from textual.app import App, ComposeResult
from textual.widgets import Static
from dqmtui.tui.wire.driver import WireDriver

class Little(App[None]):
    BINDINGS = [("s", "outside"), ("x", "break"), ("q", "quit")]
    def compose(self) -> ComposeResult:
        yield Static(id="size")
        yield Static("[b]here[/] " * 40)
    def action_outside(self) -> None:
        with self.suspend():
            print("\\x1b[2J\\x1b[HOUTSIDE" * 3, flush=True)
            input()
    def action_break(self) -> None:
        raise RuntimeError("broken on purpose")
    def on_resize(self, event) -> None:
        self.query_one("#size", Static).update(f"size: {event.size.width}")

app = Little(driver_class=WireDriver)
app.run()
raise SystemExit(app.return_code)
"""


def at_ls(ls: int) -> Callable[[str], bool]:
    """Give the condition that the plot shows an LS."""
    return lambda text: re.search(rf"LS {ls} +counts", text) is not None


def reviewing(element: str, rate: int, directory: Path, wire: str = "on") -> SlowTerminal:
    env = {"DQMTUI_WIRE": wire, "DQMTUI_STATE_DIR": str(directory), "DQMTUI_CACHE_DIR": str(directory)}
    command = [sys.executable, "-m", "dqmtui", "demo", "--run", "379011", "--me", element]
    terminal = SlowTerminal(command, width=160, height=45, env=env)
    terminal.wait_for(at_ls(1))
    terminal.wait_for_rest()
    terminal.rate = rate
    return terminal


def little() -> Terminal:
    terminal = Terminal([sys.executable, "-c", LITTLE], width=60, height=20)
    terminal.wait_for("here")
    terminal.wait_for("size: 60")
    terminal.wait_for_rest()
    return terminal


def modes(terminal: Terminal) -> list[object]:
    return termios.tcgetattr(terminal._fd)


def test_leaving_does_not_wait_for_pictures(tmp_path: Path) -> None:
    with reviewing(MAP, 10_000, tmp_path) as terminal:
        start = len(terminal.output)
        terminal.press(*["right"] * PRESSES)
        terminal.wait_for(lambda _: len(terminal.output) > start + 5_000)
        before = len(terminal.output)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        # what the device holds, and the piece that was being written
        assert len(terminal.output) - before < 26_000
        assert END in terminal.output


@pytest.mark.parametrize("wire", ["on", "off"])
def test_leaving_gives_the_terminal_back_as_it_was(wire: str, tmp_path: Path) -> None:
    env = {"DQMTUI_WIRE": wire, "DQMTUI_STATE_DIR": str(tmp_path), "DQMTUI_CACHE_DIR": str(tmp_path)}
    with Terminal([sys.executable, "-m", "dqmtui", "demo"], env=env) as terminal:
        before = modes(terminal)
        terminal.wait_for("381151")
        during = modes(terminal)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert during != before
        assert modes(terminal) == before
        end = terminal.output[terminal.output.rindex(b"\x1b[?2004l") :]
        for sequence in (b"\x1b[?7h", b"\x1b[<u", END, b"\x1b[?25h", b"\x1b[?1004l"):
            assert end.count(sequence) == 1
        assert b"\x1b[?1003l" in terminal.output
        assert re.search(rb"\x1b\[[0-9;]*[1-9]m|\x1b\[[0-9;]*H", end) is None


@pytest.mark.parametrize("wire", ["on", "off"])
def test_the_log_says_how_the_terminal_is_written_to(wire: str, tmp_path: Path) -> None:
    with reviewing(CHARGE, 0, tmp_path, wire) as terminal:
        before = len(terminal.output)
        terminal.press("right")
        terminal.wait_for(at_ls(2))
        terminal.wait_for_rest()
        told = len(terminal.output) - before
        terminal.press("q")
        terminal.wait_for_end()
    log = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert ("switched off" in log) == (wire == "off")
    assert (told < WHOLE_STEP[CHARGE] / 2) == (wire == "on")


def test_a_program_that_was_stopped_draws_everything_when_it_goes_on() -> None:
    with little() as terminal:
        shown = terminal.text
        os.kill(terminal.pid, signal.SIGTSTP)
        _, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        terminal.wait_for(lambda _: END in terminal.output)
        terminal.screen.reset()
        terminal.screen.draw("what the shell wrote")
        os.kill(terminal.pid, signal.SIGCONT)
        assert terminal.wait_for("here").count("here") > 1
        terminal.wait_for(lambda text: text == shown)
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_after_another_program_had_the_terminal_everything_is_drawn() -> None:
    with little() as terminal:
        shown = terminal.text
        terminal.press("s")
        terminal.wait_for("OUTSIDE")
        assert END in terminal.output
        terminal.press("enter")
        terminal.wait_for(lambda text: text == shown)
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_crash_gives_the_terminal_back_and_then_says_what_happened() -> None:
    with little() as terminal:
        terminal.press("x")
        assert terminal.wait_for_end() == 1
        end = terminal.output[terminal.output.rindex(END) :]
        assert b"broken on purpose" in end
        assert b"Traceback" in end


def test_another_size_is_drawn_whole() -> None:
    with little() as terminal:
        terminal.resize(41, 12)
        lines = ["size: 41", *["here " * 7 + "here"] * 5, *[""] * 6]
        terminal.wait_for(lambda text: text.split("\n") == lines)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
