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
    """Print the elements whose name fits; raises Stop when there are none, and ServiceError.

    `=text` and `~text` are read as in the finder, unless an option says how to search.
    """
    if literal and regex:
        raise Stop(Exit.USAGE, "--literal and --regex are two ways to search; give one of them.")
    wanted = " ".join(text)
    query = Query.read(wanted)
    if literal or regex:
        query = Query(wanted, SearchMode.LITERAL if literal else SearchMode.REGEX)
    if run is None:
        elements = await data.elements(await workspace_of(work, data))
    else:
        entry = await run_entry(work, data, run, dataset)
        elements = await data.run_elements(entry.key)
        tell(f"DIALS lists those of the first lumisection of run {run}; others may come later")
    if not elements:
        where = f"workspace {await workspace_of(work, data)}" if run is None else f"run {run}"
        raise Stop(Exit.NOT_FOUND, f"DIALS has no monitoring element in {where}.")
    if dim is not None:
        elements = tuple(element for element in elements if element.dim == int(dim))
    try:
        matches = search([element.me for element in elements], query)
    except SearchError as error:
        raise Stop(Exit.USAGE, f"{error}.") from error
    if not matches:
        if not elements:
            raise Stop(Exit.NOT_FOUND, f"There is no monitoring element of {dim}D.")
        raise Stop(Exit.NOT_FOUND, _nothing_fits(query, len(elements)))
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


def _nothing_fits(query: Query, of: int) -> str:
    """Say that none of some elements fits, and how else to search."""
    other = {
        SearchMode.FUZZY: "Fewer letters find more; =TEXT is taken literally, ~TEXT is a regular expression.",
        SearchMode.LITERAL: "Capitals count where there are any; without = or --literal the search is fuzzy.",
        SearchMode.REGEX: "Without ~ and --regex the search is fuzzy.",
    }
    text = f"The {query.mode.value} search for {query.text!r} finds no monitoring element of {of}."
    return f"{text} {other[query.mode]}"
