from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.lsmask import LSMask
from dqmtui.review.framing import AUTOMATIC, BinCursor, Ranges, ranges_of, with_ranges
from dqmtui.review.grouped import group_of, group_span, said_group, step_group

COARSE, FINE = Axis(40, 0.0, 80_000.0), Axis(100, 0.0, 80_000.0)
LADDERS, MODULES = Axis(26, -6.5, 6.5), Axis(72, -4.5, 4.5)


def test_ranges_are_remembered_for_each_element_alone() -> None:
    given_ranges = Ranges().changed("x", (0.0, 40.0)).changed("y", (1.0, 2.0))
    of_all = with_ranges((), "charge", given_ranges)
    assert ranges_of(of_all, "charge") == Ranges((0.0, 40.0), (1.0, 2.0))
    assert ranges_of(of_all, "size") == AUTOMATIC
    assert with_ranges(of_all, "charge", AUTOMATIC) == ()
    assert ranges_of(of_all, "charge").given("x") == (0.0, 40.0)


def test_the_bin_cursor_begins_in_the_middle() -> None:
    assert BinCursor().bins(FINE, None) == (50,)
    assert BinCursor().bins(MODULES, LADDERS) == (36, 13)


def test_the_bin_cursor_stays_at_its_value_when_the_binning_changes() -> None:
    cursor = BinCursor.on(FINE, None, (30,))  # [24000, 24800)
    assert cursor.bins(COARSE, None) == (12,)  # [24000, 26000)


@pytest.mark.parametrize("other", [Axis(100, -0.1, 0.1), Axis(10, 0.0, 1e7)])
def test_on_an_axis_that_measures_something_else_the_bin_cursor_goes_to_the_middle(other: Axis) -> None:
    assert BinCursor.on(FINE, None, (30,)).bins(other, None) == (other.n // 2,)


@given(n=st.integers(1, 50), start=st.integers(0, 60), by=st.integers(-99, 99))
def test_the_bin_cursor_moves_by_bins_and_stops_at_the_edges(n: int, start: int, by: int) -> None:
    axis = Axis(n, -1.0, 2.0)
    cursor = BinCursor.on(axis, None, (start,))
    assert cursor.bins(axis, None) == (min(start, n - 1),)
    assert cursor.moved(axis, None, across=by).bins(axis, None) == (
        min(max(min(start, n - 1) + by, 0), n - 1),
    )


def test_in_a_map_it_moves_both_ways() -> None:
    cursor = BinCursor.on(MODULES, LADDERS, (3, 4)).moved(MODULES, LADDERS, across=2, up=-1)
    assert cursor.bins(MODULES, LADDERS) == (5, 3)


def test_N5_a_group_holds_the_same_numbers_in_every_run_and_says_its_holes() -> None:
    known = np.array([118, 121, 122, 123, 124, 126, 127, 128, 129, 130, 131])
    assert group_span(125, 10) == (121, 130)
    assert group_of(known, 125, 10) == LSMask.parse("121-124,126-130")
    summed = np.array([121, 122, 123, 124, 126, 127, 128, 129, 130])
    assert said_group(125, 10, summed) == "LS 121-130 (9 of 10, not 125)"
    assert said_group(125, 10, np.arange(121, 131)) == "LS 121-130 (10 of 10)"
    assert said_group(125, 10, np.array([], dtype=np.int64)) == "LS 121-130 (0 of 10)"


def test_a_long_list_of_holes_is_cut() -> None:
    said = said_group(1, 40, np.arange(2, 41, 2))
    assert said.startswith("LS 1-40 (20 of 40, not 1,3,5,")
    assert said.endswith(",...)")
    assert len(said) < 60


def test_groups_follow_each_other_over_holes_and_end_at_the_ends() -> None:
    known = np.array([1, 2, 9, 35, 36, 16766])
    assert step_group(2, 1, known, 10) == 35
    assert step_group(36, 1, known, 10) == 16766
    assert step_group(36, -1, known, 10) == 1
    assert step_group(16766, 5, known, 10) == 16766
    assert step_group(9, -1, known, 10) == 9
