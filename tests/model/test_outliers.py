"""Robust outliers, local references, steps and blocks: rule S5, and what S6 asks of a reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.judging.blocks import block_around, empty_blocks
from dqmtui.model.judging.outliers import (
    Neighbours,
    center_and_spread,
    local_line,
    median,
    robust_z,
    running_median,
)
from dqmtui.model.judging.steps import Step, departures, find_steps

EVERYWHERE = 60


def test_S5_an_outlier_is_counted_in_units_of_the_mad() -> None:
    # median 4, absolute deviations 2 1 0 1 2 of the good ones: MAD 1
    values = np.array([2.0, 3, 4, 5, 6, 104])
    good = np.array([True] * 5 + [False])
    assert robust_z(values, good)[5] == pytest.approx(100 / 1.4826)
    assert robust_z(values, good)[2] == 0


def test_S5_nothing_is_an_outlier_where_nothing_differs_or_nothing_is_good() -> None:
    assert np.isnan(robust_z(np.ones(5), np.ones(5, dtype=bool))).all()
    assert np.isnan(robust_z(np.arange(5.0), np.zeros(5, dtype=bool))).all()
    assert np.isnan(robust_z(np.array([1.0, np.nan, 3]), np.ones(3, dtype=bool))[1])


def test_S5_a_window_follows_a_drift_that_the_whole_run_does_not_forgive() -> None:
    rng = np.random.default_rng(5)
    values = 0.1 * np.arange(200) + rng.normal(0, 0.1, 200)
    values[20] += 1.5
    good = np.ones(200, dtype=bool)
    assert abs(robust_z(values, good)[20]) < 3
    assert robust_z(values, good, half_width=10)[20] > 8


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_S5_the_quick_median_is_the_median(values: list[float]) -> None:
    assert median(np.array(values)) == pytest.approx(np.median(values))


def test_S5_a_running_median_keeps_a_step_and_forgets_a_spike() -> None:
    values = np.repeat([0.0, 1.0], 50)
    values[20:24] = 9
    found = running_median(values, 5)
    assert found.tolist() == [0.0] * 50 + [1.0] * 50
    assert running_median(np.array([3.0]), 5).tolist() == [3]
    assert running_median(np.zeros(0), 5).size == 0


def test_center_and_spread_of_nothing_is_not_a_number() -> None:
    assert np.isnan(center_and_spread(np.array([np.nan]))).all()


@given(
    st.lists(st.booleans(), min_size=1, max_size=80),
    st.integers(1, 10),
    st.integers(0, 3),
)
def test_S6_no_lumisection_is_its_own_reference(clean: list[bool], number: int, guard: int) -> None:
    good = np.array(clean)
    near = Neighbours.of(good, number, guard)
    for row in range(good.size):
        used = near.of_row(row)
        assert good[used].all()
        assert (np.abs(used - row) > guard).all()
        assert used.size == near.count[row] <= 2 * number


def test_S6_sums_over_the_reference_are_those_of_its_rows() -> None:
    rng = np.random.default_rng(6)
    values = rng.integers(0, 50, (60, 7)).astype(np.float64)
    near = Neighbours.of(rng.random(60) > 0.3, 8, 2)
    sums = near.sums(values)
    for row in range(60):
        assert sums[row].tolist() == values[near.of_row(row)].sum(axis=0).tolist()


def test_S6_a_line_through_the_neighbours_foretells_a_drift_at_the_ends_too() -> None:
    at = np.arange(100.0)
    values = 3 + 0.5 * at
    line, variance = local_line(values, np.ones(100), at, Neighbours.of(np.ones(100, dtype=bool), 10, 2))
    assert line == pytest.approx(values)
    assert variance[50] == pytest.approx(1 / 20)
    assert variance[0] > variance[50]


def test_S5_a_step_is_found_within_one_lumisection() -> None:
    rng = np.random.default_rng(8)
    for at in (30, 197, 360):
        values = rng.normal(0, 1, 400) + 5.0 * (np.arange(400) >= at)
        steps = find_steps(values, np.ones(400), 5.0)
        assert [abs(step.at - at) <= 1 for step in steps] == [True]
        assert steps[0].jump == pytest.approx(5, abs=1)


def test_S5_a_drift_and_a_few_bad_lumisections_are_no_step() -> None:
    rng = np.random.default_rng(9)
    values = rng.normal(0, 1, 400) + 0.05 * np.arange(400)
    values[100:103] += 60
    assert find_steps(values, np.ones(400), 5.0) == []


def test_S5_steps_in_noise_are_as_rare_as_their_threshold_says() -> None:
    rng = np.random.default_rng(10)
    found = sum(len(find_steps(rng.normal(0, 1, 800), np.ones(800), 4.8)) for _ in range(EVERYWHERE))
    # 60 x 800 places at two-sided 1.6e-6 each expect 0.08
    assert found <= 2


def test_S5_the_part_between_two_steps_is_the_problem() -> None:
    assert [(one.first, one.last) for one in departures([Step(40, 2.0, 9), Step(60, -2.1, -9)], 200)] == [
        (40, 59)
    ]


def test_S5_a_problem_that_does_not_end_lasts_to_the_end() -> None:
    found = departures([Step(120, -1.0, -20.0)], 200)
    assert [(one.first, one.last, one.jump, one.z) for one in found] == [(120, 199, -1.0, 20.0)]


def test_S5_the_change_is_what_comes_later_when_both_levels_last_as_long() -> None:
    assert [(one.first, one.last) for one in departures([Step(95, 1.0, 9)], 200)] == [(95, 199)]
    assert [(one.first, one.last) for one in departures([Step(30, 1.0, 9)], 200)] == [(0, 29)]
    assert departures([], 200) == []


def test_S5_the_largest_block_of_empty_bins_and_what_was_expected_there() -> None:
    template = np.full((8, 10), 1 / 80)
    data = np.full((3, 8, 10), 10)
    data[1, 2:4, 3:6] = 0
    data[1, 4, 6] = 0  # touches by a corner alone
    data[1, 7, 9] = 0
    found = empty_blocks(data, template, [800, 800, 800])
    assert found.bins.tolist() == [0, 6, 0]
    assert found.expected.tolist() == pytest.approx([0, 60, 0])
    assert found.box[1].tolist() == [3, 5, 2, 3]


def test_S5_empty_says_something_only_where_five_were_expected() -> None:
    template = np.full((4, 4), 1 / 16)
    assert empty_blocks(np.zeros((2, 4, 4)), template, [79, 80]).bins.tolist() == [0, 16]


def test_S5_bins_dead_in_the_reference_are_masked() -> None:
    template = np.full((4, 4), 1 / 12)
    template[1] = 0
    data = np.full((1, 4, 4), 10)
    data[0, 1] = 0
    data[0, 2, 0] = 0
    found = empty_blocks(data, template, [120])
    assert found.bins.tolist() == [1]
    assert found.box[0].tolist() == [0, 0, 2, 2]


def flooded(mask: np.ndarray, y: int, x: int) -> set[tuple[int, int]]:
    todo, seen = [(y, x)], set()
    while todo:
        at = todo.pop()
        inside = 0 <= at[0] < mask.shape[0] and 0 <= at[1] < mask.shape[1]
        if inside and mask[at] and at not in seen:
            seen.add(at)
            todo += [(at[0] + 1, at[1]), (at[0] - 1, at[1]), (at[0], at[1] + 1), (at[0], at[1] - 1)]
    return seen


@given(st.integers(0, 2**30), st.floats(0.2, 0.8))
def test_S5_blocks_are_those_of_a_flood_fill(seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((3, 9, 11)) < share
    found = empty_blocks(np.where(mask, 0, 7), np.full((9, 11), 1.0), [5.0, 5.0, 5.0])
    for n in range(3):
        sizes = [len(flooded(mask[n], int(y), int(x))) for y, x in zip(*np.nonzero(mask[n]), strict=True)]
        assert found.bins[n] == max(sizes, default=0)
    if mask[0].any():
        y, x = (int(axis[0]) for axis in np.nonzero(mask[0]))
        block = block_around(mask[0], y, x)
        assert set(zip(*(axis.tolist() for axis in np.nonzero(block)), strict=True)) == flooded(mask[0], y, x)
    assert not block_around(~mask[0] & mask[0], 0, 0).any()
