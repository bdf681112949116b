"""The data layer: asked once and kept, cancelled when no longer wanted, bounded in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import CellState
from dqmtui.review.asking import RUNS_KEPT
from dqmtui.review.histograms import LoadState
from dqmtui.services.errors import BadReply, ServiceDown
from tests.review.little import (
    CHARGE,
    CHARGE_KEY,
    EXPRESS,
    RUN,
    SIZE,
    SIZE_KEY,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    bins_of,
    layer_on,
    oms_lumisections,
    oms_rates,
)
from tests.review.loads import is_th1
from tests.services.web import html_reply, until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad

SHORT = list(range(1, 41))


# -- asked once ----------------------------------------------------------------------------------------------


async def test_equal_questions_at_one_time_are_one_request(data: DataLayer, short: Little) -> None:
    rows = await asyncio.gather(*(data.lumisections(RUN) for _ in range(5)))
    assert len(short.asked("lumisection")) == 1
    assert all(row is rows[0] for row in rows)


async def test_answers_are_kept(data: DataLayer, short: Little) -> None:
    for _ in range(2):
        await data.workspaces()
        await data.default_workspace()
        await data.datasets(WORKSPACE)
        await data.runs(WORKSPACE, ZERO_BIAS)
        await data.elements(WORKSPACE)
        await data.lumisections(RUN)
    assert len(short.web.requests) == 6


async def test_an_error_is_not_kept(data: DataLayer, short: Little) -> None:
    short.fail("dataset-index")
    with pytest.raises(ServiceDown):
        await data.datasets(WORKSPACE)
    short.mend()
    assert {dataset.dataset_id for dataset in await data.datasets(WORKSPACE)} == {ZERO_BIAS, EXPRESS}


async def test_a_question_that_nobody_waits_for_any_more_is_cancelled_at_the_server(
    data: DataLayer, short: Little
) -> None:
    await data.workspaces()
    held = Held(short)
    asking = [asyncio.create_task(data.lumisections(RUN)) for _ in range(2)]
    await until(lambda: held.waiting == 1)
    asking[0].cancel()
    await asyncio.wait([asking[0]])
    assert held.left == 0
    asking[1].cancel()
    await until(lambda: held.left == 1)
    held.open()
    assert (await data.lumisections(RUN)).ls.tolist() == SHORT


async def test_elements_come_sorted_by_name(data: DataLayer) -> None:
    names = [element.me for element in await data.elements(WORKSPACE)]
    assert names == sorted(names)
    assert len(names) == 3


async def test_the_answers_about_the_runs_asked_about_longest_ago_are_dropped(
    data: DataLayer, short: Little
) -> None:
    await data.lumisections(RUN)
    others = [RunKey(WORKSPACE, ZERO_BIAS, 1000 + number) for number in range(RUNS_KEPT)]
    for run in others[:-1]:
        await data.lumisections(run)
    await data.lumisections(RUN)
    asked = len(short.web.requests)
    assert asked == RUNS_KEPT
    await data.lumisections(others[-1])
    await data.lumisections(RUN)
    assert len(short.web.requests) == asked + 1
    await data.lumisections(others[0])
    assert len(short.web.requests) == asked + 2


async def test_a_run_that_came_in_since_is_found(data: DataLayer, short: Little) -> None:
    assert await data.find_run(WORKSPACE, 381080) == []
    short.runs[ZERO_BIAS, 381080] = SHORT
    assert [row.run_number for row in await data.find_run(WORKSPACE, 381080)] == [381080]


async def test_the_files_of_a_run_are_looked_up_by_the_service(data: DataLayer, short: Little) -> None:
    await data.files_of_run(WORKSPACE, 381065)
    (request,) = short.asked("file-index")
    assert request.query_params["logical_file_name__regex"] == "/000/381/065/"


# -- forgetting ----------------------------------------------------------------------------------------------


async def test_what_is_forgotten_of_a_run_is_asked_for_again(data: DataLayer, short: Little) -> None:
    short.oms = {"lumisections": oms_lumisections(SHORT), **oms_rates(SHORT)}
    other = RunKey(WORKSPACE, ZERO_BIAS, 381080)
    short.runs[ZERO_BIAS, other.run] = [7]
    await data.lumisections(other)
    before = await data.load_table(RUN, lambda *_: None)
    assert await data.load_table(RUN, lambda *_: None) is not before
    asked = len(short.web.requests)
    grown = [*SHORT, 41]
    short.runs[ZERO_BIAS, RUN.run] = grown
    short.oms = {"lumisections": oms_lumisections(grown), **oms_rates(grown)}
    data.forget(RUN)
    after = await data.load_table(RUN, lambda *_: None)
    for source in (DIALS, OMS, RATE):
        assert before.source(source).ls.tolist() == SHORT
        assert after.source(source).ls.tolist() == grown
    assert len(short.web.requests) > asked
    asked = len(short.web.requests)
    await data.lumisections(other)
    assert len(short.web.requests) == asked


async def test_histograms_of_a_forgotten_run_are_loaded_anew(data: DataLayer, short: Little) -> None:
    before = data.histograms(CHARGE_KEY, CHARGE, 1)
    await before.wait()
    short.runs[ZERO_BIAS, RUN.run] = [*SHORT, 41]
    data.forget(RUN)
    after = data.histograms(CHARGE_KEY, CHARGE, 1)
    assert after is not before
    await after.wait()
    assert after.progress == (41, 41)
    assert before.progress == (40, 40)


async def test_an_answer_on_its_way_when_the_run_is_forgotten_is_not_kept(
    data: DataLayer, short: Little
) -> None:
    held = Held(short)
    asking = asyncio.create_task(data.lumisections(RUN))
    await until(lambda: held.waiting == 1)
    short.runs[ZERO_BIAS, RUN.run] = [*SHORT, 41]
    data.forget(RUN)
    short.mend()
    assert (await data.lumisections(RUN)).ls.size == 41
    held.open()
    assert (await asking).ls.size == 40
    assert (await data.lumisections(RUN)).ls.size == 41


# -- histograms ----------------------------------------------------------------------------------------------


async def test_histograms_asked_for_twice_are_one_load(data: DataLayer, short: Little) -> None:
    first = data.histograms(CHARGE_KEY, CHARGE, 1)
    second = data.histograms(CHARGE_KEY, CHARGE, 20)
    assert first is second
    await first.wait()
    assert data.histograms(CHARGE_KEY, CHARGE, 1) is first
    assert len(short.asked("th1")) == 1


async def test_J4_histograms_of_two_datasets_are_two_loads(data: DataLayer, short: Little) -> None:
    short.runs[EXPRESS, RUN.run] = [2, 3]
    express = HistogramKey(RunKey(WORKSPACE, EXPRESS, RUN.run), CHARGE.me_id)
    loads = [data.histograms(key, CHARGE, 1) for key in (CHARGE_KEY, express)]
    for load in loads:
        await load.wait()
    assert [load.progress for load in loads] == [(40, 40), (2, 2)]
    assert {request.query_params["dataset_id"] for request in short.asked("th1")} == {"11", "22"}


async def test_asking_again_for_a_cancelled_load_goes_on_with_it(data: DataLayer, little: Little) -> None:
    held = Held(little, "th1")
    load = data.histograms(CHARGE_KEY, CHARGE, 1)
    await until(lambda: held.waiting > 0)
    load.cancel()
    assert data.histograms(CHARGE_KEY, CHARGE, 1) is load
    held.open()
    await load.wait()
    assert load.state is LoadState.COMPLETE
    assert load.progress == (1200, 1200)


async def test_asking_again_for_a_load_follows_the_new_cursor(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 3001))
    held = Held(little, "th1")
    load = data.histograms(CHARGE_KEY, CHARGE, 1)
    await until(lambda: held.waiting > 0)
    data.histograms(CHARGE_KEY, CHARGE, 3000)
    held.open()
    await load.wait()
    order = little.ranges()
    last = next(index for index, (_, end) in enumerate(order) if end >= 3000)
    # without the second call the end of the run would come last
    assert last < len(order) - 1


async def whole(data: DataLayer, element: MonitoringElement) -> HistogramLoad:
    load = data.histograms(HistogramKey(RUN, element.me_id), element, 1)
    await load.wait()
    return load


MANY = tuple(MonitoringElement(100 + number, f"PixelPhase1/many_{number}", 1) for number in range(5))
ROW_BYTES = 4 * 4
"""Four bins in float32."""


async def test_the_loads_looked_at_longest_ago_make_room(short: Little) -> None:
    async with layer_on(short, memory_budget=3 * len(SHORT) * ROW_BYTES) as data:
        loads = [await whole(data, element) for element in MANY[:4]]
        # the first was looked at again, so the second is the one to go
        assert await whole(data, MANY[0]) is loads[0]
        newest = await whole(data, MANY[4])
        for element, load in zip((MANY[0], *MANY[2:]), (loads[0], *loads[2:], newest), strict=True):
            assert await whole(data, element) is load
        again = await whole(data, MANY[1])
        assert again is not loads[1]
        assert again.progress == (40, 40)


async def test_a_load_that_was_dropped_comes_again_whole(short: Little) -> None:
    async with layer_on(short, memory_budget=0) as data:
        before = await whole(data, CHARGE)
        await whole(data, SIZE)
        asked = len(short.asked("th1"))
        after = await whole(data, CHARGE)
        assert after is not before
        assert len(short.asked("th1")) == asked + 1
        assert after.stack is not None
        histogram = after.stack.histogram(17)
        assert histogram is not None
        assert histogram.values.tolist() == bins_of(17)


async def test_what_is_on_screen_or_still_coming_is_never_dropped(short: Little) -> None:
    async with layer_on(short, memory_budget=0) as data:
        on_screen = await whole(data, CHARGE)
        on_screen.listeners.add(lambda *_: None)
        held = Held(short, "th1")
        coming = data.histograms(SIZE_KEY, SIZE, 1)
        others = [data.histograms(HistogramKey(RUN, element.me_id), element, 1) for element in MANY]
        assert data.histograms(CHARGE_KEY, CHARGE, 1) is on_screen
        assert data.histograms(SIZE_KEY, SIZE, 1) is coming
        held.open()
        for load in (coming, *others):
            await load.wait()


async def test_J1_one_histogram_is_that_of_the_ls_or_none(data: DataLayer, short: Little) -> None:
    short.without[CHARGE.me_id] = {3}
    there = await data.one_histogram(CHARGE_KEY, CHARGE, 4)
    histogram = there.histogram(4)
    assert histogram is not None
    assert histogram.values.tolist() == bins_of(4)
    missing = await data.one_histogram(CHARGE_KEY, CHARGE, 3)
    assert missing.histogram(3) is None
    assert missing.state_of(3) is CellState.ABSENT
    assert short.ranges() == [(4, 4), (3, 3)]


async def test_one_histogram_that_the_service_cannot_send_is_an_error(data: DataLayer, short: Little) -> None:
    short.rule = lambda request: html_reply("NaN", 500) if is_th1(request) else None
    with pytest.raises(BadReply, match="LS 4"):
        await data.one_histogram(CHARGE_KEY, CHARGE, 4)
