"""Runs a worker on a connected data layer, or on the clients of the services."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dqmtui.cli.talk import tell
from dqmtui.review.clients import connected_clients
from dqmtui.review.session import connected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from dqmtui.cli.work import Work
    from dqmtui.review.clients import Clients
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.store.settings import Settings

    Worker = Callable[..., Awaitable[None]]


def run_connected(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    """Let `worker(work, data, **options)` work in an event loop; raises what it raises."""
    asyncio.run(_run(work, worker, options))


def run_on_clients(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    """Let `worker(work, clients, **options)` work in an event loop; raises what it raises."""
    asyncio.run(_run_on_clients(work, worker, options))


def _say_if_insecure(settings: Settings) -> None:
    if settings.insecure:
        tell(
            f"INSECURE ({settings.origin('insecure')}): no certificate is checked, "
            "so whoever sits on the line can read your login"
        )


async def _run(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    _say_if_insecure(work.settings)
    data: DataLayer
    old: list[datetime] = []
    try:
        async with connected(work.settings, notify=tell, fall_back=old.append) as data:
            await worker(work, data, **options)
    finally:
        if old:
            tell(f"offline: a service could not be reached; this is from the cache, as of {_when(min(old))}")


def _when(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


async def _run_on_clients(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    _say_if_insecure(work.settings)
    clients: Clients
    async with connected_clients(work.settings, notify=tell) as clients:
        await worker(work, clients, **options)
