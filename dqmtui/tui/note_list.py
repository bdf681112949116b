"""The list of notes, over the panes: of the open run or of all runs, searched by typing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.notes_search import NoteQuery, find_notes
from dqmtui.model.text import harmless, shortened
from dqmtui.tui.note_look import VERDICT_LOOKS
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput
from dqmtui.tui.widgets.table import TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult

    from dqmtui.model.notes import Note, NoteContent
    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.table import Cell

ROOMY = 120
"""Cells from which on subsystem, cause and time have columns of their own."""

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_LEAST_WORDS = 10

MOST_ELEMENTS = 3
"""Elements of a note that are named below the list."""


def age(then: datetime, now: datetime) -> str:
    """Write how long ago something was: `now`, `5 min`, `3 h`, `12 d`."""
    seconds = (now - then).total_seconds()
    for unit, size in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def ls_text(content: NoteContent) -> str:
    """Write of which LS a note is, as in the column of the list."""
    return "run" if content.is_whole_run else str(content.ls)


class NoteRows:
    """Notes as rows: a glyph and a word for the verdict, then what the width has room for."""

    def __init__(self, notes: Sequence[Note], width: int, look: Look, now: datetime, *, runs: bool) -> None:
        self.notes = notes
        self._look = look
        self._now = now
        is_roomy = width >= ROOMY
        longest = max((len(ls_text(note.content)) for note in notes), default=0)
        columns: list[tuple[TableColumn, Callable[[Note], Cell]]] = []
        if runs:
            columns.append((TableColumn("run", 6, right=True), lambda note: (str(note.content.run), "")))
        ls = TableColumn("LS", min(max(longest, 5), 20 if is_roomy else 11), right=True)
        columns.append((ls, lambda note: (ls_text(note.content), "")))
        columns.append((TableColumn("verdict", 10), self._verdict))
        if is_roomy:
            columns.append((TableColumn("subsystem", 10), lambda note: (note.content.subsystem, "")))
            columns.append((TableColumn("cause", 20), lambda note: (note.content.cause, "")))
        words = len(columns)
        if is_roomy:
            columns.append((TableColumn("changed (UTC)", 16), self._time))
        columns.append((TableColumn("age", 6, right=True), lambda note: (age(note.changed_at, now), "")))
        columns.append((TableColumn("by", 8), lambda note: (note.changed_by, "")))
        left = width - sum(column.width + 1 for column, _ in columns) - 3
        text = TableColumn("note" if not is_roomy else "text", max(_LEAST_WORDS, left))
        columns.insert(words, (text, self._text if is_roomy else self._said))
        self.columns = [column for column, _ in columns]
        self._writers = [write for _, write in columns]

    def __len__(self) -> int:
        return len(self.notes)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give the cells of a row."""
        note, text = self.notes[row], self._look.charset.text
        written = [write(note) for write in self._writers]
        return [(text(harmless(" ".join(said.split()))), color) for said, color in written]

    def _verdict(self, note: Note) -> Cell:
        look = VERDICT_LOOKS[note.content.verdict]
        glyph = getattr(self._look.glyphs, look.glyph)
        return f"{glyph} {note.content.verdict}", self._look.theme.role(look.role)

    def _time(self, note: Note) -> Cell:
        return f"{note.changed_at:%Y-%m-%d %H:%M}", self._look.theme.roles.label

    def _text(self, note: Note) -> Cell:
        return note.content.text, ""

    def _said(self, note: Note) -> Cell:
        content = note.content
        words = (content.subsystem, content.cause, content.text)
        return ": ".join(word for word in words if word.strip()), ""


