"""A find bar with its hits under it, shown over the panes and hidden again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.search import Match, Query, SearchError, search
from dqmtui.model.text import fitted
from dqmtui.tui.widgets.hit_list import Hit, HitList, NoHits
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


MOST_HITS = 14

WIDEST = 120
"""Cells that a picker takes of a screen that has more."""

_WIDE, _HIGH = 0.9, 0.8
_FRAME = (6, 4)
"""Cells beside the text, with the border and the bar, and lines that are always there."""

MOST_DETAIL = 4
"""Lines of what is said in full of the name under the cursor."""

_SHARE = 3
"""Such a part of the lines, at the most, is for that: the names need the others."""


class _Found:
    """What fits, with the places that matched; made up for the rows that are seen."""

    def __init__(self, names: Sequence[str], notes: Sequence[str], matches: Sequence[Match]) -> None:
        self._names = names
        self._notes = notes
        self._matches = matches
        self.note_width = max(map(len, notes), default=0)
        self.name_width = max(map(len, names), default=0)

    def __len__(self) -> int:
        return len(self._matches)

    def __getitem__(self, row: int) -> Hit:
        """Give a name, its marks and its note."""
        match = self._matches[row]
        return Hit(self._names[match.index], match.positions, self._notes[match.index])


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
        & .picker--detail {
            display: none; height: 2; color: $text-muted; border-top: solid $border-blurred;
        }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("up,ctrl+k,ctrl+p", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+j,ctrl+n", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
    ]

    enter_does = "choose"

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
        self._details: Sequence[str] = ()
        self._matches: list[Match] = []
        self._searched = ""
        self._state = ""
        self._detail_room = 0

    def compose(self) -> ComposeResult:
        """Lay out the line for the text, the line of state, the hits and what is said of one in full."""
        yield OrderedInput(select_on_focus=False, compact=True)
        yield Static(classes="picker--state", markup=False)
        yield HitList()
        yield Static(classes="picker--detail", markup=False)

    @property
    def is_as_opened(self) -> bool:
        """Whether nothing has been typed and the cursor has not been moved."""
        return not self.query_one(Input).value and not self.query_one(HitList).cursor

    @property
    def subject(self) -> str:
        """What the names are, as `open` was told."""
        return self._subject

    def open(
        self,
        subject: str,
        title: str,
        names: Sequence[str],
        notes: Sequence[str] = (),
        *,
        details: Sequence[str] = (),
        text: str = "",
    ) -> None:
        """Show the picker for some names; `subject` comes back with the choice.

        `details` are what is said of each under the list while it is under the cursor.
        """
        self._subject = subject
        self._names = names
        self._notes = notes or [""] * len(names)
        self._details = details
        self.border_title = title
        self.border_subtitle = "enter choose   esc close   = literal   ~ regex"
        # set here and not by a class: the next key must already find the line in focus
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin(text, self._choose)
        self.screen.set_focus(line)
        # at once: enter may be the next key, and must not choose among the names of another time
        self._search()

    def names_changed(self, names: Sequence[str], notes: Sequence[str], details: Sequence[str] = ()) -> None:
        """Take other names while open, keeping what was typed and the cursor on the name it is on."""
        row = self.query_one(HitList).cursor
        index = None if row is None or row >= len(self._matches) else self._matches[row].index
        self._names, self._notes, self._details = names, notes, details
        # the first is offered, not chosen: something better may have come
        self._search(index if row else None)

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        # of a text that was put there by opening, it is known already what fits
        if event.value != self._searched:
            self._search()

    def _search(self, stay_on: int | None = None) -> None:
        """Find what fits; the cursor is on the best, or stays on the name of an index."""
        self._searched = self.query_one(Input).value
        query = Query.read(self._searched)
        state, hits = self.query_one(".picker--state", Static), self.query_one(HitList)
        try:
            self._matches = search(self._names, query)
        except SearchError as error:
            self._matches, self._state = [], ""
            state.update(str(error))
            hits.show_hits(NoHits())
            return
        self._state = f"{query.mode.value}   {len(self._matches)} of {len(self._names)}"
        self._arrange(hits)
        rows = (row for row, match in enumerate(self._matches) if match.index == stay_on)
        cursor = 0 if stay_on is None else next(rows, 0)
        message = " nothing fits" if self._names else " the names have not come yet"
        hits.show_hits(_Found(self._names, self._notes, self._matches), cursor, message=message)
        state.update(self._state)
        # how much of a note has room is known once the list has been laid out
        self.call_after_refresh(self._say_state)

    def _say_state(self) -> None:
        """Say how much fits, and in full what has no room beside the name under the cursor."""
        hits = self.query_one(HitList)
        width = hits.scrollable_content_region.width
        if not self._state or not width:
            return
        line = "   ".join(part for part in (self._state, hits.cut_note) if part)
        self.query_one(".picker--state", Static).update(fitted(line, width, ellipsis=hits.ellipsis).rstrip())
        row = hits.cursor
        if self._details:
            is_any = row is not None and row < len(self._matches)
            said = self._details[self._matches[row].index] if row is not None and is_any else ""
            cut = fitted(said, self._detail_room, ellipsis=hits.ellipsis).rstrip()
            self.query_one(".picker--detail", Static).update(cut)

    def _arrange(self, hits: HitList) -> None:
        """Give the hits as many lines as they need, as far as what is said of one in full leaves room."""
        lines = min(MOST_HITS, len(self._names))
        detail = self.query_one(".picker--detail", Static)
        detail.display = bool(self._details)
        if self._details:
            width = max(1, min(WIDEST, int(_WIDE * self.screen.size.width)) - _FRAME[0])
            # words go whole to the next line, so that lines are not full
            room = int(_HIGH * self.screen.size.height) - _FRAME[1]
            needed = 1 + max(map(len, self._details)) * 10 // (9 * width)
            needed = max(1, min(MOST_DETAIL, needed, room // _SHARE))
            self._detail_room = needed * width * 9 // 10
            # with the rule over it
            detail.styles.height = needed + 1
            lines = min(lines, room - needed - 1)
        hits.styles.height = max(1, lines)

    @on(HitList.Moved)
    def _moved(self, event: HitList.Moved) -> None:
        event.stop()
        self._say_state()

    def action_move(self, step: int) -> None:
        """Move in the hits."""
        self.query_one(HitList).move_by(step)

    @on(HitList.Opened)
    def _opened(self, event: HitList.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> bool:
        """Take the hit under the cursor, and tell whether there is one."""
        if self.query_one(Input).value != self._searched:
            # the last letters came with enter
            self._search()
        row = self.query_one(HitList).cursor
        if row is None or row >= len(self._matches):
            return False
        self.hide()
        hits = tuple(match.index for match in self._matches)
        self.post_message(self.Chosen(self._subject, self._matches[row].index, hits))
        return True

    def action_close(self) -> None:
        """Close without a choice."""
        self.hide()
        self.post_message(self.Closed(self._subject))
