"""From settings to a data layer that is connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dqmtui.review.clients import connected_clients
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.kept import KeptAnswers
from dqmtui.review.login import in_loop
from dqmtui.review.registry import registry_of
from dqmtui.store.cache import Cache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from dqmtui.review.login import Logins, Notify
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.records import ServiceState
    from dqmtui.store.cache import ServiceCache
    from dqmtui.store.settings import Settings


@asynccontextmanager
async def connected(
    settings: Settings,
    on_state: Callable[[ServiceName, ServiceState], None] | None = None,
    notify: Notify = lambda _: None,
    fall_back: Callable[[datetime], None] | None = None,
    on_logins: Callable[[Logins], None] = lambda _: None,
) -> AsyncIterator[DataLayer]:
    """Give a data layer on the services that the settings name; closes its connections at the end.

    ``notify`` gets sentences about the files of logins and of the cache, the route to OMS, and lists that
    lack rows; ``fall_back`` is as DataLayer says, ``on_logins`` gets the logins as soon as there are some.
    """
    async with connected_clients(settings, on_state, notify) as clients:
        if clients.logins is not None:
            on_logins(clients.logins)
        kept = _kept(settings, clients.oms, in_loop(notify))
        data = DataLayer(
            clients.dials,
            clients.oms,
            rate_path=settings.rate_path,
            kept=kept,
            fall_back=fall_back,
            registry=registry_of(settings),
        )
        try:
            yield data
        finally:
            await data.close()


class _Parts(Mapping["ServiceName", "ServiceCache"]):
    """The cache of DIALS, and that of the OMS which is asked now.

    What came through the proxy of a DIALS is kept as that DIALS's, and never as what OMS itself said, nor the
    other way round: the two addresses of the settings may lead to different services.
    """

    def __init__(self, cache: Cache, dials_url: str, oms: OmsClient | None) -> None:
        self._cache = cache
        self._dials_url = dials_url
        self._oms = oms

    def __getitem__(self, service: ServiceName) -> ServiceCache:
        if service == "OMS" and self._oms is not None:
            url = self._oms.way.route.base_url
        elif service == "DIALS":
            url = self._dials_url
        else:
            raise KeyError(service)
        try:
            return self._cache.of(url)
        except ValueError:
            # an address with an impossible port: the first request says so
            raise KeyError(service) from None

    def __iter__(self) -> Iterator[ServiceName]:
        yield "DIALS"
        if self._oms is not None:
            yield "OMS"

    def __len__(self) -> int:
        return 1 + (self._oms is not None)


def _kept(settings: Settings, oms: OmsClient | None, tell: Notify) -> KeptAnswers:
    """Give the cache on disk."""
    cache = Cache(settings.cache_dir, settings.cache_size_mb, tell)
    return KeptAnswers(_Parts(cache, settings.dials_url, oms) if cache.is_on else None)
