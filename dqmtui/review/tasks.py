"""Tasks by group, the newest of a group ending the older one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Work = Callable[[], Awaitable[None]]


class Tasks:
    """Running tasks, at most one per group.

    `failed` hears of an error of a service that ended a task, `crashed` of any other: a mistake; `idle` hears
    of a group that does nothing any more, however that ended.
    """

    def __init__(
        self,
        failed: Callable[[ServiceError], None],
        crashed: Callable[[BaseException], None],
        idle: Callable[[str], None] = lambda _group: None,
    ) -> None:
        self._failed = failed
        self._crashed = crashed
        self._idle = idle
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, group: str, work: Work) -> None:
        """Run `work` in place of what the group is doing."""
        self.cancel(group)
        task = asyncio.create_task(self._run(work), name=group)
        self._tasks[group] = task
        task.add_done_callback(lambda done: self._ended(group, done))

    def start_unless_running(self, group: str, work: Work) -> None:
        """Run `work` unless the group is doing something."""
        if group not in self._tasks:
            self.start(group, work)

    def cancel(self, group: str) -> bool:
        """Cancel what a group is doing; tell whether there was anything."""
        task = self._tasks.pop(group, None)
        return task is not None and task.cancel()

    def cancel_all(self) -> bool:
        """Cancel what all groups are doing; tell whether there was anything."""
        stopped = [self.cancel(group) for group in tuple(self._tasks)]
        return any(stopped)

    def __contains__(self, group: str) -> bool:
        return group in self._tasks

    def __bool__(self) -> bool:
        return bool(self._tasks)

    async def close(self) -> None:
        """Cancel everything and wait for its end."""
        running = tuple(self._tasks.values())
        self.cancel_all()
        if running:
            await asyncio.wait(running)

    async def _run(self, work: Work) -> None:
        try:
            await work()
        except ServiceError as error:
            self._failed(error)

    def _ended(self, group: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(group) is task:
            del self._tasks[group]
        if group not in self._tasks:
            self._idle(group)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._crashed(error)
