"""What reviewing commands load of a run: its conditions and rate, and in which dataset it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.find import run_entries, workspace_of
from dqmtui.cli.talk import tell
from dqmtui.model.lstable import DIALS, OMS, LSTable, Source
from dqmtui.model.states import SourceState
from dqmtui.review.named import CERTIFIED, EXCLUDED, ML
from dqmtui.review.run_masks import noted_masks, without_dataset
from dqmtui.review.runlist import matching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.keys import RunKey
    from dqmtui.model.notes import Note
    from dqmtui.model.notes_journal import Journal
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError

NOTED = frozenset({"noted", "noted_bad"})
"""The masks that are made of notes."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A run in a dataset: the key has no id of it where DIALS was not asked, the name is "" for none."""

    key: RunKey
    dataset: str


async def load_conditions(data: DataLayer, run: int) -> LSTable:
    """Load what OMS says of a run per LS, and its rate; raises ServiceError, and Stop for an unknown run."""
    key = without_dataset(run)
    errors: list[ServiceError] = []
    # of which LS DIALS has is nothing asked here
    known = LSTable(key).with_source(DIALS, Source(state=SourceState.LOADED))
    try:
        table = await data.load_table(key, lambda _table, _name: None, known, errors.append)
    finally:
        # hundreds of runs would not fit into memory
        data.forget(key)
    if errors:
        raise errors[0]
    if not data.has_oms:
        raise Stop(Exit.USAGE, "OMS is switched off; set oms_route to proxy or direct.")
    if not table.source(OMS).ls.size:
        raise Stop(Exit.NOT_FOUND, f"OMS has no lumisections of run {run}")
    return table


async def meant(
    work: Work,
    data: DataLayer,
    journal: Journal,
    run: int,
    wanted: str | None,
    names: Collection[str],
    *,
    notes: bool,
) -> Meant:
    """Find in which dataset a run is meant, where that makes a difference for `names`, or as `notes` count.

    That is the one with the text `wanted` in its name, else with that of the settings, else the one that was
    worked on: that has notes, or LS that were left out. DIALS is asked only where the id counts. Raises Stop
    where several are left, and ServiceError.
    """
    noted = datasets_of(journal.notes.values(), run)
    needs_id = not {*CERTIFIED, ML}.isdisjoint(names) or (
        EXCLUDED in names and bool(noted_masks(journal, without_dataset(run), "").excluded)
    )
    if not needs_id and not notes and NOTED.isdisjoint(names):
        return Meant(without_dataset(run), wanted or "")
    if not needs_id:
        name = wanted or work.settings.dataset or ""
        fits = with_text(noted, name)
        # what was asked for and has no notes has none: those of others do not stand for them
        found = fits or ([wanted] if wanted else noted)
        return Meant(without_dataset(run), _only(run, found or [""]))
    entries = await run_entries(data, await workspace_of(work, data), run)
    fitting = matching(entries, wanted or work.settings.dataset or "")
    if wanted and not fitting:
        names_there = [entry.dataset for entry in entries]
        raise Stop(
            Exit.NOT_FOUND, f"Run {run} is in no dataset with {wanted!r} in its name, but in:", names_there
        )
    fitting = fitting or entries
    worked_on = [one for one in fitting if one.dataset in noted or one.key in journal.exclusions]
    if len(fitting) > 1 and worked_on:
        fitting = worked_on
    name = _only(run, [entry.dataset for entry in fitting])
    return next(Meant(entry.key, name) for entry in fitting if entry.dataset == name)


def datasets_of(notes: Iterable[Note], run: int) -> list[str]:
    """Give the datasets that notes on a run name, each once."""
    named = (note.content.dataset for note in notes if note.content.run == run)
    return list(dict.fromkeys(name for name in named if name))


def tell_of_others(journal: Journal, run: int, dataset: str) -> None:
    """Say how many notes on a run are about other datasets, and so do not count."""
    others = [note.content.dataset for note in journal.notes_of(run)] if dataset else []
    others = [name for name in others if name not in {"", dataset}]
    if others:
        n = len(others)
        tell(
            f"run {run}: {n} {'note' if n == 1 else 'notes'} on other datasets not counted, as this is of "
            f"{dataset}:",
            sorted(set(others)),
        )


def with_text(names: Sequence[str], text: str) -> list[str]:
    """Choose the names with a text in them, whatever the case; an exact one chooses only that."""
    if not text:
        return []
    return [name for name in names if name == text] or [
        name for name in names if text.lower() in name.lower()
    ]


def _only(run: int, datasets: list[str]) -> str:
    if len(datasets) > 1:
        raise Stop(
            Exit.USAGE,
            f"Run {run} can be meant in several datasets; choose one with --dataset TEXT, any part of its "
            "name:",
            datasets,
        )
    return datasets[0]
