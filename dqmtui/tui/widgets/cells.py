"""From a grid of cells to the strips that Textual shows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from dqmtui.render.cells import CellGrid, CellStyle


@lru_cache(maxsize=4096)
def rich_style(style: CellStyle) -> Style:
    """Give the Rich style of a cell style."""
    return Style(
        color=style.fg,
        bgcolor=style.bg,
        bold=style.bold or None,
        dim=style.dim or None,
        reverse=style.reverse or None,
        underline=style.underline or None,
    )


def grid_strips(grid: CellGrid) -> list[Strip]:
    """Give one strip per row of a grid."""
    styles = [rich_style(style) for style in grid.palette]
    width = grid.width
    return [Strip([Segment(text, styles[index]) for text, index in runs], width) for runs in grid.runs()]
