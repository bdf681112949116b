"""Replies of OMS turned into records, cards and columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

import numpy as np

from dqmtui.services.decode import (
    ANSWER,
    Fields,
    Malformed,
    as_flag,
    as_float,
    as_int,
    as_list,
    as_object,
    as_text,
    as_texts,
    as_time,
)
from dqmtui.services.oms_records import AttributeMeta, FillCard, OmsColumns, RateRows, RunCard
from dqmtui.services.safe_text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.services.oms_records import OmsValue

T = TypeVar("T")

Rate: TypeAlias = tuple[int, float | None, float | None]
"""LS number, rate in Hz and counter of one LS; None is null."""

_REFUSALS = ("token", "login", "auth", "session", "credential", "sign in")


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it came: its attributes, the units named for them, and where it stood in the reply."""

    attributes: dict[str, object]
    units: dict[str, str]
    where: str = field(compare=False)
    id: str = field(default="", compare=False)

    @property
    def fields(self) -> Fields:
        """The attributes for checked reading."""
        return Fields(self.attributes, self.where)


@dataclass(frozen=True, slots=True)
class RecordPage(Generic[T]):
    """One page of records; ``total`` counts those of all pages, None when the reply does not say."""

    rows: list[T]
    total: int | None


def record_page(payload: object, row: Callable[[Record], T], run_number: int | None = None) -> RecordPage[T]:
    """Return the records of a reply whose ``data`` is a list or one object; raise Malformed.

    With ``run_number`` a record of another run is refused: then OMS has ignored the filter.
    """
    body = as_object(payload, ANSWER)
    if "data" not in body:
        raise _without_data(body)
    data = body["data"]
    items = [data] if isinstance(data, dict) else as_list(data, "data")
    meta = body.get("meta")
    total = None if meta is None else Fields(meta, "meta").given(as_int, "totalResourceCount")
    records = [_record(item, f"data[{index}]") for index, item in enumerate(items)]
    if run_number is not None:
        for record in records:
            if record.attributes.get("run_number") is not None:
                record.fields.expect("run_number", run_number)
    return RecordPage([row(record) for record in records], total)


def run_card(record: Record) -> RunCard:
    """Return the card of one record of ``runs``; raise Malformed."""
    row = record.fields
    return RunCard(
        run_number=row.need(as_int, "run_number"),
        fill_number=row.get(as_int, "fill_number"),
        era=row.get(as_text, "era"),
        sequence=row.get(as_text, "sequence"),
        start_time=row.get(as_time, "start_time"),
        end_time=row.get(as_time, "end_time"),
        duration_s=row.get(as_float, "duration"),
        last_lumisection_number=row.get(as_int, "last_lumisection_number"),
        stable_beam=row.get(as_flag, "stable_beam"),
        fill_type_runtime=row.get(as_text, "fill_type_runtime"),
        energy_gev=row.get(as_float, "energy"),
        b_field_t=row.get(as_float, "b_field"),
        components=row.get(as_texts, "components") or (),
        components_out=row.get(as_texts, "components_out") or (),
        cmssw_version=row.get(as_text, "cmssw_version"),
        delivered_lumi=row.get(as_float, "delivered_lumi"),
        recorded_lumi=row.get(as_float, "recorded_lumi"),
        init_lumi=row.get(as_float, "init_lumi"),
        end_lumi=row.get(as_float, "end_lumi"),
        l1_rate_hz=row.get(as_float, "l1_rate"),
        l1_triggers_counter=row.get(as_int, "l1_triggers_counter"),
        hlt_physics_rate_hz=row.get(as_float, "hlt_physics_rate"),
        hlt_physics_counter=row.get(as_int, "hlt_physics_counter"),
        l1_key=row.get(as_text, "l1_key"),
        hlt_key=row.get(as_text, "hlt_key"),
        l1_hlt_mode=row.get(as_text, "l1_hlt_mode"),
        l1_menu=row.get(as_text, "l1_menu"),
        trigger_mode=row.get(as_text, "trigger_mode"),
        initial_prescale_index=row.get(as_int, "initial_prescale_index"),
        tier0_transfer=row.get(as_flag, "tier0_transfer"),
        clock_type=row.get(as_text, "clock_type"),
        beamactive_total_deadtime_percent=row.get(as_float, "beamactive_total_deadtime"),
        units=record.units,
        attributes=harmless_attributes(record),
    )


