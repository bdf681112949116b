"""M1: no note that the program said is on the disk is lost, whenever it is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dqmtui.model.notes_journal import Journal
from dqmtui.store.journal import JournalFiles

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120
KILLS = 100


def test_M1_no_note_that_was_told_to_be_kept_is_lost_by_a_hundred_kills(tmp_path: Path) -> None:
    writer = subprocess.run(
        # later versions of Python warn of copies of a process with threads; these write files and die
        [
            *(sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.review.noting_writer"),
            *(str(tmp_path), str(KILLS), "2026"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (writer.stderr, writer.returncode) == ("", 0)
    told = writer.stdout.splitlines()
    assert {line[:3] for line in told} == {f"{life:03}" for life in range(KILLS)}
    complaints: list[str] = []
    notes = Journal.of(JournalFiles(tmp_path, complaints.append).load()).notes
    assert set(told) <= {note.content.text.strip() for note in notes.values()}
    assert complaints == []
