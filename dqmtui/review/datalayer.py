"""The data layer: everything the program knows from DIALS and OMS, asked for once and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import aclosing
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.histogram import HistogramStack
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review.histograms import HistogramLoad, LoadState, rows_of, unreadable
from dqmtui.review.missing import folder_of_run
from dqmtui.review.shared import Answers
from dqmtui.services.errors import NotFound, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_records import OmsColumns, RateRows, RunCard
    from dqmtui.services.records import Dataset, FileStatus, LumisectionRows, RunRow

MEMORY_BUDGET = 120_000_000
"""Bytes of bins that stay in memory; the stacks looked at longest ago go first."""

RUNS_KEPT = 50
"""Runs whose LS, conditions and rates stay in memory, 1 MB each at the most."""

CARDS_PER_REQUEST = 400

SOURCES = (DIALS, OMS, RATE)


class DataLayer:
    """DIALS and OMS behind one face: answers are kept, equal questions share one request.

    `rate_path` is the HLT path, with or without version, whose rate is the table's trigger rate. Without
    `oms` its columns are OFF. `memory_budget` is in bytes. All methods raise ServiceError; all of it lives in
    one event loop.
    """

    def __init__(
        self,
        dials: DialsClient,
        oms: OmsClient | None,
        *,
        rate_path: str,
        memory_budget: int = MEMORY_BUDGET,
    ) -> None:
        self.rate_path = rate_path
        self._dials = dials
        self._oms = oms
        self._memory_budget = memory_budget
        self._lists = Answers()
        self._of_runs: OrderedDict[int, Answers] = OrderedDict()
        self._cards: dict[int, RunCard] = {}
        self._loads: OrderedDict[HistogramKey, HistogramLoad] = OrderedDict()

    def _of(self, run: int) -> Answers:
        """Give the answers about a run number, and drop those about the run asked about longest ago."""
        answers = self._of_runs.setdefault(run, Answers())
        self._of_runs.move_to_end(run)
        if len(self._of_runs) > RUNS_KEPT:
            self._of_runs.popitem(last=False)
        return answers

    def forget(self, run: RunKey) -> None:
        """Forget what DIALS and OMS said of a run, in whichever dataset, so that it is asked for again."""
        self._of_runs.pop(run.run, None)
        self._cards.pop(run.run, None)
        for key in [key for key in self._loads if key.run.run == run.run]:
            self._loads.pop(key).cancel()

    async def workspaces(self) -> list[str]:
        """List the workspaces."""
        return await self._lists.get("workspaces", self._dials.workspaces)

    async def default_workspace(self) -> str:
        """Name the workspace that the service gives to this login."""
        return await self._lists.get("default workspace", self._dials.default_workspace)

    async def datasets(self, workspace: str) -> list[Dataset]:
        """List the datasets of a workspace."""
        return await self._lists.get(("datasets", workspace), lambda: self._dials.datasets(workspace))

    async def runs(self, workspace: str, dataset_id: int) -> list[RunRow]:
        """List the runs of a dataset."""
        return await self._lists.get(
            ("runs", workspace, dataset_id), lambda: self._dials.runs(workspace, dataset_id=dataset_id)
        )

    async def find_run(self, workspace: str, run: int) -> list[RunRow]:
        """List the datasets' rows of one run number as they are now: a run may come in later."""
        return await self._lists.fresh(
            ("find", workspace, run), lambda: self._dials.runs(workspace, run_number=run)
        )

    async def files_of_run(self, workspace: str, run: int) -> list[FileStatus]:
        """List the files of a run, in whichever dataset, with their status as it is now."""
        return await self._lists.fresh(
            ("files of", workspace, run), lambda: self._dials.files(workspace, name_regex=folder_of_run(run))
        )

    async def files(self, workspace: str, dataset_id: int) -> list[FileStatus]:
        """List the files of a dataset with their status as it is now."""
        return await self._lists.fresh(
            ("files", workspace, dataset_id), lambda: self._dials.files(workspace, dataset_id=dataset_id)
        )

    async def elements(self, workspace: str) -> tuple[MonitoringElement, ...]:
        """List the monitoring elements of a workspace, by name."""

        async def ask() -> tuple[MonitoringElement, ...]:
            return tuple(sorted(await self._dials.mes(workspace), key=lambda element: element.me))

        return await self._lists.get(("elements", workspace), ask)

    async def run_elements(self, run: RunKey) -> tuple[MonitoringElement, ...]:
        """List the elements of a run's lowest LS, which is all that DIALS lists of a run, by name."""

        async def ask() -> tuple[MonitoringElement, ...]:
            elements = await self._dials.run_mes(run.workspace, run.dataset_id, run.run)
            return tuple(sorted(elements, key=lambda element: element.me))

        return await self._of(run.run).get(("elements", run), ask)

    async def run_cards(self, runs: Sequence[int]) -> dict[int, RunCard]:
        """Give the OMS cards of some runs; a run that OMS does not know is missing."""
        cards = {run: self._cards[run] for run in runs if run in self._cards}
        wanted = sorted(set(runs) - cards.keys())
        for start in range(0, len(wanted), CARDS_PER_REQUEST):
            part = tuple(wanted[start : start + CARDS_PER_REQUEST])
            cards |= {card.run_number: card for card in await self._new_cards(part)}
        return cards

    async def _new_cards(self, runs: tuple[int, ...]) -> list[RunCard]:
        if self._oms is None:
            return []
        oms = self._oms
        cards = await self._lists.fresh(("cards", runs), lambda: oms.runs(numbers=runs))
        # the card of a run that is still being taken changes
        self._cards.update({card.run_number: card for card in cards if card.end_time is not None})
        return cards

    async def lumisections(self, run: RunKey) -> LumisectionRows:
        """Give the LS that DIALS has of a run."""
        return await self._of(run.run).get(
            ("lumisections", run),
            lambda: self._dials.lumisections(run.workspace, run.dataset_id, run.run),
        )

    async def conditions(self, run: int) -> OmsColumns:
        """Give OMS's lumisections of a run as they came, which is too large to be kept."""
        oms = self._needs_oms()
        return await self._of(run).fresh("conditions", lambda: oms.lumisections(run))

    async def rates(self, run: int, path: str | None = None) -> RateRows:
        """Give the rate of an HLT path per LS; without `path`, that of the trigger rate."""
        oms = self._needs_oms()
        name = path or self.rate_path
        return await self._of(run).get(("rates", name), lambda: oms.hlt_rates(run, name))

    async def dataset_rates(self, run: int, dataset: str) -> RateRows:
        """Give the rate of a primary dataset per LS."""
        oms = self._needs_oms()
        return await self._of(run).get(("dataset rates", dataset), lambda: oms.dataset_rates(run, dataset))

    def _needs_oms(self) -> OmsClient:
        if self._oms is None:
            raise NotFound("OMS is switched off; set oms_route to proxy or direct.", service="OMS")
        return self._oms

    @property
    def has_oms(self) -> bool:
        """Whether there is a route to OMS."""
        return self._oms is not None

    def loading_table(self, run: RunKey, known: LSTable | None = None) -> LSTable:
        """Give a run's table before its sources come: loading or OFF; those that came in `known` stay."""
        table = LSTable(run) if known is None else known
        for name in SOURCES:
            if table.source(name).state is not SourceState.LOADED:
                off = name != DIALS and not self.has_oms
                table = table.with_state(name, SourceState.OFF if off else SourceState.LOADING)
        return table

    async def load_table(
        self, run: RunKey, changed: Callable[[LSTable, str], None], known: LSTable | None = None
    ) -> LSTable:
        """Load the LS table of a run from all sources side by side, but those that came already in `known`.

        `changed` gets the table, and the name of the source, whenever one has come or failed; a source that
        fails is FAILED in the table with the reason, and does not stop the others. Returns the last table.
        """
        table = self.loading_table(run, known)

        async def load(name: str, ask: Callable[[RunKey], Awaitable[Source]]) -> None:
            nonlocal table
            try:
                source = await ask(run)
            except ServiceError as error:
                table = table.with_state(name, SourceState.FAILED, error.message)
            else:
                table = table.with_source(name, source)
            changed(table, name)

        asks = {DIALS: self._dials_source, OMS: self._oms_source, RATE: self._rate_source}
        async with asyncio.TaskGroup() as group:
            for name, ask in asks.items():
                if table.source(name).state is SourceState.LOADING:
                    group.create_task(load(name, ask))
        return table

    async def _dials_source(self, run: RunKey) -> Source:
        rows = await self.lumisections(run)
        known = np.ones(rows.ls.size, dtype=np.bool_)
        columns = {"th1_count": Values(rows.th1_count, known), "th2_count": Values(rows.th2_count, known)}
        return Source(rows.ls, columns, SourceState.LOADED)

    async def _oms_source(self, run: RunKey) -> Source:
        async def ask() -> Source:
            # 30 ms for a run of 2400 LS, for which the event loop must not wait
            return await asyncio.to_thread(oms_source, await self.conditions(run.run))

        return await self._of(run.run).get("conditions as a source", ask)

    async def _rate_source(self, run: RunKey) -> Source:
        rates = await self.rates(run.run)
        note = rates.name or f"run {run.run} has no path {self.rate_path}"
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
                load.start()
        self._loads.move_to_end(key)
        return load

    async def one_histogram(self, key: HistogramKey, element: MonitoringElement, ls: int) -> HistogramStack:
        """Give a stack that knows of this LS alone, read without the rest of the run."""
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

    async def _expected(self, run: RunKey) -> NDArray[np.int64]:
        return (await self.lumisections(run)).ls

    def _make_room(self, newest: HistogramKey) -> None:
        held = sum(load.stack.nbytes for load in self._loads.values() if load.stack is not None)
        for key, load in tuple(self._loads.items()):
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


def oms_source(columns: OmsColumns) -> Source:
    """Turn the records of OMS's `lumisections` into a source of the LS table.

    An attribute whose unit changes from record to record becomes texts with the unit in them: numbers of
    different units are no column.
    """
    ls = np.array(columns.columns.get("lumisection_number", []), dtype=np.float64).astype(np.int64)
    values = {
        name: Values.of(_with_units(items, columns.mixed_units.get(name)), columns.units.get(name))
        for name, items in columns.columns.items()
        if name not in {"lumisection_number", "run_number"}
    }
    return Source(ls, values, SourceState.LOADED)


def _with_units(items: Sequence[object], units: Sequence[str | None] | None) -> Sequence[object]:
    if units is None:
        return items
    return [
        item if item is None or unit is None else f"{item} {unit}"
        for item, unit in zip(items, units, strict=True)
    ]
