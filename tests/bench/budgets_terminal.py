"""The budgets of what a person sees in the terminal, each beside a bare Textual app and uproot-browser.

What is compared runs in the same minutes, in turn, so that whatever else the machine does meets all of it.
"""

from __future__ import annotations

import importlib
import re
import shutil
import statistics
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dqmtui.demo.process import DemoServices
from tests.bench import bench_wire
from tests.bench.budget_rows import Row, spread
from tests.bench.timed_terminal import PATIENCE_S, Answer, TimedTerminal
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.bench_wire import Held

DQMTUI = [sys.executable, "-m", "dqmtui"]
BARE = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("a bare application")

Bare().run()
"""
WIDTH, HEIGHT = 160, 45
RUN = bench_wire.RUN
ELEMENTS = bench_wire.ELEMENTS
CACHED_RUN = "382262"
N_STARTS, N_STEPS, N_OPENED = 7, 25, 5
N_HISTOGRAMS = N_STEPS + 5
STARTS_FACTOR = 1.4
STEP_MS = {"1D": 12.0, "map": 25.0}
FROM_CACHE_MS = 300.0
NOT_INSTALLED = "uproot-browser is not installed"


def root_file(folder: Path) -> Path | None:
    """Write a file of 1D histograms for uproot-browser; None where that or uproot is not installed."""
    if shutil.which("uproot-browser") is None:
        return None
    try:
        uproot = importlib.import_module("uproot")
    except ModuleNotFoundError:
        return None
    import numpy as np

    rng, path = np.random.default_rng(1), folder / "histograms.root"
    with uproot.recreate(path) as file:
        for number in range(N_HISTOGRAMS):
            file[f"charge_{number:02}"] = np.histogram(rng.normal(30, 8, 60_000), bins=100, range=(0, 80))
    return path


def own(folder: Path, name: str) -> dict[str, str]:
    """Give the environment with a folder of its own for what the program keeps."""
    return {"DQMTUI_STATE_DIR": str(folder / name), "DQMTUI_CACHE_DIR": str(folder / name / "cache")}


# -- start ---------------------------------------------------------------------------------------------------


def start(folder: Path) -> list[Row]:
    """Time the start to the first frame."""
    file = root_file(folder)
    with DemoServices.start() as demo:
        programs: dict[str, tuple[list[str], bytes, dict[str, str]]] = {
            "bare": ([sys.executable, "-c", BARE], b"a bare application", {}),
            "dqmtui": (DQMTUI, b"Runs", {**demo.environment(), **own(folder, "start")}),
        }
        if file is not None:
            programs["uproot-browser"] = (["uproot-browser", "browse", str(file)], b"charge_01", {})
        times: dict[str, list[float]] = {name: [] for name in programs}
        for attempt in range(N_STARTS + 1):
            for name, (command, text, env) in programs.items():
                with TimedTerminal(command, env=env, width=WIDTH, height=HEIGHT) as terminal:
                    took_s = terminal.wait_for_bytes(text)
                if attempt:  # the first one reads from the disk what the others find in memory
                    times[name].append(took_s)
    ours, bare = statistics.median(times["dqmtui"]), statistics.median(times["bare"])
    beside = f"bare Textual app {spread(times['bare'], 's', 2)}; "
    beside += f"uproot-browser {spread(times['uproot-browser'], 's', 2)}" if file else NOT_INSTALLED
    return [
        Row(
            "start to first frame",
            f"{spread(times['dqmtui'], 's', 2)}, {ours / bare:.2f} x bare",
            beside,
            f"{STARTS_FACTOR:g} x a bare Textual app",
            ours <= STARTS_FACTOR * bare,
            {"s": times},
        )
    ]


# -- an LS step ----------------------------------------------------------------------------------------------


def steps(folder: Path) -> list[Row]:
    """Time the step to the next LS, and count its bytes."""
    answers, processor_ms = _stepped(folder)
    theirs = answers.get("uproot-browser", [])
    rows = []
    for element in ELEMENTS:
        ours, plain = answers[element], answers[f"{element} without the wire"]
        times = [answer.last_ms for answer in ours]
        beside = f"without the wire {spread([answer.last_ms for answer in plain], 'ms', 1)}"
        if element == "1D":
            beside += "; uproot-browser's next plot "
            beside += spread([answer.last_ms for answer in theirs], "ms") if theirs else "not installed"
        rows.append(
            Row(
                f"key to last byte, LS step, {element} at 160x45, all panes live",
                f"{spread(times, 'ms', 1)}, {processor_ms[element]:.1f} ms of the processor",
                beside,
                f"{STEP_MS[element]:g} ms in the middle",
                statistics.median(times) <= STEP_MS[element],
                {"ms": times, "processor_ms": processor_ms},
            )
        )
    for element, budget in bench_wire.BUDGET_BYTES.items():
        counts = [answer.n_bytes for answer in answers[element]]
        plain_counts = [answer.n_bytes for answer in answers[f"{element} without the wire"]]
        beside = f"without the wire {statistics.median(plain_counts) / 1e3:.1f} kB"
        if element == "1D" and theirs:
            counted = statistics.median(answer.n_bytes for answer in theirs)
            beside += f"; uproot-browser {counted / 1e3:.0f} kB"
        rows.append(
            Row(
                f"bytes of an LS step, {element}, 256 colours",
                spread([count / 1e3 for count in counts], "kB", 1),
                beside,
                f"{budget / 1e3:g} kB",
                statistics.median(counts) <= budget,
                {"bytes": counts},
            )
        )
    return rows


def _stepped(folder: Path) -> tuple[dict[str, list[Answer]], dict[str, float]]:
    """Step in all programs in turn; also gives the ms of the processor that a step takes in each."""
    file = root_file(folder)
    with ExitStack() as stack:
        demo = stack.enter_context(DemoServices.start())
        terminals: dict[str, tuple[TimedTerminal, str]] = {}
        for element, me in ELEMENTS.items():
            for wire, name in (("on", element), ("off", f"{element} without the wire")):
                env = {**demo.environment(), **own(folder, name.replace(" ", "-")), "DQMTUI_WIRE": wire}
                command = [*DQMTUI, "--run", RUN, "--me", me]
                terminals[name] = (
                    stack.enter_context(TimedTerminal(command, env=env, width=WIDTH, height=HEIGHT)),
                    "right",
                )
        if file is not None:
            browser = TimedTerminal(["uproot-browser", "browse", str(file)], width=WIDTH, height=HEIGHT)
            terminals["uproot-browser"] = (stack.enter_context(browser), "\x1b[B\r")
        for name, (terminal, _) in terminals.items():
            terminal.wait_for_bytes(b"charge_01" if name == "uproot-browser" else b"entries")
        for terminal, keys in terminals.values():
            terminal.wait_for_rest(1.0, PATIENCE_S)
            # the first keys find nothing kept of what all others need
            terminal.answer(keys)
            terminal.answer(keys)
        answers: dict[str, list[Answer]] = {name: [] for name in terminals}
        before = {name: terminal.processor_s for name, (terminal, _) in terminals.items()}
        for _ in range(N_STEPS):
            for name, (terminal, keys) in terminals.items():
                answers[name].append(terminal.answer(keys))
        took = {name: terminal.processor_s - before[name] for name, (terminal, _) in terminals.items()}
    return answers, {name: 1e3 * seconds / N_STEPS for name, seconds in took.items()}


# -- a slow link ---------------------------------------------------------------------------------------------


def stale(folder: Path) -> list[Row]:
    """Measure for how long the past is shown after a key was held on a slow link."""
    rate = bench_wire.RATE_OF_BUDGET
    rows = []
    for element, budget in bench_wire.BUDGET_STALE_S.items():
        found: dict[str, Held] = {
            wire: bench_wire.held(element, wire, "pty", rate, str(folder / "stale"), quits=wire == "on")
            for wire in ("off", "on")
        }
        ours = found["on"]
        rows.append(
            Row(
                f"stale after holding a key for {bench_wire.HELD_S:g} s, {element}, 100 kB/s",
                f"{ours.shows_the_past_s:.2f} s; then `q` took {ours.quits_in_s or 0:.2f} s",
                f"plain Textual {found['off'].shows_the_past_s:.1f} s",
                f"{budget:g} s",
                ours.shows_the_past_s <= budget,
                {wire: numbers.shows_the_past_s for wire, numbers in found.items()},
            )
        )
    return rows


# -- from the cache ------------------------------------------------------------------------------------------


def cached(folder: Path) -> list[Row]:
    """Time the opening of a run whose histograms are in the cache on disk."""
    with DemoServices.start(["--cost", "real"]) as demo:
        env = {**demo.environment(), **own(folder, "cached")}
        command = [*DQMTUI, "--run", RUN, "--me", ELEMENTS["1D"]]
        open_it = f":{CACHED_RUN}\r"
        with Terminal(command, env=env, width=WIDTH, height=HEIGHT) as terminal:
            terminal.wait_for(_is_loaded(RUN), PATIENCE_S)
            terminal.press(open_it)
            terminal.wait_for(_is_loaded(CACHED_RUN), PATIENCE_S)
            terminal.wait_for_rest(1.0, PATIENCE_S)
            terminal.press("q")
            terminal.wait_for_end()
        times = []
        for _ in range(N_OPENED):
            with TimedTerminal(command, env=env, width=WIDTH, height=HEIGHT) as terminal:
                terminal.wait_for_bytes(b"entries")
                terminal.wait_for_rest(1.0, PATIENCE_S)
                pressed_s = time.monotonic()
                terminal.press(open_it)
                terminal.wait_for_output(PATIENCE_S)
                terminal.wait_for_rest(1.0, PATIENCE_S)
                times.append(terminal.ms_until(_shows(CACHED_RUN), pressed_s))
    return [
        Row(
            "run opened from cache to plot, services at their real cost",
            spread(times, "ms"),
            "",
            f"{FROM_CACHE_MS:g} ms",
            statistics.median(times) <= FROM_CACHE_MS,
            {"ms": times},
        )
    ]


def _shows(run: str) -> Callable[[str], bool]:
    """Give the condition that a histogram of a run is on screen."""
    return lambda text: f"run {run} " in text.partition("\n")[0] and bool(re.search(r"LS \d+ +counts", text))


def _is_loaded(run: str) -> Callable[[str], bool]:
    """Give the condition that nothing more comes of a run."""
    shows = _shows(run)
    return lambda text: shows(text) and "esc stops" not in text


JOBS: dict[str, Callable[[Path], list[Row]]] = {
    "start": start,
    "steps": steps,
    "stale": stale,
    "cached": cached,
}
