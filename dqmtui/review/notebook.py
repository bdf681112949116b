"""The journal of a review: what it comes to in memory, and a thread that puts every edit on the disk."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.model.notes_journal import Journal, Pen
from dqmtui.store.journal import JournalError, JournalFiles, author, journal_home, new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from dqmtui.model.notes import Change, Event
    from dqmtui.store.settings import Settings


class Notebook:
    """What a person decides: at once in memory, a moment later on the disk.

    Without `files` it is in memory alone. Edits are made in the event loop's thread; whatever touches the
    disk runs in others, one at a time.
    """

    def __init__(self, writer: str, files: JournalFiles | None = None) -> None:
        self.journal = Journal()
        session = "" if files is None else files.session
        self.pen = Pen(writer, session, lambda: datetime.now(UTC), new_id)
        self._files = files
        self._unkept: tuple[Event, ...] = ()
        self._elsewhere: frozenset[str] = frozenset()
        self._disk = asyncio.Lock()

    @classmethod
    def of(cls, settings: Settings, notify: Callable[[str], None]) -> Self:
        """Give the journal for the services of the settings; `notify` is told of its files, from a thread."""
        home = journal_home(settings.state_dir, settings.dials_url)
        return cls(settings.author or author(), JournalFiles(home, notify))

    @property
    def has_files(self) -> bool:
        """Whether anything is ever put on the disk."""
        return self._files is not None

    @property
    def unkept(self) -> tuple[Event, ...]:
        """Edits that are not on the disk yet, or cannot be put there."""
        return self._unkept

    @property
    def unsaved(self) -> tuple[Event, ...]:
        """Edits that would be lost with the program: neither in the journal nor in a file elsewhere."""
        return tuple(event for event in self._unkept if event.id not in self._elsewhere)

    def write(self, *changes: Change) -> tuple[Event, ...]:
        """Make one step of changes, which counts at once; `keep` puts it on the disk."""
        return self.add(self.pen.write(self.journal, *changes))

    def add(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Let events of the pen count at once; `keep` puts them on the disk."""
        self.journal = self.journal.with_events(events)
        if self._files is not None:
            self._unkept += events
        return events

    async def keep(self) -> None:
        """Put all edits on the disk; when it returns they survive the end of the program.

        Raises JournalError: then they are still in memory, and the next `keep` tries again.
        """
        files = self._files
        async with self._disk:
            while files is not None and self._unkept:
                events = self._unkept
                await asyncio.to_thread(files.append, *events)
                # others may have come meanwhile
                self._unkept = self._unkept[len(events) :]

    async def load(self) -> None:
        """Read what all sessions wrote; raises JournalError when the directory cannot be read."""
        if self._files is not None:
            await self._take(self._files.load)

    async def look(self) -> bool:
        """Read what other sessions wrote since the last look, and tell whether that changes anything.

        Raises JournalError when the directory cannot be read.
        """
        return self._files is not None and await self._take(self._files.poll)

    async def _take(self, read: Callable[[], tuple[Event, ...]]) -> bool:
        async with self._disk:
            events = await asyncio.to_thread(read)
        if not events:
            return False
        before = self.journal
        # thousands of events take longer than a key may wait
        grown = await asyncio.to_thread(_grown, before, events)
        if self.journal is not before:
            grown = grown.with_events(self.journal.events)
        has_changed = grown is not before
        self.journal = grown
        return has_changed

    async def save_elsewhere(self, path: Path) -> int:
        """Write the edits that are not on the disk to a new file; give their number.

        They still wait for the journal. Raises JournalError, also when there is such a file.
        """
        files, unkept = self._files, self._unkept
        if files is None or not unkept:
            return 0
        async with self._disk:
            saved = await asyncio.to_thread(files.save_elsewhere, path, unkept)
        self._elsewhere |= {event.id for event in unkept}
        return saved

    async def close(self) -> None:
        """Put on the disk what can be put there, and let go of the files."""
        if self._files is None:
            return
        try:
            await self.keep()
        except JournalError:
            # it was said when it was noted, and again before the program was left
            return
        async with self._disk:
            await asyncio.to_thread(_leave, self._files)


def _grown(journal: Journal, events: tuple[Event, ...]) -> Journal:
    """Take events in, and work out what they come to."""
    grown = journal.with_events(events)
    _ = grown.by_id, grown.notes, grown.exclusions, grown.compared, grown.expressions
    return grown


def _leave(files: JournalFiles) -> None:
    files.close()
    # what was to be kept is kept; the next session puts the files together
    with suppress(JournalError):
        files.compact()
