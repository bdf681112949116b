"""Lines that are kept and laid over what changes under them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from dqmtui.render.raster import BRAILLE_FIRST, BRAILLE_LAST, DASH, bar_tips, braille, lay_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.render.cells import CellGrid, Rect
    from dqmtui.render.charset import Charset


@dataclass(slots=True)
class Sheet:
    """A sheet to draw lines on: code points (0 for nothing) and colours of the cells of an area.

    What is drawn first keeps its colour; dots of later lines in the same cell are added to it.
    """

    chars: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    names: list[str]

    @classmethod
    def blank(cls, area: Rect) -> Self:
        """Make a sheet of an area's size without anything on it."""
        shape = (max(area.height, 0), max(area.width, 0))
        return cls(np.zeros(shape, dtype=np.uint32), np.zeros(shape, dtype=np.uint8), [])

    def add_dots(self, dots: NDArray[np.bool_], color: str) -> None:
        """Draw braille dots, shape (4 h, 2 w)."""
        bits = braille(dots)
        free = (self.chars == 0) & (bits > 0)
        shared = (self.chars >= BRAILLE_FIRST) & (self.chars <= BRAILLE_LAST)
        self.chars[free] = BRAILLE_FIRST
        self.colors[free] = self._color(color)
        self.chars[free | shared] |= bits[free | shared]

    def add_chars(self, where: NDArray[np.bool_], char: str, color: str, *, over: bool = False) -> None:
        """Draw one character into cells, shape (h, w): into free ones, or `over` what is there."""
        cells = where if over else where & (self.chars == 0)
        self.chars[cells] = ord(char)
        self.colors[cells] = self._color(color)

    def _color(self, color: str) -> int:
        if color not in self.names:
            self.names.append(color)
        return self.names.index(color)

    def ink(self) -> Ink:
        """Keep what has been drawn."""
        rows, columns = np.nonzero(self.chars)
        return Ink(rows, columns, self.chars[rows, columns], self.colors[rows, columns], tuple(self.names))


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Lines as a list of cells: `rows`, `columns`, `chars` and `colors` (into `names`), all of shape (n,)."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    chars: NDArray[np.uint32]
    colors: NDArray[np.uint8]
    names: tuple[str, ...]

    def lay_over(self, grid: CellGrid, area: Rect, charset: Charset) -> None:
        """Draw the lines on the cells of an area, which keep in their background what fills most of them.

        Where lines run through the tips of bars they are dashed, so that both are seen.
        """
        if not self.rows.size:
            return
        rows, columns, chars, colors = self.rows + area.y, self.columns + area.x, self.chars, self.colors
        under = grid.chars[rows, columns]
        kept = ~bar_tips(under, charset) | (self.columns % DASH == 0)
        rows, columns, under = rows[kept], columns[kept], under[kept]
        chars, colors = chars[kept], colors[kept]
        dots = (under >= BRAILLE_FIRST) & (under <= BRAILLE_LAST) & (chars >= BRAILLE_FIRST)
        lay_cells(grid, rows, columns, np.where(dots, chars | under, chars), colors, self.names)
