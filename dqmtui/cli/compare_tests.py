"""The tests that compare histograms with a reference, one row of numbers for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.judging.compare import kolmogorov, mean_shift, shape_chi2
from dqmtui.model.judging.compare_tails import normal_log_p
from dqmtui.model.judging.pulls import bin_pulls, calibrated, summed
from dqmtui.model.judging.scan_counts import LEAST_ENTRIES
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.model.overlay import pulls
from dqmtui.model.trend import moments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHI2, KS, PULL, BETA, MEAN = "chi2", "ks", "pull", "beta", "mean"
TESTS = (CHI2, KS, PULL, BETA, MEAN)
OF_MAPS = (CHI2, PULL, BETA, MEAN)
"""Tests that mean something for maps: a cumulative distance needs bins in an order, which those have not."""

PER_BIN, BETA_Z = "beta_binomial_per_bin", "beta_binomial_z"
"""The mean square of the beta-binomial measure, and that in units of what is usual for the element."""

_LN_10 = np.log(10.0)
_ONE_BIN = Axis(1, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Counts of histograms, (n, nx) or (n, ny, nx), and of the reference of each, the same shape, on axes."""

    counts: Floats
    reference: Floats
    x: Axis
    y: Axis | None = None

    @property
    def n(self) -> Floats:
        """Sums of bins, shape (n,)."""
        return np.asarray(self.counts.reshape(len(self.counts), -1).sum(axis=1))

    @property
    def m(self) -> Floats:
        """Sums of bins of the references, shape (n,)."""
        return np.asarray(self.reference.reshape(len(self.reference), -1).sum(axis=1))

    @property
    def is_low(self) -> NDArray[np.bool_]:
        """Whether either side has too few entries for a test to mean much, shape (n,)."""
        low: NDArray[np.bool_] = (self.n < LEAST_ENTRIES) | (self.m < LEAST_ENTRIES)
        return low


def compared(pairs: Pairs, tests: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Give the columns of some tests, each (n,): values, degrees of freedom, p, log10 of p; NaN is undefined.

    All compare shapes, whatever the normalisation, and work on the counts.
    """
    columns: dict[str, NDArray[Any]] = {}
    for test in tests:
        columns |= dict(_TABLE[test](pairs))
    return columns


def names(tests: Sequence[str], dim: int) -> list[str]:
    """List the columns of some tests in so many dimensions."""
    bins = np.ones((1,) * (dim + 1))
    return list(compared(Pairs(bins, bins, _ONE_BIN, None if dim == 1 else _ONE_BIN), tests))


def _chi2(pairs: Pairs) -> Iterator[tuple[str, NDArray[Any]]]:
    found = shape_chi2(_flat(pairs.counts), _flat(pairs.reference))
    yield "chi2", found.chi2
    yield "chi2_dof", found.dof
    yield "chi2_per_dof", found.per_dof
    yield from _probability("chi2", found.log_p)


def _ks(pairs: Pairs) -> Iterator[tuple[str, NDArray[Any]]]:
    found = kolmogorov(_flat(pairs.counts), _flat(pairs.reference))
    yield "ks", found.distance
    yield from _probability("ks", found.log_p)


def calibrated_beta(columns: Mapping[str, NDArray[Any]], is_low: NDArray[np.bool_]) -> Floats:
    """Give the beta-binomial measure of the LS of an element, (n,), in units of what is usual among them.

    Those of low statistics are none of them; NaN where too few remain.
    """
    statistic = np.asarray(columns[PER_BIN], dtype=np.float64)
    usual = ~is_low & np.isfinite(statistic)
    if np.count_nonzero(usual) < LEAST_LS:
        return np.full(statistic.size, np.nan)
    return np.where(is_low, np.nan, calibrated(statistic, usual))


def _pull(pairs: Pairs) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the largest pull of the bins, those of unit areas; NaN where all bins have too few entries."""
    counts, reference = _flat(pairs.counts), _flat(pairs.reference)
    with_entries = (pairs.n > 0) & (pairs.m > 0)
    n, m = (np.where(with_entries, sums, np.nan)[:, np.newaxis] for sums in (pairs.n, pairs.m))
    size = np.abs(pulls(counts, reference, n, m, is_area=True))
    largest = np.where(np.isfinite(size), size, -1.0).max(axis=1)
    yield "pull_largest", np.where(largest >= 0, largest, np.nan)


def _beta(pairs: Pairs) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give AutoDQM's measure of the bins; its mean square is about 0.4 without a difference, and no chi2."""
    counts, reference = _flat(pairs.counts), _flat(pairs.reference)
    found = [
        summed(bin_pulls(one[np.newaxis], other), one[np.newaxis], other)
        for one, other in zip(counts, reference, strict=True)
    ]
    yield PER_BIN, np.array([one.per_bin[0] for one in found])
    yield "beta_binomial_largest", np.array([one.largest[0] for one in found])


def _mean(pairs: Pairs) -> Iterator[tuple[str, NDArray[Any]]]:
    if pairs.y is None:
        yield from _shift("mean", pairs.counts, pairs.reference, pairs.x)
        return
    yield from _shift("mean_x", pairs.counts.sum(axis=1), pairs.reference.sum(axis=1), pairs.x)
    yield from _shift("mean_y", pairs.counts.sum(axis=2), pairs.reference.sum(axis=2), pairs.y)


def _shift(name: str, counts: Floats, reference: Floats, axis: Axis) -> Iterator[tuple[str, NDArray[Any]]]:
    mean, std, n = _moments(counts, axis)
    reference_mean, reference_std, m = _moments(reference, axis)
    z = mean_shift(mean, std, n, reference_mean, reference_std, m)
    yield name, mean
    yield f"{name}_reference", reference_mean
    yield f"{name}_shift", z
    yield from _probability(name, normal_log_p(z))


def _moments(counts: Floats, axis: Axis) -> tuple[Floats, Floats, Floats]:
    totals = counts.sum(axis=1)
    some = totals > 0
    mean, variance = np.full(totals.size, np.nan), np.full(totals.size, np.nan)
    mean[some], variance[some] = moments(counts[some], totals[some], axis.centres)
    return mean, np.sqrt(variance), totals


def _probability(name: str, log_p: Floats) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{name}_p", np.exp(log_p)
    yield f"{name}_log10_p", log_p / _LN_10


def _flat(counts: Floats) -> Floats:
    return counts.reshape(len(counts), -1)


_TABLE = {CHI2: _chi2, KS: _ks, PULL: _pull, BETA: _beta, MEAN: _mean}
