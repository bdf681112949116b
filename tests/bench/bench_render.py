"""Time the drawing of plots, beside plotext drawing the same pictures in the same run.

Run it by hand: `python tests/bench/bench_render.py [--width 160] [--height 45]`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import plotext

from dqmtui.render.bars import draw_bars
from dqmtui.render.charset import UTF8
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import draw_map
from dqmtui.render.points import draw_cursor, draw_line, draw_spans, draw_steps
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SHARE_OF_SLOW = 0.9
MAP_BINS = (72, 52)  # 72 x 26 cells of two pixels


def measure(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and 90th percentile of the time that work takes, in ms."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    return statistics.median(times), times[int(SHARE_OF_SLOW * (len(times) - 1))]


def plotext_figure(width: int, height: int) -> Any:
    """Make a figure of plotext of that size."""
    figure = type(plotext.figure)(type(plotext.terminal)().limit(width=False, height=False))
    return figure.plot_size(width, height)


def plotext_bars(centres: list[float], values: list[float], width: int, height: int) -> str:
    """Draw bars with plotext."""
    figure = plotext_figure(width, height)
    figure.draw(figure.bar(centres, values))
    return str(figure.build().string())


def plotext_map(values: list[list[float]], width: int, height: int) -> str:
    """Draw a map with plotext."""
    figure = plotext_figure(width, height)
    figure.draw(figure.heatmap(values))
    return str(figure.build().string())


def jobs(width: int, height: int) -> list[tuple[str, Callable[[], object]]]:
    """Name and work of every line of the table."""
    rng = np.random.default_rng(1)
    theme = load_theme(available_themes()["dqm-dark"])
    edges = np.linspace(0.0, 100.0, 101)
    centres = (edges[1:] + edges[:-1]) / 2
    values = rng.poisson(500 * np.exp(-0.5 * ((centres - 40) / 12) ** 2)).astype(np.float64)
    nx, ny = MAP_BINS
    cells: NDArray[np.float64] = rng.poisson(30, size=(ny, nx)).astype(np.float64)
    cells[10:14, 20:30] = 0
    ls = np.arange(1.0, 2501.0)
    trend = 50 + rng.normal(size=ls.size)

    def frame() -> object:
        return plot_frame(
            width, height, x=Scale(0, 100), y=Scale(0, 600), theme=theme, charset=UTF8,
            x_label="charge", y_label="entries", title="a monitoring element",
        )  # fmt: skip

    static = plot_frame(width, height, x=Scale(0, 100), y=Scale(0, 600), theme=theme, charset=UTF8)
    many = np.linspace(0.0, 100.0, 10_001)
    many_values = rng.poisson(300, size=10_000).astype(np.float64)
    square = plot_frame(90, 30, x=Scale(0, nx), y=Scale(0, ny), theme=theme, charset=UTF8, bins=MAP_BINS)
    x_edges, y_edges = np.arange(nx + 1.0), np.arange(ny + 1.0)
    trends = plot_frame(width, height, x=Scale(0.5, 2500.5), y=Scale(45, 55), theme=theme, charset=UTF8)

    def bars() -> object:
        return draw_bars(static, edges, values, theme=theme, charset=UTF8)

    def heat() -> object:
        return draw_map(
            square, cells, x_edges, y_edges, low=1, high=float(cells.max()), theme=theme, charset=UTF8
        )

    drawn_bars = draw_bars(static, edges, values, theme=theme, charset=UTF8)
    drawn_map = draw_map(square, cells, x_edges, y_edges, low=1, high=60, theme=theme, charset=UTF8)
    size = f"{width}x{height}"
    map_size = f"{square.area.width}x{square.area.height} cells"
    return [
        (f"frame by plotext, {size}", frame),
        (f"bars, 100 bins, {size}", bars),
        (
            f"bars, 10,000 bins, {size}",
            lambda: draw_bars(static, many, many_values, theme=theme, charset=UTF8),
        ),
        (
            f"bars with errors, {size}",
            lambda: draw_bars(static, edges, values, theme=theme, charset=UTF8, errors=np.sqrt(values)),
        ),
        (
            "outline over bars",
            lambda: draw_steps(static, edges, values, theme=theme, charset=UTF8, on=drawn_bars),
        ),
        ("cursor", lambda: draw_cursor(static, 40, theme=theme, charset=UTF8, on=drawn_bars)),
        ("runs of all rows, bars", drawn_bars.runs),
        (f"map, {nx}x{ny} bins, {map_size}", heat),
        ("runs of all rows, map", drawn_map.runs),
        ("map and its runs", lambda: draw_map(
            square, cells, x_edges, y_edges, low=1, high=60, theme=theme, charset=UTF8
        ).runs()),
        ("map to 256-colour text", lambda: drawn_map.to_ansi("256")),
        ("trend line, 2500 LS", lambda: draw_line(trends, ls, trend, theme=theme, charset=UTF8)),
        ("shaded spans", lambda: draw_spans(trends, [(10, 20), (500, 530)], theme=theme, charset=UTF8)),
        (
            f"plotext: bars, 100 bins, {size}",
            lambda: plotext_bars(centres.tolist(), values.tolist(), width, height),
        ),
        (f"plotext: map, {nx}x{ny} bins, {size}", lambda: plotext_map(cells.tolist(), width, height)),
    ]  # fmt: skip


def main() -> None:
    """Print a table of times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--height", type=int, default=45)
    parser.add_argument("--repeats", type=int, default=100)
    options = parser.parse_args()
    sys.stdout.write(f"{'':44}{'median ms':>10}{'p90 ms':>10}\n")
    for name, work in jobs(options.width, options.height):
        repeats = options.repeats if not name.startswith("plotext") else max(options.repeats // 10, 3)
        middle, slow = measure(work, repeats)
        sys.stdout.write(f"{name:44}{middle:10.2f}{slow:10.2f}\n")


if __name__ == "__main__":
    main()
