"""Histograms and curves over that of a lumisection, told apart by glyph and by colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmtui.render.ink import Ink, Sheet
from dqmtui.render.limits import Limits
from dqmtui.render.outline import outline
from dqmtui.render.points import line_dots
from dqmtui.render.raster import DOTS_ACROSS, DOTS_DOWN, draw_dots, put

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame

Kind = Literal["steps", "line"]

ROLES = ("reference", "excluded", "good", "note", "loading", "masked", "bad")
"""Roles of the theme that lend the overlays their colours, in the order of the overlays."""

_MARKS = "\N{WHITE CIRCLE}\N{WHITE SQUARE}\N{WHITE UP-POINTING TRIANGLE}\N{LOZENGE}\N{MULTIPLICATION SIGN}"
_ASCII_MARKS = "oxsvnz"
_OWN_MARK, _OWN_ASCII = "\N{BLACK CIRCLE}", "#"
_MARK_EVERY = 14  # columns from mark to mark of one overlay
_MARK_SHIFT = 5  # columns by which the next overlay's marks stand aside
# Dots that are drawn of each 8 in a row: the second overlay and those after it are broken lines.
_DASHES = ("11111111", "11100110", "10101010", "11111100", "11001100")


@dataclass(frozen=True, eq=False)
class Overlay:
    """A histogram on the same axis and in the same normalisation as that of the lumisection.

    `values` (nx,) are its bins, NaN where masked, `errors` (nx,) the errors on them where they are known; as
    outline or as line through the centres of the bins. `role` overrules the colour that its place gives it.
    """

    label: str
    values: NDArray[np.floating]
    errors: NDArray[np.floating] | None = None
    kind: Kind = "steps"
    role: str | None = None

    @cached_property
    def limits(self) -> Limits:
        """The limits of its bins."""
        return Limits.of(self.values)

    def same_as(self, other: Overlay) -> bool:
        """Tell whether a drawing of the other shows this one too: arrays count by identity."""
        return (
            self.values is other.values
            and (self.label, self.kind, self.role) == (other.label, other.kind, other.role)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LineLook:
    """How one of several lines is told apart: `dots` are its dashes, `mark` stands on it now and then.

    In ASCII, `char` draws the line itself.
    """

    role: str
    mark: str
    dots: str
    char: str

    def sample(self, charset: Charset) -> str:
        """Three cells that show the line in a legend."""
        if charset.braille:
            return charset.horizontal + (self.mark or charset.horizontal) + charset.horizontal
        return self.char * 3


def line_look(index: int, charset: Charset, role: str | None = None) -> LineLook:
    """Look of the overlay at a position, from 0: the first is a plain line, the others are marked."""
    marks = _MARKS if charset.braille else _ASCII_MARKS
    mark = "" if index == 0 else marks[(index - 1) % len(marks)]
    return LineLook(
        role or ROLES[index % len(ROLES)], mark, _DASHES[index % len(_DASHES)], mark or charset.horizontal
    )


def own_look(charset: Charset) -> LineLook:
    """Look of the lumisection itself where it is a line among overlays: its marks are filled, theirs not."""
    return LineLook("current", _OWN_MARK if charset.braille else _OWN_ASCII, _DASHES[0], _OWN_ASCII)


def draw_own_steps(
    frame: PlotFrame,
    edges: NDArray[np.float64],
    values: NDArray[np.floating],
    *,
    theme: Theme,
    charset: Charset,
) -> tuple[CellGrid, NDArray[np.bool_]]:
    """Draw the outline of the lumisection on a copy of a frame's grid, to be told apart from overlays.

    Gives the cells (h, w) of its marks too, which are to be put once the overlays are laid over it. Raises
    ValueError when the lengths do not fit.
    """
    grid, area = frame.grid.copy(), frame.area
    if area.width < 1 or area.height < 1:
        return grid, np.zeros((max(area.height, 0), max(area.width, 0)), dtype=np.bool_)
    look = own_look(charset)
    color = theme.role(look.role)
    across, down = (DOTS_ACROSS, DOTS_DOWN) if charset.braille else (1, 1)
    line = outline(frame, edges, values, across=across, down=down)
    if charset.braille:
        draw_dots(grid, area, line.dots(), color)
        return grid, mark_cells(line.parts()[0], 0)
    put(grid, area, line.dots(), look.char, color)
    return grid, _some_of(line.parts()[0], 0)


def overlay_ink(
    frame: PlotFrame,
    edges: NDArray[np.float64],
    overlays: Sequence[Overlay],
    *,
    theme: Theme,
    charset: Charset,
) -> Ink:
    """Draw overlays (n + 1 edges) for a frame, to be laid over the bars of any lumisection.

    Raises ValueError when the lengths do not fit.
    """
    sheet = Sheet.blank(frame.area)
    if not sheet.chars.size:
        return sheet.ink()
    for index, overlay in enumerate(overlays):
        look = line_look(index, charset, overlay.role)
        color = theme.role(look.role)
        flat, steep = _parts(frame, edges, overlay, charset)
        if not charset.braille:
            sheet.add_chars(steep, look.char if look.mark else charset.vertical, color)
            sheet.add_chars(flat, look.char, color)
            continue
        dashes = np.array([dot == "1" for dot in look.dots])
        dashed = flat & np.resize(dashes, flat.shape[1])
        sheet.add_dots(dashed | steep & np.resize(dashes, flat.shape[0])[:, np.newaxis], color)
        if look.mark:
            sheet.add_chars(mark_cells(flat, index), look.mark, color, over=True)
    return sheet.ink()


def _parts(
    frame: PlotFrame, edges: NDArray[np.float64], overlay: Overlay, charset: Charset
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Dots (or cells, in ASCII) of the flat and of the steep parts of a line."""
    across, down = (DOTS_ACROSS, DOTS_DOWN) if charset.braille else (1, 1)
    values = np.where(np.isfinite(overlay.values), overlay.values, np.nan)
    if overlay.kind == "steps":
        return outline(frame, edges, values, across=across, down=down).parts()
    centres = (edges[1:] + edges[:-1]) / 2
    return line_dots(frame, centres, values, fine=charset.braille)


def mark_cells(flat: NDArray[np.bool_], index: int) -> NDArray[np.bool_]:
    """Cells (h, w) for marks on the dots (4 h, 2 w) of the line at a position: one in every few columns.

    In other columns than those of the lines next to it.
    """
    rows, columns = flat.shape[0] // DOTS_DOWN, flat.shape[1] // DOTS_ACROSS
    cells = flat.reshape(rows, DOTS_DOWN, columns, DOTS_ACROSS).any(axis=(1, 3))
    return _some_of(np.asarray(cells), index)


def _some_of(cells: NDArray[np.bool_], index: int) -> NDArray[np.bool_]:
    """Choose one of the cells (h, w) of a line in every few columns."""
    first = cells & (np.cumsum(cells, axis=0) == 1)
    place = np.arange(cells.shape[1]) - index * _MARK_SHIFT
    return np.asarray(first & (place % _MARK_EVERY == _MARK_EVERY // 2))
