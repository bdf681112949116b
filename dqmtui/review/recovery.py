"""Going on by itself when a service that was down is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

WAITS_S = (3.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each question whether the service is back; the last one again and again."""


class Recovery:
    """Asks at growing intervals whether a service answers again, and then lets everything go on.

    `go_on` asks again for what is missing. If that fails too, whoever notices runs this once more, and the
    intervals go on growing, until `calm` says that something has come.
    """

    def __init__(
        self,
        is_answering: Callable[[], Awaitable[bool]],
        go_on: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._is_answering = is_answering
        self._go_on = go_on
        self._sleep = sleep
        self._attempt = 0

    def calm(self) -> None:
        """Begin with short intervals the next time."""
        self._attempt = 0

    async def run(self) -> None:
        """Run until the service answers."""
        while True:
            wait_s = WAITS_S[min(self._attempt, len(WAITS_S) - 1)]
            self._attempt += 1
            await self._sleep(wait_s)
            if await self._is_answering():
                break
        self._go_on()
