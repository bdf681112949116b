"""The picture of a run along its lumisections: a trend, and the LS strip on the same axis under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.trend import trend
from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.conditions_strip import ValueLine, strip_rows
from dqmtui.render.frame import plot_frame
from dqmtui.render.ls_columns import GUTTER, LSColumns
from dqmtui.render.points import draw_spans
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import y_ticks
from dqmtui.render.trend_parts import Band, SeriesLook, TrendSeries, draw_band, draw_marks, draw_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.conditions_strip import StripLine
    from dqmtui.render.frame import PlotFrame

__all__ = ["GUTTER", "TrendOptions", "TrendView"]

SMALLEST_TREND = 5
SMALLEST_WIDTH = 10

_COUNTS = frozenset({"entries", "sum", "occupancy", "empty_bins", "outside_fraction"})
_HEADROOM = 0.08
_LEGEND_FROM = 8  # rows of a trend from which it has a legend


@dataclass(frozen=True, slots=True)
class TrendOptions:
    """What the trend shows: a statistic of the element, how many rows the strip may take, and which LS.

    `zoom` is the first and the last LS shown; `log` the y axis; `ylim` its limits, else what is seen.
    """

    statistic: str = "mean"
    strip_rows: int = 6
    zoom: tuple[int, int] | None = None
    log: bool = False
    ylim: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What was drawn last: compared by identity, so that nothing is drawn twice."""

    table: LSTable
    stack: HistogramStack | None
    series: tuple[TrendSeries, ...]
    rows: tuple[StripLine, ...] | None
    marked: NDArray[np.int64] | None
    rest: tuple[object, ...]

    def same_as(self, other: _Shown) -> bool:
        return (
            self.table is other.table
            and self.stack is other.stack
            and self.marked is other.marked
            and self.rest == other.rest
            and _all_same(self.series, other.series)
            and _all_same(self.rows or (), other.rows or ())
            and (self.rows is None) == (other.rows is None)
        )


