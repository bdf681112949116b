"""Comparing histograms of lumisections with a reference: shapes, means and numbers of entries.

All functions take n histograms at once; a map is compared with its bins in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.compare_tails import chi2_log_sf, kolmogorov_log_sf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

LEAST_SUM = 10.0
"""Sum d + r that a merged bin must have, at equal numbers of entries 5 expected in either histogram."""

LEAST_EXPECTED = 5.0
"""Expected number in the smaller histogram below which a bin is merged further (Cochran's rule)."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapeTest:
    """Two-sample chi2 of shapes per row, each (n,); NaN where nothing can be said, dof 0 among these."""

    chi2: Floats
    dof: NDArray[np.int64]

    @property
    def log_p(self) -> Floats:
        """Logarithm of `p`."""
        return chi2_log_sf(self.chi2, self.dof)

    @property
    def p(self) -> Floats:
        """Probability of a chi2 at least this large."""
        return np.asarray(np.exp(self.log_p), dtype=np.float64)

    @property
    def per_dof(self) -> Floats:
        """chi2/dof, NaN without a degree of freedom."""
        return self.chi2 / np.where(self.dof > 0, self.dof, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """Largest distance of the cumulative shapes per row, 0 to 1, and log p, each (n,); NaN if undefined."""

    distance: Floats
    log_p: Floats

    @property
    def p(self) -> Floats:
        """Probability of a distance at least this large; binning makes it too large, never too small."""
        return np.asarray(np.exp(self.log_p), dtype=np.float64)


def _rows(data: ArrayLike) -> Floats:
    """Give bins as rows, shape (n, bins)."""
    bins = np.asarray(data, dtype=np.float64)
    return bins.reshape(1, -1) if bins.ndim == 1 else bins.reshape(bins.shape[0], -1)


def _countable(bins: Floats, total: Floats) -> NDArray[np.bool_]:
    """Rows with no bin below 0 or not finite, and something in them."""
    good: NDArray[np.bool_] = (bins.min(axis=1, initial=0.0) >= 0) & np.isfinite(total) & (total > 0)
    return good


def shape_chi2(
    data: ArrayLike,
    reference: ArrayLike,
    *,
    least_sum: float = LEAST_SUM,
    least_expected: float = LEAST_EXPECTED,
) -> ShapeTest:
    """Compare the shapes of histograms d with those of references r by the two-sample chi2.

    sum over bins of (sqrt(M/N) d - sqrt(N/M) r)^2 / (d + r) with N = sum d, M = sum r, dof = bins used - 1
    (Numerical Recipes, 3rd ed., 14.3.3; the same as the chi2 of a 2 x bins contingency table). `data` is
    (n, bins) or (bins,), `reference` one row for all or a row for each; bins of maps stand in a row. Rows
    that are empty, or hold a bin that is negative or not finite, give NaN.

    Bins are merged row by row, from left to right, until d + r >= `least_sum` and the smaller of the two
    histograms expects `least_expected`; what remains joins the last one. The merging looks at d + r alone,
    and given these sums the d are, without a difference of shape, distributed as if the bins had been drawn
    up beforehand: so the chi2 keeps its distribution. With equal numbers of entries the second condition
    says the same as the first; one LS against many needs it, for 10 entries of which 0.3 are expected from
    the LS have no chi2 distribution. `least_expected=0` leaves it out.
    """
    d, r = _rows(data), _rows(reference)
    n, bins = max(d.shape[0], r.shape[0]), d.shape[1]
    if r.shape[1] != bins:
        raise ValueError(f"{bins} bins cannot be compared with {r.shape[1]}")
    sum_d, sum_r = d.sum(axis=1), r.sum(axis=1)
    countable = _countable(d, sum_d) & _countable(r, sum_r)
    total_d, total_r = np.where(countable, sum_d, 1.0), np.where(countable, sum_r, 1.0)
    share = np.minimum(total_d, total_r) / (total_d + total_r)
    need = np.maximum(least_sum, least_expected / share)
    kept_d, kept_r = np.broadcast_to(d, (n, bins)), np.broadcast_to(r, (n, bins))
    if not countable.all():
        kept_d, kept_r = (np.where(countable[:, None], one, 0.0) for one in (kept_d, kept_r))
    used, starts = _groups(kept_d + kept_r, need)
    some = used > 0
    chi2 = np.zeros(n)
    if starts.size:
        ratio = np.repeat((total_r / total_d)[some], used[some])
        terms = _terms(_sums(kept_d, some, starts), _sums(kept_r, some, starts), ratio)
        chi2[some] = np.add.reduceat(terms, np.cumsum(used[some]) - used[some])
    dof = np.maximum(used - 1, 0)
    return ShapeTest(np.where(dof > 0, chi2, np.nan), dof)


def _groups(counts: Floats, need: Floats) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Merge the bins of each row (n, bins) from left to right until they hold what is needed, (n,).

    Gives the number of groups of each row, and where each group starts among the bins of the rows that have
    any, one row after the other. What remains at the end of a row joins its last group.
    """
    by_bin = np.ascontiguousarray(counts.T)  # the loop takes one bin of all rows at a time
    ends = np.empty(by_bin.shape, dtype=np.bool_)
    collected = np.zeros(by_bin.shape[1])
    for bin_counts, end in zip(by_bin, ends, strict=True):
        collected += bin_counts
        np.greater_equal(collected, need, out=end)
        collected[end] = 0.0
    used = np.count_nonzero(ends, axis=0)
    some = used > 0
    last = np.flatnonzero(np.ascontiguousarray(ends.T if some.all() else ends.T[some]))
    starts = np.empty_like(last)
    starts[1:] = last[:-1] + 1
    first = np.cumsum(used[some]) - used[some]
    starts[first] = np.arange(first.size) * counts.shape[1]
    return used, starts


def _sums(counts: Floats, some: NDArray[np.bool_], starts: NDArray[np.intp]) -> Floats:
    """Sum the bins of the groups that start at `starts`."""
    kept = counts if some.all() else counts[some]
    return np.asarray(np.add.reduceat(kept.ravel(), starts), dtype=np.float64)


def _terms(d: Floats, r: Floats, ratio: Floats) -> Floats:
    """Give (sqrt(M/N) d - sqrt(N/M) r)^2 / (d + r), with M/N the ratio."""
    root = np.sqrt(ratio)
    return np.asarray(np.square(root * d - r / root) / (d + r), dtype=np.float64)


def kolmogorov(data: ArrayLike, reference: ArrayLike) -> Distance:
    """Compare histograms with references by the largest distance of their cumulative shapes.

    max |cumulative(d)/N - cumulative(r)/M|, with p from Kolmogorov's limit for n_e = N M / (N + M) entries
    (as ROOT's TH1::KolmogorovTest). The distance is seen at the bin edges alone, so it is never larger than
    that of the entries themselves and p is conservative: too large, the more so the wider the bins. Shapes
    as in `shape_chi2`; of a map it depends on the order of the bins and means little.
    """
    d, r = _rows(data), _rows(reference)
    if r.shape[1] != d.shape[1]:
        raise ValueError(f"{d.shape[1]} bins cannot be compared with {r.shape[1]}")
    sum_d, sum_r = d.sum(axis=1), r.sum(axis=1)
    countable = _countable(d, sum_d) & _countable(r, sum_r)
    total_d, total_r = np.where(countable, sum_d, np.nan), np.where(countable, sum_r, np.nan)
    with np.errstate(invalid="ignore"):  # rows that are not finite come out as NaN
        apart = np.cumsum(d, axis=1) / total_d[:, None] - np.cumsum(r, axis=1) / total_r[:, None]
    distance = np.abs(apart).max(axis=1)
    effective = total_d * total_r / (total_d + total_r)
    return Distance(distance, kolmogorov_log_sf(np.sqrt(effective) * distance))


def mean_shift(
    mean: ArrayLike,
    std: ArrayLike,
    entries: ArrayLike,
    reference_mean: ArrayLike,
    reference_std: ArrayLike,
    reference_entries: ArrayLike,
) -> Floats:
    """Give (m_d - m_r) / sqrt(s_d^2/N + s_r^2/M), the shift of a mean in units of its error, any shape.

    NaN where either has no entries or no spread.
    """
    n = np.asarray(entries, dtype=np.float64)
    m = np.asarray(reference_entries, dtype=np.float64)
    squares = np.square(np.asarray(std, dtype=np.float64)) / np.where(n > 0, n, np.nan)
    squares = squares + np.square(np.asarray(reference_std, dtype=np.float64)) / np.where(m > 0, m, np.nan)
    difference = np.asarray(mean, dtype=np.float64) - np.asarray(reference_mean, dtype=np.float64)
    return np.asarray(difference / np.sqrt(np.where(squares > 0, squares, np.nan)), dtype=np.float64)


def expected_entries(entries: ArrayLike, rate_hz: ArrayLike, good: ArrayLike) -> Floats:
    """Give mu = rate x median over the good LS of entries/rate, shape (n,).

    NaN where the rate is absent or not above 0, and everywhere without a good LS that has a rate.
    """
    n = np.asarray(entries, dtype=np.float64)
    rate = np.asarray(rate_hz, dtype=np.float64)
    rate = np.where(rate > 0, rate, np.nan)
    per_hz = (n / rate)[np.asarray(good, dtype=np.bool_)]
    per_hz = per_hz[np.isfinite(per_hz)]
    return rate * (np.median(per_hz) if per_hz.size else np.nan)


def entries_pull(entries: ArrayLike, expected: ArrayLike, spread: float = 0.0) -> Floats:
    """Give z = (n - mu) / sqrt(mu + (f mu)^2), f the measured relative spread; NaN unless mu > 0."""
    mu = np.asarray(expected, dtype=np.float64)
    mu = np.where(mu > 0, mu, np.nan)
    difference = np.asarray(entries, dtype=np.float64) - mu
    return np.asarray(difference / np.sqrt(mu + np.square(spread * mu)), dtype=np.float64)
