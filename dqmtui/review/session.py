"""From settings to a data layer that is connected."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dqmtui.review.datalayer import DataLayer
from dqmtui.review.login import session_logins, transport_options
from dqmtui.services.dials import DialsClient
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dqmtui.review.login import Logins
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings


@asynccontextmanager
async def connected(
    settings: Settings,
    on_state: Callable[[ServiceName, ServiceState], None] | None = None,
    notify: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[DataLayer]:
    """Give a data layer on the services that the settings name; closes its connections at the end.

    ``notify`` gets sentences about the files of logins.
    """
    async with (
        session_logins(settings, notify) as logins,
        Transport(transport_options(settings), on_state=on_state) as transport,
    ):
        dials = DialsClient(transport, logins.dials, settings.dials_url)
        data = DataLayer(dials, _oms(transport, logins, settings), rate_path=settings.rate_path)
        try:
            yield data
        finally:
            await data.close()


def _oms(transport: Transport, logins: Logins, settings: Settings) -> OmsClient | None:
    if settings.oms_route == "off":
        return None
    if logins.oms is not None:
        return OmsClient(transport, logins.oms, DirectRoute(settings.oms_url))
    return OmsClient(transport, logins.dials, ProxyRoute(settings.dials_url))
