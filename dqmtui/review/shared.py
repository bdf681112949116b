"""Asking once: one running call for all who ask the same at the same time, and answers that are kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
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
            running = _Running(asyncio.create_task(self._run(key, call)))
            running.task.add_done_callback(_noticed)
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


def _noticed(task: asyncio.Task[Any]) -> None:
    """Take note of how a call ended: one that fails when nobody waits any more concerns nobody."""
    if not task.cancelled():
        task.exception()


class Answers:
    """Answers by question: whatever came is kept, and asked for by one call at a time."""

    def __init__(self) -> None:
        self._calls = SharedCalls()
        self._kept: dict[Hashable, tuple[Any, datetime]] = {}

    async def get(self, question: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Give the answer that is kept, or await `ask()` together with all who wait for it.

        Raises whatever `ask` raises; that is not kept.
        """
        return (await self.dated(question, ask))[0]

    async def dated(self, question: Hashable, ask: Callable[[], Awaitable[T]]) -> tuple[T, datetime]:
        """Give the answer as `get` does, and when it came (UTC)."""
        if question in self._kept:
            kept: tuple[T, datetime] = self._kept[question]
            return kept

        async def ask_and_keep() -> tuple[T, datetime]:
            answer = await ask(), datetime.now(UTC)
            self._kept[question] = answer
            return answer

        return await self._calls.get(question, ask_and_keep)

    def forget(self, question: Hashable) -> None:
        """Let the next to ask get a new answer."""
        self._kept.pop(question, None)

    async def fresh(self, question: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """Await `ask()` together with all who wait for it just now, and keep nothing."""
        return await self._calls.get(question, ask)
