"""What a person may choose about a picture, as plain values of the review's state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.model.keys import RunKey


class View(Enum):
    """What of the element is drawn; the value stands on screen."""

    LS = "this LS"
    INTEGRAL = "integral of the good LS"
    WATERFALL = "waterfall of the run"


class Comparison(Enum):
    """How the reference is shown beside the current histogram; the value stands on screen."""

    OVERLAY = "overlay"
    RATIO = "ratio"
    DIFFERENCE = "difference"
    PULL = "pull"


@dataclass(frozen=True, slots=True)
class OtherRun:
    """The good LS of another run; `dataset` is the name of its dataset."""

    run: RunKey
    dataset: str


@dataclass(frozen=True, slots=True)
class RestOfRun:
    """The good LS of the same run without what is looked at."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The `k` good LS before and after what is looked at, without the `gap` LS next to it."""

    k: int = 10
    gap: int = 2


@dataclass(frozen=True, slots=True)
class WholeRun:
    """The good LS of the same run, what is looked at included: its integral."""


ReferenceChoice = OtherRun | RestOfRun | Neighbours | WholeRun


def seen_from(choice: ReferenceChoice, run: RunKey | None) -> ReferenceChoice:
    """Give what a choice means while a run is open: of the run itself it is the rest of it.

    A lumisection is never part of its own reference because the run chosen before has been opened.
    """
    return RestOfRun() if isinstance(choice, OtherRun) and choice.run == run else choice


MOST_REFERENCES = 6
"""References that can be told apart over one histogram."""

GOOD_LS = (
    "dcs and not excluded",
    "not excluded",
    "dcs",
    "golden and not excluded",
    "golden and dcs and not excluded and not ml",
    "beams_stable and not excluded",
    "rate > 0 and not excluded",
    "true",
)
"""Expressions for the good LS of a run, in the order in which they are offered."""
