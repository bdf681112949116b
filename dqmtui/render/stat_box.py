"""A box of numbers inside a plot, where it hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.render.cells import CellStyle, code_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.render.brush import Brush
    from dqmtui.render.cells import CellGrid, Rect

_LARGEST_SHARE = 2  # the box takes at most this part of the width and of the height
_GAP = 2


def free_side(occupied: NDArray[np.bool_], width: int, height: int, *, prefer_left: bool) -> str | None:
    """Tell where in the top corners a box of that size touches no occupied cell (h, w): 'left' or 'right'.

    None when it has no room at either side.
    """
    rows, columns = occupied.shape
    if width * _LARGEST_SHARE > columns or height * _LARGEST_SHARE > rows:
        return None
    left = not occupied[:height, :width].any()
    right = not occupied[:height, columns - width :].any()
    if left and (prefer_left or not right):
        return "left"
    return "right" if right else None


def draw_stat_box(
    grid: CellGrid,
    area: Rect,
    occupied: NDArray[np.bool_],
    numbers: Sequence[tuple[str, str]],
    brush: Brush,
    *,
    prefer_left: bool = False,
) -> str | None:
    """Write names and numbers into a top corner of an area; the side, or None when there is no room.

    `occupied` (h, w) are the cells of the area that show data, none of which is covered.
    """
    if not numbers:
        return None
    names = max(len(name) for name, _ in numbers)
    values = max(len(value) for _, value in numbers)
    width, height = names + _GAP + values, len(numbers)
    # one column stays free on either side, and one row below
    side = free_side(occupied, width + 2, height + 1, prefer_left=prefer_left)
    if side is None:
        return None
    label, title = (CellStyle(fg=brush.theme.role(role)) for role in ("label", "title"))
    left = area.x + 1 if side == "left" else area.right - 1 - width
    text = "".join(
        name.ljust(names + _GAP) + brush.charset.text(value).rjust(values) for name, value in numbers
    )
    rows = slice(area.y, area.y + height)
    grid.chars[rows, left : left + width] = code_points(text).reshape(height, width)
    grid.styles[rows, left : left + width] = grid.palette.index(label)
    grid.styles[rows, left + names + _GAP : left + width] = grid.palette.index(title)
    return side
