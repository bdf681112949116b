"""Where the bearer tokens of requests come from, and renewing one once for all who need it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Protocol

from dqmtui.model.secrets import keep_secret
from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.login_kinds import login_kind

if TYPE_CHECKING:
    from dqmtui.services.errors import ServiceName

_LATEST_END_S = 2.0**40


class Bearer:
    """One token on its way into a request, which shows itself to nobody.

    Tracebacks that print local variables show the ``repr`` of this object where a plain string would have
    shown the token. Whatever once was a bearer is removed from every text.
    """

    __slots__ = ("_token",)

    def __init__(self, token: str) -> None:
        self._token = token
        keep_secret(token)

    def __repr__(self) -> str:
        return "Bearer(<hidden>)"

    def reveal(self) -> str:
        """Return the token itself; keep it out of local variables."""
        return self._token

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self._token}"

    @property
    def sendable(self) -> bool:
        """Whether the token has only characters that a header may carry."""
        return (
            bool(self._token)
            and self._token.isascii()
            and self._token.isprintable()
            and " " not in self._token
        )


class TokenSource(Protocol):
    """A login: gives the token to send, and a newer one when a service refused it."""

    async def token(self) -> str:
        """Return the token to send now; raise NotLoggedIn when there is none."""
        ...

    async def renew(self, stale: str) -> str:
        """Return a token that replaces ``stale``; raise NotLoggedIn when only the person can get one."""
        ...


class FixedToken:
    """A token that was given once and cannot be renewed."""

    __slots__ = ("_origin", "_service", "_token")

    def __init__(
        self, token: str, *, service: ServiceName = "DIALS", origin: str = "DQMTUI_DIALS_TOKEN"
    ) -> None:
        self._token = token.strip()
        keep_secret(self._token)
        self._service: ServiceName = service
        self._origin = origin

    def __repr__(self) -> str:
        return f"FixedToken(<hidden>, service={self._service!r}, origin={self._origin!r})"

    async def token(self) -> str:
        """Return the token."""
        return self._token

    async def renew(self, stale: str) -> str:  # noqa: ARG002 - whatever was refused, there is no other one
        """Raise NotLoggedIn: a fixed token has no successor."""
        message = (
            f"{self._service} no longer accepts the token from {self._origin}. "
            f"Put a fresh one there, or remove it and run `{login_kind(self._service).command}`."
        )
        raise NotLoggedIn(message, service=self._service)


class NoToken:
    """The login of somebody who has not logged in: every request ends in NotLoggedIn before it is sent."""

    __slots__ = ("_service",)

    def __init__(self, service: ServiceName = "DIALS") -> None:
        self._service: ServiceName = service

    def __repr__(self) -> str:
        return f"NoToken(service={self._service!r})"

    async def token(self) -> str:
        """Raise NotLoggedIn."""
        message = f"You are not logged in to {self._service}. Run `{login_kind(self._service).command}`."
        raise NotLoggedIn(message, service=self._service)

    async def renew(self, stale: str) -> str:  # noqa: ARG002 - there never was one
        """Raise NotLoggedIn."""
        return await self.token()


class RenewedOnce:
    """A token source whose renewal is shared: requests that are refused together wait for one renewal."""

    __slots__ = ("_renewal", "_source")

    def __init__(self, source: TokenSource) -> None:
        self._source = source
        self._renewal: asyncio.Task[str] | None = None

    def __repr__(self) -> str:
        return f"RenewedOnce({self._source!r})"

    async def token(self) -> str:
        """Return the source's token."""
        return await self._source.token()

    async def renew(self, stale: str) -> str:
        """Return the token after ``stale``, starting a renewal only when none has happened or is running.

        Cancelling one who waits does not cancel the renewal of the others.
        """
        current = await self._source.token()
        if current != stale:
            return current
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._source.renew(stale))
            self._renewal.add_done_callback(self._renewal_done)
        return await asyncio.shield(self._renewal)

    async def aclose(self) -> None:
        """Cancel a renewal that still runs and wait until it has ended."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])

    def _renewal_done(self, renewal: asyncio.Task[str]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            # Reading the exception here keeps asyncio quiet when all who waited were cancelled.
            renewal.exception()


def end_of(token: str) -> float | None:
    """Return when a JSON web token says that it ends, in seconds since the epoch, None when it does not."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = claims["exp"]
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return float(end) if isinstance(end, int | float) and 0 < end < _LATEST_END_S else None
