"""Loading what a command looks at: a run's histograms and conditions, and the lumisections that count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.cli.exits import Exit, Stop, must_exist
from dqmtui.cli.named_masks import NO_NAMES, Names, judged
from dqmtui.cli.talk import tell
from dqmtui.model.certification import read_certification
from dqmtui.model.divisors import COUNTS, UNIT_AREA, Divisors
from dqmtui.model.keys import HistogramKey
from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source
from dqmtui.model.masks import FALSE
from dqmtui.model.normalise import BY_RATE, Normalisation
from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless, shortened
from dqmtui.review.histograms import LoadState
from dqmtui.review.named import NOTHING_NAMED, Named
from dqmtui.review.rate_lookup import UnknownRate, rate_of_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.model.masks import Selection as Judged
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.runlist import RunEntry
    from dqmtui.services.errors import ServiceError

NORMALISATIONS = {
    "counts": Normalisation.COUNTS,
    "area": Normalisation.AREA,
    "hz": Normalisation.PER_HZ,
    "event": Normalisation.PER_EVENT,
    "lumi": Normalisation.PER_LUMINOSITY,
    "pileup": Normalisation.PER_PILEUP_EVENT,
}
"""What `--norm` may be."""

BY_OMS = frozenset({Normalisation.PER_LUMINOSITY, Normalisation.PER_PILEUP_EVENT})
"""Those that need what OMS says of the lumisections."""

EVERYTHING, NOTHING = LSMask.all(), LSMask()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lumisections were asked for: numbers, an expression, without some, a certification JSON.

    `names` is what expressions may name, also those for references.
    """

    ls: LSMask = EVERYTHING
    good: str | None = None
    exclude: LSMask = NOTHING
    mask: Path | None = None
    names: Names = NO_NAMES

    @classmethod
    def of(
        cls,
        ls: LSMask | None,
        good: str | None,
        exclude: Sequence[LSMask],
        mask: Path | None,
        names: Names = NO_NAMES,
    ) -> Selection:
        """Take what was typed."""
        return cls(EVERYTHING if ls is None else ls, good, LSMask.of(*exclude), mask, names)

    def of_reference(self, good: str | None, exclude: LSMask) -> Selection:
        """Give what is chosen of a reference: as here, but by no number, and with what was asked for it."""
        return Selection(good=good or self.good, exclude=exclude, mask=self.mask, names=self.names)

    def needs_conditions(self, norm: str) -> bool:
        """Tell whether OMS has to be asked for these lumisections in a normalisation."""
        return self.good is not None or norm not in {"counts", "area"}

    @property
    def in_words(self) -> str:
        """What was asked for, for people."""
        words = "all LS" if self.ls == EVERYTHING else f"LS {self.ls}"
        if self.good is not None:
            words += f" of which {self.good} is true"
        if self.mask is not None:
            words += f" in {self.mask.name}"
        return words + (f", without LS {self.exclude}" if self.exclude else "")

    @property
    def is_plain(self) -> bool:
        """Whether the LS are chosen by number alone."""
        return self.good is None and self.mask is None and not self.exclude


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The lumisections of a run that were chosen: those of `ls` without `without`.

    `run_ls` (n,) are all that the run has; `why_not` says of LS of `ls` why they are `without`.
    """

    ls: LSMask
    without: LSMask
    run_ls: NDArray[np.int64]
    why_not: tuple[tuple[str, LSMask], ...] = ()

    @property
    def good(self) -> LSMask:
        """The numbers themselves, without those that the run does not have."""
        return LSMask.from_numbers(self.run_ls[(self.ls - self.without).selects(self.run_ls)])


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A run with its conditions, as far as they were needed: `table` has all sources that could be loaded.

    `named` is what expressions may name.
    """

    entry: RunEntry
    table: LSTable
    errors: dict[str, ServiceError]
    named: Named = NOTHING_NAMED

    def need(self, *sources: str) -> None:
        """Raise what keeps us from a source of the table that is needed; Stop when OMS is switched off."""
        for name in sources:
            if self.table.source(name).state is SourceState.OFF:
                raise Stop(Exit.USAGE, "OMS is switched off; set oms_route to proxy or direct.")
            if name in self.errors:
                raise self.errors[name]

    def choose(self, selection: Selection) -> Chosen:
        """Find the lumisections that were asked for; raises Stop and ServiceError."""
        numbers = self.table.ls
        left: list[tuple[str, LSMask]] = [("excluded", selection.exclude)] if selection.exclude else []
        if selection.mask is not None:
            certified = _certified(selection.mask, self.entry.run)
            left.append(
                (f"not in {selection.mask.name}", LSMask.from_numbers(numbers[~certified.selects(numbers)]))
            )
        if selection.good is not None:
            found = self._judged(selection.good, selection.exclude)
            bad = LSMask.from_numbers(found.ls[found.verdict == FALSE])
            left += [(f"not {selection.good}", bad), (f"unknown whether {selection.good}", found.unknown)]
        without = LSMask.of(*(mask for _, mask in left))
        return Chosen(selection.ls, without, numbers, tuple(left))

    def _judged(self, expression: str, excluded: LSMask) -> Judged:
        found = judged(expression, self.table, self.named, excluded)
        if found.waiting:
            self.need(OMS, RATE, DIALS)
        return found

    def divisors(self, norm: str, rate: str) -> Divisors:
        """Give what histograms are divided by; `rate` is what the rates are of. Raises as `need` does."""
        kind = NORMALISATIONS[norm]
        if kind is Normalisation.COUNTS:
            return COUNTS
        if kind is Normalisation.AREA:
            return UNIT_AREA
        if kind in BY_RATE:
            self.need(RATE)
        if kind in BY_OMS:
            self.need(OMS)
        return Divisors.of_table(kind, self.table, rate)


