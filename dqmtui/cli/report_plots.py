"""The plots of a report: a histogram over the LS that count, its trend, and its LS one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.cli.against import RefOptions, other_entry, read_ref, said_apart
from dqmtui.cli.compare import results, rows_of_sum
from dqmtui.cli.compare_tests import OF_MAPS, TESTS
from dqmtui.cli.hist import found_in
from dqmtui.cli.loading import EVERYTHING, NORMALISATIONS, load_place, whole_stack
from dqmtui.cli.trend_file import trend_file
from dqmtui.cli.trend_rows import along
from dqmtui.export.facts import facts_of
from dqmtui.export.html_report import PlotPart
from dqmtui.export.html_tiles import Tiles
from dqmtui.model.divisors import COUNTS
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NOT_GOOD
from dqmtui.model.trend import PER_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.cli.hist_found import Found
    from dqmtui.cli.loading import Place, Selection
    from dqmtui.cli.trend_rows import Along
    from dqmtui.export.plots import HistogramShown
    from dqmtui.export.report import RunReport
    from dqmtui.model.integrate import Integral
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import LayoutPlot
    from dqmtui.review.datalayer import DataLayer

NORMS = {kind: name for name, kind in NORMALISATIONS.items()}
MOST_NOTED = 120
"""LS that are shown one by one without having been asked for, of those that are noted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for of all plots: LS, references, normalisation, and `each` LS by itself."""

    selection: Selection
    options: RefOptions
    norm: str
    each: bool = False


async def plot_part(
    data: DataLayer,
    place: Place,
    plot: LayoutPlot,
    element: MonitoringElement,
    wanted: Wanted,
    report: RunReport,
) -> PlotPart:
    """Make a plot of a run; raises Stop where nothing can be shown, and ServiceError."""
    kind = plot.options.normalisation
    norm = wanted.norm if kind is None else NORMS[kind]
    found = await found_in(data, place, element, wanted.selection, wanted.options, norm)
    shown = found.shown(options=plot.options, rate=data.rate.typed)
    statistic = plot.options.statistic or ("mean" if element.dim == 1 else "occupancy")
    lines = [(_along(place, found, wanted.selection, statistic, norm, data), element.short_name, place)]
    for run in _other_runs(place, wanted.options):
        other = await load_place(
            data,
            await other_entry(data, place.entry, run, wanted.options),
            conditions=True,
            good=[wanted.selection.good, wanted.options.good],
            names=wanted.selection.names,
        )
        stack = await whole_stack(data, other.entry, element)
        theirs = wanted.selection.of_reference(wanted.options.good, wanted.options.exclude)
        divisors = (
            other.divisors(norm, data.rate_path) if statistic in PER_RATE and norm != "area" else COUNTS
        )
        made = along(stack, other.choose(theirs), statistic, divisors)
        if stack.rows_loaded:
            lines.append((made, said_apart(f"run {run}", place.entry, other.entry), other))
    made_of = trend_file(lines, statistic, kind=NORMALISATIONS[norm], rate=data.rate.typed)
    # the reference is a band: its own LS numbers say nothing of this run's
    trend = replace(made_of, lines=made_of.lines[:1])
    return PlotPart(shown, (trend,), _tiles(found, shown, wanted, report), tuple(facts(found)))


def _along(
    place: Place, found: Found, selection: Selection, statistic: str, norm: str, data: DataLayer
) -> Along:
    """Make the trend over all LS of the run, whichever are summed up: where it went wrong is to be seen."""
    divided = statistic in PER_RATE and norm != "area" and not found.stack.is_ratio
    divisors = place.divisors(norm, data.rate_path) if divided else COUNTS
    everything = replace(selection, ls=EVERYTHING, good=None, exclude=LSMask(), mask=None)
    return along(found.stack, place.choose(everything), statistic, divisors)


def _other_runs(place: Place, options: RefOptions) -> Iterator[int]:
    for text in options.refs:
        run = read_ref(text)
        if isinstance(run, int) and (run != place.entry.run or options.dataset):
            yield run


def facts(found: Found) -> Iterator[tuple[str, str]]:
    """Give numbers of the histogram, and how it compares with each reference."""
    yield from facts_of(found.title, found.current)
    tests = TESTS if found.element.dim == 1 else OF_MAPS
    for row in rows_of_sum(found, tests):
        if row["refused"]:
            yield f"against {row['reference']}", f"not compared: {row['refused']}"
            continue
        low = "low statistics: not significant" if row["low_statistics"] else ""
        yield f"against {row['reference']}", low or "shapes, tested bin by bin and as a whole"
        yield from results(row)


def _tiles(found: Found, shown: HistogramShown, wanted: Wanted, report: RunReport) -> Tiles | None:
    """Show LS one by one: those of the plot where they are asked for, else the noted ones."""
    bad = LSMask.of(*(note.content.ls for note in report.notes if note.content.verdict in NOT_GOOD))
    there = found.stack.ls
    mine = wanted.selection.ls if wanted.each else bad
    numbers = there[mine.selects(there)]
    if not wanted.each:
        numbers = numbers[:MOST_NOTED]
    return tiles_of(found, shown, LSMask.from_numbers(numbers), bad)


def tiles_of(
    found: Found, shown: HistogramShown, wanted: LSMask, marked: LSMask | None = None
) -> Tiles | None:
    """Show the LS of `wanted` that have a histogram one by one, None where there are none.

    The first reference is drawn behind curves, and `marked` LS stand out.
    """
    there = found.stack.ls
    numbers = there[wanted.selects(there)]
    if not numbers.size:
        return None
    reference, label = _behind(found, shown)
    return Tiles(
        found.stack,
        found.looked.divisors,
        LSMask.from_numbers(numbers),
        reference,
        label,
        marked or LSMask(),
    )


def _behind(found: Found, shown: HistogramShown) -> tuple[NDArray[np.float64] | None, str]:
    """Give what stands behind the curves, brought to one LS: the reference, else the sum of the plot."""
    for one in shown.shown:
        if one.overlay is not None and (one.overlay.reference.x, one.overlay.reference.y) == (
            found.stack.x,
            found.stack.y,
        ):
            return one.reference.integral.scaled_to(1).values, one.label
    current = found.current
    if current.masked or (current.x, current.y) != (found.stack.x, found.stack.y):
        return None, ""
    return current.scaled_to(1).values, mean_of(current)


def mean_of(integral: Integral) -> str:
    """Say what stands behind curves that are part of it themselves."""
    return f"the mean of {integral.n_ls} LS, each of them included"
