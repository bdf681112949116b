"""All histograms of a run at once: lumisections across, bins upwards, contents as colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.states import CellState
from dqmtui.render.brush import Brush, KeptFrames
from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import paint_pixels, pooled, ramp_line, reduced
from dqmtui.render.limits import Limits, by_hand, run_limits
from dqmtui.render.ls_columns import GUTTER, LSColumns
from dqmtui.render.map_view import cut
from dqmtui.render.points import draw_spans
from dqmtui.render.readout import said_bin, said_number
from dqmtui.render.shown import beyond, outside_of, robust_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.heatmap import Pool, Ramp
    from dqmtui.render.scale import Scale

SMALLEST_WIDTH, SMALLEST_HEIGHT = 24, 6
# What a column says, by growing weight: the highest state of its LS.
_COMING, _ABSENT, _EMPTY, _FILLED = range(4)
_STATES = np.full(max(CellState) + 1, _ABSENT, dtype=np.intp)
_STATES[CellState.NOT_LOADED], _STATES[CellState.VALUE] = _COMING, _FILLED
_HEAD = "LS × bin"  # noqa: RUF001 - the sign of a product
_RAMP_FROM = 60  # columns of a picture from which it has a ramp in its headline


@dataclass(frozen=True, slots=True)
class WaterfallOptions:
    """How a waterfall is drawn.

    `log` colours; `unit_area` divides each LS by its sum; `zoom` cuts out a range of LS, `ylim` one of bins,
    `zlim` gives the range of the colours, else it is that of the run, `robust` against few hot cells. LS that
    share a column show the highest of each bin, or the mean. `notes` are said beside what is said of the
    drawing.
    """

    log: bool = False
    unit_area: bool = False
    zoom: tuple[int, int] | None = None
    ylim: tuple[float, float] | None = None
    zlim: tuple[float, float] | None = None
    pool: Pool = "max"
    ramp: Ramp = "heat"
    centre: float = 0.0
    robust: bool = False
    notes: tuple[str, ...] = ()


class WaterfallView:
    """Draws the waterfall of a 1D element on the LS axis that trend and strip have in the same width.

    All but the cursor is kept as long as LS, stack, size and options stay the same.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._brush = Brush(theme, charset, palette)
        self._frames = KeptFrames()
        self._x: Axis | None = None
        self._frame_drawn: PlotFrame | None = None
        self._ramp_width = 0
        self._norm, self._unit_area = "", False
        self._key: tuple[object, ...] = ()
        self._held: tuple[object, ...] = ()
        self._stack: HistogramStack | None = None
        self._values: NDArray[np.floating] | None = None
        self._static = CellGrid.blank(0, 0)
        self._columns = LSColumns.of(np.zeros(0, dtype=np.int64), 0)
        self._left = 0
        self._top = 0
        self._bottom = 0

    def draw(
        self,
        ls: NDArray[np.int64],
        stack: HistogramStack,
        width: int,
        height: int,
        options: WaterfallOptions,
        *,
        values: NDArray[np.floating] | None = None,
        norm: str | None = None,
    ) -> CellGrid:
        """Give the picture without the cursor; the same object as long as nothing changed.

        `ls` (n,) are the LS of the axis, those of the run's table. `values` (rows of the stack, nx) stand in
        for its bins in a normalisation that is called `norm`, NaN where masked.
        """
        key = (stack.version, width, height, options, norm)
        held = (ls, stack, values)
        if key != self._key or any(a is not b for a, b in zip(held, self._held, strict=False)):
            self._static = self._build(ls, stack, width, height, options, values, norm)
            # the objects themselves: the id of one that is gone may be that of its successor
            self._key, self._held = key, held
            self._stack, self._values = stack, values
        return self._static

    def cursor_column(self, ls: int) -> int | None:
        """Give the column of an LS in the picture last drawn, None when it is not on the axis."""
        column = self._columns.column(ls)
        return None if column is None else self._left + column

    def ls_at(self, column: int) -> int | None:
        """Give an LS shown in a column of the picture last drawn."""
        return self._columns.at(column - self._left)

    def bin_at(self, row: int) -> int | None:
        """Give the bin shown in a row of the picture last drawn, None beside the area."""
        x = self._x
        return (
            None if x is None or self._frame_drawn is None else self._frame_drawn.bin_of_row(x.edges, row - 2)
        )

    def with_cursor(self, grid: CellGrid, ls: int, cursor: int | None = None) -> CellGrid:
        """Give a copy of the picture with the LS cursor: marks above and below, the data stay seen.

        `cursor` is a bin, from 0, marked on the axis and read, at that LS, in the headline.
        """
        column, frame = self.cursor_column(ls), self._frame_drawn
        if frame is None or (column is None and cursor is None):
            return grid
        drawn = grid.copy()
        brush = self._brush
        style = CellStyle(fg=brush.theme.roles.cursor, bg=brush.theme.background, bold=True)
        glyphs = brush.charset.glyphs(brush.theme)
        if column is not None:
            drawn.put_text(column, self._bottom, glyphs.cursor, style)
            if self._top > 1:
                drawn.put_text(column, self._top - 1, glyphs.under, style)
        if cursor is not None and self._x is not None and 0 <= cursor < self._x.n:
            row = int(frame.y.cells([self._x.centres[cursor]], frame.area.height)[0])
            if row >= 0:
                drawn.put_text(self._left - 1, self._bottom - 1 - row, glyphs.selected, style)
            line = brush.canvas(max(grid.width - self._ramp_width, 0), 1)
            brush.headline(line, _HEAD, [f"LS {ls}", *self._reading(ls, cursor)])
            drawn.paste(line, 0, 0)
        return drawn

    def _reading(self, ls: int, cursor: int) -> list[str]:
        """Read one bin of one LS, or say why there is nothing to be read."""
        stack, values = self._stack, self._values
        if stack is None or stack.x is None:
            return []
        place = said_bin(stack.x, cursor)
        row = int(np.searchsorted(stack.ls, ls))
        if row >= stack.ls.size or stack.ls[row] != ls or stack.state[row] != CellState.VALUE:
            return [place, "no histogram"]
        of_row = slice(row, row + 1)
        content = _rows(stack, values, unit_area=self._unit_area, rows=of_row)[0, cursor]
        return [place, f"{self._norm}: {said_number(float(content))}"]

    # -- parts -------------------------------------------------------------------------------------------

    def _build(
        self,
        ls: NDArray[np.int64],
        stack: HistogramStack,
        width: int,
        height: int,
        options: WaterfallOptions,
        values: NDArray[np.floating] | None,
        norm: str | None,
    ) -> CellGrid:
        brush = self._brush
        canvas = brush.canvas(width, height)
        self._x, self._frame_drawn, self._ramp_width = stack.x, None, 0
        self._columns = LSColumns.of(ls, width - GUTTER, options.zoom)
        if stack.x is None or stack.y is not None or not self._columns.ls.size:
            return canvas
        outside = outside_of("x", stack.x, options.ylim)
        if outside:
            brush.headline(canvas, _HEAD, options.notes)
            brush.centre(canvas, outside)
            return canvas
        unit_area = options.unit_area and not stack.is_ratio
        if values is None:
            norm = norm or ("unit area" if unit_area else "ratio" if stack.is_ratio else "counts")
        self._norm, self._unit_area = norm or "normalised", unit_area
        rows = _rows(stack, values, unit_area=unit_area)
        z = _z_scale(stack, values, rows, options)
        if width >= SMALLEST_WIDTH and height >= SMALLEST_HEIGHT:
            # one row stays free above the plot for the mark of the cursor
            frame = self._frame(stack.x, width, height - 2, options)
            self._left, self._columns = frame.area.x, self._columns.wide(frame.area.width)
            self._frame_drawn = frame
            self._top, self._bottom = 2 + frame.area.y, 2 + frame.area.bottom
            canvas.paste(self._picture(frame, stack, rows, z, options), 0, 2)
        shared = self._columns.axis.span / max(self._columns.width, 1)
        notes = list(options.notes)
        if options.robust or options.zlim is not None:
            notes += beyond(rows, z, "cell")
        if shared > 1:
            notes.append(f"{options.pool} of {math.ceil(shared)} LS")
        brush.headline(canvas, _HEAD, [self._norm], notes)
        if width >= _RAMP_FROM:
            line = ramp_line(z, options.ramp, brush.theme, brush.charset, brush.palette)
            self._ramp_width = line.width + 2
            canvas.paste(line, width - line.width - 1, 0)
        return canvas

    def _frame(self, x: Axis, width: int, height: int, options: WaterfallOptions) -> PlotFrame:
        brush, columns = self._brush, self._columns
        y, bins = cut(x, options.ylim)
        return self._frames.get(
            (width, height, columns.axis, y, bins),
            lambda: plot_frame(
                width,
                height,
                x=columns.scale,
                y=y,
                x_ticks=columns.ticks(brush.charset),
                left=GUTTER,
                bins=(1, bins),
                theme=brush.theme,
                charset=brush.charset,
                palette=brush.palette,
            ),
        )

    def _picture(
        self,
        frame: PlotFrame,
        stack: HistogramStack,
        rows: NDArray[np.floating],
        z: Scale,
        options: WaterfallOptions,
    ) -> CellGrid:
        """Draw the bins of every LS, and what of an LS is not a bin."""
        brush, columns, area = self._brush, self._columns, frame.area
        theme, charset = brush.theme, brush.charset
        grid = draw_spans(frame, columns.holes(), theme=theme, charset=charset)
        if charset.half is None:
            # among characters that stand for contents, a hole is drawn with one that does not
            chars = grid.chars[area.slices]
            chars[chars == ord(charset.glyphs(theme).hole)] = ord(charset.vertical)
        place = columns.columns(stack.ls)
        seen = np.flatnonzero(place >= 0)
        if stack.x is None or not seen.size or area.width < 1 or area.height < 1:
            return grid
        found, starts = np.unique(place[seen], return_index=True)
        whole_run = seen.size == place.size
        middle = (z.low + z.high) / 2
        groups = reduced(rows if whole_run else rows[seen], starts, options.pool, middle)
        down = area.height * (2 if charset.half is not None else 1)
        bins = pooled(groups.T, frame.y, stack.x.edges, down, options.pool, middle)
        # columns without LS show what stands in the frame
        pixels = np.full((down, area.width), np.inf)
        pixels[:, found] = bins[::-1]
        pixels = pixels[:, columns.source]
        paint_pixels(grid, area, pixels, z, options.ramp, theme, charset)
        state = np.full(area.width, -1, dtype=np.intp)
        np.maximum.at(state, place[seen], _STATES[stack.state[seen]] - stack.empty[seen])
        self._say_states(grid, frame, state[columns.source])
        return grid

    def _say_states(self, grid: CellGrid, frame: PlotFrame, state: NDArray[np.intp]) -> None:
        """Draw the columns all of whose LS are not loaded, or empty."""
        area, brush = frame.area, self._brush
        glyphs = brush.charset.glyphs(brush.theme)
        chars, styles = grid.chars[area.slices], grid.styles[area.slices]
        coming, empty = state == _COMING, state == _EMPTY
        chars[:, coming], styles[:, coming] = ord(" "), 0
        chars[area.height // 2, coming] = ord(glyphs.loading)
        styles[area.height // 2, coming] = grid.palette.index(CellStyle(fg=brush.theme.roles.loading))
        chars[area.height // 2, empty] = ord(glyphs.empty)
        behind = brush.theme.roles.heat_zero if brush.charset.half is not None else None
        styles[area.height // 2, empty] = grid.palette.index(CellStyle(fg=brush.theme.roles.empty, bg=behind))


def _rows(
    stack: HistogramStack,
    values: NDArray[np.floating] | None,
    *,
    unit_area: bool,
    rows: slice = slice(None),
) -> NDArray[np.floating]:
    """Give the bins of rows of the stack, NaN in those that hold none."""
    if values is not None:
        return values[rows]
    present, data = stack.present[rows], stack.data[rows]
    if not unit_area:
        return data if present.all() else np.where(present[:, np.newaxis], data, np.nan)
    totals = stack.totals[rows]
    totals = np.where(present & (totals > 0) & np.isfinite(totals), totals, np.nan)
    shares = data / totals[:, np.newaxis]
    shares[stack.empty[rows]] = 0.0
    return shares


def _z_scale(
    stack: HistogramStack,
    values: NDArray[np.floating] | None,
    rows: NDArray[np.floating],
    options: WaterfallOptions,
) -> Scale:
    diverging = options.ramp == "diverging"
    log = options.log and not diverging
    scale = by_hand(options.zlim, log=log)
    if scale is not None:
        return scale
    if options.robust and not diverging:
        return robust_limits(rows).scale(log=log)
    limits = run_limits(stack, unit_area=options.unit_area) if values is None else Limits.of(values)
    limits = limits or Limits()
    return limits.scale_around(options.centre) if diverging else limits.scale(log=log)
