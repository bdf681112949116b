"""Time the drawing of plots, beside plotext drawing the same pictures in the same run.

Run it by hand: `python tests/bench/bench_render.py [--width 160] [--height 45]`. The times are those of the
processor, so that what else the machine does counts little.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import plotext
from rich.style import Style

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import DIALS, OMS, LSTable, Source
from dqmtui.model.states import SourceState
from dqmtui.render.bars import draw_bars
from dqmtui.render.brush import Brush
from dqmtui.render.cells import Palette
from dqmtui.render.charset import UTF8
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import draw_map
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.overlays import Overlay
from dqmtui.render.plot_grid import cells_of, composed
from dqmtui.render.points import draw_line, draw_steps
from dqmtui.render.scale import Scale
from dqmtui.render.trend_view import TrendOptions, TrendView
from dqmtui.render.waterfall import WaterfallOptions, WaterfallView
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.widgets.cells import grid_strips

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Job = tuple[str, Callable[[], object]]

SHARE_OF_SLOW = 0.9
MAP_BINS = (72, 52)  # 72 x 26 cells of two pixels
PIXEL_BINS = (72, 26)  # the modules and ladders of a pixel layer
LONG_RUN = 2391
STEPS = 20
RUN = RunKey("tracker", 14, 381208)
THEME = load_theme(available_themes()["dqm-dark"])


def measure(work: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Smallest, median and 90th percentile of the processor time that work takes, in ms."""
    for _ in range(min(STEPS, repeats)):
        work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    times.sort()
    return times[0], statistics.median(times), times[int(SHARE_OF_SLOW * (len(times) - 1))]


def plotext_figure(width: int, height: int) -> Any:
    """Make a figure of plotext of that size."""
    figure = type(plotext.figure)(type(plotext.terminal)().limit(width=False, height=False))
    return figure.plot_size(width, height)


def plotext_bars(centres: list[float], values: list[float], width: int, height: int) -> str:
    """Draw bars with plotext."""
    figure = plotext_figure(width, height)
    figure.draw(figure.bar(centres, values))
    return str(figure.build().string())


