"""`dqmtui scan`: the lumisections of a run that look odd in any of many monitoring elements, ranked."""

from __future__ import annotations

import sys
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from dqmtui.cli.against import RefOptions, other_entry
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import check_targets, frame_of_columns, write_frame
from dqmtui.cli.json_text import json_object
from dqmtui.cli.layouts import chosen_layout
from dqmtui.cli.loading import BY_OMS, NORMALISATIONS, Selection, choose_rate, load_place
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.scan_plot import put_scores
from dqmtui.cli.scan_said import FIELDS, about, columns, fields, lines, say
from dqmtui.cli.table import aligned
from dqmtui.cli.talk import tell
from dqmtui.model.judging.scan_conditions import judgeable
from dqmtui.model.judging.scan_ranges import ranges
from dqmtui.model.judging.scan_tests import TESTS
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.normalise import BY_RATE
from dqmtui.model.reconstruction import differs
from dqmtui.review.choices import GOOD_LS
from dqmtui.review.naming import elements_named
from dqmtui.review.scans import ReferenceRun, Scorer, scan_run
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Place
    from dqmtui.cli.work import Work
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import Layout
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.scans import Scored
    from dqmtui.services.errors import ServiceError


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
    norm: str,
    rate: str | None,
    tests: Sequence[str],
    false_alarms: float,
    no_plot: bool,
    log: bool,
    width: int | None,
    height: int | None,
    as_json: bool,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
) -> None:
    """Print the ranked list of suspicious ranges, unexplained ones first, and the scores of the first.

    Raises Stop and ServiceError.
    """
    check_targets(csv, parquet, force=force, as_json=as_json)
    expression = good or GOOD_LS[0 if data.has_oms else 1]
    names = Names(work, golden, {"--good": expression})
    entry = await run_entry(work, data, run, dataset)
    elements = _elements(await data.elements(entry.workspace), mes, chosen_layout(work.settings, layout), dim)
    selection = Selection.of(None, expression, exclude, mask, names)
    await choose_rate(data, run, rate)
    place = await load_place(data, entry, conditions=True, good=[selection.good], names=selection.names)
    by = NORMALISATIONS[norm]
    if rate is not None or by in BY_OMS:
        place.need(RATE if by in BY_RATE else OMS)
    other = await _reference(data, entry, ref, ref_dataset, selection)
    named = tuple(name for name in TESTS if name in tests) or TESTS
    scorer = Scorer(place.table, _judged(place, selection), other, by=by, tests=named)
    scan = await _scan(data, scorer, elements, named)
    result = ranges(scan.scores, scorer.judging, false_alarms)
    say(scan, result, entry, expression)
    rows = [fields(entry, one, result) for one in result.suspicions]
    told = about(scan, result, entry, expression)
    if as_json:
        put(json_object(told | {"suspicions": rows}))
    if csv is not None or parquet is not None:
        flat = [row | {"conditions": "; ".join(row["conditions"])} for row in rows]
        # a table without rows has its columns, too
        frame = frame_of_columns({name: [row[name] for row in flat] for name in FIELDS}, told)
        write_frame(frame, csv, parquet, force=force)
    if not as_json and csv is None and parquet is None and rows:
        if work.table_width is None:
            list_of = list(aligned(columns(result.suspicions), None).lines)
        else:
            list_of = lines(result.suspicions, work.table_width)
        put("".join(f"{line}\n" for line in list_of))
        if not no_plot:
            scores = next(one for one in scan.scores if one.element == result.suspicions[0].element)
            pictures = Pictures.of(work, width, height)
            put_scores(pictures, place.table, scores, result, log=log, rows_above=len(list_of))
    if scan.ended_by is not None:
        raise scan.ended_by
    if scan.failed:
        raise Stop(
            Exit.SERVICE, f"{len(scan.failed)} of {scan.total} monitoring elements could not be scored."
        )


@dataclass(slots=True)
class Scan:
    """What came of a scan."""

    total: int
    tests: tuple[str, ...] = TESTS
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


async def _scan(
    data: DataLayer, scorer: Scorer, elements: Sequence[MonitoringElement], tests: tuple[str, ...]
) -> Scan:
    """Score the elements one after another; without the service, or a login, no further."""
    scan = Scan(len(elements), tests)
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

    def __init__(self, scan: Scan) -> None:
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
    known: Sequence[MonitoringElement], texts: Sequence[str], chosen: Layout | None, dim: str | None
) -> list[MonitoringElement]:
    """Give the elements that were named, by a layout or by texts in their names, or all; raises Stop."""
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
    """Give the good LS; raises Stop when those with a trigger are too few, and what keeps us from knowing."""
    table, good = place.table, place.choose(selection).good
    n, of = (int(mask.selects(table.ls).sum()) for mask in (judgeable(table, good), good))
    if n < LEAST_LS:
        rest = f" (the trigger rate is 0 in {of - n} more)" if of > n else ""
        what = f"Only {n} LS of run {place.entry.run} are good by {selection.good!r}{rest}"
        raise Stop(
            Exit.NOT_FOUND, f"{what}, and it takes {LEAST_LS} to know what is usual; --good EXPR chooses."
        )
    return good


async def _reference(
    data: DataLayer, entry: RunEntry, ref: int | None, ref_dataset: str | None, selection: Selection
) -> ReferenceRun | None:
    """Give the run that shapes are compared with: its LS that are good by the same expression."""
    other = None if ref is None else await other_entry(data, entry, ref, RefOptions(dataset=ref_dataset))
    if other is None or other.key == entry.key:
        return None  # compared with itself an LS is left out, as without any other run
    place = await load_place(data, other, conditions=True, good=[selection.good], names=selection.names)
    good = place.choose(Selection(good=selection.good)).good
    differing = differs(entry.dataset, other.dataset)
    return ReferenceRun.of(place.table, good, differing)
