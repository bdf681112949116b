"""Events as plain JSON values, and back: what is read is checked, since files may come from anybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import (
    LONGEST_TEXT,
    ChosenReference,
    Event,
    ExpressionSaved,
    LSExcluded,
    NoteContent,
    NoteDropped,
    NotePut,
    NoteVerdict,
    PlotLink,
    ReferenceChosen,
    ReferenceKind,
    Undone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmtui.model.notes import Change, Note

NOTE, DELETED, EXCLUSION, REFERENCE, EXPRESSION, UNDO = (
    "note",
    "note_deleted",
    "exclusion",
    "reference",
    "good_expression",
    "undo",
)
"""The kinds of events, as files name them."""


class EventError(ValueError):
    """A JSON value that is no event; the message says which field is wrong."""


class UnknownKindError(EventError):
    """An event of a kind that this version does not know: a later one has written it."""


def event_json(event: Event) -> dict[str, Any]:
    """Give an event as JSON can hold it."""
    kind, fields = _change_fields(event.change)
    record: dict[str, Any] = {
        "kind": kind,
        "id": event.id,
        "time": event.time.astimezone(UTC).isoformat(),
        "author": event.author,
        "session": event.session,
    }
    if event.step:
        record["step"] = event.step
    return record | fields


def read_event(record: object) -> Event:
    """Read an event; raises EventError, and UnknownKindError for one of a later version."""
    fields = _object(record, "an event")
    kind = _text(fields, "kind")
    if kind not in _READERS:
        raise UnknownKindError(f"there are no events of kind {kind[:60]!r}")
    try:
        change = _READERS[kind](fields)
    except EventError:
        raise
    except ValueError as error:
        raise EventError(str(error)) from error
    return Event(
        _name(fields, "id"),
        _time(fields, "time"),
        _text(fields, "author"),
        _text(fields, "session"),
        change,
        _text(fields, "step", ""),
    )


def note_json(note: Note) -> dict[str, Any]:
    """Give a note as JSON can hold it, with its content beside who wrote it and when."""
    return {
        "id": note.id,
        **content_json(note.content),
        "author": note.author,
        "written_at": note.written_at.isoformat(timespec="seconds"),
        "changed_by": note.changed_by,
        "changed_at": note.changed_at.isoformat(timespec="seconds"),
    }


def content_json(content: NoteContent) -> dict[str, Any]:
    """Give what a note says as JSON can hold it."""
    return {
        "run": content.run,
        "ls": content.ls.to_json(),
        "verdict": content.verdict.value,
        "text": content.text,
        "subsystem": content.subsystem,
        "cause": content.cause,
        "elements": list(content.elements),
        "links": [
            {"me": link.me, "ls": link.ls, "reference_run": link.reference_run} for link in content.links
        ],
        "workspace": content.workspace,
        "dataset": content.dataset,
    }


# -- writing ------------------------------------------------------------------------------------------


def _change_fields(change: Change) -> tuple[str, dict[str, Any]]:
    match change:
        case NotePut():
            return NOTE, {"note": change.note, **content_json(change.content)}
        case NoteDropped():
            return DELETED, {"note": change.note}
        case LSExcluded():
            excluded = {"ls": change.ls.to_json(), "excluded": change.excluded}
            return EXCLUSION, {"run": _run_json(change.run), **excluded}
        case ReferenceChosen():
            more = {"more": [_reference_json(one) for one in change.more]} if change.more else {}
            return REFERENCE, {
                "run": _run_json(change.run),
                "reference": None if change.reference is None else _reference_json(change.reference),
                **more,
            }
        case ExpressionSaved():
            run = None if change.run is None else _run_json(change.run)
            return EXPRESSION, {"name": change.name, "expression": change.expression, "run": run}
        case Undone():
            return UNDO, {"events": list(change.events)}


def _run_json(run: RunKey) -> dict[str, Any]:
    return {"workspace": run.workspace, "dataset_id": run.dataset_id, "run": run.run}


def _reference_json(reference: ChosenReference) -> dict[str, Any]:
    return {
        "kind": reference.kind.value,
        "run": None if reference.run is None else _run_json(reference.run),
        "dataset": reference.dataset,
        "k": reference.k,
        "gap": reference.gap,
    }


# -- reading ------------------------------------------------------------------------------------------


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EventError(f"{what} is no object")
    return value


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise EventError(f"{name} is no text of at most {LONGEST_TEXT} characters")
    return value


def _name(fields: Mapping[str, Any], name: str) -> str:
    value = _text(fields, name)
    if not value:
        raise EventError(f"{name} is empty")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise EventError(f"{name} is no whole number")
    return value


def _maybe_number(fields: Mapping[str, Any], name: str) -> int | None:
    return None if fields.get(name) is None else _number(fields, name)


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise EventError(f"{name} is no list")
    return value


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _list(fields, name)
    if not all(isinstance(value, str) for value in values):
        raise EventError(f"{name} is no list of texts")
    return tuple(values)


def _time(fields: Mapping[str, Any], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(fields, name))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise EventError(f"{name} is no time") from error


def _run(value: object) -> RunKey:
    fields = _object(value, "run")
    return RunKey(_text(fields, "workspace"), _number(fields, "dataset_id"), _number(fields, "run"))


def _link(value: object) -> PlotLink:
    fields = _object(value, "a link")
    return PlotLink(_text(fields, "me"), _maybe_number(fields, "ls"), _maybe_number(fields, "reference_run"))


def read_content(fields: Mapping[str, Any]) -> NoteContent:
    """Read what a note says; raises ValueError."""
    return NoteContent(
        run=_number(fields, "run"),
        ls=LSMask.from_json(fields.get("ls")),
        verdict=NoteVerdict(_text(fields, "verdict")),
        text=_text(fields, "text", ""),
        subsystem=_text(fields, "subsystem", ""),
        cause=_text(fields, "cause", ""),
        elements=_texts(fields, "elements"),
        links=tuple(_link(link) for link in _list(fields, "links")),
        workspace=_text(fields, "workspace", ""),
        dataset=_text(fields, "dataset", ""),
    )


def _put(fields: Mapping[str, Any]) -> Change:
    return NotePut(_name(fields, "note"), read_content(fields))


def _dropped(fields: Mapping[str, Any]) -> Change:
    return NoteDropped(_name(fields, "note"))


def _excluded(fields: Mapping[str, Any]) -> Change:
    excluded = fields.get("excluded")
    if not isinstance(excluded, bool):
        raise EventError("excluded is neither true nor false")
    return LSExcluded(_run(fields.get("run")), LSMask.from_json(fields.get("ls")), excluded)


def _chosen(fields: Mapping[str, Any]) -> Change:
    given = fields.get("reference")
    reference = None if given is None else _reference(given)
    more = tuple(_reference(one) for one in _list(fields, "more"))
    return ReferenceChosen(_run(fields.get("run")), reference, more)


def _reference(value: object) -> ChosenReference:
    fields = _object(value, "reference")
    run = fields.get("run")
    return ChosenReference(
        ReferenceKind(_text(fields, "kind")),
        None if run is None else _run(run),
        _text(fields, "dataset", ""),
        _maybe_number(fields, "k") or 0,
        _maybe_number(fields, "gap") or 0,
    )


def _saved(fields: Mapping[str, Any]) -> Change:
    run = fields.get("run")
    return ExpressionSaved(
        _name(fields, "name"), _text(fields, "expression"), None if run is None else _run(run)
    )


def _undone(fields: Mapping[str, Any]) -> Change:
    return Undone(_texts(fields, "events"))


_READERS: dict[str, Callable[[Mapping[str, Any]], Change]] = {
    NOTE: _put,
    DELETED: _dropped,
    EXCLUSION: _excluded,
    REFERENCE: _chosen,
    EXPRESSION: _saved,
    UNDO: _undone,
}
