"""Summing lumisections that are chosen by number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.divisors import UNIT_AREA, Divisors, Quantity
from dqmtui.model.histogram import HistogramStack
from dqmtui.model.integrate import Integral, integral_without_each, integrate, one_ls, said_ls
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.sums import each_ls
from tests.model.stacks import CHARGE, DIFFERENCE, MAP, RUN, numbers, rows, stack_of

STACK = stack_of({1: [1, 0, 0], 2: [0, 2, 0], 5: [0, 0, 4], 9: [8, 0, 0]})
ALL = LSMask.all()


def per_hz(rates: dict[int, float]) -> Divisors:
    rate = Quantity.of_rows("rate", np.array(list(rates)), np.array(list(rates.values())), "Hz")
    return Divisors.of(Normalisation.PER_HZ, rate=rate)


# N5


def test_N5_the_chosen_ls_are_summed_by_number() -> None:
    found = integrate(STACK, LSMask.of([2, 5]))
    assert found.counts.tolist() == [0.0, 2.0, 4.0]
    assert found.ls.tolist() == [2, 5]
    assert (found.n_ls, found.total, found.entries) == (2, 6.0, 8)
    assert found.notes == ("chosen, but without data: LS 3-4",)


def test_N5_maps_are_summed_bin_by_bin() -> None:
    stack = stack_of({1: [[1, 2], [3, 4]], 2: [[10, 20], [30, 40]]}, element=MAP)
    assert integrate(stack).counts.tolist() == [[11.0, 22.0], [33.0, 44.0]]


@pytest.mark.parametrize(
    "excluded",
    [
        LSMask.of(2, 9),
        LSMask.of([2, 2], [9, 9]),
        LSMask.of("2,9"),
        LSMask.parse("2, 9-"),
        LSMask.from_json([[2, 2], [9, -1]]),
        LSMask.of(2, [8, 9]) & LSMask.of(2, 9),
    ],
)
def test_N5_excluded_ls_are_given_as_numbers_ranges_text_or_golden_ranges(excluded: LSMask) -> None:
    found = integrate(STACK, without=excluded)
    assert found.ls.tolist() == [1, 5]
    assert found.counts.tolist() == [1.0, 0.0, 4.0]
    assert found.notes == ()


def test_N5_unknown_numbers_are_ignored_and_named() -> None:
    found = integrate(STACK, LSMask.of("1-2,12"), without=LSMask.of(77, "80-81"))
    assert found.ls.tolist() == [1, 2]
    assert found.notes == (
        "chosen, but without data: LS 12",
        "excluded, but without data: LS 77,80-81",
    )


def test_N5_a_range_to_the_end_asks_for_no_number_that_is_not_there() -> None:
    assert integrate(STACK, LSMask.parse("2-")).notes == ()
    assert integrate(STACK).ls.tolist() == [1, 2, 5, 9]


def test_N5_a_zero_integral_is_masked_as_empty_and_no_division_is_tried() -> None:
    stack = stack_of({1: [0, 0], 2: [0, 0], 3: [1, 0]})
    found = integrate(stack, LSMask.of([1, 2]), divisors=UNIT_AREA)
    assert found.masked == "empty: the bins of 2 LS sum to 0"
    assert found.counts.tolist() == [0.0, 0.0]
    assert np.isnan(found.values).all()
    assert one_ls(stack, 1).masked == "empty: the bins sum to 0"


def test_N5_no_chosen_ls_is_said() -> None:
    assert integrate(STACK, LSMask()).masked == "no LS is chosen"
    assert integrate(STACK, LSMask.of(1), without=LSMask.of(1)).masked == "no LS is chosen"


def test_N5_chosen_ls_none_of_which_the_run_has_are_said() -> None:
    assert integrate(STACK, LSMask.of([3, 4])).masked == "chosen, but without data: LS 3-4"


def test_N5_counts_are_exact_beyond_what_float32_holds() -> None:
    stack = stack_of({ls: [2**24 - 1, 1] for ls in range(1, 201)})
    assert stack.data.dtype == np.float32
    assert integrate(stack).counts.tolist() == [200.0 * (2**24 - 1), 200.0]


def test_J6_ls_without_this_element_are_counted_and_named() -> None:
    found = integrate(STACK, ALL, run_ls=np.arange(1, 10))
    assert found.n_ls == 4
    assert found.notes == ("no histogram: LS 3-4,6-8",)


def test_J2_ls_that_have_not_come_are_told_from_absent_ones() -> None:
    stack = stack_of({1: [1, 0], 2: [2, 0]}, expected=[1, 2, 3, 4], complete=False)
    stack.settle(1, 3)
    assert integrate(stack).notes == ("no histogram: LS 3", "not loaded: LS 4")
    assert one_ls(stack, 3).masked == "no histogram: LS 3"
    assert one_ls(stack, 4).masked == "not loaded: LS 4"
    assert one_ls(stack, 77).masked == "not loaded: LS 77"


def test_J6_ls_on_other_axes_are_left_out_and_their_axes_named() -> None:
    stack = stack_of({1: [1, 0], 2: [2, 0], 4: [4, 0]})
    stack.fill(rows({3: [5, 5, 5]}, Axis(3, 0.0, 9.0)))
    found = integrate(stack)
    assert found.counts.tolist() == [7.0, 0.0]
    assert found.notes == ("other axes (3 bins on [0, 9]), left out: LS 3",)
    assert found.left_out == (("other axes", 1),)


def test_bins_that_are_no_numbers_take_no_part() -> None:
    found = integrate(stack_of({1: [1, 0], 2: [np.nan, 3]}))
    assert found.counts.tolist() == [1.0, 0.0]
    assert found.notes == ("bins that are no numbers, left out: LS 2",)
    assert found.left_out == (("no numbers", 1),)


def test_a_stack_without_any_histogram_gives_nothing_and_says_why() -> None:
    found = integrate(stack_of({}, expected=[1, 2]))
    assert (found.masked, found.x, found.counts.size) == ("no histogram: LS 1-2", None, 0)


def test_long_lists_of_ls_are_cut_with_their_number() -> None:
    text = said_ls(list(range(1, 400, 2)))
    assert text.startswith("LS 1,3,5,")
    assert text.endswith(",... (200 LS)")
    assert len(text) < 80


# N2, N4


def test_N4_an_integral_and_its_ls_have_the_same_bins_per_hz_when_they_follow_the_rate() -> None:
    stack = stack_of({1: [10, 20], 2: [30, 60], 3: [5, 10]})
    divisors = per_hz({1: 2.0, 2: 6.0, 3: 1.0})
    for ls in (1, 2, 3):
        assert one_ls(stack, ls, divisors).values.tolist() == [5.0, 10.0]
    found = integrate(stack, divisors=divisors)
    assert found.divisor == 9.0
    assert found.values.tolist() == [5.0, 10.0]
    np.testing.assert_allclose(found.errors, [np.sqrt(45) / 9, np.sqrt(90) / 9])
    assert found.label == one_ls(stack, 1, divisors).label == "counts per Hz (rate)"


def test_N2_ls_without_a_divisor_take_no_part_and_are_named_with_the_reason() -> None:
    found = integrate(STACK, divisors=per_hz({1: 1.0, 2: 0.0, 9: 3.0}))
    assert found.ls.tolist() == [1, 9]
    assert found.values.tolist() == [9 / 4, 0.0, 0.0]
    assert found.notes == ("rate 0, left out: LS 2", "no rate row, left out: LS 5")


def test_N2_one_ls_without_a_divisor_is_masked_and_its_counts_remain() -> None:
    found = one_ls(STACK, 2, per_hz({2: 0.0}))
    assert found.masked == "rate 0"
    assert found.counts.tolist() == [0.0, 2.0, 0.0]
    assert np.isnan(found.values).all()
    assert np.isnan(found.errors).all()


def test_N2_an_integral_without_any_divisor_is_masked_and_its_counts_remain() -> None:
    found = integrate(STACK, divisors=per_hz({1: 0.0}))
    assert found.masked == "rate 0; no rate row"
    assert found.counts.tolist() == [9.0, 2.0, 4.0]


def test_N1_an_integral_of_unit_area_sums_to_1_in_1d_and_2d() -> None:
    found = integrate(STACK, divisors=UNIT_AREA)
    np.testing.assert_allclose(found.values, np.array([9, 2, 4]) / 15)
    np.testing.assert_allclose(found.errors[0], np.sqrt(0.6 * 0.4 / 15))
    stack = stack_of({1: [[1, 2], [3, 4]]}, element=MAP)
    assert one_ls(stack, 1, UNIT_AREA).values.sum() == pytest.approx(1.0)


def test_N4_plain_counts_of_several_ls_stay_sums_until_they_stand_beside_others() -> None:
    found = integrate(STACK)
    assert found.values.tolist() == [9.0, 2.0, 4.0]
    scaled = found.scaled_to(1)
    assert scaled.values.tolist() == [9 / 4, 2 / 4, 1.0]
    assert scaled.errors.tolist() == [3 / 4, np.sqrt(2) / 4, 2 / 4]
    assert scaled.notes == ("4 LS scaled to 1 LS",)


# N3


def test_N3_ratios_are_averaged_rather_than_summed_and_never_normalised() -> None:
    stack = stack_of({1: [-1.0, 0.5], 2: [0.0, 1.5]}, element=DIFFERENCE)
    for divisors in (UNIT_AREA, per_hz({1: 2.0, 2: 2.0})):
        found = integrate(stack, divisors=divisors)
        assert found.values.tolist() == [-0.5, 1.0]
        assert np.isnan(found.errors).all()
        assert found.label == "bin content, mean of the LS"
        assert "no counts" in found.notes[0]


def test_N3_bins_of_both_signs_that_cancel_are_not_empty() -> None:
    stack = stack_of({1: [-1.0, 1.0], 2: [0.0, 0.0]}, element=DIFFERENCE)
    assert one_ls(stack, 1).masked == ""
    assert one_ls(stack, 2).masked == "empty: the bins sum to 0"


# J6


def test_J6_an_integral_is_rebinned_with_a_note_and_its_area_is_that_of_what_is_left() -> None:
    found = integrate(stack_of({1: [1, 2, 3, 4, 5, 6]}), divisors=UNIT_AREA).rebinned(Axis(2, 1.0, 5.0), None)
    assert found is not None
    assert found.counts.tolist() == [5.0, 9.0]
    np.testing.assert_allclose(found.values, [5 / 14, 9 / 14])
    assert found.notes == ("x axis rebinned: 2 bins merged into 1, 2 bins outside [1, 5] left out",)


def test_J6_maps_are_rebinned_in_x_and_y() -> None:
    stack = stack_of({1: [[1, 2], [3, 4]]}, element=MAP)
    found = integrate(stack).rebinned(Axis(1, 0.0, 2.0), Axis(1, 0.0, 2.0))
    assert found is not None
    assert found.counts.tolist() == [[10.0]]
    assert len(found.notes) == 2


def test_J6_what_cannot_be_rebinned_is_not() -> None:
    assert integrate(STACK).rebinned(Axis(2, 0.0, 3.0), None) is None
    assert integrate(STACK).rebinned(Axis(3, 0.0, 3.0), Axis(1, 0.0, 1.0)) is None
    assert Integral.nothing("nothing").rebinned(Axis(3, 0.0, 3.0), None) is None
    ratio = integrate(stack_of({1: [0.5, 0.5]}, element=DIFFERENCE))
    assert ratio.rebinned(Axis(1, 0.0, 2.0), None) is None
    assert ratio.rebinned(Axis(2, 0.0, 2.0), None) is not None


# S6


def test_S6_the_integral_without_each_ls_is_the_total_less_its_row() -> None:
    found = integral_without_each(STACK, integrate(STACK))
    assert found.ls.tolist() == [1, 2, 5, 9]
    assert found.counts.tolist() == [[8, 2, 4], [9, 0, 4], [9, 2, 0], [1, 2, 4]]
    assert found.n_ls.tolist() == [3, 3, 3, 3]
    np.testing.assert_allclose(found.values[0], [8 / 3, 2 / 3, 4 / 3])


def test_S6_an_ls_that_is_not_in_the_integral_is_held_against_all_of_it() -> None:
    integral = integrate(STACK, LSMask.of(1, 2))
    found = integral_without_each(STACK, integral, numbers(2, 7))
    assert found.counts.tolist() == [[1, 0, 0], [1, 2, 0]]
    assert found.n_ls.tolist() == [1, 2]


def test_S6_the_divisor_goes_with_the_row() -> None:
    divisors = per_hz({1: 1.0, 2: 2.0, 5: 4.0})
    integral = integrate(STACK, divisors=divisors)
    found = integral_without_each(STACK, integral, divisors=divisors)
    assert found.ls.tolist() == [1, 2, 5]
    assert found.divisor.tolist() == [6.0, 5.0, 3.0]
    assert found.values[0].tolist() == [0.0, 2 / 6, 4 / 6]
    area = integral_without_each(STACK, integrate(STACK, divisors=UNIT_AREA), divisors=UNIT_AREA)
    np.testing.assert_allclose(area.values.sum(axis=1), 1.0)


def test_S6_the_only_ls_leaves_nothing_to_compare_with() -> None:
    found = integral_without_each(STACK, integrate(STACK, LSMask.of(2)))
    assert found.n_ls.tolist() == [0]
    assert found.counts.tolist() == [[0.0, 0.0, 0.0]]
    assert np.isnan(found.values).all()


def test_S6_without_any_histogram_there_is_nothing_to_leave_out() -> None:
    stack = HistogramStack(STACK.key, CHARGE, numbers(1, 2))
    assert integral_without_each(stack, integrate(stack)).ls.size == 0


# all LS at once


def test_N2_all_ls_at_once_are_what_each_is_by_itself() -> None:
    stack = stack_of({1: [10, 20], 2: [30, 60], 3: [0, 0], 5: [1, 1]}, expected=[1, 2, 3, 4, 5])
    divisors = per_hz({1: 2.0, 2: 6.0, 3: 1.0, 4: 1.0})
    for kind in (divisors, UNIT_AREA):
        found = each_ls(stack, kind)
        assert found.ls.tolist() == [1, 2, 3, 4, 5]
        for at, ls in enumerate((1, 2)):
            alone = one_ls(stack, ls, kind)
            np.testing.assert_array_equal(found.values[at], alone.values)
            np.testing.assert_array_equal(found.errors[at], alone.errors)
            assert found.label == alone.label
        assert np.isnan(found.values[3]).all()
    assert np.isnan(each_ls(stack, UNIT_AREA).values[2]).all()
    np.testing.assert_array_equal(each_ls(stack, divisors).values[2:], [[0, 0], [np.nan] * 2, [np.nan] * 2])


def test_N3_all_ls_of_a_ratio_at_once_stay_as_they_are() -> None:
    stack = stack_of({1: [-1.0, 0.5]}, element=DIFFERENCE)
    found = each_ls(stack, UNIT_AREA)
    assert found.values.tolist() == [[-1.0, 0.5]]
    assert np.isnan(found.errors).all()


COUNTS_OF_RUN = st.dictionaries(
    st.integers(1, 60), st.lists(st.integers(0, 2**24), min_size=3, max_size=3), min_size=1, max_size=20
)


@given(COUNTS_OF_RUN, st.sets(st.integers(1, 70)), st.sets(st.integers(1, 70)))
def test_N5_an_integral_is_the_sum_over_its_ls(
    content: dict[int, list[int]], chosen: set[int], excluded: set[int]
) -> None:
    found = integrate(stack_of(content), LSMask.from_numbers(chosen), without=LSMask.from_numbers(excluded))
    wanted = sorted(set(content) & chosen - excluded)
    assert found.ls.tolist() == wanted
    if wanted:
        assert found.counts.tolist() == [sum(content[ls][i] for ls in wanted) for i in range(3)]
        assert bool(found.masked) == (found.total == 0)
    else:
        assert found.masked


@given(COUNTS_OF_RUN)
def test_S6_total_less_row_is_the_sum_over_the_others_for_every_ls(content: dict[int, list[int]]) -> None:
    stack = stack_of(content)
    found = integral_without_each(stack, integrate(stack))
    for at, ls in enumerate(sorted(content)):
        others = [content[other] for other in content if other != ls]
        assert found.counts[at].tolist() == [sum(bins[i] for bins in others) for i in range(3)]


def test_the_stack_is_left_alone() -> None:
    stack = stack_of({1: [1, 2], 2: [3, 4]})
    before = stack.data.copy()
    integrate(stack, divisors=UNIT_AREA)
    integral_without_each(stack, integrate(stack))
    np.testing.assert_array_equal(stack.data, before)
    assert stack.key.run == RUN
