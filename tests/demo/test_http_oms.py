"""The OMS API over HTTP: the form of its replies, its resources, its paging and its doors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, Issuer
from tests.demo.tiny_world import RUNS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.serving import Tiny


def body(tiny: Tiny, path: str) -> dict[str, Any]:
    reply = tiny.oms.get(path)
    assert reply.status_code == 200, reply.text
    written: dict[str, Any] = reply.json()
    return written


def attributes(tiny: Tiny, path: str) -> list[dict[str, Any]]:
    return [record["attributes"] for record in body(tiny, path)["data"]]


def test_a_record_has_the_recorded_form(tiny: Tiny, shared_data: Path) -> None:
    recorded = json.loads((shared_data / "oms_recorded_responses.json").read_text())
    real = {reply["name"]: reply for reply in recorded["responses"]}["runs_single"]["body"]
    ours = body(tiny, f"runs/?filter[run_number][EQ]={RUNS[0]}&page[offset]=0&page[limit]=1000")
    assert ours.keys() == real.keys()
    (ours_run,), (real_run,) = ours["data"], real["data"]
    assert ours_run.keys() == real_run.keys()
    assert ours_run["relationships"].keys() == real_run["relationships"].keys()
    assert ours_run["meta"]["row"].items() == {"recorded_lumi": {"units": "pb^{-1}"}}.items()

    def shape(value: object) -> str:
        text = json.dumps(value)
        for own in ("297050", str(RUNS[0]), "vocms0185.cern.ch", tiny.url.removeprefix("http://")):
            text = text.replace(own, "*")
        return text

    assert shape(ours["links"]) == shape(real["links"])
    assert shape(ours_run["links"]) == shape(real_run["links"])
    assert shape(ours_run["relationships"]) == shape(real_run["relationships"])


def test_with_fields_records_lose_relationships_and_units_of_other_attributes(tiny: Tiny) -> None:
    record = body(tiny, f"runs?fields=energy&filter[run_number]={RUNS[0]}")["data"][0]
    assert record["attributes"] == {"energy": 6800.0}
    assert record.keys() == {"id", "type", "attributes", "links"}


def test_units_stand_in_each_record_and_vary(tiny: Tiny) -> None:
    units = [record["meta"]["row"]["recorded_lumi"]["units"] for record in body(tiny, "runs")["data"]]
    assert units == ["pb^{-1}", "{\\mu}b^{-1}"]


def test_include_meta_names_every_attribute_of_the_record(tiny: Tiny) -> None:
    record = body(tiny, "lumisections?include=meta&fields=pileup&page[limit]=1")["data"][0]
    assert record["meta"] == {"row": {"pileup": {"units": None}}}


def test_brackets_may_be_raw_or_percent_encoded_and_the_slash_may_be_there(tiny: Tiny) -> None:
    raw = body(tiny, f"runs?filter[run_number][EQ]={RUNS[0]}")
    assert body(tiny, f"runs/?filter%5Brun_number%5D%5BEQ%5D={RUNS[0]}") == raw
    assert [record["id"] for record in raw["data"]] == [str(RUNS[0])]


def test_links_double_their_scheme_and_name_the_next_page(tiny: Tiny) -> None:
    reply = body(
        tiny, f"lumisections?filter[run_number][EQ]={RUNS[0]}&page[limit]=4&page[offset]=4&sort=-pileup"
    )
    links = reply["links"]
    assert all(link.startswith("https://https://") for link in links.values())
    following = parse_qs(urlsplit(links["next"].removeprefix("https://")).query)
    assert following["page[offset]"] == ["8"]
    assert following["filter[lumisections][run_number][EQ]"] == [str(RUNS[0])]
    again = tiny.oms.get("lumisections", params={name: value[0] for name, value in following.items()})
    assert [record["id"] for record in again.json()["data"]] == [f"{RUNS[0]}_{n}" for n in (4, 2, 1)]
    assert ("page[offset]" in links["prev"], "page[offset]" in links["first"]) == (False, False)


def test_the_last_page_has_no_next_and_the_first_no_prev(tiny: Tiny) -> None:
    links = body(tiny, "runs")["links"]
    assert (links["next"], links["prev"], links["first"] == links["last"]) == (None, None, True)


def test_pages_put_together_are_all_rows(tiny: Tiny) -> None:
    total = body(tiny, "lumisections?page[limit]=1")["meta"]["totalResourceCount"]
    rows: list[str] = []
    while len(rows) < total:
        reply = body(tiny, f"lumisections?page[limit]=5&page[offset]={len(rows)}")
        rows += [record["id"] for record in reply["data"]]
    assert rows == [f"{run}_{ls}" for run in RUNS for ls in (*range(1, 9), *range(12, 15))]


def test_nothing_found_is_an_empty_list(tiny: Tiny) -> None:
    reply = body(tiny, "runs?filter[run_number]=1")
    assert (reply["data"], reply["meta"]) == ([], {"totalResourceCount": 0})


def test_one_record_is_an_object(tiny: Tiny) -> None:
    assert body(tiny, f"lumisections/{RUNS[0]}_3")["data"]["attributes"]["pileup"] is None
    assert body(tiny, "fills/9662")["data"]["type"] == "fills"
    assert body(tiny, f"hltpathrates/{RUNS[0]}_HLT_Physics_v12_2")["data"]["attributes"]["counter"] == 23
    assert body(tiny, f"l1triggerrates/{RUNS[0]}_3")["data"]["attributes"]["l1a_total"]["counter"] == 300


@pytest.mark.parametrize(
    "path", ["nothing", "runs/1", "runs/x", "runs/381065/lumisections", "lumisections/381065_9"]
)
def test_what_there_is_not_is_404_with_errors(tiny: Tiny, path: str) -> None:
    reply = tiny.oms.get(path)
    (error,) = reply.json()["errors"]
    assert (reply.status_code, error["status"]) == (404, "404")
    assert error.keys() == {"status", "title", "detail"}


@pytest.mark.parametrize(
    "query",
    ["filter[nothing]=1", "page[limit]=100001", "sort=nothing", "fields=nothing", "group[granularity]=year"],
)
def test_a_bad_query_is_400_with_errors(tiny: Tiny, query: str) -> None:
    reply = tiny.oms.get(f"runs?{query}")
    assert (reply.status_code, reply.json()["errors"][0]["status"]) == (400, "400")


def test_meta_tells_the_attributes_of_a_resource(tiny: Tiny) -> None:
    fields = body(tiny, "runs/meta")["meta"]["fields"]
    assert fields["run_number"] == {
        "title": "Run number",
        "description": None,
        "units": None,
        "api_type": "INTEGER",
        "sortable": True,
        "searchable": True,
        "projectable": True,
    }
    assert {
        name: one["api_type"] for name, one in fields.items() if name in {"end_time", "components", "energy"}
    } == {
        "end_time": "DATETIME",
        "components": "ARRAY",
        "energy": "FLOAT",
    }


RESOURCES = (
    "runs",
    "lumisections",
    "datasetrates",
    "hltpathinfo",
    "hltpathrates",
    "l1triggerrates",
    "fills",
    "eras",
    "prescalechanges",
    "deadtimes",
)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_can_be_listed_described_and_asked_for_one(tiny: Tiny, resource: str) -> None:
    first = body(tiny, resource)["data"][0]
    assert first["type"] == resource
    assert isinstance(first["id"], str)
    assert first["attributes"].keys() <= body(tiny, f"{resource}/meta")["meta"]["fields"].keys()
    assert body(tiny, f"{resource}/{first['id']}")["data"] == first


def test_rates_of_a_path_are_per_lumisection_with_null_where_it_is_not_filled_yet(tiny: Tiny) -> None:
    rows = attributes(tiny, f"hltpathrates?filter[run_number]={RUNS[0]}&filter[path_name]=HLT_ZeroBias_v11")
    assert [(row["first_lumisection_number"], row["rate"], row["counter"]) for row in rows] == [
        (2, 10.0, 233),
        (3, 0.0, 0),
        (5, None, None),
    ]
    assert all(row["first_lumisection_number"] == row["last_lumisection_number"] for row in rows)


def test_rates_can_be_grouped_by_run(tiny: Tiny) -> None:
    query = f"filter[run_number]={RUNS[0]}&group[granularity]=run"
    path, _ = attributes(tiny, f"hltpathrates?{query}")
    assert (path["path_name"], path["counter"]) == ("HLT_Physics_v12", 70)
    assert path["rate"] == pytest.approx(70 / (2 * 23.31040958))
    assert (path["first_lumisection_number"], path["last_lumisection_number"]) == (2, 3)
    (dataset,) = attributes(tiny, f"datasetrates?{query}")
    assert (dataset["dataset_name"], dataset["events"]) == ("ZeroBias", 93)


def test_path_names_carry_their_version(tiny: Tiny) -> None:
    rows = attributes(tiny, f"hltpathinfo?filter[run_number][EQ]={RUNS[0]}&fields=path_name")
    assert rows == [{"path_name": "HLT_Physics_v12"}, {"path_name": "HLT_ZeroBias_v11"}]


def test_level_1_rates_are_of_the_run_by_default(tiny: Tiny) -> None:
    (whole,) = attributes(tiny, f"l1triggerrates?filter[run_number]={RUNS[0]}")
    assert whole["l1a_total"]["counter"] == 600
    assert whole["l1a_total"]["rate"] == pytest.approx(600 / (3 * 23.31040958))
    assert whole["percentage_physics_triggers_lost"] == 4.0
    each = attributes(tiny, f"l1triggerrates?filter[run_number]={RUNS[0]}&group[granularity]=lumisection")
    assert [row["last_lumisection_number"] for row in each] == [1, 2, 3]


def test_minus_one_finds_the_latest_lumisection(tiny: Tiny) -> None:
    query = "filter[last_lumisection_number]=-1&group[granularity]=lumisection"
    rows = attributes(tiny, f"l1triggerrates?{query}")
    assert [(row["run_number"], row["last_lumisection_number"]) for row in rows] == [(run, 3) for run in RUNS]


def test_dataset_names_of_a_run_are_one_object(tiny: Tiny) -> None:
    reply = body(tiny, f"datasetrates/datasets?filter[run_number][EQ]={RUNS[0]}")
    assert reply["data"]["attributes"]["datasets"] == ["ZeroBias"]
    nothing = body(tiny, "datasetrates/datasets?filter[run_number][EQ]=1")
    assert nothing["data"]["attributes"]["datasets"] == []


def test_a_plus_in_a_value_must_be_percent_encoded(tiny: Tiny) -> None:
    query = f"lumisections?filter[run_number]={RUNS[0]}&filter[prescale_name]=2p0E34"
    assert len(attributes(tiny, f"{query}%2BHLTPhysics")) == 10
    assert attributes(tiny, f"{query}+HLTPhysics") == []


def test_without_a_bearer_token_one_is_sent_to_a_login_page(tiny: Tiny) -> None:
    for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "bearer abc"}):
        reply = tiny.anyone.get("/agg/api/v1/runs?fields=energy", headers=headers)
        assert reply.status_code == 302
        page = tiny.anyone.get(reply.headers["location"])
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_token_that_is_not_good_is_401(tiny: Tiny) -> None:
    stale = tiny.issuer.mint({}, audience=OMS_AUDIENCE, lifetime_s=-1)
    other_audience = tiny.issuer.mint({}, audience=DIALS_AUDIENCE)
    foreign = Issuer().mint({}, audience=OMS_AUDIENCE)
    for token in (stale, other_audience, foreign, "nonsense"):
        reply = tiny.anyone.get("/agg/api/v1/runs", headers={"Authorization": f"Bearer {token}"})
        assert reply.status_code == 401
