"""`dqmtui notes export` and `import`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.named_masks import Names, judged
from dqmtui.cli.notes import put_notes
from dqmtui.cli.notes_desk import Desk, ended_well, put_out
from dqmtui.cli.notes_run import datasets_of, load_conditions, meant, with_text
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.export.anomalies import (
    anomalies_of,
    contents_of,
    left_out,
    read_anomalies,
    runs_without_end,
    write_anomalies,
)
from dqmtui.export.files import read_text
from dqmtui.export.report import report_markdown, report_text
from dqmtui.export.run_report import run_report
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NotePut, NoteVerdict
from dqmtui.model.notes_json import note_json
from dqmtui.model.notes_rules import DuplicateNoteError, check_note
from dqmtui.services.errors import ServiceError
from dqmtui.store.journal_lines import line_of, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.export.report import RunReport
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.mask_reasons import Reason
    from dqmtui.model.notes import Note, NoteContent
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.oms_records import RunCard

LARGEST_BYTES = 64 << 20


async def export(
    work: Work,
    data: DataLayer,
    *,
    form: str,
    runs: Sequence[int],
    dataset: str | None,
    good: str,
    golden: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write the notes on some runs, or on all, in a format for others; raises Stop."""
    with ended_well():
        names = Names(work, golden, {"--good": good})
        journal = names.journal
        notes = [
            note
            for note in journal.notes.values()
            if (not runs or note.content.run in runs) and _fits(note, dataset)
        ]
        if as_json:
            put_notes(work, notes, as_json=True)
            return
        if form == "journal":
            wanted = {note.id for note in notes}
            lines = (
                line_of(event)
                for event in journal.effective
                if isinstance(event.change, NotePut) and event.change.note in wanted
            )
            put_out(b"".join(lines).decode("ascii"), output, force=force)
            return
        if form == "anomalies":
            put_out(await _anomalies(data, notes), output, force=force)
            return
        numbers = sorted({*runs} if runs else {note.content.run for note in notes})
        if not numbers:
            raise Stop(Exit.NOT_FOUND, "There are no notes; --run N reports on a run without any.")
        # each dataset by itself: what is noted on one says nothing of the LS of another
        reports = [
            await _report(work, data, names, run, notes, good, one)
            for run in numbers
            for one in datasets_of(notes, run) or [dataset or ""]
        ]
        write = report_markdown if form == "markdown" else report_text
        put_out(write(reports), output, force=force)


def _fits(note: Note, dataset: str | None) -> bool:
    """Tell whether a note is on a dataset with a text in its name, or on none that it names."""
    return not dataset or not note.content.dataset or bool(with_text([note.content.dataset], dataset))


def import_notes(work: Work, *, file: Path, form: str, verdict: str, as_json: bool) -> None:
    """Take over the notes of a file, but those that are known; raises Stop."""
    if not file.exists():
        raise Stop(Exit.NOT_FOUND, f"There is no file {file}.")
    with ended_well():
        desk = Desk.of(work)
        text = read_text(file, LARGEST_BYTES)
        if form == "auto":
            form = "journal" if text.startswith('{"check":') else "anomalies"
        before = set(desk.journal.notes)
        if form == "journal":
            _take_journal(desk, text, str(file))
        else:
            _take_contents(desk, contents_of(read_anomalies(text), NoteVerdict(verdict)))
    new = [note for id_, note in desk.journal.notes.items() if id_ not in before]
    if as_json:
        put(json_rows(map(note_json, new)))
    tell(f"{len(new)} notes taken over from {file}")


def _take_journal(desk: Desk, text: str, name: str) -> None:
    """Take over events that are not known."""
    read = read_lines(text.encode() if text.endswith("\n") else f"{text}\n".encode())
    if read.damaged and not read.events:
        raise Stop(Exit.USAGE, f"{name} is no journal of notes.")
    if read.damaged:
        tell(f"{read.damaged} lines of {name} are not as they were written; passed over")
    new = [event for event in read.events if event.id not in desk.journal.by_id]
    desk.keep(*new)


def _take_contents(desk: Desk, contents: Sequence[NoteContent]) -> None:
    """Make notes of what is not noted yet, in one step."""
    journal = desk.journal
    new: list[NoteContent] = []
    known = 0
    for content in contents:
        try:
            check_note(content, journal, LSMask.all(), confirmed=True)
        except DuplicateNoteError:
            known += 1
        else:
            new.append(content)
            # so that what stands twice in the file is noted once
            journal = journal.with_events(desk.pen.create(journal, content))
    if known:
        tell(f"{known} were noted already")
    if new:
        desk.keep(*desk.pen.create(desk.journal, *new))


async def _anomalies(data: DataLayer, notes: Sequence[Note]) -> str:
    """Write an anomalies.json, for which open ends are closed with what OMS knows; tell what is not in it."""
    known = {}
    for run in runs_without_end(notes):
        known[run] = LSMask.from_numbers((await load_conditions(data, run)).ls)
    found = anomalies_of(notes, known)
    if words := left_out(notes):
        tell(words)
    return write_anomalies(found)


async def _report(
    work: Work,
    data: DataLayer,
    names: Names,
    run: int,
    notes: Sequence[Note],
    good: str,
    dataset: str,
) -> RunReport:
    """Put together what there is to say of a run; what OMS cannot be asked for is left out, and told."""
    journal = names.journal
    table: LSTable | None = None
    card: RunCard | None = None
    mask = None
    reasons: tuple[Reason, ...] = ()
    name = dataset
    try:
        place = await meant(work, data, journal, run, dataset, names.used(good) - names.files, notes=False)
        name = place.dataset
        card = (await data.run_cards([run])).get(run)
        table = await load_conditions(data, run)
        named = await names.named(data, place.key, name, [good])
        mask = judged(good, table, named).good
        reasons = named.reasons(good, table)
    except ServiceError as error:
        tell(f"run {run} is reported without its conditions: {error.message}")
    except Stop as stop:
        if stop.code is Exit.USAGE and data.has_oms:
            raise
        tell(f"run {run} is reported without its conditions: {stop.message}")
    return run_report(
        run,
        journal,
        notes=notes,
        card=card,
        table=table,
        good=mask,
        good_rule=good,
        reasons=reasons,
        dataset=name,
    )
