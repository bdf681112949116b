"""Sums of histograms for many lumisections at once, and what such sums are divided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import COUNTS, Divisors
from dqmtui.model.normalise import Normalisation, area_errors, divided, poisson_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack

MEAN_LABEL = "bin content, mean of the LS"


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums that belong to each LS of `ls` (m,): over itself, its neighbours, or all but itself.

    `counts` (m, nx) or (m, ny, nx) are the plain sums over `n_ls` (m,) LS. Divided by `divisor` (m,) they
    stand beside one LS in the same normalisation: plain counts are divided by the number of LS. Where nothing
    was summed, or the LS has no divisor, that is NaN.
    """

    ls: NDArray[np.int64]
    counts: NDArray[np.floating]
    divisor: NDArray[np.float64]
    n_ls: NDArray[np.int64]
    kind: Normalisation
    label: str
    is_ratio: bool

    @classmethod
    def of(
        cls,
        stack: HistogramStack,
        ls: NDArray[np.int64],
        counts: NDArray[np.floating],
        exposure: NDArray[np.float64],
        n_ls: NDArray[np.int64],
        divisors: Divisors,
    ) -> Sums:
        """Find what sums are divided by; `exposure` (m,) are the divisors of their LS, summed."""
        kind, label = shown_as(stack, divisors)
        if stack.is_ratio or kind is Normalisation.COUNTS:
            exposure = n_ls.astype(np.float64)
        elif kind is Normalisation.AREA:
            exposure = counts.sum(axis=tuple(range(1, counts.ndim)), dtype=np.float64)
        return cls(ls, counts, np.where(n_ls > 0, exposure, np.nan), n_ls, kind, label, stack.is_ratio)

    @property
    def values(self) -> NDArray[np.float64]:
        """The bins as they are shown, in the shape of `counts`, NaN where there is no divisor."""
        return divided(self.counts, self.divisor)

    @property
    def errors(self) -> NDArray[np.float64]:
        """Errors of `values`: Poisson, binomial for the unit area, NaN for bins that are no counts."""
        if self.is_ratio:
            return np.full(self.counts.shape, np.nan)
        of = area_errors if self.kind is Normalisation.AREA else poisson_errors
        return of(self.counts, self.divisor)


def each_ls(stack: HistogramStack, divisors: Divisors = COUNTS) -> Sums:
    """Give every LS that the stack knows by itself, as for a waterfall; `counts` are those of the stack.

    Read `values` rather than `counts`: a row without histogram has leftovers there, and no divisor.
    """
    there = summable(stack)
    exposure = exposures(stack, np.arange(stack.ls.size), divisors)
    return Sums.of(stack, stack.ls, stack.data, exposure, there.astype(np.int64), divisors)


def exposures(stack: HistogramStack, rows: NDArray[np.integer], divisors: Divisors) -> NDArray[np.float64]:
    """Give the divisors of rows of the stack, shape (m,), NaN where an LS has none.

    They are 1 where the divisor does not come from the LS: for counts, ratios and the unit area.
    """
    if stack.is_ratio or divisors.kind is Normalisation.AREA:
        return np.ones(rows.size)
    return divisors.over(stack.ls[rows]).values


def shown_as(stack: HistogramStack, divisors: Divisors) -> tuple[Normalisation, str]:
    """Give the normalisation that sums of a stack get, and its label: ratios are never normalised."""
    if stack.is_ratio:
        return Normalisation.COUNTS, MEAN_LABEL
    return divisors.kind, divisors.label


def summable(stack: HistogramStack) -> NDArray[np.bool_]:
    """Tell which rows hold a histogram of the common binning with finite bins, shape (n,)."""
    finite: NDArray[np.bool_] = stack.present & np.isfinite(stack.totals)
    return finite
