"""What the trend shows: a statistic per LS of every plot of the page, and where the reference has it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import trend_divided
from dqmtui.model.judging.outliers import center_and_spread
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.trend import COMPARISONS, offered_statistics, offers_rate, statistic_in_words, trend
from dqmtui.review.choices import OtherRun, seen_from
from dqmtui.review.trend_comparison import compared
from dqmtui.review.trend_lines import ReferenceBand, TrendLine, TrendShown, on_common_axes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from numpy.typing import NDArray

    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.comparing import Comparing
    from dqmtui.review.named import Named
    from dqmtui.review.picture import Selections
    from dqmtui.review.plots import Plot
    from dqmtui.review.trend_comparison import Compared

    Floats = NDArray[np.float64]

_MOST_LINES = 6
_PER = {
    Normalisation.PER_HZ: "per Hz",
    Normalisation.PER_EVENT: "per event",
    Normalisation.PER_LUMINOSITY: "per luminosity",
    Normalisation.PER_PILEUP_EVENT: "per event and pileup",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Comparison:
    """A comparison with a reference that takes a thread: what it is made from, and what came of it."""

    key: tuple[object, ...]
    ls: NDArray[np.int64]
    found: Compared


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """All that a comparison is made from, held as it was."""

    key: tuple[object, ...]
    stack: HistogramStack
    other: HistogramStack | None
    statistic: str
    choice: ReferenceChoice
    good: LSMask

    def compared(self) -> _Comparison:
        """Compare all LS with the reference; for a thread."""
        found = compared(self.stack, self.statistic, self.choice, self.good, self.other)
        return _Comparison(self.key, self.stack.ls, found)


class Trends:
    """Makes the trend of what a review looks at; what it was made from stays the same, so does the trend.

    `named_of` gives the masks of a run, `selections` knows which LS are good. `start`
    runs a task beside the loading, one at a time, and `came` is called when a comparison that takes a thread
    is there.
    """

    def __init__(
        self,
        review: Comparing,
        named_of: Callable[[RunKey], Named],
        selections: Callable[[], Selections],
        start: Callable[[Callable[[], Awaitable[None]]], None],
        came: Callable[[], None],
    ) -> None:
        self._review = review
        self._named_of = named_of
        self._selections = selections
        self._start = start
        self._came = came
        self._key: tuple[object, ...] = ()
        self._shown = TrendShown()
        self._comparison: _Comparison | None = None
        self._wanted: _Job | None = None
        self._is_comparing = False

    def offered(self) -> tuple[str, ...]:
        """List the statistics that mean something for the element in focus."""
        element, stack = self._review.state.element, self._stack
        if element is None:
            return ()
        is_ratio = element.is_ratio_by_name if stack is None else stack.is_ratio
        return offered_statistics(
            element.dim, is_ratio=is_ratio, is_compared=self._review.state.reference is not None
        )

    def good_ls(self) -> LSMask:
        """Give the good LS of the open run, none before there is a table."""
        table = self._review.table
        return LSMask() if table is None else self._good_of(table)

    def good_there(self) -> LSMask:
        """Give the good LS of the other run that the trend is compared with, none without its table."""
        table = self._review.reference_table
        return LSMask() if table is None else self._good_of(table)

    def shown(self) -> TrendShown:
        """Give the trend, the same object as long as what it is made from is the same."""
        review, state = self._review, self._review.state
        load, stack = review.reference_load, self._stack
        other = None if load is None else load.stack
        key: tuple[object, ...] = (
            *((plot.element, *_version(_stack_of(plot))) for plot in review.plots),
            *(state.element, *_version(stack), state.statistic, review.divisors(), review.table),
            *(state.reference, state.shows_reference, *_version(other), review.reference_table),
            *(state.good, state.good_of_others, *self._named_of_both(), self._comparison),
        )
        if key != self._key:
            self._shown = self._made(stack, other)
            # a comparison that is begun meanwhile is part of what the trend was made from
            self._key = (*key[:-1], self._comparison)
        return self._shown

    # -- the lines ---------------------------------------------------------------------------------------

    @property
    def _stack(self) -> HistogramStack | None:
        load = self._review.load
        return None if load is None else load.stack

    def _made(self, stack: HistogramStack | None, other: HistogramStack | None) -> TrendShown:
        state = self._review.state
        element = state.element
        if element is None:
            return TrendShown()
        name = statistic_in_words(state.statistic)
        if stack is None:
            return TrendShown(name, name)
        if state.statistic in COMPARISONS:
            return self._compared(stack, other)
        divisors = self._review.divisors()
        per = _divided_by(stack, state.statistic, divisors)
        full = f"{name} {per}".rstrip()
        lines, without = [_line(stack, state.statistic, divisors)], list[str]()
        for plot in self._review.plots:
            beside = _stack_of(plot)
            if plot.element == element or beside is None or len(lines) == _MOST_LINES:
                continue
            if state.statistic not in offered_statistics(plot.element.dim, is_ratio=beside.is_ratio):
                without.append(f"{plot.element.short_name} has no {name}")
            elif (its := _divided_by(beside, state.statistic, divisors)) != per:
                # what is divided and what is not do not stand under one name
                short = plot.element.short_name
                without.append(f"{short} is {its}" if its else f"{short} has no {full}")
            else:
                lines.append(_line(beside, state.statistic, divisors))
        band, why_no_band = self._band(stack, other, lines[0])
        shown, scale = on_common_axes(_told_apart(lines))
        return TrendShown(
            full,
            divisors.label.replace("counts", name, 1) if per else name,
            shown,
            band,
            (
                *(
                    without
                    if len(without) == 1
                    else [f"{len(without)} others have no {full}"] * bool(without)
                ),
                *([why_no_band] if why_no_band else []),
            ),
            _why_nothing(stack, lines[0], name),
            divisors if per else None,
            scale,
        )

    # -- the reference -----------------------------------------------------------------------------------

    def _band(
        self, stack: HistogramStack, other: HistogramStack | None, line: TrendLine
    ) -> tuple[ReferenceBand | None, str]:
        """Give where the reference has the statistic: another run in its own LS, or this one; or why not."""
        review, state, reference = self._review, self._review.state, self._reference
        if reference is None or not state.shows_reference or review.table is None:
            return None, ""
        if not isinstance(reference, OtherRun):
            return _band_of(line, self.good_ls(), "this run"), ""
        table = review.reference_table
        if other is None or other.x is None or table is None:
            return None, ""
        name, divisors = f"run {reference.run.run}", self._divisors_there(table)
        if divisors is None:
            why = f"{name} has its luminosity in another unit"
        elif stack.is_ratio != other.is_ratio:
            why = f"only one of this run and {name} has counts"
        elif (stack.x, stack.y) != (other.x, other.y) and state.statistic != "entries":
            why = f"{name} has other axes"
        else:
            return _band_of(_line(other, state.statistic, divisors), self._good_of(table), name), ""
        return None, f"{why}: no band"

    def _divisors_there(self, table: LSTable) -> Divisors | None:
        """Give what another run is divided by, in the unit of this one, None where that cannot be."""
        mine = self._review.divisors()
        theirs = self._selections().divisors(table, mine.kind)
        if theirs.unit == mine.unit:
            return theirs
        # luminosities come in units that differ from run to run
        return None if mine.unit is None else theirs.in_unit(mine.unit)

    @property
    def _reference(self) -> ReferenceChoice | None:
        """What the trend is compared with; a run that is open by now is compared with the rest of itself."""
        state = self._review.state
        return None if state.reference is None else seen_from(state.reference, state.run)

    def _good_of(self, table: LSTable) -> LSMask:
        state = self._review.state
        expression = state.good if table.key == state.run else state.good_of_others
        return self._selections().good_ls(table, self._named_of(table.key), expression)[0]

    def _named_of_both(self) -> tuple[Named | None, Named | None]:
        """Give the masks of the open run and of the reference."""
        tables = (self._review.table, self._review.reference_table)
        here, there = (None if table is None else self._named_of(table.key) for table in tables)
        return here, there

    # -- comparisons -------------------------------------------------------------------------------------

    def _compared(self, stack: HistogramStack, other: HistogramStack | None) -> TrendShown:
        """Show what a thread has found, and start it again where that is of something else."""
        state, table = self._review.state, self._review.reference_table
        name, choice = statistic_in_words(state.statistic), self._reference
        if choice is None:
            return TrendShown(name, name, why=f"{name} compares with a reference; r chooses one")
        if stack.is_ratio:
            why = f"{name} compares counts, and the bins of {stack.element.short_name} are none"
            return TrendShown(name, name, why=why)
        if isinstance(choice, OtherRun) and (other is None or table is None):
            return TrendShown(name, name, why=f"the histograms of run {choice.run.run} are coming")
        good = self._good_of(table) if isinstance(choice, OtherRun) and table is not None else self.good_ls()
        key: tuple[object, ...] = (*_version(stack), state.statistic, choice, *_version(other), good)
        done = self._comparison
        if done is None or done.key != key:
            held = None if other is None else other.as_now()
            self._wanted = _Job(key, stack.as_now(), held, state.statistic, choice, good)
            if not self._is_comparing:
                self._is_comparing = True
                self._start(self._compare)
        if done is None or done.key[:1] + done.key[2:4] != key[:1] + key[2:4]:
            return TrendShown(name, name, why=f"{name} is being computed ...")
        found = done.found
        if found.values is None:
            return TrendShown(name, name, why=found.why)
        line = TrendLine(stack.element, stack.element.short_name, done.ls, found.values)
        why, to = _why_nothing(stack, line, name), f"to {found.label}"
        return TrendShown(name, f"{name} {to}", (line,), notes=(to,), why=why)

    async def _compare(self) -> None:
        """Compare what is wanted last, until nothing else is wanted."""
        try:
            while (job := self._wanted) is not None:
                self._comparison = await asyncio.to_thread(job.compared)
                if self._wanted is job:
                    self._wanted = None
                self._came()
        finally:
            self._is_comparing = False


def _stack_of(plot: Plot) -> HistogramStack | None:
    return None if plot.load is None else plot.load.stack


def _version(stack: HistogramStack | None) -> tuple[object, ...]:
    return (stack, 0 if stack is None else stack.version)


def _band_of(line: TrendLine, good: LSMask, name: str) -> ReferenceBand | None:
    """Give where a line lies in the good LS, None where it has no value in them."""
    used = good.selects(line.ls) & np.isfinite(line.values)
    median, spread = center_and_spread(line.values[used])
    if not np.isfinite(median):
        return None
    return ReferenceBand(median, spread, f"{name}: median ± 1.4826 MAD of {np.count_nonzero(used)} good LS")


def _divided_by(stack: HistogramStack, statistic: str, divisors: Divisors) -> str:
    """Say what a statistic of a stack is divided by, "" when it is not."""
    return _PER.get(divisors.kind, "") if offers_rate(statistic, is_ratio=stack.is_ratio) else ""


def _line(stack: HistogramStack, statistic: str, divisors: Divisors) -> TrendLine:
    """Give the line of a statistic, divided where that means something; one without it is all gaps."""
    found = trend(stack)
    values = found.values.get(statistic)
    if values is None:
        values = np.full(found.ls.size, np.nan)
    divided = trend_divided(statistic, values, found.ls, divisors, is_ratio=stack.is_ratio)
    errors = found.values.get("mean_error") if statistic == "mean" else None
    if errors is not None and not np.isfinite(errors).any():
        errors = None
    label = stack.element.short_name
    return TrendLine(stack.element, label, found.ls, values if divided is None else divided, errors)


def _told_apart(lines: list[TrendLine]) -> list[TrendLine]:
    """Name lines by their paths where elements of several folders have the same name."""
    if len({line.label for line in lines}) == len(lines):
        return lines
    return [replace(line, label=line.element.me) for line in lines]


def _why_nothing(stack: HistogramStack, line: TrendLine, name: str) -> str:
    """Say that no LS has a value, once all have come."""
    if np.isfinite(line.values).any() or not stack.complete:
        return ""
    return f"no LS has a {name}"
