"""The panel under a histogram: its ratio, difference or pull to a reference, on the same x axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmtui.render.bars import draw_bars
from dqmtui.render.cells import CellStyle, Rect
from dqmtui.render.limits import Limits
from dqmtui.render.raster import (
    BRAILLE_FIRST,
    DOTS_ACROSS,
    DOTS_DOWN,
    add_columns,
    braille,
    column_ranges,
    lay_cells,
    put,
)
from dqmtui.render.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.render.brush import Brush
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.frame import PlotFrame

PanelKind = Literal["ratio", "difference", "pull"]

SMALLEST_HEIGHT = 16
"""Rows of a plot from which it has a panel."""

_SHARE = 0.28
_FEWEST_ROWS = 3
_RATIO_RANGES = (0.05, 0.1, 0.2, 0.5, 1.0)
_PULL_RANGES = (3.0, 5.0, 10.0)
_MOST = 0.95  # share of the points that the range holds; marks show where the others are


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What a panel shows: `values` (nx,), NaN where there is none, and `errors` (nx,) if known."""

    kind: PanelKind
    values: NDArray[np.floating]
    errors: NDArray[np.floating] | None = None

    @property
    def centre(self) -> float:
        """Where histogram and reference agree."""
        return 1.0 if self.kind == "ratio" else 0.0


def compare(
    kind: PanelKind,
    values: NDArray[np.floating],
    reference: NDArray[np.floating],
    errors: NDArray[np.floating] | None = None,
    reference_errors: NDArray[np.floating] | None = None,
) -> Panel:
    """Compare bins with those of a reference, all of shape (nx,) and in one normalisation.

    Ratio v/r with error sqrt((dv/r)^2 + (v dr/r^2)^2), NaN where r is 0; difference v - r with error
    sqrt(dv^2 + dr^2); pull (v - r)/sqrt(dv^2 + dr^2), NaN where that is 0 or no errors are known.
    """
    value, other = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    known = [error for error in (errors, reference_errors) if error is not None]
    spread = np.sqrt(sum(np.square(error, dtype=np.float64) for error in known)) if known else None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if kind == "difference":
            return Panel(kind, value - other, spread)
        if kind == "pull":
            pull = np.full(value.shape, np.nan) if spread is None else (value - other) / spread
            return Panel(kind, _finite(pull))
        ratio = _finite(value / other)
        if not known:
            return Panel(kind, ratio)
        own = 0.0 if errors is None else np.asarray(errors, dtype=np.float64) / other
        theirs = 0.0 if reference_errors is None else np.asarray(reference_errors) * ratio / other
        return Panel(kind, ratio, _finite(np.hypot(own, theirs)))


def panel_rows(kind: PanelKind, height: int) -> int:
    """Rows of the panel's area in a plot of `height` rows, 0 when there is no room.

    Points stand around a line in the middle of a cell, so their rows are odd; pulls grow from the boundary
    between two cells, so theirs are even.
    """
    if height < SMALLEST_HEIGHT:
        return 0
    rows = max(_FEWEST_ROWS, round(height * _SHARE) - 2)
    return rows if rows % 2 == (kind != "pull") else rows + 1


def panel_scale(panel: Panel) -> Scale:
    """Range of a panel, the same on both sides of its line, out of few so that it seldom changes."""
    if panel.kind == "difference":
        return Limits.of(panel.values).scale_around(0.0)
    away = np.abs(panel.values[np.isfinite(panel.values)] - panel.centre)
    at = int(_MOST * (away.size - 1))
    most = float(np.partition(away, at)[at]) if away.size else 0.0
    ranges = _RATIO_RANGES if panel.kind == "ratio" else _PULL_RANGES
    half = next((end for end in ranges if end >= most), ranges[-1])
    return Scale(panel.centre - half, panel.centre + half)


