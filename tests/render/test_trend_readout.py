"""Numbers in a readout that must not jump from LS to LS."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.trend_readout import LEAST_WIDTH, Numbers

numbers = st.lists(st.floats(-1e12, 1e12, allow_subnormal=False) | st.just(math.nan), max_size=40)


def test_a_value_has_two_digits_of_its_error() -> None:
    written = Numbers.of(np.array([29.41, 29.5, 31.0]), np.array([0.052, 0.05, 0.06]))
    assert written.write(29.41, 0.052) == "29.410 ± 0.052"
    assert Numbers.of(np.array([24213.7]), np.array([12.3])).write(24213.7, 12.3).rstrip() == "24214 ± 12"


def test_a_count_is_written_in_full() -> None:
    assert Numbers.of(np.array([63159.0, 0.0])).write(63159.0).rstrip() == "63159"


def test_a_number_without_error_has_four_digits() -> None:
    assert Numbers.of(np.array([47.96, 50.02])).write(47.96, unit="Hz").rstrip() == "47.96 Hz"


def test_tiny_and_huge_numbers_have_powers_of_ten() -> None:
    assert Numbers.of(np.array([1.5e-9, 2.25e-9])).write(1.5e-9).rstrip() == "1.500e-09"
    assert "e+12" in Numbers.of(np.array([1.5e12, 0.5])).write(1.5e12)


@given(numbers)
def test_all_values_and_the_words_in_their_place_take_the_same_room(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    written = Numbers.of(array)
    widths = {len(written.write(value, unit="Hz")) for value in values if not math.isnan(value)}
    widths.add(len(written.say("not loaded", "Hz")))
    assert len(widths) == 1
    assert widths.pop() >= LEAST_WIDTH


@pytest.mark.parametrize("values", [[], [math.nan], [0.0, 0.0]])
def test_without_numbers_there_is_something_to_write(values: list[float]) -> None:
    assert Numbers.of(np.array(values, dtype=np.float64)).write(0.0).strip() == "0"


def test_a_value_without_error_among_others_with_errors_leaves_its_room_free() -> None:
    written = Numbers.of(np.array([2.0, 3.0]), np.array([0.5, math.nan]))
    assert len(written.write(3.0, math.nan)) == len(written.write(2.0, 0.5))
    assert "±" not in written.write(3.0, math.nan)
