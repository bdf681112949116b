"""The picture of a 1D histogram: bars, overlays, numbers, cursor, and the panel under it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.text import shortened
from dqmtui.render.bars import draw_bars, draw_errors
from dqmtui.render.brush import KeptFrames
from dqmtui.render.cells import CellStyle
from dqmtui.render.colors import mixed
from dqmtui.render.frame import plot_frame
from dqmtui.render.limits import Limits, by_hand
from dqmtui.render.lower_panel import compare, draw_line_of_agreement, draw_panel, panel_rows, panel_scale
from dqmtui.render.overlays import draw_own_steps, line_look, overlay_ink, own_look
from dqmtui.render.points import draw_cursor, draw_steps
from dqmtui.render.raster import put
from dqmtui.render.readout import read_bin, read_bin_briefly
from dqmtui.render.scale import Scale
from dqmtui.render.shown import beyond, not_finite, not_on_log
from dqmtui.render.stat_box import draw_stat_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.axis import Axis
    from dqmtui.render.brush import Brush
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.ink import Ink
    from dqmtui.render.lower_panel import Panel
    from dqmtui.render.overlays import Overlay
    from dqmtui.render.shown import HistogramOptions, Shown

SMALLEST_WIDTH, SMALLEST_HEIGHT = 16, 5
_KEPT = 8  # ranges of y that LS have in turn
_LEGEND_FROM = 10  # rows of a picture from which it has a legend
_SHORTEST_LABEL = 12  # cells that the last name of a legend is cut to at the most
MUTED = 0.6
"""Share of the background in the colour of bars under overlays."""
_AXIS_ROWS = 2  # under an area: its axis and its numbers


@dataclass(frozen=True, slots=True, eq=False)
class _Static:
    """What stays while one steps through LS: both frames and the overlays."""

    frame: PlotFrame
    below: PlotFrame | None
    overlays: tuple[Overlay, ...]
    ink: Ink


class CurveView:
    """Draws 1D histograms one after another; frames, overlays and legend are kept.

    Bars, error bars, numbers, cursor and the points of the panel are drawn anew for every LS.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._frames = KeptFrames()
        self._statics: deque[_Static] = deque(maxlen=_KEPT)
        self._legend_of: tuple[int, tuple[bool, str], tuple[Overlay, ...], CellGrid] | None = None
        self._box_was_left = False
        self._last: tuple[PlotFrame, int, int, Axis] | None = None

    def draw(
        self,
        shown: Shown,
        width: int,
        height: int,
        options: HistogramOptions,
        *,
        overlays: Sequence[Overlay] = (),
        run: Limits | None = None,
        panel: Panel | None = None,
        cursor: int | None = None,
    ) -> CellGrid:
        """Draw one LS into width x height cells: headline, legend, plot and panel, as far as there is room.

        `run` are the limits of the whole run in the same normalisation, `panel` stands in for the comparison
        with the first overlay that the options ask for, `cursor` is a bin, from 0.
        """
        brush = self._brush
        canvas = brush.canvas(width, height)
        top = 1
        if overlays and height >= _LEGEND_FROM:
            canvas.paste(self._legend(width, options, tuple(overlays)), 0, 1)
            top = 2
        rows, below = height - top, []
        statistics = shown.statistics()
        numbers = [" ".join(pair) for pair in statistics]
        if width >= SMALLEST_WIDTH and rows >= SMALLEST_HEIGHT:
            panel = _wanted_panel(shown, options, overlays) if panel is None else panel
            static = self._kept(shown, width, rows, options, tuple(overlays), run, panel)
            self._last = static.frame, top, sum(_heights(static)), shown.x
            if static.below is not None and panel is not None:
                below = [f"below: {panel.kind}{' to the first' if len(overlays) > 1 else ''}"]
            grids, boxed = self._plot(shown, static, options, panel, cursor, statistics)
            for grid in grids:
                canvas.paste(grid, 0, top)
                top += grid.height
            numbers = [] if boxed else numbers
        if cursor is not None and 0 <= cursor < shown.x.n:
            reading = read_bin(shown, cursor, overlays, panel)
            if overlays and not brush.has_room(canvas, shown.title, reading):
                reading = read_bin_briefly(shown, cursor, overlays, panel)
            brush.headline(canvas, shown.title, reading)
        else:
            brush.headline(
                canvas, shown.title, [shown.norm, *numbers], [*below, *_notes(shown, options, width)]
            )
        return canvas

    def bin_at(self, column: int, row: int) -> int | None:
        """Give the bin at a cell of the picture last drawn, its panel included."""
        if self._last is None:
            return None
        frame, top, height, x = self._last
        return frame.bin_of_column(x.edges, column) if top <= row < top + height else None

    def frame_of(
        self, x: Axis, width: int, height: int, options: HistogramOptions, limits: Limits
    ) -> PlotFrame | None:
        """Give the frame alone, for an LS without histogram, so that the axes do not jump away."""
        if width < SMALLEST_WIDTH or height - 1 < SMALLEST_HEIGHT:
            return None
        y = by_hand(options.ylim, log=options.log) or limits.scale(log=options.log)
        return self._frames_for(width, height - 1, _x_scale(x, options), y, None, options)[0]

    # -- parts -------------------------------------------------------------------------------------------

    def _plot(
        self,
        shown: Shown,
        static: _Static,
        options: HistogramOptions,
        panel: Panel | None,
        cursor: int | None,
        statistics: list[tuple[str, str]],
    ) -> tuple[list[CellGrid], bool]:
        """Draw plot and panel; whether the numbers stand in the plot."""
        brush, edges, frame = self._brush, shown.x.edges, static.frame
        theme, charset = brush.theme, brush.charset
        errors = shown.errors if options.error_bars else None
        marks = None
        if options.steps:
            if static.overlays:
                grid, marks = draw_own_steps(frame, edges, shown.values, theme=theme, charset=charset)
            else:
                grid = draw_steps(frame, edges, shown.values, theme=theme, charset=charset, role="current")
            if errors is not None:
                draw_errors(frame, grid, edges, shown.values, errors, theme, charset)
        else:
            grid = draw_bars(
                frame,
                edges,
                shown.values,
                theme=theme,
                charset=charset,
                errors=errors,
                muted=_muted(static.overlays, options),
            )
        static.ink.lay_over(grid, frame.area, charset)
        if marks is not None:
            look = own_look(charset)
            put(grid, frame.area, marks, look.mark, theme.role(look.role))
        boxed = options.stat_box and self._box(grid, frame, statistics)
        grids = [grid]
        if static.below is not None and panel is not None:
            grids.append(draw_panel(static.below, edges, panel, brush))
        if cursor is not None and 0 <= cursor < shown.x.n:
            at = float(shown.x.centres[cursor])
            frames = [frame] if static.below is None else [frame, static.below]
            grids = [
                draw_cursor(part, at, theme=theme, charset=charset, on=drawn)
                for part, drawn in zip(frames, grids, strict=True)
            ]
        return grids, boxed

    def _box(self, grid: CellGrid, frame: PlotFrame, statistics: list[tuple[str, str]]) -> bool:
        area = frame.area
        occupied = grid.chars[area.slices] != frame.grid.chars[area.slices]
        side = draw_stat_box(grid, area, occupied, statistics, self._brush, prefer_left=self._box_was_left)
        # a box that has moved stays there as long as it can, so that it does not jump from LS to LS
        self._box_was_left = side == "left"
        return side is not None

    def _kept(
        self,
        shown: Shown,
        width: int,
        height: int,
        options: HistogramOptions,
        overlays: tuple[Overlay, ...],
        run: Limits | None,
        panel: Panel | None,
    ) -> _Static:
        """Give what does not change from LS to LS, drawn anew where axes or overlays did change."""
        x = _x_scale(shown.x, options)
        y = by_hand(options.ylim, log=options.log) or _y_scale(shown, overlays, run, options)
        frame, below = self._frames_for(width, height, x, y, panel, options)
        for kept in self._statics:
            if kept.frame is frame and kept.below is below and _same(kept.overlays, overlays):
                return kept
        brush = self._brush
        ink = overlay_ink(frame, shown.x.edges, overlays, theme=brush.theme, charset=brush.charset)
        static = _Static(frame, below, overlays, ink)
        self._statics.appendleft(static)
        return static

    def _frames_for(
        self, width: int, height: int, x: Scale, y: Scale, panel: Panel | None, options: HistogramOptions
    ) -> tuple[PlotFrame, PlotFrame | None]:
        """Make the frames of plot and panel, with one x axis: as many cells are left of both."""
        rows = 0 if panel is None else panel_rows(panel.kind, height)
        if panel is None or not rows:
            labels = options.x_label, options.y_label
            return self._frame(width, height, x, y, 0, labels, labelled=True), None
        scale = panel_scale(panel)
        below_height = rows + _AXIS_ROWS
        labels = "", options.y_label
        above = self._frame(width, height - below_height, x, y, 0, labels, labelled=False)
        below = self._panel_frame(width, below_height, x, scale, above.area.x, panel)
        if below.area.x > above.area.x:
            above = self._frame(width, height - below_height, x, y, below.area.x, labels, labelled=False)
        return above, below

    def _frame(
        self,
        width: int,
        height: int,
        x: Scale,
        y: Scale,
        left: int,
        labels: tuple[str, str],
        *,
        labelled: bool,
    ) -> PlotFrame:
        brush = self._brush
        return self._frames.get(
            (width, height, x, y, left, labels, labelled),
            lambda: plot_frame(
                width,
                height,
                x=x,
                y=y,
                x_ticks=None if labelled else [],
                x_label=labels[0],
                y_label=labels[1],
                left=left,
                theme=brush.theme,
                charset=brush.charset,
                palette=brush.palette,
            ),
        )

    def _panel_frame(self, width: int, height: int, x: Scale, y: Scale, left: int, panel: Panel) -> PlotFrame:
        brush = self._brush
        ticks = [(value, f"{value:.4g}") for value in (y.low, panel.centre, y.high)]

        def make() -> PlotFrame:
            frame = plot_frame(
                width,
                height,
                x=x,
                y=y,
                y_ticks=ticks,
                left=left,
                points=panel.kind != "pull",
                theme=brush.theme,
                charset=brush.charset,
                palette=brush.palette,
            )
            draw_line_of_agreement(frame, panel.kind, brush)
            return frame

        return self._frames.get((width, height, x, y, left, panel.kind), make)

    def _legend(self, width: int, options: HistogramOptions, overlays: tuple[Overlay, ...]) -> CellGrid:
        """Say in one row what each line is; those without room are counted."""
        kept = self._legend_of
        named = options.steps, options.own
        if kept is not None and kept[:2] == (width, named) and _same(kept[2], overlays):
            return kept[3]
        brush, charset, theme = self._brush, self._brush.charset, self._brush.theme
        row = brush.canvas(width, 1)
        own = own_look(charset).sample(charset) if options.steps else chr(int(charset.bars[-1])) * 3
        items = [(own, options.own, mixed(theme.roles.current, theme.background, _muted(overlays, options)))]
        missing = [bool(np.isnan(overlay.values).all()) for overlay in overlays]
        # those without a line come last: their reasons may be long
        for index in sorted(range(len(overlays)), key=missing.__getitem__):
            overlay = overlays[index]
            look = line_look(index, charset, overlay.role)
            items.append((look.sample(charset), charset.text(overlay.label), theme.role(look.role)))
        column = 1
        for index, (sample, label, color) in enumerate(items):
            more = f"+{len(items) - index}"
            reserve = len(more) + 1 if index + 1 < len(items) else 0
            room = width - reserve - column - len(sample) - 1
            if index and len(label) > room:
                if room < _SHORTEST_LABEL or reserve:
                    row.put_text(column, 0, more, brush.style("label"))
                    break
                label = shortened(label, room, ellipsis=charset.ellipsis)  # noqa: PLW2901 - cut
            row.put_text(column, 0, sample, CellStyle(fg=color, bg=theme.background))
            row.put_text(column + len(sample) + 1, 0, label, brush.style("label"))
            column += len(sample) + len(label) + 4
        self._legend_of = (width, named, overlays, row)
        return row


