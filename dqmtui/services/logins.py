"""Logins as sources of tokens: replaced before they expire, once for all requests in flight."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from dqmtui.services.errors import NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.login_tokens import AccessToken, LoginTokens
    from dqmtui.services.keycloak import Keycloak

log = logging.getLogger("dqmtui.services.logins")

HOLD_OFF_S = 15.0
"""After a replacement that failed while the old token is still good, the next one waits so long."""

_LOOKS = 8
_LOOK_EVERY_S = 0.25
"""How often to look for what another process got, whose refresh came before ours."""


class TokenStore(Protocol):
    """Where a login is kept between sessions; its methods block, and raise OSError with a sentence."""

    def read(self) -> LoginTokens | None:
        """Return the login that is kept, None when there is none."""
        ...

    def replace(self, old: LoginTokens, new: LoginTokens) -> bool:
        """Keep ``new``, which follows ``old``; return False when its place was taken or is empty."""
        ...


class KeptFresh:
    """A token source whose token is replaced before it expires.

    From ``renew_at`` on the replacement runs beside the requests, which go on with the old token; once that
    is used up, they wait. A token that is used up but has not expired is sent only when there is no other to
    be had. However many wait, one replacement runs.
    """

    def __init__(
        self,
        successor: Callable[[AccessToken | None], Awaitable[AccessToken]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._successor = successor
        self._clock = clock
        self._held: AccessToken | None = None
        self._replacing: asyncio.Task[AccessToken] | None = None
        self._not_before = 0.0

    def __repr__(self) -> str:
        return "KeptFresh(<hidden>)"

    async def token(self) -> str:
        """Return a token that has not expired; raise ServiceError when there is none to be had."""
        held, now = self._held, self._clock()
        if held is None or now >= held.expires_at:
            return (await self._replaced()).value
        if now >= held.used_up_at and now >= self._not_before:
            try:
                return (await self._replaced()).value
            except NotLoggedIn:
                raise
            except ServiceError as error:
                log.warning("the old token is sent until there is a new one: %s", error.details())
        elif now >= held.renew_at and now >= self._not_before:
            self._replacement()
        return held.value

    async def renew(self, stale: str) -> str:
        """Return a token other than ``stale``, which a service refused; raise ServiceError."""
        held = self._held
        if held is not None and held.value != stale and self._clock() < held.expires_at:
            return held.value
        return (await self._replaced()).value

    async def aclose(self) -> None:
        """Cancel a replacement that still runs and wait until it has ended."""
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.wait([self._replacing])

    async def _replaced(self) -> AccessToken:
        # Cancelling one who waits does not cancel the replacement of the others.
        return await asyncio.shield(self._replacement())

    def _replacement(self) -> asyncio.Task[AccessToken]:
        if self._replacing is None:
            self._replacing = asyncio.create_task(self._replace())
            self._replacing.add_done_callback(self._replacement_done)
        return self._replacing

    async def _replace(self) -> AccessToken:
        return await self._successor(self._held)

    def _replacement_done(self, task: asyncio.Task[AccessToken]) -> None:
        self._replacing = None
        if task.cancelled():
            return
        # Reading the exception here keeps asyncio quiet when nobody waited: the old token is still good.
        error = task.exception()
        if error is None:
            self._held = task.result()
            if self._held.used_up_at <= self._clock():
                self._not_before = self._clock() + HOLD_OFF_S
        elif isinstance(error, NotLoggedIn):
            self._held = None
        else:
            self._not_before = self._clock() + HOLD_OFF_S


class StoredLogin:
    """The login of a person: kept in a store, refreshed before it expires, shared with other processes.

    A refresh that is refused ends in NotLoggedIn until the store holds another login, from whichever
    process: nothing has to be told that the person has logged in again. ``notify`` gets a sentence when the
    store cannot be used.
    """

    def __init__(
        self,
        keycloak: Keycloak,
        store: TokenStore,
        notify: Callable[[str], None] = lambda _: None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._keycloak = keycloak
        self._sleep = sleep
        self._store = store
        self._notify = notify
        self._tokens: LoginTokens | None = None
        self._refused: LoginTokens | None = None
        self._fresh = KeptFresh(self._successor, keycloak.clock)

    def __repr__(self) -> str:
        return "StoredLogin(<hidden>)"

    async def token(self) -> str:
        """Return the token to send; raise NotLoggedIn when only the person can get one."""
        return await self._fresh.token()

    async def renew(self, stale: str) -> str:
        """Return a token that replaces ``stale``; raise NotLoggedIn when only the person can get one."""
        return await self._fresh.renew(stale)

    async def aclose(self) -> None:
        """End a refresh that still runs."""
        await self._fresh.aclose()

    async def _successor(self, held: AccessToken | None) -> AccessToken:
        """Return another token than ``held``: one that another process stored, else one of a refresh."""
        tokens, now = await self._newest(), self._keycloak.clock()
        if tokens.access != held and now < (
            tokens.access.used_up_at if held is None else tokens.access.renew_at
        ):
            self._tokens = tokens
            log.info("the stored login is used")
            return tokens.access
        if tokens == self._refused or tokens.ended(now):
            raise _ended()
        try:
            new = await self._keycloak.refreshed(tokens)
        except NotLoggedIn as refusal:
            failure = refusal
        except ServiceError as trouble:
            if tokens.access == held or now >= tokens.access.expires_at:
                raise
            log.warning("the stored token is sent although it ends soon: %s", trouble.details())
            self._tokens = tokens
            return tokens.access
        else:
            self._tokens = await self._keep(tokens, new)
            log.info("the login was refreshed")
            return self._tokens.access
        # Refresh tokens work once: another process may have used this one and not yet stored what it got.
        overtaker = await self._overtaker(tokens)
        if overtaker is None:
            self._tokens, self._refused = None, tokens
            log.warning("the login was not refreshed: %s", failure.details())
            raise failure
        self._tokens = overtaker
        return overtaker.access

    async def _newest(self) -> LoginTokens:
        """Return what the store holds, or what this session holds when that is newer or all there is."""
        try:
            stored = await asyncio.to_thread(self._store.read)
        except OSError as error:
            self._notify(str(error))
            stored = self._tokens
        if stored is None:
            raise NotLoggedIn("You are not logged in to DIALS. Run `dqmtui login`.", service="login")
        ours = self._tokens
        return ours if ours is not None and ours.access.issued_at > stored.access.issued_at else stored

    async def _keep(self, old: LoginTokens, new: LoginTokens) -> LoginTokens:
        """Store ``new`` and return it, or what has taken its place; raise NotLoggedIn after a logout."""
        try:
            kept = await asyncio.to_thread(self._store.replace, old, new)
        except OSError as error:
            # The login lives on in this session alone.
            self._notify(str(error))
            return new
        return new if kept else await self._newest()

    async def _overtaker(self, used: LoginTokens) -> LoginTokens | None:
        """Return the login that another process stored after ``used``, None when there is none in time."""
        for look in range(_LOOKS):
            if look:
                await self._sleep(_LOOK_EVERY_S)
            stored = await self._newest()
            if stored.refresh_token != used.refresh_token:
                return stored if self._keycloak.clock() < stored.access.expires_at else None
        return None


def _ended() -> NotLoggedIn:
    return NotLoggedIn("Your login has ended. Run `dqmtui login`.", service="login")
