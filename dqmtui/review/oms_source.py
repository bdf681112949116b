"""From what OMS sent of a run's lumisections to a source of the LS table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lstable import Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.services.oms_records import OmsColumns


def oms_source(columns: OmsColumns) -> Source:
    """Turn the records of OMS's `lumisections` into a source of the LS table.

    An attribute whose unit changes from record to record becomes texts with the unit in them: numbers of
    different units are no column.
    """
    ls = np.array(columns.columns.get("lumisection_number", []), dtype=np.float64).astype(np.int64)
    values = {
        name: Values.of(_with_units(items, columns.mixed_units.get(name)), columns.units.get(name))
        for name, items in columns.columns.items()
        if name not in {"lumisection_number", "run_number"}
    }
    return Source(ls, values, SourceState.LOADED)


def _with_units(items: Sequence[object], units: Sequence[str | None] | None) -> Sequence[object]:
    if units is None:
        return items
    return [
        item if item is None or unit is None else f"{item} {unit}"
        for item, unit in zip(items, units, strict=True)
    ]
