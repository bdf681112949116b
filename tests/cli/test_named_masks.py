"""Masks by name in the expressions of commands: what the program's `:good` prompt knows, all of them know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import ExpressionSaved, LSExcluded, NoteContent, NotePut, NoteVerdict
from tests.cli.journals import kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = ("--run", "381080", "--dataset", "ZeroBias")
HIST = ("hist", *AT, "--me", CHARGE, "--json")
ZERO_BIAS, EXPRESS = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO", "/StreamExpress/Run2024E-Express-v1/DQMIO"
COMMANDS = {
    "hist": HIST,
    "trend": ("trend", *AT, "--me", CHARGE, "--json"),
    "compare": ("compare", *AT, "--me", CHARGE, "--ref", "rest", "--ls", "20", "--json"),
    "scan": ("scan", *AT, "--me", CHARGE, "--json"),
    "plots": ("plots", *AT, "--me", CHARGE, "--json"),
    "report": ("report", *AT, "--json"),
    "golden make": ("golden", "make", *AT),
    "notes export": ("notes", "export", *AT),
}


@pytest.fixture(autouse=True)
def state_dir(cli: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal with notes and LS left out on two datasets of a run, and with saved expressions."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))
    zero_bias, express = RunKey("tracker", 14711840, 381080), RunKey("tracker", 14711907, 381080)
    kept(
        NotePut("a", NoteContent(381080, LSMask.parse("60-61"), NoteVerdict.BAD, "HV", dataset=ZERO_BIAS)),
        NotePut("b", NoteContent(381080, LSMask.parse("70"), NoteVerdict.GOOD, "well", dataset=ZERO_BIAS)),
        NotePut("c", NoteContent(381080, LSMask.parse("80"), NoteVerdict.BAD, "HV", dataset=EXPRESS)),
        LSExcluded(zero_bias, LSMask.parse("90"), excluded=True),
        LSExcluded(express, LSMask.parse("95"), excluded=True),
        ExpressionSaved("mine", "golden and not excluded and not noted_bad"),
        ExpressionSaved("early", "mine and ls < 100"),
    )


@pytest.fixture
def golden(tmp_path: Path) -> str:
    """A golden JSON of the person's."""
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"381080": [[50, 99]]}))
    return str(file)


def good(cli: Callable[..., Ended], expression: str, *more: str) -> LSMask:
    return LSMask.from_json(cli("golden", "make", *AT, "--good", expression, *more).json()["381080"])


def test_N6_golden_is_the_newest_golden_json_per_ls(cli: Callable[..., Ended]) -> None:
    caf = cli("mask", "--caf", "golden", "--class", "Collisions24", "--run", "381080").json()
    published = LSMask.from_json(caf["381080"])
    assert good(cli, "golden") == published
    assert good(cli, "not golden and ls < 205") == LSMask(((1, 204),)) - published != LSMask()


def test_N6_what_models_flag_is_taken_out_by_name(cli: Callable[..., Ended]) -> None:
    flags = cli("flags", *AT, "--json").json()
    flagged = LSMask.from_numbers(flag["ls"] for flag in flags)
    assert flagged
    assert good(cli, "not ml") == good(cli, "true") - flagged


def test_N6_golden_may_be_a_file_of_ones_own(cli: Callable[..., Ended], golden: str) -> None:
    assert good(cli, "golden", "--golden", golden) == LSMask(((50, 99),))
    other = cli("golden", "make", "--run", "380238", "--golden", golden, "--good", "golden")
    assert "golden: own.json" in other.err
    assert "own.json does not have run 380238: no LS of it is golden" in other.err


def test_J4_notes_and_exclusions_are_those_of_the_dataset(cli: Callable[..., Ended]) -> None:
    assert good(cli, "noted") == LSMask.parse("60-61,70")
    assert good(cli, "noted_bad") == LSMask.parse("60-61")
    assert good(cli, "excluded") == LSMask.parse("90")
    express = cli("golden", "make", "--run", "381080", "--dataset", "Express", "--good", "noted or excluded")
    assert express.json() == {"381080": [[80, 80], [95, 95]]}


