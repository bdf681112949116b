"""What stands in a plot: the current histogram, normalised, and the references beside it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dqmtui.model.divisors import COUNTS, UNIT_AREA, Divisors
from dqmtui.model.integrate import Integral, integrate, one_ls
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, LSTable
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.normalise import Normalisation
from dqmtui.model.overlay import Overlay, overlays
from dqmtui.model.reconstruction import differs
from dqmtui.model.reference import Reference, neighbours, run_reference
from dqmtui.model.sums import exposures
from dqmtui.review.choices import Neighbours, OtherRun, View, WholeRun, seen_from
from dqmtui.review.grouped import group_of, said_group

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.named import Named
    from dqmtui.review.state import ReviewState

_KEPT = 16
"""Selections and divisors that are kept: those of the runs on screen."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a picture of one run is made of; `named` are its masks.

    `trouble` says what is missing of the histograms, "" when all that there are have come.
    """

    stack: HistogramStack
    table: LSTable
    named: Named
    trouble: str = ""


Other = Material | str | None
"""What another run brings to a picture: histograms, or why there are none; None for no other run."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """One reference, and how the current histogram compares with it; `why` says why it cannot, or ""."""

    reference: Reference
    overlay: Overlay | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The current histogram, and how it compares with the references, in their order.

    `title` says what LS it is over; `rebinned` that bins were merged to fit those of a reference, or "".
    """

    title: str
    current: Integral
    beside: tuple[Beside, ...] = ()
    rebinned: str = ""

    @property
    def overlay(self) -> Overlay | None:
        """How the current histogram compares with the first reference, None where it does not."""
        return self.beside[0].overlay if self.beside else None

    @property
    def reference(self) -> Reference | None:
        """The first reference."""
        return self.beside[0].reference if self.beside else None

    @property
    def why_no_reference(self) -> str:
        """Why there is no comparison with the first reference though one was chosen, or ""."""
        return self.beside[0].why if self.beside else ""


