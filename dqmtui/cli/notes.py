"""`dqmtui notes list`, `delete` and `undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.json_text import json_rows
from dqmtui.cli.notes_desk import SHOWN_ID, Desk, ended_well, ranges
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.notes import NoteVerdict, Undone
from dqmtui.model.notes_json import note_json
from dqmtui.model.notes_search import NoteQuery, find_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.notes import Note


def list_notes(
    work: Work,
    *,
    words: Sequence[str],
    runs: Sequence[int],
    ls: str | None,
    verdicts: Sequence[str],
    subsystem: str | None,
    author: str | None,
    as_json: bool,
) -> None:
    """Print the notes that fit; raises Stop."""
    query = NoteQuery(
        runs=frozenset(runs) or None,
        ls=None if ls is None else ranges(ls),
        verdicts=frozenset(map(NoteVerdict, verdicts)) or None,
        subsystem=subsystem or "",
        author=author or "",
        words=" ".join(words),
    )
    with ended_well():
        notes = find_notes(Desk.of(work).journal.notes.values(), query)
    put_notes(work, notes, as_json=as_json)
    if not notes:
        tell("there are no such notes" if query != NoteQuery() else "there are no notes")


def delete(work: Work, *, notes: Sequence[str], as_json: bool) -> None:
    """Delete notes, all of them or none, and say what they were; raises Stop."""
    with ended_well():
        desk = Desk.of(work)
        gone = list({note.id: note for note in map(desk.journal.note, notes)}.values())
        desk.keep(*desk.pen.delete(desk.journal, *(note.id for note in gone)))
    _report("deleted", gone, as_json=as_json)


def undo(work: Work, *, redo: bool, as_json: bool) -> None:
    """Take the last step back, or do it again, and say what changed; raises Stop."""
    with ended_well():
        desk = Desk.of(work)
        before = desk.journal
        events = desk.pen.redo(before) if redo else desk.pen.undo(before)
        if not events:
            raise Stop(Exit.NOT_FOUND, f"There is nothing to {'redo' if redo else 'undo'}.")
        desk.keep(*events)
    now, then = desk.journal.notes, before.notes
    back = [note for id_, note in now.items() if id_ not in then]
    gone = [note for id_, note in then.items() if id_ not in now]
    changed = [note for id_, note in now.items() if id_ in then and then[id_] != note]
    if as_json:
        put(json_rows(note_json(note) for note in (*back, *changed)))
    for word, notes in (("brought back", back), ("removed", gone), ("changed back", changed)):
        if notes:
            _report(word, notes, as_json=False)
    if not (back or gone or changed):
        kinds = sum(len(event.change.events) for event in events if isinstance(event.change, Undone))
        tell(f"{'done again' if redo else 'taken back'}: {kinds} changes; no note is different")


def put_notes(work: Work, notes: Sequence[Note], *, as_json: bool) -> None:
    """Print notes as a table or as JSON."""
    if as_json:
        put(json_rows(map(note_json, notes)))
        return
    said = [note.content for note in notes]
    columns = [
        Column("id", [note.id[:SHOWN_ID] for note in notes]),
        Column("run", [str(content.run) for content in said], right=True),
        Column("LS", [str(content.ls) for content in said], least=12),
        Column("verdict", [content.verdict.value for content in said]),
        Column("note", [_said(note) for note in notes], least=24),
        Column("subsystem", [content.subsystem for content in said]),
        Column("by", [note.changed_by for note in notes]),
        Column("changed (UTC)", [f"{note.changed_at:%Y-%m-%d %H:%M}" for note in notes]),
        Column("elements", [" ".join(content.elements) for content in said], least=20),
    ]
    used = [column for column in columns if any(column.cells)]
    if notes:
        work.put_table(aligned(used, work.table_width))


def _said(note: Note) -> str:
    content = note.content
    return " ".join(f"{content.cause}: {content.text}".strip(": ").split())


def _report(word: str, notes: Sequence[Note], *, as_json: bool) -> None:
    if as_json:
        put(json_rows(map(note_json, notes)))
    for note in notes:
        content = note.content
        reason = f", {content.reason}" if content.reason else ""
        tell(f"{word}: {note.id[:SHOWN_ID]}, run {content.run} LS {content.ls} {content.verdict}{reason}")
