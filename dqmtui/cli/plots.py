"""`dqmtui plots`: a set of monitoring elements at once, each with its references and trends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.cli import hist, plots_each
from dqmtui.cli.against import RefOptions, other_entry, read_ref, said_apart
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import STDOUT, check_file, write_bytes
from dqmtui.cli.hist_found import origin_of
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.layouts import chosen_figure, chosen_layout
from dqmtui.cli.loading import NORMALISATIONS, Selection, choose_rate, load_place, whole_stack
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.plots_text import print_plots
from dqmtui.cli.report_plots import facts
from dqmtui.cli.talk import tell
from dqmtui.cli.trend_file import trend_file
from dqmtui.cli.trend_rows import along
from dqmtui.export.histogram_data import histogram_fields
from dqmtui.export.html_report import PlotPart, RunPart, report_html
from dqmtui.export.plots import LineShown, TrendFile
from dqmtui.export.report import RunReport, plain_unit
from dqmtui.model.divisors import COUNTS
from dqmtui.model.keys import HistogramKey
from dqmtui.model.layouts import LayoutPlot
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import RATE
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.hist_found import Found
    from dqmtui.cli.loading import Place
    from dqmtui.cli.trend_rows import Along
    from dqmtui.cli.work import Work
    from dqmtui.export.html_tiles import Tiles
    from dqmtui.model.dqmexplore import Figure
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import Layout
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry

STATISTICS = {1: ("mean", "mean_error"), 2: ("occupancy",)}
"""The trends of an element, by its dimension."""

_NAMES = {kind: name for name, kind in NORMALISATIONS.items()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is drawn of every element: its lumisections, its references, its normalisations, and what more.

    Without `norms` each plot has that of its set, or counts. `figure` is how a fig_config wants it drawn.
    """

    run: int
    dataset: str | None
    selection: Selection
    options: RefOptions
    norms: tuple[str, ...]
    rate: str | None
    comparison: str
    with_trends: bool
    each: bool
    figure: Figure

    @property
    def expressions(self) -> tuple[str | None, ...]:
        """The expressions by which lumisections are chosen, None for none."""
        return self.selection.good, self.options.good

    @property
    def looks_at_all(self) -> bool:
        """Whether the histograms of all lumisections are needed."""
        return self.with_trends or bool(self.options.refs) or self.selection.ls == LSMask.all()

    def norms_of(self, plot: LayoutPlot) -> tuple[str, ...]:
        """Give the normalisations in which a plot is drawn."""
        chosen = plot.options.normalisation
        return self.norms or ("counts" if chosen is None else _NAMES[chosen],)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An element with its histogram, None where it has none to show, and `why`, its trends and its LS.

    `others` are the LS of the runs that it is compared with.
    """

    element: MonitoringElement
    plot: LayoutPlot
    found: Found | None
    trends: tuple[tuple[TrendFile, Place], ...] = ()
    tiles: Tiles | None = None
    others: tuple[tuple[str, Tiles], ...] = ()
    why: str = ""


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    mes: Sequence[str],
    layout: str | None,
    plots_config: Path | None,
    fig_config: Path | None,
    dataset: str | None,
    ls: LSMask | None,
    good: str | None,
    exclude: Sequence[LSMask],
    mask: Path | None,
    golden: str | None,
    norms: Sequence[str],
    rate: str | None,
    refs: Sequence[str],
    ref_dataset: str | None,
    ref_good: str | None,
    ref_exclude: Sequence[LSMask],
    comparison: str,
    with_trends: bool,
    each: bool,
    html: Path | None,
    width: int | None,
    height: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Print the plots of a set, or write them into a page; raises Stop and ServiceError."""
    if html is not None:
        check_file(html, force=force)
        if as_json and str(html) == STDOUT:
            raise Stop(Exit.USAGE, "--json and --html - both go to standard output; give --html a file.")
    elif each:
        raise Stop(Exit.USAGE, "--each-ls shows every lumisection in a page: add --html FILE.")
    chosen = chosen_layout(work.settings, layout, plots_config, fig_config)
    if chosen is None and not mes:
        raise Stop(Exit.USAGE, "Which plots? Give --me NAME, --layout NAME or --plots-config FILE.")
    typed = tuple(dict.fromkeys(norms))
    most = (len(mes) + (0 if chosen is None else len(chosen.plots))) * max(len(typed), 1)
    shown_in_text = () if as_json else ("short_titles",)
    wanted = Wanted(
        run=run,
        dataset=dataset,
        selection=Selection.of(
            ls, good, exclude, mask, Names(work, golden, {"--good": good, "--ref-good": ref_good})
        ),
        options=RefOptions.of(refs, ref_dataset, ref_good, ref_exclude),
        norms=typed,
        rate=rate,
        comparison=comparison,
        with_trends=with_trends,
        each=each,
        figure=chosen_figure(chosen, fig_config, most, in_page=html is not None, used=shown_in_text),
    )
    entry = await run_entry(work, data, run, dataset)
    await choose_rate(data, run, rate)
    plots, absent = _plots(await data.elements(entry.workspace), mes, chosen)
    drawn = await _all_drawn(work, data, entry, plots, wanted)
    rate_name = data.rate.typed
    if as_json:
        found = [one.found.shown(comparison=comparison, rate=rate_name) for one in drawn if one.found]
        put(json_rows(map(histogram_fields, found)))
    if html is not None:
        page = _page("Plots" if chosen is None else chosen.title, entry, drawn, wanted, rate_name, absent)
        if str(html) == STDOUT:
            put(page)
        else:
            write_bytes(html, page.encode(), f"{len(drawn)} plots")
    elif not as_json:
        print_plots(Pictures.of(work, width, height), entry, drawn, wanted)


