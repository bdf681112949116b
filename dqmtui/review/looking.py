"""Where a review looks in a run: the lumisection, the monitoring element and its histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.lstable import DIALS, LSTable
from dqmtui.model.states import CellState, SourceState
from dqmtui.review.core import ReviewCore
from dqmtui.review.facts import Crashed, HistogramsChanged, Notice, Severity
from dqmtui.review.histograms import HistogramLoad, LoadState
from dqmtui.review.plots import Plot
from dqmtui.review.stepping import neighbours, step_from

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact


class Looking(ReviewCore):
    """The LS cursor and the element on screen.

    `elements` are those of the workspace, `ring` those that `step_element` goes through.
    """

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self.elements: tuple[MonitoringElement, ...] = ()
        self.ring: tuple[MonitoringElement, ...] = ()
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
        if _is_coming(table):
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

    # -- monitoring elements ----------------------------------------------------------------------------

    @property
    def plots(self) -> tuple[Plot, ...]:
        """The plots of the page, none before there is an element."""
        element = self.state.element
        return () if element is None else (Plot(element, self.load),)

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
            text = f"Partial: {loaded} of {expected} LS came; ctrl+r goes on. {load.error.message}"
            self._tell(Notice(text, Severity.ERROR, load.error.details()))
            self._look_into(load.error)
        elif load.state is LoadState.KEPT and load.error is not None:
            self._look_into(load.error)
        elif load.state is LoadState.COMPLETE:
            self._recovery.calm()

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


def _is_coming(table: LSTable) -> bool:
    """Tell whether a source may still tell of more LS."""
    return any(source.state is SourceState.LOADING for source in table.sources.values())


def _has_no_data(table: LSTable) -> bool:
    """Tell whether DIALS has nothing of the run, and everything else is known."""
    return table.source(DIALS).is_complete and not _is_coming(table)
