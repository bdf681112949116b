"""OMS: our client reads over both routes what omsapi and the proxy of cmsdials give, value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.services.errors import NotFound
from dqmtui.services.oms_grammar import OmsQuery
from tests.official.clients import (
    HUGE_HOLE,
    LONG_COSMICS,
    NULLS,
    PLACES,
    PLAIN,
    RATE_HOLES,
    Ours,
    Place,
    assert_same_card,
    oms_pages,
    units_of,
)

if TYPE_CHECKING:
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_records import RateRows

ZERO_BIAS = "HLT_ZeroBias"
COLUMN = "2p0E34+ZeroBias+HLTPhysics"
"""A prescale column whose name no URL can carry as it is."""
ROUTES = pytest.mark.parametrize("route", ["proxy", "direct"])
EVERY_RUN = pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.run))


def of_run(place: Place) -> tuple[str, int]:
    return "run_number", place.run


@ROUTES
async def test_runs(ours: Ours, api: Any, route: str) -> None:
    runs = sorted(place.run for place in PLACES)
    cards = await ours.routes[route].runs(numbers=runs)
    assert [card.run_number for card in cards] == runs
    for card in cards:
        (record,) = oms_pages(api, "runs", ("run_number", card.run_number))
        assert dict(card.attributes) == record["attributes"]
        assert dict(card.units) == units_of(record)
        assert_same_card(card, record["attributes"])


@ROUTES
async def test_a_range_of_runs(ours: Ours, api: Any, route: str) -> None:
    cards = await ours.routes[route].runs(first=379000, last=381300)
    records = oms_pages(api, "runs", ("run_number", 379000, "GE"), ("run_number", 381300, "LE"))
    assert [dict(card.attributes) for card in cards] == sorted(
        (record["attributes"] for record in records), key=lambda attributes: attributes["run_number"]
    )


@ROUTES
@EVERY_RUN
async def test_lumisections(ours: Ours, api: Any, route: str, place: Place) -> None:
    found = await ours.routes[route].lumisections(place.run)
    records = oms_pages(api, "lumisections", of_run(place))
    assert found.n_rows == len(records) > 0
    names = {name for record in records for name in record["attributes"]}
    assert found.columns.keys() == names
    for row, record in enumerate(records):
        # an attribute that a record lacks is a null here
        assert {name: found.columns[name][row] for name in names} == {
            name: record["attributes"].get(name) for name in names
        }
        values = {name for name, value in record["attributes"].items() if value is not None}
        units = {name: unit for name in names if (unit := found.unit(name, row)) is not None}
        assert {name: unit for name, unit in units.items() if name in values} == {
            name: unit for name, unit in units_of(record).items() if name in values
        }


@EVERY_RUN
async def test_lumisections_of_the_proxy_of_cmsdials(ours: Ours, theirs: Any, place: Place) -> None:
    from cmsdials.filters import OMSFilter, OMSPage

    reply = theirs.oms.query(
        "lumisections",
        [OMSFilter(attribute_name="run_number", operator="EQ", value=place.run)],
        [OMSPage(attribute_name="limit", value=5000)],
    )
    found = await ours.proxy.lumisections(place.run)
    assert found.n_rows == len(reply["data"])
    for name, column in found.columns.items():
        assert column == [record["attributes"].get(name) for record in reply["data"]], name


async def test_what_is_null_stays_null(ours: Ours, api: Any) -> None:
    found = await ours.direct.lumisections(NULLS.run)
    records = oms_pages(api, "lumisections", of_run(NULLS), ("pileup", "null"))
    nulls = [record["attributes"]["lumisection_number"] for record in records]
    assert set(range(213, 220)) <= set(nulls)
    pileup = zip(found.columns["lumisection_number"], found.columns["pileup"], strict=True)
    assert [ls for ls, value in pileup if value is None] == nulls


async def test_the_hole_of_a_run_is_no_row_of_anybody(ours: Ours, api: Any) -> None:
    numbers = (await ours.proxy.lumisections(HUGE_HOLE.run)).columns["lumisection_number"]
    assert len(numbers) == 394
    assert numbers[-1] == 16766
    assert not oms_pages(api, "lumisections", of_run(HUGE_HOLE), ("lumisection_number", 10_000))
    assert 10_000 not in numbers


# -- rates ---------------------------------------------------------------------------------------------------


def assert_same_rates(mine: RateRows, records: list[Any], count: str) -> None:
    rows = sorted(
        (
            each["first_lumisection_number"],
            np.nan if each["rate"] is None else each["rate"],
            np.nan if each[count] is None else each[count],
        )
        for each in (record["attributes"] for record in records)
    )
    assert mine.ls.tolist() == [ls for ls, _, _ in rows]
    np.testing.assert_array_equal(mine.rate_hz, np.array([rate for _, rate, _ in rows], dtype=np.float64))
    np.testing.assert_array_equal(mine.counter, np.array([n for _, _, n in rows], dtype=np.float64))


def versioned(api: Any, place: Place) -> str | None:
    """Find the path of a run as somebody does who uses omsapi."""
    records = oms_pages(api, "hltpathinfo", of_run(place), ("path_name", f"{ZERO_BIAS}_v", "CT"))
    names = [record["attributes"]["path_name"] for record in records]
    exact = [name for name in names if name.removeprefix(f"{ZERO_BIAS}_v").isdigit()]
    return exact[0] if exact else None


async def rates_of(client: OmsClient, place: Place) -> RateRows:
    return await client.hlt_rates(place.run, ZERO_BIAS)


@ROUTES
@EVERY_RUN
async def test_rates_of_a_path(ours: Ours, api: Any, route: str, place: Place) -> None:
    mine, name = await rates_of(ours.routes[route], place), versioned(api, place)
    assert mine.name == name
    records = [] if name is None else oms_pages(
        api, "hltpathrates", of_run(place), ("path_name", name), granularity="lumisection"
    )  # fmt: skip
    assert_same_rates(mine, records, "counter")


async def test_an_ls_without_a_rate_row_has_none_with_either(ours: Ours, api: Any) -> None:
    name = versioned(api, RATE_HOLES)
    filters = (of_run(RATE_HOLES), ("path_name", name))
    mine = await rates_of(ours.proxy, RATE_HOLES)
    assert oms_pages(api, "hltpathrates", *filters, ("first_lumisection_number", 41)) == []
    assert 41 not in mine.ls
    for ls in (40, 42):
        (record,) = oms_pages(api, "hltpathrates", *filters, ("first_lumisection_number", ls))
        assert mine.rate_hz[mine.ls == ls].tolist() == [record["attributes"]["rate"]]


async def test_a_rate_of_zero_is_a_zero_with_both(ours: Ours, api: Any) -> None:
    name = versioned(api, RATE_HOLES)
    records = oms_pages(api, "hltpathrates", of_run(RATE_HOLES), ("path_name", name), ("rate", 0))
    mine = await rates_of(ours.direct, RATE_HOLES)
    zeros = [record["attributes"]["first_lumisection_number"] for record in records]
    assert mine.ls[mine.rate_hz == 0].tolist() == zeros != []


async def test_a_run_of_cosmics_has_no_such_path_with_either(ours: Ours, api: Any) -> None:
    assert versioned(api, LONG_COSMICS) is None
    mine = await rates_of(ours.direct, LONG_COSMICS)
    assert (mine.name, mine.ls.size) == (None, 0)


@ROUTES
@EVERY_RUN
async def test_names_and_rates_of_primary_datasets(ours: Ours, api: Any, route: str, place: Place) -> None:
    client = ours.routes[route]
    names = await client.dataset_names(place.run)
    reply = api.query("datasetrates/datasets").filter(*of_run(place)).data().json()
    assert names == reply["data"]["attributes"]["datasets"] != []
    for name in names[:2]:
        records = oms_pages(api, "datasetrates", of_run(place), ("dataset_name", name))
        assert_same_rates(await client.dataset_rates(place.run, name), records, "events")


# -- fills ---------------------------------------------------------------------------------------------------


@ROUTES
async def test_fills(ours: Ours, api: Any, route: str) -> None:
    records = oms_pages(api, "fills")
    assert len(records) > 3
    for record in records:
        attributes = record["attributes"]
        card = await ours.routes[route].fill(attributes["fill_number"])
        assert_same_card(card, attributes)
        assert dict(card.units) == units_of(record)


async def test_a_fill_that_nobody_knows(ours: Ours, api: Any) -> None:
    assert oms_pages(api, "fills", ("fill_number", 1)) == []
    with pytest.raises(NotFound):
        await ours.proxy.fill(1)


@ROUTES
@pytest.mark.parametrize("resource", ["runs", "lumisections", "hltpathrates", "fills"])
async def test_what_oms_says_about_attributes(ours: Ours, api: Any, route: str, resource: str) -> None:
    mine, other = await ours.routes[route].meta(resource), api.query(resource).meta()
    assert mine.keys() == other.keys()
    for name, said in mine.items():
        for about in ("title", "description", "units", "api_type", "sortable", "searchable", "projectable"):
            assert getattr(said, about) == other[name].get(about), (name, about)


# -- traps of the official clients, which ours does not share -----------------------------------------------


async def test_trap_omsapi_stops_after_ten_rows(ours: Ours, api: Any) -> None:
    assert len(api.query("lumisections").filter(*of_run(PLAIN)).data().json()["data"]) == 10
    assert (await ours.direct.lumisections(PLAIN.run)).n_rows == 849


async def test_trap_the_proxy_of_cmsdials_stops_after_a_hundred(ours: Ours, theirs: Any) -> None:
    from cmsdials.filters import OMSFilter

    filters = [OMSFilter(attribute_name="run_number", operator="EQ", value=PLAIN.run)]
    assert len(theirs.oms.query("lumisections", filters)["data"]) == 100
    assert (await ours.proxy.lumisections(PLAIN.run)).n_rows == 849


@ROUTES
async def test_trap_cmsdials_loses_one_of_two_filters_on_an_attribute(
    ours: Ours, theirs: Any, route: str
) -> None:
    from cmsdials.filters import OMSFilter

    filters = [OMSFilter(attribute_name="run_number", operator="GE", value=run) for run in (381065, 1)]
    records = theirs.oms.query("runs", filters)["data"]
    assert min(record["attributes"]["run_number"] for record in records) < 381065
    query = OmsQuery("runs").where("run_number", "GE", 381065).where("run_number", "GE", 1)
    found = await ours.routes[route].query(query)
    assert min(int(record.id) for record in found.records) == 381065


@ROUTES
async def test_trap_omsapi_sends_a_plus_as_it_is(ours: Ours, api: Any, route: str) -> None:
    every = oms_pages(api, "lumisections", of_run(PLAIN))
    wanted = [each["id"] for each in every if each["attributes"]["prescale_name"] == COLUMN]
    assert wanted
    assert oms_pages(api, "lumisections", of_run(PLAIN), ("prescale_name", COLUMN)) == []
    query = OmsQuery("lumisections").where("run_number", "EQ", PLAIN.run)
    found = await ours.routes[route].query(query.where("prescale_name", "EQ", COLUMN))
    assert [record.id for record in found.records] == wanted


def test_trap_omsapi_drops_a_filter_and_gives_the_whole_table(api: Any) -> None:
    everything = api.query("runs").data().json()["meta"]["totalResourceCount"]
    misspelt = api.query("runs").filter("run_nmber", PLAIN.run).data().json()["meta"]["totalResourceCount"]
    assert misspelt == everything > 1
