"""Why a run is not in DIALS, as far as its files tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer


async def why_missing(data: DataLayer, workspace: str, run: int) -> str:
    """Say in a sentence that DIALS has no such run, and what became of its files, as far as it says."""
    sentence = f"DIALS has no run {run} in workspace {workspace}"
    try:
        files = await data.files_of_run(workspace, run)
    except ServiceError as error:
        return f"{sentence}; its files could not be looked up: {error.message}"
    if not files:
        return f"{sentence}, and no file of it either."
    counts: dict[tuple[str, str], int] = {}
    for file in files:
        counts[file.dataset, file.status] = counts.get((file.dataset, file.status), 0) + 1
    states = ", ".join(
        f"{count} {status} in {dataset}" for (dataset, status), count in sorted(counts.items())
    )
    return f"{sentence}; of its {len(files)} file{'s' * (len(files) != 1)}: {states}."
