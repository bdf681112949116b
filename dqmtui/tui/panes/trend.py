"""The trend of the element along the run, and the LS strip under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.message import Message

from dqmtui.render.cells import CellGrid
from dqmtui.render.conditions_strip import strip_rows
from dqmtui.render.strip_lines import mask_line
from dqmtui.render.trend_view import TrendOptions, TrendView
from dqmtui.tui.widgets.grid import GridView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.render.conditions_strip import StripLine
    from dqmtui.review.review import Review
    from dqmtui.tui.look import Look

STRIP_ROWS = 6
_ROWS_PER_STRIP_ROW = 3


class TrendPane(GridView):
    """Shows the trend and the strip on one LS axis, with the LS cursor through both."""

    @dataclass
    class Pointed(Message):
        """The person pointed at a lumisection."""

        ls: int

    _review: Review | None = None
    _view: TrendView | None = None
    _look: Look | None = None
    _rows: tuple[tuple[object, ...], list[StripLine]] | None = None

    def show(self, review: Review, look: Look) -> None:
        """Draw what the review looks at."""
        if look is not self._look:
            self._look = look
            self._view = TrendView(look.theme, look.charset, look.palette)
        self._review = review
        self.invalidate()

    def move_cursor(self, before: int | None, after: int | None) -> None:
        """Repaint the two columns between which the LS cursor moved."""
        if self._view is None:
            return
        self._strips = None
        columns = [self._view.cursor_column(ls) for ls in (before, after) if ls is not None]
        regions = [Region(column, 0, 1, self.size.height) for column in columns if column is not None]
        if regions:
            self.refresh(*regions)

    def build(self, width: int, height: int) -> CellGrid:
        """Draw trend, strip and cursor."""
        review, view, look = self._review, self._view, self._look
        if review is None or view is None or look is None:
            return CellGrid.blank(width, height)
        if review.table is None:
            return CellGrid.blank(width, height, look.style("label"), look.palette)
        stack = None if review.load is None else review.load.stack
        rows = max(2, min(STRIP_ROWS, height // _ROWS_PER_STRIP_ROW))
        options = TrendOptions(review.state.statistic, rows)
        grid = view.draw(review.table, stack, width, height, options, rows=self._strip_rows(review, stack))
        return grid if review.state.ls is None else view.with_cursor(grid, review.state.ls)

    def _strip_rows(self, review: Review, stack: HistogramStack | None) -> Sequence[StripLine] | None:
        """Give the rows of the strip with that of the LS that the person left out, where there are any."""
        table, excluded = review.table, review.excluded
        if table is None or not excluded:
            return None
        key = (table, stack, 0 if stack is None else stack.version, excluded)
        if self._rows is None or self._rows[0] != key:
            marked = mask_line("excluded", table, ~excluded, role="excluded")
            data, *others = strip_rows(table, stack)
            self._rows = key, [data, marked, *others]
        return self._rows[1]

    def on_click(self, event: events.Click) -> None:
        """Go to the lumisection that was clicked."""
        ls = None if self._view is None else self._view.ls_at(event.x)
        if ls is not None:
            self.post_message(self.Pointed(ls))
