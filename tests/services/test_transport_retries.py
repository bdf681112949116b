"""What is tried again, how often, after how long; and what never is."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from dqmtui.services.errors import BadRequest, NotFound, ServiceDown, ServiceError, WrongAddress
from dqmtui.services.replies import retry_after_s
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from tests.services.conftest import SECRET
from tests.services.web import closed_port, html_reply, json_reply, until, wire

if TYPE_CHECKING:
    from dqmtui.services.transport import Channel
    from tests.services.conftest import Naps
    from tests.services.web import Handler, Web


def in_turn(*replies: Any) -> Handler:
    """A handler that gives each reply once, the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_temporary_failure_is_tried_again_until_it_succeeds(
    web: Web, channel: Channel, naps: Naps, status: int
) -> None:
    web.handler = in_turn(html_reply("oops", status), html_reply("oops", status), json_reply({"ok": 1}))
    assert await channel.get_json("x/") == {"ok": 1}
    assert len(web.requests) == 3
    assert len(naps.waits) == 2


async def test_attempts_are_bounded_and_the_last_failure_is_told(
    web: Web, channel: Channel, naps: Naps
) -> None:
    web.handler = lambda _: html_reply("<h1>Server Error (500)</h1>", 500)
    with pytest.raises(ServiceDown) as caught:
        await channel.get_json("x/")
    assert len(web.requests) == 4
    assert caught.value.status == 500
    assert "Server Error (500)" in caught.value.excerpt
    assert "Try again" in caught.value.message


async def test_waits_grow_exponentially_with_jitter(web: Web, channel: Channel, naps: Naps) -> None:
    web.handler = lambda _: json_reply({}, 503)
    with pytest.raises(ServiceDown):
        await channel.get_json("x/")
    for wait, base in zip(naps.waits, (0.4, 0.8, 1.6), strict=True):
        assert base <= wait <= base + 0.4


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (404, NotFound),
        (405, BadRequest),
        (409, BadRequest),
        (422, BadRequest),
        (429, ServiceDown),
    ],
)
async def test_a_client_error_is_never_tried_again(
    web: Web, channel: Channel, naps: Naps, status: int, kind: type[ServiceError]
) -> None:
    web.handler = lambda _: json_reply({"detail": "no"}, status)
    with pytest.raises(kind) as caught:
        await channel.get_json("x/")
    assert (len(web.requests), naps.waits, caught.value.status) == (1, [], status)


async def test_a_web_page_that_says_not_found_is_a_wrong_address_and_not_an_answer(
    web: Web, channel: Channel, naps: Naps
) -> None:
    web.handler = lambda _: html_reply("<h1>Not Found</h1>", 404)
    with pytest.raises(WrongAddress, match="Check its address in the settings") as caught:
        await channel.get_json("x/")
    assert (len(web.requests), naps.waits, caught.value.status) == (1, [], 404)
    assert not isinstance(caught.value, NotFound)


@pytest.mark.parametrize("status", [501, 505, 507])
async def test_other_server_errors_are_final(web: Web, channel: Channel, status: int) -> None:
    web.handler = lambda _: json_reply({}, status)
    with pytest.raises(ServiceDown):
        await channel.get_json("x/")
    assert len(web.requests) == 1


async def test_retry_after_in_seconds_is_honoured(web: Web, channel: Channel, naps: Naps) -> None:
    web.handler = in_turn(json_reply({}, 503, retry_after="7"), json_reply([]))
    assert await channel.get_json("x/") == []
    assert naps.waits == [7.0]


async def test_retry_after_as_a_date_is_honoured(web: Web, channel: Channel, naps: Naps) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=20)
    web.handler = in_turn(
        json_reply({}, 503, retry_after=format_datetime(moment, usegmt=True)), json_reply([])
    )
    assert await channel.get_json("x/") == []
    assert len(naps.waits) == 1
    assert 10 < naps.waits[0] <= 20


async def test_a_retry_after_that_is_too_long_ends_the_request_at_once(
    web: Web, channel: Channel, naps: Naps
) -> None:
    web.handler = lambda _: json_reply({}, 503, retry_after="3600")
    with pytest.raises(ServiceDown) as caught:
        await channel.get_json("x/")
    assert (len(web.requests), naps.waits) == (1, [])
    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("seconds", "words"), [("45", "in 45 s"), ("300", "in 5 minutes"), ("7300", "in 3 hours")]
)
async def test_who_is_told_when_to_come_again_is_told_so(
    web: Web, channel: Channel, status: int, seconds: str, words: str
) -> None:
    web.handler = lambda _: json_reply({}, status, retry_after=seconds)
    with pytest.raises(ServiceDown, match=f"asks to be tried again {words}") as caught:
        await channel.get_json("x/")
    assert caught.value.retry_after_s == float(seconds)


