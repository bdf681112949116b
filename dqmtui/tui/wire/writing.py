"""Writing what has changed on a screen, in as few bytes as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.wire import widths
from dqmtui.tui.wire.pens import DEFAULT, Pen, change

if TYPE_CHECKING:
    from dqmtui.tui.wire.shadow import Cell, Row

# a gap of more cells costs more than moving over it
_WORTH_REWRITING = 5
# fewer blank cells cost no more than erasing them and moving behind
_WORTH_ERASING = 10
_ERASE_LINE = "\x1b[K"


class Writer:
    """Writes rows; knows where it has put the cursor and which pen the terminal holds.

    `erases_in_colour`: the terminal erases with the background of the pen (its `bce`), not with its own.
    """

    def __init__(self, cursor: tuple[int, int] | None, *, erases_in_colour: bool) -> None:
        # -1: not known
        self._x, self._y = cursor or (-1, -1)
        self._pen = DEFAULT
        self._erases_in_colour = erases_in_colour
        self._out: list[str] = []

    def row(self, y: int, row: Row, columns: list[int]) -> str:
        """Write some columns of a line, and give what was written."""
        columns, erased = self._erasable(row, columns)
        first = 0
        for behind in range(1, len(columns) + 1):
            if behind == len(columns) or columns[behind] != columns[behind - 1] + 1:
                start, end = columns[first], columns[behind - 1] + 1
                self._go(start, y, row)
                self._write(y, row, start, end)
                first = behind
        if erased is not None:
            self._go(erased, y, row)
            self._take(row.pens[erased])
            self._out.append(_ERASE_LINE)
        return self._taken()

    def end(self, cursor: tuple[int, int]) -> str:
        """Let go of the pen and put the cursor where it belongs, and give what was written."""
        self._take(DEFAULT)
        self._move(*cursor)
        return self._taken()

    def _taken(self) -> str:
        out, self._out = "".join(self._out), []
        return out

    def _erasable(self, row: Row, columns: list[int]) -> tuple[list[int], int | None]:
        """Give the columns to be written, and the one from which on the rest of the line is erased."""
        cells, pens, start = row.cells, row.pens, len(row.cells)
        pen = pens[-1]
        if cells[-1] != " " or not self._can_erase(pen):
            return columns, None
        while start > 0 and cells[start - 1] == " " and pens[start - 1] is pen:
            start -= 1
        kept = [x for x in columns if x < start]
        blank = columns[len(kept) :]
        if len(blank) <= len(_ERASE_LINE):
            return columns, None
        return kept, blank[0]

    def _can_erase(self, pen: Pen) -> bool:
        """Tell whether erasing leaves what a space of this pen shows."""
        return pen.is_plain_when_blank and (self._erases_in_colour or not pen.background)

    def _go(self, x: int, y: int, row: Row) -> None:
        if not self._rewrite_up_to(x, y, row):
            self._move(x, y)

    def _rewrite_up_to(self, x: int, y: int, row: Row) -> bool:
        """Write what already stands between the cursor and a column, if that is no longer than moving."""
        gap = x - self._x
        if y != self._y or self._x < 0 or not 0 < gap <= _WORTH_REWRITING:
            return False
        pen, text = self._pen, ""
        for cell, next_pen in zip(row.cells[self._x : x], row.pens[self._x : x], strict=True):
            if not cell or not widths.is_plain(cell):
                return False
            text += change(pen, next_pen) + cell
            pen = next_pen
        direct = len(_right(gap)) + len(change(self._pen, row.pens[x]))
        if len(text.encode()) + len(change(pen, row.pens[x])) > direct:
            return False
        self._out.append(text)
        self._pen, self._x = pen, x
        return True

    def _move(self, x: int, y: int) -> None:
        if (x, y) == (self._x, self._y):
            return
        if y == self._y and 0 <= self._x < x:
            way = _right(x - self._x)
        elif x == 0 and y == self._y + 1 > 0:
            way = "\r\n"
        else:
            way = f"\x1b[{y + 1};{x + 1}H"
        self._out.append(way)
        self._x, self._y = x, y

    def _write(self, y: int, row: Row, start: int, end: int) -> None:
        """Write neighbouring cells, the cursor stands on the first."""
        cells, pens, out = row.cells, row.pens, self._out
        while start < end:
            pen, behind = pens[start], start + 1
            while behind < end and pens[behind] is pen:
                behind += 1
            if self._x != start:
                self._move(start, y)
            if pen is not self._pen:
                out.append(change(self._pen, pen))
                self._pen = pen
            self._write_alike(y, cells[start:behind], start)
            start = behind
        if self._x == len(cells):
            # behind the last column terminals differ in where the cursor is
            self._x = -1

    def _write_alike(self, y: int, cells: list[Cell], x: int) -> None:
        """Write cells of one pen, the cursor stands on the first."""
        text = "".join(cell or "" for cell in cells) if len(cells) > 1 else cells[0] or ""
        if len(text) != len(cells) or not widths.is_plain(text):
            self._write_mixed(y, cells, x)
        elif len(cells) > _WORTH_ERASING and text.isspace() and self._can_erase(self._pen):
            self._out.append(f"\x1b[{len(cells)}X")
        else:
            self._out.append(text)
            self._x = x + len(cells)

    def _write_mixed(self, y: int, cells: list[Cell], x: int) -> None:
        """Write cells of which terminals may think that they are wider or narrower."""
        for place, cell in enumerate(cells, x):
            if cell:
                self._move(place, y)
                self._out.append(cell)
                self._x = place + 1 if widths.is_plain(cell) else -1

    def _take(self, pen: Pen) -> None:
        if pen is not self._pen:
            self._out.append(change(self._pen, pen))
            self._pen = pen


def _right(columns: int) -> str:
    return "\x1b[C" if columns == 1 else f"\x1b[{columns}C"
