"""The state of a review as a fold over its events, which is the same in whatever order they came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import (
    Event,
    ExpressionSaved,
    LSExcluded,
    Note,
    NoteDropped,
    NoteError,
    NotePut,
    ReferenceChosen,
    Undone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmtui.model.keys import RunKey
    from dqmtui.model.notes import Change, ChosenReference, NoteContent

_TICK = timedelta(microseconds=1)
_LEAST_SHOWN = 4


class UnknownNoteError(NoteError):
    """There is no note with that id, or several whose ids begin so."""


@dataclass(frozen=True)
class Journal:
    """All events that are known, and what they come to.

    Events count in the order of (time, id), each id once, so that terminals that know the same events agree
    however they learned of them: of two writers of one note the last by (time, id) counts. An event that is
    undone does not count, and an undoing only counts against events before it.
    """

    events: tuple[Event, ...] = ()

    @classmethod
    def of(cls, events: Iterable[Event]) -> Journal:
        """Make the journal of events in any order, any of them any number of times."""
        by_id: dict[str, Event] = {}
        for event in events:
            there = by_id.get(event.id)
            # two events with one id are no work of ours: which of them counts must not depend on the order
            by_id[event.id] = event if there is None else max(there, event, key=_of_equal_id)
        return cls(tuple(sorted(by_id.values(), key=lambda event: event.order)))

    def with_events(self, events: Iterable[Event]) -> Journal:
        """Give the journal that knows these events as well; itself when it knows them all."""
        more = tuple(events)
        if self._go_on(more):
            return Journal(self.events + more)
        grown = Journal.of((*self.events, *more))
        return self if grown.events == self.events else grown

    def _go_on(self, more: Sequence[Event]) -> bool:
        """Tell whether events follow on all that are known, as every edit of one terminal does."""
        last = self.events[-1:]
        ordered = all(before.order < after.order for before, after in pairwise((*last, *more)))
        ids = {event.id for event in more}
        return bool(more) and ordered and len(ids) == len(more) and ids.isdisjoint(self.by_id)

    @cached_property
    def by_id(self) -> Mapping[str, Event]:
        """The events by their ids."""
        return {event.id: event for event in self.events}

    @cached_property
    def effective(self) -> tuple[Event, ...]:
        """The events that count, in order: those that are not undone."""
        undone: set[str] = set()
        effective: list[Event] = []
        for event in reversed(self.events):
            if event.id in undone:
                continue
            effective.append(event)
            if isinstance(event.change, Undone):
                undone.update(event.change.events)
        return tuple(reversed(effective))

    @cached_property
    def notes(self) -> Mapping[str, Note]:
        """The notes by their ids, run by run, those on a whole run first, then by their first LS."""
        notes: dict[str, Note] = {}
        for event in self.effective:
            match event.change:
                case NotePut(note=note, content=content):
                    there = notes.get(note)
                    author = event.author if there is None else there.author
                    written = event.time if there is None else there.written_at
                    notes[note] = Note(note, content, author, written, event.author, event.time)
                case NoteDropped(note=note):
                    notes.pop(note, None)
                case _:
                    continue
        return dict(sorted(notes.items(), key=lambda item: _place(item[1])))

    @cached_property
    def exclusions(self) -> Mapping[RunKey, LSMask]:
        """The LS that the person left out, by run; runs without any are not there."""
        masks: dict[RunKey, LSMask] = {}
        for event in self.effective:
            if isinstance(event.change, LSExcluded):
                change = event.change
                mask = masks.get(change.run, LSMask())
                masks[change.run] = mask | change.ls if change.excluded else mask - change.ls
        return {run: mask for run, mask in masks.items() if mask}

    @cached_property
    def compared(self) -> Mapping[RunKey, tuple[ChosenReference, ...]]:
        """The chosen references of each run for which some, or none, were ever chosen."""
        return {
            event.change.run: event.change.all
            for event in self.effective
            if isinstance(event.change, ReferenceChosen)
        }

    @cached_property
    def references(self) -> Mapping[RunKey, ChosenReference]:
        """The first of the chosen references of each run that has one."""
        return {run: chosen[0] for run, chosen in self.compared.items() if chosen}

    @cached_property
    def expressions(self) -> Mapping[tuple[RunKey | None, str], str]:
        """The saved mask expressions, by the run they are for (None: all) and their name."""
        saved = {
            (event.change.run, event.change.name): event.change.expression
            for event in self.effective
            if isinstance(event.change, ExpressionSaved)
        }
        return {key: expression for key, expression in saved.items() if expression}

    def expressions_of(self, run: RunKey | None) -> dict[str, str]:
        """Give the expressions by name that a run may use: those of all runs, and over them its own."""
        of_all = {name: text for (of, name), text in self.expressions.items() if of is None}
        own = {name: text for (of, name), text in self.expressions.items() if of == run}
        return of_all | own

    def notes_of(self, run: int) -> list[Note]:
        """List the notes on a run, by their first LS."""
        return [note for note in self.notes.values() if note.content.run == run]

    def note(self, id_or_start: str) -> Note:
        """Give the note with this id, or the only one whose id begins so; raises UnknownNoteError."""
        if id_or_start in self.notes:
            return self.notes[id_or_start]
        found = [id_ for id_ in self.notes if id_.startswith(id_or_start)]
        if len(id_or_start) < _LEAST_SHOWN or not found:
            raise UnknownNoteError(f"There is no note {id_or_start!r}.")
        if len(found) > 1:
            raise UnknownNoteError(f"{len(found)} notes begin with {id_or_start!r}; give more of the id.")
        return self.notes[found[0]]

    def last_step(self, author: str, session: str | None = None) -> tuple[Event, ...]:
        """Give the events of the last step of an author (in a session) that counts and is no undoing."""
        own = [
            event
            for event in self.effective
            if event.author == author
            and session in {None, event.session}
            and not isinstance(event.change, Undone)
        ]
        return tuple(event for event in own if event.of_step == own[-1].of_step) if own else ()

    def last_undoing(self, author: str, session: str | None = None) -> tuple[Event, ...]:
        """Give the last undoing of an author (in a session), unless there has been a change since."""
        for event in reversed(self.effective):
            if event.author != author or session not in {None, event.session}:
                continue
            if not isinstance(event.change, Undone):
                break
            if not any(self._is_undoing(undone) for undone in event.change.events):
                return (event,)
        return ()

    def _is_undoing(self, id_: str) -> bool:
        event = self.by_id.get(id_)
        return event is not None and isinstance(event.change, Undone)


@dataclass(frozen=True, slots=True)
class Pen:
    """What an author writes events with: a clock that gives aware times, and a maker of unique ids.

    The events are to be kept (see `dqmtui.store.journal`) and added to the journal by who asked for them.
    """

    author: str
    session: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def write(self, journal: Journal, *changes: Change) -> tuple[Event, ...]:
        """Make events of changes, of several a single step, each after all that the journal knows.

        A terminal whose clock is behind would otherwise not be the last writer.
        """
        time = self.clock().astimezone(UTC)
        if journal.events:
            time = max(time, journal.events[-1].time + _TICK)
        ids = [self.new_id() for _ in changes]
        step = ids[0] if len(ids) > 1 else ""
        return tuple(
            Event(id_, time + at * _TICK, self.author, self.session, change, step)
            for at, (id_, change) in enumerate(zip(ids, changes, strict=True))
        )

    def create(self, journal: Journal, *contents: NoteContent) -> tuple[Event, ...]:
        """Make notes; see `dqmtui.model.notes_rules` for what is to be checked before."""
        return self.write(journal, *(NotePut(self.new_id(), content) for content in contents))

    def edit(self, journal: Journal, note: str, content: NoteContent) -> tuple[Event, ...]:
        """Let a note say something else; raises UnknownNoteError."""
        return self.write(journal, NotePut(journal.note(note).id, content))

    def delete(self, journal: Journal, *notes: str) -> tuple[Event, ...]:
        """Delete notes; raises UnknownNoteError."""
        return self.write(journal, *(NoteDropped(journal.note(note).id) for note in notes))

    def undo(self, journal: Journal, session: str | None = None) -> tuple[Event, ...]:
        """Take back the author's last step (in a session); no event when there is none."""
        step = journal.last_step(self.author, session)
        return self.write(journal, Undone(tuple(event.id for event in step))) if step else ()

    def redo(self, journal: Journal, session: str | None = None) -> tuple[Event, ...]:
        """Give back what the author's last undoing took; no event when there is none."""
        step = journal.last_undoing(self.author, session)
        return self.write(journal, Undone(tuple(event.id for event in step))) if step else ()


def _place(note: Note) -> tuple[object, ...]:
    content = note.content
    return content.run, not content.is_whole_run, content.ls.ranges, note.written_at, note.id


def _of_equal_id(event: Event) -> tuple[datetime, str]:
    return event.time, repr(event)
