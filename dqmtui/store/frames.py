"""Frames: the histograms of one element in one run as they are kept, and how much of the run that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import LSMask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from dqmtui.model.histogram import StackRows
    from dqmtui.model.keys import HistogramKey, MonitoringElement


class FrameError(ValueError):
    """Bytes that are no frame of ours, or rows that cannot be one; the message ends "it ..."."""


@dataclass(frozen=True, slots=True)
class FrameKey:
    """What a frame is about, by the names and numbers of the service; `dim` is 1 or 2."""

    workspace: str
    dataset: str
    dataset_id: int
    run: int
    me: str
    me_id: int
    dim: int

    @classmethod
    def of(cls, key: HistogramKey, element: MonitoringElement, dataset: str) -> FrameKey:
        """Name the histograms of an element in a run, with the name of the run's dataset."""
        run = key.run
        return cls(run.workspace, dataset, run.dataset_id, run.run, element.me, key.me_id, element.dim)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a run had been read at `fetched_at`, an aware time.

    `fetched_at` is when the run was known to have `ls_count` LS, not when the last page came. `read` are the
    LS that are settled: those of them without a row are absent. `unreadable` are LS that the service has but
    cannot send. `complete` says that nothing of the run, as it was then, is missing but those.
    """

    read: LSMask
    complete: bool
    ls_count: int
    fetched_at: datetime
    unreadable: LSMask = field(default_factory=LSMask)


@dataclass(frozen=True, slots=True, eq=False)
class FramePart:
    """Rows with one binning, and `file_id` (n,), the files of the service that they are from."""

    rows: StackRows
    file_id: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.file_id.shape != self.rows.ls.shape:
            raise FrameError(f"has {self.file_id.size} file ids for {self.rows.ls.size} rows")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The histograms of one element in one run: parts of one binning each, every LS at most once."""

    key: FrameKey
    coverage: Coverage
    parts: tuple[FramePart, ...] = ()

    @classmethod
    def of(
        cls, key: FrameKey, coverage: Coverage, rows: Iterable[StackRows], file_ids: Mapping[int, int]
    ) -> Frame:
        """Make a frame of rows, each item of one binning, and the file id of every LS; raises KeyError.

        The rows must not change while they are written.
        """
        parts = (
            FramePart(part, np.array([file_ids[ls] for ls in part.ls.tolist()], dtype=np.int64))
            for part in rows
        )
        return cls(key, coverage, tuple(parts))

    @property
    def present(self) -> LSMask:
        """The LS that have a row."""
        numbers = [part.rows.ls for part in self.parts]
        return LSMask.from_numbers(np.concatenate(numbers)) if numbers else LSMask()

    def settled(self, ls_count: int) -> LSMask:
        """Give the LS that need not be asked for again now that the run has `ls_count` LS.

        While a run grows, what was absent may have come since, and only rows count.
        """
        return self.coverage.read if ls_count == self.coverage.ls_count else self.present


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself without its rows: service, key, coverage and the LS with a row."""

    service: str
    key: FrameKey
    coverage: Coverage
    present: LSMask

    @classmethod
    def of(cls, service: str, frame: Frame) -> About:
        """Describe a frame; raises FrameError when one with LS numbers below 1 or twice."""
        numbers = [ls for part in frame.parts for ls in part.rows.ls.tolist()]
        if len(set(numbers)) != len(numbers) or min(numbers, default=1) < 1:
            raise FrameError("has an LS twice, or one below 1")
        return cls(service, frame.key, frame.coverage, frame.present)

    def may_replace(self, other: About) -> bool:
        """Tell whether this is no less complete than another frame of the same key.

        A complete frame gives way to a later complete one, or to one with all of its rows and more; a partial
        one to any with as many rows.
        """
        if self.coverage.complete:
            return not other.coverage.complete or self.coverage.fetched_at >= other.coverage.fetched_at
        if other.coverage.complete:
            return self.present != other.present and not other.present - self.present
        return len(self.present) >= len(other.present)
