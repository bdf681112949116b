"""The screen between the program and its terminal: what shall stand there, and what stands there."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from dqmtui.tui.wire.pens import DEFAULT, chosen, pen
from dqmtui.tui.wire.reading import Kind, painted
from dqmtui.tui.wire.shadow import Row
from dqmtui.tui.wire.writing import Writer

if TYPE_CHECKING:
    from dqmtui.tui.wire.pens import Pen
    from dqmtui.tui.wire.reading import Painted, Part

_NOWHERE = Row.unknown(0)
_MOST_CODES = 16384


class Screen:
    """Takes what is painted, and gives the difference to what the terminal shows.

    Lines do not wrap and the screen does not scroll: Textual sees to the one and never does the other.
    `erases_in_colour` tells whether the terminal erases with the background of the pen.
    """

    def __init__(self, width: int, height: int, *, erases_in_colour: bool) -> None:
        self._width, self._height = width, height
        self._erases_in_colour = erases_in_colour
        self._rows = [Row.unknown(width) for _ in range(height)]
        self._shown = [Row.unknown(width) for _ in range(height)]
        self._touched: set[int] = set()
        self._x = self._y = 0
        self._pen = DEFAULT
        self._pens_of_codes: dict[str, Pen] = {}
        self._shown_cursor: tuple[int, int] | None = None

    @property
    def is_changed(self) -> bool:
        """Tell whether something has been painted that the terminal has not been told."""
        return bool(self._touched) or self._shown_cursor != self._cursor

    @property
    def _cursor(self) -> tuple[int, int]:
        return min(self._x, self._width - 1), min(self._y, self._height - 1)

    def forget(self) -> None:
        """Take nothing for granted of what the terminal shows."""
        self._shown = [Row.unknown(self._width) for _ in range(self._height)]
        self._shown_cursor = None
        self._touched = set(range(self._height))

    def clear(self) -> None:
        """Forget what shall stand there, too: it is another screen."""
        self._rows = [Row.unknown(self._width) for _ in range(self._height)]
        self._pen = DEFAULT
        self.forget()

    def resize(self, width: int, height: int) -> None:
        """Take another size, and nothing for granted."""
        self._width, self._height = width, height
        self._rows[height:] = [Row.unknown(width) for _ in range(height - len(self._rows))]
        for row in self._rows:
            row.fit(width)
        self.forget()

    def paint(self, data: str) -> bool:
        """Take a picture; false, and nothing is taken, if there is more than a picture in the output."""
        pieces = painted(data)
        if pieces is None or not self._knows(pieces):
            return False
        pens, now, row, x = self._pens_of_codes, self._pen, self._row(), self._x
        for code, text, end in pieces:
            if code[-1] == "H":
                self._place(code[:-1])
                row, x = self._row(), self._x
            else:
                now = pens[code] if now is DEFAULT else chosen(now, code[:-1]) or DEFAULT
            if text:
                x = row.put(x, text, now)
            if end:
                if end != "\n":
                    now = pen(link=now.link) if now.link else DEFAULT
                if end[-1] == "\n":
                    self._y += 1
                    row, x = self._row(), 0
        self._x, self._pen = x, now
        return True

    def take(self, part: Part) -> bool:
        """Take one part of any output; false if it is no part of a picture."""
        match part.kind:
            case Kind.TEXT:
                self._x = self._row().put(self._x, part.value, self._pen)
            case Kind.PEN:
                chosen_pen = chosen(self._pen, part.value)
                if chosen_pen is None:
                    return False
                self._pen = chosen_pen
            case Kind.PLACE:
                self._place(part.value)
            case Kind.LINE:
                self._x, self._y = 0, self._y + part.value.count("\n")
            case Kind.LINK:
                now = self._pen
                self._pen = pen(now.foreground, now.background, now.attributes, part.value.strip(";"))
            case _:
                return False
        return True

    def difference(self) -> list[str]:
        """Give line by line what makes the terminal show the screen; from now on it counts as shown."""
        writer = Writer(self._shown_cursor, erases_in_colour=self._erases_in_colour)
        pieces = []
        for y in sorted(self._touched):
            row = self._rows[y]
            row.mend()
            columns = row.changed(self._shown[y])
            if columns:
                pieces.append(writer.row(y, row, columns))
                self._shown[y] = row.copy()
        self._touched.clear()
        end = writer.end(self._cursor)
        if end:
            pieces.append(end)
        self._shown_cursor = self._cursor
        return pieces

    def _knows(self, pieces: Painted) -> bool:
        """Tell whether all pens are known; then they can be looked up."""
        pens = self._pens_of_codes
        for code in set(map(itemgetter(0), pieces)) - pens.keys():
            if code[-1] == "m":
                chosen_pen = chosen(DEFAULT, code[:-1])
                if chosen_pen is None:
                    return False
                if len(pens) >= _MOST_CODES:
                    pens.clear()
                    return self._knows(pieces)
                pens[code] = chosen_pen
        return True

    def _row(self) -> Row:
        """Give the line of the cursor, which is going to change."""
        if self._y >= self._height:
            return _NOWHERE
        self._touched.add(self._y)
        return self._rows[self._y]

    def _place(self, parameters: str) -> None:
        line, _, column = parameters.partition(";")
        self._x, self._y = max(1, int(column or 1)) - 1, max(1, int(line or 1)) - 1
