"""Scoring the LS of one element: what is found, what is not judged, and that chance is not found."""

from __future__ import annotations

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack
from dqmtui.model.judging.scan import OtherRun, Scanner, score
from dqmtui.model.judging.scan_scores import Judged, Scores
from dqmtui.model.judging.scan_tests import TESTS
from dqmtui.model.keys import HistogramKey, MonitoringElement
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from tests.model.scanned import MAP_X, MAP_Y, PEAK, RATE_HZ, RUN, Toy, maps, occupancy, peaks, stack, table

N = 200


def beyond(scores: Scores, z: float) -> list[int]:
    numbers: list[int] = scores.ls[np.nan_to_num(scores.score) > z].tolist()
    return numbers


def test_S4_a_shifted_mean_is_found_and_told() -> None:
    toy = Toy.flat(N)
    toy.peak[100:103] = 18.4
    scores = score(stack(toy.ls, peaks(toy, 1), PEAK), table(toy.ls))
    assert beyond(scores, 6) == [101, 102, 103]
    assert "% low" in scores.why(102) or "differs" in scores.why(102)


def test_S4_lost_entries_are_found_against_the_trigger_rate() -> None:
    toy = Toy.flat(N)
    rate = np.full(N, RATE_HZ)
    rate[50:] = 25.0
    entries = 80 * rate
    entries[120] *= 0.7
    scores = score(stack(toy.ls, peaks(Toy(toy.ls, entries, toy.peak), 2), PEAK), table(toy.ls, rate))
    assert beyond(scores, 6) == [121]
    assert scores.why(121).startswith(("entries 29 %", "entries 30 %", "entries 31 %"))
    assert "low against the trigger rate" in scores.why(121)


def test_S4_entries_that_follow_the_pileup_are_no_alarm() -> None:
    rng = np.random.default_rng(3)
    toy = Toy.flat(N)
    pileup = 60 + rng.normal(0, 0.3, N)
    pileup[80:85] = 6.0
    entries = 4000 * pileup / 60
    known = table(toy.ls, columns={"pileup": pileup.tolist()})
    assert beyond(score(stack(toy.ls, peaks(Toy(toy.ls, entries, toy.peak), 3), PEAK), known), 4.5) == []


def test_S4_a_spread_of_the_yield_is_measured_and_raises_no_alarm() -> None:
    rng = np.random.default_rng(4)
    toy = Toy.flat(N, 100_000)
    toy.entries[:] *= rng.normal(1, 0.02, N)
    scores = score(stack(toy.ls, peaks(toy, 4), PEAK), table(toy.ls))
    assert beyond(scores, 4.5) == []
    spread = next(test.spread for test in scores.tests if test.name == "entries")
    assert spread == pytest.approx(0.02, rel=0.2)


def test_S6_a_slow_drift_over_the_run_raises_no_alarm() -> None:
    toy = Toy.flat(N, 50_000)
    toy.peak[:] = np.linspace(20, 19, N)
    scores = score(stack(toy.ls, peaks(toy, 5), PEAK), table(toy.ls))
    assert beyond(scores, 4.8) == []
    assert scores.long_problems == ()


def test_S5_a_long_problem_is_found_with_its_first_and_last_lumisection() -> None:
    toy = Toy.flat(N)
    toy.peak[60:110] = 20.4
    scores = score(stack(toy.ls, peaks(toy, 6), PEAK), table(toy.ls))
    found = max(scores.long_problems, key=lambda one: one.z)
    assert abs(found.first_ls - 61) <= 1
    assert abs(found.last_ls - 110) <= 1
    assert found.test == "mean"


def test_S1_a_shape_that_differs_with_the_same_mean_is_found() -> None:
    toy = Toy.flat(N)
    data = peaks(toy, 7)
    data[70] = np.random.default_rng(7).permutation(
        np.concatenate((data[70, :20][::-1], data[70, 20:][::-1]))
    )
    data[70] = (data[70] + data[70, ::-1]) // 2
    scores = score(stack(toy.ls, data, PEAK), table(toy.ls))
    assert beyond(scores, 6) == [71]
    assert "x " in scores.why(71)


