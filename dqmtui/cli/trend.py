"""`dqmtui trend`: statistics of monitoring elements along a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.against import RefOptions
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import check_targets, frame_of_columns, write_frame
from dqmtui.cli.json_text import json_rows, plain_column
from dqmtui.cli.loading import (
    NORMALISATIONS,
    Selection,
    choose_rate,
    load_place,
    stack_that_came,
)
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.picture_files import PictureFiles
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.talk import tell
from dqmtui.cli.trend_beside import comparisons, of_this_run, other_runs, say_if_ls_lack
from dqmtui.cli.trend_lines import Asked, Lines
from dqmtui.cli.trend_rows import under_column
from dqmtui.model.lstable import OMS, RATE, source_name
from dqmtui.model.states import SourceState
from dqmtui.model.trend import PER_RATE, offered_statistics, statistic_in_words
from dqmtui.render.trend_parts import TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Place
    from dqmtui.cli.work import Work
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry
    from dqmtui.services.errors import ServiceError

_COUNTS = frozenset({"max", "entries", "sum", "empty_bins"})
MOST_ELEMENTS = 2


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    mes: Sequence[str],
    dataset: str | None,
    statistic: str | None,
    good: str | None,
    exclude: Sequence[LSMask],
    mask: Path | None,
    golden: str | None,
    from_ls: int | None,
    to_ls: int | None,
    norm: str,
    rate: str | None,
    refs: Sequence[str],
    ref_dataset: str | None,
    ref_good: str | None,
    ref_exclude: Sequence[LSMask],
    under: str | None,
    log: bool,
    width: int | None,
    height: int | None,
    as_json: bool,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
    svg: Path | None,
    png: Path | None,
    code: Path | None,
) -> None:
    """Print the trend of a whole run, never of a part of it; raises Stop and ServiceError."""
    check_targets(csv, parquet, force=force, as_json=as_json)
    files = PictureFiles(svg, png, code, force)
    files.check(csv, parquet, as_json=as_json)
    to_files = csv is not None or parquet is not None
    zoom = _zoom(from_ls, to_ls)
    names = Names(work, golden, {"--good": good, "--ref-good": ref_good})
    selection = Selection.of(None, good, exclude, mask, names)
    options = RefOptions.of(refs, ref_dataset, ref_good, ref_exclude)
    entry = await run_entry(work, data, run, dataset)
    elements = _elements(await data.elements(entry.workspace), mes)
    chosen = _statistic(elements, statistic, norm, is_compared=bool(refs))
    asked = Asked(selection, options, norm, chosen)
    await choose_rate(data, run, rate)
    is_drawn = not (as_json or to_files or files.are_wanted)
    # OMS knows of LS that DIALS does not have, and these are absent
    place = await load_place(data, entry, conditions=True, good=asked.expressions, names=names)
    stacks, trouble = await _stacks(data, entry, elements, asked, may_lack=not files.are_wanted)
    divisors = place.divisors(norm, data.rate_path)
    if asked.is_comparison:
        mine, others = await comparisons(data, place, stacks, asked), []
    else:
        mine = [of_this_run(place, stack, asked, divisors) for stack in stacks]
        others = await other_runs(data, place, elements, asked, divisors)
    values: dict[str, dict[int, float]] = {}
    if under is not None:
        place.need(*((RATE,) if under == "rate" else (OMS,)))
        values = under_column(under, place.table)
    lines = Lines(tuple(mine), tuple(others), asked, zoom, log=log)
    rows = lines.rows(values)
    if not rows:
        raise Stop(Exit.NOT_FOUND, f"run {run} has no lumisection between --from-ls and --to-ls")
    if as_json:
        put(json_rows(_plain(rows)))
    if to_files:
        columns = {name: [row.get(name, np.nan) for row in rows] for name in rows[0]}
        about = {"dataset": entry.dataset, "normalisation": lines.divided_by}
        write_frame(frame_of_columns(columns, about), csv, parquet, force=force)
    if files.are_wanted:
        files.write(work, lines.file(NORMALISATIONS[norm], data.rate.typed, divisors.unit or ""))
    if is_drawn:
        _say_what_failed(place)
        _draw(Pictures.of(work, width, height), place, stacks, lines, values)
    else:
        say_if_ls_lack(place)
    if trouble is not None:
        tell("partial: the LS that did not come are said to be not loaded")
        raise trouble


async def _stacks(
    data: DataLayer,
    entry: RunEntry,
    elements: Sequence[MonitoringElement],
    asked: Asked,
    *,
    may_lack: bool,
) -> tuple[list[HistogramStack], Stop | ServiceError | None]:
    """Load the histograms, and give what kept some of them from coming; raises it unless they `may_lack`.

    What is made of all LS together is made of no part of them.
    """
    may_lack = may_lack and not asked.is_comparison and not asked.is_of_this_run
    stacks, trouble = [], None
    for element in elements:
        stack, failed = await stack_that_came(data, entry, element)
        if failed is not None and not may_lack:
            raise failed
        stacks.append(stack)
        trouble = trouble or failed
    return stacks, trouble


def _draw(
    pictures: Pictures,
    place: Place,
    stacks: Sequence[HistogramStack],
    lines: Lines,
    values: dict[str, dict[int, float]],
) -> None:
    """Put the picture under what it is of, and the numbers by LS that stand under the trend into it."""
    view = TrendView(pictures.theme, pictures.charset, pictures.palette)
    has_value, series = lines.have_value, lines.series() if lines.have_value else []
    for name, by_ls in values.items():
        numbers = np.array(list(by_ls), dtype=np.int64)
        series.append(TrendSeries(name, numbers, np.array(list(by_ls.values())), right=True))
    look = TrendOptions(statistic=lines.statistic, zoom=lines.zoom, log=lines.is_log)
    picture = view.draw(
        place.table,
        stacks[0],
        *pictures.size,
        look,
        series=series,
        band=lines.band(),
        why="" if has_value else f"no LS has a {statistic_in_words(lines.statistic)}",
    )
    divided = "" if lines.divided_by == "counts" else f", {lines.divided_by}"
    to = f" to {lines.reference}" if lines.reference else divided
    what = " and ".join(stack.element.me for stack in stacks)
    came = [(stack.rows_loaded, stack.rows_expected) for stack in stacks if not stack.complete]
    partial = "".join(f"  partial: {loaded} of {expected} LS" for loaded, expected in came)
    head = f"run {place.entry.run}  {place.entry.dataset}{partial}"
    pictures.put([head, f"{lines.statistic} of {what}{to}"], picture)


def _elements(known: Sequence[MonitoringElement], mes: Sequence[str]) -> list[MonitoringElement]:
    elements = [one_element(known, name) for name in mes]
    if len(elements) > MOST_ELEMENTS:
        raise Stop(Exit.USAGE, f"--me can be given {MOST_ELEMENTS} times, not {len(elements)}.")
    if len({*elements}) < len(elements):
        raise Stop(Exit.USAGE, f"--me names {elements[0].me} twice.")
    return elements


def _statistic(
    elements: Sequence[MonitoringElement], wanted: str | None, norm: str, *, is_compared: bool
) -> str | None:
    """Check the statistic, None when none was asked for; of several elements all must have it."""
    if wanted is None and (norm != "counts" or len({element.dim for element in elements}) > 1):
        raise Stop(Exit.USAGE, "Which statistic? Give --statistic; that may be:", sorted(PER_RATE))
    for element in elements if wanted is not None else ():
        offered = offered_statistics(element.dim, is_compared=is_compared)
        if wanted not in offered and wanted in offered_statistics(element.dim, is_compared=True):
            raise Stop(Exit.USAGE, f"{wanted} compares with a reference: give --ref RUN, rest or neighbours.")
        if wanted not in offered:
            raise Stop(Exit.USAGE, f"{element.me} is {element.dim}D and has no {wanted!r}, but:", offered)
    if wanted is not None and norm != "counts" and (norm == "area" or wanted not in PER_RATE):
        what = "nothing of a trend" if norm == "area" else f"not {wanted}"
        names = ", ".join(sorted(PER_RATE))
        raise Stop(
            Exit.USAGE,
            f"--norm {norm} divides {what}: only {names} grow with the exposure: hz, event, lumi, pileup.",
        )
    return wanted


def _zoom(first: int | None, last: int | None) -> tuple[int, int] | None:
    if first is None and last is None:
        return None
    zoom = (first or 1, last or 2**31 - 1)
    if zoom[0] > zoom[1]:
        raise Stop(Exit.USAGE, f"--from-ls {first} is above --to-ls {last}.")
    return zoom


def _plain(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write whole numbers as such where a statistic counts something."""
    columns = {
        name: plain_column(np.array([row[name] for row in rows], dtype=np.float64))
        for name in rows[0]
        if name in _COUNTS
    }
    return [{**row, **{name: column[at] for name, column in columns.items()}} for at, row in enumerate(rows)]


def _say_what_failed(place: Place) -> None:
    for name in place.errors:
        known = place.table.source(name)
        if known.state is SourceState.FAILED:
            tell(f"{source_name(name)} is missing in the strip: {known.note}")
        elif known.state is SourceState.PARTIAL:
            tell(f"{source_name(name)} is not whole in the strip: {known.note}")
