"""The file of the lines given at the prompt, kept from one start to the next.

A file that has grown long is put aside under a name of its own and a new one begun; those put aside go once
newer lines suffice. Nothing is ever copied: a line that another terminal writes meanwhile stands in one of
them, and no file has to be locked, which is not safe everywhere.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "prompt_history"
MOST_LINES = 500
MOST_BYTES = 200_000
"""More is not read of a file: nobody typed that."""

LONGEST_LINE = 400


def read_history(state_dir: Path) -> list[str]:
    """Read the lines, the newest last, none where there is no file; raises OSError."""
    path = state_dir / NAME
    lines, is_long = _read(path)
    if is_long:
        _put_aside(path)
        lines, _ = _read(path)
    for older in _aside(state_dir):
        if len(lines) >= MOST_LINES:
            older.unlink(missing_ok=True)
        else:
            lines = [*_read(older)[0], *lines]
    return lines[-MOST_LINES:]


def append_history(state_dir: Path, line: str) -> None:
    """Write one more line, for this person's eyes alone; raises OSError.

    It is one write to the end of the file, so that sessions beside each other lose nothing of each other's.
    """
    if not _is_line(line):
        return
    state_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state_dir / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def _is_line(line: str) -> bool:
    return bool(line) and len(line) <= LONGEST_LINE and line.isprintable()


def _read(path: Path) -> tuple[list[str], bool]:
    """Read the last lines of a file, and tell whether it has grown long."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            data = file.read()
    except FileNotFoundError:
        return [], False
    if size > MOST_BYTES:
        # a line that is cut says something else than what was typed
        data = data.partition(b"\n")[2]
    lines = [line for line in data.decode("utf-8", "replace").split("\n") if _is_line(line)]
    return lines, size > MOST_BYTES or len(lines) > 2 * MOST_LINES


def _put_aside(path: Path) -> None:
    """Give a file a name that no other terminal gives; one of them may have been faster."""
    with suppress(FileNotFoundError):
        path.rename(path.with_name(f"{NAME}.{os.urandom(8).hex()}"))


def _aside(state_dir: Path) -> list[Path]:
    """List the files that were put aside, that which was written to last first."""
    found = []
    for path in state_dir.glob(f"{NAME}.*"):
        with suppress(FileNotFoundError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found, reverse=True)]
