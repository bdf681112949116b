"""The lines of a journal: one event each, as JSON with a checksum in front of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from dqmtui.model.notes_json import EventError, UnknownKindError, event_json, read_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.model.notes import Event

FORMAT = 1

_HEAD = b'{"check":"'
_DIGITS = 16
_START = len(_HEAD) + _DIGITS + len(b'",')


@dataclass(frozen=True, slots=True)
class Lines:
    """What was read of a journal file.

    `sound` are the lines with the contents that were written, without their ends; `later` counts those of
    them that only a later version understands, `damaged` the lines that are not as they were written. `size`
    is the number of bytes of whole lines: what follows them is a line that is being written, or torn.
    """

    events: tuple[Event, ...]
    sound: tuple[bytes, ...]
    later: int
    damaged: int
    size: int

    def __add__(self, other: Lines) -> Lines:
        return Lines(
            self.events + other.events,
            self.sound + other.sound,
            self.later + other.later,
            self.damaged + other.damaged,
            self.size + other.size,
        )


def line_of(event: Event) -> bytes:
    """Write an event as a line of ASCII, with its end."""
    rest = json.dumps({"format": FORMAT, **event_json(event)}, separators=(",", ":")).encode("ascii")[1:]
    return _HEAD + _check(rest) + b'",' + rest + b"\n"


def read_lines(data: bytes) -> Lines:
    """Read the whole lines of a journal file; raises nothing."""
    whole, end, _ = data.rpartition(b"\n")
    events: list[Event] = []
    sound: list[bytes] = []
    later = damaged = 0
    for line in whole.split(b"\n") if end else ():
        if not line:
            continue
        if not _is_sound(line):
            damaged += 1
            continue
        try:
            event = _event(line)
        except EventError:
            damaged += 1
            continue
        sound.append(line)
        if event is None:
            later += 1
        else:
            events.append(event)
    return Lines(tuple(events), tuple(sound), later, damaged, len(whole) + len(end))


def join_lines(parts: Iterable[bytes]) -> bytes:
    """Write lines below each other, each of them once, in the order in which they first came."""
    return b"".join(line + b"\n" for line in dict.fromkeys(parts))


def _check(rest: bytes) -> bytes:
    return blake2b(rest, digest_size=_DIGITS // 2).hexdigest().encode("ascii")


def _is_sound(line: bytes) -> bool:
    """Tell whether a line holds what was written."""
    head, check, mark = line[: len(_HEAD)], line[len(_HEAD) : _START - 2], line[_START - 2 : _START]
    return head == _HEAD and mark == b'",' and _check(line[_START:]) == check


def _event(line: bytes) -> Event | None:
    """Read a sound line, None when it is of a later version; raises EventError."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EventError("is no JSON") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return None
    try:
        return read_event(record)
    except UnknownKindError:
        return None
