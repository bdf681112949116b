"""The runs of a workspace with their OMS cards, newest datasets first."""

from __future__ import annotations

import asyncio
from bisect import insort
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from dqmtui.model.keys import RunKey
from dqmtui.model.states import SourceState
from dqmtui.review import questions
from dqmtui.review.datalayer import CARDS_PER_REQUEST
from dqmtui.services.dials_lists import ShortList
from dqmtui.services.errors import Incomplete, NotLoggedIn, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.oms_records import RunCard
    from dqmtui.services.records import Dataset, RunRow

PARALLEL = 3
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of one dataset; `card` is None until OMS has told of it, or when it cannot."""

    workspace: str
    dataset: str
    dataset_id: int
    run: int
    ls_count: int
    card: RunCard | None = None

    @property
    def key(self) -> RunKey:
        """What the run's LS table is about."""
        return RunKey(self.workspace, self.dataset_id, self.run)


def entry_of(workspace: str, row: RunRow) -> RunEntry:
    """Make the entry of a run as DIALS lists it."""
    return RunEntry(workspace, row.dataset, row.dataset_id, row.run_number, row.ls_count)


class _OfDataset(Protocol):
    @property
    def dataset(self) -> str: ...


D = TypeVar("D", bound=_OfDataset)


def matching(items: Sequence[D], text: str) -> list[D]:
    """Choose what has a text in its dataset's name, whatever the case; an exact name chooses only that."""
    exact = [item for item in items if item.dataset == text]
    return exact or [item for item in items if text.lower() in item.dataset.lower()]


def _date(dataset: Dataset) -> datetime:
    date = dataset.last_modification_date
    return _LONG_AGO if date is None else date if date.tzinfo else date.replace(tzinfo=UTC)


def _order(entry: RunEntry) -> tuple[int, str]:
    return -entry.run, entry.dataset


def runs_beside(entries: Sequence[RunEntry], key: RunKey, step: int) -> list[RunEntry]:
    """Give the run `step` run numbers above one (below when negative), or the last one on that side.

    As long as the same dataset has runs on that side only these count; else a run may be in several
    datasets, of which somebody has to choose. Empty when there is no run on that side.
    """
    side = [entry for entry in entries if (entry.run - key.run) * step > 0]
    side = [entry for entry in side if entry.dataset_id == key.dataset_id] or side
    numbers = sorted({entry.run for entry in side}, reverse=step < 0)
    if not numbers:
        return []
    run = numbers[min(abs(step), len(numbers)) - 1]
    return [entry for entry in side if entry.run == run]


