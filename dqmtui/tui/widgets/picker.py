"""A find bar with its hits under it, shown over the panes and hidden again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.search import Match, Query, SearchError, search
from dqmtui.model.text import shortened
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.line_input import LineInput
from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


MOST_HITS = 14
MARGIN = 4
"""Cells of a row that are neither name nor note: gaps and the scroll bar."""


class _Hits:
    """The names that fit, one on a line, shortened in their middle."""

    def __init__(
        self, names: Sequence[str], notes: Sequence[str], matches: Sequence[Match], width: int, ellipsis: str
    ) -> None:
        self._ellipsis = ellipsis
        self._names = names
        self._notes = notes
        self._matches = matches
        note_width = max((len(note) for note in notes), default=0)
        self.columns = (TableColumn("", max(10, width - note_width - MARGIN)), TableColumn("", note_width))

    def __len__(self) -> int:
        return len(self._matches)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give the name and its note."""
        index = self._matches[row].index
        name = shortened(self._names[index], self.columns[0].width, ellipsis=self._ellipsis)
        return (name, ""), (self._notes[index], "")


class Picker(Layer):
    """Choose one of many names by typing; `open` shows it, choosing or escape hides it.

    Fuzzy unless the text begins with `=` (literal) or `~` (regular expression); the mode stands beside it.
    """

    DEFAULT_CSS = """
    Picker {
        width: 90%;
        max-width: 120;
        height: auto;
        max-height: 80%;
        border: round $primary;
        padding: 0 1;
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & .picker--state { height: 1; color: $text-muted; }
        & TableView { background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("up,ctrl+k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
    ]

    @dataclass
    class Chosen(Message):
        """A name was chosen: its index among all names, and those of all that fitted, in order."""

        subject: str
        index: int
        hits: tuple[int, ...]

    @dataclass
    class Closed(Message):
        """The picker was closed without a choice."""

        subject: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._subject = ""
        self._names: Sequence[str] = ()
        self._notes: Sequence[str] = ()
        self._matches: list[Match] = []

    def compose(self) -> ComposeResult:
        """Lay out the line for the text, the line of state and the hits."""
        yield LineInput(select_on_focus=False, compact=True)
        yield Static(classes="picker--state", markup=False)
        hits = TableView()
        hits.can_focus = False
        hits.has_header = False
        yield hits

    @property
    def subject(self) -> str:
        """What the names are, as `open` was told."""
        return self._subject

    def open(
        self, subject: str, title: str, names: Sequence[str], notes: Sequence[str] = (), *, text: str = ""
    ) -> None:
        """Show the picker for some names; `subject` comes back with the choice."""
        self._subject = subject
        self._names = names
        self._notes = notes or [""] * len(names)
        self.border_title = title
        self.border_subtitle = "enter choose   esc close   = literal   ~ regex"
        # set here and not by a class: the next key must already find the line in focus
        self.display = True
        line = self.query_one(Input)
        line.value = text
        self.screen.set_focus(line)
        # at once: enter may be the next key, and must not choose among the names of another time
        self._search()
        self.call_after_refresh(self._fit)

    def names_changed(self, names: Sequence[str], notes: Sequence[str]) -> None:
        """Take other names while open, keeping what was typed."""
        self._names, self._notes = names, notes
        self._search()

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search()

    def _search(self) -> None:
        query = Query.read(self.query_one(Input).value)
        state = self.query_one(".picker--state", Static)
        hits = self.query_one(TableView)
        try:
            self._matches = search(self._names, query)
        except SearchError as error:
            self._matches = []
            state.update(str(error))
            return
        state.update(f"{query.mode.value}   {len(self._matches)} of {len(self._names)}")
        hits.styles.height = max(1, min(MOST_HITS, len(self._names)))
        self._show_hits(0)

    def _show_hits(self, cursor: int | None) -> None:
        """Show what fits, in the width there is."""
        hits = self.query_one(TableView)
        rows = _Hits(self._names, self._notes, self._matches, self.size.width, hits.ellipsis)
        message = "nothing fits" if self._names else "the names have not come yet"
        hits.show_rows(rows, message=message, cursor=cursor)

    def _fit(self) -> None:
        self._show_hits(self.query_one(TableView).cursor)

    def on_resize(self) -> None:
        """Shorten the names to the new width."""
        if self.is_open:
            self._fit()

    def action_move(self, step: int) -> None:
        """Move in the hits."""
        self.query_one(TableView).move_by(step)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self._choose()

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()

    def _choose(self) -> None:
        row = self.query_one(TableView).cursor
        if row is None or row >= len(self._matches):
            return
        self.hide()
        hits = tuple(match.index for match in self._matches)
        self.post_message(self.Chosen(self._subject, self._matches[row].index, hits))

    def action_close(self) -> None:
        """Close without a choice."""
        self.hide()
        self.post_message(self.Closed(self._subject))
