"""One HTTP exchange over httpx, and the retry policy.

Loaded late, in a thread: httpx and tenacity take 0.3 s to import.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import sys
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx
from tenacity import retry_if_exception_type
from tenacity.asyncio import AsyncRetrying
from tenacity.wait import wait_exponential, wait_random

from dqmtui import __version__
from dqmtui.model.text import escaped
from dqmtui.services.digest import digest, is_small
from dqmtui.services.errors import ServiceDown
from dqmtui.services.replies import Pace, RawReply, SetupError, TryAgain, too_large
from dqmtui.services.trust import TrustError, default_context, reason, trouble_with_trust

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import ModuleType

    from tenacity import RetryCallState

    from dqmtui.services.replies import Asked, Reply, Verdict
    from dqmtui.services.transport_options import TransportOptions

T = TypeVar("T")

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class HttpEngine:
    """An httpx client with our limits; built in a thread, used in the event loop."""

    def __init__(self, options: TransportOptions) -> None:
        self._options = options
        # httpx logs every request at INFO, which cmsdials sends to the terminal once it is imported; httpcore
        # logs the headers of replies, in which a server may repeat a token.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        if find_spec("sniffio") is None:
            # httpcore tries to import it again and again; this mark spares a search of the whole path.
            sys.modules["sniffio"] = cast("ModuleType", None)
        try:
            self._client = httpx.AsyncClient(
                verify=tls_context(options),
                timeout=httpx.Timeout(
                    options.read_timeout_s, connect=options.connect_timeout_s, pool=options.read_timeout_s
                ),
                limits=httpx.Limits(
                    max_connections=options.max_connections,
                    max_keepalive_connections=options.max_connections,
                    keepalive_expiry=options.keepalive_s,
                ),
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": "gzip",
                    "User-Agent": f"dqmtui/{__version__}",
                },
                # The services need no cookies, and a stale one could carry an old session along.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                mounts={f"all://{host}": None for host in _LOOPBACK},
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            message = f"The web proxy named by HTTPS_PROXY or ALL_PROXY cannot be used: {error}"
            raise SetupError(message) from error
        # The first connection would load anyio's side of asyncio, and hold up the event loop for 0.1 s.
        anyio.run(anyio.sleep, 0)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, asked: Asked, headers: Mapping[str, str]) -> RawReply:
        """Return the reply to a GET; raise TryAgain or ServiceError when there is no complete one."""
        sent = httpx.Headers({**headers, "Authorization": asked.bearer.header()})
        return await self._exchange("GET", asked, sent)

    async def post_form(self, asked: Asked, form: Mapping[str, str]) -> RawReply:
        """Return the reply to a form, which is sent without a token; raise as ``get`` does."""
        return await self._exchange("POST", asked, httpx.Headers(), form)

    async def _exchange(
        self, method: str, asked: Asked, headers: httpx.Headers, form: Mapping[str, str] | None = None
    ) -> RawReply:
        """Send a request and return its reply.

        Errors are raised outside of the handlers: the frames of httpx hold the Authorization header, and a
        traceback that shows local variables would print it.
        """
        try:
            async with (
                asyncio.timeout(self._options.attempt_timeout_s),
                self._client.stream(method, asked.url, headers=headers, data=form) as response,
            ):
                body = await self._body(response)
                if body is not None:
                    return RawReply(
                        response.status_code,
                        response.headers.get("content-type", ""),
                        response.headers.get("location", ""),
                        response.headers.get("retry-after", ""),
                        body,
                        response.headers.get("content-encoding", ""),
                    )
            failure: Exception = too_large(asked, self._options.max_body_bytes)
        except TimeoutError:
            within = f"{self._options.attempt_timeout_s:g} s"
            message = f"{asked.called} did not finish its answer within {within}. Try again in some minutes."
            failure = TryAgain(asked.error(ServiceDown, message))
        except httpx.HTTPError as error:
            failure = self._explain(error, asked)
        except httpx.InvalidURL:
            message = f"The address of {asked.called} is not a URL. Mend it in the settings."
            failure = asked.error(ServiceDown, message)
        raise failure

    def is_small(self, raw: RawReply) -> bool:
        """Return whether a reply is decoded so fast that a thread is not worth it."""
        return is_small(raw, self._options.inline_decode_bytes)

    def digest(self, raw: RawReply, asked: Asked, decode: Callable[[object], T]) -> Reply[T] | Verdict:
        """Return a reply decoded, or what to do about one that cannot be used; may run in a thread."""
        return digest(raw, asked, decode, self._options.max_body_bytes)

    def retry_policy(
        self,
        attempts: int,
        sleep: Callable[[float], Awaitable[None]],
        before_retry: Callable[[TryAgain, float], None],
        elapsed_s: Callable[[], float],
    ) -> AsyncRetrying:
        """Return a policy for one request: Retry-After, else backoff with jitter by pace; TryAgain only.

        ``elapsed_s`` gives the seconds since the first attempt was sent; ``before_retry`` gets the failure
        and the seconds until the next attempt. A policy keeps the state of its request, so every request
        needs its own.
        """
        options = self._options
        backoff = wait_exponential(options.backoff_s, options.backoff_max_s) + wait_random(
            0, options.backoff_s
        )

        brief = wait_random(options.brief_wait_s, 2 * options.brief_wait_s)

        def wait(state: RetryCallState) -> float:
            failure = _failure(state)
            if failure.retry_after_s is not None:
                return failure.retry_after_s
            return backoff(state) if failure.pace is Pace.PATIENT else brief(state)

        def stop(state: RetryCallState) -> bool:
            failure = _failure(state)
            asked_for_s = failure.retry_after_s or 0.0
            most = attempts if failure.pace is Pace.PATIENT else min(attempts, options.brief_attempts)
            return (
                asked_for_s > options.retry_after_max_s
                or state.attempt_number >= most
                or elapsed_s() + state.upcoming_sleep > options.retry_window_s
            )

        return AsyncRetrying(
            sleep=sleep,
            wait=wait,
            stop=stop,
            retry=retry_if_exception_type(TryAgain),
            before_sleep=lambda state: before_retry(_failure(state), state.upcoming_sleep),
            reraise=True,
        )

    async def _body(self, response: httpx.Response) -> bytes | None:
        """Return the body as it came, still compressed; None when it is above the limit."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self._options.max_body_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

    def _explain(self, error: httpx.HTTPError, asked: Asked) -> Exception:
        """Return what to raise for a failed exchange, in words of ours: httpx's may quote headers."""
        called, host, pace = asked.called, asked.host, Pace.PATIENT
        if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
            within = f"{self._options.connect_timeout_s:g} s"
            message = (
                f"{called} cannot be reached: no connection to {host} within {within}. Check your network."
            )
        elif isinstance(error, httpx.TimeoutException):
            within = f"{self._options.read_timeout_s:g} s"
            message = f"{called} did not answer within {within}. Try again in some minutes."
        elif _is_certificate_error(error):
            message = (
                f"The certificate of {host} is not trusted. Set ca_bundle (DQMTUI_CA_BUNDLE) to a file with "
                "the certificate of its authority."
            )
            return asked.error(ServiceDown, message)
        elif isinstance(error, httpx.ProxyError):
            message = f"The web proxy on the way to {host} fails. Check HTTPS_PROXY and NO_PROXY."
            pace = Pace.UNREACHABLE
        elif isinstance(error, httpx.ConnectError):
            proxy = _proxy_to(asked.url)
            to, check = host, "your network and its address"
            if proxy:
                to, check = f"the web proxy {proxy}", "HTTPS_PROXY and NO_PROXY"
            message = f"{called} cannot be reached: no connection to {to}. Check {check}."
            pace = Pace.UNREACHABLE
        elif isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
            message = f"{called} broke off its answer. Try again in some minutes."
        else:
            message = f"{called} cannot be asked at this address. Mend it in the settings."
            return asked.error(ServiceDown, message)
        return TryAgain(asked.error(ServiceDown, message), pace=pace)


