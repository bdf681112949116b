"""Summing the histograms of lumisections that are chosen by number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import COUNTS, Divisors
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation, area_errors, divided, poisson_errors
from dqmtui.model.rebin import merged, merging
from dqmtui.model.states import CellState
from dqmtui.model.sums import Sums, exposures, shown_as

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack

_LONGEST_LIST = 60
_AT_A_TIME = 64
_SAME = 128
"""Integrals whose changed forms are kept, so that what is the same stays the same object from LS to LS."""
RATIO_NOTE = (
    "a ratio or difference, whose bins are no counts: their mean per LS, neither summed nor normalised"
)


def said_ls(ls: Iterable[int] | NDArray[np.int64] | LSMask) -> str:
    """Name LS numbers for a note: `LS 5,7-9`, cut after some with how many there are."""
    mask = ls if isinstance(ls, LSMask) else LSMask.from_numbers(ls)
    text = str(mask)
    if len(text) <= _LONGEST_LIST:
        return f"LS {text}"
    return f"LS {text[:_LONGEST_LIST].rpartition(',')[0]},... ({len(mask)} LS)"


NO_HISTOGRAM = "no histogram"
"""Why an LS is left out of which DIALS has none of the element."""


@dataclass(frozen=True, eq=False)
class Integral:
    """Bins summed over the LS `ls` (m,), and what they are divided by to be shown.

    `counts` (nx,) or (ny, nx) are the plain sums, viewable whatever the normalisation; `divisor` is the sum
    of the divisors of the same LS (of a ratio their number, so that `values` are means). `masked` says why
    there is nothing to show, "" when there is; `notes` are sentences about what was left out and why, and
    `left_out` the reasons alone with the number of LS that each cost. Without any histogram there are no axes
    and no bins.
    """

    counts: NDArray[np.float64]
    entries: int
    ls: NDArray[np.int64]
    x: Axis | None
    y: Axis | None
    divisor: float
    kind: Normalisation = Normalisation.COUNTS
    label: str = "counts"
    is_ratio: bool = False
    masked: str = ""
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()

    @classmethod
    def nothing(
        cls, why: str, notes: tuple[str, ...] = (), left_out: tuple[tuple[str, int], ...] = ()
    ) -> Integral:
        """Give an integral over no histogram at all."""
        empty, numbers = np.zeros(0), np.zeros(0, dtype=np.int64)
        return cls(empty, 0, numbers, None, None, 0.0, masked=why, notes=notes, left_out=left_out)

    @property
    def n_ls(self) -> int:
        """Number of LS that were summed."""
        return int(self.ls.size)

    @property
    def total(self) -> float:
        """Sum of the bins before any division."""
        return float(self.counts.sum())

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """The bins as they are shown, in the shape of `counts`; all NaN when masked."""
        if self.masked:
            return np.full_like(self.counts, np.nan)
        return divided(self.counts[None], np.array([self.divisor])).reshape(self.counts.shape)

    @cached_property
    def errors(self) -> NDArray[np.float64]:
        """Errors of `values`: Poisson, binomial for the unit area, NaN for bins that are no counts."""
        if self.masked or self.is_ratio:
            return np.full_like(self.counts, np.nan)
        of = area_errors if self.kind is Normalisation.AREA else poisson_errors
        return of(self.counts[None], np.array([self.divisor])).reshape(self.counts.shape)

    def noted(self, *notes: str) -> Integral:
        """Add notes."""
        return replace(self, notes=(*self.notes, *notes))

    def scaled_to(self, n_ls: int) -> Integral:
        """Bring counts to the exposure of `n_ls` LS, so that they stand beside an integral over so many.

        Any other normalisation is comparable as it is.
        """
        plain = self.kind is Normalisation.COUNTS and not self.is_ratio
        if not plain or n_ls in {0, self.n_ls} or not self.n_ls:
            return self
        return _scaled(self, n_ls)

    def rebinned(self, x: Axis | None, y: Axis | None) -> Integral | None:
        """Merge bins exactly, or None where that cannot be; a ratio cannot be merged."""
        if self.x is None or x is None or (self.y is None) != (y is None):
            return None
        return self if (self.x, self.y) == (x, y) else _rebinned(self, x, y)

    def _merged(self, x: Axis, y: Axis | None) -> Integral | None:
        if self.x is None:
            return None
        along_x = merging(self.x, x)
        along_y = None if self.y is None or y is None else merging(self.y, y)
        if along_x is None or (y is not None and along_y is None):
            return None
        counts, notes = self.counts, []
        for how, dimension, name in ((along_x, -1, "x"), (along_y, 0, "y")):
            if how is not None and how.changes:
                counts = merged(counts, how, dimension)
                notes.append(f"{name} axis rebinned: {how}")
        if notes and self.is_ratio:
            return None
        changed = replace(self, counts=counts, x=x, y=y, notes=(*self.notes, *notes))
        if self.kind is not Normalisation.AREA:
            return changed
        return replace(changed, divisor=changed.total, masked=self.masked or _emptiness(counts, self.n_ls))


@lru_cache(_SAME)
def _scaled(integral: Integral, n_ls: int) -> Integral:
    scaled = replace(integral, divisor=integral.n_ls / n_ls)
    return scaled.noted(f"{integral.n_ls} LS scaled to {n_ls} LS")


@lru_cache(_SAME)
def _rebinned(integral: Integral, x: Axis, y: Axis | None) -> Integral | None:
    return integral._merged(x, y)  # noqa: SLF001 - it is this class's own, kept by what it is made from


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """Rows of a stack to be summed, and what is to be said of the others."""

    rows: NDArray[np.intp]
    notes: tuple[str, ...]
    masked: str = ""
    left_out: tuple[tuple[str, int], ...] = ()


def integrate(
    stack: HistogramStack,
    chosen: LSMask | None = None,
    *,
    without: LSMask | None = None,
    divisors: Divisors = COUNTS,
    run_ls: NDArray[np.int64] | None = None,
) -> Integral:
    """Sum the histograms of the chosen LS, by default all, less those `without`.

    `run_ls` (n,) are the LS that the run has, where more is known than the stack knows. Numbers that the run
    does not have are ignored and named in a note; so are LS without a histogram, not loaded, on other axes or
    without a divisor, which take no part in the sum.
    """
    choice = _choose(stack, chosen, without, run_ls)
    if stack.x is None or not choice.rows.size:
        return Integral.nothing(choice.masked or "no LS is chosen", choice.notes, choice.left_out)
    rows, notes, masked, left_out = choice.rows, choice.notes, "", choice.left_out
    kind, label = shown_as(stack, divisors)
    exposure = exposures(stack, rows, divisors)
    usable = ~np.isnan(exposure)
    if not usable.all():
        without_one = _without_divisor(stack.ls[rows[~usable]], divisors)
        notes += tuple(f"{why}, left out: {said_ls(numbers)}" for why, numbers in without_one.items())
        # where no LS has a divisor the counts of all stay viewable
        if usable.any():
            rows, exposure = rows[usable], exposure[usable]
            left_out += tuple((why, len(numbers)) for why, numbers in without_one.items())
        else:
            masked = "; ".join(without_one)
    counts = _summed(stack.data, rows)
    divisor = float(exposure.sum())
    if stack.is_ratio:
        notes = (*notes, RATIO_NOTE)
        masked = "" if np.any(stack.lowest[rows]) or np.any(stack.highest[rows]) else _empty(rows.size)
    else:
        divisor = {Normalisation.COUNTS: 1.0, Normalisation.AREA: float(counts.sum())}.get(kind, divisor)
        masked = masked or _emptiness(counts, rows.size)
    return Integral(
        counts,
        int(stack.entries[rows].sum()),
        stack.ls[rows],
        stack.x,
        stack.y,
        divisor,
        kind,
        label,
        stack.is_ratio,
        masked,
        notes,
        left_out,
    )


def one_ls(stack: HistogramStack, ls: int, divisors: Divisors = COUNTS) -> Integral:
    """Give one LS as an integral over itself; why there is nothing to show stands in `masked`."""
    found = integrate(stack, LSMask.of(ls), divisors=divisors, run_ls=np.array([ls]))
    return replace(found, notes=(), left_out=()) if found.masked else found


def integral_without_each(
    stack: HistogramStack,
    integral: Integral,
    ls: NDArray[np.int64] | None = None,
    *,
    divisors: Divisors = COUNTS,
) -> Sums:
    """Give the integral without LS l for all l of `ls` at once, by default for those that are in it.

    It is the total less the row, exact for counts; for an LS that is not in the integral it is the total.
    `divisors` are those that the integral was made with.
    """
    numbers = integral.ls if ls is None else np.asarray(ls, dtype=np.int64)
    counts = np.broadcast_to(integral.counts, (numbers.size, *integral.counts.shape)).copy()
    inside = np.isin(numbers, integral.ls)
    rows = np.searchsorted(stack.ls, numbers[inside])
    counts[inside] -= stack.data[rows]
    exposure = np.full(numbers.size, exposures(stack, np.searchsorted(stack.ls, integral.ls), divisors).sum())
    exposure[inside] -= exposures(stack, rows, divisors)
    return Sums.of(stack, numbers, counts, exposure, integral.n_ls - inside.astype(np.int64), divisors)


def _choose(
    stack: HistogramStack, chosen: LSMask | None, without: LSMask | None, run_ls: NDArray[np.int64] | None
) -> _Choice:
    chosen = LSMask.all() if chosen is None else chosen
    without = LSMask() if without is None else without
    known = stack.ls if run_ls is None or np.isin(run_ls, stack.ls).all() else np.union1d(stack.ls, run_ls)
    notes = []
    for mask, what in ((chosen, "chosen"), (without, "excluded")):
        named = _closed(mask)
        there = known[named.selects(known)]
        if len(named) > there.size:
            unknown = named - LSMask.from_numbers(there)
            notes.append(f"{what}, but without data: {said_ls(unknown)}")
    wanted = known[chosen.selects(known) & ~without.selects(known)]
    if not wanted.size:
        return _Choice(np.zeros(0, dtype=np.intp), tuple(notes), "; ".join(notes))
    state = _states(stack, wanted)
    rows = np.searchsorted(stack.ls, wanted[state == CellState.VALUE])
    infinite = ~np.isfinite(stack.totals[rows])
    left_out = [
        (why, words, ls)
        for why, words, ls in (
            (NO_HISTOGRAM, "", wanted[state == CellState.ABSENT]),
            ("not loaded", "", wanted[state == CellState.NOT_LOADED]),
            *_other_axes(stack, wanted[state == CellState.OTHER_BINNING]),
            ("no numbers", "bins that are no numbers, left out", stack.ls[rows][infinite]),
        )
        if ls.size
    ]
    said = [f"{words or why}: {said_ls(ls)}" for why, words, ls in left_out]
    rows = rows[~infinite]
    counted = tuple((why, int(ls.size)) for why, _, ls in left_out)
    return _Choice(rows, (*notes, *said), "" if rows.size else "; ".join(said), counted)


def _states(stack: HistogramStack, ls: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Give the `CellState` of each LS, also of those that the stack does not know, shape (n,)."""
    state = np.zeros(ls.size, dtype=np.uint8)
    inside = np.isin(ls, stack.ls)
    state[inside] = stack.state[np.searchsorted(stack.ls, ls[inside])]
    state[~inside] = [stack.state_of(number) for number in ls[~inside].tolist()]
    return state


