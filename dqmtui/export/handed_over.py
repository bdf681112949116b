"""Making the files of a review: what is shown is taken at once, and becomes bytes in a thread."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.export.anomalies import anomalies_of, left_out, runs_without_end, write_anomalies
from dqmtui.export.code import Service, histogram_code, trend_code
from dqmtui.export.facts import facts_of
from dqmtui.export.files import ExportError
from dqmtui.export.histogram_data import (
    about_histogram,
    dials_rows,
    histogram_columns,
    histogram_fields,
)
from dqmtui.export.html_report import PlotPart, RunPart, report_html
from dqmtui.export.html_tiles import Tiles
from dqmtui.export.json_text import json_object
from dqmtui.export.kinds import BY_ID, LUMISECTIONS, PLOT, REVIEW, RUNS
from dqmtui.export.ls_table import ls_table_csv, ls_table_parquet
from dqmtui.export.names import named
from dqmtui.export.of_review import histogram_of, origin_of, trend_of
from dqmtui.export.png import histogram_png, trend_png
from dqmtui.export.report import report_markdown, report_text
from dqmtui.export.reviewed import Reviewed, conditions_of, reports, reviewed_runs
from dqmtui.export.run_table import run_frame
from dqmtui.export.svg_histogram import histogram_svg
from dqmtui.export.svg_trend import trend_svg
from dqmtui.export.tables import csv_text, frame_of_columns, frame_of_rows, parquet_bytes
from dqmtui.export.trend_data import about_trend, trend_rows
from dqmtui.model.certification import write_certification
from dqmtui.model.conditions import dcs_only_mask
from dqmtui.model.golden import taken_out
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, LSTable
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.masks import select
from dqmtui.review.table_views import ls_view, run_view

__all__ = ["Prepared", "prepared", "reports", "reviewed_runs"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmtui.export.plots import TrendFile
    from dqmtui.export.report import RunReport
    from dqmtui.model.notes import Note
    from dqmtui.review.review import Review

MOST_TILES = 120
"""Noted LS of a plot that a report shows one by one."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file to be: a name that fits, and what makes its content, which a thread may call.

    `make` raises ExportError; `said` is what the person should know besides.
    """

    name: str
    make: Callable[[], str | bytes]
    said: str = ""


async def prepared(review: Review, kind: str, dials_url: str) -> Prepared:
    """Take what a kind of file is made from; raises ExportError, and ServiceError for runs to be loaded."""
    wanted = BY_ID[kind]
    if wanted.pane == REVIEW:
        return await _of_reviewed(review, kind)
    make = {RUNS: _of_runs, LUMISECTIONS: _of_lumisections, PLOT: _of_plot}.get(wanted.pane, _of_trend)
    return make(review, kind, dials_url)


# -- panes -----------------------------------------------------------------------------------------------


def _of_runs(review: Review, kind: str, _dials_url: str) -> Prepared:
    run_list = review.run_list
    view = run_view(review.state, run_list.entries, run_list.cards_state)
    entries = [view.entry(position) for position in range(len(view))]
    if not entries:
        raise ExportError("No runs are listed.")

    def make() -> str | bytes:
        frame = run_frame(entries)
        return csv_text(frame) if kind == "runs.csv" else parquet_bytes(frame)

    return Prepared(named(review, kind), make)


def _of_lumisections(review: Review, kind: str, _dials_url: str) -> Prepared:
    table = _table(review)
    if kind == "ls.good":
        text = write_certification({table.key.run: _good(review, table)})
        return Prepared(named(review, kind), lambda: text)
    if kind == "ls.dcs":
        if not table.source(OMS).is_complete:
            raise ExportError("The conditions of OMS have not all come, and so not which LS DCS allows.")
        text = write_certification({table.key.run: dcs_only_mask(table)})
        return Prepared(named(review, kind), lambda: text)
    rows = ls_view(review, table).rows
    masks = {"good": review.trends.good_ls(), "excluded": review.excluded}
    write = ls_table_csv if kind == "ls.csv" else ls_table_parquet
    return Prepared(named(review, kind), lambda: write(table, masks, rows))


def _of_plot(review: Review, kind: str, dials_url: str) -> Prepared:
    if kind == "plot.histograms":
        return _histograms(review)
    shown = histogram_of(review)
    service = Service(review.state.workspace, dials_url)

    def bins() -> str | bytes:
        frame = frame_of_columns(histogram_columns(shown), about_histogram(shown))
        return csv_text(frame) if kind == "plot.csv" else parquet_bytes(frame)

    makers: Mapping[str, Callable[[], str | bytes]] = {
        "plot.svg": lambda: f"{histogram_svg(shown, alone=True)}\n",
        "plot.png": lambda: histogram_png(shown),
        "plot.code": lambda: histogram_code(shown, service),
        "plot.json": lambda: json_object(histogram_fields(shown)),
    }
    return Prepared(named(review, kind), makers.get(kind, bins))


def _histograms(review: Review) -> Prepared:
    origin, load = origin_of(review), review.load
    if load is None or load.stack is None or not load.stack.rows_loaded:
        raise ExportError("There is no histogram on screen yet; / finds an element.")
    stack, file_ids = load.stack.as_now(), dict(load.file_ids)

    def make() -> bytes:
        rows = dials_rows(origin.dataset, stack, LSMask.all(), file_ids)
        return parquet_bytes(frame_of_rows(rows))

    return Prepared(named(review, "plot.histograms"), make)


def _of_trend(review: Review, kind: str, dials_url: str) -> Prepared:
    trend = trend_of(review)
    service = Service(review.state.workspace, dials_url)

    def rows() -> str | bytes:
        frame = frame_of_rows(trend_rows(trend), about_trend(trend))
        return csv_text(frame) if kind == "trend.csv" else parquet_bytes(frame)

    makers: Mapping[str, Callable[[], str | bytes]] = {
        "trend.svg": lambda: f"{trend_svg(trend, alone=True)}\n",
        "trend.png": lambda: trend_png(trend),
        "trend.code": lambda: trend_code(trend, service),
    }
    return Prepared(named(review, kind), makers.get(kind, rows))


def _table(review: Review) -> LSTable:
    if review.table is None or not review.table.ls.size:
        raise ExportError("There is no run open with lumisections.")
    return review.table


def _good(review: Review, table: LSTable) -> LSMask:
    """Give the good LS of the open run less what is noted; raises ExportError while they are not known."""
    named_masks = review.named()
    saved = {} if named_masks is None else named_masks.saved
    masks = {} if named_masks is None else named_masks.masks
    try:
        found = select(review.state.good, table, masks, saved)
    except MaskExpressionError as error:
        raise ExportError(f"Which LS are good cannot be told: {error.message}.") from error
    if found.waiting:
        raise ExportError(f"Which LS are good is not known yet: {', '.join(found.waiting)} did not come.")
    notes = review.journal.notes.values()
    return found.good - taken_out(notes, table.key.run, dataset=review.state.dataset)


# -- the whole review ------------------------------------------------------------------------------------


async def _of_reviewed(review: Review, kind: str) -> Prepared:
    if kind == "anomalies":
        runs = {one.run for one in reviewed_runs(review)}
        notes = [note for note in review.journal.notes.values() if note.content.run in runs]
        if not notes:
            raise ExportError("There are no notes on the runs of this review; m makes one.")
        found = anomalies_of(notes, await _known_ls(review, notes))
        said = left_out(notes)
        if not found:
            raise ExportError(f"No note on the runs of this review takes lumisections out; {said}.")
        text = write_anomalies(found)
        return Prepared(named(review, kind), lambda: text, said)
    written = await reports(review)
    if kind == "golden":
        return _golden(review, written)
    if kind == "html":
        parts = [RunPart(report) for report in written]
        plots = _plots(review)
        if parts and plots:
            parts[0] = RunPart(parts[0].report, plots)
        now = datetime.now(UTC)
        return Prepared(named(review, kind), lambda: report_html(parts, made_at=now))
    write = report_markdown if kind == "markdown" else report_text
    return Prepared(named(review, kind), lambda: write(written))


def _golden(review: Review, found: Sequence[RunReport]) -> Prepared:
    """Make the certification JSON: of a run in several datasets that of the open one, or of the last note."""
    first = {report.run: report for report in reversed(found)}
    good = {}
    for run, report in sorted(first.items()):
        if report.good is None:
            raise ExportError(f"The good LS of run {run} are not known: {report.unknown}.")
        good[run] = report.good
    text = write_certification(good)
    others = sum(report.others for report in first.values())
    notes = "note" if others == 1 else "notes"
    said = f"not counted: {others} {notes} on other datasets of these runs" if others else ""
    return Prepared(named(review, "golden"), lambda: text, said)


async def _known_ls(review: Review, notes: Iterable[Note]) -> dict[int, LSMask]:
    """Give the LS of runs on which a note has no end, which an anomalies.json cannot have."""
    known = {}
    for run in runs_without_end(notes):
        opened = review.state.run is not None and review.state.run.run == run
        table, _ = await conditions_of(review, Reviewed(run, "", is_open=opened))
        if table is not None:
            known[run] = LSMask.from_numbers(table.ls)
    return known


def _plots(review: Review) -> tuple[PlotPart, ...]:
    """Take the plots of the page; the trend stands beside that in focus."""
    parts = []
    for at, plot in enumerate(review.plots):
        try:
            shown = histogram_of(review, plot)
        except ExportError:
            # one that has not come is not on screen either
            continue
        trends: tuple[TrendFile, ...] = ()
        if at == review.focus:
            # one that has not come is not on screen either
            with suppress(ExportError):
                trends = (trend_of(review),)
        tiles = None
        if plot.load is not None and plot.load.stack is not None:
            bad = taken_out(review.journal.notes.values(), shown.origin.run, dataset=shown.origin.dataset)
            stack = plot.load.stack.as_now()
            noted = stack.ls[bad.selects(stack.ls)][:MOST_TILES]
            if noted.size:
                wanted = LSMask.from_numbers(noted)
                tiles = Tiles(stack, review.divisors(plot), wanted, marked=bad)
        parts.append(PlotPart(shown, trends, tiles, tuple(facts_of(shown.title, shown.current))))
    return tuple(parts)
