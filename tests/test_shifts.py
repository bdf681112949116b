"""Shifts: what shifters do in a real terminal, from the first key to the file that they hand over."""

from __future__ import annotations

import csv
import importlib
import json
import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.cli.main import run
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.cli.opening import Opening
    from dqmtui.demo.process import DemoServices

pd: Any = importlib.import_module("pandas")

DQMTUI = (sys.executable, "-m", "dqmtui")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
TRACKS = "Tracking/TrackParameters/highPurityTracks/pt_1/GeneralProperties/"
OTHER_DCS_FLAGS = ("fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready", "cms_active")
SUSPICIOUS = r"There is no suspicious LS|1 of (\d+): LS"
WIDE, SMALL = (160, 45), (80, 24)


def opened(
    here: Path, run_number: int, *more: str, size: tuple[int, int] = WIDE, dataset: str = "ZeroBias"
) -> Terminal:
    """Open the program on a run, in a directory of the test's own, which also keeps its state."""
    env = {"DQMTUI_STATE_DIR": str(here / "state"), "DQMTUI_CACHE_DIR": str(here / "cache")}
    command = [*DQMTUI, "demo", "--run", str(run_number), "--dataset", dataset, *more]
    return Terminal(command, width=size[0], height=size[1], env=env, cwd=str(here))


def loaded(terminal: Terminal, sign: str = "good: ") -> None:
    """Wait until the run is there with all that belongs to it, of which there is a sign."""
    terminal.wait_for(lambda text: sign in text and "esc stops" not in text)


def line(terminal: Terminal, words: str, answer: str) -> str:
    """Type a line at the prompt and give the screen that answers."""
    terminal.press(":", words, "enter")
    return terminal.wait_for(answer)


def export(terminal: Terminal, kind: str, file: Path) -> str:
    """Write a kind of file by the prompt and give its text."""
    terminal.press(":", f"export {kind} {file.name}", "enter")
    terminal.wait_for(f"Written: {file.name} ")
    return file.read_text()


def left(terminal: Terminal) -> None:
    """Leave the program, well."""
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def table(text: str) -> dict[int, dict[str, str]]:
    """Read an exported LS table with nothing but the csv module: rows by LS."""
    return {int(row["ls_number"]): row for row in csv.DictReader(text.splitlines())}


def numbers(ranges: list[list[int]]) -> set[int]:
    """Give the LS of inclusive ranges."""
    return {ls for first, last in ranges for ls in range(first, last + 1)}


