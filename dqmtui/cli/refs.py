"""`dqmtui refs`: reference runs for a run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import datasets_of, run_entries, together, workspace_of
from dqmtui.cli.golden_files import existing, fetch_of
from dqmtui.cli.json_text import json_object
from dqmtui.cli.notes_desk import ended_well
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.export.certhelper import LARGEST_BYTES, read_references, references_of
from dqmtui.export.golden import read_place
from dqmtui.model.reference_runs import rank_references
from dqmtui.review.candidates import read_ls_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.export.certhelper import ReferenceRow
    from dqmtui.model.reference_runs import RankedRun, Reason
    from dqmtui.review.datalayer import DataLayer

MOST_CANDIDATES = 400
"""Earlier runs that are looked at, the latest ones."""


async def show(
    work: Work,
    data: DataLayer,
    *,
    run: int,
    reconstruction: str | None,
    place: str | None,
    dataset: str | None,
    limit: int,
    pileup: bool,
    as_json: bool,
) -> None:
    """Print what CertHelper's list has for a run, and the earlier runs most like it; raises Stop."""
    rows = _list_at(work, place)
    listed = (
        None
        if rows is None
        else [row for found in references_of(rows, run, reconstruction).values() for row in found]
    )
    named = [row.reference for row in listed or ()]
    ranked = await _ranked(work, data, run, dataset, named, limit, pileup=pileup)
    if as_json:
        fields = None if listed is None else _listed_fields(listed)
        put(json_object({"run_number": run, "listed": fields, "ranked": _fields(ranked)}))
        return
    if listed is not None:
        _put_listed(work, run, listed)
    if ranked:
        _put_ranked(work, ranked, {*named})
    elif data.has_oms:
        tell(f"there is no run before {run} to compare with")


def _list_at(work: Work, place: str | None) -> list[ReferenceRow] | None:
    """Read CertHelper's list, by default from itself: None, and told, where that cannot be had.

    Raises Stop for one that was named and cannot be read.
    """
    fetch = fetch_of(work)
    if place is not None:
        with ended_well():
            return read_references(read_place(existing(place), fetch, LARGEST_BYTES))
    try:
        return read_references(read_place(work.settings.certhelper_url, fetch, LARGEST_BYTES))
    except OSError as error:
        tell(f"runs are ranked without CertHelper's list: {error}")
        return None


def _put_ranked(work: Work, ranked: Sequence[RankedRun], listed: Collection[int]) -> None:
    """Print what the runs have in each condition, or where there is no room for that how far they agree."""
    table = aligned(_columns(ranked, listed, _text), None)
    width = work.table_width
    if width is not None and max(map(len, table.lines)) > width:
        table = aligned(_columns(ranked, listed, _percent), width)
        tell("how far conditions agree; a wider terminal or --json says what they are")
    work.put_table(table)


def _columns(
    ranked: Sequence[RankedRun], listed: Collection[int], said: Callable[[Reason], str]
) -> list[Column]:
    """Give a column for each condition; conflicts stand out by an exclamation mark."""
    columns = [
        Column("run", [str(one.run) for one in ranked], right=True),
        Column("score", [f"{one.score:.2f}" for one in ranked], right=True),
    ]
    if listed:
        columns.append(Column("listed", ["yes" if one.run in listed else "" for one in ranked]))
    for at, reason in enumerate(ranked[0].reasons):
        texts = [f"{'! ' if reason.aspect in one.conflicts else ''}{said(one.reasons[at])}" for one in ranked]
        columns.append(Column(reason.aspect, texts, right=said is _percent))
    return columns


def _text(reason: Reason) -> str:
    return reason.text


def _percent(reason: Reason) -> str:
    return "-" if reason.agreement is None else f"{reason.agreement:.0%}"


async def _ranked(
    work: Work,
    data: DataLayer,
    run: int,
    dataset: str | None,
    listed: Sequence[int],
    limit: int,
    *,
    pileup: bool,
) -> list[RankedRun]:
    """Rank earlier runs of the run's datasets and those that are listed, the best `limit` of them."""
    if not data.has_oms:
        tell("OMS is switched off, so runs cannot be compared")
        return []
    candidates = {number for number in await _earlier(work, data, run, dataset) if number < run}
    chosen = sorted(candidates, reverse=True)[:MOST_CANDIDATES]
    cards = await data.run_cards([run, *chosen, *listed])
    if run not in cards:
        raise Stop(Exit.NOT_FOUND, f"OMS has no run {run}")
    ranked = rank_references(cards[run], cards.values())[:limit]
    if pileup and ranked:
        ranges = await read_ls_ranges(data, [run, *(one.run for one in ranked)])
        ranked = rank_references(cards[run], [cards[one.run] for one in ranked], ranges)
    return ranked


async def _earlier(work: Work, data: DataLayer, run: int, dataset: str | None) -> set[int]:
    workspace = await workspace_of(work, data)
    if dataset:
        ids = [one.dataset_id for one in await datasets_of(data, workspace, dataset)]
    else:
        ids = [entry.dataset_id for entry in await run_entries(data, workspace, run)]
    found: set[int] = set()

    async def read(dataset_id: int) -> None:
        found.update(row.run_number for row in await data.runs(workspace, dataset_id))

    await together(*(read(dataset_id) for dataset_id in ids))
    return found


def _put_listed(work: Work, run: int, listed: Sequence[ReferenceRow]) -> None:
    if not listed:
        tell(f"CertHelper's list has no reference for run {run}")
        return
    columns = [
        Column("reconstruction", [row.reconstruction or "-" for row in listed]),
        Column("listed reference", [str(row.reference) for row in listed], right=True),
        Column("of", [row.reference_reconstruction or "-" for row in listed]),
        Column("dataset", [row.dataset or "-" for row in listed], least=16),
    ]
    work.put_table(aligned(columns, work.table_width))
    put("\n")


def _listed_fields(rows: Sequence[ReferenceRow]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def _fields(ranked: Sequence[RankedRun]) -> list[dict[str, Any]]:
    return [
        {
            "run_number": one.run,
            "score": round(one.score, 4),
            "conflicts": list(one.conflicts),
            "reasons": {
                reason.aspect: {"agreement": reason.agreement, "text": reason.text} for reason in one.reasons
            },
        }
        for one in ranked
    ]
