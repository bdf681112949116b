"""Asking every service a few times: whether it is there, how fast, and what it says to this login."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dqmtui.review.checkup_findings import Fault, Finding
from dqmtui.review.login import session_logins, transport_options
from dqmtui.services.client_login import NoApplication
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import Forbidden, NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.keycloak import Keycloak
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.oms_grammar import OmsQuery
from dqmtui.services.safe_text import safe_url
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport, is_encrypted_or_local

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport_options import TransportOptions
    from dqmtui.store.settings import Settings

    Ask = Callable[[], Awaitable[str]]

TIMES = 3
PATIENCE_S = 12.0
"""So long one service may take for all its questions."""

_NOBODY = "nobody"
"""What is sent in place of a token to see whether a service is there at all."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A service as it is asked; one that is not needed may be away."""

    name: str
    url: str
    ask: Ask
    ask_as_nobody: Ask | None = None
    is_needed: bool = True


async def look_at_services(settings: Settings) -> list[Finding]:
    """Ask DIALS, OMS over both routes and the login service side by side, with one attempt each."""
    options = replace(
        transport_options(settings),
        attempts=1,
        connect_timeout_s=4.0,
        read_timeout_s=6.0,
        attempt_timeout_s=8.0,
    )
    async with (
        session_logins(settings) as logins,
        Transport(options) as transport,
        Keycloak(settings.auth_url, options) as keycloak,
    ):
        direct = None if isinstance(logins.oms, NoApplication) else logins.oms
        places = [_dials(transport, logins.dials, settings), _login(keycloak, settings)]
        if settings.oms_route != "off":
            places[1:1] = [
                _proxy(transport, logins.dials, settings),
                _direct(transport, direct, settings),
            ]
        return list(await asyncio.gather(*(_look(place, options) for place in places)))


def _dials(transport: Transport, tokens: TokenSource, settings: Settings) -> _Place:
    def asked_by(login: TokenSource) -> Ask:
        client = DialsClient(transport, login, settings.dials_url)

        async def ask() -> str:
            return f"{len(await client.workspaces())} workspaces"

        return ask

    return _Place("DIALS", settings.dials_url, asked_by(tokens), asked_by(FixedToken(_NOBODY)))


def _oms(client: OmsClient) -> Ask:
    async def ask() -> str:
        found = await client.query(OmsQuery("eras").only("name"), 1)
        return f"{found.total if found.total is not None else 'some'} eras"

    return ask


def _proxy(transport: Transport, tokens: TokenSource, settings: Settings) -> _Place:
    route = ProxyRoute(settings.dials_url)
    return _Place(
        "OMS by DIALS",
        settings.dials_url,
        _oms(OmsClient(transport, tokens, route)),
        _oms(OmsClient(transport, FixedToken(_NOBODY), route)),
        is_needed=settings.oms_route == "proxy",
    )


def _direct(transport: Transport, tokens: TokenSource | None, settings: Settings) -> _Place:
    route = DirectRoute(settings.oms_url)
    as_nobody = _oms(OmsClient(transport, FixedToken(_NOBODY, service="OMS"), route))
    ask = as_nobody if tokens is None else _oms(OmsClient(transport, tokens, route))
    return _Place("OMS directly", settings.oms_url, ask, as_nobody, is_needed=settings.oms_route == "direct")


def _login(keycloak: Keycloak, settings: Settings) -> _Place:
    async def ask() -> str:
        # a code that nobody agrees to ends by itself
        await keycloak.new_device()
        return "gives codes to log in with"

    is_needed = not settings.dials_token or settings.oms_route == "direct"
    return _Place("login", settings.auth_url, ask, is_needed=is_needed)


async def _look(place: _Place, options: TransportOptions) -> Finding:
    times: list[float] = []
    said, refusal = "", None
    try:
        async with asyncio.timeout(PATIENCE_S):
            said = await _asked(place.ask, times)
    except ServiceError as error:
        refusal = error
    except TimeoutError:
        refusal = _silent(place)
    is_there = bool(times)
    if not is_there and isinstance(refusal, NotLoggedIn | Forbidden) and place.ask_as_nobody is not None:
        # without a token nothing was sent, or the login service said no: is the service itself there?
        away = await _why_away(place, place.ask_as_nobody, times)
        is_there = away is None
        refusal = away or refusal
    return _finding(place, options, times, said, refusal, is_there=is_there)


async def _asked(ask: Ask, times: list[float]) -> str:
    """Ask a few times and note how long each answer took; a refusal is an answer too, and the last one."""
    said = ""
    for _ in range(TIMES):
        start = time.perf_counter()
        try:
            said = await ask()
        except ServiceError as error:
            if error.status is not None and error.service != "login":
                times.append(time.perf_counter() - start)
            raise
        times.append(time.perf_counter() - start)
    return said


async def _why_away(place: _Place, ask: Ask, times: list[float]) -> ServiceError | None:
    """Return why a service is not there at all, None when it answers whatever it is."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await _asked(ask, times)
    except ServiceError as error:
        return error if error.status is None else None
    except TimeoutError:
        return _silent(place)
    return None


def _silent(place: _Place) -> ServiceError:
    message = f"{place.name} did not answer within {PATIENCE_S:g} s. Check your network and its address."
    return ServiceDown(message, service="DIALS")


def _finding(
    place: _Place,
    options: TransportOptions,
    times: list[float],
    said: str,
    refusal: ServiceError | None,
    *,
    is_there: bool,
) -> Finding:
    latency_ms = round(statistics.median(times) * 1e3, 1) if times else None
    tls = _tls(place.url, options)
    facts = {
        "url": safe_url(place.url),
        "reachable": is_there,
        "usable": refusal is None,
        "needed": place.is_needed,
        "latency_ms": latency_ms,
        "tls": tls,
        "answer": said or (refusal.message if refusal else ""),
        "status": refusal.status if refusal else 200,
    }
    host = urlsplit(place.url).netloc.rpartition("@")[2]
    where = f"{host}, {tls}"
    if refusal is None:
        return Finding("services", place.name, f"{latency_ms:.0f} ms, {said}, {where}", facts)
    speed = f"{latency_ms:.0f} ms, " if latency_ms is not None else ""
    if not place.is_needed:
        state = f"{speed}there, no login for it" if is_there else "not reachable"
        return Finding("services", place.name, f"{state}, {where}; not needed", facts)
    is_login = isinstance(refusal, NotLoggedIn | Forbidden)
    state = f"{speed}there, but refuses" if is_there else "not there"
    if is_there and not is_login:
        state = f"{speed}there, but fails"
    fault = Fault.LOGIN if is_login and is_there else Fault.SERVICE
    if not is_encrypted_or_local(place.url) and not options.insecure:
        fault = Fault.SETUP
    return Finding("services", place.name, f"{state}, {where}", facts, fault, refusal.message)


def _tls(url: str, options: TransportOptions) -> str:
    if urlsplit(url).scheme != "https":
        return "no TLS"
    return "TLS unchecked" if options.insecure else "TLS"
