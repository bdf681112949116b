"""What the drawing modules share: bins on columns, and drawing over a grid that already shows something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellStyle

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from dqmtui.render.cells import CellGrid, Rect
    from dqmtui.render.charset import Charset
    from dqmtui.render.scale import Scale

SPACE = ord(" ")
DASH = 4
"""Columns from dash to dash where a line runs through the tips of bars."""
_FIRST_BLOCK, _HALF_BLOCK, _FULL_BLOCK = map(ord, "▁▄█")
BRAILLE_FIRST = 0x2800
BRAILLE_LAST = 0x28FF
# Bit of each dot of a braille cell, by row and column.
_DOT_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)
DOTS_DOWN, DOTS_ACROSS = _DOT_BITS.shape


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """The extreme values of the bins in each column, all of shape (width,).

    `high` is the largest value, `low` the smallest, both NaN where no bin has one. `absent` marks columns
    whose bins are all NaN, as opposed to columns without bins.
    """

    high: NDArray[np.float64]
    low: NDArray[np.float64]
    absent: NDArray[np.bool_]


def bin_columns(scale: Scale, edges: ArrayLike, values: ArrayLike, width: int) -> ColumnValues:
    """Spread bins (n + 1 growing edges, n values) over `width` columns of an axis.

    A bin covers the columns between its edges, each rounded to the nearest column boundary, so that
    neighbours share a boundary; a bin narrower than a column counts in the column of its centre.
    """
    places, value_array = _places(scale, edges, values, width)
    high = np.full(width, np.nan)
    low = np.full(width, np.nan)
    absent = np.zeros(width, dtype=np.bool_)
    if places.groups.size:
        spread = value_array[places.bins]
        high[places.covered] = np.fmax.reduceat(spread, places.groups)
        low[places.covered] = np.fmin.reduceat(spread, places.groups)
        absent[places.covered] = np.isnan(high[places.covered])
    return ColumnValues(high, low, absent)


def column_ranges(
    scale: Scale, edges: ArrayLike, values: ArrayLike, width: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Give the first column, the column after the last, and the value of every bin that lies on the axis.

    Both grow, or stay, from bin to bin. Raises ValueError unless there is one edge more than values.
    """
    places, value_array = _places(scale, edges, values, width)
    return places.start, places.stop, value_array[places.visible]


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where bins lie on the columns of an axis, whatever they hold.

    `visible` (n,) are the bins on the axis, `start` and `stop` (of those) their columns; `bins` lists the
    bins column by column, `groups` where each of the `covered` columns begins in that list.
    """

    visible: NDArray[np.bool_]
    start: NDArray[np.intp]
    stop: NDArray[np.intp]
    bins: NDArray[np.intp]
    groups: NDArray[np.intp]
    covered: NDArray[np.intp]


def _places(
    scale: Scale, edges: ArrayLike, values: ArrayLike, width: int
) -> tuple[_Places, NDArray[np.float64]]:
    edge_array = np.ascontiguousarray(edges, dtype=np.float64)
    value_array = np.asarray(values, dtype=np.float64)
    if value_array.ndim != 1 or edge_array.shape != (value_array.size + 1,):
        raise ValueError(f"{value_array.shape} values cannot have {edge_array.shape} edges")
    return _places_of(scale, edge_array.tobytes(), width), value_array


@lru_cache(maxsize=64)
def _places_of(scale: Scale, edges: bytes, width: int) -> _Places:
    """Find the places of bins once for all lumisections, the edges being the bytes of their array."""
    place = scale.position(np.frombuffer(edges, dtype=np.float64))
    place = np.where(np.isnan(place), -1.0, place) * width  # at or below zero on a log axis
    visible = (place[1:] > 0) & (place[:-1] < width)
    place = np.clip(place, 0, width)
    boundary = np.rint(place).astype(np.intp)
    start, stop = boundary[:-1].copy(), boundary[1:].copy()
    narrow = start == stop
    centre = np.minimum((place[:-1] + place[1:]) / 2, width - 1).astype(np.intp)
    start[narrow] = centre[narrow]
    stop[narrow] = centre[narrow] + 1
    start, stop = start[visible], stop[visible]
    counts = stop - start
    columns = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts - start, counts)
    groups = np.flatnonzero(np.diff(columns, prepend=-1))
    bins = np.repeat(np.flatnonzero(visible), counts)
    places = _Places(visible, start, stop, bins, groups, columns[groups])
    for array in (start, stop):  # these leave the module
        array.flags.writeable = False
    return places


def restyle(grid: CellGrid, where: NDArray[np.bool_], change: Callable[[CellStyle], CellStyle]) -> None:
    """Change the style of some cells (a mask of the grid's shape), each from what it was."""
    used = np.unique(grid.styles[where])
    table = np.zeros(len(grid.palette), dtype=np.uint16)
    table[used] = [grid.palette.index(change(grid.palette[int(index)])) for index in used]
    grid.styles[where] = table[grid.styles[where]]


def draw_over(
    grid: CellGrid, area: Rect, where: NDArray[np.bool_], chars: NDArray[np.uint32], color: str
) -> None:
    """Write characters (both arrays of the area's shape) in one colour on whatever fills most of the cells.

    So a line over a bar keeps the bar behind it.
    """
    rows, columns = np.nonzero(where)
    colors = np.zeros(rows.size, dtype=np.uint8)
    lay_cells(grid, rows + area.y, columns + area.x, chars[rows, columns], colors, (color,))


def lay_cells(
    grid: CellGrid,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    chars: NDArray[np.uint32],
    colors: NDArray[np.uint8],
    names: tuple[str, ...],
) -> None:
    """Write characters into cells of a grid, all of shape (n,), each once; `colors` are indices of `names`.

    What fills most of a cell becomes its background.
    """
    if not rows.size:
        return
    palette = grid.palette
    known = len(palette)
    under, styles = grid.chars[rows, columns], grid.styles[rows, columns]
    block = (under >= _FIRST_BLOCK) & (under <= _FULL_BLOCK)
    filled = block & np.where(palette.is_reversed[styles], under <= _HALF_BLOCK, under >= _HALF_BLOCK)
    kinds = (colors.astype(np.intp) * known + styles) * 2 + filled
    counts = np.bincount(kinds)
    table = np.zeros(counts.size, dtype=np.uint16)
    for kind in np.flatnonzero(counts).tolist():
        (color, style), is_filled = divmod(kind // 2, known), kind % 2
        behind = palette[style].fg if is_filled else palette[style].bg
        table[kind] = palette.index(CellStyle(fg=names[color], bg=behind))
    grid.chars[rows, columns] = chars
    grid.styles[rows, columns] = table[kinds]


def put(grid: CellGrid, area: Rect, where: NDArray[np.bool_], char: str, color: str) -> None:
    """Write one character into the cells `where` (h, w) of an area, in one colour, as `draw_over` does."""
    draw_over(grid, area, where, np.full(where.shape, ord(char), dtype=np.uint32), color)


def bar_tips(chars: NDArray[np.uint32], charset: Charset) -> NDArray[np.bool_]:
    """Which characters, of any shape, are those of cells that a bar fills partly."""
    tips = np.zeros(chars.shape, dtype=np.bool_)
    for tip in charset.bars[1:-1]:
        tips |= chars == tip
    return tips


def braille(dots: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Bits of braille characters, shape (h, w), from dots, shape (4 h, 2 w)."""
    height, width = dots.shape[0] // DOTS_DOWN, dots.shape[1] // DOTS_ACROSS
    cells = dots.view(np.uint8)
    bits = np.zeros((height, width), dtype=np.uint8)
    # eight strided views are several times faster than one sum over the dots of a cell
    for down in range(DOTS_DOWN):
        for across in range(DOTS_ACROSS):
            bits |= cells[down::DOTS_DOWN, across::DOTS_ACROSS] * np.uint8(_DOT_BITS[down, across])
    return bits.astype(np.uint32)


def draw_dots(
    grid: CellGrid,
    area: Rect,
    dots: NDArray[np.bool_],
    color: str,
    where: NDArray[np.bool_] | bool = True,  # noqa: FBT001, FBT002 - a mask, as in NumPy
) -> None:
    """Draw braille dots, shape (4 h, 2 w), into the cells `where` of an area; dots already there stay."""
    bits = np.where(where, braille(dots), 0)
    under = grid.chars[area.slices]
    is_braille = (under >= BRAILLE_FIRST) & (under <= BRAILLE_LAST)
    chars = np.where(is_braille, under, BRAILLE_FIRST) | bits
    draw_over(grid, area, bits > 0, chars.astype(np.uint32), color)


def add_columns(dots: NDArray[np.bool_], columns: NDArray[np.intp], lines: NDArray[np.bool_]) -> None:
    """Add lines (h, n) to the columns (n,) of a raster, where several may share one."""
    if (np.diff(columns) > 0).all():
        dots[:, columns] = lines
    else:
        np.logical_or.at(dots.T, columns, lines.T)
