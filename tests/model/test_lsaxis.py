"""The axis of LS numbers that strip and trend share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lsaxis import LSAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = np.array([*range(1, 394), 16766], dtype=np.int64)
"""The LS of run 381597: 394 rows, the last of them 16766."""

numbers = st.lists(st.integers(1, 20_000), min_size=1, max_size=60, unique=True).map(
    lambda ls: np.array(sorted(ls), dtype=np.int64)
)


def test_T5_the_axis_is_one_of_ls_numbers_with_holes_to_scale() -> None:
    axis = LSAxis.of(np.array([3, 4, 8]))
    assert axis.segments == ((3, 8),)
    assert axis.position(np.array([3, 4, 8])).tolist() == [0.5, 1.5, 5.5]
    # the hole has its place, so that nobody draws over it
    assert axis.position(6).tolist() == [3.5]
    assert [axis.at(position) for position in (0.0, 0.99, 1.0, 3.5, 5.99)] == [3, 3, 4, 6, 8]
    assert axis.span == 6.0
    assert axis.breaks == []


def test_T5_what_is_not_on_the_axis_has_no_position() -> None:
    axis = LSAxis.of(np.array([3, 4, 8]))
    assert np.isnan(axis.position(np.array([-1, 0, 2, 9, 10**9]))).all()
    assert axis.columns(np.array([2, 9]), 80).tolist() == [-1, -1]
    assert [axis.at(position) for position in (-0.1, 6.0, 7.0, math.nan, math.inf, -math.inf)] == [None] * 6


def test_T5_a_stray_last_ls_leaves_room_for_the_others() -> None:
    axis = LSAxis.of(FAR)
    assert axis.segments == ((1, 393), (16766, 16766))
    # 3 % of 394 LS are 12
    assert axis.break_width == 12
    assert axis.span == 393 + 12 + 1
    assert axis.breaks == [(393.0, 405.0)]
    assert axis.position(16766).tolist() == [405.5]
    assert np.isnan(axis.position(np.array([394, 10_000, 16765, 16767]))).all()
    assert axis.at(400.0) is None
    assert axis.at(405.5) == 16766
    columns = axis.columns(FAR, 80)
    assert columns[0] == 0
    assert columns[-1] == 79
    assert columns[-2] >= 75
    assert len(set(columns[:-1].tolist())) == columns[-2] + 1


def test_T5_a_hole_of_a_hundred_never_breaks_a_short_run() -> None:
    assert LSAxis.of(np.array([1, 2, 103])).segments == ((1, 103),)
    assert LSAxis.of(np.array([1, 2, 104])).segments == ((1, 2), (104, 104))


def test_T5_a_longer_run_bears_longer_holes() -> None:
    # 1000 LS bear a hole of 250 and break at 251
    run = np.arange(1, 1000)
    assert len(LSAxis.of(np.append(run, 999 + 251)).segments) == 1
    assert len(LSAxis.of(np.append(run, 999 + 252)).segments) == 2


@given(numbers)
def test_T5_every_ls_is_found_again_at_its_position(ls: NDArray[np.int64]) -> None:
    axis = LSAxis.of(ls)
    places = axis.position(ls)
    assert [axis.at(place) for place in places.tolist()] == ls.tolist()
    assert (np.diff(places) >= 1).all()
    assert places[0] >= 0
    assert places[-1] <= axis.span


@given(numbers)
def test_T5_segments_hold_all_ls_in_order_and_breaks_lie_between(ls: NDArray[np.int64]) -> None:
    axis = LSAxis.of(ls)
    held = [number for first, last in axis.segments for number in ls.tolist() if first <= number <= last]
    assert held == ls.tolist()
    assert all(first in ls and last in ls for first, last in axis.segments)
    assert len(axis.breaks) == len(axis.segments) - 1
    for begin, end in axis.breaks:
        assert end - begin == axis.break_width
        assert axis.at((begin + end) / 2) is None


@given(numbers, st.integers(1, 300))
def test_T5_columns_never_go_back_and_stay_on_screen(ls: NDArray[np.int64], width: int) -> None:
    columns = LSAxis.of(ls).columns(ls, width)
    assert (np.diff(columns) >= 0).all()
    assert columns[0] >= 0
    assert columns[-1] < width


@given(numbers, st.integers(1, 300))
def test_T5_a_column_is_where_the_position_falls(ls: NDArray[np.int64], width: int) -> None:
    axis = LSAxis.of(ls)
    expected = [int(place / axis.span * width) for place in axis.position(ls).tolist()]
    assert axis.columns(ls, width).tolist() == expected


def test_T5_more_columns_than_ls_spread_the_ls() -> None:
    assert LSAxis.of(np.array([1, 2])).columns(np.array([1, 2]), 8).tolist() == [2, 6]


@pytest.mark.parametrize("width", [0, -5])
def test_an_axis_without_room_has_no_columns(width: int) -> None:
    assert LSAxis.of(np.array([1, 2])).columns(np.array([1, 2]), width).tolist() == [-1, -1]


def test_an_axis_of_one_ls_has_a_length() -> None:
    axis = LSAxis.of(np.array([7]))
    assert axis.span == 1.0
    assert axis.at(0.5) == 7
    assert axis.columns(np.array([7]), 10).tolist() == [5]


def test_an_axis_of_no_ls_holds_nothing() -> None:
    axis = LSAxis.of(np.array([], dtype=np.int64))
    assert axis.span == 1.0
    assert axis.breaks == []
    assert axis.at(0.5) is None
    assert np.isnan(axis.position(np.array([1, 2]))).all()
    assert axis.columns(np.array([1, 2]), 10).tolist() == [-1, -1]
