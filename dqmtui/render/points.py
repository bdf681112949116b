"""Trends and overlays: points, lines, histogram outlines, cursors and shaded spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellStyle
from dqmtui.render.outline import outline
from dqmtui.render.raster import (
    DASH,
    DOTS_ACROSS,
    DOTS_DOWN,
    SPACE,
    bar_tips,
    draw_dots,
    lay_cells,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.scale import Scale

_FEW_POINTS = 3  # columns per point from which points are drawn as glyphs


def draw_points(
    frame: PlotFrame,
    x: ArrayLike,
    y: ArrayLike,
    *,
    theme: Theme,
    charset: Charset,
    role: str = "current",
    errors: ArrayLike | None = None,
    y_scale: Scale | None = None,
    on: CellGrid | None = None,
) -> CellGrid:
    """Draw points (x, y), with bars of +- one error, on a copy of `on`, or of the frame's grid.

    Points are single braille dots, or glyphs where there are fewer than one in three columns, on error bars,
    which would swallow dots, and in ASCII. NaN and points outside the axes are not drawn; `y_scale` replaces
    the frame's y axis (use `frame.y2`). Raises ValueError when the lengths differ.
    """
    grid = (frame.grid if on is None else on).copy()
    raster = _Raster(frame, y_scale or frame.y, x, y, fine=charset.braille)
    if errors is not None:
        _draw_error_lines(frame, grid, raster, errors, theme, charset)
    seen = raster.inside
    if charset.braille and errors is None and np.count_nonzero(seen) * _FEW_POINTS > frame.area.width:
        dots = raster.blank()
        dots[raster.row[seen], raster.column[seen]] = True
        draw_dots(grid, frame.area, dots, theme.role(role))
    else:
        cells = _Raster(frame, y_scale or frame.y, x, y, fine=False)
        marks = cells.blank()
        marks[cells.row[seen], cells.column[seen]] = True
        put(grid, frame.area, marks, charset.glyphs(theme).point, theme.role(role))
    return grid


def draw_line(
    frame: PlotFrame,
    x: ArrayLike,
    y: ArrayLike,
    *,
    theme: Theme,
    charset: Charset,
    role: str = "current",
    max_step: float | None = None,
    y_scale: Scale | None = None,
    on: CellGrid | None = None,
) -> CellGrid:
    """Draw points joined in their order on a copy of `on`, or of the frame's grid.

    NaN is a gap that nothing joins across, and so is a step in x over `max_step`; a point alone between gaps
    is a dot. What leaves the axes is cut at their edge. In ASCII, points are glyphs joined by - and |.
    `y_scale` replaces the frame's y axis. Raises ValueError when the lengths differ.
    """
    grid = (frame.grid if on is None else on).copy()
    raster = _Raster(frame, y_scale or frame.y, x, y, fine=charset.braille)
    flat, steep = raster.segments(max_step)
    if charset.braille:
        draw_dots(grid, frame.area, flat | steep, theme.role(role))
    else:
        color = theme.role(role)
        put(grid, frame.area, flat, charset.horizontal, color)
        put(grid, frame.area, steep, charset.vertical, color)
        marks = raster.blank()
        marks[raster.row[raster.inside], raster.column[raster.inside]] = True
        put(grid, frame.area, marks, charset.glyphs(theme).point, color)
    return grid


def draw_steps(
    frame: PlotFrame,
    edges: ArrayLike,
    values: ArrayLike,
    *,
    theme: Theme,
    charset: Charset,
    role: str = "reference",
    on: CellGrid | None = None,
) -> CellGrid:
    """Draw the outline of a histogram (n + 1 edges, n values) on a copy of `on`, or of the frame's grid.

    Bars that are already there stay visible behind it. Bins narrower than a dot show all from the smallest to
    the largest of them. The outline goes down to zero and is not drawn along it; it leaves a gap at NaN.
    Raises ValueError when the lengths do not fit.
    """
    grid = (frame.grid if on is None else on).copy()
    area = frame.area
    if area.width < 1 or area.height < 1:
        return grid
    # A line through the tips of bars is dashed, so that both are seen.
    free = ~bar_tips(grid.chars[area.slices], charset) | (np.arange(area.width) % DASH == 0)
    if charset.braille:
        line = outline(frame, edges, values, across=DOTS_ACROSS, down=DOTS_DOWN)
        draw_dots(grid, area, line.dots(), theme.role(role), where=free)
    else:
        flat, steep = outline(frame, edges, values).parts()
        put(grid, area, steep & free, charset.vertical, theme.role(role))
        put(grid, area, flat & free, charset.horizontal, theme.role(role))
    return grid


def draw_cursor(
    frame: PlotFrame,
    x: float,
    *,
    theme: Theme,
    charset: Charset,
    role: str = "cursor",
    line: bool = True,
    on: CellGrid | None = None,
) -> CellGrid:
    """Mark one x on a copy of `on`, or of the frame's grid: a glyph on the axis and a line through the area.

    The line keeps what is behind it: it passes through blank and full cells and leaves points, lines and the
    tips of bars as they are. `line` false draws the glyph alone, for maps. Nothing is drawn outside the axis.
    """
    grid = (frame.grid if on is None else on).copy()
    area = frame.area
    column = int(frame.x.cells([x], max(area.width, 1))[0])
    if column < 0 or area.width < 1:
        return grid
    color = theme.role(role)
    if line:
        under = grid.chars[area.y : area.bottom, area.x + column]
        behind = charset.gridline + charset.zero_line + charset.glyphs(theme).hole + (charset.half or "")
        passable = (under == SPACE) | (under == charset.bars[-1])
        for char in behind:
            passable |= under == ord(char)
        rows = np.flatnonzero(passable) + area.y
        columns = np.full(rows.size, area.x + column)
        chars = np.full(rows.size, ord(charset.vertical), dtype=np.uint32)
        lay_cells(grid, rows, columns, chars, np.zeros(rows.size, dtype=np.uint8), (color,))
    if area.bottom < grid.height:
        glyph = charset.glyphs(theme).cursor
        grid.put_text(area.x + column, area.bottom, glyph, CellStyle(fg=color, bold=True))
    return grid


def draw_spans(
    frame: PlotFrame,
    spans: Sequence[tuple[float, float]],
    *,
    theme: Theme,
    charset: Charset,
    role: str = "hole",
    on: CellGrid | None = None,
) -> CellGrid:
    """Shade ranges of x (low, high) on a copy of `on`, or of the frame's grid, where the cells are blank.

    Columns are shaded from the nearest boundary of `low` to that of `high`, at least one column each.
    """
    grid = (frame.grid if on is None else on).copy()
    area = frame.area
    if not spans or area.width < 1:
        return grid
    place = np.nan_to_num(frame.x.position(np.asarray(spans, dtype=np.float64)), nan=-1.0)
    visible = (place[:, 1] > 0) & (place[:, 0] < 1)
    ends = np.clip(place[visible], 0, 1) * area.width
    first = np.minimum(np.rint(ends[:, 0]), area.width - 1)
    last = np.maximum(np.rint(ends[:, 1]), first + 1)
    columns = np.arange(area.width)[:, np.newaxis]
    shaded = ((columns >= first) & (columns < last)).any(axis=1)
    where = shaded & (grid.chars[area.slices] == SPACE)
    glyph = charset.glyphs(theme).hole
    put(grid, area, where, glyph, theme.role(role))
    return grid


def line_dots(
    frame: PlotFrame,
    x: ArrayLike,
    y: ArrayLike,
    *,
    fine: bool,
    max_step: float | None = None,
    y_scale: Scale | None = None,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Dots of a line through points, of its flat and of its steep parts: braille dots if `fine`, else cells.

    As `draw_line` has them. Raises ValueError when the lengths differ.
    """
    return _Raster(frame, y_scale or frame.y, x, y, fine=fine).segments(max_step)


