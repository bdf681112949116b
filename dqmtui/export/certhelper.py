"""CertHelper's list of reference runs, in each of its formats: JSON, JSON lines, CSV, old ones and new."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from dqmtui.export.files import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

RECONSTRUCTIONS = ("online", "express", "prompt", "rereco", "rerecoul")
"""Types of reconstruction, in the order in which a run comes by them."""

LARGEST_BYTES = 64 << 20

_RUN, _REFERENCE = "run_number", "reference_run_number"
_RUN_TYPE, _REFERENCE_TYPE = "run_reconstruction_type", "reference_run_reconstruction_type"
_DATASET = "dataset"
COLUMNS = (_RUN, _RUN_TYPE, _REFERENCE, _REFERENCE_TYPE, _DATASET)
_NO_DATASET = frozenset({"", "to be defined"})
_PAIR = 2


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A run and the reference that it was certified with.

    The types of reconstruction are "" in the older lists, which do not have them; `dataset` is "" where it is
    null or yet to be defined.
    """

    run: int
    reference: int
    reconstruction: str = ""
    reference_reconstruction: str = ""
    dataset: str = ""


def read_references(text: str) -> list[ReferenceRow]:
    """Read a list of reference runs, each row once, in its order; raises UnreadableError that names the row.

    A list of objects or of pairs of run numbers as JSON, an object on each line, or CSV with a header.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return []
    rows = _json_rows(start) if start[0] in "[{" else _csv_rows(start)
    return list(dict.fromkeys(_row(number, row) for number, row in enumerate(rows, 1)))


def write_references(rows: Iterable[ReferenceRow]) -> str:
    """Write rows as CertHelper exports them: JSON, indented by four."""
    return json.dumps([_fields(row) for row in rows], indent=4) + "\n"


def write_lines(rows: Iterable[ReferenceRow]) -> str:
    """Write rows as JSON lines, an object on each."""
    return "".join(f"{json.dumps(_fields(row))}\n" for row in rows)


def write_csv(rows: Iterable[ReferenceRow]) -> str:
    """Write rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_fields(row) for row in rows)
    return text.getvalue()


def select_rows(
    rows: Iterable[ReferenceRow],
    runs: Collection[int] = (),
    references: Collection[int] = (),
    reconstruction: str | None = None,
) -> list[ReferenceRow]:
    """Give the rows of any of these runs, and with any of these references, by run and reconstruction.

    Nothing named is everything. The type of reconstruction is that of the run, or of the reference where
    only references are named; a row without any fits every one.
    """
    of_reference = bool(references) and not runs
    found = [
        row
        for row in rows
        if (not runs or row.run in runs)
        and (not references or row.reference in references)
        and (
            reconstruction is None
            or (row.reference_reconstruction if of_reference else row.reconstruction) in {"", reconstruction}
        )
    ]
    order = {name: at for at, name in enumerate(("", *RECONSTRUCTIONS))}
    return sorted(found, key=lambda row: (row.run, order.get(row.reconstruction, len(order)), row.reference))


def references_of(
    rows: Iterable[ReferenceRow], run: int, reconstruction: str | None = None
) -> dict[str, list[ReferenceRow]]:
    """Give the rows of a run by its type of reconstruction, or those of one type and without any."""
    found: dict[str, list[ReferenceRow]] = {}
    for row in rows:
        if row.run == run and (reconstruction is None or row.reconstruction in {"", reconstruction}):
            found.setdefault(row.reconstruction, []).append(row)
    order = {name: at for at, name in enumerate(("", *RECONSTRUCTIONS))}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def most_used(rows: Iterable[ReferenceRow], before: int, reconstruction: str | None = None) -> dict[int, int]:
    """Count how often runs below a number were references of runs below it, those used latest first."""
    counts: dict[int, int] = {}
    latest: dict[int, int] = {}
    for row in rows:
        fits = reconstruction is None or row.reference_reconstruction in {"", reconstruction}
        if fits and row.run < before and row.reference < before:
            counts[row.reference] = counts.get(row.reference, 0) + 1
            latest[row.reference] = max(row.run, latest.get(row.reference, 0))
    return dict(sorted(counts.items(), key=lambda item: (-latest[item[0]], -item[0])))


def _fields(row: ReferenceRow) -> dict[str, Any]:
    return {
        _RUN: row.run,
        _RUN_TYPE: row.reconstruction,
        _REFERENCE: row.reference,
        _REFERENCE_TYPE: row.reference_reconstruction,
        _DATASET: row.dataset or None,
    }


def _json_rows(text: str) -> Iterable[object]:
    if text[0] == "[":
        try:
            content: list[object] = json.loads(text)
        except (ValueError, RecursionError) as error:
            try:
                # lines of pairs begin like a list
                return [json.loads(line) for line in text.splitlines() if line.strip()]
            except (ValueError, RecursionError):
                raise UnreadableError(f"This list of reference runs is no JSON: {error}.") from error
        is_one_pair = len(content) == _PAIR and all(isinstance(item, int) for item in content)
        return [content] if is_one_pair else content
    rows: list[object] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise UnreadableError(f"Line {number} of this list of reference runs is no JSON.") from error
    return rows


def _csv_rows(text: str) -> Iterable[object]:
    reader = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UnreadableError(f"This list of reference runs is no CSV: {error}.") from error
    if _RUN in header and _REFERENCE in header:
        return [dict(zip(header, row, strict=False)) for row in rows]
    # two numbers alone, without a header
    if len(header) == _PAIR and all(name.isdecimal() for name in header):
        return chain([header], rows)
    raise UnreadableError(f"This list of reference runs lacks the columns {_RUN} and {_REFERENCE}.")


def _row(number: int, row: object) -> ReferenceRow:
    match row:
        case [_, _]:
            return ReferenceRow(_number(number, _RUN, row[0]), _number(number, _REFERENCE, row[1]))
        case dict():
            run, reference = (_number(number, name, row.get(name)) for name in (_RUN, _REFERENCE))
            dataset = _text(row, _DATASET)
            return ReferenceRow(
                run,
                reference,
                _text(row, _RUN_TYPE).lower(),
                _text(row, _REFERENCE_TYPE).lower(),
                "" if dataset.lower() in _NO_DATASET else dataset,
            )
        case _:
            raise UnreadableError(
                f"Row {number} of this list of reference runs is neither an object nor a pair."
            )


def _number(row: int, name: str, value: object) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UnreadableError(f"Row {row} of this list of reference runs has no {name}.")
    return value


def _text(row: Mapping[str, Any] | Sequence[Any], name: str) -> str:
    value = row.get(name) if isinstance(row, dict) else None
    return "" if value is None else str(value).strip()
