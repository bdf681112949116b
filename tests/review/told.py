"""A review under test, and what it tells."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from dqmtui.review.facts import Crashed, Fact, Notice, Severity
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Review
from dqmtui.review.runlist import RunEntry
from tests.review.little import (
    EXPRESS,
    NAMES,
    RUN,
    WORKSPACE,
    ZERO_BIAS,
    Little,
    oms_lumisections,
    oms_rates,
)
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from dqmtui.model.states import SourceState
    from dqmtui.review.datalayer import DataLayer

F = TypeVar("F")

A, B = RUN.run, 381080
DIALS_LS = [2, 3, 5, 9]
OMS_LS = [1, 2, 3, 4, 5]
RATE_LS = [2, 3, 12]


def two_runs(little: Little) -> Little:
    """Let a service have run A in one dataset and run B in two; OMS knows other LS than DIALS."""
    little.runs = {(ZERO_BIAS, A): DIALS_LS, (ZERO_BIAS, B): [20, 21, 22], (EXPRESS, B): [21]}
    little.oms = {
        "lumisections": [*oms_lumisections(OMS_LS), *oms_lumisections([20, 21], B)],
        **oms_rates(RATE_LS),
    }
    return little


def entry(run: int, dataset_id: int = ZERO_BIAS) -> RunEntry:
    """Give the entry of a run of that service."""
    return RunEntry(WORKSPACE, NAMES[dataset_id], dataset_id, run, 1)


class Told:
    """Every fact of a review in the order it was told; `answer` is what a listener does about it at once."""

    def __init__(self, data: DataLayer, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.facts: list[Fact] = []
        self.answer: Callable[[Fact], None] = lambda _: None
        self.review = Review(data, self._take, sleep)

    def _take(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.answer(fact)

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def errors(self) -> list[str]:
        return [notice.text for notice in self.of(Notice) if notice.severity is Severity.ERROR]

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.of(Notice) if notice.severity is Severity.INFO]

    @property
    def is_settled(self) -> bool:
        load = self.review.load
        return not self.review.is_busy and (load is None or load.state is not LoadState.LOADING)

    async def settled(self) -> Review:
        """Wait until nothing is loading."""
        await until(lambda: self.is_settled)
        return self.review

    def source_states(self) -> dict[str, SourceState]:
        table = self.review.table
        return {} if table is None else {name: source.state for name, source in table.sources.items()}


@asynccontextmanager
async def told_on(data: DataLayer) -> AsyncIterator[Told]:
    """A review on a data layer; at its end nothing of it may have crashed or still run."""
    told = Told(data)
    try:
        yield told
    finally:
        await told.review.close()
    assert told.of(Crashed) == []
    assert not told.review.is_busy
