"""The whole program in a real terminal, as a person uses it."""

from __future__ import annotations

import json
import math
import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DQMTUI = (sys.executable, "-m", "dqmtui")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
EIGHTHS = " ▁▂▃▄▅▆▇█"


def shell(*arguments: str) -> Any:
    """Give the JSON of a command on the embedded services."""
    done = subprocess.run(
        [*DQMTUI, "--demo", *arguments, "--json"], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def plot_rows(text: str) -> tuple[list[str], int]:
    """Give the lines of the plot between its title and its axis, and the column where its area begins."""
    lines = text.splitlines()
    top = next(row for row, line in enumerate(lines) if re.search(r"LS \d+ +counts", line)) + 1
    bottom = next(row for row in range(top, len(lines)) if "└" in lines[row])
    return lines[top:bottom], lines[bottom].index("└") + 1


def drawn_heights(text: str, width: int) -> list[float]:
    """Read the heights of the bars, in cells, from the screen."""
    rows, left = plot_rows(text)
    columns = zip(*(row.ljust(left + width)[left : left + width] for row in rows), strict=True)
    return [sum(EIGHTHS.index(char) / 8 for char in column) for column in columns]


def top_of_axis(text: str) -> float:
    """Give the content at the upper end of the y axis, from the distance of two of its labels."""
    rows, left = plot_rows(text)
    factors = {"": 1.0, "k": 1e3, "M": 1e6}
    found = []
    for row, line in enumerate(rows):
        match = re.search(r"([\d.]+)([kM]?)┤", line[:left])
        if match:
            found.append((len(rows) - row - 0.5, float(match[1]) * factors[match[2]]))
    (high_row, high), (low_row, low) = found[0], found[-1]
    # a tick stands in the middle of the cell whose span holds its value: half a cell of uncertainty
    return high + (high - low) / (high_row - low_row) * (len(rows) - high_row)


def test_a_new_user_gets_from_the_runs_to_the_right_histogram(tmp_path: Path) -> None:
    env = {"DQMTUI_STATE_DIR": str(tmp_path / "state"), "DQMTUI_CACHE_DIR": str(tmp_path / "cache")}
    with Terminal([*DQMTUI, "demo"], width=80, height=24, env=env, cwd=str(tmp_path)) as terminal:
        # the datasets' runs come one after another: the first two of all have their places
        terminal.wait_for(lambda text: re.search(r"382329 [^\n]*\n[^\n]*382262 ", text) is not None)
        terminal.press("down", "enter")
        terminal.wait_for("run 382262")
        terminal.press("/", "charge_PXLayer_1")
        terminal.wait_for("PXBarrel/charge_PXLayer_1")
        terminal.press("enter")
        terminal.wait_for(lambda text: re.search(r"LS \d+ +counts", text) is not None)
        terminal.press("100", "right")
        terminal.wait_for("LS 101   counts")
        seen = []
        for key in ("right", "right", "left"):
            before = re.search(r"LS (\d+) +counts", terminal.text)
            assert before is not None
            terminal.press(key)
            text = terminal.wait_for(changed_from(before[1]))
            after = re.search(r"LS (\d+) +counts", text)
            assert after is not None
            seen.append(int(after[1]))
        assert seen[0] + 1 == seen[1]
        assert seen[2] == seen[0]
        text = terminal.wait_for(lambda text: "esc stops" not in text)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        leaving = terminal.output[-400:]
        assert b"\x1b[?1049l" in leaving
        assert b"\x1b[?25h" in leaving
    told = shell("hist", "--run", "382262", "--me", CHARGE, "--ls", str(seen[2]))
    assert told["ls"] == seen[2]
    assert_bars_show(text, told["values"], width=80)


def changed_from(before: str) -> Callable[[str], bool]:
    """Give the condition that another LS stands over the plot."""

    def condition(text: str) -> bool:
        found = re.search(r"LS (\d+) +counts", text)
        return found is not None and found[1] != before

    return condition


def assert_bars_show(text: str, values: list[float], *, width: int) -> None:
    """Check every bar against the bins that share its column: not under the lowest, not over the highest."""
    rows, left = plot_rows(text)
    cells = width - left
    heights = drawn_heights(text, cells)
    scale = len(rows) / top_of_axis(text)
    for column, height in enumerate(heights):
        first = max(0, math.floor((column - 0.5) * len(values) / cells))
        last = min(len(values), math.ceil((column + 1.5) * len(values) / cells))
        near = [value * scale for value in values[first:last]]
        slack = 0.13 + 0.06 * height
        assert min(near) - slack <= height <= max(near) + slack, (column, height, near)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_can_be_left_at_once_while_everything_is_loading(key: str) -> None:
    with Terminal([*DQMTUI, "demo", "--run", "381208", "--me", CHARGE], width=160, height=45) as terminal:
        terminal.wait_for("Runs")
        terminal.press(*(["q"] if key == "q" else ["ctrl+c", "q"]))
        assert terminal.wait_for_end() == 0


def test_it_opens_at_the_place_that_is_asked_for_and_crosses_the_hole(tmp_path: Path) -> None:
    command = [*DQMTUI, "demo", "--run", "381115", "--me", CHARGE, "--ls", "1310"]
    with Terminal(command, width=160, height=45, cwd=str(tmp_path)) as terminal:
        terminal.wait_for(lambda text: "LS 1310   counts" in text and "esc stops" not in text)
        terminal.press("09", "right")
        terminal.wait_for("LS 1319   counts")
        terminal.press("right")
        terminal.wait_for("LS 1354   counts")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def test_a_terminal_without_utf8_gets_ascii_alone() -> None:
    env = {"LANG": "C", "LC_ALL": "C"}
    command = [*DQMTUI, "demo", "--run", "381208", "--me", CHARGE]
    with Terminal(command, width=100, height=30, env=env) as terminal:
        terminal.press("3")
        terminal.wait_for(lambda text: "counts" in text and "esc stops" not in text)
        assert terminal.text.isascii()
        terminal.press("?")
        terminal.wait_for("esc closes")
        assert terminal.text.isascii()
        terminal.press("escape")
        terminal.wait_for(lambda text: "esc closes" not in text)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert terminal.output.isascii()


def test_services_end_with_the_program_even_when_it_is_killed() -> None:
    with Terminal([*DQMTUI, "demo"]) as terminal:
        terminal.wait_for("381151")
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(terminal.pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        assert children
    for child in children:
        wait_until_gone(int(child))


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that is not ours to wait for."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    ended = poller.poll(60_000)
    os.close(handle)
    assert ended
