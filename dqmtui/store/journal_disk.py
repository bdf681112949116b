"""Files of the journal: private, written through to the disk, and read only where they are regular files."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 256 << 20

APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OTHERS = 0o077


def read_from(path: Path | str, start: int) -> tuple[os.stat_result, bytes]:
    """Read a regular file from a place to its end; raises OSError for anything else."""
    handle = os.open(path, _READ)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_BYTES:
            raise OSError("it is no file of notes")
        with open(handle, "rb", closefd=False) as file:
            file.seek(start)
            return found, file.read(LARGEST_BYTES)
    finally:
        os.close(handle)


def write_new(path: Path, data: bytes) -> None:
    """Write a new file through to the disk, for its owner alone; nothing stays of one that fails."""
    handle = os.open(path, APPEND, 0o600)
    try:
        try:
            write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def write_all(handle: int, data: bytes) -> None:
    """Write all of some bytes; raises OSError when a part of them may have been written."""
    while data:
        data = data[os.write(handle, data) :]


def sync_directory(directory: Path) -> None:
    """Let the names of new files reach the disk, where the file system can do that."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def is_there(handle: int, path: Path) -> bool:
    """Tell whether an open file still has its name."""
    try:
        return path.lstat().st_ino == os.fstat(handle).st_ino
    except FileNotFoundError:
        return False


def private_directory(directory: Path) -> None:
    """Make a directory and those above it, and let nobody else look into it; raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(directory.stat().st_mode) & _OTHERS:
        directory.chmod(0o700)


def reason(error: OSError) -> str:
    """Say in the words of the system what is wrong."""
    return error.strerror or str(error)
