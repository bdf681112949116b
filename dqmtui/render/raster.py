"""What the drawing modules share: bins on columns, and drawing over a grid that already shows something."""

from __future__ import annotations

from dataclasses import dataclass
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
_BRAILLE_FIRST = 0x2800
_BRAILLE_LAST = 0x28FF
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
    start, stop, column_values = column_ranges(scale, edges, values, width)
    high = np.full(width, np.nan)
    low = np.full(width, np.nan)
    absent = np.zeros(width, dtype=np.bool_)
    if start.size:
        counts = stop - start
        firsts = np.cumsum(counts) - counts
        columns = np.arange(int(counts.sum())) - np.repeat(firsts - start, counts)
        spread = np.repeat(column_values, counts)
        groups = np.flatnonzero(np.diff(columns, prepend=-1))
        covered = columns[groups]
        high[covered] = np.fmax.reduceat(spread, groups)
        low[covered] = np.fmin.reduceat(spread, groups)
        absent[covered] = np.isnan(high[covered])
    return ColumnValues(high, low, absent)


def column_ranges(
    scale: Scale, edges: ArrayLike, values: ArrayLike, width: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Give the first column, the column after the last, and the value of every bin that lies on the axis.

    Both grow, or stay, from bin to bin. Raises ValueError unless there is one edge more than values.
    """
    edge_array = np.asarray(edges, dtype=np.float64)
    value_array = np.asarray(values, dtype=np.float64)
    if value_array.ndim != 1 or edge_array.shape != (value_array.size + 1,):
        raise ValueError(f"{value_array.shape} values cannot have {edge_array.shape} edges")
    place = np.nan_to_num(scale.position(edge_array), nan=-1.0) * width
    visible = (place[1:] > 0) & (place[:-1] < width)
    place = np.clip(place, 0, width)
    boundary = np.rint(place).astype(np.intp)
    start, stop = boundary[:-1].copy(), boundary[1:].copy()
    narrow = start == stop
    centre = np.minimum((place[:-1] + place[1:]) / 2, width - 1).astype(np.intp)
    start[narrow] = centre[narrow]
    stop[narrow] = centre[narrow] + 1
    return start[visible], stop[visible], value_array[visible]


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
    under = grid.chars[area.slices]
    reverse = np.array([style.reverse for style in grid.palette], dtype=np.bool_)[grid.styles[area.slices]]
    block = (under >= ord("▁")) & (under <= ord("█"))
    mostly_filled = block & np.where(reverse, under <= ord("▄"), under >= ord("▄"))
    mask = np.zeros(grid.chars.shape, dtype=np.bool_)
    mask[area.slices] = where & mostly_filled
    restyle(grid, mask, lambda style: CellStyle(fg=color, bg=style.fg))
    mask[area.slices] = where & ~mostly_filled
    restyle(grid, mask, lambda style: CellStyle(fg=color, bg=style.bg))
    np.copyto(under, chars, where=where)


def bar_tips(grid: CellGrid, area: Rect, charset: Charset) -> NDArray[np.bool_]:
    """Cells of an area, shape (h, w), that are partly filled by a bar."""
    return np.isin(grid.chars[area.slices], charset.bars[1:-1])


def braille(dots: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Bits of braille characters, shape (h, w), from dots, shape (4 h, 2 w)."""
    height, width = dots.shape[0] // DOTS_DOWN, dots.shape[1] // DOTS_ACROSS
    cells = dots.reshape(height, DOTS_DOWN, width, DOTS_ACROSS)
    return np.asarray(np.einsum("yixj,ij->yx", cells, _DOT_BITS), dtype=np.uint32)


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
    is_braille = (under >= _BRAILLE_FIRST) & (under <= _BRAILLE_LAST)
    chars = np.where(is_braille, under, _BRAILLE_FIRST) | bits
    draw_over(grid, area, bits > 0, chars.astype(np.uint32), color)