def _other_axes(stack: HistogramStack, ls: NDArray[np.int64]) -> list[tuple[str, str, NDArray[np.int64]]]:
    """Group LS that stand aside by the axes they have: why in short and in full, and the LS."""
    axes = [stack.other_binnings[number] for number in ls.tolist()]
    return [
        ("other axes", f"other axes ({one}), left out", ls[[each == one for each in axes]])
        for one in dict.fromkeys(axes)
    ]


def _closed(mask: LSMask) -> LSMask:
    """Leave out a range without an end: it names no number that a run would have to have."""
    return LSMask(mask.ranges[:-1]) if mask.is_open else mask


def _without_divisor(ls: NDArray[np.int64], divisors: Divisors) -> dict[str, list[int]]:
    """Give the numbers of LS by why they have no divisor."""
    by_words: dict[str, list[int]] = {}
    for number, words in zip(ls.tolist(), divisors.reasons_in_words(ls), strict=True):
        by_words.setdefault(words, []).append(number)
    return by_words


def _summed(data: NDArray[np.floating], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sum rows in float64, some at a time: a copy of all maps of a run would be large."""
    total = np.zeros(data.shape[1:])
    for start in range(0, rows.size, _AT_A_TIME):
        total += data[rows[start : start + _AT_A_TIME]].sum(axis=0, dtype=np.float64)
    return total


def _emptiness(counts: NDArray[np.float64], n_ls: int) -> str:
    total = counts.sum()
    return "" if total > 0 else _empty(n_ls) if total == 0 else "the sum of the bins is below 0"


def _empty(n_ls: int) -> str:
    return "empty: the bins sum to 0" if n_ls == 1 else f"empty: the bins of {n_ls} LS sum to 0"
