"""From a grid of cells to the strips that Textual shows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from dqmtui.render.cells import CellGrid, CellStyle


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


def grid_strips(grid: CellGrid, base: Style) -> list[Strip]:
    """Give one strip per row of a grid, on the style of a widget where the grid leaves it open."""
    styles = [rich_style(style, base) for style in grid.palette]
    width = grid.width
    return [Strip([Segment(text, styles[index]) for text, index in runs], width) for runs in grid.runs()]
