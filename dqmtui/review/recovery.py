"""Going on by itself when a service that was down is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.services.errors import ServiceError, ServiceName

WAITS_S = (3.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each question whether the service is back; the last one again and again."""
MOST_S = 900.0
"""So long it waits when the service asks for that; whoever cannot wait asks by hand."""


class Recovery:
    """Asks at growing intervals whether a service answers again, and then lets everything go on.

    `silence` gives the error with which the service still does not answer. How long a service asks to be left
    alone (Retry-After) is waited for, up to `MOST_S`: that of DIALS, which is asked, else the shortest.
    `go_on` asks again for what is missing. If that fails too, whoever notices runs this once more, and the
    intervals go on growing, until `calm` says that something has come.
    """

    def __init__(
        self,
        silence: Callable[[], Awaitable[ServiceError | None]],
        go_on: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._silence = silence
        self._go_on = go_on
        self._sleep = sleep
        self._attempt = 0
        self._wishes: dict[ServiceName, float] = {}

    def calm(self) -> None:
        """Begin with short intervals the next time."""
        self._attempt = 0

    def note(self, error: ServiceError) -> None:
        """Take note of a service that is down, and of how long it asks to be left alone."""
        self._wishes[error.service] = error.retry_after_s or 0.0

    async def run(self) -> None:
        """Run until the service answers."""
        while True:
            usual_s = WAITS_S[min(self._attempt, len(WAITS_S) - 1)]
            self._attempt += 1
            asked_s = self._wishes.get("DIALS", min(self._wishes.values(), default=0.0))
            await self._sleep(max(usual_s, min(asked_s, MOST_S)))
            # what was said meanwhile was said of the time that is over
            self._wishes.clear()
            silence = await self._silence()
            if silence is None:
                break
            self.note(silence)
        self._go_on()
