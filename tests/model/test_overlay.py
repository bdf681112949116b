"""Current and reference bin by bin."""

from __future__ import annotations

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.divisors import COUNTS, UNIT_AREA, Divisors, Quantity
from dqmtui.model.integrate import Integral, integrate, one_ls
from dqmtui.model.normalise import Normalisation
from dqmtui.model.overlay import overlay
from dqmtui.model.reference import Reference, run_reference
from tests.model.stacks import DIFFERENCE, MAP, numbers, stack_of

CURRENT = stack_of({1: [50, 100, 0]})
PAST = stack_of({1: [90, 190, 40], 2: [110, 210, 60]})


def reference(divisors: Divisors = COUNTS) -> Reference:
    return run_reference(379765, PAST, divisors=divisors)


def test_N4_plain_counts_of_a_reference_are_scaled_to_the_ls_looked_at() -> None:
    found = overlay(one_ls(CURRENT, 1), reference())
    assert found.reference.values.tolist() == [100.0, 200.0, 50.0]
    assert found.reference.notes == ("2 LS scaled to 1 LS",)
    assert found.label == found.reference.label == "counts"


def test_N4_counts_of_several_ls_are_scaled_to_as_many() -> None:
    past = run_reference(1, stack_of({ls: [20, 40] for ls in range(1, 7)}))
    found = overlay(integrate(stack_of({1: [10, 40], 2: [30, 40]})), past)
    assert found.reference.values.tolist() == [40.0, 80.0]
    assert found.ratio.values.tolist() == [1.0, 1.0]
    # 120 counts scaled by 1/3
    assert found.reference.errors[0] == pytest.approx(np.sqrt(120) / 3)


def test_N4_both_sides_of_an_overlay_carry_the_same_normalisation() -> None:
    found = overlay(one_ls(CURRENT, 1, UNIT_AREA), reference(UNIT_AREA))
    assert found.current.values.sum() == pytest.approx(1.0)
    assert found.reference.values.sum() == pytest.approx(1.0)
    refused = overlay(one_ls(CURRENT, 1), reference(UNIT_AREA))
    assert refused.refused == "unit area cannot stand beside counts"


def test_the_ratio_has_both_errors_and_nothing_where_the_reference_is_0() -> None:
    current = stack_of({1: [50, 7]})
    found = overlay(one_ls(current, 1), run_reference(1, stack_of({1: [100, 0]}))).ratio
    np.testing.assert_array_equal(found.values, [0.5, np.nan])
    # relative errors: 1/sqrt(50) and 1/sqrt(100)
    np.testing.assert_allclose(found.errors, [0.5 * np.hypot(1 / np.sqrt(50), 0.1), np.nan])


def test_the_difference_has_both_errors() -> None:
    found = overlay(one_ls(CURRENT, 1), reference()).difference
    assert found.values.tolist() == [-50.0, -100.0, -50.0]
    np.testing.assert_allclose(found.errors[:2], [np.sqrt(50 + 50), np.sqrt(100 + 100)])


def test_the_pull_takes_the_error_that_both_have_if_they_agree() -> None:
    found = overlay(one_ls(CURRENT, 1), reference()).pull
    # 250 counts in 1 + 2 LS: 83.3 per LS, sigma^2 = 83.3 (1 + 1/2) = 125
    assert found[0] == pytest.approx(-50 / np.sqrt(125))
    # nothing where 33.3 per LS were to be expected: sigma^2 = 50
    assert found[2] == pytest.approx(-50 / np.sqrt(50))


def test_the_pull_of_fractions_knows_that_they_sum_to_1() -> None:
    current, past = stack_of({1: [30, 70]}), stack_of({1: [40, 60]})
    found = overlay(one_ls(current, 1, UNIT_AREA), run_reference(1, past, divisors=UNIT_AREA)).pull
    sigma = np.sqrt(0.35 * 0.65 * (1 / 100 + 1 / 100))
    np.testing.assert_allclose(found, [-0.1 / sigma, 0.1 / sigma])