def _muted(overlays: Sequence[Overlay], options: HistogramOptions) -> float:
    return MUTED if overlays and not options.steps else 0.0


def _wanted_panel(shown: Shown, options: HistogramOptions, overlays: Sequence[Overlay]) -> Panel | None:
    if options.lower is None or not overlays:
        return None
    reference = overlays[0]
    return compare(options.lower, shown.values, reference.values, shown.errors, reference.errors)


def _same(kept: tuple[Overlay, ...], wanted: tuple[Overlay, ...]) -> bool:
    return len(kept) == len(wanted) and all(a.same_as(b) for a, b in zip(kept, wanted, strict=True))


def _y_scale(
    shown: Shown, overlays: Sequence[Overlay], run: Limits | None, options: HistogramOptions
) -> Scale:
    """Find the range of contents, errors and overlays, and, if asked, of the run."""
    limits = Limits().joined(Limits.of(shown.values))
    for overlay in overlays:
        limits = limits.joined(overlay.limits)
    if shown.errors is not None and options.error_bars:
        limits = limits.joined(replace(Limits.of(shown.values + shown.errors), smallest=np.inf))
        if not options.log and limits.low < 0:
            limits = limits.joined(Limits.of(shown.values - shown.errors))
    if options.whole_run and run is not None:
        limits = limits.joined(run)
    return limits.scale(log=options.log)


