"""Rows of cells: a line of the screen as it shall be, or as the terminal is known to show it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import is_not, ne, or_
from typing import TYPE_CHECKING

from dqmtui.tui.wire import widths
from dqmtui.tui.wire.pens import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.tui.wire.pens import Pen

Cell = str | None
"""What stands in a cell: "" behind a wide character, None if nobody knows."""


@dataclass(slots=True)
class Row:
    """The cells of a line, and the pens that draw them; `is_mixed` if there may be wide characters in it."""

    cells: list[Cell]
    pens: list[Pen]
    is_mixed: bool = False

    @classmethod
    def unknown(cls, width: int) -> Row:
        """Give a line that nobody knows."""
        return cls([None] * width, [DEFAULT] * width)

    def copy(self) -> Row:
        """Give the same cells, to be changed on their own."""
        return Row(self.cells.copy(), self.pens.copy(), self.is_mixed)

    def fit(self, width: int) -> None:
        """Cut or continue the line to a width."""
        more = max(0, width - len(self.cells))
        self.cells[:] = self.cells[:width] + [None] * more
        self.pens[:] = self.pens[:width] + [DEFAULT] * more

    def put(self, x: int, text: str, pen: Pen) -> int:
        """Write a text from a column on as far as the line goes, and give the column behind the text."""
        if not widths.is_plain(text):
            self.is_mixed = True
            return self._put_cells(x, widths.cells(text), pen)
        length = len(text)
        end = x + length
        if end > len(self.cells):
            return self._put_cells(x, text, pen)
        if length == 1:
            self.cells[x] = text
            self.pens[x] = pen
        else:
            self.cells[x:end] = text
            self.pens[x:end] = [pen] * length
        return end

    def _put_cells(self, x: int, cells: Sequence[str], pen: Pen) -> int:
        """Write cells as far as the line goes."""
        kept = cells[: max(0, len(self.cells) - x)]
        self.cells[x : x + len(kept)] = kept
        self.pens[x : x + len(kept)] = [pen] * len(kept)
        return x + len(cells)

    def mend(self) -> None:
        """Make spaces of halves of wide characters whose other half something else stands on."""
        if not self.is_mixed:
            return
        cells, self.is_mixed = self.cells, False
        x = 0
        while x < len(cells):
            cell = cells[x]
            if cell == "":
                cells[x] = " "
            elif cell and not widths.is_plain(cell) and len(widths.cells(cell)) > 1:
                if cells[x + 1 : x + 2] == [""]:
                    self.is_mixed = True
                    x += 1
                else:
                    cells[x] = " "
            x += 1

    def changed(self, shown: Row) -> list[int]:
        """Give the columns that are known here and not shown so there, wide characters as a whole."""
        cells = self.cells
        if cells == shown.cells and self.pens == shown.pens:
            return []
        differs = map(or_, map(ne, cells, shown.cells), map(is_not, self.pens, shown.pens))
        columns = list(compress(range(len(cells)), differs))
        if columns and (self.is_mixed or shown.is_mixed):
            columns = self._with_halves(columns, shown)
        if None in cells:
            columns = [x for x in columns if cells[x] is not None]
        return columns

    def _with_halves(self, columns: list[int], shown: Row) -> list[int]:
        """Add the other halves of wide characters, there or here, of which one half changes."""
        found, waiting = set(columns), columns.copy()
        while waiting:
            x = waiting.pop()
            for first in (x, x + 1):
                if "" in (*self.cells[first : first + 1], *shown.cells[first : first + 1]):
                    other = {first - 1, first} - found
                    found |= other
                    waiting += other
        return sorted(found)
