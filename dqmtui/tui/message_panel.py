"""All messages of the session, shown over the panes: a row each, and the one under the cursor in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static

from dqmtui.model.text import harmless, shortened
from dqmtui.review.facts import Severity
from dqmtui.tui.clipboard import TooLongError, copy, copyable_lines
from dqmtui.tui.messages import FILTERS, Messages, Said
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.table import TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.table import Cell

MARGIN = 3
"""Cells of a row that are no text: gaps and the scroll bar."""


def color_of(message: Said, look: Look) -> str:
    """Give the colour of what was said, "" for the usual one."""
    roles = look.theme.roles
    return {Severity.INFO: "", Severity.WARNING: roles.note, Severity.ERROR: roles.bad}[
        message.notice.severity
    ]


class MessageRows:
    """Messages as rows: when, how much it matters, and as much of the text as fits."""

    def __init__(self, messages: Sequence[Said], width: int, look: Look) -> None:
        self.messages = messages
        self._look = look
        fixed = (TableColumn("UTC", 8), TableColumn("", 7))
        room = width - sum(column.width for column in fixed) - len(fixed) - MARGIN
        self.columns = (*fixed, TableColumn("message", max(10, room)))

    def __len__(self) -> int:
        return len(self.messages)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give the cells of a row."""
        message = self.messages[row]
        color = color_of(message, self._look)
        often = f"{message.times} times: " if message.times > 1 else ""
        text = self._look.charset.text(f"{often}{harmless(message.notice.text)}")
        return (f"{message.at:%H:%M:%S}", self._look.theme.roles.label), (message.kind, color), (text, color)


