"""Which runs are offered as references, in what order and with what reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dqmtui.model.lstable import Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review.candidates import BEST, Candidate, Pileups, candidates, pileup_range, pileup_ranges
from dqmtui.review.runlist import RunEntry
from dqmtui.services.errors import NotFound, ServiceDown
from dqmtui.services.oms_records import RunCard

NOON = datetime(2024, 6, 8, 12, tzinfo=UTC)
PROMPT = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
EXPRESS = "/StreamExpress/Run2024E-Express-v1/DQMIO"


def entry(run: int, dataset: str = PROMPT, *, b_field_t: float = 3.8, duration_s: float = 7200.0) -> RunEntry:
    card = RunCard(
        run,
        fill_type_runtime="PROTONS",
        stable_beam=True,
        b_field_t=b_field_t,
        hlt_key="/cdaq/physics/Run2024/2e34/v1.2.6/HLT/V1",
        duration_s=duration_s,
    )
    return RunEntry("tracker", dataset, 1 if dataset == PROMPT else 2, run, 100, card)


OPEN = entry(500)
LIKE, OFF, LATER = entry(400), entry(450, b_field_t=0.0), entry(600)
SHORT = entry(480, duration_s=600.0)
OTHERWISE = entry(490, EXPRESS)
ENTRIES = [LATER, OPEN, OTHERWISE, SHORT, OFF, LIKE]


def offered(listed: dict[int, str] | None = None) -> list[Candidate]:
    return candidates(OPEN, ENTRIES, listed)


def test_earlier_runs_come_by_how_like_their_conditions_are_then_later_ones_then_other_data() -> None:
    assert [one.entry for one in offered()] == [LIKE, SHORT, OFF, LATER, OTHERWISE]


def test_what_certhelper_lists_comes_first_among_data_of_the_same_kind() -> None:
    found = offered({450: "CertHelper prompt", 490: "CertHelper express"})
    assert [one.entry for one in found][:2] == [OFF, LIKE]
    assert found[0].note.startswith("CertHelper prompt, ")
    assert found[-1].entry is OTHERWISE
    assert found[-1].note.startswith("express, not prompt, CertHelper express")


def test_a_note_says_how_like_a_run_is_and_what_differs() -> None:
    notes = {one.entry.run: one.note for one in offered()}
    assert "! B field 0.00 T, not 3.80 T" in notes[450]
    assert notes[480].endswith("%, duration 8%")
    assert notes[600] == "100 LS"


def test_without_a_card_of_the_open_run_the_nearest_run_comes_first() -> None:
    unknown = RunEntry("tracker", PROMPT, 1, 500, 100)
    found = candidates(unknown, [LATER, unknown, SHORT, OFF, LIKE])
    assert [one.entry for one in found] == [SHORT, OFF, LIKE, LATER]
    assert all(one.ranked is None for one in found)


def test_all_conditions_of_a_run_are_said_in_full_and_what_was_not_read_is_not_called_unknown() -> None:
    said = {one.entry.run: one.in_full for one in offered()}
    assert said[450] == (
        "beams protons, stable; ! B field 0.00 T, not 3.80 T; HLT key the same; luminosity not known; "
        "pileup not read; duration 2:00 h"
    )
    assert said[600].startswith("not ranked")
    read = candidates(OPEN, ENTRIES, None, {500: (30.0, 50.0), 400: (40.0, 50.0), 450: None})
    told = {one.entry.run: one.in_full for one in read}
    assert "pileup 40 to 50, 50% shared" in told[400]
    assert "pileup not known" in told[450]
    assert "pileup not read" in told[480]


def test_a_pileup_that_is_like_that_of_the_run_moves_a_reference_up() -> None:
    twin = entry(401)
    entries = [OPEN, LIKE, twin]
    assert [one.entry for one in candidates(OPEN, entries)] == [twin, LIKE]
    pileup = {500: (30.0, 50.0), 400: (30.0, 50.0), 401: (10.0, 20.0)}
    assert [one.entry for one in candidates(OPEN, entries, None, pileup)] == [LIKE, twin]


# -- reading the pileup ---------------------------------------------------------------------------------


def conditions(pileup: list[float | None], stable: list[bool | None]) -> Source:
    columns = {"pileup": Values.of(pileup), "beams_stable": Values.of(stable)}
    return Source(np.arange(1, len(pileup) + 1), columns, SourceState.LOADED)


@pytest.mark.parametrize(
    ("pileup", "stable", "known"),
    [
        ([55.0, 40.0, 30.0, None], [False, True, True, True], (30.0, 40.0)),
        ([40, 30], [True, True], (30.0, 40.0)),
        ([40.0], [None], None),
        ([None, None], [True, True], None),
        ([], [], None),
    ],
)
def test_the_pileup_of_a_run_is_that_of_its_stable_beams(
    pileup: list[float | None], stable: list[bool | None], known: tuple[float, float] | None
) -> None:
    assert pileup_range(conditions(pileup, stable)) == known


class Layer:
    """The conditions of runs, and which were asked for."""

    has_oms = True

    def __init__(self, failing: int | None = None) -> None:
        self.asked: list[int] = []
        self.at_once = self.most_at_once = 0
        self._failing = failing

    async def conditions_source(self, run: int) -> Source:
        self.asked.append(run)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if run == self._failing:
            raise ServiceDown("down", service="OMS")
        if run == 450:
            raise NotFound("no such run", service="OMS")
        return conditions([30.0, 40.0], [True, True])


async def test_runs_are_read_once_a_few_at_a_time_and_one_that_oms_does_not_know_has_none() -> None:
    layer = Layer()
    found = await pileup_ranges(layer, [500, 400, 450, 400])
    assert found == {500: (30.0, 40.0), 400: (30.0, 40.0), 450: None}
    assert (sorted(layer.asked), layer.most_at_once) == ([400, 450, 500], 2)
    with pytest.raises(ServiceDown):
        await pileup_ranges(Layer(failing=450), [500, 450, 400])


async def test_of_the_best_candidates_the_pileup_is_asked_for_once() -> None:
    layer, works, news = Layer(), list[Callable[[], Awaitable[None]]](), list[str]()
    pileups = Pileups(layer, works.append, lambda: news.append("came"))
    ended = RunEntry("tracker", PROMPT, 1, 500, 100, replace(OPEN.card or RunCard(500), end_time=NOON))
    many = [ended, *(entry(run) for run in range(400, 420))]
    pileups.want(ended, candidates(ended, many))
    await works.pop()()
    assert sorted(layer.asked) == [*range(420 - BEST, 420), 500]
    assert (pileups.ranges[500], news) == ((30.0, 40.0), ["came"])
    pileups.want(ended, candidates(ended, many, None, pileups.ranges))
    assert works == []
    # a run that is still being taken changes
    pileups.want(OPEN, candidates(OPEN, many))
    await works.pop()()
    assert layer.asked[BEST + 1 :] == [500]
