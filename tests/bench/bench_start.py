"""Time the start beside a bare Textual application, and a session from its connection to its plot.

Run it by hand on a quiet machine: `python -m tests.bench.bench_start [--times N]`. Each start is a process of
its own in a pseudo-terminal of 160x45; the session is opened out of the cache.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dqmtui.demo.process import DemoServices
from dqmtui.model.states import CellState
from dqmtui.render.charset import UTF8
from dqmtui.review.target import Target
from dqmtui.store.sessions import Sessions, opened
from dqmtui.store.settings import load_settings
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look
from dqmtui.tui.panes.plot import PlotPane
from tests.terminal import Terminal
from tests.tui.driving import PATIENCE_S, is_settled, review_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.review.review import Review

WIDTH, HEIGHT = 160, 45
FIRST_FRAME = 1.4
CACHE_TO_PLOT_MS = 300.0
AT = Target(run=379011, me="PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1")

BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("Lumisections")

Bare().run()
"""


def first_frame_ms(command: Sequence[str], directory: Path) -> float:
    """Give the time until a word of the first frame is written."""
    env = {
        "PYTHONPATH": str(Path.cwd()),
        "DQMTUI_DIALS_URL": "http://127.0.0.1:9/",
        "DQMTUI_DIALS_TOKEN": "x",
    }
    env["DQMTUI_CACHE_DIR"] = env["DQMTUI_STATE_DIR"] = str(directory)
    start = time.perf_counter()
    with Terminal(command, width=WIDTH, height=HEIGHT, env=env) as terminal:
        terminal.wait_for(lambda _: b"Lumisections" in terminal.output)
        return (time.perf_counter() - start) * 1000


async def cache_to_plot_ms(demo: DemoServices, home: Path, target: Target) -> float:
    """Open a session, and give the time from its connection until its plot is drawn."""
    themes = {name: load_theme(path) for name, path in available_themes(None).items()}
    environ = {"DQMTUI_CACHE_DIR": str(home / "cache"), **demo.environment()}
    session = opened(Sessions(home / "sessions"), "bench")
    look = Look(themes["dqm-dark"], UTF8)
    app = DqmtuiApp(lambda: load_settings({}, environ), target, look, themes, session=session)
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await until(lambda: app.review_screen.review is not None)
        review, start = review_of(pilot), time.perf_counter()
        pane = app.review_screen.query_one(PlotPane)
        await until(lambda: has_plot(review) and bool(pane.shown))
        took = (time.perf_counter() - start) * 1000
        await until(lambda: is_settled(app))
        await app.review_screen.keep_session()
        return took


async def until(condition: Callable[[], bool]) -> None:
    """Look every millisecond whether a condition holds; raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.001)


def has_plot(review: Review) -> bool:
    """Tell whether the histogram under the cursor is there."""
    load, ls = review.load, review.state.ls
    stack = None if load is None else load.stack
    return stack is not None and ls is not None and stack.state_of(ls) is not CellState.NOT_LOADED


def main() -> None:
    """Measure, and print a line for each budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with TemporaryDirectory() as name:
        home = Path(name)
        (home / "bare.py").write_text(BARE)
        bare, ours = [], []
        for _ in range(times):
            bare.append(first_frame_ms([sys.executable, str(home / "bare.py")], home))
            ours.append(first_frame_ms([sys.executable, "-m", "dqmtui"], home))
        with DemoServices.start([]) as demo:
            asyncio.run(cache_to_plot_ms(demo, home, AT))
            plots = [asyncio.run(cache_to_plot_ms(demo, home, Target())) for _ in range(times)]
    frame, plain, plot = (statistics.median(one) for one in (ours, bare, plots))
    lines = (
        f"bare Textual app, first frame   {plain:6.0f} ms   load {os.getloadavg()[0]:.1f}",
        f"dqmtui, first frame             {frame:6.0f} ms   {frame / plain:.2f} x, wanted {FIRST_FRAME} x",
        f"a session, from cache to plot   {plot:6.0f} ms   wanted {CACHE_TO_PLOT_MS:.0f} ms",
    )
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
