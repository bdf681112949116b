"""Numbers per lumisection: what a trend plot shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack

STATISTICS_1D = ("mean", "std", "mean_error", "mode", "max", "entries", "sum", "outside_fraction")
"""Statistics of a 1D element, in the order in which they are offered."""

STATISTICS_2D = ("occupancy", "mean_x", "mean_y", "empty_bins", "max", "entries", "sum", "outside_fraction")
"""Statistics of a 2D element: occupancy is the fraction of bins that are not 0."""

CHI2 = "chi2/dof"
"""Two-sample chi2 of the shape against the reference, per degree of freedom."""

KOLMOGOROV = "KS distance"
"""Largest distance of the cumulative shape from that of the reference, 0 to 1."""

COMPARISONS = (CHI2, KOLMOGOROV)
"""Statistics that need a reference."""

PER_RATE = frozenset({"max", "entries", "sum"})
"""Statistics that grow with the trigger rate, so that dividing by it means something.

Means, widths, modes and fractions do not, and the error on a mean comes from the counts as they were.
"""

_WORDS = {"mean_error": "error on the mean", "outside_fraction": "fraction outside"}


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Statistics per LS number, each of shape (n,), NaN where the LS is absent, not loaded or empty.

    `entries` and `sum` of an empty LS are values and stand: its sum is 0, its entries all outside the axis.
    `too_large` (n,) are the LS of which a statistic is NaN because float64 has no room for it.
    """

    ls: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]
    too_large: NDArray[np.bool_] | None = None

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.values[name]


def offered_statistics(dim: int, *, is_ratio: bool = False, is_compared: bool = False) -> tuple[str, ...]:
    """List the statistics that mean something for an element, in the order in which they are offered.

    The error on the mean of a ratio is not known. Shapes of counts can be compared with a reference where
    `is_compared` says that there is one; a cumulative distance needs bins in an order, which a map has not.
    """
    names = STATISTICS_1D if dim == 1 else STATISTICS_2D
    if is_ratio:
        return tuple(name for name in names if name != "mean_error")
    if not is_compared:
        return names
    return (*names, CHI2, KOLMOGOROV) if dim == 1 else (*names, CHI2)


def statistic_in_words(name: str) -> str:
    """Write the name of a statistic for a person."""
    return _WORDS.get(name, name.replace("_", " "))


def offers_rate(statistic: str, *, is_ratio: bool) -> bool:
    """Tell whether a statistic may be divided by the trigger rate; those of ratios are no counts."""
    return statistic in PER_RATE and not is_ratio


def per_rate(values: NDArray[np.float64], rate_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide a statistic that grows with the rate by the rates of the same LS, both of shape (n,).

    NaN, so masked, where the rate is absent (NaN) or not above zero.
    """
    return values / np.where(rate_hz > 0, rate_hz, np.nan)


def trend(stack: HistogramStack) -> Trend:
    """Give the statistics per LS of a 1D or 2D stack over all LS that it knows."""
    x, y = stack.x, stack.y
    if x is None:
        names = STATISTICS_1D if stack.element.dim == 1 else STATISTICS_2D
        return Trend(stack.ls, {name: np.full(stack.ls.size, np.nan) for name in names})
    return _trend_1d(stack, x) if y is None else _trend_2d(stack, x, y)


def moments(
    weights: NDArray[np.float64], totals: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean and variance per row: sum(n x)/sum(n), sum(n (x - mean)^2)/sum(n).

    `weights` (n, nx) are the bins, `totals` (n,) their sums, none of them 0. Weights of both signs can make
    a variance below zero, which is none: NaN.
    """
    # from the middle of the axis, so that a large offset costs the mean no digits
    middle = (centres[0] + centres[-1]) / 2
    shifted = centres - middle
    # what is too large for a number is infinite, or none
    with np.errstate(over="ignore", invalid="ignore"):
        # not as a matrix product, which wakes all processors for what one does as fast
        mean = np.einsum("ij,j->i", weights, shifted) / totals
        variance = np.einsum("ij,ij->i", weights, (shifted - mean[:, None]) ** 2) / totals
    return mean + middle, np.where(variance >= 0, variance, np.nan)


def _outside(entries: NDArray[np.int64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    fraction = np.full(totals.size, np.nan)
    known = (entries >= totals) & (totals > 0) & np.isfinite(totals)
    fraction[known] = 1 - totals[known] / entries[known]
    return fraction


def _scattered(n: int, rows: NDArray[np.bool_], values: NDArray[Any]) -> NDArray[np.float64]:
    column = np.full(n, np.nan)
    column[rows] = np.where(np.isfinite(values), values, np.nan)
    return column


def _rows_of(n: int, rows: NDArray[np.bool_], are_so: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros(n, dtype=np.bool_)
    found[rows] = are_so
    return found


def _common(stack: HistogramStack, full: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    n, present = stack.ls.size, stack.present
    return {
        "max": _scattered(n, full, stack.highest[full]),
        "entries": _scattered(n, present, stack.entries[present]),
        "sum": _scattered(n, present, stack.totals[present]),
        "outside_fraction": _scattered(n, full, _outside(stack.entries[full], stack.totals[full])),
    }


def _filled(stack: HistogramStack) -> NDArray[np.bool_]:
    """Rows that are there and not empty."""
    filled: NDArray[np.bool_] = stack.present & (stack.totals != 0)
    return filled


def _trend_1d(stack: HistogramStack, x: Axis) -> Trend:
    """Mean, std, error on the mean (std / sqrt(sum n)), mode (centre of the highest bin) of the bins."""
    full = _filled(stack)
    n = stack.ls.size
    bins = stack.data[full].astype(np.float64)
    totals = stack.totals[full]
    mean, variance = moments(bins, totals, x.centres)
    std = np.sqrt(variance)
    too_large = _rows_of(n, full, ~np.isfinite(totals) | ~np.isfinite(mean) | np.isinf(variance))
    # bins of a ratio are no counts: their sum says nothing of the error
    error = np.full(totals.size, np.nan) if stack.is_ratio else std / np.sqrt(totals)
    mode = x.centres[bins.argmax(axis=1)]
    return Trend(
        stack.ls,
        {
            "mean": _scattered(n, full, mean),
            "std": _scattered(n, full, std),
            "mean_error": _scattered(n, full, error),
            "mode": _scattered(n, full, mode),
            **_common(stack, full),
        },
        too_large,
    )


def _trend_2d(stack: HistogramStack, x: Axis, y: Axis) -> Trend:
    """Occupancy, mean x, mean y and number of empty bins of the map."""
    full = _filled(stack)
    n, size = stack.ls.size, x.n * y.n
    totals = stack.totals[full]
    occupied = stack.occupied[full]
    mean_x, _ = moments(stack.x_sums[full], totals, x.centres)
    mean_y, _ = moments(stack.y_sums[full], totals, y.centres)
    too_large = _rows_of(n, full, ~np.isfinite(totals) | ~np.isfinite(mean_x) | ~np.isfinite(mean_y))
    return Trend(
        stack.ls,
        {
            "occupancy": _scattered(n, full, occupied / size),
            "mean_x": _scattered(n, full, mean_x),
            "mean_y": _scattered(n, full, mean_y),
            "empty_bins": _scattered(n, full, size - occupied),
            **_common(stack, full),
        },
        too_large,
    )