def point_cells(
    frame: PlotFrame, x: ArrayLike, y: ArrayLike, *, fine: bool, y_scale: Scale | None = None
) -> NDArray[np.bool_]:
    """Dots of points, braille dots if `fine`, else cells; as `draw_points` has them.

    Raises ValueError when the lengths differ.
    """
    raster = _Raster(frame, y_scale or frame.y, x, y, fine=fine)
    dots = raster.blank()
    dots[raster.row[raster.inside], raster.column[raster.inside]] = True
    return dots


class _Raster:
    """Points on the dots (or cells) of an area: row (0 on top), column, and whether they are inside."""

    def __init__(self, frame: PlotFrame, y_scale: Scale, x: ArrayLike, y: ArrayLike, *, fine: bool) -> None:
        x_array, y_array = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if x_array.shape != y_array.shape or x_array.ndim != 1:
            raise ValueError(f"{x_array.shape} x cannot go with {y_array.shape} y")
        self.frame = frame
        self.y_scale = y_scale
        self.x, self.y = x_array, y_array
        self.width = frame.area.width * (DOTS_ACROSS if fine else 1)
        self.height = frame.area.height * (DOTS_DOWN if fine else 1)
        self.column = frame.x.cells(x_array, max(self.width, 1))
        from_bottom = y_scale.cells(y_array, max(self.height, 1))
        self.row = self.height - 1 - from_bottom
        self.inside = (self.column >= 0) & (from_bottom >= 0) & (self.width > 0) & (self.height > 0)

    def blank(self) -> NDArray[np.bool_]:
        """Make a raster without dots."""
        return np.zeros((self.height, self.width), dtype=np.bool_)

    def segments(self, max_step: float | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Find the dots of the lines between neighbours, flat ones and steep ones; points alone are flat."""
        u = self.frame.x.position(self.x) * self.width
        v = self.y_scale.position(self.y) * self.height
        known = np.isfinite(u) & np.isfinite(v)
        joined = known[1:] & known[:-1]
        if max_step is not None:
            joined &= np.abs(np.diff(self.x)) <= max_step
        alone = known & ~np.concatenate([[False], joined]) & ~np.concatenate([joined, [False]])
        flat, steep = self.blank(), self.blank()
        alone &= self.inside
        flat[self.row[alone], self.column[alone]] = True
        start = np.stack([u[:-1][joined], v[:-1][joined]])
        end = np.stack([u[1:][joined], v[1:][joined]])
        start, end = _cut(start, end, self.width, self.height)
        delta = end - start
        counts = np.ceil(np.abs(delta).max(axis=0, initial=0)).astype(np.intp) + 1
        which = np.repeat(np.arange(counts.size), counts)
        step = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
        along = start[:, which] + delta[:, which] * (step / np.maximum(counts[which] - 1, 1))
        column = np.clip(along[0].astype(np.intp), 0, self.width - 1)
        row = self.height - 1 - np.clip(along[1].astype(np.intp), 0, self.height - 1)
        is_steep = (np.abs(delta[1]) > np.abs(delta[0]))[which]
        flat[row[~is_steep], column[~is_steep]] = True
        steep[row[is_steep], column[is_steep]] = True
        return flat, steep


def _cut(
    start: NDArray[np.float64], end: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut lines, each array (2, n), to the rectangle from 0, 0 to width, height (Liang and Barsky, 1984)."""
    delta = end - start
    enter = np.zeros(start.shape[1])
    leave = np.ones(start.shape[1])
    outside = np.zeros(start.shape[1], dtype=np.bool_)
    for axis, size in ((0, width), (1, height)):
        still = delta[axis] == 0
        outside |= still & ((start[axis] < 0) | (start[axis] > size))
        step = np.where(still, 1.0, delta[axis])
        first, second = -start[axis] / step, (size - start[axis]) / step
        enter = np.where(still, enter, np.maximum(enter, np.minimum(first, second)))
        leave = np.where(still, leave, np.minimum(leave, np.maximum(first, second)))
    kept = ~outside & (enter <= leave)
    start, delta, enter, leave = start[:, kept], delta[:, kept], enter[kept], leave[kept]
    return start + delta * enter, start + delta * leave


def _draw_error_lines(
    frame: PlotFrame, grid: CellGrid, raster: _Raster, errors: ArrayLike, theme: Theme, charset: Charset
) -> None:
    error = np.asarray(errors, dtype=np.float64)
    if error.shape != raster.y.shape:
        raise ValueError(f"{error.shape} errors cannot go with {raster.y.shape} y")
    ends = raster.y_scale.position(np.stack([raster.y - error, raster.y + error])) * raster.height
    drawn = (raster.column >= 0) & (error > 0) & np.isfinite(raster.y)
    low = np.where(np.isnan(ends[0]), -1.0, ends[0])[drawn]
    high = ends[1][drawn]
    rows = np.arange(raster.height - 1, -1, -1)[:, np.newaxis]
    lines = (rows >= np.floor(low)) & (rows <= np.floor(high))
    dots = raster.blank()
    np.logical_or.at(dots.T, raster.column[drawn], lines.T)
    if charset.braille:
        draw_dots(grid, frame.area, dots, theme.roles.error_bar)
    else:
        put(grid, frame.area, dots, charset.vertical, theme.roles.error_bar)
