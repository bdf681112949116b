"""Stopping, asking again, and the end of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.facts import (
    Crashed,
    ElementsLoaded,
    Fact,
)
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from tests.review.little import (
    CHARGE,
    RUN,
    Held,
    Little,
)
from tests.review.told import A, B, Told, entry
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer


async def test_cancelling_stops_the_histograms_first_and_says_so(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    assert not told.review.cancel()
    held = Held(service, "th1")
    told.review.select_element(CHARGE)
    await until(lambda: held.waiting == 1)
    assert told.review.cancel()
    assert told.review.load is not None
    assert told.review.load.state is LoadState.CANCELLED
    assert not told.review.cancel()
    held.open()
    told.review.reload()
    review = await told.settled()
    assert review.load is not None
    assert review.load.progress == (4, 4)


async def test_cancelling_a_table_leaves_what_came_and_reload_brings_the_rest(
    told: Told, service: Little
) -> None:
    held = Held(service, "lumisections", "hltpathinfo")
    told.review.begin(Target(run=A))
    await until(lambda: told.review.state.ls == 2)
    assert told.review.cancel()
    assert told.source_states() == {
        DIALS: SourceState.LOADED,
        OMS: SourceState.NOT_LOADED,
        RATE: SourceState.NOT_LOADED,
    }
    held.open()
    await told.settled()
    assert told.source_states()[OMS] is SourceState.NOT_LOADED
    told.review.reload()
    review = await told.settled()
    assert set(told.source_states().values()) == {SourceState.LOADED}
    assert review.state.ls == 2


@pytest.mark.parametrize("what", ["run", "runs", "mes", "dataset-index", "auth/workspaces"])
async def test_whatever_is_cancelled_at_the_beginning_comes_on_reload(
    told: Told, service: Little, what: str
) -> None:
    held = Held(service, what)
    told.review.begin(Target(run=A, me="charge_PXLayer_1", ls=5))
    await until(lambda: held.waiting > 0)
    cancelled = [told.review.cancel(), told.review.cancel(), told.review.cancel()]
    assert cancelled[0]
    assert not cancelled[-1]
    assert not told.review.is_busy
    held.open()
    told.review.reload()
    review = await told.settled()
    assert len(review.run_list.entries) == 3
    assert review.run_list.is_complete
    assert len(review.elements) == 3
    if review.state.run is None:
        # the search for the run had ended before it was cancelled, or was never begun
        review.go_to_run(A)
        await told.settled()
    assert review.state.run == RUN
    assert review.state.element == CHARGE


async def test_reload_leaves_alone_what_is_under_way_and_what_is_complete(
    told: Told, service: Little
) -> None:
    held = Held(service, "lumisections")
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await until(lambda: bool(service.asked("lumisections")))
    told.review.reload()
    held.open()
    await told.settled()
    assert len(service.asked("lumisections")) == 1
    asked = len(service.web.requests)
    told.review.reload()
    await told.settled()
    assert len(service.web.requests) == asked


async def test_a_service_that_is_down_at_the_beginning_and_up_at_reload(told: Told, service: Little) -> None:
    service.fail()
    told.review.begin(Target(run=A, me="charge_PXLayer_1", ls=5))
    review = await told.settled()
    assert review.state.workspace == ""
    assert len(told.errors) == 1
    service.mend()
    review.reload()
    await told.settled()
    assert review.state.run == RUN
    assert review.state.element == CHARGE
    assert review.state.ls == 5
    assert len(review.run_list.entries) == 3
    assert len(told.errors) == 1


async def test_lists_that_failed_at_the_beginning_come_on_reload(told: Told, service: Little) -> None:
    service.fail("run", "mes")
    told.review.begin(Target(run=A, me="charge_PXLayer_1", ls=5))
    review = await told.settled()
    assert review.run_list.entries == []
    assert review.elements == ()
    assert review.state.run is None
    service.mend()
    review.reload()
    review = await told.settled()
    assert len(review.run_list.entries) == 3
    assert (review.state.run, review.state.element, review.state.ls) == (RUN, CHARGE, 5)


async def test_the_end_of_the_login_is_told_and_a_new_login_goes_on(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    service.refuse_login()
    told.review.select_element(CHARGE)
    await told.settled()
    assert "dqmtui login" in told.errors[-1]
    told.review.open_run(entry(B))
    await told.settled()
    assert set(told.source_states().values()) == {SourceState.FAILED}
    service.mend()
    told.review.reload()
    review = await told.settled()
    assert set(told.source_states().values()) == {SourceState.LOADED}
    assert review.load is not None
    assert review.load.progress == (3, 3)


async def test_after_closing_nothing_is_told_and_nothing_runs(data: DataLayer, service: Little) -> None:
    told = Told(data)
    held = Held(service, "lumisections", "th1", "runs")
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await until(lambda: bool(service.asked("th1")) and bool(service.asked("runs")))
    facts = len(told.facts)
    await told.review.close()
    assert len(told.facts) == facts
    assert not told.review.is_busy
    await until(lambda: service.web.in_flight == 0)
    held.open()


async def test_a_mistake_is_told_as_a_crash(data: DataLayer, service: Little) -> None:
    told = Told(data)
    error = LookupError("a mistake")

    def stumble(fact: Fact) -> None:
        if isinstance(fact, ElementsLoaded):
            raise error

    told.answer = stumble
    told.review.begin(Target())
    await until(lambda: bool(told.of(Crashed)))
    assert told.of(Crashed)[0].error is error
    await told.review.close()
