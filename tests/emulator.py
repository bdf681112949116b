"""A terminal emulator for tests: pyte's, which splits wide characters as real terminals do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyte
from wcwidth import wcwidth

if TYPE_CHECKING:
    from collections.abc import Sequence

# sequences that pyte takes for text: private modes set or queried, key protocols, multiplexers
_UNKNOWN = re.compile(r"\x1b\[[<>=?][0-9;]*[a-zA-Z$]*[pqsu]|\x1b[P_].*?\x1b\\", re.DOTALL)
# of those that the tests write
_FIRST_WIDE = "\u2e80"


class Emulator(pyte.Screen):
    """Shows what was written to it; `cells` are characters with colours and attributes."""

    def __init__(self, width: int, height: int, *, wraps: bool = True) -> None:
        super().__init__(width, height)
        self._reading = pyte.Stream(self)
        self._has_wide = False
        if not wraps:
            self.reset_mode(7, private=True)

    def write(self, text: str) -> None:
        """Take what a program has written; a terminal device begins a line with every line feed."""
        self._reading.feed(_UNKNOWN.sub("", text.replace("\n", "\r\n")))

    @property
    def cells(self) -> list[Sequence[object]]:
        """All cells, line by line."""
        return [[self.buffer[y][x] for x in range(self.columns)] for y in range(self.lines)]

    @property
    def place(self) -> tuple[int, int]:
        """Column and line of the cursor."""
        return self.cursor.x, self.cursor.y

    def draw(self, data: str) -> None:
        """Draw, and blank the other half of a wide character on whose one half something is drawn."""
        if not self._has_wide and max(data) < _FIRST_WIDE:
            super().draw(data)
            return
        self._has_wide = True
        for char in data:
            width = max(0, wcwidth(char))
            line = self.buffer[self.cursor.y]
            x = self.cursor.x if self.cursor.x < self.columns else self.columns - width
            if width and line[x].data == "":
                line[x - 1] = line[x - 1]._replace(data=" ")
            if width and line[x + width].data == "":
                line[x + width] = line[x + width]._replace(data=" ")
            super().draw(char)
