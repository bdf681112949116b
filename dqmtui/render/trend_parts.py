"""What a trend is made of: series of values per LS, the band of a reference, marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.apart import told_apart
from dqmtui.model.text import shortened
from dqmtui.render.cells import CellStyle, Rect
from dqmtui.render.colors import mixed
from dqmtui.render.ink import Sheet
from dqmtui.render.overlays import line_look, mark_cells
from dqmtui.render.points import draw_points, line_dots, point_cells
from dqmtui.render.raster import SPACE, lay_cells, restyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.lsaxis import LSAxis
    from dqmtui.render.brush import Brush
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.scale import Scale

_FEW_POINTS = 3  # columns per point from which points are drawn as glyphs
_LEGEND_GAP, _TIGHT_GAP = 3, 2
_SHORTEST_NAME = 4  # cells that a name of the legend keeps
_TINT = 0.18  # share of the reference's colour behind its band


@dataclass(frozen=True, slots=True, eq=False)
class TrendSeries:
    """Values per LS of one element: `ls` (n,) sorted, `values` and `errors` (n,), NaN is a gap.

    As points or, if `line`, as a line that breaks where an LS is missing; on the axis on the `right` if so.
    `role` overrules the colour that its place gives it.
    """

    label: str
    ls: NDArray[np.int64]
    values: NDArray[np.float64]
    errors: NDArray[np.float64] | None = None
    role: str | None = None
    line: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """Where a reference run has its values: its median and spread, in the units of the left axis."""

    median: float
    spread: float
    label: str = "reference"


@dataclass(frozen=True, slots=True)
class SeriesLook:
    """How one of several series is told apart."""

    role: str
    mark: str

    @classmethod
    def of(cls, index: int, series: TrendSeries, brush: Brush) -> SeriesLook:
        """Look of the series at a position, from 0."""
        glyphs = brush.charset.glyphs(brush.theme)
        if index == 0:
            return cls(series.role or "current", glyphs.point)
        look = line_look(index, brush.charset, series.role)
        return cls(look.role, look.mark)


def draw_band(frame: PlotFrame, grid: CellGrid, band: Band, brush: Brush) -> None:
    """Shade median +- spread behind everything, with lines at the median and at both edges."""
    area = frame.area
    if area.width < 1 or area.height < 1:
        return
    theme, charset = brush.theme, brush.charset
    ends = frame.y.position([band.median - band.spread, band.median + band.spread])
    if not np.isfinite(ends).all() or ends[1] <= 0 or ends[0] >= 1:
        return
    first, last = np.clip(np.floor(ends * area.height), 0, area.height - 1).astype(int).tolist()
    rows = Rect(area.x, area.bottom - 1 - last, area.width, last - first + 1)
    tint = mixed(theme.background, theme.roles.reference, _TINT)
    where = np.zeros(grid.chars.shape, dtype=np.bool_)
    where[rows.slices] = True
    restyle(grid, where, lambda style: CellStyle(fg=style.fg, bg=tint))
    style = grid.palette.index(CellStyle(fg=theme.roles.reference, bg=tint))
    middle = int(frame.y.cells([band.median], area.height)[0])
    for row, char in ((first, charset.gridline), (last, charset.gridline), (middle, charset.horizontal)):
        if row >= 0:
            y = area.bottom - 1 - row
            free = np.flatnonzero(grid.chars[y, area.x : area.right] == SPACE) + area.x
            grid.chars[y, free], grid.styles[y, free] = ord(char), style


def draw_series(
    frame: PlotFrame, grid: CellGrid, axis: LSAxis, series: Sequence[TrendSeries], brush: Brush
) -> CellGrid:
    """Draw all series on a copy of a grid: the first on top, each in its colour and with its mark."""
    sheet = Sheet.blank(frame.area)
    if not sheet.chars.size:
        return grid
    drawn = grid
    for index, one in enumerate(series):
        if index == 0 and not one.line:
            continue
        _add(sheet, frame, axis, one, SeriesLook.of(index, one, brush), index, brush)
    drawn = grid.copy()
    sheet.ink().lay_over(drawn, frame.area, brush.charset)
    if not series or series[0].line:
        return drawn
    first = series[0]
    place = axis.position(first.ls)
    # where several LS share a column, their bars would hide the points
    crowded = np.count_nonzero(~np.isnan(place)) > frame.area.width
    has_errors = first.errors is not None and np.isfinite(first.errors).any()
    return draw_points(
        frame,
        place,
        first.values,
        errors=first.errors if has_errors and not crowded else None,
        role=first.role or "current",
        y_scale=frame.y2 if first.right else None,
        theme=brush.theme,
        charset=brush.charset,
        on=drawn,
    )


def are_beyond(y: Scale, y2: Scale | None, axis: LSAxis, series: Sequence[TrendSeries]) -> bool:
    """Tell whether any value of an LS that is on the axis lies above or below its y axis."""
    for one in series:
        place = _place(y, y2, one)[~np.isnan(axis.position(one.ls))]
        if ((place > 1) | (place < 0)).any():
            return True
    return False


def _place(y: Scale, y2: Scale | None, series: TrendSeries) -> NDArray[np.float64]:
    scale = y2 if series.right and y2 is not None else y
    return scale.position(series.values)


def draw_beyond(
    frame: PlotFrame, grid: CellGrid, axis: LSAxis, series: Sequence[TrendSeries], brush: Brush
) -> None:
    """Mark points above or below the y axis at its ends."""
    area = frame.area
    if area.width < 1 or area.height < 1:
        return
    glyphs = brush.charset.glyphs(brush.theme)
    for index, one in enumerate(series):
        place = _place(frame.y, frame.y2, one)
        columns = frame.x.cells(axis.position(one.ls), area.width)
        color = brush.theme.role(SeriesLook.of(index, one, brush).role)
        for beyond, row, glyph in (
            (place > 1, area.y, glyphs.over),
            (place < 0, area.bottom - 1, glyphs.under),
        ):
            at = np.unique(columns[beyond & (columns >= 0)]) + area.x
            marks = np.full(at.size, ord(glyph), dtype=np.uint32)
            colors = np.zeros(at.size, dtype=np.uint8)
            lay_cells(grid, np.full(at.size, row), at, marks, colors, (color,))


def draw_legend(
    canvas: CellGrid,
    left: int,
    series: Sequence[TrendSeries],
    band: Band | None,
    notes: Sequence[str],
    brush: Brush,
) -> None:
    """Name what is drawn in the first row, from column `left`.

    Names are cut to the parts in which they differ where they do not fit, notes only where names are as short
    as can be: without them the numbers could be misread.
    """
    charset, ellipsis = brush.charset, brush.charset.ellipsis
    named = series if len(series) > 1 else ()
    looks = [SeriesLook.of(index, one, brush) for index, one in enumerate(named)]
    items = [(look.mark, look.role) for look in looks]
    if band is not None:
        items.append((charset.horizontal * 2, "reference"))
    items += [("", "label")] * len(notes)
    sides = [" (right)" * one.right for one in named]
    said = [charset.text(note) for note in notes]
    labels = [charset.text(one.label) for one in named]
    bands = [] if band is None else [charset.text(band.label)]
    gap, column = _LEGEND_GAP, left
    marks = sum(len(mark) + bool(mark) for mark, _ in items) + len("".join(sides))
    room = canvas.width - left - 1 - marks - gap * (len(items) - 1)
    if len("".join([*labels, *bands, *said])) > room:
        # names need the room more than gaps do, and the cells over the labels of the y axis are free
        gap, column = _TIGHT_GAP, min(left, 1)
        room = canvas.width - column - 1 - marks - gap * (len(items) - 1)
    for_names = max(room - sum(map(len, said)), _SHORTEST_NAME * (len(named) + len(bands)))
    # what the band is of gives way to the names, but not altogether
    for_band = min(len("".join(bands)), for_names // (len(named) + 1)) if named else for_names
    names = told_apart(labels, for_names - for_band, ellipsis=ellipsis)
    bands = _cut(bands, for_names - len("".join(names)), ellipsis)
    said = _cut(said, room - len("".join([*names, *bands])), ellipsis)
    texts = [*(f"{name}{side}" for name, side in zip(names, sides, strict=True)), *bands, *said]
    for (mark, role), text in zip(items, texts, strict=True):
        canvas.put_text(column, 0, mark, brush.style(role, bold=True))
        column += len(mark) + bool(mark)
        canvas.put_text(column, 0, text, brush.style("label"))
        column += len(text) + gap


def _cut(texts: Sequence[str], room: int, ellipsis: str) -> list[str]:
    """Cut the longest of some texts until all of them fit into so many cells."""
    longest = max((len(text) for text in texts), default=0)
    while longest > 1 and sum(min(len(text), longest) for text in texts) > room:
        longest -= 1
    return [shortened(text, longest, ellipsis=ellipsis) for text in texts]


def draw_marks(
    frame: PlotFrame,
    grid: CellGrid,
    axis: LSAxis,
    series: TrendSeries,
    marked: NDArray[np.int64],
    brush: Brush,
) -> None:
    """Mark the points of some LS as bad; one without a value is marked at the foot of the plot."""
    area = frame.area
    if area.width < 1 or area.height < 1:
        return
    at = np.searchsorted(series.ls, marked)
    inside = at < series.ls.size
    inside[inside] = series.ls[at[inside]] == marked[inside]
    values = np.full(marked.size, np.nan)
    values[inside] = series.values[at[inside]]
    scale = frame.y2 if series.right and frame.y2 is not None else frame.y
    columns = frame.x.cells(axis.position(marked), area.width)
    rows = np.maximum(scale.cells(values, area.height), 0)
    seen = columns >= 0
    y, x = area.bottom - 1 - rows[seen], area.x + columns[seen]
    marks = np.full(y.size, ord(brush.charset.glyphs(brush.theme).bad), dtype=np.uint32)
    lay_cells(grid, y, x, marks, np.zeros(y.size, dtype=np.uint8), (brush.theme.roles.bad,))


def draw_noted(
    frame: PlotFrame, grid: CellGrid, axis: LSAxis, noted: NDArray[np.int64], brush: Brush
) -> None:
    """Mark LS that have a note at the upper edge of the plot, where a mark hides little of the curve."""
    area = frame.area
    if area.width < 1 or area.height < 1:
        return
    columns = frame.x.cells(axis.position(noted), area.width)
    x = area.x + np.unique(columns[columns >= 0])
    y = np.full(x.size, area.y, dtype=np.intp)
    marks = np.full(x.size, ord(brush.charset.glyphs(brush.theme).note), dtype=np.uint32)
    lay_cells(grid, y, x, marks, np.zeros(x.size, dtype=np.uint8), (brush.theme.roles.note,))


def _add(
    sheet: Sheet,
    frame: PlotFrame,
    axis: LSAxis,
    series: TrendSeries,
    look: SeriesLook,
    index: int,
    brush: Brush,
) -> None:
    charset, color = brush.charset, brush.theme.role(look.role)
    x = axis.position(series.ls)
    scale = frame.y2 if series.right and frame.y2 is not None else frame.y
    if series.line:
        flat, steep = line_dots(frame, x, series.values, fine=charset.braille, max_step=1.0, y_scale=scale)
        dots = flat | steep
    else:
        dots = point_cells(frame, x, series.values, fine=charset.braille, y_scale=scale)
    few = np.count_nonzero(~np.isnan(series.values)) * _FEW_POINTS <= frame.area.width
    if not charset.braille or (few and not series.line):
        cells = point_cells(frame, x, series.values, fine=False, y_scale=scale)
        sheet.add_chars(cells if charset.braille else dots | cells, look.mark, color)
        return
    sheet.add_dots(dots, color)
    if index:
        sheet.add_chars(mark_cells(dots, index), look.mark, color, over=True)
