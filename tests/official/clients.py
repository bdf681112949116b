"""The official clients and ours on the same embedded services, and how their answers are put side by side."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.records import HistogramPage

WORKSPACE = "tracker"


class Place(NamedTuple):
    """A run in one of its datasets."""

    run: int
    primary: str


PLAIN = Place(381065, "ZeroBias")
RATE_HOLES = Place(379011, "ZeroBias")
"""Its trigger rate has no row in every 33rd LS: 8, 41, 74, ..."""
HOLE = Place(381115, "ZeroBias")
"""Without LS 1320 to 1353, and over two fills."""
HUGE_HOLE = Place(381597, "Cosmics")
"""394 LS in OMS, the last of which has the number 16766."""
LONG_COSMICS = Place(381208, "Cosmics")
"""2391 LS, and no ZeroBias path."""
NULLS = Place(381113, "ZeroBias")
"""Its luminosity is null in stable beams."""
SHORT = Place(380238, "ZeroBias")
PLACES = (PLAIN, RATE_HOLES, HOLE, HUGE_HOLE, LONG_COSMICS, NULLS, SHORT)


class BearerToken:
    """Credentials of cmsdials that always send the token of the embedded services."""

    def __init__(self, demo: DemoServices) -> None:
        self._token = demo.token

    def before_request(self, headers: dict[str, str]) -> None:
        """Add the token to the headers of a request."""
        headers["Authorization"] = f"Bearer {self._token}"


@dataclass(frozen=True, slots=True)
class Ours:
    """Our clients: DIALS, and OMS over each of its routes."""

    dials: DialsClient
    proxy: OmsClient
    direct: OmsClient

    @property
    def routes(self) -> dict[str, OmsClient]:
        """OMS by the name of the route."""
        return {"proxy": self.proxy, "direct": self.direct}

    async def dataset_id(self, place: Place) -> int:
        """Find the dataset of a place."""
        found = await self.dials.runs(WORKSPACE, run_number=place.run)
        (row,) = [row for row in found if row.dataset.startswith(f"/{place.primary}/")]
        return row.dataset_id


def everything(client: Any, **filters: Any) -> Any:
    """Give the page of all rows that a list of cmsdials has, as notebooks ask for it."""
    return client.list_all(client.filter_class(page_size=500, **filters))


def assert_same_rows(ours: Sequence[Any], theirs: Sequence[Any], **other_names: str) -> None:
    """Compare records field by field; `other_names` says what the official client calls one of ours."""
    assert len(ours) == len(theirs) > 0
    for mine, other in zip(ours, theirs, strict=True):
        for field in fields(mine):
            name = other_names.get(field.name, field.name)
            if name:
                assert plain(getattr(mine, field.name)) == plain(getattr(other, name)), (field.name, mine)


def plain(value: object) -> object:
    """Give a value as it can be compared: a time without zone is one of UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return value


def assert_same_histograms(pages: Sequence[HistogramPage], theirs: Sequence[Any]) -> None:
    """Compare our pages of histograms with rows of the official client, bin by bin and axis by axis."""
    assert len(theirs) > 0
    assert np.concatenate([page.ls for page in pages]).tolist() == [row.ls_number for row in theirs]
    assert np.concatenate([page.entries for page in pages]).tolist() == [row.entries for row in theirs]
    assert np.concatenate([page.file_id for page in pages]).tolist() == [row.file_id for row in theirs]
    np.testing.assert_array_equal(
        np.concatenate([page.data for page in pages if page.ls.size]), np.array([row.data for row in theirs])
    )
    rows = iter(theirs)
    for page in pages:
        for row in (next(rows) for _ in page.ls):
            assert page.x == (row.x_bin, row.x_min, row.x_max)
            assert page.y == ((row.y_bin, row.y_min, row.y_max) if hasattr(row, "y_bin") else None)


# -- OMS -----------------------------------------------------------------------------------------------------


def oms_pages(api: Any, resource: str, *filters: tuple[Any, ...], **custom: str) -> list[Any]:
    """Give all records of a query of omsapi, page by page until as many came as there are."""
    query = api.query(resource)
    for one in filters:
        query.filter(*one)
    for name, value in custom.items():
        query.custom(f"group[{name}]", value)
    records: list[Any] = []
    while True:
        page = 1 + len(records) // OMS_PAGE
        reply = query.paginate(page=page, per_page=OMS_PAGE).data().json()
        records += reply["data"]
        if len(records) >= reply["meta"]["totalResourceCount"]:
            return records
        assert reply["data"]


OMS_PAGE = 300
"""Less than the records of most runs, so that several pages are needed."""


def units_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Give the units that a record of OMS names."""
    return {
        name: meta["units"]
        for name, meta in record.get("meta", {}).get("row", {}).items()
        if meta.get("units") is not None
    }


def assert_same_card(card: Any, attributes: Mapping[str, Any], skip: Sequence[str] = ()) -> None:
    """Compare a card with the attributes of the record it was made of; ours name the unit in the field."""
    compared = 0
    for field in fields(card):
        if field.name in {"units", "attributes", *skip}:
            continue
        name = field.name
        for unit in UNITS_IN_NAMES:
            if name not in attributes:
                name = field.name.removesuffix(unit)
        mine, theirs = getattr(card, field.name), attributes.get(name)
        if isinstance(mine, datetime):
            theirs = datetime.fromisoformat(str(theirs))
        elif isinstance(mine, tuple):
            theirs = tuple(theirs or ())
        assert mine == theirs, field.name
        compared += name in attributes
    assert compared > len(fields(card)) / 2


UNITS_IN_NAMES = ("_gev", "_t", "_hz", "_s", "_percent")
