"""The tests of an element whose bins are counts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging import scan_shape as shapes
from dqmtui.model.judging import scan_words as words
from dqmtui.model.judging.blocks import block_around
from dqmtui.model.judging.outliers import Neighbours, center_and_spread, median
from dqmtui.model.judging.scan_conditions import VERY_UNSTEADY
from dqmtui.model.judging.scan_scores import Against, TestScores
from dqmtui.model.judging.scan_tests import ENTRIES
from dqmtui.model.judging.scan_trend import GUARD, NEAR, TrendVerdict, judge_trend
from dqmtui.model.trend import moments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.judging.scan_conditions import Surroundings
    from dqmtui.model.judging.steps import Departure

    Floats = NDArray[np.float64]

LEAST_ENTRIES = 25.0
"""Entries inside the axis below which an LS is low in statistics."""

_ODD_BIN = 4.0
_SOME = 0.25
_DRIFTED = 1.0
"""Excess of chi2/bin that three quarters of the LS have where the shape changes as a rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the tests of one element found in its n judged rows.

    `low` (n,) are rows with too few entries to tell; of them `counted` (n,) can be judged by the number of
    entries alone. `departures` name the test, the rows and why.
    """

    tests: list[TestScores] = field(default_factory=list)
    departures: list[tuple[str, Departure, str]] = field(default_factory=list)
    low: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    counted: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def only(self, names: Collection[str]) -> Found:
        """Leave out all tests but these."""
        tests = [one for one in self.tests if one.name in names]
        departures = [one for one in self.departures if one[0] in names]
        return Found(tests, departures, self.low, self.counted & (ENTRIES in names))

    def add_trend(
        self,
        name: str,
        verdict: TrendVerdict,
        why: Callable[[int], str],
        why_long: Callable[[float, int], str],
        against: Against = Against.NEIGHBOURS,
    ) -> None:
        """Add the scores of a number per LS, and its long problems with what their jump is told as.

        `why_long` gets the jump and a judged row in the middle of the problem.
        """
        places = int(np.count_nonzero(np.isfinite(verdict.z)))
        self.tests.append(TestScores(name, verdict.z, why, verdict.spread, places, against))
        for one in verdict.departures:
            told = one.first + np.flatnonzero(np.isfinite(verdict.z[one.first : one.last + 1]))
            self.departures.append((name, one, why_long(one.jump, int(told[told.size // 2]))))


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The judged rows of an element of counts: `bins` (n, bins), sums `totals` and `entries`, (n,)."""

    bins: NDArray[np.floating]
    totals: Floats
    entries: Floats
    x: Axis
    y: Axis | None
    enough: NDArray[np.bool_]
    around: Surroundings


def count_tests(
    stack: HistogramStack,
    rows: NDArray[np.intp],
    around: Surroundings,
    other_run: NDArray[np.floating] | None = None,
) -> Found:
    """Test the number of entries, the mean, the shape and single bins; in maps also blocks of empty bins."""
    x = stack.x
    if x is None:
        return Found()
    together = rows[-1] - rows[0] + 1 == rows.size
    data = stack.data[rows[0] : rows[-1] + 1] if together else stack.data[rows]
    totals, entries = stack.totals[rows], stack.entries[rows].astype(np.float64)
    enough = totals >= LEAST_ENTRIES
    judged = _Rows(data.reshape(rows.size, -1), totals, entries, x, stack.y, enough, around)
    found = Found(low=~enough, counted=np.zeros(rows.size, dtype=np.bool_))
    usual = _entries(found, judged) & enough
    if np.count_nonzero(enough) < NEAR or not usual.any():
        return found
    if stack.y is None:
        usual &= _mean(found, judged, "mean", judged.bins, x)
    else:
        _mean(found, judged, "mean x", stack.x_sums[rows], x)
        _mean(found, judged, "mean y", stack.y_sums[rows], stack.y)
    usual &= around.unsteady < VERY_UNSTEADY
    _shape(found, judged, usual, other_run)
    return found


