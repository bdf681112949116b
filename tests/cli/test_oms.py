"""`dqmtui oms`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.cli.oms_names import RESOURCES
from tests.cli.between import InBetween

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

OF_RUN = ("--filter", "run_number:EQ:381065")


def asked(dials: httpx.Client, endpoint: str, **params: str) -> Any:
    return dials.get("oms-proxy/", params={"endpoint": endpoint, "page[limit]": "9999", **params}).json()


def test_records_come_as_they_are_with_id_and_units(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    found = cli("oms", "lumisections", *OF_RUN, "--json").json()
    data = asked(dials, "lumisections", **{"filter[run_number][EQ]": "381065"})["data"]
    assert len(found) == len(data) == 849
    for mine, sent in zip(found, data, strict=True):
        assert mine["id"] == sent["id"]
        assert mine["attributes"] == sent["attributes"]
        units = {name: row["units"] for name, row in sent["meta"]["row"].items() if row["units"]}
        assert mine["units"] == units


def test_every_filter_on_one_attribute_counts_and_sort_keys_keep_their_order(
    cli: Callable[..., Ended],
) -> None:
    filters = ("lumisection_number:GE:300", "lumisection_number:LE:330", "beams_stable:EQ:true")
    line = [part for text in filters for part in ("--filter", text)]
    rows = cli(
        *("oms", "lumisections", *OF_RUN, *line, "--sort", "prescale_name,-lumisection_number", "--json")
    ).json()
    numbers = [row["attributes"]["lumisection_number"] for row in rows]
    assert numbers == list(range(330, 299, -1))


@pytest.mark.parametrize("route", ["proxy", "direct"])
def test_two_filters_of_one_kind_both_count_on_both_routes(cli: Callable[..., Ended], route: str) -> None:
    likes = ("--filter", "path_name:LIKE:HLT_%", "--filter", "path_name:LIKE:%Isolated%")
    rows = cli("--oms-route", route, "oms", "hltpathinfo", *OF_RUN, *likes, "--json").json()
    names = {row["attributes"]["path_name"] for row in rows}
    assert names
    assert all(name.startswith("HLT_") and "Isolated" in name for name in names)


def test_a_value_with_a_plus_arrives_as_it_is(cli: Callable[..., Ended]) -> None:
    line = ("--filter", "prescale_name:EQ:2p0E34+ZeroBias+HLTPhysics", "--fields", "lumisection_number")
    rows = cli("oms", "lumisections", *OF_RUN, *line, "--json").json()
    assert [row["attributes"]["lumisection_number"] for row in rows] == list(range(138, 758))


def test_fields_group_and_limit(cli: Callable[..., Ended]) -> None:
    line = ("--fields", "l1a_total,run_number", "--fields", "start_time")
    (whole,) = cli("oms", "l1triggerrates", *OF_RUN, *line, "--group", "run", "--json").json()
    assert set(whole["attributes"]) == {"l1a_total", "run_number", "start_time"}
    done = cli("oms", "l1triggerrates", *OF_RUN, "--group", "lumisection", "--limit", "3", "--json")
    assert len(done.json()) == 3
    assert "these are 3 of 849 records; without --limit all come" in done.err


def test_the_table_has_the_units_that_came(cli: Callable[..., Ended]) -> None:
    head, *lines = cli("oms", "fills", "--fields", "fill_number,beta_star,duration").out.splitlines()
    assert head.split() == ["fill_number", "beta_star/cm", "duration/s"]
    assert "9662" in {line.split()[0] for line in lines}


def test_a_unit_that_differs_from_record_to_record_stands_in_each_cell(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def edit(reply: Any) -> Any:
        for at, record in enumerate(reply.get("data", [])):
            record["meta"]["row"]["init_lumi"] = {"units": ("10^{34}", "10^{27}")[at % 2]}
        return reply

    web.handler = InBetween(demo, lambda request: "endpoint=runs&" in str(request.url), edit=edit)
    runs = ("--filter", "run_number:IN:381065,381067", "--fields", "run_number,init_lumi,b_field")
    head, one, other = on_web("oms", "runs", *runs).out.splitlines()
    assert head.split()[:2] == ["run_number", "init_lumi"]
    assert "10^34" in one
    assert "10^27" in other


def test_an_attribute_that_is_none_is_answered_with_where_they_are_listed(cli: Callable[..., Ended]) -> None:
    done = cli("oms", "runs", "--filter", "qqq:EQ:1")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "has no attribute 'qqq'. `dqmtui oms runs --meta` lists what runs have." in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("runs --filter run_numbr:EQ:1", "no attribute 'run_numbr'. Did you mean run_number?"),
        ("runs --filter run_number:GTE:1", "no operator 'GTE'"),
        ("runs --filter run_number", "write attribute:OP:value"),
        ("runs --sort -run", "no attribute 'run'"),
        ("runs --sort components", "cannot be sorted by components"),
        ("runs --fields fil_number", "Did you mean fill_number?"),
        ("deadtimes --filter overall_total_deadtime:GT:5", "cannot be filtered by overall_total_deadtime"),
        ("runs --filter stable_beam:EQ:perhaps", "is true or false, not 'perhaps'"),
    ],
)
def test_what_oms_would_not_understand_is_refused_in_a_sentence(
    cli: Callable[..., Ended], line: str, says: str
) -> None:
    done = cli("oms", *line.split(), "--json")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("route", ["proxy", "direct"])
def test_a_resource_that_there_is_not(cli: Callable[..., Ended], route: str) -> None:
    done = cli("--oms-route", route, "oms", "lumisection", "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "OMS has no resource 'lumisection'" in done.err
    assert "Did you mean lumisections?" in done.err


def test_no_record_is_an_answer(cli: Callable[..., Ended]) -> None:
    done = cli("oms", "runs", "--filter", "run_number:EQ:999999", "--json")
    assert done.json() == []
    assert "OMS has no such record of runs" in done.err


def test_meta_lists_what_can_be_asked(cli: Callable[..., Ended]) -> None:
    rows = {row["name"]: row for row in cli("oms", "runs", "--meta", "--json").json()}
    assert rows["run_number"]["sortable"] is True
    assert rows["components"]["sortable"] is False
    head, *lines = cli("oms", "runs", "--meta").out.splitlines()
    assert head.split()[:3] == ["attribute", "type", "unit"]
    assert len(lines) == len(rows)


def test_the_resources_complete_without_asking_anybody(process: Callable[..., Ended]) -> None:
    env = {"_DQMTUI_COMPLETE": "bash_complete", "COMP_WORDS": "dqmtui oms l", "COMP_CWORD": "2"}
    done = process(env={**env, "DQMTUI_DIALS_URL": "http://127.0.0.1:9/"})
    assert [line.split(",")[1] for line in done.out.split()] == [
        name for name in RESOURCES if name.startswith("l")
    ]
    assert done.err == ""


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("runs --run 381065", " pb^-1"),
        ("lumis --run 379011", "/pb^-1"),
        ("oms fills --fields fill_number,crossing_angle", "crossing_angle/urad"),
        ("oms fills --meta", " urad "),
    ],
)
def test_tables_write_units_without_the_signs_of_tex(cli: Callable[..., Ended], line: str, unit: str) -> None:
    done = cli(*line.split())
    assert done.code == 0, done.err
    assert unit in done.out
    assert not set("{}\\") & set(done.out)
