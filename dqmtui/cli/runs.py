"""`dqmtui runs`: runs and their OMS cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.cut import end_partial, said_if_cut, unless_oms_fails
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import datasets_of, run_entries, together, workspace_of
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.oms_names import RUN_ATTRIBUTES
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.table_columns import plain_unit
from dqmtui.review.runlist import RunEntry, entry_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.oms_records import RunCard

ABSENT = "-"


async def show(
    work: Work,
    data: DataLayer,
    *,
    dataset: str | None,
    run: int | None,
    first: int | None,
    last: int | None,
    as_json: bool,
) -> None:
    """Print the runs that were asked for; raises Stop when there are none, and ServiceError.

    Where OMS fails the runs are printed without their cards before it is raised.
    """
    workspace = await workspace_of(work, data)
    text = dataset or work.settings.dataset or ""
    if run is not None:
        entries = await run_entries(data, workspace, run)
        entries = [entry for entry in entries if text.lower() in entry.dataset.lower()]
    else:
        entries = await _all_entries(data, workspace, text)
    entries = [entry for entry in entries if (first or 0) <= entry.run <= (last or entry.run)]
    if not entries:
        is_asked = run is not None or first is not None or last is not None or bool(text)
        words = "fits what was asked for" if is_asked else "is in DIALS; `--workspace NAME` names another"
        raise Stop(Exit.NOT_FOUND, f"No run of workspace {workspace} {words}.")
    entries.sort(key=lambda entry: (-entry.run, entry.dataset))
    failed: list[ServiceError] = []
    coming = said_if_cut(data.run_cards([entry.run for entry in entries]))
    cards = await unless_oms_fails(coming, failed.append) or {}
    if not data.has_oms:
        tell("OMS is switched off, so the runs have no cards")
    if as_json:
        put(json_rows(_rows(entries, cards)))
    else:
        has_cards = data.has_oms and not failed
        columns = _columns(entries) + (_card_columns(entries, cards) if has_cards else [])
        work.put_table(aligned(columns, work.table_width))
    end_partial(failed, "the cards of the runs did not come")


async def _all_entries(data: DataLayer, workspace: str, text: str) -> list[RunEntry]:
    entries: list[RunEntry] = []

    async def read(dataset_id: int) -> None:
        rows = await data.runs(workspace, dataset_id)
        entries.extend(entry_of(workspace, row) for row in rows)

    datasets = await datasets_of(data, workspace, text)
    await together(*(read(dataset.dataset_id) for dataset in datasets))
    return entries


def _rows(entries: Sequence[RunEntry], cards: Mapping[int, RunCard]) -> list[dict[str, Any]]:
    """Give a row per run and dataset: what DIALS says, then OMS's attributes by their OMS names."""
    attributes = dict.fromkeys(RUN_ATTRIBUTES)
    for card in cards.values():
        attributes.update(dict.fromkeys(card.attributes))
    rows = []
    for entry in entries:
        row: dict[str, Any] = {
            "dataset": entry.dataset,
            "dataset_id": entry.dataset_id,
            "run_number": entry.run,
            "ls_count": entry.ls_count,
        }
        given = {**attributes, **(cards[entry.run].attributes if entry.run in cards else {})}
        rows.append(row | {name: value for name, value in given.items() if name not in row})
    return rows


def _columns(entries: Sequence[RunEntry]) -> list[Column]:
    return [
        Column("run", [str(entry.run) for entry in entries], right=True),
        Column("dataset", [entry.dataset for entry in entries]),
        Column("LS", [str(entry.ls_count) for entry in entries], right=True),
    ]


def _card_columns(entries: Sequence[RunEntry], cards: Mapping[int, RunCard]) -> list[Column]:
    of = [cards.get(entry.run) for entry in entries]
    return [
        Column("fill", [_text(card and card.fill_number) for card in of], right=True),
        Column("start (UTC)", [_start(card) for card in of]),
        Column("duration", [_duration(card) for card in of], right=True),
        Column("beams", [_beams(card) for card in of]),
        Column("recorded", [_lumi(card) for card in of], right=True),
        Column("B/T", [_text(card and card.b_field_t) for card in of], right=True),
        Column("HLT key", [_text(card and card.hlt_key) for card in of], least=16),
    ]


def _text(value: object) -> str:
    return ABSENT if value is None else str(value)


def _start(card: RunCard | None) -> str:
    return ABSENT if card is None or card.start_time is None else f"{card.start_time:%Y-%m-%d %H:%M}"


def _duration(card: RunCard | None) -> str:
    if card is None or card.duration_s is None:
        return ABSENT
    minutes = round(card.duration_s / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _beams(card: RunCard | None) -> str:
    if card is None:
        return ABSENT
    stable = {True: "stable", False: "not stable", None: "unknown"}[card.stable_beam]
    return f"{(card.fill_type_runtime or 'unknown').lower()}, {stable}"


def _lumi(card: RunCard | None) -> str:
    """Write the recorded luminosity with the unit that came with it."""
    if card is None or card.recorded_lumi is None:
        return ABSENT
    return f"{card.recorded_lumi:.4g} {plain_unit(card.units.get('recorded_lumi'))}".rstrip()
