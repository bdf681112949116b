"""The tests of an element whose bins are ratios or differences: values without a counting error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.outliers import median
from dqmtui.model.judging.scan_counts import LEAST_ENTRIES, Found
from dqmtui.model.judging.scan_trend import LEAST_LS, judge_trend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.judging.scan_conditions import Surroundings

    Floats = NDArray[np.float64]

_MOST_SQUARE = 9.0
"""What one bin counts at most in the scatter: ratios of few entries have long tails."""


def ratio_tests(stack: HistogramStack, rows: NDArray[np.intp], around: Surroundings) -> Found:
    """Test the values of all bins together, and how far they scatter, by the spread that each bin shows.

    No area, no Poisson error, no comparison of shapes: of each bin the mean and the variance over the run are
    measured, and a row's values are averaged with 1/variance as weights. Fewer entries behind a row make it
    scatter more, by the root of their number.
    """
    values = stack.data[rows].reshape(rows.size, -1).astype(np.float64)
    entries = stack.entries[rows].astype(np.float64)
    told = np.isfinite(values)
    enough = (entries >= LEAST_ENTRIES) & told.any(axis=1)
    found = Found(low=~enough, counted=np.zeros(rows.size, dtype=np.bool_))
    if np.count_nonzero(enough) < LEAST_LS:
        return found
    number = np.maximum(told[enough].sum(axis=0), 1)
    center = np.where(told, values, 0.0)[enough].sum(axis=0) / number
    apart = np.where(told, values - center, 0.0)
    variance = np.square(apart[enough]).sum(axis=0) / number
    # a bin that is nearly always the same, such as 0 of none, tells nothing and would weigh most
    middle = np.median(np.where(told, values, center)[enough], axis=0)
    others = np.count_nonzero(told[enough] & (values[enough] != middle), axis=0)
    varied = (variance > 0) & (2 * others > number)
    weight = np.where(told & varied, 1 / np.where(varied, variance, 1.0), 0.0)
    total = weight.sum(axis=1)
    judged = enough & (total > 0)
    if not judged.any():
        return found
    share = np.sqrt(median(entries[judged]) / np.maximum(entries, 1.0))
    mean = np.where(judged, (weight * apart).sum(axis=1) / np.where(total > 0, total, 1.0), np.nan)
    verdict = judge_trend(mean, share / np.sqrt(np.where(total > 0, total, 1.0)), around)

    def why(row: int) -> str:
        return moved(float(mean[row] - verdict.expected[row]))

    def moved(by: float) -> str:
        return f"values {by:+.3g} against the LS around (weighted mean of the bins)"

    found.add_trend("values", verdict, why, lambda jump, _row: moved(jump))
    used = np.maximum(np.count_nonzero(weight, axis=1), 1)
    squares = np.minimum(weight * apart**2 / np.square(share)[:, None], _MOST_SQUARE)
    scatter = squares.sum(axis=1) / used
    error = np.sqrt(2 / used) / 3
    spread = judge_trend(np.where(judged, np.cbrt(scatter), np.nan), error, around)

    def why_scatter(row: int) -> str:
        usual = float(spread.expected[row]) ** 3
        return f"values scatter {scatter[row]:.3g} where {usual:.3g} is usual (chi2/bin)"

    found.add_trend("scatter", spread, why_scatter, lambda _jump, row: why_scatter(row))
    return found
