"""Reviews that make notes for ever and say which are on the disk, each killed at any moment.

`python -m tests.review.noting_writer DIRECTORY TIMES SEED` prints the texts of the notes that a review had
told to be on the disk.
"""

from __future__ import annotations

import asyncio
import os
import random
import select
import signal
import sys
from pathlib import Path

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NoteVerdict
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.facts import Crashed, Fact, NotesKept, Notice, Severity
from dqmtui.review.notebook import Notebook
from dqmtui.review.review import Review
from dqmtui.services.dials import DialsClient
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.store.journal import JournalFiles

LONGEST_LIFE_S = 0.02
BYTES_OF_TEXT = 12
AT_ONCE = 3


async def live(directory: Path, says: int, life: int) -> None:
    """Make notes, now and then a few at once, and say the text of each when it is told to be kept."""
    made: list[str] = []
    kept = asyncio.Event()

    def take(fact: Fact) -> None:
        if isinstance(fact, Crashed) or (isinstance(fact, Notice) and fact.severity is not Severity.INFO):
            os.write(2, f"{fact}\n".encode())
        if isinstance(fact, NotesKept) and not review.notebook.unkept:
            os.write(says, "".join(made).encode())
            made.clear()
            kept.set()

    async with Transport() as transport:
        # no service is ever asked
        dials = DialsClient(transport, FixedToken("none"), "http://127.0.0.1:9/")
        review = Review(DataLayer(dials, None, rate_path=""), take, lambda _: asyncio.sleep(0.001))
        review.keep_notes(Notebook("ana", JournalFiles(directory)))
        number = 0
        while True:
            kept.clear()
            for _ in range(1 + number % AT_ONCE):
                number += 1
                text = f"{life:03} {number:07}\n"
                made.append(text)
                content = NoteContent(380238, LSMask.of(1 + number % 900), NoteVerdict.BAD, text)
                review.make_note(content, confirmed=True)
            await kept.wait()


def read_all(hears: int) -> bytes:
    """Read what was said before the end."""
    data = b""
    while part := os.read(hears, 65536):
        data += part
    return data


def main(directory: Path, times: int, seed: int) -> None:
    """Kill one review after the other, each after it has told of a note and then a moment."""
    chance = random.Random(seed)
    for life in range(times):
        hears, says = os.pipe()
        child = os.fork()
        if not child:
            os.close(hears)
            asyncio.run(live(directory, says, life))
        os.close(says)
        said = os.read(hears, BYTES_OF_TEXT)
        # it goes on by itself while nobody listens
        select.select([], [], [], chance.uniform(0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said += read_all(hears)
        os.close(hears)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise AssertionError("a review ended by itself")
        sys.stdout.write(said.decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
