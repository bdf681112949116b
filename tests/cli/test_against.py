"""In which dataset a reference is found, and that it is said where its data were made otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

EXPRESS = "/StreamExpress/Run2024E-Express-v1/DQMIO"
PROMPT = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
CHARGE = "PXBarrel/charge_PXLayer_1"
AT = ("--run", "381080", "--dataset", "Express", "--me", CHARGE)
ONLY_IN_PROMPT = ("--ref", "381075")
DIFFERING = "prompt, not express"
SAID = f"dqmtui: mind the data: the reference 381075 of run 381080 is {DIFFERING}, in {PROMPT}"

COMMANDS = {
    "hist": ("hist", *AT, "--ls", "12"),
    "compare": ("compare", *AT, "--ls", "12"),
    "trend": ("trend", *AT, "--statistic", "mean", "--width", "120"),
    "plots": ("plots", *AT, "--me", "PXBarrel/charge_PXLayer_2", "--ls", "12", "--trends", "--html", "-"),
    "report": ("report", *AT, "--ls", "12", "--html", "report.html", "--text"),
    "scan": ("scan", *AT, "--json"),
}


@pytest.fixture(autouse=True)
def state_dir(bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal without notes, and a directory for what is written."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_J4_every_command_says_once_that_a_reference_was_reconstructed_otherwise_and_beside_its_name(
    cli: Callable[..., Ended], tmp_path: Path, command: str
) -> None:
    done = cli(*COMMANDS[command], *ONLY_IN_PROMPT)
    assert done.code == 0, done.err
    assert done.err.splitlines().count(SAID) == 1
    assert done.err.count("mind the data") == 1
    for text in (done.out, *(page.read_text() for page in tmp_path.glob("*.html"))):
        assert re.search(rf"run 381075(, \d+ LS)? \({DIFFERING}\)", text)


def test_J4_what_is_written_as_json_names_the_dataset_of_every_reference(cli: Callable[..., Ended]) -> None:
    refs = (*ONLY_IN_PROMPT, "--ref", "rest")
    plots = cli("plots", *AT, "--ls", "12", *refs, "--json").json()
    for one in (cli(*COMMANDS["hist"], *refs, "--json").json(), *plots):
        assert [reference["dataset"] for reference in one["references"]] == [PROMPT, EXPRESS]
        assert f"({DIFFERING})" in one["references"][0]["label"]
    rows = cli(*COMMANDS["compare"], *refs, "--json").json()
    assert [(row["dataset"], row["reference_dataset"]) for row in rows] == [
        (EXPRESS, PROMPT),
        (EXPRESS, EXPRESS),
    ]
    rows = cli(*COMMANDS["compare"], *ONLY_IN_PROMPT, "--each-ls", "--json").json()
    assert {(row["dataset"], row["reference_dataset"]) for row in rows} == {(EXPRESS, PROMPT)}
    # one run beside itself
    rows = cli(*COMMANDS["trend"], "--ref", "381080", "--ref-dataset", "ZeroBias", "--json").json()
    assert {(row["run_number"], row["dataset"]) for row in rows} == {(381080, EXPRESS), (381080, PROMPT)}
    (report,) = cli("report", *AT, "--ls", "12", *ONLY_IN_PROMPT, "--json").json()
    assert report["reference"] == f"run 381075, 508 LS ({DIFFERING})"


@pytest.mark.parametrize(
    ("at", "reference", "dataset"),
    [
        (("381080", "Express"), ("--ref", "381067"), EXPRESS),
        (("380238", "ZeroBias"), ("--ref", "381067"), PROMPT),
        (("381080", "ZeroBias"), ("--ref", "381067", "--ref-dataset", "2024E"), PROMPT),
    ],
)
def test_J4_of_several_datasets_that_of_the_same_data_is_taken_without_a_word(
    cli: Callable[..., Ended], at: tuple[str, str], reference: tuple[str, ...], dataset: str
) -> None:
    run, own = at
    done = cli("hist", "--run", run, "--dataset", own, "--me", CHARGE, "--ls", "12", *reference, "--json")
    (one,) = done.json()["references"]
    assert one["dataset"] == dataset
    assert "(" not in one["label"]
    assert "mind the data" not in done.err


def test_J4_a_dataset_that_was_asked_for_needs_no_warning_but_its_name_says_what_it_is(
    cli: Callable[..., Ended],
) -> None:
    done = cli(*COMMANDS["hist"], "--ref", "381067", "--ref-dataset", "ZeroBias", "--json")
    (one,) = done.json()["references"]
    assert (one["dataset"], "mind the data" in done.err) == (PROMPT, False)
    assert one["label"].endswith(f"({DIFFERING})")


def test_J4_where_several_datasets_are_as_unlike_the_person_chooses(cli: Callable[..., Ended]) -> None:
    done = cli("hist", "--run", "381208", "--me", CHARGE, "--ls", "12", "--ref", "381067")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "choose one with --ref-dataset TEXT" in done.err
    assert all(name in done.err for name in (EXPRESS, PROMPT))
