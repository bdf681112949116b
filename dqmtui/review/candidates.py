"""Which runs are offered as references for the open one, the best first, and why."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.model.reconstruction import differs
from dqmtui.model.reference_runs import LSRanges, RankedRun, luminosity_scale, rank_references
from dqmtui.services.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.lstable import Column, Source
    from dqmtui.model.reference_runs import Range, Reason
    from dqmtui.review.runlist import RunEntry

_SURE = 0.995
"""Agreement from which on a condition counts as the same."""

_MOST_APART = 2
"""Conditions that a note names because they agree the least."""

_AT_A_TIME = 2
"""Runs whose lumisections OMS is asked for side by side."""

BEST = 10
"""Runs whose LS are read, those that are best without them: of luminosity and pileup only they tell."""

_AT_BEGIN, _AT_END = "init_lumi", "end_lumi"
"""What OMS says of the instantaneous luminosity of an LS."""


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
    than that of the open run, "" when it was not.
    """

    entry: RunEntry
    ranked: RankedRun | None = None
    listed: str = ""
    other: str = ""

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
        return f"{'! ' if is_conflict else ''}{reason.aspect} {reason.text}"


def candidates(
    run: RunEntry,
    entries: Sequence[RunEntry],
    listed: Mapping[int, str] | None = None,
    of_ls: Mapping[int, LSRanges] | None = None,
) -> list[Candidate]:
    """Rank all other entries as references for a run: `listed` are the runs that CertHelper's list names.

    First come runs made like the open one, those that are listed before the others, by how like their
    conditions are; then those that were made otherwise; in each, earlier runs come before later ones.
    `of_ls` are the ranges of the runs whose LS have been read.
    """
    names = listed or {}
    cards = [entry.card for entry in entries if entry.card is not None]
    ranked = {} if run.card is None else {one.run: one for one in rank_references(run.card, cards, of_ls)}
    places = {number: at for at, number in enumerate(ranked)}
    found = [
        Candidate(
            entry,
            ranked.get(entry.run),
            names.get(entry.run, ""),
            differs(run.dataset, entry.dataset),
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


def ls_ranges(source: Source) -> LSRanges:
    """Give between what luminosity and pileup were with stable beams, by what OMS says of the LS of a run."""
    table = LSTable(RunKey("", 0, 0)).with_source(OMS, source)
    stable = table.column(OMS, "beams_stable").is_true()
    # in an LS at whose end the beams were dumped they were stable, but no longer at its end
    until_end = stable & np.isin(table.ls + 1, table.ls[stable])
    begin, end = (_in_inv_cm2_s(table.column(OMS, name)) for name in (_AT_BEGIN, _AT_END))
    return LSRanges(
        _range(np.concatenate((begin[stable], end[until_end]))),
        _range(table.column(OMS, "pileup").floats()[stable]),
    )


def _range(values: NDArray[np.float64]) -> Range | None:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else None


def _in_inv_cm2_s(column: Column) -> NDArray[np.float64]:
    """Give luminosities (n,) in cm^-2 s^-1, NaN where there is none or its unit is not understood."""
    scale = luminosity_scale(column.unit)
    if scale is not None:
        return column.floats() * scale
    found = np.full(column.values.size, np.nan)
    if column.values.dtype == object:
        # where units change from LS to LS each value is a text with its own
        for row in np.flatnonzero(column.known).tolist():
            number, _, unit = str(column.values[row]).partition(" ")
            scale = luminosity_scale(unit)
            if scale is not None:
                with suppress(ValueError):
                    found[row] = float(number) * scale
    return found


async def read_ls_ranges(data: Conditions, runs: Iterable[int]) -> dict[int, LSRanges]:
    """Read between what the LS of runs were with stable beams; one request for each run.

    Raises ServiceError when OMS fails, but not of a run that it does not know.
    """
    found: dict[int, LSRanges] = {}
    waiting = list(dict.fromkeys(runs))

    async def read() -> None:
        while waiting:
            number = waiting.pop(0)
            try:
                source = await data.conditions_source(number)
            except NotFound:
                found[number] = LSRanges()
            else:
                found[number] = await asyncio.to_thread(ls_ranges, source)

    tasks = [asyncio.ensure_future(read()) for _ in range(_AT_A_TIME)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return found


class RangesOfRuns:
    """The ranges of the LS of runs, read when somebody wants to compare them.

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
        self._known: dict[int, LSRanges] = {}

    @property
    def known(self) -> Mapping[int, LSRanges]:
        """What has come, by run."""
        return self._known

    def want(self, run: RunEntry, found: Sequence[Candidate]) -> None:
        """Read those of a run and of the best of its candidates, as far as they have not been read."""
        best = [one.entry.run for one in found if one.ranked is not None][:BEST]
        if not best or not self._data.has_oms:
            return
        known = set(self._known)
        if run.card is None or run.card.end_time is None:
            # that of a run that is still being taken changes
            known.discard(run.run)
        wanted = [one for one in dict.fromkeys((run.run, *best)) if one not in known]
        if wanted:
            self._start(lambda: self._read(wanted))

    async def _read(self, runs: Sequence[int]) -> None:
        self._known.update(await read_ls_ranges(self._data, runs))
        self._came()
