"""What every part of a review has: its state, its tasks, and whom it tells what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dqmtui.review.facts import (
    Crashed,
    Fact,
    LoginWanted,
    Notice,
    OfflineChanged,
    Severity,
    StateChanged,
)
from dqmtui.review.recovery import Recovery
from dqmtui.review.state import ReviewState
from dqmtui.review.tasks import Tasks
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from dqmtui.model.lstable import LSTable
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.services.errors import ServiceError, ServiceName


class ReviewCore:
    """The state of a review, the tasks behind it and the listener that is told of facts.

    All of it happens in the thread of the event loop. `sleep` waits between the attempts to reach a service
    that is down, and between two looks at a run that is being taken.
    """

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.data = data
        self.state = ReviewState()
        self.table: LSTable | None = None
        self.load: HistogramLoad | None = None
        self._listener: Callable[[Fact], None] | None = listener
        self._sleep = sleep
        self._logins_wanted: set[ServiceName] = set()
        self._tasks = Tasks(self._failed, lambda error: self._tell(Crashed(error)), self._idle)
        # what goes on beside the loading: it keeps nobody waiting and is not cancelled with it
        self._watch = Tasks(self._failed, lambda error: self._tell(Crashed(error)))
        self._recovery = Recovery(lambda: data.silence(self.state.workspace), self._go_on, sleep)
        data.age.changed = lambda: self._tell(OfflineChanged())

    @property
    def offline_since(self) -> datetime | None:
        """When the oldest of what is shown was fetched, if it could not be asked for again; else None."""
        return self.data.age.since

    @property
    def is_busy(self) -> bool:
        """Whether lists or tables are still coming; histograms have their own progress."""
        return bool(self._tasks)

    async def _end(self) -> None:
        """End everything that runs; nothing is told any more."""
        self._listener = None
        await self._watch.close()
        await self._tasks.close()
        await self.data.close()

    def _go_on(self) -> None:
        """Ask again for what is missing, but not for what the person has cancelled."""
        raise NotImplementedError

    def _replace(self, **changes: Any) -> None:
        before, self.state = self.state, replace(self.state, **changes)
        if self.state != before:
            self._settle(before)
            self._tell(StateChanged(before, self.state))

    def _settle(self, before: ReviewState) -> None:
        """Bring what follows from the state into line with it, before anybody is told of the change."""

    def _notice(self, text: str) -> None:
        self._tell(Notice(text))

    def _error(self, text: str) -> None:
        self._tell(Notice(text, Severity.ERROR))

    def _failed(self, error: ServiceError) -> None:
        self._tell(Notice(error.message, Severity.ERROR, error.details()))
        self._look_into(error)

    def _idle(self, group: str) -> None:
        """Take note that one of the loading tasks has come to its end."""

    def _look_into(self, error: ServiceError) -> None:
        """Ask for a login where one is missing, and wait for a service that is down to come back."""
        if isinstance(error, NotLoggedIn):
            if error.login not in self._logins_wanted:
                self._logins_wanted.add(error.login)
                self._tell(LoginWanted(error))
        elif isinstance(error, ServiceDown):
            self._recovery.note(error)
            self._watch.start_unless_running("recovery", self._recovery.run)

    def _tell(self, fact: Fact) -> None:
        if self._listener is not None:
            self._listener(fact)
