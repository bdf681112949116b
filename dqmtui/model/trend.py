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


@dataclass(frozen=True, slots=True)
class Trend:
    """Statistics per LS number, each of shape (n,), NaN where the LS is absent, not loaded or empty.

    `entries` and `sum` of an empty LS are 0: there they are values, not guesses.
    """

    ls: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.values[name]


def trend(stack: HistogramStack) -> Trend:
    """Give the statistics per LS of a 1D or 2D stack over all LS that it knows."""
    x, y = stack.x, stack.y
    if x is None:
        names = STATISTICS_1D if stack.element.dim == 1 else STATISTICS_2D
        return Trend(stack.ls, {name: np.full(stack.ls.size, np.nan) for name in names})
    return _trend_1d(stack, x) if y is None else _trend_2d(stack, x, y)


def _moments(
    weights: NDArray[np.float64], totals: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted mean and variance per row: sum(n x)/sum(n), sum(n (x - mean)^2)/sum(n)."""
    # about the middle of the axis, so that the difference of squares loses no digits to the offset
    middle = (centres[0] + centres[-1]) / 2
    shifted = centres - middle
    mean = weights @ shifted / totals
    variance = weights @ shifted**2 / totals - mean**2
    return mean + middle, np.maximum(variance, 0)


def _outside(entries: NDArray[np.int64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    fraction = np.full(totals.size, np.nan)
    known = (entries >= totals) & (totals > 0)
    fraction[known] = 1 - totals[known] / entries[known]
    return fraction


def _scattered(n: int, rows: NDArray[np.bool_], values: NDArray[Any]) -> NDArray[np.float64]:
    column = np.full(n, np.nan)
    column[rows] = values
    return column


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
    mean, variance = _moments(bins, totals, x.centres)
    std = np.sqrt(variance)
    # bins of a ratio are no counts: a sum below zero has no Poisson error
    error = np.where(totals > 0, std / np.sqrt(np.abs(totals)), np.nan)
    mode = x.centres[bins.argmax(axis=1)] if bins.size else np.zeros(0)
    return Trend(
        stack.ls,
        {
            "mean": _scattered(n, full, mean),
            "std": _scattered(n, full, std),
            "mean_error": _scattered(n, full, error),
            "mode": _scattered(n, full, mode),
            **_common(stack, full),
        },
    )


def _trend_2d(stack: HistogramStack, x: Axis, y: Axis) -> Trend:
    """Occupancy, mean x, mean y and number of empty bins of the map."""
    full = _filled(stack)
    n, size = stack.ls.size, x.n * y.n
    totals = stack.totals[full]
    maps = stack.data[full]
    columns = maps.sum(axis=1, dtype=np.float64)
    rows = maps.sum(axis=2, dtype=np.float64)
    filled_bins = np.count_nonzero(maps, axis=(1, 2))
    return Trend(
        stack.ls,
        {
            "occupancy": _scattered(n, full, filled_bins / size),
            "mean_x": _scattered(n, full, _moments(columns, totals, x.centres)[0]),
            "mean_y": _scattered(n, full, _moments(rows, totals, y.centres)[0]),
            "empty_bins": _scattered(n, full, size - filled_bins),
            **_common(stack, full),
        },
    )
