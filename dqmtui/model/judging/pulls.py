"""Beta-binomial pulls: comparing sparse bins, and those of maps, with a reference.

The idea is that of AutoDQM (its plugin `beta_binomial`): with R of M reference entries in a bin and a flat
prior, the N entries of the data fall into it d times with the beta-binomial probability of alpha = R + 1 and
beta = M - R + 1, which takes the uncertainty of the reference along and stays right for bins with no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.compare_tails import log_gamma, z_of_log_p
from dqmtui.model.judging.outliers import center_and_spread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def beta_binomial_log_pmf(k: ArrayLike, n: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Floats:
    """Logarithm of C(n, k) B(k + alpha, n - k + beta) / B(alpha, beta), any shape; 0 <= k <= n."""
    k, n, alpha, beta = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (k, n, alpha, beta)))
    return np.asarray(
        log_gamma(n + 1)
        - log_gamma(k + 1)
        - log_gamma(n - k + 1)
        + log_gamma(k + alpha)
        + log_gamma(n - k + beta)
        - log_gamma(n + alpha + beta)
        + log_gamma(alpha + beta)
        - log_gamma(alpha)
        - log_gamma(beta),
        dtype=np.float64,
    )


def _varying(k: Floats, n: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Give the part of `beta_binomial_log_pmf` that depends on k: the rest cancels in a ratio."""
    return log_gamma(k + alpha) - log_gamma(k + 1) + log_gamma(n - k + beta) - log_gamma(n - k + 1)


def bin_pulls(data: ArrayLike, reference: ArrayLike) -> Floats:
    """Give the signed pull of each bin: the z whose chi2 of one degree has the bin's relative probability.

    That is pmf(d) / max pmf of the beta-binomial distribution, as in AutoDQM. `data` is (n, ...) and
    `reference` one histogram (...); shape (n, ...). Rows without entries, or with bins that are negative or
    not finite, give NaN. Without a difference the mean square of these pulls is not 1 but 0.43 in full
    bins (less where the reference is weakened, as AutoDQM does by default), for a relative probability is no
    tail: hence `calibrated`.
    """
    d, r = np.asarray(data, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    flat = d.reshape(d.shape[0], -1)
    wanted = r.ravel()
    total, total_r = flat.sum(axis=1), float(wanted.sum())
    pulls = np.full(flat.shape, np.nan)
    rows = (flat.min(axis=1, initial=0.0) >= 0) & np.isfinite(total) & (total > 0)
    if not (rows.any() and np.isfinite(total_r) and total_r > 0 and wanted.min() >= 0):
        return pulls.reshape(d.shape)
    k, n = flat[rows], total[rows][:, None]
    alpha, beta = wanted + 1, total_r - wanted + 1
    expected = n * wanted / total_r
    peak = np.maximum(
        _varying(np.floor(expected), n, alpha, beta),
        _varying(np.minimum(np.ceil(expected), n), n, alpha, beta),
    )
    relative = np.minimum(_varying(k, n, alpha, beta) - peak, 0.0)
    pulls[rows] = np.sign(k - expected) * z_of_log_p(relative)
    return pulls.reshape(d.shape)


@dataclass(frozen=True, slots=True, eq=False)
class PullSummary:
    """Per row the mean square of the pulls over bins with d + r > 0 and the largest |pull|, each (n,)."""

    per_bin: Floats
    largest: Floats


def summed(pulls: Floats, data: ArrayLike, reference: ArrayLike) -> PullSummary:
    """Sum up pulls (n, ...) per row over the bins in which either side has entries."""
    used = (np.asarray(data) + np.asarray(reference)) > 0
    squares = np.where(used, np.square(pulls), 0.0).reshape(pulls.shape[0], -1)
    number = used.reshape(pulls.shape[0], -1).sum(axis=1)
    per_bin = squares.sum(axis=1) / np.where(number > 0, number, np.nan)
    return PullSummary(per_bin, np.sqrt(squares.max(axis=1, initial=0.0)) + 0 * per_bin)


def calibrated(statistic: Floats, good: NDArray[np.bool_]) -> Floats:
    """Put a statistic per row (n,) on a scale where the good LS have median 0 and spread 1.

    (x - median) / (1.4826 MAD) over the good LS of this ME: the null as it was measured.
    """
    center, spread = center_and_spread(statistic[good])
    return (statistic - center) / (spread if spread > 0 else np.nan)


def bin_log_tail(
    k: ArrayLike, n: ArrayLike, reference: ArrayLike, reference_total: ArrayLike, *, upper: bool
) -> Floats:
    """Logarithm of the probability of k or more (or k or fewer) of n entries in a bin, any shape.

    The first beta-binomial probability of the tail, alpha = R + 1 and beta = M - R + 1, times the geometric
    series of the ratio to the next: p(k + 1) / p(k) = (n - k)(k + alpha) / ((k + 1)(n - k - 1 + beta)). The
    ratios fall along a tail, so this is an upper bound; z sigma out it is too large by a fraction of about
    1/z^2. Up to the mode it is log 1.
    """
    k, n, r, m = (
        np.asarray(x, dtype=np.float64) for x in np.broadcast_arrays(k, n, reference, reference_total)
    )
    alpha, beta = r + 1, m - r + 1
    if upper:
        ratio = (n - k) * (k + alpha) / ((k + 1) * (np.maximum(n - k - 1, 0.0) + beta))
    else:
        ratio = k * (n - k + beta) / ((n - k + 1) * (np.maximum(k - 1, 0.0) + alpha))
    first = beta_binomial_log_pmf(k, n, alpha, beta)
    tail = first - np.log1p(-np.minimum(ratio, 1 - 1e-9))
    return np.where(ratio < 1, np.minimum(tail, 0.0), 0.0)