def _entries(found: Found, rows: _Rows) -> NDArray[np.bool_]:
    """S4: entries per exposure, such as the trigger rate; gives the usual rows."""
    around = rows.around
    exposure = around.exposure
    value = rows.entries / exposure
    known = np.isfinite(value)
    if not known.any():
        return np.ones(rows.totals.size, dtype=np.bool_)
    level = median(value[known])
    # the counting error of what is expected, not of what came: none came is no reason for no error
    error = np.sqrt(np.maximum(level, 1e-12) / exposure)
    verdict = judge_trend(value, error, around, relative=True)
    few = exposure * level < LEAST_ENTRIES
    found.counted[:] = found.low & ~few & known & np.isfinite(verdict.z)

    def why(row: int) -> str:
        expected = float(verdict.expected[row] * exposure[row])
        return words.entries_changed(float(rows.entries[row]), expected, around.per)

    def why_long(jump: float, row: int) -> str:
        expected = float(verdict.expected[row])
        number = float(expected * exposure[row])
        return words.entries_changed(number * max(1 + jump / expected, 0.0), number, around.per)

    found.add_trend(ENTRIES, verdict, why, why_long)
    return verdict.usual | ~np.isfinite(verdict.z)


def _mean(found: Found, rows: _Rows, name: str, sums: NDArray[np.floating], axis: Axis) -> NDArray[np.bool_]:
    """S4: the mean against that of the LS around; gives the usual rows."""
    if axis.n == 1:
        return np.ones(rows.totals.size, dtype=np.bool_)
    mean = np.full(rows.totals.size, np.nan)
    std = np.full(rows.totals.size, np.nan)
    full = rows.enough
    mean[full], variance = moments(sums[full].astype(np.float64), rows.totals[full], axis.centres)
    # a histogram in one bin has the spread of that bin
    std[full] = np.sqrt(np.maximum(variance, axis.width**2 / 12))
    verdict = judge_trend(mean, std / np.sqrt(np.maximum(rows.totals, 1.0)), rows.around)

    def why(row: int) -> str:
        return words.mean_moved(name, float(mean[row]), float(verdict.expected[row]), float(std[row]))

    def why_long(jump: float, row: int) -> str:
        expected = float(verdict.expected[row])
        return words.mean_moved(name, expected + jump, expected, float(std[row]))

    found.add_trend(name, verdict, why, why_long)
    return verdict.usual | ~np.isfinite(verdict.z)


def _shape(
    found: Found, rows: _Rows, usual: NDArray[np.bool_], other_run: NDArray[np.floating] | None
) -> None:
    """Test the bins: the whole shape against the run, single bins, blocks; in 1D S1 with the LS around."""
    n, size = rows.bins.shape
    if size == 1:
        return
    y = rows.y
    totals = np.maximum(rows.totals, 1.0)
    if other_run is None:
        template = shapes.Template.of_run(rows.bins, usual)
    else:
        template = shapes.Template.of_reference(other_run.ravel(), n)
    screened = shapes.screen(rows.bins, totals, template, None if y is None else (y.n, rows.x.n))
    per_bin = screened.per_bin
    distance, error = shapes.shape_distance(screened, totals)
    verdict = judge_trend(
        np.where(rows.enough, distance, np.nan), error, rows.around, follows_pileup=False, upward=True
    )
    one_sided = shapes.distance_z(screened, totals, verdict.expected, verdict.spread)
    one_sided /= max(1.0, center_and_spread(one_sided[verdict.usual & (one_sided > 0)])[1])
    verdict = replace(verdict, z=one_sided)
    if np.quantile(distance[usual], _SOME) > _DRIFTED:
        # the shape moves through the run: no template fits, and distances from one say little
        verdict = replace(verdict, z=np.full(n, np.nan), departures=())
    dispersion = shapes.over_dispersion(per_bin, usual)

    def expected_of(row: int) -> Floats:
        return np.asarray(template.shapes[template.part[row]] * totals[row], dtype=np.float64)

    def why_shape(row: int) -> str:
        usual_level = 1 + float(verdict.expected[row]) * totals[row] / median(totals)
        text = f"shape off by chi2/bin {per_bin[row]:.3g} where {usual_level:.3g} is usual"
        return f"{text}, most in {_most(rows, row, expected_of(row))}"

    found.add_trend("shape", verdict, why_shape, lambda _jump, row: why_shape(row), Against.REST)
    if y is None or screened.of_map is None:
        _local(found, rows, usual)
        return
    extremes, blocks = screened.of_map
    counts = template.shapes * template.totals[:, None]
    reference = shapes.BinReference(counts, template.totals, template.part, totals)
    against = Against.REST if other_run is None else Against.OTHER_RUN
    _bins(found, rows, extremes.only(rows.enough), reference, dispersion, rows.enough, against)
    z = np.where(rows.enough, shapes.block_z(blocks, size), np.nan)

    def why_block(row: int) -> str:
        number, missing = int(blocks.bins[row]), float(blocks.expected[row])
        if not number:
            return "no bin empty where 5 entries or more were expected"
        low_x, high_x, low_y, high_y = blocks.box[row].tolist()
        where = words.place(rows.x, y, (low_x, high_x, low_y, high_y))
        name = f"block of {number} bins" if number > 1 else "bin"
        return f"{name} empty at {where} where {missing:.0f} entries were expected"

    found.tests.append(TestScores("empty block", z, why_block, 1.0, against=against))


