"""`dqmtui golden`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NotePut, NoteVerdict
from tests.cli.journals import kept
from tests.services.web import html_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended
    from tests.services.web import Web

READY = {"==": [{"var": "lumisection.oms.bpix_ready"}, True]}
PIXEL = {"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]}


@pytest.fixture(autouse=True)
def state_dir(bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that the test begins."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))


def written(path: Path, content: object) -> str:
    path.write_text(json.dumps(content))
    return str(path)


def test_the_good_ls_of_runs_are_those_of_the_mask_unless_something_else_is_said(
    cli: Callable[..., Ended],
) -> None:
    runs = ("--run", "380238", "--run", "379765")
    made = cli("golden", "make", *runs).json()
    assert made == cli("mask", "--dcs", *runs).json() == {"379765": [[43, 1738]], "380238": [[1, 35]]}
    assert cli("golden", "make", "--run", "380238", "--good", "dcs and ls > 30").json() == {
        "380238": [[31, 35]]
    }


def test_N6_notes_take_out_what_is_bad_in_standby_or_excluded(cli: Callable[..., Ended]) -> None:
    for ls, verdict in (("30-32", "bad"), ("5", "standby"), ("9", "excluded"), ("12", "unsure")):
        cli("notes", "add", "--run", "380238", "--ls", ls, "--verdict", verdict, "--yes", ls)
    whole = {"380238": [[1, 35]]}
    less = {"380238": [[1, 4], [6, 8], [10, 29], [33, 35]]}
    assert cli("golden", "make").json() == whole
    assert cli("golden", "make", "--notes").json() == less
    assert cli("golden", "make", "--run", "380238", "--notes").json() == less


def test_a_run_of_which_nothing_is_left_is_left_out_and_told(cli: Callable[..., Ended]) -> None:
    cli("notes", "add", "--run", "380238", "--ls", "all", "--yes", "x")
    done = cli("golden", "make", "--notes")
    assert done.json() == {}
    assert "left out: run 380238" in done.err


def test_M3_an_expression_may_name_certification_jsons_in_any_form(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    content = {"generated_json": {"380238": [[20, -1], [3], [1, 4]]}}
    file = written(tmp_path / "mine.json", content)
    line = ("golden", "make", "--mask", f"mine={file}")
    assert cli(*line, "--run", "380238", "--good", "mine and dcs").json() == {"380238": [[1, 4], [20, 35]]}
    # a run that the file does not have is not good
    done = cli(*line, "--run", "379765", "--good", "mine and dcs")
    assert done.json() == {}
    assert cli(*line, "--run", "379765", "--good", "not mine and dcs").json() == {"379765": [[43, 1738]]}


def test_a_rule_of_the_run_registry_is_applied(cli: Callable[..., Ended], tmp_path: Path) -> None:
    rule = {
        "and": [
            {">=": [{"var": "run.oms.run_number"}, 378981]},
            {">=": [{"var": "run.oms.b_field"}, 3.7]},
            {"==": [{"in": ["WMass", {"var": "run.oms.hlt_key"}]}, False]},
            READY,
        ]
    }
    line = ("golden", "make", "--run", "380238", "--logic", written(tmp_path / "rr.json", rule))
    (ranges,) = cli(*line).json().values()
    assert ranges[0][0] == 1
    assert cli(*line, "--good", "dcs").json() == {"380238": [[1, 35]]}
    strange = written(tmp_path / "rr2.json", {"and": [rule, {"<": [{"var": "run.oms.run_number"}, 5]}]})
    assert cli("golden", "make", "--run", "380238", "--logic", strange).json() == {}


def test_verdicts_of_the_run_registry_are_given_or_come_from_notes(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    rule = written(tmp_path / "rr.json", {"and": [READY, PIXEL]})
    line = ("golden", "make", "--run", "380238", "--good", "dcs", "--logic", rule)
    refused = cli(*line)
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert "--logic asks for lumisection.rr.tracker-pixel" in refused.err
    given = (*line, "--given", "lumisection.rr.tracker-pixel=GOOD")
    assert cli(*given).json() == {"380238": [[1, 35]]}
    for ls, verdict in (("3-4", "unsure"), ("9", "good")):
        cli(
            *("notes", "add", "--run", "380238", "--ls", ls, "--verdict", verdict),
            *("--subsystem", "tracker-pixel", "--yes", ls),
        )
    assert cli(*given, "--notes").json() == {"380238": [[1, 2], [5, 35]]}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("make",), Exit.USAGE, "Which runs?"),
        (("make", "--run", "999999"), Exit.NOT_FOUND, "no lumisections of run 999999"),
        (("make", "--run", "380238", "--good", "dcs and ("), Exit.USAGE, "--good: character"),
        (("make", "--run", "380238", "--good", "dsc"), Exit.USAGE, "did you mean dcs?"),
        (("make", "--run", "380238", "--mask", "mine"), Exit.USAGE, "NAME=VALUE"),
        (("make", "--run", "380238", "--mask", "m=/no/such"), Exit.NOT_FOUND, "no file /no/such"),
        (("make", "--run", "380238", "--given", "a=b"), Exit.USAGE, "goes with --logic"),
        (("make", "--run", "380238", "--logic", "/no/such"), Exit.NOT_FOUND, "no file /no/such"),
        (("make", "--run", "380238", "--oms-route", "off"), Exit.USAGE, "OMS is switched off"),
        (("merge", "/no/such"), Exit.NOT_FOUND, "no file /no/such"),
        (("merge",), Exit.USAGE, "missing argument"),
        (("compare", "/no/such", "/none"), Exit.NOT_FOUND, "no file /no/such"),
        (("merge", "http://127.0.0.1:9/x"), Exit.SERVICE, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(
    cli: Callable[..., Ended], arguments: tuple[str, ...], code: Exit, says: str
) -> None:
    done = cli("golden", *arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err


@pytest.mark.parametrize(
    ("rule", "says"),
    [('{"xor": [1, 2]}', "no operator 'xor'"), ("{", "is no JSON"), ('{"<": ["a", 1]}', "cannot be applied")],
)
def test_a_rule_that_makes_no_sense_is_said(
    cli: Callable[..., Ended], tmp_path: Path, rule: str, says: str
) -> None:
    (tmp_path / "rr.json").write_text(rule)
    done = cli("golden", "make", "--run", "380238", "--logic", str(tmp_path / "rr.json"))
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert says in done.err


@pytest.mark.parametrize(
    ("how", "together"),
    [
        ("or", {"1": [[1, 30]], "2": [[5, -1]], "3": [[1, 1]]}),
        ("and", {"1": [[10, 20]]}),
        ("minus", {"1": [[1, 9]], "2": [[5, -1]]}),
        ("xor", {"1": [[1, 9], [21, 30]], "2": [[5, -1]], "3": [[1, 1]]}),
    ],
)
def test_certifications_are_put_together(
    bare: Callable[..., Ended], tmp_path: Path, how: str, together: dict[str, Any]
) -> None:
    first = written(tmp_path / "1.json", {"1": [[1, 20]], "2": [[5, -1]]})
    second = written(tmp_path / "2.json", {"1": [[10, 30]], "3": [[1, 1]]})
    assert bare("golden", "merge", first, second, "--how", how).json() == together
    target = tmp_path / "out.json"
    done = bare("golden", "merge", first, second, "--how", how, "--output", str(target))
    assert done.out == ""
    assert json.loads(target.read_text()) == together


def test_two_certifications_are_compared(bare: Callable[..., Ended], tmp_path: Path) -> None:
    first = written(tmp_path / "1.json", {"1": [[1, 20]], "2": [[5, 6]], "4": []})
    second = written(tmp_path / "2.json", {"1": [[10, 30]], "2": [[5], [6]], "3": [-1]})
    line = ("golden", "compare", first, second)
    assert bare(*line, "--json").json() == [
        {"run_number": 1, "both": [[10, 20]], "first_only": [[1, 9]], "second_only": [[21, 30]]},
        {"run_number": 3, "both": [], "first_only": [], "second_only": [[1, -1]]},
    ]
    done = bare(*line)
    assert "3 runs compared, 2 are different" in done.err
    assert "1-9" in done.out
    assert "all" in done.out
    assert bare(*line, "--run", "2").out == ""


def test_a_certification_may_lie_at_an_address_which_learns_nothing_of_the_login(
    on_web: Callable[..., Ended], web: Web, tmp_path: Path
) -> None:
    first = written(tmp_path / "1.json", {"1": [[1, 20]]})
    web.handler = lambda _: json_reply({"2": [[3, -1]]})
    assert on_web("golden", "merge", first, f"{web.url}/cert.json").json() == {"1": [[1, 20]], "2": [[3, -1]]}
    (request,) = web.requests
    assert "authorization" not in request.headers
    assert "cookie" not in request.headers
    web.handler = lambda _: html_reply("<html>please log in</html>")
    refused = on_web("golden", "merge", f"{web.url}/cert.json")
    assert refused.code == Exit.USAGE
    assert "is no certification JSON" in refused.err
    web.handler = lambda _: html_reply("gone", 404)
    refused = on_web("golden", "merge", f"{web.url}/cert.json")
    assert refused.code == Exit.SERVICE
    assert "answers with 404" in refused.err


ON_BOTH = ("--run", "381113", "--good", "ls < 50")
"""LS of a run that is in two datasets."""


@pytest.fixture
def noted_on_both(cli: Callable[..., Ended]) -> None:
    """Notes on two datasets of a run, and one that names none."""
    express = "/StreamExpress/Run2024E-Express-v1/DQMIO"
    datasets = {"10": "/ZeroBias/Run2024E-PromptReco-v1/DQMIO", "20-21": express, "22": express, "30": ""}
    kept(
        *(
            NotePut(ls, NoteContent(381113, LSMask.parse(ls), NoteVerdict.BAD, "HV", dataset=name))
            for ls, name in datasets.items()
        )
    )


@pytest.mark.usefixtures("noted_on_both")
def test_J4_notes_on_other_datasets_take_nothing_out_and_are_told(cli: Callable[..., Ended]) -> None:
    line = ("golden", "make", *ON_BOTH, "--notes")
    done = cli(*line, "--dataset", "ZeroBias")
    assert done.json() == {"381113": [[1, 9], [11, 29], [31, 49]]}
    assert "run 381113: 2 notes on other datasets not counted, as this is of /ZeroBias/Run2024E" in done.err
    assert "/StreamExpress/Run2024E-Express-v1/DQMIO" in done.err
    express = cli(*line, "--dataset", "Express")
    assert express.json() == {"381113": [[1, 19], [23, 29], [31, 49]]}
    assert "1 note on other datasets not counted" in express.err
    assert "not counted" not in cli(*line[:-1]).err


@pytest.mark.usefixtures("noted_on_both")
def test_J4_of_several_datasets_with_notes_the_person_or_the_settings_choose(
    cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = cli("golden", "make", *ON_BOTH, "--notes")
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert "several datasets; choose one with --dataset TEXT" in refused.err
    assert "/ZeroBias/Run2024E-PromptReco-v1/DQMIO" in refused.err
    monkeypatch.setenv("DQMTUI_DATASET", "ZeroBias")
    assert cli("golden", "make", *ON_BOTH, "--notes").json() == {"381113": [[1, 9], [11, 29], [31, 49]]}


@pytest.mark.usefixtures("noted_on_both")
def test_J4_report_and_export_of_notes_call_the_same_good_as_the_golden_json(
    cli: Callable[..., Ended],
) -> None:
    made = cli("golden", "make", *ON_BOTH, "--notes", "--dataset", "Express").json()["381113"]
    assert cli("report", *ON_BOTH, "--dataset", "Express", "--json").json()[0]["good"] == made
    sections = cli("notes", "export", *ON_BOTH).out.split("Run 381113")[1:]
    good = {
        dataset: f"good LS         {ranges} (" in section and ("20-21" in section) == (dataset == "/Stream")
        for dataset, ranges in (("/ZeroBias", "1-9, 11-29, 31-49"), ("/Stream", "1-19, 23-29, 31-49"))
        for section in sections
        if dataset in section
    }
    assert good == {"/ZeroBias": True, "/Stream": True}


def test_notes_on_one_dataset_are_those_that_are_meant(cli: Callable[..., Ended]) -> None:
    cli("notes", "add", "--run", "381113", "--ls", "10", "--dataset", "ZeroBias", "x")
    done = cli("golden", "make", *ON_BOTH, "--notes")
    assert done.json() == {"381113": [[1, 9], [11, 49]]}
    assert "not counted" not in done.err


def test_help_says_notes_of_which_dataset_count(bare: Callable[..., Ended]) -> None:
    said = " ".join(bare("golden", "make", "--help-all").out.split())
    assert "Of which dataset notes and masks count" in said
    assert "How many notes on others are not counted is told." in said


@pytest.mark.parametrize(
    "line",
    [
        "--logic {rule} --dataset /Express/Collisions2024/DQM",
        "--dataset /Express/Collisions2024/DQM --dataset online --meta --logic={rule}",
        "--logic nowhere.json --dataset online",
        "--logic {rule}",
    ],
)
def test_logic_without_a_command_is_what_fetch_does(
    cli: Callable[..., Ended], tmp_path: Path, line: str
) -> None:
    rule = written(tmp_path / "rr_config.json", PIXEL)
    typed = line.format(rule=rule).split()
    short, whole = cli("golden", *typed), cli("golden", "fetch", *typed)
    assert short == whole
    assert "--logic'" not in short.err


def test_the_short_form_takes_the_options_that_every_command_has(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    rule = written(tmp_path / "rr_config.json", PIXEL)
    done = cli("golden", "--workspace", "tracker", "--logic", rule, "--meta")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "missing option '--dataset'" in done.err
    assert "dqmtui golden fetch --help" in done.err


def test_other_options_without_a_command_are_none(bare: Callable[..., Ended]) -> None:
    done = bare("golden", "--run", "380238")
    assert done.code == Exit.USAGE
    assert "no such option '--run'" in done.err
    assert bare("golden", "--help").code == 0


def test_the_short_form_stands_in_help_and_manual(bare: Callable[..., Ended]) -> None:
    for line in ("golden --help", "golden --help-all", "help golden"):
        said = " ".join(bare(*line.split()).out.split())
        assert "`dqmtui golden --logic FILE --dataset NAME` is short for `dqmtui golden fetch`" in said
    assert "dqmtui golden --logic FILE --dataset NAME" in bare("man").out.replace("\\-", "-")
