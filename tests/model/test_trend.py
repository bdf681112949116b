"""Statistics per lumisection, held against raw samples and formulas in float64."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.trend import (
    PER_RATE,
    STATISTICS_1D,
    STATISTICS_2D,
    Trend,
    moments,
    offered_statistics,
    offers_rate,
    per_rate,
    statistic_in_words,
    trend,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

KEY = HistogramKey(RunKey("tracker", 14, 381065), 5)
X = Axis(4, 0.0, 8.0)  # centres 1, 3, 5, 7
Y = Axis(2, 10.0, 30.0)  # centres 15, 25


def stack_of(
    rows: Mapping[int, Sequence[object]],
    x: Axis = X,
    y: Axis | None = None,
    *,
    entries: dict[int, int] | None = None,
    expected: Sequence[int] = (),
    name: str = "charge",
) -> HistogramStack:
    stack = HistogramStack(
        KEY, MonitoringElement(5, name, 1 if y is None else 2), np.array(expected, dtype=np.int64)
    )
    if rows:
        ls = np.array(list(rows), dtype=np.int64)
        data = np.array(list(rows.values()), dtype=np.float64)
        sums = {ls: int(data[row].sum()) for row, ls in enumerate(rows)}
        numbers = np.array([{**sums, **(entries or {})}[ls] for ls in rows], dtype=np.int64)
        stack.fill(StackRows(ls, numbers, data, x, y))
    return stack


def values(found: Trend, name: str) -> list[float]:
    return [float(value) for value in found[name]]


# T1


def test_T1_worked_by_hand() -> None:
    # n = 1, 2, 1, 0 at 1, 3, 5, 7: mean 12/4 = 3, variance (4 + 0 + 4)/4 = 2
    found = trend(stack_of({6: [1, 2, 1, 0]}, entries={6: 5}))
    assert found.ls.tolist() == [6]
    assert values(found, "mean") == [3.0]
    assert values(found, "std") == [pytest.approx(math.sqrt(2))]
    assert values(found, "mean_error") == [pytest.approx(math.sqrt(2) / 2)]
    assert values(found, "mode") == [3.0]
    assert values(found, "max") == [2.0]
    assert values(found, "entries") == [5.0]
    assert values(found, "sum") == [4.0]
    assert values(found, "outside_fraction") == [pytest.approx(0.2)]


@pytest.mark.parametrize("seed", range(5))
def test_T1_agrees_with_the_samples_of_a_histogram(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axis = Axis(50, -4.0, 6.0)
    rows = {ls: np.histogram(rng.normal(1, 1.2, 400), bins=50, range=(-4, 6))[0] for ls in (3, 4, 8)}
    found = trend(stack_of({ls: row.tolist() for ls, row in rows.items()}, axis))
    for at, (ls, counts) in enumerate(rows.items()):
        assert found.ls[at] == ls
        edges = np.linspace(-4, 6, 51)
        samples = np.repeat((edges[:-1] + edges[1:]) / 2, counts)
        assert found["mean"][at] == pytest.approx(samples.mean(), rel=1e-12)
        assert found["std"][at] == pytest.approx(samples.std(), rel=1e-12)
        assert found["mean_error"][at] == pytest.approx(stats.sem(samples, ddof=0), rel=1e-12)
        modes, tops = np.unique(samples, return_counts=True)
        assert found["mode"][at] == pytest.approx(modes[tops.argmax()])
        assert found["max"][at] == tops.max()


def test_T1_one_bin_has_no_width_and_its_true_centre_as_mean() -> None:
    found = trend(stack_of({1: [5]}, Axis(1, 0.0, 4.0)))
    assert values(found, "mean") == values(found, "mode") == [2.0]
    assert values(found, "std") == values(found, "mean_error") == [0.0]


@given(
    st.lists(st.integers(0, 2**24), min_size=20, max_size=20),
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e3),
)
def test_T1_moments_are_exact_far_from_zero_too(counts: list[int], low: float, width: float) -> None:
    assume(any(counts))
    axis = Axis(20, low, low + width)
    found = trend(stack_of({1: counts}, axis))
    # exact sums of whole numbers: bin i stands at i + 1/2
    total = sum(counts)
    mean_bins = sum(n * (2 * i + 1) for i, n in enumerate(counts)) / (2 * total)
    variance = math.fsum(n * (i + 0.5 - mean_bins) ** 2 for i, n in enumerate(counts)) / total
    steps = 4 * np.spacing(abs(low) + width)
    assert found["mean"][0] == pytest.approx(low + mean_bins * axis.width, rel=1e-12, abs=steps)
    assert found["std"][0] == pytest.approx(
        math.sqrt(variance) * axis.width, rel=1e-9 + 40 * steps / axis.width, abs=steps
    )


@pytest.mark.parametrize("filled", [0, 7, 99_999])
def test_T1_a_narrow_peak_on_a_wide_axis_loses_nothing(filled: int) -> None:
    counts = np.zeros(100_000)
    counts[filled] = 1e6
    found = trend(stack_of({1: counts.tolist()}, Axis(100_000, 0.0, 100_000.0)))
    assert found["mean"][0] == filled + 0.5
    assert found["std"][0] == 0.0


@pytest.mark.parametrize(("n", "low"), [(100, 1e9), (1000, 1e9), (1000, -1e12)])
def test_T1_a_mean_far_from_zero_is_right_to_the_last_digit(n: int, low: float) -> None:
    axis = Axis(n, low, low + 1000)
    counts = np.random.default_rng(n).integers(0, 2**20, (10, n))
    found = trend(stack_of({ls + 1: row.tolist() for ls, row in enumerate(counts)}, axis))
    for mean, row in zip(found["mean"].tolist(), counts.tolist(), strict=True):
        centres = map(Fraction, axis.centres.tolist())
        exact = sum(n * x for n, x in zip(row, centres, strict=True)) / sum(row)
        assert abs(Fraction(mean) - exact) <= Fraction(float(np.spacing(abs(mean))))


def test_A3_the_fraction_outside_is_known_only_where_entries_are_enough() -> None:
    rows = {ls: [1, 2, 1, 0] for ls in (1, 2, 3, 4)}
    found = trend(stack_of(rows, entries={1: 5, 2: 4, 3: 3, 4: 0}))
    np.testing.assert_allclose(found["outside_fraction"], [0.2, 0.0, np.nan, np.nan])


def test_T1_counts_above_2_to_the_24_are_summed_exactly() -> None:
    counts = [2**24, 1, 2**24, 1]
    found = trend(stack_of({1: counts}))
    assert found["sum"][0] == sum(counts)
    assert found["mean"][0] == pytest.approx(np.average([1.0, 3.0, 5.0, 7.0], weights=counts), rel=1e-15)


def test_T1_the_first_of_several_highest_bins_is_the_mode() -> None:
    assert values(trend(stack_of({1: [0, 3, 3, 0]})), "mode") == [3.0]


@given(st.lists(st.lists(st.integers(0, 1000), min_size=4, max_size=4), min_size=1, max_size=8))
def test_T1_moments_are_numpys_weighted_averages(rows: list[list[int]]) -> None:
    weights = np.array(rows, dtype=np.float64)
    weights = weights[weights.sum(axis=1) > 0]
    assume(weights.size)
    mean, variance = moments(weights, weights.sum(axis=1), X.centres)
    for row, counts in enumerate(weights):
        expected = np.average(X.centres, weights=counts)
        assert mean[row] == pytest.approx(expected, rel=1e-12)
        spread = np.average((X.centres - expected) ** 2, weights=counts)
        assert variance[row] == pytest.approx(spread, rel=1e-12, abs=1e-12)


# T2


def test_T2_empty_and_absent_ls_are_nan_in_their_place() -> None:
    stack = stack_of({2: [1, 2, 1, 0], 4: [0, 0, 0, 0], 9: [0, 0, 2, 0]}, expected=[2, 3, 4, 9, 10])
    stack.settle(1, 9)
    found = trend(stack)
    assert found.ls.tolist() == [2, 3, 4, 9, 10]
    for name in ("mean", "std", "mean_error", "mode", "max", "outside_fraction"):
        assert np.isnan(found[name]).tolist() == [False, True, True, False, True], name


def test_T2_an_empty_ls_still_has_its_entries_and_sum_and_an_absent_one_has_not() -> None:
    stack = stack_of({4: [0, 0, 0, 0]}, entries={4: 17}, expected=[3, 4])
    stack.finish()
    found = trend(stack)
    np.testing.assert_array_equal(found["entries"], [np.nan, 17.0])
    np.testing.assert_array_equal(found["sum"], [np.nan, 0.0])


def test_T2_empty_maps_are_nan_too() -> None:
    found = trend(stack_of({1: np.zeros((2, 4)).tolist()}, X, Y))
    for name in ("occupancy", "mean_x", "mean_y", "empty_bins", "max", "outside_fraction"):
        assert np.isnan(found[name]).all(), name


@pytest.mark.parametrize(("y", "names"), [(None, STATISTICS_1D), (Y, STATISTICS_2D)])
def test_T2_before_the_first_row_all_is_nan_under_every_name(y: Axis | None, names: tuple[str, ...]) -> None:
    found = trend(stack_of({}, y=y, expected=[1, 5]))
    assert tuple(found.values) == names
    assert found.ls.tolist() == [1, 5]
    assert all(np.isnan(found[name]).all() and found[name].shape == (2,) for name in names)


def test_T2_a_run_of_nothing_but_empty_rows_has_no_mean() -> None:
    assert np.isnan(trend(stack_of({1: [0] * 4, 2: [0] * 4}))["mean"]).all()


def test_T2_rows_of_another_binning_are_gaps() -> None:
    stack = stack_of({1: [1, 2, 1, 0]})
    stack.fill(StackRows(np.array([2]), np.array([3]), np.ones((1, 3)), Axis(3, 0.0, 8.0)))
    found = trend(stack)
    assert np.isnan(found["mean"]).tolist() == [False, True]
    assert np.isnan(found["entries"]).tolist() == [False, True]


# T3

MAPS = {1: [[1, 2, 1, 0], [0, 4, 0, 1]], 2: [[3, 0, 1, 0], [2, 4, 6, 8]]}


@pytest.mark.parametrize(
    ("rows", "y"),
    [({1: [1, 2, 1, 0], 2: [3, 7, 1, 1]}, None), (MAPS, Y)],
)
def test_T3_dividing_by_the_rate_changes_only_what_is_offered(
    rows: dict[int, list[object]], y: Axis | None
) -> None:
    rate_hz = {1: 0.5, 2: 40.0}
    divided = {ls: (np.array(bins, dtype=np.float64) / rate_hz[ls]).tolist() for ls, bins in rows.items()}
    raw = trend(stack_of(rows, y=y))
    scaled = trend(stack_of(divided, y=y, entries={1: 10**6, 2: 10**6}))
    # entries count fills, and the fraction outside and the error of the mean need them as they were
    from_fills = {"entries", "outside_fraction", "mean_error"}
    changed = {
        name for name in raw.values if name not in from_fills and not np.allclose(raw[name], scaled[name])
    }
    assert changed == PER_RATE - from_fills == {"max", "sum"}
    for name in changed:
        np.testing.assert_allclose(per_rate(raw[name], np.array([0.5, 40.0])), scaled[name])


def test_T3_a_rate_is_offered_for_counts_only() -> None:
    assert {name for name in STATISTICS_1D if offers_rate(name, is_ratio=False)} == {"max", "entries", "sum"}
    assert {name for name in STATISTICS_2D if offers_rate(name, is_ratio=False)} == {"max", "entries", "sum"}
    for name in ("mean", "std", "mode", "mean_error", "outside_fraction", "occupancy", "mean_x", "mean_y"):
        assert not offers_rate(name, is_ratio=False)


def test_N3_a_ratio_is_never_divided_by_the_rate() -> None:
    assert not any(offers_rate(name, is_ratio=True) for name in {*STATISTICS_1D, *STATISTICS_2D})


def test_T3_a_rate_that_is_zero_or_absent_masks_the_ls() -> None:
    found = per_rate(
        np.array([10.0, 10.0, 10.0, np.nan, 0.0, 10.0]),
        np.array([4.0, 0.0, np.nan, 5.0, 5.0, -1.0]),
    )
    np.testing.assert_array_equal(found, [2.5, np.nan, np.nan, np.nan, 0.0, np.nan])


# T4


def test_T4_a_map_has_its_own_statistics_worked_by_hand() -> None:
    # 6 entries: x = 1 twice and 5 once at y = 15; x = 7 three times at y = 25
    found = trend(stack_of({3: [[2, 0, 1, 0], [0, 0, 0, 3]]}, X, Y, entries={3: 8}))
    assert tuple(found.values) == STATISTICS_2D
    assert values(found, "occupancy") == [3 / 8]
    assert values(found, "empty_bins") == [5.0]
    assert values(found, "mean_x") == [pytest.approx((2 * 1 + 5 + 3 * 7) / 6)]
    assert values(found, "mean_y") == [pytest.approx((3 * 15 + 3 * 25) / 6)]
    assert values(found, "max") == [3.0]
    assert values(found, "entries") == [8.0]
    assert values(found, "sum") == [6.0]
    assert values(found, "outside_fraction") == [0.25]


def test_T4_means_of_a_map_are_those_of_its_samples() -> None:
    rng = np.random.default_rng(7)
    maps = rng.poisson(0.7, (5, Y.n, X.n))
    found = trend(stack_of({ls: maps[ls].tolist() for ls in range(5) if ls}, X, Y))
    centres_x, centres_y = np.meshgrid([1.0, 3.0, 5.0, 7.0], [15.0, 25.0])
    for at, ls in enumerate(range(1, 5)):
        assert found["mean_x"][at] == pytest.approx(np.repeat(centres_x.ravel(), maps[ls].ravel()).mean())
        assert found["mean_y"][at] == pytest.approx(np.repeat(centres_y.ravel(), maps[ls].ravel()).mean())
        assert found["empty_bins"][at] == (maps[ls] == 0).sum()
        assert found["occupancy"][at] == pytest.approx(1 - (maps[ls] == 0).mean())


def test_T4_a_bin_below_zero_is_not_empty() -> None:
    found = trend(stack_of({1: [[2, 0, -1, 0], [0, 0, 0, 3]]}, X, Y))
    assert values(found, "empty_bins") == [5.0]


# T5


def test_T5_the_trend_stands_on_ls_numbers_each_run_on_its_own() -> None:
    current = trend(stack_of({9: [1, 0, 0, 0], 2: [0, 1, 0, 0], 5: [0, 0, 1, 0]}))
    reference = trend(stack_of({40: [0, 0, 0, 1]}, expected=[38, 40]))
    assert current.ls.tolist() == [2, 5, 9]
    assert values(current, "mean") == [3.0, 5.0, 1.0]
    assert reference.ls.tolist() == [38, 40]
    assert math.isnan(reference["mean"][0])
    assert reference["mean"][1] == 7.0


# ratios


def test_N3_the_mean_of_a_ratio_has_no_poisson_error() -> None:
    named = trend(stack_of({1: [1, 2, 1, 0]}, name="FractionOfGoodPVtx"))
    negative = trend(stack_of({1: [1, 2, 1, 0], 2: [5, -1, 5, 0]}))
    assert np.isnan(named["mean_error"]).all()
    assert np.isnan(negative["mean_error"]).all()
    assert values(named, "mean") == [3.0]


def test_N3_bins_of_both_signs_give_no_false_width() -> None:
    # -1 at 1, +2 at 3, -1... : sum n (x - mean)^2 / sum n is below zero
    found = trend(stack_of({1: [-1, 4, -1, 0]}))
    assert math.isnan(found["std"][0])


def test_N3_bins_that_cancel_are_an_empty_row() -> None:
    assert np.isnan(trend(stack_of({1: [1, -1, 0, 0]}))["mean"]).all()


# what is offered


def test_T4_maps_are_offered_their_own_statistics() -> None:
    assert offered_statistics(1) == STATISTICS_1D
    assert offered_statistics(2) == STATISTICS_2D


def test_S1_S2_comparisons_are_offered_with_a_reference_and_a_distance_for_bins_in_an_order_alone() -> None:
    assert offered_statistics(1, is_compared=True)[-2:] == ("chi2/dof", "KS distance")
    assert offered_statistics(2, is_compared=True)[-1] == "chi2/dof"
    assert "KS distance" not in offered_statistics(2, is_compared=True)


def test_N3_of_a_ratio_neither_the_error_on_its_mean_nor_a_comparison_of_counts_is_offered() -> None:
    offered = offered_statistics(1, is_ratio=True, is_compared=True)
    assert set(STATISTICS_1D) - set(offered) == {"mean_error"}
    assert "chi2/dof" not in offered


def test_statistics_have_names_for_people() -> None:
    assert statistic_in_words("mean_x") == "mean x"
    assert statistic_in_words("outside_fraction") == "fraction outside"


def test_an_unknown_statistic_is_an_error() -> None:
    with pytest.raises(KeyError):
        trend(stack_of({1: [1, 2, 1, 0]}))["median"]


def test_a_trend_does_not_change_when_its_stack_does() -> None:
    stack = stack_of({2: [1, 2, 1, 0]})
    found = trend(stack)
    before: dict[str, NDArray[np.float64]] = {name: found[name].copy() for name in found.values}
    stack.fill(StackRows(np.array([1, 2]), np.array([3, 3]), np.ones((2, 4)), X))
    assert found.ls.tolist() == [2]
    for name, column in before.items():
        np.testing.assert_array_equal(found[name], column)


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_T2_what_is_too_large_for_a_number_has_no_value_and_no_warning(value: float) -> None:
    stack = HistogramStack(KEY, MonitoringElement(5, "charge", 1), np.zeros(0, dtype=np.int64))
    bins = np.array([[1.0, 2.0, 1.0, 0.0], [value] * 4, [0.0] * 4])
    stack.fill(StackRows(np.array([1, 2, 3]), np.array([4, 4, 0]), bins, X))
    found = trend(stack)
    assert np.isnan(found["mean"]).tolist() == [False, True, True]
    assert np.isnan(found["sum"]).tolist() == [False, True, False]
    assert found["max"][1] == value
    assert found.too_large is not None
    assert found.too_large.tolist() == [False, True, False]