def _local(found: Found, rows: _Rows, usual: NDArray[np.bool_]) -> None:
    """S1 and single bins of a 1D element against the LS around."""
    bins = rows.bins.astype(np.float64)
    near = Neighbours.of(usual, NEAR, GUARD)
    local = shapes.local_shape(bins, near, usual)
    clean = usual & ~(local.z > _ODD_BIN)
    if not np.array_equal(clean, usual):
        near = Neighbours.of(clean, NEAR, GUARD)
        local = shapes.local_shape(bins, near, clean, local)
    moved = rows.around.sensitive(np.where(rows.enough, local.z, np.nan), rows.around.against(near))
    judged = rows.enough & ~moved
    total = local.reference.sum(axis=1)

    def expected_of(row: int) -> Floats:
        return np.asarray(local.reference[row] * (rows.totals[row] / max(total[row], 1.0)), dtype=np.float64)

    def why(row: int) -> str:
        text = f"shape differs: chi2/dof {local.test.per_dof[row]:.3g} (dof {local.test.dof[row]})"
        return f"{text}, most in {_most(rows, row, expected_of(row))}"

    found.tests.append(TestScores("chi2", np.where(judged, local.z, np.nan), why, local.dispersion))
    ratio = rows.totals / np.maximum(total, 1.0)
    mu = local.reference * ratio[:, None]
    pulls = bins - mu
    mu *= 1 + ratio[:, None]
    mu += 1
    pulls /= np.sqrt(mu, out=mu)
    extremes = shapes.Extremes.of(pulls, np.where(judged & (total > 0), 1.0, 0.0))
    reference = shapes.BinReference(local.reference, total, np.arange(total.size), rows.totals)
    _bins(found, rows, extremes, reference, local.dispersion, judged)


def _bins(
    found: Found,
    rows: _Rows,
    extremes: shapes.Extremes,
    reference: shapes.BinReference,
    dispersion: float,
    judged: NDArray[np.bool_],
    against: Against = Against.NEIGHBOURS,
) -> None:
    """S3: the bin of each row that is the oddest for a beta-binomial distribution."""
    z, where = shapes.extreme_z(rows.bins, extremes, reference, dispersion)

    def why(row: int) -> str:
        at = int(where[row])
        if not z[row]:
            return f"no bin beyond {_ODD_BIN:.0f} sigma"
        d = rows.bins[row].astype(np.float64)
        part = reference.part[row]
        mu = reference.counts[part] * (rows.totals[row] / max(reference.totals[part], 1.0))
        sign = 1.0 if z[row] > 0 else -1.0
        odd = sign * (d - mu) / np.sqrt(mu + 1) > _ODD_BIN
        odd[at] = True
        return _block_text(rows, odd, at, d, mu)

    spread = float(np.sqrt(dispersion))
    found.tests.append(TestScores("bin", np.where(judged, z, np.nan), why, spread, against=against))


def _block_text(rows: _Rows, odd: NDArray[np.bool_], at: int, d: Floats, mu: Floats) -> str:
    nx = rows.x.n
    y, x = divmod(at, nx)
    block = block_around(odd.reshape(-1, nx), y, x)
    at_y, at_x = np.nonzero(block)
    box = (int(at_x.min()), int(at_x.max()), int(at_y.min()), int(at_y.max()))
    inside = block.ravel()
    return words.bins_differ(d[inside], mu[inside], rows.x, rows.y, box)


def _most(rows: _Rows, row: int, mu: Floats) -> str:
    """Say where a row differs most from what was expected."""
    d = rows.bins[row].astype(np.float64)
    if rows.y is None:
        first, last = words.worst_stretch(d, mu)
        part = slice(first, last + 1)
        return words.bins_differ(d[part], mu[part], rows.x, None, (first, last, 0, 0))
    pulls = (d - mu) / np.sqrt(mu + 1)
    at = int(np.abs(pulls).argmax())
    odd = np.sign(pulls[at]) * pulls > _ODD_BIN
    odd[at] = True
    return _block_text(rows, odd, at, d, mu)
