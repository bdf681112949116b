"""Ranking earlier runs as references, with a reason for every condition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.reference_runs import LSRanges, RankedRun, luminosity_scale, rank_references
from dqmtui.services.oms_records import RunCard

if TYPE_CHECKING:
    import random

    from dqmtui.model.reference_runs import Range


@dataclass(frozen=True)
class Run:
    run_number: int = 381067
    fill_type_runtime: str | None = "PROTONS"
    stable_beam: bool | None = True
    b_field_t: float | None = 3.8
    duration_s: float | None = 3600.0
    hlt_key: str | None = "/cdaq/physics/Run2024/2e34/v1.2.1/HLT/V1"


THIS = Run()


def ranked(*candidates: Run, run: Run = THIS) -> list[RankedRun]:
    return rank_references(run, candidates)


def reason(one: RankedRun, aspect: str) -> tuple[float | None, str]:
    (found,) = [reason for reason in one.reasons if reason.aspect == aspect]
    return found.agreement, found.text


def test_the_same_conditions_have_the_whole_score_and_only_earlier_runs_count() -> None:
    of_ls = dict.fromkeys((381065, 381067), LSRanges((1e34, 2e34), (30.0, 60.0)))
    found = rank_references(THIS, [Run(381065), Run(381067), Run(381068)], of_ls)
    assert [(one.run, one.score, one.conflicts) for one in found] == [(381065, 1.0, ())]
    assert {reason.aspect for reason in found[0].reasons} == {
        *("beams", "B field", "HLT key", "luminosity", "pileup", "duration")
    }


@pytest.mark.parametrize(
    ("change", "aspect", "says"),
    [
        ({"fill_type_runtime": "COSMICS"}, "beams", "cosmics, not protons"),
        ({"stable_beam": False}, "beams", "not stable, other than"),
        ({"b_field_t": 0.0}, "B field", "0.00 T, not 3.80 T"),
    ],
)
def test_a_run_with_other_beams_or_field_comes_last_however_alike_it_is(
    change: dict[str, Any], aspect: str, says: str
) -> None:
    poor = Run(381000, duration_s=60.0, hlt_key="/other")
    other = replace(Run(381066), **change)
    like, unlike = LSRanges((1e34, 2e34), (30.0, 60.0)), LSRanges((1e33, 2e33), (3.0, 6.0))
    of_ls = {THIS.run_number: like, 381066: like, 381000: unlike}
    first, last = rank_references(THIS, [other, poor], of_ls)
    assert (first.run, last.run, last.conflicts) == (381000, 381066, (aspect,))
    assert last.score > 0.5
    agreement, text = reason(last, aspect)
    assert agreement == 0.0
    assert says in text


def test_the_field_may_differ_by_what_it_is_measured_to() -> None:
    (one,) = ranked(Run(5, b_field_t=3.799))
    assert reason(one, "B field") == (1.0, "3.80 T")


@pytest.mark.parametrize(
    ("key", "agreement", "says"),
    [
        (THIS.hlt_key, 1.0, "the same"),
        ("/cdaq/physics/Run2024/2e34/v1.2.5/HLT/V1", 4 / 7, "in /cdaq/physics/Run2024/2e34"),
        ("/special/menu", 0.0, "another"),
        (None, None, "not known"),
    ],
)
def test_hlt_keys_agree_as_far_as_they_share_a_folder(
    key: str | None, agreement: float | None, says: str
) -> None:
    found, text = reason(ranked(Run(5, hlt_key=key))[0], "HLT key")
    assert found == (agreement if agreement is None else pytest.approx(agreement))
    assert says in text


@pytest.mark.parametrize(
    ("theirs", "agreement", "says"),
    [
        ((1e34, 2e34), 1.0, "1.0e34 to 2.0e34 cm^-2 s^-1, 100% shared"),
        ((1e34, 1.5e34), 0.5, "1.0e34 to 1.5e34 cm^-2 s^-1, 50% shared"),
        ((-1e27, 2e33), 0.0, "0 to 2.0e33 cm^-2 s^-1, 0% shared"),
        (None, None, "not known"),
    ],
)
def test_luminosities_of_stable_beams_are_compared(
    theirs: Range | None, agreement: float | None, says: str
) -> None:
    of_ls = {381067: LSRanges((1e34, 2e34)), 5: LSRanges(theirs)}
    (one,) = rank_references(THIS, [Run(5)], of_ls)
    found, text = reason(one, "luminosity")
    assert found == (agreement if agreement is None else pytest.approx(agreement))
    assert text == says


@pytest.mark.parametrize(
    ("unit", "scale"),
    [
        ("10^{34}cm^{-2}s^{-1}", 1e34),
        ("10^30 cm^-2 s^-1", 1e30),
        *((unit, None) for unit in (None, "", "pb^{-1}", "10^{34}", "10^{400}cm^{-2}s^{-1}")),
    ],
)
def test_a_luminosity_has_the_unit_that_came_and_none_that_is_not_understood(
    unit: str | None, scale: float | None
) -> None:
    assert luminosity_scale(unit) == (scale if scale is None else pytest.approx(scale))


def test_pileup_counts_where_it_is_known() -> None:
    of_ls = {381067: LSRanges(None, (30.0, 60.0)), 5: LSRanges(None, (45.0, 60.0)), 6: LSRanges()}
    found = rank_references(THIS, [Run(5), Run(6), Run(7)], of_ls)
    said = {one.run: reason(one, "pileup") for one in found}
    assert said == {5: (0.5, "45 to 60, 50% shared"), 6: (None, "not known"), 7: (None, "not read")}


def test_what_was_not_read_of_one_of_the_runs_is_not_called_unknown() -> None:
    for read in ({}, {381067: LSRanges((1e34, 2e34))}, {5: LSRanges((1e34, 2e34))}):
        (one,) = rank_references(THIS, [Run(5)], read)
        assert reason(one, "luminosity") == reason(one, "pileup") == (None, "not read")


def test_what_is_not_known_speaks_neither_for_nor_against() -> None:
    nothing = Run(5, None, None, None, None, None)
    (one,) = ranked(nothing)
    assert (one.score, one.conflicts) == (0.5, ())
    assert all(reason.agreement is None for reason in one.reasons)
    (one,) = rank_references(replace(nothing, run_number=9), [Run(5)])
    assert one.score == 0.5


def test_of_equal_runs_the_latest_comes_first_and_each_once() -> None:
    assert [one.run for one in ranked(Run(5), Run(9), Run(7), Run(9))] == [9, 7, 5]


maybe = st.none() | st.floats(0.0, 5.0)
anything = st.builds(
    Run,
    st.integers(1, 30),
    st.none() | st.sampled_from(["PROTONS", "IONS", "COSMICS", "GAP"]),
    st.none() | st.booleans(),
    maybe,
    maybe,
    st.none() | st.sampled_from(["", "/", "/a", "/a/b", "/a/c", "x"]),
)


@given(st.lists(anything, max_size=6), anything, st.randoms(use_true_random=False))
def test_the_ranking_does_not_depend_on_the_order_and_scores_stay_in_their_range(
    candidates: list[Run], run: Run, chance: random.Random
) -> None:
    unique = list({one.run_number: one for one in candidates}.values())
    found = rank_references(run, unique)
    chance.shuffle(unique)
    assert rank_references(run, unique) == found
    assert all(0.0 <= one.score <= 1.0 for one in found)
    assert all(one.run < run.run_number for one in found)
    assert [len(one.conflicts) for one in found] == sorted(len(one.conflicts) for one in found)


def test_run_cards_of_oms_are_ranked_as_they_come() -> None:
    (one,) = rank_references(RunCard(9, b_field_t=3.8), [RunCard(5, b_field_t=3.8)])
    assert reason(one, "B field")[0] == 1.0
