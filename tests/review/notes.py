"""Reviews that keep notes in a directory, as the terminals of one person do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteContent, NoteVerdict
from dqmtui.model.notes_journal import Journal
from dqmtui.review.facts import Crashed
from dqmtui.review.notebook import Notebook
from dqmtui.review.noting import LOOK_S
from dqmtui.review.review import Target
from dqmtui.store.journal import JournalFiles
from tests.review.told import A, Told
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dqmtui.review.datalayer import DataLayer

NEVER_S = 3600.0


def on_disk(directory: Path) -> Journal:
    """Read what anybody reads who begins now."""
    return Journal.of(JournalFiles(directory).load())


def content(ls: str = "2-3", run: int = A, **more: Any) -> NoteContent:
    """Give something to be noted."""
    fields: dict[str, Any] = {"verdict": NoteVerdict.BAD, "text": "HV trip", **more}
    return NoteContent(run, LSMask.parse(ls), **fields)


async def kept(told: Told) -> None:
    """Wait until all edits are on the disk."""
    await until(lambda: not told.review.notebook.unkept)


@asynccontextmanager
async def terminal(
    data: DataLayer, directory: Path, run: int | None = A, *, looks: bool = True
) -> AsyncIterator[Told]:
    """A review with the notes of a directory, on a run; it looks again all the time, or never."""
    has_read = asyncio.Event()

    async def sleep(seconds: float) -> None:
        if seconds == LOOK_S:
            has_read.set()
        await asyncio.sleep(0.01 if looks else NEVER_S)

    told = Told(data, sleep)
    try:
        told.review.keep_notes(Notebook("ana", JournalFiles(directory)))
        told.review.begin(Target(run=run))
        # what the directory holds is read beside the run, and first of all
        await until(has_read.is_set)
        await told.settled()
        yield told
    finally:
        await told.review.close()
    assert told.of(Crashed) == []