class MessagePanel(Layer):
    """Every message of the session, the newest first; what comes while it is open appears in it."""

    DEFAULT_CSS = """
    MessagePanel {
        width: 98%;
        max-width: 160;
        height: 90%;
        offset: 0 1;
        border: round $primary;
        padding: 0 1;
        & TableView { background: $panel; height: 1fr; min-height: 3; }
        & VerticalScroll { height: auto; max-height: 60%; border-top: solid $border-blurred; }
        & VerticalScroll { scrollbar-size-vertical: 1; background: $panel; }
        & Static { height: auto; }
        & #messages-log { height: 1; color: $text-muted; }
    }
    MessagePanel.-in-full TableView { display: none; }
    MessagePanel.-in-full VerticalScroll { height: 1fr; max-height: 100%; border-top: none; }
    """

    leaves_lines = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False, priority=True),
        Binding("q", "close", "Close", show=False, priority=True),
        Binding("E", "close", "Close", show=False, priority=True, id="details"),
        Binding("up,k", "move(-1)", "Newer", show=False, priority=True),
        Binding("down,j", "move(1)", "Older", show=False, priority=True),
        Binding("pageup", "page(-1)", "Page up", show=False, priority=True),
        Binding("pagedown,space", "page(1)", "Page down", show=False, priority=True),
        Binding("home,g", "end(-1)", "Newest", show=False, priority=True),
        Binding("end,G", "end(1)", "Oldest", show=False, priority=True),
        Binding("enter", "in_full", "In full", show=False, priority=True),
        Binding("f", "filter", "Filter", show=False, priority=True),
        Binding("c", "copy", "Copy this one", show=False, priority=True),
        Binding("C", "copy_all", "Copy all that are listed", show=False, priority=True),
    ]

    @dataclass
    class Closed(Message):
        """The panel was closed."""

    _all: Messages | None = None
    _look: Look | None = None
    _log_file: Path | None = None
    _kind = 0
    _listed: Sequence[Said] = ()
    _at: Said | None = None
    _said = ""

    def compose(self) -> ComposeResult:
        """Lay out the list, the message under its cursor, and where the log is."""
        yield TableView()
        with VerticalScroll():
            yield Static(id="messages-one", markup=False)
        yield Static(id="messages-log", markup=False)

    def open(self, messages: Messages, look: Look, log: Path | None) -> None:
        """Show messages, the cursor on the newest; `log` is the file that the program logs to."""
        self._all, self._look, self._log_file = messages, look, log
        self._kind, self._at, self._said = 0, None, ""
        self.remove_class("-in-full")
        self.query_one(TableView).ellipsis = look.charset.ellipsis
        self.display = True
        self.screen.set_focus(self.query_one(TableView))
        self._show()
        # the width is known once it stands there
        self.call_after_refresh(self._show)

    def messages_came(self) -> None:
        """Show what was said meanwhile; a cursor on the newest goes on to it, any other stays."""
        if self.is_open:
            listed = self._listed
            if listed and self._at is listed[0]:
                self._at = None
            self._show()

    def on_resize(self) -> None:
        """Fit the rows into the new width."""
        self._show()

    def change_look(self, look: Look) -> None:
        """Draw the messages in other colours."""
        self._look = look
        self._show()

    # -- what is shown --------------------------------------------------------------------------------------

    def _show(self) -> None:
        messages, look = self._all, self._look
        if messages is None or look is None or not self.is_open:
            return
        words, severities = FILTERS[self._kind]
        self._listed = messages.of(severities)
        at = next((row for row, one in enumerate(self._listed) if _is_same(one, self._at)), 0)
        rows = MessageRows(self._listed, self.scrollable_content_region.width, look)
        nothing = "Nothing has been said yet." if not len(messages) else f"There are no {words}."
        self.query_one(TableView).show_rows(rows, message=nothing, cursor=at)
        self._show_one()
        self._write_frame(messages, look)

    def _show_one(self) -> None:
        """Show the message under the cursor in full."""
        row, look = self.query_one(TableView).cursor, self._look
        shown = self.query_one("#messages-one", Static)
        if look is None:
            return
        self._at = None if row is None or row >= len(self._listed) else self._listed[row]
        shown.update("" if self._at is None else in_full(self._at, look))
        self.query_one(VerticalScroll).scroll_home(animate=False, immediate=True)

    def _write_frame(self, messages: Messages, look: Look) -> None:
        """Write what is listed, what the keys do, and where the log is."""
        words, _ = FILTERS[self._kind]
        counts = [(messages.count(Severity.WARNING), "warning"), (messages.count(Severity.ERROR), "error")]
        parts = [f"{number} {name}{'s' * (number != 1)}" for number, name in counts if number]
        listed = f", {words}: {len(self._listed)}" if self._kind else ""
        self.border_title = f"Messages: {', '.join((str(len(messages)), *parts))}{listed}"
        keys = "enter in full  f filter  c copy  C copy all  esc close"
        if self.has_class("-in-full"):
            keys = "c copy  esc back to the list"
        self.say_keys(keys)
        log = "There is no log file." if self._log_file is None else f"Log: {self._log_file}"
        width = max(10, self.scrollable_content_region.width)
        text = look.charset.text(shortened(self._said or log, width, ellipsis=look.charset.ellipsis))
        self.query_one("#messages-log", Static).update(text)

    # -- keys -----------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Go to the next message, or scroll the one that is read in full."""
        if self.has_class("-in-full"):
            self.query_one(VerticalScroll).scroll_relative(y=step, animate=False, immediate=True)
        else:
            self.query_one(TableView).move_by(step)

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        part = VerticalScroll if self.has_class("-in-full") else TableView
        self.action_move(pages * max(1, self.query_one(part).size.height - 2))

    def action_end(self, side: int) -> None:
        """Go to the newest or the oldest, or to the ends of the one that is read in full."""
        self.action_move(side * (len(self._listed) if not self.has_class("-in-full") else 10_000))

    def action_in_full(self) -> None:
        """Give the message under the cursor all the room, and the list its own again."""
        if self._at is not None:
            # what is hidden loses the keys
            self.screen.set_focus(self.query_one(TableView if self.has_class("-in-full") else VerticalScroll))
            self.toggle_class("-in-full")
            self._say("")

    def action_filter(self) -> None:
        """List the next kind of messages: all, warnings and errors, errors."""
        self._kind = (self._kind + 1) % len(FILTERS)
        self.remove_class("-in-full")
        self.screen.set_focus(self.query_one(TableView))
        self._said = ""
        self._show()

    def action_copy(self) -> None:
        """Copy the message under the cursor, with its details."""
        if self._at is None:
            self._say("There is nothing to copy.")
        else:
            self._copy([self._at], "The message has")

    def action_copy_all(self) -> None:
        """Copy all messages that are listed, the oldest first."""
        if not self._listed:
            self._say("There is nothing to copy.")
        else:
            number = len(self._listed)
            words = "The message has" if number == 1 else f"{number} messages have"
            self._copy(list(reversed(self._listed)), words)

    def _copy(self, messages: Sequence[Said], words: str) -> None:
        try:
            texts = [message.plain.replace("\n", " ") for message in messages]
            copy(self.app, texts[0] if len(texts) == 1 else copyable_lines(texts), words, self._say)
        except TooLongError as error:
            self._say(f"{error} f lists fewer; all are in the log.")

    def _say(self, words: str) -> None:
        """Answer a key in the place of the log's name, until the next one that changes something."""
        self._said = words
        if self._all is not None and self._look is not None:
            self._write_frame(self._all, self._look)

    def action_back(self) -> None:
        """Go back from a message in full to the list, and from the list to the panes."""
        if self.has_class("-in-full"):
            self.action_in_full()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Close the panel."""
        self.hide()
        self.post_message(self.Closed())

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()
        self._said = ""
        self._show_one()
        if self._all is not None and self._look is not None:
            self._write_frame(self._all, self._look)

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self.action_in_full()


def in_full(message: Said, look: Look) -> Text:
    """Write a message with its details; what came from a server can do no harm."""
    roles, text = look.theme.roles, look.charset.text
    shown = Text()
    often = f", {message.times} times" if message.times > 1 else ""
    kind = f"  {message.kind}" if message.kind else ""
    shown.append(f"{message.at:%Y-%m-%d %H:%M:%S} UTC{often}{kind}\n", style=roles.label)
    shown.append(text(harmless(message.notice.text)), style=color_of(message, look))
    for line in message.notice.details.splitlines():
        shown.append(f"\n{text(harmless(line))}", style=roles.label)
    return shown


def _is_same(one: Said, other: Said | None) -> bool:
    """Tell whether two are the same message, though it may have been said again meanwhile."""
    return other is not None and one.notice is other.notice
