"""`dqmtui lumis`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from dqmtui.cli.exits import Exit
from dqmtui.cli.oms_names import LUMISECTION_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    import pytest

    from tests.cli.conftest import Ended


def oms(dials: httpx.Client, resource: str, run: int, **params: str) -> list[dict[str, Any]]:
    wanted = {"endpoint": resource, "filter[run_number][EQ]": str(run), "page[limit]": "10000", **params}
    return [record["attributes"] for record in dials.get("oms-proxy/", params=wanted).json()["data"]]


def test_rows_are_the_union_of_all_sources_joined_on_the_ls_number(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    run = 378981
    rows = cli("lumis", "--run", str(run), "--json").json()
    of_oms = {record["lumisection_number"]: record for record in oms(dials, "lumisections", run)}
    name = next(
        record["path_name"]
        for record in oms(dials, "hltpathinfo", run)
        if record["path_name"].startswith("HLT_ZeroBias_v")
    )
    rates = {
        record["first_lumisection_number"]: record["rate"]
        for record in oms(dials, "hltpathrates", run, **{"filter[path_name][EQ]": name})
    }
    counts: dict[int, tuple[int, int]] = {}
    params: dict[str, int | str] = {"run_number": run, "page_size": 500, "dataset_id": 14661044}
    while True:
        page = dials.get("lumisection/", params=params).json()
        counts |= {row["ls_number"]: (row["th1_count"], row["th2_count"]) for row in page["results"]}
        if page["next"] is None:
            break
        params["next_token"] = dict(parse_qsl(urlsplit(page["next"]).query))["next_token"]
    assert [row["ls"] for row in rows] == sorted({*counts, *of_oms, *rates})
    for row in rows:
        ls = row["ls"]
        assert row["in_dials"] is (ls in counts)
        assert row["in_oms"] is (ls in of_oms)
        assert (row["th1_count"], row["th2_count"]) == counts.get(ls, (None, None))
        assert row["rate_hz"] == rates.get(ls)
        attributes = of_oms.get(ls, {})
        assert {name: row[name] for name in attributes} == attributes
    assert not any(995 <= row["ls"] <= 997 for row in rows)


def test_every_row_has_every_attribute(cli: Callable[..., Ended]) -> None:
    rows = cli("lumis", "--run", "379011", "--json").json()
    assert all(set(LUMISECTION_ATTRIBUTES) <= set(row) for row in rows)
    assert len({tuple(row) for row in rows}) == 1


def test_an_absent_rate_is_null_and_a_rate_of_zero_is_zero(cli: Callable[..., Ended]) -> None:
    rates = {row["ls"]: row["rate_hz"] for row in cli("lumis", "--run", "379011", "--json").json()}
    assert [rates[ls] for ls in (8, 41, 74, 371)] == [None] * 4
    assert [rates[ls] for ls in range(392, 398)] == [0.0] * 6
    assert rates[9] > 0


def test_a_null_in_oms_is_null(cli: Callable[..., Ended]) -> None:
    rows = {row["ls"]: row for row in cli("lumis", "--run", "381113", "--dataset", "Zero", "--json").json()}
    assert all(rows[ls]["beams_stable"] and rows[ls]["pileup"] is None for ls in range(213, 220))


def test_a_run_without_the_path_has_no_rates_and_says_so(cli: Callable[..., Ended]) -> None:
    done = cli("lumis", "--run", "381208", "--json")
    assert {row["rate_hz"] for row in done.json()} == {None}
    assert "run 381208 has no path HLT_ZeroBias" in done.err


def test_without_oms_what_it_would_say_is_null(cli: Callable[..., Ended]) -> None:
    done = cli("--oms-route", "off", "lumis", "--run", "379011", "--json")
    assert {(row["in_dials"], row["in_oms"], row["beams_stable"]) for row in done.json()} == {
        (True, None, None)
    }
    assert "OMS is switched off" in done.err


def test_the_table_names_what_is_absent(cli: Callable[..., Ended]) -> None:
    head, *lines = cli("lumis", "--run", "379011").out.splitlines()
    columns = head.split()
    assert columns[:6] == ["LS", "DIALS", "1D", "2D", "OMS", "rate/Hz"]
    eighth = next(line.split() for line in lines if line.split()[0] == "8")
    assert dict(zip(columns, eighth, strict=True)) | {"rate/Hz": "-", "beams": "good"} == dict(
        zip(columns, eighth, strict=True)
    )


def test_the_table_without_oms_has_no_columns_of_it(cli: Callable[..., Ended]) -> None:
    head = cli("--oms-route", "off", "lumis", "--run", "379011").out.splitlines()[0]
    assert head.split() == ["LS", "DIALS", "1D", "2D"]


def test_J4_a_run_in_several_datasets_is_never_mixed(cli: Callable[..., Ended]) -> None:
    done = cli("lumis", "--run", "381065", "--json")
    assert done.code == Exit.USAGE
    assert done.out == ""
    assert "--dataset TEXT" in done.err
    assert "/StreamExpress/Run2024E-Express-v1/DQMIO" in done.err
    assert "/ZeroBias/Run2024E-PromptReco-v1/DQMIO" in done.err
    express = cli("lumis", "--run", "381065", "--dataset", "express", "--json").json()
    zerobias = cli("lumis", "--run", "381065", "--dataset", "ZeroBias", "--json").json()
    assert [sum(row["in_dials"] for row in rows) for rows in (express, zerobias)] == [810, 819]


def test_J4_the_dataset_of_the_settings_decides_between_several(
    cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_DATASET", "Express")
    assert sum(row["in_dials"] for row in cli("lumis", "--run", "381065", "--json").json()) == 810
    # it is a preference: a run that is only elsewhere is shown
    assert cli("lumis", "--run", "379011", "--json").code == 0


def test_J4_a_dataset_that_does_not_have_the_run_is_not_replaced_by_another(
    cli: Callable[..., Ended],
) -> None:
    done = cli("lumis", "--run", "379011", "--dataset", "Express", "--json")
    assert done.code == Exit.NOT_FOUND
    assert "/ZeroBias/Run2024B-PromptReco-v1/DQMIO" in done.err


def test_J10_a_run_that_is_not_in_dials_says_what_became_of_its_files(cli: Callable[..., Ended]) -> None:
    done = cli("lumis", "--run", "382230", "--json")
    assert done.code == Exit.NOT_FOUND
    assert done.out == ""
    assert "DIALS has no run 382230 in workspace tracker; of its 3 files: " in done.err
    assert "1 FILE_NOT_AVAILABLE in /ZeroBias/Run2024F-PromptReco-v1/DQMIO" in done.err
    assert "2 PARSING_ERROR in /ZeroBias/Run2024F-PromptReco-v1/DQMIO" in done.err


def test_J10_a_run_that_nobody_knows_says_so(cli: Callable[..., Ended]) -> None:
    done = cli("lumis", "--run", "123456", "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "DIALS has no run 123456 in workspace tracker, and no file of it either." in done.err
