"""Loading the LS table of a run from all of its sources."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review import questions
from dqmtui.review.oms_source import oms_source
from dqmtui.services.errors import Incomplete, ServiceError

if TYPE_CHECKING:
    from typing import TypeVar

    from dqmtui.model.keys import RunKey
    from dqmtui.model.rate_name import RateName
    from dqmtui.review.kept import Kept
    from dqmtui.review.questions import Question
    from dqmtui.services.oms_records import RateRows
    from dqmtui.services.records import LumisectionRows

    T = TypeVar("T")

SOURCES = (DIALS, OMS, RATE)

Changed = Callable[[LSTable, str], None]
"""Gets a table and the name of the source that came or failed in it."""

Failed = Callable[[ServiceError], None]

Ask = Callable[["RunKey"], Awaitable[Source]]
Recall = Callable[["RunKey"], Awaitable["Source | None"]]


class Asked(Protocol):
    """Who answers what a table is made of, and knows what the cache has of it."""

    rate: RateName

    @property
    def has_oms(self) -> bool:
        """Whether there is a route to OMS."""

    async def lumisections(self, run: RunKey) -> LumisectionRows:
        """Give the LS that DIALS has of a run."""

    async def conditions_source(self, run: int) -> Source:
        """Give what OMS says of the LS of a run."""

    async def rates(self, run: int) -> RateRows:
        """Give the trigger rate."""

    async def kept(self, question: Question[T]) -> Kept[T] | None:
        """Give an answer out of the cache."""


class Tables:
    """Makes the LS tables of runs."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._sources: dict[str, tuple[Ask, Recall]] = {
            DIALS: (self._dials, self._kept_dials),
            OMS: (self._oms, self._kept_oms),
            RATE: (self._rate, self._kept_rate),
        }

    def loading(self, run: RunKey, known: LSTable | None) -> LSTable:
        """Give a run's table before its sources come: loading or OFF; those that came in `known` stay."""
        table = LSTable(run) if known is None else known
        for name in SOURCES:
            if table.source(name).state is not SourceState.LOADED:
                off = name != DIALS and not self._asked.has_oms
                table = table.with_state(name, SourceState.OFF if off else SourceState.LOADING)
        return table

    async def load(self, run: RunKey, changed: Changed, known: LSTable | None, failed: Failed) -> LSTable:
        """Load the sources that `known` lacks, side by side; `failed` gets the error of each that fails.

        What the cache has of a source stands there, as loading, until the service has answered. A source
        that lacks records is partial: an LS it does not have may be among those.
        """
        table = self.loading(run, known)

        def replaced(name: str, source: Source) -> None:
            nonlocal table
            table = table.with_source(name, source)
            changed(table, name)

        async def load(name: str, ask: Ask, recall: Recall) -> None:
            asking = asyncio.ensure_future(ask(run))
            try:
                old = None if table.source(name).ls.size else await recall(run)
                if old is not None and not asking.done():
                    replaced(name, replace(old, state=SourceState.LOADING))
                source = await asking
            except Incomplete as error:
                failed(error)
                replaced(name, replace(error.came, state=SourceState.PARTIAL, note=error.message))
            except ServiceError as error:
                failed(error)
                replaced(name, replace(table.source(name), state=SourceState.FAILED, note=error.message))
            else:
                replaced(name, source)
            finally:
                asking.cancel()

        async with asyncio.TaskGroup() as group:
            for name, (ask, recall) in self._sources.items():
                if table.source(name).state is SourceState.LOADING:
                    group.create_task(load(name, ask, recall))
        return table

    async def refresh(self, run: RunKey, changed: Changed, known: LSTable, failed: Failed) -> LSTable:
        """Ask all sources again; what `known` has of one stays until it answers."""
        table = known

        async def refresh(name: str, ask: Ask) -> None:
            nonlocal table
            try:
                source = await ask(run)
            except Incomplete as error:
                failed(error)
                source = replace(error.came, state=SourceState.PARTIAL, note=error.message)
                if source.ls.size < table.source(name).ls.size:
                    return  # there was more before
            except ServiceError as error:
                failed(error)
                return
            table = table.with_source(name, source)
            changed(table, name)

        async with asyncio.TaskGroup() as group:
            for name, (ask, _) in self._sources.items():
                if table.source(name).state is not SourceState.OFF:
                    group.create_task(refresh(name, ask))
        return table

    async def _dials(self, run: RunKey) -> Source:
        return _lumisections(await self._asked.lumisections(run))

    async def _kept_dials(self, run: RunKey) -> Source | None:
        kept = await self._asked.kept(questions.lumisections(run))
        return None if kept is None else _lumisections(kept.value)

    async def _oms(self, run: RunKey) -> Source:
        try:
            return await self._asked.conditions_source(run.run)
        except Incomplete as cut:
            raise _with(cut, await asyncio.to_thread(oms_source, cut.came)) from cut

    async def _kept_oms(self, run: RunKey) -> Source | None:
        kept = await self._asked.kept(questions.conditions(run.run))
        return None if kept is None else await asyncio.to_thread(oms_source, kept.value)

    async def _rate(self, run: RunKey) -> Source:
        while True:
            rate = self._asked.rate
            cut: Incomplete | None = None
            try:
                rows = await self._asked.rates(run.run)
            except Incomplete as error:
                rows, cut = error.came, error
            # another rate may have been chosen meanwhile, and one must not stand under the name of the other
            if rate != self._asked.rate:
                continue
            if cut is not None:
                raise _with(cut, _rates(run, rows, rate))
            return _rates(run, rows, rate)

    async def _kept_rate(self, run: RunKey) -> Source | None:
        rate = self._asked.rate
        kept = await self._asked.kept(questions.rates_of(run.run, rate))
        return None if kept is None or rate != self._asked.rate else _rates(run, kept.value, rate)


def _with(cut: Incomplete, came: Source) -> Incomplete:
    """Give the error with what came as a source; who else asked has the one as it was."""
    return Incomplete(cut.message, service=cut.service, came=came, url=cut.url, status=cut.status)


def _rates(run: RunKey, rates: RateRows, rate: RateName) -> Source:
    kind = "" if rate.is_dataset else "path "
    has_it = rates.name is not None and (rates.ls.size or not rate.is_dataset)
    note = rates.name if has_it and rates.name else f"run {run.run} has no {kind}{rate}"
    columns = {"rate_hz": Values(rates.rate_hz, ~np.isnan(rates.rate_hz), "Hz")}
    return Source(rates.ls, columns, SourceState.LOADED, note)


def _lumisections(rows: LumisectionRows) -> Source:
    known = np.ones(rows.ls.size, dtype=np.bool_)
    columns = {"th1_count": Values(rows.th1_count, known), "th2_count": Values(rows.th2_count, known)}
    return Source(rows.ls, columns, SourceState.LOADED)
