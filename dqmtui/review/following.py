"""Following a run that is still being taken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS
from dqmtui.model.states import SourceState
from dqmtui.review.facts import FollowingChanged, RunsChanged, TableChanged
from dqmtui.review.histograms import LoadState
from dqmtui.review.looking import Looking
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.lstable import LSTable
    from dqmtui.review.runlist import RunList

FOLLOW_S = 20.0
"""Seconds between two looks at a run that is followed: OMS asks not to be polled more often."""


class Following(Looking):
    """Looks again and again for what came of the open run, as long as the person wants it."""

    run_list: RunList

    @property
    def is_following(self) -> bool:
        """Whether the open run is looked at again and again."""
        return "follow" in self._watch

    def follow_run(self, on: bool) -> None:  # noqa: FBT001 - the one thing that is told
        """Look again, every FOLLOW_S seconds, for what came of the open run, or do so no longer."""
        if on and self.state.run is not None:
            self._watch.start("follow", self._follow)
            self._tell(FollowingChanged())
        else:
            self._follow_no_more()

    def _follow_no_more(self) -> None:
        if self._watch.cancel("follow"):
            self._tell(FollowingChanged())

    async def _follow(self) -> None:
        while True:
            await self._sleep(FOLLOW_S)
            table = self.table
            if table is None or "table" in self._tasks:
                continue
            was_at_end = self.state.ls is not None and self.state.ls == _last(self.steppable())
            n_before = table.source(DIALS).ls.size
            now = await self.data.refresh_table(table.key, self._refreshed, table, self._look_into)
            has_grown = now.source(DIALS).ls.size != n_before
            loads = [plot.load for plot in self.plots if plot.load is not None]
            behind = [load for load in loads if has_grown or load.state is not LoadState.COMPLETE]
            for load in behind:
                load.refresh()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew_entry(now))
                for load in behind:
                    await load.wait()
            if was_at_end:
                self.end_ls(1)

    async def _renew_entry(self, table: LSTable) -> None:
        """Bring the run in the list, and its card, up to what its LS table says."""
        dials, run_list = table.source(DIALS), self.run_list
        n_ls = dials.ls.size if dials.state is SourceState.LOADED else None
        before = run_list.entries
        try:
            await run_list.renew(table.key, n_ls)
        except ServiceError as error:
            self._look_into(error)
        if run_list.entries != before:
            self._tell(RunsChanged())

    def _refreshed(self, table: LSTable, source: str) -> None:
        known = self.table
        if known is None or known.key != table.key or "table" in self._tasks:
            return  # another run by now, or asked anew meanwhile, which counts
        # the other sources may be others than when this was asked, such as the rates of another path
        self.table = known.with_source(source, table.source(source))
        self._tell(TableChanged(source))


def _last(numbers: NDArray[np.int64]) -> int | None:
    return int(numbers[-1]) if numbers.size else None
