"""A review: what is looked at, what is loaded for it, and every way to move on; knows of no screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS, LSTable, source_name
from dqmtui.model.states import SourceState
from dqmtui.review import questions
from dqmtui.review.candidates import RangesOfRuns
from dqmtui.review.choices import OtherRun
from dqmtui.review.facts import (
    DatasetWanted,
    ElementsLoaded,
    ElementWanted,
    Fact,
    Notice,
    RangesOfRunsChanged,
    RunsChanged,
    Severity,
    TableChanged,
    TrendChanged,
)
from dqmtui.review.following import Following
from dqmtui.review.histograms import LoadState
from dqmtui.review.missing import why_missing
from dqmtui.review.naming import elements_named, nearest_elements
from dqmtui.review.note_visits import NoteVisits
from dqmtui.review.paging import NO_ELEMENT
from dqmtui.review.rate_choice import RateChoice
from dqmtui.review.runlist import RunEntry, RunList, entry_of, matching, runs_beside
from dqmtui.review.scanning import Scanning
from dqmtui.review.target import Target
from dqmtui.review.trends import Trends
from dqmtui.services.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.records import Dataset, RunRow


__all__ = ("Review", "Target")


class Review(Following, RateChoice, Scanning, NoteVisits):
    """A review: its state, the loads behind it, and every way to move on.

    Methods return at once; what they lead to is told to `listener` as facts, all in the event loop's thread.
    What the cache has is shown at once and stands until the services have answered. `sleep` waits between
    attempts to reach a service that is down, and between looks at a run that is followed.
    """

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(data, listener, sleep)
        self.workspaces: tuple[str, ...] = ()
        self.run_list = RunList(data, "", "")
        self.trends = Trends(
            self,
            self._named_of,
            lambda: self._selections,
            lambda work: self._watch.start("trend", work),
            lambda: self._tell(TrendChanged()),
        )
        self.ranges_of_runs = RangesOfRuns(
            data, lambda work: self._tasks.start("ranges", work), lambda: self._tell(RangesOfRunsChanged())
        )
        # of the target, `run` and `ls` stand there until a run has been opened
        self._target = Target()
        self._unconfirmed: RunEntry | None = None
        self._elements_are_new = False
        self._workspaces_are_new = False

    # -- beginning and ending -------------------------------------------------------------------------

    def begin(self, target: Target) -> None:
        """Load the runs and elements of a workspace and open what is asked for."""
        self._target = target
        self._resume(target)
        self._tasks.start("begin", self._begin)
        self._tell(RunsChanged())  # one may be coming
        self._watch.start_unless_running("warm up", self.data.warm_up)

    async def close(self) -> None:
        """End everything that runs; nothing is told any more."""
        self._leave_load()
        await self._end()

    async def _begin(self) -> None:
        wanted = self._target.workspace
        was = self._place_to_come
        if wanted and was is not None and was.state.get("workspace") == wanted:
            # it was there when the session was left: whether it still is can be found out afterwards
            self.workspaces = (wanted,)
            self._open_workspace(wanted)
            await self._load_workspaces()
            if wanted not in self.workspaces:
                self._error(f"There is no workspace {wanted!r} any more; W chooses another one.")
            return
        known = await self.data.kept(questions.workspaces())
        own = None if wanted else await self.data.kept(questions.default_workspace())
        workspace = wanted or ("" if own is None else own.value)
        if workspace and (own is not None if known is None else workspace in known.value):
            self.workspaces = (workspace,) if known is None else tuple(known.value)
            self._open_workspace(workspace)
            await self._load_workspaces()
            return
        await self._load_workspaces()
        workspace = wanted or await self.data.default_workspace()
        if workspace in self.workspaces:
            self._open_workspace(workspace)
        else:
            names = ", ".join(self.workspaces)
            self._error(f"There is no workspace {workspace!r}; DIALS has {names}.")

    async def _load_workspaces(self) -> None:
        self.workspaces = tuple(await self.data.workspaces())
        if not self._target.workspace:
            await self.data.default_workspace()  # for the cache, from which the next session begins
        self._workspaces_are_new = True

    def _open_workspace(self, workspace: str) -> None:
        self._leave_load()
        self._follow_no_more()
        self.run_list = RunList(self.data, workspace, self._target.dataset)
        self.table, self.elements, self.ring = None, (), ()
        self._elements_are_new = False
        # runs and elements are those of one workspace, where an me_id means something else
        references = tuple(one for one in self.state.references if not isinstance(one, OtherRun))
        self._replace(
            workspace=workspace,
            dataset="",
            dataset_id=None,
            run=None,
            ls=None,
            references=references,
            **NO_ELEMENT,
        )
        self._tasks.start("runs", self._load_runs)
        self._tasks.start("elements", self._load_elements)
        if self._target.run is not None:
            self._tasks.start("find run", self._find_run)
        self._resume_place(opens_run=self._target.run is None)

    def _reopen(self, entry: RunEntry) -> None:
        self.open_run(entry)
        self._unconfirmed = entry
        self._tasks.start("find run", self._confirm_run)

    def change_workspace(self, workspace: str) -> None:
        """Go to another workspace, and to the open run in it."""
        if workspace == self.state.workspace:
            return
        run = self.state.run
        self._tasks.cancel_all()
        self._target = replace(
            self._target,
            workspace=workspace,
            me="",
            run=None if run is None else run.run,
            ls=None if run is None else self.state.ls,
        )
        self._open_workspace(workspace)

    @property
    def datasets(self) -> list[Dataset]:
        """The datasets of the workspace."""
        return self.run_list.all_datasets

    def show_dataset(self, text: str) -> None:
        """List the runs of the datasets with this text in their name, of all when it is empty."""
        self.run_list = RunList(self.data, self.state.workspace, text)
        self._target = replace(self._target, dataset=text)
        self._tasks.start("runs", self._load_runs)

    async def _load_runs(self) -> None:
        await self.run_list.load(lambda: self._tell(RunsChanged()))
        if not self.run_list.datasets and self._target.dataset:
            self._error(f"No dataset of {self.state.workspace} has {self._target.dataset!r} in its name.")

    async def _load_elements(self) -> None:
        question = questions.elements(self.state.workspace)
        known = None if self.elements else await self.data.kept(question)
        if known is not None:
            self._show_elements(known.value)
        self._show_elements(await self.data.elements(self.state.workspace))
        self._elements_are_new = True
        wanted = self._target.me
        if not wanted or self.state.element is not None:
            return
        fits = elements_named(self.elements, wanted)
        near = fits or nearest_elements(self.elements, wanted)
        some = ", ".join(element.me for element in near[:5])
        found = f"{len(fits)} have it in their name: {some}" if fits else f"the nearest: {some}"
        found = found if near else "there is none like it"
        self._error(f"{wanted!r} is not the name of one monitoring element; {found}.")
        if self._page_to_come is None or self._page_to_come.element != wanted:
            # somebody typed it just now
            self._tell(ElementWanted(wanted, tuple(near)))

    def _show_elements(self, elements: tuple[MonitoringElement, ...]) -> None:
        if elements == self.elements:
            return
        self.elements = elements
        self._tell(ElementsLoaded())
        opened, at = self.state.layout, self.state.element
        fits = elements_named(elements, self._target.me) if self._target.me and at is None else []
        wanted = opened or self._target.layout
        if wanted is not None:
            # new elements may have what those from the cache had not
            self._target = replace(self._target, layout=None)
            self.open_layout(wanted, at.me if at is not None else fits[0].me if len(fits) == 1 else "")
        if len(fits) == 1 and self.state.element is None:
            self.select_element(fits[0])
        self._resume_page()

    # -- runs --------------------------------------------------------------------------------------------

    def go_to_run(self, run: int) -> None:
        """Open a run by its number, whichever dataset it is in; asks when there are several."""
        ls = self._target.ls if self._target.run in {None, run} else None
        self._target = replace(self._target, run=run, ls=ls)
        self._tasks.start("find run", self._find_run)
        self._tell(RunsChanged())

    async def _find_run(self) -> None:
        run, workspace = self._target.run, self.state.workspace
        if run is None:
            await self._confirm_run()
            return
        text = self._target.dataset or self.state.dataset
        known = await self.data.kept(questions.datasets_of_run(workspace, run))
        if known is not None:
            self.data.name_datasets(known.value)
            fits = _fitting(workspace, known.value, text)
            if len(fits) == 1:
                self.open_run(fits[0])
                self._unconfirmed = fits[0]
                await self._confirm_run()
                return
        fits = _fitting(workspace, await self.data.find_run(workspace, run), text)
        if not fits:
            self._error(await why_missing(self.data, workspace, run))
        elif len(fits) > 1:
            self._tell(DatasetWanted(run, tuple(fits)))
        else:
            wanted = self._target.dataset
            self.open_run(fits[0])
            if not matching(fits, wanted):
                self._notice(f"Run {run} is in no dataset with {wanted!r} in its name, only in this one.")

    async def _confirm_run(self) -> None:
        """Ask whether a run that was opened as the cache knows it is still there."""
        entry = self._unconfirmed
        if entry is None:
            return
        rows = await self.data.find_run(entry.workspace, entry.run)
        if self._unconfirmed is entry:
            self._unconfirmed = None
            if entry.dataset_id not in {row.dataset_id for row in rows}:
                self._error(f"DIALS does not list run {entry.run} in {entry.dataset} any more.")
                if self._resumed_run is entry:
                    self._close_run()

    def open_run(self, entry: RunEntry) -> None:
        """Look at a run; its LS table fills from all sources side by side."""
        asked = self._target.ls if self._target.run in {None, entry.run} else None
        self._target = replace(self._target, run=None, ls=None)
        if entry.key == self.state.run:
            if asked is not None:
                self.go_to_ls(asked)
            return
        self._leave_load()
        self._follow_no_more()
        self.data.name_dataset(entry.dataset_id, entry.dataset)
        self._unconfirmed = None
        self._wanted_ls = asked
        self.table = self.data.loading_table(entry.key)
        self._replace(run=entry.key, dataset=entry.dataset, dataset_id=entry.dataset_id, ls=None)
        self._tasks.start("table", self._load_table)
        if self._target.reference is not None:
            self._tasks.start("find reference", self._find_reference)

    def _close_run(self) -> None:
        """Look at no run: the list is there to choose one from."""
        self._leave_load()
        self._tasks.cancel("table")
        self.table = None
        self._replace(run=None, dataset="", dataset_id=None, ls=None)

    async def _find_reference(self) -> None:
        """Compare with the run that was asked for, in the dataset of the open run where it is in that."""
        run, workspace = self._target.reference, self.state.workspace
        if run is None:
            return
        found = [entry_of(workspace, row) for row in await self.data.find_run(workspace, run)]
        same = [entry for entry in found if entry.dataset_id == self.state.dataset_id]
        fits = same or matching(found, self._target.dataset) or found
        self._target = replace(self._target, reference=None)
        if not fits:
            self._error(await why_missing(self.data, workspace, run))
        elif len(fits) > 1:
            names = ", ".join(entry.dataset for entry in fits)
            self._error(f"The reference {run} is in several datasets, r chooses one of them: {names}.")
        else:
            self.set_reference(OtherRun(fits[0].key, fits[0].dataset))

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

        problem: ServiceError | None = None

        def failed(error: ServiceError) -> None:
            nonlocal problem
            problem = error
            self._look_into(error)

        def changed(table: LSTable, source: str) -> None:
            nonlocal known
            if self.table is not known:
                return  # cancelled, or another run by now
            self.table = known = table
            self._tell(TableChanged(source))
            now = table.source(source)
            if now.state in {SourceState.FAILED, SourceState.PARTIAL}:
                # nobody else asks again for what a service that is well does not send
                again = " ctrl+r asks again." if isinstance(problem, BadReply) else ""
                details = "" if problem is None else problem.details()
                named = source_name(source)
                text = f"{named[:1].upper()}{named[1:]}: {now.note}{again}"
                self._tell(Notice(text, Severity.ERROR, details))
            elif source == DIALS and not now.ls.size:
                self._error(f"DIALS lists run {table.key.run} but has no lumisections of it.")
            if self.state.run == table.key:
                self._find_place(table)

        await self.data.load_table(known.key, changed, known, failed)

    # -- cancelling and retrying ------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Stop what is loading, histograms before the rest, keeping what came; tell whether anything was."""
        if self._stop_loads():
            return True
        if self.stop_scan():
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
        self._logins_wanted.clear()
        self._restart_loads(LoadState.CANCELLED)
        self.resume_scan(stopped=True)
        self._go_on()

    def _go_on(self) -> None:
        self.resume_scan(stopped=False)
        self._restart_loads(LoadState.PARTIAL, LoadState.KEPT)
        self._reload_references()
        self._reload_masks()
        if not self.state.workspace:
            self._tasks.start_unless_running("begin", self._begin)
            return
        if not self._workspaces_are_new and "begin" not in self._tasks:
            self._tasks.start_unless_running("workspaces", self._load_workspaces)
        if self.table is not None and "table" not in self._tasks:
            self._reload_table(self.table)
        if not self.run_list.is_complete:
            self._tasks.start_unless_running("runs", self._load_runs)
        if not self._elements_are_new:
            self._tasks.start_unless_running("elements", self._load_elements)
        if self._target.run is not None or self._unconfirmed is not None:
            self._tasks.start_unless_running("find run", self._find_run)

    def _reload_table(self, table: LSTable) -> None:
        again = self.data.loading_table(table.key, table)
        coming = [name for name, source in again.sources.items() if source.state is SourceState.LOADING]
        if coming:
            self.table = again
            for name in coming:
                self._tell(TableChanged(name))
            self._tasks.start("table", self._load_table)


def _fitting(workspace: str, rows: Sequence[RunRow], text: str) -> list[RunEntry]:
    """Give the entries of a run in the datasets with a text in their name, in all when there is none such."""
    entries = [entry_of(workspace, row) for row in rows]
    return matching(entries, text) or entries
