"""From a grid of cells to the strips that Textual shows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from dqmtui.render.cells import CellGrid, CellStyle, Palette


@lru_cache(maxsize=8192)
def rich_style(style: CellStyle, base: Style) -> Style:
    """Give the Rich style of a cell style over that of the widget."""
    return base + Style(
        color=style.fg,
        bgcolor=style.bg,
        bold=style.bold or None,
        dim=style.dim or None,
        reverse=style.reverse or None,
        underline=style.underline or None,
    )


@lru_cache(maxsize=8)
def _known_styles(_palette: Palette, _base: Style) -> list[Style]:
    """Give the list of the Rich styles of a palette's first styles, to be continued: palettes only grow."""
    return []


def _styles(palette: Palette, base: Style) -> list[Style]:
    styles = _known_styles(palette, base)
    styles.extend(rich_style(palette[index], base) for index in range(len(styles), len(palette)))
    return styles


def grid_strips(grid: CellGrid, base: Style) -> list[Strip]:
    """Give one strip per row of a grid, on the style of a widget where the grid leaves it open."""
    styles, width = _styles(grid.palette, base), grid.width
    # what a Segment does to make itself, without a function of Python's in between: there are thousands
    new = tuple.__new__
    return [
        Strip([new(Segment, (text, styles[index], None)) for text, index in runs], width)
        for runs in grid.runs()
    ]
