"""The picture of a run along its lumisections: a trend, and the LS strip on the same axis under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsaxis import LSAxis
from dqmtui.model.trend import trend
from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.conditions_strip import ValueLine, strip_rows
from dqmtui.render.frame import plot_frame
from dqmtui.render.points import draw_points, draw_spans
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import x_ticks, y_ticks

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset

GUTTER = 9
"""Cells left of the LS axis: the strip's labels and the trend's numbers end there."""

SMALLEST_TREND = 5

SMALLEST_WIDTH = 10


@dataclass(frozen=True, slots=True)
class TrendOptions:
    """What the trend shows: a statistic of the element, and how many rows the strip may take."""

    statistic: str = "mean"
    strip_rows: int = 6


class TrendView:
    """Draws the trend and the strip, and the LS cursor through both.

    All but the cursor is kept as long as table, stack, size and options stay the same.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._theme = theme
        self._charset = charset
        self._palette = palette
        self._table: LSTable | None = None
        self._stack: HistogramStack | None = None
        self._key: tuple[object, ...] = ()
        self._static = CellGrid.blank(0, 0)
        self._axis = LSAxis(())
        self._left = 0
        self._width = 0
        self._top = 0
        self._bar_rows: set[int] = set()
        self._plot_bottom = 0

    def draw(
        self, table: LSTable, stack: HistogramStack | None, width: int, height: int, options: TrendOptions
    ) -> CellGrid:
        """Give the picture without the cursor; the same object as long as nothing changed."""
        key = (None if stack is None else stack.version, width, height, options)
        if table is not self._table or stack is not self._stack or key != self._key:
            self._static = self._build(table, stack, width, height, options)
            # the objects themselves: the id of one that is gone may be that of its successor
            self._table, self._stack, self._key = table, stack, key
        return self._static

    def cursor_column(self, ls: int) -> int | None:
        """Give the column of an LS in the picture last drawn, None when it is not on the axis."""
        column = int(self._axis.columns(np.array([ls]), self._width)[0]) if self._width else -1
        return None if column < 0 else self._left + column

    def with_cursor(self, grid: CellGrid, ls: int) -> CellGrid:
        """Give a copy of the picture with the LS cursor through the trend and marked in the strip."""
        column = self.cursor_column(ls)
        if column is None:
            return grid
        drawn = grid.copy()
        plot = slice(0, self._plot_bottom)
        blank = np.isin(drawn.chars[plot, column], (ord(" "), ord(self._charset.glyphs(self._theme).hole)))
        drawn.chars[plot, column][blank] = ord(self._charset.vertical)
        drawn.styles[plot, column] = self._palette.index(
            CellStyle(fg=self._theme.roles.cursor, bg=self._theme.background, bold=True)
        )
        for row in range(self._top, drawn.height):
            style = self._palette[int(drawn.styles[row, column])]
            if row in self._bar_rows and drawn.chars[row, column] in self._charset.bars[1:]:
                # a full bar in reverse would look like none
                marked = replace(style, fg=self._theme.roles.cursor)
            else:
                marked = replace(style, reverse=True)
            drawn.styles[row, column] = self._palette.index(marked)
        return drawn

    def ls_at(self, column: int) -> int | None:
        """Give an LS shown in a column of the picture last drawn."""
        if not 0 <= column - self._left < self._width:
            return None
        return self._axis.at((column - self._left + 0.5) / self._width * self._axis.span)

    # -- parts -------------------------------------------------------------------------------------------

    def _build(
        self, table: LSTable, stack: HistogramStack | None, width: int, height: int, options: TrendOptions
    ) -> CellGrid:
        background = CellStyle(fg=self._theme.roles.label, bg=self._theme.background)
        canvas = CellGrid.blank(width, height, background, self._palette)
        self._axis = LSAxis.of(table.ls)
        self._left, self._width, self._plot_bottom = GUTTER, max(0, width - GUTTER - 1), 0
        if not table.ls.size or self._width < SMALLEST_WIDTH or height < 1:
            return canvas
        lines = strip_rows(table, stack)[: max(1, min(options.strip_rows, height - SMALLEST_TREND))]
        top = self._top = height - len(lines)
        self._bar_rows = {top + row for row, line in enumerate(lines) if isinstance(line, ValueLine)}
        if top >= SMALLEST_TREND:
            self._trend(canvas, table, stack, top, options)
        columns = self._axis.columns(table.ls, self._width)
        for row, line in enumerate(lines):
            canvas.put_text(0, top + row, line.label.rjust(self._left - 2), background)
            cells = line.draw(columns, self._width, self._theme, self._charset, self._palette)
            canvas.paste(cells, self._left, top + row)
        return canvas

    def _trend(
        self,
        canvas: CellGrid,
        table: LSTable,
        stack: HistogramStack | None,
        height: int,
        options: TrendOptions,
    ) -> None:
        """Draw the statistic over the LS axis, whose columns are those of the strip."""
        values = np.full(0, np.nan)
        ls = table.ls
        # where several LS share a column, their bars would hide the points
        errors = None
        if stack is not None:
            found = trend(stack)
            ls = found.ls
            values = found.values.get(options.statistic, np.full(ls.size, np.nan))
            if options.statistic == "mean" and ls.size <= self._width:
                errors = found["mean_error"]
        zero = options.statistic in {"entries", "sum", "occupancy", "empty_bins", "outside_fraction"}
        y = Scale.covering(values, zero=zero, headroom=0.08)
        x = Scale(0.0, self._axis.span)
        frame = plot_frame(
            canvas.width,
            height,
            x=x,
            y=y,
            x_ticks=self.ticks(),
            # the labels of the strip stand under those of the axis
            y_ticks=[
                (value, label.rjust(GUTTER - 1)) for value, label in y_ticks(y, height - 2, self._charset)
            ],
            theme=self._theme,
            charset=self._charset,
            palette=self._palette,
        )
        drawn = draw_spans(frame, self._holes(table), theme=self._theme, charset=self._charset)
        if stack is not None:
            drawn = draw_points(
                frame,
                self._axis.position(ls),
                values,
                errors=errors,
                theme=self._theme,
                charset=self._charset,
                on=drawn,
            )
        self._left, self._width, self._plot_bottom = frame.area.x, frame.area.width, frame.area.bottom
        canvas.paste(drawn, 0, 0)

    def ticks(self) -> list[tuple[float, str]]:
        """Give the positions and LS numbers of the axis's ticks."""
        ticks: list[tuple[float, str]] = []
        for first, last in self._axis.segments:
            share = max(8, round(self._width * (last - first + 1) / self._axis.span))
            for number, label in x_ticks(Scale(first - 0.5, last + 0.5, integer=True), share, self._charset):
                position = self._axis.position(int(number))[0]
                if not np.isnan(position):
                    ticks.append((float(position), label))
        return ticks

    def _holes(self, table: LSTable) -> list[tuple[float, float]]:
        """Give the positions (from, to) of LS that no source knows, and of the breaks of the axis."""
        ls = table.ls
        before = np.flatnonzero(np.diff(ls) > 1)
        spans: list[tuple[float, float]] = list(self._axis.breaks)
        for left, right in zip(
            self._axis.position(ls[before]), self._axis.position(ls[before + 1]), strict=True
        ):
            spans.append((float(left) + 0.5, float(right) - 0.5))
        return spans
