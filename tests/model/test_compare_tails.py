"""Tail probabilities agree with SciPy, down to those that are too small to write down."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from dqmtui.model.judging.compare_tails import (
    chi2_log_sf,
    chi2_sf,
    kolmogorov_log_sf,
    log_gamma,
    normal_log_p,
    z_of_log_p,
)

RELATIVE = 1e-10
SMALLEST = 1e-290


@pytest.mark.parametrize("dof", [1, 2, 3, 7, 50, 333, 9360])
def test_S1_p_of_chi2_is_that_of_scipy_over_the_whole_range(dof: int) -> None:
    chi2 = np.concatenate([dof * np.logspace(-6, 2, 200), dof + np.sqrt(2 * dof) * np.linspace(-4, 40, 200)])
    chi2 = chi2[chi2 > 0]
    expected = stats.chi2.sf(chi2, dof)
    told = expected > SMALLEST
    assert np.allclose(chi2_sf(chi2, dof)[told], expected[told], rtol=RELATIVE, atol=0)


@given(st.floats(0.5, 5000), st.floats(0, 1e4))
def test_S1_log_p_of_chi2_is_that_of_scipy(dof: float, chi2: float) -> None:
    expected = stats.chi2.sf(chi2, dof)
    if expected > SMALLEST:
        assert np.exp(chi2_log_sf(chi2, dof)) == pytest.approx(expected, rel=1e-9)


def test_S1_log_p_goes_on_where_p_is_too_small_for_a_number() -> None:
    # two degrees of freedom: p = exp(-chi2 / 2) exactly
    assert chi2_log_sf(1e6, 2) == pytest.approx(-5e5, rel=1e-12)
    assert chi2_sf(1e6, 2) == 0


def test_S1_there_is_no_p_without_a_degree_of_freedom() -> None:
    assert np.isnan(chi2_log_sf([3.0, np.nan], [0, 4])).all()
    assert chi2_log_sf(0.0, 4) == 0
    assert chi2_log_sf(np.inf, 4) == -np.inf


def test_log_gamma_is_that_of_scipy() -> None:
    x = np.logspace(-3, 7, 500)
    assert np.allclose(log_gamma(x), special.gammaln(x), rtol=1e-13, atol=1e-13)
    assert log_gamma(5.0) == pytest.approx(np.log(24))


@given(st.floats(0, 1000))
def test_z_and_log_p_are_inverse_to_each_other(z: float) -> None:
    assert z_of_log_p(normal_log_p(z)) == pytest.approx(z, abs=1e-6, rel=1e-9)


def test_z_of_p_is_that_of_scipy() -> None:
    p = np.logspace(-300, -0.001, 200)
    assert np.allclose(z_of_log_p(np.log(p)), stats.norm.isf(p / 2), rtol=1e-9)
    assert z_of_log_p(-np.inf) == np.inf
    assert z_of_log_p(0.0) == pytest.approx(0, abs=1e-8)


def test_S2_the_kolmogorov_series_is_that_of_scipy() -> None:
    x = np.linspace(0.02, 18, 400)
    expected = stats.kstwobign.sf(x)
    assert np.allclose(np.exp(kolmogorov_log_sf(x)), expected, rtol=1e-12, atol=0)
    assert kolmogorov_log_sf(np.array([0.0]))[0] == 0
    assert np.isnan(kolmogorov_log_sf(np.array([np.nan]))[0])
    assert kolmogorov_log_sf(np.array([100.0]))[0] == pytest.approx(np.log(2) - 2e4)


def test_many_normal_probabilities_at_once_are_those_one_by_one() -> None:
    z = np.concatenate((np.linspace(-25.0, 25.0, 4001), [0.0, 1e-3, np.nan]))
    one_by_one = np.array([normal_log_p(one).item() for one in z])
    np.testing.assert_allclose(normal_log_p(z), one_by_one, rtol=1e-10, atol=1e-12)