def _proxy_to(url: str) -> str:
    """Name the host of the web proxy through which the environment lets a URL be asked, "" for none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in {one.strip("[]") for one in _LOOPBACK} or proxy_bypass(host):
        return ""
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all") or ""
    # without the name and the password that may stand before the host
    return escaped(urlsplit(proxy if "://" in proxy else f"//{proxy}").netloc.rpartition("@")[2])


def tls_context(options: TransportOptions) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities (else certifi's) and those of ``ca_bundle``.

    The bundle (a file, or a directory of hashed certificates) adds to the others instead of replacing them:
    DIALS and OMS are signed by different authorities. Raise SetupError when it cannot be read, or what a
    variable of the environment names in place of the system's authorities.
    """
    context = default_context()
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    trouble = trouble_with_trust(os.environ, context)
    if trouble is not None:
        raise TrustError(trouble)
    if not context.cert_store_stats()["x509_ca"]:
        context = httpx.create_ssl_context()
    bundle = options.ca_bundle
    if bundle is not None:
        try:
            if bundle.is_dir():
                context.load_verify_locations(capath=bundle)
            else:
                context.load_verify_locations(cafile=bundle)
        except (OSError, ssl.SSLError) as error:
            message = (
                f"The CA bundle {bundle} cannot be used ({reason(error)}). Mend what names it: ca_bundle, "
                "DQMTUI_CA_BUNDLE or REQUESTS_CA_BUNDLE."
            )
            raise SetupError(message) from error
    return context


def _failure(state: RetryCallState) -> TryAgain:
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, TryAgain):
        message = "the policy retries TryAgain alone"
        raise TypeError(message)
    return error


def _is_certificate_error(error: BaseException) -> bool:
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, ssl.SSLCertVerificationError):
            return True
        link = link.__cause__ or link.__context__
    return False
