"""CERN's login service: codes for people, tokens for people and applications."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import secrets
import threading
import time
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.model.secrets import keep_secret
from dqmtui.model.text import escaped
from dqmtui.services.errors import BadReply, Forbidden, NotLoggedIn, ServiceDown, ServiceError, bare
from dqmtui.services.keycloak_line import FORBIDDEN, OK, Answer, GrantRefused, Line, quietly_imported
from dqmtui.services.login_kinds import DIALS_LOGIN
from dqmtui.services.replies import Asked, SetupError, TryAgain, retry_after_s
from dqmtui.services.tokens import Bearer
from dqmtui.services.transport import is_encrypted_or_local
from dqmtui.services.transport_options import TransportOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType
    from typing import Self

    from dqmtui.services.http_engine import HttpEngine
    from dqmtui.services.login_kinds import LoginKind

T = TypeVar("T")

log = logging.getLogger("dqmtui.services.logins")

DEFAULT_INTERVAL_S = 5.0
"""Between two questions whether the person has agreed, where the service names no time (RFC 8628)."""

_CALLED = "The login service"
_NO_BEARER = Bearer("")
_READ_TIMEOUT_S = 15.0
_ATTEMPT_TIMEOUT_S = 30.0
_MAX_BODY_BYTES = 1_000_000
_LONGEST_CODE = 64
_LONGEST_LIFE_S = 366 * 24 * 3600.0
_REFUSALS = frozenset({400, 401, FORBIDDEN})
_OVERLOADED = 429
_TEMPORARY = frozenset({500, 502, 503, 504})
_SERVER_FAILS = 500
_ATTEMPTS = 3
_SECRET_FIELDS = ("client_secret", "code_verifier", "device_code", "refresh_token", "subject_token")
_VERIFIER_BYTES = 48


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A login that the person has to agree to at ``url``; ``expires_at`` in seconds since the epoch.

    ``verifier`` proves who asked for it, where the kind of login wants that.
    """

    device_code: str = field(repr=False)
    url: str
    user_code: str
    expires_at: float
    interval_s: float
    login: LoginKind = DIALS_LOGIN
    verifier: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        keep_secret(self.device_code)
        keep_secret(self.verifier)


@dataclass(frozen=True, slots=True)
class Application:
    """What an application proves itself with."""

    client_id: str
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        keep_secret(self.client_secret)


