"""The logins of applications: client credentials, for automation and for direct access to OMS."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.logins import KeptFresh

if TYPE_CHECKING:
    from dqmtui.model.login_tokens import AccessToken
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.keycloak import Application, Keycloak

log = logging.getLogger("dqmtui.services.logins")

OMS_AUDIENCE = "cmsoms-prod"


class ApplicationLogin:
    """The login of an application: its tokens have no successor, so that a new one is asked for in time."""

    def __init__(
        self,
        keycloak: Keycloak,
        application: Application,
        *,
        service: ServiceName = "DIALS",
        audience: str | None = None,
    ) -> None:
        self._keycloak = keycloak
        self._application = application
        self._service: ServiceName = service
        self._audience = audience
        self._fresh = KeptFresh(self._successor, keycloak.clock)

    def __repr__(self) -> str:
        return f"ApplicationLogin({self._application!r}, service={self._service!r})"

    async def token(self) -> str:
        """Return the token to send; raise ServiceError when the application gets none."""
        return await self._fresh.token()

    async def renew(self, stale: str) -> str:
        """Return a token that replaces ``stale``; raise ServiceError when the application gets none."""
        return await self._fresh.renew(stale)

    async def aclose(self) -> None:
        """End a request for a token that still runs."""
        await self._fresh.aclose()

    async def _successor(self, _held: AccessToken | None) -> AccessToken:
        token = await self._keycloak.application_token(
            self._application, self._audience, service=self._service
        )
        log.info("logged in to %s as an application", self._service)
        return token


class NoApplication:
    """The login to OMS of somebody who named no application: every request ends in NotLoggedIn."""

    def __repr__(self) -> str:
        return "NoApplication()"

    async def token(self) -> str:
        """Raise NotLoggedIn."""
        message = (
            "Direct access to OMS needs an application: give DQMTUI_CLIENT_ID and DQMTUI_CLIENT_SECRET, or a "
            "clientid.json (oms_client_file). Without one, set oms_route to proxy."
        )
        raise NotLoggedIn(message, service="login")

    async def renew(self, stale: str) -> str:  # noqa: ARG002 - there never was one
        """Raise NotLoggedIn."""
        return await self.token()

    async def aclose(self) -> None:
        """Do nothing: nothing runs."""