async def load_place(
    data: DataLayer,
    entry: RunEntry,
    *,
    conditions: bool,
    good: Sequence[str | None] = (),
    names: Names = NO_NAMES,
) -> Place:
    """Load the lumisections of a run and, if they are needed, its conditions and the trigger rate.

    What of those fails is kept until somebody needs it. Masks that the expressions in `good` name are loaded,
    too, with what `names` says of them. Raises Stop, and ServiceError for the lumisections and the masks.
    """
    if not conditions:
        rows = Source(await dials_ls(data, entry.key), {}, SourceState.LOADED)
        return Place(entry, LSTable(entry.key).with_source(DIALS, rows), {})
    errors: list[ServiceError] = []
    failed: dict[str, ServiceError] = {}

    def changed(table: LSTable, source: str) -> None:
        if table.source(source).state in {SourceState.FAILED, SourceState.PARTIAL}:
            failed[source] = errors[-1]

    named = await names.named(data, entry.key, entry.dataset, good)
    place = Place(entry, await data.load_table(entry.key, changed, failed=errors.append), failed, named)
    place.need(DIALS)
    return place


async def choose_rate(data: DataLayer, run: int, name: str | None) -> None:
    """Let the trigger rate be that of a path or dataset; raises Stop with the nearest names, ServiceError."""
    if name is None:
        return
    try:
        data.rate = await rate_of_run(data, run, name)
    except UnknownRate as error:
        raise Stop(Exit.NOT_FOUND, error.message, error.near) from error


async def whole_stack(data: DataLayer, entry: RunEntry, element: MonitoringElement) -> HistogramStack:
    """Load all histograms of an element in a run; raises ServiceError when any of them did not come."""
    return stack_of(await whole_load(data, entry, element))


async def whole_load(data: DataLayer, entry: RunEntry, element: MonitoringElement) -> HistogramLoad:
    """Load as `whole_stack` does, and give the load."""
    load = await _ended_load(data, entry, element)
    trouble = _trouble_of(load)
    if trouble is not None:
        raise trouble
    return load


async def stack_that_came(
    data: DataLayer, entry: RunEntry, element: MonitoringElement
) -> tuple[HistogramStack, Stop | ServiceError | None]:
    """Load as `whole_stack` does, but give what came, and what kept the rest of it from coming.

    Raises it when nothing came.
    """
    load = await _ended_load(data, entry, element)
    trouble = _trouble_of(load)
    if trouble is not None and (load.stack is None or not load.stack.rows_loaded):
        raise trouble
    return stack_of(load), trouble


async def _ended_load(data: DataLayer, entry: RunEntry, element: MonitoringElement) -> HistogramLoad:
    load = data.histograms(HistogramKey(entry.key, element.me_id), element, 1)
    await load.wait()
    return load


def _trouble_of(load: HistogramLoad) -> Stop | ServiceError | None:
    """Say how much of a load came, and give why it is not whole; None when it is."""
    if load.state is LoadState.COMPLETE and load.stack is not None:
        return None
    loaded, expected = load.progress
    tell(f"{loaded} of {expected} LS of {load.element.me} came")
    if load.error is not None:
        return load.error
    run = load.key.run.run
    return Stop(Exit.SERVICE, f"The histograms of run {run} did not come: {load.state.value}.")


def stack_of(load: HistogramLoad) -> HistogramStack:
    """Give the stack of a load that has ended well."""
    if load.stack is None:
        raise Stop(Exit.SERVICE, f"The histograms of {load.element.me} did not come.")
    return load.stack


def need_histograms(stack: HistogramStack, entry: RunEntry) -> None:
    """Raise Stop when a run has no histogram of an element."""
    if not stack.rows_loaded:
        raise Stop(
            Exit.NOT_FOUND, f"run {entry.run} has no histograms of {stack.element.me} in {entry.dataset}"
        )


async def dials_ls(data: DataLayer, run: RunKey) -> NDArray[np.int64]:
    """Give the LS numbers that DIALS has of a run, sorted."""
    return np.unique((await data.lumisections(run)).ls)


def _certified(file: Path, run: int) -> LSMask:
    must_exist(file)
    try:
        masks = read_certification(file.read_bytes())
    except OSError as error:
        raise Stop(Exit.USAGE, f"Cannot read {harmless(str(file))}: {error.strerror}.") from error
    except MaskError as error:
        raise Stop(Exit.USAGE, f"{harmless(str(file))} is no certification JSON: {error}.") from error
    if run not in masks:
        raise Stop(Exit.NOT_FOUND, f"{harmless(str(file))} does not have run {run}")
    return masks[run]


def need_some(chosen: Chosen, run: int) -> None:
    """Raise Stop when a run has none of the LS that were named."""
    if not chosen.ls.selects(chosen.run_ls).any():
        named = shortened(str(chosen.ls), _LONGEST_NAMED, ellipsis="...")
        raise Stop(Exit.NOT_FOUND, f"no data for LS {named} in run {run}; it has {ranges(chosen.run_ls)}")


_LONGEST_NAMED = 60
MOST_RANGES = 20


def ranges(numbers: NDArray[np.int64] | Sequence[int]) -> str:
    """Write LS numbers as ranges: LS 1-2, 5, 9; of many ranges the first."""
    texts = str(LSMask.from_numbers(numbers)).split(",")
    more = len(texts) - MOST_RANGES
    return "LS " + ", ".join(texts[:MOST_RANGES]) + (f" and {more} more ranges" if more > 0 else "")
