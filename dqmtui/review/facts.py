"""What happened in a review, as typed facts that a screen can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.state import ReviewState
    from dqmtui.services.errors import NotLoggedIn


class Severity(Enum):
    """How much a notice matters."""

    INFO = "information"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The person is looking at something else now."""

    before: ReviewState
    after: ReviewState


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """Runs or their OMS cards came, or the list is complete."""


@dataclass(frozen=True, slots=True)
class ElementsLoaded:
    """The monitoring elements of the workspace are known."""


@dataclass(frozen=True, slots=True)
class TableChanged:
    """A source of the LS table came, failed or began to load."""

    source: str


@dataclass(frozen=True, slots=True)
class HistogramsChanged:
    """Histograms of the element on screen came, for LS first to last; (0, 0): the load began or ended."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ReferenceChanged:
    """What the histogram on screen is compared with changed, or which LS count for it."""


@dataclass(frozen=True, slots=True)
class RangesOfRunsChanged:
    """Between what the LS of runs that can be references were came."""


@dataclass(frozen=True, slots=True)
class TrendChanged:
    """What the trend shows, or a row under it, has been computed or has come."""


@dataclass(frozen=True, slots=True)
class ScoresChanged:
    """The scores of the element on screen came, or are wanted no longer."""


@dataclass(frozen=True, slots=True)
class ScanChanged:
    """The scan of the open run went on, ended, or is that of another run."""


@dataclass(frozen=True, slots=True)
class NotesChanged:
    """Notes were made, changed or deleted, here or in another terminal."""


@dataclass(frozen=True, slots=True)
class NotesKept:
    """Edits have come to the disk, or could not be put there."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person in one sentence; `details` are for those who ask.

    What is about an `element` says nothing where another one is looked at.
    """

    text: str
    severity: Severity = Severity.INFO
    details: str = ""
    element: MonitoringElement | None = None


@dataclass(frozen=True, slots=True)
class DatasetWanted:
    """A run stands in several datasets, and datasets are never mixed: the person chooses one."""

    run: int
    candidates: tuple[RunEntry, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ElementWanted:
    """No one element has the name that was asked for: the person finds it; `near` are those most like it."""

    name: str
    near: tuple[MonitoringElement, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class LoginWanted:
    """A login is missing: told once for each service's, until the review is asked to go on."""

    error: NotLoggedIn


@dataclass(frozen=True, slots=True)
class OfflineChanged:
    """What is shown comes from the cache and could not be asked for again, or does so no longer."""


@dataclass(frozen=True, slots=True)
class FollowingChanged:
    """The open run is followed while it is being taken, or no longer."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A task ended with an error that nobody expected: a mistake of this program."""

    error: BaseException


Fact = (
    StateChanged
    | RunsChanged
    | ElementsLoaded
    | TableChanged
    | HistogramsChanged
    | ReferenceChanged
    | RangesOfRunsChanged
    | TrendChanged
    | ScoresChanged
    | ScanChanged
    | NotesChanged
    | NotesKept
    | Notice
    | DatasetWanted
    | ElementWanted
    | LoginWanted
    | OfflineChanged
    | FollowingChanged
    | Crashed
)
