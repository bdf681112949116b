"""What a person can log in to by device code: DIALS, and OMS itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.services.errors import ServiceName


@dataclass(frozen=True, slots=True)
class LoginKind:
    """How a person logs in to ``service``, as its official client does.

    ``client_id`` is the public client that asks for the code, ``audience`` whom its token is exchanged for;
    ``command`` is what to type in the shell. With ``proves_codes`` who polls a code proves to have asked for
    it (PKCE, RFC 7636).
    """

    service: ServiceName
    client_id: str
    audience: str
    command: str
    proves_codes: bool = False


# cmsdials.auth.client.AuthClient
DIALS_LOGIN = LoginKind(
    "DIALS", "cms-dials-prod-public-app", "cms-dials-prod-confidential-app", "dqmtui login"
)
# omsapi.OMSAPI.auth_device, which is tsgauth.oidcauth.DeviceAuth
OMS_LOGIN = LoginKind("OMS", "cmsoms-prod-public", "cmsoms-prod", "dqmtui login --oms", proves_codes=True)


def login_kind(service: ServiceName) -> LoginKind:
    """Return how a person logs in to a service; what is not OMS itself takes the login of DIALS."""
    return OMS_LOGIN if service == OMS_LOGIN.service else DIALS_LOGIN
