from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.scale import Scale

limits = st.floats(-1e12, 1e12).flatmap(
    lambda low: st.tuples(st.just(low), st.floats(1e-3, 1e12).map(lambda span: low + span))
)


def test_a_linear_scale_runs_from_0_to_1() -> None:
    assert Scale(-1, 3).position([-1, 1, 3, 7]).tolist() == [0, 0.5, 1, 2]


def test_a_log_scale_has_no_place_for_zero_and_below() -> None:
    place = Scale(1e-3, 1e3, log=True).position([1e-3, 1, 1e3, 0, -1])
    assert place[:3].tolist() == pytest.approx([0, 0.5, 1])
    assert np.isnan(place[3:]).all()


@pytest.mark.parametrize("low_high", [(1, 1), (2, 1), (math.nan, 1), (0, math.inf), (-1.7e308, 1.7e308)])
def test_limits_that_make_no_axis_are_refused(low_high: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="axis"):
        Scale(*low_high)


@pytest.mark.parametrize("low", [0, -1])
def test_a_log_axis_must_start_above_zero(low: float) -> None:
    with pytest.raises(ValueError, match="log axis"):
        Scale(low, 1, log=True)


@given(limits, st.integers(1, 300))
def test_every_value_on_the_axis_has_a_cell_and_others_have_none(
    ends: tuple[float, float], length: int
) -> None:
    scale = Scale(*ends)
    span = scale.high - scale.low
    inside = scale.cells([scale.low, scale.low + span / 2, scale.high], length)
    assert inside[0] == 0
    assert inside[2] == length - 1
    assert 0 <= inside[1] < length
    assert scale.cells([scale.low - span, scale.high + span, math.nan], length).tolist() == [-1] * 3


def test_the_cells_of_lumisections_on_their_axis() -> None:
    scale = Scale(0.5, 4.5, integer=True)
    assert scale.cells([1, 2, 3, 4, 5, 0], 8).tolist() == [1, 3, 5, 7, -1, -1]


def test_the_tip_of_a_bar_on_a_boundary_is_in_the_cell_below() -> None:
    scale = Scale(0, 10)
    assert scale.tip_cells([0, 0.1, 1, 2, 2.5, 10, 11], 10).tolist() == [0, 0, 0, 1, 2, 9, -1]


def test_bars_grow_from_the_boundary_nearest_to_zero() -> None:
    assert Scale(-1, 3).base(8) == 2
    assert Scale(-1, 3).tip_cells([0], 8).tolist() == [1]
    assert Scale(1, 3).base(8) == 0
    assert Scale(-3, -1).base(8) == 8
    assert Scale(1e-3, 1, log=True).base(8) == 0


class TestCovering:
    def test_holds_all_arrays_and_zero(self) -> None:
        scale = Scale.covering([3, 5], [10, math.nan, math.inf])
        assert (scale.low, scale.high) == (0, 10.5)

    def test_grows_on_both_sides_for_both_signs(self) -> None:
        scale = Scale.covering([-10, 10])
        assert (scale.low, scale.high) == (-11, 11)

    def test_leaves_zero_out_when_told(self) -> None:
        scale = Scale.covering([100, 110], zero=False, headroom=0)
        assert (scale.low, scale.high) == (100, 110)

    @pytest.mark.parametrize("values", [[], [math.nan], [0, 0]])
    def test_without_values_is_0_to_1(self, values: list[float]) -> None:
        assert Scale.covering(values) == Scale(0, 1)

    def test_a_single_value_lies_inside(self) -> None:
        scale = Scale.covering([7], zero=False)
        assert scale.low < 7 < scale.high

    def test_log_starts_at_the_smallest_positive_value(self) -> None:
        scale = Scale.covering([0, -3, 1e-6, 1], log=True, headroom=0)
        assert scale == Scale(1e-6, 1, log=True)

    @pytest.mark.parametrize("values", [[], [0, -1], [5]])
    def test_log_is_a_range_whatever_comes(self, values: list[float]) -> None:
        scale = Scale.covering(values, log=True)
        assert 0 < scale.low < scale.high

    @given(values=st.lists(st.floats(width=32), max_size=20), log=st.booleans())
    def test_holds_every_finite_value(self, values: list[float], *, log: bool) -> None:
        scale = Scale.covering(values, log=log)
        shown = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
        assert all(scale.low <= value <= scale.high for value in shown)
