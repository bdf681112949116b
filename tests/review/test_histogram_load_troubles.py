"""Loads of histograms that are stopped or fail: nothing is lost, nothing comes twice, everything is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.lsmask import OPEN_END
from dqmtui.model.states import CellState
from dqmtui.review.histograms import MOST_ROWS, NEAREST_ROWS, PARALLEL, HistogramLoad, LoadState
from dqmtui.services.errors import BadReply, NotLoggedIn, ServiceDown
from tests.review.little import (
    RUN,
    ZERO_BIAS,
    Held,
    Little,
    layer_on,
    range_of,
)
from tests.review.loads import WHOLE, Heard, assert_holds, is_th1, load_of, loaded, state_of
from tests.services.web import html_reply, json_reply, until

if TYPE_CHECKING:
    from starlette.requests import Request

    from dqmtui.review.datalayer import DataLayer


# -- stopping and going on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("pages", [0, 1, 4, 11])
async def test_what_was_stopped_goes_on_and_everything_arrives_exactly_once(
    data: DataLayer, little: Little, pages: int
) -> None:
    little.page_rows = 100
    held = Held(little, "th1", when=lambda _: len(little.asked("th1")) > pages)
    load = load_of(data, 600)
    heard = Heard(load)
    await until(lambda: len(heard.settled) >= pages)
    load.cancel()
    assert state_of(load) is LoadState.CANCELLED
    assert heard.ends == [LoadState.CANCELLED]
    await load.wait()
    held.open()
    load.start()
    await load.wait()
    assert state_of(load) is LoadState.COMPLETE
    assert_holds(load, WHOLE)
    assert heard.is_once_each


async def test_pages_of_a_range_that_had_come_are_not_asked_for_again(
    data: DataLayer, little: Little
) -> None:
    little.page_rows = 100
    held = Held(little, "th1", when=lambda _: len(little.asked("th1")) > 4)
    load = load_of(data, 1)
    heard = Heard(load)
    await until(lambda: len(heard.settled) == 4)
    load.cancel()
    await load.wait()
    await until(lambda: held.waiting == 0)
    come = list(heard.settled)
    little.web.requests.clear()
    held.open()
    load.start()
    await load.wait()
    assert little.ranges()
    for first, last in little.ranges():
        assert not any(first <= low <= last or first <= high <= last for low, high in come)


async def test_stopping_while_both_workers_read_and_a_range_has_failed_loses_nothing(
    data: DataLayer, little: Little
) -> None:
    held = Held(little, "th1")
    hold = little.rule
    little.rule = lambda request: (
        html_reply("broken", 503) if is_th1(request) and range_of(request)[0] == 1 else hold(request)
    )
    load = load_of(data, 1)
    await until(lambda: load.error is not None and held.waiting == PARALLEL[1])
    load.cancel()
    await load.wait()
    assert load.progress == (0, 1200)
    held.open()
    load.start()
    await load.wait()
    assert state_of(load) is LoadState.COMPLETE
    assert_holds(load, WHOLE)


async def test_a_load_that_is_stopped_and_wanted_again_at_once_goes_on(
    data: DataLayer, little: Little
) -> None:
    held = Held(little, "th1")
    load = load_of(data, 600)
    heard = Heard(load)
    await until(lambda: held.waiting > 0)
    for _ in range(3):
        load.cancel()
        load.start()
    assert state_of(load) is LoadState.LOADING
    held.open()
    await load.wait()
    assert state_of(load) is LoadState.COMPLETE
    assert heard.ends[-1] is LoadState.COMPLETE
    assert heard.is_once_each
    assert_holds(load, WHOLE)


async def test_stopping_before_the_first_step_loses_nothing(data: DataLayer) -> None:
    load = load_of(data, 600)
    load.cancel()
    await load.wait()
    assert state_of(load) is LoadState.CANCELLED
    load.start()
    await load.wait()
    assert_holds(load, WHOLE)


async def test_stopping_what_has_ended_or_starting_what_runs_changes_nothing(
    data: DataLayer, little: Little
) -> None:
    load = load_of(data)
    load.start()
    await load.wait()
    asked = len(little.asked("th1"))
    load.cancel()
    load.start()
    await load.wait()
    assert state_of(load) is LoadState.COMPLETE
    assert len(little.asked("th1")) == asked


async def test_stopping_reaches_the_server(data: DataLayer, little: Little) -> None:
    held = Held(little, "th1")
    load = load_of(data)
    await until(lambda: held.waiting == PARALLEL[1])
    load.cancel()
    await load.wait()
    await until(lambda: held.left == PARALLEL[1])
    held.open()


# -- failures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [503, 504, 404])
async def test_J8_a_range_that_fails_leaves_the_others_going_and_the_load_partial(
    data: DataLayer, little: Little, status: int
) -> None:
    little.rule = lambda request: (
        html_reply("broken", status) if is_th1(request) and range_of(request)[0] == 1 else None
    )
    load = load_of(data, 600)
    heard = Heard(load)
    await load.wait()
    assert state_of(load) is LoadState.PARTIAL
    assert heard.ends == [LoadState.PARTIAL]
    error = load.error
    assert error is not None
    assert error.status == status
    came, expected = load.progress
    assert 0 < came < expected == 1200
    assert load.stack is not None
    assert load.stack.state_of(1) is CellState.NOT_LOADED
    assert not load.stack.complete
    little.mend()
    little.web.requests.clear()
    load.start()
    await load.wait()
    assert state_of(load) is LoadState.COMPLETE
    assert load.error is None
    assert len(little.asked("th1")) == 1
    assert_holds(load, WHOLE)


async def test_a_range_that_fails_after_some_pages_keeps_them_and_asks_for_the_rest(
    data: DataLayer, little: Little
) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 101))
    little.page_rows = 20
    little.rule = lambda request: (
        html_reply("broken", 503)
        if is_th1(request) and request.query_params.get("next_token") == "40"
        else None
    )
    load = await loaded(data)
    assert state_of(load) is LoadState.PARTIAL
    assert load.progress == (40, 100)
    little.mend()
    little.web.requests.clear()
    load.start()
    await load.wait()
    assert little.ranges() == [(41, OPEN_END)]
    assert_holds(load, range(1, 101))


async def test_the_end_of_the_login_stops_the_rest(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 3001))
    refusal = {"detail": "expired", "code": "access_token_expired"}
    little.rule = lambda request: (
        json_reply(refusal, 403) if is_th1(request) and len(little.asked("th1")) > 1 else None
    )
    load = await loaded(data, 1500)
    assert state_of(load) is LoadState.PARTIAL
    assert isinstance(load.error, NotLoggedIn)
    # the first, and those that were under way when the login ended
    assert len(little.asked("th1")) <= 1 + PARALLEL[1]
    assert 0 < load.progress[0] < load.progress[1]
    little.mend()
    load.start()
    await load.wait()
    assert_holds(load, range(1, 3001))


async def test_the_end_of_the_login_is_what_is_said_whatever_fails_after_it(
    data: DataLayer, little: Little
) -> None:
    little.binnings = {1: (-1.7e308, 1.7e308)}
    held = Held(little, "th1", when=lambda request: range_of(request)[0] == 1)
    hold = little.rule
    refusal = {"detail": "expired", "code": "access_token_expired"}
    little.rule = lambda request: hold(request) or (json_reply(refusal, 403) if is_th1(request) else None)
    load = load_of(data, 1)
    await until(lambda: load.error is not None and held.waiting == 1)
    held.open()
    await load.wait()
    assert isinstance(load.error, NotLoggedIn)
    assert state_of(load) is LoadState.PARTIAL


async def test_an_ls_that_the_service_cannot_send_leaves_the_others_going(
    data: DataLayer, little: Little
) -> None:
    def breaks(request: Request) -> bool:
        first, last = range_of(request)
        return first <= 77 <= last

    little.rule = lambda request: html_reply("NaN", 500) if is_th1(request) and breaks(request) else None
    load = load_of(data, 600)
    heard = Heard(load)
    await load.wait()
    assert state_of(load) is LoadState.PARTIAL
    assert load.progress == (1199, 1200)
    assert isinstance(load.error, BadReply)
    assert "LS 77" in load.error.message
    assert load.stack is not None
    assert load.stack.state_of(77) is CellState.NOT_LOADED
    assert all(first <= last for first, last in heard.settled)
    little.mend()
    little.web.requests.clear()
    load.start()
    await load.wait()
    assert little.ranges() == [(77, 77)]
    assert_holds(load, WHOLE)


async def test_a_service_that_always_fails_ends_in_an_error_and_recovers(
    data: DataLayer, little: Little
) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 91))
    little.fail("th1", status=500)
    load = await loaded(data)
    assert state_of(load) is LoadState.PARTIAL
    assert load.progress == (0, 90)
    assert isinstance(load.error, ServiceDown | BadReply)
    little.mend()
    load.start()
    await load.wait()
    assert_holds(load, range(1, 91))


async def test_without_the_ls_of_the_run_there_is_no_stack_but_an_error(
    data: DataLayer, little: Little
) -> None:
    little.fail("lumisection")
    load = load_of(data)
    heard = Heard(load)
    await load.wait()
    assert heard.ends == [LoadState.PARTIAL]
    assert load.stack is None
    assert load.progress == (0, 0)
    assert isinstance(load.error, ServiceDown)
    little.mend()
    load.start()
    await load.wait()
    assert_holds(load, WHOLE)


async def test_an_axis_that_cannot_be_is_an_error_and_no_crash(data: DataLayer, little: Little) -> None:
    little.binnings = dict.fromkeys(range(1, 3), (-1.7e308, 1.7e308))
    load = await loaded(data, 600)
    assert state_of(load) is LoadState.PARTIAL
    assert isinstance(load.error, BadReply)
    assert load.progress[0] >= 1200 - MOST_ROWS[1] - NEAREST_ROWS[1]
    little.binnings = {}
    load.start()
    await load.wait()
    assert_holds(load, WHOLE)


async def test_a_mistake_in_a_listener_ends_the_load_and_is_not_swallowed(data: DataLayer) -> None:
    load = load_of(data)

    def stumble(_load: HistogramLoad, first: int, _last: int) -> None:
        if first:
            raise LookupError("no such widget")

    load.listeners.add(stumble)
    with pytest.raises(ExceptionGroup) as caught:
        await load.wait()
    assert caught.group_contains(LookupError)
    assert state_of(load) is LoadState.PARTIAL
    load.listeners.clear()
    load.start()
    await load.wait()
    assert_holds(load, WHOLE)


async def test_closing_the_data_layer_ends_what_is_loading(little: Little) -> None:
    held = Held(little, "th1")
    async with layer_on(little) as data:
        load = load_of(data)
        await until(lambda: held.waiting == PARALLEL[1])
    assert state_of(load) is LoadState.CANCELLED
    held.open()