def test_S3_one_hot_bin_is_found_and_placed() -> None:
    toy = Toy.flat(N)
    data = peaks(toy, 8)
    data[30, 2] += 60
    scores = score(stack(toy.ls, data, PEAK), table(toy.ls))
    assert beyond(scores, 6) == [31]
    bins = next(test for test in scores.tests if test.name == "bin")
    assert bins.z[30] > 6
    assert "x 2..3" in bins.why(30)


def test_S5_a_dead_region_of_a_map_is_found_and_placed() -> None:
    data = maps(N, 9)
    data[150:153, 2:5, 3:7] = 0
    ls = np.arange(1, N + 1)
    scores = score(stack(ls, data, MAP_X, MAP_Y), table(ls))
    assert beyond(scores, 6) == [151, 152, 153]
    block = next(test for test in scores.tests if test.name == "empty block")
    assert block.why(151).startswith("block of 12 bins empty at x -2.25..-1.25, y 2..5 where 1")
    assert (block.z > 5).sum() == 3


def test_S5_a_region_that_dies_in_half_of_the_run_is_the_problem_and_not_the_rest() -> None:
    data = maps(N, 10)
    data[100:, 2:5, 3:7] = 0
    ls = np.arange(1, N + 1)
    assert beyond(score(stack(ls, data, MAP_X, MAP_Y), table(ls)), 6) == list(range(101, N + 1))


def test_S3_a_hot_bin_of_a_map_is_found_where_nothing_was_expected() -> None:
    data = maps(N, 11)
    data[20, 9, 4] = 40
    ls = np.arange(1, N + 1)
    scores = score(stack(ls, data, MAP_X, MAP_Y), table(ls))
    assert beyond(scores, 6) == [21]
    assert "y 9..10" in next(test for test in scores.tests if test.name == "bin").why(20)


def test_S6_low_statistics_are_called_low_statistics() -> None:
    toy = Toy.flat(N)
    rate = np.full(N, RATE_HZ)
    rate[40:45] = 0.1
    toy.entries[40:45] = 8
    scores = score(stack(toy.ls, peaks(toy, 12), PEAK), table(toy.ls, rate))
    assert (scores.state[40:45] == Judged.LOW_STATISTICS).all()
    assert np.isnan(scores.score[40:45]).all()
    assert scores.why(41) == "low statistics"


def test_S6_an_empty_lumisection_with_a_rate_is_no_low_statistics() -> None:
    toy = Toy.flat(N)
    data = peaks(toy, 13)
    data[90] = 0
    scores = score(stack(toy.ls, data, PEAK), table(toy.ls))
    assert beyond(scores, 10) == [91]
    assert scores.why(91).startswith(("empty where 39", "empty where 40"))


def test_S7_n_reference_and_test_stand_next_to_a_score() -> None:
    toy = Toy.flat(N)
    scores = score(stack(toy.ls, peaks(toy, 14), PEAK), table(toy.ls))
    assert scores.entries[10] > 3000
    assert scores.reference == "the same run, without the LS itself"
    assert scores.test_name(10) in {"entries", "mean", "shape", "chi2", "bin"}
    assert scores.normalisation == "counts, scaled to the LS"
    assert scores.trials == sum(int(np.isfinite(test.z).sum()) + test.places for test in scores.tests)


def test_lumisections_that_are_not_good_or_not_there_have_no_score() -> None:
    toy = Toy.flat(N)
    ready = [True] * N
    ready[3] = False
    keep = toy.ls != 7
    data = peaks(toy, 15)[keep]
    scores = score(stack(toy.ls[keep], data, PEAK), table(toy.ls, columns={"bpix_ready": ready}))
    assert scores.why(4) == "not a good LS"
    assert scores.why(7) == "no data"
    assert scores.why(5000) == "no data"
    assert np.isnan(scores.score[3])


def test_S6_a_reference_run_gives_the_shape() -> None:
    data, ls = maps(N, 16), np.arange(1, N + 1)
    data[:, 2:5, 3:7] = 0
    known = table(ls)
    assert beyond(score(stack(ls, data, MAP_X, MAP_Y), known), 6) == []
    scores = score(stack(ls, data, MAP_X, MAP_Y), known, other_run=OtherRun(occupancy() * 1000, "run 379765"))
    assert beyond(scores, 6) == ls.tolist()
    assert scores.reference == "run 379765"
    assert "block of 12 bins empty" in scores.why(50)


