"""Scores of the element on screen, and scans of many elements: what a review does about both."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from dqmtui.model.judging.scan_scores import Judged
from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.review.choices import OtherRun
from dqmtui.review.facts import ScanChanged, ScoresChanged
from dqmtui.review.histograms import LoadState
from dqmtui.review.named import NOTHING_NAMED
from dqmtui.review.review import Target
from dqmtui.review.scan_state import ScanPhase
from dqmtui.review.scans import ReferenceRun, Scorer, judged_ls, scan_run
from tests.model.scanned import PEAK, Toy, peaks, stack, table
from tests.review.little import (
    CHARGE,
    CHARGE_KEY,
    MAP,
    NAMES,
    RUN,
    SIZE,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    layer_on,
)
from tests.review.peaks import BAD, N_LS, OTHER_RUN, Peaked, is_map_request, peaked
from tests.review.told import Told, entry, told_on
from tests.services.web import html_reply, json_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.review import Review
    from dqmtui.review.scan_state import Scan
    from tests.review.little import Rule

ALL = (CHARGE, SIZE, MAP)
OTHER = OtherRun(RunKey(WORKSPACE, ZERO_BIAS, OTHER_RUN), NAMES[ZERO_BIAS])


@pytest.fixture
def service(little: Little) -> Peaked:
    return peaked(little)


@pytest.fixture
async def told(service: Peaked, data: DataLayer) -> AsyncIterator[Told]:
    async with told_on(data) as one:
        one.review.begin(Target(run=RUN.run, me=CHARGE.me))
        await until(lambda: one.review.load is not None)
        await one.settled()
        yield one


def scores_of(review: Review) -> Scores:
    assert review.scores is not None
    return review.scores


def scan_of(review: Review) -> Scan:
    assert review.scan is not None
    return review.scan


async def scored(told: Told) -> Scores:
    await until(lambda: told.review.scores is not None)
    return scores_of(told.review)


async def scanned(told: Told, phase: ScanPhase = ScanPhase.DONE) -> Scan:
    await until(lambda: scan_of(told.review).phase is phase)
    return scan_of(told.review)


def refusing(*me_ids: int, status: int) -> Rule:
    """Make the rule of a service that fails for the histograms of some elements."""
    names = {str(me_id) for me_id in me_ids}

    def rule(request: Request) -> Response | None:
        if request.query_params.get("me_id") not in names:
            return None
        return html_reply("broken", status) if status >= 500 else json_reply({"detail": "no"}, status)

    return rule


# -- the element on screen -------------------------------------------------------------------------------


async def test_the_lumisections_of_the_element_on_screen_are_scored_and_summed_up(told: Told) -> None:
    review = told.review
    assert review.scores is None
    review.show_scores(on=True)
    scores = await scored(told)
    assert scores.element == CHARGE
    assert [(one.first_ls, one.last_ls) for one in review.suspicions] == [BAD]
    assert told.of(ScoresChanged)
    summary = told.notices[-1]
    assert summary.startswith(f"1 suspicious range in {N_LS} judged LS (|z| > ")
    assert "trials, 1 false alarm expected; against the same run, without the LS itself" in summary


async def test_scores_are_hidden_again(told: Told) -> None:
    told.review.show_scores(on=True)
    await scored(told)
    told.review.show_scores(on=False)
    assert told.review.scores is None
    assert told.review.suspicions == ()


async def test_what_the_person_excludes_is_judged_no_longer(told: Told) -> None:
    told.review.show_scores(on=True)
    before = await scored(told)
    assert before.state[BAD[0] - 1] == Judged.JUDGED
    told.review.exclude(LSMask.of([*BAD]))
    await until(lambda: scores_of(told.review) is not before)
    after = scores_of(told.review)
    assert after.state[BAD[0] - 1 : BAD[1]].tolist() == [Judged.NOT_GOOD] * 3
    assert told.review.suspicions == ()


async def test_other_good_lumisections_are_other_scores(told: Told) -> None:
    told.review.show_scores(on=True)
    before = await scored(told)
    told.review.show(good="dcs and ls > 20")
    await until(lambda: scores_of(told.review) is not before)
    assert (scores_of(told.review).state[:20] == Judged.NOT_GOOD).all()


async def test_a_step_of_the_cursor_scores_nothing_anew(told: Told) -> None:
    told.review.show_scores(on=True)
    before = await scored(told)
    told.facts.clear()
    told.review.step_ls(5)
    await asyncio.sleep(0)
    assert told.of(ScoresChanged) == []
    assert told.review.scores is before


async def test_scores_are_never_shown_for_another_element(told: Told) -> None:
    told.review.show_scores(on=True)
    await scored(told)
    told.review.select_element(SIZE)
    assert told.review.scores is None
    assert (await scored(told)).element == SIZE
    assert told.review.suspicions == ()


async def test_S6_shapes_are_compared_with_another_run_that_is_the_reference(told: Told) -> None:
    told.review.set_reference(OTHER)
    told.review.show_scores(on=True)
    scores = await scored(told)
    assert scores.reference.startswith(f"run {OTHER_RUN}, {N_LS} LS, whole run chi2/dof")
    assert [(one.first_ls, one.last_ls) for one in told.review.suspicions] == [BAD]


def test_S7_how_far_the_run_as_a_whole_is_from_another_one_stands_next_to_its_scores() -> None:
    toy = Toy.flat(60)
    mine = stack(toy.ls, peaks(toy, 1), PEAK)
    there = stack(toy.ls, peaks(replace(toy, peak=toy.peak + 1), 2), PEAK)
    good = LSMask.parse("1-60")
    counts = np.array([one.data.sum(axis=0) for one in (mine, there)])
    chi2, _, dof, _ = stats.chi2_contingency(counts)
    scores = Scorer(table(toy.ls), good, ReferenceRun(RunKey("tracker", 11, OTHER_RUN), good)).score(
        mine, there
    )
    off = f"{chi2 / dof:.3g}"
    assert scores.reference == f"run {OTHER_RUN}, 60 LS, whole run chi2/dof {off}"


async def test_J6_a_reference_of_other_axes_is_refused_and_said(told: Told, service: Peaked) -> None:
    service.runs[ZERO_BIAS, OTHER_RUN] = []
    told.review.set_reference(OTHER)
    told.review.show_scores(on=True)
    scores = await scored(told)
    assert scores.reference == f"the same run: run {OTHER_RUN} has no such histograms"


async def test_without_good_lumisections_nothing_is_judged_and_it_is_said(told: Told) -> None:
    told.review.show(good="dcs and ls > 55")
    told.review.show_scores(on=True)
    await scored(told)
    why = "Nothing could be judged: fewer than 12 good LS: nothing to compare with; J chooses other good LS."
    assert told.errors == [why]


# -- scans -----------------------------------------------------------------------------------------------


async def test_a_scan_finds_what_is_odd_in_which_element_and_says_how_far_it_is(told: Told) -> None:
    told.review.start_scan(ALL, "all MEs")
    scan = await scanned(told)
    assert (scan.done, scan.total, scan.histograms, scan.failed) == (3, 3, 3 * N_LS, ())
    found = [(one.element, one.first_ls, one.last_ls) for one in scan.result.suspicions]
    assert found == [(CHARGE, *BAD)]
    assert scan.result.suspicions[0].why
    assert len(told.of(ScanChanged)) >= 1 + len(ALL)
    assert told.notices[-1].startswith("Scan done: 1 suspicious range in 3 MEs; S shows the list")


async def test_a_scan_that_is_stopped_keeps_what_it_has_and_can_go_on(told: Told, service: Peaked) -> None:
    held = Held(service, "th2", when=is_map_request)
    told.review.start_scan(ALL, "all MEs")
    await until(lambda: held.waiting > 0 and scan_of(told.review).done == 2)
    assert told.review.cancel()
    assert scan_of(told.review).phase is ScanPhase.STOPPED
    await until(lambda: scan_of(told.review).result.elements == 2)
    assert [one.element for one in scan_of(told.review).result.suspicions] == [CHARGE]
    held.open()
    told.review.reload()
    scan = await scanned(told)
    assert (scan.done, scan.result.elements) == (3, 3)


async def test_an_element_that_fails_is_counted_and_the_others_go_on(told: Told, service: Peaked) -> None:
    service.rule = refusing(SIZE.me_id, status=404)
    told.review.start_scan(ALL, "all MEs")
    scan = await scanned(told)
    assert [element for element, _ in scan.failed] == [SIZE]
    assert scan.failed[0][1].startswith(f"0 of {N_LS} LS came: ")
    assert scan.result.elements == 2
    assert "1 could not be scored" in told.notices[-1]


async def test_an_element_that_the_run_does_not_have_is_no_failure(told: Told, service: Peaked) -> None:
    service.without = {SIZE.me_id: set(range(1, N_LS + 1))}
    told.review.start_scan(ALL, "all MEs")
    scan = await scanned(told)
    assert (scan.absent, scan.failed, scan.done) == (1, (), 3)


async def test_a_scan_goes_on_when_the_service_is_back(service: Peaked, data: DataLayer) -> None:
    back = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await back.wait()

    told = Told(data, sleep)
    try:
        told.review.begin(Target(run=RUN.run, me=CHARGE.me))
        await until(lambda: told.review.load is not None)
        await told.settled()
        service.rule = refusing(SIZE.me_id, MAP.me_id, status=503)
        told.review.start_scan(ALL, "all MEs")
        scan = await scanned(told, ScanPhase.WAITING)
        assert scan.done <= 1
        service.mend()
        back.set()
        scan = await scanned(told)
        assert (scan.done, scan.result.elements, scan.failed) == (3, 3, ())
    finally:
        back.set()
        await told.review.close()


async def test_a_scan_is_that_of_its_run_and_is_there_when_the_person_comes_back(told: Told) -> None:
    told.review.start_scan(ALL, "all MEs")
    mine = await scanned(told)
    told.review.open_run(entry(OTHER_RUN))
    await told.settled()
    assert told.review.scan is None
    assert told.review.suspicions == ()
    told.review.open_run(entry(RUN.run))
    await told.settled()
    assert told.review.scan is mine


async def test_opening_another_run_stops_a_scan(told: Told, service: Peaked) -> None:
    held = Held(service, "th2", when=is_map_request)
    told.review.start_scan(ALL, "all MEs")
    await until(lambda: held.waiting > 0)
    told.review.open_run(entry(OTHER_RUN))
    held.open()
    await told.settled()
    told.review.open_run(entry(RUN.run))
    await told.settled()
    assert scan_of(told.review).phase is ScanPhase.STOPPED


async def test_without_good_lumisections_no_scan_begins_and_it_is_said(told: Told) -> None:
    told.review.show(good="dcs and ls > 55")
    told.review.start_scan(ALL, "all MEs")
    scan = await scanned(told, ScanPhase.STOPPED)
    assert scan.done == 0
    assert "Fewer than 12 LS are good by 'dcs and ls > 55'" in told.errors[-1]


async def test_a_scan_takes_no_memory_from_what_the_person_has_looked_at(service: Peaked) -> None:
    async with layer_on(service, memory_budget=1) as data, told_on(data) as told:
        told.review.begin(Target(run=RUN.run, me=CHARGE.me))
        await until(lambda: told.review.load is not None)
        await told.settled()
        mine = told.review.load
        told.review.start_scan(ALL, "all MEs")
        await scanned(told)
        assert told.review.load is mine
        assert data.histograms(CHARGE_KEY, CHARGE, 1) is mine
        n_before = len(service.asked("th2"))
        assert data.histograms(HistogramKey(RUN, MAP.me_id), MAP, 1).state is LoadState.LOADING
        await until(lambda: len(service.asked("th2")) > n_before)


async def test_who_stops_listening_to_a_scan_stops_its_loads(told: Told, service: Peaked) -> None:
    held = Held(service, "th2", when=is_map_request)
    table = told.review.table
    assert table is not None
    scorer = Scorer(table, judged_ls(table, "dcs", NOTHING_NAMED)[0])
    async with aclosing(scan_run(told.review.data, scorer, (CHARGE, MAP))) as pages:
        first = await anext(pages)
        assert first.element == CHARGE
        await until(lambda: held.waiting > 0)
    await until(lambda: held.left > 0)
    held.open()


# -- from one to the next --------------------------------------------------------------------------------


async def test_the_next_suspicious_lumisection_scores_the_element_first(told: Told) -> None:
    told.review.step_suspicion(1)
    await until(lambda: BAD[0] <= (told.review.state.ls or 0) <= BAD[1])
    assert told.notices[-1].startswith("1 of 1: LS 30-32 ")
    told.review.step_suspicion(1)
    assert told.notices[-1] == "There is no suspicious LS after this one; 1 in all."


async def test_where_nothing_can_be_judged_nothing_is_called_unsuspicious(told: Told) -> None:
    told.review.show(good="dcs and ls > 55")
    told.review.step_suspicion(1)
    await scored(told)
    await until(lambda: bool(told.errors))
    told.review.step_suspicion(1)
    why = "Nothing could be judged: fewer than 12 good LS: nothing to compare with; J chooses other good LS."
    assert told.errors == [why, why]
    assert not any("no suspicious" in notice for notice in told.notices)


async def test_without_data_there_is_no_next_suspicious_lumisection_and_it_is_said_why(
    service: Peaked, data: DataLayer
) -> None:
    service.without = {SIZE.me_id: set(range(1, N_LS + 1))}
    service.rule = refusing(CHARGE.me_id, status=404)
    async with told_on(data) as one:
        one.review.step_suspicion(1)
        one.review.begin(Target(run=RUN.run))
        await until(lambda: bool(one.review.elements) and one.review.state.run is not None)
        one.review.step_suspicion(1)
        for element in (CHARGE, SIZE):
            one.review.select_element(element)
            await until(
                lambda: one.review.load is not None and one.review.load.state is not LoadState.LOADING
            )
            one.review.step_suspicion(1)
        said = [error for error in one.errors if error.startswith("Nothing can be judged")]
        assert said[0] == "Nothing can be judged: no run is open."
        assert said[1] == "Nothing can be judged yet: / finds a monitoring element."
        assert said[2].startswith(f"Nothing can be judged: no histograms of {CHARGE.short_name} came")
        assert said[2].endswith("; ctrl+r asks again.")
        assert said[3].startswith(f"Nothing can be judged: no {SIZE.short_name} in this run")
        assert not one.review.state.shows_scores


async def test_the_next_suspicious_lumisection_waits_for_scores_of_the_good_ls_there_are_now(
    told: Told,
) -> None:
    told.review.show(good="dcs and ls > 55")
    told.review.show_scores(on=True)
    await scored(told)
    await until(lambda: bool(told.errors))
    told.review.show(good="dcs")
    told.review.step_suspicion(1)
    await until(lambda: any(text.startswith("1 of 1: LS 30-32 ") for text in told.notices))
    assert len(told.errors) == 1


async def test_that_something_could_be_judged_after_all_is_said(told: Told) -> None:
    told.review.show(good="dcs and ls > 55")
    told.review.show_scores(on=True)
    await scored(told)
    await until(lambda: bool(told.errors))
    told.review.show(good="dcs")
    await until(lambda: any(text.startswith("1 suspicious range in ") for text in told.notices))


async def test_a_scan_that_could_judge_nothing_says_so(told: Told, service: Peaked) -> None:
    service.without = {SIZE.me_id: set(range(1, N_LS + 1))}
    told.review.start_scan([SIZE], "one ME")
    await scanned(told)
    told.review.step_suspicion(1)
    assert told.errors[-1] == "Nothing could be judged in 1 MEs: 1 are not in this run; S scans others."


async def test_the_next_suspicious_lumisection_of_a_scan_is_in_another_element(told: Told) -> None:
    told.review.start_scan(ALL, "all MEs")
    await scanned(told)
    told.review.select_element(SIZE)
    told.review.end_ls(1)
    told.review.step_suspicion(-1)
    assert told.review.state.element == CHARGE
    assert told.review.state.ls == scan_of(told.review).result.suspicions[0].peak_ls
