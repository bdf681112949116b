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
from dqmtui.review.missing import why_missing
from dqmtui.review.naming import elements_named
from dqmtui.review.runlist import RunEntry, RunList, entry_of, matching, runs_beside
from dqmtui.review.state import ReviewState
from dqmtui.review.stepping import neighbours, step_from
from dqmtui.review.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError
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
        self._listener: Callable[[Fact], None] | None = listener
        # of the target, `run` and `ls` stand there until a run has been opened
        self._target = Target()
        self._wanted_ls: int | None = None
        self._tasks = Tasks(self._failed, lambda error: self._tell(Crashed(error)))

    # -- beginning and ending -------------------------------------------------------------------------

    def begin(self, target: Target) -> None:
        """Load the runs and elements of a workspace and open what is asked for."""
        self._target = target
        self._tasks.start("begin", self._begin)

    async def close(self) -> None:
        """End everything that runs; nothing is told any more."""
        self._listener = None
        self._leave_load()
        await self._tasks.close()
        await self.data.close()

    async def _begin(self) -> None:
        target = self._target
        workspaces = await self.data.workspaces()
        workspace = target.workspace or await self.data.default_workspace()
        if workspace not in workspaces:
            known = ", ".join(workspaces)
            self._error(f"There is no workspace {workspace!r}; DIALS has {known}.")
            return
        self._leave_load()
        self.run_list = RunList(self.data, workspace, target.dataset)
        self.table, self.elements, self.ring = None, (), ()
        # runs and elements are those of one workspace
        self._replace(workspace=workspace, dataset="", dataset_id=None, run=None, element=None, ls=None)
        self._tasks.start("runs", self._load_runs)
        self._tasks.start("elements", self._load_elements)
        if target.run is not None:
            self._tasks.start("find run", self._find_run)

    def show_dataset(self, text: str) -> None:
        """List the runs of the datasets with this text in their name, of all when it is empty."""
        self.run_list = RunList(self.data, self.state.workspace, text)
        self._target = replace(self._target, dataset=text)
        self._tasks.start("runs", self._load_runs)

    async def _load_runs(self) -> None:
        self.datasets = await self.data.datasets(self.state.workspace)
        await self.run_list.load(lambda: self._tell(RunsChanged()))
        if not self.run_list.datasets and self._target.dataset:
            self._error(f"No dataset of {self.state.workspace} has {self._target.dataset!r} in its name.")

    async def _load_elements(self) -> None:
        self.elements = await self.data.elements(self.state.workspace)
        self._tell(ElementsLoaded())
        wanted = self._target.me
        if not wanted or self.state.element is not None:
            return
        fits = elements_named(self.elements, wanted)
        if len(fits) == 1:
            self.select_element(fits[0])
        else:
            some = ", ".join(element.me for element in fits[:5])
            found = f"{len(fits)} have it in their name: {some}" if fits else "there is none like it"
            self._error(f"{wanted!r} is not the name of one monitoring element; {found}.")

    # -- runs --------------------------------------------------------------------------------------------

    def go_to_run(self, run: int) -> None:
        """Open a run by its number, whichever dataset it is in; asks when there are several."""
        ls = self._target.ls if self._target.run in {None, run} else None
        self._target = replace(self._target, run=run, ls=ls)
        self._tasks.start("find run", self._find_run)

    async def _find_run(self) -> None:
        run, text = self._target.run, self._target.dataset
        if run is None:
            return
        rows = await self.data.find_run(self.state.workspace, run)
        entries = [entry_of(self.state.workspace, row) for row in rows]
        fits = matching(entries, text or self.state.dataset) or entries
        if not fits:
            self._error(await why_missing(self.data, self.state.workspace, run))
        elif len(fits) > 1:
            self._tell(DatasetWanted(run, tuple(fits)))
        else:
            self.open_run(fits[0])
            if not matching(fits, text):
                self._notice(f"Run {run} is in no dataset with {text!r} in its name, only in this one.")

    def open_run(self, entry: RunEntry) -> None:
        """Look at a run; its LS table fills from all sources side by side."""
        asked = self._target.ls if self._target.run in {None, entry.run} else None
        self._target = replace(self._target, run=None, ls=None)
        if entry.key == self.state.run:
            if asked is not None:
                self.go_to_ls(asked)
            return
        self._leave_load()
        self._wanted_ls = asked
        self.table = self.data.loading_table(entry.key)
        self._replace(run=entry.key, dataset=entry.dataset, dataset_id=entry.dataset_id, ls=None)
        self._tasks.start("table", self._load_table)

    def step_run(self, step: int) -> None:
        """Open the next or previous run by its number, in the same dataset as long as that has one."""
        key = self.state.run
        if key is None or self.run_list.index(key) is None:
            self._error("The open run is not in the list of runs.")
            return
        entries = runs_beside(self.run_list.entries, key, step)
        if not entries:
            end = "last" if step > 0 else "first"
            self._notice(f"This is the {end} run of the list.")
        elif len(entries) > 1:
            self._tell(DatasetWanted(entries[0].run, tuple(entries)))
        else:
            self.open_run(entries[0])

    async def _load_table(self) -> None:
        known = self.table
        if known is None:
            return

        def changed(table: LSTable, source: str) -> None:
            nonlocal known
            if self.table is not known:
                return  # cancelled, or another run by now
            self.table = known = table
            self._tell(TableChanged(source))
            now = table.source(source)
            if now.state is SourceState.FAILED:
                self._tell(Notice(f"{source.upper()}: {now.note}", Severity.ERROR))
            elif source == DIALS and not now.ls.size:
                self._error(f"DIALS lists run {table.key.run} but has no lumisections of it.")
            if self.state.run == table.key:
                self._find_place(table)

        await self.data.load_table(known.key, changed, known)

    def _find_place(self, table: LSTable) -> None:
        """Stand on the LS that was asked for once a source knows it, until then on the first with data."""
        wanted, with_data = self._wanted_ls, table.source(DIALS).ls
        if wanted is not None and table.row(wanted) is not None:
            self._stand_on(wanted)
            return
        if self.state.ls is None and with_data.size:
            self._stand_on(int(with_data[0]))
        if wanted is not None:
            self._wanted_ls = wanted
            self._say_unknown(wanted, table)

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
        if self.state.ls is not None:
            self._stand_on(step_from(self.state.ls, step, self.steppable()))

    def end_ls(self, side: int) -> None:
        """Go to the first (-1) or last (1) LS that has data."""
        known = self.steppable()
        if known.size:
            self._stand_on(int(known[0] if side < 0 else known[-1]))

    def go_to_ls(self, ls: int) -> None:
        """Go to exactly this LS, as soon as it has come; says so when no source knows it."""
        if self.table is None:
            self._error(f"There is no run open whose LS {ls} could be shown.")
        elif self.table.row(ls) is not None:
            self._stand_on(ls)
        else:
            self._wanted_ls = ls
            self._say_unknown(ls, self.table)

    def _say_unknown(self, ls: int, table: LSTable) -> None:
        """Say that there is no such LS, or that it has not come yet; a neighbour is never shown for it."""
        sources = table.sources.values()
        if any(source.state is SourceState.LOADING for source in sources):
            self._notice(f"LS {ls} has not come yet.")
            return
        self._wanted_ls = None
        near = " and ".join(str(number) for number in neighbours(ls, table.ls))
        hint = f"the nearest: LS {near}" if near else "no source has told of any"
        self._error(f"No data for LS {ls} in run {table.key.run}; {hint}.")

    def _stand_on(self, ls: int) -> None:
        self._wanted_ls = None
        if self.load is not None:
            self.load.follow(ls)
        self._replace(ls=ls)
        if self.load is None:
            self._load_histograms()

    # -- monitoring elements ----------------------------------------------------------------------------

    def select_element(
        self, element: MonitoringElement, ring: Sequence[MonitoringElement] | None = None
    ) -> None:
        """Look at an element; `ring` are the elements that `step_element` goes through from here."""
        if ring is not None:
            self.ring = tuple(ring)
        before = self.state.element
        if element == before:
            return
        self._leave_load()
        statistic = self.state.statistic
        if before is None or element.dim != before.dim:
            statistic = "mean" if element.dim == 1 else "occupancy"
        self._replace(element=element, statistic=statistic)
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
        self.load = self.data.histograms(key, element, ls)
        self.load.listeners.add(self._histograms_came)
        self._tell(HistogramsChanged(0, 0))

    def _histograms_came(self, load: HistogramLoad, first: int, last: int) -> None:
        self._tell(HistogramsChanged(first, last))
        if load.crash is not None:
            self._tell(Crashed(load.crash))
        elif load.state is LoadState.PARTIAL and load.error is not None:
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
        """Stop what is loading, histograms before the rest, keeping what came; tell whether anything was."""
        if self.load is not None and self.load.state is LoadState.LOADING:
            self.load.cancel()
            return True
        stopped = self._tasks.cancel_all()
        table = self.table
        for name in () if table is None else table.sources:
            if self.table is not None and self.table.source(name).state is SourceState.LOADING:
                self.table = self.table.with_state(name, SourceState.NOT_LOADED)
                self._tell(TableChanged(name))
        return stopped

    def reload(self) -> None:
        """Ask again for what failed, was cancelled or has not come; what is under way goes on."""
        if self.load is not None:
            self.load.start()
            self._tell(HistogramsChanged(0, 0))
        if not self.state.workspace:
            self._tasks.start_unless_running("begin", self._begin)
            return
        if self.table is not None and "table" not in self._tasks:
            self._reload_table(self.table)
        if not self.run_list.is_complete:
            self._tasks.start_unless_running("runs", self._load_runs)
        if not self.elements:
            self._tasks.start_unless_running("elements", self._load_elements)
        if self._target.run is not None:
            self._tasks.start_unless_running("find run", self._find_run)

    def _reload_table(self, table: LSTable) -> None:
        again = self.data.loading_table(table.key, table)
        coming = [name for name, source in again.sources.items() if source.state is SourceState.LOADING]
        if coming:
            self.table = again
            for name in coming:
                self._tell(TableChanged(name))
            self._tasks.start("table", self._load_table)

    @property
    def is_busy(self) -> bool:
        """Whether lists or tables are still coming; histograms have their own progress."""
        return bool(self._tasks)

    # -- telling ------------------------------------------------------------------------------------------

    def _replace(self, **changes: Any) -> None:
        before, self.state = self.state, replace(self.state, **changes)
        if self.state != before:
            self._tell(StateChanged(before, self.state))

    def _notice(self, text: str) -> None:
        self._tell(Notice(text))

    def _error(self, text: str) -> None:
        self._tell(Notice(text, Severity.ERROR))

    def _failed(self, error: ServiceError) -> None:
        self._tell(Notice(error.message, Severity.ERROR, error.details()))

    def _tell(self, fact: Fact) -> None:
        if self._listener is not None:
            self._listener(fact)
