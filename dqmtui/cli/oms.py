"""`dqmtui oms`: any records of OMS, by a query that is checked before it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.oms_names import RESOURCES, nearest_resource
from dqmtui.cli.oms_text import ABSENT, cell
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.table_columns import plain_unit
from dqmtui.services.errors import BadRequest, NotFound, ServiceDown, ServiceError
from dqmtui.services.oms_free import Filter, FreeQuery
from dqmtui.services.oms_grammar import OmsQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.review.clients import Clients
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_grammar import Granularity
    from dqmtui.services.oms_records import AttributeMeta, OmsRecord


async def show(
    work: Work,
    clients: Clients,
    *,
    resource: str,
    filters: Sequence[str],
    sort: Sequence[str],
    fields: Sequence[str],
    group: Granularity | None,
    limit: int | None,
    meta: bool,
    as_json: bool,
) -> None:
    """Print the records that a query finds; raises Stop and ServiceError, BadRequest for unknown names."""
    oms = clients.need_oms()
    query = FreeQuery(resource, [Filter.read(text) for text in filters], _names(sort), _names(fields), group)
    attributes = await _attributes(oms, resource)
    if meta:
        _put_meta(work, attributes, as_json=as_json)
        return
    try:
        asked = query.checked(attributes)
    except BadRequest as error:
        hint = f"`dqmtui oms {resource} --meta` lists what {resource} have."
        raise Stop(Exit.USAGE, f"{error.message} {hint}") from error
    found = await oms.query(asked, limit)
    if found.is_cut:
        tell(f"these are {len(found.records)} of {found.total} records; without --limit all come")
    elif not found.records:
        tell(f"OMS has no such record of {resource}")
    if as_json:
        put(
            json_rows(
                {"id": one.id, "attributes": one.attributes, "units": one.units} for one in found.records
            )
        )
    elif found.records:
        names = query.fields or list(dict.fromkeys(name for one in found.records for name in one.attributes))
        columns = [_column(name, found.records) for name in names]
        work.put_table(aligned(columns, work.table_width))


def _names(texts: Sequence[str]) -> list[str]:
    """Give the names in lists with commas between them."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


async def _attributes(oms: OmsClient, resource: str) -> Mapping[str, AttributeMeta]:
    """Ask what a resource has; raises Stop when there is no such resource, and ServiceError."""
    try:
        OmsQuery(resource)
    except ValueError as error:
        raise Stop(Exit.USAGE, f"{error}.{nearest_resource(resource)}") from None
    first = resource.partition("/")[0]
    is_known = first in RESOURCES
    try:
        return await oms.meta(first, attempts=None if is_known else 1)
    except (NotFound, ServiceDown) as error:
        # through DIALS every refusal of OMS looks as if OMS was down
        if is_known or not await _answers(oms):
            raise
        refusal = error
    message = f"OMS has no resource {resource!r}, as far as it says.{nearest_resource(resource)}"
    raise Stop(Exit.NOT_FOUND, message) from refusal


async def _answers(oms: OmsClient) -> bool:
    try:
        await oms.meta("runs", attempts=1)
    except ServiceError:
        return False
    return True


def _column(name: str, records: Sequence[OmsRecord]) -> Column:
    """Write an attribute under its unit; where that differs from record to record it stands in each cell."""
    values = [one.attributes.get(name) for one in records]
    units = [plain_unit(one.units.get(name)) for one in records]
    of_values = {unit for unit, value in zip(units, values, strict=True) if value is not None}
    common = of_values.pop() if len(of_values) == 1 else ""
    cells = [cell(value, None if common else unit) for value, unit in zip(values, units, strict=True)]
    numbers = all(isinstance(value, int | float | None) for value in values)
    return Column(f"{name}/{common}" if common else name, cells, right=numbers, least=None if numbers else 12)


def _put_meta(work: Work, attributes: Mapping[str, AttributeMeta], *, as_json: bool) -> None:
    """Print what there is to ask for."""
    if as_json:
        put(json_rows(_meta_fields(name, one) for name, one in attributes.items()))
        return
    of = list(attributes.values())
    columns = [
        Column("attribute", list(attributes)),
        Column("type", [(one.api_type or ABSENT).lower() for one in of]),
        Column("unit", [plain_unit(one.units) or ABSENT for one in of]),
        Column("--filter", [_may(one.searchable) for one in of]),
        Column("--sort", [_may(one.sortable) for one in of]),
        Column("description", [one.description or one.title or "" for one in of], least=16),
    ]
    work.put_table(aligned(columns, work.table_width))


def _meta_fields(name: str, one: AttributeMeta) -> dict[str, Any]:
    return {
        "name": name,
        "title": one.title,
        "description": one.description,
        "units": one.units,
        "api_type": one.api_type,
        "searchable": one.searchable,
        "sortable": one.sortable,
        "projectable": one.projectable,
    }


def _may(able: bool | None) -> str:  # noqa: FBT001 - the value itself is what is written
    return {True: "yes", False: "no", None: ABSENT}[able]
