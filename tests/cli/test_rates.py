"""`dqmtui rates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.cli.conftest import Ended


def test_an_absent_row_is_no_row_and_a_rate_of_zero_is_zero(cli: Callable[..., Ended]) -> None:
    rates = {row["ls"]: row["rate_hz"] for row in cli("rates", "--run", "379011", "--json").json()}
    assert not {8, 41, 74, 371} & set(rates)
    assert max(rates) == 397
    assert [rates[ls] for ls in range(392, 398)] == [0.0] * 6


def test_the_rate_is_a_count_divided_by_the_length_of_an_ls(cli: Callable[..., Ended]) -> None:
    for row in cli("rates", "--run", "381065", "--json").json():
        counts = row["rate_hz"] * 23.31040958
        assert counts == pytest.approx(round(counts), abs=1e-4)


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("--path ZeroBias", "--rate-dataset ZeroBias"),
        ("--path HLT_ZeroBia", "--path HLT_ZeroBias"),
        ("--rate-dataset ZeroBia", "--rate-dataset ZeroBias"),
    ],
)
def test_a_name_that_has_no_rate_is_answered_with_the_nearest(
    cli: Callable[..., Ended], line: str, near: str
) -> None:
    done = cli("rates", "--run", "379011", *line.split())
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "in run 379011; the nearest are:" in done.err
    assert near in [choice.strip() for choice in done.err.splitlines()[1:]]


@pytest.mark.parametrize(
    "line", ["--path HLT_ZeroBias", "--path HLT_ZeroBias_v10", "--rate-dataset ZeroBias"]
)
def test_by_path_with_or_without_version_or_by_dataset(cli: Callable[..., Ended], line: str) -> None:
    done = cli("rates", "--run", "379011", *line.split(), "--json")
    assert len(done.json()) == 385
    assert "in run 379011, 385 LS" in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--run 381208", "no rate of the path HLT_ZeroBias in run 381208"),
        ("--run 381065 --path HLT_Nonsense", "no rate of the path HLT_Nonsense in run 381065"),
        ("--run 381065 --rate-dataset Nonsense", "no rate of the dataset Nonsense in run 381065"),
        ("--run 999999", "OMS has no run 999999"),
    ],
)
def test_nothing_found(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("rates", *line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


def test_the_table_has_a_line_per_ls(cli: Callable[..., Ended]) -> None:
    head, *lines = cli("rates", "--run", "379011").out.splitlines()
    assert head.split() == ["LS", "rate/Hz"]
    assert len(lines) == 385


def test_level_1_totals_have_counter_rate_and_unit_per_ls(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    done = cli("rates", "--run", "381065", "--l1", "--json")
    rows = done.json()
    params = {"endpoint": "l1triggerrates", "filter[run_number][EQ]": "381065", "page[limit]": "5000"}
    reply = dials.get("oms-proxy/", params={**params, "group[granularity]": "lumisection"}).json()["data"]
    sent = {one["attributes"]["first_lumisection_number"]: one["attributes"] for one in reply}
    assert [row["ls"] for row in rows] == sorted(sent)
    for row in rows:
        assert row["l1a_total"] == sent[row["ls"]]["l1a_total"] | {"unit": None}
        assert row["physics_generated_fdl_gt"] == {"counter": None, "rate": None, "unit": None}
    assert "level-1 totals in run 381065, 849 LS" in done.err


def test_the_table_of_level_1_totals_has_a_column_for_each(cli: Callable[..., Ended]) -> None:
    head, first, *_ = cli("rates", "--run", "381065", "--l1").out.splitlines()
    assert head.split()[:3] == ["LS", "l1a_total/Hz", "l1a_physics/Hz"]
    assert first.split()[:2] == ["1", "1420.44"]
    assert "unknown" in first


def test_the_paths_of_a_run_are_found_by_how_they_begin(cli: Callable[..., Ended]) -> None:
    names = cli("rates", "--run", "381065", "--paths", "HLT_ZeroBias_").out.split()
    assert "HLT_ZeroBias_v11" in names
    assert all(name.startswith("HLT_ZeroBias_") for name in names)
    everything = cli("rates", "--run", "381065", "--paths", "", "--json").json()
    assert set(names) < {row["path_name"] for row in everything}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--l1 --run 999999", "OMS has no level-1 rates of run 999999"),
        ("--paths XYZ --run 381065", "OMS has no path that begins with 'XYZ' in run 381065"),
    ],
)
def test_no_such_totals_or_paths(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("rates", *line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


@pytest.mark.parametrize("line", ["rates", "rates --l1", "rates --paths HLT", "mask --dcs", "run"])
def test_that_oms_is_switched_off_is_a_setting(cli: Callable[..., Ended], line: str) -> None:
    run = ("381065",) if line == "run" else ("--run", "381065")
    done = cli(*line.split(), *run, "--oms-route", "off")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "OMS is switched off; set oms_route to proxy or direct." in done.err