def _x_scale(x: Axis, options: HistogramOptions) -> Scale:
    """Find the x axis: as given by hand, else all of it; a log axis starts at the first edge above 0."""
    scale = by_hand(options.xlim, log=options.log_x)
    if scale is not None:
        return scale
    if not options.log_x or x.high <= 0:
        return Scale(x.low, x.high)
    return Scale(float(x.edges[x.edges > 0][0]), x.high, log=True) if _can_be_log(x) else Scale(x.low, x.high)


def _can_be_log(x: Axis) -> bool:
    return bool(np.count_nonzero(x.edges > 0) > 1)


def _heights(static: _Static) -> list[int]:
    return [frame.grid.height for frame in (static.frame, static.below) if frame is not None]


def _notes(shown: Shown, options: HistogramOptions, width: int) -> list[str]:
    """Say what of the bins cannot be seen, or not one by one."""
    x = shown.x
    notes = [*options.notes, *not_finite(shown.histogram.values, "bin")]
    if options.log:
        notes += not_on_log(shown.values, Scale(0.1, 1.0, log=True), "bin")
    by_hands = by_hand(options.ylim, log=options.log)
    if by_hands is not None:
        notes += beyond(shown.values, by_hands, "bin")
    scale = _x_scale(x, options)
    shared = x.n * min(1.0, (scale.high - scale.low) / (x.high - x.low)) / max(width - SMALLEST_WIDTH // 2, 1)
    if shared > 1 and not scale.log:
        notes.append(f"max of {math.ceil(shared)} bins")
    if scale.log and x.low < scale.low:
        notes.append(f"log x from {scale.low:.4g}")
    return notes