def fill_card(record: Record) -> FillCard:
    """Return the card of one record of ``fills``; raise Malformed."""
    row = record.fields
    return FillCard(
        fill_number=row.need(as_int, "fill_number"),
        era=row.get(as_text, "era"),
        start_time=row.get(as_time, "start_time"),
        end_time=row.get(as_time, "end_time"),
        start_stable_beam=row.get(as_time, "start_stable_beam"),
        end_stable_beam=row.get(as_time, "end_stable_beam"),
        stable_beams=row.get(as_flag, "stable_beams"),
        energy_gev=row.get(as_float, "energy"),
        bunches_colliding=row.get(as_int, "bunches_colliding"),
        beta_star=row.get(as_float, "beta_star"),
        crossing_angle=row.get(as_float, "crossing_angle"),
        injection_scheme=row.get(as_text, "injection_scheme"),
        peak_lumi=row.get(as_float, "peak_lumi"),
        peak_pileup=row.get(as_float, "peak_pileup"),
        delivered_lumi=row.get(as_float, "delivered_lumi"),
        recorded_lumi=row.get(as_float, "recorded_lumi"),
        first_run_number=row.get(as_int, "first_run_number"),
        last_run_number=row.get(as_int, "last_run_number"),
        duration_s=row.get(as_float, "duration"),
        units=record.units,
    )


def lumisection(record: Record) -> tuple[int, Record]:
    """Return the LS number of one record of ``lumisections`` and the record; raise Malformed."""
    return record.fields.need(as_int, "lumisection_number"), record


def path_name(record: Record) -> str:
    """Return the name in one record of ``hltpathinfo``; raise Malformed."""
    return record.fields.need(as_text, "path_name")


def dataset_names(record: Record) -> tuple[str, ...]:
    """Return the names in the record of ``datasetrates/datasets``; raise Malformed."""
    return record.fields.given(as_texts, "datasets") or ()


def rate(record: Record, name_field: str, name: str, count_field: str) -> Rate:
    """Return LS number, rate and counter of one record of rates; raise Malformed.

    A row of another name means that OMS has ignored the filter; a row that spans several LS is not the rate
    of one.
    """
    row = record.fields
    came = row.given(as_text, name_field)
    if came is not None and came != name:
        raise Malformed(f"{record.where}.{name_field}", f"is not {name}, though that was asked for")
    ls = row.need(as_int, "first_lumisection_number")
    last = row.given(as_int, "last_lumisection_number")
    if last is not None and last != ls:
        raise Malformed(f"{record.where}.last_lumisection_number", f"is not {ls}, so it is no single LS")
    return ls, row.given(as_float, "rate"), row.given(as_float, count_field)


def columns(resource: str, records: Sequence[Record]) -> OmsColumns:
    """Return records as columns in the order of the records."""
    # A dict keeps the order in which the names first appear; a set would shuffle the columns.
    names: dict[str, None] = {}
    for record in records:
        if not record.attributes.keys() <= names.keys():
            names |= dict.fromkeys(record.attributes)
    values = {
        safe_text(name): _harmless([record.attributes.get(name) for record in records]) for name in names
    }
    units: dict[str, str] = {}
    mixed: dict[str, list[str | None]] = {}
    for name in dict.fromkeys(name for record in records for name in record.units):
        of_rows = [record.units.get(name) for record in records]
        named = {unit for unit in of_rows if unit is not None}
        if len(named) == 1 and _agree(of_rows, [record.attributes.get(name) for record in records]):
            units[name] = named.pop()
        else:
            mixed[name] = of_rows
    return OmsColumns(resource, len(records), values, units, mixed)


