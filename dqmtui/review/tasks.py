"""Tasks by group, the newest of a group ending the older one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Tasks:
    """Running tasks, at most one per group; `crashed` hears of an exception that no task handled."""

    def __init__(self, crashed: Callable[[BaseException], None]) -> None:
        self._crashed = crashed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, group: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in place of what the group was doing."""
        self.cancel(group)
        task = asyncio.create_task(work, name=group)
        self._tasks[group] = task
        task.add_done_callback(lambda done: self._ended(group, done))
        return task

    def cancel(self, group: str) -> bool:
        """Cancel what a group is doing; tell whether there was anything."""
        task = self._tasks.pop(group, None)
        if task is None or task.done():
            return False
        return task.cancel()

    def __bool__(self) -> bool:
        return bool(self._tasks)

    async def close(self) -> None:
        """Cancel everything and wait for its end."""
        running = tuple(self._tasks.values())
        self._tasks.clear()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    def _ended(self, group: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(group) is task:
            del self._tasks[group]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._crashed(error)
