"""The runs of a review, and what there is to say of each: the open one, and those noted on lately."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dqmtui.export.files import ExportError
from dqmtui.export.run_report import run_report, said_reference
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import MaskError
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.masks import all_names
from dqmtui.model.states import SourceState
from dqmtui.review.certified import read_own
from dqmtui.review.choices import OtherRun, seen_from
from dqmtui.review.named import CERTIFIED, EXCLUDED, GOLDEN, ML
from dqmtui.review.run_masks import excluded_of, load_named, saved_of, without_dataset
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from dqmtui.export.report import RunReport
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.mask_reasons import Reason
    from dqmtui.review.named import Named
    from dqmtui.review.review import Review

RECENT = timedelta(hours=24)
"""Runs on which anything was noted in this time are those that were reviewed, besides the open one."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A run that was reviewed in a dataset, "" where its notes name none."""

    run: int
    dataset: str
    is_open: bool = False


def reviewed_runs(review: Review, now: datetime | None = None) -> list[Reviewed]:
    """Give the runs that were reviewed: the open one first, then those noted on in the last day.

    A run that was noted on in several datasets is there once for each, that of the last note first.
    """
    since = (now or datetime.now(UTC)) - RECENT
    state, journal = review.state, review.journal
    found = [] if state.run is None else [Reviewed(state.run.run, state.dataset, is_open=True)]
    recent = sorted({note.content.run for note in journal.notes.values() if note.changed_at >= since})
    for run in recent:
        notes = sorted(journal.notes_of(run), key=lambda note: note.changed_at, reverse=True)
        of_day = {note.content.dataset for note in notes if note.changed_at >= since}
        every = list(dict.fromkeys(note.content.dataset for note in notes if note.content.dataset))
        named = [name for name in every if name in of_day] or every or [""]
        is_open = state.run is not None and state.run.run == run
        found += [Reviewed(run, name) for name in named if not (is_open and name in {"", state.dataset})]
    return found


async def reports(review: Review) -> list[RunReport]:
    """Report on the reviewed runs; raises ExportError when there are none, and ServiceError."""
    runs = reviewed_runs(review)
    if not runs:
        raise ExportError(
            "There is nothing to report: no run is open, and none was noted on in the last day."
        )
    cards = await review.data.run_cards([one.run for one in runs]) if review.data.has_oms else {}
    found = []
    for one in runs:
        table, why = await conditions_of(review, one)
        judged = _Judged()
        if table is not None:
            table = await _with_data(review, one, table)
            judged = await _good_ls(review, one, table)
            why = judged.why
        found.append(
            run_report(
                one.run,
                review.journal,
                card=cards.get(one.run),
                table=table,
                good=judged.good,
                good_rule=review.state.good,
                reasons=judged.reasons,
                unknown=why,
                dataset=one.dataset,
                reference=_on_screen(review, one) if one.is_open else "",
            )
        )
    return found


def _on_screen(review: Review, one: Reviewed) -> str:
    """Name the first other run that the open one is compared with, "" where it is with none."""
    seen = [seen_from(choice, review.state.run) for choice in review.state.references]
    others = [choice for choice in seen if isinstance(choice, OtherRun)]
    return said_reference(others[0].run.run, others[0].dataset, one.dataset) if others else ""


async def conditions_of(review: Review, one: Reviewed) -> tuple[LSTable | None, str]:
    """Give the LS table of a run: that on screen, else what OMS says; None with why there is none.

    What DIALS has is not loaded but on screen.
    """
    shown = review.table
    if shown is not None and one.is_open and shown.key.run == one.run:
        return shown, ""
    key = without_dataset(one.run)
    if shown is not None and shown.key.run == one.run:
        # the same run in another dataset: OMS says the same of it
        return LSTable(key, {name: shown.source(name) for name in (OMS, RATE)}), ""
    if not review.data.has_oms:
        return None, "OMS is switched off; oms_route proxy or direct asks it"
    errors: list[ServiceError] = []
    known = LSTable(key).with_source(DIALS, Source(state=SourceState.LOADED))
    try:
        table = await review.data.load_table(key, lambda _table, _name: None, known, errors.append)
    finally:
        review.data.forget(key)
    if errors:
        return None, f"its conditions did not come: {errors[0].message}"
    table = table.with_state(DIALS, SourceState.NOT_LOADED)
    return (table, "") if table.ls.size else (None, "OMS has no lumisections of it")


