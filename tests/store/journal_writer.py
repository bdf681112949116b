"""A program that makes notes for ever and says which are kept, to be run beside others and to be killed.

`python -m tests.store.journal_writer write DIRECTORY NOTES` makes so many notes and prints their ids;
`python -m tests.store.journal_writer compact DIRECTORY` puts files together until nobody listens;
`python -m tests.store.journal_writer die DIRECTORY TIMES SEED` lets so many writers be killed at any moment,
and prints the ids of the notes that they had been told are kept.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NotePut, NoteVerdict
from dqmtui.model.notes_journal import Journal, Pen
from dqmtui.store.journal import JournalFiles, new_id

LONGEST_LIFE_S = 0.02
BYTES_OF_ID = 17
COMPACT_EVERY = 7


def fail(sentence: str) -> None:
    """Nothing is to be said of a journal that is sound."""
    raise AssertionError(sentence)


def make_note(files: JournalFiles, number: int) -> str:
    """Make a note; what comes back is kept."""
    pen = Pen("ana", files.session, lambda: datetime.now(UTC), new_id)
    mask = LSMask(((1 + number % 9, 10 + number),))
    content = NoteContent(380238, mask, NoteVerdict.BAD, f"note {number}: " + "ä" * (number * 37 % 5000))
    (event,) = pen.create(Journal(), content)
    files.append(event)
    assert isinstance(event.change, NotePut)
    return event.change.note


def live(directory: Path, says: int) -> None:
    """Make notes until killed, compacting now and then, and say the id of each that is kept."""
    files = JournalFiles(directory, fail)
    number = 0
    while True:
        os.write(says, f"{make_note(files, number)}\n".encode())
        number += 1
        if not number % COMPACT_EVERY:
            files.compact(least=2, idle_s=-1)


def read_all(hears: int) -> bytes:
    """Read what was said before the end."""
    data = b""
    while part := os.read(hears, 65536):
        data += part
    return data


def die(directory: Path, times: int, seed: int) -> None:
    """Kill one writer after the other, each after a number of notes and then a moment."""
    chance = random.Random(seed)
    for _ in range(times):
        hears, says = os.pipe()
        child = os.fork()
        if not child:
            os.close(hears)
            live(directory, says)
        os.close(says)
        said = b""
        least = chance.randrange(4) * BYTES_OF_ID
        while len(said) <= least:
            part = os.read(hears, BYTES_OF_ID)
            if not part:
                fail("a writer ended by itself")
            said += part
        # it goes on by itself while nobody listens
        select.select([], [], [], chance.uniform(0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said += read_all(hears)
        os.close(hears)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            fail("a writer ended by itself")
        sys.stdout.write(said.decode())


def write(directory: Path, notes: int) -> None:
    """Make notes as one of several sessions."""
    files = JournalFiles(directory, fail)
    for number in range(notes):
        sys.stdout.write(f"{make_note(files, number)}\n")
        files.poll()


def compact(directory: Path) -> None:
    """Take the files of sessions that are writing away, again and again, until standard input ends."""
    files = JournalFiles(directory, fail)
    while not select.select([sys.stdin], [], [], 0)[0]:
        files.compact(least=2, idle_s=-1)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compact", directory]:
            compact(Path(directory))
        case ["write", directory, notes]:
            write(Path(directory), int(notes))
        case ["die", directory, times, seed]:
            die(Path(directory), int(times), int(seed))
        case _:
            sys.exit(__doc__)