@pytest.mark.parametrize("divisors", ["counts", "area", "per Hz"])
def test_S6_pulls_of_runs_that_agree_are_normal(divisors: str) -> None:
    random = np.random.default_rng(3)
    n = 400
    mean = np.linspace(20.0, 200.0, n)
    rate = Quantity.of_rows("rate", numbers(1), np.array([2.0]))
    five = Quantity.of_rows("rate", numbers(1), np.array([10.0]))
    kinds = {"counts": (COUNTS, COUNTS), "area": (UNIT_AREA, UNIT_AREA)}
    per = Normalisation.PER_HZ
    of_d, of_r = kinds.get(divisors, (Divisors.of(per, rate=rate), Divisors.of(per, rate=five)))
    scale = 5.0 if divisors == "per Hz" else 1.0
    pulls = []
    for _ in range(20):
        d = one_ls(stack_of({1: random.poisson(mean).tolist()}), 1, of_d)
        r = run_reference(1, stack_of({1: random.poisson(scale * mean).tolist()}), divisors=of_r)
        pulls.append(overlay(d, r).pull)
    assert np.mean(pulls) == pytest.approx(0.0, abs=0.05)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.03)


def test_S6_bins_of_low_statistics_have_no_pull() -> None:
    # 9 in both together leave 4.5 to be expected of each, 10 leave 5
    found = overlay(one_ls(stack_of({1: [9, 0, 10]}), 1), run_reference(1, stack_of({1: [0, 9, 0]}))).pull
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(np.sqrt(10))


def test_S6_a_large_reference_does_not_make_a_small_current_significant() -> None:
    past = run_reference(1, stack_of({ls: [2, 50] for ls in range(1, 101)}))
    found = overlay(one_ls(stack_of({1: [7, 50]}), 1), past).pull
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.0)


def test_maps_are_compared_bin_by_bin() -> None:
    current = stack_of({1: [[50, 100], [20, 30]]}, element=MAP)
    past = stack_of({1: [[100, 100], [20, 60]]}, element=MAP)
    found = overlay(one_ls(current, 1), run_reference(1, past))
    assert found.ratio.values.tolist() == [[0.5, 1.0], [1.0, 0.5]]
    assert found.pull.shape == found.difference.values.shape == (2, 2)


def test_N3_bins_that_are_no_counts_have_a_difference_but_no_pull() -> None:
    current = stack_of({1: [-1.0, 0.5]}, element=DIFFERENCE)
    past = stack_of({1: [-2.0, 1.5], 2: [0.0, 0.5]}, element=DIFFERENCE)
    found = overlay(one_ls(current, 1), run_reference(1, past))
    assert found.difference.values.tolist() == [0.0, -0.5]
    assert np.isnan(found.difference.errors).all()
    assert np.isnan(found.pull).all()


def test_J6_a_finer_side_is_merged_and_both_say_so() -> None:
    fine = stack_of({1: [1, 2, 3, 4]}, x=Axis(4, 0.0, 2.0))
    coarse = stack_of({1: [3, 7]}, x=Axis(2, 0.0, 2.0))
    for current, past in ((fine, coarse), (coarse, fine)):
        found = overlay(one_ls(current, 1), run_reference(1, past))
        assert found.ratio.values.tolist() == [1.0, 1.0]
        assert found.current.notes + found.reference.notes == ("x axis rebinned: 2 bins merged into 1",)


def test_J6_axes_that_do_not_fit_are_refused_in_words() -> None:
    past = run_reference(1, stack_of({1: [1, 2]}, x=Axis(2, 0.0, 3.0)))
    found = overlay(one_ls(CURRENT, 1), past)
    assert found.refused == "3 bins on [0, 3] and 2 bins on [0, 3] cannot be brought to the same bins"
    for nothing in (found.ratio.values, found.difference.errors, found.pull):
        assert nothing.shape == (3,)
        assert np.isnan(nothing).all()


def test_N5_an_empty_side_is_said_by_its_name() -> None:
    empty = stack_of({1: [0, 0, 0]})
    assert overlay(one_ls(empty, 1), reference()).refused == (
        "the current histogram: empty: the bins sum to 0"
    )
    found = overlay(one_ls(CURRENT, 1), run_reference(1, None, me="charge"))
    assert found.refused == "the reference: run 1 has no charge"


def test_N4_an_integral_of_several_ls_is_compared_at_its_own_exposure() -> None:
    found = overlay(integrate(PAST), reference())
    assert found.ratio.values.tolist() == [1.0, 1.0, 1.0]
    assert found.pull.tolist() == [0.0, 0.0, 0.0]


def test_every_bin_says_whether_it_has_a_pull_or_why_not() -> None:
    found = overlay(one_ls(stack_of({1: [9, 0, 40]}), 1), run_reference(1, stack_of({1: [0, 9, 50]})))
    assert found.pull_state.tolist() == ["fewer than 5 counts expected"] * 2 + ["value"]
    empty = overlay(one_ls(stack_of({1: [9, 0, 40]}), 1), Reference("none", Integral.nothing("no such LS")))
    assert set(empty.pull_state.tolist()) == {"the reference: no such LS"}
