"""The journal on disk: every change of a review as a line, written through before it is acknowledged.

Each session appends to a file of its own and nobody else does, so that there is nothing to lock: AFS keeps no
locks between machines, and keeps the version of whoever closes a file last. All sessions read all files. What
was written stays as it is; compaction only puts lines of many files into one.
"""

from __future__ import annotations

import getpass
import os
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from secrets import token_hex
from threading import RLock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dqmtui.store.journal_disk import (
    APPEND,
    is_there,
    private_directory,
    read_from,
    reason,
    sync_directory,
    write_all,
    write_new,
)
from dqmtui.store.journal_lines import Lines, join_lines, line_of, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dqmtui.model.notes import Event

DIRECTORY = "journal"
SUFFIX = ".jsonl"
CLOSED = ".closed"
"""Follows the name of a file whose session has ended, or must go on in another: nobody writes to it."""
DAMAGED = ".damaged"
"""Follows the name of a file with lines that are not as they were written, once all others are elsewhere."""
KEPT = "kept-"
"""Begins the name of a file that was put together of others."""

LOCAL = "local"
"""The directory, below that of the state, of what is about services of this machine."""

MANY_FILES = 40
IDLE_S = 7 * 86_400.0
"""Compaction leaves files alone that were written to more recently."""

_TEMPORARY = ".tmp-"
_LEFTOVER_S = 3600.0
_ATTEMPTS = 3
_FILES_TAKEN = 50
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_UNFIT = re.compile(r"[^A-Za-z0-9-]+")


class JournalError(OSError):
    """The journal cannot be written or read; the text is a sentence that says what to do."""


@dataclass(slots=True)
class _Seen:
    """How far a file has been read: what it was like then, and the bytes of its whole lines."""

    inode: int
    size: int
    changed_ns: int
    read: int


