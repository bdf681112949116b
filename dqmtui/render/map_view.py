"""The picture of a 2D histogram: map, colour bar, projections and cursor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.brush import KeptFrames
from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import colorbar, draw_map
from dqmtui.render.limits import Limits, by_hand
from dqmtui.render.projections import X_ROWS, Y_COLUMNS, highest, projected, x_projection, y_projection
from dqmtui.render.readout import read_cell
from dqmtui.render.scale import Scale
from dqmtui.render.shown import beyond, not_finite, not_on_log, robust_limits
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.render.brush import Brush
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.shown import HistogramOptions, Shown

COLORBAR_WIDTH = 12
"""Cells beside a map for two of colour, a gap on either side, and 'no data'."""

SMALLEST_WIDTH, SMALLEST_HEIGHT = 12, 4
_COLORBAR_FROM = 36  # columns of a picture from which it has a colour bar
_PROJECTIONS_FROM = 48, 18


class MapView:
    """Draws maps one after another; frames and colour bars are kept, the bins are drawn anew."""

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._frames = KeptFrames()
        self._bar: tuple[tuple[object, ...], CellGrid] | None = None
        self._last: tuple[PlotFrame, int, Axis, Axis] | None = None

    def draw(
        self,
        shown: Shown,
        width: int,
        height: int,
        options: HistogramOptions,
        *,
        run: Limits | None = None,
        reference: NDArray[np.floating] | None = None,
        contents: NDArray[np.floating] | None = None,
        cursor: tuple[int, int] | None = None,
        never: NDArray[np.bool_] | None = None,
    ) -> CellGrid:
        """Draw one LS into width x height cells: headline, map and what stands around it where there is room.

        `run` are the limits of the whole run; `cursor` (column, row) is a bin from the left and from below,
        whose content and that of the `reference` (ny, nx) are read in the headline, with the `contents` that
        are compared where a comparison is drawn. Where bins share a pixel
        it shows the largest, on the diverging ramp the one farthest from the centre. `never` (ny, nx) are the
        bins that no LS has filled.
        """
        brush, y = self._brush, shown.histogram.y
        if y is None:
            raise ValueError("a 1D histogram is no map")
        canvas = brush.canvas(width, height)
        notes = list(options.notes)
        never = never if options.ramp == "heat" else None
        if cursor is not None and not (0 <= cursor[0] < shown.x.n and 0 <= cursor[1] < y.n):
            cursor = None
        if width >= SMALLEST_WIDTH and height - 1 >= SMALLEST_HEIGHT:
            frame = self._frame(shown.x, y, width, height - 1, options)
            z = _z_scale(shown, run, options)
            projections = _has_projections(width - COLORBAR_WIDTH * _has_colorbar(width), height - 1, options)
            top = 1 + X_ROWS * projections
            picture = self._map(shown, y, frame, z, options, cursor, never)
            if cursor is not None:
                self._mark_axes(picture, frame, shown.x, y, cursor)
            canvas.paste(picture, 0, top)
            self._last = frame, top, shown.x, y
            right = frame.area.right + 1
            if projections:
                self._projections(canvas, shown, y, frame, top, options)
                right += Y_COLUMNS + 1
            if _has_colorbar(width):
                bar = self._colorbar(frame.area.height, z, options, never=never is not None)
                canvas.paste(bar, right + 1, top + frame.area.y)
            notes += _shared(shown.x, y, frame, halves=brush.charset.half is not None, ramp=options.ramp)
            notes += _said_of(shown, z, options, never)
        if cursor is not None:
            brush.headline(canvas, shown.title, read_cell(shown, *cursor, reference, contents))
        else:
            numbers = [shown.norm, *(" ".join(pair) for pair in shown.statistics())]
            brush.headline(canvas, shown.title, numbers, notes)
        return canvas

    def frame_of(
        self, x: Axis, y: Axis, width: int, height: int, options: HistogramOptions
    ) -> PlotFrame | None:
        """Give the frame alone, for an LS without histogram, so that the axes do not jump away."""
        if width < SMALLEST_WIDTH or height - 1 < SMALLEST_HEIGHT:
            return None
        return self._frame(x, y, width, height - 1, options)

    def bin_at(self, column: int, row: int) -> tuple[int, int] | None:
        """Give the bin (column, row from below) at a cell of the picture last drawn."""
        if self._last is None:
            return None
        frame, top, x, y = self._last
        across = frame.bin_of_column(x.edges, column)
        up = frame.bin_of_row(y.edges, row - top)
        return None if across is None or up is None else (across, up)

    # -- parts -------------------------------------------------------------------------------------------

    def _frame(self, x: Axis, y: Axis, width: int, height: int, options: HistogramOptions) -> PlotFrame:
        brush = self._brush
        x_scale, nx = cut(x, options.xlim)
        y_scale, ny = cut(y, options.ylim)
        if _has_colorbar(width):
            width -= COLORBAR_WIDTH
        if _has_projections(width, height, options):
            width, height = width - Y_COLUMNS - 1, height - X_ROWS
        return self._frames.get(
            (width, height, x_scale, y_scale, nx, ny, options.x_label, options.y_label),
            lambda: plot_frame(
                width,
                height,
                x=x_scale,
                y=y_scale,
                bins=(nx, ny),
                x_label=options.x_label,
                y_label=options.y_label,
                theme=brush.theme,
                charset=brush.charset,
                palette=brush.palette,
            ),
        )

    def _map(
        self,
        shown: Shown,
        y: Axis,
        frame: PlotFrame,
        z: Scale,
        options: HistogramOptions,
        cursor: tuple[int, int] | None,
        never: NDArray[np.bool_] | None,
    ) -> CellGrid:
        return draw_map(
            frame,
            shown.values,
            shown.x.edges,
            y.edges,
            low=z.low,
            high=z.high,
            log=z.log,
            ramp=options.ramp,
            pool="max" if options.ramp == "heat" else "extreme",
            marked=cursor,
            never=never,
            theme=self._brush.theme,
            charset=self._brush.charset,
        )

    def _colorbar(self, height: int, z: Scale, options: HistogramOptions, *, never: bool) -> CellGrid:
        brush = self._brush
        key = (height, z, options.ramp, never)
        if self._bar is None or self._bar[0] != key:
            bar = colorbar(
                height,
                low=z.low,
                high=z.high,
                log=z.log,
                ramp=options.ramp,
                never=never,
                theme=brush.theme,
                charset=brush.charset,
                palette=brush.palette,
            )
            self._bar = (key, bar)
        return self._bar[1]

    def _projections(
        self, canvas: CellGrid, shown: Shown, y: Axis, frame: PlotFrame, top: int, options: HistogramOptions
    ) -> None:
        area, brush = frame.area, self._brush
        # sums of ratios or of pulls would say nothing: beside a comparison stand those of the LS itself
        compares = options.ramp == "diverging"
        over_x, over_y = projected(shown.histogram.values if compares else shown.values)
        above = x_projection(over_x, shown.x.edges, frame.x, area.width, brush)
        beside = y_projection(over_y, y.edges, frame.y, area.height, brush)
        canvas.paste(above, area.x, top + area.y - X_ROWS)
        canvas.paste(beside, area.right + 1, top + area.y)
        ends = (
            f"x to {si_number(highest(over_x, shown.x.edges, frame.x))}",
            f"y to {si_number(highest(over_y, y.edges, frame.y))}",
        )
        for row, text in enumerate(("counts" if compares else "sums", *ends)):
            canvas.put_text(area.right + 2, top + area.y - X_ROWS + row, text, brush.style("label"))

    def _mark_axes(
        self, picture: CellGrid, frame: PlotFrame, x: Axis, y: Axis, cursor: tuple[int, int]
    ) -> None:
        """Mark the cursor's bin on both axes, so that it is found on any ramp."""
        area, brush = frame.area, self._brush
        glyphs = brush.charset.glyphs(brush.theme)
        style = CellStyle(fg=brush.theme.roles.cursor, bg=brush.theme.background, bold=True)
        column = int(frame.x.cells([x.centres[cursor[0]]], area.width)[0])
        row = int(frame.y.cells([y.centres[cursor[1]]], area.height)[0])
        if column >= 0 and area.bottom < picture.height:
            picture.put_text(area.x + column, area.bottom, glyphs.cursor, style)
        if row >= 0 and area.x > 0:
            picture.put_text(area.x - 1, area.bottom - 1 - row, glyphs.selected, style)