async def test_a_failure_without_a_time_names_none(web: Web, channel: Channel) -> None:
    web.handler = lambda _: json_reply({}, 503)
    with pytest.raises(ServiceDown, match="Try again in some minutes") as caught:
        await channel.get_json("x/")
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", None),
        ("5", 5.0),
        (" 0 ", 0.0),
        ("soon", None),
        ("-5", None),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 50.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        ("²", None),
        ("9" * 400, 999999999.0),
    ],
)
def test_retry_after_is_read_as_seconds_from_now(header: Any, seconds: Any) -> None:
    assert retry_after_s(header, now=lambda: 10.0) == seconds


WHOLE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"ok":1}'
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"", id="connection closed without an answer"),
        pytest.param(JSON_HEAD + b'Content-Length: 100\r\n\r\n{"ok"', id="body shorter than announced"),
        pytest.param(
            JSON_HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"ok"\r\n', id="chunks without an end"
        ),
        pytest.param(JSON_HEAD + b'Connection: close\r\n\r\n{"ok"', id="JSON cut in the middle"),
        pytest.param(JSON_HEAD + b"Content-Length: 0\r\n\r\n", id="empty body"),
        pytest.param(
            JSON_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
            id="broken compression",
        ),
        pytest.param(b"what is this\r\n\r\n", id="no HTTP"),
    ],
)
async def test_a_body_that_is_cut_is_asked_for_again(transport: Transport, naps: Naps, broken: Any) -> None:
    async with wire(broken, WHOLE) as (url, asked, _):
        channel = transport.channel("DIALS", url, FixedToken(SECRET))
        assert await channel.get_json("x/") == {"ok": 1}
    assert len(asked) == 2
    assert len(naps.waits) == 1


async def test_a_body_that_is_always_cut_is_a_service_that_is_down(transport: Transport, naps: Naps) -> None:
    async with wire(JSON_HEAD + b'Connection: close\r\n\r\n{"ok"') as (url, asked, _):
        with pytest.raises(ServiceDown, match="cut short") as caught:
            await transport.channel("DIALS", url, FixedToken(SECRET)).get_json("x/")
    assert len(asked) == 4
    assert caught.value.excerpt == '{"ok"'


async def test_a_server_that_is_not_there_is_asked_once_more_within_a_second(
    transport: Transport, naps: Naps
) -> None:
    with closed_port() as port, pytest.raises(ServiceDown) as caught:
        await transport.channel("OMS", f"http://127.0.0.1:{port}", FixedToken(SECRET)).get_json("x/")
    assert len(naps.waits) == 1
    assert naps.waits[0] <= 1.0
    assert caught.value.status is None
    assert caught.value.service == "OMS"
    assert "cannot be reached" in caught.value.message


async def test_a_server_that_falls_silent_is_given_up_after_the_read_timeout(naps: Naps) -> None:
    options = TransportOptions(read_timeout_s=0.05, attempts=2)
    async with Transport(options, sleep=naps) as transport, wire(b"", hang_up=False) as silent:
        with pytest.raises(ServiceDown) as caught:
            await transport.channel("DIALS", silent.url, FixedToken(SECRET)).get_json("x/")
        # what has been sent is still there to be read
        await until(lambda: len(silent.asked) == 2)
    assert "did not answer within 0.05 s" in caught.value.message


async def test_an_answer_that_only_drips_is_given_up_after_the_attempt_timeout(naps: Naps) -> None:
    options = TransportOptions(attempt_timeout_s=0.2, attempts=2)
    head = JSON_HEAD + b"Content-Length: 1000000\r\n\r\n"
    async with Transport(options, sleep=naps) as transport, wire(head, hang_up=False, drip=b" ") as slow:
        with pytest.raises(ServiceDown) as caught:
            await transport.channel("DIALS", slow.url, FixedToken(SECRET)).get_json("x/")
        # the first one got as far as an answer; the second one may not even have found a connection in time
        await until(lambda: bool(slow.asked))
        assert len(naps.waits) == 1
    assert "did not finish its answer within 0.2 s" in caught.value.message


async def test_compressed_bodies_are_asked_for_and_read(web: Web, channel: Channel) -> None:
    body = gzip.compress(b'{"ok": 1}')
    web.handler = lambda _: Response(
        body, headers={"content-encoding": "gzip"}, media_type="application/json"
    )
    assert await channel.get_json("x/") == {"ok": 1}
    assert web.requests[0].headers["accept-encoding"] == "gzip"
    assert web.requests[0].headers["accept"] == "application/json"


async def test_errors_of_all_kinds_are_service_errors(web: Web, channel: Channel) -> None:
    for status in (400, 401, 403, 404, 500, 302, 206):
        web.handler = in_turn(html_reply("x", status))
        with pytest.raises(ServiceError):
            await channel.get_json("x/")
