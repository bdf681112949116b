"""Beta-binomial pulls agree with SciPy's distribution and are what AutoDQM calls a pull."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dqmtui.model.judging.pulls import (
    beta_binomial_log_pmf,
    bin_log_tail,
    bin_pulls,
    calibrated,
    summed,
)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 5000), st.integers(0, 5000))
def test_S3_probabilities_are_those_of_scipy(k: int, more: int, r: int, rest: int) -> None:
    expected = stats.betabinom.logpmf(k, k + more, r + 1, rest + 1)
    assert beta_binomial_log_pmf(k, k + more, r + 1, rest + 1) == pytest.approx(expected, abs=1e-7)


def test_S3_a_pull_has_the_chi2_of_the_relative_probability() -> None:
    # 30 of 100 entries where the reference has 200 of 1000: the mode of betabinom(100, 201, 801) is 20
    pulls = bin_pulls([[30, 70]], [200, 800])
    relative = stats.betabinom.pmf(30, 100, 201, 801) / stats.betabinom.pmf(20, 100, 201, 801)
    assert pulls[0, 0] == pytest.approx(np.sqrt(stats.chi2.isf(relative, 1)), rel=1e-6)
    assert pulls[0, 1] == pytest.approx(-pulls[0, 0], rel=0.05)


def test_S3_mean_square_of_the_pulls_is_well_below_1_under_the_null() -> None:
    # in full bins pmf / max pmf is exp(-z^2 / 2) of a normal z
    z = np.linspace(-8, 8, 100_001)
    limit = (stats.norm.pdf(z) * stats.chi2.isf(np.exp(-z * z / 2), 1)).sum() * (z[1] - z[0])
    assert limit == pytest.approx(0.428, abs=0.001)
    rng = np.random.default_rng(3)
    shape = np.full(200, 1 / 200)
    d, r = rng.multinomial(20000, shape, 200), rng.multinomial(2_000_000, shape)
    found = summed(bin_pulls(d, r), d, r)
    assert found.per_bin.mean() == pytest.approx(limit, abs=0.02)


def test_S3_calibration_gives_the_good_rows_median_0_and_spread_1() -> None:
    rng = np.random.default_rng(4)
    statistic = rng.normal(0.37, 0.02, 500)
    statistic[10] = 0.67
    good = np.arange(500) != 10
    scaled = calibrated(statistic, good)
    assert np.median(scaled[good]) == pytest.approx(0)
    assert np.median(np.abs(scaled[good])) == pytest.approx(1 / 1.4826)
    assert scaled[10] == pytest.approx(15, rel=0.15)
    assert np.isnan(calibrated(np.ones(5), np.ones(5, dtype=bool))).all()


@pytest.mark.parametrize(("k", "upper"), [(32, True), (45, True), (9, False), (3, False)])
def test_S3_the_tail_is_an_upper_bound_near_the_exact_one(k: int, *, upper: bool) -> None:
    law = stats.betabinom(100, 201, 801)
    counts = np.arange(k, 101) if upper else np.arange(k + 1)
    exact = law.pmf(counts).sum()
    bound = np.exp(bin_log_tail(k, 100, 200, 1000, upper=upper))
    z = stats.norm.isf(exact)
    assert exact <= bound * (1 + 1e-9)
    assert bound <= exact * (1 + 2 / z**2)


def test_S3_up_to_the_mode_a_tail_is_certain() -> None:
    assert bin_log_tail([5, 20], 100, 200, 1000, upper=True).tolist() == [0, 0]


def test_S3_sparse_empty_and_broken_bins_are_sensible() -> None:
    pulls = bin_pulls(np.array([[0, 3, 0], [0, 0, 0], [1, np.nan, 2], [-1, 2, 3]]), [0, 30, 0])
    assert np.isfinite(pulls[0]).all()
    assert np.abs(pulls[0]).max() == 0
    assert np.isnan(pulls[1:]).all()
    assert np.isnan(bin_pulls([[1, 2]], [0, 0])).all()


def test_S3_pulls_of_a_map_keep_its_shape() -> None:
    data = np.ones((3, 4, 5))
    data[1, 2, 3] = 60
    pulls = bin_pulls(data, np.full((4, 5), 100))
    assert pulls.shape == (3, 4, 5)
    assert int(np.argmax(pulls[1])) == 2 * 5 + 3
    assert pulls[1, 2, 3] > 10