def _plots(
    elements: Sequence[MonitoringElement], mes: Sequence[str], layout: Layout | None
) -> tuple[list[tuple[MonitoringElement, LayoutPlot]], tuple[str, ...]]:
    """Give the elements that are asked for, those of a set first, with what the set says of each.

    Sentences say which of the set there are not.
    """
    found: list[tuple[MonitoringElement, LayoutPlot]] = []
    absent: tuple[str, ...] = ()
    if layout is not None:
        resolved = layout.resolve(elements)
        for note in (*layout.notes, *resolved.notes):
            tell(note)
        found += [(one.element, one.plot) for one in resolved.found]
        absent = tuple(resolved.notes)
    for name in mes:
        element = one_element(elements, name)
        found.append((element, LayoutPlot(element.me)))
    if not found:
        raise Stop(Exit.NOT_FOUND, "This workspace has none of the elements of that set.")
    return found, absent


async def _all_drawn(
    work: Work,
    data: DataLayer,
    entry: RunEntry,
    plots: Sequence[tuple[MonitoringElement, LayoutPlot]],
    wanted: Wanted,
) -> list[Drawn]:
    """Load one element after the other; raises Stop when none has anything to show, and ServiceError."""
    drawn = []
    for at, (element, plot) in enumerate(plots):
        if at + 1 < len(plots) and wanted.looks_at_all:
            # the next one comes while this one is made
            after, _ = plots[at + 1]
            data.histograms(HistogramKey(entry.key, after.me_id), after, 1)
        drawn += await _drawn(work, data, entry, element, plot, wanted)
    if all(one.found is None for one in drawn):
        raise Stop(Exit.NOT_FOUND, f"none of these elements has a histogram to show in run {wanted.run}")
    return drawn


async def _drawn(
    work: Work,
    data: DataLayer,
    entry: RunEntry,
    element: MonitoringElement,
    plot: LayoutPlot,
    wanted: Wanted,
) -> list[Drawn]:
    """Load all of an element, once for each normalisation; its trends stand with the first."""
    drawn: list[Drawn] = []
    for norm in wanted.norms_of(plot):
        one = await _in_norm(work, data, entry, element, plot, wanted, norm)
        if wanted.with_trends and one.found is not None and not any(other.trends for other in drawn):
            one = replace(one, trends=await _trends(data, entry, element, wanted))
        drawn.append(one)
    return drawn


