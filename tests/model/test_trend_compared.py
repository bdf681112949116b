"""Shapes of all LS of a run against a reference, held against SciPy and sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dqmtui.model.integrate import integrate
from dqmtui.model.lsmask import LSMask
from dqmtui.model.trend_compared import compared_with, compared_with_neighbours, compared_with_rest
from tests.model.stacks import MAP, stack_of

RNG = np.random.default_rng(11)
N_LS, N_BINS = 12, 8
COUNTS = RNG.poisson(400, (N_LS, N_BINS))
STACK = stack_of({ls: COUNTS[ls - 1].tolist() for ls in range(1, N_LS + 1)})


def chi2_per_dof(one: np.ndarray, other: np.ndarray) -> float:
    """The chi2 of the 2 x bins contingency table, which is the two-sample chi2 of shapes."""
    found = stats.chi2_contingency(np.array([one, other]), correction=False)
    return float(found.statistic / found.dof)


def test_S1_every_ls_has_the_chi2_of_its_contingency_table_with_the_reference() -> None:
    reference = RNG.poisson(9000, N_BINS).astype(np.float64)
    found = compared_with(STACK, "chi2/dof", reference)
    assert found == pytest.approx([chi2_per_dof(row, reference) for row in COUNTS])


def test_S2_every_ls_has_the_largest_distance_of_cumulative_shapes() -> None:
    reference = RNG.poisson(9000, N_BINS).astype(np.float64)
    found = compared_with(STACK, "KS distance", reference)
    for row, distance in zip(COUNTS, found, strict=True):
        apart = np.cumsum(row) / row.sum() - np.cumsum(reference) / reference.sum()
        assert distance == pytest.approx(np.abs(apart).max())


def test_S2_a_shifted_peak_is_far_away() -> None:
    stack = stack_of({1: [0, 900, 50, 0], 2: [0, 0, 50, 900]})
    found = compared_with(stack, "KS distance", np.array([0.0, 900.0, 50.0, 0.0]))
    assert found[0] == 0
    assert found[1] == pytest.approx(900 / 950)


def test_S6_the_ls_itself_is_left_out_of_the_rest_of_its_run() -> None:
    good = LSMask.parse("1-10")
    found = compared_with_rest(STACK, "chi2/dof", integrate(STACK, good))
    total = COUNTS[:10].sum(axis=0)
    for ls, value in enumerate(found, start=1):
        # LS 11 and 12 are not good: nothing of them is in the integral
        rest = total - COUNTS[ls - 1] if ls in good else total
        assert value == pytest.approx(chi2_per_dof(COUNTS[ls - 1], rest))


def test_S6_neighbours_are_the_nearest_good_ls_without_itself_and_the_gap() -> None:
    good = LSMask.parse("1-5,7-12")
    found = compared_with_neighbours(STACK, "chi2/dof", good, 2, 1)
    near = COUNTS[[3 - 1, 4 - 1, 8 - 1, 9 - 1]].sum(axis=0)
    # LS 5 and 7 are next to LS 6, which is not good itself
    assert found[5] == pytest.approx(chi2_per_dof(COUNTS[5], near))


def test_T2_empty_absent_and_coming_ls_are_gaps() -> None:
    stack = stack_of({2: [0, 0, 0, 0], 3: [90, 80, 70, 60]}, expected=[1, 2, 3, 4], complete=False)
    stack.settle(1, 1)
    found = compared_with(stack, "chi2/dof", np.array([900.0, 800.0, 700.0, 600.0]))
    assert np.isnan(found).tolist() == [True, True, False, True]


def test_S1_the_bins_of_a_map_stand_in_a_row() -> None:
    maps = RNG.poisson(60, (3, 4, 5))
    stack = stack_of({ls: maps[ls - 1].tolist() for ls in (1, 2, 3)}, element=MAP)
    reference = RNG.poisson(5000, (4, 5)).astype(np.float64)
    found = compared_with(stack, "chi2/dof", reference)
    assert found == pytest.approx([chi2_per_dof(one.ravel(), reference.ravel()) for one in maps])


def test_many_ls_are_compared_piece_by_piece_as_if_at_once() -> None:
    counts = RNG.poisson(300, (600, 4))
    stack = stack_of({ls: counts[ls - 1].tolist() for ls in range(1, 601)})
    reference = np.array([3000.0, 3100.0, 2900.0, 3050.0])
    found = compared_with(stack, "chi2/dof", reference)
    for row in (0, 255, 256, 511, 512, 599):
        assert found[row] == pytest.approx(chi2_per_dof(counts[row], reference))


def test_another_statistic_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="no comparison"):
        compared_with(STACK, "mean", np.ones(N_BINS))
