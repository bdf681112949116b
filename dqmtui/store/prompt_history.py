"""The file of the lines given at the prompt, kept from one start to the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "prompt_history"
MOST_LINES = 500
MOST_BYTES = 200_000
"""More is not read: nobody typed that."""

LONGEST_LINE = 400


def read_history(state_dir: Path) -> list[str]:
    """Read the lines, the newest last, none where there is no file; raises OSError."""
    path = state_dir / NAME
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            data = file.read()
    except FileNotFoundError:
        return []
    if size > MOST_BYTES:
        # a line that is cut says something else than what was typed
        data = data.partition(b"\n")[2]
    lines = [line for line in data.decode("utf-8", "replace").split("\n") if _is_line(line)]
    if len(lines) > 2 * MOST_LINES or size > MOST_BYTES:
        _write(path, lines[-MOST_LINES:])
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


def _write(path: Path, lines: Sequence[str]) -> None:
    """Put shorter contents into the place of the file; a temporary file is 0600 from its beginning."""
    from tempfile import NamedTemporaryFile  # noqa: PLC0415 - needed once in a thousand lines

    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=NAME, delete=False) as file:
        try:
            file.write("".join(f"{line}\n" for line in lines))
            file.close()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