class JournalFiles:
    """The journal below a state directory, as one session sees and writes it.

    `session` names it in the events and in its file. `notify` gets sentences about files that are not as they
    should be, each once. All methods block on the disk and may be called from any thread.
    """

    def __init__(self, state_dir: Path, notify: Callable[[str], None] = lambda _: None) -> None:
        self.directory = state_dir / DIRECTORY
        self.session = _session()
        self._notify = notify
        self._lock = RLock()
        self._waiting: list[Event] = []
        self._known: set[str] = set()
        self._seen: dict[str, _Seen] = {}
        self._said: set[str] = set()
        self._file: int | None = None
        self._path: Path | None = None

    @property
    def waiting(self) -> tuple[Event, ...]:
        """Events that were given to `append` and are not on the disk."""
        return tuple(self._waiting)

    # -- writing ---------------------------------------------------------------------------------------------

    def append(self, *events: Event) -> None:
        """Put events on the disk; when it returns they survive whatever becomes of this program.

        Raises JournalError: then they wait for the next `append`, `retry` or `save_elsewhere`.
        """
        with self._lock:
            self._waiting += [event for event in events if event not in self._waiting]
            self.retry()

    def retry(self) -> None:
        """Put what waits on the disk; raises JournalError when that is still not possible."""
        with self._lock:
            if not self._waiting:
                return
            try:
                self._write(b"".join(map(line_of, self._waiting)))
            except OSError as error:
                self._leave_file(failed=True)
                raise self._unwritten(error) from error
            self._known.update(event.id for event in self._waiting)
            self._waiting.clear()

    def save_elsewhere(self, path: Path, events: Sequence[Event] | None = None) -> int:
        """Write events, by default those that wait, to a new file as `dqmtui notes import` reads it.

        Gives their number. They still wait then, for the journal itself. Raises JournalError, also when there
        is such a file.
        """
        with self._lock:
            saved = self._waiting if events is None else events
            try:
                write_new(path, b"".join(map(line_of, saved)))
            except OSError as error:
                raise JournalError(f"Your notes cannot be saved as {path}: {reason(error)}.") from error
            return len(saved)

    def close(self) -> None:
        """Let go of the file, and mark it as ended; a later `append` begins another."""
        with self._lock:
            path = self._path
            self._leave_file()
            if path is not None:
                # what cannot be marked counts as ended when it has been idle for long
                with suppress(OSError):
                    path.rename(path.with_name(path.name + CLOSED))

    # -- reading ---------------------------------------------------------------------------------------------

    def load(self) -> tuple[Event, ...]:
        """Read everything there is, in any order; raises JournalError when the directory cannot be read."""
        with self._lock:
            self._seen.clear()
            self._known.clear()
            return self.poll()

    def poll(self) -> tuple[Event, ...]:
        """Read what any session wrote since the last look, in any order; cheap when nothing changed.

        Raises JournalError when the directory cannot be read. A file that cannot be read is told and passed
        over, and so are lines that are not as they were written.
        """
        with self._lock:
            new: dict[str, Event] = {}
            names = None
            for _ in range(_ATTEMPTS):
                entries = list(self._entries())
                if names == (names := {entry.name for entry in entries}):
                    break
                # while files are put together some may be missed: what is listed has to stay the same
                for entry in entries:
                    for event in self._events_of(entry):
                        new[event.id] = event
            self._seen = {name: seen for name, seen in self._seen.items() if name in (names or ())}
            fresh = tuple(event for event in new.values() if event.id not in self._known)
            self._known.update(new)
            return fresh

    # -- compaction ------------------------------------------------------------------------------------------

    def compact(self, least: int = MANY_FILES, idle_s: float = IDLE_S) -> int:
        """Put files of sessions that ended into one, when there are `least`; give the number that went.

        It can be killed at any moment, and run beside writers and itself: a source goes only after the file
        with its lines is on the disk, and a session that finds its file gone writes its last line anew.
        Raises JournalError.
        """
        with self._lock:
            before = time.time() - idle_s
            try:
                self._sweep()
                names = [entry.name for entry in self._entries() if self._may_go(entry, before)]
                if len(names) < max(least, 2):
                    return 0
                return self._merge(names)
            except JournalError:
                raise
            except OSError as error:
                message = f"The notes in {self.directory} cannot be put together: {reason(error)}."
                raise JournalError(message) from error

    def _may_go(self, entry: os.DirEntry[str], before: float) -> bool:
        is_own = self._path is not None and entry.name == self._path.name
        ended = entry.name.startswith(KEPT) or entry.name.endswith(CLOSED)
        try:
            return not is_own and (ended or entry.stat(follow_symlinks=False).st_mtime < before)
        except FileNotFoundError:
            # another session is at the same work
            return False

    def _merge(self, names: list[str]) -> int:
        sources: dict[Path, Lines] = {}
        for name in names:
            # another session may be at the same work
            with suppress(FileNotFoundError):
                path = self._closed(self.directory / name)
                # read after it was closed: what its session wrote before that is in it
                sources[path] = read_lines(read_from(path, 0)[1])
        data = join_lines(line for lines in sources.values() for line in lines.sound)
        target = self.directory / f"{KEPT}{blake2b(data, digest_size=16).hexdigest()}{SUFFIX}"
        if data:
            temporary = self.directory / f"{_TEMPORARY}{token_hex(8)}"
            write_new(temporary, data)
            temporary.replace(target)
            sync_directory(self.directory)
        gone = 0
        for path, lines in sources.items():
            if path == target:
                continue
            with suppress(FileNotFoundError):
                if lines.damaged:
                    path.rename(path.with_name(path.name.removesuffix(CLOSED) + DAMAGED))
                else:
                    path.unlink()
                gone += 1
        return gone

    def _closed(self, path: Path) -> Path:
        """Take a session's file away from it, unless nobody writes to it anyway."""
        if path.name.startswith(KEPT) or path.name.endswith(CLOSED):
            return path
        closed = path.with_name(path.name + CLOSED)
        path.rename(closed)
        return closed

    def _sweep(self) -> None:
        """Remove what a compaction that was killed left half written."""
        latest = time.time() - _LEFTOVER_S
        for path in self.directory.glob(f"{_TEMPORARY}*"):
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime < latest:
                    path.unlink()

    # -- the files -------------------------------------------------------------------------------------------

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """Give the files of the journal, by name; raises JournalError."""
        try:
            with os.scandir(self.directory) as entries:
                found = [entry for entry in entries if entry.name.endswith((SUFFIX, SUFFIX + CLOSED))]
        except FileNotFoundError:
            return
        except OSError as error:
            message = f"Your notes in {self.directory} cannot be read: {reason(error)}."
            raise JournalError(f"{message} Check state_dir (DQMTUI_STATE_DIR).") from error
        yield from sorted(found, key=lambda entry: entry.name)

    def _events_of(self, entry: os.DirEntry[str]) -> tuple[Event, ...]:
        """Read the events that came to a file, and say what is wrong with it."""
        try:
            return self._read_on(entry).events
        except OSError as error:
            self._say(entry.name, f"Notes in {entry.path} cannot be read: {reason(error)}.")
            return ()

    def _read_on(self, entry: os.DirEntry[str]) -> Lines:
        """Read what came to a file; raises OSError."""
        nothing = Lines((), (), 0, 0, 0)
        seen = self._seen.get(entry.name)
        try:
            # not that of the entry, which may be older than the file
            found = os.stat(entry.path, follow_symlinks=False)  # noqa: PTH116 - a DirEntry has no Path
            if seen is not None and (found.st_ino, found.st_size, found.st_mtime_ns) == (
                *(seen.inode, seen.size, seen.changed_ns),
            ):
                return nothing
            is_same = seen is not None and found.st_ino == seen.inode and found.st_size >= seen.read
            start = seen.read if seen is not None and is_same else 0
            found, data = read_from(entry.path, start)
        except FileNotFoundError:
            # put together with others meanwhile: its lines are in another file, which is read now or next
            return nothing
        lines = read_lines(data)
        self._seen[entry.name] = _Seen(found.st_ino, start + len(data), found.st_mtime_ns, start + lines.size)
        if lines.damaged:
            self._say(
                f"damaged {entry.name}",
                f"{lines.damaged} lines of {entry.path} are not as they were written and are passed over.",
            )
        if lines.later:
            self._say("later", "Some notes are of a later version of dqmtui, which alone can show them.")
        return lines

    def _write(self, data: bytes) -> None:
        """Write to the file of this session, and through to the disk; raises OSError."""
        for _ in range(_FILES_TAKEN):
            is_new = self._file is None
            handle, path = self._open()
            write_all(handle, data)
            os.fsync(handle)
            if is_new:
                sync_directory(self.directory)
            if is_there(handle, path):
                return
            # compaction took the file, perhaps before it had these lines
            self._leave_file()
        raise OSError("other sessions take the file away again and again")

    def _open(self) -> tuple[int, Path]:
        if self._file is None or self._path is None:
            private_directory(self.directory)
            path = self.directory / f"{self.session}-{token_hex(3)}{SUFFIX}"
            self._file, self._path = os.open(path, APPEND, 0o600), path
        return self._file, self._path

    def _leave_file(self, *, failed: bool = False) -> None:
        """Write no more to the file: after an error nobody knows how its last line ends."""
        if self._file is not None and self._path is not None:
            with suppress(OSError):
                is_empty = os.fstat(self._file).st_size == 0
                os.close(self._file)
                if failed and is_empty:
                    self._path.unlink()
        self._file = self._path = None

    def _unwritten(self, error: OSError) -> JournalError:
        n = len(self._waiting)
        notes = "1 change is" if n == 1 else f"{n} changes are"
        return JournalError(
            f"Your notes cannot be kept in {self.directory}: {reason(error)}. {notes} in memory alone; "
            "make room and try again, or save them as a file elsewhere."
        )

    def _say(self, what: str, sentence: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._notify(sentence)


def journal_home(state_dir: Path, dials_url: str) -> Path:
    """Give the directory to keep a journal below, for whoever works with the DIALS of this address.

    What is noted on services of this machine, such as the embedded ones, stays apart: their runs are not the
    real ones, but have their numbers.
    """
    try:
        host = urlsplit(dials_url).hostname
    except ValueError:
        host = None
    return state_dir / LOCAL if host in _THIS_MACHINE else state_dir


def author() -> str:
    """Name whoever works here, as their account is called."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # an account without a name
        return "unknown"


def new_id() -> str:
    """Make an id that no other terminal makes."""
    return token_hex(8)


def _session() -> str:
    """Name a session after the time, the machine and the process, which may begin several at once."""
    host = _UNFIT.sub("-", socket.gethostname().partition(".")[0]) or "host"
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{host}-{os.getpid()}-{token_hex(2)}"
