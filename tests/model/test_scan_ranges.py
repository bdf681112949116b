"""Suspicious ranges: joined, ranked, explained by conditions, and counted against chance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from dqmtui.model.judging.scan import Scanner
from dqmtui.model.judging.scan_conditions import judgeable
from dqmtui.model.judging.scan_explained import Conditions, Judging
from dqmtui.model.judging.scan_ranges import ranges, threshold_for
from dqmtui.model.judging.scan_scores import Against, Judged, LongProblem, Scores, TestScores, joined
from dqmtui.model.keys import MonitoringElement
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from tests.model.scanned import PEAK, RATE_HZ, Toy, peaks, stack, table

if TYPE_CHECKING:
    from dqmtui.model.lstable import LSTable

ELEMENT = MonitoringElement(5, "Tracks/charge", 1)


def scores_of(z: dict[int, float], ls: list[int], problems: tuple[LongProblem, ...] = ()) -> Scores:
    numbers = np.array(ls)
    values = np.array([z.get(number, 0.5) for number in ls])
    test = TestScores("mean", values, lambda row: f"row {row}", 1.0)
    state = np.full(numbers.size, Judged.JUDGED, dtype=np.uint8)
    return joined(ELEMENT, numbers, state, np.full(numbers.size, 900), (test,), problems, "the same run")


def found(scores: Scores) -> list[tuple[int, int]]:
    return [(one.first_ls, one.last_ls) for one in ranges([scores]).suspicions]


def test_S6_the_threshold_is_what_the_wanted_false_alarms_and_the_trials_give() -> None:
    assert threshold_for(120_000) == pytest.approx(stats.norm.isf(0.5 / 120_000), rel=1e-6)
    assert threshold_for(120_000, 0.1) == pytest.approx(stats.norm.isf(0.05 / 120_000), rel=1e-6)
    assert threshold_for(0) == threshold_for(5) == 3


def test_S6_a_scan_that_goes_on_has_the_threshold_of_the_whole() -> None:
    scores = scores_of({10: 6}, list(range(1, 101)))
    assert ranges([scores], share=0.25).threshold == pytest.approx(threshold_for(4 * scores.trials))
    assert ranges([scores], share=0.25).trials == scores.trials


def test_scores_without_their_histograms_give_the_same_ranges() -> None:
    toy = Toy.flat(200)
    toy.peak[100:104] = 17.0
    toy.entries[150:170] *= 0.7
    scores = Scanner(table(toy.ls)).score(stack(toy.ls, peaks(toy, 3), PEAK))
    judging = Judging(table(toy.ls))
    assert ranges([scores.without_histograms(3)], judging) == ranges([scores], judging)
    assert len(ranges([scores]).suspicions) == 2
    assert all(test.z.size == 0 for test in scores.without_histograms(3).tests)


def test_adjacent_suspicious_lumisections_are_one_range_with_its_peak() -> None:
    result = ranges([scores_of({10: 6, 11: -9, 12: 7}, list(range(1, 101)))])
    (one,) = result.suspicions
    assert (one.first_ls, one.last_ls, one.peak_ls, one.score) == (10, 12, 11, 9)
    assert (one.why, one.test, one.n, one.reference) == ("row 10", "mean", 900, "the same run")


def test_ranges_are_joined_across_one_quiet_lumisection_and_across_holes_in_the_numbers() -> None:
    assert found(scores_of({10: 6, 12: 6, 15: 6}, list(range(1, 101)))) == [(10, 12), (15, 15)]
    assert found(scores_of({10: 6, 60: 6}, [*range(1, 11), *range(60, 101)])) == [(10, 60)]


def test_a_long_problem_joins_what_chance_tore_apart() -> None:
    problem = LongProblem(20, 39, 12.0, "mean", "mean 2 % low")
    z = {20: 6.0, 25: 6, 26: 6, 33: 6, 50: 6}
    result = ranges([scores_of(z, list(range(1, 101)), (problem,))]).suspicions
    assert [(one.first_ls, one.last_ls, one.why, one.test) for one in result] == [
        (20, 39, "mean 2 % low", "mean, step"),
        (50, 50, "row 49", "mean"),
    ]


def test_lumisections_that_are_all_suspicious_place_a_long_problem_better_than_the_step() -> None:
    problem = LongProblem(21, 40, 30.0, "mean", "mean 9 % low")
    z = dict.fromkeys(range(20, 40), 25.0)
    assert found(scores_of(z, list(range(1, 101)), (problem,))) == [(20, 39)]


def test_a_fault_that_stands_out_in_a_long_problem_stays_one_of_its_own() -> None:
    problem = LongProblem(20, 60, 6.0, "mean", "mean 1 % low")
    assert found(scores_of({40: 50.0}, list(range(1, 101)), (problem,))) == [(40, 40), (20, 60)]


def test_S6_a_scan_says_how_many_trials_and_false_alarms_stand_against_it() -> None:
    result = ranges([scores_of({}, list(range(1, 101))), scores_of({}, list(range(51, 151)))], None, 0.5)
    assert (result.trials, result.elements, result.lumisections) == (200, 2, 150)
    assert result.expected_false_alarms == 0.5
    assert result.suspicions == ()
    assert ranges([]).trials == 0


def test_S6_low_statistics_are_counted_apart_and_never_suspicious() -> None:
    scores = scores_of({10: 9.0}, list(range(1, 101)))
    scores.state[9] = Judged.LOW_STATISTICS
    scores.score[9] = np.nan
    result = ranges([scores])
    assert result.suspicions == ()
    assert result.low_statistics == 1


def test_unexplained_suspicions_come_first_and_then_the_larger_score() -> None:
    ls = np.arange(1, 101)
    off = [number in range(30, 33) for number in ls]
    known = table(ls, columns={"bpix_ready": [not flag for flag in off]})
    scores = scores_of({10: 6.0, 30: 40.0, 31: 40, 32: 40, 60: 8}, ls.tolist())
    result = ranges([scores], Judging(known)).suspicions
    assert [(one.first_ls, one.conditions) for one in result] == [
        (60, ()),
        (10, ()),
        (30, ("BPix not ready",)),
    ]


LS = np.arange(1, 101)


def explain(first_ls: int, last_ls: int, known: LSTable) -> tuple[str, ...]:
    return Conditions.of(known).explain(first_ls, last_ls)


def off_at(*numbers: int) -> list[bool]:
    return [number not in numbers for number in LS.tolist()]


def test_explained_by_beams_flags_and_rate() -> None:
    rate = np.full(100, RATE_HZ)
    rate[20:23] = 0
    rate[50] = np.nan
    known = table(LS, rate, {"beams_stable": off_at(5, 6), "tob_ready": off_at(6), "cms_active": off_at(99)})
    assert explain(5, 6, known) == ("beams not stable", "TOB not ready in 1 of 2 LS")
    assert explain(21, 23, known) == ("trigger rate 0",)
    assert explain(51, 51, known) == ()
    assert explain(99, 99, known) == ("CMS not active",)
    assert explain(30, 40, known) == ()
    assert explain(400, 401, known) == ("no conditions known",)


def test_explained_by_prescale_dead_time_and_pileup() -> None:
    pileup, index = np.full(100, 60.0), np.full(100, 7)
    pileup[40:43] = 2.4
    index[70:] = 9
    recorded = np.full(100, 0.5)
    recorded[80] = 0.1
    known = table(
        LS,
        columns={
            "pileup": pileup.tolist(),
            "prescale_index": index.tolist(),
            "delivered_lumi_per_lumisection": [0.6] * 100,
            "recorded_lumi_per_lumisection": recorded.tolist(),
        },
    )
    assert explain(71, 90, known) == ("prescale changed at LS 71",)
    assert explain(75, 90, known) == ()
    assert explain(81, 81, known) == ("recorded less than 30 % of the luminosity",)
    assert explain(41, 43, known) == ("pileup 2.4 where the LS around have 60",)


def test_a_pileup_that_changes_among_the_ls_around_explains_what_is_odd_beside_the_ramp() -> None:
    pileup = [*[40.0] * 60, *np.linspace(40.0, 60.0, 12), *[60.0] * 28]
    known = table(LS, columns={"pileup": pileup})
    assert explain(55, 60, known) == ("pileup 40 where the LS around have 40 to 60",)
    assert explain(20, 25, known) == ()
    assert explain(90, 92, known) == ()


def test_what_holds_in_less_than_half_of_a_range_explains_nothing() -> None:
    assert explain(10, 20, table(LS, columns={"fpix_ready": off_at(11, 12)})) == ()


def test_a_null_flag_explains_nothing() -> None:
    flags: list[object] = [True] * 100
    flags[9] = None
    assert explain(10, 10, table(LS, columns={"fpix_ready": flags})) == ()


def test_lumisections_are_judged_that_are_good_and_whose_rate_is_not_0() -> None:
    rate = np.full(100, RATE_HZ)
    rate[:10] = 0
    rate[10] = np.nan
    known = table(LS, rate, {"bpix_ready": off_at(50)})
    assert list(judgeable(known)) == [number for number in range(11, 101) if number != 50]
    assert len(judgeable(table(LS, np.full(100, np.nan)))) == 100


def test_conditions_that_are_not_good_raise_no_alarm_and_hide_none() -> None:
    toy = Toy.flat(200)
    ready = [True] * 200
    ready[49:52] = [False] * 3
    toy.entries[49:52] = 40
    toy.entries[120] = 2400
    known = table(toy.ls, columns={"bpix_ready": ready})
    result = ranges([Scanner(known).score(stack(toy.ls, peaks(toy, 1), PEAK))], Judging(known), 0.01)
    assert [(one.first_ls, one.last_ls) for one in result.suspicions] == [(121, 121)]


def test_a_condition_of_the_whole_run_explains_no_single_lumisection() -> None:
    known = table(LS, columns={"bpix_ready": [False] * 100, "tob_ready": off_at(60)})
    (by_chance, other) = sorted(
        ranges([scores_of({30: 6.0, 60: 6.0}, LS.tolist())], Judging(known)).suspicions,
        key=lambda one: one.first_ls,
    )
    assert by_chance.conditions == ()
    assert other.conditions == ("TOB not ready",)


@pytest.mark.parametrize(
    ("against", "explained"),
    [(Against.NEIGHBOURS, ()), (Against.REST, ("BPix not ready",)), (Against.OTHER_RUN, ("BPix not ready",))],
)
def test_a_condition_explains_where_it_is_otherwise_in_the_lumisections_compared_with(
    against: Against, explained: tuple[str, ...]
) -> None:
    known = table(LS, columns={"bpix_ready": off_at(*range(41, 81))})
    scores = scores_of({60: 6.0}, LS.tolist())
    tests = (replace(scores.tests[0], against=against),)
    (one,) = ranges([replace(scores, tests=tests)], Judging(known)).suspicions
    assert one.conditions == explained


def test_a_condition_of_most_of_another_run_explains_no_difference_from_it() -> None:
    known = table(LS, columns={"bpix_ready": [False] * 100, "fpix_ready": [False] * 100})
    scores = scores_of({60: 6.0}, LS.tolist())
    scores = replace(scores, tests=(replace(scores.tests[0], against=Against.OTHER_RUN),))
    there = Conditions.of(table(LS, columns={"fpix_ready": off_at(*range(1, 80))})).usual_in(LS)
    (one,) = ranges([scores], Judging(known, None, there)).suspicions
    assert one.conditions == ("BPix not ready",)


def test_a_problem_of_all_lumisections_with_a_condition_is_explained_by_it() -> None:
    known = table(LS, columns={"bpix_ready": off_at(*range(41, 61))})
    (one,) = ranges([scores_of(dict.fromkeys(range(41, 61), 9.0), LS.tolist())], Judging(known)).suspicions
    assert one.conditions == ("BPix not ready",)


def test_every_good_lumisection_is_judged_or_counted_with_its_reason() -> None:
    toy = Toy.flat(100)
    rate = np.full(100, RATE_HZ)
    rate[90:] = 0
    rate[7::33] = np.nan
    toy.entries[50] = 3
    keep = toy.ls != 20
    known = table(toy.ls, rate, {"bpix_ready": [number != 70 for number in toy.ls.tolist()]})
    good = LSMask.from_numbers(toy.ls[toy.ls != 70])
    data = peaks(toy, 5)
    data[50] = 0
    scores = Scanner(known, good).score(stack(toy.ls[keep], data[keep], PEAK))
    assert ranges([scores], Judging(known, good)).without == 3
    counts_only = Scanner(known, good, by=Normalisation.COUNTS).score(stack(toy.ls[keep], data[keep], PEAK))
    for one in (scores, counts_only):
        result = ranges([one], Judging(known, good))
        assert result.good == 99
        assert dict(result.not_judged) == {Judged.ABSENT: 1, Judged.NO_TRIGGER: 10}
        assert result.lumisections == 99 - 11
    assert ranges([counts_only], Judging(known, good)).without == 0


def test_a_lumisection_that_one_element_judges_is_judged() -> None:
    low, well = scores_of({}, LS.tolist()), scores_of({}, list(range(1, 51)))
    low.state[:] = Judged.LOW_STATISTICS
    result = ranges([low, well], Judging(table(LS), LSMask.all()))
    assert (result.good, result.lumisections) == (100, 50)
    assert result.not_judged == ((Judged.LOW_STATISTICS, 50),)
