"""Replies of OMS about the trigger and data taking: level-1 totals, deadtimes, prescale changes, eras."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmtui.services.decode import Fields, Malformed, as_float, as_int, as_text
from dqmtui.services.oms_decode import harmless_attributes
from dqmtui.services.oms_records import Deadtime, Era, L1Rates, OmsRecord, PrescaleChange
from dqmtui.services.safe_text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.services.oms_decode import Record
    from dqmtui.services.records import Float64Array

_COUNTED = {"counter", "rate"}
_NOTHING = (None, None)


class L1Row(NamedTuple):
    """The totals of one LS: counter and rate by name, None for null, and the units of the rates."""

    ls: int
    totals: dict[str, tuple[int | None, float | None]]
    units: dict[str, str]


def l1_row(record: Record) -> L1Row:
    """Return one record of ``l1triggerrates`` of one LS; raise Malformed."""
    row = record.fields
    ls = row.need(as_int, "first_lumisection_number")
    last = row.given(as_int, "last_lumisection_number")
    if last is not None and last != ls:
        raise Malformed(f"{record.where}.last_lumisection_number", f"is not {ls}, so it is no single LS")
    totals = {}
    for name, value in record.attributes.items():
        if isinstance(value, dict) and value.keys() & _COUNTED:
            pair = Fields(value, f"{record.where}.{name}")
            totals[safe_text(name)] = pair.given(as_int, "counter"), pair.given(as_float, "rate")
    return L1Row(ls, totals, record.units)


def l1_rates(run_number: int, rows: Sequence[L1Row]) -> L1Rates:
    """Return rows as arrays sorted by LS, NaN for null and for a total that a row lacks."""
    rows = sorted(rows, key=lambda row: row.ls)
    names = dict.fromkeys(name for row in rows for name in row.totals)
    return L1Rates(
        run_number,
        np.array([row.ls for row in rows], dtype=np.int64),
        rate={name: _column([row.totals.get(name, _NOTHING)[1] for row in rows]) for name in names},
        counter={name: _column([row.totals.get(name, _NOTHING)[0] for row in rows]) for name in names},
        units={name: tuple(row.units.get(name) for row in rows) for name in names},
    )


def deadtimes(record: Record) -> Mapping[str, Deadtime]:
    """Return the deadtimes in one record of ``deadtimes`` by the names OMS uses; raise Malformed."""
    found = {}
    for name, value in record.attributes.items():
        if isinstance(value, dict):
            pair = Fields(value, f"{record.where}.{name}")
            found[safe_text(name)] = Deadtime(pair.given(as_int, "counter"), pair.given(as_float, "percent"))
    return found


def prescale_change(record: Record) -> PrescaleChange:
    """Return one record of ``prescalechanges``; raise Malformed."""
    row = record.fields
    return PrescaleChange(
        lumisection_number=row.need(as_int, "lumisection_number"),
        new_prescale_index=row.get(as_int, "new_prescale_index"),
        new_prescale_name=row.get(as_text, "new_prescale_name"),
        old_prescale_index=row.get(as_int, "old_prescale_index"),
    )


def era(record: Record) -> Era:
    """Return one record of ``eras``; raise Malformed."""
    row = record.fields
    return Era(row.need(as_text, "name"), row.get(as_int, "start_fill"), row.get(as_int, "end_fill"))


def any_record(record: Record) -> OmsRecord:
    """Return a record of any resource as it came, its texts harmless."""
    return OmsRecord(record.id, harmless_attributes(record), record.units)


def _column(values: Sequence[float | None]) -> Float64Array:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
