"""`dqmtui notes`."""

from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
HV = ("--run", "380238", "--ls", "30-32", "--subsystem", "tracker-pixel", "--cause", "HV")


@pytest.fixture(autouse=True)
def state_dir(bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal that the test begins."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def notes(bare: Callable[..., Ended]) -> Callable[[], list[dict[str, Any]]]:
    """The notes that there are."""

    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = bare("notes", "list", "--json").json()
        return found

    return listed


def test_a_note_is_made_listed_and_found(
    cli: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    done = cli("notes", "add", *HV, "--me", "charge_PXLayer_1", "--ref", "379765", "L1", "charge", "low")
    assert done.code == 0, done.err
    (note,) = notes()
    assert note["id"].startswith(done.out.strip())
    assert {name: note[name] for name in ("run", "ls", "verdict", "subsystem", "cause", "text")} == {
        "run": 380238,
        "ls": [[30, 32]],
        "verdict": "bad",
        "subsystem": "tracker-pixel",
        "cause": "HV",
        "text": "L1 charge low",
    }
    assert note["elements"] == [CHARGE]
    assert note["links"] == [{"me": CHARGE, "ls": 30, "reference_run": 379765}]
    assert note["author"] == note["changed_by"] != ""
    table = cli("notes", "list", "charge", "--ls", "31", "--verdict", "bad", "--run", "380238").out
    assert "30-32" in table
    assert "HV: L1 charge low" in table
    nothing = cli("notes", "list", "--run", "1")
    assert (nothing.code, nothing.out) == (0, "")
    assert "there are no such notes" in nothing.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--ls", "99"), "Run 380238 has no LS 99."),
        (("--ls", "30,98-99"), "has no LS 98-99."),
        (("--ls", "99-"), "has no LS 99."),
    ],
)
def test_M1_lumisections_that_the_run_does_not_have_must_be_confirmed(
    cli: Callable[..., Ended],
    notes: Callable[[], list[dict[str, Any]]],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    refused = cli("notes", "add", "--run", "380238", *arguments, "x")
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert says in refused.err
    assert "--yes" in refused.err
    assert notes() == []
    assert cli("notes", "add", "--run", "380238", *arguments, "--yes", "x").code == 0
    assert len(notes()) == 1


@pytest.mark.parametrize("ls", ["3-1", "0-4", "a", ""])
def test_M1_a_range_that_is_none_is_refused(cli: Callable[..., Ended], ls: str) -> None:
    refused = cli("notes", "add", "--run", "380238", "--ls", ls, "--yes", "x")
    assert (refused.code, refused.out) == (Exit.USAGE, "")


def test_M1_duplicates_are_refused_even_when_confirmed(bare: Callable[..., Ended]) -> None:
    assert bare("notes", "add", *HV, "--yes", "low").code == 0
    refused = bare("notes", "add", *HV, "--yes", " LOW ")
    assert refused.code == Exit.USAGE
    assert "has been noted already" in refused.err


def test_the_opposite_of_a_note_must_be_confirmed(cli: Callable[..., Ended]) -> None:
    cli("notes", "add", "--run", "380238", "--ls", "30-32", "low")
    refused = cli("notes", "add", "--run", "380238", "--ls", "32-33", "--verdict", "good", "fine")
    assert refused.code == Exit.USAGE
    assert "LS 32 of run 380238 as bad" in refused.err


def test_without_services_lumisections_are_taken_when_confirmed(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, notes: Callable[[], list[dict[str, Any]]]
) -> None:
    monkeypatch.setenv("DQMTUI_DIALS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "token")
    refused = bare("notes", "add", *HV)
    assert refused.code == Exit.USAGE
    assert "The lumisections of run 380238 are not known." in refused.err
    assert bare("notes", "add", *HV, "--yes").code == 0
    assert len(notes()) == 1


def test_M1_a_note_is_edited_deleted_and_all_of_it_undone(
    bare: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    note = bare("notes", "add", *HV, "--yes", "low").out.strip()
    states = [notes()]
    done = bare("notes", "edit", note, "--verdict", "standby", "--ls", "30-33", "--yes", "very", "low")
    assert done.code == 0, done.err
    states.append(notes())
    assert [(one["verdict"], one["ls"], one["text"], one["cause"]) for one in states[1]] == [
        ("standby", [[30, 33]], "very low", "HV")
    ]
    assert bare("notes", "delete", note).code == 0
    states.append(notes())
    assert states[2] == []
    for state in reversed(states[:-1]):
        assert bare("notes", "undo").code == 0
        assert notes() == state
    assert bare("notes", "undo").code == 0
    assert notes() == []
    nothing = bare("notes", "undo")
    assert nothing.code == Exit.NOT_FOUND
    assert "nothing to undo" in nothing.err
    assert bare("notes", "undo", "--redo", "--json").json() == states[0]
    assert notes() == states[0]


def test_several_notes_are_deleted_all_or_none(
    bare: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    ids = [bare("notes", "add", "--run", "5", "--ls", ls, "--yes", "x").out.strip() for ls in "123"]
    missing = bare("notes", "delete", ids[0], "0123456789")
    assert (missing.code, len(notes())) == (Exit.NOT_FOUND, 3)
    assert "There is no note" in missing.err
    assert bare("notes", "delete", ids[0], ids[1], ids[0]).code == 0
    assert len(notes()) == 1
    bare("notes", "undo")
    assert len(notes()) == 3


def test_an_element_is_found_by_a_part_of_its_name_or_refused(cli: Callable[..., Ended]) -> None:
    several = cli("notes", "add", *HV, "--me", "charge_PX", "x")
    assert several.code == Exit.USAGE
    assert CHARGE in several.err
    none = cli("notes", "add", *HV, "--me", "no_such_element", "x")
    assert none.code == Exit.NOT_FOUND


def test_the_dataset_is_kept_by_its_whole_name(
    cli: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    assert cli("notes", "add", *HV, "--dataset", "run2024", "x").code == 0
    (note,) = notes()
    assert note["dataset"].startswith("/")
    assert cli("notes", "add", *HV, "--dataset", "cosmics", "y").code == Exit.NOT_FOUND


def test_what_others_wrote_cannot_write_to_the_terminal(bare: Callable[..., Ended]) -> None:
    bare("notes", "add", *HV, "--yes", "\x1b[31mred\u202e\nnext")
    for line in (("list",), ("export",), ("export", "--format", "markdown"), ("undo",)):
        done = bare("--oms-route", "off", "notes", *line)
        assert "\x1b" not in done.out + done.err
        assert "\u202e" not in done.out + done.err


def test_notes_on_the_embedded_services_are_not_among_those_on_real_runs(
    cli: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("notes", "add", *HV, "of the demo")
    assert len(notes()) == 1
    monkeypatch.delenv("DQMTUI_DIALS_URL")
    assert notes() == []


# -- export and import ---------------------------------------------------------------------------------


def test_the_text_says_what_the_shift_needs(cli: Callable[..., Ended]) -> None:
    cli("notes", "add", *HV, "--ref", "379765", "--me", "charge_PXLayer_1", "L1 charge low")
    text = cli("notes", "export").out
    for part in (
        *("Run 380238 (fill ", "beams", "HLT key", "run 379765", "1-29, 33-35", "bad       LS 30-32"),
        *("tracker-pixel, HV", "L1 charge low", "Recorded luminosity that is lost", "pb^-1"),
    ):
        assert part in text, part
    assert "| 30-32 | bad | tracker-pixel | HV |" in cli("notes", "export", "--format", "markdown").out


def test_without_oms_the_text_says_that_it_lacks_the_conditions(bare: Callable[..., Ended]) -> None:
    bare("notes", "add", *HV, "--yes", "low")
    done = bare("notes", "export", "--oms-route", "off")
    assert done.code == 0
    assert "bad       LS 30-32" in done.out
    assert "reported without its conditions" in done.err


def test_a_file_is_written_once_unless_it_may_be_replaced(bare: Callable[..., Ended], tmp_path: Path) -> None:
    bare("notes", "add", *HV, "--yes", "low")
    target = tmp_path / "anomalies.json"
    line = ("notes", "export", "--format", "anomalies", "--output", str(target))
    assert bare(*line).out == ""
    first = target.read_text()
    bare("notes", "add", "--run", "5", "--ls", "1", "--yes", "x")
    refused = bare(*line)
    assert refused.code == Exit.UNEXPECTED
    assert "--force replaces it" in refused.err
    assert target.read_text() == first
    assert bare(*line, "--force").code == 0
    assert target.read_text() != first
    nowhere = bare("notes", "export", "--format", "anomalies", "--output", str(tmp_path / "no" / "x"))
    assert (nowhere.code, list(tmp_path.glob("no*"))) == (Exit.UNEXPECTED, [])


def test_M2_anomalies_are_imported_once_and_exported_the_same(
    bare: Callable[..., Ended], tmp_path: Path, notes: Callable[[], list[dict[str, Any]]]
) -> None:
    entries = [
        {"run_number": 380238, "start_ls": 30, "end_ls": 32, "anomaly_desc": "BPix L1 charge low"},
        {"run_number": 381065, "start_ls": 7, "end_ls": 7, "anomaly_desc": "spike"},
    ]
    file = tmp_path / "anomalies.json"
    file.write_text(json.dumps({"method": entries}, indent=4))
    done = bare("notes", "import", str(file), "--verdict", "standby")
    assert "2 notes taken over" in done.err
    assert [(note["verdict"], note["cause"], note["text"]) for note in notes()] == [
        ("standby", "method", "BPix L1 charge low"),
        ("standby", "method", "spike"),
    ]
    again = bare("notes", "import", str(file), "--verdict", "standby")
    assert "2 were noted already" in again.err
    assert len(notes()) == 2
    assert bare("notes", "export", "--format", "anomalies").json() == {"method": entries}
    bare("notes", "undo")
    assert notes() == []


def test_M2_what_is_noted_as_good_does_not_become_an_anomaly_elsewhere(bare: Callable[..., Ended]) -> None:
    for number, verdict in enumerate(("good", "bad", "unsure", "good"), 1):
        bare("notes", "add", "--run", "5", "--ls", str(number), "--verdict", verdict, "--yes", verdict)
    done = bare("notes", "export", "--format", "anomalies")
    assert [entry["start_ls"] for entries in done.json().values() for entry in entries] == [2]
    assert done.err == "dqmtui: not written: 3 notes that say good or unsure\n"


def test_a_journal_goes_to_another_person_and_back(
    bare: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    notes: Callable[[], list[dict[str, Any]]],
) -> None:
    note = bare("notes", "add", *HV, "--yes", "low").out.strip()
    bare("notes", "edit", note, "--cause", "HV trip")
    bare("notes", "add", "--run", "5", "--ls", "1", "--yes", "x")
    mine = notes()
    file = tmp_path / "mine.jsonl"
    assert bare("notes", "export", "--format", "journal", "--output", str(file)).code == 0
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "theirs"))
    assert notes() == []
    assert bare("notes", "import", str(file)).code == 0
    assert notes() == mine
    assert "0 notes taken over" in bare("notes", "import", str(file)).err


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, Exit.NOT_FOUND), ("{", Exit.USAGE), ('{"check":"00"}\n', Exit.USAGE)],
)
def test_a_file_that_is_none_is_refused(
    bare: Callable[..., Ended], tmp_path: Path, text: str | None, code: Exit
) -> None:
    file = tmp_path / "strange"
    if text is not None:
        file.write_text(text)
    done = bare("notes", "import", str(file))
    assert (done.code, done.out) == (code, "")
    assert "strange" in done.err or "anomalies.json" in done.err


def test_M1_a_note_that_cannot_be_kept_is_an_error_and_not_a_promise(
    bare: Callable[..., Ended], state_dir: Path
) -> None:
    state_dir.mkdir()
    (state_dir / "journal").write_text("in the way")
    done = bare("notes", "add", *HV, "--yes", "low")
    assert (done.code, done.out) == (Exit.UNEXPECTED, "")
    assert "Your notes" in done.err


def test_on_a_full_disk_a_command_says_that_nothing_was_noted(
    bare: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # a file that takes a part of what is written is what a full disk is like
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        done = bare("notes", "add", *HV, "--yes", "low")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.code == Exit.UNEXPECTED
    assert "Nothing was noted" in done.err
    assert "File too large" in done.err
    assert "DQMTUI_STATE_DIR" in done.err
    assert notes() == []


def test_a_dataset_that_no_service_is_asked_for_is_named_in_full(
    bare: Callable[..., Ended], notes: Callable[[], list[dict[str, Any]]]
) -> None:
    refused = bare("notes", "add", *HV, "--yes", "--dataset", "ZeroBias", "x")
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert "type all of its name" in refused.err
    assert bare("notes", "add", *HV, "--yes", "--dataset", "/Z/Run2024C-v1/DQMIO", "x").code == 0
    assert [note["dataset"] for note in notes()] == ["/Z/Run2024C-v1/DQMIO"]
