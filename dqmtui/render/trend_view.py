"""The picture of a run along its lumisections: a trend, and the LS strip on the same axis under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.text import fitted
from dqmtui.model.trend import COMPARISONS, trend
from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.colors import mixed
from dqmtui.render.conditions_strip import ValueLine, strip_rows
from dqmtui.render.frame import plot_frame
from dqmtui.render.ls_columns import GUTTER, LSColumns
from dqmtui.render.points import draw_spans
from dqmtui.render.raster import SPACE, restyle
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import si_number, y_ticks
from dqmtui.render.trend_parts import (
    Band,
    TrendSeries,
    are_beyond,
    draw_band,
    draw_beyond,
    draw_legend,
    draw_marks,
    draw_noted,
    draw_series,
)
from dqmtui.render.trend_range import BEYOND_GOOD, usual_values

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

_FROM_ZERO = frozenset({"entries", "sum", "occupancy", "empty_bins", "outside_fraction", *COMPARISONS})
_HEADROOM = 0.08
_LEGEND_FROM = 8  # rows of a trend from which it has a legend
_MANY_SERIES = 4
_BEYOND = "beyond"
_RANGE_TINT = 0.22  # share of the cursor's colour behind a range of LS


@dataclass(frozen=True, slots=True)
class TrendOptions:
    """What the trend shows: a statistic of the element, how many cells the strip may be high, and which LS.

    `zoom` is the first and the last LS shown; `log` the y axis; `ylim` its limits, else what is seen, which
    values further from 0 than `most` do not widen.
    """

    statistic: str = "mean"
    strip_rows: int = 6
    zoom: tuple[int, int] | None = None
    log: bool = False
    ylim: tuple[float, float] | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What was drawn last: compared by identity, so that nothing is drawn twice."""

    table: LSTable
    stack: HistogramStack | None
    series: tuple[TrendSeries, ...]
    rows: tuple[StripLine, ...] | None
    marked: NDArray[np.int64] | None
    usual: NDArray[np.int64] | None
    noted: NDArray[np.int64] | None
    rest: tuple[object, ...]

    def same_as(self, other: _Shown) -> bool:
        return (
            self.table is other.table
            and self.stack is other.stack
            and self.marked is other.marked
            and self.usual is other.usual
            and self.noted is other.noted
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
        self._high_rows: set[int] = set()
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
        usual: NDArray[np.int64] | None = None,
        noted: NDArray[np.int64] | None = None,
        rows: Sequence[StripLine] | None = None,
        notes: Sequence[str] = (),
        why: str = "",
    ) -> CellGrid:
        """Give the picture without the cursor; the same object as long as nothing changed.

        `series` stand in for the statistic of the stack, the first one is that of the element on screen;
        `band` is where the reference has it, `marked` (n,) are LS whose points are marked as bad. The y
        axis covers the values of the `usual` LS (n,), by default of all; points beyond it are marked at its
        ends. `noted` (n,) are LS that have a note. `rows` are the rows of the strip, by default data, flags,
        beams, rate and pileup. All of these count by identity, so they are to be kept from one call to the
        next. `notes` stand behind the legend, `why` in place of a trend that has nothing to show.
        """
        version = None if stack is None else stack.version
        rest = (version, width, height, options, band, tuple(notes), why)
        lines = None if rows is None else tuple(rows)
        shown = _Shown(table, stack, tuple(series), lines, marked, usual, noted, rest)
        if self._shown is None or not shown.same_as(self._shown):
            self._static = self._build(shown, width, height, options, band, notes, why)
            # the objects themselves: the id of one that is gone may be that of its successor
            self._shown = shown
        return self._static

    def cursor_column(self, ls: int) -> int | None:
        """Give the column of an LS in the picture last drawn, None when it is not on the axis."""
        column = self._columns.column(ls)
        return None if column is None else self._left + column

    def with_cursor(self, grid: CellGrid, ls: int | None, chosen: tuple[int, int] | None = None) -> CellGrid:
        """Give a copy of the picture with the LS cursor through the trend and marked in the strip.

        A `chosen` range of LS, first and last, has a background of its own and a line along the axis.
        """
        column = None if ls is None else self.cursor_column(ls)
        span = None if chosen is None else self.columns_of(*chosen)
        if column is None and span is None:
            return grid
        drawn = grid.copy()
        if span is not None:
            self._draw_range(drawn, *span)
        if column is not None:
            self._draw_cursor(drawn, column)
        return drawn

    def columns_of(self, first: int, last: int) -> tuple[int, int] | None:
        """Give the first and last column of what is on the axis of a range of LS, None if nothing is."""
        ls = self._columns.ls
        columns = self._columns.columns(ls[(ls >= first) & (ls <= last)])
        shown = np.flatnonzero(np.isin(self._columns.source, columns[columns >= 0]))
        return (self._left + int(shown[0]), self._left + int(shown[-1])) if shown.size else None

    def _draw_range(self, drawn: CellGrid, first: int, last: int) -> None:
        theme, charset, palette = self._brush.theme, self._brush.charset, self._brush.palette
        tint = mixed(theme.background, theme.roles.cursor, _RANGE_TINT)
        where = np.zeros(drawn.chars.shape, dtype=np.bool_)
        where[:, first : last + 1] = True
        where[: self._plot_top] = False
        restyle(drawn, where, lambda style: replace(style, bg=tint))
        if self._plot_bottom:
            drawn.chars[self._plot_bottom, first : last + 1] = ord("=" if not charset.braille else "\u2501")
            drawn.styles[self._plot_bottom, first : last + 1] = palette.index(
                CellStyle(fg=theme.roles.cursor, bg=tint, bold=True)
            )

    def _draw_cursor(self, drawn: CellGrid, column: int) -> None:
        theme, charset, palette = self._brush.theme, self._brush.charset, self._brush.palette
        plot = slice(self._plot_top, self._plot_bottom)
        passable = (" ", charset.glyphs(theme).hole, charset.gridline, charset.horizontal)
        blank = np.isin(drawn.chars[plot, column], [ord(char) for char in passable])
        line = CellStyle(fg=theme.roles.cursor, bg=theme.background, bold=True)
        drawn.chars[plot, column][blank] = ord(charset.vertical)
        for row in range(self._plot_top, self._plot_bottom):
            behind = palette[int(drawn.styles[row, column])].bg
            drawn.styles[row, column] = palette.index(line if behind is None else replace(line, bg=behind))
        for row in range(self._top, drawn.height):
            style = palette[int(drawn.styles[row, column])]
            if row in self._bar_rows and drawn.chars[row, column] in charset.bars[1:]:
                # a full bar in reverse would look like none
                drawn.styles[row, column] = palette.index(replace(style, fg=theme.roles.cursor))
            elif row in self._high_rows and drawn.chars[row, column] == SPACE:
                drawn.chars[row, column] = ord(charset.vertical)
                drawn.styles[row, column] = palette.index(line)
            else:
                drawn.styles[row, column] = palette.index(replace(style, reverse=True))

    def ls_at(self, column: int) -> int | None:
        """Give an LS shown in a column of the picture last drawn."""
        return self._columns.at(column - self._left)

    def ticks(self) -> list[tuple[float, str]]:
        """Give the positions and LS numbers of the axis's ticks."""
        return self._columns.ticks(self._brush.charset)

    # -- parts -------------------------------------------------------------------------------------------

    def _build(
        self,
        shown: _Shown,
        width: int,
        height: int,
        options: TrendOptions,
        band: Band | None,
        notes: Sequence[str],
        why: str,
    ) -> CellGrid:
        brush, table = self._brush, shown.table
        canvas = CellGrid.blank(width, height, brush.style("label"), brush.palette)
        self._columns = LSColumns.of(table.ls, width - GUTTER - 1, options.zoom)
        self._left, self._plot_top, self._plot_bottom = GUTTER, 0, 0
        self._bar_rows, self._high_rows = set(), set()
        if not self._columns.ls.size or self._columns.width < SMALLEST_WIDTH or height < 1:
            self._columns = self._columns.wide(0)
            return canvas
        lines = strip_rows(table, shown.stack) if shown.rows is None else shown.rows
        lines = _fitting(lines, max(1, min(options.strip_rows, height - SMALLEST_TREND)))
        top = self._top = height - sum(line.height for line in lines)
        if top >= SMALLEST_TREND:
            self._trend(canvas, shown, top, options, band, notes, why)
        columns = self._columns.columns(table.ls)
        for line in lines:
            self._strip_line(canvas, line, top, columns)
            top += line.height
        return canvas

    def _strip_line(self, canvas: CellGrid, line: StripLine, top: int, columns: NDArray[np.int64]) -> None:
        """Draw a row of the strip: its label at its foot, and, where bars are higher, how much they are."""
        brush, room = self._brush, self._left - 1
        foot = top + line.height - 1
        canvas.put_text(0, foot, line.label[:room].rjust(room - 1), brush.style("label"))
        if isinstance(line, ValueLine):
            rows = range(top, foot + 1)
            self._bar_rows.update(rows)
            if line.height > 1:
                self._high_rows.update(rows)
                canvas.put_text(0, top, si_number(line.high)[:room].rjust(room - 1), brush.style("label"))
        canvas.paste(line.draw(columns, self._columns.source, brush), self._left, top)

    def _trend(
        self,
        canvas: CellGrid,
        shown: _Shown,
        height: int,
        options: TrendOptions,
        band: Band | None,
        notes: Sequence[str],
        why: str,
    ) -> None:
        """Draw the series over the LS axis, whose columns are those of the strip."""
        brush = self._brush
        series = shown.series or (() if why else _series_of(shown.stack, options.statistic))
        y, y2 = self._scales(series, options, band, shown.usual)
        if are_beyond(y, y2, self._columns.axis, series):
            glyphs = brush.charset.glyphs(brush.theme)
            # among many names there is no room to say beyond what
            beyond = BEYOND_GOOD if len(series) < _MANY_SERIES and options.most is None else _BEYOND
            notes = [*notes, f"{glyphs.over}{glyphs.under} {beyond}"]
        has_legend = height >= _LEGEND_FROM and (len(series) > 1 or band is not None or bool(notes))
        frame = self._frame(canvas.width, height - has_legend, y, y2)
        self._plot_top = int(has_legend)
        self._left, self._columns = frame.area.x, self._columns.wide(frame.area.width)
        grid = draw_spans(frame, self._columns.holes(), theme=brush.theme, charset=brush.charset)
        if band is not None:
            draw_band(frame, grid, band, brush)
        grid = draw_series(frame, grid, self._columns.axis, series, brush)
        if shown.marked is not None and series:
            draw_marks(frame, grid, self._columns.axis, series[0], shown.marked, brush)
        if shown.noted is not None:
            draw_noted(frame, grid, self._columns.axis, shown.noted, brush)
        draw_beyond(frame, grid, self._columns.axis, series, brush)
        if has_legend:
            draw_legend(canvas, self._left, series, band, notes, brush)
        canvas.paste(grid, 0, self._plot_top)
        self._plot_bottom = self._plot_top + frame.area.bottom
        if why:
            middle = self._plot_top + frame.area.height // 2
            text = brush.charset.text(f" {why} ")
            room = min(len(text), frame.area.width)
            text = fitted(text, room, ellipsis=brush.charset.ellipsis)
            canvas.put_text(
                self._left + (frame.area.width - len(text)) // 2, middle, text, brush.style("title")
            )

    def _scales(
        self,
        series: Sequence[TrendSeries],
        options: TrendOptions,
        band: Band | None,
        usual: NDArray[np.int64] | None,
    ) -> tuple[Scale, Scale | None]:
        """Give the y axis on the left, and that on the right where there is one."""
        left = [self._seen(one, usual) for one in series if not one.right]
        if options.most is not None:
            left = [np.clip(values, -options.most, options.most) for values in left]
        right = [self._seen(one, usual) for one in series if one.right]
        if band is not None:
            left.append(np.array([band.median - band.spread, band.median + band.spread]))
        zero = options.statistic in _FROM_ZERO
        y = Scale.covering(*left, zero=zero, log=options.log, headroom=_HEADROOM)
        if options.ylim is not None and options.ylim[0] < options.ylim[1]:
            y = Scale(*options.ylim, log=options.log and options.ylim[0] > 0)
        return y, Scale.covering(*right, headroom=_HEADROOM) if right else None

    def _frame(self, width: int, height: int, y: Scale, y2: Scale | None) -> PlotFrame:
        brush = self._brush
        return plot_frame(
            width,
            height,
            x=self._columns.scale,
            y=y,
            y2=y2,
            x_ticks=self._columns.ticks(brush.charset),
            # the labels of the strip stand under those of the axis
            y_ticks=y_ticks(y, height - 2, brush.charset),
            left=GUTTER,
            theme=brush.theme,
            charset=brush.charset,
            palette=brush.palette,
        )

    def _seen(self, series: TrendSeries, usual: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """Give the values of the LS that are on the axis, of the usual ones where those say enough."""
        there = ~np.isnan(self._columns.axis.position(series.ls))
        return usual_values(series.ls[there], series.values[there], usual)


def _fitting(lines: Sequence[StripLine], room: int) -> list[StripLine]:
    """Take lines from the first on as long as they fit."""
    taken: list[StripLine] = []
    for line in lines:
        if line.height <= room:
            taken.append(line)
            room -= line.height
    return taken


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
