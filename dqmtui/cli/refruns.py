"""`dqmtui refruns`: CertHelper's list of reference runs, whole or the rows that are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.golden_files import existing, fetch_of
from dqmtui.cli.notes_desk import ended_well, put_out
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.export.certhelper import (
    LARGEST_BYTES,
    read_references,
    select_rows,
    write_csv,
    write_lines,
    write_references,
)
from dqmtui.export.golden import read_place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.export.certhelper import ReferenceRow

ABSENT = "-"
_WRITERS: dict[str, Callable[[Sequence[ReferenceRow]], str]] = {
    ".json": write_references,
    ".jsonl": write_lines,
    ".csv": write_csv,
}
"""What a file has in it, by the end of its name."""


def show(
    work: Work,
    *,
    runs: Sequence[int],
    references: Sequence[int],
    reconstruction: str | None,
    place: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Print or write the rows of CertHelper's list that were asked for; raises Stop."""
    write = _WRITERS.get("" if output is None else output.suffix.lower())
    if output is not None and write is None:
        raise Stop(
            Exit.USAGE, f"--output FILE: its name ends in {', '.join(_WRITERS)}, not {output.suffix!r}."
        )
    source = place or work.settings.certhelper_url
    with ended_well():
        rows = read_references(read_place(existing(source), fetch_of(work), LARGEST_BYTES))
        found = select_rows(rows, runs, references, reconstruction)
        if rows and not found:
            raise Stop(Exit.NOT_FOUND, "CertHelper's list has no such run.")
        if output is not None and write is not None:
            put_out(write(found), output, force=force)
    tell(f"{len(found)} of {len(rows)} rows of {source}")
    if as_json:
        put(write_references(found))
    elif output is None or runs or references:
        # what was looked for is to be read, wherever it goes as well
        work.put_table(aligned(_columns(found), work.table_width))


def _columns(rows: Sequence[ReferenceRow]) -> list[Column]:
    return [
        Column("run", [str(row.run) for row in rows], right=True),
        Column("reconstruction", [row.reconstruction or ABSENT for row in rows]),
        Column("reference", [str(row.reference) for row in rows], right=True),
        Column("of", [row.reference_reconstruction or ABSENT for row in rows]),
        Column("dataset", [row.dataset or ABSENT for row in rows], least=16),
    ]
