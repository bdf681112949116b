"""Histograms from the cache on disk: what is kept, what is asked for again, what opens without services."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dqmtui.model.lstable import LSTable
from dqmtui.model.states import CellState
from dqmtui.review import histograms, questions
from dqmtui.review.histograms import LoadState
from dqmtui.services.errors import BadReply, ServiceDown
from tests.review.little import (
    CHARGE,
    MAP,
    MAP_KEY,
    RUN,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    Rule,
    is_of,
    layer_on,
    range_of,
)
from tests.review.loads import assert_holds, is_th1, load_of, loaded, state_of
from tests.services.web import json_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.services.errors import ServiceError

WHOLE = list(range(1, 1201))


@asynccontextmanager
async def session(service: Little, cache: Path) -> AsyncIterator[DataLayer]:
    """A data layer that knows the name of the dataset, as after the list of runs has come."""
    async with layer_on(service, cache=cache) as data:
        try:
            await data.find_run(WORKSPACE, RUN.run)
        except ServiceDown:
            kept = await data.kept(questions.datasets_of_run(WORKSPACE, RUN.run))
            assert kept is not None
            data.name_datasets(kept.value)
        service.web.requests.clear()
        yield data


def error_of(load: HistogramLoad) -> ServiceError | None:
    return load.error


def files_in(cache: Path) -> list[Path]:
    return [*cache.rglob("*.parquet")]


async def earlier(service: Little, cache: Path) -> None:
    """Let an earlier session load the whole run."""
    async with session(service, cache) as data:
        assert (await loaded(data)).state is LoadState.COMPLETE
    service.web.requests.clear()


async def test_a_whole_run_is_not_asked_for_again(little: Little, tmp_path: Path) -> None:
    await earlier(little, tmp_path)
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        assert state_of(load) is LoadState.COMPLETE
        assert_holds(load, WHOLE)
    assert little.ranges() == []
    assert len(little.asked("lumisection")) > 0


async def test_what_is_kept_is_shown_before_any_service_answers(little: Little, tmp_path: Path) -> None:
    await earlier(little, tmp_path)
    async with session(little, tmp_path) as data:
        held = Held(little)
        load = load_of(data)
        await until(lambda: load.progress == (1200, 1200))
        assert state_of(load) is LoadState.LOADING
        assert_holds(load, WHOLE)
        held.open()
        await load.wait()
        assert state_of(load) is LoadState.COMPLETE


async def test_without_services_the_whole_run_is_there_and_is_said_to_be_from_the_cache(
    little: Little, tmp_path: Path
) -> None:
    await earlier(little, tmp_path)
    little.fail()
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        assert state_of(load) is LoadState.KEPT
        assert isinstance(load.error, ServiceDown)
        assert_holds(load, WHOLE)
        little.mend()
        load.start()
        await load.wait()
        assert state_of(load) is LoadState.COMPLETE
        assert error_of(load) is None


async def test_of_a_run_that_was_loaded_in_part_only_the_rest_is_asked_for(
    little: Little, tmp_path: Path
) -> None:
    little.rule = lambda request: (
        json_reply({"detail": "no"}, 400) if is_of(request, "th1") and range_of(request)[0] > 600 else None
    )
    async with session(little, tmp_path) as data:
        before = await loaded(data)
        assert before.state is LoadState.PARTIAL
        came = before.progress[0]
        assert 0 < came < 1200
    little.mend()
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        assert state_of(load) is LoadState.COMPLETE
        assert_holds(load, WHOLE)
        assert all(first > came for first, _ in little.ranges())


async def test_of_a_load_that_was_cancelled_what_came_is_kept(little: Little, tmp_path: Path) -> None:
    async with session(little, tmp_path) as data:
        held = Held(little, "th1", when=lambda request: range_of(request)[0] > 1)
        load = load_of(data)
        await until(lambda: load.progress[0] == 100 and held.waiting > 0)
        load.cancel()
        await load.wait()
        held.open()
    async with session(little, tmp_path) as data:
        assert_holds(await loaded(data), WHOLE)
        assert min(first for first, _ in little.ranges()) == 101


async def test_of_a_run_that_has_grown_only_what_is_new_is_asked_for(little: Little, tmp_path: Path) -> None:
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 301))}
    little.without = {CHARGE.me_id: {7}}
    await earlier(little, tmp_path)
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 331))}
    little.without = {}
    async with session(little, tmp_path) as data:
        assert_holds(await loaded(data), list(range(1, 331)))
    # what was absent may have come since
    assert sorted(little.ranges()) == [(7, 7), (301, max(last for _, last in little.ranges()))]


async def test_a_run_that_grows_while_it_is_looked_at_is_completed(little: Little, tmp_path: Path) -> None:
    little.runs = {(ZERO_BIAS, RUN.run): [1, 2, 3]}
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        little.runs = {(ZERO_BIAS, RUN.run): [1, 2, 3, 5, 6]}
        await data.refresh_table(RUN, lambda *_: None, LSTable(RUN), lambda _: None)
        load.refresh()
        await load.wait()
        assert state_of(load) is LoadState.COMPLETE
        assert_holds(load, [1, 2, 3, 5, 6])
    little.web.requests.clear()
    async with session(little, tmp_path) as data:
        assert_holds(await loaded(data), [1, 2, 3, 5, 6])
    assert little.ranges() == []


async def test_a_run_that_dials_has_rewritten_is_asked_for_anew(little: Little, tmp_path: Path) -> None:
    await earlier(little, tmp_path)
    little.runs = {(ZERO_BIAS, RUN.run): list(range(5, 1005))}
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        assert_holds(load, list(range(5, 1005)))
        assert load.stack is not None
        assert load.stack.state_of(1) is CellState.ABSENT


async def test_absent_lumisections_are_known_to_be_absent(little: Little, tmp_path: Path) -> None:
    little.without = {CHARGE.me_id: {10, 11, 500}}
    await earlier(little, tmp_path)
    little.fail()
    async with session(little, tmp_path) as data:
        stack = (await loaded(data)).stack
        assert stack is not None
        assert [stack.state_of(ls) for ls in (9, 10, 500)] == [
            CellState.VALUE,
            CellState.ABSENT,
            CellState.ABSENT,
        ]


async def test_rows_of_another_binning_are_kept_too(little: Little, tmp_path: Path) -> None:
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 41))}
    little.binnings = {4: (0.0, 8.0), 5: (0.0, 8.0)}
    await earlier(little, tmp_path)
    async with session(little, tmp_path) as data:
        stack = (await loaded(data)).stack
        assert stack is not None
        assert sorted(stack.other_binnings) == [4, 5]
        assert stack.state_of(4) is CellState.OTHER_BINNING
    assert little.ranges() == []


async def test_maps_are_filled_in_slices_that_let_others_run(
    little: Little, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 41))}
    async with session(little, tmp_path) as data:
        load = data.histograms(MAP_KEY, MAP, 1)
        await load.wait()
    monkeypatch.setattr(histograms, "SLICE_BINS", 4 * 10)
    async with session(little, tmp_path) as data:
        load = data.histograms(MAP_KEY, MAP, 1)
        told: list[tuple[int, int]] = []
        load.listeners.add(lambda _, first, last: told.append((first, last)))
        await load.wait()
        assert told[:4] == [(1, 10), (11, 20), (21, 30), (31, 40)]
        assert state_of(load) is LoadState.COMPLETE
        assert load.stack is not None
        for ls in range(1, 41):
            histogram = load.stack.histogram(ls)
            assert histogram is not None
            assert histogram.values.tolist() == [[ls, 2 * ls], [0, 1]]


def unreadable_at(ls: int) -> Rule:
    """DIALS fails for every page with this LS."""

    def fail(request: Request) -> Response | None:
        if not is_th1(request):
            return None
        first, last = range_of(request)
        return json_reply({"detail": "nan"}, 500) if first <= ls <= last else None

    return fail


async def test_what_dials_cannot_send_is_remembered_and_asked_for_again_on_demand(
    little: Little, tmp_path: Path
) -> None:
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 41))}
    little.rule = unreadable_at(17)
    async with session(little, tmp_path) as data:
        assert (await loaded(data)).state is LoadState.PARTIAL
    async with session(little, tmp_path) as data:
        load = await loaded(data)
        assert state_of(load) is LoadState.PARTIAL
        assert isinstance(load.error, BadReply)
        assert load.stack is not None
        assert load.stack.state_of(17) is CellState.NOT_LOADED
        assert little.ranges() == []
        little.mend()
        load.start()
        await load.wait()
        assert_holds(load, list(range(1, 41)))
        assert little.ranges() == [(17, 17)]


async def test_without_the_name_of_the_dataset_nothing_is_kept(little: Little, tmp_path: Path) -> None:
    async with layer_on(little, cache=tmp_path) as data:
        assert_holds(await loaded(data), WHOLE)
    assert files_in(tmp_path) == []


async def test_a_file_that_is_broken_is_set_aside_and_fetched_again(little: Little, tmp_path: Path) -> None:
    await earlier(little, tmp_path)
    (file,) = files_in(tmp_path)
    file.write_bytes(file.read_bytes()[:-100])
    told: list[str] = []
    async with layer_on(little, cache=tmp_path, tell=told.append) as data:
        await data.find_run(WORKSPACE, RUN.run)
        assert_holds(await loaded(data), WHOLE)
    assert len(told) == 1
    assert CHARGE.short_name in told[0]
    assert file.exists()
    async with session(little, tmp_path) as data:
        assert_holds(await loaded(data), WHOLE)
    assert little.ranges() == []
