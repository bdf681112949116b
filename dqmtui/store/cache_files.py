"""Files that several programs share without locks: written whole, read whole, the oldest let go.

A file is written beside its place and renamed into it, which is atomic on local file systems and on AFS, so
that a reader finds a whole file or none whoever is killed when. How recently a file was used is its time of
modification, which AFS keeps, unlike that of access.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ASIDE = "aside"
REASON_SUFFIX = ".reason.txt"
LARGEST_FILE = 1 << 30
"""Bytes of a file that is read; nothing that the program keeps comes near it."""

TEMPORARY = ".tmp-"
_LEFTOVER_S = 3600
_TOUCHED_S = 60
# with sessions that each look again after a twentieth, two of them stay within the limit
_LOOK_AGAIN = 0.05
_HIGH_WATER = 0.9
_LOW_WATER = 0.8
_MKDIR_ATTEMPTS = 3


class UnusableFileError(ValueError):
    """A file that is none of the program's; the message says why and ends a sentence about the file."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it lies there: its path, bytes, and when it was last used, in ns since 1970."""

    path: Path
    size: int
    used_ns: int

    @property
    def is_temporary(self) -> bool:
        """Whether it is being written, or whoever wrote it died."""
        return self.path.name.startswith(TEMPORARY)


class CacheFiles:
    """The files below `root`, of `limit` bytes together; 0 keeps nothing.

    No method raises for what the disk does: it is told in a sentence to `tell`, which may be called from any
    thread, and the same trouble once. All methods may be called from several threads and processes.
    """

    def __init__(self, root: Path, limit: int, tell: Callable[[str], None]) -> None:
        self.root = root
        self.limit = limit
        self._tell = tell
        self._lock = Lock()
        self._since_look: int | None = None
        self._troubles: set[str] = set()

    @property
    def aside(self) -> Path:
        """Where files go that cannot be used."""
        return self.root / ASIDE

    def is_aside(self, path: Path) -> bool:
        """Tell whether a file was set aside."""
        return path.is_relative_to(self.aside)

    def read(self, path: Path) -> bytes | None:
        """Read a file and mark it as used; None when there is none. Raises UnusableFileError."""
        if not self.limit:
            return None
        try:
            data = read_file(path)
            _touch(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._trouble("read", error)
            return None
        self._troubles.discard("read")
        return data

    def write(self, path: Path, data: bytes, may_replace: Callable[[], bool] = lambda: True) -> bool:
        """Put a file in its place at once, unless `may_replace` says no at the last moment; tell whether.

        Other files go where there is no room for it.
        """
        if not self.limit:
            return False
        if len(data) > min(self.limit, LARGEST_FILE):
            self.refuse(path, f"takes {len(data) / 1e6:.1f} MB, the cache may take {self.limit / 1e6:.0f} MB")
            return False
        try:
            if not self._write(path, data, may_replace):
                return False
        except OSError as error:
            self._trouble("write", error)
            return False
        self._troubles.discard("write")
        self._account(path, len(data))
        return True

    def refuse(self, path: Path, reason: str) -> None:
        """Say of something that it is not kept, and why."""
        self._say_once(f"{path}: {reason}", f"{path.name} {reason}. It is not kept in the cache.")

    def lose(self, path: Path, reason: str) -> None:
        """Set a file aside that cannot be used, and say so."""
        if self.set_aside(path, reason):
            self._tell(f"The cached file {path.name} {reason}. It was set aside, its data are fetched again.")

    def set_aside(self, path: Path, reason: str) -> bool:
        """Move a file away, with the reason beside it; tell whether it was still there."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        target = self.aside / f"{stamp}-{token_hex(4)}-{path.name.lstrip('.')[:180]}"
        try:
            _make_directory(self.aside)
            path.rename(target)
        except FileNotFoundError:
            # another session has done it
            return False
        except OSError as error:
            self._trouble("set a damaged file aside", error)
            return False
        try:
            _write_all(target.with_name(target.name + REASON_SUFFIX), f"{path}\n{reason}\n".encode())
        except OSError as error:
            self._trouble("note why a file was set aside", error)
        return True

    def kept(self) -> Iterator[Kept]:
        """Walk over all files, of which some may be gone when they are looked at; raises no error."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = f"{folder}/{name}"
                with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                    found = os.lstat(path)
                    yield Kept(Path(path), found.st_size, found.st_mtime_ns)

    def sweep(self) -> list[Kept]:
        """Remove what programs that died left half written, an hour after they last wrote; list the rest."""
        latest = time.time_ns() - _LEFTOVER_S * 10**9
        return [
            file
            for file in self.kept()
            if not (file.is_temporary and file.used_ns < latest and _removed(file.path))
        ]

    def make_room(self, newest: Path | None = None) -> None:
        """Let go of what was used longest ago until there is room again, but never of `newest`.

        Files that were set aside go first.
        """
        files = self.sweep()
        total = sum(file.size for file in files)
        if total <= self.limit * _HIGH_WATER:
            return
        files = [file for file in files if not file.is_temporary and file.path != newest]
        for file in sorted(files, key=lambda file: (not self.is_aside(file.path), file.used_ns)):
            if total <= self.limit * _LOW_WATER:
                return
            if _removed(file.path):
                total -= file.size
                _remove_empty(file.path.parent, self.root)

    def clear(self) -> tuple[int, int]:
        """Remove everything; give the number of files and of bytes that went. Raises OSError."""
        files = size = 0
        for folder, folders, names in os.walk(self.root, topdown=False):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    n_bytes = path.lstat().st_size
                    path.unlink()
                    files, size = files + 1, size + n_bytes
            for name in folders:
                path = Path(folder, name)
                if path.is_symlink():
                    path.unlink(missing_ok=True)
        for folder, _, _ in os.walk(self.root, topdown=False):
            # a directory into which another session has just written stays
            with suppress(OSError):
                Path(folder).rmdir()
        return files, size

    def _write(self, path: Path, data: bytes, may_replace: Callable[[], bool]) -> bool:
        handle, name = self._temporary(path.parent)
        is_written = False
        try:
            with open(handle, "wb") as file:  # noqa: PTH123 - the file is open already
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if may_replace():
                Path(name).replace(path)
                is_written = True
        finally:
            if not is_written:
                _removed(Path(name))
        return is_written

    def _temporary(self, folder: Path) -> tuple[int, str]:
        """Open a file of an own name, readable by the person alone."""
        for _ in range(_MKDIR_ATTEMPTS):
            # another session may remove the directory while it is empty
            with suppress(FileNotFoundError):
                _make_directory(folder)
                return tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
        return tempfile.mkstemp(prefix=TEMPORARY, dir=folder)

    def _account(self, path: Path, size: int) -> None:
        with self._lock:
            since = self._since_look
            if since is not None and since + size < self.limit * _LOOK_AGAIN:
                self._since_look = since + size
                return
            self._since_look = 0
        self.make_room(path)

    def _trouble(self, what: str, error: OSError) -> None:
        reason = error.strerror or str(error)
        self._say_once(
            what, f"Cannot {what} in the cache {self.root}: {reason}. The program goes on without it."
        )

    def _say_once(self, what: str, sentence: str) -> None:
        with self._lock:
            if what in self._troubles:
                return
            self._troubles.add(what)
        self._tell(sentence)


def read_file(path: Path) -> bytes:
    """Read a regular file whole; raises UnusableFileError for anything else, and OSError."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnusableFileError("is no file")
    if not 0 < found.st_size <= LARGEST_FILE:
        raise UnusableFileError("is too large" if found.st_size else "is empty")
    # should it change at this moment: a link leads to what is not ours, a pipe would wait for a writer
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with open(handle, "rb") as file:  # noqa: PTH123 - the file is open already
        return file.read()


def _touch(path: Path) -> None:
    """Mark a file as used, unless that has been done just now."""
    with suppress(OSError):
        # a directory that can only be read serves as well, it forgets what was used
        if time.time() - path.stat().st_mtime > _TOUCHED_S:
            os.utime(path)


def _write_all(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - the file is open already
        file.write(data)


def _make_directory(folder: Path) -> None:
    """Make a directory and those above it that are missing, for the person alone."""
    missing = []
    at = folder
    while not at.is_dir():
        missing.append(at)
        at = at.parent
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def _removed(path: Path) -> bool:
    """Remove a file; tell whether it is gone, by whomever."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a directory and those above it up to the root, as far as they are empty."""
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
