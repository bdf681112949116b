"""A review: what is looked at, what is loaded for it, and every way to move on; knows of no screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.lstable import DIALS, LSTable
from dqmtui.model.states import CellState, SourceState
from dqmtui.review.facts import (
    Crashed,
    DatasetWanted,
    ElementsLoaded,
    Fact,
    HistogramsChanged,
    Notice,
    RunsChanged,
    Severity,
    StateChanged,
    TableChanged,
)
from dqmtui.review.histograms import HistogramLoad, LoadState
from dqmtui.review.runlist import RunEntry, RunList, entry_of, matching
from dqmtui.review.state import ReviewState
from dqmtui.review.tasks import Tasks
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.records import Dataset


@dataclass(frozen=True, slots=True)
class Target:
    """Where to open: everything is optional; `dataset` is any part of a dataset's name."""

    workspace: str = ""
    dataset: str = ""
    run: int | None = None
    me: str = ""
    ls: int | None = None


class Review:
    """The state of a review and the loads behind it.

    Methods return at once; what they lead to is told to `listener` as facts, all in the event loop's thread.
    """

    def __init__(self, data: DataLayer, listener: Callable[[Fact], None]) -> None:
        self.data = data
        self.state = ReviewState()
        self.run_list = RunList(data, "", "")
        self.table: LSTable | None = None
        self.datasets: list[Dataset] = []
        self.elements: tuple[MonitoringElement, ...] = ()
        self.ring: tuple[MonitoringElement, ...] = ()
        self.load: HistogramLoad | None = None
        self._tell = listener
        self._target = Target()
        self._tasks = Tasks(lambda error: listener(Crashed(error)))

    # -- beginning and ending -------------------------------------------------------------------------

    def begin(self, target: Target) -> None:
        """Load the runs and elements of a workspace and open what is asked for."""
        self._target = target
        self._start("begin", self._begin(target))

    async def close(self) -> None:
        """End everything that runs."""
        await self._tasks.close()
        await self.data.close()

    async def _begin(self, target: Target) -> None:
        workspaces = await self.data.workspaces()
        workspace = target.workspace or await self.data.default_workspace()
        if workspace not in workspaces:
            known = ", ".join(workspaces)
            self._error(f"There is no workspace {workspace!r}; DIALS has {known}.")
            return
        self._replace(workspace=workspace)
        self.run_list = RunList(self.data, workspace, target.dataset)
        self._start("runs", self._load_runs())
        self._start("elements", self._load_elements(workspace))
        if target.run is not None:
            self.go_to_run(target.run)

    def show_dataset(self, text: str) -> None:
        """List the runs of the datasets with this text in their name, of all when it is empty."""
        self.run_list = RunList(self.data, self.state.workspace, text)
        self._target = replace(self._target, dataset=text)
        self._start("runs", self._load_runs())

    async def _load_runs(self) -> None:
        self.datasets = await self.data.datasets(self.state.workspace)
        await self.run_list.load(lambda: self._tell(RunsChanged()))
        if not self.run_list.datasets and self._target.dataset:
            self._error(f"No dataset of {self.state.workspace} has {self._target.dataset!r} in its name.")

    async def _load_elements(self, workspace: str) -> None:
        self.elements = await self.data.elements(workspace)
        self._tell(ElementsLoaded())
        wanted = self._target.me
        if wanted and self.state.element is None:
            exact = [element for element in self.elements if element.me == wanted]
            fits = exact or [element for element in self.elements if wanted in element.me]
            if len(fits) == 1:
                self.select_element(fits[0])
            else:
                some = ", ".join(element.me for element in fits[:5])
                found = f"{len(fits)} have it in their name: {some}" if fits else "there is none like it"
                self._error(f"{wanted!r} is not the name of one monitoring element; {found}.")

    # -- runs --------------------------------------------------------------------------------------------

    def go_to_run(self, run: int) -> None:
        """Open a run by its number, whichever dataset it is in; asks when there are several."""
        self._start("find run", self._go_to_run(run))

    async def _go_to_run(self, run: int) -> None:
        rows = await self.data.find_run(self.state.workspace, run)
        entries = [entry_of(self.state.workspace, row) for row in rows]
        wanted = self._target.dataset or (self.state.dataset if len(entries) > 1 else "")
        if wanted and len(entries) > 1:
            datasets = [entry for entry in entries if wanted.lower() in entry.dataset.lower()]
            entries = datasets or entries
        if not entries:
            self._error(await self._why_missing(run))
        elif len(entries) == 1:
            self.open_run(entries[0])
        else:
            self._tell(DatasetWanted(run, tuple(entries)))

    async def _why_missing(self, run: int) -> str:
        sentence = f"DIALS has no run {run} in workspace {self.state.workspace}"
        files = [
            file
            for dataset in matching(await self.data.datasets(self.state.workspace), self._target.dataset)
            for file in await self.data.files(self.state.workspace, dataset.dataset_id)
            if f"{run // 1000:03d}/{run % 1000:03d}" in file.logical_file_name
            or str(run) in file.logical_file_name
        ]
        if not files:
            return f"{sentence}, and none of its files names it."
        states = ", ".join(sorted({f"{file.status} ({file.dataset})" for file in files}))
        return f"{sentence}; of its files DIALS says: {states}."

    def open_run(self, entry: RunEntry) -> None:
        """Look at a run; its LS table fills from all sources side by side."""
        if entry.key == self.state.run:
            return
        self._leave_load()
        self.table = LSTable(entry.key)
        self._replace(run=entry.key, dataset=entry.dataset, dataset_id=entry.dataset_id, ls=None)
        self._start("table", self._load_table(entry.key))

    def step_run(self, step: int) -> None:
        """Open the next or previous run by its number, in the same dataset as long as that has one."""
        entries = self.run_list.entries
        at = self.run_list.index(self.state.run)
        if at is None:
            self._error("The open run is not in the list of runs.")
            return
        # the list begins with the newest run, so "next" goes up
        side = entries[at + 1 :] if step < 0 else entries[:at][::-1]
        others = [entry for entry in side if entry.run != entries[at].run]
        same = [entry for entry in others if entry.dataset_id == entries[at].dataset_id]
        if not others:
            self._notice(
                "This is the last run of the list." if step > 0 else "This is the first run of the list."
            )
            return
        self.open_run((same or others)[min(abs(step), len(same or others)) - 1])

    async def _load_table(self, run: RunKey) -> None:
        def changed(table: LSTable, source: str) -> None:
            if self.state.run != run:
                return
            self.table = table
            self._tell(TableChanged(source))
            state = table.source(source)
            if state.state is SourceState.FAILED:
                self._tell(Notice(f"{source.upper()}: {state.note}", Severity.ERROR))
            elif source == DIALS:
                self._arrive(table)

        await self.data.load_table(run, changed)

    def _arrive(self, table: LSTable) -> None:
        """Stand on the LS that was asked for, or on the first with data, once the LS of the run are known."""
        known = table.source(DIALS).ls
        wanted = self._target.ls if self._target.run in {None, table.key.run} else None
        self._target = replace(self._target, ls=None, run=None)
        if not known.size:
            self._error(f"DIALS lists run {table.key.run} but has no lumisections of it.")
            return
        self._replace(ls=int(known[0]))
        if wanted is not None:
            self.go_to_ls(wanted)
        if self.state.element is not None:
            self._load_histograms()

    # -- lumisections ------------------------------------------------------------------------------------

    def steppable(self) -> NDArray[np.int64]:
        """LS that have data, sorted: those DIALS knows, less those found without the element on screen."""
        if self.table is None:
            return np.zeros(0, dtype=np.int64)
        known = self.table.source(DIALS).ls
        stack = None if self.load is None else self.load.stack
        if stack is None:
            return known
        absent = stack.ls[stack.state == CellState.ABSENT]
        return known[~np.isin(known, absent)] if absent.size else known

    def step_ls(self, step: int) -> None:
        """Go to the LS that has data `step` places on (or back), stopping at the ends."""
        known = self.steppable()
        if not known.size or self.state.ls is None:
            return
        if step > 0:
            at = int(np.searchsorted(known, self.state.ls, side="right")) + step - 1
        else:
            at = int(np.searchsorted(known, self.state.ls, side="left")) + step
        self._stand_on(int(known[max(0, min(known.size - 1, at))]))

    def end_ls(self, side: int) -> None:
        """Go to the first (-1) or last (1) LS that has data."""
        known = self.steppable()
        if known.size:
            self._stand_on(int(known[0] if side < 0 else known[-1]))

    def go_to_ls(self, ls: int) -> None:
        """Go to exactly this LS; says so when no source knows it, and never goes to a neighbour."""
        if self.table is None or not self.table.ls.size:
            self._error(f"There is no run open whose LS {ls} could be shown.")
        elif self.table.row(ls) is None:
            near = self.table.ls[np.argsort(np.abs(self.table.ls - ls), kind="stable")[:2]]
            names = " and ".join(str(number) for number in sorted(near.tolist()))
            self._error(f"No data for LS {ls} in run {self.table.key.run}; the nearest are LS {names}.")
        else:
            self._stand_on(ls)

    def _stand_on(self, ls: int) -> None:
        if self.load is not None:
            self.load.follow(ls)
        self._replace(ls=ls)

    # -- monitoring elements ----------------------------------------------------------------------------

    def select_element(
        self, element: MonitoringElement, ring: Sequence[MonitoringElement] | None = None
    ) -> None:
        """Look at an element; `ring` are the elements that `step_element` goes through from here."""
        if ring is not None:
            self.ring = tuple(ring)
        if element == self.state.element:
            return
        self._leave_load()
        dims = self.state.element.dim if self.state.element else None
        statistic = self.state.statistic
        if element.dim != dims:
            statistic = "mean" if element.dim == 1 else "occupancy"
        self._replace(element=element, statistic=statistic)
        if self.state.ls is not None:
            self._load_histograms()

    def step_element(self, step: int) -> None:
        """Look at the next or previous element of the ring, or of all elements when there is no ring."""
        ring = self.ring or self.elements
        if not ring:
            self._notice("The monitoring elements have not come yet.")
            return
        element = self.state.element
        at = ring.index(element) if element in ring else (-1 if step > 0 else 0)
        self.select_element(ring[(at + step) % len(ring)])

    def _load_histograms(self) -> None:
        key, element, ls = self.state.histogram_key, self.state.element, self.state.ls
        if key is None or element is None or ls is None:
            return
        self._leave_load()
        self.load = self.data.histograms(key, element, ls)
        self.load.listeners.add(self._histograms_came)
        self._tell(HistogramsChanged(0, 0))

    def _histograms_came(self, load: HistogramLoad, first: int, last: int) -> None:
        if load is not self.load:
            return
        self._tell(HistogramsChanged(first, last))
        if load.state is LoadState.PARTIAL and load.error is not None:
            loaded, expected = load.progress
            text = f"{load.element.short_name}: {loaded} of {expected} LS came. {load.error.message}"
            self._tell(Notice(text, Severity.ERROR, load.error.details()))

    def _leave_load(self) -> None:
        """Stop looking at the histograms on screen; a load that nobody looks at is cancelled."""
        if self.load is not None:
            self.load.listeners.discard(self._histograms_came)
            if not self.load.listeners:
                self.load.cancel()
            self.load = None

    # -- how it is drawn ---------------------------------------------------------------------------------

    def show(self, **changes: Any) -> None:
        """Change how things are drawn: fields of `ReviewState` that load nothing."""
        self._replace(**changes)

    # -- cancelling and retrying ------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Stop what is loading, keeping what came; tell whether anything was."""
        if self.load is not None and self.load.state is LoadState.LOADING:
            self.load.cancel()
            return True
        return any([self._tasks.cancel("table"), self._tasks.cancel("runs"), self._tasks.cancel("find run")])

    def reload(self) -> None:
        """Ask again for what failed, was cancelled or has not come."""
        if self.load is not None:
            self.load.resume()
            self._tell(HistogramsChanged(0, 0))
        if self.table is not None and any(
            source.state in {SourceState.FAILED, SourceState.LOADING}
            for source in self.table.sources.values()
        ):
            self._start("table", self._load_table(self.table.key))
        if not self.state.workspace:
            self.begin(self._target)
        elif not self.run_list.entries:
            self._start("runs", self._load_runs())
        if self.state.workspace and not self.elements:
            self._start("elements", self._load_elements(self.state.workspace))

    @property
    def is_busy(self) -> bool:
        """Whether lists or tables are still coming; histograms have their own progress."""
        return bool(self._tasks)

    # -- telling ------------------------------------------------------------------------------------------

    def _start(self, group: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(group, self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Tell the person of errors of the services; anything else is a mistake and goes on up."""
        try:
            await work
        except* ServiceError as errors:
            for error in _flat(errors):
                self._tell(Notice(error.message, Severity.ERROR, error.details()))

    def _replace(self, **changes: Any) -> None:
        before, self.state = self.state, replace(self.state, **changes)
        if self.state != before:
            self._tell(StateChanged(before, self.state))

    def _notice(self, text: str) -> None:
        self._tell(Notice(text))

    def _error(self, text: str) -> None:
        self._tell(Notice(text, Severity.ERROR))


def _flat(group: BaseExceptionGroup[ServiceError]) -> list[ServiceError]:
    found: list[ServiceError] = []
    for error in group.exceptions:
        found.extend(_flat(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
