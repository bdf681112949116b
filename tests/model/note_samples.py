"""Notes and events for tests: plain ones, and strategies for any."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import (
    Change,
    ChosenReference,
    Event,
    ExpressionSaved,
    LSExcluded,
    NoteContent,
    NoteDropped,
    NotePut,
    NoteVerdict,
    PlotLink,
    ReferenceChosen,
    ReferenceKind,
    Undone,
)
from dqmtui.model.notes_journal import Journal, Pen

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
RUN = RunKey("tracker", 7, 380238)
OTHER_RUN = RunKey("tracker", 7, 379765)
KNOWN = LSMask(((1, 35),))


def content(ls: str = "30-32", run: int = 380238, **more: Any) -> NoteContent:
    fields: dict[str, Any] = {"verdict": NoteVerdict.BAD, "text": "BPix L1 charge low", **more}
    return NoteContent(run, LSMask.parse(ls), **fields)


@dataclass
class Clock:
    """Time that passes a second at each look."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass
class Desk:
    """A person at a terminal: what is written is added to the journal at once."""

    author: str = "ana"
    session: str = "s1"
    clock: Clock = field(default_factory=Clock)
    journal: Journal = field(default_factory=Journal)
    ids: Iterator[int] = field(default_factory=count)

    @property
    def pen(self) -> Pen:
        return Pen(self.author, self.session, self.clock, lambda: f"{self.session}-{next(self.ids):06}")

    def take(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        self.journal = self.journal.with_events(events)
        return events

    def note(self, *contents: NoteContent) -> str:
        events = self.take(self.pen.create(self.journal, *contents or (content(),)))
        change = events[-1].change
        assert isinstance(change, NotePut)
        return change.note


texts = st.text(max_size=20)
words = st.text(min_size=1, max_size=10)
numbers = st.integers(1, 400)
ranges = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
masks = st.lists(ranges, min_size=1, max_size=4).map(lambda parts: LSMask(tuple(parts)))
whole_masks = masks | st.just(LSMask.all()) | numbers.map(lambda first: LSMask.parse(f"{first}-"))
runs = st.builds(RunKey, words, st.integers(1, 9), st.integers(1, 400_000))
times = st.integers(0, 10_000_000).map(lambda n: NOON + timedelta(microseconds=n))
links = st.builds(PlotLink, words, st.none() | numbers, st.none() | st.integers(1, 400_000))
contents = st.builds(
    NoteContent,
    run=st.integers(1, 400_000),
    ls=whole_masks,
    verdict=st.sampled_from(NoteVerdict),
    text=texts,
    subsystem=texts,
    cause=texts,
    elements=st.lists(words, max_size=3).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    workspace=texts,
    dataset=texts,
)
references = st.builds(
    ChosenReference,
    kind=st.sampled_from(ReferenceKind),
    run=st.none() | runs,
    dataset=texts,
    k=st.integers(0, 99),
    gap=st.integers(0, 9),
)
# few names, so that events are about the same things
names = st.sampled_from(["n1", "n2", "n3"])
few_runs = st.sampled_from([RUN, OTHER_RUN])
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(NotePut, names, contents),
    st.builds(NoteDropped, names),
    st.builds(LSExcluded, few_runs, masks, st.booleans()),
    st.builds(ReferenceChosen, few_runs, st.none() | references),
    st.builds(ReferenceChosen, few_runs, references, st.lists(references, max_size=2).map(tuple)),
    st.builds(ExpressionSaved, names, texts, st.none() | few_runs),
    st.builds(Undone, st.lists(st.integers(0, 30).map(lambda n: f"e{n}"), max_size=3).map(tuple)),
)


@st.composite
def event_lists(draw: st.DrawFn) -> list[Event]:
    """Events with ids of their own, at times that are often the same."""
    made = draw(st.lists(st.tuples(changes, st.integers(0, 20)), max_size=20))
    return [
        Event(f"e{number}", NOON + timedelta(seconds=second), "ana", "s1", change)
        for number, (change, second) in enumerate(made)
    ]