def draw_line_of_agreement(frame: PlotFrame, kind: PanelKind, brush: Brush) -> None:
    """Draw the line at 1 or 0 through the middle of a frame that is to be kept."""
    area = frame.area
    if kind != "pull" and area.height > 0:
        line = Rect(area.x, area.y + area.height // 2, area.width, 1)
        frame.grid.fill(line, brush.charset.horizontal, CellStyle(fg=brush.theme.roles.axis))


def draw_panel(frame: PlotFrame, edges: NDArray[np.float64], panel: Panel, brush: Brush) -> CellGrid:
    """Draw points with their errors (pulls as bars) on a copy of the frame; marks show those beyond it."""
    theme, charset = brush.theme, brush.charset
    if panel.kind == "pull":
        # a bin without a pull is a gap here, and said to be masked above
        known = np.nan_to_num(panel.values, nan=0.0)
        return draw_bars(frame, edges, known, theme=theme, charset=charset)
    area = frame.area
    grid = frame.grid.copy()
    if area.width < 1 or area.height < 1:
        return grid
    start, stop, value = column_ranges(frame.x, edges, panel.values, area.width)
    error = np.zeros(value.shape)
    if panel.errors is not None:
        error = np.nan_to_num(column_ranges(frame.x, edges, panel.errors, area.width)[2])
    column = (start + stop - 1) // 2
    if charset.braille:
        _dot_points(grid, frame, column, value, error, brush)
    else:
        _glyph_points(grid, frame, column, value, error, brush)
    glyphs = charset.glyphs(theme)
    style = grid.palette.index(CellStyle(fg=theme.roles.current, bold=True))
    for beyond, glyph, row in (
        (value > frame.y.high, glyphs.over, area.y),
        (value < frame.y.low, glyphs.under, area.bottom - 1),
    ):
        at = column[beyond] + area.x
        grid.chars[row, at], grid.styles[row, at] = ord(glyph), style
    return grid


def _dot_points(
    grid: CellGrid,
    frame: PlotFrame,
    column: NDArray[np.intp],
    value: NDArray[np.float64],
    error: NDArray[np.float64],
    brush: Brush,
) -> None:
    """Draw a point as two dots side by side, and its error as a line of single dots through one of them."""
    area = frame.area
    height = area.height * DOTS_DOWN
    bars, points = (np.zeros((height, area.width * DOTS_ACROSS), dtype=np.bool_) for _ in range(2))
    low, high, row = _rows(frame, value, error, height)
    rows = np.arange(height - 1, -1, -1)[:, np.newaxis]
    add_columns(bars, column * DOTS_ACROSS, (rows >= low) & (rows <= high))
    inside = row >= 0
    for side in range(DOTS_ACROSS):
        points[height - 1 - row[inside], column[inside] * DOTS_ACROSS + side] = True
    of_points = braille(points)
    bits = of_points | braille(bars)
    rows_found, columns = np.nonzero(bits)
    colors = (of_points[rows_found, columns] > 0).astype(np.uint8)
    chars = bits[rows_found, columns] | np.uint32(BRAILLE_FIRST)
    names = (brush.theme.roles.label, brush.theme.roles.current)
    lay_cells(grid, rows_found + area.y, columns + area.x, chars, colors, names)


def _glyph_points(
    grid: CellGrid,
    frame: PlotFrame,
    column: NDArray[np.intp],
    value: NDArray[np.float64],
    error: NDArray[np.float64],
    brush: Brush,
) -> None:
    area, charset = frame.area, brush.charset
    low, high, row = _rows(frame, value, error, area.height)
    rows = np.arange(area.height - 1, -1, -1)[:, np.newaxis]
    bars, points = (np.zeros((area.height, area.width), dtype=np.bool_) for _ in range(2))
    add_columns(bars, column, (rows >= low) & (rows <= high))
    inside = row >= 0
    points[area.height - 1 - row[inside], column[inside]] = True
    put(grid, area, bars, charset.vertical, brush.theme.roles.label)
    put(grid, area, points, charset.glyphs(brush.theme).point, brush.theme.roles.current)


def _rows(
    frame: PlotFrame, value: NDArray[np.float64], error: NDArray[np.float64], height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """First and last row of the error and row of the value, from the bottom; none (-1) where it is NaN.

    Where there is no error, its last row is below its first.
    """
    ends = np.floor(frame.y.position(np.stack([value - error, value + error])) * height)
    none = np.isnan(value) | (error <= 0)
    return np.where(none, 1.0, ends[0]), np.where(none, 0.0, ends[1]), frame.y.cells(value, height)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)
