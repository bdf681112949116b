"""Finding what was asked for by name or number: exactly one thing, or an end that says why not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.trouble import explained
from dqmtui.review.missing import why_missing
from dqmtui.review.naming import elements_named, nearest_elements
from dqmtui.review.runlist import RunEntry, entry_of, matching

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.records import Dataset

MOST_CHOICES = 20


async def together(*work: Coroutine[Any, Any, None]) -> None:
    """Await all of these side by side; the first that fails ends the others, and its error counts."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except ExceptionGroup as errors:
        raise explained(errors) from errors


async def workspace_of(work: Work, data: DataLayer) -> str:
    """Give the workspace that was asked for, or the login's own; raises Stop for one that is none."""
    wanted = work.settings.workspace
    if wanted is None:
        return await data.default_workspace()
    known = await data.workspaces()
    if wanted not in known:
        raise Stop(Exit.NOT_FOUND, f"There is no workspace {wanted}; DIALS has:", known)
    return wanted


async def datasets_of(data: DataLayer, workspace: str, text: str) -> list[Dataset]:
    """Give the datasets with a text in their name, all of them for none; raises Stop when there is none."""
    datasets = await data.datasets(workspace)
    found = matching(datasets, text)
    if text and not found:
        names = [dataset.dataset for dataset in datasets]
        raise Stop(
            Exit.NOT_FOUND,
            f"No dataset of workspace {workspace} has {text!r} in its name; there are:",
            some(names),
        )
    return found


async def run_entry(work: Work, data: DataLayer, run: int, dataset: str | None) -> RunEntry:
    """Find a run in the one dataset that is meant; raises Stop when it is in none or in several.

    `dataset` must be in the dataset's name. That of the settings only decides between several.
    """
    workspace = await workspace_of(work, data)
    entries = await run_entries(data, workspace, run)
    if dataset:
        fits = matching(entries, dataset)
        if not fits:
            names = [entry.dataset for entry in entries]
            raise Stop(
                Exit.NOT_FOUND, f"Run {run} is in no dataset with {dataset!r} in its name, but in:", names
            )
    else:
        fits = matching(entries, work.settings.dataset or "") or entries
    if len(fits) > 1:
        raise Stop(
            Exit.USAGE,
            f"Run {run} is in several datasets; choose one with --dataset TEXT, any part of its name:",
            [entry.dataset for entry in fits],
        )
    return fits[0]


async def run_entries(data: DataLayer, workspace: str, run: int) -> list[RunEntry]:
    """List a run's entries, one for each dataset; raises Stop when DIALS does not have it."""
    rows = await data.find_run(workspace, run)
    if not rows:
        raise Stop(Exit.NOT_FOUND, await why_missing(data, workspace, run))
    return [entry_of(workspace, row) for row in sorted(rows, key=lambda row: row.dataset)]


def one_element(elements: Sequence[MonitoringElement], name: str) -> MonitoringElement:
    """Find the element of this name, or else the only one with it in its name.

    Raises Stop for several, which are listed, and for none, with the nearest names.
    """
    found = elements_named(elements, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise Stop(
            Exit.USAGE,
            f"{len(found)} monitoring elements have {name!r} in their name; which one?",
            some([element.me for element in found]),
        )
    near = [element.me for element in nearest_elements(elements, name)]
    hint = "the nearest are:" if near else "`dqmtui mes` lists all."
    raise Stop(Exit.NOT_FOUND, f"There is no monitoring element {name!r}; {hint}", near)


def some(names: Sequence[str]) -> list[str]:
    """Give the first names, and how many more there are."""
    more = len(names) - MOST_CHOICES
    return [*names[:MOST_CHOICES], *([f"... and {more} more"] if more > 0 else [])]