@pytest.fixture
def shell(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Give what a command that ends well writes to standard output."""
    for name, value in demo.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "shell-state"))
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path / "shell-cache"))

    def no_tui(opening: Opening) -> int:
        raise AssertionError(f"the terminal program would have opened: {opening}")

    def type_in(*arguments: str) -> str:
        capsys.readouterr()
        code = run(arguments, no_tui)
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out

    return type_in


def test_a_short_run_has_the_ls_that_it_has_and_no_others(tmp_path: Path) -> None:
    with opened(tmp_path, 380238) as terminal:
        loaded(terminal)
        terminal.wait_for("good: 35 of 40 LS")
        line(terminal, "186", "No data for LS 186 in run 380238")
        assert "run 380238  LS 1 " in terminal.text
        terminal.press("2")
        rows = table(export(terminal, "ls.csv", tmp_path / "ls.csv"))
        dcs = export(terminal, "ls.dcs", tmp_path / "dcs.json")
        left(terminal)
    assert [ls for ls, row in rows.items() if row["in_rate"] == "True"] == [*range(1, 41)]
    assert 186 not in rows
    assert json.loads(dcs) == {"380238": [[1, 35]]}


def test_every_ls_with_the_barrel_pixels_off_is_listed_and_is_what_dcs_leaves_out(
    tmp_path: Path, shell: Callable[..., str]
) -> None:
    with opened(tmp_path, 378981) as terminal:
        loaded(terminal)
        terminal.press("2", "f", "beams_stable and not bpix_ready")
        terminal.wait_for("241 of 1121 LS")
        terminal.press("enter")
        terminal.wait_for("Filter of the LS: beams_stable and not bpix_ready")
        terminal.press("e")
        terminal.wait_for("Write into a file")
        terminal.press("listed as csv")
        terminal.wait_for("1 of 9")
        terminal.press("enter")
        terminal.wait_for("378981_lumisections.csv")
        terminal.press("enter")
        terminal.wait_for("kB)")
        without_bpix = table((tmp_path / "378981_lumisections.csv").read_text())
        line(terminal, "filter beams_stable", "Filter of the LS: beams_stable ")
        stable = table(export(terminal, "ls.csv", tmp_path / "stable.csv"))
        left(terminal)
    listed = set(without_bpix)
    dcs = numbers(json.loads(shell("mask", "--run", "378981", "--dcs"))["378981"])
    assert [ls for ls in without_bpix if ls < 180] == [52, 88, 89, 101, 113, 137, 149, 161, 173]
    # no LS that is listed is good, and all that is good is in stable beams
    assert not listed & dcs
    assert dcs <= set(stable)
    # where all else is well, the barrel alone decides: there each LS is in one of the two, and not in both
    else_well = {ls for ls, row in stable.items() if all(row[flag] == "True" for flag in OTHER_DCS_FLAGS)}
    assert listed & else_well == else_well - dcs != set()
    # what is in neither has another flag that is off
    assert all(
        any(stable[ls][flag] != "True" for flag in OTHER_DCS_FLAGS) for ls in set(stable) - listed - dcs
    )


def test_a_tracker_that_was_switched_off_is_noted_as_standby_and_leaves_the_golden_candidate(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, 381080, "--me", CHARGE) as terminal:
        loaded(terminal)
        # beams decide here, so that the note has something to take out
        line(terminal, "good beams_stable", "good by beams_stable: 381 of 384 LS")
        before = export(terminal, "golden", tmp_path / "before.json")
        terminal.press("2")
        rows = table(export(terminal, "ls.csv", tmp_path / "ls.csv"))
        line(terminal, "338", "run 381080  LS 338 ")
        terminal.press("v")
        terminal.wait_for("A range begins at LS 338")
        line(terminal, "381", "run 381080  LS 381 ")
        terminal.press("v")
        terminal.wait_for("Marked: LS 338-381, 44 LS")
        terminal.press("m")
        terminal.wait_for("Note on run 381080")
        terminal.press("tracker ramped down", "down", "down")
        terminal.wait_for("[standby]")
        terminal.press("enter")
        terminal.wait_for("Noted, on disk: standby, LS 338-381 of run 381080")
        after = export(terminal, "golden", tmp_path / "after.json")
        left(terminal)
    assert json.loads(before) == {"381080": [[1, 381]]}
    assert json.loads(after) == {"381080": [[1, 337]]}
    # no problem of the tracker: its voltage went down on purpose, strips first, and beams stayed
    off = {
        flag: [ls for ls, row in rows.items() if row["beams_stable"] == "True" and row[flag] == "False"]
        for flag in ("tob_ready", "bpix_ready")
    }
    assert off == {"tob_ready": [*range(338, 382)], "bpix_ready": [*range(340, 382)]}


def test_pixels_that_were_off_for_a_whole_run_raise_no_alarm_per_ls(tmp_path: Path) -> None:
    with opened(tmp_path, 379356, "--me", CHARGE) as terminal:
        loaded(terminal)
        # what DCS allows is nothing, and that nothing could be judged is not that nothing is wrong
        assert "good: 0 of 632 LS" in terminal.text
        terminal.press("s")
        terminal.wait_for("Nothing could be judged: fewer than 12 good LS")
        line(terminal, "good beams_stable and tob_ready", "good by beams_stable and tob_ready: 6")
        terminal.press("3", "]")
        said = terminal.wait_for(lambda text: re.search(SUSPICIOUS, text) is not None)
        terminal.press("2")
        rows = table(export(terminal, "ls.csv", tmp_path / "ls.csv"))
        left(terminal)
    good = [row for row in rows.values() if row["good"] == "True" and row["in_dials"] == "True"]
    # more than the one that chance is expected to raise in a scan would be an alarm; 612 LS are alike
    found = re.search(SUSPICIOUS, said)
    assert found is not None
    assert int(found[1] or 0) <= 1
    assert len(good) == 612
    assert {(row["bpix_ready"], row["fpix_ready"], row["tob_ready"]) for row in good} == {
        ("False", "False", "True")
    }


def summed(frame: str) -> Any:
    """Add up the bins of the LS of a frame in JSON."""
    return np.sum([row["data"] for row in json.loads(frame)], axis=0)


def test_a_run_is_compared_with_chosen_ls_of_a_reference_and_the_sums_are_right(
    tmp_path: Path, shell: Callable[..., str]
) -> None:
    out = "not (ls <= 42 or ls >= 363 and ls <= 364 or ls == 1073 or ls >= 1725 and ls <= 1738)"
    with opened(tmp_path, 380238, "--me", CHARGE) as terminal:
        loaded(terminal)
        line(terminal, "good ls <= 35", "good by ls <= 35: 35 of 40 LS")
        terminal.press(":", f"reference.good {out}", "enter", "i")
        terminal.wait_for("35 good LS   counts")
        terminal.press("r")
        terminal.wait_for("Compare with")
        terminal.press("379765")
        terminal.wait_for("1 of ")
        terminal.press("enter")
        terminal.wait_for("run 379765, 1679 LS, scaled to 35 LS")
        shown = json.loads(export(terminal, "plot.json", tmp_path / "plot.json"))
        rows = [*csv.DictReader(export(terminal, "plot.csv", tmp_path / "plot.csv").splitlines())]
        left(terminal)
    (reference,) = shown["references"]
    chosen = {*range(43, 1725)} - {363, 364, 1073}
    assert shown["ls_used"] == [*range(1, 36)]
    assert reference["ls_used"] == sorted(chosen)
    asked = ("hist", "--me", CHARGE, "--frame", "--json")
    current = summed(shell(*asked, "--run", "380238", "--ls", "1-35"))
    wanted = summed(shell(*asked, "--run", "379765", "--ls", "43-362,365-1072,1074-1724"))
    assert shown["counts"] == current.tolist()
    assert reference["counts"] == wanted.tolist()
    scaled = wanted * 35 / len(chosen)
    np.testing.assert_allclose(reference["values"], scaled, rtol=1e-12)
    np.testing.assert_array_equal([float(row["content"]) for row in rows], current)
    np.testing.assert_allclose([float(row["reference"]) for row in rows], scaled, rtol=1e-12)


def note(terminal: Terminal, ls: int, words: str) -> None:
    """Note something on an LS by the keys."""
    line(terminal, str(ls), f"run 380238  LS {ls}\n")
    terminal.press("m")
    terminal.wait_for("Note on run 380238")
    terminal.press(words, "enter")
    terminal.wait_for(f"Noted, on disk: bad, LS {ls} of run 380238")


def anomalies_of(text: str) -> Any:
    """Read an anomalies.json by DQMExplore's rules: a frame for each method, four keys to an entry."""
    keys = ["run_number", "start_ls", "end_ls", "anomaly_desc"]
    frames = []
    for method, entries in json.loads(text).items():
        assert all(set(entry) == set(keys) for entry in entries)
        frames.append(pd.DataFrame(entries, columns=keys).assign(method=method))
    return pd.concat(frames, ignore_index=True)


def test_notes_that_were_corrected_and_deleted_come_out_of_the_next_session(tmp_path: Path) -> None:
    with opened(tmp_path, 380238, size=SMALL) as terminal:
        loaded(terminal, "2p0E34")
        note(terminal, 5, "low charge")
        note(terminal, 9, "noise")
        note(terminal, 12, "nothing")
        terminal.press("M")
        terminal.wait_for("^d deletes")
        terminal.press("nothing")
        terminal.wait_for(lambda text: "nothing" in text and "low charge" not in text)
        terminal.press("\x04")
        terminal.wait_for("ctrl+u takes it back")
        terminal.press(*["\x7f"] * len("nothing"), "noise")
        terminal.wait_for(lambda text: "bad" in text and "noise" in text and "low charge" not in text)
        terminal.press("\x05")
        terminal.wait_for("Change the note")
        terminal.press(" of layer 1", "enter")
        terminal.wait_for("Changed, on disk: bad, LS 9 of run 380238: noise of layer 1")
        terminal.wait_for("^d deletes")
        terminal.press("escape")
        terminal.wait_for(lambda text: "^d deletes" not in text)
        left(terminal)
    with opened(tmp_path, 380238, size=SMALL) as terminal:
        loaded(terminal, "rate  █")
        text = export(terminal, "anomalies", tmp_path / "anomalies.json")
        left(terminal)
    assert "\n    " in text
    found = anomalies_of(text).sort_values("start_ls")
    assert found[["run_number", "start_ls", "end_ls", "anomaly_desc"]].to_numpy().tolist() == [
        [380238, 5, 5, "low charge"],
        [380238, 9, 9, "noise of layer 1"],
    ]
    assert all(found["method"])


def test_the_plots_of_tracks_come_as_a_page_and_as_text_by_one_command_each(
    tmp_path: Path, shell: Callable[..., str]
) -> None:
    names = {
        f"{TRACKS}TrackEta_ImpactPoint_GenTk": {"xlabel": "eta of tracks", "ylabel": "Count", "norm": "norm"},
        f"{TRACKS}TrackPhi_ImpactPoint_GenTk": {"xlabel": "phi of tracks", "ylabel": "Count", "norm": "norm"},
        f"{TRACKS}TrackPt_ImpactPoint_GenTk": {
            "xlim": [0, 100],
            "ylim": [1e-6, 1],
            "xlabel": "pt of tracks",
            "ylabel": "Count",
            "logy": True,
            "norm": "norm",
        },
        f"{TRACKS}TrackEtaPhi_ImpactPoint_GenTk": {"xlabel": "eta", "ylabel": "phi", "norm": "norm"},
    }
    look = {"figure_title": "Tracks of run 380238", "short_titles": True, "width": 1000, "vspace": 0.15}
    plots, figure = tmp_path / "plots.json", tmp_path / "figure.json"
    plots.write_text(json.dumps(names, indent=4))
    figure.write_text(json.dumps(look))
    configured = ("--run", "380238", "--plots-config", str(plots), "--ref", "379765")
    chosen = (*configured, "--fig-config", str(figure))
    report, page = tmp_path / "report.html", tmp_path / "page.html"
    text = shell("report", *chosen, "--html", str(report), "--text")
    found = json.loads(shell("plots", *chosen, "--html", str(page), "--json"))
    drawn = shell("plots", *configured)
    assert [one["me"] for one in found] == list(names)
    for one in found:
        assert np.sum(one["values"]) == pytest.approx(1)
        assert np.sum(one["references"][0]["values"]) == pytest.approx(1)
    for made in (report.read_text(), page.read_text()):
        assert "<title>Tracks of run 380238" in made
        assert all(name in made for name in ("eta of tracks", "phi of tracks", "pt of tracks", "379765"))
        assert "<script" not in made
    assert all(name in text for name in names)
    assert text.count("chi2 of shapes") == len(names)
    # of a name that is longer than a line, its end is what tells it from others
    assert all(f"/{name.rpartition('/')[2]}\n" in drawn for name in names)
