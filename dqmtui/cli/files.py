"""`dqmtui files`: the files of a run and what became of them, which is why a run may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import workspace_of
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.review.missing import why_missing

if TYPE_CHECKING:
    from datetime import datetime

    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.records import FileStatus

ABSENT = "-"
MB = 1_000_000


async def show(work: Work, data: DataLayer, *, run: int, dataset: str | None, as_json: bool) -> None:
    """Print the files of a run in every dataset; raises Stop when there are none, and ServiceError."""
    workspace = await workspace_of(work, data)
    text = (dataset or "").lower()
    files = [file for file in await data.files_of_run(workspace, run) if text in file.dataset.lower()]
    files.sort(key=lambda file: (file.dataset, file.logical_file_name))
    if not files:
        where = f"datasets with {dataset!r} in their name" if dataset else f"workspace {workspace}"
        raise Stop(Exit.NOT_FOUND, f"DIALS has no file of run {run} in {where}")
    rows = await data.find_run(workspace, run)
    if rows:
        tell(f"run {run} is in DIALS: {', '.join(f'{row.ls_count} LS in {row.dataset}' for row in rows)}")
    else:
        tell(await why_missing(data, workspace, run))
    if as_json:
        put(json_rows(_fields(file) for file in files))
        return
    columns = [
        Column("status", [file.status for file in files]),
        Column("MB", [_size(file) for file in files], right=True),
        Column("changed (UTC)", [_moment(file.last_modification_date) for file in files]),
        Column("trouble", [_trouble(file) for file in files], least=16),
        Column("file", [file.logical_file_name for file in files], least=20),
    ]
    work.put_table(aligned(columns, work.table_width))
    if work.table_width is not None and any(file.err_trace for file in files):
        tell("--json has what went wrong in full")


def _fields(file: FileStatus) -> dict[str, Any]:
    return {
        "dataset": file.dataset,
        "dataset_id": file.dataset_id,
        "file_id": file.file_id,
        "logical_file_name": file.logical_file_name,
        "status": file.status,
        "file_size": file.file_size,
        "creation_date": file.creation_date,
        "last_modification_date": file.last_modification_date,
        "err_trace": file.err_trace,
    }


def _size(file: FileStatus) -> str:
    return ABSENT if file.file_size is None else f"{file.file_size / MB:.1f}"


def _moment(date: datetime | None) -> str:
    return ABSENT if date is None else f"{date:%Y-%m-%d %H:%M}"


def _trouble(file: FileStatus) -> str:
    """Give the last line of what went wrong, which says it; the lines above say where."""
    lines = [line for line in (file.err_trace or "").split("\\n") if line.strip()]
    return lines[-1].strip() if lines else ABSENT
