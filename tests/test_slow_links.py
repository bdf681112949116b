"""A key held down at the end of a slow link: the right picture stands there in the end, `q` quits at once."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.slow_terminal import SlowTerminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAPS = "PixelPhase1/Phase1_MechanicalView/PXBarrel"
MAP = f"{MAPS}/digi_occupancy_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_4"
# the element shown, and the keys that lead to where the right arrow is held
PLACES = {"1D plot": (CHARGE, "3"), "map": (MAP, "3"), "table": (CHARGE, "2z")}
RATES = (100_000, 30_000)
# of a keyboard for two seconds, which come in half of that here
KEYS = 60
KEYS_PER_S = 120
# what a program that draws the whole screen of 160 x 45 with every step would write
WHOLE_STEP = {CHARGE: 10_000, MAP: 37_000}
# what the device holds, and the piece that was being written
LEFT_BEHIND = 26_000
END = b"\x1b[?1049l"
QUIET_S = 0.3
LONG_QUIET_S = 1.0


def reviewing(element: str, demo: DemoServices, tmp_path: Path) -> SlowTerminal:
    env = {**demo.environment(), "DQMTUI_STATE_DIR": str(tmp_path), "DQMTUI_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "dqmtui", "--run", "379011", "--me", element]
    return SlowTerminal(command, width=160, height=45, env=env)


def at_ls(ls: int) -> Callable[[str], bool]:
    """Give the condition that the first line names an LS."""
    return lambda text: re.search(rf"run 379011 +LS {ls} ", text.partition("\n")[0]) is not None


def hold(terminal: SlowTerminal, key: str, times: int) -> None:
    """Press a key again and again while the link lets through what it can."""
    for _ in range(times):
        terminal.press(key)
        terminal.stream_for(1 / KEYS_PER_S)


def back_to_the_first(terminal: SlowTerminal) -> None:
    """Go to the first LS, without a limit."""
    terminal.rate = 0
    terminal.press("g")
    terminal.wait_for(at_ls(1))
    terminal.wait_for_rest(QUIET_S)


def cells(terminal: SlowTerminal) -> list[list[object]]:
    """Give all cells but those of the lines of messages and keys."""
    screen = terminal.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines - 2)]


@pytest.mark.parametrize("place", PLACES)
def test_after_holding_a_key_the_last_picture_stands_there_and_q_quits_at_once(
    place: str, demo: DemoServices, tmp_path: Path
) -> None:
    element, keys = PLACES[place]
    with reviewing(element, demo, tmp_path) as terminal:
        terminal.wait_for(lambda text: at_ls(1)(text) and re.search(r"LS 1 +counts", text) is not None)
        terminal.wait_for_rest(QUIET_S)
        terminal.press(*keys)
        back_to_the_first(terminal)
        terminal.press(*["right"] * KEYS)
        terminal.wait_for(at_ls(KEYS + 1))
        terminal.wait_for_rest(LONG_QUIET_S)
        # without a limit
        reference, step = cells(terminal), WHOLE_STEP[element]
        for rate in RATES:
            back_to_the_first(terminal)
            terminal.rate, before, begun = rate, len(terminal.output), time.monotonic()
            hold(terminal, "right", KEYS)
            held_s = time.monotonic() - begun
            terminal.wait_for(lambda _: cells(terminal) == reference)
            terminal.wait_for_rest(QUIET_S)
            assert cells(terminal) == reference
            # most pictures on the way were never written, whatever the link let through meanwhile
            let_through = rate * held_s + LEFT_BEHIND + 2 * step
            assert len(terminal.output) - before < max(KEYS * step / 4, let_through)
        hold(terminal, "left", KEYS // 2)
        before = len(terminal.output)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert len(terminal.output) - before < LEFT_BEHIND
        assert END in terminal.output
