"""How long is waited for a service that is down, and asks to be left alone for a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dqmtui.review.recovery import MOST_S, WAITS_S, Recovery
from dqmtui.services.errors import ServiceDown
from tests.review.test_review_offline import AT, reviewing
from tests.services.web import json_reply

if TYPE_CHECKING:
    from tests.review.little import Little


async def test_the_time_a_service_asks_for_is_waited_for(service: Little) -> None:
    service.rule = lambda _: json_reply({}, 503, retry_after="300")
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        await naps.until(1)
        assert any("in 5 minutes" in error for error in told.errors)
        naps.end()
        # the question whether it is back is answered so, too
        await naps.until(2)
        service.fail()
        naps.end()
        await naps.until(3)
        assert naps.asked_s == [300.0, 300.0, WAITS_S[2]]


def down(seconds: float | None, service: str = "DIALS") -> ServiceDown:
    error = ServiceDown("down", service="OMS" if service == "OMS" else "DIALS")
    error.retry_after_s = seconds
    return error


async def test_nobody_waits_for_ever_and_never_shorter_than_usual() -> None:
    waits: list[float] = []
    silences = iter([down(86_400.0), down(1.0), down(None), None])

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async def silence() -> ServiceDown | None:
        return next(silences)

    gone_on: list[bool] = []
    recovery = Recovery(silence, lambda: gone_on.append(True), sleep)
    recovery.note(down(60.0))
    recovery.note(down(None, "OMS"))
    await recovery.run()
    assert waits == [60.0, MOST_S, *WAITS_S[2:4]]
    assert gone_on == [True]


async def test_a_time_that_oms_asks_for_is_waited_for_while_dials_is_well() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    async def silence() -> None:
        return None

    recovery = Recovery(silence, lambda: None, sleep)
    recovery.note(down(120.0, "OMS"))
    await recovery.run()
    assert waits == [120.0]
