"""The logins of applications: client credentials, for automation and for direct access to OMS."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.login_kinds import DIALS_LOGIN
from dqmtui.services.logins import FreshLogin

if TYPE_CHECKING:
    from dqmtui.model.login_tokens import AccessToken
    from dqmtui.services.keycloak import Application, Keycloak
    from dqmtui.services.login_kinds import LoginKind

log = logging.getLogger("dqmtui.services.logins")


class ApplicationLogin(FreshLogin):
    """The login of an application: its tokens have no successor, so that a new one is asked for in time."""

    def __init__(self, keycloak: Keycloak, application: Application, login: LoginKind = DIALS_LOGIN) -> None:
        super().__init__(keycloak.clock)
        self._keycloak = keycloak
        self._application = application
        self._login = login

    def __repr__(self) -> str:
        return f"ApplicationLogin({self._application!r}, service={self._login.service!r})"

    async def _successor(self, held: AccessToken | None) -> AccessToken:  # noqa: ARG002 - whatever it was
        token = await self._keycloak.application_token(self._application, self._login)
        log.info("logged in to %s as an application", self._login.service)
        return token


class NoApplication:
    """The login to OMS of somebody who named no application: every request ends in NotLoggedIn."""

    def __repr__(self) -> str:
        return "NoApplication()"

    async def token(self) -> str:
        """Raise NotLoggedIn."""
        message = (
            "Direct access to OMS needs an application: give DQMTUI_CLIENT_ID and DQMTUI_CLIENT_SECRET, or a "
            "clientid.json (oms_client_file). Without one, set oms_login to device, or oms_route to proxy."
        )
        raise NotLoggedIn(message, service="login", login="OMS")

    async def renew(self, stale: str) -> str:  # noqa: ARG002 - there never was one
        """Raise NotLoggedIn."""
        return await self.token()

    async def aclose(self) -> None:
        """Do nothing: nothing runs."""
