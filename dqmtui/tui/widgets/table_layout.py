"""Where the columns of a table stand in the width there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 1
"""Cells between two columns."""
LEAST_CUT = 4
"""Cells of a text that are worth showing where the rest does not fit."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its title and unit, width in cells, and whether its values stand on the right (numbers).

    No gap follows a `glued` one.
    """

    title: str
    width: int
    right: bool = False
    unit: str = ""
    glued: bool = False

    @property
    def gap(self) -> int:
        """Cells behind it."""
        return 0 if self.glued else GAP


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands: its `index`, its first cell and how many of its cells are shown."""

    index: int
    column: TableColumn
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that are shown, and whether there are more on either side."""

    places: tuple[Place, ...] = ()
    more_left: bool = False
    more_right: bool = False

    def at(self, x: int) -> int | None:
        """Give the index of the column under a cell, its gap included; None where there is none."""
        return next(
            (one.index for one in reversed(self.places) if one.x <= x < one.x + one.width + one.column.gap),
            None,
        )


def laid_out(columns: Sequence[TableColumn], fixed: int, scrolled: int, width: int) -> Layout:
    """Put columns into `width` cells: the first `fixed` always, of the others those after `scrolled` ones.

    A number is shown whole or not at all, as a part of it would be another number; a text may be cut, and the
    last one takes what is left.
    """
    places: list[Place] = []
    x = 0 if fixed else GAP
    for index in (*range(min(fixed, len(columns))), *range(fixed + scrolled, len(columns))):
        column, room = columns[index], width - x
        takes_rest = index == len(columns) - 1 and not column.right
        shown = room if takes_rest else min(column.width, room)
        is_cut = room < column.width
        is_useful = not is_cut or (shown >= LEAST_CUT and not column.right) or len(places) <= fixed
        if shown > 0 and is_useful:
            places.append(Place(index, column, x, shown))
        if is_cut:
            return Layout(tuple(places), scrolled > 0, more_right=True)
        x += column.width + column.gap
    return Layout(tuple(places), scrolled > 0, more_right=False)


def furthest(columns: Sequence[TableColumn], fixed: int, width: int) -> int:
    """Give by how many columns it makes sense to scroll: until the last one is seen whole."""
    most = max(0, len(columns) - fixed - 1)
    return next((some for some in range(most) if not laid_out(columns, fixed, some, width).more_right), most)