class TrendView:
    """Draws the trend and the strip, and the LS cursor through both.

    All but the cursor is kept as long as table, stack, series, rows, size and options stay the same.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._brush = Brush(theme, charset, palette)
        self._shown: _Shown | None = None
        self._static = CellGrid.blank(0, 0)
        self._columns = LSColumns.of(np.zeros(0, dtype=np.int64), 0)
        self._left = 0
        self._top = 0
        self._bar_rows: set[int] = set()
        self._plot_top = 0
        self._plot_bottom = 0

    def draw(
        self,
        table: LSTable,
        stack: HistogramStack | None,
        width: int,
        height: int,
        options: TrendOptions,
        *,
        series: Sequence[TrendSeries] = (),
        band: Band | None = None,
        marked: NDArray[np.int64] | None = None,
        rows: Sequence[StripLine] | None = None,
    ) -> CellGrid:
        """Give the picture without the cursor; the same object as long as nothing changed.

        `series` stand in for the statistic of the stack, the first one is that of the element on screen;
        `band` is where the reference has it, `marked` (n,) are LS whose points are marked as bad. `rows` are
        the rows of the strip, by default data, flags, beams, rate and pileup. All of them count by identity,
        so they are to be kept from one call to the next.
        """
        version = None if stack is None else stack.version
        rest = (version, width, height, options, band)
        shown = _Shown(table, stack, tuple(series), None if rows is None else tuple(rows), marked, rest)
        if self._shown is None or not shown.same_as(self._shown):
            self._static = self._build(shown, width, height, options, band)
            # the objects themselves: the id of one that is gone may be that of its successor
            self._shown = shown
        return self._static

    def cursor_column(self, ls: int) -> int | None:
        """Give the column of an LS in the picture last drawn, None when it is not on the axis."""
        column = self._columns.column(ls)
        return None if column is None else self._left + column

    def with_cursor(self, grid: CellGrid, ls: int) -> CellGrid:
        """Give a copy of the picture with the LS cursor through the trend and marked in the strip."""
        column = self.cursor_column(ls)
        if column is None:
            return grid
        theme, charset, palette = self._brush.theme, self._brush.charset, self._brush.palette
        drawn = grid.copy()
        plot = slice(self._plot_top, self._plot_bottom)
        passable = (" ", charset.glyphs(theme).hole, charset.gridline, charset.horizontal)
        blank = np.isin(drawn.chars[plot, column], [ord(char) for char in passable])
        drawn.chars[plot, column][blank] = ord(charset.vertical)
        drawn.styles[plot, column] = palette.index(
            CellStyle(fg=theme.roles.cursor, bg=theme.background, bold=True)
        )
        for row in range(self._top, drawn.height):
            style = palette[int(drawn.styles[row, column])]
            if row in self._bar_rows and drawn.chars[row, column] in charset.bars[1:]:
                # a full bar in reverse would look like none
                marked = replace(style, fg=theme.roles.cursor)
            else:
                marked = replace(style, reverse=True)
            drawn.styles[row, column] = palette.index(marked)
        return drawn

    def ls_at(self, column: int) -> int | None:
        """Give an LS shown in a column of the picture last drawn."""
        return self._columns.at(column - self._left)

    def ticks(self) -> list[tuple[float, str]]:
        """Give the positions and LS numbers of the axis's ticks."""
        return self._columns.ticks(self._brush.charset)

    # -- parts -------------------------------------------------------------------------------------------

    def _build(
        self, shown: _Shown, width: int, height: int, options: TrendOptions, band: Band | None
    ) -> CellGrid:
        brush, table = self._brush, shown.table
        canvas = CellGrid.blank(width, height, brush.style("label"), brush.palette)
        self._columns = LSColumns.of(table.ls, width - GUTTER - 1, options.zoom)
        self._left, self._plot_top, self._plot_bottom = GUTTER, 0, 0
        if not self._columns.ls.size or self._columns.width < SMALLEST_WIDTH or height < 1:
            self._columns = self._columns.wide(0)
            return canvas
        lines = strip_rows(table, shown.stack) if shown.rows is None else shown.rows
        lines = lines[: max(1, min(options.strip_rows, height - SMALLEST_TREND))]
        top = self._top = height - len(lines)
        self._bar_rows = {top + row for row, line in enumerate(lines) if isinstance(line, ValueLine)}
        if top >= SMALLEST_TREND:
            self._trend(canvas, shown, top, options, band)
        columns = self._columns.columns(table.ls)
        source = self._columns.source
        for row, line in enumerate(lines):
            canvas.put_text(0, top + row, line.label.rjust(self._left - 2), brush.style("label"))
            canvas.paste(line.draw(columns, source, brush), self._left, top + row)
        return canvas

    def _trend(
        self, canvas: CellGrid, shown: _Shown, height: int, options: TrendOptions, band: Band | None
    ) -> None:
        """Draw the series over the LS axis, whose columns are those of the strip."""
        brush = self._brush
        series = shown.series or _series_of(shown.stack, options.statistic)
        if (len(series) > 1 or band is not None) and height >= _LEGEND_FROM:
            self._legend(canvas, series, band)
            self._plot_top = 1
        frame = self._frame(canvas.width, height - self._plot_top, series, options, band)
        self._left, self._columns = frame.area.x, self._columns.wide(frame.area.width)
        grid = draw_spans(frame, self._columns.holes(), theme=brush.theme, charset=brush.charset)
        if band is not None:
            draw_band(frame, grid, band, brush)
        grid = draw_series(frame, grid, self._columns.axis, series, brush)
        if shown.marked is not None and series:
            draw_marks(frame, grid, self._columns.axis, series[0], shown.marked, brush)
        canvas.paste(grid, 0, self._plot_top)
        self._plot_bottom = self._plot_top + frame.area.bottom

    def _frame(
        self,
        width: int,
        height: int,
        series: Sequence[TrendSeries],
        options: TrendOptions,
        band: Band | None,
    ) -> PlotFrame:
        brush = self._brush
        left = [self._seen(one) for one in series if not one.right]
        right = [self._seen(one) for one in series if one.right]
        if band is not None:
            left.append(np.array([band.median - band.spread, band.median + band.spread]))
        zero = options.statistic in _COUNTS
        y = Scale.covering(*left, zero=zero, log=options.log, headroom=_HEADROOM)
        if options.ylim is not None and options.ylim[0] < options.ylim[1]:
            y = Scale(*options.ylim, log=options.log and options.ylim[0] > 0)
        return plot_frame(
            width,
            height,
            x=self._columns.scale,
            y=y,
            y2=Scale.covering(*right, headroom=_HEADROOM) if right else None,
            x_ticks=self._columns.ticks(brush.charset),
            # the labels of the strip stand under those of the axis
            y_ticks=y_ticks(y, height - 2, brush.charset),
            left=GUTTER,
            theme=brush.theme,
            charset=brush.charset,
            palette=brush.palette,
        )

    def _seen(self, series: TrendSeries) -> NDArray[np.float64]:
        """Give the values of the LS that are on the axis."""
        return np.asarray(series.values[~np.isnan(self._columns.axis.position(series.ls))])

    def _legend(self, canvas: CellGrid, series: Sequence[TrendSeries], band: Band | None) -> None:
        brush = self._brush
        items = [
            (look.mark, one.label + (" (right)" if one.right else ""), look.role)
            for index, one in enumerate(series)
            for look in [SeriesLook.of(index, one, brush)]
        ]
        if band is not None:
            items.append((brush.charset.horizontal * 2, band.label, "reference"))
        column = self._left
        for mark, label, role in items:
            text = brush.charset.text(label)
            canvas.put_text(column, 0, mark, brush.style(role, bold=True))
            canvas.put_text(column + len(mark) + 1, 0, text, brush.style("label"))
            column += len(mark) + len(text) + 4


def _series_of(stack: HistogramStack | None, statistic: str) -> tuple[TrendSeries, ...]:
    """Make the series of a statistic of the stack; one without that statistic is all gaps."""
    if stack is None:
        return ()
    found = trend(stack)
    values = found.values.get(statistic, np.full(found.ls.size, np.nan))
    errors = found["mean_error"] if statistic == "mean" and "mean_error" in found.values else None
    return (TrendSeries(statistic, found.ls, values, errors),)


def _all_same(first: Sequence[object], second: Sequence[object]) -> bool:
    return len(first) == len(second) and all(a is b for a, b in zip(first, second, strict=True))