async def _in_norm(
    work: Work,
    data: DataLayer,
    entry: RunEntry,
    element: MonitoringElement,
    plot: LayoutPlot,
    wanted: Wanted,
    norm: str,
) -> Drawn:
    """Load an element in a normalisation; that it has nothing to show is said, and the others are shown."""
    found: Found | None = None
    try:
        found = await hist.find(
            data,
            work,
            wanted.run,
            element.me,
            entry.dataset,
            wanted.selection,
            wanted.options,
            norm=norm,
            rate=wanted.rate,
        )
    except Stop as stop:
        if stop.code != Exit.NOT_FOUND:
            raise
        tell(f"{element.short_name}: {stop.message}")
        return Drawn(element, plot, None, why=stop.message)
    for note in hist.said(found):
        tell(f"{element.short_name}: {note}")
    if not wanted.each:
        return Drawn(element, plot, found)
    tiles = plots_each.of_the_run(found, wanted.selection)
    others = await plots_each.of_other_runs(data, found, wanted.selection, wanted.options, norm)
    return Drawn(element, plot, found, tiles=tiles, others=others)


async def _trends(
    data: DataLayer, entry: RunEntry, element: MonitoringElement, wanted: Wanted
) -> tuple[tuple[TrendFile, Place], ...]:
    """Make the trends of an element in the run and in the runs that it is compared with."""
    names = wanted.selection.names
    places = [await load_place(data, entry, conditions=True, good=wanted.expressions, names=names)]
    for text in wanted.options.refs:
        other = read_ref(text)
        if isinstance(other, int):
            theirs = await other_entry(data, entry, other, wanted.options)
            places.append(
                await load_place(data, theirs, conditions=True, good=wanted.expressions, names=names)
            )
    lines: list[tuple[Along, str, Place]] = []
    for at, place in enumerate(places):
        stack = await whole_stack(data, place.entry, element)
        selection = wanted.selection
        if at:
            selection = selection.of_reference(wanted.options.good, wanted.options.exclude)
        if stack.rows_loaded:
            label = said_apart(f"run {place.entry.run}", entry, place.entry)
            lines.append((along(stack, place.choose(selection), None, COUNTS), label, place))
    if not lines or lines[0][2] is not places[0]:
        return ()
    made = [trend_file(lines, name) for name in STATISTICS[element.dim]]
    return tuple((one, places[0]) for one in (*made, *_rates(places, element, data.rate.typed)))


def _rates(places: Sequence[Place], element: MonitoringElement, rate: str) -> list[TrendFile]:
    """Give the trigger rate of the runs in a picture of its own; nothing where it is not known."""
    lines = tuple(
        LineShown(
            origin_of(place.entry),
            element,
            f"run {place.entry.run}",
            place.table.ls,
            place.table.column(RATE, "rate_hz").floats(),
        )
        for place in places
        if place.table.source(RATE).state is SourceState.LOADED
    )
    origin = origin_of(places[0].entry)
    return [TrendFile(origin, RATE, f"rate of {rate} (Hz)", lines, table=places[0].table)] if lines else []


# -- a page --------------------------------------------------------------------------------------------


def _page(
    title: str,
    entry: RunEntry,
    drawn: Sequence[Drawn],
    wanted: Wanted,
    rate_name: str,
    absent: Sequence[str],
) -> str:
    plots = [
        PlotPart(
            one.found.shown(comparison=wanted.comparison, options=one.plot.options, rate=rate_name),
            tuple(trend for trend, _ in one.trends),
            one.tiles,
            tuple(facts(one.found)),
            one.others,
            plain_unit(one.found.current.label) if len(wanted.norms) > 1 else "",
        )
        for one in drawn
        if one.found is not None
    ]
    labels = dict.fromkeys(one.label for plot in plots for one in plot.histogram.shown)
    report = RunReport(entry.run, dataset=entry.dataset, reference=", ".join(labels))
    missing = [*absent, *(f"{one.element.me}: {one.why}" for one in drawn if one.found is None)]
    part = RunPart(
        report,
        tuple(plots),
        tuple(missing),
        over=wanted.selection.in_words,
        reviewed=False,
        figure=wanted.figure,
    )
    return report_html([part], title=title, made_at=datetime.now(UTC))
