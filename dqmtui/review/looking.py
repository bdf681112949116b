"""Where a review looks in a run: the lumisection under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lstable import DIALS, LSTable
from dqmtui.model.states import CellState, SourceState
from dqmtui.review.grouped import step_group
from dqmtui.review.paging import Paging
from dqmtui.review.stepping import neighbours, step_from

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from numpy.typing import NDArray

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact


class Looking(Paging):
    """The LS cursor, which the histograms of all plots follow."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self._wanted_ls: int | None = None

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
        """Go to the LS or group that has data `step` places on (or back), stopping at the ends."""
        ls, size = self.state.ls, self.state.group
        if ls is not None:
            known = self.steppable()
            self._stand_on(step_group(ls, step, known, size) if size > 1 else step_from(ls, step, known))

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
        if _is_coming(table):
            self._notice(f"LS {ls} has not come yet.")
            return
        self._wanted_ls = None
        near = " and ".join(str(number) for number in neighbours(ls, table.ls))
        hint = f"the nearest: LS {near}" if near else "no source has told of any"
        self._error(f"No data for LS {ls} in run {table.key.run}; {hint}.")

    def _stand_on(self, ls: int) -> None:
        self._wanted_ls = None
        for load in self._loads.values():
            load.follow(ls)
        self._replace(ls=ls)
        if self.load is None:
            self._load_histograms()

    def _find_place(self, table: LSTable) -> None:
        """Stand on the LS that was asked for once a source knows it, until then on the first with data."""
        wanted, with_data = self._wanted_ls, table.source(DIALS).ls
        if wanted is not None and table.row(wanted) is not None:
            self._stand_on(wanted)
            return
        if self.state.ls is None and with_data.size:
            self._stand_on(int(with_data[0]))
        elif self.state.ls is None and table.ls.size and _has_no_data(table):
            # there is nothing to plot, but conditions to look at
            self._stand_on(int(table.ls[0]))
        if wanted is not None:
            self._wanted_ls = wanted
            self._say_unknown(wanted, table)


def _is_coming(table: LSTable) -> bool:
    """Tell whether a source may still tell of more LS."""
    return any(source.state is SourceState.LOADING for source in table.sources.values())


def _has_no_data(table: LSTable) -> bool:
    """Tell whether DIALS has nothing of the run, and everything else is known."""
    return table.source(DIALS).is_complete and not _is_coming(table)
