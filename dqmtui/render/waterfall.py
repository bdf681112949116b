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
from dqmtui.render.points import draw_spans
from dqmtui.render.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.heatmap import Pool, Ramp

SMALLEST_WIDTH, SMALLEST_HEIGHT = 24, 6
# What a column says, by growing weight: the highest state of its LS.
_COMING, _ABSENT, _EMPTY, _FILLED = range(4)
_STATES = np.full(max(CellState) + 1, _ABSENT, dtype=np.intp)
_STATES[CellState.NOT_LOADED], _STATES[CellState.VALUE] = _COMING, _FILLED
_RAMP_FROM = 60  # columns of a picture from which it has a ramp in its headline


@dataclass(frozen=True, slots=True)
class WaterfallOptions:
    """How a waterfall is drawn.

    `log` colours; `unit_area` divides each LS by its sum; `zoom` cuts out a range of LS, `ylim` one of bins,
    `zlim` gives the range of the colours, else it is that of the run. LS that share a column show the highest
    of each bin, or the mean.
    """

    log: bool = False
    unit_area: bool = False
    zoom: tuple[int, int] | None = None
    ylim: tuple[float, float] | None = None
    zlim: tuple[float, float] | None = None
    pool: Pool = "max"
    ramp: Ramp = "heat"
    centre: float = 0.0


class WaterfallView:
    """Draws the waterfall of a 1D element on the LS axis that trend and strip have in the same width.

    All but the cursor is kept as long as LS, stack, size and options stay the same.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._brush = Brush(theme, charset, palette)
        self._frames = KeptFrames()
        self._key: tuple[object, ...] = ()
        self._held: tuple[object, ...] = ()
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
        return self._static

    def cursor_column(self, ls: int) -> int | None:
        """Give the column of an LS in the picture last drawn, None when it is not on the axis."""
        column = self._columns.column(ls)
        return None if column is None else self._left + column

    def ls_at(self, column: int) -> int | None:
        """Give an LS shown in a column of the picture last drawn."""
        return self._columns.at(column - self._left)

    def with_cursor(self, grid: CellGrid, ls: int) -> CellGrid:
        """Give a copy of the picture with the LS cursor: marks above and below, the data stay seen."""
        column = self.cursor_column(ls)
        if column is None or not self._bottom:
            return grid
        drawn = grid.copy()
        brush = self._brush
        style = CellStyle(fg=brush.theme.roles.cursor, bg=brush.theme.background, bold=True)
        glyphs = brush.charset.glyphs(brush.theme)
        drawn.put_text(column, self._bottom, glyphs.cursor, style)
        if self._top > 1:
            drawn.put_text(column, self._top - 1, glyphs.under, style)
        return drawn

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
        self._columns = LSColumns.of(ls, width - GUTTER, options.zoom)
        self._bottom = 0
        if stack.x is None or stack.y is not None or not self._columns.ls.size:
            return canvas
        unit_area = options.unit_area and not stack.is_ratio
        if values is None:
            norm = norm or ("unit area" if unit_area else "ratio" if stack.is_ratio else "counts")
        z = _z_scale(stack, values, options)
        if width >= SMALLEST_WIDTH and height >= SMALLEST_HEIGHT:
            rows = _rows(stack, values, unit_area=unit_area)
            # one row stays free above the plot for the mark of the cursor
            frame = self._frame(stack.x, width, height - 2, options)
            self._left, self._columns = frame.area.x, self._columns.wide(frame.area.width)
            self._top, self._bottom = 2 + frame.area.y, 2 + frame.area.bottom
            canvas.paste(self._picture(frame, stack, rows, z, options), 0, 2)
        shared = self._columns.axis.span / max(self._columns.width, 1)
        notes = []
        if shared > 1:
            notes.append(f"{options.pool} of {math.ceil(shared)} LS")
        brush.headline(canvas, "LS × bin", [norm or "normalised"], notes)  # noqa: RUF001 - the sign of a product
        if width >= _RAMP_FROM:
            line = ramp_line(z, options.ramp, brush.theme, brush.charset, brush.palette)
            canvas.paste(line, width - line.width - 1, 0)
        return canvas

    def _frame(self, x: Axis, width: int, height: int, options: WaterfallOptions) -> PlotFrame:
        brush, columns = self._brush, self._columns
        y = by_hand(options.ylim, log=False) or Scale(x.low, x.high)
        bins = max(1, round(x.n * min(1.0, (y.high - y.low) / (x.high - x.low))))
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
    stack: HistogramStack, values: NDArray[np.floating] | None, *, unit_area: bool
) -> NDArray[np.floating]:
    """Give the bins per row of the stack, NaN in rows that hold none."""
    if values is not None:
        return values
    present = stack.present
    if not unit_area:
        return stack.data if present.all() else np.where(present[:, np.newaxis], stack.data, np.nan)
    totals = np.where(present & (stack.totals > 0), stack.totals, np.nan)
    rows = stack.data / totals[:, np.newaxis]
    rows[stack.empty] = 0.0
    return rows


def _z_scale(stack: HistogramStack, values: NDArray[np.floating] | None, options: WaterfallOptions) -> Scale:
    diverging = options.ramp == "diverging"
    log = options.log and not diverging
    scale = by_hand(options.zlim, log=log)
    if scale is not None:
        return scale
    limits = run_limits(stack, unit_area=options.unit_area) if values is None else Limits.of(values)
    limits = limits or Limits()
    return limits.scale_around(options.centre) if diverging else limits.scale(log=log)
