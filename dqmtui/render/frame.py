"""The static layer of a plot: axes, ticks, labels and title, drawn by plotext.

plotext is told the axes in whole cells, so that its ticks stand exactly in the cells that the vectorised
drawing of the other modules uses. What it has no place for is written over its drawing: the label of a y
axis (plotext writes it under the plot) and the line at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.render.cells import CellGrid, CellStyle, Palette, Rect, code_points
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import x_ticks as choose_x_ticks
from dqmtui.render.ticks import y_ticks as choose_y_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.charset import Charset

__all__ = ["PlotFrame", "Scale", "Ticks", "plot_frame"]

Ticks = Sequence[tuple[float, str]]

_SPACE = ord(" ")
_MIN_HEIGHT_FOR_AXES = 4
_MIN_HEIGHT_FOR_TITLE = 6
_MIN_HEIGHT_FOR_X_LABEL = 8
_MIN_WIDTH_FOR_AXES = 4
_MIN_WIDTH_FOR_Y_TICKS = 20
_MIN_TITLE = 8
_LARGEST_SIDES = 3  # an area narrower than this part of the plot gets no labels beside it
# The lines that plotext draws, and what stands for them in ASCII.
_LINES = "─│┌┐└┘├┤┬┴┼╴╵╶╷┄┆"
_ASCII_LINES = "-|+++++++++-|-|-:"


@dataclass(frozen=True)
class PlotFrame:
    """A drawn frame: its cells, the rectangle left for the data, and the scales of the axes."""

    grid: CellGrid
    area: Rect
    x: Scale
    y: Scale
    y2: Scale | None = None

    @property
    def base(self) -> int:
        """Rows of the area below the line from which bars grow: the cell boundary nearest to zero."""
        return self.y.base(self.area.height)

    def bin_of_column(self, edges: NDArray[np.float64], column: int) -> int | None:
        """Give the bin, of n + 1 edges, at the middle of a column of the grid, None beside the area."""
        return _bin_at(self.x, edges, column - self.area.x, self.area.width)

    def bin_of_row(self, edges: NDArray[np.float64], row: int) -> int | None:
        """Give the bin along y at the middle of a row of the grid."""
        return _bin_at(self.y, edges, self.area.bottom - 1 - row, self.area.height)


def _bin_at(scale: Scale, edges: NDArray[np.float64], cell: int, length: int) -> int | None:
    if not 0 <= cell < length:
        return None
    place = scale.position(edges) * length
    found = int(np.searchsorted(np.nan_to_num(place, nan=-1.0), cell + 0.5, side="right")) - 1
    return found if 0 <= found < edges.size - 1 else None


@dataclass(frozen=True)
class _Layout:
    """The parts of a frame, in cells: rows on top and below, columns left and right of the area."""

    width: int
    height: int
    top: int
    x_label: int
    axes: int
    x_ticks: int
    left: int = 0
    right: int = 0

    @property
    def area(self) -> Rect:
        below = self.axes + self.x_ticks + self.x_label
        return Rect(self.left, self.top, self.width - self.left - self.right, self.height - self.top - below)

    def with_sides(self, left: list[tuple[int, str]], right: list[tuple[int, str]], *, y2: bool) -> _Layout:
        """Make room for the labels of the y axes."""
        left_labels, right_labels = (
            max((len(text) for _, text in side), default=0) for side in (left, right)
        )
        return replace(self, left=self.axes + left_labels, right=self.axes + right_labels if y2 else 0)

    def shrunk_to(self, area_width: int, area_height: int) -> _Layout:
        """Put the same parts around a smaller area."""
        return replace(
            self,
            width=self.width - self.area.width + area_width,
            height=self.height - self.area.height + area_height,
        )


def plot_frame(
    width: int,
    height: int,
    *,
    x: Scale,
    y: Scale,
    theme: Theme,
    charset: Charset,
    x_label: str = "",
    y_label: str = "",
    title: str = "",
    x_ticks: Ticks | None = None,
    y_ticks: Ticks | None = None,
    y2: Scale | None = None,
    y2_label: str = "",
    y2_ticks: Ticks | None = None,
    gridlines: bool = False,
    left: int = 0,
    bins: tuple[int, int] | None = None,
    points: bool = False,
    palette: Palette | None = None,
) -> PlotFrame:
    """Draw the frame of a plot of width x height cells.

    Ticks are (value, label) pairs, by default round numbers; those outside the axis are left out. The label
    of a y axis stands above it, that of the x axis below. `left` cells at least are kept left of the area, so
    that plots one above the other share their x axis. `bins` (nx, ny of a map) shrinks the area, from the
    right and from below, until every bin has the same whole number of pixels; a y axis that is half a cell
    short for that is extended by one pixel. Of a map and of a plot of `points` the y ticks stand in the cells
    that hold their values, and there is no line from which bars grow. What does not fit is left out: labels,
    then axes. Raises ValueError for an empty size.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a plot needs at least one cell, not {width} x {height}")
    labels = _Labels(*(charset.text(text).strip() for text in (title, x_label, y_label, y2_label)))
    axes = height >= _MIN_HEIGHT_FOR_AXES and width >= _MIN_WIDTH_FOR_AXES
    layout = _Layout(
        width,
        height,
        top=int(labels.any_on_top and height >= _MIN_HEIGHT_FOR_TITLE),
        x_label=int(bool(labels.x) and height >= _MIN_HEIGHT_FOR_X_LABEL),
        axes=int(axes),
        x_ticks=int(axes and bool(_placed_x(x, x_ticks, width, charset))),
    )
    if bins is not None:
        area = layout.area
        rows, y = _whole_pixels(area.height, bins[1], y, pixels=1 if charset.half is None else 2)
        layout = layout.shrunk_to(area.width, rows)
    shown_y = width >= _MIN_WIDTH_FOR_Y_TICKS and axes
    # an edge between two bins of a map belongs to the upper one, as its cursor reads it
    as_points = points or bins is not None
    beside = _placed_y(y, y_ticks, layout.area.height, charset, points=as_points) if shown_y else []
    beside = [(row, text.rjust(left - layout.axes)) for row, text in beside]
    right = _placed_y(y2, y2_ticks, layout.area.height, charset) if shown_y and y2 is not None else []
    layout = layout.with_sides(beside, right, y2=y2 is not None)
    if layout.area.width * _LARGEST_SIDES < width:
        beside, right = [], []
        layout = layout.with_sides(beside, right, y2=y2 is not None)
    if bins is not None:
        area = layout.area
        columns, _ = _whole_pixels(area.width, bins[0], x, pixels=1)
        layout = layout.shrunk_to(columns, area.height)
    bottom = _placed_x(x, x_ticks, layout.area.width, charset) if axes else []

    grid = CellGrid.blank(width, height, palette=palette)
    if layout.axes:
        drawn, area = _draw(layout, labels, (bottom, beside, right), charset, y2=y2 is not None)
        grid.chars[: layout.height, : layout.width] = drawn
    else:
        area = layout.area
    frame = PlotFrame(grid, area, x, y, y2)
    _color(frame, layout, theme)
    _write_y_labels(frame, layout, labels, theme, charset)
    if bins is None and not points:
        _draw_lines(frame, [row for row, _ in beside] if gridlines else [], theme, charset)
    return frame


