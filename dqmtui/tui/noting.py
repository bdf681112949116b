"""What the keys do about notes: make one, list them, go from one to the next, and take edits back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.text import shortened
from dqmtui.review.facts import Notice, Severity
from dqmtui.review.histograms import LoadState
from dqmtui.review.note_drafts import draft_of, scopes_of
from dqmtui.tui.choices import Choices
from dqmtui.tui.note_form import Draft, NoteForm
from dqmtui.tui.note_list import NoteList
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.notes import Note, NoteContent
    from dqmtui.review.review import Review

_LACKING = frozenset({LoadState.PARTIAL, LoadState.CANCELLED, LoadState.KEPT})

_KEPT_FREE = 45
"""Cells of the message line that a note on the LS under the cursor leaves to what else is said there."""


class Noting(Choices, Program):
    """The actions on notes, and on all edits that can be taken back."""

    # -- making and changing -------------------------------------------------------------------------------

    def action_note(self) -> None:
        """Write a note on the range that is marked, else on the LS under the cursor."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open that could be noted.")
            return
        content, scopes = draft_of(review)
        self._open_form(review, content, scopes)

    def _open_form(
        self,
        review: Review,
        content: NoteContent,
        scopes: tuple[tuple[str, tuple[str, ...]], ...],
        editing: Note | None = None,
    ) -> None:
        """Open the form."""

        def beside(mask: LSMask) -> str:
            return review.said_beside(replace(content, ls=mask), None if editing is None else editing.id)

        def note(written: NoteContent, confirmed: bool) -> None:  # noqa: FBT001 - what the form calls
            if editing is None:
                review.make_note(written, confirmed=confirmed)
            else:
                review.change_note(editing.id, written, confirmed=confirmed)
            self.query_one(NoteForm).hide()
            self._after_form(review, editing)

        what = "Note on" if editing is None else f"Change the note of {editing.author} on"
        draft = Draft(
            f"{what} run {content.run}",
            content,
            scopes,
            review.subsystems(),
            review.causes(),
            review.reference_number,
            beside,
            is_new=editing is None,
        )
        self.remember_pane()
        self.query_one(NoteForm).open(draft, self.look, note)

    def _after_form(self, review: Review, editing: Note | None) -> None:
        """Let go of the range that has been noted, and go back to where the form was opened from."""
        if editing is None and review.state.ls_range is not None:
            review.show(ls_range=None)
        self.go_back()
        if editing is not None:
            self._open_list(editing.id)
        self.open_what_waits()

    @on(NoteForm.Closed)
    def _form_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    # -- the list ------------------------------------------------------------------------------------------

    def action_notes(self) -> None:
        """Show the list of notes."""
        self._open_list()

    def _open_list(self, at: str = "") -> None:
        review = self.review
        if review is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return

        def delete(note: Note) -> str:
            review.delete_note(note.id)
            return self.on_line.text.partition(";")[0] + ";"

        def undo() -> str:
            review.undo()
            return self.on_line.text

        def edit(note: Note) -> None:
            self._open_form(review, note.content, scopes_of(review, note.content), note)

        if not at and review.state.ls is not None:
            at = next((note.id for note in review.notes.at(review.state.ls)), "")
        self.remember_pane()
        run = None if review.state.run is None else review.state.run.run
        self.query_one(NoteList).open(
            review.journal.notes.values(), run, self.look, at=at, delete=delete, undo=undo, edit=edit
        )

    def notes_changed(self) -> None:
        """Show the notes as they are now, where they are shown."""
        review = self.review
        if review is None:
            return
        panel = self.query_one(NoteList)
        if panel.is_open:
            panel.notes_changed(review.journal.notes.values())
        if self.is_quiet:
            self.on_line = self.note_here(review)

    @on(NoteList.Chosen)
    def _note_chosen(self, event: NoteList.Chosen) -> None:
        review = self.review
        if review is not None:
            review.go_to_note(event.note.content)
            self.name_panes()
        self.go_to_pane("plot")
        self.open_what_waits()

    @on(NoteList.Closed)
    def _list_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    # -- going and taking back -----------------------------------------------------------------------------

    def action_step_note(self, step: int) -> None:
        """Go to the next or previous note of the run."""
        if self.review is not None:
            self.review.step_note(step * self._times)

    def action_undo(self) -> None:
        """Take the last edit back."""
        if self.review is not None:
            self.review.undo()

    def action_redo(self) -> None:
        """Make the edit that was taken back last again."""
        if self.review is not None:
            self.review.redo()

    def action_save_notes(self, text: str = "") -> None:
        """Write what is not on the disk to a file elsewhere."""
        if self.review is None:
            return
        if not text.strip():
            self.notice("Type a file behind it, such as :notes.save ~/notes.jsonl", Severity.ERROR)
            return
        try:
            path = Path(text.strip()).expanduser()
        except RuntimeError as error:
            # of a person whom this machine does not know
            self.notice(f"{text.strip()} cannot be written: {error}", Severity.ERROR)
            return
        self.review.save_notes(path)

    def action_reload(self) -> None:
        """Ask again for what is missing, and try again to keep what is in memory alone."""
        super().action_reload()
        if self.review is not None:
            self.review.retry_notes()

    def unsaved(self) -> tuple[str, ...]:
        """Say which edits of notes would be lost."""
        more = () if self.review is None else self.review.unsaved_notes()
        return (*super().unsaved(), *more)

    # -- what is said of the LS under the cursor -----------------------------------------------------------

    def note_here(self, review: Review) -> Notice:
        """Give the note on the LS under the cursor for the message line; an empty notice without one.

        Where histograms are missing, the line is for saying so.
        """
        lacks = review.load is not None and review.load.state in _LACKING
        said = "" if lacks else review.said_at(review.state.ls)
        room = max(20, self.size.width - _KEPT_FREE)
        self._said_quietly = Notice(
            shortened(said, room, ellipsis=self.look.charset.ellipsis) if said else ""
        )
        return self._said_quietly

    _said_quietly = Notice("")

    @property
    def is_quiet(self) -> bool:
        """Whether nothing stands on the message line but what is noted of this LS."""
        return not self.on_line.text or self.on_line is self._said_quietly
