"""How long a request may take, when the next one is worth an attempt, and what is written down about it."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import NotFound, ServiceDown
from dqmtui.services.http_engine import tls_context
from dqmtui.services.records import Health
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from tests.services import rows
from tests.services.conftest import NEVER_S, SECRET
from tests.services.web import closed_port, html_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Channel
    from tests.services.conftest import Naps
    from tests.services.web import Web

WHOLE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"ok":1}'


@pytest.fixture
def client(transport: Transport, web: Web) -> DialsClient:
    return DialsClient(transport, FixedToken(SECRET), web.url)


@pytest.fixture
def gone_url() -> Iterator[str]:
    """The address of a server that is not there."""
    with closed_port() as port:
        yield f"http://127.0.0.1:{port}"


async def test_while_a_server_is_known_to_be_gone_a_request_has_one_attempt(
    naps: Naps, gone_url: str
) -> None:
    async with Transport(TransportOptions(unreachable_memory_s=NEVER_S), sleep=naps) as transport:
        channel = transport.channel("DIALS", gone_url, FixedToken(SECRET))
        for _ in range(5):
            with pytest.raises(ServiceDown):
                await channel.get_json("x/")
    assert len(naps.waits) == 1


async def test_a_server_that_comes_back_before_the_second_attempt_is_used(naps: Naps) -> None:
    servers: list[asyncio.Server] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(WHOLE)
        writer.close()

    async def meanwhile(_: float) -> None:
        servers.append(await asyncio.start_server(serve, sock=place))

    with socket.socket() as place:
        # refused until somebody listens, and taken all the time
        place.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{place.getsockname()[1]}"
        async with Transport(TransportOptions(slow_after_s=NEVER_S), sleep=meanwhile) as transport:
            channel = transport.channel("DIALS", url, FixedToken(SECRET))
            assert await channel.get_json("x/") == {"ok": 1}
            assert transport.state("DIALS").health is Health.OK
        servers[0].close()


async def test_a_name_that_nobody_knows_is_asked_for_twice(transport: Transport, naps: Naps) -> None:
    with pytest.raises(ServiceDown, match="cannot be reached"):
        await transport.channel("DIALS", "https://no-such-host.invalid", FixedToken(SECRET)).get_json("x/")
    assert len(naps.waits) == 1


async def test_no_attempt_begins_after_the_window(web: Web, naps: Naps) -> None:
    web.handler = lambda _: json_reply({}, 503)
    # a hundred times the usual waits, beside which what an attempt itself takes is nothing
    options = TransportOptions(backoff_s=40.0, backoff_max_s=1000.0, retry_window_s=150.0)
    async with Transport(options, sleep=naps) as transport:
        with pytest.raises(ServiceDown):
            await transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/")
    # the third wait, of 160 s at least, would end after it
    assert len(naps.waits) == 2


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_reply(rows.page([])), True),
        (json_reply({"detail": "no", "code": "token_not_valid"}, 403), True),
        (json_reply({"detail": "Workspace not found"}, 404), True),
        (html_reply("", 500), False),
        (html_reply("", 503), False),
        (html_reply("<html>maintenance</html>"), False),
        (json_reply({"what": "is this"}), False),
    ],
)
async def test_a_ping_is_one_request_that_says_whether_dials_answers(
    client: DialsClient, transport: Transport, web: Web, naps: Naps, answer: Response, expected: Any
) -> None:
    web.handler = lambda _: answer
    before = transport.state("DIALS")
    assert await client.ping("tracker") is expected
    assert (len(web.requests), naps.waits) == (1, [])
    after = transport.state("DIALS")
    assert after.last_error is before.last_error
    assert after.health is (Health.OK if answer.status_code == 200 and expected else before.health)


async def test_a_ping_does_not_call_a_service_well_or_down_that_it_could_not_ask(
    transport: Transport, naps: Naps, gone_url: str
) -> None:
    client = DialsClient(transport, FixedToken(SECRET), gone_url)
    assert not await client.ping("tracker")
    assert naps.waits == []
    assert transport.state("DIALS").health is Health.UNKNOWN


async def test_no_ping_is_answered_from_a_cache_of_the_last_one(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply(rows.page([]))
    for _ in range(5):
        await client.ping("tracker")
    assert len({str(request.url) for request in web.requests}) == 5


def counted(n_rows: int, *, sent: list[int], listed: int | None, total: int | None) -> Any:
    """A DIALS with a run of `n_rows` LS, that lacks a row in as many first readings as `sent` names."""

    def handler(request: Request) -> Response:
        path = request.url.path
        if path.endswith("lumisection/count/"):
            return json_reply({"count": total}) if total is not None else json_reply({}, 404)
        if "/run/" in path:
            return (
                json_reply(rows.run() | {"ls_count": listed}) if listed is not None else json_reply({}, 404)
            )
        missing = sent.pop(0) if sent else 0
        return json_reply(rows.page([rows.lumisection(ls) for ls in range(1, n_rows + 1) if ls != missing]))

    return handler


async def ls_of(client: DialsClient) -> list[int]:
    found: list[int] = (await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)).ls.tolist()
    return found


@pytest.mark.parametrize("sent", [[], [4], [4, 7], [9, 4]])
async def test_an_ls_left_out_of_a_list_is_asked_for_again(
    client: DialsClient, web: Web, sent: list[int]
) -> None:
    web.handler = counted(9, sent=sent, listed=9, total=9)
    assert await ls_of(client) == [*range(1, 10)]


async def test_ls_that_two_counts_know_of_and_no_list_has_are_a_bad_reply(
    client: DialsClient, web: Web
) -> None:
    web.handler = counted(9, sent=[4] * 9, listed=9, total=9)
    with pytest.raises(Exception, match="sent 8 of 9 rows"):
        await ls_of(client)


@pytest.mark.parametrize(("listed", "total"), [(10, 9), (10, 5_000_000), (10, None), (None, None), (5, 9)])
async def test_a_count_that_stands_alone_is_not_believed_against_the_list(
    client: DialsClient, web: Web, listed: int | None, total: int | None
) -> None:
    web.handler = counted(9, sent=[], listed=listed, total=total)
    assert await ls_of(client) == [*range(1, 10)]
    web.requests.clear()
    assert await ls_of(client) == [*range(1, 10)]
    assert sum(request.url.path.endswith("/lumisection/") for request in web.requests) == 1


async def test_a_list_whose_count_fails_is_not_held_up(client: DialsClient, web: Web, naps: Naps) -> None:
    good = counted(9, sent=[], listed=9, total=9)
    web.handler = lambda request: html_reply("", 500) if "/run/" in request.url.path else good(request)
    assert await ls_of(client) == [*range(1, 10)]
    assert naps.waits == []


@pytest.mark.parametrize("insecure", [False, True])
async def test_the_state_says_whether_servers_are_checked(web: Web, *, insecure: bool) -> None:
    options = TransportOptions(insecure=insecure)
    async with Transport(options) as transport:
        channel = transport.channel("DIALS", web.url, FixedToken(SECRET))
        assert transport.state("DIALS").insecure is insecure
        await channel.get_json("x/")
        assert transport.state("DIALS").insecure is insecure
    context = tls_context(options)
    assert (context.verify_mode is ssl.CERT_NONE) is insecure
    assert context.check_hostname is not insecure


def test_servers_are_checked_unless_that_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONHTTPSVERIFY", "CURL_INSECURE", "NODE_TLS_REJECT_UNAUTHORIZED"):
        monkeypatch.setenv(name, "0")
    context = tls_context(TransportOptions())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_requests_retries_and_failures_are_written_down(
    channel: Channel, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "dqmtui")
    web.handler = lambda _: json_reply({}, 503 if len(web.requests) < 2 else 404)
    with pytest.raises(NotFound):
        await channel.get_json("x/", [("run_number", "5")])
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    levels, messages = zip(*said, strict=True)
    assert levels == ("DEBUG", "WARNING", "DEBUG", "WARNING")
    assert messages[0].startswith(f"GET {web.url}/x/?run_number=5: status 503, ")
    assert messages[1].startswith("trying again in ")
    assert "ServiceDown from DIALS; status 503" in messages[1]
    assert "NotFound from DIALS; status 404" in messages[3]
