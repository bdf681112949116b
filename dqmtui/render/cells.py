"""A grid of terminal cells: characters and interned styles in NumPy arrays."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.colors import ColorLevel, sgr_color

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

REPLACEMENT = "?"
_SPACE = ord(" ")
_RESET = "\x1b[0m"
# A reversed lower block shows the upper part of its cell; these show the same without attributes.
_REVERSED_BLOCKS = {"▁": "█", "▂": "█", "▃": "▀", "▄": "▀", "▅": "▀", "▆": "▔", "▇": "▔", "█": " "}


@dataclass(frozen=True, slots=True)
class CellStyle:
    """Look of a cell; colours are '#rrggbb' or None for the terminal's default."""

    fg: str | None = None
    bg: str | None = None
    bold: bool = False
    dim: bool = False
    reverse: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of cells: x and y of its upper left corner, width and height."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row under the rectangle."""
        return self.y + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in a (height, width) array."""
        return slice(self.y, self.bottom), slice(self.x, self.right)


class Palette:
    """Interned styles: equal styles share one small index; index 0 is the default style.

    One palette can serve many grids, so that a caller converts each style once.
    """

    def __init__(self) -> None:
        self._styles: list[CellStyle] = []
        self._indices: dict[CellStyle, int] = {}
        self._reversed: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self.index(CellStyle())

    def index(self, style: CellStyle) -> int:
        """Index of a style, the same for equal styles; raises OverflowError after 65536 styles."""
        index = self._indices.get(style)
        if index is None:
            index = len(self._styles)
            if index > np.iinfo(np.uint16).max:
                raise OverflowError("a palette holds at most 65536 styles")
            self._styles.append(style)
            self._indices[style] = index
        return index

    @property
    def is_reversed(self) -> NDArray[np.bool_]:
        """Which styles swap their colours, shape (number of styles,)."""
        if self._reversed.size != len(self._styles):
            self._reversed = np.array([style.reverse for style in self._styles], dtype=np.bool_)
        return self._reversed

    def __getitem__(self, index: int) -> CellStyle:
        return self._styles[index]

    def __len__(self) -> int:
        return len(self._styles)

    def __iter__(self) -> Iterator[CellStyle]:
        return iter(self._styles)


@dataclass(slots=True)
class CellGrid:
    """Characters and styles of a rectangle of the screen.

    `chars` holds code points and `styles` indices into `palette`, both of shape (height, width), row 0 on
    top. Every character is one cell wide: what writes into `chars` directly keeps that promise itself.
    """

    chars: NDArray[np.uint32]
    styles: NDArray[np.uint16]
    palette: Palette

    @classmethod
    def blank(
        cls, width: int, height: int, style: CellStyle | None = None, palette: Palette | None = None
    ) -> CellGrid:
        """Make a grid of spaces; without a palette it gets its own."""
        palette = Palette() if palette is None else palette
        index = 0 if style is None else palette.index(style)
        return cls(
            np.full((height, width), _SPACE, dtype=np.uint32),
            np.full((height, width), index, dtype=np.uint16),
            palette,
        )

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.chars.shape[1])

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.chars.shape[0])

    def copy(self) -> CellGrid:
        """Make a grid with its own cells and the same palette."""
        return CellGrid(self.chars.copy(), self.styles.copy(), self.palette)

    def rows(self, rows: Sequence[int]) -> CellGrid:
        """Make a grid of some rows, with the same palette; raises IndexError."""
        return CellGrid(self.chars[list(rows)], self.styles[list(rows)], self.palette)

    def put_text(self, x: int, y: int, text: str, style: CellStyle) -> None:
        """Write text from column x of row y; what falls outside the grid is cut off.

        A character that is not exactly one cell wide (control, combining, wide) is shown as '?'.
        """
        if not 0 <= y < self.height:
            return
        start = max(0, -x)
        shown = one_cell_text(text[start : max(start, self.width - x)])
        if shown:
            columns = slice(x + start, x + start + len(shown))
            self.chars[y, columns] = code_points(shown)
            self.styles[y, columns] = self.palette.index(style)

    def fill(self, rect: Rect, char: str, style: CellStyle) -> None:
        """Fill a rectangle, as far as it lies in the grid, with one character."""
        rows = slice(max(rect.y, 0), max(rect.bottom, 0))
        columns = slice(max(rect.x, 0), max(rect.right, 0))
        self.chars[rows, columns] = ord(one_cell_text(char))
        self.styles[rows, columns] = self.palette.index(style)

    def paste(self, other: CellGrid, x: int, y: int) -> None:
        """Copy another grid into this one with its upper left corner at (x, y), cut at the edges."""
        left, top = max(-x, 0), max(-y, 0)
        width = min(other.width, self.width - x) - left
        height = min(other.height, self.height - y) - top
        if width <= 0 or height <= 0:
            return
        source = Rect(left, top, width, height).slices
        target = Rect(x + left, y + top, width, height).slices
        styles = other.styles[source]
        if other.palette is not self.palette:
            translation = np.zeros(len(other.palette), dtype=np.uint16)
            used = np.unique(styles)
            translation[used] = [self.palette.index(other.palette[int(index)]) for index in used]
            styles = translation[styles]
        self.chars[target] = other.chars[source]
        self.styles[target] = styles

    def row_runs(self, y: int) -> list[tuple[str, int]]:
        """Row y as (text, style index) runs, neighbours of one style merged; raises IndexError."""
        row = CellGrid(self.chars[y][np.newaxis], self.styles[y][np.newaxis], self.palette)
        return row.runs()[0]

    def runs(self) -> list[list[tuple[str, int]]]:
        """All rows as (text, style index) runs; much cheaper than row by row."""
        height, width = self.chars.shape
        if width == 0:
            return [[] for _ in range(height)]
        changes = np.empty((height, width), dtype=np.bool_)
        changes[:, 0] = True
        np.not_equal(self.styles[:, 1:], self.styles[:, :-1], out=changes[:, 1:])
        starts = np.flatnonzero(changes)
        styles = self.styles.ravel()[starts].tolist()
        bounds = np.searchsorted(starts, np.arange(height + 1) * width).tolist()
        text = self._joined()
        cuts = [*starts.tolist(), height * width]
        merged = [(text[cuts[i] : cuts[i + 1]], style) for i, style in enumerate(styles)]
        return [merged[bounds[row] : bounds[row + 1]] for row in range(height)]

    def to_text(self) -> str:
        """Give the characters alone, one line per row, without trailing spaces."""
        text = self._joined()
        width = self.width
        lines = [text[row * width : (row + 1) * width] for row in range(self.height)]
        for row, column in np.argwhere(self._reversed()).tolist():
            line = lines[row]
            shown = _REVERSED_BLOCKS.get(line[column], line[column])
            lines[row] = line[:column] + shown + line[column + 1 :]
        return "\n".join(line.rstrip() for line in lines)

    def to_ansi(self, color_level: ColorLevel) -> str:
        """Give the grid with SGR sequences for a terminal of that colour level; 'none' is `to_text`."""
        if color_level == "none":
            return self.to_text()
        starts = [f"\x1b[0;{_sgr(style, color_level)}m" for style in self.palette]
        starts[0] = _RESET
        rows = ("".join(starts[style] + text for text, style in row) + _RESET for row in self.runs())
        return "\n".join(rows)

    def _joined(self) -> str:
        return self.chars.astype("<u4").tobytes().decode("utf-32-le")

    def _reversed(self) -> NDArray[np.bool_]:
        return np.asarray(self.palette.is_reversed[self.styles], dtype=np.bool_)


def code_points(text: str) -> NDArray[np.uint32]:
    """Code points of a text as an array, shape (len(text),)."""
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint32)


def one_cell_text(text: str) -> str:
    """Replace every character that does not fill exactly one cell by '?'."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _one_cell(char) else REPLACEMENT for char in text)


@lru_cache(maxsize=4096)
def _one_cell(char: str) -> bool:
    if not char.isprintable() or unicodedata.combining(char):
        return False
    wide = unicodedata.east_asian_width(char) in {"W", "F"}
    return not wide and unicodedata.category(char) not in {"Mn", "Me", "Mc", "Cf"}


@lru_cache(maxsize=65536)
def _sgr(style: CellStyle, level: ColorLevel) -> str:
    """SGR parameters of a style, without the escape around them."""
    codes = []
    if style.bold:
        codes.append("1")
    if style.dim:
        codes.append("2")
    if style.underline:
        codes.append("4")
    if style.reverse:
        codes.append("7")
    if style.fg is not None:
        codes.append(sgr_color(style.fg, level, background=False))
    if style.bg is not None:
        codes.append(sgr_color(style.bg, level, background=True))
    return ";".join(codes)
