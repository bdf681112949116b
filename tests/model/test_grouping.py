"""Lumisections taken together in groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.divisors import COUNTS, UNIT_AREA, Divisors, Quantity
from dqmtui.model.grouping import GroupBy, Groups, grouped
from dqmtui.model.integrate import integrate
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from tests.model.stacks import DIFFERENCE, MAP, numbers, stack_of


def labels(groups: Groups) -> list[str]:
    return [groups.label(group) for group in range(len(groups))]


def test_N5_groups_by_number_are_the_same_in_every_run_and_show_their_holes() -> None:
    groups = Groups.of(numbers(1, 2, 3, 4, 5, 6, 8, 21), 5, GroupBy.NUMBERS)
    assert labels(groups) == ["LS 1-5 (5 of 5)", "LS 6-10 (2 of 5)", "LS 21-25 (1 of 5)"]
    assert groups.holes(1) == LSMask.of(7, 9, 10)
    assert groups.mask(1) == LSMask.of(6, 8)


def test_N5_groups_of_existing_ls_have_the_same_statistics_and_show_their_holes() -> None:
    groups = Groups.of(numbers(100, 101, 104, 109, 110), 3, GroupBy.EXISTING)
    assert labels(groups) == ["LS 100-104 (3 of 5)", "LS 109-110 (2 of 2)"]
    assert groups.holes(0) == LSMask.of(102, 103)


def test_groups_of_one_are_the_ls_themselves() -> None:
    for by in GroupBy:
        groups = Groups.of(numbers(7, 3), 1, by)
        assert labels(groups) == ["LS 3 (1 of 1)", "LS 7 (1 of 1)"]


def test_a_run_whose_last_number_is_far_off_has_no_groups_in_the_hole() -> None:
    assert len(Groups.of(numbers(1, 2, 16766), 5, GroupBy.NUMBERS)) == 2


def test_the_group_of_an_ls_is_found_by_number() -> None:
    groups = Groups.of(numbers(1, 2, 3, 11), 2, GroupBy.NUMBERS)
    assert groups.group_of(numbers(0, 1, 2, 4, 5, 11, 12, 13)).tolist() == [-1, 0, 0, 1, -1, 2, 2, -1]


def test_no_ls_make_no_groups() -> None:
    for by in GroupBy:
        groups = Groups.of(numbers(), 5, by)
        assert len(groups) == 0
        assert groups.group_of(numbers(1)).tolist() == [-1]
        assert grouped(stack_of({1: [1, 2]}), groups).counts.shape == (0, 2)


def test_a_group_of_no_ls_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Groups.of(numbers(1), 0, GroupBy.NUMBERS)


def test_N5_groups_sum_their_ls_and_count_those_without_a_histogram() -> None:
    stack = stack_of({1: [1, 0], 2: [2, 1], 6: [4, 0]}, expected=[1, 2, 3, 6, 7, 12])
    found = grouped(stack, Groups.of(stack.ls, 5, GroupBy.NUMBERS))
    assert found.counts.tolist() == [[3, 1], [4, 0], [0, 0]]
    assert found.n_ls.tolist() == [2, 1, 0]
    assert found.left_out.tolist() == [1, 1, 1]
    assert found.entries.tolist() == [6, 5, 0]
    assert found.label(0) == "LS 1-5 (2 of 5)"
    assert np.isnan(found.values[2]).all()
    assert found.values[:2].tolist() == [[3, 1], [4, 0]]


def test_N5_only_ls_that_were_grouped_are_summed_and_no_bins_that_are_no_numbers() -> None:
    stack = stack_of({1: [1, 0], 2: [2, 0], 3: [np.nan, 0], 4: [8, 0]})
    found = grouped(stack, Groups.of(numbers(1, 3, 4), 5, GroupBy.NUMBERS))
    assert found.counts.tolist() == [[9, 0]]
    assert (found.n_ls.tolist(), found.left_out.tolist()) == ([2], [1])


def test_N4_groups_are_divided_by_the_sum_of_the_divisors_of_their_ls() -> None:
    stack = stack_of({1: [10, 20], 2: [30, 60], 3: [7, 7], 4: [5, 5]})
    rate = Quantity.of_rows("rate", numbers(1, 2, 4), np.array([2.0, 6.0, 0.0]))
    found = grouped(
        stack, Groups.of(stack.ls, 2, GroupBy.NUMBERS), Divisors.of(Normalisation.PER_HZ, rate=rate)
    )
    assert found.values[0].tolist() == [5.0, 10.0]
    assert np.isnan(found.values[1]).all()
    assert found.left_out.tolist() == [0, 2]
    assert found.unit_label == "counts per Hz (rate)"


def test_N1_each_group_of_maps_sums_to_1() -> None:
    stack = stack_of({1: [[1, 2], [3, 4]], 2: [[1, 0], [0, 0]], 4: [[0, 0], [0, 2]]}, element=MAP)
    found = grouped(stack, Groups.of(stack.ls, 2, GroupBy.EXISTING), UNIT_AREA)
    np.testing.assert_allclose(found.values.sum(axis=(1, 2)), 1.0)


def test_N3_ratios_are_averaged_over_the_group() -> None:
    stack = stack_of({1: [-1.0, 1.0], 2: [0.0, 3.0]}, element=DIFFERENCE)
    found = grouped(stack, Groups.of(stack.ls, 2, GroupBy.NUMBERS), UNIT_AREA)
    assert found.values.tolist() == [[-0.5, 2.0]]


@given(
    st.dictionaries(st.integers(1, 80), st.lists(st.integers(0, 2**24), min_size=2, max_size=2), min_size=1),
    st.integers(1, 9),
    st.sampled_from(GroupBy),
)
def test_N5_the_sum_over_groups_is_the_sum_over_ls(
    content: dict[int, list[int]], size: int, by: GroupBy
) -> None:
    stack = stack_of(content)
    groups = Groups.of(stack.ls, size, by)
    found = grouped(stack, groups)
    np.testing.assert_array_equal(found.counts.sum(axis=0), integrate(stack).counts)
    assert groups.n_ls.sum() == len(content)
    assert (groups.n_ls <= size).all()
    together = LSMask()
    for group in range(len(groups)):
        assert not together & groups.mask(group)
        together |= groups.mask(group)
        alone = integrate(stack, groups.mask(group), divisors=COUNTS)
        np.testing.assert_array_equal(found.counts[group], alone.counts)
        assert found.entries[group] == alone.entries
        assert len(groups.holes(group)) == groups.span[group] - groups.n_ls[group]
    assert together == LSMask.from_numbers(content)
