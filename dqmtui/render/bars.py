"""One-dimensional histograms as bars of partly filled cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellStyle
from dqmtui.render.colors import mixed
from dqmtui.render.raster import add_columns, bar_tips, bin_columns, column_ranges, draw_over

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame

_MIN_COLUMNS_PER_ERROR_BAR = 1.0


def draw_bars(
    frame: PlotFrame,
    edges: ArrayLike,
    values: ArrayLike,
    *,
    theme: Theme,
    charset: Charset,
    role: str = "current",
    errors: ArrayLike | None = None,
    muted: float = 0.0,
    on: CellGrid | None = None,
) -> CellGrid:
    """Draw a histogram of n bins (n + 1 edges, n values, n errors) on a copy of `on`, or of the frame's grid.

    - Bars grow from zero, negative ones downwards; the tip is right to an eighth of a cell (a third in ASCII)
      and a value that is not zero shows at least that much. Zero draws nothing.
    - Bins narrower than a cell: the cell shows their largest value, and below zero their smallest, so that no
      spike is lost.
    - A value beyond the axis fills its column up to a mark in the last cell.
    - A column whose bins are all NaN shows the absent glyph.
    - On a log axis zero and negative values, and those below its low end, draw nothing.
    - `muted` (0 to 1) is the share of the background in their colour, so that lines over them stand out.
    - Error bars (+- one error) are drawn where a bin has at least a column of its own.

    Raises ValueError when the lengths do not fit.
    """
    grid = (frame.grid if on is None else on).copy()
    area = frame.area
    if area.width < 1 or area.height < 1:
        return grid
    columns = bin_columns(frame.x, edges, values, area.width)
    units = charset.bars.size - 1
    tips = _Tips.of(frame, columns.high, columns.low, units)
    rows, cols = area.slices
    chars, styles = grid.chars[rows, cols], grid.styles[rows, cols]
    bar = CellStyle(fg=mixed(theme.role(role), theme.background, muted))

    from_bottom = np.arange(area.height - 1, -1, -1)[:, np.newaxis]
    filled = np.clip(tips.up - units * from_bottom, 0, units)
    filled[from_bottom[:, 0] < frame.base] = 0
    np.copyto(chars, charset.bars[filled], where=filled > 0)
    np.copyto(styles, np.uint16(grid.palette.index(bar)), where=filled > 0)

    if frame.base > 0:
        hanging = np.clip(units * (from_bottom + 1) - tips.down, 0, units)
        hanging[from_bottom[:, 0] >= frame.base] = 0
        whole = hanging == units
        np.copyto(chars, charset.bars_down[hanging], where=hanging > 0)
        np.copyto(styles, np.uint16(grid.palette.index(bar)), where=whole)
        partial = CellStyle(fg=bar.fg, reverse=charset.down_reversed)
        np.copyto(styles, np.uint16(grid.palette.index(partial)), where=(hanging > 0) & ~whole)

    glyphs = charset.glyphs(theme)
    cut = grid.palette.index(CellStyle(fg=theme.background, bg=bar.fg, bold=True))
    chars[0, tips.over], styles[0, tips.over] = ord(glyphs.over), cut
    chars[-1, tips.under], styles[-1, tips.under] = ord(glyphs.under), cut
    absent_row = min(area.height - 1, area.height - frame.base - (frame.base < area.height))
    chars[absent_row, columns.absent] = ord(glyphs.absent)
    styles[absent_row, columns.absent] = grid.palette.index(CellStyle(fg=theme.roles.absent))
    if errors is not None:
        draw_errors(frame, grid, edges, values, errors, theme, charset)
    return grid


@dataclass(frozen=True, slots=True)
class _Tips:
    """Where the bars of each column end, in units (parts of a cell) from the bottom, and which are cut."""

    up: NDArray[np.intp]
    down: NDArray[np.intp]
    over: NDArray[np.bool_]
    under: NDArray[np.bool_]

    @classmethod
    def of(cls, frame: PlotFrame, high: NDArray[np.float64], low: NDArray[np.float64], units: int) -> _Tips:
        full = frame.area.height * units
        base = frame.base * units
        rises = (high > 0) & (high >= frame.y.low)
        falls = (low < 0) & (low <= frame.y.high) & (not frame.y.log)
        up = np.where(rises, np.maximum(_tip(frame, high, full), base + 1), 0)
        down = np.where(falls, np.minimum(_tip(frame, low, full), base - 1), full)
        return cls(up, down, rises & (high > frame.y.high), falls & (low < frame.y.low))


def _tip(frame: PlotFrame, values: NDArray[np.float64], full: int) -> NDArray[np.intp]:
    place = np.clip(frame.y.position(values), 0.0, 1.0)
    place[np.isnan(place)] = 0.0
    return np.rint(place * full).astype(np.intp)


def draw_errors(
    frame: PlotFrame,
    grid: CellGrid,
    edges: ArrayLike,
    values: ArrayLike,
    errors: ArrayLike,
    theme: Theme,
    charset: Charset,
) -> None:
    """Draw +- one error into a grid, in half cells, as vertical lines at the middle column of each bin.

    Around the tips of bars, which stay. Nothing is drawn where bins have less than a column of their own.
    """
    area = frame.area
    start, stop, value = column_ranges(frame.x, edges, values, area.width)
    _, _, error = column_ranges(frame.x, edges, errors, area.width)
    if start.size == 0 or start.size > area.width / _MIN_COLUMNS_PER_ERROR_BAR:
        return
    drawn = np.isfinite(value) & (error > 0)
    column = ((start + stop - 1) // 2)[drawn]
    ends = np.stack([(value - error)[drawn], (value + error)[drawn]])
    place = frame.y.position(ends)
    place = np.where(np.isnan(place), -1.0, place)  # below a log axis
    inside = (place[1] >= 0) & (place[0] <= 1)
    halves = np.clip(place * area.height * 2, 0, area.height * 2 - 1).astype(np.intp)[:, inside]
    column = column[inside]
    rows = np.arange(2 * area.height)[:, np.newaxis]
    marked = np.zeros((2 * area.height, area.width), dtype=np.bool_)
    add_columns(marked, column, (rows >= halves[0]) & (rows <= halves[1]))
    lower, upper = marked[0::2][::-1], marked[1::2][::-1]
    chars = charset.error_bars[lower + 2 * upper.astype(np.intp)]
    free = ~bar_tips(grid.chars[area.slices], charset)
    draw_over(grid, area, (lower | upper) & free, chars, theme.roles.error_bar)
