"""OMS over both routes: all records, as they came, of the run that was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.services.errors import BadReply, BadRequest, Incomplete, NotFound, NotLoggedIn, ServiceDown
from dqmtui.services.oms import NUMBERS_PER_REQUEST, DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.oms_records import OmsColumns
from dqmtui.services.records import Health
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.web import html_reply, json_reply

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Transport
    from tests.services.web import PlainHandler, Web


@pytest.fixture
def client(transport: Transport, web: Web) -> OmsClient:
    return OmsClient(transport, FixedToken(SECRET), DirectRoute(f"{web.url}/agg/api/v1"))


def sent(request: Request) -> dict[str, str]:
    return dict(request.query_params.multi_items())


def paged(*records: Any, total: Any = None, cap: Any = 10**9) -> PlainHandler:
    """A handler that pages through records by offset and limit."""

    def handler(request: Request) -> Response:
        offset = int(request.query_params["page[offset]"])
        limit = min(int(request.query_params["page[limit]"]), cap)
        return json_reply(rows.records(list(records[offset : offset + limit]), total or len(records)))

    return handler


def rates_of(*rates: Any, paths: Any = ("HLT_Physics_v12", "HLT_ZeroBias_v11")) -> PlainHandler:
    """A handler for hltpathinfo and hltpathrates."""

    def handler(request: Request) -> Response:
        if request.url.path.endswith("hltpathinfo"):
            infos = [rows.record("hltpathinfo", name, path_name=name) for name in paths]
            return json_reply(rows.records(infos))
        return json_reply(rows.records(list(rates)))

    return handler


async def test_both_routes_ask_the_same(transport: Transport, web: Web) -> None:
    web.handler = paged(rows.oms_lumisection(1))
    direct = OmsClient(transport, FixedToken(SECRET), DirectRoute(f"{web.url}/agg/api/v1"))
    proxy = OmsClient(transport, FixedToken(SECRET), ProxyRoute(f"{web.url}/"))
    one, other = await direct.lumisections(rows.RUN), await proxy.lumisections(rows.RUN)
    assert one.columns == other.columns
    assert [request.url.path for request in web.requests] == [
        "/agg/api/v1/lumisections",
        "/api/v1/oms-proxy/",
    ]
    asked = sent(web.requests[1])
    assert asked.pop("endpoint") == "lumisections"
    assert (
        asked
        == sent(web.requests[0])
        == {
            "filter[run_number][EQ]": str(rows.RUN),
            "sort": "lumisection_number",
            "page[offset]": "0",
            "page[limit]": "1000",
        }
    )


async def test_records_are_paged_until_all_are_in_hand(client: OmsClient, web: Web) -> None:
    web.handler = paged(*(rows.oms_lumisection(ls) for ls in range(1, 26)), cap=10)
    found = await client.lumisections(rows.RUN)
    assert found.n_rows == 25
    assert found.columns["lumisection_number"] == list(range(1, 26))
    assert [sent(request)["page[offset]"] for request in web.requests] == ["0", "10", "20"]


async def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end(client: OmsClient, web: Web) -> None:
    everything = [rows.oms_lumisection(ls) for ls in range(1, 6)]

    def handler(request: Request) -> Response:
        offset = int(sent(request)["page[offset]"])
        known = everything[: 3 if len(web.requests) == 1 else 5]
        return json_reply(rows.records(known[offset : offset + 2], len(known)))

    web.handler = handler
    assert (await client.lumisections(rows.RUN)).n_rows == 5


async def test_records_that_never_come_are_read_three_times_and_what_came_is_kept(
    client: OmsClient, transport: Transport, web: Web
) -> None:
    web.handler = paged(rows.oms_lumisection(1), rows.oms_lumisection(2), total=5)
    with pytest.raises(Incomplete, match="OMS sent 2 of 5 records of lumisections") as caught:
        await client.lumisections(rows.RUN)
    assert isinstance(caught.value.came, OmsColumns)
    assert caught.value.came.columns["lumisection_number"] == [1, 2]
    asked = [(sent(request)["page[offset]"], sent(request)["page[limit]"]) for request in web.requests]
    # each time at a URL of its own: a cache on the way would give the same answer again
    assert asked == [("0", "1000"), ("2", "1000"), ("0", "1001"), ("2", "1001"), ("0", "1002"), ("2", "1002")]
    assert transport.state("OMS").health is Health.UNUSABLE


async def test_a_record_that_is_left_out_once_is_read_again(client: OmsClient, web: Web) -> None:
    everything = [rows.oms_lumisection(ls) for ls in range(1, 8)]
    whole = paged(*everything, cap=3)

    def handler(request: Request) -> Response:
        if len(web.requests) == 1:
            return json_reply(rows.records([everything[0], everything[2]], len(everything)))
        return whole(request)

    web.handler = handler
    assert (await client.lumisections(rows.RUN)).columns["lumisection_number"] == list(range(1, 8))


async def test_when_every_reading_leaves_out_another_record_all_are_in_hand(
    client: OmsClient, web: Web
) -> None:
    everything = [rows.oms_lumisection(ls) for ls in range(1, 5)]

    def handler(request: Request) -> Response:
        lost = 2 if sent(request)["page[limit]"] == "1000" else 3
        offset = int(sent(request)["page[offset]"])
        page = [row for ls, row in enumerate(everything, start=1) if ls != lost][offset:]
        return json_reply(rows.records(page, len(everything)))

    web.handler = handler
    assert (await client.lumisections(rows.RUN)).columns["lumisection_number"] == [1, 2, 3, 4]


async def test_nothing_of_what_is_counted_is_a_bad_reply(client: OmsClient, web: Web) -> None:
    web.handler = paged(total=5)
    with pytest.raises(BadReply, match="0 of 5 records") as caught:
        await client.lumisections(rows.RUN)
    assert not isinstance(caught.value, Incomplete)


async def test_a_record_that_a_page_repeats_takes_no_place_of_another(client: OmsClient, web: Web) -> None:
    def handler(request: Request) -> Response:
        # one row more than the page has room for, as a row of it stands there twice
        asked = sent(request)
        first = int(asked["page[offset]"]) + 1
        page = [rows.oms_lumisection(ls) for ls in range(first, min(first + 2, 6))]
        return json_reply(rows.records([page[0], *page], 5))

    web.handler = handler
    assert (await client.lumisections(rows.RUN)).columns["lumisection_number"] == [1, 2, 3, 4, 5]
    assert [sent(request)["page[offset]"] for request in web.requests] == ["0", "2", "4"]


async def test_pages_that_overlap_and_leave_records_out_are_incomplete(client: OmsClient, web: Web) -> None:
    def handler(request: Request) -> Response:
        offset = int(sent(request)["page[offset]"])
        page = [rows.oms_lumisection(ls) for ls in ((1, 2) if offset == 0 else (2, 3))]
        return json_reply(rows.records(page, 4))

    web.handler = handler
    with pytest.raises(Incomplete, match="3 of 4 records"):
        await client.lumisections(rows.RUN)


async def test_whether_a_run_has_a_path_is_not_known_from_a_part_of_its_paths(
    client: OmsClient, web: Web
) -> None:
    def handler(request: Request) -> Response:
        if request.url.path.endswith("hltpathinfo"):
            names = ["HLT_Physics_v12"] if sent(request)["page[offset]"] == "0" else []
            return json_reply(rows.records([rows.record("x", name, path_name=name) for name in names], 2))
        return json_reply(rows.records([rows.rate(1)]))

    web.handler = handler
    with pytest.raises(BadReply, match="1 of 2 records of hltpathinfo") as caught:
        await client.hlt_rates(rows.RUN, "HLT_ZeroBias")
    assert not isinstance(caught.value, Incomplete)


async def test_cards_of_runs_that_came_are_kept_when_others_did_not(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_run(), total=2)
    with pytest.raises(Incomplete, match="1 of 2 records of runs") as caught:
        await client.runs(numbers=[rows.RUN, rows.RUN + 1])
    assert [card.run_number for card in caught.value.came] == [rows.RUN]


async def test_a_record_that_comes_twice_counts_once_unless_it_differs(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_lumisection(1), rows.oms_lumisection(1), rows.oms_lumisection(2))
    assert (await client.lumisections(rows.RUN)).columns["lumisection_number"] == [1, 2]
    web.handler = paged(rows.oms_lumisection(1), rows.oms_lumisection(1, pileup=3.0))
    with pytest.raises(BadReply, match="two different records for lumisections 1"):
        await client.lumisections(rows.RUN)


async def test_without_a_total_the_list_ends_with_a_page_that_brings_nothing(
    client: OmsClient, web: Web
) -> None:
    good = paged(*(rows.oms_lumisection(ls) for ls in range(1, 6)), cap=2)

    def handler(request: Request) -> Response:
        reply = json.loads(bytes(good(request).body))
        del reply["meta"]
        return json_reply(reply)

    web.handler = handler
    assert (await client.lumisections(rows.RUN)).n_rows == 5


async def test_lumisections_are_columns_sorted_by_number_with_holes_and_nulls(
    client: OmsClient, web: Web
) -> None:
    bare = rows.oms_lumisection(2)
    del bare["attributes"]["prescale_name"]
    del bare["meta"]
    web.handler = paged(rows.oms_lumisection(9, bpix_ready=None), bare)
    found = await client.lumisections(rows.RUN)
    assert found.columns["lumisection_number"] == [2, 9]
    assert found.columns["bpix_ready"] == [True, None]
    assert found.columns["prescale_name"] == [None, "2p0E34+ZeroBias"]
    assert found.columns["pileup"] == [None, None]
    assert {len(column) for column in found.columns.values()} == {found.n_rows}


async def test_a_unit_holds_for_a_column_only_when_all_its_values_have_it(
    client: OmsClient, web: Web
) -> None:
    def at(ls: Any, unit: Any, **changes: Any) -> dict[str, Any]:
        made = rows.oms_lumisection(ls, **changes)
        made["meta"]["row"] = {"delivered_lumi_per_lumisection": {"units": unit}}
        return made

    web.handler = paged(at(1, "pb^{-1}"), at(2, "pb^{-1}"))
    found = await client.lumisections(rows.RUN)
    assert found.units == {"delivered_lumi_per_lumisection": "pb^{-1}"}
    assert found.unit("delivered_lumi_per_lumisection", 1) == "pb^{-1}"
    assert found.unit("pileup", 1) is None

    web.handler = paged(at(1, "pb^{-1}"), at(2, None, delivered_lumi_per_lumisection=None))
    assert (await client.lumisections(rows.RUN)).units == {"delivered_lumi_per_lumisection": "pb^{-1}"}

    web.handler = paged(at(1, "pb^{-1}"), at(2, "{\\mu}b^{-1}"), at(3, None))
    found = await client.lumisections(rows.RUN)
    assert found.units == {}
    assert found.mixed_units == {"delivered_lumi_per_lumisection": ["pb^{-1}", "{\\mu}b^{-1}", None]}
    assert [found.unit("delivered_lumi_per_lumisection", row) for row in range(3)] == [
        "pb^{-1}",
        "{\\mu}b^{-1}",
        None,
    ]


async def test_a_run_that_oms_does_not_know_has_no_records(client: OmsClient, web: Web) -> None:
    web.handler = paged()
    assert (await client.lumisections(rows.RUN)).n_rows == 0
    assert await client.runs(numbers=[rows.RUN]) == []
    assert await client.hlt_paths(rows.RUN) == []
    with pytest.raises(NotFound, match="no fill 9662"):
        await client.fill(9662)


async def test_run_cards_have_the_fields_and_units_that_came(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_run())
    (card,) = await client.runs(numbers=[rows.RUN])
    assert (card.run_number, card.fill_number, card.era, card.stable_beam) == (rows.RUN, 9662, "2024E", True)
    assert (card.duration_s, card.energy_gev, card.last_lumisection_number) == (19791.0, 6800.0, 849)
    assert (card.recorded_lumi, card.end_time, card.b_field_t) == (None, None, None)
    assert (card.hlt_physics_counter, card.l1_rate_hz) == (7224070, 86338.18)
    assert (card.components, card.components_out) == (("DAQ", "PIXEL"), ())
    assert str(card.start_time) == "2024-05-20 05:51:08+00:00"
    assert card.units == {"delivered_lumi": "pb^{-1}", "init_lumi": "10^{34}cm^{-2}s^{-1}"}


async def test_runs_are_asked_for_by_range_or_by_number_and_sorted(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_run(9), rows.oms_run(2))
    assert [card.run_number for card in await client.runs(first=1, last=9)] == [2, 9]
    await client.runs(numbers=[9, 2, 9])
    one, other = map(sent, web.requests)
    assert (one["filter[run_number][GE]"], one["filter[run_number][LE]"], one["sort"]) == (
        "1",
        "9",
        "run_number",
    )
    assert other["filter[run_number][IN]"] == "2,9"


async def test_all_runs_of_all_times_are_not_asked_for(client: OmsClient, web: Web) -> None:
    with pytest.raises(ValueError, match="range or by number"):
        await client.runs()
    assert web.requests == []


async def test_many_run_numbers_take_several_requests(client: OmsClient, web: Web) -> None:
    web.handler = paged()
    await client.runs(numbers=range(1, 2 * NUMBERS_PER_REQUEST + 2))
    asked = [sent(request)["filter[run_number][IN]"].split(",") for request in web.requests]
    assert [len(numbers) for numbers in asked] == [NUMBERS_PER_REQUEST, NUMBERS_PER_REQUEST, 1]
    assert max(len(str(request.url)) for request in web.requests) < 8000


async def test_a_fill_card_has_the_fields_that_came(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_fill())
    card = await client.fill(9662)
    assert (card.fill_number, card.stable_beams, card.bunches_colliding) == (9662, True, None)
    assert (card.crossing_angle, card.units) == (160.0, {"crossing_angle": "{\\mu}rad"})


async def test_rates_of_a_path_find_its_version_first(client: OmsClient, web: Web) -> None:
    web.handler = rates_of(rows.rate(5), rows.rate(2), rows.rate(3, rate=None, counter=None))
    found = await client.hlt_rates(rows.RUN, "HLT_ZeroBias")
    assert (found.run_number, found.name) == (rows.RUN, "HLT_ZeroBias_v11")
    assert found.ls.tolist() == [2, 3, 5]
    np.testing.assert_array_equal(found.rate_hz, [53.0, np.nan, 56.0])
    np.testing.assert_array_equal(found.counter, [1191, np.nan, 1194])
    info, rates = map(sent, web.requests)
    assert info["fields"] == "path_name"
    assert rates["filter[path_name][EQ]"] == "HLT_ZeroBias_v11"
    assert rates["group[granularity]"] == "lumisection"


@pytest.mark.parametrize(
    ("path", "paths", "chosen"),
    [
        ("HLT_ZeroBias", ["HLT_ZeroBias_v9", "HLT_ZeroBias_v10"], "HLT_ZeroBias_v10"),
        ("HLT_ZeroBias", ["HLT_ZeroBias_Gated_v9", "HLT_ZeroBias_v2"], "HLT_ZeroBias_v2"),
        ("HLT_ZeroBias", ["HLT_ZeroBias_vX", "XHLT_ZeroBias_v1", "HLT_ZeroBias_v1x"], None),
        ("HLT_Zero.*", ["HLT_ZeroBias_v2"], None),
        ("HLT_ZeroBias", [], None),
    ],
)
async def test_a_name_without_version_means_exactly_that_path(
    client: OmsClient, web: Web, path: str, paths: Any, chosen: Any
) -> None:
    web.handler = rates_of(rows.rate(1, path_name=chosen), paths=paths)
    found = await client.hlt_rates(rows.RUN, path)
    assert found.name == chosen
    assert found.ls.size == (1 if chosen else 0)
    assert len(web.requests) == (2 if chosen else 1)


async def test_a_name_with_version_is_asked_for_at_once(client: OmsClient, web: Web) -> None:
    web.handler = rates_of(rows.rate(1))
    assert (await client.hlt_rates(rows.RUN, "HLT_ZeroBias_v11")).name == "HLT_ZeroBias_v11"
    assert len(web.requests) == 1


async def test_a_path_without_rows_has_a_name_but_no_rates(client: OmsClient, web: Web) -> None:
    web.handler = rates_of()
    found = await client.hlt_rates(rows.RUN, "HLT_ZeroBias_v11")
    assert (found.name, found.ls.size, found.rate_hz.size) == ("HLT_ZeroBias_v11", 0, 0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"path_name": "HLT_Physics_v12"}, "path_name is not HLT_ZeroBias_v11"),
        ({"run_number": 5}, "run_number is not"),
        ({"last_lumisection_number": 850}, "no single LS"),
        ({"rate": "51.3"}, "rate is a text"),
        ({"first_lumisection_number": None}, "first_lumisection_number is null"),
    ],
)
async def test_rates_that_were_not_asked_for_or_cannot_be_right_are_refused(
    client: OmsClient, web: Web, changed: Any, words: str
) -> None:
    web.handler = rates_of(rows.rate(1), rows.rate(2, **changed))
    with pytest.raises(BadReply, match=words):
        await client.hlt_rates(rows.RUN, "HLT_ZeroBias_v11")


async def test_rates_of_a_primary_dataset(client: OmsClient, web: Web) -> None:
    row: dict[str, Any] = {
        "run_number": rows.RUN,
        "dataset_name": "ZeroBias",
        "last_lumisection_number": 4,
        "events": 7,
    }
    made = rows.record("datasetrates", "1", first_lumisection_number=4, rate=0.3, **row)
    web.handler = paged(made)
    found = await client.dataset_rates(rows.RUN, "ZeroBias")
    assert (found.name, found.ls.tolist(), found.rate_hz.tolist(), found.counter.tolist()) == (
        "ZeroBias",
        [4],
        [0.3],
        [7.0],
    )


async def test_the_names_of_primary_datasets_come_in_one_object(client: OmsClient, web: Web) -> None:
    made = rows.record("datasets", "1", datasets=["ZeroBias", "Muon0"])
    web.handler = lambda _: json_reply({"data": made})
    assert await client.dataset_names(rows.RUN) == ["ZeroBias", "Muon0"]
    assert web.paths == ["/agg/api/v1/datasetrates/datasets"]
    assert sent(web.requests[0]) == {"filter[run_number][EQ]": str(rows.RUN)}


async def test_what_oms_says_about_its_attributes(client: OmsClient, web: Web) -> None:
    fields = {"rate": {"title": "Rate", "units": "Hz", "sortable": True, "description": None}, "x": {}}
    web.handler = lambda _: json_reply({"meta": {"fields": fields}})
    found = await client.meta("hltpathrates")
    assert web.paths == ["/agg/api/v1/hltpathrates/meta"]
    assert (found["rate"].units, found["rate"].sortable, found["x"].title) == ("Hz", True, None)


async def test_records_of_another_run_mean_that_the_filter_was_dropped(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_lumisection(1), rows.oms_lumisection(2, run_number=5))
    with pytest.raises(BadReply, match=r"data\[1\]\.attributes\.run_number is not"):
        await client.lumisections(rows.RUN)


@pytest.mark.parametrize(
    "reply",
    [
        {"data": None},
        {"data": [5]},
        {"data": [{}]},
        {"data": [{"attributes": []}]},
        {"data": [], "meta": {"totalResourceCount": "1"}},
        {"errors": []},
        {"message": "something else"},
        [],
        None,
    ],
)
async def test_a_reply_that_is_no_list_of_records_is_a_bad_reply(
    client: OmsClient, web: Web, reply: Any
) -> None:
    web.handler = lambda _: json_reply(reply)
    with pytest.raises(BadReply):
        await client.lumisections(rows.RUN)


@pytest.mark.parametrize("reply", [{"message": "Unauthorized"}, {"error": "invalid_token"}])
async def test_json_without_data_that_speaks_of_the_login_means_not_logged_in(
    client: OmsClient, web: Web, reply: Any
) -> None:
    web.handler = lambda _: json_reply(reply)
    with pytest.raises(NotLoggedIn):
        await client.lumisections(rows.RUN)


async def test_an_error_of_oms_is_told_in_its_words(client: OmsClient, web: Web) -> None:
    error = {"status": "400", "title": "Bad request", "detail": "Unknown attribute runnumber"}
    web.handler = lambda _: json_reply({"errors": [error]}, 400)
    with pytest.raises(BadRequest, match="Unknown attribute runnumber"):
        await client.lumisections(rows.RUN)


async def test_an_error_of_oms_behind_the_proxy_is_oms_being_down(transport: Transport, web: Web) -> None:
    web.handler = lambda _: html_reply("Server Error (500)", 500)
    client = OmsClient(transport, FixedToken(SECRET), ProxyRoute(web.url))
    with pytest.raises(ServiceDown, match=r"OMS \(through DIALS\)") as caught:
        await client.lumisections(rows.RUN)
    assert caught.value.service == "OMS"
    assert transport.state("DIALS").health == "unknown"


async def test_a_refused_token_behind_the_proxy_is_the_login_of_dials(transport: Transport, web: Web) -> None:
    web.handler = lambda _: json_reply({"detail": "x", "code": "token_not_valid"}, 403)
    client = OmsClient(transport, FixedToken(SECRET), ProxyRoute(web.url))
    with pytest.raises(NotLoggedIn, match="DIALS no longer accepts"):
        await client.lumisections(rows.RUN)


async def test_texts_from_oms_are_harmless(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_lumisection(1, prescale_name="a\x1b[31m", extra={"b\x07": ["\u202e"]}))
    found = await client.lumisections(rows.RUN)
    assert found.columns["prescale_name"] == [r"a\x1b[31m"]
    assert found.columns["extra"] == [{r"b\x07": [r"\u202e"]}]


async def test_recorded_replies_of_the_real_service_are_understood(
    client: OmsClient, web: Web, shared_data: Path
) -> None:
    recorded = json.loads((shared_data / "oms_recorded_responses.json").read_text())["responses"]
    named = {reply["name"]: reply for reply in recorded}
    web.handler = lambda _: json_reply(named["runs_single"]["body"])
    (card,) = await client.runs(numbers=[297050])
    assert (card.run_number, card.components_out, card.units["delivered_lumi"]) == (
        297050,
        ("CASTOR",),
        "pb^{-1}",
    )
    heavy_ion = named["runs_record_2018_heavy_ion_with_meta_row"]["record"]
    web.handler = paged(heavy_ion)
    (card,) = await client.runs(numbers=[123456])
    assert (card.hlt_physics_counter, card.units["delivered_lumi"]) == (7224070, "{\\mu}b^{-1}")
    cosmics = named["runs_and_lumisections_attributes_cosmics_2019_run328766"]["run_attributes"]
    web.handler = paged(rows.record("runs", "328766", **cosmics))
    (card,) = await client.runs(numbers=[328766])
    assert (card.recorded_lumi, card.energy_gev) == (None, 0.0)
    attributes = named["lumisections_all_attributes_2017_run297050_ls1"]["attributes"]
    web.handler = paged(rows.record("lumisections", "297050_1", **attributes))
    found = await client.lumisections(297050)
    assert found.columns["gemm_ready"] == [None]
    names = named["hltpathinfo_path_names_run297050"]["path_names"]
    web.handler = paged(*(rows.record("hltpathinfo", name, path_name=name) for name in names))
    assert await client.hlt_paths(297050) == names