def plotext_overlays(centres: list[float], curves: list[list[float]], width: int, height: int) -> str:
    """Draw bars, lines over them and a panel of points under them with plotext."""
    figure = plotext_figure(width, height * 3 // 4)
    figure.draw(figure.bar(centres, curves[0]))
    for curve in curves[1:]:
        figure.draw(figure.signal(centres, curve).lines())
    panel = plotext_figure(width, height - height * 3 // 4)
    ratio = [a / b if b else 0.0 for a, b in zip(curves[0], curves[1], strict=True)]
    panel.draw(panel.signal(centres, ratio))
    return str(figure.build().string()) + str(panel.build().string())


def plotext_map(values: list[list[float]], width: int, height: int) -> str:
    """Draw a map with plotext."""
    figure = plotext_figure(width, height)
    figure.draw(figure.heatmap(values))
    return str(figure.build().string())


def stack_of(data: NDArray[np.float64], x: Axis, y: Axis | None = None) -> HistogramStack:
    """Make the histograms of the LS 1, 2, ... of a run."""
    element = MonitoringElement(5, "an element", 1 if y is None else 2)
    ls = np.arange(1, len(data) + 1)
    stack = HistogramStack(HistogramKey(RUN, element.me_id), element, ls)
    entries = data.reshape(len(data), -1).sum(axis=1).astype(np.int64)
    stack.fill(StackRows(ls, entries, data, x, y))
    stack.finish()
    return stack


def spectra(n: int, bins: int) -> NDArray[np.float64]:
    """Make a peak on `bins` bins in each of n LS."""
    rng = np.random.default_rng(1)
    shape = 500 * np.exp(-0.5 * ((np.arange(bins) / bins - 0.4) / 0.12) ** 2)
    return rng.poisson(shape, size=(n, bins)).astype(np.float64)


def maps(n: int, bins: tuple[int, int] = MAP_BINS) -> NDArray[np.float64]:
    """Make a map with a dead region in each of n LS."""
    nx, ny = bins
    cells = np.random.default_rng(2).poisson(30, size=(n, ny, nx)).astype(np.float64)
    cells[:, 10:14, 20:30] = 0
    return cells


def steps(width: int, height: int) -> list[Job]:
    """Give the pictures that one step to another LS draws, frames and overlays kept."""
    curves, nx, ny = spectra(STEPS, 100), *MAP_BINS
    stack = stack_of(curves, Axis(100, 0.0, 100.0))
    mapped = stack_of(maps(STEPS), Axis(nx, -4.0, 4.0), Axis(ny, -26.0, 26.0))
    many = stack_of(spectra(STEPS, 10_000), Axis(10_000, 0.0, 100.0))
    mean = curves.mean(axis=0)
    overlays = [
        Overlay("reference", mean * 0.95, errors=np.sqrt(mean / 50)),
        Overlay("integral", mean),
        Overlay("the LS before", curves[0]),
    ]
    errors = np.sqrt(curves)
    view, plain, wide = (HistogramView(THEME, UTF8, Palette()) for _ in range(3))
    brush = Brush(THEME, UTF8, Palette())
    views = [HistogramView(THEME, UTF8, brush.palette) for _ in range(9)]
    cells = cells_of(9, width, height)
    numbers = cycle(range(1, STEPS + 1))
    modules, ladders = PIXEL_BINS
    pixel = stack_of(maps(STEPS, PIXEL_BINS), Axis(modules, -4.5, 4.5), Axis(ladders, -6.5, 6.5))
    frames = HistogramView(THEME, UTF8, Palette())

    def frame_of(shown: HistogramStack) -> object:
        picture = frames.draw(shown, next(numbers), width, height, simple)
        return grid_strips(picture, Style())

    everything = HistogramOptions(stat_box=True, lower="ratio")

    def full() -> object:
        ls = next(numbers)
        return view.draw(
            stack, ls, width, height, everything, overlays=overlays, errors=errors[ls - 1], cursor=(34,)
        )

    def page() -> object:
        ls = next(numbers)
        pictures = [
            view.draw(mapped if k % 3 == 0 else stack, ls, cell.width, cell.height, simple)
            for k, (view, cell) in enumerate(zip(views, cells, strict=True))
        ]
        return composed(pictures, cells, width, height, brush, focus=0)

    simple = HistogramOptions()
    square = nx + 21, ny // 2 + 3  # the map, its axes and its colour bar
    return [
        ("1D, 100 bins, to the strips of the screen", lambda: frame_of(stack)),
        ("map of 72x26 bins, to the strips", lambda: frame_of(pixel)),
        ("1D, bars alone", lambda: plain.draw(stack, next(numbers), width, height, simple)),
        ("1D, errors, 3 overlays, box, cursor, ratio", full),
        ("1D, 10,000 bins", lambda: wide.draw(many, next(numbers), width, height, simple)),
        ("map, 72x26 cells", lambda: plain.draw(mapped, next(numbers), *square, simple)),
        (
            "map with cursor and projections",
            lambda: wide.draw(
                mapped, next(numbers), width, height, HistogramOptions(projections=True), cursor=(9, 9)
            ),
        ),
        ("9 plots, 3 of them maps", page),
    ]


def run_pictures(width: int, height: int) -> list[Job]:
    """Give the pictures of a whole run, and their cursors."""
    stack = stack_of(spectra(LONG_RUN, 100), Axis(100, 0.0, 100.0))
    loaded = Source(stack.ls, {}, SourceState.LOADED)
    table = LSTable(RUN, {DIALS: loaded, OMS: loaded})
    waterfall, trend = WaterfallView(THEME, UTF8, Palette()), TrendView(THEME, UTF8, Palette())
    options = [WaterfallOptions(unit_area=flag) for flag in (True, False)]
    kept = waterfall.draw(stack.ls, stack, width, height, options[0])
    statistics_shown = cycle([TrendOptions("mean"), TrendOptions("mode")])
    drawn = TrendView(THEME, UTF8, Palette())
    trend_kept = drawn.draw(table, stack, width, height // 2, TrendOptions())
    numbers, kinds = cycle(range(1, LONG_RUN, 7)), cycle(options)
    return [
        (
            f"waterfall, {LONG_RUN} LS x 100 bins",
            lambda: waterfall.draw(stack.ls, stack, width, height, next(kinds)),
        ),
        ("waterfall, cursor", lambda: waterfall.with_cursor(kept, next(numbers))),
        (
            f"trend and strip, {LONG_RUN} LS",
            lambda: trend.draw(table, stack, width, height // 2, next(statistics_shown)),
        ),
        ("trend and strip, cursor", lambda: drawn.with_cursor(trend_kept, next(numbers))),
    ]


def parts(width: int, height: int) -> list[Job]:
    """Give the parts that pictures are made of."""
    curves, (nx, ny) = spectra(1, 100)[0], MAP_BINS
    edges, x_edges, y_edges = np.linspace(0.0, 100.0, 101), np.arange(nx + 1.0), np.arange(ny + 1.0)
    static = plot_frame(width, height, x=Scale(0, 100), y=Scale(0, 600), theme=THEME, charset=UTF8)
    square = plot_frame(90, 30, x=Scale(0, nx), y=Scale(0, ny), theme=THEME, charset=UTF8, bins=MAP_BINS)
    run = plot_frame(width, height, x=Scale(0.5, 2500.5), y=Scale(45, 55), theme=THEME, charset=UTF8)
    ls = np.arange(1.0, 2501.0)
    trend = 50 + np.random.default_rng(3).normal(size=ls.size)
    bars = draw_bars(static, edges, curves, theme=THEME, charset=UTF8)
    cells = maps(1)[0]
    drawn = draw_map(square, cells, x_edges, y_edges, low=1, high=60, theme=THEME, charset=UTF8)

    def frame() -> object:
        return plot_frame(
            width, height, x=Scale(0, 100), y=Scale(0, 600), theme=THEME, charset=UTF8,
            x_label="charge", y_label="entries", title="a monitoring element",
        )  # fmt: skip

    return [
        ("frame by plotext", frame),
        ("bars, 100 bins", lambda: draw_bars(static, edges, curves, theme=THEME, charset=UTF8)),
        ("outline over bars", lambda: draw_steps(static, edges, curves, theme=THEME, charset=UTF8, on=bars)),
        (
            "map, 72x52 bins",
            lambda: draw_map(square, cells, x_edges, y_edges, low=1, high=60, theme=THEME, charset=UTF8),
        ),
        ("line, 2500 LS", lambda: draw_line(run, ls, trend, theme=THEME, charset=UTF8)),
        ("runs of all rows, bars", bars.runs),
        ("runs of all rows, map", drawn.runs),
        ("map to 256-colour text", lambda: drawn.to_ansi("256")),
    ]


def of_plotext(width: int, height: int) -> list[Job]:
    """Give the pictures as plotext draws them."""
    curves = spectra(4, 100)
    centres = (np.arange(100) + 0.5).tolist()
    cells, pixel = maps(1)[0].tolist(), maps(1, PIXEL_BINS)[0].tolist()
    return [
        ("plotext: bars", lambda: plotext_bars(centres, curves[0].tolist(), width, height)),
        (
            "plotext: bars, 3 lines, panel",
            lambda: plotext_overlays(centres, curves.tolist(), width, height),
        ),
        ("plotext: map, 72x26 bins", lambda: plotext_map(pixel, width, height)),
        ("plotext: map, 72x52 bins", lambda: plotext_map(cells, width, height)),
    ]


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--height", type=int, default=45)
    parser.add_argument("--repeats", type=int, default=200)
    options = parser.parse_args()
    size = options.width, options.height
    title = f"ms of processor time, {size[0]}x{size[1]} cells"
    sys.stdout.write(f"{title:46}{'least':>9}{'median':>9}{'p90':>9}\n")
    for heading, jobs, repeats in (
        ("one step to another LS", steps, options.repeats),
        ("a whole run", run_pictures, options.repeats // 4),
        ("parts", parts, options.repeats),
        ("the same by plotext", of_plotext, options.repeats // 20),
    ):
        sys.stdout.write(f"{heading}\n")
        for name, work in jobs(*size):
            times = measure(work, max(repeats, 3))
            sys.stdout.write(f"  {name:44}" + "".join(f"{ms:9.2f}" for ms in times) + "\n")


if __name__ == "__main__":
    main()
