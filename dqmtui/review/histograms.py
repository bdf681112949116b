"""Loading the histograms of one element in one run, in pieces from the cursor outwards."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.review.ranges import LSRange, plan_ranges
from dqmtui.services.errors import NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
    """Give the rows of a page for a stack, None for a page without rows."""
    if page.x is None:
        return None
    y = None if page.y is None else _axis(page.y)
    return StackRows(page.ls, page.entries, page.data, _axis(page.x), y)


class HistogramLoad:
    """One load of a `HistogramStack`, shared by all who look at it.

    `changed` is called after every page with the first and last LS that it settled, and once at the end.
    A range that fails is kept and can be asked for again with `resume`; what came stays.
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
        self._pending: list[LSRange] | None = None
        self._task: asyncio.Task[None] | None = None
        self.key = key
        self.element = element
        self.stack: HistogramStack | None = None
        self.state = LoadState.LOADING
        self.error: ServiceError | None = None
        self.listeners: set[Callable[[HistogramLoad, int, int], None]] = set()

    @property
    def progress(self) -> tuple[int, int]:
        """Rows loaded and rows expected; (0, 0) before the run's lumisections are known."""
        return (0, 0) if self.stack is None else (self.stack.rows_loaded, self.stack.rows_expected)

    def start(self) -> None:
        """Begin, or go on with what is missing."""
        if self._task is None or self._task.done():
            self.state, self.error = LoadState.LOADING, None
            self._task = asyncio.create_task(self._run(), name=f"histograms of {self.element.me}")

    def resume(self) -> None:
        """Ask again for what failed or was cancelled; a load that is complete stays as it is."""
        if self.state is not LoadState.COMPLETE:
            self.start()

    def follow(self, cursor: int) -> None:
        """Let the ranges nearest to this LS come next."""
        self._cursor = cursor

    def cancel(self) -> None:
        """Stop; what came stays."""
        if self._task is not None and not self._task.done():
            self._task.cancel()

    async def wait(self) -> None:
        """Wait until the load has ended, however it ended."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._load()
        except asyncio.CancelledError:
            self.state = LoadState.CANCELLED
            self._tell(0, 0)
            raise
        self._tell(0, 0)

    async def _load(self) -> None:
        if self._pending is None:
            try:
                expected = await self._expected()
            except ServiceError as error:
                self.state, self.error = LoadState.PARTIAL, error
                return
            self.stack = HistogramStack(self.key, self.element, expected)
            dim = self.element.dim
            self._pending = plan_ranges(expected, self._cursor, NEAREST_ROWS[dim], MOST_ROWS[dim])
        failed: list[LSRange] = []
        async with asyncio.TaskGroup() as workers:
            for _ in range(PARALLEL):
                workers.create_task(self._work(self._pending, failed))
        self._pending = failed
        if failed:
            self.state = LoadState.PARTIAL
        elif self.stack is not None:
            self.stack.finish()
            self.state = LoadState.COMPLETE

    async def _work(self, pending: list[LSRange], failed: list[LSRange]) -> None:
        while pending:
            piece = min(pending, key=lambda piece: piece.distance(self._cursor))
            pending.remove(piece)
            try:
                await self._read(piece)
            except ServiceError as error:
                failed.append(piece)
                self.error = error
                if isinstance(error, NotLoggedIn):
                    # nothing else can succeed before the person has logged in
                    failed.extend(pending)
                    pending.clear()
            except asyncio.CancelledError:
                pending.append(piece)
                raise

    async def _read(self, piece: LSRange) -> None:
        run = self.key.run
        pages = self._dials.histogram_pages(
            run.workspace, run.dataset_id, run.run, self.element, first_ls=piece.first, last_ls=piece.last
        )
        async for page in pages:
            if self.stack is None:
                return
            rows = rows_of(page)
            if rows is not None:
                self.stack.fill(rows)
            self.stack.settle(page.first_ls, page.last_ls)
            self._tell(page.first_ls, page.last_ls)

    def _tell(self, first: int, last: int) -> None:
        for listener in tuple(self.listeners):
            listener(self, first, last)