@pytest.mark.parametrize("name", ["FractionOfGoodPVtx", "Efficiency vs MET"])
def test_N3_ratios_are_judged_by_their_values_alone(name: str) -> None:
    rng = np.random.default_rng(17)
    ls = np.arange(1, N + 1)
    values = 0.9 + rng.normal(0, 0.02, (N, 50))
    values[60] -= 0.03
    scores = score(stack(ls, values, Axis(50, 0, 50), name=name, entries=np.full(N, 4000)), table(ls))
    assert {test.name for test in scores.tests} == {"values", "scatter"}
    assert beyond(scores, 6) == [61]
    assert scores.why(61).startswith(("values -0.02", "values -0.03"))


ODD = {
    "all zero": np.zeros((N, 40)),
    "one bin": np.full((N, 1), 500.0),
    "not a number": np.full((N, 40), np.nan),
    "infinite": np.full((N, 40), np.inf),
    "negative": np.full((N, 40), -1.0),
    "one lumisection": np.full((1, 40), 30.0),
    "a dozen": np.full((12, 40), 30.0),
    "all the same": np.full((N, 40), 30.0),
    "one number": np.where(np.arange(40) == 3, 700.0, 0.0) * np.ones((N, 1)),
    "one bad row": np.where(np.arange(N)[:, None] == 9, np.nan, 30.0) * np.ones(40),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", ["Tracks/charge", "Tracks/Efficiency"])
def test_odd_data_give_words_and_neither_errors_nor_alarms(data: np.ndarray, name: str) -> None:
    ls = np.arange(1, data.shape[0] + 1)
    scores = score(stack(ls, data, Axis(data.shape[1], 0, 40), name=name), table(ls))
    odd = [number for number in beyond(scores, 5) if number != 10]
    assert odd == []
    assert all(scores.why(number) for number in ls.tolist())


def test_a_map_of_zeros_and_a_stack_without_rows_give_words() -> None:
    ls = np.arange(1, N + 1)
    scores = score(stack(ls, np.zeros((N, 18, 24)), MAP_X, MAP_Y), table(ls))
    assert beyond(scores, 3) == []
    bare = HistogramStack(HistogramKey(RUN, 1), MonitoringElement(1, "a", 1), ls)
    nothing = score(bare, table(ls))
    assert nothing.why(3) == "no data"
    assert nothing.trials == 0
    assert "nothing to compare with" in nothing.reference


def test_without_rates_and_conditions_the_lumisections_that_are_given_are_judged() -> None:
    toy = Toy.flat(N)
    toy.peak[100:103] = 18
    bare = table(toy.ls, np.full(N, np.nan), {"pileup": [None] * N})
    assert beyond(score(stack(toy.ls, peaks(toy, 18), PEAK), bare, LSMask.all()), 6) == [101, 102, 103]


def test_S6_alarms_under_the_null_are_as_rare_as_their_threshold_says() -> None:
    z, trials, alarms = 4.0, 0, 0
    for seed in range(40):
        toy = Toy.flat(N, 300 if seed % 2 else 20_000)
        scores = score(stack(toy.ls, peaks(toy, 100 + seed), PEAK), table(toy.ls))
        trials += scores.trials
        alarms += len(beyond(scores, z))
    for seed in range(10):
        ls = np.arange(1, N + 1)
        scores = score(stack(ls, maps(N, 200 + seed), MAP_X, MAP_Y), table(ls))
        trials += scores.trials
        alarms += len(beyond(scores, z))
    expected = trials * 6.334e-5  # two normal tails beyond 4
    assert alarms <= expected + 4 * np.sqrt(expected)


def test_S4_without_a_rate_row_only_the_entries_are_not_judged() -> None:
    toy = Toy.flat(N)
    rate = np.full(N, RATE_HZ)
    rate[7::33] = np.nan
    toy.peak[40] = 16.0
    toy.entries[73] = 2000.0
    scores = score(stack(toy.ls, peaks(toy, 21), PEAK), table(toy.ls, rate))
    assert beyond(scores, 6) == [41]
    assert scores.state[7::33].tolist() == [Judged.JUDGED] * len(range(7, N, 33))
    assert scores.without.tolist() == toy.ls[7::33].tolist()
    entries = next(test for test in scores.tests if test.name == "entries")
    assert np.isnan(entries.z[7::33]).all()


def test_where_nothing_was_triggered_nothing_is_judged_and_it_is_said() -> None:
    toy = Toy.flat(N)
    rate = np.full(N, RATE_HZ)
    rate[190:] = 0
    toy.peak[195] = 9.0
    scores = score(stack(toy.ls, peaks(toy, 22), PEAK), table(toy.ls, rate))
    assert (scores.state[190:] == Judged.NO_TRIGGER).all()
    assert np.isnan(scores.score[190:]).all()
    assert scores.why(196) == "trigger rate 0"


def test_a_scan_by_some_tests_has_their_trials_and_nothing_of_the_others() -> None:
    toy = Toy.flat(N)
    toy.entries[50] = 2000.0
    toy.peak[120] = 16.0
    histograms, known = stack(toy.ls, peaks(toy, 23), PEAK), table(toy.ls)
    whole, counted = score(histograms, known), Scanner(known, tests=("entries",)).score(histograms)
    assert beyond(whole, 6) == [51, 121]
    assert beyond(counted, 6) == [51]
    assert [test.name for test in counted.tests] == ["entries"]
    assert counted.trials < whole.trials / 2
    moved = Scanner(known, tests=("mean", "chi2")).score(histograms)
    assert beyond(moved, 6) == [121]
    assert {one.test for one in moved.long_problems} <= {"mean"}


def test_an_empty_lumisection_is_low_statistics_for_tests_that_need_entries() -> None:
    toy = Toy.flat(N)
    data = peaks(toy, 13)
    data[90] = 0
    scores = Scanner(table(toy.ls), tests=("mean",)).score(stack(toy.ls, data, PEAK))
    assert scores.state[90] == Judged.LOW_STATISTICS


def test_every_test_has_its_name_in_the_list_of_all() -> None:
    ls = np.arange(1, N + 1)
    rng = np.random.default_rng(7)
    values = 0.9 + rng.normal(0, 0.02, (N, 50))
    ratio = stack(ls, values, Axis(50, 0, 50), name="Efficiency", entries=np.full(N, 4000))
    made = (stack(ls, peaks(Toy.flat(N), 1), PEAK), stack(ls, maps(N, 2), MAP_X, MAP_Y), ratio)
    found = {test.name for one in made for test in score(one, table(ls)).tests}
    assert found == set(TESTS)


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (Normalisation.PER_LUMINOSITY, "against the recorded luminosity"),
        (Normalisation.PER_PILEUP_EVENT, "against the trigger rate and the pileup"),
        (Normalisation.PER_EVENT, "against the trigger rate"),
        (Normalisation.COUNTS, "against the LS around"),
    ],
)
def test_S4_entries_are_judged_by_the_normalisation_that_is_asked_for(by: Normalisation, says: str) -> None:
    toy = Toy.flat(N)
    recorded, pileup, rate = np.full(N, 0.4), np.full(N, 60.0), np.full(N, RATE_HZ)
    known = table(
        toy.ls,
        rate,
        {"recorded_lumi_per_lumisection": recorded.tolist(), "pileup": pileup.tolist()},
    )
    toy.entries[80] = 2400.0
    scores = Scanner(known, by=by).score(stack(toy.ls, peaks(toy, 24), PEAK))
    assert beyond(scores, 6) == [81]
    assert says in scores.why(81)


def test_S4_entries_that_follow_the_luminosity_are_no_alarm_against_it() -> None:
    toy = Toy.flat(N)
    recorded = np.full(N, 0.4)
    recorded[100:103] = 0.2
    toy.entries[100:103] = 2000.0
    known = table(toy.ls, columns={"recorded_lumi_per_lumisection": recorded.tolist()})
    histograms = stack(toy.ls, peaks(toy, 25), PEAK)
    assert beyond(Scanner(known, by=Normalisation.PER_LUMINOSITY).score(histograms), 6) == []
    assert beyond(Scanner(known).score(histograms), 6) == [101, 102, 103]
