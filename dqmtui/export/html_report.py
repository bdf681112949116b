"""The outcome of a review as one page with its plots, which needs neither a script nor any other file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui import __version__
from dqmtui.export.html_figure import figure_html, head_html, plot_svg
from dqmtui.export.html_page import cell, page, pairs_html, table_html
from dqmtui.export.html_tiles import Tiles, tiles_html
from dqmtui.export.plots import mask_of
from dqmtui.export.report import (
    PlotSummary,
    RunReport,
    links_in_words,
    loss_rows,
    report_pairs,
    said_ranges,
    unlinked,
)
from dqmtui.export.svg import text_of
from dqmtui.export.svg_trend import strip_svg, trend_svg
from dqmtui.model.dqmexplore import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dqmtui.export.plots import HistogramShown, TrendFile
    from dqmtui.model.notes import Note

FEW = 2
"""Plots that need no list of contents."""

_AS_THE_PAGE = Figure()


@dataclass(frozen=True, slots=True, eq=False)
class PlotPart:
    """A plot of a page: the histogram, its trends, its LS one by one where they are wanted, and numbers.

    `others` are LS of other runs one by one, with what each run is; `words` tell the plot from others of the
    same element.
    """

    histogram: HistogramShown
    trends: tuple[TrendFile, ...] = ()
    tiles: Tiles | None = None
    facts: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, Tiles], ...] = ()
    words: str = ""

    @property
    def summary(self) -> PlotSummary:
        """The plot in words."""
        return PlotSummary(self.histogram.element.me, self.facts)


@dataclass(frozen=True, slots=True, eq=False)
class RunPart:
    """A run of a page, and its plots; `missing` are sentences on plots that cannot be shown.

    `over` says which LS the histograms are sums over. What is not `reviewed` has no notes, strip and losses.
    `figure` says how the plots are drawn.
    """

    report: RunReport
    plots: tuple[PlotPart, ...] = ()
    missing: tuple[str, ...] = ()
    over: str = ""
    reviewed: bool = True
    figure: Figure = _AS_THE_PAGE

    @property
    def in_words(self) -> RunReport:
        """The report with what is to be said of the plots."""
        return replace(self.report, plots=tuple(plot.summary for plot in self.plots))


def report_html(
    parts: Sequence[RunPart], *, title: str = "DQM review", made_at: datetime | None = None
) -> str:
    """Write the page; its size is linear in what is shown."""
    runs = ", ".join(str(part.report.run) for part in parts)
    when = "" if made_at is None else f", {made_at:%Y-%m-%d %H:%M} UTC"
    links = "".join(f'<a href="#r{at}">Run {part.report.run}</a>' for at, part in enumerate(parts))
    head = f"<header><h1>{text_of(title)}</h1><p class='soft'>Run {runs}{when}</p></header>"
    nav = f'<nav aria-label="Runs">{links}</nav>' if len(parts) > 1 else ""
    body = "".join(_run(part, f"r{at}") for at, part in enumerate(parts))
    foot = f"<footer>Written by dqmtui {text_of(__version__)}; nothing here comes from elsewhere.</footer>"
    return page(f"{title}: run {runs}", f"{head}{nav}<main>{body}</main>{foot}")


def _run(part: RunPart, name: str) -> str:
    report = part.report
    fill = "" if report.fill is None else f" <span class='soft'>fill {report.fill}</span>"
    missing = "".join(f"<p>{text_of(words)}</p>" for words in part.missing)
    plots = "".join(_plot(plot, f"{name}p{at}", part.figure) for at, plot in enumerate(part.plots))
    if part.figure.is_sized:
        drawn = [(plot.histogram, plot.words) for plot in part.plots]
        plots = figure_html(drawn, part.figure, f"{name}f") + plots
    contents = "".join(
        f'<a href="#{name}p{at}">{text_of(_named(plot))}</a>' for at, plot in enumerate(part.plots)
    )
    nav = f'<nav aria-label="Plots of run {report.run}">{contents}</nav>' if len(part.plots) > FEW else ""
    pairs = report_pairs(report)
    if part.over and part.plots:
        pairs.append(("plots are of", part.over))
    review = f"{_strip(report)}{_notes(report)}{_losses(report)}" if part.reviewed else ""
    return (
        f'<section id="{name}"><h2>Run {report.run}{fill}</h2>'
        f'<div class="card">{pairs_html(pairs)}</div>'
        f"{review}{nav}{missing}{plots}</section>\n"
    )


def _strip(report: RunReport) -> str:
    if report.table is None or not report.table.ls.size:
        return ""
    picture = strip_svg(report.table, report.notes, good=report.good)
    return f'<div class="card"><h4>Lumisections</h4><figure>{picture}</figure></div>'


def _notes(report: RunReport) -> str:
    if not report.notes:
        return '<div class="card"><h4>Notes</h4><p class="soft">No notes.</p></div>'
    head = ("LS", "verdict", "subsystem", "cause", "note", "author, UTC")
    rows = [_note(note) for note in report.notes]
    table = table_html(head, rows, caption=f"Notes on run {report.run}")
    return f'<div class="card"><h4>Notes</h4>{table}</div>'


def _note(note: Note) -> list[str]:
    content = note.content
    verdict = content.verdict.value
    lines = [content.text.strip(), *unlinked(note), *(f"plot: {link}" for link in links_in_words(note))]
    # a person's lines stay lines; what cannot be seen in them is written as its code
    said = "<br>".join(text_of(line) for text in lines for line in text.splitlines() if line.strip())
    return [
        cell(said_ranges(content.ls)),
        f'<td><span class="v {verdict}">{verdict}</span></td>',
        cell(content.subsystem),
        cell(content.cause),
        f"<td>{said}</td>",
        cell(f"{note.author}, {note.changed_at:%Y-%m-%d %H:%M}"),
    ]


def _losses(report: RunReport) -> str:
    rows = [[cell(reason), cell(ls), cell(lumi, "n")] for lumi, reason, ls in loss_rows(report)]
    if not rows:
        return ""
    table = table_html(("lost for", "LS", "recorded luminosity"), rows, caption="Luminosity lost per reason")
    return f'<div class="card"><h4>Luminosity lost</h4>{table}</div>'


def _named(plot: PlotPart) -> str:
    name = plot.histogram.element.short_name
    return f"{name}, {plot.words}" if plot.words else name


def _plot(plot: PlotPart, name: str, figure: Figure) -> str:
    shown = plot.histogram
    # what has a place in a figure stands there
    figures = [] if figure.is_sized else [f"<figure>{plot_svg(shown, figure, name)}</figure>"]
    figures += [f"<figure>{trend_svg(trend)}</figure>" for trend in plot.trends]
    refused = "".join(
        f'<p class="soft">Not compared with {text_of(one.label)}: {text_of(one.why)}</p>'
        for one in shown.beside
        if one.why
    )
    tiles = "" if plot.tiles is None else _one_by_one(plot.tiles, f"{name}t")
    for at, (run, others) in enumerate(plot.others):
        tiles += _one_by_one(others, f"{name}o{at}t", f" of {run}", is_open=False)
    notes = "".join(f'<p class="soft">{text_of(note)}</p>' for note in shown.current.notes)
    over = f'<p class="soft">Sum over {shown.current.n_ls} LS: {said_ranges(mask_of(shown.current))}</p>'
    pictures = f'<div class="plots">{"".join(figures)}</div>' if figures else ""
    return (
        f'<article class="card" id="{name}">{head_html(shown.element, figure, plot.words)}'
        f"{over}{pictures}{pairs_html(plot.facts)}"
        f"{refused}{notes}{tiles}</article>"
    )


def _one_by_one(tiles: Tiles, name: str, of_run: str = "", *, is_open: bool = True) -> str:
    number = int(tiles.wanted.selects(tiles.stack.ls).sum())
    summary = f"<summary>{number} lumisections{text_of(of_run)} one by one</summary>"
    return f"<details{' open' * is_open}>{summary}{tiles_html(tiles, name)}</details>"
