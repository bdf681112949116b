"""Asking the services: what is in memory is not asked for, what is under way is shared, and all is kept."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from dqmtui.review.kept import Age, Kept, KeptAnswers
from dqmtui.review.shared import Answers
from dqmtui.services.dials_lists import ShortList
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.review.questions import Question

T = TypeVar("T")

RUNS_KEPT = 50
"""Runs whose LS, conditions and rates stay in memory, 1 MB each at the most."""


class Asking:
    """Answers in memory and on disk, in front of the services.

    With `fall_back` an answer out of the cache stands in for a service that is down, and `fall_back` is told
    of its age; without it such an answer is given by `kept` alone, to whoever asks for it.
    """

    def __init__(self, kept: KeptAnswers, fall_back: Callable[[datetime], None] | None) -> None:
        self.age = Age()
        self._kept = kept
        self._fall_back = fall_back
        self._lists = Answers()
        self._of_runs: OrderedDict[int, Answers] = OrderedDict()

    def _of(self, run: int) -> Answers:
        """Give the answers about a run number, and drop those about the run asked about longest ago."""
        answers = self._of_runs.setdefault(run, Answers())
        self._of_runs.move_to_end(run)
        if len(self._of_runs) > RUNS_KEPT:
            self._of_runs.popitem(last=False)
        return answers

    async def kept(self, question: Question[T]) -> Kept[T] | None:
        """Give the answer of an earlier session; a service that cannot be asked now makes it count as old."""
        kept = await self._kept.answer(question)
        if kept is not None:
            self.age.shown(question.key, kept.fetched_at)
        return kept

    async def _ask(
        self, answers: Answers, question: Question[T], ask: Callable[[], Awaitable[T]], *, anew: bool = False
    ) -> T:
        """Give the answer that is in memory, unless asked `anew`, or that of the service."""
        return (await self._ask_dated(answers, question, ask, anew=anew))[0]

    async def _ask_dated(
        self, answers: Answers, question: Question[T], ask: Callable[[], Awaitable[T]], *, anew: bool = False
    ) -> tuple[T, datetime]:
        """Give an answer as `_ask` does, and when the service gave it."""

        async def ask_and_keep() -> T:
            answer = await ask()
            self.age.came(question.key)
            if not isinstance(answer, ShortList):
                self._kept.keep(question, answer, datetime.now(UTC))
            return answer

        try:
            if anew:
                return await answers.fresh(question.key, ask_and_keep), datetime.now(UTC)
            answer = await answers.dated(question.key, ask_and_keep)
        except (ServiceDown, NotLoggedIn) as error:
            self.age.failed(question.key)
            kept = await self._kept.answer(question) if self._may_fall_back(error) else None
            if kept is None:
                raise
            self._fell_back(kept.fetched_at)
            return kept.value, kept.fetched_at
        if isinstance(answer[0], ShortList):
            # whoever asks again may get it all
            answers.forget(question.key)
        return answer

    def _may_fall_back(self, error: ServiceDown | NotLoggedIn) -> bool:
        return self._fall_back is not None and isinstance(error, ServiceDown)

    def _fell_back(self, fetched_at: datetime) -> None:
        if self._fall_back is not None:
            self._fall_back(fetched_at)
