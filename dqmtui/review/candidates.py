"""Which runs are offered as references for the open one, the best first, and why."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.model.reconstruction import differs
from dqmtui.model.reference_runs import PILEUP, RankedRun, rank_references
from dqmtui.services.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from dqmtui.model.lstable import Source
    from dqmtui.model.reference_runs import PileupRange, Reason
    from dqmtui.review.runlist import RunEntry

_SURE = 0.995
"""Agreement from which on a condition counts as the same."""

_MOST_APART = 2
"""Conditions that a note names because they agree the least."""

_AT_A_TIME = 2
"""Runs whose lumisections OMS is asked for side by side."""

BEST = 10
"""Runs whose pileup is read, those that are best without it: OMS tells it LS by LS alone."""


class Conditions(Protocol):
    """Who can be asked what OMS says of the LS of a run."""

    @property
    def has_oms(self) -> bool:
        """Whether there is a route to OMS."""

    async def conditions_source(self, run: int) -> Source:
        """Give it; raises ServiceError."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of a dataset that can be a reference.

    `ranked` says how its conditions compare, None of a later run and where OMS does not know one of them;
    `listed` that CertHelper's list names it for the open run; `other` how its dataset was made otherwise
    than that of the open run, "" when it was not; `is_pileup_read` that OMS was asked for that of both.
    """

    entry: RunEntry
    ranked: RankedRun | None = None
    listed: str = ""
    other: str = ""
    is_pileup_read: bool = False

    @property
    def note(self) -> str:
        """Say in a few words what speaks for it and against it: what must agree and does not, then the least.

        Percentages are how far conditions agree, the first that of all of them together.
        """
        words = [word for word in (self.other, self.listed) if word]
        if self.ranked is not None:
            words.append(f"{self.ranked.score:.0%}")
            reasons = self.ranked.reasons
            words.extend(
                f"! {one.aspect} {one.text}" for one in reasons if one.aspect in self.ranked.conflicts
            )
            apart = [
                (one.agreement, one.aspect)
                for one in reasons
                if one.agreement is not None
                and one.agreement < _SURE
                and one.aspect not in self.ranked.conflicts
            ]
            words.extend(f"{aspect} {agreement:.0%}" for agreement, aspect in sorted(apart)[:_MOST_APART])
        else:
            words.append(f"{self.entry.ls_count} LS")
        return ", ".join(words)

    @property
    def in_full(self) -> str:
        """Say of every condition what this run has, or why it is not ranked."""
        if self.ranked is None:
            return "not ranked: a later run, or one of which OMS does not tell the conditions"
        return "; ".join(map(self._said, self.ranked.reasons))

    def _said(self, reason: Reason) -> str:
        is_conflict = self.ranked is not None and reason.aspect in self.ranked.conflicts
        is_unread = reason.aspect == PILEUP and not self.is_pileup_read
        return f"{'! ' if is_conflict else ''}{reason.aspect} {'not read' if is_unread else reason.text}"


def candidates(
    run: RunEntry,
    entries: Sequence[RunEntry],
    listed: Mapping[int, str] | None = None,
    pileup: Mapping[int, PileupRange | None] | None = None,
) -> list[Candidate]:
    """Rank all other entries as references for a run: `listed` are the runs that CertHelper's list names.

    First come runs made like the open one, those that are listed before the others, by how like their
    conditions are; then those that were made otherwise; in each, earlier runs come before later ones.
    `pileup` are the ranges of the runs of which it has been read, None where there is none.
    """
    names, read = listed or {}, pileup or {}
    cards = [entry.card for entry in entries if entry.card is not None]
    ranked = {} if run.card is None else {one.run: one for one in rank_references(run.card, cards, read)}
    places = {number: at for at, number in enumerate(ranked)}
    found = [
        Candidate(
            entry,
            ranked.get(entry.run),
            names.get(entry.run, ""),
            differs(run.dataset, entry.dataset),
            run.run in read and entry.run in read,
        )
        for entry in entries
        if entry.key != run.key
    ]

    def order(one: Candidate) -> tuple[bool, bool, bool, int, int]:
        is_later = one.entry.run > run.run
        return (
            *(bool(one.other), not one.listed, is_later),
            *(places.get(one.entry.run, len(places)), abs(one.entry.run - run.run)),
        )

    return sorted(found, key=order)


def pileup_range(source: Source) -> PileupRange | None:
    """Give the lowest and highest pileup with stable beams in what OMS says of a run, None without any."""
    table = LSTable(RunKey("", 0, 0)).with_source(OMS, source)
    column = table.column(OMS, "pileup")
    chosen = column.known & table.column(OMS, "beams_stable").is_true()
    if column.values.dtype.kind not in "fi" or not chosen.any():
        return None
    values = column.values[chosen].astype(np.float64)
    return float(values.min()), float(values.max())


async def pileup_ranges(data: Conditions, runs: Iterable[int]) -> dict[int, PileupRange | None]:
    """Read the lowest and highest pileup with stable beams of runs, None of one without any.

    Raises ServiceError when OMS fails, but not of a run that it does not know.
    """
    ranges: dict[int, PileupRange | None] = {}
    waiting = list(dict.fromkeys(runs))

    async def read() -> None:
        while waiting:
            number = waiting.pop(0)
            try:
                source = await data.conditions_source(number)
            except NotFound:
                ranges[number] = None
            else:
                ranges[number] = await asyncio.to_thread(pileup_range, source)

    tasks = [asyncio.ensure_future(read()) for _ in range(_AT_A_TIME)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return ranges


class Pileups:
    """The pileup ranges of runs, read when somebody wants to compare them.

    `start` runs a task in place of the one before; `came` is told when ranges have come.
    """

    def __init__(
        self,
        data: Conditions,
        start: Callable[[Callable[[], Awaitable[None]]], None],
        came: Callable[[], None],
    ) -> None:
        self._data = data
        self._start = start
        self._came = came
        self._ranges: dict[int, PileupRange | None] = {}

    @property
    def ranges(self) -> Mapping[int, PileupRange | None]:
        """What has come, by run; None of a run without stable beams."""
        return self._ranges

    def want(self, run: RunEntry, found: Sequence[Candidate]) -> None:
        """Read those of a run and of the best of its candidates, as far as they have not been read."""
        best = [one.entry.run for one in found if one.ranked is not None][:BEST]
        if not best or not self._data.has_oms:
            return
        known = set(self._ranges)
        if run.card is None or run.card.end_time is None:
            # that of a run that is still being taken changes
            known.discard(run.run)
        wanted = [one for one in dict.fromkeys((run.run, *best)) if one not in known]
        if wanted:
            self._start(lambda: self._read(wanted))

    async def _read(self, runs: Sequence[int]) -> None:
        self._ranges.update(await pileup_ranges(self._data, runs))
        self._came()