class RunList:
    """The runs of the chosen datasets, the highest run number first, growing while they come.

    `all_datasets` are those of the workspace, `datasets` the chosen ones. `cards_state` tells how far the
    OMS cards have come, `cards_are_coming` whether OMS is being asked for them.
    """

    def __init__(self, data: DataLayer, workspace: str, dataset_text: str) -> None:
        self._data = data
        self._workspace = workspace
        self._text = dataset_text
        self._read: set[int] = set()
        # of those read, the ones of whose runs DIALS sent a part
        self._short: set[int] = set()
        self._cards: dict[int, RunCard] = {}
        self._cards_read: set[int] = set()
        self.all_datasets: list[Dataset] = []
        self.datasets: list[Dataset] = []
        self.entries: list[RunEntry] = []
        self.is_loading = False
        self.is_complete = False
        self.cards_state = SourceState.LOADING if data.has_oms else SourceState.OFF
        self.cards_are_coming = False

    @property
    def datasets_read(self) -> int:
        """How many of the chosen datasets have told their runs."""
        return sum(dataset.dataset_id in self._read for dataset in self.datasets)

    @property
    def cards_read(self) -> tuple[int, int]:
        """Run numbers that OMS has been asked about, and all there are."""
        runs = {entry.run for entry in self.entries}
        return len(runs & self._cards_read), len(runs)

    async def load(self, changed: Callable[[], None]) -> None:
        """Read what is missing of the runs, dataset by dataset, then of their cards.

        What the cache has stands there until the services have answered. `changed` is called whenever some
        came, and at the end. A dataset that fails does not stop the others. Raises ServiceError, that of the
        login before any other.
        """
        self.is_loading = True
        self._read -= self._short
        self._short.clear()
        if self.cards_state is not SourceState.OFF:
            self.cards_state = SourceState.LOADING
        changed()
        try:
            if not self.entries:
                await self._recall(changed)
            self._choose(await self._data.datasets(self._workspace))
            errors = await self._load_runs(changed)
            self.is_loading = False
            changed()
            if not any(isinstance(error, NotLoggedIn) for error in errors):
                await self._load_cards(changed)
            if errors:
                raise min(errors, key=lambda error: not isinstance(error, NotLoggedIn))
            self.is_complete = not self._short
        finally:
            self.is_loading = self.cards_are_coming = False
            if self.cards_state is SourceState.LOADING:
                self.cards_state = SourceState.FAILED
            changed()

    async def _recall(self, changed: Callable[[], None]) -> None:
        """Show what the cache has."""
        known = await self._data.kept(questions.datasets(self._workspace))
        if known is None:
            return
        self._choose(known.value)
        lists = await asyncio.gather(
            *(self._data.kept(questions.runs(self._workspace, one.dataset_id)) for one in self.datasets)
        )
        for dataset, runs in zip(self.datasets, lists, strict=True):
            if runs is not None:
                self._data.name_datasets(runs.value)
                self._take(dataset.dataset_id, runs.value)
        self._show_cards(await self._data.kept_cards([entry.run for entry in self.entries]))
        changed()

    def _choose(self, datasets: list[Dataset]) -> None:
        """Choose among the datasets of the workspace; runs of those that are gone go too."""
        self.all_datasets = datasets
        self.datasets = matching(datasets, self._text)
        chosen = {dataset.dataset_id for dataset in self.datasets}
        self.entries = [entry for entry in self.entries if entry.dataset_id in chosen]

    async def _load_runs(self, changed: Callable[[], None]) -> list[ServiceError]:
        missing = [dataset for dataset in self.datasets if dataset.dataset_id not in self._read]
        waiting = sorted(missing, key=_date)
        errors: list[ServiceError] = []

        async def work() -> None:
            while waiting:
                dataset = waiting.pop()
                try:
                    rows = await self._data.runs(self._workspace, dataset.dataset_id)
                except ServiceError as error:
                    errors.append(error)
                    if isinstance(error, NotLoggedIn):
                        waiting.clear()
                else:
                    self._read.add(dataset.dataset_id)
                    if isinstance(rows, ShortList):
                        self._short.add(dataset.dataset_id)
                    if self._take(dataset.dataset_id, rows):
                        changed()

        async with asyncio.TaskGroup() as group:
            for _ in range(PARALLEL):
                group.create_task(work())
        return errors

    def _take(self, dataset_id: int, rows: Sequence[RunRow]) -> bool:
        """Let these be the runs of a dataset; tell whether anything is different now."""
        new = [entry_of(self._workspace, row) for row in rows]
        new = [replace(entry, card=self._cards.get(entry.run)) for entry in new]
        old = [entry for entry in self.entries if entry.dataset_id == dataset_id]
        if sorted(new, key=_order) == old:
            return False
        # who shows the list still holds the one before; sorting it all would cost more with every dataset
        grown = (
            [entry for entry in self.entries if entry.dataset_id != dataset_id] if old else [*self.entries]
        )
        for entry in new:
            insort(grown, entry, key=_order)
        self.entries = grown
        return True

    async def _load_cards(self, changed: Callable[[], None]) -> None:
        """Read the cards, those of the highest run numbers first."""
        if self.cards_state is SourceState.OFF:
            return
        missing = list(
            dict.fromkeys(entry.run for entry in self.entries if entry.run not in self._cards_read)
        )
        self.cards_are_coming = bool(missing)
        cut: Incomplete | None = None
        for start in range(0, len(missing), CARDS_PER_REQUEST):
            part = missing[start : start + CARDS_PER_REQUEST]
            try:
                cards = await self._data.run_cards(part)
            except Incomplete as error:
                # of a run whose card did not come it is not known whether OMS has one
                cards, cut = error.came, error
                self._cards_read.update(cards)
            else:
                self._cards_read.update(part)
            self._show_cards(cards)
            changed()
        self.cards_state = SourceState.LOADED if cut is None else SourceState.PARTIAL
        if cut is not None:
            raise cut

    def _show_cards(self, cards: Mapping[int, RunCard]) -> None:
        self._cards.update(cards)
        self.entries = [
            replace(entry, card=cards[entry.run]) if entry.run in cards else entry for entry in self.entries
        ]

    async def renew(self, key: RunKey, ls_count: int | None) -> None:
        """Take how many LS DIALS has of a run by now, None: not known, and ask OMS for its card as it is now.

        Raises ServiceError for the card; the LS have been counted then.
        """
        if ls_count is not None:
            self.entries = [
                replace(one, ls_count=ls_count) if one.key == key else one for one in self.entries
            ]
        if self.cards_state is not SourceState.OFF and any(one.run == key.run for one in self.entries):
            self._show_cards(await self._data.run_cards([key.run]))

    def index(self, key: RunKey | None) -> int | None:
        """Give the position of a run in the list."""
        if key is None or key.workspace != self._workspace:
            return None
        places = enumerate(self.entries)
        return next(
            (at for at, one in places if (one.run, one.dataset_id) == (key.run, key.dataset_id)), None
        )
