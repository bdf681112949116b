"""M1: nothing is lost after kill -9, and sessions beside each other harm nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dqmtui.model.notes_journal import Journal
from dqmtui.store.journal import JournalFiles

ROOT = Path(__file__).parents[2]
WRITER = "tests.store.journal_writer"
PATIENCE_S = 120


def writer(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        # later versions of Python warn of copies of a process with threads; these write files and die
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", WRITER, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def ended(session: subprocess.Popen[str]) -> list[str]:
    """The ids of the notes that a writer was told are kept."""
    out, err = session.communicate(timeout=PATIENCE_S)
    assert (err, session.returncode) == ("", 0)
    return out.split()


def test_M1_no_note_that_was_kept_is_lost_by_a_hundred_kills_at_any_moment(tmp_path: Path) -> None:
    kept = ended(writer("die", tmp_path, 100, 2024))
    assert len(kept) >= 100
    told: list[str] = []
    files = JournalFiles(tmp_path, told.append)
    notes = Journal.of(files.load()).notes
    assert set(kept) <= set(notes)
    assert told == []
    files.compact(least=2, idle_s=-1)
    assert Journal.of(JournalFiles(tmp_path, told.append).load()).notes == notes
    assert told == []


def test_sessions_beside_each_other_lose_nothing_while_their_files_are_taken_away(tmp_path: Path) -> None:
    compacting = writer("compact", tmp_path)
    sessions = [writer("write", tmp_path, 150) for _ in range(3)]
    dying = writer("die", tmp_path, 15, 7)
    kept = [note for session in (*sessions, dying) for note in ended(session)]
    assert ended(compacting) == []
    assert len(kept) >= 450
    told: list[str] = []
    assert set(kept) <= set(Journal.of(JournalFiles(tmp_path, told.append).load()).notes)
    assert told == []
