"""`dqmtui refs`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

ASPECTS = ["beams", "B field", "HLT key", "luminosity", "pileup", "duration"]


@pytest.fixture
def listed(tmp_path: Path) -> str:
    rows = [
        {
            "run_number": 381067,
            "run_reconstruction_type": kind,
            "reference_run_number": reference,
            "reference_run_reconstruction_type": kind,
            "dataset": dataset,
        }
        for kind, reference, dataset in (
            ("prompt", 380310, "/PromptReco/Collisions2024/DQM"),
            ("express", 381065, None),
        )
    ]
    path = tmp_path / "refs.json"
    path.write_text(json.dumps(rows))
    return str(path)


def test_earlier_runs_are_ranked_with_a_reason_for_each_condition(cli: Callable[..., Ended]) -> None:
    found = cli("refs", "--run", "381067", "--json").json()
    assert found["run_number"] == 381067
    assert found["ranked"]
    for one in found["ranked"]:
        assert one["run_number"] < 381067
        assert list(one["reasons"]) == ASPECTS
        assert 0 <= one["score"] <= 1
        assert {one["reasons"][name]["text"] for name in ("luminosity", "pileup")} == {"not read"}
    table = cli("refs", "--run", "381067").out
    assert "protons, stable" in table
    assert all(str(one["run_number"]) in table for one in found["ranked"])


def test_luminosity_and_pileup_of_stable_beams_are_compared_when_asked_for(cli: Callable[..., Ended]) -> None:
    found = cli("refs", "--run", "380238", "--pileup", "--json").json()
    (reasons,) = [one["reasons"] for one in found["ranked"] if one["run_number"] == 379765]
    # its card says 0 at begin and end, where there were no beams
    assert reasons["luminosity"]["text"] == "1.4e34 to 2.1e34 cm^-2 s^-1, 0% shared"
    assert reasons["pileup"]["text"] == "43 to 63, 0% shared"


def test_a_run_of_cosmics_is_unlike_one_of_collisions(cli: Callable[..., Ended]) -> None:
    found = cli("refs", "--run", "381208", "--dataset", "2024", "--json").json()["ranked"]
    assert found
    with_protons = [one for one in found if one["reasons"]["beams"]["text"].startswith("protons, not")]
    assert with_protons
    assert all(one["conflicts"] == ["beams"] for one in with_protons)
    assert found[-len(with_protons) :] == with_protons


def test_certhelpers_list_comes_first_by_type_of_reconstruction(
    cli: Callable[..., Ended], listed: str
) -> None:
    found = cli("refs", "--run", "381067", "--list", listed, "--json").json()
    assert [(row["reconstruction"], row["reference"]) for row in found["listed"]] == [
        ("express", 381065),
        ("prompt", 380310),
    ]
    assert {381065, 380310} <= {one["run_number"] for one in found["ranked"]}
    only = cli("refs", "--run", "381067", "--list", listed, "--type", "prompt", "--json").json()["listed"]
    assert [row["reference"] for row in only] == [380310]
    table = cli("refs", "--run", "381067", "--list", listed).out
    assert table.index("/PromptReco/Collisions2024/DQM") < table.index("score")


def test_certhelpers_own_list_is_the_default_and_its_type_can_be_chosen(cli: Callable[..., Ended]) -> None:
    for kind in ((), ("--type", "prompt")):
        rows = cli("refruns", "--run", "381067", *kind, "--json").json()
        found = cli("refs", "--run", "381067", *kind, "--json").json()["listed"]
        assert rows
        assert [(row["reconstruction"], row["reference"]) for row in found] == [
            (row["run_reconstruction_type"], row["reference_run_number"]) for row in rows
        ]


def test_without_certhelpers_list_runs_are_ranked_and_that_it_is_missing_is_said(
    cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_CERTHELPER_URL", "http://127.0.0.1:9/x")
    done = cli("refs", "--run", "381067", "--type", "prompt", "--json")
    assert done.json()["listed"] is None
    assert done.json()["ranked"]
    assert "without CertHelper's list: http://127.0.0.1:9/x cannot be read" in done.err
    assert "score" in cli("refs", "--run", "381067").out


def test_a_run_that_the_list_does_not_have_is_said(cli: Callable[..., Ended], listed: str) -> None:
    done = cli("refs", "--run", "381065", "--list", listed)
    assert done.code == 0
    assert "CertHelper's list has no reference for run 381065" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--run", "999999"), Exit.NOT_FOUND, "999999"),
        (("--run", "381067", "--list", "/no/such"), Exit.NOT_FOUND, "no file /no/such"),
        (("--run", "381067", "--list", "~nobody-of-that-name/x"), Exit.NOT_FOUND, "no file ~nobody"),
        (("--run", "381067", "--list", "http://127.0.0.1:9/x"), Exit.SERVICE, "cannot be read"),
        (("--run", "381067", "--limit", "0"), Exit.USAGE, "whole number from 1 to 200"),
        (("--run", "381067", "--type", "fast"), Exit.USAGE, "'fast'"),
        ((), Exit.USAGE, "missing option '--run'"),
    ],
)
def test_what_cannot_be_done_is_said(
    cli: Callable[..., Ended], arguments: tuple[str, ...], code: Exit, says: str
) -> None:
    done = cli("refs", *arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err


def test_a_list_that_is_none_is_said(cli: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "refs.csv").write_text("a,b\n1,2\n")
    done = cli("refs", "--run", "381067", "--list", str(tmp_path / "refs.csv"))
    assert done.code == Exit.USAGE
    assert "lacks the columns" in done.err


def test_without_oms_there_is_the_list_alone(cli: Callable[..., Ended], listed: str) -> None:
    done = cli("refs", "--run", "381067", "--list", listed, "--oms-route", "off")
    assert done.code == 0
    assert "381065" in done.out
    assert "score" not in done.out
    assert "OMS is switched off" in done.err
