"""`dqmtui scan`: the lumisections of a run that look odd in any of many monitoring elements, ranked."""

from __future__ import annotations

import sys
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Self

from dqmtui.cli.against import other_entry
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import check_targets, frame_of_columns, write_frame
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.layouts import chosen_layout
from dqmtui.cli.loading import Selection, load_place
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.judging.scan_ranges import ranges
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.model.text import harmless
from dqmtui.review.choices import GOOD_LS
from dqmtui.review.naming import elements_named
from dqmtui.review.scans import ReferenceRun, Scorer, scan_run, with_rate
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Place
    from dqmtui.cli.work import Work
    from dqmtui.model.judging.scan_ranges import ScanResult, Suspicion
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.scans import Scored
    from dqmtui.services.errors import ServiceError

_FIELDS = (
    *("run_number", "dataset", "me", "dim", "first_ls", "last_ls", "peak_ls", "score", "threshold", "test"),
    *("why", "n", "reference", "normalisation", "conditions"),
)
_MOST_TOLD = 5
_SHORT = 4
"""Columns that stand on one line of a terminal."""

_INDENT = "    "


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    dataset: str | None,
    mes: Sequence[str],
    layout: str | None,
    dim: str | None,
    ref: int | None,
    ref_dataset: str | None,
    good: str | None,
    exclude: Sequence[LSMask],
    mask: Path | None,
    golden: str | None,
    false_alarms: float,
    as_json: bool,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
) -> None:
    """Print the ranked list of suspicious ranges, unexplained ones first; raises Stop and ServiceError."""
    check_targets(csv, parquet, force=force, as_json=as_json)
    expression = good or GOOD_LS[0 if data.has_oms else 1]
    names = Names(work, golden, {"--good": expression})
    entry = await run_entry(work, data, run, dataset)
    elements = _elements(await data.elements(entry.workspace), mes, layout, dim)
    selection = Selection.of(None, expression, exclude, mask, names)
    place = await load_place(data, entry, conditions=True, good=[selection.good], names=selection.names)
    other = await _reference(data, entry, ref, ref_dataset, selection)
    scorer = Scorer(place.table, _judged(place, selection), other)
    scan = await _scan(data, scorer, elements)
    result = ranges(scan.scores, place.table, false_alarms)
    _say(scan, result, entry, selection)
    rows = [_fields(entry, one, result) for one in result.suspicions]
    if as_json:
        put(json_rows(rows))
    if csv is not None or parquet is not None:
        flat = [row | {"conditions": "; ".join(row["conditions"])} for row in rows]
        # a table without rows has its columns, too
        columns = {name: [row[name] for row in flat] for name in _FIELDS}
        write_frame(frame_of_columns(columns, {"trials": result.trials}), csv, parquet, force=force)
    if not as_json and csv is None and parquet is None and rows:
        if work.table_width is None:
            work.put_table(aligned(_columns(result.suspicions), None))
        else:
            put("".join(f"{line}\n" for line in _lines(result.suspicions, work.table_width)))
    if scan.ended_by is not None:
        raise scan.ended_by
    if scan.failed:
        raise Stop(
            Exit.SERVICE, f"{len(scan.failed)} of {scan.total} monitoring elements could not be scored."
        )


@dataclass(slots=True)
class _Scan:
    """What came of a scan."""

    total: int
    scores: list[Scores] = field(default_factory=list)
    absent: int = 0
    failed: list[Scored] = field(default_factory=list)
    partial: list[Scored] = field(default_factory=list)
    ended_by: ServiceError | None = None

    @property
    def done(self) -> int:
        """Number of elements that have been looked at."""
        return len(self.scores) + self.absent + len(self.failed)

    def take(self, one: Scored) -> None:
        """Take in what became of an element."""
        if one.scores is not None:
            self.scores.append(one.scores)
            if one.why:
                self.partial.append(one)
        elif one.why:
            self.failed.append(one)
        else:
            self.absent += 1


async def _scan(data: DataLayer, scorer: Scorer, elements: Sequence[MonitoringElement]) -> _Scan:
    """Score the elements one after another; without the service, or a login, no further."""
    scan = _Scan(len(elements))
    with _Progress(scan) as progress:
        async with aclosing(scan_run(data, scorer, elements)) as scored:
            async for one in scored:
                if isinstance(one.error, ServiceDown | NotLoggedIn):
                    scan.ended_by = one.error
                    break
                scan.take(one)
                progress.show()
    return scan


class _Progress:
    """A line on standard error that says how far a scan is, where somebody looks at it."""

    def __init__(self, scan: _Scan) -> None:
        self._scan = scan
        self._begun_at = time.monotonic()
        self._is_shown = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> Self:
        self.show()
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def show(self) -> None:
        """Write the line anew."""
        scan = self._scan
        to_go = (scan.total - scan.done) * (time.monotonic() - self._begun_at) / max(1, scan.done)
        more = f", {to_go:.0f} s to go" if scan.done else ""
        self._write(f"scanning: {scan.done} of {scan.total} MEs{more}")

    def _write(self, text: str) -> None:
        if self._is_shown:
            # back to the beginning, and all of the line away
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()


