"""The runs of a workspace with their OMS cards, newest datasets first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.model.keys import RunKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def matching(datasets: Sequence[Dataset], text: str) -> list[Dataset]:
    """Choose datasets whose name contains a text, whatever its case; an exact name chooses that one alone."""
    exact = [dataset for dataset in datasets if dataset.dataset == text]
    return exact or [dataset for dataset in datasets if text.lower() in dataset.dataset.lower()]


def _date(dataset: Dataset) -> datetime:
    date = dataset.last_modification_date
    return _LONG_AGO if date is None else date if date.tzinfo else date.replace(tzinfo=UTC)


class RunList:
    """The runs of the chosen datasets, the highest run number first, growing while they come."""

    def __init__(self, data: DataLayer, workspace: str, dataset_text: str) -> None:
        self._data = data
        self._workspace = workspace
        self._text = dataset_text
        self.datasets: list[Dataset] = []
        self.entries: list[RunEntry] = []
        self.is_loading = False

    async def load(self, changed: Callable[[], None]) -> None:
        """Read the runs dataset by dataset, then their cards; `changed` is called whenever some came.

        Raises ServiceError.
        """
        self.is_loading = True
        changed()
        try:
            self.datasets = matching(await self._data.datasets(self._workspace), self._text)
            await self._load_runs(changed)
            self.is_loading = False
            changed()
            await self._load_cards(changed)
        finally:
            self.is_loading = False

    async def _load_runs(self, changed: Callable[[], None]) -> None:
        waiting = sorted(self.datasets, key=_date)

        async def work() -> None:
            while waiting:
                dataset = waiting.pop()
                rows = await self._data.runs(self._workspace, dataset.dataset_id)
                if rows:
                    self._add([entry_of(self._workspace, row) for row in rows])
                    changed()

        async with asyncio.TaskGroup() as group:
            for _ in range(PARALLEL):
                group.create_task(work())

    def _add(self, entries: list[RunEntry]) -> None:
        self.entries = sorted([*self.entries, *entries], key=lambda entry: (-entry.run, entry.dataset))

    async def _load_cards(self, changed: Callable[[], None]) -> None:
        cards = await self._data.run_cards([entry.run for entry in self.entries])
        self.entries = [replace(entry, card=cards.get(entry.run)) for entry in self.entries]
        changed()

    def index(self, key: RunKey | None) -> int | None:
        """Give the position of a run in the list."""
        return next((at for at, entry in enumerate(self.entries) if entry.key == key), None)
