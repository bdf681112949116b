"""Histograms of one element in one run, row by row and page by page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import Histogram, HistogramError, HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

KEY = HistogramKey(RunKey("tracker", 14, 381065), 5)
CHARGE = MonitoringElement(5, "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", 1)
OCCUPANCY = MonitoringElement(6, "PixelPhase1/Tracks/clusterposition_zphi_ontrack", 2)
X = Axis(3, 0.0, 3.0)
Y = Axis(2, 0.0, 2.0)

Page = list[tuple[int, list[int]]]


def numbers(*ls: int) -> NDArray[np.int64]:
    return np.array(ls, dtype=np.int64)


def rows_1d(page: Page, x: Axis = X) -> StackRows:
    data = np.array([bins for _, bins in page], dtype=np.float64).reshape(len(page), x.n)
    ls = np.array([ls for ls, _ in page], dtype=np.int64)
    return StackRows(ls, data.sum(axis=1).astype(np.int64) + 1, data, x)


def stack_of(*pages: Page, expected: NDArray[np.int64] | None = None) -> HistogramStack:
    stack = HistogramStack(KEY, CHARGE, numbers() if expected is None else expected)
    for page in pages:
        stack.fill(rows_1d(page))
    return stack


def content(stack: HistogramStack) -> dict[int, tuple[int, list[float], float, float, float, int]]:
    """Give all that a stack says of the rows that are there."""
    return {
        int(stack.ls[row]): (
            int(stack.entries[row]),
            stack.data[row].ravel().tolist(),
            float(stack.totals[row]),
            float(stack.lowest[row]),
            float(stack.highest[row]),
            int(stack.occupied[row]),
        )
        for row in np.flatnonzero(stack.present).tolist()
    }


# J1


def test_J1_an_ls_without_a_row_never_shows_a_neighbour() -> None:
    stack = stack_of([(1, [1, 0, 0]), (2, [2, 0, 0]), (5, [5, 0, 0]), (9, [9, 0, 0])])
    found = {ls: stack.histogram(ls) for ls in range(11)}
    assert {ls for ls, histogram in found.items() if histogram is not None} == {1, 2, 5, 9}
    for ls in (1, 2, 5, 9):
        histogram = found[ls]
        assert histogram is not None
        assert (histogram.ls, histogram.values.tolist()) == (ls, [float(ls), 0.0, 0.0])
    assert stack.row(3) is None
    assert stack.row(9) == 3
    assert stack.row(10**30) is None


# J2


def test_J2_expected_rows_are_not_loaded_until_they_come_or_are_found_absent() -> None:
    stack = stack_of(expected=numbers(1, 2, 3, 4))
    assert [stack.state_of(ls) for ls in (1, 2, 3, 4)] == [CellState.NOT_LOADED] * 4
    stack.fill(rows_1d([(2, [1, 1, 1])]))
    assert [stack.state_of(ls) for ls in (1, 2, 3)] == [
        CellState.NOT_LOADED,
        CellState.VALUE,
        CellState.NOT_LOADED,
    ]
    stack.settle(1, 2)
    assert [stack.state_of(ls) for ls in (1, 2, 3)] == [
        CellState.ABSENT,
        CellState.VALUE,
        CellState.NOT_LOADED,
    ]
    stack.finish()
    assert [stack.state_of(ls) for ls in (1, 2, 3, 4)] == [
        CellState.ABSENT,
        CellState.VALUE,
        CellState.ABSENT,
        CellState.ABSENT,
    ]


def test_J2_what_nobody_expected_is_absent_only_once_it_was_read() -> None:
    stack = stack_of([(5, [1, 2, 3])])
    assert stack.state_of(4) == CellState.NOT_LOADED
    stack.settle(1, 4)
    stack.settle(7, 9)
    assert [stack.state_of(ls) for ls in range(1, 11)] == [
        *[CellState.ABSENT] * 4,
        CellState.VALUE,
        CellState.NOT_LOADED,
        *[CellState.ABSENT] * 3,
        CellState.NOT_LOADED,
    ]
    stack.finish()
    assert stack.state_of(6) == stack.state_of(10**6) == CellState.ABSENT


def test_J2_absent_and_not_loaded_rows_have_no_histogram() -> None:
    stack = stack_of([(2, [1, 1, 1])], expected=numbers(1, 2, 3))
    stack.settle(1, 1)
    assert stack.histogram(1) is None
    assert stack.histogram(3) is None
    assert stack.present.tolist() == [False, True, False]


def test_J2_a_row_found_absent_that_comes_after_all_is_there() -> None:
    stack = stack_of(expected=numbers(1, 2))
    stack.finish()
    stack.fill(rows_1d([(2, [1, 1, 1])]))
    assert stack.state_of(1) == CellState.ABSENT
    assert stack.state_of(2) == CellState.VALUE


# J3


def test_J3_an_empty_ls_is_listed_apart_from_an_absent_one() -> None:
    stack = stack_of([(2, [0, 0, 0]), (7, [1, 0, 0])], expected=numbers(2, 4, 7))
    stack.finish()
    assert stack.ls[stack.empty].tolist() == [2]
    assert stack.ls[stack.state == CellState.ABSENT].tolist() == [4]
    empty = stack.histogram(2)
    assert empty is not None
    assert empty.is_empty


def test_J3_ls_are_sorted_by_number_whatever_order_they_come_in() -> None:
    stack = stack_of([(9, [9, 0, 0])], [(5, [5, 0, 0]), (1, [1, 0, 0])], expected=numbers(5, 2, 9, 2))
    assert stack.ls.tolist() == [1, 2, 5, 9]
    assert stack.data[:, 0].tolist() == [1.0, 0.0, 5.0, 9.0]


# J5, J6


def test_J5_the_dimension_comes_from_the_shape_of_the_data() -> None:
    said_1d = HistogramStack(KEY, CHARGE, numbers())
    said_1d.fill(StackRows(numbers(1), numbers(6), np.ones((1, 2, 3)), X, Y))
    assert (said_1d.x, said_1d.y) == (X, Y)
    assert said_1d.data.shape == (1, 2, 3)


def test_J6_rows_of_another_binning_are_kept_out_and_named() -> None:
    stack = stack_of([(1, [1, 2, 3])], expected=numbers(1, 2, 3))
    finer = Axis(6, 0.0, 3.0)
    shifted = Axis(3, 0.5, 3.5)
    stack.fill(rows_1d([(2, [1] * 6)], finer))
    stack.fill(rows_1d([(3, [9, 9, 9])], shifted))
    assert stack.x == X
    assert [stack.state_of(ls) for ls in (1, 2, 3)] == [
        CellState.VALUE,
        CellState.OTHER_BINNING,
        CellState.OTHER_BINNING,
    ]
    assert stack.other_binnings == {2: "6 bins on [0, 3]", 3: "3 bins on [0.5, 3.5]"}
    assert stack.histogram(3) is None
    assert stack.present.tolist() == [True, False, False]
    assert not stack.empty.any()


def test_J6_a_map_does_not_mix_with_a_curve() -> None:
    stack = stack_of([(1, [1, 2, 3])])
    stack.fill(StackRows(numbers(2), numbers(6), np.ones((1, 2, 3)), X, Y))
    assert stack.state_of(2) == CellState.OTHER_BINNING
    assert stack.other_binnings == {2: "3 bins on [0, 3] by 2 bins on [0, 2]"}


def test_J6_a_row_that_comes_again_in_the_common_binning_is_no_longer_kept_out() -> None:
    stack = stack_of([(1, [1, 2, 3])])
    stack.fill(rows_1d([(2, [1] * 6)], Axis(6, 0.0, 3.0)))
    stack.fill(rows_1d([(2, [4, 5, 6])]))
    assert stack.other_binnings == {}
    assert stack.state_of(2) == CellState.VALUE


def test_J6_coverage_may_be_ragged() -> None:
    stack = stack_of([(3, [1, 1, 1])], [(8, [2, 2, 2])], expected=numbers(*range(1, 11)))
    stack.finish()
    assert stack.ls[stack.present].tolist() == [3, 8]
    assert (stack.rows_loaded, stack.rows_expected) == (2, 2)


# J8 as far as the stack is concerned


def test_J8_rows_loaded_stand_beside_rows_expected() -> None:
    stack = stack_of([(1, [1, 1, 1]), (2, [0, 0, 0])], expected=numbers(1, 2, 3, 4, 5))
    assert (stack.rows_loaded, stack.rows_expected, stack.complete) == (2, 5, False)
    stack.settle(1, 3)
    assert (stack.rows_loaded, stack.rows_expected) == (2, 4)
    stack.fill(rows_1d([(9, [1, 1, 1])]))
    assert (stack.rows_loaded, stack.rows_expected) == (3, 5)
    stack.finish()
    assert (stack.rows_loaded, stack.rows_expected, stack.complete) == (3, 3, True)


# A2, A3


def test_A2_a_map_is_y_by_x_with_row_0_the_lowest_y() -> None:
    # three entries: (x, y) = (2.5, 0.5) twice and (0.5, 1.5) once
    sample_x, sample_y = [2.5, 2.5, 0.5], [0.5, 0.5, 1.5]
    by_x, _, _ = np.histogram2d(sample_x, sample_y, bins=(3, 2), range=((0, 3), (0, 2)))
    stack = HistogramStack(KEY, OCCUPANCY, numbers())
    stack.fill(StackRows(numbers(1), numbers(3), by_x.T[np.newaxis], X, Y))
    histogram = stack.histogram(1)
    assert histogram is not None
    assert histogram.values.shape == (Y.n, X.n)
    assert histogram.values.tolist() == [[0, 0, 2], [1, 0, 0]]
    assert stack.x_sums.tolist() == [[1, 0, 2]]
    assert stack.y_sums.tolist() == [[2, 1]]


@pytest.mark.parametrize("shape", [(1, 3, 2), (1, 2), (1, 6), (2, 2, 3), (1, 2, 3, 1)])
def test_A2_numbers_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(HistogramError, match="cannot come from"):
        StackRows(numbers(1), numbers(1), np.zeros(shape), X, Y)


def test_rows_and_entries_that_do_not_match_are_refused() -> None:
    with pytest.raises(HistogramError):
        StackRows(numbers(1, 2), numbers(1), np.zeros((2, 3)), X)


@pytest.mark.parametrize(
    ("entries", "bins", "expected"),
    [
        (10, [1, 2, 5], 0.2),
        (8, [1, 2, 5], 0.0),
        (7, [1, 2, 5], math.nan),
        (4, [0, 0, 0], math.nan),
        (0, [0, 0, 0], math.nan),
        (5, [-1, 0, 0], math.nan),
    ],
)
def test_A3_the_fraction_outside_is_1_minus_sum_over_entries(
    entries: int, bins: list[int], expected: float
) -> None:
    histogram = Histogram(1, entries, np.array(bins, dtype=np.float32), X)
    assert histogram.outside_fraction == pytest.approx(expected, nan_ok=True)
    assert histogram.total == sum(bins)
    assert histogram.is_empty == (sum(bins) == 0)


def test_A3_entries_and_sum_of_bins_are_both_kept() -> None:
    stack = HistogramStack(KEY, CHARGE, numbers())
    stack.fill(StackRows(numbers(4), numbers(25), np.array([[1.0, 2.0, 3.0]]), X))
    histogram = stack.histogram(4)
    assert histogram is not None
    assert (histogram.entries, histogram.total) == (25, 6.0)


def test_A3_sums_are_exact_where_float32_would_not_be() -> None:
    # 2**24 + 1 is the first whole number that float32 cannot hold
    stack = HistogramStack(KEY, CHARGE, numbers())
    data = np.array([[2.0**24, 1.0, 1.0]], dtype=np.float32)
    stack.fill(StackRows(numbers(1), numbers(16777218), data, X))
    assert stack.data.dtype == np.float32
    assert stack.totals.tolist() == [16777218.0]
    histogram = stack.histogram(1)
    assert histogram is not None
    assert histogram.total == 16777218.0


# N3


@pytest.mark.parametrize(
    ("me", "expected"),
    [
        ("Tracking/PrimaryVertices/offline/FractionOfGoodPVtx_offline", True),
        ("Muons/EfficiencyVsEta", True),
        ("SiStrip/HitRatio_TIB", True),
        ("OfflinePV/TagDifferenceX", True),
        ("Pixel/hit_efficiency_vs_eta", True),
        ("Pixel/ratio", True),
        ("PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", False),
        ("Efficiency/Numerators/hits_total", False),
        ("Tracking/iteration_number", False),
        ("Gas/refractionIndex", False),
    ],
)
def test_N3_ratios_are_known_by_name(me: str, expected: bool) -> None:  # noqa: FBT001 - an expected value
    element = MonitoringElement(1, me, 1)
    assert element.is_ratio_by_name == expected
    assert HistogramStack(KEY, element, numbers()).is_ratio == expected


def test_N3_a_negative_bin_anywhere_makes_a_ratio() -> None:
    stack = stack_of([(1, [1, 2, 3]), (2, [0, 0, 0])])
    assert not stack.is_ratio
    stack.fill(rows_1d([(3, [5, -1, 5])]))
    assert stack.is_ratio


def test_N3_a_negative_bin_in_a_row_that_was_replaced_does_not_count() -> None:
    stack = stack_of([(1, [1, 2, 3])], [(2, [5, -1, 5])], [(2, [5, 1, 5])])
    assert not stack.is_ratio
    kept_out = stack_of([(1, [1, 2, 3])], [(2, [5, -1, 5])])
    kept_out.fill(rows_1d([(2, [1] * 6)], Axis(6, 0, 3)))
    assert not kept_out.is_ratio


# filling

page_rows = st.tuples(st.integers(1, 25), st.lists(st.integers(0, 2**26), min_size=3, max_size=3))
expectations = st.lists(st.integers(1, 25), max_size=25)


@given(st.lists(st.lists(page_rows, max_size=6), max_size=6), expectations, st.randoms())
def test_any_order_of_pages_gives_the_same_stack(
    pages: list[Page], expected: list[int], random: Random
) -> None:
    known: dict[int, list[int]] = {}
    for page in pages:
        for ls, bins in page:
            # the service gives one histogram for an LS, however often it is asked
            known.setdefault(ls, bins)
    pages = [[(ls, known[ls]) for ls, _ in page] for page in pages]
    order = list(pages)
    random.shuffle(order)
    streamed = stack_of(*order, expected=numbers(*expected))
    at_once = stack_of(sorted(known.items()), expected=numbers(*expected))
    for stack in (streamed, at_once):
        stack.finish()
    assert content(streamed) == content(at_once)
    assert {ls: bins for ls, (_, bins, *_) in content(streamed).items()} == known
    assert streamed.ls.tolist() == at_once.ls.tolist() == sorted({*expected, *known})
    assert streamed.state.tolist() == at_once.state.tolist()


@given(st.lists(st.lists(page_rows, max_size=6), max_size=6))
def test_of_a_row_that_comes_twice_the_later_one_stays(pages: list[Page]) -> None:
    latest = {ls: bins for page in pages for ls, bins in page}
    assert {ls: bins for ls, (_, bins, *_) in content(stack_of(*pages)).items()} == latest


def test_rows_are_sorted_and_of_two_with_one_ls_the_last_stays() -> None:
    rows = rows_1d([(5, [1, 0, 0]), (2, [2, 0, 0]), (5, [3, 0, 0]), (1, [4, 0, 0]), (2, [5, 0, 0])]).sorted()
    assert rows.ls.tolist() == [1, 2, 5]
    assert rows.data[:, 0].tolist() == [4.0, 5.0, 3.0]
    assert rows.entries.tolist() == [5, 6, 4]
    in_order = rows_1d([(1, [1, 0, 0]), (2, [2, 0, 0])])
    assert in_order.sorted() is in_order


@given(st.lists(page_rows, min_size=1, max_size=8))
def test_what_is_kept_of_each_row_is_that_of_its_bins(page: Page) -> None:
    for ls, (entries, bins, total, lowest, highest, occupied) in content(stack_of(page)).items():
        counts = dict(page)[ls]
        assert bins == counts
        assert entries == sum(counts) + 1
        assert (total, lowest, highest) == (sum(counts), min(counts), max(counts))
        assert occupied == sum(count != 0 for count in counts)


def test_maps_make_room_for_unexpected_ls_too() -> None:
    maps = np.arange(3 * 2 * 3, dtype=np.float64).reshape(3, 2, 3)
    stack = HistogramStack(KEY, OCCUPANCY, numbers(4))
    for row, ls in ((0, 7), (1, 4), (2, 1)):
        stack.fill(StackRows(numbers(ls), numbers(9), maps[row : row + 1], X, Y))
    assert stack.ls.tolist() == [1, 4, 7]
    assert stack.data.tolist() == maps[::-1].tolist()
    assert stack.x_sums.tolist() == maps[::-1].sum(axis=1).tolist()
    assert stack.y_sums.tolist() == maps[::-1].sum(axis=2).tolist()
    assert stack.nbytes == 3 * 2 * 3 * 4


def test_no_rows_change_nothing() -> None:
    stack = stack_of(expected=numbers(1, 2))
    stack.fill(StackRows(numbers(), numbers(), np.zeros((0, 3)), X))
    assert stack.x is None
    assert stack.version == 0
    assert stack.histogram(1) is None
    assert stack.state.tolist() == [0, 0]


def test_the_version_grows_with_every_change() -> None:
    stack = stack_of(expected=numbers(1, 2))
    seen = [stack.version]
    stack.fill(rows_1d([(1, [1, 1, 1])]))
    seen.append(stack.version)
    stack.fill(rows_1d([(2, [1] * 6)], Axis(6, 0, 3)))
    seen.append(stack.version)
    stack.settle(1, 2)
    seen.append(stack.version)
    stack.finish()
    seen.append(stack.version)
    assert seen == sorted(set(seen))


# precision


@given(st.lists(st.lists(st.integers(0, 2**24), min_size=3, max_size=3), min_size=1, max_size=5))
def test_counts_up_to_2_to_the_24_stay_in_float32(counts: list[list[int]]) -> None:
    stack = stack_of(list(enumerate(counts, start=1)))
    assert stack.data.dtype == np.float32
    assert stack.data.tolist() == counts


@given(
    st.lists(
        st.lists(st.floats(-1e300, 1e300) | st.integers(0, 2**53).map(float), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    )
)
def test_values_stay_exact_whatever_they_are_and_whenever_they_come(rows: list[list[float]]) -> None:
    stack = HistogramStack(KEY, CHARGE, numbers())
    for ls, bins in enumerate(rows, start=1):
        stack.fill(StackRows(numbers(ls), numbers(0), np.array([bins]), X))
    assert stack.data.tolist() == rows


def test_a_count_that_float32_cannot_hold_widens_the_stack_and_keeps_what_was_there() -> None:
    stack = stack_of([(1, [3, 2**24, 1])])
    assert stack.data.dtype == np.float32
    stack.fill(rows_1d([(2, [2**24 + 1, 0, 0])]))
    assert stack.data.dtype == np.float64
    assert stack.data.tolist() == [[3.0, 2.0**24, 1.0], [2.0**24 + 1, 0.0, 0.0]]
    stack.fill(rows_1d([(3, [1, 1, 1])]))
    assert stack.data.dtype == np.float64


def test_a_bin_that_is_no_number_keeps_its_row_and_the_narrow_type() -> None:
    stack = HistogramStack(KEY, CHARGE, numbers())
    stack.fill(StackRows(numbers(1), numbers(1), np.array([[1.0, np.nan, 2.0]]), X))
    assert stack.data.dtype == np.float32
    np.testing.assert_array_equal(stack.data, [[1.0, np.nan, 2.0]])


# keys


def test_J4_a_histogram_is_known_by_workspace_dataset_run_and_element() -> None:
    keys = {
        HistogramKey(RunKey("tracker", 14, 381065), 5),
        HistogramKey(RunKey("jetmet", 14, 381065), 5),
        HistogramKey(RunKey("tracker", 15, 381065), 5),
        HistogramKey(RunKey("tracker", 14, 381066), 5),
        HistogramKey(RunKey("tracker", 14, 381065), 6),
        HistogramKey(RunKey("tracker", 14, 381065), 5),
    }
    assert len(keys) == 5


def test_the_name_of_an_element_has_a_folder_and_a_last_part() -> None:
    assert CHARGE.short_name == "charge_PXLayer_1"
    assert CHARGE.folder == "PixelPhase1/Tracks/PXBarrel"
    bare = MonitoringElement(1, "charge", 1)
    assert (bare.short_name, bare.folder) == ("charge", "")


def test_J6_the_commonest_binning_wins_in_whatever_order_the_rows_come() -> None:
    narrow, wide = Axis(2, 0.0, 10.0), Axis(4, 0.0, 10.0)
    odd = StackRows(numbers(5), numbers(3), np.array([[1.0, 2.0]]), narrow)
    usual = StackRows(numbers(1, 2, 3), numbers(4, 8, 12), np.outer([1.0, 2.0, 3.0], np.ones(4)), wide)
    for order in ((odd, usual), (usual, odd)):
        stack = HistogramStack(KEY, CHARGE, numbers(1, 2, 3, 5))
        for page in order:
            stack.fill(page)
        assert stack.x == wide
        assert stack.other_binnings == {5: "2 bins on [0, 10]"}
        assert stack.histogram(5) is None
        assert stack.totals[stack.present].tolist() == [4.0, 8.0, 12.0]
        assert stack.entries[stack.present].tolist() == [4, 8, 12]


def test_what_is_held_for_another_thread_does_not_grow_under_its_hands() -> None:
    stack = HistogramStack(KEY, CHARGE, numbers(1, 2))
    stack.fill(rows_1d([(1, [1, 2, 3])]))
    now = stack.as_now()
    stack.fill(rows_1d([(2, [4, 5, 6])]))
    stack.finish()
    assert now.present.tolist() == [True, False]
    assert now.totals.tolist() == [6.0, 0.0]
    assert stack.present.tolist() == [True, True]


@given(st.lists(st.lists(page_rows, max_size=6), max_size=6), expectations)
def test_what_is_held_is_every_row_once_and_no_copy_of_it(pages: list[Page], expected: list[int]) -> None:
    stack = stack_of(*pages, expected=numbers(*expected))
    held = stack.held()
    rows = [
        (ls, (entries, bins))
        for part in held
        for ls, entries, bins in zip(part.ls.tolist(), part.entries.tolist(), part.data.tolist(), strict=True)
    ]
    assert rows == [(ls, (entries, bins)) for ls, (entries, bins, *_) in content(stack).items()]
    assert all(np.shares_memory(part.data, stack.data) for part in held)
