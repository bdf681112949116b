"""Aligned tables for the shell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.model.text import harmless, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column of texts under a title; with `least`, they may be shortened in their middle to that width."""

    title: str
    cells: Sequence[str]
    right: bool = False
    least: int | None = None

    @property
    def width(self) -> int:
        """Width of the widest text."""
        return max([len(self.title), *map(len, self.cells)])

    @property
    def least_width(self) -> int:
        """Width that the column has to have."""
        return self.width if self.least is None else min(self.width, max(self.least, len(self.title)))


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a table, title first, and the titles of columns for which there was no room."""

    lines: list[str]
    hidden: list[str]


def aligned(columns: Sequence[Column], width: int | None, ellipsis: str = "...") -> Table:
    """Align columns in `width` cells, or in as many as they need when it is None.

    Where there is no room, columns that allow it are shortened; if that is not enough, the last columns are
    left out and named in `hidden`.
    """
    shown = [_harmless(column) for column in columns]
    hidden: list[str] = []
    while width is not None and len(shown) > 1 and _least(shown) > width:
        hidden.insert(0, shown.pop().title)
    widths = [column.width for column in shown]
    if width is not None:
        widths = _narrowed(shown, widths, width)
    rows = [[column.title, *column.cells] for column in shown]
    texts = [
        [_cell(text, size, right=column.right, ellipsis=ellipsis) for text in row]
        for column, row, size in zip(shown, rows, widths, strict=True)
    ]
    return Table([GAP.join(line).rstrip() for line in zip(*texts, strict=True)], hidden)


def _harmless(column: Column) -> Column:
    return replace(column, title=harmless(column.title), cells=[harmless(cell) for cell in column.cells])


def _least(columns: Sequence[Column]) -> int:
    return sum(column.least_width for column in columns) + len(GAP) * (len(columns) - 1)


def _narrowed(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """Take what is too much from the widest columns that have it to give, a cell at a time."""
    widths = list(widths)
    for _ in range(sum(widths) + len(GAP) * (len(widths) - 1) - width):
        givers = [at for at, column in enumerate(columns) if widths[at] > column.least_width]
        if not givers:
            break
        widths[max(givers, key=widths.__getitem__)] -= 1
    return widths


def _cell(text: str, width: int, *, right: bool, ellipsis: str) -> str:
    text = shortened(text, width, ellipsis=ellipsis)
    return text.rjust(width) if right else text.ljust(width)
