"""Runs a worker on a connected data layer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dqmtui.cli.talk import tell
from dqmtui.review.session import connected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer

    Worker = Callable[..., Awaitable[None]]


def run_connected(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    """Let `worker(work, data, **options)` work in an event loop; raises what it raises."""
    asyncio.run(_run(work, worker, options))


async def _run(work: Work, worker: Worker, options: Mapping[str, Any]) -> None:
    data: DataLayer
    async with connected(work.settings, notify=tell) as data:
        await worker(work, data, **options)
