"""`dqmtui mask`."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from tests.cli.conftest import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended


def test_N7_the_dcs_only_mask_is_the_official_one_for_every_recorded_run(
    bare: Callable[..., Ended], recorded: DemoServices, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in recorded.environment().items():
        monkeypatch.setenv(name, value)
    with gzip.open(shared_data / RECORDED[0]) as file:
        runs = set(json.load(file)["runs"])
    official = json.loads((shared_data / "json_DCSONLY_2024.txt").read_text())
    both = sorted(runs & official.keys())
    assert both
    masks = bare("mask", "--dcs", *(part for run in both for part in ("--run", run))).json()
    for run in both:
        assert masks.get(run, []) == official[run], run


def test_prints_a_golden_style_object_with_or_without_json(cli: Callable[..., Ended]) -> None:
    done = cli("mask", "--dcs", "--run", "380238", "--run", "379765", "--json")
    assert done.json() == {"379765": [[43, 1738]], "380238": [[1, 35]]}
    assert cli("mask", "--dcs", "--run", "379765", "--run", "380238").out == done.out


def test_runs_without_good_ls_are_left_out(cli: Callable[..., Ended]) -> None:
    assert cli("mask", "--dcs", "--run", "379356", "--run", "381208").json() == {}


def test_all_runs_are_those_that_dials_lists(cli: Callable[..., Ended]) -> None:
    masks = cli("mask", "--dcs", "--all-runs").json()
    listed = {str(row["run_number"]) for row in cli("runs", "--json").json()}
    assert {"378981", "379765", "380238", "381065"} <= set(masks) <= listed
    assert list(masks) == sorted(masks)
    assert masks["381065"] == cli("mask", "--dcs", "--run", "381065").json()["381065"]


def test_all_runs_of_some_datasets(cli: Callable[..., Ended]) -> None:
    masks = cli("mask", "--dcs", "--all-runs", "--dataset", "Run2024B").json()
    assert set(masks) == {"378981", "379011"}


@pytest.mark.parametrize("line", ["--run 999999", "--run 381065 --run 999999"])
def test_a_run_that_oms_does_not_know(cli: Callable[..., Ended], line: str) -> None:
    done = cli("mask", "--dcs", *line.split())
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "OMS has no lumisections of run 999999" in done.err


@pytest.mark.parametrize("kind", ["golden", "dcs", "muon"])
def test_the_newest_official_json_is_printed_as_it_is(
    cli: Callable[..., Ended], dials: httpx.Client, kind: str
) -> None:
    newest = dials.get("caf/", params={"class_name": "Collisions24", "kind": kind}).json()
    done = cli("mask", "--caf", kind, "--class", "Collisions24")
    assert done.json() == newest["content"]
    assert newest["name"] in done.err


def test_some_runs_of_the_official_json(cli: Callable[..., Ended]) -> None:
    line = ("mask", "--caf", "golden", "--class", "Collisions24")
    everything = cli(*line).json()
    assert cli(*line, "--run", "381065").json() == {"381065": everything["381065"]}
    done = cli(*line, "--run", "381065", "--run", "999999")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "does not have run 999999" in done.err


def test_a_period_without_an_official_json(cli: Callable[..., Ended]) -> None:
    done = cli("mask", "--caf", "golden", "--class", "Nonsense99")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "no golden certification of 'Nonsense99'; a class is beam and year, as Collisions24" in done.err