def rate_rows(run_number: int, name: str | None, rates: Sequence[Rate]) -> RateRows:
    """Return rates as arrays sorted by LS, NaN for null."""
    rows = sorted(rates, key=lambda row: row[0])
    return RateRows(
        run_number,
        name,
        np.array([ls for ls, _, _ in rows], dtype=np.int64),
        np.array([np.nan if rate_hz is None else rate_hz for _, rate_hz, _ in rows], dtype=np.float64),
        np.array([np.nan if counter is None else counter for _, _, counter in rows], dtype=np.float64),
    )


def harmless_attributes(record: Record) -> dict[str, OmsValue]:
    """Return the attributes of a record as they came, but with harmless texts."""
    return {safe_text(name): _harmless_value(value) for name, value in record.attributes.items()}


def attribute_meta(payload: object) -> dict[str, AttributeMeta]:
    """Return what ``/{resource}/meta`` says about each attribute; raise Malformed."""
    body = as_object(payload, ANSWER)
    if "meta" not in body:
        raise _without_data(body)
    fields = Fields(body["meta"], "meta").need(as_object, "fields")
    return {
        safe_text(name): _attribute_meta(Fields(value, f"meta.fields.{name}"))
        for name, value in fields.items()
    }


def _attribute_meta(row: Fields) -> AttributeMeta:
    return AttributeMeta(
        title=row.get(as_text, "title"),
        description=row.get(as_text, "description"),
        units=row.get(as_text, "units"),
        api_type=row.get(as_text, "api_type"),
        sortable=row.get(as_flag, "sortable"),
        searchable=row.get(as_flag, "searchable"),
        projectable=row.get(as_flag, "projectable"),
    )


def _record(item: object, where: str) -> Record:
    fields = Fields(item, where)
    attributes = fields.need(as_object, "attributes")
    meta = fields.get(as_object, "meta") or {}
    units = {}
    for name, described in (Fields(meta, f"{where}.meta").get(as_object, "row") or {}).items():
        named = described if isinstance(described, dict) else {"units": described}
        unit = Fields(named, f"{where}.meta.row.{name}").get(as_text, "units")
        if unit is not None:
            units[safe_text(name)] = unit
    return Record(attributes, units, f"{where}.attributes", _identity(fields))


def _identity(fields: Fields) -> str:
    """Return the id of a record, "" where it has none; it is a text, but a number does no harm."""
    identity = fields.get(lambda value, _: value, "id")
    return safe_text(str(identity)) if isinstance(identity, str | int) else ""


def _without_data(body: dict[str, object]) -> Malformed:
    """Return what to say of a reply that lacks its main part, which is how OMS may refuse a login."""
    said = safe_text(" ".join(f"{name}: {value}" for name, value in body.items()), 160)
    is_refusal = any(word in said.lower() for word in _REFUSALS)
    return Malformed(ANSWER, f"has no data but says '{said}'" if said else "is empty", is_refusal=is_refusal)


def _agree(units: list[str | None], values: list[object]) -> bool:
    """Whether every row that has a value names a unit; a null needs none."""
    return all(unit is not None or value is None for unit, value in zip(units, values, strict=True))


def _harmless(values: list[object]) -> list[OmsValue]:
    if not set(map(type, values)) & {str, list, dict}:
        return cast("list[OmsValue]", values)
    return [_harmless_value(value) for value in values]


def _harmless_value(value: object) -> OmsValue:
    match value:
        case str():
            return safe_text(value)
        case list():
            return [_harmless_value(item) for item in value]
        case dict():
            return {safe_text(name): _harmless_value(item) for name, item in value.items()}
    return cast("bool | int | float | None", value)
