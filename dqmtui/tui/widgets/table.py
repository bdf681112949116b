"""A table of thousands of rows that draws the visible cells only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dqmtui.model.text import ELLIPSIS, fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

GAP = " "


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its title, width in cells and whether its values stand on the right (numbers)."""

    title: str
    width: int
    right: bool = False


Cell = tuple[str, str]
"""Text and colour ('#rrggbb', or '' for the usual one) of a cell."""


class TableRows(Protocol):
    """What a table shows; it is asked for the rows on screen only."""

    @property
    def columns(self) -> Sequence[TableColumn]:
        """The columns from left to right."""
        ...

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def cells(self, row: int) -> Sequence[Cell]:
        """Give the cells of a row, one per column."""
        ...


class NoRows:
    """A table without rows or columns."""

    columns: tuple[TableColumn, ...] = ()

    def __len__(self) -> int:
        return 0

    def cells(self, row: int) -> Sequence[Cell]:
        """Give no cells."""
        raise IndexError(row)


class TableView(ScrollView, can_focus=True, inherit_bindings=False):
    """A table with a sticky header and a cursor row.

    Moving the cursor repaints two lines; `rows_changed` repaints from a row downwards only.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
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

    has_header = True
    ellipsis = ELLIPSIS
    """What stands for text that was cut off."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._rows: TableRows = NoRows()
        self._cursor: int | None = None
        self._message = ""
        self.is_chosen = False
        """Whether a person put the cursor where it is: known before the message that tells of it arrives."""

    @property
    def cursor(self) -> int | None:
        """The row under the cursor, None in a table without rows or while no row is meant."""
        return self._cursor

    def show_rows(self, rows: TableRows, *, message: str = "", cursor: int | None = None) -> None:
        """Show other rows, or `message` when there are none."""
        self._rows = rows
        self._message = message
        self._cursor = cursor if cursor is not None and 0 <= cursor < len(rows) else None
        self.virtual_size = Size(self._width(), len(rows) + self.has_header)
        self.refresh()
        if self._cursor is not None:
            self._keep_in_sight(self._cursor)
        # Textual moves the bar only while it is on screen, and it comes back after an empty table
        self.vertical_scrollbar.position = self.scroll_offset.y

    def rows_changed(self, first: int, last: int) -> None:
        """Repaint the rows from first to last, as far as they are on screen."""
        self._refresh_rows(first, last)

    def move_to(self, row: int | None) -> None:
        """Put the cursor on a row without telling anyone; None takes it away."""
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

    def _width(self) -> int:
        return len(GAP) + sum(column.width + len(GAP) for column in self._rows.columns)

    def _refresh_rows(self, first: int, last: int) -> None:
        top = first + self.has_header - self.scroll_offset.y
        bottom = last + self.has_header - self.scroll_offset.y
        visible_top, visible_bottom = max(top, int(self.has_header)), min(bottom, self.size.height - 1)
        if visible_top <= visible_bottom:
            self.refresh(Region(0, visible_top, self.size.width, visible_bottom - visible_top + 1))

    def _keep_in_sight(self, row: int) -> None:
        """Scroll by as little as shows the row; to a far one by so much that it stands in the middle."""
        page = max(1, self.size.height - self.has_header)
        top = self.scroll_offset.y
        if top <= row < top + page:
            return
        if row < top - page or row >= top + 2 * page:
            goal = row - page // 2
        else:
            goal = row if row < top else row - page + 1
        self.scroll_to(y=max(0, goal), animate=False, force=True, immediate=True)

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the cursor in sight."""
        if self._cursor is not None:
            self._keep_in_sight(self._cursor)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self._rows)

    @property
    def page(self) -> int:
        """Rows that a page moves by."""
        return max(1, self.size.height - self.has_header - 1)

    def move_by(self, step: int) -> None:
        """Move the cursor by some rows, stopping at the ends, and tell of it."""
        start = self._cursor if self._cursor is not None else -1 if step > 0 else 0
        self._choose(start + step)

    def _choose(self, row: int) -> None:
        count = len(self._rows)
        if count:
            self.is_chosen = True
            self.move_to(max(0, min(count - 1, row)))
            if self._cursor is not None:
                self.post_message(self.Moved(self, self._rows, self._cursor))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens it."""
        row = event.y - self.has_header + self.scroll_offset.y
        if event.y < self.has_header or row >= len(self._rows):
            return
        self._choose(row)
        if event.chain > 1:
            self.post_message(self.Opened(self, row))

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001 - Textual calls it so
        """Show in the cursor row whether keys come here."""
        if self._cursor is not None:
            self._refresh_rows(self._cursor, self._cursor)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        # what the scroll bar leaves
        width = self.scrollable_content_region.width
        base = self.rich_style
        if self.has_header and y == 0:
            return self._header(width, base + self.get_component_rich_style("table--header"))
        line = y - self.has_header
        row = line + self.scroll_offset.y
        if row >= len(self._rows):
            words = self._message_lines(width) if not len(self._rows) else []
            if line < len(words):
                style = base + self.get_component_rich_style("table--message")
                return Strip([Segment(fitted(words[line], width, ellipsis=self.ellipsis), style)], width)
            return Strip.blank(width, base)
        return self._row(row, width, base)

    def _message_lines(self, width: int) -> list[str]:
        if not self._message:
            return []
        lines, line = [], ""
        for word in self._message.split():
            if line and len(line) + 1 + len(word) > width - 2:
                lines.append(" " + line)
                line = word
            else:
                line = f"{line} {word}".strip()
        return [*lines, " " + line]

    def _header(self, width: int, style: Style) -> Strip:
        text = GAP
        for column in self._rows.columns:
            text += self._fitted(column, column.title, width - len(text))
        return Strip([Segment(text.ljust(width), style)], max(width, len(text))).crop(0, width)

    def _fitted(self, column: TableColumn, text: str, room: int) -> str:
        """Fit a text into its column and what is left of the line, with the gap behind it."""
        if room < 1:
            return ""
        return fitted(text, min(column.width, room), right=column.right, ellipsis=self.ellipsis) + GAP

    def _row(self, row: int, width: int, base: Style) -> Strip:
        under = row == self._cursor
        if under:
            name = "table--cursor" if self.has_focus else "table--cursor-blurred"
            base = base + self.get_component_rich_style(name)
        segments = [Segment(GAP, base)]
        used = len(GAP)
        for column, (text, color) in zip(self._rows.columns, self._rows.cells(row), strict=True):
            if used >= width:
                break
            shown = self._fitted(column, text, width - used)
            plain = not color or (under and self.has_focus)
            segments.append(Segment(shown, base if plain else base + _colored(color)))
            used += len(shown)
        if used < width:
            segments.append(Segment(" " * (width - used), base))
        return Strip(segments, max(width, used)).crop(0, width)


_COLORS: dict[str, Style] = {}


def _colored(color: str) -> Style:
    style = _COLORS.get(color)
    if style is None:
        style = _COLORS[color] = Style(color=color)
    return style
