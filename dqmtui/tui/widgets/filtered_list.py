"""A list over the panes that typing filters, with the row under the cursor in full below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput
from dqmtui.tui.widgets.table import TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.table import TableRows

T = TypeVar("T")

LEAST_WIDTH = 40
"""Cells that rows are written for at the least."""

_LEAST_TEXT = 20


class FilteredList(Layer, Generic[T]):
    """Things of one kind: typing filters them, enter goes to the one under the cursor, escape closes.

    What the things are, and what is said of them, is told by the methods that raise NotImplementedError.
    """

    DEFAULT_CSS = """
    FilteredList {
        width: 98%;
        max-width: 180;
        height: 90%;
        offset: 0 1;
        border: round $primary;
        padding: 0 1;
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & .list--state { height: auto; color: $text-muted; }
        & .list--one { height: auto; min-height: 5; border-top: solid $border-blurred; }
        & TableView { background: $panel; height: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("up,ctrl+k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
    ]

    enter_does = "go there"
    leaves_lines = True

    look: Look | None = None
    at: T | None = None
    """What is under the cursor, or was when something was."""

    _found: Sequence[T] = ()
    _searched = ""

    def compose(self) -> ComposeResult:
        """Lay out how many there are, the line for the filter, the list and its row in full."""
        yield Static(classes="list--state", markup=False)
        yield OrderedInput(placeholder="type to filter", select_on_focus=False, compact=True)
        rows = TableView()
        rows.can_focus = False
        yield rows
        yield Static(classes="list--one", markup=False)

    # -- what the things are -------------------------------------------------------------------------------

    def find(self, text: str) -> Sequence[T]:
        """Give what fits a text, in order."""
        raise NotImplementedError

    def rows_of(self, found: Sequence[T], width: int, look: Look) -> TableRows:
        """Give things as rows for so many cells."""
        raise NotImplementedError

    def nothing(self, text: str) -> str:
        """Say that nothing fits a text, or that there is nothing."""
        raise NotImplementedError

    def say(self, found: Sequence[T], text: str, look: Look) -> str:
        """Say how many there are, and write what stands on the border."""
        raise NotImplementedError

    def in_full(self, one: T, look: Look, width: int) -> Text:
        """Write all there is to say of one."""
        raise NotImplementedError

    def is_same(self, one: T, other: T) -> bool:
        """Tell whether two are about the same, though they may have changed."""
        raise NotImplementedError

    def row_without(self, count: int) -> int:  # noqa: ARG002 - who overrides it needs it
        """Give the row under the cursor when what was under it is no longer among the `count` things."""
        return 0

    def chosen(self, one: T) -> None:
        """Tell that one was chosen."""
        raise NotImplementedError

    def closed(self) -> None:
        """Tell that none was."""
        raise NotImplementedError

    # -- showing -------------------------------------------------------------------------------------------

    def begin(self, look: Look) -> None:
        """Show the list without a filter, and take the keys."""
        self.look = look
        self.query_one(TableView).ellipsis = look.charset.ellipsis
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin("", self._choose)
        self.screen.set_focus(line)
        self.show_found()
        # how wide it is turns out then
        self.call_after_refresh(self.show_found)

    def change_look(self, look: Look) -> None:
        """Draw what is open in another theme."""
        self.look = look
        self.show_found()

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.show_found()

    def show_found(self) -> None:
        """Show what fits the filter; what is under the cursor stays under it."""
        look = self.look
        if look is None or not self.is_open:
            return
        self._searched = self.query_one(Input).value
        found = self._found = self.find(self._searched)
        at = self.at
        places = (row for row, one in enumerate(found) if at is not None and self.is_same(one, at))
        row = next(places, None)
        if row is None:
            row = self.row_without(len(found))
        rows = self.rows_of(found, max(LEAST_WIDTH, self.size.width), look)
        self.query_one(TableView).show_rows(rows, message=self.nothing(self._searched), cursor=row)
        self.show_state()
        self._show_one()

    def show_state(self) -> None:
        """Say how many there are now."""
        look = self.look
        if look is not None and self.is_open:
            said = look.charset.text(self.say(self._found, self._searched, look))
            self.query_one(".list--state", Static).update(Text(said))

    def under_cursor(self) -> T | None:
        """Give what is under the cursor."""
        row = self.query_one(TableView).cursor
        return self._found[row] if row is not None and row < len(self._found) else None

    def _show_one(self) -> None:
        """Show the row under the cursor in full."""
        look, one = self.look, self.under_cursor()
        shown = self.query_one(".list--one", Static)
        if look is None or one is None:
            shown.update("")
            return
        self.at = one
        shown.update(self.in_full(one, look, max(_LEAST_TEXT, self.scrollable_content_region.width)))

    def on_resize(self) -> None:
        """Fit the rows into the new width."""
        self.show_found()

    # -- keys ----------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Move in the list."""
        self.query_one(TableView).move_by(step)
        # at once: the next key may be about what is under the cursor
        self._show_one()

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()
        self._show_one()

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> bool:
        """Go to what is under the cursor, and tell whether there is anything."""
        if self.query_one(Input).value != self._searched:
            # the last letters came with enter
            self.show_found()
        one = self.under_cursor()
        if one is None or not self.is_open:
            return False
        self.at = one
        self.hide()
        self.chosen(one)
        return True

    def action_close(self) -> None:
        """Close without a choice."""
        self.hide()
        self.closed()
