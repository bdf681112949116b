"""What stands in the plot: the current histogram, normalised, and the reference beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import COUNTS, UNIT_AREA, Divisors
from dqmtui.model.integrate import Integral, integrate, one_ls
from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.masks import select
from dqmtui.model.normalise import Normalisation
from dqmtui.model.overlay import Overlay, overlay
from dqmtui.model.reference import Reference, neighbours, run_reference
from dqmtui.model.sums import exposures
from dqmtui.review.choices import Neighbours, OtherRun, View

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.state import ReviewState

_VERSION = re.compile(r"_v\d+$")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a picture of one run is made of; `excluded` are the LS that the person left out."""

    stack: HistogramStack
    table: LSTable
    excluded: LSMask


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The current histogram, and how it compares with the reference, None without one.

    `title` says what LS it is over. `why_no_reference` says why there is none though one was chosen.
    """

    title: str
    current: Integral
    overlay: Overlay | None = None
    reference: Reference | None = None
    why_no_reference: str = ""


class PictureMaker:
    """Makes pictures one after another; what does not change from LS to LS is kept.

    `rate_path` is the HLT path whose rate is in the tables, with or without version.
    """

    def __init__(self, rate_path: str) -> None:
        self._path = _VERSION.sub("", rate_path)
        self._good: tuple[tuple[int, str, LSMask], LSMask, str] | None = None
        self._divisors: tuple[tuple[int, Normalisation], Divisors] | None = None
        self._reference: tuple[tuple[object, ...], Reference] | None = None

    def good_ls(self, material: Material, expression: str) -> tuple[LSMask, str]:
        """Give the good LS of a run, and why they are not what the expression asks for, "" when they are."""
        key = (id(material.table), expression, material.excluded)
        if self._good is None or self._good[0] != key:
            self._good = (key, *_good_ls(material, expression))
        return self._good[1], self._good[2]

    def divisors(self, table: LSTable, kind: Normalisation) -> Divisors:
        """Give what the LS of a run are divided by."""
        if kind is Normalisation.COUNTS:
            return COUNTS
        if kind is Normalisation.AREA:
            return UNIT_AREA
        key = (id(table), kind)
        if self._divisors is None or self._divisors[0] != key:
            self._divisors = key, Divisors.of_table(kind, table, self._path)
        return self._divisors[1]

    def picture(
        self, material: Material, state: ReviewState, ls: int, other: Material | None, missing: str = ""
    ) -> Picture:
        """Make the picture of an LS, or of the good LS; `other` is the run that is the reference.

        `missing` says why there is no `other` though another run is the reference.
        """
        good, _ = self.good_ls(material, state.good)
        divisors = self.divisors(material.table, state.normalisation)
        stack = material.stack
        if state.view is View.INTEGRAL:
            current = integrate(stack, good, divisors=divisors)
            title = f"{current.n_ls} good LS"
            looked_at = good
        else:
            current = one_ls(stack, ls, divisors)
            title = f"LS {ls}"
            looked_at = LSMask.of(ls)
        if state.reference is None or not state.shows_reference:
            return Picture(title, current)
        if isinstance(state.reference, OtherRun) and other is None:
            return Picture(title, current, why_no_reference=missing)
        if state.view is View.INTEGRAL and not isinstance(state.reference, OtherRun):
            why = "the integral of a run has no reference in the same run"
            return Picture(title, current, why_no_reference=why)
        reference = self._reference_of(material, state, looked_at, divisors, other)
        beside = overlay(current, reference)
        why = beside.refused or reference.integral.masked
        return Picture(title, current, None if why else beside, reference, why)

    def _reference_of(
        self,
        material: Material,
        state: ReviewState,
        looked_at: LSMask,
        divisors: Divisors,
        other: Material | None,
    ) -> Reference:
        good, _ = self.good_ls(material, state.good)
        match state.reference:
            case Neighbours(k, gap):
                return neighbours(material.stack, good, looked_at, k, gap, divisors=divisors)
            case OtherRun(run) if other is not None:
                kept = self._kept(
                    (other.stack, other.stack.version, id(other.table), state.good, divisors.kind, run)
                )
                if kept is None:
                    theirs, why = _good_ls(other, state.good)
                    of = (
                        Divisors.of_table(divisors.kind, other.table, self._path)
                        if divisors.factors
                        else divisors
                    )
                    kept = run_reference(run.run, other.stack, theirs, divisors=of)
                    if why:
                        kept = Reference(kept.label, kept.integral.noted(why))
                    self._keep(kept)
                return kept
            case _:
                kept = self._kept(
                    (
                        material.stack,
                        material.stack.version,
                        id(material.table),
                        state.good,
                        divisors.kind,
                        good,
                    )
                )
                if kept is None:
                    kept = Reference("this run", integrate(material.stack, good, divisors=divisors))
                    self._keep(kept)
                return _without(kept, material.stack, looked_at, divisors)

    def _kept(self, key: tuple[object, ...]) -> Reference | None:
        if self._reference is not None and self._reference[0] == key:
            return self._reference[1]
        self._wanted = key
        return None

    def _keep(self, reference: Reference) -> None:
        self._reference = self._wanted, reference


def _good_ls(material: Material, expression: str) -> tuple[LSMask, str]:
    table = material.table
    try:
        selection = select(parse(expression), table, {"excluded": material.excluded})
    except MaskExpressionError as error:
        return LSMask.all() - material.excluded, error.message
    waiting = f"not loaded yet: {', '.join(selection.waiting)}" if selection.waiting else ""
    return selection.good, waiting


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
