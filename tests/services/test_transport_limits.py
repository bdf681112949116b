"""How many requests run at a time, what cancelling frees, how large a body may be."""

from __future__ import annotations

import asyncio
import gzip
import threading
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from dqmtui.services.errors import BadReply, ServiceDown
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from tests.services.conftest import SECRET
from tests.services.web import DEADLINE_S, Gate, Web, closed_port, json_reply, until, wire

if TYPE_CHECKING:
    from starlette.requests import Request

    from dqmtui.services.transport import Channel
    from tests.services.conftest import Naps
    from tests.services.web import Handler


def held_at(gate: Gate) -> Handler:
    async def handler(_: Request) -> Response:
        await gate.passed()
        return json_reply({"ok": 1})

    return handler


@pytest.mark.parametrize(("service", "limit"), [("DIALS", 4), ("OMS", 2)])
async def test_a_service_gets_no_more_requests_at_a_time_than_agreed(
    transport: Transport, web: Web, service: Any, limit: int
) -> None:
    gate = Gate()
    web.handler = held_at(gate)
    channel = transport.channel(service, web.url, FixedToken(SECRET))
    requests = [asyncio.create_task(channel.get_json(f"{n}/")) for n in range(12)]
    await until(lambda: web.in_flight == limit and transport.state(service).pending == 12)
    assert transport.state(service).in_flight == limit
    gate.open()
    assert await asyncio.gather(*requests) == [{"ok": 1}] * 12
    assert web.most_in_flight == limit


async def test_oms_through_dials_takes_slots_of_both(transport: Transport, web: Web) -> None:
    gate = Gate()
    web.handler = held_at(gate)
    tokens = FixedToken(SECRET)
    dials = transport.channel("DIALS", web.url, tokens)
    oms = transport.channel("OMS", web.url, tokens, through="DIALS")
    requests = [asyncio.create_task(oms.get_json("oms/")) for _ in range(6)]
    await until(lambda: web.in_flight == 2)
    requests += [asyncio.create_task(dials.get_json("dials/")) for _ in range(6)]
    await until(lambda: web.in_flight == 4)
    gate.open()
    await asyncio.gather(*requests)
    assert web.most_in_flight == 4
    assert web.paths[:4].count("/oms/") == 2