class NoteList(Layer):
    """The notes of the open run, or of all; typing filters, enter goes there."""

    DEFAULT_CSS = """
    NoteList {
        width: 98%;
        max-width: 180;
        height: 90%;
        offset: 0 1;
        border: round $primary;
        padding: 0 1;
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & .notes--state { height: 1; color: $text-muted; }
        & .notes--one { height: auto; min-height: 5; max-height: 10; border-top: solid $border-blurred; }
        & TableView { background: $panel; height: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("up,ctrl+k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
        Binding("tab", "runs", "This run or all", show=False, priority=True),
        Binding("ctrl+e", "edit", "Edit", show=False, priority=True),
        Binding("ctrl+d,delete", "delete", "Delete", show=False, priority=True),
        Binding("ctrl+u", "undo", "Undo", show=False, priority=True),
    ]

    @dataclass
    class Chosen(Message):
        """A note was chosen, to be looked at."""

        note: Note

    @dataclass
    class Closed(Message):
        """The list was closed without a choice."""

    _look: Look | None = None
    _notes: Sequence[Note] = ()
    _found: Sequence[Note] = ()
    _run: int | None = None
    _all_runs = False
    _at: str = ""
    _said = ""
    _delete: Callable[[Note], str] = staticmethod(lambda _note: "")
    _undo: Callable[[], str] = staticmethod(lambda: "")
    _edit: Callable[[Note], None] = staticmethod(lambda _note: None)

    def compose(self) -> ComposeResult:
        """Lay out the line for the filter, how many there are, the list and its row in full."""
        yield Static(classes="notes--state", markup=False)
        yield OrderedInput(placeholder="type to filter", select_on_focus=False, compact=True)
        rows = TableView()
        rows.can_focus = False
        yield rows
        yield Static(classes="notes--one", markup=False)

    def open(
        self,
        notes: Iterable[Note],
        run: int | None,
        look: Look,
        *,
        at: str = "",
        delete: Callable[[Note], str],
        undo: Callable[[], str],
        edit: Callable[[Note], None],
    ) -> None:
        """Show notes, those of the open run unless there is none; `at` is the id of one to begin at.

        `delete` deletes a note, `undo` takes the last edit back; both say what they did. `edit` lets the
        person change a note, once the list is hidden.
        """
        self._look, self._delete, self._undo, self._edit = look, delete, undo, edit
        self._notes, self._run, self._all_runs = tuple(notes), run, run is None
        self._at, self._said = at or self._at, ""
        self.query_one(TableView).ellipsis = look.charset.ellipsis
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin("", self._choose)
        self.screen.set_focus(line)
        self._show()
        self.call_after_refresh(self._show)

    def notes_changed(self, notes: Iterable[Note]) -> None:
        """Show the notes as they are now; the one under the cursor stays under it."""
        self._notes = tuple(notes)
        self._show()

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._said = ""
        self._show()

    def _show(self) -> None:
        """Show what fits the filter."""
        look = self._look
        if look is None or not self.is_open:
            return
        words = self.query_one(Input).value
        runs = None if self._all_runs or self._run is None else frozenset({self._run})
        offered = find_notes(self._notes, NoteQuery(runs=runs))
        found = find_notes(offered, NoteQuery(words=words))
        table = self.query_one(TableView)
        at = next((row for row, note in enumerate(found) if note.id == self._at), None)
        if at is None:
            # a note that went leaves its place to the next one
            at = min(table.cursor or 0, max(len(found) - 1, 0))
        self._found = found
        rows = NoteRows(found, max(40, self.size.width), look, datetime.now(UTC), runs=self._all_runs)
        table.show_rows(rows, message=self._nothing(bool(offered)), cursor=at)
        of = "all runs" if self._all_runs else f"run {self._run}"
        self.border_title = f"Notes on {of}"
        others = "this run" if self._all_runs else "all runs"
        self.border_subtitle = f"enter goes there  ^e edits  ^d deletes  ^u undoes  tab {others}  esc"
        count = f"{len(found)} of {len(offered)} notes" if words.strip() else _count(len(offered))
        said = f"{count}   {self._said}" if self._said else count
        self.query_one(".notes--state", Static).update(Text(look.charset.text(harmless(said))))
        self._show_one()

    def _nothing(self, is_filtered: bool) -> str:  # noqa: FBT001 - a helper of one caller
        if is_filtered:
            return "nothing fits"
        if not self._all_runs:
            return "no notes on this run; tab shows all runs"
        return "no notes yet" if self._look is None else f"no notes yet; {self._look.key('note')} makes one"

    def _show_one(self) -> None:
        """Show the note under the cursor in full."""
        look, note = self._look, self._under_cursor()
        shown = self.query_one(".notes--one", Static)
        if look is None or note is None:
            shown.update("")
            return
        self._at = note.id
        shown.update(in_full(note, look, max(20, self.scrollable_content_region.width)))

    def _under_cursor(self) -> Note | None:
        row = self.query_one(TableView).cursor
        return self._found[row] if row is not None and row < len(self._found) else None

    def on_resize(self) -> None:
        """Shorten the texts to the new width."""
        self._show()

    # -- keys ----------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Move in the list."""
        self.query_one(TableView).move_by(step)
        # at once: the next key may be about the note under the cursor
        self._show_one()

    def action_runs(self) -> None:
        """Show the notes of all runs, or those of the open one again."""
        if self._run is not None:
            self._all_runs = not self._all_runs
            self._show()

    def action_edit(self) -> None:
        """Edit the note under the cursor."""
        note = self._under_cursor()
        if note is not None:
            self.hide()
            # at once: the next keys may be meant for the form
            self._edit(note)

    def action_delete(self) -> None:
        """Delete the note under the cursor; the list goes on with the next one."""
        note = self._under_cursor()
        if note is not None:
            self._said = f"{self._delete(note)} ctrl+u takes it back."
            self._show()

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._said = self._undo()
        self._show()

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()
        self._show_one()

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> bool:
        # what is typed may not have been searched for yet
        self._show()
        note = self._under_cursor()
        if note is not None and self.is_open:
            self.hide()
            self.post_message(self.Chosen(note))
        return False

    def action_close(self) -> None:
        """Close without a choice."""
        self.hide()
        self.post_message(self.Closed())


