"""How the shape of each lumisection of a run compares with a reference, as a number per lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.compare import kolmogorov, shape_chi2
from dqmtui.model.reference import neighbours_of_each
from dqmtui.model.trend import CHI2, KOLMOGOROV

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral
    from dqmtui.model.lsmask import LSMask

    Bins = NDArray[np.floating]

_AT_A_TIME = 256
"""LS that are compared in one go: more would only take memory."""


def compared_with(stack: HistogramStack, statistic: str, reference: Bins) -> NDArray[np.float64]:
    """Compare every LS that the stack knows with the same bins, in the shape of one of its histograms.

    `statistic` is CHI2 or KOLMOGOROV. Shape (n,), NaN where an LS is absent, not loaded or empty, or where
    nothing can be said. Raises ValueError for another statistic or other bins.
    """
    flat = reference.reshape(1, -1)
    return _compared(stack, statistic, lambda _: flat)


def compared_with_rest(stack: HistogramStack, statistic: str, total: Integral) -> NDArray[np.float64]:
    """Compare every LS with an integral over the same run, from which the LS itself is left out.

    As `compared_with`; `total` holds the sums of counts.
    """
    counts = total.counts.reshape(1, -1)

    def rest(rows: NDArray[np.intp]) -> Bins:
        inside = np.isin(stack.ls[rows], total.ls)
        own = stack.data[rows].reshape(rows.size, -1)
        return np.where(inside[:, np.newaxis], counts - own, counts)

    return _compared(stack, statistic, rest)


def compared_with_neighbours(
    stack: HistogramStack, statistic: str, good: LSMask, k: int, gap: int
) -> NDArray[np.float64]:
    """Compare every LS with the `k` good LS before and after it, without itself and the `gap` LS next to it.

    As `compared_with`.
    """

    def near(rows: NDArray[np.intp]) -> Bins:
        return neighbours_of_each(stack, good, stack.ls[rows], k, gap).counts.reshape(rows.size, -1)

    return _compared(stack, statistic, near)


def _compared(
    stack: HistogramStack, statistic: str, reference_of: Callable[[NDArray[np.intp]], Bins]
) -> NDArray[np.float64]:
    if statistic not in {CHI2, KOLMOGOROV}:
        raise ValueError(f"{statistic!r} is no comparison")
    values = np.full(stack.ls.size, np.nan)
    filled = np.flatnonzero(stack.present & (stack.totals > 0))
    for start in range(0, filled.size, _AT_A_TIME):
        rows = filled[start : start + _AT_A_TIME]
        bins, reference = stack.data[rows].reshape(rows.size, -1), reference_of(rows)
        if statistic == CHI2:
            values[rows] = shape_chi2(bins, reference).per_dof
        else:
            values[rows] = kolmogorov(bins, reference).distance
    return values
