"""From settings to a data layer that is connected."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dqmtui.review.clients import connected_clients
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.kept import KeptAnswers
from dqmtui.review.login import in_loop
from dqmtui.store.cache import Cache

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from dqmtui.review.login import Notify
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings


@asynccontextmanager
async def connected(
    settings: Settings,
    on_state: Callable[[ServiceName, ServiceState], None] | None = None,
    notify: Notify = lambda _: None,
    fall_back: Callable[[datetime], None] | None = None,
) -> AsyncIterator[DataLayer]:
    """Give a data layer on the services that the settings name; closes its connections at the end.

    ``notify`` gets sentences about the files of logins and of the cache, and about the route to OMS;
    ``fall_back`` is as DataLayer says.
    """
    kept = _kept(settings, in_loop(notify))
    async with connected_clients(settings, on_state, notify) as clients:
        data = DataLayer(
            clients.dials, clients.oms, rate_path=settings.rate_path, kept=kept, fall_back=fall_back
        )
        try:
            yield data
        finally:
            await data.close()


def _kept(settings: Settings, tell: Notify) -> KeptAnswers:
    """Give the cache on disk; what came through the proxy of a DIALS is kept as that DIALS's."""
    cache = Cache(settings.cache_dir, settings.cache_size_mb, tell)
    if not cache.is_on:
        return KeptAnswers()
    oms_url = settings.oms_url if settings.oms_route == "direct" else settings.dials_url
    try:
        return KeptAnswers({"DIALS": cache.of(settings.dials_url), "OMS": cache.of(oms_url)})
    except ValueError:
        # an address with an impossible port: the first request says so
        return KeptAnswers()
