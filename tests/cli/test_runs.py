"""`dqmtui runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.cli.oms_names import RUN_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.cli.conftest import Ended


def test_lists_every_run_of_every_dataset_the_newest_first(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    rows = cli("runs", "--json").json()
    expected = dials.get("run/", params={"page_size": 500}).json()
    assert expected["next"] is None
    columns = ("dataset", "dataset_id", "run_number", "ls_count")
    mine = [tuple(row[column] for column in columns) for row in rows]
    assert sorted(mine) == sorted(tuple(row[column] for column in columns) for row in expected["results"])
    assert [row["run_number"] for row in rows] == sorted((row["run_number"] for row in rows), reverse=True)


def test_has_the_attributes_of_the_oms_card_as_they_came(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    rows = cli("runs", "--run", "381065", "--json").json()
    assert len(rows) == 2
    params = {"endpoint": "runs", "filter[run_number][EQ]": "381065"}
    card = dials.get("oms-proxy/", params=params).json()["data"][0]["attributes"]
    assert card["recorded_lumi"] > 0
    for row in rows:
        assert {name: row[name] for name in card} == card


def test_an_attribute_that_oms_lacks_is_null(cli: Callable[..., Ended]) -> None:
    rows = cli("runs", "--json").json()
    assert all(set(RUN_ATTRIBUTES) <= set(row) for row in rows)
    assert len({tuple(row) for row in rows}) == 1
    ongoing = next(row for row in rows if row["run_number"] == 382329)
    assert ongoing["end_time"] is None


def test_without_oms_the_keys_are_the_same(cli: Callable[..., Ended]) -> None:
    done = cli("--oms-route", "off", "runs", "--run", "381065", "--json")
    assert done.json()[0]["recorded_lumi"] is None
    assert "OMS is switched off" in done.err


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("--dataset express", lambda row: "StreamExpress" in row["dataset"]),
        ("--dataset /ZeroBias/Run2024E-PromptReco-v1/DQMIO", lambda row: row["dataset_id"] == 14711840),
        ("--first 381067 --last 381113", lambda row: 381067 <= row["run_number"] <= 381113),
        (
            "--run 381115 --dataset ZeroBias",
            lambda row: row["run_number"] == 381115 and row["dataset_id"] == 14711840,
        ),
    ],
)
def test_selects(cli: Callable[..., Ended], line: str, fits: Callable[[dict[str, object]], bool]) -> None:
    rows = cli("runs", *line.split(), "--json").json()
    everything = cli("runs", "--json").json()
    assert rows
    assert len(rows) < len(everything)
    keys = [(row["dataset_id"], row["run_number"]) for row in rows]
    assert keys == [(row["dataset_id"], row["run_number"]) for row in everything if fits(row)]


def test_the_table_has_a_line_per_run(cli: Callable[..., Ended]) -> None:
    done = cli("runs", "--dataset", "Run2024E-PromptReco")
    head, *lines = done.out.splitlines()
    assert head.split()[:4] == ["run", "dataset", "LS", "fill"]
    assert "/ZeroBias/Run2024E-PromptReco-v1/DQMIO" in done.out
    assert any(line.split()[:1] == ["381065"] for line in lines)
    assert done.err == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--dataset nonsense", "No dataset of workspace tracker has 'nonsense' in its name"),
        ("--first 500000", "No run of workspace tracker"),
        ("--workspace csc", "No run of workspace csc is in DIALS; `--workspace NAME` names another."),
        ("--run 999999", "DIALS has no run 999999 in workspace tracker"),
        ("--workspace nope", "There is no workspace nope; DIALS has:\n  csc\n  ecal"),
    ],
)
def test_nothing_found(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("runs", *line.split(), "--json")
    assert done.code == Exit.NOT_FOUND
    assert says in done.err
    assert done.out == ""


def test_shared_options_stand_before_or_after_the_command(cli: Callable[..., Ended]) -> None:
    before = cli("--workspace", "jetmet", "runs", "--json")
    assert before.json() == cli("runs", "--workspace", "jetmet", "--json").json()
    assert {row["dataset"].split("/")[1] for row in before.json()} == {"JetMET0"}
    assert cli("--workspace", "tracker", "runs", "--workspace", "jetmet", "--json") == before