async def test_cancelling_frees_the_slot_and_the_connection_at_once(transport: Transport, web: Web) -> None:
    gate = Gate()
    web.handler = held_at(gate)
    channel = transport.channel("OMS", web.url, FixedToken(SECRET))
    first = [asyncio.create_task(channel.get_json("first/")) for _ in range(2)]
    await until(lambda: web.in_flight == 2)
    second = asyncio.create_task(channel.get_json("second/"))
    first[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await first[0]
    await until(lambda: web.left_early == 1)
    await until(lambda: "/second/" in web.paths)
    gate.open()
    assert await second == await first[1] == {"ok": 1}
    assert transport.state("OMS").in_flight == transport.state("OMS").pending == 0


async def test_no_slot_is_lost_however_requests_are_cancelled(transport: Transport, web: Web) -> None:
    channel = transport.channel("OMS", web.url, FixedToken(SECRET), through="DIALS")
    for turns in range(40):
        requests = [asyncio.create_task(channel.get_json(f"{n}/")) for n in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for request in requests[::2]:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)
    gate = Gate()
    web.handler = held_at(gate)
    requests = [asyncio.create_task(channel.get_json("x/")) for _ in range(5)]
    await until(lambda: web.in_flight == 2)
    gate.open()
    await asyncio.gather(*requests)
    assert transport.state("OMS").in_flight == transport.state("OMS").pending == 0


async def test_cancelling_one_that_waits_for_a_slot_leaves_no_trace(transport: Transport, web: Web) -> None:
    gate = Gate()
    web.handler = held_at(gate)
    channel = transport.channel("OMS", web.url, FixedToken(SECRET))
    running = [asyncio.create_task(channel.get_json("running/")) for _ in range(2)]
    await until(lambda: web.in_flight == 2)
    waiting = asyncio.create_task(channel.get_json("waiting/"))
    await until(lambda: transport.state("OMS").pending == 3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    await asyncio.gather(*running)
    assert "/waiting/" not in web.paths
    assert transport.state("OMS").pending == 0


async def test_cancelling_between_attempts_ends_the_request(web: Web) -> None:
    asleep = asyncio.Event()

    async def for_ever(_: Any) -> None:
        asleep.set()
        await asyncio.Event().wait()

    web.handler = lambda _: json_reply({}, 503)
    async with Transport(sleep=for_ever) as transport:
        request = asyncio.create_task(transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/"))
        await asyncio.wait_for(asleep.wait(), DEADLINE_S)
        assert transport.state("DIALS").in_flight == 0
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
    assert len(web.requests) == 1


async def test_a_slot_is_free_while_its_request_waits_for_the_next_attempt(web: Web) -> None:
    resume = asyncio.Event()

    async def nap(_: Any) -> None:
        await resume.wait()

    web.handler = lambda request: json_reply(
        {}, 503 if request.url.path == "/bad/" and len(web.requests) < 3 else 200
    )
    async with Transport(TransportOptions(oms_slots=1), sleep=nap) as transport:
        channel = transport.channel("OMS", web.url, FixedToken(SECRET))
        bad = asyncio.create_task(channel.get_json("bad/"))
        await until(lambda: len(web.requests) == 1)
        assert await channel.get_json("good/") == {}
        resume.set()
        await bad


async def test_connections_are_kept_and_used_again(transport: Transport, web: Web) -> None:
    channel = transport.channel("DIALS", web.url, FixedToken(SECRET))
    for _ in range(5):
        await channel.get_json("x/")
    assert len({request.client for request in web.requests}) == 1


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_body_above_the_limit_is_refused_and_not_asked_for_again(
    web: Web, naps: Naps, compressed: Any
) -> None:
    body = b"[" + b"1," * 50_000 + b"1]"
    headers = {"content-encoding": "gzip"} if compressed else {}
    sent = gzip.compress(body) if compressed else body
    web.handler = lambda _: Response(sent, headers=headers, media_type="application/json")
    async with Transport(TransportOptions(max_body_bytes=90_000), sleep=naps) as transport:
        with pytest.raises(BadReply) as caught:
            await transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/")
    assert "more than 0.09 MB" in caught.value.message
    assert (len(web.requests), naps.waits) == (1, [])


@pytest.mark.parametrize(("size", "in_loop"), [(65_536, True), (65_537, False)])
async def test_large_bodies_are_decoded_outside_of_the_event_loop(
    channel: Channel, web: Web, size: Any, in_loop: Any
) -> None:
    body = b'"' + b"x" * (size - 2) + b'"'
    web.handler = lambda _: Response(body, media_type="application/json")
    threads = []

    def decode(payload: Any) -> int:
        threads.append(threading.current_thread())
        return len(payload)

    reply = await channel.get("x/", decode=decode)
    assert (reply.value, reply.n_bytes) == (size - 2, size)
    assert (threads[0] is threading.current_thread()) == in_loop


async def test_a_transport_that_is_closed_takes_no_requests(web: Web) -> None:
    async with Transport() as transport:
        channel = transport.channel("DIALS", web.url, FixedToken(SECRET))
        assert await channel.get_json("x/") == {}
    with pytest.raises(RuntimeError, match="closed"):
        await channel.get_json("x/")


async def test_closing_ends_all_connections() -> None:
    async with wire(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", hang_up=False) as server:
        async with Transport() as transport:
            await transport.channel("DIALS", server.url, FixedToken(SECRET)).get_json("x/")
            assert len(server.open_now) == 1
        await until(lambda: not server.open_now)


async def test_query_values_arrive_as_they_were_sent(channel: Channel, web: Web) -> None:
    params = [("filter[path_name][EQ]", "a+b&c=d%20e f/ü[x]"), ("x", ""), ("me__regex", r"PXDisk_\+1")]
    await channel.get_json("x/", params)
    assert list(web.requests[0].query_params.multi_items()) == params


@pytest.mark.parametrize(
    "address", ["http://", "https://[::1", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "https://a\x7fb/"]
)
async def test_an_address_that_is_none_is_told_as_such(naps: Naps, address: str) -> None:
    async with Transport(sleep=naps) as transport:
        with pytest.raises(ServiceDown, match="Mend it in the settings"):
            await transport.channel("DIALS", address, FixedToken(SECRET)).get_json("x/")
    assert naps.waits == []


async def test_a_proxy_for_the_internet_is_not_asked_for_the_loopback(
    monkeypatch: pytest.MonkeyPatch, web: Web
) -> None:
    with Web() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with Transport() as transport:
            await transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/")
        assert (len(web.requests), len(proxy.requests)) == (1, 0)


@pytest.mark.parametrize("outside", ["", "dials.invalid"])
async def test_a_proxy_that_cannot_be_reached_is_named_and_not_the_network(
    monkeypatch: pytest.MonkeyPatch, naps: Naps, outside: str
) -> None:
    monkeypatch.setenv("NO_PROXY", outside)
    with closed_port() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@127.0.0.1:{proxy}")
        async with Transport(sleep=naps) as transport:
            with pytest.raises(ServiceDown) as caught:
                await transport.channel("DIALS", "https://dials.invalid/", FixedToken(SECRET)).get_json("x/")
    says = f"the web proxy 127.0.0.1:{proxy}. Check HTTPS_PROXY" if not outside else "to dials.invalid"
    assert says in caught.value.message
    assert SECRET not in caught.value.message


async def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://proxy:1")
    async with Transport() as transport:
        with pytest.raises(ServiceDown, match="ALL_PROXY"):
            await transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/")
