"""`dqmtui hist`: the histogram of one lumisection, or the integral over several."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.cli.against import Looked, RefOptions, references
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import one_element, run_entry
from dqmtui.cli.frames_out import check_targets, frame_of_columns, frame_of_rows, write_frame
from dqmtui.cli.hist_data import left_out
from dqmtui.cli.hist_drawing import draw
from dqmtui.cli.hist_found import Beside, Found, origin_of
from dqmtui.cli.json_text import json_object, json_rows
from dqmtui.cli.loading import (
    Selection,
    choose_rate,
    dials_ls,
    load_place,
    need_histograms,
    need_some,
    ranges,
    stack_of,
    whole_load,
)
from dqmtui.cli.named_masks import Names
from dqmtui.cli.output import put
from dqmtui.cli.picture_files import PictureFiles
from dqmtui.cli.pictures import Pictures
from dqmtui.cli.talk import tell
from dqmtui.export.histogram_data import (
    about_histogram,
    dials_rows,
    histogram_columns,
    histogram_fields,
)
from dqmtui.export.plots import mask_of
from dqmtui.model.integrate import NO_HISTOGRAM, Integral, integrate
from dqmtui.model.keys import HistogramKey
from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.overlay import overlay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dqmtui.cli.loading import Chosen, Place
    from dqmtui.cli.work import Work
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.reference import Reference
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    me: str,
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
    comparison: str,
    log: bool,
    errors: bool,
    width: int | None,
    height: int | None,
    as_json: bool,
    frame: bool,
    csv: Path | None,
    parquet: Path | None,
    force: bool,
    svg: Path | None,
    png: Path | None,
    code: Path | None,
) -> None:
    """Print a histogram, or say why there is none; raises Stop and ServiceError."""
    check_targets(csv, parquet, force=force, as_json=as_json)
    files = PictureFiles(svg, png, code, force)
    files.check(csv, parquet, as_json=as_json)
    to_files = csv is not None or parquet is not None
    if frame and not (as_json or to_files):
        raise Stop(Exit.USAGE, "--frame gives a table, not a plot: add --csv FILE, --parquet FILE or --json.")
    names = Names(work, golden, {"--good": good, "--ref-good": ref_good})
    selection = Selection.of(ls, good, exclude, mask, names)
    options = RefOptions.of(refs, ref_dataset, ref_good, ref_exclude)
    found = await find(data, work, run, me, dataset, selection, options, norm=norm, rate=rate, whole=frame)
    for note in said(found):
        tell(note)
    if frame:
        rows = dials_rows(found.entry.dataset, found.stack, mask_of(found.current), found.file_ids)
        if as_json:
            put(json_rows(rows))
        if to_files:
            write_frame(frame_of_rows(rows), csv, parquet, force=force)
        return
    shown = found.shown(comparison=comparison, options=PlotOptions(log_y=log), rate=data.rate.typed)
    if as_json:
        put(json_object(histogram_fields(shown)))
    if to_files:
        bins = frame_of_columns(histogram_columns(shown), about_histogram(shown))
        write_frame(bins, csv, parquet, force=force)
    current = found.current
    if _shows_nothing(current):
        raise Stop(
            Exit.NOT_FOUND, f"{found.title} of run {run} cannot be shown {_as(current)}: {current.masked}"
        )
    files.write(work, shown)
    if not (as_json or to_files or files.are_wanted):
        pictures = Pictures.of(work, width, height)
        picture = draw(found, pictures, pictures.size, comparison=comparison, log=log, errors=errors)
        pictures.put([f"run {run}  {found.entry.dataset}", found.element.me], picture)


async def find(
    data: DataLayer,
    work: Work,
    run: int,
    me: str,
    dataset: str | None,
    selection: Selection,
    options: RefOptions,
    *,
    norm: str,
    rate: str | None,
    whole: bool = False,
) -> Found:
    """Load and sum up what was asked for; with `whole` all histograms of the run are loaded.

    Raises Stop and ServiceError.
    """
    entry = await run_entry(work, data, run, dataset)
    element = one_element(await data.elements(entry.workspace), me)
    alone = _number(selection.ls)
    if alone is not None and selection.is_plain:
        known = await dials_ls(data, entry.key)
        if alone not in known:
            raise Stop(Exit.NOT_FOUND, f"no data for LS {alone} in run {run}; DIALS has {ranges(known)}")
    await choose_rate(data, run, rate)
    place = await load_place(
        data,
        entry,
        conditions=selection.needs_conditions(norm) or options.good is not None,
        good=[selection.good, options.good],
        names=selection.names,
    )
    shortcut = None if whole or options.refs else alone
    return await found_in(data, place, element, selection, options, norm, alone=alone, shortcut=shortcut)


async def found_in(
    data: DataLayer,
    place: Place,
    element: MonitoringElement,
    selection: Selection,
    options: RefOptions,
    norm: str,
    *,
    alone: int | None = None,
    shortcut: int | None = None,
) -> Found:
    """Sum up an element in a run whose conditions are there, as far as they are needed.

    `alone` is the only LS that was asked for; with the `shortcut` no other is loaded. Raises Stop and
    ServiceError.
    """
    entry, run = place.entry, place.entry.run
    chosen = place.choose(selection)
    need_some(chosen, run)
    divisors = place.divisors(norm, data.rate_path)
    file_ids: Mapping[int, int] = {}
    if shortcut is not None:
        stack = await data.one_histogram(HistogramKey(entry.key, element.me_id), element, shortcut)
    else:
        load = await whole_load(data, entry, element)
        stack, file_ids = stack_of(load), load.file_ids
        need_histograms(stack, entry)
    current = integrate(stack, chosen.ls, without=chosen.without, divisors=divisors, run_ls=chosen.run_ls)
    if not current.n_ls:
        _say_nothing(current, chosen, element, run, alone)
    everywhere = place.choose(replace(selection, ls=LSMask.all())).good
    looked = Looked(place, stack, element, everywhere, LSMask.from_numbers(current.ls), divisors)
    found = await references(data, looked, options, selection, norm)
    common, beside = side_by_side(current, found)
    aside = left_out(stack, chosen, current, divisors)
    return Found(entry, element, _title(common), common, beside, aside, looked, file_ids)


def side_by_side(
    current: Integral, found: Sequence[tuple[Reference, RunEntry]]
) -> tuple[Integral, tuple[Beside, ...]]:
    """Put a histogram beside references, on the coarsest of their axes; one that does not fit is refused."""
    for reference, _ in found:
        one = overlay(current, reference)
        current = current if one.refused else one.current
    return current, tuple(
        Beside(reference, overlay(current, reference), origin_of(entry)) for reference, entry in found
    )


def said(found: Found) -> list[str]:
    """Give what is to be said besides the data."""
    beside = [
        note
        for one in found.beside
        for note in (
            f"not compared with {one.reference.label}: {one.overlay.refused}" if one.overlay.refused else "",
            *(f"{one.reference.label}: {note}" for note in one.overlay.reference.notes),
        )
        if note
    ]
    return [*found.current.notes, *beside]


def _say_nothing(
    current: Integral, chosen: Chosen, element: MonitoringElement, run: int, alone: int | None
) -> None:
    """Stop because none of the LS that were chosen has a histogram."""
    if alone is not None and alone in chosen.without:
        why = "; ".join(words for words, mask in chosen.why_not if alone in mask)
        raise Stop(Exit.NOT_FOUND, f"LS {alone} of run {run} is left out: {why}")
    if alone is not None and any(why != NO_HISTOGRAM for why, _ in current.left_out):
        said = f"LS {alone} of {element.me} in run {run} cannot be shown"
        raise Stop(Exit.NOT_FOUND, f"{said}: {current.masked}")
    if alone is not None:
        known = (
            " has that LS, but not of this element" if alone in chosen.run_ls else " does not have that LS"
        )
        raise Stop(Exit.NOT_FOUND, f"no data for LS {alone} of {element.me} in run {run}; DIALS{known}")
    raise Stop(Exit.NOT_FOUND, f"no histogram of {element.me} in run {run}: {current.masked}")


def _shows_nothing(current: Integral) -> bool:
    """Tell whether there is nothing to show; that all bins of counts are 0 is something."""
    return bool(current.masked) and not (current.kind is Normalisation.COUNTS and not current.counts.any())


def _as(current: Integral) -> str:
    return f"as {current.label} (--norm counts shows the counts)"


def _number(mask: LSMask) -> int | None:
    """Give the one number of a mask that has but one."""
    match mask.ranges:
        case ((first, last),) if first == last:
            return first
    return None


def _title(current: Integral) -> str:
    if current.n_ls == 1:
        return f"LS {int(current.ls[0])}"
    numbers = str(LSMask.from_numbers(np.asarray(current.ls)))
    return f"{current.n_ls} LS ({numbers})" if len(numbers) <= MOST_NUMBERS else f"{current.n_ls} LS"


MOST_NUMBERS = 24
"""Characters of LS numbers in a title."""
