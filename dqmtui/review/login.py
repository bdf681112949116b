"""Logging in and out, and the logins that the requests of a session carry."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.review.login_choice import application_of, counts_before_login, token_file
from dqmtui.review.oms_ways import oms_login
from dqmtui.services.client_login import ApplicationLogin
from dqmtui.services.device_login import DeviceLogin, LoggedIn
from dqmtui.services.keycloak import Keycloak
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.services.logins import StoredLogin, StoredOrOther
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport_options import TransportOptions
from dqmtui.store.login_files import read_cmsdials_login

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from pathlib import Path

    from dqmtui.review.oms_ways import OmsLogin
    from dqmtui.services.device_login import LoginState
    from dqmtui.services.login_kinds import LoginKind
    from dqmtui.services.tokens import TokenSource
    from dqmtui.store.settings import Settings

    Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Logins:
    """The token sources of a session: that of DIALS, and that of OMS itself on either route.

    ``oms`` is None when OMS is off.
    """

    dials: TokenSource
    oms: OmsLogin | None

    def forget(self, login: LoginKind) -> None:
        """Drop the token of a login that a person has ended: the next request asks for another login."""
        held = self.oms if login == OMS_LOGIN else self.dials
        if isinstance(held, StoredOrOther):
            held = held.stored
        if isinstance(held, StoredLogin):
            held.forget()


def transport_options(settings: Settings) -> TransportOptions:
    """Return how connections are made and trusted."""
    return TransportOptions(ca_bundle=settings.ca_bundle, insecure=settings.insecure)


@asynccontextmanager
async def session_logins(settings: Settings, notify: Notify = lambda _: None) -> AsyncIterator[Logins]:
    """Give the token sources that the settings ask for; ends refreshes that still run.

    A fixed token counts before the application that the person named, then comes the stored login, which may
    also be stored later, while the session runs. Where there is none, an application that was named for other
    programs counts: it is often one for OMS alone. ``notify`` gets sentences about files of logins.
    """
    told = in_loop(notify)
    async with Keycloak(settings.auth_url, transport_options(settings)) as keycloak:
        dials = await _dials_login(settings, keycloak, told)
        oms = None
        if settings.oms_route != "off":
            oms = await oms_login(settings, keycloak, told)
        try:
            yield Logins(dials, oms)
        finally:
            if oms is not None:
                await oms.aclose()
            if isinstance(dials, StoredLogin | ApplicationLogin):
                await dials.aclose()


async def log_in(
    settings: Settings, notify: Notify = lambda _: None, login: LoginKind = DIALS_LOGIN
) -> AsyncGenerator[LoginState, None]:
    """Log a person in by device code and yield what to show, as DeviceLogin says; store the login.

    A session that runs, in this process or another one, goes on with the new login at its next request.
    Raises LoginFileError when a login cannot be stored, before anything is asked if that is known by then,
    and ServiceError when there is no code to be had.
    """
    file = token_file(settings, in_loop(notify), login)
    await asyncio.to_thread(file.prepare)
    async with (
        Keycloak(settings.auth_url, transport_options(settings)) as keycloak,
        aclosing(aiter(DeviceLogin(keycloak, login))) as states,
    ):
        async for state in states:
            if isinstance(state, LoggedIn):
                await asyncio.to_thread(file.write, state.tokens)
            yield state


def import_cmsdials_login(settings: Settings, path: Path, notify: Notify = lambda _: None) -> None:
    """Store the login of a token file of cmsdials as ours; raise LoginFileError."""
    token_file(settings, notify).write(read_cmsdials_login(path, notify))


def log_out(settings: Settings, login: LoginKind = DIALS_LOGIN) -> bool:
    """Remove the stored login; return whether there was one. Raises LoginFileError.

    Sessions of other processes go on until their token ends; for those of this one there is Logins.forget.
    """
    return token_file(settings, login=login).remove()


async def _dials_login(settings: Settings, keycloak: Keycloak, notify: Notify) -> TokenSource:
    if settings.dials_token:
        return FixedToken(settings.dials_token, origin=settings.origin("dials_token"))
    file, application = token_file(settings, notify), application_of(settings)
    named_for_us = counts_before_login(settings) is not None
    if application is not None and (named_for_us or not await asyncio.to_thread(file.path.exists)):
        return ApplicationLogin(keycloak, application)
    return StoredLogin(keycloak, file, notify)


def in_loop(notify: Notify) -> Notify:
    """Return what tells ``notify`` in the event loop, from the threads in which files are read."""
    loop = asyncio.get_running_loop()

    def tell(message: str) -> None:
        loop.call_soon_threadsafe(notify, message)

    return tell
