"""Measure what a terminal is told: bytes per LS step, and how long it shows the past on a slow link.

Run it by hand: `python -m tests.bench.bench_wire [--json]`. The demo runs in pseudo-terminals of 160x45 with
256 colours, with the wire and without it, and the right arrow is held as a keyboard does it. The screen shows
the past from letting go of the key to its last change, the lines of messages and keys not counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.bench.timed_terminal import TimedTerminal
from tests.slow_terminal import SlowTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = "379011"
MAPS = "PixelPhase1/Phase1_MechanicalView/PXBarrel"
ELEMENTS = {
    "1D": "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1",
    "map": f"{MAPS}/digi_occupancy_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_4",
}
WIDTH, HEIGHT = 160, 45
LINES_OF_STATE = 2
STEPS = 20
KEYS_PER_S = 30
HELD_S = 2.0
# ssh: what is written is taken at once and waits on the way, and the terminal answers
LINKS = (("pty", 100_000), ("pty", 30_000), ("ssh", 100_000))
PATIENCE_S = 120.0
BUDGET_BYTES = {"1D": 6000, "map": 40000}
RATE_OF_BUDGET = 100_000
BUDGET_STALE_S = {"1D": 0.5, "map": 1.0}


@dataclass(frozen=True, slots=True)
class Steps:
    """Single steps: bytes of each, and the median of the time from the key to the last byte."""

    element: str
    wire: str
    bytes_median: float
    bytes_most: int
    key_to_last_byte_ms: float


@dataclass(frozen=True, slots=True)
class Held:
    """A key held: bytes written in all, how long the past was shown, and how long `q` then took."""

    element: str
    wire: str
    link: str
    bytes_per_s: int
    bytes_in_all: int
    shows_the_past_s: float
    quits_in_s: float | None


def program(element: str, wire: str, directory: str) -> tuple[list[str], dict[str, str]]:
    """Give the command that opens an element, and its environment with settings of its own."""
    env = {"DQMTUI_WIRE": wire, "DQMTUI_STATE_DIR": f"{directory}/state", "DQMTUI_CACHE_DIR": directory}
    return [sys.executable, "-m", "dqmtui", "demo", "--fresh", "--run", RUN, "--me", ELEMENTS[element]], env


def reviewing(element: str, wire: str, directory: str, link: str) -> SlowTerminal:
    """Open an element in a terminal of its own."""
    command, env = program(element, wire, directory)
    far = link == "ssh"
    return SlowTerminal(command, width=WIDTH, height=HEIGHT, env=env, buffers=far, answers=far)


def steps(element: str, wire: str, directory: str) -> Steps:
    """Step and wait, again and again."""
    command, env = program(element, wire, directory)
    with TimedTerminal(command, width=WIDTH, height=HEIGHT, env=env) as terminal:
        terminal.wait_for_bytes(b"entries")
        terminal.wait_for_rest(1.0, PATIENCE_S)
        answers = [terminal.answer("right") for _ in range(STEPS)]
    sizes = [answer.n_bytes for answer in answers]
    last_ms = statistics.median(answer.last_ms for answer in answers)
    return Steps(element, wire, statistics.median(sizes), max(sizes), last_ms)


def held(element: str, wire: str, link: str, rate: int, directory: str, *, quits: bool = True) -> Held:
    """Hold the key, let go, and quit."""
    with reviewing(element, wire, directory, link) as terminal:
        terminal.wait_for("entries", PATIENCE_S)
        terminal.wait_for_rest(1.0, PATIENCE_S)
        terminal.rate, before = rate, len(terminal.output)
        hold(terminal)
        let_go_s = time.monotonic()
        terminal.wait_for_rest(1.0, PATIENCE_S)
        in_all = len(terminal.output) - before
        last_s = max(at for line, at in terminal.changed_s.items() if line < HEIGHT - LINES_OF_STATE)
        quits_in_s = quitting(terminal) if quits else None
    return Held(element, wire, link, rate, in_all, max(0.0, last_s - let_go_s), quits_in_s)


def quitting(terminal: SlowTerminal) -> float:
    """Hold the key, quit, and give how many s that took."""
    hold(terminal)
    quit_s = time.monotonic()
    terminal.press("q")
    terminal.wait_for_end(PATIENCE_S)
    return time.monotonic() - quit_s


def hold(terminal: SlowTerminal) -> None:
    """Hold the right arrow as a keyboard does it."""
    for _ in range(int(HELD_S * KEYS_PER_S)):
        terminal.press("right")
        terminal.stream_for(1 / KEYS_PER_S)


def verdicts(found: list[Steps | Held]) -> Iterator[tuple[str, str, bool | None]]:
    """Give what was measured in words, what is promised, and whether that is kept (of the wire alone)."""
    for numbers in found:
        name = f"{numbers.element:4} wire {numbers.wire:3}"
        match numbers:
            case Steps():
                said = f"{numbers.bytes_median:6.0f} bytes a step, {numbers.bytes_most} at most"
                yield (
                    f"{name}                {said}, {numbers.key_to_last_byte_ms:.1f} ms to the last byte",
                    f"{BUDGET_BYTES[numbers.element]} bytes",
                    numbers.bytes_median <= BUDGET_BYTES[numbers.element] if numbers.wire == "on" else None,
                )
            case Held():
                said = f"{numbers.shows_the_past_s:5.2f} s the past, q {numbers.quits_in_s or 0:.2f} s"
                link = f"{numbers.link} {numbers.bytes_per_s / 1000:4.0f} kB/s"
                promised = numbers.wire == "on" and numbers.bytes_per_s == RATE_OF_BUDGET
                yield (
                    f"{name} {link}: {said}, {numbers.bytes_in_all} bytes",
                    f"{BUDGET_STALE_S[numbers.element]} s",
                    numbers.shows_the_past_s <= BUDGET_STALE_S[numbers.element] if promised else None,
                )


def main() -> None:
    """Print a table, or everything as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="all numbers")
    options = parser.parse_args()
    found: list[Steps | Held] = []
    with tempfile.TemporaryDirectory() as directory:
        for element in ELEMENTS:
            for wire in ("off", "on"):
                found.append(steps(element, wire, directory))
                found += [held(element, wire, link, rate, directory) for link, rate in LINKS]
    if options.json:
        sys.stdout.write(json.dumps([asdict(numbers) for numbers in found], indent=1) + "\n")
        return
    for said, budget, met in verdicts(found):
        verdict = "" if met is None else f"   {'met' if met else 'MISSED'} ({budget})"
        sys.stdout.write(f"{said}{verdict}\n")


if __name__ == "__main__":
    main()
