"""A widget that shows a grid of cells made anew only when something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.strip import Strip
from textual.widget import Widget

from dqmtui.tui.widgets.cells import grid_strips

if TYPE_CHECKING:
    from textual import events

    from dqmtui.render.cells import CellGrid


class GridView(Widget, can_focus=True):
    """Shows what `build` makes; `invalidate` has it made again before the next drawing."""

    _strips: list[Strip] | None = None

    def build(self, width: int, height: int) -> CellGrid:
        """Make the picture in width x height cells."""
        raise NotImplementedError

    def invalidate(self) -> None:
        """Draw anew, once, however often this is called before the next frame."""
        self._strips = None
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """Make the picture in the new size."""
        self.invalidate()

    def render_line(self, y: int) -> Strip:
        """Give one line of the picture."""
        if self._strips is None:
            width, height = self.size
            self._strips = grid_strips(self.build(width, height), self.rich_style) if width and height else []
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)
