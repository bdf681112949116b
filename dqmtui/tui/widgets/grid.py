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

    from rich.segment import Segment
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
        self._borders_of: object = None
        self._bordered: dict[int, Strip] = {}
        self._left: list[Segment] = []
        self._right: list[Segment] = []

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
        height, gutter = self.region.height, self.styles.gutter
        top, bottom = max(crop.y, gutter.top), min(crop.bottom, height - gutter.bottom)
        if top >= bottom:
            return self._lines(crop, crop.y, crop.bottom)
        return [
            *self._lines(crop, crop.y, top),
            *self._lines_of_picture(crop, top - gutter.top, bottom - gutter.top),
            *self._lines(crop, bottom, crop.bottom),
        ]

    def _lines(self, crop: Region, first: int, end: int) -> list[Strip]:
        """Draw some lines as Textual does, titles in borders and all."""
        if first >= end:
            return []
        strips: list[Strip] = super().render_lines(Region(crop.x, first, crop.width, end - first))
        return strips

    def _lines_of_picture(self, crop: Region, first: int, end: int) -> list[Strip]:
        """Draw lines of the picture between the borders.

        Textual works out the borders of every line anew, which takes longer than the picture.
        """
        self._look_at_borders()
        width = self.region.width
        strips = [self._bordered.get(y) or self._with_borders(y, width) for y in range(first, end)]
        if crop.column_span != (0, width):
            return [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _with_borders(self, y: int, width: int) -> Strip:
        strip = Strip([*self._left, *self.render_line(y), *self._right], width)
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, self.background_colors[1])
        self._bordered[y] = strip
        return strip

    def _look_at_borders(self) -> None:
        """Find out what stands on the left and on the right of every line of the picture."""
        made_of = (self.styles.border, self.background_colors, self.size)
        if made_of == self._borders_of:
            return
        gutter, width = self.styles.gutter, self.region.width
        line = super().render_lines(Region(0, gutter.top, width, 1))[0]
        self._borders_of = made_of
        self._bordered.clear()
        self._left = list(line.crop(0, gutter.left))
        self._right = list(line.crop(width - gutter.right, width))

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
            self._bordered.clear()
            return []
        if before is None or not _fit(before, grid) or base != self._base:
            self._base, self._strips = base, grid_strips(grid, base)
            self._bordered.clear()
            return [Region(0, 0, width, height)]
        differ = (before.chars != grid.chars).any(axis=1) | (before.styles != grid.styles).any(axis=1)
        rows: list[int] = np.flatnonzero(differ).tolist()
        for y, strip in zip(rows, grid_strips(grid.rows(rows), base), strict=True):
            self._strips[y] = strip
            self._bordered.pop(y, None)
        return [Region(0, y, width, 1) for y in rows]


def _fit(one: CellGrid, other: CellGrid) -> bool:
    """Tell whether cells of two grids mean the same when they hold the same numbers."""
    return one.palette is other.palette and one.chars.shape == other.chars.shape
