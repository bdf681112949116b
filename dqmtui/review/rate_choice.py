"""Whose rate histograms are divided by: any HLT path or primary dataset, chosen while a review goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lstable import RATE, Source
from dqmtui.model.normalise import BY_RATE
from dqmtui.model.states import SourceState
from dqmtui.review.comparing import Comparing
from dqmtui.review.facts import ReferenceChanged, TableChanged
from dqmtui.review.rate_lookup import UnknownRate, rate_of_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.rate_name import RateName, RateNames


class RateChoice(Comparing):
    """The trigger rate of the tables, and how it is changed."""

    @property
    def rate(self) -> RateName:
        """What the trigger rate on screen is of."""
        return self.data.rate

    def set_rate(self, name: str) -> None:
        """Let the trigger rate be that of an HLT path or a primary dataset of the open run.

        `dataset:NAME` is a dataset, anything else a path, with or without version, or else a dataset. Only
        the rates are asked for anew, and those only that are not there from before.
        """
        run = self.state.run
        if run is None:
            self._error("There is no run open whose rates could be chosen from.")
        elif not self.data.has_oms:
            self._error("OMS is switched off, so there are no rates; set oms_route to proxy or direct.")
        else:
            self._watch.start("rate", lambda: self._set_rate(run.run, name))

    def list_rates(self, came: Callable[[RateNames], None]) -> None:
        """Ask which HLT paths and datasets the open run has rates of; `came` gets them, once they came."""
        run = self.state.run
        if run is None or not self.data.has_oms:
            self.set_rate("")
            return

        async def ask() -> None:
            found = await self.data.rate_names(run.run)
            if self.state.run == run:
                came(found)

        self._watch.start("rates", ask)

    async def _set_rate(self, run: int, name: str) -> None:
        try:
            rate = await rate_of_run(self.data, run, name)
        except UnknownRate as error:
            near = f" {', '.join(error.near)}." if error.near else ""
            self._error(f"{error.message}{near}")
            return
        if rate == self.data.rate:
            self._notice(f"The rate is that of {rate} already.")
            return
        self.data.rate = rate
        # what was made with the other rate must not stand under the name of this one
        self._forget_pictures()
        self._replace(rate=rate.typed)
        if self.table is not None:
            # the rest of the table stays, and so do the histograms
            self.table = self.table.with_source(RATE, Source(state=SourceState.LOADING))
            self._tell(TableChanged(RATE))
            self._tasks.start("table", self._load_table)
        self._forget_reference_rates()
        self._tell(ReferenceChanged())
        hint = "" if self.state.normalisation in BY_RATE else "; n divides by it: per Hz, per event"
        self._notice(f"The rate is that of {rate} now{hint}.")

    async def _load_table(self) -> None:
        """Load what the table of the open run lacks."""
        raise NotImplementedError
