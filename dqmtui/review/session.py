"""From settings to a data layer that is connected."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dqmtui.review.datalayer import DataLayer
from dqmtui.services.dials import DialsClient
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.tokens import FixedToken, NoToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from dqmtui.services.errors import ServiceName
    from dqmtui.services.records import ServiceState
    from dqmtui.services.tokens import TokenSource
    from dqmtui.store.settings import Settings


@asynccontextmanager
async def connected(
    settings: Settings, on_state: Callable[[ServiceName, ServiceState], None] | None = None
) -> AsyncIterator[DataLayer]:
    """Give a data layer on the services that the settings name; closes its connections at the end."""
    options = TransportOptions(ca_bundle=settings.ca_bundle, insecure=settings.insecure)
    tokens: TokenSource = FixedToken(settings.dials_token) if settings.dials_token else NoToken()
    async with Transport(options, on_state=on_state) as transport:
        dials = DialsClient(transport, tokens, settings.dials_url)
        data = DataLayer(dials, _oms(transport, tokens, settings), rate_path=settings.rate_path)
        try:
            yield data
        finally:
            await data.close()


def _oms(transport: Transport, tokens: TokenSource, settings: Settings) -> OmsClient | None:
    match settings.oms_route:
        case "off":
            return None
        case "direct":
            return OmsClient(transport, tokens, DirectRoute(settings.oms_url))
        case _:
            return OmsClient(transport, tokens, ProxyRoute(settings.dials_url))
