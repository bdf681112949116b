"""Two hundred other sizes of the terminal while the program loads and the person goes on."""

from __future__ import annotations

import random
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

ELEMENT = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
RUN, LS = 381208, 1200
N_RESIZES = 200
SMALLEST, LARGEST = (20, 5), (300, 100)
LAST = 120, 40
# which share of the sizes is drawn before the next comes
DRAWN = 0.3
LATE_S = 15.0
"""What was not drawn yet when the program seemed to be at rest may still come for so long."""
TAKEN = b"\x1b[?1049h"
KEYS = ("right", "right", "left", "L", "H", "tab")


def program(demo: DemoServices, folder: Path, *, size: tuple[int, int]) -> Terminal:
    """Start the program at an element of a long run, with what it keeps in a folder."""
    env = {**demo.environment(), "DQMTUI_STATE_DIR": str(folder), "DQMTUI_CACHE_DIR": str(folder)}
    command = [sys.executable, "-m", "dqmtui", "--run", str(RUN), "--me", ELEMENT]
    return Terminal(command, width=size[0], height=size[1], env=env)


def go_to_the_place(terminal: Terminal) -> None:
    """Go to a place and wait until the program has come to rest there."""
    terminal.wait_for(lambda text: re.search(r"LS \d+ +counts", text) is not None and "esc stops" not in text)
    # in the table of runs the position depends on the way
    terminal.press("1", *["pageup"] * 12, "3", ":", str(LS), "enter")
    terminal.wait_for(lambda text: re.search(rf"LS {LS} +counts", text) is not None)
    terminal.wait_for_rest(0.5)


def lines(text: str) -> list[str]:
    """Give the lines of a screen, but for how the services do."""
    return [re.sub(r" +DIALS .+ OMS .+", "", line) for line in text.split("\n")]


def test_after_two_hundred_sizes_while_loading_and_stepping_the_screen_is_that_of_a_fresh_start(
    demo: DemoServices, tmp_path: Path
) -> None:
    choices = random.Random(20)
    (tmp_path / "fresh").mkdir()
    (tmp_path / "resized").mkdir()
    with program(demo, tmp_path / "resized", size=(80, 24)) as terminal:
        terminal.wait_for(lambda _: TAKEN in terminal.output)
        terminal.look_away()
        for _ in range(N_RESIZES):
            sides = zip(SMALLEST, LARGEST, strict=True)
            terminal.resize(*(choices.randint(least, most) for least, most in sides))
            if choices.random() < 0.5:
                terminal.press(choices.choice(KEYS))
            if choices.random() < DRAWN:
                terminal.wait_for_output()
        terminal.look_again(*LAST)
        go_to_the_place(terminal)
        with program(demo, tmp_path / "fresh", size=LAST) as fresh:
            go_to_the_place(fresh)
            # one that got no time of the processor for a while looks as if it had come to rest, too
            with suppress(AssertionError):
                terminal.wait_for(lambda text: lines(text) == lines(fresh.text), LATE_S)
            with suppress(AssertionError):
                fresh.wait_for(lambda text: lines(terminal.text) == lines(text), LATE_S)
            assert lines(terminal.text) == lines(fresh.text)
            fresh.press("q")
            assert fresh.wait_for_end() == 0
        terminal.press("q")
        assert terminal.wait_for_end() == 0
