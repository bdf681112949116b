"""The list of notes, over the panes: of the open run or of all runs, searched by typing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message

from dqmtui.model.notes_search import NoteQuery, find_notes
from dqmtui.model.text import harmless, shortened
from dqmtui.tui.note_look import VERDICT_LOOKS
from dqmtui.tui.widgets.filtered_list import FilteredList
from dqmtui.tui.widgets.table import TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


class NoteList(FilteredList["Note"]):
    """The notes of the open run, or of all; typing filters, enter goes there."""

    DEFAULT_CSS = """
    NoteList {
        & .list--state { height: 1; }
        & .list--one { max-height: 10; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
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

    _notes: Sequence[Note] = ()
    _offered: Sequence[Note] = ()
    _run: int | None = None
    _all_runs = False
    _said, _said_with = "", ""
    _delete: Callable[[Note], str] = staticmethod(lambda _note: "")
    _undo: Callable[[], str] = staticmethod(lambda: "")
    _edit: Callable[[Note], None] = staticmethod(lambda _note: None)

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
        self._delete, self._undo, self._edit = delete, undo, edit
        self._notes, self._run, self._all_runs = tuple(notes), run, run is None
        self.at = next((note for note in self._notes if note.id == at), self.at)
        self._said = ""
        self.begin(look)

    def notes_changed(self, notes: Iterable[Note]) -> None:
        """Show the notes as they are now; the one under the cursor stays under it."""
        self._notes = tuple(notes)
        self.show_found()

    # -- what the notes are --------------------------------------------------------------------------------

    def find(self, text: str) -> Sequence[Note]:
        """Give the notes with these words, of the open run or of all."""
        runs = None if self._all_runs or self._run is None else frozenset({self._run})
        self._offered = find_notes(self._notes, NoteQuery(runs=runs))
        return find_notes(self._offered, NoteQuery(words=text))

    def rows_of(self, found: Sequence[Note], width: int, look: Look) -> NoteRows:
        """Give notes as rows."""
        return NoteRows(found, width, look, datetime.now(UTC), runs=self._all_runs)

    def nothing(self, text: str) -> str:  # noqa: ARG002 - what was typed says no more
        """Say that nothing fits, or that there are no notes."""
        if self._offered:
            return "nothing fits"
        if not self._all_runs:
            return "no notes on this run; tab shows all runs"
        return "no notes yet" if self.look is None else f"no notes yet; {self.look.key('note')} makes one"

    def say(self, found: Sequence[Note], text: str, look: Look) -> str:  # noqa: ARG002 - all keys are its own
        """Say of which runs the notes are, how many, and what was done last."""
        of = "all runs" if self._all_runs else f"run {self._run}"
        self.border_title = f"Notes on {of}"
        others = "this run" if self._all_runs else "all runs"
        self.say_keys(f"enter goes there  ^e edits  ^d deletes  ^u undoes  tab {others}  esc")
        count = _count(len(self._offered))
        if text.strip():
            count = f"{len(found)} of {len(self._offered)} notes"
        if text != self._said_with:
            self._said, self._said_with = "", text
        return harmless(f"{count}   {self._said}" if self._said else count)

    def in_full(self, one: Note, look: Look, width: int) -> Text:
        """Write a note with all that is known of it."""
        return in_full(one, look, width)

    def is_same(self, one: Note, other: Note) -> bool:
        """Tell whether two are the same note, which may have been edited."""
        return one.id == other.id

    def row_without(self, count: int) -> int:
        """Give a note that went its place to the next one."""
        return min(self.query_one(TableView).cursor or 0, max(count - 1, 0))

    def chosen(self, one: Note) -> None:
        """Tell which note is to be looked at."""
        self.post_message(self.Chosen(one))

    def closed(self) -> None:
        """Tell that none is."""
        self.post_message(self.Closed())

    # -- keys ----------------------------------------------------------------------------------------------

    def action_runs(self) -> None:
        """Show the notes of all runs, or those of the open one again."""
        if self._run is not None:
            self._all_runs = not self._all_runs
            self.show_found()

    def action_edit(self) -> None:
        """Edit the note under the cursor."""
        note = self.under_cursor()
        if note is not None:
            self.hide()
            # at once: the next keys may be meant for the form
            self._edit(note)

    def action_delete(self) -> None:
        """Delete the note under the cursor; the list goes on with the next one."""
        note = self.under_cursor()
        if note is not None:
            self._said = f"{self._delete(note)} ctrl+u takes it back."
            self.show_found()

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._said = self._undo()
        self.show_found()


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
