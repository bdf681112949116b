"""`dqmtui report`: the outcome of a review, with its plots, as a page, as text or as Markdown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dqmtui.cli.against import RefOptions
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import STDOUT, check_file, write_bytes
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.layouts import chosen_figure, chosen_layout
from dqmtui.cli.loading import EVERYTHING, Selection, choose_rate, load_place
from dqmtui.cli.named_masks import Names, judged
from dqmtui.cli.notes_commands import GOOD
from dqmtui.cli.notes_run import tell_of_others
from dqmtui.cli.output import put
from dqmtui.cli.report_plots import Wanted, plot_part
from dqmtui.cli.talk import tell
from dqmtui.export.html_report import RunPart, report_html
from dqmtui.export.report import loss_rows, report_markdown, report_pairs, report_text
from dqmtui.export.run_report import run_report
from dqmtui.model.golden import taken_out
from dqmtui.model.layouts import LayoutPlot
from dqmtui.model.mask_reasons import Reason, merged
from dqmtui.model.notes_json import note_json
from dqmtui.review.named import EXCLUDED, WORDS
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Place
    from dqmtui.cli.work import Work
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import Layout
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.datalayer import DataLayer

DEFAULT_TITLE = "DQM review"


async def show(
    work: Work,
    data: DataLayer,
    *,
    runs: Sequence[int],
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
    norm: str,
    rate: str | None,
    refs: Sequence[str],
    ref_dataset: str | None,
    ref_good: str | None,
    ref_exclude: Sequence[LSMask],
    each: bool,
    html: Path | None,
    text: Path | None,
    markdown: Path | None,
    title: str,
    force: bool,
    as_json: bool,
) -> None:
    """Write the report on some runs; raises Stop and ServiceError."""
    targets = [target for target in (html, text, markdown) if target is not None]
    _check(targets, force=force, as_json=as_json)
    rule = good or GOOD
    names = Names(work, golden, {"--good": rule, "--ref-good": ref_good})
    selection = Selection.of(ls, good, exclude, mask, names)
    chosen = chosen_layout(work.settings, layout, plots_config, fig_config)
    most = len(mes) if chosen is None else len(chosen.plots)
    figure = chosen_figure(chosen, fig_config, most, in_page=html is not None)
    if chosen is not None and mes:
        raise Stop(Exit.USAGE, "--me and a set of plots both say what to show; type one of them.")
    options = RefOptions.of(refs, ref_dataset, ref_good, ref_exclude)
    for note in () if chosen is None else chosen.notes:
        tell(note)
    parts = []
    for run in dict.fromkeys(runs):
        entry = await run_entry(work, data, run, dataset)
        await choose_rate(data, run, rate)
        place = await load_place(data, entry, conditions=True, good=[rule, ref_good], names=names)
        tell_of_others(names.journal, run, entry.dataset)
        part, good_ls = await _run_part(data, place, rule, selection.exclude, names)
        elements = await data.elements(entry.workspace)
        looked_at, over = _of_plots(selection, rule, names, place)
        part = replace(part, over=over, figure=figure)
        wanted = Wanted(looked_at, options, norm, each=each)
        part = await _with_plots(data, place, part, _plots(chosen, mes, elements), wanted)
        parts.append(_scaled(part, good_ls))
    # an ELOG has text; a page is for those who ask for it
    if not targets and not as_json:
        put(report_text([part.in_words for part in parts]))
    if as_json:
        put(json_rows(map(_fields, parts)))
    named = title
    if chosen is not None and title == DEFAULT_TITLE and chosen.title != chosen.name:
        named = chosen.title
    words = [part.in_words for part in parts]
    makers: list[tuple[Path | None, Callable[[], str]]] = [
        (html, lambda: report_html(parts, title=named, made_at=datetime.now(UTC))),
        (text, lambda: report_text(words)),
        (markdown, lambda: report_markdown(words, named)),
    ]
    for target, make in makers:
        if target is not None and str(target) == STDOUT:
            put(make())
        elif target is not None:
            written = make().encode("utf-8", "backslashreplace")
            write_bytes(target, written, f"{len(written) / 1e3:.0f} kB")


def _check(targets: Sequence[Path], *, force: bool, as_json: bool) -> None:
    for target in targets:
        check_file(target, force=force)
    if as_json + sum(str(target) == STDOUT for target in targets) > 1:
        raise Stop(Exit.USAGE, "Only one thing can go to standard output; give the others a file.")
    places = [target.absolute() for target in targets if str(target) != STDOUT]
    if len(set(places)) < len(places):
        raise Stop(Exit.USAGE, "Two options name the same file.")


def _of_plots(selection: Selection, rule: str, names: Names, place: Place) -> tuple[Selection, str]:
    """Give the LS of the plots, and say which: those that were typed, else the good ones less the noted."""
    if selection.ls != EVERYTHING or selection.mask is not None:
        return selection, selection.in_words
    good = replace(selection, good=rule)
    out = taken_out(names.journal.notes.values(), place.entry.run, dataset=place.entry.dataset)
    return replace(good, exclude=good.exclude | out), f"{good.in_words}, less what is noted"


async def _run_part(
    data: DataLayer, place: Place, rule: str, excluded: LSMask, names: Names
) -> tuple[RunPart, LSMask | None]:
    """Say what there is to say of a run, and which LS are good whatever is noted.

    What OMS cannot be asked for is left out, and told.
    """
    run = place.entry.run
    for error in dict.fromkeys(error.message for error in place.errors.values()):
        tell(f"run {run} is reported without some of its conditions: {error}")
    known = data.has_oms and not place.errors
    card = (await data.run_cards([run])).get(run) if known else None
    good = judged(rule, place.table, place.named, excluded).good - excluded if known else None
    named = place.named.with_excluded(excluded)
    reasons = (*named.reasons(rule, place.table), Reason(WORDS[EXCLUDED].inside, excluded)) if known else ()
    report = run_report(
        run,
        names.journal,
        card=card,
        table=place.table,
        good=good,
        good_rule=f"{rule}, without LS {excluded}" if excluded else rule,
        reasons=merged(reasons),
        dataset=place.entry.dataset,
    )
    return RunPart(report), good


def _scaled(part: RunPart, good: LSMask | None) -> RunPart:
    """Let the axes of trends cover the values of the good LS."""
    plots = (
        replace(plot, trends=tuple(replace(trend, good=good) for trend in plot.trends)) for plot in part.plots
    )
    return replace(part, plots=tuple(plots))


def _plots(
    layout: Layout | None, mes: Sequence[str], elements: Sequence[MonitoringElement]
) -> tuple[list[tuple[LayoutPlot, MonitoringElement]], tuple[str, ...]]:
    """Find the elements of the plots, and say which cannot be."""
    if layout is not None:
        resolved = layout.resolve(elements)
        return [(found.plot, found.element) for found in resolved.found], resolved.notes
    found = [one_element(elements, name) for name in mes]
    return [(LayoutPlot(element.me), element) for element in dict.fromkeys(found)], ()


async def _with_plots(
    data: DataLayer,
    place: Place,
    part: RunPart,
    plots: tuple[list[tuple[LayoutPlot, MonitoringElement]], tuple[str, ...]],
    wanted: Wanted,
) -> RunPart:
    """Load the plots of a run; one that cannot be shown is told, and said in the report."""
    made, missing = [], list(plots[1])
    wished = plots[0]
    rule = wanted.selection.good
    if wished and rule is not None and not _some_is_good(place, wanted.selection):
        missing.append(f"no lumisection of run {place.entry.run} is {rule}; --good true takes all")
        wished = []
    for number, (plot, element) in enumerate(wished, 1):
        try:
            made.append(await plot_part(data, place, plot, element, wanted, part.report))
        except Stop as stop:
            if stop.code is Exit.USAGE:
                raise
            missing.append(f"{element.me}: {stop.message}")
        if len(wished) > 1:
            tell(f"run {place.entry.run}: {number} of {len(wished)} plots")
    for words in missing:
        tell(words)
    labels = [one.label for plot in made for one in plot.histogram.shown]
    report = part.report
    if labels:
        report = replace(report, reference=", ".join(dict.fromkeys(labels)))
    return replace(part, report=report, plots=tuple(made), missing=tuple(missing))


def _some_is_good(place: Place, selection: Selection) -> bool:
    """Tell whether any lumisection was chosen, or nobody can say for want of its conditions."""
    try:
        return bool(place.choose(selection).good)
    except (Stop, ServiceError):
        # said for each plot, with what to do
        return True


def _fields(part: RunPart) -> dict[str, Any]:
    report = part.report
    return {
        "run_number": report.run,
        "fill_number": report.fill,
        "dataset": report.dataset,
        "conditions": dict(report.conditions),
        "reference": report.reference,
        "good": None if report.good is None else report.good.to_json(),
        "about": dict(report_pairs(report)),
        "notes": [note_json(note) for note in report.notes],
        "lost": [
            {"reason": reason, "ls": ls, "recorded_lumi": lumi} for lumi, reason, ls in loss_rows(report)
        ],
        "plots": [{"me": plot.summary.me, **dict(plot.facts)} for plot in part.plots],
        "missing": list(part.missing),
    }