async def _with_data(review: Review, one: Reviewed, table: LSTable) -> LSTable:
    """Give the table with the LS that DIALS has of a run, which stay not loaded where they cannot be had."""
    if table.source(DIALS).state is not SourceState.NOT_LOADED:
        return table
    try:
        key, _ = await _key_of(review, one)
    except (MaskError, ServiceError) as error:
        return table.with_state(DIALS, SourceState.NOT_LOADED, str(error))
    known = LSTable(key, {name: table.source(name) for name in (OMS, RATE)})
    is_on_screen = review.table is not None and review.table.key.run == one.run
    try:
        return await review.data.load_table(key, lambda _table, _name: None, known)
    finally:
        if not is_on_screen:
            review.data.forget(key)


@dataclass(frozen=True, slots=True)
class _Judged:
    """The LS of a run that are good, and the reasons against the others; None with why nobody can say."""

    good: LSMask | None = None
    reasons: tuple[Reason, ...] = ()
    why: str = ""


async def _good_ls(review: Review, one: Reviewed, table: LSTable) -> _Judged:
    """Judge the LS of a run by the expression on screen."""
    expression = review.state.good
    try:
        shown = review.named()
        if one.is_open and shown is not None:
            there = shown.select(expression, table)
            if not there.waiting:
                return _Judged(there.good, shown.reasons(expression, table))
        named = await _named(review, one)
        found = named.select(expression, table)
        if found.waiting:
            return _Judged(why=f"{', '.join(found.waiting)} did not come")
        return _Judged(found.good, named.reasons(expression, table))
    except MaskExpressionError as error:
        return _Judged(why=f"{expression} cannot be read: {error.message}")
    except MaskError as error:
        return _Judged(why=str(error).rstrip("."))
    except ServiceError as error:
        return _Judged(why=f"what {expression} names could not be loaded: {error.message}")


async def _named(review: Review, one: Reviewed) -> Named:
    """Load what the expression on screen names of a run; raises MaskError and ServiceError."""
    journal, expression = review.journal, review.state.good
    used = all_names(expression, saved_of(journal, None))
    in_dataset = (*CERTIFIED, ML) if not review.state.golden else (*(CERTIFIED.keys() - {GOLDEN}), ML)
    needs_key = not used.isdisjoint(in_dataset)
    if EXCLUDED in used and excluded_of(journal, without_dataset(one.run)):
        needs_key = True
    key, dataset = await _key_of(review, one) if needs_key else (without_dataset(one.run), one.dataset)
    files = {}
    if review.state.golden and GOLDEN in used:
        files[GOLDEN] = await asyncio.to_thread(read_own, review.state.golden)
    try:
        return await load_named(review.data, journal, key, dataset, [expression], files=files)
    except MaskError as error:
        hint = "; :golden FILE names a golden JSON of yours" if GOLDEN in used and not files else ""
        raise MaskError(f"{error}{hint}") from error


async def _key_of(review: Review, one: Reviewed) -> tuple[RunKey, str]:
    """Find a run in DIALS by its dataset's name; raises MaskError where it is in none or several."""
    state = review.state
    if one.is_open and state.run is not None:
        return state.run, state.dataset
    for entry in review.run_list.entries:
        if (entry.run, entry.dataset) == (one.run, one.dataset):
            return entry.key, entry.dataset
    rows = await review.data.find_run(state.workspace, one.run)
    names = [row.dataset for row in rows]
    wanted = one.dataset or (state.dataset if state.dataset in names else "")
    fits = [row for row in rows if not wanted or row.dataset == wanted]
    if len(fits) == 1:
        return RunKey(state.workspace, fits[0].dataset_id, one.run), fits[0].dataset
    if not rows:
        raise MaskError(f"DIALS has no run {one.run} in workspace {state.workspace}")
    if not fits:
        where = f"{wanted} of workspace {state.workspace}"
        raise MaskError(f"run {one.run} is not in {where}; open it where it is")
    several = ", ".join(sorted(names))
    raise MaskError(
        f"run {one.run} is in several datasets ({several}), and its notes name none; open it in one of them"
    )
