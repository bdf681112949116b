"""Dividing histograms by their area."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.normalise import (
    LS_SECONDS,
    OFFERED,
    Normalisation,
    area_errors,
    divided,
    poisson_errors,
    to_unit_area,
)


def test_N1_a_curve_is_divided_by_its_sum() -> None:
    np.testing.assert_array_equal(to_unit_area(np.array([[1.0, 2.0, 1.0]])), [[0.25, 0.5, 0.25]])


def test_N1_each_ls_is_divided_by_its_own_sum() -> None:
    found = to_unit_area(np.array([[1.0, 3.0], [10.0, 30.0]]))
    np.testing.assert_array_equal(found, [[0.25, 0.75], [0.25, 0.75]])


def test_N1_a_whole_map_sums_to_1_rather_than_each_of_its_columns() -> None:
    found = to_unit_area(np.array([[[1.0, 2.0], [3.0, 2.0]]]))
    np.testing.assert_array_equal(found, [[[0.125, 0.25], [0.375, 0.25]]])


def test_N1_an_empty_ls_stays_empty_and_is_no_flat_zero() -> None:
    found = to_unit_area(np.array([[0.0, 0.0], [1.0, 1.0]]))
    np.testing.assert_array_equal(found, [[np.nan, np.nan], [0.5, 0.5]])
    assert np.isnan(to_unit_area(np.zeros((2, 3, 4)))).all()


@given(
    st.lists(st.lists(st.integers(0, 2**24), min_size=6, max_size=6).filter(any), min_size=1, max_size=6),
    st.booleans(),
)
def test_N1_every_ls_that_is_not_empty_sums_to_1_and_keeps_its_shape(
    counts: list[list[int]],
    as_map: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    data = np.array(counts, dtype=np.float32).reshape((-1, 2, 3) if as_map else (-1, 6))
    found = to_unit_area(data)
    assert found.shape == data.shape
    assert found.dtype == np.float64
    for row, bins in zip(found, counts, strict=True):
        assert row.sum() == pytest.approx(1.0, rel=1e-12)
        np.testing.assert_allclose(row.ravel(), [n / sum(bins) for n in bins], rtol=1e-14)


def test_N1_the_sum_is_taken_in_float64() -> None:
    # in float32 the sum would be 2**24, and the two last bins would be too much
    found = to_unit_area(np.array([[2**24, 1, 1]], dtype=np.float32))
    np.testing.assert_allclose(found, [[2**24 / 16777218, 1 / 16777218, 1 / 16777218]], rtol=1e-15)


def test_N1_no_rows_are_no_rows() -> None:
    assert to_unit_area(np.zeros((0, 5))).shape == (0, 5)


def test_N3_a_sum_below_zero_is_no_area() -> None:
    assert np.isnan(to_unit_area(np.array([[-3.0, 1.0]]))).all()


def test_the_original_is_left_alone() -> None:
    data = np.array([[1.0, 3.0]])
    to_unit_area(data)
    assert data.tolist() == [[1.0, 3.0]]


def test_N2_rows_are_divided_by_their_own_divisor_curves_and_maps_alike() -> None:
    divisor = np.array([2.0, 4.0])
    np.testing.assert_array_equal(divided(np.array([[2.0, 4.0], [8.0, 2.0]]), divisor), [[1, 2], [2, 0.5]])
    maps = np.array([[[2.0], [4.0]], [[8.0], [2.0]]])
    np.testing.assert_array_equal(divided(maps, divisor), [[[1], [2]], [[2], [0.5]]])


@pytest.mark.parametrize("divisor", [0.0, -1.0, np.nan])
def test_N2_a_divisor_that_is_none_masks_its_row_alone(divisor: float) -> None:
    found = divided(np.array([[2.0, 4.0], [8.0, 2.0]]), np.array([divisor, 2.0]))
    np.testing.assert_array_equal(found, [[np.nan, np.nan], [4.0, 1.0]])


def test_N2_the_error_is_the_root_of_the_counts_over_the_divisor() -> None:
    found = poisson_errors(np.array([[0.0, 4.0, 9.0]], dtype=np.float32), np.array([2.0]))
    np.testing.assert_array_equal(found, [[0.0, 1.0, 1.5]])


def test_N1_the_error_of_a_fraction_is_binomial() -> None:
    # f = 0.2, 0.8 of N = 100: sqrt(0.2 * 0.8 / 100) = 0.04
    np.testing.assert_allclose(area_errors(np.array([[20.0, 80.0]]), np.array([100.0])), [[0.04, 0.04]])


def test_N1_a_bin_that_holds_everything_is_1_without_error() -> None:
    np.testing.assert_array_equal(area_errors(np.array([[0.0, 7.0]]), np.array([7.0])), [[0.0, 0.0]])


def test_N1_the_binomial_error_is_the_spread_of_fractions() -> None:
    drawn = np.random.default_rng(1).poisson([30.0, 50.0, 120.0], size=(20000, 3)).astype(np.float64)
    spread = to_unit_area(drawn).std(axis=0)
    said = area_errors(np.array([[30.0, 50.0, 120.0]]), np.array([200.0]))[0]
    np.testing.assert_allclose(spread, said, rtol=0.03)


def test_N2_a_lumisection_is_2_to_the_18_orbits() -> None:
    assert LS_SECONDS == 23.31040958


def test_N4_each_normalisation_has_the_name_that_stands_on_screen() -> None:
    assert [mode.value for mode in Normalisation] == [
        "counts", "unit area", "per Hz", "per event", "per luminosity", "per event and pileup",
    ]  # fmt: skip
    assert [mode.value for mode in OFFERED] == ["counts", "unit area"]
