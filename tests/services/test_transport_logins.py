"""Tokens: who gets them, how they are renewed, and that nobody ever sees them."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services.errors import BadReply, Forbidden, NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.records import Health
from dqmtui.services.tokens import FixedToken, NoToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from tests.services.conftest import SECRET
from tests.services.web import Gate, Web, html_reply, json_reply, until, wire

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Channel
    from tests.services.conftest import Naps
    from tests.services.web import Handler

EXPIRED = {"detail": "Given token not valid", "code": "access_token_expired"}
LOGIN_PAGE = '<html><form id="kc-form-login"><input type="password"></form></html>'


class Renewable:
    """A login whose tokens are good one after the other."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        self.tokens = [f"token-{n}-of-the-login" for n in range(9)]
        self.renewals = 0
        self.gate = gate

    async def token(self) -> str:
        return self.tokens[self.renewals]

    async def renew(self, stale: Any) -> str:
        assert stale == self.tokens[self.renewals]
        if self.gate is not None:
            await self.gate.wait()
        self.renewals += 1
        return self.tokens[self.renewals]


def accepting(token: str, refusal: Any = None, status: int = 403) -> Handler:
    """A handler that takes one token and refuses all others."""

    def handler(request: Request) -> Response:
        if request.headers["authorization"] == f"Bearer {token}":
            return json_reply({"ok": 1})
        return json_reply(EXPIRED if refusal is None else refusal, status)

    return handler


async def test_the_token_is_sent_as_bearer(web: Web, channel: Channel) -> None:
    await channel.get_json("x/")
    assert web.requests[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_the_token_is_taken_when_the_turn_of_a_request_has_come(transport: Transport, web: Web) -> None:
    gate, login = Gate(), Renewable()

    async def held(_: Request) -> Response:
        await gate.passed()
        return json_reply({"ok": 1})

    web.handler = held
    channel = transport.channel("OMS", web.url, login)
    requests = [asyncio.create_task(channel.get_json(f"{n}/")) for n in range(3)]
    await until(lambda: web.in_flight == 2 and transport.state("OMS").pending == 3)
    # while the third waits, the token runs out and is renewed by somebody else
    await login.renew(login.tokens[0])
    gate.open()
    await asyncio.gather(*requests)
    sent = sorted(request.headers["authorization"] for request in web.requests)
    assert sent == [f"Bearer {login.tokens[n]}" for n in (0, 0, 1)]


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (EXPIRED, 403),
        ({"detail": "no", "code": "token_not_valid"}, 403),
        ({"detail": "no", "code": "authorization_not_found"}, 403),
        ({"detail": "no"}, 403),
        ({}, 401),
    ],
)
async def test_a_refused_token_is_renewed_once_and_the_request_repeated(
    transport: Transport, web: Web, naps: Naps, refusal: Any, status: int
) -> None:
    login = Renewable()
    web.handler = accepting(login.tokens[1], refusal, status)
    assert await transport.channel("DIALS", web.url, login).get_json("x/") == {"ok": 1}
    assert (login.renewals, len(web.requests), naps.waits) == (1, 2, [])


@pytest.mark.parametrize(
    ("refusal", "status", "kind"),
    [(EXPIRED, 403, NotLoggedIn), ({}, 401, NotLoggedIn), ({"detail": "no"}, 403, Forbidden)],
)
async def test_a_renewed_token_that_is_refused_too_ends_the_request(
    transport: Transport, web: Web, refusal: Any, status: int, kind: type[ServiceError]
) -> None:
    login = Renewable()
    web.handler = lambda _: json_reply(refusal, status)
    with pytest.raises(kind) as caught:
        await transport.channel("DIALS", web.url, login).get_json("x/")
    assert (login.renewals, len(web.requests), caught.value.status) == (1, 2, status)


