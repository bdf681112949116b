"""Nobody ever sees a token, whatever goes wrong and whatever a server makes of it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.responses import Response

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.services.client_login import ApplicationLogin
from dqmtui.services.device_login import DeviceLogin
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import BadReply, ServiceError
from dqmtui.services.keycloak import Application
from dqmtui.services.logins import KeptFresh, StoredLogin
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.tokens import Bearer, FixedToken, RenewedOnce
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from dqmtui.store.settings import Settings
from dqmtui.store.token_file import LoginFileError, TokenFile
from tests.services import rows
from tests.services.leaks import Leaks, listening
from tests.services.realm import CLIENT_SECRET, DEVICE_CODE, FIRST_ACCESS, FIRST_REFRESH, Realm, refusal
from tests.services.test_logins import Memory
from tests.services.test_transport_tls import certificate, tls_web
from tests.services.web import Web, html_reply, json_reply, wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.requests import Request

    from dqmtui.services.tokens import TokenSource
    from tests.services.conftest import Naps

__all__ = ["certificate", "tls_web"]

JWT = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXBheWxvYWQtbm9ib2R5LXNlZXM.c2VjcmV0LXNpZ25hdHVyZS1ub2JvZHktc2Vlcw"
OPAQUE = "an-opaque-token/with+odd=characters-that-nobody-sees"
OF_THE_REALM = (DEVICE_CODE, CLIENT_SECRET, FIRST_ACCESS, FIRST_REFRESH, "nobody-sees")


def _detail(token: str, status: int) -> Response:
    return json_reply({"detail": f"no {token}, Bearer {token}"}, status)


ECHOES: dict[str, Callable[[str], Response]] = {
    "an HTML page of a failure": lambda t: html_reply(f"<h1>{t}</h1> Authorization: Bearer {t}", 500),
    "a page in place of data": lambda t: html_reply(f"<html>{t}</html>"),
    "a login page": lambda t: html_reply(f"<html>{t}<input type='password'>log in to</html>"),
    **{f"detail {status}": partial(_detail, status=status) for status in (400, 401, 403, 404, 410, 429, 500)},
    "code": lambda t: json_reply({"detail": "no", "code": f"token_{t}"}, 403),
    "account": lambda t: json_reply({"detail": t, "code": "permission_denied"}, 403),
    "errors": lambda t: json_reply({"errors": [{"detail": t, "title": t}]}, 400),
    "a field": lambda t: json_reply({t: [f"bad {t}"]}, 400),
    "a key": lambda t: json_reply({t: t}),
    "a row with a key": lambda t: json_reply({"results": [{t: t}], "next": None, "data": [{t: t}]}),
    "a row with a value": lambda t: json_reply(rows.page([rows.run() | {"run_number": t}])),
    "a run of a certification JSON": lambda t: json_reply(
        {"name": "a", "url": "b", "content": {t: [[1, 2]]}}
    ),
    "the next token": lambda t: json_reply(rows.page([rows.run()], t)),
    "the next URL": lambda t: json_reply(rows.page([rows.run()]) | {"next": t}),
    "a redirect to a host": lambda t: Response(
        status_code=302, headers={"location": f"https://{t}.example/"}
    ),
    "a redirect to a login": lambda t: Response(status_code=302, headers={"location": f"/login?token={t}"}),
    "no JSON": lambda t: Response(f'{{"a": "{t}', media_type="application/json"),
    "headers": lambda t: json_reply([], 500, set_cookie=f"session={t}", www_authenticate=t, retry_after=t),
    "OMS without data": lambda t: json_reply({"message": f"Bearer {t}", "error": t}),
}


def clients(transport: Transport, tokens: TokenSource, url: str) -> list[Any]:
    return [
        DialsClient(transport, tokens, url),
        OmsClient(transport, tokens, ProxyRoute(url)),
        OmsClient(transport, tokens, DirectRoute(url)),
    ]


def questions(transport: Transport, tokens: TokenSource, url: str) -> list[Awaitable[Any]]:
    dials, proxied, direct = clients(transport, tokens, url)

    async def histograms() -> None:
        me = rows_me()
        async for _ in dials.histogram_pages("tracker", rows.DATASET_ID, rows.RUN, me, last_ls=9):
            pass

    return [
        dials.workspaces(),
        dials.runs("tracker"),
        dials.lumisections("tracker", rows.DATASET_ID, rows.RUN),
        dials.mes("tracker", regex="("),
        dials.run_mes("tracker", rows.DATASET_ID, rows.RUN),
        dials.certification_json("tracker", "a", "golden"),
        dials.ml_flags("tracker", rows.DATASET_ID, rows.RUN),
        dials.ping("tracker"),
        histograms(),
        proxied.runs(first=1, last=9),
        direct.lumisections(rows.RUN),
        direct.meta("runs"),
    ]


def rows_me() -> Any:
    from dqmtui.model.keys import MonitoringElement

    return MonitoringElement(3, "charge", 1)


async def failures(leaks: Leaks, asked: list[Awaitable[Any]]) -> int:
    """Ask everything, and take note of what fails; return how much did."""
    ended = await asyncio.gather(*asked, return_exceptions=True)
    errors = [error for error in ended if isinstance(error, BaseException)]
    for error in errors:
        assert isinstance(error, ServiceError)
        leaks.take(error)
    return len(errors)


@pytest.mark.parametrize("token", [JWT, OPAQUE], ids=["jwt", "opaque"])
@pytest.mark.parametrize("echo", ECHOES)
async def test_a_server_that_repeats_the_token_is_not_repeated(
    transport: Transport, web: Web, echo: str, token: str
) -> None:
    def handler(request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {token}"
        return ECHOES[echo](token)

    web.handler = handler
    with listening() as leaks:
        assert await failures(leaks, questions(transport, FixedToken(token), web.url)) > 0
        states = [transport.state(service) for service in ("DIALS", "OMS")]
        leaks.said += [repr(states), repr(transport), repr(vars(transport))]
    leaks.none_of([token])


@pytest.mark.parametrize("token", [JWT, OPAQUE], ids=["jwt", "opaque"])
async def test_failures_without_an_answer_do_not_show_the_token(
    tls_web: Web, web: Web, naps: Naps, token: str
) -> None:
    with listening() as leaks:
        options = TransportOptions(read_timeout_s=0.05, connect_timeout_s=0.5, attempts=2)
        async with Transport(options, sleep=naps) as transport, wire(b"", hang_up=False) as silent:
            async with wire(b"") as gone:
                pass
            urls = [silent.url, gone.url, tls_web.url, web.url.replace("http:", "https:"), "https://[::1"]
            async with wire(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + token.encode()) as cut:
                for url in [*urls, cut.url]:
                    channel = transport.channel("DIALS", url, FixedToken(token))
                    assert await failures(leaks, [channel.get_json("x/")]) == 1
    leaks.none_of([token])


async def test_a_token_never_reaches_another_host(transport: Transport, web: Web) -> None:
    with Web() as other:
        for status in (301, 302, 303, 307, 308):
            for location in (f"{other.url}/api/v1/run/", f"//127.0.0.1:{other.port}/login", other.url):
                away = Response(status_code=status, headers={"location": location})
                web.handler = partial(_always, away)
                with listening() as leaks:
                    assert await failures(leaks, questions(transport, FixedToken(OPAQUE), web.url)) > 0
                leaks.none_of([OPAQUE])
        assert other.requests == []
    web.handler = lambda _: json_reply(rows.page([rows.run()]) | {"next": "http://192.0.2.1/?next_token=a"})
    with pytest.raises(BadReply, match="again and again"):
        await DialsClient(transport, FixedToken(OPAQUE), web.url).runs("tracker")


def _always(answer: Response, _: Request) -> Response:
    return answer


REFUSALS: dict[str, Callable[[str], Any]] = {
    "refused": lambda s: refusal("invalid_grant", f"Token {s} is not active"),
    "expired": lambda s: refusal("expired_token", f"{s}"),
    "revoked": lambda s: refusal(f"invalid_{s}", f"Session {s}"),
    "unknown": lambda s: refusal("invalid_client", f"no {s}", 401),
    "forbidden": lambda s: refusal("access_denied", f"client_secret={s}", 403),
    "failing": lambda s: html_reply(f"<h1>{s}</h1>", 500),
    "no JSON": lambda s: Response(f'{{"access_token": "{s}', media_type="application/json"),
    "malformed": lambda s: json_reply({"access_token": s, "refresh_token": [s], "expires_in": s}),
    "keys": lambda s: json_reply({s: s, "device_code": s, "verification_uri_complete": s}),
    "no login service": lambda s: html_reply(s, 404),
    "a redirect": lambda s: Response(status_code=302, headers={"location": f"https://h/?code={s}"}),
}


@pytest.mark.parametrize("answer", REFUSALS)
async def test_a_login_service_that_repeats_secrets_is_not_repeated(web: Web, answer: str) -> None:
    realm = Realm(web)
    secrets = {
        "device": DEVICE_CODE,
        "device_code": DEVICE_CODE,
        "refresh_token": FIRST_REFRESH,
        "client_credentials": CLIENT_SECRET,
    }
    with listening() as leaks:
        async with realm.keycloak() as keycloak:
            device = await keycloak.new_device()
            realm.answers = {
                grant: [REFUSALS[answer](secret)] * 8 for grant, secret in secrets.items() if secret
            }
            stored = StoredLogin(keycloak, Memory(realm.first()), leaks.said.append, sleep=realm.naps)
            application = Application("app", CLIENT_SECRET)
            login = ApplicationLogin(keycloak, application)
            asked: list[Awaitable[Any]] = [
                keycloak.new_device(),
                keycloak.refreshed(realm.first()),
                keycloak.application_token(application),
                stored.renew(FIRST_ACCESS),
                login.token(),
            ]
            for error in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(error, BaseException):
                    leaks.take(error)
            try:
                await keycloak.device_tokens(device)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not show the code
                leaks.take(error)
            leaks.said += [
                repr(thing) for thing in (device, keycloak, stored, login, application, realm.first())
            ]
            leaks.said += [
                repr(state) async for state in _states(DeviceLogin(keycloak, sleep=realm.naps), leaks)
            ]
            await stored.aclose()
            await login.aclose()
    leaks.none_of([*OF_THE_REALM, *secrets.values()])


async def _states(login: DeviceLogin, leaks: Leaks) -> Any:
    try:
        async for state in login:
            yield state
    except ServiceError as error:
        leaks.take(error)


async def test_a_request_whose_login_fails_does_not_show_it(transport: Transport, web: Web) -> None:
    realm = Realm(web)
    answer = realm.answer

    def handler(request: Request) -> Response:
        if request.url.path.startswith("/auth/"):
            return answer(request)
        return json_reply({"detail": request.headers["authorization"], "code": "access_token_expired"}, 403)

    web.handler = handler
    with listening() as leaks:
        async with realm.keycloak() as keycloak:
            for reply in (refusal("invalid_grant", FIRST_REFRESH), html_reply(FIRST_REFRESH, 500), None):
                realm.answers["refresh_token"] = [reply] * 9 if reply is not None else []
                stored = StoredLogin(keycloak, Memory(realm.first()), sleep=realm.naps)
                assert await failures(leaks, questions(transport, stored, web.url)) > 0
                await stored.aclose()
    leaks.none_of(OF_THE_REALM)


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 1, "access_token": "%s", "refresh_token": "%s"',
        '{"version": 9, "access_token": "%s", "refresh_token": "%s"}',
        '{"version": 1, "access_token": ["%s"], "refresh_token": {"%s": 1}, "issued_at": 1, "expires_at": 2}',
        '["%s", "%s"]',
    ],
)
def test_a_damaged_token_file_does_not_show_what_is_in_it(tmp_path: Path, text: str) -> None:
    with listening() as leaks:
        file = TokenFile(tmp_path, "https://auth.example/auth/", leaks.said.append)
        file.write(LoginTokens(AccessToken("a-token", 1.0, 2.0), "another-token", None))
        file.path.write_text(text % (JWT, OPAQUE))
        assert file.read() is None
        file.path.mkdir()
        try:
            file.read()
        except LoginFileError as error:
            leaks.take(error)
        leaks.said.append(repr(file))
    leaks.none_of([JWT, OPAQUE])


def test_nothing_shows_a_secret_of_its_own_accord() -> None:
    tokens = LoginTokens(AccessToken(JWT, 1.0, 2.0), OPAQUE, None)
    settings = Settings(dials_token=JWT, client_secret=OPAQUE)
    things = [
        tokens,
        Bearer(JWT),
        FixedToken(JWT),
        RenewedOnce(FixedToken(OPAQUE)),
        KeptFresh(lambda _: asyncio.sleep(0, tokens.access)),
        Application("app", OPAQUE),
        settings,
        settings.shown("dials_token"),
        settings.shown("client_secret"),
        orjson.dumps({"origins": dict(settings.origins)}),
    ]
    leaks = Leaks([f"{thing!r} {thing}" for thing in things])
    leaks.none_of([JWT, OPAQUE])
