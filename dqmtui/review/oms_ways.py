"""By which ways OMS is reached: the route of the settings, and the other one if there is a login for it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dqmtui.services.client_login import OMS_AUDIENCE, ApplicationLogin, NoApplication
from dqmtui.services.keycloak import Application
from dqmtui.services.oms import OmsClient
from dqmtui.services.oms_kerberos import KerberosLogin, is_installed
from dqmtui.services.oms_routes import DirectRoute, ProxyRoute, Way, Ways
from dqmtui.store.login_files import CLIENT_FILE, read_client_file
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.review.login import Logins
    from dqmtui.services.keycloak import Keycloak
    from dqmtui.services.transport import Transport
    from dqmtui.store.settings import Settings

    Notify = Callable[[str], None]

OmsLogin: TypeAlias = ApplicationLogin | KerberosLogin | NoApplication


def oms_client(
    transport: Transport, logins: Logins, settings: Settings, tell: Notify = lambda _: None
) -> OmsClient | None:
    """Give the client of OMS over the route of the settings, None when that is off.

    When the route cannot be used the client goes on over the other one, if there is a login for it, and
    ``tell`` gets one sentence about that.
    """
    if settings.oms_route == "off":
        return None
    proxy = Way.over(ProxyRoute(settings.dials_url), transport, logins.dials)
    login = logins.direct or NoApplication()
    direct = Way.over(DirectRoute(settings.oms_url), transport, login)
    if settings.oms_route == "direct":
        return OmsClient.over(Ways(direct, proxy, tell))
    return OmsClient.over(Ways(proxy, None if isinstance(login, NoApplication) else direct, tell))


async def oms_login(
    settings: Settings, keycloak: Keycloak, application: Application | None, notify: Notify
) -> OmsLogin:
    """Give the login of direct OMS that ``oms_login`` of the settings asks for.

    Applications: the file named for OMS, else ``application``, else ./clientid.json. With "auto" Kerberos
    comes after them, where it is installed. NoApplication says at the first request what is missing.
    """
    if settings.oms_login == "kerberos":
        return KerberosLogin(settings.auth_url)
    if settings.oms_client_file is not None:
        application = await asyncio.to_thread(_application_in, settings.oms_client_file, notify)
    elif application is None and await asyncio.to_thread(Path(CLIENT_FILE).exists):
        application = await asyncio.to_thread(_application_in, Path(CLIENT_FILE), notify)
    if application is not None:
        return ApplicationLogin(keycloak, application, service="OMS", audience=OMS_AUDIENCE)
    if settings.oms_login == "auto" and is_installed():
        return KerberosLogin(settings.auth_url)
    return NoApplication()


def _application_in(path: Path, notify: Notify) -> Application | None:
    """Return the application in a clientid.json; one that cannot be read is told and not used."""
    try:
        return Application(*read_client_file(path, notify))
    except LoginFileError as error:
        notify(str(error))
        return None
