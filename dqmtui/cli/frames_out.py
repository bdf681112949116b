"""Data frames into CSV and parquet files: whole, or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.export.tables import csv_text, frame_of_columns, frame_of_rows, parquet_bytes
from dqmtui.model.text import harmless

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = [
    "STDOUT",
    "check_file",
    "check_targets",
    "frame_of_columns",
    "frame_of_rows",
    "write_bytes",
    "write_frame",
]

STDOUT = "-"


def check_targets(
    csv: Path | None, parquet: Path | None, *, force: bool = False, as_json: bool = False
) -> None:
    """Find out whether frames could be written where the options say, before anything is loaded for them.

    Raises Stop: for a file that is there already unless `force`, for a directory that is none, and when two
    things would go to standard output.
    """
    if parquet is not None and str(parquet) == STDOUT:
        raise Stop(Exit.USAGE, "Parquet is no text for standard output: give --parquet a file.")
    if csv is not None and str(csv) == STDOUT and as_json:
        raise Stop(Exit.USAGE, "--json and --csv - both go to standard output; give --csv a file.")
    if csv is not None and parquet is not None and csv.absolute() == parquet.absolute():
        raise Stop(Exit.USAGE, f"--csv and --parquet name the same file, {harmless(str(csv))}.")
    for target in (csv, parquet):
        if target is not None:
            check_file(target, force=force)


def write_frame(frame: pd.DataFrame, csv: Path | None, parquet: Path | None, *, force: bool = False) -> None:
    """Write a frame without its index as CSV, as parquet or both, and say so; `-` is standard output (CSV).

    Numbers are written so that they read back the same, and what is missing as nothing. A file comes into
    being whole; one that is there already is replaced only if `force`. Raises Stop.
    """
    check_targets(csv, parquet, force=force)
    if csv is not None:
        text = csv_text(frame)
        if str(csv) == STDOUT:
            put(text)
        else:
            write_bytes(csv, text.encode(), f"{len(frame)} rows")
    if parquet is not None:
        write_bytes(parquet, parquet_bytes(frame), f"{len(frame)} rows")


def check_file(target: Path, *, force: bool) -> None:
    """Find out whether a file could be written; raises Stop. Standard output always can."""
    if str(target) == STDOUT:
        return
    name = harmless(str(target))
    if target.is_dir():
        raise Stop(Exit.UNEXPECTED, f"Cannot write to {name}: it is a directory.")
    if not target.absolute().parent.is_dir():
        raise Stop(
            Exit.UNEXPECTED, f"Cannot write to {name}: there is no directory {harmless(str(target.parent))}."
        )
    if target.is_file() and not force:
        raise Stop(Exit.UNEXPECTED, f"There already is a file {name}. --force replaces it.")


def write_bytes(target: Path, data: bytes, what: str) -> None:
    """Write all of a file or leave what was there, and say that `what` was written; raises Stop.

    A device or a pipe is written to as it is.
    """
    _write(target, data)
    tell(f"{what} written to {harmless(str(target))}")


def _write(target: Path, data: bytes) -> None:
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        # a link stays a link: what it points to is replaced
        place = target.resolve()
        # of a name that nobody can have made something of before
        growing = place.with_name(f".{place.name}.{os.getpid()}.{os.urandom(6).hex()}")
        try:
            with growing.open("xb") as file:
                file.write(data)
            growing.replace(place)
        finally:
            growing.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise Stop(Exit.UNEXPECTED, f"Cannot write to {harmless(str(target))}: {why}.") from error
