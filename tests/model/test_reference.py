"""What the current histogram is held against."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.divisors import UNIT_AREA, Divisors, Quantity
from dqmtui.model.integrate import one_ls
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.reference import (
    fitted,
    neighbours,
    neighbours_of_each,
    rest_of_run,
    run_reference,
    several,
)
from tests.model.stacks import DIFFERENCE, MAP, numbers, stack_of

ALL = LSMask.all()
RUN = stack_of({ls: [ls, 1] for ls in (1, 2, 3, 5, 8, 9, 10, 12)})


def per_hz(rates: dict[int, float]) -> Divisors:
    rate = Quantity.of_rows("rate", np.array(list(rates)), np.array(list(rates.values())), "Hz")
    return Divisors.of(Normalisation.PER_HZ, rate=rate)


# another run


def test_S6_another_run_gives_its_own_good_ls_joined_with_its_own_divisors() -> None:
    found = run_reference(379765, RUN, LSMask.parse("2-5"), divisors=per_hz({2: 1.0, 3: 4.0, 5: 5.0}))
    assert found.label == "run 379765, 3 LS"
    assert found.integral.values.tolist() == [1.0, 0.3]
    assert (found.integral.n_ls, found.integral.entries) == (3, 16)


def test_S6_a_run_without_the_element_says_so() -> None:
    found = run_reference(379765, None, me="charge_PXLayer_1")
    assert found.integral.masked == "run 379765 has no charge_PXLayer_1"


def test_S6_what_a_reference_left_out_stands_in_its_notes() -> None:
    found = run_reference(379765, RUN, LSMask.parse("1-4"))
    assert found.integral.notes == ("chosen, but without data: LS 4",)


# the same run


def test_S6_the_same_run_leaves_the_ls_itself_out() -> None:
    found = rest_of_run(RUN, LSMask.parse("1-5"), LSMask.of(3))
    assert found.integral.ls.tolist() == [1, 2, 5]
    assert found.integral.counts.tolist() == [8.0, 3.0]
    assert found.label == "this run without LS 3, 3 LS"


def test_S6_a_group_leaves_all_of_its_ls_out() -> None:
    assert rest_of_run(RUN, ALL, LSMask.parse("2-9")).integral.ls.tolist() == [1, 10, 12]


# neighbours


def test_S6_neighbours_are_the_nearest_good_ls_before_and_after() -> None:
    found = neighbours(RUN, ALL - LSMask.of(9), LSMask.of(8), 2)
    assert found.integral.ls.tolist() == [3, 5, 10, 12]
    assert found.label == "LS 3,5,10,12 beside LS 8"
    assert found.integral.notes == ()


def test_S6_a_guard_gap_leaves_the_nearest_numbers_out() -> None:
    # within 2 numbers of 8 are 9 and 10
    assert neighbours(RUN, ALL, LSMask.of(8), 1, gap=2).integral.ls.tolist() == [5, 12]


def test_S6_fewer_neighbours_than_asked_for_are_said() -> None:
    found = neighbours(RUN, ALL, LSMask.of(10), 3)
    assert found.integral.ls.tolist() == [5, 8, 9, 12]
    assert found.integral.notes == ("3 LS before and 1 after instead of 3 each",)


@pytest.mark.parametrize("k", [0, 3])
def test_S6_no_neighbour_at_all_is_said(k: int) -> None:
    good = LSMask.of(8) if k else ALL
    assert neighbours(RUN, good, LSMask.of(8), k).integral.masked == "no good LS beside LS 8"


def test_S6_neighbours_without_a_divisor_are_passed_over() -> None:
    divisors = per_hz({2: 2.0, 3: 0.0, 5: 5.0, 8: 1.0, 10: 5.0})
    found = neighbours(RUN, ALL, LSMask.of(5), 1, divisors=divisors)
    assert found.integral.ls.tolist() == [2, 8]
    assert found.integral.values.tolist() == [10 / 3, 2 / 3]


def test_S6_neighbours_of_a_range_stand_outside_it() -> None:
    assert neighbours(RUN, ALL, LSMask.parse("3-8"), 1).integral.ls.tolist() == [2, 9]


@given(
    st.dictionaries(st.integers(1, 50), st.lists(st.integers(0, 2**20), min_size=2, max_size=2), min_size=1),
    st.sets(st.integers(1, 50)),
    st.integers(0, 4),
    st.integers(0, 4),
    st.booleans(),
)
def test_S6_neighbours_of_all_ls_at_once_are_those_of_each(
    content: dict[int, list[int]],
    bad: set[int],
    k: int,
    gap: int,
    area: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    stack = stack_of(content)
    good = ~LSMask.from_numbers(bad)
    divisors = UNIT_AREA if area else per_hz({ls: float(ls % 3) for ls in range(1, 51)})
    found = neighbours_of_each(stack, good, stack.ls, k, gap, divisors=divisors)
    for at, ls in enumerate(stack.ls.tolist()):
        alone = neighbours(stack, good, LSMask.of(ls), k, gap, divisors=divisors).integral
        assert found.n_ls[at] == alone.n_ls
        if alone.n_ls:
            np.testing.assert_array_equal(found.counts[at], alone.counts)
        if not alone.masked:
            np.testing.assert_allclose(found.values[at], alone.values, rtol=1e-12)


# several


def test_S6_several_runs_are_summed_over_the_sum_of_their_divisors() -> None:
    one = run_reference(1, stack_of({1: [10, 0]}), divisors=per_hz({1: 1.0}))
    two = run_reference(2, stack_of({7: [20, 30]}), divisors=per_hz({7: 9.0}))
    found = several([one, two])
    assert found.label == "run 1, 1 LS and run 2, 1 LS"
    assert found.integral.values.tolist() == [3.0, 3.0]
    assert (found.integral.n_ls, found.integral.entries) == (2, 62)


def test_S6_several_runs_of_counts_are_scaled_by_all_of_their_ls() -> None:
    found = several([run_reference(1, RUN), run_reference(2, RUN)])
    assert found.integral.counts.tolist() == [100.0, 16.0]
    assert found.integral.scaled_to(1).values.tolist() == [100 / 16, 1.0]


def test_S6_of_several_runs_the_area_is_that_of_all() -> None:
    found = several([run_reference(1, RUN, divisors=UNIT_AREA), run_reference(2, RUN, divisors=UNIT_AREA)])
    assert found.integral.values.sum() == pytest.approx(1.0)


def test_J6_a_run_on_other_axes_or_without_the_element_is_left_out_and_said() -> None:
    other = stack_of({1: [1, 1, 1]}, x=Axis(3, 0.0, 2.0))
    found = several([run_reference(1, RUN), run_reference(2, other), run_reference(3, None)])
    assert found.label == "run 1, 8 LS"
    assert found.integral.counts.tolist() == [50.0, 8.0]
    assert found.integral.notes == (
        "run 2, 1 LS is left out: 2 bins on [0, 2] and 3 bins on [0, 2] cannot be brought to the same bins",
        "run 3 is left out: run 3 has no such element",
    )


def test_J6_runs_of_finer_bins_are_merged_and_said() -> None:
    fine = stack_of({1: [1, 2, 3, 4]}, x=Axis(4, 0.0, 2.0))
    for order in ([fine, RUN], [RUN, fine]):
        found = several([run_reference(run, stack) for run, stack in enumerate(order)])
        assert found.integral.counts.tolist() == [53.0, 15.0]
        assert found.integral.notes == ("x axis rebinned: 2 bins merged into 1",)


def test_S6_no_reference_at_all_is_said() -> None:
    assert several([]).integral.masked == "none of the references has anything"
    assert several([run_reference(3, None)]).integral.notes


# fitting


def test_N4_what_is_normalised_otherwise_does_not_stand_beside_it() -> None:
    found = fitted(one_ls(RUN, 1, UNIT_AREA), one_ls(RUN, 2))
    assert found == "counts cannot stand beside unit area"


def test_J6_a_curve_does_not_stand_beside_a_map() -> None:
    found = fitted(one_ls(RUN, 1), one_ls(stack_of({1: [[1, 2]]}, element=MAP), 1))
    assert found == "the axes differ in number"


def test_N3_a_ratio_does_not_stand_beside_counts() -> None:
    ratio = one_ls(stack_of({1: [-1.0, 1.0]}, element=DIFFERENCE), 1)
    assert fitted(ratio, one_ls(RUN, 1)) == "counts cannot stand beside bin content, mean of the LS"


def test_J6_each_axis_of_a_map_takes_the_coarser_of_the_two() -> None:
    one = stack_of({1: np.ones((4, 2)).tolist()}, element=MAP, x=Axis(2, 0.0, 4.0), y=Axis(4, 0.0, 4.0))
    two = stack_of({1: np.ones((2, 4)).tolist()}, element=MAP, x=Axis(4, 0.0, 4.0), y=Axis(2, 0.0, 4.0))
    pair = fitted(one_ls(one, 1), one_ls(two, 1))
    assert not isinstance(pair, str)
    for integral in pair:
        assert integral.counts.tolist() == [[2.0, 2.0], [2.0, 2.0]]
        assert (integral.x, integral.y) == (Axis(2, 0.0, 4.0), Axis(2, 0.0, 4.0))


def test_J6_a_ratio_on_other_axes_is_refused() -> None:
    one = one_ls(stack_of({1: [-1.0, 1.0]}, element=DIFFERENCE), 1)
    two = one_ls(stack_of({1: [-1.0, 1.0, 1.0, 0.0]}, element=DIFFERENCE, x=Axis(4, 0.0, 2.0)), 1)
    assert fitted(one, two) == "2 bins on [0, 2] and 4 bins on [0, 2] cannot be brought to the same bins"


def test_S6_numbers_of_ls_far_outside_the_run_have_neighbours_too() -> None:
    found = neighbours_of_each(RUN, ALL, numbers(100), 2)
    assert found.n_ls.tolist() == [2]
    assert found.counts.tolist() == [[22.0, 2.0]]