def _count(number: int) -> str:
    return "1 note" if number == 1 else f"{number} notes"


def in_full(note: Note, look: Look, width: int) -> Text:
    """Write a note with all that is known of it."""
    roles, content = look.theme.roles, note.content
    verdict = VERDICT_LOOKS[content.verdict]

    def add(said: str, style: str = "") -> None:
        shown.append(look.charset.text(harmless(" ".join(said.split()))), style=style)

    shown = Text()
    shown.append(f"{getattr(look.glyphs, verdict.glyph)} ", style=look.theme.role(verdict.role))
    add(content.verdict, look.theme.role(verdict.role))
    shown.append("  ")
    add(f"run {content.run}, {'the whole run' if content.is_whole_run else f'LS {content.ls}'}", roles.title)
    shown.append("  ")
    add(content.dataset, roles.label)
    shown.append("\n")
    words = (content.subsystem, content.cause, content.text)
    add(": ".join(word for word in words if word.strip()) or "no text")
    shown.append("\n")
    for me in content.elements[:MOST_ELEMENTS]:
        add(shortened(me, width, ellipsis=look.charset.ellipsis), roles.current)
        shown.append("\n")
    more = len(content.elements) - MOST_ELEMENTS
    if more > 0:
        shown.append(f"and {more} more elements\n", style=roles.label)
    references = {link.reference_run for link in content.links if link.reference_run is not None}
    beside = f", beside run {', '.join(map(str, sorted(references)))}" if references else ""
    changed = "" if note.changed_at == note.written_at else _changed(note)
    add(
        f"{note.author}, {note.written_at:%Y-%m-%d %H:%M} UTC{changed}{beside}, id {note.id[:8]}", roles.label
    )
    return shown


def _changed(note: Note) -> str:
    return f", changed by {note.changed_by} {note.changed_at:%Y-%m-%d %H:%M} UTC"