def _has_colorbar(width: int) -> bool:
    return width >= _COLORBAR_FROM


def has_room_for_projections(width: int, height: int) -> bool:
    """Tell whether a picture of so many cells has room for the projections of its map."""
    return _fit_beside(width - COLORBAR_WIDTH * _has_colorbar(width), height - 1)


def _has_projections(width: int, height: int, options: HistogramOptions) -> bool:
    return options.projections and _fit_beside(width, height)


def _fit_beside(width: int, height: int) -> bool:
    return width >= _PROJECTIONS_FROM[0] and height >= _PROJECTIONS_FROM[1]


def cut(axis: Axis, limits: tuple[float, float] | None) -> tuple[Scale, int]:
    """Give the part of an axis between limits given by hand, on whole bins, and how many they are."""
    whole = Scale(axis.low, axis.high), axis.n
    if limits is None or not limits[0] < limits[1]:
        return whole
    first = int(np.clip(np.searchsorted(axis.edges, limits[0], side="right") - 1, 0, axis.n - 1))
    last = int(np.clip(np.searchsorted(axis.edges, limits[1], side="left"), first + 1, axis.n))
    return Scale(float(axis.edges[first]), float(axis.edges[last])), last - first


def _z_scale(shown: Shown, run: Limits | None, options: HistogramOptions) -> Scale:
    diverging = options.ramp == "diverging"
    log = options.log and not diverging
    scale = by_hand(options.zlim, log=log)
    if scale is not None:
        return scale
    limits = robust_limits(shown.values) if options.robust else Limits.of(shown.values)
    if options.whole_run and run is not None:
        limits = limits.joined(run)
    if diverging:
        return limits.scale_around(options.centre)
    return limits.joined(Limits()).scale(log=log)


def _said_of(shown: Shown, z: Scale, options: HistogramOptions, never: NDArray[np.bool_] | None) -> list[str]:
    """Say which contents the colours cannot tell."""
    notes = not_finite(shown.histogram.values, "cell") + not_on_log(shown.values, z, "cell")
    if options.robust or options.zlim is not None:
        notes += beyond(shown.values, z, "cell")
    n_never = 0 if never is None else int(np.count_nonzero(never))
    return [*notes, f"{n_never} never filled"] if n_never else notes


def _shared(x: Axis, y: Axis, frame: PlotFrame, *, halves: bool, ramp: str) -> list[str]:
    """Say how many bins share a pixel, if they do."""
    across = _bins_on(x, frame.x) / max(frame.area.width, 1)
    down = _bins_on(y, frame.y) / max(frame.area.height * (2 if halves else 1), 1)
    if across <= 1 and down <= 1:
        return []
    which = "max" if ramp == "heat" else "farthest"
    return [f"{which} of {math.ceil(across)} × {math.ceil(down)} bins"]  # noqa: RUF001 - the sign of a product


def _bins_on(axis: Axis, scale: Scale) -> float:
    return axis.n * min(1.0, (scale.high - scale.low) / (axis.high - axis.low))
