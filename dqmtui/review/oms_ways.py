"""By which ways OMS is reached: the route of the settings, and the other one if there is a login for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dqmtui.review.login_choice import application_of, token_file
from dqmtui.services.client_login import ApplicationLogin, NoApplication
from dqmtui.services.keycloak import Application
from dqmtui.services.login_kinds import OMS_LOGIN
from dqmtui.services.logins import StoredLogin, StoredOrOther
from dqmtui.services.oms import OmsClient
from dqmtui.services.oms_kerberos import KerberosLogin, is_installed
from dqmtui.services.oms_routes import DirectRoute, ProxyRoute, Way, Ways
from dqmtui.store.login_files import CLIENT_FILE, read_client_file
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.keycloak import Keycloak
    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport import Transport
    from dqmtui.store.settings import Settings

    Notify = Callable[[str], None]

OmsLogin: TypeAlias = ApplicationLogin | StoredLogin | StoredOrOther | KerberosLogin | NoApplication


def oms_client(
    transport: Transport,
    dials: TokenSource,
    oms: OmsLogin | None,
    settings: Settings,
    tell: Notify = lambda _: None,
) -> OmsClient | None:
    """Give the client of OMS over the route of the settings, None when that is off.

    ``dials`` is the login of DIALS, through which the other route leads; ``oms`` that of OMS itself.

    When the route cannot be used the client goes on over the other one, if there is a login for it, and
    ``tell`` gets one sentence about that. Where a person logs in to OMS itself, a login that is missing on
    the direct route is asked for instead.
    """
    if settings.oms_route == "off":
        return None
    proxy = Way.over(ProxyRoute(settings.dials_url), transport, dials)
    login = oms or NoApplication()
    asks_person = isinstance(login, StoredLogin | StoredOrOther)
    direct = Way.over(DirectRoute(settings.oms_url), transport, login, asks_person=asks_person)
    if settings.oms_route == "direct":
        return OmsClient.over(Ways(direct, proxy, tell))
    return OmsClient.over(Ways(proxy, None if isinstance(login, NoApplication) else direct, tell))


async def oms_login(settings: Settings, keycloak: Keycloak, notify: Notify) -> OmsLogin:
    """Give the login of direct OMS that ``oms_login`` of the settings asks for.

    Applications: the file named for OMS, else that of the settings, else ./clientid.json. With "auto" the
    stored login of the person comes after them, which may also be stored later, then Kerberos where it is
    installed. NoApplication says at the first request what is missing.
    """
    kerberos = KerberosLogin(settings.auth_url)
    stored = StoredLogin(keycloak, token_file(settings, notify, OMS_LOGIN), notify, OMS_LOGIN)
    if settings.oms_login == "kerberos":
        return kerberos
    if settings.oms_login == "device":
        return stored
    application = application_of(settings)
    if settings.oms_client_file is not None:
        application = await asyncio.to_thread(_application_in, settings.oms_client_file, notify)
    elif application is None and await asyncio.to_thread(Path(CLIENT_FILE).exists):
        application = await asyncio.to_thread(_application_in, Path(CLIENT_FILE), notify)
    if application is not None:
        return ApplicationLogin(keycloak, application, OMS_LOGIN)
    if settings.oms_login == "application":
        return NoApplication()
    return StoredOrOther(stored, kerberos) if is_installed() else stored


def _application_in(path: Path, notify: Notify) -> Application | None:
    """Return the application in a clientid.json; one that cannot be read is told and not used."""
    try:
        return Application(*read_client_file(path, notify))
    except LoginFileError as error:
        notify(str(error))
        return None
