"""What the person decides of lumisections: notes and exclusions, kept in the journal, undone by steps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS
from dqmtui.model.notes import ExpressionSaved, LSExcluded
from dqmtui.model.notes_rules import check_note, overlapping
from dqmtui.review.facts import NotesChanged, NotesKept, Notice, ReferenceChanged, Severity
from dqmtui.review.login import in_loop
from dqmtui.review.masking import Masking
from dqmtui.review.note_words import SUBSYSTEMS, said_content, said_in_full, said_of, said_step, said_together
from dqmtui.review.notebook import Notebook
from dqmtui.review.run_masks import saved_of
from dqmtui.review.run_notes import RunNotes
from dqmtui.store.journal import JournalError, author
from dqmtui.store.journal_disk import reason

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.keys import RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Event, NoteContent, NoteVerdict
    from dqmtui.model.notes_journal import Journal
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.state import ReviewState
    from dqmtui.store.settings import Settings

LOOK_S = 4.0
"""Seconds between two looks at what other terminals wrote, and between attempts to put edits on the disk."""

NOTHING_EXCLUDED = LSMask()


class Noting(Masking):
    """The journal of a review: notes, excluded LS, and the way back from each edit."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self.notebook = Notebook(author())
        self.notes = RunNotes()
        """The notes on the open run."""
        self._shown = self.notebook.journal
        self._masks: dict[RunKey, LSMask] = {}
        self._noted: dict[RunKey, RunNotes] = {}
        self._saved: dict[RunKey, Mapping[str, str]] = {}
        self._is_keeping = False
        self._to_say = ""
        self._troubles: dict[str, str] = {}
        self._has_failed = False

    # -- the journal -------------------------------------------------------------------------------------

    @property
    def journal(self) -> Journal:
        """All edits of all terminals, as far as they are known, and what they come to."""
        return self.notebook.journal

    def open_journal(self, settings: Settings) -> None:
        """Keep all edits in the journal for the services of the settings."""
        notify = in_loop(lambda text: self._tell(Notice(text, Severity.WARNING)))
        self.keep_notes(Notebook.of(settings, notify))

    def keep_notes(self, notebook: Notebook) -> None:
        """Keep all edits in a notebook, and go on from what stands in it."""
        self.notebook = notebook
        self._watch.start("notes", self._follow_notes)

    async def _follow_notes(self) -> None:
        await self._read(self.notebook.load)
        self._journal_changed()
        self._recall_again()
        while True:
            await self._sleep(LOOK_S)
            await self._read(self.notebook.look)
            self._journal_changed()
            if self.notebook.unkept:
                self._begin_keeping()

    async def _read(self, read: Callable[[], Awaitable[object]]) -> None:
        try:
            await read()
        except JournalError as error:
            # of a directory that takes no notes it has been said already
            if not self._has_failed:
                self._say_trouble("reading", str(error), "")
        else:
            self._troubles.pop("reading", None)

    def _say_trouble(self, doing: str, trouble: str, details: str) -> None:
        """Say what is wrong, once for as long as it stays so."""
        if self._troubles.get(doing) != trouble:
            self._troubles[doing] = trouble
            self._tell(Notice(trouble, Severity.ERROR, details))

    def _begin_keeping(self) -> None:
        if self.notebook.has_files and not self._is_keeping:
            self._is_keeping = True
            self._watch.start("keep notes", self._keep)

    async def _keep(self) -> None:
        try:
            await self.notebook.keep()
        except JournalError as error:
            self._to_say, self._has_failed = "", True
            why = reason(error.__cause__) if isinstance(error.__cause__, OSError) else str(error)
            how = ":notes.save FILE saves elsewhere, ctrl+r tries again"
            self._say_trouble("writing", f"{self.stranded} not on disk: {why}; {how}.", str(error))
        else:
            said, self._to_say = self._to_say, ""
            has_failed, self._has_failed = self._has_failed, False
            self._troubles.pop("writing", None)
            if has_failed:
                self._notice("Your notes are on the disk again, all of them.")
            elif said:
                self._notice(said)
        finally:
            # the next edit begins anew; what was made meanwhile has been kept as well
            self._is_keeping = False
        self._tell(NotesKept())

    @property
    def is_keeping_notes(self) -> bool:
        """Whether edits are being put on the disk."""
        return self._is_keeping

    def retry_notes(self) -> None:
        """Try again to put on the disk what could not be put there."""
        self._troubles.clear()
        if self.notebook.unkept:
            self._begin_keeping()

    def save_notes(self, path: Path) -> None:
        """Write what is not on the disk to another file."""
        self._watch.start("save notes", lambda: self._save_elsewhere(path))

    async def _save_elsewhere(self, path: Path) -> None:
        try:
            saved = await self.notebook.save_elsewhere(path)
        except JournalError as error:
            self._error(str(error))
            return
        if saved:
            how = "`dqmtui notes import` takes them over from there"
            self._notice(f"Saved {_so_many(saved, 'edit')} as {path}; {how}.")
        else:
            self._notice("All notes are on the disk: there is nothing to be saved elsewhere.")
        self._tell(NotesKept())

    @property
    def stranded(self) -> str:
        """How many edits the disk has not taken, in words; "" as long as it takes them."""
        return _so_many(len(self.notebook.unkept), "edit") if self._has_failed else ""

    def unsaved_notes(self) -> tuple[str, ...]:
        """Say in a few words what would be lost with the program; () when nothing would."""
        n = len(self.notebook.unsaved)
        return (_so_many(n, "edit of notes", "edits of notes"),) if n else ()

    async def has_kept_notes(self) -> bool:
        """Put on the disk what is not there yet, and tell whether nothing would be lost with this review."""
        if self.notebook.unkept:
            await self._keep()
        return not self.notebook.unsaved

    async def _end(self) -> None:
        """Put on the disk what is not there yet."""
        self._listener = None
        await self.notebook.close()
        await super()._end()

    # -- edits -------------------------------------------------------------------------------------------

    def _edited(self, events: tuple[Event, ...], word: str = "", said: str = "") -> None:
        """Let edits count, and put them on the disk; the word and what was `said` are told once they are."""
        self.notebook.add(events)
        if word and self.notebook.has_files:
            self._to_say = f"{word}, on disk: {said}; u takes it back."
        elif word:
            self._notice(f"{word}, in memory alone: {said}; u takes it back.")
        self._journal_changed()
        self._begin_keeping()

    def _journal_changed(self) -> None:
        """Bring what is shown into line with the journal, and tell of what is different."""
        before, now = self._shown, self.journal
        self._shown = now
        if before is now:
            return
        masks, noted = self._masks, self._noted
        # the same objects for the same LS: pictures are kept by what they were made from
        self._masks = {
            run: masks[run] if masks.get(run) == mask else mask for run, mask in now.exclusions.items()
        }
        self._noted = {run: self._noted_now(run, there) for run, there in noted.items()}
        self._saved.clear()
        self.notes = self._of_open_run()
        if self._masks != masks or self._noted != noted:
            self._tell(ReferenceChanged())
        if before.notes != now.notes:
            self._tell(NotesChanged())

    def undo(self) -> None:
        """Take the last edit of this session back."""
        self._go("back")

    def redo(self) -> None:
        """Make the edit that was taken back last again."""
        self._go("again")

    def _go(self, way: str) -> None:
        before, pen = self.journal, self.notebook.pen
        back = way == "back"
        events = (pen.undo if back else pen.redo)(before, pen.session)
        if not events:
            self._notice(
                "There is nothing to take back: this session has made no edit that counts."
                if back
                else "There is nothing to make again; u takes an edit back."
            )
            return
        step = before.last_step(pen.author, pen.session)
        # that the edit before is on the disk is no news any more
        self._to_say = ""
        self._edited(events)
        if not back:
            step = self.journal.last_step(pen.author, pen.session)
        said = said_step(step, before if back else self.journal)
        self._notice(f"Taken back: {said}." if back else f"Made again: {said}.")
        self._recall_again()

    # -- excluding ---------------------------------------------------------------------------------------

    @property
    def excluded(self) -> LSMask:
        """The LS of the open run that the person left out."""
        return NOTHING_EXCLUDED if self.state.run is None else self._excluded_of(self.state.run)

    def _excluded_of(self, run: RunKey) -> LSMask:
        return self._masks.get(run, NOTHING_EXCLUDED)

    def exclude(self, mask: LSMask) -> None:
        """Leave LS out of integrals and references; when all of them are left out already, take them in."""
        run = self.state.run
        if run is None or not mask:
            return
        is_out = not mask - self._excluded_of(run)
        change = LSExcluded(run, mask, excluded=not is_out)
        self._edited(self.notebook.pen.write(self.journal, change))
        self._notice(f"{'Included again' if is_out else 'Excluded'}: LS {mask}; u takes it back.")

    # -- notes -------------------------------------------------------------------------------------------

    def make_note(self, content: NoteContent, *, confirmed: bool = False) -> None:
        """Note something; raises NoteError, see `dqmtui.model.notes_rules`."""
        check_note(content, self.journal, self._known_ls(content.run), confirmed=confirmed)
        self._edited(
            self.notebook.pen.create(self.journal, content),
            "Noted",
            said_in_full(content),
        )

    def change_note(self, note: str, content: NoteContent, *, confirmed: bool = False) -> None:
        """Let a note say something else; raises NoteError."""
        before = self.journal.note(note)
        known = self._known_ls(content.run)
        if before.content.ls == content.ls:
            # they were confirmed when it was made
            known = LSMask.all()
        check_note(content, self.journal, known, editing=before.id, confirmed=confirmed)
        self._edited(
            self.notebook.pen.edit(self.journal, note, content),
            "Changed",
            said_in_full(content),
        )

    def delete_note(self, note: str) -> None:
        """Delete a note; raises NoteError."""
        content = self.journal.note(note).content
        self._edited(self.notebook.pen.delete(self.journal, note))
        self._notice(f"Deleted: {said_content(content)}; u takes it back.")

    def save_expression(self, name: str, expression: str, run: RunKey | None = None) -> None:
        """Give a mask expression a name, for one run or all; "" as expression forgets the name."""
        change = ExpressionSaved(name, expression, run)
        self._edited(self.notebook.pen.write(self.journal, change))
        self._tell(ReferenceChanged())

    def _known_ls(self, run: int) -> LSMask | None:
        table = self.table
        if table is None or table.key.run != run:
            return None
        if not any(table.source(name).is_complete for name in (DIALS, OMS)) and not table.ls.size:
            return None
        return LSMask.from_numbers(table.ls)

    def causes(self) -> list[str]:
        """List the causes that notes have given, the most frequent first."""
        return _by_frequency(note.content.cause for note in self.journal.notes.values())

    def subsystems(self) -> list[str]:
        """List the subsystems that notes have named, the most frequent first, then those that are usual."""
        named = _by_frequency(note.content.subsystem for note in self.journal.notes.values())
        return list(dict.fromkeys((*named, *SUBSYSTEMS.values())))

    # -- notes on the run --------------------------------------------------------------------------------

    def noted(self, verdict: NoteVerdict) -> LSMask:
        """Give the LS of the open run that have a note of a verdict."""
        return self.notes.masks[verdict]

    def note_marks(self, table: LSTable) -> NDArray[np.int8]:
        """Give the most urgent verdict of each row of a table, as `RunNotes.marks` does."""
        return self._notes_of(table.key).marks(table)

    def said_beside(self, content: NoteContent, editing: str | None = None) -> str:
        """Write the notes that say something of the same LS in a line, "" where there is none."""
        others = overlapping(content, self.journal.notes_of(content.run))
        return said_together([note for note in others if note.id != editing])

    def said_at(self, ls: int | None) -> str:
        """Write the notes on an LS of the open run in a line, "" where there is none."""
        return "" if ls is None else said_together(self.notes.at(ls))

    def step_note(self, step: int) -> None:
        """Go to the LS of the next or previous note on the open run, so many places on."""
        table, ls = self.table, self.state.ls
        stops = () if table is None else self.notes.stops(table)
        if table is None or not stops:
            on_run = f" Of the run: {said_of(self.notes.on_run[0])}." if self.notes.on_run else ""
            self._notice(f"There are no notes on LS of this run; m makes one.{on_run}")
            return
        here = ls or 0
        ahead = [stop for stop in stops if (stop > here if step > 0 else stop < here)]
        if not ahead:
            where = "behind" if step > 0 else "before"
            self._notice(f"No note begins {where} LS {here}; {len(stops)} of the LS of this run have one.")
            return
        stop = ahead[min(step, len(ahead)) - 1] if step > 0 else ahead[max(step, -len(ahead))]
        self.go_to_ls(stop)
        self._notice(f"{stops.index(stop) + 1} of {len(stops)}: {self.said_at(stop)}")

    def _noted_of(self, run: RunKey) -> Mapping[str, LSMask]:
        return self._notes_of(run).for_expressions

    def _saved_of(self, run: RunKey) -> Mapping[str, str]:
        # asked for at every LS step
        if run not in self._saved:
            self._saved[run] = saved_of(self.journal, run)
        return self._saved[run]

    def _notes_of(self, run: RunKey) -> RunNotes:
        """Give the notes on a run: the same object until they change."""
        there = self._noted.get(run)
        if there is None:
            there = self._noted[run] = self._noted_now(run)
        return there

    def _noted_now(self, run: RunKey, before: RunNotes | None = None) -> RunNotes:
        dataset = self.state.dataset if run == self.state.run else self._dataset_of(run)
        now = RunNotes.of(self.journal, run.run, dataset)
        return before if before is not None and before == now else now

    def _of_open_run(self) -> RunNotes:
        return RunNotes() if self.state.run is None else self._notes_of(self.state.run)

    def _settle(self, before: ReviewState) -> None:
        super()._settle(before)
        if before.run != self.state.run or before.dataset != self.state.dataset:
            self._noted.clear()
            self.notes = self._of_open_run()

    def _recall_again(self) -> None:
        """Compare the open run with what the journal says now."""
        raise NotImplementedError


def _so_many(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or f'{one}s'}"


def _by_frequency(words: Iterable[str]) -> list[str]:
    return [word for word, _ in Counter(filter(None, words)).most_common()]