def _elements(
    known: Sequence[MonitoringElement], texts: Sequence[str], layout: str | None, dim: str | None
) -> list[MonitoringElement]:
    """Give the elements that were named, by a layout or by texts in their names, or all; raises Stop."""
    chosen = chosen_layout(layout, None, None)
    found = list(known) if not texts and chosen is None else []
    if chosen is not None:
        resolved = chosen.resolve(known)
        found += [one.element for one in resolved.found]
        for note in resolved.notes:
            tell(note)
    for text in texts:
        # of none that fits, the nearest names are told
        found += elements_named(known, text) or [one_element(known, text)]
    named = [one for one in dict.fromkeys(found) if dim is None or one.dim == int(dim)]
    if not named:
        raise Stop(Exit.NOT_FOUND, "There is no such monitoring element to be scanned.")
    return named


def _judged(place: Place, selection: Selection) -> LSMask:
    """Give the LS that are judged; raises Stop when they are too few, and what keeps us from knowing them."""
    good = with_rate(place.table, place.choose(selection).good)
    n = int(good.selects(place.table.ls).sum())
    if n < LEAST_LS:
        what = f"Only {n} LS of run {place.entry.run} are good by {selection.good!r}"
        raise Stop(
            Exit.NOT_FOUND, f"{what}, and it takes {LEAST_LS} to know what is usual; --good EXPR chooses."
        )
    return good


async def _reference(
    data: DataLayer, entry: RunEntry, ref: int | None, ref_dataset: str | None, selection: Selection
) -> ReferenceRun | None:
    """Give the run that shapes are compared with: its LS that are good by the same expression."""
    other = None if ref is None else await other_entry(data, entry, ref, ref_dataset)
    if other is None or other.key == entry.key:
        return None  # compared with itself an LS is left out, as without any other run
    place = await load_place(data, other, conditions=True, good=[selection.good], names=selection.names)
    good = place.choose(Selection(good=selection.good)).good
    return ReferenceRun(other.key, with_rate(place.table, good))


def _say(scan: _Scan, result: ScanResult, entry: RunEntry, selection: Selection) -> None:
    """Say what stands next to the scores, and what could not be scored."""
    of_all = f"{scan.done} of {scan.total}" if scan.done < scan.total else f"{scan.total}"
    absent = f" ({scan.absent} not in this run)" if scan.absent else ""
    explained = sum(bool(one.conditions) for one in result.suspicions)
    n = len(result.suspicions)
    tell(
        f"run {entry.run}  {entry.dataset}: {n} suspicious range{'s' * (n != 1)}, {explained} explained by "
        f"conditions, in {of_all} MEs{absent} and {result.lumisections} LS ({selection.good})"
    )
    against = " or ".join(dict.fromkeys(one.reference for one in scan.scores))
    tell(f"shapes are compared with: {against or 'nothing'}")
    tell(
        f"|z| > {result.threshold:.2f} in {result.trials} trials, {result.expected_false_alarms:g} false "
        f"alarm{'s' * (result.expected_false_alarms != 1)} expected; not judged: {result.low_statistics} low "
        f"statistics, {result.not_comparable} not comparable; a score is a sort key, not a verdict"
    )
    for what, some in (("not scored", scan.failed), ("some LS are missing", scan.partial)):
        for one in some[:_MOST_TOLD]:
            tell(f"{what}: {one.element.me}: {one.why}")
        if len(some) > _MOST_TOLD:
            tell(f"{what}: {len(some) - _MOST_TOLD} more")


def _fields(entry: RunEntry, one: Suspicion, result: ScanResult) -> dict[str, Any]:
    return {
        "run_number": entry.run,
        "dataset": entry.dataset,
        "me": one.element.me,
        "dim": one.element.dim,
        "first_ls": one.first_ls,
        "last_ls": one.last_ls,
        "peak_ls": one.peak_ls,
        "score": one.score,
        "threshold": result.threshold,
        "test": one.test,
        "why": one.why,
        "n": one.n,
        "reference": one.reference,
        "normalisation": one.normalisation,
        "conditions": list(one.conditions),
    }


def _lines(found: Sequence[Suspicion], width: int) -> list[str]:
    """Give the list for a terminal: a row for each range, and under it in full why, and what explains it."""
    title, *rows = aligned(_columns(found)[:_SHORT], width).lines
    lines = [title]
    for row, one in zip(rows, found, strict=True):
        explained = f"; explained by: {'; '.join(one.conditions)}" if one.conditions else ""
        told = harmless(f"{one.why}; n {one.n}{explained}")
        lines += [row, *(f"{_INDENT}{line}" for line in wrap(told, max(20, width - len(_INDENT))))]
    return lines


def _columns(found: Sequence[Suspicion]) -> list[Column]:
    spans = [
        str(one.first_ls) if one.first_ls == one.last_ls else f"{one.first_ls}-{one.last_ls}" for one in found
    ]
    return [
        Column("LS", spans, right=True),
        Column("score", [f"{one.score:.1f}" for one in found], right=True),
        Column("test", [one.test for one in found]),
        Column("ME", [one.element.me for one in found], least=20),
        Column("why", [one.why for one in found], least=20),
        Column("explained by", ["; ".join(one.conditions) for one in found], least=12),
        Column("n", [str(one.n) for one in found], right=True),
        Column("reference", [one.reference for one in found], least=12),
    ]