async def test_a_refusal_of_the_account_does_not_renew_the_token(transport: Transport, web: Web) -> None:
    login = Renewable()
    web.handler = lambda _: json_reply({"detail": "Not yours", "code": "permission_denied"}, 403)
    with pytest.raises(Forbidden, match="Not yours"):
        await transport.channel("DIALS", web.url, login).get_json("x/")
    assert (login.renewals, len(web.requests)) == (0, 1)


async def test_a_fixed_token_that_is_refused_says_where_it_came_from(transport: Transport, web: Web) -> None:
    web.handler = lambda _: json_reply(EXPIRED, 403)
    tokens = FixedToken(SECRET, origin="DQMTUI_DIALS_TOKEN")
    with pytest.raises(NotLoggedIn, match="DQMTUI_DIALS_TOKEN") as caught:
        await transport.channel("DIALS", web.url, tokens).get_json("x/")
    assert len(web.requests) == 1
    assert caught.value.status == 403
    assert "access_token_expired" in caught.value.excerpt


async def test_a_fixed_token_that_lacks_permission_is_forbidden_rather_than_not_logged_in(
    channel: Channel, web: Web
) -> None:
    web.handler = lambda _: json_reply({"detail": "You do not have permission"}, 403)
    with pytest.raises(Forbidden):
        await channel.get_json("x/")


async def test_one_renewal_serves_all_requests_that_were_refused(transport: Transport, web: Web) -> None:
    gate, login_gate = Gate(), asyncio.Event()
    login = Renewable(login_gate)

    async def handler(request: Request) -> Response:
        if request.headers["authorization"] != f"Bearer {login.tokens[1]}":
            await gate.passed()
            return json_reply(EXPIRED, 403)
        return json_reply({"ok": 1})

    web.handler = handler
    dials = transport.channel("DIALS", web.url, login)
    oms = transport.channel("OMS", web.url, login, through="DIALS")
    requests = [asyncio.create_task(one.get_json("x/")) for one in (dials, dials, dials, oms)]
    await until(lambda: web.in_flight == 4)
    gate.open()
    await until(lambda: transport.state("DIALS").in_flight + transport.state("OMS").in_flight == 0)
    requests[0].cancel()
    await asyncio.sleep(0)
    login_gate.set()
    with pytest.raises(asyncio.CancelledError):
        await requests[0]
    assert await asyncio.gather(*requests[1:]) == [{"ok": 1}] * 3
    assert login.renewals == 1


async def test_a_request_refused_after_the_renewal_of_another_takes_its_token(
    transport: Transport, web: Web
) -> None:
    login = Renewable()
    gate = Gate()

    async def handler(request: Request) -> Response:
        if request.headers["authorization"] == f"Bearer {login.tokens[1]}":
            return json_reply({"ok": 1})
        if request.url.path == "/late/":
            await gate.passed()
        return json_reply(EXPIRED, 403)

    web.handler = handler
    channel = transport.channel("DIALS", web.url, login)
    late = asyncio.create_task(channel.get_json("late/"))
    await until(lambda: web.in_flight == 1)
    await channel.get_json("early/")
    gate.open()
    assert await late == {"ok": 1}
    assert login.renewals == 1


async def test_nothing_is_sent_without_a_login(transport: Transport, web: Web) -> None:
    with pytest.raises(NotLoggedIn, match="dqmtui login"):
        await transport.channel("DIALS", web.url, NoToken()).get_json("x/")
    assert web.requests == []


@pytest.mark.parametrize("token", ["", "with space", "new\nline", "tökén", "\x00"])
async def test_a_token_that_no_header_can_carry_is_not_sent(
    transport: Transport, web: Web, token: str
) -> None:
    with pytest.raises(NotLoggedIn) as caught:
        await transport.channel("DIALS", web.url, FixedToken(token)).get_json("x/")
    assert web.requests == []
    assert not token or token not in str(caught.value)