class Latest:
    """The latest made of some things, by what they were made from: objects count by identity or equality."""

    def __init__(self, most: int = _KEPT) -> None:
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._most = most

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what was made from this, made now if it was not."""
        if key in self._made:
            self._made.move_to_end(key)
            kept: T = self._made[key]
            return kept
        made = make()
        self._made[key] = made
        if len(self._made) > self._most:
            self._made.popitem(last=False)
        return made


class Selections:
    """The good LS of runs and what their LS are divided by, shared by all plots.

    `rate` names the rate that is in the tables.
    """

    def __init__(self, rate: Callable[[], str]) -> None:
        self._rate = rate
        self._latest = Latest()

    def good_ls(self, table: LSTable, named: Named, expression: str) -> tuple[LSMask, str]:
        """Give the good LS of a run, and why they are not what the expression asks for, "" when they are."""
        return self._latest.get(
            ("good", table, named, expression), lambda: _good_ls(table, named, expression)
        )

    def counted(self, table: LSTable, named: Named, expression: str) -> tuple[int, str]:
        """Give how many of the LS that have data are good, and why as `good_ls` does."""

        def count() -> tuple[int, str]:
            good, why = self.good_ls(table, named, expression)
            return int(np.count_nonzero(good.selects(table.source(DIALS).ls))), why

        return self._latest.get(("counted", table, named, expression), count)

    def divisors(self, table: LSTable, kind: Normalisation) -> Divisors:
        """Give what the LS of a run are divided by."""
        if kind is Normalisation.COUNTS:
            return COUNTS
        if kind is Normalisation.AREA:
            return UNIT_AREA
        rate = self._rate()
        return self._latest.get((table, kind, rate), lambda: Divisors.of_table(kind, table, rate))


class PictureMaker:
    """Makes the pictures of one element one after another; what does not change from LS to LS is kept."""

    def __init__(self, selections: Selections) -> None:
        self._selections = selections
        self._latest = Latest()

    def picture(
        self, material: Material, state: ReviewState, ls: int, others: Sequence[Other] = ()
    ) -> Picture:
        """Make the picture of an LS, or of the good LS; `others` are the other runs among the references."""
        good, _ = self._selections.good_ls(material.table, material.named, state.good)
        divisors = self._selections.divisors(material.table, state.normalisation)
        stack = material.stack
        if state.view is View.INTEGRAL:
            current = integrate(stack, good, divisors=divisors, run_ls=material.table.ls)
            title = f"{current.n_ls} good LS"
            looked_at = good
        elif state.group > 1:
            looked_at = group_of(material.table.ls, ls, state.group)
            current = integrate(stack, looked_at - material.named.excluded, divisors=divisors)
            title = said_group(ls, state.group, current.ls)
        else:
            current = one_ls(stack, ls, divisors)
            title = f"LS {ls}"
            looked_at = LSMask.of(ls)
        if not state.shows_reference or not state.references:
            return Picture(title, current)
        rest = [None] * (len(state.references) - len(others))
        references = [
            self._reference_of(seen_from(choice, material.table.key), material, state, looked_at, other)
            for choice, other in zip(state.references, (*others, *rest), strict=True)
        ]
        found = overlays(current, references)
        beside = tuple(
            Beside(reference, None if one.refused else one, reference.integral.masked or one.refused)
            for reference, one in zip(references, found, strict=True)
        )
        shown = found[0].current
        return Picture(title, shown, beside, _rebinned(current, shown))

    def _reference_of(
        self, choice: ReferenceChoice, material: Material, state: ReviewState, looked_at: LSMask, other: Other
    ) -> Reference:
        if isinstance(choice, OtherRun):
            return self._other_run(choice, other, state)
        if state.view is View.INTEGRAL:
            why = "the integral of a run has no reference in the same run"
            return Reference("this run", Integral.nothing(why))
        stack = material.stack
        good, _ = self._selections.good_ls(material.table, material.named, state.good)
        divisors = self._selections.divisors(material.table, state.normalisation)
        if isinstance(choice, Neighbours):
            return neighbours(stack, good, looked_at, choice.k, choice.gap, divisors=divisors)
        whole = self._latest.get(
            ("this run", stack, stack.version, good, divisors),
            lambda: _whole(integrate(stack, good, divisors=divisors)),
        )
        return whole if isinstance(choice, WholeRun) else _without(whole, stack, looked_at, divisors)

    def _other_run(self, choice: OtherRun, other: Other, state: ReviewState) -> Reference:
        run = choice.run.run
        if not isinstance(other, Material):
            return Reference(f"run {run}", Integral.nothing(other or "nothing has come of it"))
        stack = other.stack
        good, why = self._selections.good_ls(other.table, other.named, state.good_of_others)
        divisors = self._selections.divisors(other.table, state.normalisation)
        differing = differs(state.dataset, choice.dataset)

        def make() -> Reference:
            made = run_reference(run, stack, good, divisors=divisors)
            notes = [note for note in (differing, why, other.trouble) if note]
            label = f"{made.label} ({', '.join(notes)})" if notes else made.label
            return Reference(label, made.integral.noted(*notes))

        made_of = (run, differing, stack, stack.version, good, why, divisors, other.trouble)
        return self._latest.get(made_of, make)


def _good_ls(table: LSTable, named: Named, expression: str) -> tuple[LSMask, str]:
    try:
        selection = named.select(expression, table)
    except MaskExpressionError as error:
        return LSMask.all() - named.excluded, error.message
    waiting = f"not loaded yet: {', '.join(selection.waiting)}" if selection.waiting else ""
    return selection.good, waiting


def _rebinned(before: Integral, after: Integral) -> str:
    """Say to how many bins a histogram was brought, "" when it has those it had."""
    if after.x is None or (before.x, before.y) == (after.x, after.y):
        return ""
    bins = f"{after.x.n}" if after.y is None else f"{after.x.n} by {after.y.n}"
    return f"rebinned to {bins} bins"


def _whole(integral: Integral) -> Reference:
    return Reference(f"this run, {integral.n_ls} LS", integral)


def _without(total: Reference, stack: HistogramStack, looked_at: LSMask, divisors: Divisors) -> Reference:
    """Take what is looked at out of the integral of the run, exactly."""
    whole = total.integral
    inside = looked_at.selects(whole.ls)
    left = whole
    if inside.any():
        rows = np.searchsorted(stack.ls, whole.ls[inside])
        counts = whole.counts - stack.data[rows].sum(axis=0, dtype=np.float64)
        divisor = whole.divisor
        if whole.is_ratio or divisors.factors:
            divisor -= float(exposures(stack, rows, divisors).sum())
        elif whole.kind is Normalisation.AREA:
            divisor = float(counts.sum())
        left = replace(
            whole,
            counts=counts,
            entries=whole.entries - int(stack.entries[rows].sum()),
            ls=whole.ls[~inside],
            divisor=divisor,
            masked=whole.masked or ("" if counts.any() else "empty: the bins of the rest sum to 0"),
        )
    return Reference(f"this run without it, {left.n_ls} LS", left)
