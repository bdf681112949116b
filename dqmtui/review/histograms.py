"""Loading the histograms of one element in one run, in pieces from the cursor outwards."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from enum import Enum
from typing import TYPE_CHECKING

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.lsmask import LSMask
from dqmtui.review.ranges import LSRange, plan_ranges
from dqmtui.services.errors import BadReply, NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.keys import HistogramKey, MonitoringElement
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.records import Binning, HistogramPage

PARALLEL = 2
"""Requests of one load at a time: two halve its time, more gain nothing and take slots from others."""

NEAREST_ROWS = {1: 100, 2: 10}
"""Rows in the first request by dimension: it brings the first plot, so it is small."""

MOST_ROWS = {1: 500, 2: 100}
"""Rows in every other range by dimension; 500 is the service's largest page."""


class LoadState(Enum):
    """How far a load has come; the value is what stands on screen."""

    LOADING = "loading"
    COMPLETE = "complete"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


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


def unreadable(element: MonitoringElement, ls: Sequence[int]) -> BadReply:
    """Make the error for LS whose histograms DIALS has but cannot send: their bins are NaN or infinite."""
    numbers = LSMask.from_numbers(ls)
    return BadReply(
        f"DIALS has histograms of {element.short_name} in LS {numbers}, but cannot send them.",
        service="DIALS",
    )


class HistogramLoad:
    """One load of a `HistogramStack`, shared by all who look at it.

    Listeners are called after every page with the first and last LS that it settled, and with (0, 0) when
    the load has ended. What came stays; `start` asks again for what failed or was cancelled. `error` says why
    a load is PARTIAL; `crash` is an exception that no load should meet.
    """

    def __init__(
        self,
        dials: DialsClient,
        key: HistogramKey,
        element: MonitoringElement,
        expected: Callable[[], Awaitable[NDArray[np.int64]]],
        cursor: int,
    ) -> None:
        self._dials = dials
        self._expected = expected
        self._cursor = cursor
        self._waiting: list[LSRange] = []
        self._failed: list[LSRange] = []
        self._task: asyncio.Task[None] | None = None
        # what was cancelled may not have ended yet when the load goes on
        self._reading = asyncio.Lock()
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
    def _under_way(self) -> bool:
        return self.state is LoadState.LOADING and self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin, or go on with what is missing; a load that is under way or complete stays as it is."""
        if self._under_way or self.state is LoadState.COMPLETE:
            return
        self.state, self.error, self.crash = LoadState.LOADING, None, None
        self._task = asyncio.create_task(self._run(), name=f"histograms of {self.element.me}")

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
        if asyncio.current_task() is self._task and self.state is LoadState.LOADING:
            self.state = ended
            self._tell(0, 0)

    async def _load(self) -> LoadState:
        stack = self.stack
        if stack is None:
            try:
                expected = await self._expected()
            except ServiceError as error:
                self.error = error
                return LoadState.PARTIAL
            stack = self.stack = HistogramStack(self.key, self.element, expected)
            dim = self.element.dim
            self._waiting = plan_ranges(expected, self._cursor, NEAREST_ROWS[dim], MOST_ROWS[dim])
        self._waiting += self._failed
        self._failed.clear()
        async with asyncio.TaskGroup() as workers:
            for _ in range(PARALLEL):
                workers.create_task(self._work(stack))
        if self._failed:
            return LoadState.PARTIAL
        stack.finish()
        return LoadState.COMPLETE

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
                    self._take(stack, page)
                    rest = piece.after(max((page.last_ls, *page.unreadable)))
        except ServiceError as error:
            goes_to = self._failed
            self._note(error)
        finally:
            if rest is not None:
                goes_to.append(rest)

    def _take(self, stack: HistogramStack, page: HistogramPage) -> None:
        rows = rows_of(page)
        if rows is not None:
            stack.fill(rows)
        if page.unreadable:
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

    def _tell(self, first: int, last: int) -> None:
        for listener in tuple(self.listeners):
            listener(self, first, last)
