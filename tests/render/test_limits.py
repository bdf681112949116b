from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.limits import Limits, by_hand, round_up, run_limits
from tests.render.samples import stack_1d

numbers = st.one_of(
    st.just(math.nan), st.just(math.inf), st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-299)
)


@pytest.mark.parametrize(
    ("value", "rounded"), [(1.0, 1.0), (1.01, 1.2), (7.9, 8.0), (8.1, 10.0), (0.034, 0.04)]
)
def test_limits_are_rounded_up_to_few_numbers(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


@given(values=st.lists(numbers, max_size=20), log=st.booleans())
def test_the_axis_holds_every_finite_value(values: list[float], *, log: bool) -> None:
    scale = Limits().joined(Limits.of(np.array(values))).scale(log=log)
    for value in values:
        if math.isfinite(value) and (value > 0 or not log):
            assert scale.low <= value * (1 + 1e-9) or value < 0
            assert value <= scale.high
            assert scale.low <= value + 1e-9 * abs(value)


@pytest.mark.parametrize("value", [5e-324, 1e-310, 1.7e308, -1.7e308])
@pytest.mark.parametrize("log", [False, True])
def test_contents_at_the_ends_of_what_a_number_can_be_have_an_axis(value: float, *, log: bool) -> None:
    limits = Limits().joined(Limits.of(np.array([value, 1.0])))
    assert limits.scale(log=log).high >= 1
    assert limits.scale_around(0.0).high >= 1
    alone = Limits().joined(Limits.of(np.array([value]))).scale(log=log)
    assert math.isfinite(alone.high - alone.low)
    assert Limits.of(np.array([value])).scale_around(1.0).low < 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.sampled_from([0.0, 1.0]))
def test_an_axis_around_a_centre_reaches_equally_far(values: list[float], centre: float) -> None:
    scale = Limits.of(np.array(values)).scale_around(centre)
    assert scale.high - centre == pytest.approx(centre - scale.low)
    assert all(abs(value - centre) <= (scale.high - centre) * (1 + 1e-9) + 1e-12 for value in values)


def test_A5_limits_of_the_run_are_those_of_all_lumisections_in_their_normalisation() -> None:
    stack = stack_1d({1: [1.0, 3.0], 2: [10.0, 90.0], 3: [0.0, 0.0]})
    assert run_limits(stack, unit_area=False) == Limits(0.0, 90.0, 1.0)
    assert run_limits(stack, unit_area=True) == Limits(0.0, 0.9, math.inf)


def test_a_lumisection_with_a_handful_of_entries_does_not_set_the_range_of_unit_areas() -> None:
    stack = stack_1d({1: [0.0, 1.0], 2: [40.0, 60.0], 3: [50.0, 50.0]})
    assert run_limits(stack, unit_area=True) == Limits(0.0, 0.6, math.inf)


@pytest.mark.parametrize(
    ("limits", "log", "taken"),
    [
        ((1.0, 2.0), False, True),
        ((2.0, 1.0), False, False),
        ((0.0, 1.0), True, False),
        ((math.nan, 1.0), False, False),
        (None, False, False),
    ],
)
def test_limits_by_hand_are_taken_when_they_make_an_axis(
    limits: tuple[float, float] | None, *, log: bool, taken: bool
) -> None:
    assert (by_hand(limits, log=log) is not None) == taken
