"""Comparing shapes, means and numbers of entries: by hand, by SciPy, and over many toy histograms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dqmtui.model.judging.compare import (
    entries_pull,
    expected_entries,
    kolmogorov,
    mean_shift,
    shape_chi2,
)

TOYS = 4000


def test_S1_chi2_worked_by_hand() -> None:
    # N = 40, M = 80, sqrt(M/N) = sqrt 2: (10 sqrt2 - 40/sqrt2)^2/50 = 4, (30 sqrt2 - 40/sqrt2)^2/70 = 2.857
    test = shape_chi2([10, 30], [40, 40])
    assert test.chi2[0] == pytest.approx(4 + 200 / 70)
    assert test.dof.tolist() == [1]
    assert test.p[0] == pytest.approx(stats.chi2.sf(4 + 200 / 70, 1))


@given(st.lists(st.tuples(st.integers(20, 500), st.integers(20, 500)), min_size=2, max_size=20))
def test_S1_is_the_chi2_of_a_contingency_table(bins: list[tuple[int, int]]) -> None:
    d, r = np.array(bins).T
    expected = stats.chi2_contingency(np.array([d, r]), correction=False)
    test = shape_chi2(d, r, least_expected=0)
    assert test.chi2[0] == pytest.approx(expected.statistic, abs=1e-9)
    assert test.dof[0] == expected.dof
    assert test.p[0] == pytest.approx(expected.pvalue, rel=1e-8)


def test_S1_bins_are_merged_from_the_left_until_ten_and_the_rest_joins_the_last() -> None:
    # d + r = 4 8 | 12 | 10 | 2 3: groups (4 8), (12), (10 2 3)
    d, r = np.array([2, 4, 6, 5, 1, 1]), np.array([2, 4, 6, 5, 1, 2])
    merged = shape_chi2([6, 6, 7], [6, 6, 8])
    test = shape_chi2(d, r, least_expected=0)
    assert test.dof[0] == 2
    assert test.chi2[0] == pytest.approx(merged.chi2[0])


def test_S1_rows_are_merged_each_by_itself() -> None:
    rng = np.random.default_rng(7)
    d, r = rng.poisson(3, (20, 30)), rng.poisson(9, (20, 30))
    together = shape_chi2(d, r)
    alone = [shape_chi2(d[i], r[i]) for i in range(20)]
    assert together.chi2.tolist() == pytest.approx([one.chi2[0] for one in alone])
    assert together.dof.tolist() == [one.dof[0] for one in alone]


def test_S1_p_is_uniform_under_the_null_one_lumisection_against_many() -> None:
    rng = np.random.default_rng(1)
    shape = np.exp(-np.arange(100) / 15)
    shape /= shape.sum()
    d, r = rng.poisson(800 * shape, (TOYS, 100)), rng.poisson(24000 * shape, (TOYS, 100))
    p = shape_chi2(d, r).p
    for level in (0.5, 0.1, 0.01):
        expected, error = TOYS * level, np.sqrt(TOYS * level)
        assert abs(np.count_nonzero(p < level) - expected) < 4 * error


def test_S1_nothing_is_said_of_rows_that_are_no_counts() -> None:
    rows = np.array([[0, 0, 0], [5, -1, 30], [np.nan, 20, 20], [np.inf, 20, 20], [30, 30, 30]])
    test = shape_chi2(rows, [20, 20, 20])
    assert np.isnan(test.p[:4]).all()
    assert test.p[4] == 1
    one_bin = shape_chi2([[40]], [50])
    assert one_bin.dof[0] == 0
    assert np.isnan(one_bin.p[0])
    with pytest.raises(ValueError, match="3 bins"):
        shape_chi2([1, 2, 3], [1, 2])


def test_S2_a_shifted_peak_is_far_away() -> None:
    peak = np.zeros(40)
    peak[10:13] = 100
    moved = np.roll(peak, 10)
    found = kolmogorov(peak, moved)
    assert found.distance[0] == 1
    assert found.log_p[0] == pytest.approx(np.log(2) - 2 * 150)


def test_S2_distance_and_p_worked_by_hand() -> None:
    # cumulative 0.5 1 against 0.25 1: distance 0.25, n_e = 40 x 80 / 120
    found = kolmogorov([20, 20], [20, 60])
    assert found.distance[0] == pytest.approx(0.25)
    assert found.p[0] == pytest.approx(stats.kstwobign.sf(0.25 * np.sqrt(40 * 80 / 120)))
    assert np.isnan(kolmogorov([0, 0], [20, 60]).p[0])


def test_S2_p_is_conservative_because_of_the_bins() -> None:
    rng = np.random.default_rng(2)
    d, r = rng.multinomial(300, np.full(20, 0.05), TOYS), rng.multinomial(9000, np.full(20, 0.05), TOYS)
    p = kolmogorov(d, r).p
    for level in (0.1, 0.01):
        assert np.count_nonzero(p < level) < TOYS * level + 3 * np.sqrt(TOYS * level)


def test_S4_mean_shift_worked_by_hand() -> None:
    # (12 - 10) / sqrt(9/100 + 16/400) = 2 / sqrt 0.13
    assert mean_shift(12, 3, 100, 10, 4, 400) == pytest.approx(2 / np.sqrt(0.13))
    assert np.isnan(mean_shift([1, 1], 0, [0, 50], 2, 0, [10, 50])).all()


def test_S4_entries_against_the_rate_worked_by_hand() -> None:
    # median over the good LS of n/rate = 20; the third LS has a rate of 5: 100 expected, 130 found
    entries, rate = np.array([200, 380, 130, 9000, 50]), np.array([10, 20, 5, 10, 0])
    mu = expected_entries(entries, rate, np.array([True, True, True, False, True]))
    assert mu[:4].tolist() == [200, 400, 100, 200]
    assert np.isnan(mu[4])
    assert entries_pull(130, 100.0) == pytest.approx(3)
    assert entries_pull(130, 100.0, 0.1) == pytest.approx(30 / np.sqrt(200))
    assert np.isnan(entries_pull([5, 5], [0.0, np.nan])).all()
