"""Loading the histograms of one element in one run, in pieces from the cursor outwards."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import CellState
from dqmtui.review.ranges import LSRange, plan_ranges
from dqmtui.services.errors import BadReply, NotLoggedIn, ServiceError
from dqmtui.store.frames import Coverage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from dqmtui.model.keys import HistogramKey, MonitoringElement
    from dqmtui.review.kept import KeptHistograms
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.records import Binning, HistogramPage

PARALLEL = {1: 3, 2: 2}
"""Requests of one load at a time, by dimension.

DIALS works on two, and a third is there when one of them is done; those for maps are long, and who goes on
to another element waits for those that are under way.
"""

NEAREST_ROWS = {1: 100, 2: 10}
"""Rows in the first request by dimension: it brings the first plot, so it is small."""

MOST_ROWS = {1: 500, 2: 60}
"""Rows in every other range by dimension; 500 is the service's largest page."""


SLICE_BINS = 125_000
"""Bins from the cache that are filled in within one turn of the event loop."""


class LoadState(Enum):
    """How far a load has come; the value is what stands on screen."""

    LOADING = "loading"
    COMPLETE = "complete"
    PARTIAL = "partial"
    CANCELLED = "cancelled"
    KEPT = "from the cache"
    """All that the cache has, which was the whole run then; the service could not be asked whether it is."""


def _axis(binning: Binning) -> Axis:
    return Axis(binning.n_bins, binning.low, binning.high)


def rows_of(page: HistogramPage) -> StackRows | None:
    """Give the rows of a page for a stack, None for a page without rows; raises BadReply."""
    if page.x is None:
        return None
    try:
        y = None if page.y is None else _axis(page.y)
        return StackRows(page.ls, page.entries, page.data, _axis(page.x), y)
    except ValueError as error:
        raise BadReply(f"DIALS sent histograms that cannot be: {error}.", service="DIALS") from error


def summed_rows_of(page: HistogramPage) -> StackRows | None:
    """Give the rows of a page as `rows_of` does, summed up; for a thread."""
    rows = rows_of(page)
    return None if rows is None else rows.summed()


def unreadable(element: MonitoringElement, ls: Sequence[int]) -> BadReply:
    """Make the error for LS whose histograms DIALS has but cannot send: their bins are NaN or infinite."""
    numbers = LSMask.from_numbers(ls)
    return BadReply(
        f"DIALS has histograms of {element.short_name} in LS {numbers}, but cannot send them.",
        service="DIALS",
    )


