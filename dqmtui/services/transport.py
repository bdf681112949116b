"""The transport that carries every request: slots, retries, logins, decoding off the event loop.

Importing this module does not import httpx: that happens in a thread at the first request, or at ``warm_up``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from dqmtui.model.secrets import safe_url
from dqmtui.services.errors import (
    BadReply,
    Forbidden,
    Incomplete,
    NotLoggedIn,
    ServiceDown,
    ServiceError,
    bare,
)
from dqmtui.services.login_kinds import login_kind
from dqmtui.services.replies import Asked, Pace, Reaction, Reply, SetupError, TryAgain
from dqmtui.services.service_state import StateBoard
from dqmtui.services.tokens import Bearer, RenewedOnce
from dqmtui.services.transport_options import TransportOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from dqmtui.services.errors import ServiceName
    from dqmtui.services.http_engine import HttpEngine
    from dqmtui.services.records import ServiceState
    from dqmtui.services.replies import RawReply, Verdict
    from dqmtui.services.tokens import TokenSource

    Params = Sequence[tuple[str, str]]

T = TypeVar("T")

log = logging.getLogger("dqmtui.services.transport")

_FAILS = 500
_REFUSALS = frozenset({401, 403})
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Channel:
    """One service at one address with one login, as the clients use it.

    ``through`` names the service whose proxy carries the requests: they then take a slot of both, and
    the login is that service's.
    """

    transport: Transport
    service: ServiceName
    base_url: str
    login: RenewedOnce
    through: ServiceName | None = None

    @property
    def called(self) -> str:
        """What the service is called in messages."""
        return f"{self.service} (through {self.through})" if self.through else self.service

    async def get(
        self,
        path: str,
        params: Params = (),
        *,
        headers: Mapping[str, str] | None = None,
        decode: Callable[[object], T],
        attempts: int | None = None,
        insist: bool = True,
        told: bool = True,
    ) -> Reply[T]:
        """Return ``decode`` of the JSON at a path below the base URL; raise ServiceError.

        ``decode`` must be pure: it may run in a thread. It raises Malformed for what it cannot use.
        Who does not ``insist`` asks in order to learn whether it fails: a status 500 is not tried again and
        says nothing about the state of the service. A failure that is not ``told`` never does.
        """
        query = urlencode(params, quote_via=quote, safe="")
        url = f"{self.base_url.rstrip('/')}/{path}{'?' if query else ''}{query}"
        request = _Request(self, url, headers or {}, attempts, insist, told)
        return await self.transport._carry(request, decode)  # noqa: SLF001 - two halves of one module

    async def get_json(
        self, path: str, params: Params = (), *, headers: Mapping[str, str] | None = None
    ) -> object:
        """Return the JSON at a path as it came; raise ServiceError."""
        return (await self.get(path, params, headers=headers, decode=_as_it_came)).value

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Return the result of pure work that would hold up the event loop."""
        return await self.transport._in_thread(work)  # noqa: SLF001 - as above

    def failed(self, error: ServiceError) -> None:
        """Let a failure count for the state of the service after all."""
        self.transport._board.failed(self.service, error)  # noqa: SLF001 - as above

    async def pause(self) -> None:
        """Wait as long as before a second attempt."""
        await self.transport._sleep(self.transport.options.backoff_s)  # noqa: SLF001 - as above

    def bad_reply(self, path: str, message: str) -> BadReply:
        """Return the error for replies that are well-formed one by one but cannot be right together."""
        text = f"{self.called} {message}. Nothing of it was used."
        return BadReply(text, service=self.service, url=f"{self.base_url.rstrip('/')}/{path}")

    def incomplete(self, path: str, message: str, came: Sequence[object]) -> Incomplete:
        """Return the error for an answer of which only a part ``came``, and let it count for the state."""
        url = f"{self.base_url.rstrip('/')}/{path}"
        error = Incomplete(f"{self.called} {message}.", service=self.service, came=came, url=url)
        log.warning("%s", error.details())
        self.failed(error)
        return error


