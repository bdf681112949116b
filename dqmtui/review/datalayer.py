"""The data layer: everything the program knows from DIALS and OMS, asked for once and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review.histograms import HistogramLoad, LoadState
from dqmtui.review.shared import SharedCalls
from dqmtui.services.errors import NotFound, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_records import OmsColumns, RateRows, RunCard
    from dqmtui.services.records import Dataset, FileStatus, LumisectionRows, RunRow

T = TypeVar("T")

MEMORY_BUDGET = 120_000_000
"""Bytes of bins that stay in memory; the stacks looked at longest ago go first."""

CARDS_PER_REQUEST = 400


class DataLayer:
    """DIALS and OMS behind one face: answers are kept, equal questions share one request.

    `rate_path` is the HLT path, with or without version, whose rate is the table's trigger rate. Without
    `oms` its columns are OFF. All methods raise ServiceError; all of it lives in one event loop.
    """

    def __init__(self, dials: DialsClient, oms: OmsClient | None, *, rate_path: str) -> None:
        self.rate_path = rate_path
        self._dials = dials
        self._oms = oms
        self._calls = SharedCalls()
        self._kept: dict[Hashable, Any] = {}
        self._cards: dict[int, RunCard] = {}
        self._loads: OrderedDict[HistogramKey, HistogramLoad] = OrderedDict()

    async def _once(self, key: Hashable, call: Callable[[], Awaitable[T]]) -> T:
        """Answer from memory, or ask once for all who want to know and keep the answer."""
        if key in self._kept:
            kept: T = self._kept[key]
            return kept

        async def ask() -> T:
            answer = await call()
            self._kept[key] = answer
            return answer

        return await self._calls.get(key, ask)

    def forget(self, run: RunKey) -> None:
        """Forget what is known of a run, so that it is asked for again."""
        for key in [key for key in self._kept if isinstance(key, tuple) and run in key]:
            del self._kept[key]

    async def workspaces(self) -> list[str]:
        """List the workspaces."""
        return await self._once("workspaces", self._dials.workspaces)

    async def default_workspace(self) -> str:
        """Name the workspace that the service gives to this login."""
        return await self._once("default workspace", self._dials.default_workspace)

    async def datasets(self, workspace: str) -> list[Dataset]:
        """List the datasets of a workspace."""
        return await self._once(("datasets", workspace), lambda: self._dials.datasets(workspace))

    async def runs(self, workspace: str, dataset_id: int) -> list[RunRow]:
        """List the runs of a dataset."""
        return await self._once(
            ("runs", workspace, dataset_id), lambda: self._dials.runs(workspace, dataset_id=dataset_id)
        )

    async def find_run(self, workspace: str, run: int) -> list[RunRow]:
        """List the datasets' rows of one run number."""
        return await self._once(("find", workspace, run), lambda: self._dials.runs(workspace, run_number=run))

    async def files(self, workspace: str, dataset_id: int) -> list[FileStatus]:
        """List the files of a dataset with their status."""
        return await self._once(
            ("files", workspace, dataset_id), lambda: self._dials.files(workspace, dataset_id=dataset_id)
        )

    async def elements(self, workspace: str) -> tuple[MonitoringElement, ...]:
        """List the monitoring elements of a workspace, by name."""

        async def ask() -> tuple[MonitoringElement, ...]:
            return tuple(sorted(await self._dials.mes(workspace), key=lambda element: element.me))

        return await self._once(("elements", workspace), ask)

    async def run_cards(self, runs: Sequence[int]) -> dict[int, RunCard]:
        """Give the OMS cards of some runs; a run that OMS does not know is missing."""
        if self._oms is None:
            return {}
        wanted = sorted({run for run in runs if run not in self._cards})
        for start in range(0, len(wanted), CARDS_PER_REQUEST):
            await self._load_cards(self._oms, tuple(wanted[start : start + CARDS_PER_REQUEST]))
        return {run: self._cards[run] for run in runs if run in self._cards}

    async def _load_cards(self, oms: OmsClient, runs: tuple[int, ...]) -> None:
        cards = await self._calls.get(("cards", runs), lambda: oms.runs(numbers=runs))
        self._cards.update({card.run_number: card for card in cards})

    async def lumisections(self, run: RunKey) -> LumisectionRows:
        """Give the LS that DIALS has of a run."""
        return await self._once(
            ("lumisections", run),
            lambda: self._dials.lumisections(run.workspace, run.dataset_id, run.run),
        )

    async def conditions(self, run: int) -> OmsColumns:
        """Give OMS's lumisections of a run."""
        oms = self._needs_oms()
        return await self._once(("conditions", run), lambda: oms.lumisections(run))

    async def rates(self, run: int, path: str | None = None) -> RateRows:
        """Give the rate of an HLT path per LS; without `path`, that of the trigger rate."""
        oms = self._needs_oms()
        name = path or self.rate_path
        return await self._once(("rates", run, name), lambda: oms.hlt_rates(run, name))

    async def dataset_rates(self, run: int, dataset: str) -> RateRows:
        """Give the rate of a primary dataset per LS."""
        oms = self._needs_oms()
        return await self._once(("dataset rates", run, dataset), lambda: oms.dataset_rates(run, dataset))

    def _needs_oms(self) -> OmsClient:
        if self._oms is None:
            raise NotFound("OMS is switched off; set oms_route to proxy or direct.", service="OMS")
        return self._oms

    @property
    def has_oms(self) -> bool:
        """Whether there is a route to OMS."""
        return self._oms is not None

    async def load_table(self, run: RunKey, changed: Callable[[LSTable, str], None]) -> LSTable:
        """Load the LS table of a run from all sources side by side.

        `changed` gets the table, and the name of the source, whenever one has come or failed; a source that
        fails is FAILED in the table with the reason, and does not stop the others. Returns the last table.
        """
        names = (DIALS, OMS, RATE)
        table = LSTable(run)
        for name in names:
            off = name != DIALS and not self.has_oms
            table = table.with_state(name, SourceState.OFF if off else SourceState.LOADING)

        async def load(name: str, ask: Callable[[], Awaitable[Source]]) -> None:
            nonlocal table
            try:
                source = await ask()
            except ServiceError as error:
                table = table.with_state(name, SourceState.FAILED, error.message)
            else:
                table = table.with_source(name, source)
            changed(table, name)

        asks = {
            DIALS: lambda: self._dials_source(run),
            OMS: lambda: self._oms_source(run.run),
            RATE: lambda: self._rate_source(run.run),
        }
        async with asyncio.TaskGroup() as group:
            for name in names:
                if table.source(name).state is SourceState.LOADING:
                    group.create_task(load(name, asks[name]))
        return table

    async def _dials_source(self, run: RunKey) -> Source:
        rows = await self.lumisections(run)
        known = np.ones(rows.ls.size, dtype=np.bool_)
        columns = {"th1_count": Values(rows.th1_count, known), "th2_count": Values(rows.th2_count, known)}
        return Source(rows.ls, columns, SourceState.LOADED)

    async def _oms_source(self, run: int) -> Source:
        return oms_source(await self.conditions(run))

    async def _rate_source(self, run: int) -> Source:
        rates = await self.rates(run)
        note = rates.name or f"run {run} has no path {self.rate_path}"
        columns = {"rate_hz": Values(rates.rate_hz, ~np.isnan(rates.rate_hz), "Hz")}
        return Source(rates.ls, columns, SourceState.LOADED, note)

    def histograms(self, key: HistogramKey, element: MonitoringElement, cursor: int) -> HistogramLoad:
        """Give the load of an element's histograms in a run, started unless somebody did already.

        The ranges nearest to the LS `cursor` come first.
        """
        load = self._loads.get(key)
        if load is None:
            load = HistogramLoad(self._dials, key, element, lambda: self._expected(key.run), cursor)
            self._loads[key] = load
            self._make_room(key)
            load.start()
        else:
            load.follow(cursor)
            if load.state is LoadState.CANCELLED:
                load.resume()
        self._loads.move_to_end(key)
        return load

    async def _expected(self, run: RunKey) -> NDArray[np.int64]:
        return (await self.lumisections(run)).ls

    def _make_room(self, newest: HistogramKey) -> None:
        held = sum(load.stack.nbytes for load in self._loads.values() if load.stack is not None)
        for key, load in tuple(self._loads.items()):
            if held <= MEMORY_BUDGET:
                return
            if key != newest and load.state is not LoadState.LOADING and not load.listeners:
                held -= load.stack.nbytes if load.stack is not None else 0
                del self._loads[key]

    async def close(self) -> None:
        """Stop every load."""
        for load in self._loads.values():
            load.cancel()
        for load in self._loads.values():
            await load.wait()


def oms_source(columns: OmsColumns) -> Source:
    """Turn the records of OMS's `lumisections` into a source of the LS table, sorted by LS number."""
    numbers = columns.columns.get("lumisection_number", [])
    ls = np.array([number if isinstance(number, int) else 0 for number in numbers], dtype=np.int64)
    order = np.argsort(ls, kind="stable")
    values = {
        name: Values.of([items[row] for row in order.tolist()], columns.units.get(name))
        for name, items in columns.columns.items()
        if name not in {"lumisection_number", "run_number"}
    }
    return Source(ls[order], values, SourceState.LOADED)
