"""What the cache on disk has of the services, read and written without holding up the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from dqmtui.store.frame_parquet import import_arrow
from dqmtui.store.frames import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import datetime

    from dqmtui.model.histogram import StackRows
    from dqmtui.review.questions import Question
    from dqmtui.services.errors import ServiceName
    from dqmtui.store.cache import ServiceCache
    from dqmtui.store.frames import Coverage, FrameKey

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """An answer from the disk and when the service gave it (aware)."""

    value: T
    fetched_at: datetime


class Age:
    """How old what is on screen is: answers out of the cache whose service could not be asked again.

    `changed` is called whenever `since` may have changed.
    """

    def __init__(self) -> None:
        self._shown: dict[Hashable, datetime] = {}
        self._failed: set[Hashable] = set()
        self.changed: Callable[[], None] = lambda: None

    @property
    def since(self) -> datetime | None:
        """When the oldest of them was fetched, None when all that is shown is new."""
        return min((self._shown[key] for key in self._failed), default=None)

    def shown(self, key: Hashable, fetched_at: datetime) -> None:
        """Note that an answer out of the cache is shown."""
        self._shown[key] = fetched_at

    def came(self, key: Hashable) -> None:
        """Note that the service has answered."""
        self._shown.pop(key, None)
        if key in self._failed:
            self._failed.remove(key)
            self.changed()

    def failed(self, key: Hashable) -> None:
        """Note that the service could not be asked; what is shown instead is old."""
        if key in self._shown and key not in self._failed:
            self._failed.add(key)
            self.changed()


class KeptAnswers:
    """The cache of the services of a session; `parts` are those that are kept, by service.

    Reading gives None for what is not there or makes no sense. Writing is done in the background, one thing
    after another; `settled` waits for it.
    """

    def __init__(self, parts: Mapping[ServiceName, ServiceCache] | None = None) -> None:
        # asked anew each time: which cache belongs to a service may change while a session runs
        self._parts: Mapping[ServiceName, ServiceCache] = {} if parts is None else parts
        self._writing: set[asyncio.Task[None]] = set()
        # one at a time: writing competes with decoding for the interpreter
        self._turn = asyncio.Lock()

    async def answer(self, question: Question[T]) -> Kept[T] | None:
        """Give the answer to a question."""
        part = self._parts.get(question.service)
        return None if part is None else await asyncio.to_thread(_read, part, question)

    def keep(self, question: Question[T], value: T, fetched_at: datetime) -> None:
        """Keep the answer to a question."""
        part = self._parts.get(question.service)
        if part is not None:
            self._start(lambda: _write(part, question, value, fetched_at))

    def change(self, question: Question[T], make: Callable[[T | None], T], fetched_at: datetime) -> None:
        """Keep what `make`, called in a thread, makes of the answer that is kept by then."""
        part = self._parts.get(question.service)
        if part is None:
            return

        def write() -> None:
            before = _read(part, question)
            _write(part, question, make(None if before is None else before.value), fetched_at)

        self._start(write)

    async def histograms(self, key: FrameKey) -> Frame | None:
        """Give the histograms of an element in a run, as far as they are kept."""
        part = self._parts.get("DIALS")
        return None if part is None else await asyncio.to_thread(part.histograms, key)

    def keep_histograms(self, make: Callable[[], Frame]) -> None:
        """Keep the histograms that `make` puts together in a thread."""
        part = self._parts.get("DIALS")
        if part is not None:
            self._start(lambda: part.keep_histograms(make()))

    async def warm_up(self) -> None:
        """Load, in a thread, the library that reads histograms."""
        if "DIALS" in self._parts:
            await asyncio.to_thread(import_arrow)

    async def settled(self) -> None:
        """Wait until everything is written; raises what no writing should meet."""
        while self._writing:
            await asyncio.gather(*self._writing)

    async def _in_turn(self, work: Callable[[], object]) -> None:
        async with self._turn:
            await asyncio.to_thread(work)

    def _start(self, work: Callable[[], object]) -> None:
        task = asyncio.create_task(self._in_turn(work), name="cache")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


class KeptHistograms:
    """The histograms of one element in one run in the cache on disk."""

    def __init__(self, answers: KeptAnswers, key: FrameKey) -> None:
        self._answers = answers
        self._key = key

    async def read(self) -> Frame | None:
        """Give what there is."""
        return await self._answers.histograms(self._key)

    def keep(self, coverage: Coverage, held: Sequence[StackRows], file_ids: Mapping[int, int]) -> None:
        """Keep the rows of a stack, read in a thread, and the file that each LS is from."""

        def make() -> Frame:
            return Frame.of(self._key, coverage, held, file_ids)

        self._answers.keep_histograms(make)


def _read(part: ServiceCache, question: Question[T]) -> Kept[T] | None:
    found = part.answer(question.kind, *question.about)
    if found is None:
        return None
    try:
        return Kept(question.form.value(found.value), found.fetched_at)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # another version of the program wrote it: as good as not there


def _write(part: ServiceCache, question: Question[T], value: T, fetched_at: datetime) -> None:
    part.keep_answer(question.form.plain(value), fetched_at, question.kind, *question.about)
