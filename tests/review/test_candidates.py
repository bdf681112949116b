"""Which runs are offered as references, in what order and with what reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dqmtui.model.lstable import Source, Values
from dqmtui.model.reference_runs import LSRanges, Range
from dqmtui.model.states import SourceState
from dqmtui.review.candidates import BEST, Candidate, RangesOfRuns, candidates, ls_ranges, read_ls_ranges
from dqmtui.review.oms_source import oms_source
from dqmtui.review.runlist import RunEntry
from dqmtui.services.errors import NotFound, ServiceDown
from dqmtui.services.oms_records import OmsColumns, RunCard

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
        "beams protons, stable; ! B field 0.00 T, not 3.80 T; HLT key the same; luminosity not read; "
        "pileup not read; duration 2:00 h"
    )
    assert said[600].startswith("not ranked")
    mine, theirs = LSRanges((1e34, 2e34), (30.0, 50.0)), LSRanges((1e34, 1.5e34), (40.0, 50.0))
    read = candidates(OPEN, ENTRIES, None, {500: mine, 400: theirs, 450: LSRanges()})
    told = {one.entry.run: one.in_full for one in read}
    assert "luminosity 1.0e34 to 1.5e34 cm^-2 s^-1, 50% shared; pileup 40 to 50, 50% shared" in told[400]
    assert "luminosity not known; pileup not known" in told[450]
    assert "luminosity not read; pileup not read" in told[480]


@pytest.mark.parametrize("name", ["pileup", "luminosity"])
def test_a_pileup_or_luminosity_that_is_like_that_of_the_run_moves_a_reference_up(name: str) -> None:
    twin = entry(401)
    entries = [OPEN, LIKE, twin]
    assert [one.entry for one in candidates(OPEN, entries)] == [twin, LIKE]
    high, low = LSRanges(**{name: (30.0, 50.0)}), LSRanges(**{name: (10.0, 20.0)})
    of_ls = {500: high, 400: high, 401: low}
    assert [one.entry for one in candidates(OPEN, entries, None, of_ls)] == [LIKE, twin]


# -- reading the lumisections ---------------------------------------------------------------------------

E34 = "10^{34}cm^{-2}s^{-1}"


def conditions(pileup: list[float | None], stable: list[bool | None]) -> Source:
    columns = {"pileup": Values.of(pileup), "beams_stable": Values.of(stable)}
    return Source(np.arange(1, len(pileup) + 1), columns, SourceState.LOADED)


def luminosities(
    begin: list[float | None], end: list[float | None], unit: str | None, stable: list[bool | None]
) -> Source:
    lumis = {"init_lumi": Values.of(begin, unit), "end_lumi": Values.of(end, unit)}
    return Source(
        np.arange(1, len(begin) + 1), {**lumis, "beams_stable": Values.of(stable)}, SourceState.LOADED
    )


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
    assert ls_ranges(conditions(pileup, stable)) == LSRanges(None, known)


@pytest.mark.parametrize(
    ("begin", "end", "unit", "stable", "known"),
    [
        # a run that begins before the beams are stable and ends after their dump, as most do
        ([0.0, 2.0, 1.4, 0.0], [0.1, 1.9, 0.0, 0.0], E34, [False, True, True, False], (1.4e34, 2e34)),
        ([20, 19], [18, 0], "10^{33}cm^{-2}s^{-1}", [True, True], (1.8e34, 2e34)),
        ([2.0, None], [1.0, None], E34, [True, True], (1e34, 2e34)),
        ([2.0], [1.0], E34, [True], (2e34, 2e34)),
        ([2.0], [2.0], E34, [None], None),
        ([None], [None], E34, [True], None),
        ([2.0], [1.0], None, [True], None),
        ([2.0], [1.0], "pb^{-1}", [True], None),
        ([2.0], [1.0], "10^{9999}cm^{-2}s^{-1}", [True], None),
        ([], [], E34, [], None),
    ],
)
def test_the_luminosity_of_a_run_is_that_of_its_stable_beams_whatever_its_unit(
    begin: list[float | None],
    end: list[float | None],
    unit: str | None,
    stable: list[bool | None],
    known: Range | None,
) -> None:
    found = ls_ranges(luminosities(begin, end, unit, stable)).luminosity
    assert found == (known if known is None else pytest.approx(known))


def test_units_of_luminosity_may_change_from_lumisection_to_lumisection() -> None:
    units = [E34, "10^{33}cm^{-2}s^{-1}", None, E34]
    columns = OmsColumns(
        "lumisections",
        4,
        {
            "lumisection_number": [1, 2, 3, 4],
            "beams_stable": [True] * 4,
            "init_lumi": [2.0, 19.0, 7.0, "none"],
            "end_lumi": [1.8, 18.5, None, None],
        },
        {},
        {"init_lumi": units, "end_lumi": units},
    )
    assert ls_ranges(oms_source(columns)).luminosity == pytest.approx((1.8e34, 2e34))


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


READ = LSRanges(None, (30.0, 40.0))


async def test_runs_are_read_once_a_few_at_a_time_and_one_that_oms_does_not_know_has_none() -> None:
    layer = Layer()
    found = await read_ls_ranges(layer, [500, 400, 450, 400])
    assert found == {500: READ, 400: READ, 450: LSRanges()}
    assert (sorted(layer.asked), layer.most_at_once) == ([400, 450, 500], 2)
    with pytest.raises(ServiceDown):
        await read_ls_ranges(Layer(failing=450), [500, 450, 400])


async def test_of_the_best_candidates_the_lumisections_are_asked_for_once() -> None:
    layer, works, news = Layer(), list[Callable[[], Awaitable[None]]](), list[str]()
    ranges = RangesOfRuns(layer, works.append, lambda: news.append("came"))
    ended = RunEntry("tracker", PROMPT, 1, 500, 100, replace(OPEN.card or RunCard(500), end_time=NOON))
    many = [ended, *(entry(run) for run in range(400, 420))]
    ranges.want(ended, candidates(ended, many))
    await works.pop()()
    assert sorted(layer.asked) == [*range(420 - BEST, 420), 500]
    assert (ranges.known[500], news) == (READ, ["came"])
    ranges.want(ended, candidates(ended, many, None, ranges.known))
    assert works == []
    # a run that is still being taken changes
    ranges.want(OPEN, candidates(OPEN, many))
    await works.pop()()
    assert layer.asked[BEST + 1 :] == [500]