class Keycloak:
    """The login service at one address; an async context manager, used within one event loop.

    Every method raises ServiceError of the service "login". Cancelling one cancels its request. What fails
    for a reason that may pass is asked three times, but for the polls of a device code, which are repeated
    anyway. ``sleep`` waits between attempts.
    """

    def __init__(
        self,
        auth_url: str,
        options: TransportOptions | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.auth_url = auth_url
        self.clock = clock
        self._sleep = sleep
        self._options = replace(
            options or TransportOptions(),
            read_timeout_s=_READ_TIMEOUT_S,
            attempt_timeout_s=_ATTEMPT_TIMEOUT_S,
            max_body_bytes=_MAX_BODY_BYTES,
        )
        self._engine: HttpEngine | None = None
        self._engine_lock = threading.Lock()
        self._posts: set[asyncio.Task[Any]] = set()

    def __repr__(self) -> str:
        return f"Keycloak({self.auth_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel what is under way and close the connections."""
        for post in self._posts:
            post.cancel()
        if self._posts:
            await asyncio.wait(self._posts)
        if self._engine is not None:
            await self._engine.aclose()

    async def new_device(self, login: LoginKind = DIALS_LOGIN) -> DeviceCode:
        """Ask for a code that the person can agree to."""
        return await self._granted(lambda line, now: _new_device(line, now, login), login)

    async def device_tokens(self, device: DeviceCode) -> LoginTokens:
        """Return the tokens of a login that the person agreed to; raise GrantRefused while there are none."""

        def say(line: Line, now: float) -> LoginTokens:
            if device.verifier:
                line.add_to_next({"code_verifier": device.verifier})
            return _login_tokens(line.client(device.login).device_token(device.device_code), now)

        return await self._spoken(say)

    async def refreshed(self, tokens: LoginTokens, login: LoginKind = DIALS_LOGIN) -> LoginTokens:
        """Return the tokens that follow; raise NotLoggedIn when the login has ended."""
        return await self._granted(
            lambda line, now: _login_tokens(
                line.client(login).refresh_token("Bearer", tokens.access.value, tokens.refresh_token), now
            ),
            login,
        )

    async def application_token(
        self, application: Application, login: LoginKind = DIALS_LOGIN
    ) -> AccessToken:
        """Return a token of an application for the audience of a login.

        Raise NotLoggedIn when the application is not known, Forbidden when it may not use the service.
        """
        return await self._granted(
            lambda line, now: _access_token(
                line.client(login).api_access_token(application.client_id, application.client_secret), now
            ),
            login,
            application,
        )

    async def _granted(
        self,
        say: Callable[[Line, float], T],
        login: LoginKind,
        application: Application | None = None,
    ) -> T:
        """Return what was granted; a refusal becomes the error for the person."""
        try:
            granted = await self._spoken(say, _ATTEMPTS)
        except GrantRefused as refusal:
            failure = _refused(refusal, login, application)
        except ServiceError as error:
            failure = error
        else:
            return granted
        log.warning("nothing was granted: %s", failure.details())
        raise bare(failure)

    async def _spoken(self, say: Callable[[Line, float], T], attempts: int = 1) -> T:
        """Return what ``say`` gets from the service, in a thread; raise GrantRefused and ServiceError.

        Errors leave without their frames, which hold tokens, and without the errors of cmsdials, which may
        quote them.
        """
        if not (is_encrypted_or_local(self.auth_url) or self._options.insecure):
            message = f"{_CALLED} has an unencrypted address. Use https:// in auth_url, or set insecure."
            raise ServiceDown(message, service="login", url=self.auth_url)
        failure: Exception
        began = time.monotonic()
        try:
            engine = await asyncio.to_thread(self._ready_engine)
            policy = engine.retry_policy(
                attempts, self._sleep, _before_retry, lambda: time.monotonic() - began
            )
            return await policy(self._conversation, say)
        except TryAgain as last:
            failure = last.error
        except (GrantRefused, ServiceError) as error:
            failure = error
        except SetupError as error:
            failure = ServiceDown(str(error), service="login", url=self.auth_url)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            message = f"{_CALLED} sent an answer that cannot be right. Nothing of it was used; try again."
            failure = BadReply(message, service="login", url=self.auth_url)
        failure.__cause__ = failure.__context__ = None
        raise failure.with_traceback(None)

    async def _conversation(self, say: Callable[[Line, float], T]) -> T:
        line = Line(self.auth_url, asyncio.get_running_loop(), self._post)
        try:
            return await asyncio.to_thread(self._speak, line, say)
        finally:
            line.hang_up()

    def _ready_engine(self) -> HttpEngine:
        """Return the engine; runs in a thread, where slow imports do not hold up the event loop."""
        with self._engine_lock:
            if self._engine is None:
                from dqmtui.services.http_engine import HttpEngine  # noqa: PLC0415 - costs 0.3 s

                self._engine = HttpEngine(self._options)
            return self._engine

    def _speak(self, line: Line, say: Callable[[Line, float], T]) -> T:
        """Let cmsdials speak; runs in a thread, which waits for the event loop to carry the forms."""
        exceptions = quietly_imported("cmsdials.auth.exceptions")
        try:
            # taken before the request: a token seems to end a little early, never late
            return say(line, self.clock())
        except exceptions.PendingAuthorizationError:
            pending = line.last_refusal()
        raise pending

    async def _post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Carry one form; raise TryAgain or ServiceError when there is no answer that means something."""
        engine, post = self._engine, asyncio.current_task()
        if engine is None or post is None:
            message = "a form is posted by a task, through an engine"
            raise RuntimeError(message)
        self._posts.add(post)
        post.add_done_callback(self._posts.discard)
        from dqmtui.services.digest import unpacked  # noqa: PLC0415 - loaded with the engine, orjson with it

        asked = Asked("login", _CALLED, "login", url, _NO_BEARER)
        began = time.perf_counter()
        raw = await engine.post_form(asked, form)
        log.debug(
            "POST %s: status %d, %.0f ms, %d bytes",
            url,
            raw.status,
            (time.perf_counter() - began) * 1e3,
            len(raw.body),
        )
        try:
            body = unpacked(raw.body, raw.encoding, _MAX_BODY_BYTES)
        except zlib.error:
            body = b""
        if raw.status == OK or raw.status in _REFUSALS:
            return Answer(raw.status, body, tuple(form[name] for name in _SECRET_FIELDS if name in form))
        if raw.status >= _SERVER_FAILS or raw.status == _OVERLOADED:
            message = f"{_CALLED} fails with status {raw.status}. Try again in some minutes."
            failure: ServiceError = ServiceDown(message, service="login", url=url, status=raw.status)
            if raw.status in _TEMPORARY:
                raise TryAgain(failure, retry_after_s(raw.retry_after))
        else:
            message = (
                f"There is no login service at this address: it answered with status {raw.status}. "
                "Check auth_url (DQMTUI_AUTH_URL)."
            )
            failure = BadReply(message, service="login", url=url, status=raw.status)
        raise failure


def _before_retry(failed: TryAgain, wait_s: float) -> None:
    log.warning("trying again in %.1f s: %s", wait_s, failed.error.details())


def _new_device(line: Line, now: float, login: LoginKind) -> DeviceCode:
    verifier = ""
    if login.proves_codes:
        verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
        line.add_to_next({"code_challenge": _challenge(verifier), "code_challenge_method": "S256"})
    device = line.client(login).new_device()
    # cmsdials keeps neither of these two
    more = line.last_object()
    user_code = more.get("user_code") or ""
    interval = more.get("interval", DEFAULT_INTERVAL_S)
    if not _is_web_address(device.verification_uri_complete) or not isinstance(user_code, str):
        raise ValueError
    if not user_code.isprintable() or len(user_code) > _LONGEST_CODE:
        raise ValueError
    return DeviceCode(
        device.device_code,
        device.verification_uri_complete,
        user_code,
        now + _life_s(device.expires_in),
        _life_s(interval),
        login,
        verifier,
    )


def _challenge(verifier: str) -> str:
    """Return what a code is asked for with, so that only who knows the verifier can use it (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _refused(refusal: GrantRefused, login: LoginKind, application: Application | None) -> ServiceError:
    status, excerpt = refusal.status, f"{refusal.code} {refusal.explanation}"
    if application is None and refusal.code == "invalid_grant":
        message = f"Your login to {login.service} has ended. Run `{login.command}`."
    elif application is None:
        message = f"{_CALLED} refuses this program{_because(refusal)}. Check auth_url, and log in again."
    else:
        name = escaped(application.client_id, _LONGEST_CODE)
        if refusal.code in {"access_denied", "unauthorized_client"} or status == FORBIDDEN:
            message = f"The application {name} may not use {login.service}{_because(refusal)}. "
            return Forbidden(message + "Ask for its access.", service="login", status=status, excerpt=excerpt)
        message = f"{_CALLED} does not accept the application {name}{_because(refusal)}. "
        message += "Check client_id and client_secret."
    return NotLoggedIn(message, service="login", login=login.service, status=status, excerpt=excerpt)


def _because(refusal: GrantRefused) -> str:
    said = refusal.explanation or refusal.code
    return f": {said.rstrip('.')}" if said else ""


def _login_tokens(token: Any, now: float) -> LoginTokens:
    """Return the tokens that cmsdials found, with times of ours: its own are naive local ones."""
    # Keycloak says 0 for a login that has no end
    life_s = _life_s(token.refresh_expires_in)
    return LoginTokens(
        _access_token(token, now), _sendable(token.refresh_token), now + life_s if life_s else None
    )


def _access_token(token: Any, now: float) -> AccessToken:
    return AccessToken(_sendable(token.access_token), now, now + _life_s(token.expires_in))


def _sendable(token: str) -> str:
    if not Bearer(token).sendable:
        raise ValueError
    return token


def _life_s(seconds: object) -> float:
    """Return a number of seconds from a server; raise ValueError when it cannot be one."""
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= _LONGEST_LIFE_S
    ):
        raise ValueError
    return float(seconds)


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )
