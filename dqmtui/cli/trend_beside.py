"""What `dqmtui trend` shows beside a run: other runs, where the run usually is, or a comparison per LS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dqmtui.cli.against import other_entry, read_ref, said_apart
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.loading import Selection, load_place, need_histograms, ranges, whole_stack
from dqmtui.cli.talk import tell
from dqmtui.cli.trend_lines import Line, Usual
from dqmtui.cli.trend_rows import along
from dqmtui.model.lstable import OMS
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless
from dqmtui.model.trend import CHI2, offers_rate
from dqmtui.review.choices import Neighbours, OtherRun, RestOfRun
from dqmtui.review.trend_comparison import compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.loading import Place
    from dqmtui.cli.trend_lines import Asked
    from dqmtui.cli.trend_rows import Along
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.datalayer import DataLayer


def along_run(
    place: Place, stack: HistogramStack, selection: Selection, statistic: str | None, divisors: Divisors
) -> Along:
    """Make the trend of an element in a run, and say what of it is left out; raises Stop."""
    entry = place.entry
    need_histograms(stack, entry)
    if stack.other_binnings:
        others = ranges(sorted(stack.other_binnings))
        tell(f"{others} have other axes than the rest of the run and are left out")
    is_divided = divisors.kind is not Normalisation.COUNTS
    if statistic is not None and is_divided and not offers_rate(statistic, is_ratio=stack.is_ratio):
        raise Stop(
            Exit.USAGE,
            f"{stack.element.me} is a ratio or a difference: the statistic {statistic} counts nothing there.",
        )
    found = along(stack, place.choose(selection), statistic, divisors)
    masked = found.masked_in_words()
    if masked:
        tell(f"run {entry.run}: {masked}")
    return found


def of_this_run(place: Place, stack: HistogramStack, asked: Asked, divisors: Divisors) -> Line:
    """Make the trend of the run, with where it usually is if a reference is of the run; raises Stop."""
    made = along_run(place, stack, asked.selection, asked.statistic, divisors)
    label, usual = stack.element.short_name, dict[str, Usual]()
    if asked.is_of_this_run:
        chosen = place.choose(Selection(exclude=~_good_here(place, asked)))
        good = along(stack, chosen, asked.statistic, divisors)
        usual = {name: Usual.of(good, name) for name in good.statistics}
    return Line(made, label, place, usual)


async def other_runs(
    data: DataLayer,
    place: Place,
    elements: Sequence[MonitoringElement],
    asked: Asked,
    mine: Divisors,
) -> list[Line]:
    """Make the trends of other runs; raises Stop and ServiceError."""
    found: list[Line] = []
    for text in asked.options.refs:
        run = read_ref(text)
        if not isinstance(run, int):
            continue
        other = await _other(data, place, run, asked)
        theirs = in_unit_of(mine, other.divisors(asked.norm, data.rate_path), other.entry.run)
        wanted = asked.selection.of_reference(asked.options.good, asked.options.exclude)
        for element in elements:
            stack = await whole_stack(data, other.entry, element)
            made = along_run(other, stack, wanted, asked.statistic, theirs)
            label = said_apart(f"run {other.entry.run}", place.entry, other.entry)
            # the same run twice in a legend would say nothing
            label = f"{element.short_name}, {label}" if len(elements) > 1 else label
            found.append(Line(made, label, other))
    return found


async def comparisons(
    data: DataLayer, place: Place, stacks: Sequence[HistogramStack], asked: Asked
) -> list[Line]:
    """Compare every LS of each element with each reference; raises Stop and ServiceError."""
    chosen, refs, statistic = place.choose(asked.selection), asked.options.refs, asked.statistic or CHI2
    found: list[Line] = []
    for text in refs:
        choice, good, other = await _reference(data, place, text, asked)
        for stack in stacks:
            need_histograms(stack, place.entry)
            if stack.is_ratio:
                raise Stop(
                    Exit.USAGE,
                    f"{statistic} compares counts, and the bins of {stack.element.me} are none.",
                )
            theirs = None
            if other is not None:
                theirs = await whole_stack(data, other.entry, stack.element)
                need_histograms(theirs, other.entry)
            made = await asyncio.to_thread(compared, stack, statistic, choice, good, theirs)
            if made.values is None:
                raise Stop(Exit.NOT_FOUND, f"{stack.element.me} cannot be compared: {made.why}")
            to = made.label if other is None else said_apart(made.label, place.entry, other.entry)
            # what differs from line to line
            names = [stack.element.short_name] * (len(stacks) > 1) + [to] * (len(refs) > 1)
            label = ", ".join(names) or stack.element.short_name
            values = along(stack, chosen, statistic, compared=made.values)
            found.append(Line(values, label, place, reference=to))
    return found


async def _reference(
    data: DataLayer, place: Place, text: str, asked: Asked
) -> tuple[ReferenceChoice, LSMask, Place | None]:
    """Give a reference with its good LS, and its run where that is another one."""
    match read_ref(text):
        case int(run):
            other = await _other(data, place, run, asked)
            wanted = asked.selection.of_reference(asked.options.good, asked.options.exclude)
            return OtherRun(other.entry.key, other.entry.dataset), other.choose(wanted).good, other
        case Neighbours() as near:
            return near, _good_here(place, asked), None
        case _:
            return RestOfRun(), _good_here(place, asked), None


def _good_here(place: Place, asked: Asked) -> LSMask:
    """Give the LS of the run that a reference may be made of."""
    options = asked.options
    if options.good is not None:
        return place.choose(Selection(good=options.good, exclude=options.exclude)).good
    return place.choose(asked.selection).good - options.exclude


async def _other(data: DataLayer, place: Place, run: int, asked: Asked) -> Place:
    """Load the conditions of another run; raises Stop where it is the run itself."""
    options = asked.options
    entry = await other_entry(data, place.entry, run, options)
    if entry.key == place.entry.key:
        raise Stop(Exit.USAGE, f"--ref {run} is the run itself; --ref rest compares with the rest of it.")
    theirs = asked.selection.of_reference(options.good, options.exclude)
    # OMS may know of LS that DIALS does not have: they are absent
    other = await load_place(data, entry, conditions=True, good=[theirs.good], names=theirs.names)
    say_if_ls_lack(other)
    return other


def say_if_ls_lack(place: Place) -> None:
    """Say that LS which DIALS does not have have no rows, where OMS did not say which there are."""
    known = place.table.source(OMS)
    if OMS in place.errors:
        came = "came in part" if known.state is SourceState.PARTIAL else "did not come"
        tell(
            f"run {place.entry.run}: what OMS has {came}, so LS that DIALS does not have may lack a row: "
            f"{known.note}"
        )


def in_unit_of(mine: Divisors, theirs: Divisors, run: int) -> Divisors:
    """Bring the luminosity of another run to the unit of the run's; raises Stop where that cannot be."""
    if mine.unit == theirs.unit:
        return theirs
    brought = None if mine.unit is None else theirs.in_unit(mine.unit)
    if brought is None:
        units = " and ".join(unit or "none" for unit in (mine.unit, theirs.unit))
        raise Stop(
            Exit.NOT_FOUND, f"The luminosity of run {run} has another unit: {harmless(units)} are not alike."
        )
    return brought
