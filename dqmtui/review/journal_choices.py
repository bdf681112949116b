"""What was compared with and called good in a run, as the journal keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.notes import ChosenReference, ExpressionSaved, ReferenceChosen, ReferenceKind
from dqmtui.review.choices import Neighbours, OtherRun, RestOfRun, WholeRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.model.keys import RunKey
    from dqmtui.model.notes import Event
    from dqmtui.review.choices import ReferenceChoice

GOOD = "(good)"
"""The name under which the expression for the good LS of a run stands: none that can be typed in one."""


def reference_event(run: RunKey, choices: Iterable[ReferenceChoice]) -> ReferenceChosen:
    """Give the change that says with what a run is compared."""
    chosen = [_chosen(choice) for choice in choices]
    return ReferenceChosen(run, chosen[0] if chosen else None, tuple(chosen[1:]))


def _chosen(choice: ReferenceChoice) -> ChosenReference:
    match choice:
        case OtherRun(run, dataset):
            return ChosenReference(ReferenceKind.RUN, run, dataset)
        case Neighbours(k, gap):
            return ChosenReference(ReferenceKind.NEIGHBOURS, k=k, gap=gap)
        case WholeRun():
            return ChosenReference(ReferenceKind.WHOLE)
        case RestOfRun():
            return ChosenReference(ReferenceKind.REST)


def choices_of(run: RunKey, chosen: Iterable[ChosenReference]) -> tuple[ReferenceChoice, ...]:
    """Give what a run is compared with; what cannot be meant, such as a run of another workspace, is not."""
    found = (_choice(one) for one in chosen)
    fits = (
        one
        for one in found
        if one is not None and not (isinstance(one, OtherRun) and one.run.workspace != run.workspace)
    )
    return tuple(dict.fromkeys(fits))


def _choice(one: ChosenReference) -> ReferenceChoice | None:
    match one.kind:
        case ReferenceKind.RUN:
            return None if one.run is None else OtherRun(one.run, one.dataset)
        case ReferenceKind.NEIGHBOURS:
            return Neighbours(one.k, one.gap) if one.k > 0 and one.gap >= 0 else None
        case ReferenceKind.WHOLE:
            return WholeRun()
        case ReferenceKind.REST:
            return RestOfRun()


def last_references(events: Iterable[Event], session: str) -> tuple[ChosenReference, ...] | None:
    """Give what a session compared with last, in whichever run; None when it has chosen nothing."""
    found = [
        event.change.all
        for event in events
        if event.session == session and isinstance(event.change, ReferenceChosen)
    ]
    return found[-1] if found else None


def last_good(events: Iterable[Event], session: str) -> str | None:
    """Give the expression by which a session called LS good last, in whichever run; None without one."""
    found = [
        event.change.expression
        for event in events
        if event.session == session
        and isinstance(event.change, ExpressionSaved)
        and event.change.name == GOOD
    ]
    return found[-1] if found else None