@dataclass(frozen=True)
class _Labels:
    """Texts around the area, already fit to be shown."""

    title: str
    x: str
    y: str
    y2: str

    @property
    def any_on_top(self) -> bool:
        return bool(self.title or self.y or self.y2)


def _whole_pixels(cells: int, bins: int, scale: Scale, *, pixels: int) -> tuple[int, Scale]:
    """Largest number of cells in which all bins have the same number of pixels, and the scale on them."""
    zoom = cells * pixels // bins
    if zoom == 0:
        return cells, scale
    if zoom * bins % pixels and zoom > 1:
        zoom -= 1  # odd bins: an even zoom ends at a cell
    spare = zoom * bins % pixels
    if spare and not scale.log:
        high = scale.low + (scale.high - scale.low) * (zoom * bins + spare) / (zoom * bins)
        scale = replace(scale, high=high)
    return (zoom * bins + spare) // pixels, scale


def _placed_x(scale: Scale, ticks: Ticks | None, width: int, charset: Charset) -> list[tuple[int, str]]:
    """Column and text of the ticks that lie on the axis."""
    chosen = choose_x_ticks(scale, width, charset) if ticks is None else ticks
    return _shown(scale.cells([value for value, _ in chosen], width), chosen, charset)


def _placed_y(
    scale: Scale, ticks: Ticks | None, height: int, charset: Charset, *, points: bool = False
) -> list[tuple[int, str]]:
    """Row from the bottom and text of the ticks that lie on the axis."""
    chosen = choose_y_ticks(scale, height, charset, points=points) if ticks is None else ticks
    rows_of = scale.cells if points else scale.tip_cells
    return _shown(rows_of([value for value, _ in chosen], height), chosen, charset)


def _shown(cells: NDArray[np.intp], ticks: Ticks, charset: Charset) -> list[tuple[int, str]]:
    texts = [charset.text(label) for _, label in ticks]
    return [
        (cell, text) for cell, text in zip(cells.tolist(), texts, strict=True) if cell >= 0 and text.strip()
    ]


@cache
def import_plotter() -> None:
    """Import what draws frames, so that it is there before the first of them: better in a thread."""
    _plotext()


def _plotext() -> Any:
    """Import plotext when the first plot is drawn, because that takes a quarter of a second."""
    import plotext  # noqa: PLC0415 - see above

    return plotext