async def test_a_login_page_in_place_of_data_means_not_logged_in(
    channel: Channel, web: Web, naps: Naps
) -> None:
    web.handler = lambda _: html_reply(LOGIN_PAGE)
    with pytest.raises(NotLoggedIn):
        await channel.get_json("x/")
    # once more, as a service that is not well shows it to a good token, too
    assert (len(web.requests), len(naps.waits)) == (2, 1)


@pytest.mark.parametrize(
    "page", [html_reply(LOGIN_PAGE), json_reply({}, 302, location="https://auth.example/auth/realms/cern")]
)
async def test_a_login_page_that_comes_once_does_not_end_a_login(
    channel: Channel, web: Web, page: Response
) -> None:
    web.handler = lambda _: page if len(web.requests) == 1 else json_reply({"ok": 1})
    assert await channel.get_json("x/") == {"ok": 1}


async def test_a_plain_refusal_is_believed_at_once(channel: Channel, web: Web, naps: Naps) -> None:
    web.handler = lambda _: json_reply(EXPIRED, 403)
    with pytest.raises(NotLoggedIn):
        await channel.get_json("x/")
    assert (len(web.requests), naps.waits) == (1, [])


async def test_any_other_page_in_place_of_data_is_a_service_that_is_down(
    channel: Channel, transport: Transport, web: Web, naps: Naps
) -> None:
    web.handler = lambda _: html_reply("<html><body>Scheduled maintenance</body></html>")
    with pytest.raises(ServiceDown, match=r"web page.* check the address in the settings"):
        await channel.get_json("x/")
    assert (len(web.requests), len(naps.waits)) == (2, 1)
    assert transport.state("DIALS").health is Health.DOWN


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_who_is_sent_elsewhere_for_now_may_be_behind_a_portal(
    channel: Channel, web: Web, status: int
) -> None:
    web.handler = lambda _: json_reply({}, status, location="http://portal.example/welcome")
    with pytest.raises(ServiceDown, match=r"redirects to http://portal\.example"):
        await channel.get_json("x/")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_to_the_trailing_slash_is_followed_on_the_same_host(
    channel: Channel, web: Web, status: int
) -> None:
    def handler(request: Request) -> Response:
        path = request.url.path
        if path.endswith("/"):
            return json_reply({"ok": 1})
        # The host of the proxy in front may be called by another scheme and port.
        return json_reply({}, status, location=f"https://127.0.0.1:1{path}/?{request.url.query}")

    web.handler = handler
    assert await channel.get_json("x", [("a", "1")]) == {"ok": 1}
    assert [str(request.url).removeprefix(web.url) for request in web.requests] == ["/x?a=1", "/x/?a=1"]


@pytest.mark.parametrize("path", ["/x/", "/x", "/elsewhere/", "/auth/login"])
async def test_a_redirect_to_another_host_is_never_followed(channel: Channel, web: Web, path: str) -> None:
    with Web() as other:
        web.handler = lambda _: json_reply({}, 302, location=f"http://localhost:{other.port}{path}")
        with pytest.raises(ServiceError) as caught:
            await channel.get_json("x")
        assert other.requests == []
    assert len(web.requests) == (2 if "login" in path else 1)
    assert SECRET not in str(caught.value)


async def test_a_redirect_to_the_login_means_not_logged_in(channel: Channel, web: Web) -> None:
    web.handler = lambda _: json_reply(
        {}, 302, location="https://auth.example/auth/realms/cern/openid-connect"
    )
    with pytest.raises(NotLoggedIn):
        await channel.get_json("x/")


async def test_a_redirect_to_https_is_no_login_though_its_path_sounds_like_one(
    channel: Channel, web: Web
) -> None:
    web.handler = lambda _: json_reply({}, 301, location="https://127.0.0.1/auth/login/")
    with pytest.raises(BadReply, match=r"redirects to https://127\.0\.0\.1"):
        await channel.get_json("auth/login/")


