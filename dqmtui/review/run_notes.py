"""The notes on one run by its lumisections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NOT_GOOD, NoteVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Note
    from dqmtui.model.notes_journal import Journal

URGENCY = (
    NoteVerdict.GOOD,
    NoteVerdict.UNSURE,
    NoteVerdict.STANDBY,
    NoteVerdict.EXCLUDED,
    NoteVerdict.BAD,
)
"""Verdicts in the order in which they want to be seen: of several notes on an LS, the last is shown."""

NO_NOTE = -1
"""In place of the position of a verdict in `URGENCY`: an LS without a note."""


@dataclass(frozen=True)
class RunNotes:
    """The notes on a run that are about the LS of one dataset, or of whichever, by their first LS.

    A note on the whole run marks none of its LS.
    """

    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, journal: Journal, run: int, dataset: str) -> RunNotes:
        """Take the notes on a run out of the journal; those on another dataset are left out."""
        notes = journal.notes_of(run)
        return cls(tuple(note for note in notes if not dataset or note.content.dataset in {"", dataset}))

    @cached_property
    def on_run(self) -> tuple[Note, ...]:
        """Those on the whole run."""
        return tuple(note for note in self.notes if note.content.is_whole_run)

    @cached_property
    def on_ls(self) -> tuple[Note, ...]:
        """Those on some of its LS."""
        return tuple(note for note in self.notes if not note.content.is_whole_run)

    @cached_property
    def masks(self) -> Mapping[NoteVerdict, LSMask]:
        """The LS that have a note of each verdict."""
        found = dict.fromkeys(URGENCY, LSMask())
        for note in self.on_ls:
            found[note.content.verdict] |= note.content.ls
        return found

    @cached_property
    def noted(self) -> LSMask:
        """The LS that have a note."""
        every = LSMask()
        for mask in self.masks.values():
            every |= mask
        return every

    @cached_property
    def for_expressions(self) -> Mapping[str, LSMask]:
        """The masks that expressions may name: here a note on the whole run is one on each LS."""
        every = {verdict: LSMask() for verdict in NoteVerdict}
        for note in self.notes:
            every[note.content.verdict] |= note.content.ls
        noted, bad = LSMask(), LSMask()
        for verdict, mask in every.items():
            noted |= mask
            bad |= mask if verdict in NOT_GOOD else LSMask()
        return {"noted": noted, "noted_bad": bad}

    def at(self, ls: int) -> tuple[Note, ...]:
        """Give the notes on an LS, the most urgent first."""
        found = [note for note in self.on_ls if ls in note.content.ls]
        return tuple(sorted(found, key=lambda note: -URGENCY.index(note.content.verdict)))

    def marks(self, table: LSTable) -> NDArray[np.int8]:
        """Give for each row of a table, shape (n,), the place in `URGENCY` of its verdict, or `NO_NOTE`."""
        marks = np.full(table.ls.size, NO_NOTE, dtype=np.int8)
        for at, verdict in enumerate(URGENCY):
            marks[self.masks[verdict].selects(table.ls)] = at
        return marks

    def stops(self, table: LSTable) -> tuple[int, ...]:
        """Give the LS at which notes begin, or of which the table first has a row, each once, sorted."""
        found = set()
        for note in self.on_ls:
            there = table.ls[note.content.ls.selects(table.ls)]
            found.add(int(there[0]) if there.size else note.content.ls.ranges[0][0])
        return tuple(sorted(found))
