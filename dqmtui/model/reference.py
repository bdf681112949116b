"""What the current histogram is held against: another run, the rest of its own, its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import COUNTS, Divisors
from dqmtui.model.integrate import Integral, integrate, said_ls
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.rebin import coarser
from dqmtui.model.sums import Sums, exposures, summable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A reference: what it is in words, and its integral with values, errors, LS, entries and notes."""

    label: str
    integral: Integral


def run_reference(
    run: int,
    stack: HistogramStack | None,
    good: LSMask | None = None,
    *,
    me: str = "such element",
    divisors: Divisors = COUNTS,
    run_ls: NDArray[np.int64] | None = None,
) -> Reference:
    """Take the good LS of another run, by default all; no `stack` means that it has no such element."""
    if stack is None:
        return Reference(f"run {run}", Integral.nothing(f"run {run} has no {me}"))
    integral = integrate(stack, good, divisors=divisors, run_ls=run_ls)
    return Reference(f"run {run}, {integral.n_ls} LS", integral)


def rest_of_run(
    stack: HistogramStack, good: LSMask, current: LSMask, *, divisors: Divisors = COUNTS
) -> Reference:
    """Take the good LS of the same run without those that are looked at."""
    integral = integrate(stack, good - current, divisors=divisors)
    return Reference(f"this run without {said_ls(current)}, {integral.n_ls} LS", integral)


def neighbours(
    stack: HistogramStack,
    good: LSMask,
    current: LSMask,
    k: int,
    gap: int = 0,
    *,
    divisors: Divisors = COUNTS,
) -> Reference:
    """Take the `k` good LS before and the `k` after `current` that have a histogram and a divisor.

    Those up to `gap` numbers away are left out, as they may have the trouble that is looked for.
    """
    of = said_ls(current)
    if not current:
        return Reference("neighbours of no LS", Integral.nothing("no LS is chosen"))
    usable = stack.ls[_usable(stack, good - current, divisors)]
    before = usable[usable < current.ranges[0][0] - gap][-k:] if k > 0 else usable[:0]
    after = usable[usable > current.ranges[-1][1] + gap][:k] if k > 0 else usable[:0]
    chosen = np.concatenate((before, after))
    integral = integrate(stack, LSMask.from_numbers(chosen), divisors=divisors)
    if not chosen.size:
        integral = replace(integral, masked=f"no good LS beside {of}")
    elif chosen.size < 2 * k:
        integral = integral.noted(f"{before.size} LS before and {after.size} after instead of {k} each")
    return Reference(f"{said_ls(chosen) if chosen.size else 'none'} beside {of}", integral)


def neighbours_of_each(
    stack: HistogramStack,
    good: LSMask,
    ls: NDArray[np.int64],
    k: int,
    gap: int = 0,
    *,
    divisors: Divisors = COUNTS,
) -> Sums:
    """Give the `neighbours` of every LS of `ls` (m,) at once, each without itself.

    Takes memory for as many histograms as there are LS from the first neighbour to the last, and for those of
    `ls`: of the maps of a long run, ask for some LS at a time.
    """
    numbers = np.asarray(ls, dtype=np.int64)
    rows = np.flatnonzero(_usable(stack, good, divisors))
    usable = stack.ls[rows]
    of_ls = exposures(stack, rows, divisors)
    end_before = np.searchsorted(usable, numbers - gap, side="left")
    start_after = np.searchsorted(usable, numbers + gap, side="right")
    windows = (
        (np.maximum(end_before - k, 0), end_before),
        (start_after, np.minimum(start_after + k, rows.size)),
    )
    first = int(min((start.min(initial=rows.size) for start, _ in windows), default=0))
    last = int(max((end.max(initial=0) for _, end in windows), default=0))
    needed = rows[first : max(last, first)]
    bins = np.zeros((needed.size + 1, *stack.data.shape[1:]))
    np.cumsum(stack.data[needed], axis=0, dtype=np.float64, out=bins[1:])
    exposure = np.concatenate(([0.0], np.cumsum(of_ls)))
    counts = np.zeros((numbers.size, *stack.data.shape[1:]))
    summed, n_ls = np.zeros(numbers.size), np.zeros(numbers.size, dtype=np.int64)
    for start, end in windows:
        # a window without an LS may lie beside what is needed
        at_start, at_end = (np.clip(at - first, 0, needed.size) for at in (start, end))
        counts += bins[at_end]
        counts -= bins[at_start]
        summed += exposure[end] - exposure[start]
        n_ls += end - start
    return Sums.of(stack, numbers, counts, summed, n_ls, divisors)


def several(references: Sequence[Reference]) -> Reference:
    """Take references together: sum of bins over sum of divisors, on the coarsest of their axes.

    One that has nothing, is normalised otherwise than the first or does not fit its axes is left out, and
    the notes say so.
    """
    notes = [f"{one.label}: {note}" for one in references for note in one.integral.notes]
    taken: list[Reference] = []
    together: Integral | None = None
    for one in references:
        if one.integral.masked:
            notes.append(f"{one.label} is left out: {one.integral.masked}")
        elif together is None:
            taken, together = [one], one.integral
        else:
            pair = fitted(together, one.integral)
            if isinstance(pair, str):
                notes.append(f"{one.label} is left out: {pair}")
            else:
                taken.append(one)
                together = _added(*pair)
    if together is None:
        return Reference(
            "no reference", Integral.nothing("none of the references has anything", tuple(notes))
        )
    rebinned = [note for note in together.notes if "rebinned" in note]
    label = " and ".join(one.label for one in taken)
    return Reference(label, replace(together, notes=(*notes, *dict.fromkeys(rebinned))))


def fitted(one: Integral, other: Integral) -> tuple[Integral, Integral] | str:
    """Bring two integrals to the same axes, or say why they cannot stand beside each other.

    Bins are merged only where that is exact, which the notes then say; normalised both must be alike.
    """
    if one.label != other.label and not (one.is_ratio and other.is_ratio):
        return f"{other.label} cannot stand beside {one.label}"
    if one.is_ratio != other.is_ratio:
        return "only one of the two has bins that are counts"
    if one.x is None or other.x is None or (one.y is None) != (other.y is None):
        return "the axes differ in number"
    x = coarser(one.x, other.x)
    y = None if one.y is None or other.y is None else coarser(one.y, other.y)
    refused = f"{_axes(one)} and {_axes(other)} cannot be brought to the same bins"
    if x is None or (one.y is not None and y is None):
        return refused
    pair = one.rebinned(x, y), other.rebinned(x, y)
    return refused if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def _axes(integral: Integral) -> str:
    names: list[Axis] = [axis for axis in (integral.x, integral.y) if axis is not None]
    return " by ".join(map(str, names))


def _usable(stack: HistogramStack, good: LSMask, divisors: Divisors) -> NDArray[np.bool_]:
    """Rows of good LS that have a histogram and a divisor, shape (n,)."""
    exposure = exposures(stack, np.arange(stack.ls.size), divisors)
    return summable(stack) & good.selects(stack.ls) & ~np.isnan(exposure)


def _added(one: Integral, other: Integral) -> Integral:
    counts = one.counts + other.counts
    return replace(
        one,
        counts=counts,
        entries=one.entries + other.entries,
        # LS of several runs: their number counts, not which they are
        ls=np.concatenate((one.ls, other.ls)),
        divisor=1.0 if one.kind is Normalisation.COUNTS and not one.is_ratio else one.divisor + other.divisor,
        notes=(*one.notes, *other.notes),
    )
