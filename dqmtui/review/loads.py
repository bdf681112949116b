"""The loads of histograms of a session: one for each element in a run, as many as memory has room for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.histogram import HistogramStack
from dqmtui.review.histograms import HistogramLoad, LoadState, rows_of, unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from numpy.typing import NDArray

    from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
    from dqmtui.review.kept import KeptHistograms
    from dqmtui.services.dials import DialsClient

    Expected = Callable[[RunKey], Awaitable[tuple[NDArray[np.int64], datetime]]]
    FindKept = Callable[[HistogramKey, MonitoringElement], KeptHistograms | None]

MEMORY_BUDGET = 70_000_000
"""Bytes of bins that stay in memory; the stacks looked at longest ago go first."""


class Loads:
    """Loads by key; `expected` tells which LS a run has, `find_kept` where the cache keeps histograms.

    `memory_budget` is in bytes.
    """

    def __init__(
        self, dials: DialsClient, expected: Expected, find_kept: FindKept, memory_budget: int
    ) -> None:
        self._dials = dials
        self._expected = expected
        self._find_kept = find_kept
        self._memory_budget = memory_budget
        self._loads: OrderedDict[HistogramKey, HistogramLoad] = OrderedDict()
        self._borrowed: set[HistogramKey] = set()

    def get(self, key: HistogramKey, element: MonitoringElement, cursor: int) -> HistogramLoad:
        """Give the load of an element's histograms in a run, started unless somebody did already.

        The ranges nearest to the LS `cursor` come first.
        """
        self._borrowed.discard(key)
        load = self._loads.get(key)
        if load is None:
            load = self._new(key, element, cursor)
            self._loads[key] = load
            self._make_room(key)
            load.start()
        else:
            load.follow(cursor)
            if load.state in {LoadState.CANCELLED, LoadState.KEPT}:
                load.start()
        self._loads.move_to_end(key)
        return load

    @asynccontextmanager
    async def borrowed(
        self, key: HistogramKey, element: MonitoringElement, cursor: int
    ) -> AsyncIterator[HistogramLoad]:
        """Give a load as `get` does, but let go of it in the end, and of nothing that others look at.

        What was there before, or what somebody has asked for meanwhile, stays.
        """
        load = self._loads.get(key)
        if load is None:
            load = self._new(key, element, cursor)
            self._loads[key] = load
            self._loads.move_to_end(key, last=False)
            self._borrowed.add(key)
            load.start()
        elif load.state in {LoadState.CANCELLED, LoadState.KEPT}:
            load.start()
        try:
            yield load
        finally:
            if key in self._borrowed and self._loads.get(key) is load:
                self._borrowed.discard(key)
                del self._loads[key]
                load.cancel()

    def _new(self, key: HistogramKey, element: MonitoringElement, cursor: int) -> HistogramLoad:
        kept = self._find_kept(key, element)
        return HistogramLoad(self._dials, key, element, lambda: self._expected(key.run), cursor, kept)

    async def one(self, key: HistogramKey, element: MonitoringElement, ls: int) -> HistogramStack:
        """Give a stack that knows of this LS alone, read without the rest of the run; raises ServiceError."""
        run = key.run
        stack = HistogramStack(key, element, np.array([ls], dtype=np.int64))
        pages = self._dials.histogram_pages(
            run.workspace, run.dataset_id, run.run, element, first_ls=ls, last_ls=ls
        )
        async with aclosing(pages):
            async for page in pages:
                if page.unreadable:
                    raise unreadable(element, page.unreadable)
                rows = rows_of(page)
                if rows is not None:
                    stack.fill(rows)
        stack.finish()
        return stack

    def forget(self, run: int) -> None:
        """Let go of the histograms of a run number, in whichever dataset."""
        for key in [key for key in self._loads if key.run.run == run]:
            self._loads.pop(key).cancel()

    def _make_room(self, newest: HistogramKey) -> None:
        # what is borrowed goes by itself
        own = {key: load for key, load in self._loads.items() if key not in self._borrowed}
        held = sum(load.stack.nbytes for load in own.values() if load.stack is not None)
        for key, load in own.items():
            if held <= self._memory_budget:
                return
            if key != newest and load.state is not LoadState.LOADING and not load.listeners:
                held -= load.stack.nbytes if load.stack is not None else 0
                del self._loads[key]

    async def close(self) -> None:
        """Stop every load."""
        loads = tuple(self._loads.values())
        for load in loads:
            load.cancel()
        # what crashed has been told to those who looked at it
        await asyncio.gather(*(load.wait() for load in loads), return_exceptions=True)