@dataclass(slots=True)
class _Request:
    """One request over all its attempts."""

    channel: Channel
    url: str
    headers: Mapping[str, str]
    attempts: int | None
    insist: bool
    told: bool
    renewed: bool = False
    doubted: ServiceError | None = None
    slash_added: bool = False
    sent_at: float | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first attempt was sent."""
        return 0.0 if self.sent_at is None else time.perf_counter() - self.sent_at

    @property
    def server(self) -> str:
        """The host and port that are asked."""
        return urlsplit(self.url).netloc


class Transport:
    """Carries requests to all services over one pool of connections; an async context manager.

    ``on_state`` is told the state of a service whenever it changes. ``sleep`` waits between attempts.
    """

    def __init__(
        self,
        options: TransportOptions | None = None,
        *,
        on_state: Callable[[ServiceName, ServiceState], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.options = options or TransportOptions()
        self._sleep = sleep
        self._board = StateBoard(on_state, self.options.slow_after_s, insecure=self.options.insecure)
        self._unreachable_until: dict[str, float] = {}
        self._slots: dict[ServiceName, asyncio.Semaphore] = {
            "DIALS": asyncio.Semaphore(self.options.dials_slots),
            "OMS": asyncio.Semaphore(self.options.oms_slots),
        }
        self._logins: dict[int, tuple[TokenSource, RenewedOnce]] = {}
        self._engine: HttpEngine | None = None
        self._engine_lock = asyncio.Lock()
        self._closed = False
        # One thread: decoding holds the interpreter lock, a second thread would only add to the loop's waits.
        self._decoding = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dqmtui-decode")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; requests still under way fail, so cancel them first."""
        self._closed = True
        for _, login in self._logins.values():
            await login.aclose()
        async with self._engine_lock:
            if self._engine is not None:
                await self._engine.aclose()
        self._decoding.shutdown(wait=False, cancel_futures=True)

    async def warm_up(self) -> None:
        """Load the HTTP library ahead of the first request; raise ServiceDown when the options forbid it."""
        await self._ready_engine("DIALS")

    def state(self, service: ServiceName) -> ServiceState:
        """Return how a service is doing."""
        return self._board.state(service)

    def channel(
        self, service: ServiceName, base_url: str, tokens: TokenSource, *, through: ServiceName | None = None
    ) -> Channel:
        """Return the way to a service; channels with one token source renew it together."""
        _, login = self._logins.setdefault(id(tokens), (tokens, RenewedOnce(tokens)))
        return Channel(self, service, base_url, login, through)

    async def _carry(self, request: _Request, decode: Callable[[object], T]) -> Reply[T]:
        service = request.channel.service
        if not _is_address(request.url):
            message = (
                f"The address of {request.channel.called} is no URL of a server. Mend it in the settings."
            )
            raise ServiceDown(message, service=service, url=request.url)
        engine = await self._ready_engine(service)

        def before_retry(failed: TryAgain, wait_s: float) -> None:
            if request.told:
                self._board.stumbled(service, failed.error)
            log.warning("trying again in %.1f s: %s", wait_s, failed.error.details())

        attempts = request.attempts or self.options.attempts
        if time.monotonic() < self._unreachable_until.get(request.server, 0.0):
            attempts = 1
        policy = engine.retry_policy(attempts, self._sleep, before_retry, lambda: request.elapsed_s)
        try:
            with self._board.pending(service):
                reply: Reply[T] = await policy(self._attempt, engine, request, decode)
        except TryAgain as last:
            failure = bare(last.error)
            if last.pace is Pace.UNREACHABLE:
                until = time.monotonic() + self.options.unreachable_memory_s
                self._unreachable_until[request.server] = until
        except ServiceError as error:
            failure = bare(error)
        else:
            self._unreachable_until.pop(request.server, None)
            return reply
        told = request.told and (request.insist or failure.status != _FAILS)
        if told:
            self._board.failed(service, failure)
        level = logging.WARNING if told else logging.INFO
        log.log(level, "gave up after %.1f s: %s", request.elapsed_s, failure.details())
        raise failure

    async def _attempt(
        self, engine: HttpEngine, request: _Request, decode: Callable[[object], T]
    ) -> Reply[T]:
        """Return the reply of one attempt.

        At most once per request the login is renewed, a slash added, and a login page doubted where there is
        no other token: a service that is not well shows one to a good token, too.
        """
        channel = request.channel
        while True:
            asked, raw, latency_s = await self._exchange(engine, request)
            verdict = await self._digest(engine, raw, asked, decode)
            if isinstance(verdict, Reply):
                self._board.answered(channel.service, latency_s)
                return verdict
            if verdict.reaction is Reaction.RETRY and (request.insist or raw.status != _FAILS):
                raise TryAgain(verdict.error, verdict.retry_after_s, verdict.pace)
            if verdict.reaction is Reaction.ADD_SLASH and not request.slash_added:
                request.slash_added = True
                request.url = _with_slash(request.url)
            elif verdict.reaction is Reaction.RENEW and not request.renewed:
                request.renewed = True
                failure = await self._renewed(channel, asked.bearer, verdict.error)
                if failure is None:
                    continue
                if raw.status in _REFUSALS:
                    raise failure
                request.doubted = failure
                log.warning("asking once more with the same token: %s", failure.details())
                await self._sleep(self.options.brief_wait_s)
            elif verdict.reaction is Reaction.RENEW and request.doubted is not None:
                raise request.doubted
            else:
                raise verdict.error

    async def _exchange(self, engine: HttpEngine, request: _Request) -> tuple[Asked, RawReply, float]:
        channel = request.channel
        async with AsyncExitStack() as slots:
            # Always the service before its carrier: two orders could lock each other out.
            await slots.enter_async_context(self._slots[channel.service])
            if channel.through is not None:
                await slots.enter_async_context(self._slots[channel.through])
            # not before: a token may run out while a request waits for its turn
            bearer = await self._bearer(channel, request.url)
            asked = Asked(
                channel.service, channel.called, channel.through or channel.service, request.url, bearer
            )
            slots.enter_context(self._board.on_the_wire(channel.service))
            start = time.perf_counter()
            if request.sent_at is None:
                request.sent_at = start
            raw = await engine.get(asked, request.headers)
            latency_s = time.perf_counter() - start
            if log.isEnabledFor(logging.DEBUG):
                log.debug(
                    "GET %s: status %d, %.0f ms, %d bytes",
                    safe_url(request.url),
                    raw.status,
                    latency_s * 1e3,
                    len(raw.body),
                )
            return asked, raw, latency_s

    async def _digest(
        self, engine: HttpEngine, raw: RawReply, asked: Asked, decode: Callable[[object], T]
    ) -> Reply[T] | Verdict:
        """Decode a reply, in the thread when its body is large."""
        if engine.is_small(raw):
            return engine.digest(raw, asked, decode)
        return await self._in_thread(partial(engine.digest, raw, asked, decode))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._decoding, work)

    async def _bearer(self, channel: Channel, url: str) -> Bearer:
        """Return the token for a request; raise NotLoggedIn when there is none that may be sent there."""
        if not (is_encrypted_or_local(url) or self.options.insecure):
            message = (
                f"{channel.called} has an unencrypted address: your token would be readable on the way. "
                "Use https:// in the settings, or set insecure."
            )
            raise ServiceDown(message, service=channel.service, url=url)
        bearer = Bearer(await channel.login.token())
        if not bearer.sendable:
            kind = login_kind(channel.through or channel.service)
            message = f"The stored token has characters that no token can have. Run `{kind.command}`."
            raise NotLoggedIn(message, service=channel.service, login=kind.service, url=url)
        return bearer

    async def _renewed(self, channel: Channel, bearer: Bearer, refusal: ServiceError) -> ServiceError | None:
        """Renew the login; return why that cannot be: ``refusal`` when that says the account is at fault."""
        try:
            await channel.login.renew(bearer.reveal())
        except NotLoggedIn as error:
            if isinstance(refusal, Forbidden):
                return refusal
            return NotLoggedIn(
                error.message,
                service=error.service,
                login=error.login,
                url=refusal.url,
                status=refusal.status,
                excerpt=refusal.excerpt,
            )
        return None

    async def _ready_engine(self, service: ServiceName) -> HttpEngine:
        """Return the engine, built in a thread when this is the first request."""
        if self._closed:
            message = "the transport is closed"
            raise RuntimeError(message)
        async with self._engine_lock:
            if self._engine is None:
                try:
                    self._engine = await self._in_thread(partial(_build_engine, self.options))
                except SetupError as error:
                    raise ServiceDown(str(error), service=service) from error
            return self._engine


def _build_engine(options: TransportOptions) -> HttpEngine:
    from dqmtui.services.http_engine import HttpEngine  # noqa: PLC0415 - costs 0.3 s, paid here in a thread

    return HttpEngine(options)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


def is_encrypted_or_local(url: str) -> bool:
    """Return whether nobody on the way to a URL can read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK_HOSTS


def _with_slash(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path}/"))


def _as_it_came(payload: object) -> object:
    return payload