def _draw(
    layout: _Layout,
    labels: _Labels,
    ticks: tuple[list[tuple[int, str]], list[tuple[int, str]], list[tuple[int, str]]],
    charset: Charset,
    *,
    y2: bool,
) -> tuple[NDArray[np.uint32], Rect]:
    """Let plotext draw; the code points, shape (height, width), and the area for the data."""
    plotext = _plotext()
    # A figure on a terminal of its own: the size is ours and plotext's shared figure stays untouched.
    figure = type(plotext.figure)(type(plotext.terminal)().limit(width=False, height=False))
    title = _shortened_title(layout.width, labels, charset) if layout.top else ""
    row_of_labels = layout.top - bool(title)  # plotext keeps no row for an empty title
    figure.plot_size(layout.width, layout.height - row_of_labels)
    figure.axes(active=False, axis="x", side="upper")
    figure.axes(active=y2, axis="y", side="right")
    area = layout.area
    for cells, length, axis, side in (
        (ticks[0], area.width, "x", "lower"),
        (ticks[1], area.height, "y", "left"),
        (ticks[2], area.height, "y", "right"),
    ):
        # On limits of 0 and the last cell, plotext's rounding puts tick n into cell n.
        figure.ruler(axis, side).lim(0, max(length - 1, 1))
        figure.ruler(axis, side).ticks([cell for cell, _ in cells], [text for _, text in cells])
    if title:
        figure.title(title)
    if layout.x_label:
        figure.label(_shortened(labels.x, layout.width, charset), axis="x", side="lower")
    chars = _cells(figure.build().string(colorless=True), layout, row_of_labels)
    area = _area_found(chars, layout)
    if charset.name == "ascii":
        chars = _ascii_lines(chars)
    return chars, area


def _cells(text: str, layout: _Layout, first_row: int) -> NDArray[np.uint32]:
    """Turn the lines of a drawing into code points, from row `first_row` on."""
    lines = text.split("\n")[: layout.height - first_row]
    lines = [""] * first_row + lines + [""] * (layout.height - first_row - len(lines))
    joined = "".join(line.ljust(layout.width)[: layout.width] for line in lines)
    return code_points(joined).reshape(layout.height, layout.width)


def _area_found(chars: NDArray[np.uint32], layout: _Layout) -> Rect:
    """Find the area that the axes in a drawing enclose, which should be the one that was planned.

    Raises RuntimeError when there are no axes.
    """
    planned = layout.area
    corner = ord("└")
    if chars[planned.bottom, planned.x - 1] == corner:
        return planned
    found = np.argwhere(chars[layout.top : layout.height - layout.x_label] == corner)
    if not found.size:
        raise RuntimeError("plotext drew no axes")
    bottom, left = int(found[0, 0]) + layout.top, int(found[0, 1]) + 1
    return Rect(left, layout.top, layout.width - layout.right - left, bottom - layout.top)


def _ascii_lines(chars: NDArray[np.uint32]) -> NDArray[np.uint32]:
    table = np.arange(int(chars.max()) + 1, dtype=np.uint32)
    for line, plain in zip(_LINES, _ASCII_LINES, strict=True):
        if ord(line) < table.size:
            table[ord(line)] = ord(plain)
    return table[chars]


def _shortened(text: str, width: int, charset: Charset) -> str:
    if len(text) <= width:
        return text
    return text[: width - 1] + charset.ellipsis if width > 0 else ""


def _shortened_title(width: int, labels: _Labels, charset: Charset) -> str:
    """Cut the title to what is free between the labels of the y axes; empty when that is too little."""
    beside = max(len(labels.y), len(labels.y2))
    room = width - 2 * (beside + 2) if beside else width
    return _shortened(labels.title, room, charset) if room >= _MIN_TITLE else ""


def _color(frame: PlotFrame, layout: _Layout, theme: Theme) -> None:
    """Give each part of the frame the colour of its role."""
    grid, area = frame.grid, frame.area
    title = grid.palette.index(CellStyle(fg=theme.roles.title, bold=True))
    label = grid.palette.index(CellStyle(fg=theme.roles.label))
    axis = grid.palette.index(CellStyle(fg=theme.roles.axis))
    grid.styles[: layout.top] = title
    if layout.axes:
        body = slice(area.y, area.bottom)
        grid.styles[body, : area.x] = label
        grid.styles[body, area.right : layout.width] = label
        grid.styles[area.bottom + 1 :] = label
        grid.styles[area.bottom, : layout.width] = axis
        grid.styles[area.y : area.bottom + 1, area.x - 1] = axis
        if frame.y2 is not None:
            grid.styles[area.y : area.bottom + 1, area.right] = axis


def _write_y_labels(
    frame: PlotFrame, layout: _Layout, labels: _Labels, theme: Theme, charset: Charset
) -> None:
    if layout.top:
        style = CellStyle(fg=theme.roles.label)
        left = _shortened(labels.y, layout.width, charset)
        right = _shortened(labels.y2, layout.width - len(left) - 2, charset)
        frame.grid.put_text(0, 0, left, style)
        frame.grid.put_text(layout.width - len(right), 0, right, style)


def _draw_lines(frame: PlotFrame, rows: list[int], theme: Theme, charset: Charset) -> None:
    """Thin lines through the area at the ticks of the y axis (not along the axis), and at zero inside it."""
    grid, area = frame.grid, frame.area
    style = CellStyle(fg=theme.roles.grid)
    for row in rows:
        if row > 0:
            grid.fill(Rect(area.x, area.bottom - 1 - row, area.width, 1), charset.gridline, style)
    if 0 < frame.base < area.height:
        grid.fill(Rect(area.x, area.bottom - frame.base, area.width, 1), charset.zero_line, style)
