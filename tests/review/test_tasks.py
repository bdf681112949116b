"""Tasks by group: the newest counts, failures are told, and nothing is left behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from dqmtui.review.tasks import Tasks
from dqmtui.services.errors import ServiceDown, ServiceError
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Group:
    """Tasks, and what is told about them."""

    def __init__(self) -> None:
        self.failed: list[ServiceError] = []
        self.crashed: list[BaseException] = []
        self.idle: list[str] = []
        self.tasks = Tasks(self.failed.append, self.crashed.append, self.idle.append)


@asynccontextmanager
async def group() -> AsyncIterator[Group]:
    one = Group()
    yield one
    await one.tasks.close()
    assert not one.tasks


async def forever() -> None:
    await asyncio.Event().wait()


async def nothing() -> None:
    await asyncio.sleep(0)


async def test_a_group_does_the_newest_thing_only() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def work(name: str) -> None:
        await gate.wait()
        done.append(name)

    async with group() as one:
        for name in ("first", "second", "third"):
            one.tasks.start("runs", partial(work, name))
        gate.set()
        await until(lambda: not one.tasks)
        assert done == ["third"]
        assert one.crashed == one.failed == []


async def test_groups_do_not_disturb_each_other() -> None:
    async with group() as one:
        one.tasks.start("runs", forever)
        one.tasks.start("table", forever)
        assert one.tasks.cancel("runs")
        assert "runs" not in one.tasks
        assert "table" in one.tasks


async def test_work_replaced_before_its_first_step_is_never_begun_and_never_complained_of() -> None:
    begun: list[str] = []

    async def work() -> None:
        begun.append("old")
        await asyncio.sleep(0)

    async with group() as one:
        one.tasks.start("runs", work)
        one.tasks.start("runs", nothing)
        await until(lambda: not one.tasks)
        assert begun == []


async def test_what_runs_is_left_alone_when_only_something_is_to_run() -> None:
    async with group() as one:
        gate = asyncio.Event()
        done: list[str] = []

        async def first() -> None:
            await gate.wait()
            done.append("first")

        async def second() -> None:
            await asyncio.sleep(0)
            done.append("second")

        one.tasks.start_unless_running("runs", first)
        one.tasks.start_unless_running("runs", second)
        gate.set()
        await until(lambda: not one.tasks)
        one.tasks.start_unless_running("runs", second)
        await until(lambda: not one.tasks)
        assert done == ["first", "second"]


async def test_an_error_of_a_service_is_told_and_is_no_crash() -> None:
    error = ServiceDown("DIALS fails.", service="DIALS")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise error

    async with group() as one:
        one.tasks.start("runs", fail)
        await until(lambda: not one.tasks)
        assert one.failed == [error]
        assert one.crashed == []


async def test_any_other_exception_is_a_crash_and_told_once() -> None:
    error = LookupError("a mistake")

    async def crash() -> None:
        await asyncio.sleep(0)
        raise error

    async with group() as one:
        one.tasks.start("runs", crash)
        await until(lambda: bool(one.crashed))
        assert one.crashed == [error]
        assert not one.tasks


async def test_a_crash_of_work_that_was_replaced_is_told_too() -> None:
    begun = asyncio.Event()

    async def stumble() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            raise LookupError("a mistake")

    async with group() as one:
        one.tasks.start("runs", stumble)
        await begun.wait()
        one.tasks.start("runs", forever)
        await until(lambda: bool(one.crashed))
        assert "runs" in one.tasks


async def test_cancelling_says_whether_there_was_anything() -> None:
    async with group() as one:
        assert not one.tasks.cancel("runs")
        assert not one.tasks.cancel_all()
        one.tasks.start("runs", forever)
        one.tasks.start("table", forever)
        assert one.tasks.cancel("runs")
        assert one.tasks.cancel_all()
        assert not one.tasks.cancel_all()
        assert one.crashed == []


async def test_a_group_that_has_ended_is_not_running() -> None:
    async with group() as one:
        one.tasks.start("runs", nothing)
        assert one.tasks
        await until(lambda: "runs" not in one.tasks)
        assert not one.tasks
        assert not one.tasks.cancel("runs")


async def test_closing_waits_for_the_end_of_everything() -> None:
    ended: list[str] = []
    begun = asyncio.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("work")

    async with group() as one:
        one.tasks.start("runs", work)
        await begun.wait()
        await one.tasks.close()
        assert ended == ["work"]


async def test_of_a_group_that_does_nothing_any_more_somebody_hears_however_it_ended() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise ServiceDown("down", service="DIALS")

    async with group() as one:
        one.tasks.start("ends", nothing)
        one.tasks.start("fails", fails)
        one.tasks.start("cancelled", forever)
        one.tasks.start("replaced", forever)
        one.tasks.start("replaced", forever)
        one.tasks.cancel("cancelled")
        await until(lambda: len(one.idle) == 3)
        assert sorted(one.idle) == ["cancelled", "ends", "fails"]