def test_lumisections_that_are_typed_are_excluded_besides_those_of_the_journal(
    cli: Callable[..., Ended],
) -> None:
    done = cli(*HIST, "--ls", "85-92", "--exclude", "86", "--good", "not excluded")
    assert done.json()["ls_used"] == [85, 87, 88, 89, 91, 92]


EARLY = [[50, 59], [62, 89], [91, 99]]
"""What `early` keeps of the person's golden JSON."""


@pytest.mark.parametrize("command", ["hist", "plots", "trend", "report", "golden make", "notes export"])
def test_every_command_calls_the_same_lumisections_good(
    cli: Callable[..., Ended], golden: str, command: str
) -> None:
    done = cli(
        *COMMANDS[command], "--good", "early and dcs and beams and not ml or early", "--golden", golden
    )
    assert done.code == 0, done.err
    if command == "notes export":
        section = next(part for part in done.out.split("Run 381080") if ZERO_BIAS in part)
        assert "good LS         50-59, 62-89, 91-99 (" in section
        return
    found = done.json()
    match command:
        case "golden make":
            kept_ls = found["381080"]
        case "report":
            kept_ls = found[0]["good"]
        case "trend":
            kept_ls = LSMask.from_numbers(row["ls"] for row in found if row["state"] == "value").to_json()
        case _:
            row = found if command == "hist" else found[0]
            kept_ls = LSMask.from_numbers(row["ls_used"]).to_json()
    assert kept_ls == EARLY


@pytest.mark.parametrize("command", ["hist", "report", "golden make", "notes export"])
def test_an_unknown_name_is_refused_with_those_that_there_are(
    cli: Callable[..., Ended], command: str
) -> None:
    done = cli(*COMMANDS[command], "--good", "dcs and not nuted")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "there is no nuted; did you mean noted?" in done.err
    said = " ".join(done.err.split())
    for words in (
        "masks excluded, golden, muon, dcsonly, ml, noted, noted_bad;",
        "flags dcs, tracker, pixel, strips, beams, and each of OMS",
        ":good.save keeps: early, mine.",
    ):
        assert words in said


def test_a_saved_name_inside_which_something_is_unknown_is_refused_in_the_same_way(
    cli: Callable[..., Ended],
) -> None:
    kept(ExpressionSaved("wrong", "dcs and nuted"))
    done = cli(*HIST, "--good", "wrong")
    assert done.code == Exit.USAGE
    assert "wrong stands for `dcs and nuted`, where there is no nuted" in done.err
    assert "masks excluded, golden" in done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_golden_file_that_no_expression_names_is_refused(
    cli: Callable[..., Ended], golden: str, command: str
) -> None:
    done = cli(*COMMANDS[command], "--golden", golden)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "add --good golden" in done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_an_expression_that_cannot_be_read_is_refused_before_anything_is_loaded(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DQMTUI_DIALS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "token")
    done = bare(*COMMANDS[command], "--good", "dcs and (")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "--good: character" in done.err


def test_a_dataset_without_certification_is_refused_with_a_way_out(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "381208", "--me", CHARGE, "--good", "golden", "--json")
    done = cli(*line)
    assert done.code == Exit.NOT_FOUND
    assert "No certification JSON is published for /Cosmics/" in done.err
    assert "--golden FILE, --mask FILE" in done.err


def test_what_names_nothing_of_the_journal_does_not_need_it(
    cli: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "file"))
    line = ("trend", "--run", "380238", "--me", CHARGE, "--json")
    assert cli(*line, "--good", "dcs and golden and ls < 9").code == 0
    refused = cli(*line, "--good", "not excluded")
    assert (refused.code, refused.out) == (Exit.UNEXPECTED, "")
    assert "journal" in refused.err