@pytest.mark.parametrize(
    "location", ["", "/x/y/", "https://[", "http://elsewhere.example/x/", "\x1b]0;t\x07"]
)
async def test_redirects_that_lead_nowhere_are_bad_replies(channel: Channel, web: Web, location: str) -> None:
    web.handler = lambda _: json_reply({}, 301, location=location.replace("\x1b", "").replace("\x07", ""))
    with pytest.raises(BadReply):
        await channel.get_json("x/")
    assert len(web.requests) == 1


async def test_a_server_that_redirects_to_slashes_for_ever_is_a_bad_reply(channel: Channel, web: Web) -> None:
    web.handler = lambda request: json_reply({}, 301, location=f"{request.url.path}/")
    with pytest.raises(BadReply):
        await channel.get_json("x")
    assert len(web.requests) == 2


async def test_a_token_does_not_go_over_an_unencrypted_connection(naps: Naps) -> None:
    async with Transport(sleep=naps) as transport:
        with pytest.raises(ServiceDown, match="https://"):
            await transport.channel("OMS", "http://oms.invalid/", FixedToken(SECRET)).get_json("x/")
    async with Transport(TransportOptions(insecure=True, attempts=1), sleep=naps) as transport:
        with pytest.raises(ServiceDown, match="cannot be reached"):
            await transport.channel("OMS", "http://oms.invalid/", FixedToken(SECRET)).get_json("x/")


async def test_cookies_are_not_kept(channel: Channel, web: Web) -> None:
    web.handler = lambda _: json_reply({}, set_cookie="session=1; Path=/")
    await channel.get_json("x/")
    await channel.get_json("x/")
    assert "cookie" not in web.requests[1].headers


def echo(request: Request) -> dict[str, str]:
    text = request.headers["authorization"]
    return {"detail": f"refused {text} and {text.removeprefix('Bearer ')}", "access_token": text}


async def failure_of(request: Awaitable[object]) -> ServiceError:
    """The error of a request; the frames of its traceback begin here, where no token is known."""
    with pytest.raises(ServiceError) as caught:
        await request
    return caught.value


def trace_of(error: Any) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("token", [SECRET, "plain-opaque-token"])
async def test_no_token_stands_in_errors_logs_or_tracebacks(
    transport: Transport,
    web: Web,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    status: int,
    token: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    web.handler = lambda request: json_reply(echo(request), status, location=f"/?{token}")
    tokens = FixedToken(token)
    channel = transport.channel("DIALS", web.url, tokens)
    said = f"Bearer {token}"

    def refuse(_: Any) -> None:
        raise NotLoggedIn(said, service="DIALS", excerpt=said)

    error = await failure_of(channel.get("x/", decode=refuse))
    shown = [error.message, error.url, error.excerpt, error.details(), repr(error), repr(vars(error))]
    shown += [trace_of(error), repr((tokens, channel, transport)), caplog.text, *capfd.readouterr()]
    for text in shown:
        assert token not in text


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
async def test_no_token_stands_in_the_traceback_of_a_connection_that_breaks(
    transport: Transport, answer: Any
) -> None:
    async with wire(answer) as (url, asked, _):
        error = await failure_of(transport.channel("DIALS", url, FixedToken(SECRET)).get_json("x/"))
    assert SECRET in asked[0].decode()
    assert isinstance(error, ServiceDown)
    assert SECRET not in trace_of(error)


async def test_no_token_stands_in_the_traceback_of_a_renewal_that_fails(
    transport: Transport, web: Web
) -> None:
    class Broken(Renewable):
        async def renew(self, _: Any) -> str:
            raise ServiceDown("The login server is down.", service="login")

    web.handler = lambda _: json_reply(EXPIRED, 403)
    error = await failure_of(transport.channel("DIALS", web.url, Broken()).get_json("x/"))
    assert error.service == "login"
    assert "token-0-of-the-login" not in trace_of(error)


def test_token_sources_hide_their_token() -> None:
    assert SECRET not in repr(FixedToken(SECRET))
    assert "NoToken" in repr(NoToken())
