"""Several pictures side by side in one area, one of them in focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.render.cells import CellStyle, Rect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.render.brush import Brush
    from dqmtui.render.cells import CellGrid

SMALLEST_WIDTH, SMALLEST_HEIGHT = 20, 8
"""Cells of the smallest plot that shows anything but its title."""

_BEST_SHAPE = 3.2  # columns for each row of a plot that is neither flat nor narrow


def layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Choose columns and rows for some plots: large enough if that is possible, and well shaped."""

    def badness(columns: int) -> tuple[bool, float]:
        rows = -(-count // columns)
        wide, high = width / columns, height / rows
        shape = wide / max(high, 1.0) / _BEST_SHAPE
        unused = columns * rows - count
        cell = _cell(columns, rows, width, height)
        return (
            cell[0] < SMALLEST_WIDTH or cell[1] < SMALLEST_HEIGHT,
            max(shape, 1 / max(shape, 1e-9)) + unused / 2,
        )

    columns = min(range(1, max(count, 1) + 1), key=badness)
    return columns, -(-max(count, 1) // columns)


def with_room(count: int, width: int, height: int) -> int:
    """Give how many of some plots have room for more than their titles: one at least."""
    for fewer in range(count, 1, -1):
        wide, high = _cell(*layout(fewer, width, height), width, height)
        if wide >= SMALLEST_WIDTH and high >= SMALLEST_HEIGHT:
            return fewer
    return 1


def window(count: int, focus: int, room: int) -> range:
    """Choose which of some plots are shown where not all have room: those around the one in focus."""
    start = min(focus // room * room, max(count - room, 0))
    return range(start, min(start + room, count))


def cells_of(count: int, width: int, height: int) -> list[Rect]:
    """Divide an area into a rectangle for each plot, row by row, with a free column between them."""
    columns, rows = layout(count, width, height)
    wide, high = _cell(columns, rows, width, height)
    return [Rect(index % columns * (wide + 1), index // columns * high, wide, high) for index in range(count)]


def position_at(cells: Sequence[Rect], column: int, row: int) -> int | None:
    """Tell which of some plots lies under a cell of the picture, None between them."""
    for index, cell in enumerate(cells):
        if cell.x <= column < cell.right and cell.y <= row < cell.bottom:
            return index
    return None


def composed(
    pictures: Sequence[CellGrid],
    cells: Sequence[Rect],
    width: int,
    height: int,
    brush: Brush,
    *,
    focus: int | None = None,
) -> CellGrid:
    """Put pictures into their cells of one picture; the title of the one in `focus` stands out."""
    canvas = brush.canvas(width, height)
    for index, (picture, cell) in enumerate(zip(pictures, cells, strict=True)):
        canvas.paste(picture, cell.x, cell.y)
        if index == focus:
            _point_out(canvas, cell, brush)
    return canvas


def _cell(columns: int, rows: int, width: int, height: int) -> tuple[int, int]:
    return max((width + 1) // columns - 1, 0), height // rows


def _point_out(canvas: CellGrid, cell: Rect, brush: Brush) -> None:
    """Mark the title of a plot by glyph and by colour."""
    if not (0 <= cell.y < canvas.height and cell.width):
        return
    style = CellStyle(fg=brush.theme.roles.cursor, bg=brush.theme.background, bold=True)
    titled = [
        canvas.palette.index(CellStyle(fg=brush.theme.role(role), bg=brush.theme.background, bold=True))
        for role in ("current", "title")
    ]
    row = canvas.styles[cell.y, cell.x : cell.right]
    for index in titled:
        row[row == index] = canvas.palette.index(style)
    canvas.put_text(cell.x, cell.y, brush.charset.glyphs(brush.theme).selected, style)
