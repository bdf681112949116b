"""What the status line is told about each service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services.errors import BadReply, NotFound, NotLoggedIn, ServiceDown
from dqmtui.services.records import Health, ServiceState
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from tests.services.conftest import NEVER_S, SECRET
from tests.services.web import Gate, json_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.errors import ServiceError, ServiceName
    from dqmtui.services.transport import Channel
    from tests.services.conftest import Naps
    from tests.services.web import Web

    Told = list[tuple[ServiceName, ServiceState]]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
async def watched(naps: Naps, told: Told) -> AsyncIterator[Transport]:
    """A transport that tells its states to a list, to which no answer of a test is a slow one."""
    options = TransportOptions(slow_after_s=NEVER_S)
    async with Transport(options, sleep=naps, on_state=lambda *news: told.append(news)) as transport:
        yield transport


def dials(transport: Transport, web: Web) -> Channel:
    return transport.channel("DIALS", web.url, FixedToken(SECRET))


async def test_a_service_nobody_asked_is_unknown(watched: Transport) -> None:
    assert watched.state("OMS") == ServiceState(Health.UNKNOWN)


async def test_a_success_is_ok_with_its_latency(watched: Transport, web: Web, told: Told) -> None:
    await dials(watched, web).get_json("x/")
    await until(lambda: told[-1][1].pending == 0)
    service, state = told[-1]
    assert (service, state.health, state.in_flight, state.last_error) == ("DIALS", Health.OK, 0, None)
    assert state.latency_ms is not None
    assert 0 < state.latency_ms < 10_000
    assert watched.state("OMS").health is Health.UNKNOWN


async def test_requests_under_way_are_counted(watched: Transport, web: Web, told: Told) -> None:
    gate = Gate()

    async def handler(_: Request) -> Response:
        await gate.passed()
        return json_reply({})

    web.handler = handler
    requests = [asyncio.create_task(dials(watched, web).get_json("x/")) for _ in range(6)]
    await until(lambda: bool(told) and (told[-1][1].in_flight, told[-1][1].pending) == (4, 6))
    gate.open()
    await asyncio.gather(*requests)
    await until(lambda: (told[-1][1].in_flight, told[-1][1].pending) == (0, 0))


async def test_an_answer_that_takes_long_is_slow_before_it_comes(web: Web, naps: Naps, told: Told) -> None:
    gate = Gate()

    async def handler(_: Request) -> Response:
        await gate.passed()
        return json_reply({})

    web.handler = handler
    options = TransportOptions(slow_after_s=0.1)
    async with Transport(options, sleep=naps, on_state=lambda *news: told.append(news)) as impatient:
        request = asyncio.create_task(dials(impatient, web).get_json("x/"))
        await until(lambda: bool(told) and told[-1][1].health is Health.SLOW)
        assert impatient.state("DIALS").in_flight == 1
        gate.open()
        await request
        assert impatient.state("DIALS").health is Health.SLOW
        # the next one is in time however long it takes
        impatient._board._slow_after_s = NEVER_S
        await dials(impatient, web).get_json("x/")
        assert impatient.state("DIALS").health is Health.OK


async def test_an_attempt_that_will_be_repeated_is_slow(naps: Naps, web: Web) -> None:
    seen: list[ServiceState] = []

    async def nap(_: Any) -> None:
        seen.append(transport.state("DIALS"))

    web.handler = lambda _: json_reply({}, 503 if len(web.requests) == 1 else 200)
    async with Transport(sleep=nap) as transport:
        await dials(transport, web).get_json("x/")
        assert transport.state("DIALS").health is Health.OK
        assert transport.state("DIALS").last_error is None
    (state,) = seen
    assert state.health is Health.SLOW
    assert state.last_error is not None
    assert state.last_error.status == 503


@pytest.mark.parametrize(
    ("status", "kind", "health"),
    [
        (500, ServiceDown, Health.DOWN),
        (401, NotLoggedIn, Health.NOT_LOGGED_IN),
        (404, NotFound, Health.OK),
        (206, BadReply, Health.UNUSABLE),
    ],
)
async def test_a_failure_is_told_by_its_kind(
    watched: Transport, web: Web, told: Told, status: int, kind: type[ServiceError], health: Any
) -> None:
    web.handler = lambda _: json_reply({}, status)
    with pytest.raises(kind) as caught:
        await dials(watched, web).get_json("x/")
    await until(lambda: told[-1][1].pending == 0)
    assert told[-1][1].health is health
    assert told[-1][1].last_error is caught.value


async def test_an_observer_that_fails_does_not_break_requests(web: Web) -> None:
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    def observer(*_: Any) -> None:
        message = "the status line is broken"
        raise ValueError(message)

    async with Transport(on_state=observer) as transport:
        assert await dials(transport, web).get_json("x/") == {}
        await until(lambda: bool(complaints))
    assert isinstance(complaints[0]["exception"], ValueError)
