"""A table of thousands of rows that draws the visible cells only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dqmtui.tui.widgets.table_layout import Layout, TableColumn, furthest, laid_out
from dqmtui.tui.widgets.table_lines import (
    ASCII_SIGNS,
    SIGNS,
    header_line,
    message_lines,
    row_line,
)
from dqmtui.tui.widgets.table_rows import Cell, NoRows, TableRows

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

__all__ = ["Cell", "NoRows", "TableColumn", "TableRows", "TableView"]

MOST_KEPT = 1000
"""Rows whose lines are kept."""


class TableView(ScrollView, can_focus=True, inherit_bindings=False):
    """A table with a sticky header, a cursor row, and columns on the left that stay when it is scrolled.

    Rows are drawn when they are seen and kept until they change. Moving the cursor repaints two lines,
    `rows_changed` the rows it names, and `show_rows` those lines that look different then.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--unit",
        "table--sorted",
        "table--cursor",
        "table--cursor-blurred",
        "table--message",
    }

    DEFAULT_CSS = """
    TableView {
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        overflow-x: hidden;
        & > .table--header { color: $text-muted; text-style: bold; }
        & > .table--unit { color: $text-muted; }
        & > .table--sorted { color: $primary; text-style: bold; }
        & > .table--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .table--cursor-blurred { background: $block-cursor-blurred-background; }
        & > .table--message { color: $text-muted; }
    }
    """

    @dataclass
    class Moved(Message):
        """The person moved the cursor to a row of `rows`, which the table may no longer show."""

        table: TableView
        rows: TableRows
        row: int

        @property
        def control(self) -> TableView:
            """The table."""
            return self.table

    @dataclass
    class Opened(Message):
        """The person clicked a row twice."""

        table: TableView
        row: int

        @property
        def control(self) -> TableView:
            """The table."""
            return self.table

    @dataclass
    class HeaderClicked(Message):
        """The person clicked the title of a column."""

        table: TableView
        column: int

        @property
        def control(self) -> TableView:
            """The table."""
            return self.table

    has_header = True
    fixed_columns = 0
    """Columns on the left that are always shown."""
    signs = SIGNS
    """Characters of the terminal's set."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._rows: TableRows = NoRows()
        self._cursor: int | None = None
        self._beside: int | None = None
        self._message = ""
        self._scrolled = 0
        self._sorted: tuple[int, bool] | None = None
        self._layout_of: tuple[object, ...] = ()
        self._layout = Layout()
        # lines of rows without the cursor, by row, and what they depend on beside the row
        self._kept: dict[int, Strip] = {}
        self._kept_for: tuple[object, ...] = ()
        # what was drawn last on each line
        self._painted: dict[int, Strip] = {}
        self._frame: tuple[int, Style] | None = None
        self._titles_of: tuple[object, ...] = ()
        self._titles = Strip.blank(0)
        self.is_chosen = False
        """Whether a person put the cursor where it is: known before the message that tells of it arrives."""

    @property
    def ellipsis(self) -> str:
        """What stands for text that was cut off."""
        return self.signs.ellipsis

    @ellipsis.setter
    def ellipsis(self, ellipsis: str) -> None:
        """Take the signs of the character set that has this ellipsis."""
        self.signs = SIGNS if ellipsis == SIGNS.ellipsis else ASCII_SIGNS

    @property
    def cursor(self) -> int | None:
        """The row under the cursor, None in a table without rows or while no row is meant."""
        return self._cursor

    @property
    def rows(self) -> TableRows:
        """What is shown."""
        return self._rows

    @property
    def scrolled_columns(self) -> int:
        """How many columns behind the fixed ones are hidden on the left."""
        return self._scrolled

    def show_rows(
        self,
        rows: TableRows,
        *,
        message: str = "",
        cursor: int | None = None,
        beside: int | None = None,
        sorted_by: tuple[int, bool] | None = None,
    ) -> None:
        """Show other rows, or `message` when there are none; repaints the lines that are different then.

        Without a cursor row, a step down goes to row `beside`, one up to the row before it. `sorted_by` is
        the column whose title says that the rows are sorted by it, and whether from high to low.
        """
        was_in_sight = self._cursor is None or self._is_in_sight(self._cursor)
        before = self._cursor
        self._rows, self._message, self._beside, self._sorted = rows, message, beside, sorted_by
        self._cursor = cursor if cursor is not None and 0 <= cursor < len(rows) else None
        self._kept.clear()
        self._scroll_back()
        size = Size(1, len(rows) + self.has_header)
        if size != self.virtual_size:
            self.virtual_size = size
            # whether there is a scroll bar makes a difference to the width
            self.refresh()
        if self._cursor is not None and (was_in_sight or before is None):
            self._keep_in_sight(self._cursor)
        most = max(0, len(rows) - self._page)
        if self.scroll_offset.y > most:
            self.scroll_to(y=most, animate=False, force=True, immediate=True)
        self._repaint_what_changed()
        # Textual moves the bar only while it is on screen, and it comes back after an empty table
        self.vertical_scrollbar.position = self.scroll_offset.y

    def rows_changed(self, first: int, last: int) -> None:
        """Draw the rows from first to last anew, as far as they are on screen."""
        kept = self._kept
        if kept:
            for row in range(first, last + 1) if last - first < len(kept) else list(kept):
                if first <= row <= last:
                    kept.pop(row, None)
        self._refresh_rows(first, last)

    def all_rows_changed(self) -> None:
        """Draw all rows on screen anew, and repaint those that look different."""
        self._kept.clear()
        self._repaint_what_changed()

    def move_to(self, row: int | None, *, beside: int | None = None) -> None:
        """Put the cursor on a row without telling anyone; None takes it away, `beside` as in `show_rows`."""
        self._beside = beside
        if row is not None and not 0 <= row < len(self._rows):
            row = None
        if row == self._cursor:
            return
        before, self._cursor = self._cursor, row
        for changed in (before, row):
            if changed is not None:
                self._refresh_rows(changed, changed)
        if row is not None:
            self._keep_in_sight(row)

    def scroll_columns(self, step: int) -> bool:
        """Hide some more columns on the left, or show them again; tell whether there were any."""
        width = self.scrollable_content_region.width
        most = furthest(self._rows.columns, self.fixed_columns, width)
        goal = max(0, min(most, self._scrolled + step))
        if goal == self._scrolled:
            return False
        self._scrolled = goal
        self.refresh()
        return True

    def _scroll_back(self) -> None:
        """Hide no more columns on the left than it takes to show the last one."""
        if self._scrolled and self.size.width:
            width = self.scrollable_content_region.width
            self._scrolled = min(self._scrolled, furthest(self._rows.columns, self.fixed_columns, width))

    def _refresh_rows(self, first: int, last: int) -> None:
        scrolled, size = self.scroll_offset.y, self.size
        if not size:
            self._forget_drawn()
            return
        top = max(first + self.has_header - scrolled, int(self.has_header))
        bottom = min(last + self.has_header - scrolled, size.height - 1)
        if top <= bottom:
            self.refresh(Region(0, top, size.width, bottom - top + 1))

    def _repaint_what_changed(self) -> None:
        width, height = self.size
        if not height:
            self._forget_drawn()
            return
        frame = self._frame_now()
        changed = [y for y in range(height) if self._line(y, frame) != self._painted.get(y)]
        if len(changed) > height // 2:
            self.refresh()
            return
        for y in changed:
            self.refresh(Region(0, y, width, 1))

    def _forget_drawn(self) -> None:
        """Draw nothing from before once this is shown again: Textual keeps all lines of what is hidden."""
        # and no refresh, for which Textual would look for the places of all widgets anew at every step
        self._set_dirty()

    @property
    def _page(self) -> int:
        """Rows that there is room for."""
        return max(1, self.size.height - self.has_header)

    def _is_in_sight(self, row: int) -> bool:
        return self.scroll_offset.y <= row < self.scroll_offset.y + self._page

    def _keep_in_sight(self, row: int) -> None:
        """Scroll by as little as shows the row; to a far one by so much that it stands in the middle."""
        if self._is_in_sight(row):
            return
        page, top = self._page, self.scroll_offset.y
        if row < top - page or row >= top + 2 * page:
            goal = row - page // 2
        else:
            goal = row if row < top else row - page + 1
        self.scroll_to(y=max(0, goal), animate=False, force=True, immediate=True)

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor in sight, and hide no columns for which there is room now."""
        self._painted.clear()
        self._scroll_back()
        if self._cursor is not None:
            self._keep_in_sight(self._cursor)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self._rows)

    @property
    def page(self) -> int:
        """Rows that a page moves by."""
        return max(1, self._page - 1)

    def move_by(self, step: int) -> None:
        """Move the cursor by some rows, stopping at the ends, and tell of it."""
        start = self._cursor
        if start is None:
            below = 0 if self._beside is None else self._beside
            start = below - 1 if step > 0 else below
        self._choose(start + step)

    def _choose(self, row: int) -> None:
        count = len(self._rows)
        if count:
            self.is_chosen = True
            self.move_to(max(0, min(count - 1, row)))
            if self._cursor is not None:
                self.post_message(self.Moved(self, self._rows, self._cursor))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens it. Tell of a click on a title."""
        row = event.y - self.has_header + self.scroll_offset.y
        if event.y < self.has_header:
            column = self._laid_out(self.scrollable_content_region.width).at(event.x)
            if column is not None:
                self.post_message(self.HeaderClicked(self, column))
        elif row < len(self._rows):
            self._choose(row)
            if event.chain > 1:
                self.post_message(self.Opened(self, row))

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Scroll by a column."""
        event.stop()
        self.scroll_columns(1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Scroll back by a column."""
        event.stop()
        self.scroll_columns(-1)

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001 - Textual calls it so
        """Show in the cursor row whether keys come here."""
        if self._cursor is not None:
            self._refresh_rows(self._cursor, self._cursor)

    # -- drawing ---------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines of the viewport."""
        frame = self._frame = self._frame_now()
        strips = super().render_lines(crop)
        if self._frame is frame:
            self._frame = None
        return strips

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        strip = self._painted[y] = self._line(y, self._frame or self._frame_now())
        return strip

    def _frame_now(self) -> tuple[int, Style]:
        """Give the width that the scroll bar leaves and the style: looked up once for all lines."""
        return self.scrollable_content_region.width, self.rich_style

    def _line(self, y: int, frame: tuple[int, Style]) -> Strip:
        width, base = frame
        if self.has_header and y == 0:
            return self._header(width, base)
        line = y - self.has_header
        row = line + self.scroll_offset.y
        if row < len(self._rows):
            return self._row(row, width, base)
        words = message_lines(self._message, width, self.signs) if not len(self._rows) else []
        if line < len(words):
            style = base + self.get_component_rich_style("table--message")
            return Strip([Segment(words[line], style)], width)
        return Strip.blank(width, base)

    def _laid_out(self, width: int) -> Layout:
        """Give the places of the columns in a width."""
        made_of = (self._rows.columns, self.fixed_columns, self._scrolled, width)
        if made_of != self._layout_of:
            self._layout_of = made_of
            self._layout = laid_out(self._rows.columns, self.fixed_columns, self._scrolled, width)
        return self._layout

    def _header(self, width: int, base: Style) -> Strip:
        layout = self._laid_out(width)
        title = base + self.get_component_rich_style("table--header")
        unit = base + self.get_component_rich_style("table--unit")
        by = base + self.get_component_rich_style("table--sorted")
        made_of = (layout, width, title, unit, by, self._sorted, self.signs)
        if made_of != self._titles_of:
            self._titles_of = made_of
            styles = title, unit, by
            self._titles = header_line(layout, width, styles, self._sorted, self.fixed_columns, self.signs)
        return self._titles

    def _row(self, row: int, width: int, base: Style) -> Strip:
        made_of = (width, base, self._scrolled, self.signs)
        if made_of != self._kept_for or len(self._kept) > MOST_KEPT:
            self._kept.clear()
            self._kept_for = made_of
        if row == self._cursor:
            has_keys = self.has_focus
            name = "table--cursor" if has_keys else "table--cursor-blurred"
            return self._drawn(row, width, base + self.get_component_rich_style(name), plain=has_keys)
        strip = self._kept.get(row)
        if strip is None:
            strip = self._kept[row] = self._drawn(row, width, base, plain=False)
        return strip

    def _drawn(self, row: int, width: int, base: Style, *, plain: bool) -> Strip:
        """Draw a row; `plain`: all of it in the colour of `base`."""
        return row_line(self._rows.cells(row), self._laid_out(width), width, base, self.signs, plain=plain)
