"""A widget that shows a grid of cells made anew only when something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from dqmtui.tui.widgets.cells import grid_strips

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.style import Style
    from textual import events
    from textual.filter import LineFilter
    from textual.geometry import Size

    from dqmtui.render.cells import CellGrid


class GridView(Widget, can_focus=True):
    """Shows what `build` makes; `invalidate` has it made again before the next drawing.

    Of the new picture only the lines that differ from the old one are drawn.
    """

    _grid: CellGrid | None = None
    _base: Style | None = None
    _made_in: Size | None = None
    _is_stale = True

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []

    def build(self, width: int, height: int) -> CellGrid:
        """Make the picture in width x height cells; it is not changed afterwards."""
        raise NotImplementedError

    def invalidate(self) -> None:
        """Draw anew, once, however often this is called before the next frame."""
        self._is_stale = True
        # which lines are to be drawn is known when the picture has been made
        self.refresh(Region())

    def on_resize(self, _event: events.Resize) -> None:
        """Make the picture in the new size, unless that has been drawn already."""
        if self.size != self._made_in:
            self.invalidate()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines: also of a picture made while this was hidden, or of one in a size just given to it."""
        if self._is_stale or self.size != self._made_in:
            self._update()
        strips: list[Strip] = super().render_lines(crop)
        return strips

    def render_line(self, y: int) -> Strip:
        """Give one line of the picture."""
        if self._is_stale:
            self._update()
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave out the filter that gives numbers to named colours: pictures and borders have none."""
        filters: Sequence[LineFilter] = super().get_line_filters()
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

    def _exchange_repaint_regions(self) -> Collection[Region]:
        """Give the regions to be drawn: the screen asks right before it draws."""
        if self._is_stale:
            self._update()
        regions: Collection[Region] = super()._exchange_repaint_regions()
        return regions

    def _update(self) -> None:
        """Make the picture, and have drawn what is new in it."""
        # without any region everything would be
        self._set_dirty(*self._make(), Region())

    def _make(self) -> list[Region]:
        """Make the picture, and give where it is another one than before."""
        width, height = self._made_in = self.size
        base = self.rich_style
        before, self._is_stale = self._grid, False
        grid = self._grid = self.build(width, height) if width and height else None
        if grid is None:
            self._strips = []
            return []
        if before is None or not _fit(before, grid) or base != self._base:
            self._base, self._strips = base, grid_strips(grid, base)
            return [Region(0, 0, width, height)]
        differ = (before.chars != grid.chars).any(axis=1) | (before.styles != grid.styles).any(axis=1)
        rows: list[int] = np.flatnonzero(differ).tolist()
        for y, strip in zip(rows, grid_strips(grid.rows(rows), base), strict=True):
            self._strips[y] = strip
        return [Region(0, y, width, 1) for y in rows]


def _fit(one: CellGrid, other: CellGrid) -> bool:
    """Tell whether cells of two grids mean the same when they hold the same numbers."""
    return one.palette is other.palette and one.chars.shape == other.chars.shape
