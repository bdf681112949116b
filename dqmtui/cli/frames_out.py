"""Data frames into CSV and parquet files: whole, or not at all."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.model.text import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

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
        if target is not None and str(target) != STDOUT:
            _check(target, force=force)


def frame_of_columns(columns: Mapping[str, Any], about: Mapping[str, Any]) -> pd.DataFrame:
    """Make a frame of columns of equal length; `about` stands in its `attrs`, which parquet files keep."""
    import pandas as pd  # noqa: PLC0415 - costs 300 ms, so only who wants a table pays

    frame = pd.DataFrame(dict(columns))
    frame.attrs.update(about)
    return frame


def frame_of_rows(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make a frame of rows that all have the same names."""
    import pandas as pd  # noqa: PLC0415 - costs 300 ms, so only who wants a table pays

    return pd.DataFrame([dict(row) for row in rows])


def write_frame(frame: pd.DataFrame, csv: Path | None, parquet: Path | None, *, force: bool = False) -> None:
    """Write a frame without its index as CSV, as parquet or both, and say so; `-` is standard output (CSV).

    Numbers are written so that they read back the same, and what is missing as nothing. A file comes into
    being whole; one that is there already is replaced only if `force`. Raises Stop.
    """
    check_targets(csv, parquet, force=force)
    if csv is not None:
        text = frame.to_csv(index=False)
        if str(csv) == STDOUT:
            put(text)
        else:
            _write(csv, text.encode())
            tell(f"{len(frame)} rows written to {harmless(str(csv))}")
    if parquet is not None:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, engine="pyarrow", index=False)
        _write(parquet, buffer.getvalue())
        tell(f"{len(frame)} rows written to {harmless(str(parquet))}")


def _check(target: Path, *, force: bool) -> None:
    name = harmless(str(target))
    if target.is_dir():
        raise Stop(Exit.UNEXPECTED, f"Cannot write to {name}: it is a directory.")
    if not target.absolute().parent.is_dir():
        raise Stop(
            Exit.UNEXPECTED, f"Cannot write to {name}: there is no directory {harmless(str(target.parent))}."
        )
    if target.is_file() and not force:
        raise Stop(Exit.UNEXPECTED, f"There already is a file {name}; --force replaces it.")


def _write(target: Path, data: bytes) -> None:
    """Write all of a file or leave what was there; a device or a pipe is written to as it is."""
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        # a link stays a link: what it points to is replaced
        place = target.resolve()
        growing = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            growing.write_bytes(data)
            growing.replace(place)
        finally:
            growing.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise Stop(Exit.UNEXPECTED, f"Cannot write to {harmless(str(target))}: {why}.") from error
