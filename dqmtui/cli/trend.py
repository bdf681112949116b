"""`dqmtui trend`: statistics of monitoring elements along a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.against import RefOptions, other_entry, read_ref
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import check_targets, frame_of_columns, write_frame
from dqmtui.cli.json_text import json_rows, plain_column
from dqmtui.cli.loading import (
    NORMALISATIONS,
    Selection,
    choose_rate,
    load_place,
    need_histograms,
    ranges,
    whole_stack,
)
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.picture_files import PictureFiles
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.talk import tell
from dqmtui.cli.trend_file import trend_file
from dqmtui.cli.trend_rows import Along, along, under_column
from dqmtui.model.judging.outliers import center_and_spread
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless
from dqmtui.model.trend import PER_RATE, offered_statistics, offers_rate
from dqmtui.render.trend_parts import Band, TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Place
    from dqmtui.cli.work import Work
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.datalayer import DataLayer

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
    chosen = _statistic(elements, statistic, norm)
    await choose_rate(data, run, rate)
    is_drawn = not (as_json or to_files or files.are_wanted)
    conditions = is_drawn or under is not None or selection.needs_conditions(norm)
    place = await load_place(data, entry, conditions=conditions, good=[selection.good], names=names)
    stacks = [await whole_stack(data, entry, element) for element in elements]
    mine = place.divisors(norm, data.rate_path)
    trends = [_along(place, stack, selection, chosen, mine) for stack in stacks]
    others = await _others(data, place, elements, (selection, options, norm, chosen), mine)
    values = None
    if under is not None:
        place.need(*((RATE,) if under == "rate" else (OMS,)))
        values = under_column(under, place.table)
    rows = [
        *(row for one in trends for row in one.rows(run, zoom, {} if values is None else values)),
        *(row for one, _, _ in others for row in one.rows(one.run, zoom, _blank(values))),
    ]
    if not rows:
        raise Stop(Exit.NOT_FOUND, f"run {run} has no lumisection between --from-ls and --to-ls")
    if as_json:
        put(json_rows(_plain(rows)))
    if to_files:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        about = {"dataset": entry.dataset, "normalisation": trends[0].label}
        write_frame(frame_of_columns(columns, about), csv, parquet, force=force)
    name = chosen or trends[0].statistics[0]
    if files.are_wanted:
        lines = [*((one, one.element.short_name, place) for one in trends), *others]
        kind, typed = NORMALISATIONS[norm], data.rate.typed
        made = trend_file(lines, name, zoom=zoom, log=log, kind=kind, rate=typed, unit=mine.unit or "")
        files.write(work, made)
    if is_drawn:
        _say_what_failed(place)
        series = [*(_series(one, name, one.element.short_name) for one in trends)]
        series += [_series(one, name, label) for one, label, _ in others]
        if values is not None and under is not None:
            numbers = np.array(list(values[under].keys()), dtype=np.int64)
            series.append(TrendSeries(under, numbers, np.array(list(values[under].values())), right=True))
        band = _band(*others[0][:2], name) if others else None
        look = TrendOptions(statistic=name, zoom=zoom, log=log)
        _draw(Pictures.of(work, width, height), place, stacks, look, series, band, trends[0].label)


def _draw(
    pictures: Pictures,
    place: Place,
    stacks: Sequence[HistogramStack],
    look: TrendOptions,
    series: Sequence[TrendSeries],
    band: Band | None,
    label: str,
) -> None:
    view = TrendView(pictures.theme, pictures.charset, pictures.palette)
    picture = view.draw(place.table, stacks[0], *pictures.size, look, series=series, band=band)
    divided = "" if label == "counts" else f", {label}"
    what = " and ".join(stack.element.me for stack in stacks)
    head = f"run {place.entry.run}  {place.entry.dataset}"
    pictures.put([head, f"{look.statistic} of {what}{divided}"], picture)


async def _others(
    data: DataLayer,
    place: Place,
    elements: Sequence[MonitoringElement],
    asked: tuple[Selection, RefOptions, str, str | None],
    mine: Divisors,
) -> list[tuple[Along, str, Place]]:
    """Make the trends of other runs, with their labels and places; raises Stop and ServiceError."""
    selection, options, norm, chosen = asked
    found = []
    for text in options.refs:
        other = await _other(data, place, text, options, selection, norm)
        theirs = in_unit_of(mine, other.divisors(norm, data.rate_path), other.entry.run)
        wanted = selection.of_reference(options.good, options.exclude)
        for element in elements:
            stack = await whole_stack(data, other.entry, element)
            made = _along(other, stack, wanted, chosen, theirs)
            found.append((made, f"run {other.entry.run}", other))
    return found


def _along(
    place: Place, stack: HistogramStack, selection: Selection, statistic: str | None, divisors: Divisors
) -> Along:
    """Make the trend of an element in a run, and say what of it is left out."""
    entry = place.entry
    need_histograms(stack, entry)
    if stack.other_binnings:
        others = ranges(sorted(stack.other_binnings))
        tell(f"{others} have other axes than the rest of the run and are left out")
    is_divided = divisors.kind is not Normalisation.COUNTS
    if statistic is not None and is_divided and not offers_rate(statistic, is_ratio=stack.is_ratio):
        raise Stop(
            Exit.USAGE, f"{stack.element.me} is a ratio or a difference, whose {statistic} is no count."
        )
    found = along(stack, place.choose(selection), statistic, divisors)
    masked = found.masked_in_words()
    if masked:
        tell(f"run {entry.run}: {masked}")
    return found


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


async def _other(
    data: DataLayer, place: Place, text: str, options: RefOptions, selection: Selection, norm: str
) -> Place:
    """Load the conditions of a run whose trend stands beside that of the run."""
    run = read_ref(text)
    if not isinstance(run, int):
        raise Stop(
            Exit.USAGE, f"A trend has no {text} beside it: --ref takes the number of another run here."
        )
    entry = await other_entry(data, place.entry, run, options.dataset)
    theirs = selection.of_reference(options.good, options.exclude)
    return await load_place(
        data, entry, conditions=theirs.needs_conditions(norm), good=[theirs.good], names=theirs.names
    )


def _elements(known: Sequence[MonitoringElement], mes: Sequence[str]) -> list[MonitoringElement]:
    elements = [one_element(known, name) for name in mes]
    if len(elements) > MOST_ELEMENTS:
        raise Stop(Exit.USAGE, f"--me can be given {MOST_ELEMENTS} times, not {len(elements)}.")
    if len({*elements}) < len(elements):
        raise Stop(Exit.USAGE, f"--me names {elements[0].me} twice.")
    return elements


def _statistic(elements: Sequence[MonitoringElement], wanted: str | None, norm: str) -> str | None:
    """Check the statistic, None when none was asked for; of several elements all must have it."""
    if wanted is None and (norm != "counts" or len({element.dim for element in elements}) > 1):
        raise Stop(Exit.USAGE, "Which statistic? Give --statistic; that may be:", sorted(PER_RATE))
    for element in elements if wanted is not None else ():
        offered = offered_statistics(element.dim)
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


def _blank(values: dict[str, dict[int, float]] | None) -> dict[str, dict[int, float]]:
    """Give the columns of what stands under the trend, for a run of which it is not shown."""
    return {} if values is None else {name: {} for name in values}


def _plain(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write whole numbers as such where a statistic counts something."""
    columns = {
        name: plain_column(np.array([row[name] for row in rows], dtype=np.float64))
        for name in rows[0]
        if name in _COUNTS
    }
    return [{**row, **{name: column[at] for name, column in columns.items()}} for at, row in enumerate(rows)]


def _series(one: Along, statistic: str, label: str) -> TrendSeries:
    errors = one.values["mean_error"] if statistic == "mean" and "mean_error" in one.values else None
    return TrendSeries(label, one.ls, one.values[statistic], errors)


def _band(one: Along, label: str, statistic: str) -> Band | None:
    """Give where the reference has its values, None when it has none."""
    median, spread = center_and_spread(one.values[statistic])
    return Band(median, spread, f"{label} median") if np.isfinite(median) else None


def _say_what_failed(place: Place) -> None:
    for name in place.errors:
        known = place.table.source(name)
        if known.state is SourceState.FAILED:
            tell(f"{name.upper()} is missing in the strip: {known.note}")
