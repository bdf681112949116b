"""Data frames into files."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import pytest

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.frames_out import check_targets, frame_of_rows, write_frame

pd: Any = importlib.import_module("pandas")

ROWS = [{"ls": 1, "mean": 0.1 + 0.2, "me": "a, b"}, {"ls": 5, "mean": float("nan"), "me": "c"}]


def test_numbers_read_back_the_same_and_what_is_missing_is_nothing(tmp_path: Path) -> None:
    csv, parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
    write_frame(frame_of_rows(ROWS), csv, parquet)
    assert csv.read_text() == 'ls,mean,me\n1,0.30000000000000004,"a, b"\n5,,c\n'
    pd.testing.assert_frame_equal(pd.read_parquet(parquet), frame_of_rows(ROWS))


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write_frame(frame_of_rows(ROWS[:1]), Path("-"), None)
    assert capsys.readouterr().out.startswith("ls,mean,me\n1,")


def test_a_file_that_is_there_is_replaced_only_when_forced(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("mine")
    with pytest.raises(Stop, match="--force") as stop:
        write_frame(frame_of_rows(ROWS), file, None)
    assert (stop.value.code, file.read_text()) == (Exit.UNEXPECTED, "mine")
    write_frame(frame_of_rows(ROWS), file, None, force=True)
    assert file.read_text().startswith("ls,")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_link_that_somebody_laid_where_a_file_grows_leads_nowhere(tmp_path: Path) -> None:
    file, theirs = tmp_path / "a.csv", tmp_path / "theirs"
    theirs.write_text("theirs")
    guessed = tmp_path / f".a.csv.{os.getpid()}"
    guessed.symlink_to(theirs)
    write_frame(frame_of_rows(ROWS), file, None)
    assert file.read_text().startswith("ls,")
    assert (theirs.read_text(), guessed.is_symlink()) == ("theirs", True)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    there, link = tmp_path / "there.csv", tmp_path / "link.csv"
    there.write_text("old")
    link.symlink_to(there)
    write_frame(frame_of_rows(ROWS), link, None, force=True)
    assert link.is_symlink()
    assert there.read_text().startswith("ls,")


@pytest.mark.parametrize("name", [".", "nowhere/a.csv"])
def test_where_nothing_can_be_written_it_is_said_before_anything_is_loaded(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stop, match="Cannot write") as stop:
        check_targets(tmp_path / name, None)
    assert stop.value.code == Exit.UNEXPECTED


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(Stop, match="No space left") as stop:
        write_frame(frame_of_rows(ROWS), full, None)
    assert stop.value.code == Exit.UNEXPECTED


def test_both_tables_cannot_be_one_file(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="same file"):
        check_targets(tmp_path / "a", tmp_path / "a")