def slices_of(rows: StackRows) -> Iterator[StackRows]:
    """Give rows in slices that are filled in without making anybody wait."""
    n_rows = max(1, SLICE_BINS * rows.ls.size // max(1, rows.data.size))
    for start in range(0, rows.ls.size, n_rows):
        part = slice(start, start + n_rows)
        yield StackRows(rows.ls[part], rows.entries[part], rows.data[part], rows.x, rows.y)


class HistogramLoad:
    """One load of a `HistogramStack`, shared by all who look at it.

    `expected` gives the LS that DIALS has of the run and when it said so; `kept` is what the cache on disk
    has, which is read first. Listeners are called after every page with the first and last LS
    that it settled, and with (0, 0) when the load has ended. What came stays; `start` asks again for what
    failed or was cancelled. `error` says why a load is PARTIAL or KEPT; `crash` is an exception that no load
    should meet.
    """

    def __init__(
        self,
        dials: DialsClient,
        key: HistogramKey,
        element: MonitoringElement,
        expected: Callable[[], Awaitable[tuple[NDArray[np.int64], datetime]]],
        cursor: int,
        kept: KeptHistograms | None = None,
    ) -> None:
        self._dials = dials
        self._expected = expected
        self._cursor = cursor
        self._kept = kept
        self._waiting: list[LSRange] = []
        self._failed: list[LSRange] = []
        self._task: asyncio.Task[None] | None = None
        # what was cancelled may not have ended yet when the load goes on
        self._reading = asyncio.Lock()
        # what the cache is told of the stack, and whether it has been told
        self._is_planned = False
        self._ls_count = 0
        self._asked_at: datetime | None = None
        self._file_ids: dict[int, int] = {}
        self._unreadable: set[int] = set()
        self._has_news = False
        self.key = key
        self.element = element
        self.stack: HistogramStack | None = None
        self.state = LoadState.LOADING
        self.error: ServiceError | None = None
        self.crash: Exception | None = None
        self.listeners: set[Callable[[HistogramLoad, int, int], None]] = set()

    @property
    def progress(self) -> tuple[int, int]:
        """Rows loaded and rows expected; (0, 0) before the run's lumisections are known."""
        return (0, 0) if self.stack is None else (self.stack.rows_loaded, self.stack.rows_expected)

    @property
    def file_ids(self) -> Mapping[int, int]:
        """The files of the service that the histograms are from, by LS number."""
        return self._file_ids

    @property
    def _under_way(self) -> bool:
        return self.state is LoadState.LOADING and self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin, or go on with what is missing; a load that is under way or complete stays as it is."""
        if self._under_way or self.state is LoadState.COMPLETE:
            return
        self.state, self.error, self.crash = LoadState.LOADING, None, None
        self._task = asyncio.create_task(self._run(), name=f"histograms of {self.element.me}")

    def refresh(self) -> None:
        """Ask what the run has by now, and for the histograms that came since."""
        if not self._under_way:
            self._is_planned = False
            self.state = LoadState.PARTIAL
            self.start()

    def follow(self, cursor: int) -> None:
        """Let the ranges nearest to this LS come next."""
        self._cursor = cursor

    def cancel(self) -> None:
        """Stop; what came stays, and a page that has just come may still be taken in."""
        if self._under_way and self._task is not None:
            self.state = LoadState.CANCELLED
            self._task.cancel()
            self._tell(0, 0)

    async def wait(self) -> None:
        """Wait until the load has ended, however it ended; raises only what no load should meet."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
        if self.crash is not None:
            raise self.crash

    async def _run(self) -> None:
        try:
            async with self._reading:
                ended = await self._load()
        except Exception as crash:  # noqa: BLE001 - whoever waits for the load or listens to it gets it
            self.crash, ended = crash, LoadState.PARTIAL
        finally:
            self._keep()
        if asyncio.current_task() is self._task and self.state is LoadState.LOADING:
            self.state = ended
            self._tell(0, 0)

    async def _load(self) -> LoadState:
        if self.stack is None:
            await self._take_kept()
        if self._is_planned:
            self._waiting += self._failed
            self._failed.clear()
        else:
            try:
                await self._plan()
            except ServiceError as error:
                self.error = error
                was_whole = self.stack is not None and self.stack.complete
                return LoadState.KEPT if was_whole else LoadState.PARTIAL
        stack = self._planned_stack()
        async with asyncio.TaskGroup() as workers:
            for _ in range(PARALLEL.get(self.element.dim, 1)):
                workers.create_task(self._work(stack))
        if self._failed:
            return LoadState.PARTIAL
        stack.finish()
        return LoadState.COMPLETE

    def _planned_stack(self) -> HistogramStack:
        if self.stack is None:
            self.stack = HistogramStack(self.key, self.element, np.zeros(0, dtype=np.int64))
        return self.stack

    async def _take_kept(self) -> None:
        """Begin with what the cache on disk has."""
        frame = None if self._kept is None else await self._kept.read()
        if frame is None:
            return
        coverage = frame.coverage
        stack = self.stack = HistogramStack(self.key, self.element, np.array([*frame.present]))
        self._ls_count, self._asked_at = coverage.ls_count, coverage.fetched_at
        self._unreadable = {*coverage.unreadable}
        for part in frame.parts:
            self._file_ids.update(zip(part.rows.ls.tolist(), part.file_id.tolist(), strict=True))
            # a run of maps is much more than what one turn of the event loop may take
            for rows in slices_of(part.rows):
                stack.fill(await asyncio.to_thread(rows.summed))
                self._tell(int(rows.ls[0]), int(rows.ls[-1]))
        for first, last in coverage.read.ranges:
            stack.settle(first, last)
        if coverage.complete and not coverage.unreadable:
            stack.finish()

    async def _plan(self) -> None:
        """Ask which LS the run has, and plan how to read those that are not there yet."""
        expected, asked_at = await self._expected()
        stack = self._planned_stack()
        if not np.isin(stack.ls[stack.state >= CellState.VALUE], expected).all():
            # DIALS has rewritten the run: what it said before counts no more
            self.stack, self._ls_count = None, 0
            stack = self._planned_stack()
        if expected.size == self._ls_count:
            settled, unreadable_ls = stack.read, sorted(self._unreadable)
        else:
            # while a run grows, what was absent may have come since
            settled, unreadable_ls = LSMask.from_numbers(stack.ls[stack.state >= CellState.VALUE]), []
            self._unreadable.clear()
            self._has_news = True
        stack.expect(expected)
        for first, last in settled.ranges:
            stack.settle(first, last)
        self._ls_count, self._asked_at, self._is_planned = expected.size, asked_at, True
        dim = self.element.dim
        done = settled | LSMask.from_numbers(unreadable_ls)
        nearest, most = NEAREST_ROWS.get(dim, 1), MOST_ROWS.get(dim, 1)
        self._waiting = plan_ranges(expected, self._cursor, nearest, most, done)
        self._failed = [LSRange(ls, ls) for ls in unreadable_ls]
        if unreadable_ls:
            self._note(unreadable(self.element, unreadable_ls))
        if settled:
            self._tell(settled.ranges[0][0], settled.ranges[-1][1])

    async def _work(self, stack: HistogramStack) -> None:
        while self._waiting:
            piece = min(self._waiting, key=lambda piece: piece.distance(self._cursor))
            self._waiting.remove(piece)
            await self._read(stack, piece)

    async def _read(self, stack: HistogramStack, piece: LSRange) -> None:
        """Read a range; what of it did not come waits or has failed afterwards."""
        run = self.key.run
        rest: LSRange | None = piece
        goes_to = self._waiting
        pages = self._dials.histogram_pages(
            run.workspace, run.dataset_id, run.run, self.element, first_ls=piece.first, last_ls=piece.last
        )
        try:
            async with aclosing(pages):
                async for page in pages:
                    # summing up bins takes longer than the event loop may wait
                    rows = await asyncio.to_thread(summed_rows_of, page)
                    self._take(stack, page, rows)
                    rest = piece.after(max((page.last_ls, *page.unreadable)))
        except ServiceError as error:
            goes_to = self._failed
            self._note(error)
        finally:
            if rest is not None:
                goes_to.append(rest)

    def _take(self, stack: HistogramStack, page: HistogramPage, rows: StackRows | None) -> None:
        self._has_news = True
        if rows is not None:
            stack.fill(rows)
            numbers = rows.ls.tolist()
            self._file_ids.update(zip(numbers, page.file_id.tolist(), strict=True))
            self._unreadable.difference_update(numbers)
        if page.unreadable:
            self._unreadable.update(page.unreadable)
            self._failed += [LSRange(ls, ls) for ls in page.unreadable]
            self._note(unreadable(self.element, page.unreadable))
        if page.first_ls <= page.last_ls:
            stack.settle(page.first_ls, page.last_ls)
            self._tell(page.first_ls, page.last_ls)

    def _note(self, error: ServiceError) -> None:
        """Keep an error to be shown: the end of the login before any other."""
        if isinstance(error, NotLoggedIn):
            # nothing else can succeed before the person has logged in
            self._failed += self._waiting
            self._waiting.clear()
        if not isinstance(self.error, NotLoggedIn):
            self.error = error

    def _keep(self) -> None:
        """Give the cache on disk what has come since it was told last."""
        stack = self.stack
        if self._kept is None or stack is None or self._asked_at is None or not self._has_news:
            return
        self._has_news = False
        pieces = [*self._waiting, *self._failed]
        coverage = Coverage(
            read=stack.read,
            complete=all(piece.first == piece.last and piece.first in self._unreadable for piece in pieces),
            ls_count=self._ls_count,
            fetched_at=self._asked_at,
            unreadable=LSMask.from_numbers(self._unreadable),
        )
        self._kept.keep(coverage, stack.held(), dict(self._file_ids))

    def _tell(self, first: int, last: int) -> None:
        for listener in tuple(self.listeners):
            listener(self, first, last)
