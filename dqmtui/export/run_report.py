"""What there is to say of a run, put together from its card, its table and what was noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.report import RunReport, plain_unit
from dqmtui.model.golden import taken_out
from dqmtui.model.notes import ReferenceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.model.keys import RunKey
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.mask_reasons import Reason
    from dqmtui.model.notes import Note
    from dqmtui.model.notes_journal import Journal
    from dqmtui.services.oms_records import RunCard

_SECONDS = 60


def run_report(
    run: int,
    journal: Journal,
    *,
    notes: Iterable[Note] | None = None,
    card: RunCard | None = None,
    table: LSTable | None = None,
    good: LSMask | None = None,
    good_rule: str = "",
    unknown: str = "",
    dataset: str = "",
    reference: str = "",
    reasons: Iterable[Reason] = (),
) -> RunReport:
    """Report on a run; `good` are the LS that `good_rule` calls good, of which what is noted is taken out.

    `reasons` say why the others are not.

    With a `dataset`, what is noted on another one does not count, and is told by number alone; `unknown` is
    why nobody can say which LS are good. By default the notes are all of the run, the dataset that of the
    notes, and the reference the one that was chosen for the run in that dataset, or that the notes speak of.
    """
    chosen = journal.notes.values() if notes is None else notes
    every = [note for note in chosen if note.content.run == run]
    of_run = tuple(note for note in every if not dataset or note.content.dataset in {"", dataset})
    named = [note.content.dataset for note in of_run if note.content.dataset]
    key = None if table is None or not table.key.dataset_id else table.key
    own = dataset or (named[0] if len(set(named)) == 1 else "")
    references = _references(journal, run, key, own) or _linked(of_run)
    return RunReport(
        run,
        of_run,
        fill=None if card is None else card.fill_number,
        dataset=dataset or ", ".join(dict.fromkeys(named)),
        conditions=() if card is None else tuple(conditions_of(card)),
        reference=reference or ", ".join(dict.fromkeys(references)),
        good=None if good is None else good - taken_out(of_run, run),
        good_rule=good_rule,
        unknown=unknown,
        others=len(every) - len(of_run),
        table=table,
        reasons=tuple(reasons),
    )


def said_reference(run: int, dataset: str, own: str) -> str:
    """Name a reference run, with its dataset where that is known and another than `own`, the reported one."""
    return f"run {run} in {dataset}" if dataset not in {"", own} else f"run {run}"


def _references(journal: Journal, run: int, key: RunKey | None, dataset: str) -> list[str]:
    """Name the reference runs that were chosen for a run in a dataset, "" for whichever.

    Without the run's `key` those count of which the journal does not know that they are for another dataset:
    it knows the names of datasets, whose ids stand in its keys, by the references of which it has both.
    """
    names = {
        (one.run.workspace, one.run.dataset_id): one.dataset
        for chosen in journal.compared.values()
        for one in chosen
        if one.run is not None and one.dataset
    }

    def is_meant(of: RunKey) -> bool:
        if key is not None:
            return of == key
        if of.run != run or not dataset:
            return of.run == run
        here = {name for (workspace, _), name in names.items() if workspace == of.workspace}
        return names.get((of.workspace, of.dataset_id), "" if dataset in here else dataset) == dataset

    return [
        said_reference(reference.run.run, reference.dataset, dataset)
        for of, reference in journal.references.items()
        if is_meant(of) and reference.kind is ReferenceKind.RUN and reference.run is not None
    ]


def _linked(notes: Iterable[Note]) -> list[str]:
    """Name the reference runs of the plots that notes speak of."""
    return [
        f"run {link.reference_run}" for note in notes for link in note.content.links if link.reference_run
    ]


def conditions_of(card: RunCard) -> list[tuple[str, str]]:
    """Give the conditions of a run, names and values, with the units that came; none for what is unknown."""
    stable = {True: "stable", False: "not stable", None: "unknown if stable"}[card.stable_beam]
    pairs = [
        ("start (UTC)", None if card.start_time is None else f"{card.start_time:%Y-%m-%d %H:%M}"),
        ("duration", None if card.duration_s is None else _duration(card.duration_s)),
        ("beams", f"{(card.fill_type_runtime or 'unknown').lower()}, {stable}"),
        ("energy", _number(card, "energy", card.energy_gev, "GeV")),
        ("B field", _number(card, "b_field", card.b_field_t, "T")),
        ("HLT key", card.hlt_key),
        ("components out", ", ".join(card.components_out) or None),
        ("delivered lumi", _number(card, "delivered_lumi", card.delivered_lumi)),
        ("recorded lumi", _number(card, "recorded_lumi", card.recorded_lumi)),
    ]
    return [(name, value) for name, value in pairs if value]


def _number(card: RunCard, name: str, value: float | None, unit: str = "") -> str | None:
    if value is None:
        return None
    return f"{value:.6g} {unit or plain_unit(card.units.get(name, ''))}".rstrip()


def _duration(seconds: float) -> str:
    """Write seconds as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), _SECONDS)
    return f"{minutes // _SECONDS}:{minutes % _SECONDS:02d}:{rest:02d}"
