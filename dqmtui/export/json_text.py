"""JSON for programs and people: numbers as they are, NaN as null, a row or a field on a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_LARGEST_EXACT = 2.0**53


def json_rows(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Write a list of objects, each on a line of its own, so that two outputs can be compared by line."""
    lines = b",\n".join(b"  " + orjson.dumps(row) for row in rows)
    return b"[\n" + lines + b"\n]\n" if lines else b"[]\n"


def json_object(fields: Mapping[str, Any]) -> bytes:
    """Write an object, each field on a line of its own, and each row of a table of numbers as well."""
    lines = b",\n".join(b"  " + orjson.dumps(name) + b": " + _field(value) for name, value in fields.items())
    return b"{\n" + lines + b"\n}\n"


def _field(value: object) -> bytes:
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        return b"[\n    " + b",\n    ".join(orjson.dumps(item) for item in value) + b"\n  ]"
    return orjson.dumps(value)


def plain(numbers: NDArray[np.generic] | float) -> Any:
    """Give an array as lists of numbers, a number as one; as ints if all are whole, as counts came."""
    values = np.asarray(numbers)
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        if _are_whole(values):
            values = values.astype(np.int64)
    return values.tolist()


def plain_column(values: NDArray[np.float64]) -> list[int | float | None]:
    """Give a column of numbers, None for NaN; as ints if all the others are whole."""
    known = ~np.isnan(values)
    numbers = iter(plain(values[known]))
    return [next(numbers) if is_known else None for is_known in known.tolist()]


def _are_whole(values: NDArray[np.float64]) -> bool:
    return bool((np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) < _LARGEST_EXACT)).all())
