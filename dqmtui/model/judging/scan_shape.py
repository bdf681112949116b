"""Judging the bins of one element per lumisection: shapes against the run, single bins, dead blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.blocks import LEAST_EXPECTED, Blocks, heaviest
from dqmtui.model.judging.compare import ShapeTest, shape_chi2
from dqmtui.model.judging.compare_tails import chi2_log_sf, z_of_log_p
from dqmtui.model.judging.outliers import Neighbours, median, running_median
from dqmtui.model.judging.pulls import bin_log_tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LS_PER_PART = 25
_MOST_PARTS = 12
_USUAL_QUANTILE = 0.75
_CHUNK_BINS = 1 << 16
_CANDIDATE_P = 0.05
_EXACT_FROM = 3.0
_MEDIAN_WINDOW = 15


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What the bins of an LS are expected to be like.

    `shapes` (k, bins) have sum 1 and come from `totals` (k,) entries; `part` (n,) says which one a row has.
    """

    part: NDArray[np.intp]
    shapes: Floats
    totals: Floats

    @classmethod
    def of_run(cls, bins: NDArray[np.floating], good: NDArray[np.bool_]) -> Template:
        """Make the template from the run itself: bins (n, bins), `good` (n,) the LS that may be part of it.

        The LS are cut into at most 12 parts of 25 or more, one after the other. What is expected of a bin is
        what it had in three quarters of the other parts, or less: so neither a spot that was hot for a while
        nor a region that was off for up to three quarters of the run becomes the rule, and no LS is its own
        reference.
        """
        n = bins.shape[0]
        count = int(np.clip(n // _LS_PER_PART, 2, _MOST_PARTS))
        edges = np.linspace(0, n, count + 1).astype(np.intp)
        part = np.repeat(np.arange(count), np.diff(edges))
        sums = np.stack([_sum_of(bins[a:b], good[a:b]) for a, b in pairwise(edges.tolist())])
        totals = sums.sum(axis=1)
        filled = totals > 0
        if not filled.any():
            return cls(part, np.zeros((count, bins.shape[1])), np.zeros(count))
        shares = sums[filled] / totals[filled, None]
        ordered = np.sort(shares.T, axis=1).T
        last = ordered.shape[0] - 1
        at = int(_USUAL_QUANTILE * max(last - 1, 0))
        shapes = np.empty((count, bins.shape[1]))
        own = np.cumsum(filled) - 1
        for k in range(count):
            if not filled[k] or last < 1:
                shapes[k] = ordered[min(at, last)]
            else:
                shapes[k] = np.where(shares[own[k]] <= ordered[at], ordered[at + 1], ordered[at])
        total = shapes.sum(axis=1, keepdims=True)
        return cls(part, shapes / np.where(total > 0, total, 1.0), totals.sum() - totals)

    @classmethod
    def of_reference(cls, reference: NDArray[np.floating], n: int) -> Template:
        """Make the template of n LS from one histogram of another run, as a row of bins."""
        total = float(reference.sum(dtype=np.float64))
        shape = reference.astype(np.float64)[None] / (total if total > 0 else 1.0)
        return cls(np.zeros(n, dtype=np.intp), shape, np.array([total]))

    def chunks(self, bins: int) -> Iterator[tuple[int, int, int]]:
        """Cut the rows into (first, end, part) that fit into the processor's cache."""
        most = max(1, _CHUNK_BINS // max(bins, 1))
        borders = [0, *(np.flatnonzero(np.diff(self.part)) + 1).tolist(), self.part.size]
        for low, high in pairwise(borders):
            for first in range(low, high, most):
                yield first, min(first + most, high), int(self.part[low])


def _sum_of(bins: NDArray[np.floating], good: NDArray[np.bool_]) -> Floats:
    """Sum the good rows. Not as a matrix product, which wakes all processors for what one does as fast."""
    total = bins.sum(axis=0)
    bad = bins[~good]
    return np.asarray(total - bad.sum(axis=0) if bad.size else total, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """The highest and the lowest pull of each row and the bins that have them, all (n,)."""

    highest: Floats
    highest_at: NDArray[np.intp]
    lowest: Floats
    lowest_at: NDArray[np.intp]

    @classmethod
    def of(cls, pulls: NDArray[np.floating], scale: Floats) -> Extremes:
        """Find them in pulls (n, bins), and multiply them by a factor per row (n,)."""
        every = np.arange(pulls.shape[0])
        high, low = pulls.argmax(axis=1), pulls.argmin(axis=1)
        return cls(pulls[every, high] * scale, high, pulls[every, low] * scale, low)

    @classmethod
    def joined(cls, parts: list[Extremes]) -> Extremes:
        """Put the rows of parts after each other; there is at least one part."""
        return cls(
            np.concatenate([one.highest for one in parts]),
            np.concatenate([one.highest_at for one in parts]),
            np.concatenate([one.lowest for one in parts]),
            np.concatenate([one.lowest_at for one in parts]),
        )

    def only(self, rows: NDArray[np.bool_]) -> Extremes:
        """Forget the pulls of all other rows (n,)."""
        return replace(
            self, highest=np.where(rows, self.highest, 0.0), lowest=np.where(rows, self.lowest, 0.0)
        )


@dataclass(frozen=True, slots=True, eq=False)
class BinReference:
    """What single bins are compared with: counts and their sums, of which each row has one.

    `counts` (k, bins), `totals` (k,), `part` (n,) which of the k a row has, `rows` (n,) the rows' own sums.
    """

    counts: Floats
    totals: Floats
    part: NDArray[np.intp]
    rows: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """Bins against the template per row (n,); of maps also the extreme pulls and the heaviest empty block.

    `per_bin` is the mean square of the pulls over its expectation, `error` its error.
    """

    per_bin: Floats
    error: Floats
    of_map: tuple[Extremes, Blocks] | None


def screen(
    bins: NDArray[np.floating], totals: Floats, template: Template, map_shape: tuple[int, int] | None
) -> Screened:
    """Compare rows of bins (n, bins) of `totals` (n,) entries with their template.

    The pull of a bin is (d - N t) / sqrt(N t + N/N0), t the template and N0 the median of N, the
    Gaussian stand-in of the beta-binomial pull at a hundredth of its cost. The sum of their squares has the
    expectation sum a, a = N0 t/(N0 t + 1), and the variance sum a^2 (2 + 1/mu). Extremes are
    looked at again exactly.
    """
    n, size = bins.shape
    typical = median(totals) if n else 1.0
    mean = typical * template.shapes
    full = mean / (mean + 1)
    kind = bins.dtype
    scales = (1 / np.sqrt(mean + 1)).astype(kind)
    shifts = (template.shapes * scales).astype(kind)
    moments = np.stack(
        (
            np.maximum(full.sum(axis=1), 1e-9),
            2 * np.square(full).sum(axis=1),
            (full * typical / (mean + 1)).sum(axis=1),  # a^2 / t, and 0 where t is
        ),
        axis=1,
    )
    per_bin, error = np.empty(n), np.empty(n)
    found: list[Extremes] = []
    empty_at: list[NDArray[np.intp]] = []
    longest = max(1, _CHUNK_BINS // max(size, 1))
    pull_room, mean_room = np.empty((longest, size), dtype=kind), np.empty((longest, size), dtype=kind)
    for first, end, part in template.chunks(size):
        shape, scale, scaled = template.shapes[part], scales[part], shifts[part]
        total = totals[first:end]
        rows = bins[first:end]
        pulls, means = pull_room[: end - first], mean_room[: end - first]
        np.multiply(rows, scale, out=pulls)
        np.multiply(total.astype(kind)[:, None], scaled, out=means)
        pulls -= means
        norm = typical / total
        expected, double, rare = moments[part]
        per_bin[first:end] = np.einsum("ij,ij->i", pulls, pulls) * norm / expected
        error[first:end] = np.sqrt(double + rare / total) / expected
        if map_shape is not None:
            found.append(Extremes.of(pulls, np.sqrt(norm)))
            strong = shape * float(total.max()) >= LEAST_EXPECTED
            empty_at.append(np.flatnonzero((rows == 0) & strong) + first * size)
    if map_shape is None:
        return Screened(per_bin, error, None)
    blocks = _blocks(np.concatenate(empty_at), totals, template, map_shape)
    return Screened(per_bin, error, (Extremes.joined(found), blocks))


def _blocks(at: NDArray[np.intp], totals: Floats, template: Template, shape: tuple[int, int]) -> Blocks:
    row, cell = np.divmod(at, shape[0] * shape[1])
    expected = template.shapes[template.part[row], cell] * totals[row]
    kept = expected >= LEAST_EXPECTED
    row, cell, expected = row[kept], cell[kept], expected[kept]
    y, x = np.divmod(cell, shape[1])
    return heaviest(row, y, x, expected, shape, totals.size)


def block_z(blocks: Blocks, bins: int) -> Floats:
    """Give the z, at least 0, of the heaviest empty block: exp(-expected) for each bin it may begin in."""
    z = np.zeros(blocks.expected.size)
    there = blocks.expected > np.log(bins)
    z[there] = z_of_log_p(np.log(bins) - blocks.expected[there])
    return z


def over_dispersion(statistic: Floats, usual: NDArray[np.bool_], expected: float = 1.0) -> float:
    """Give the median of a statistic over the usual LS in units of its expectation, at least 1."""
    values = statistic[usual & np.isfinite(statistic)]
    return max(1.0, median(values) / expected) if values.size else 1.0


def shape_distance(screened: Screened, totals: Floats) -> tuple[Floats, Floats]:
    """Give how far each shape is from the template, in a number that does not grow with N, and its error.

    The excess of the chi2 over its expectation grows with the number of entries for one and the same
    difference of shape, so it is put to the median N. A shape that differs makes the chi2 a non-central one,
    the variance of which grows by 4 times the excess.
    """
    norm = median(totals) / totals
    distance = (screened.per_bin - 1) * norm
    usual = np.maximum(running_median(distance, _MEDIAN_WINDOW), 0.0) / norm
    return distance, np.sqrt(_variance(screened.error, usual)) * norm


def _variance(error: Floats, excess: Floats) -> Floats:
    """Variance of a chi2 over its expectation that has such an error without, and such an excess with it."""
    return np.asarray(np.square(error) * (1 + 2 * excess), dtype=np.float64)


def distance_z(screened: Screened, totals: Floats, expected: Floats, spread: float) -> Floats:
    """Give z, at least 0, of a shape being further off than `expected` (n,), a `shape_distance`.

    By Wilson and Hilferty's cube root for as many degrees of freedom as mean and variance of the expected
    chi2 call for (P. Patnaik, 1949); `spread` of the distance is added to that variance.
    """
    norm = median(totals) / totals
    mean = 1 + np.maximum(expected, 0.0) / norm
    variance = _variance(screened.error, mean - 1) + np.square(spread / norm)
    part = variance / np.square(mean) / 9
    ratio = np.maximum(screened.per_bin / mean, 0.0)
    return np.asarray(np.maximum((np.cbrt(ratio) - (1 - part)) / np.sqrt(part), 0.0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class LocalShape:
    """S1 per row against its neighbours: the test, what they sum to (n, bins), z at least 0, dispersion."""

    test: ShapeTest
    reference: Floats
    z: Floats
    dispersion: float


def chi2_z(test: ShapeTest, dispersion: float) -> Floats:
    """Give z, at least 0, of a chi2 divided by its measured dispersion, shape (n,); NaN where there is none.

    By Wilson and Hilferty's cube root; where that is beyond 3, from the probability itself.
    """
    dof = np.where(test.dof > 0, test.dof, np.nan)
    chi2 = test.chi2 / dispersion
    z = ((chi2 / dof) ** (1 / 3) - (1 - 2 / (9 * dof))) / np.sqrt(2 / (9 * dof))
    far = z > _EXACT_FROM
    if far.any():
        z[far] = z_of_log_p(chi2_log_sf(chi2[far], dof[far]))
    return np.asarray(np.maximum(z, 0.0), dtype=np.float64)


def local_shape(
    bins: Floats, near: Neighbours, usual: NDArray[np.bool_], before: LocalShape | None = None
) -> LocalShape:
    """Compare each row (n, bins) with the sum of its neighbours by S1; `usual` rows (n,) are the null.

    `before` is what was found with other neighbours: rows whose reference is still the same keep it.
    """
    reference = near.sums(bins)
    if before is None:
        test = shape_chi2(bins, reference)
    else:
        other = (reference != before.reference).any(axis=1)
        chi2, dof = before.test.chi2.copy(), before.test.dof.copy()
        again = shape_chi2(bins[other], reference[other])
        chi2[other], dof[other] = again.chi2, again.dof
        test = ShapeTest(chi2, dof)
    middle = (1 - 2 / (9 * np.maximum(test.dof, 1))) ** 3  # median of chi2/dof, Wilson and Hilferty
    dispersion = over_dispersion(test.per_dof / middle, usual)
    return LocalShape(test, reference, chi2_z(test, dispersion), dispersion)


def extreme_z(
    bins: NDArray[np.floating], extremes: Extremes, reference: BinReference, dispersion: float
) -> tuple[Floats, NDArray[np.intp]]:
    """Give z of the oddest bin of each row (n,), signed, 0 where none is odd, and which bin that is.

    Rows with a pull that chance gives one in twenty of them or fewer are looked at again: the beta-binomial
    tail of the bin against its reference, times the number of bins, over the root of the measured dispersion.
    """
    n, size = bins.shape
    z, where = np.zeros(n), extremes.highest_at.copy()
    root = np.sqrt(dispersion)
    # above the normal quantile of that probability
    odd = root * np.sqrt(2 * np.log(size / _CANDIDATE_P))
    for upper, pulls, at in (
        (True, extremes.highest, extremes.highest_at),
        (False, -extremes.lowest, extremes.lowest_at),
    ):
        rows = np.flatnonzero(pulls > odd)
        if not rows.size:
            continue
        cell, part = at[rows], reference.part[rows]
        tail = bin_log_tail(
            bins[rows, cell].astype(np.float64),
            reference.rows[rows],
            reference.counts[part, cell],
            reference.totals[part],
            upper=upper,
        )
        found = z_of_log_p(np.minimum(tail + np.log(size), 0.0)) / root
        larger = found > np.abs(z[rows])
        z[rows[larger]] = found[larger] * (1 if upper else -1)
        where[rows[larger]] = cell[larger]
    return z, where
