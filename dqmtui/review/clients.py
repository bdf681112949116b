"""From settings to the clients of DIALS and OMS, connected and logged in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.review.login import session_logins, transport_options
from dqmtui.review.oms_ways import oms_client
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import SwitchedOff
from dqmtui.services.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dqmtui.review.login import Logins
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of a session and, where it has some, its logins; no client of OMS when that is off."""

    dials: DialsClient
    oms: OmsClient | None
    logins: Logins | None = None

    def need_oms(self) -> OmsClient:
        """Give the client of OMS; raise SwitchedOff when it is switched off."""
        if self.oms is None:
            raise SwitchedOff("OMS is switched off; set oms_route to proxy or direct.", service="OMS")
        return self.oms


@asynccontextmanager
async def connected_clients(
    settings: Settings,
    on_state: Callable[[ServiceName, ServiceState], None] | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Clients]:
    """Give clients of the services that the settings name; close their connections at the end.

    ``notify`` gets sentences about files of logins, the route to OMS, and lists that lack rows.
    """
    async with (
        session_logins(settings, notify) as logins,
        Transport(transport_options(settings), on_state=on_state) as transport,
    ):
        dials = DialsClient(transport, logins.dials, settings.dials_url, notify)
        yield Clients(dials, oms_client(transport, logins.dials, logins.oms, settings, notify), logins)
