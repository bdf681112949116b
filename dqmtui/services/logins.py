"""Logins as sources of tokens: replaced before they expire, once for all requests in flight."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol

from dqmtui.services.errors import NotLoggedIn, ServiceError
from dqmtui.services.login_kinds import DIALS_LOGIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.login_tokens import AccessToken, LoginTokens
    from dqmtui.services.keycloak import Keycloak
    from dqmtui.services.login_kinds import LoginKind

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
        self._running: set[asyncio.Task[AccessToken]] = set()
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

    def forget(self) -> None:
        """Hold no token any more, nor keep the one that is being fetched."""
        self._held = self._replacing = None
        self._not_before = 0.0

    async def aclose(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _replaced(self) -> AccessToken:
        # Cancelling one who waits does not cancel the replacement of the others.
        return await asyncio.shield(self._replacement())

    def _replacement(self) -> asyncio.Task[AccessToken]:
        if self._replacing is None:
            self._replacing = asyncio.create_task(self._replace())
            self._running.add(self._replacing)
            self._replacing.add_done_callback(self._replacement_done)
        return self._replacing

    async def _replace(self) -> AccessToken:
        return await self._successor(self._held)

    def _replacement_done(self, task: asyncio.Task[AccessToken]) -> None:
        self._running.discard(task)
        # Reading the exception here keeps asyncio quiet when nobody waited: the old token is still good.
        error = None if task.cancelled() else task.exception()
        if task is not self._replacing:
            return
        self._replacing = None
        if task.cancelled():
            return
        if error is None:
            self._held = task.result()
            if self._held.used_up_at <= self._clock():
                self._not_before = self._clock() + HOLD_OFF_S
        elif isinstance(error, NotLoggedIn):
            self._held = None
        else:
            self._not_before = self._clock() + HOLD_OFF_S


class FreshLogin(ABC):
    """A login whose tokens are kept fresh as KeptFresh does; ``_successor`` is all that kinds differ in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._fresh = KeptFresh(self._successor, clock)

    async def token(self) -> str:
        """Return the token to send; raise ServiceError, NotLoggedIn when only the person can get one."""
        return await self._fresh.token()

    async def renew(self, stale: str) -> str:
        """Return a token that replaces ``stale``; raise as ``token`` does."""
        return await self._fresh.renew(stale)

    async def aclose(self) -> None:
        """End a request for a token that still runs."""
        await self._fresh.aclose()

    @abstractmethod
    async def _successor(self, held: AccessToken | None) -> AccessToken:
        """Return another token than ``held``; raise ServiceError."""


class StoredLogin(FreshLogin):
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
        login: LoginKind = DIALS_LOGIN,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(keycloak.clock)
        self._keycloak = keycloak
        self._login = login
        self._sleep = sleep
        self._store = store
        self._notify = notify
        self._tokens: LoginTokens | None = None
        self._refused: LoginTokens | None = None

    def __repr__(self) -> str:
        return f"StoredLogin(<hidden>, service={self._login.service!r})"

    def forget(self) -> None:
        """Hold no token any more: the next one comes from the store, which has none after a logout."""
        self._tokens = self._refused = None
        self._fresh.forget()

    async def _successor(self, held: AccessToken | None) -> AccessToken:
        """Return another token than ``held``: one that another process stored, else one of a refresh."""
        tokens, now = await self._newest(), self._keycloak.clock()
        if tokens.access != held and now < (
            tokens.access.used_up_at if held is None else tokens.access.renew_at
        ):
            self._tokens = tokens
            log.info("the stored login to %s is used", self._login.service)
            return tokens.access
        if tokens == self._refused or tokens.ended(now):
            raise self._missing("has ended")
        try:
            new = await self._keycloak.refreshed(tokens, self._login)
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
            log.info("the login to %s was refreshed", self._login.service)
            return self._tokens.access
        # Refresh tokens work once: another process may have used this one and not yet stored what it got.
        overtaker = await self._overtaker(tokens)
        if overtaker is None:
            self._tokens, self._refused = None, tokens
            log.warning("the login to %s was not refreshed: %s", self._login.service, failure.details())
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
            raise self._missing()
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

    def _missing(self, how: str = "") -> NotLoggedIn:
        name = self._login.service
        what = f"Your login to {name} {how}" if how else f"You are not logged in to {name}"
        return NotLoggedIn(f"{what}. Run `{self._login.command}`.", service="login", login=name)


class StoredOrOther:
    """The stored login of a person and, as long as there is none, another login that asks nobody."""

    def __init__(self, stored: StoredLogin, other: FreshLogin) -> None:
        self.stored = stored
        self._other = other

    def __repr__(self) -> str:
        return f"StoredOrOther({self.stored!r}, {self._other!r})"

    async def token(self) -> str:
        """Return the token to send; raise ServiceError, NotLoggedIn when neither gives one."""
        return await self._first(lambda login: login.token())

    async def renew(self, stale: str) -> str:
        """Return a token that replaces ``stale``; raise as ``token`` does."""
        return await self._first(lambda login: login.renew(stale))

    async def aclose(self) -> None:
        """End what still runs."""
        await asyncio.gather(self.stored.aclose(), self._other.aclose())

    async def _first(self, ask: Callable[[FreshLogin], Awaitable[str]]) -> str:
        refusals = []
        for login in (self.stored, self._other):
            try:
                return await ask(login)
            except NotLoggedIn as refusal:
                refusals.append(refusal)
        first, second = refusals
        raise NotLoggedIn(f"{first.message} {second.message}", service="login", login=first.login)
