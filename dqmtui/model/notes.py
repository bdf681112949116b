"""Notes: what a person says of lumisections, a run or monitoring elements, and what else a review decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from datetime import datetime

    from dqmtui.model.keys import RunKey

LONGEST_WORD = 200
"""Characters of a subsystem, an author, the name of an element's folder and the like."""

LONGEST_TEXT = 20_000
"""Characters of a note's text, a cause, an expression."""


class NoteError(ValueError):
    """A note that cannot be made; the message is a sentence for the person."""


class NoteVerdict(StrEnum):
    """What a note says of the data."""

    GOOD = "good"
    BAD = "bad"
    STANDBY = "standby"
    EXCLUDED = "excluded"
    UNSURE = "unsure"


NOT_GOOD = frozenset({NoteVerdict.BAD, NoteVerdict.STANDBY, NoteVerdict.EXCLUDED})
"""Verdicts that take lumisections out of the good ones."""


@dataclass(frozen=True, slots=True)
class PlotLink:
    """A plot that a note speaks of: an element, by its full name, at an LS, beside a reference run."""

    me: str
    ls: int | None = None
    reference_run: int | None = None


@dataclass(frozen=True, slots=True)
class NoteContent:
    """What a note says, and of what.

    `ls` are the lumisections, `LSMask.all()` for the run as a whole. `elements` are full ME names; none means
    that the note is about the data as such. `workspace` and `dataset` are names, "" for whichever.
    """

    run: int
    ls: LSMask
    verdict: NoteVerdict
    text: str = ""
    subsystem: str = ""
    cause: str = ""
    elements: tuple[str, ...] = ()
    links: tuple[PlotLink, ...] = ()
    workspace: str = ""
    dataset: str = ""

    def __post_init__(self) -> None:
        if not self.ls:
            raise NoteError("Which lumisections? A note is about at least one, or about the whole run.")
        if self.run < 1:
            raise NoteError(f"{self.run} is no run number.")
        for name in ("subsystem", "workspace", "dataset"):
            if len(getattr(self, name)) > LONGEST_WORD:
                raise NoteError(f"The {name} of a note has at most {LONGEST_WORD} characters.")
        if len(self.text) + len(self.cause) > LONGEST_TEXT:
            raise NoteError(f"A note has at most {LONGEST_TEXT} characters.")

    @property
    def is_whole_run(self) -> bool:
        """Whether the note is about every LS of the run."""
        return self.ls == LSMask.all()

    @property
    def reason(self) -> str:
        """The shortest words for why: the cause, or else the first line of the text."""
        return self.cause or next(iter(self.text.strip().splitlines()), "")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands: its `id`, content, who wrote and who last changed it, and when (aware, UTC)."""

    id: str
    content: NoteContent
    author: str
    written_at: datetime
    changed_by: str
    changed_at: datetime


class ReferenceKind(StrEnum):
    """What a histogram is held against."""

    RUN = "run"
    REST = "rest"
    NEIGHBOURS = "neighbours"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class ChosenReference:
    """The reference that was chosen for a run.

    `run` and the name of its `dataset` count for kind RUN, `k` and `gap` for NEIGHBOURS: so many LS before
    and after, without those next to it.
    """

    kind: ReferenceKind
    run: RunKey | None = None
    dataset: str = ""
    k: int = 0
    gap: int = 0


# -- changes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NotePut:
    """A note was made, or says something else now."""

    note: str
    content: NoteContent


@dataclass(frozen=True, slots=True)
class NoteDropped:
    """A note was deleted."""

    note: str


@dataclass(frozen=True, slots=True)
class LSExcluded:
    """The person left lumisections of a run out, or took them in again."""

    run: RunKey
    ls: LSMask
    excluded: bool


@dataclass(frozen=True, slots=True)
class ReferenceChosen:
    """A run has a reference, and perhaps `more` that are shown beside it, or has none any more."""

    run: RunKey
    reference: ChosenReference | None
    more: tuple[ChosenReference, ...] = ()

    @property
    def all(self) -> tuple[ChosenReference, ...]:
        """All of them, the first in front."""
        return () if self.reference is None else (self.reference, *self.more)


@dataclass(frozen=True, slots=True)
class ExpressionSaved:
    """A mask expression has a name, for one run or for all of them (None); "" as expression forgets it."""

    name: str
    expression: str
    run: RunKey | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """Earlier events do not count; an `Undone` that does not count itself gives them back."""

    events: tuple[str, ...]


Change = NotePut | NoteDropped | LSExcluded | ReferenceChosen | ExpressionSaved | Undone


@dataclass(frozen=True, slots=True)
class Event:
    """One change: who made it, in which session, and when (aware, UTC).

    `id` is unique over all terminals. Events of one `step` are undone together.
    """

    id: str
    time: datetime
    author: str
    session: str
    change: Change
    step: str = field(default="")

    @property
    def order(self) -> tuple[datetime, str]:
        """Where the event stands among all: the last writer is the one with the largest (time, id)."""
        return self.time, self.id

    @property
    def of_step(self) -> str:
        """The step that the event is part of, itself alone unless it says otherwise."""
        return self.step or self.id
