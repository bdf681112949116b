"""One running call for all who ask the same thing at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[Any]
    waiting: int = 0


class SharedCalls:
    """Calls by key: the second to ask waits for the first's answer, the last to give up cancels the call.

    Nothing is kept once a call has ended.
    """

    def __init__(self) -> None:
        self._running: dict[Hashable, _Running] = {}

    def __len__(self) -> int:
        return len(self._running)

    async def get(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """Await `call()`, or the same call already under way for this key.

        Raises whatever the call raises, in everyone who waits for it.
        """
        running = self._running.get(key)
        if running is None:
            running = _Running(asyncio.ensure_future(self._run(key, call)))
            self._running[key] = running
        running.waiting += 1
        try:
            result: T = await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if not running.waiting and not running.task.done():
                self._running.pop(key, None)
                running.task.cancel()
        return result

    async def _run(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        me = asyncio.current_task()
        try:
            return await call()
        finally:
            held = self._running.get(key)
            if held is not None and held.task is me:
                del self._running[key]
