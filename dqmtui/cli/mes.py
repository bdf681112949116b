"""`dqmtui mes`: monitoring elements by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import run_entry, workspace_of
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.search import Query, SearchError, SearchMode, search

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.review.datalayer import DataLayer


async def show(
    work: Work,
    data: DataLayer,
    *,
    text: tuple[str, ...],
    run: int | None,
    dataset: str | None,
    dim: str | None,
    literal: bool,
    regex: bool,
    as_json: bool,
) -> None:
    """Print the elements whose name fits; raises Stop when there are none, and ServiceError."""
    if literal and regex:
        raise Stop(Exit.USAGE, "--literal and --regex are two ways to search; give one of them.")
    wanted = " ".join(text)
    mode = SearchMode.LITERAL if literal else SearchMode.REGEX if regex else SearchMode.FUZZY
    if run is None:
        elements = await data.elements(await workspace_of(work, data))
    else:
        entry = await run_entry(work, data, run, dataset)
        elements = await data.run_elements(entry.key)
        tell(f"DIALS lists those of the first lumisection of run {run}; others may come later")
    if dim is not None:
        elements = tuple(element for element in elements if element.dim == int(dim))
    try:
        matches = search([element.me for element in elements], Query(wanted, mode))
    except SearchError as error:
        raise Stop(Exit.USAGE, f"{error}.") from error
    if not matches:
        what = f"{mode.value} search for {wanted!r}" if wanted else "list"
        raise Stop(Exit.NOT_FOUND, f"The {what} finds no monitoring element.")
    found = [elements[match.index] for match in matches]
    if as_json:
        put(json_rows({"me_id": element.me_id, "me": element.me, "dim": element.dim} for element in found))
        return
    columns = [
        Column("me_id", [str(element.me_id) for element in found], right=True),
        Column("dim", [f"{element.dim}D" for element in found]),
        Column("monitoring element", [element.me for element in found], least=24),
    ]
    work.put_table(aligned(columns, work.table_width))
