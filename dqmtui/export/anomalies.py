"""anomalies.json of DQMExplore: what notes take out, as it writes and reads it, an entry for each range."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dqmtui.export.files import ExportError, UnreadableError
from dqmtui.model.lsmask import OPEN_END, LSMask, MaskError
from dqmtui.model.notes import NOT_GOOD, NoteContent, NoteError, NoteVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dqmtui.model.notes import Note

METHOD = "dqmtui"
"""The method under which notes stand that name no cause."""

LARGEST_BYTES = 64 << 20

_KEYS = ("run_number", "start_ls", "end_ls", "anomaly_desc")


@dataclass(frozen=True, slots=True)
class Anomaly:
    """An entry of an anomalies.json: first and last LS, both included, and what is wrong there."""

    method: str
    run: int
    start_ls: int
    end_ls: int
    description: str


def anomalies_of(
    notes: Iterable[Note],
    known_ls: Mapping[int, LSMask] | None = None,
    method: Callable[[Note], str] = lambda note: note.content.cause or METHOD,
) -> list[Anomaly]:
    """Give an entry for each range of each note that takes LS out, under the method that `method` names.

    That is its cause. Whoever reads the format takes all that is in it for bad: notes of other verdicts have
    no entry, and `left_out` says so. The format has no open ends: those are closed with `known_ls`, the LS
    of each run. Raises ExportError for a note on a whole run, or to its end, whose LS are not given.
    """
    found = []
    for note in notes:
        content = note.content
        if content.verdict not in NOT_GOOD:
            continue
        mask = content.ls
        if mask.is_open:
            known = (known_ls or {}).get(content.run)
            if not known or known.is_open:
                raise ExportError(
                    f"An anomalies.json has no open ends, and the last LS of run {content.run} is not known."
                )
            mask = mask.clip(known.ranges[0][0], known.ranges[-1][1])
        words = content.text if content.text.strip() else content.cause or content.verdict.value
        found += [Anomaly(method(note), content.run, first, last, words) for first, last in mask.ranges]
    return found


def runs_without_end(notes: Iterable[Note]) -> list[int]:
    """Give the runs whose LS have to be known, as a note that has an entry has no end; sorted."""
    contents = (note.content for note in notes)
    return sorted({one.run for one in contents if one.verdict in NOT_GOOD and one.ls.is_open})


def left_out(notes: Iterable[Note]) -> str:
    """Say how many notes have no entry for their verdict, "" when all have one."""
    verdicts = [note.content.verdict for note in notes if note.content.verdict not in NOT_GOOD]
    if not verdicts:
        return ""
    n = len(verdicts)
    words = " or ".join(verdict.value for verdict in NoteVerdict if verdict in verdicts)
    return f"not written: {n} {'note that says' if n == 1 else 'notes that say'} {words}"


def write_anomalies(anomalies: Iterable[Anomaly]) -> str:
    """Write an anomalies.json: lists by method, indented by four, exactly four keys to an entry."""
    by_method: dict[str, list[dict[str, Any]]] = {}
    for one in anomalies:
        values = (one.run, one.start_ls, one.end_ls, one.description)
        by_method.setdefault(one.method, []).append(dict(zip(_KEYS, values, strict=True)))
    return json.dumps(by_method, indent=4)


def read_anomalies(text: str) -> list[Anomaly]:
    """Read an anomalies.json; raises UnreadableError that names the entry and what is wrong with it.

    More keys than the four are passed over.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"This is no anomalies.json: {error}.") from error
    if not isinstance(content, dict) or not all(isinstance(entries, list) for entries in content.values()):
        raise UnreadableError("An anomalies.json is an object of lists, one for each method.")
    return [
        _entry(method, number, entry)
        for method, entries in content.items()
        for number, entry in enumerate(entries, 1)
    ]


def contents_of(anomalies: Iterable[Anomaly], verdict: NoteVerdict = NoteVerdict.BAD) -> list[NoteContent]:
    """Give what notes say that have these entries: one for each, in which the method is the cause.

    Raises UnreadableError for a range that cannot be one.
    """
    contents = []
    for one in anomalies:
        try:
            mask = LSMask(((one.start_ls, one.end_ls),))
            cause = "" if one.method == METHOD else one.method
            contents.append(NoteContent(one.run, mask, verdict, one.description, cause=cause))
        except (MaskError, NoteError) as error:
            raise UnreadableError(f"Run {one.run} in {one.method!r}: {error}.") from error
    return contents


def _entry(method: str, number: int, entry: object) -> Anomaly:
    where = f"Entry {number} of {method[:60]!r}"
    if not isinstance(entry, dict):
        raise UnreadableError(f"{where} is no object.")
    missing = [key for key in _KEYS if key not in entry]
    if missing:
        raise UnreadableError(f"{where} has no {', '.join(missing)}.")
    numbers = [entry[key] for key in _KEYS[:3]]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in numbers):
        raise UnreadableError(f"{where} has numbers that are none.")
    run, first, last = numbers
    if not 1 <= first <= last <= OPEN_END:
        raise UnreadableError(f"{where} goes from LS {first} to {last}.")
    return Anomaly(method, run, first, last, str(entry[_KEYS[3]]))
