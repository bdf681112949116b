"""The list of runs as a table: a row per run and dataset, with what OMS says of the run."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dqmtui.export.tables import frame_of_rows
from dqmtui.services.oms_records import RunCard

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from dqmtui.review.runlist import RunEntry

_NOT_CELLS = frozenset({"run_number", "units", "attributes"})
_CARD = [field.name for field in fields(RunCard) if field.name not in _NOT_CELLS]


def run_rows(entries: Iterable[RunEntry]) -> list[dict[str, Any]]:
    """Give a row per entry; what OMS has not told is None. Luminosities have their unit beside them."""
    return [_row(entry) for entry in entries]


def run_frame(entries: Iterable[RunEntry]) -> pd.DataFrame:
    """Give the rows as a frame in which whole numbers stay whole where some are missing."""
    return frame_of_rows(run_rows(entries)).convert_dtypes()


def _row(entry: RunEntry) -> dict[str, Any]:
    card = entry.card
    row: dict[str, Any] = {
        "run_number": entry.run,
        "dataset": entry.dataset,
        "dataset_id": entry.dataset_id,
        "ls_count": entry.ls_count,
    }
    for name in _CARD:
        value = None if card is None else getattr(card, name)
        row[name] = " ".join(value) if isinstance(value, tuple) else value
        if name.endswith("_lumi"):
            row[f"{name}_unit"] = None if card is None else card.units.get(name)
    return row
