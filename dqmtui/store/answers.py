"""Small answers of services as JSON files: plain values come back exactly as they were given.

A value is None, a bool, number, text, aware or naive datetime, list, tuple, dict, or a one-dimensional NumPy
array of int64, float64 or bool, in any nesting. What JSON has no form for is an object with one key that
begins with a dollar sign, as in `{"$datetime": "2024-06-01T10:00:00+00:00"}`.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FORMAT = 1
_MARK = "$"
_PLAIN: frozenset[type] = frozenset({str, bool, type(None), int, float})
_INT64 = range(-(2**63), 2**63)
_DTYPES = {"int64": np.int64, "float64": np.float64, "bool": np.bool_}
_DIGEST = b'{"digest":"'
_DIGITS = 64


class AnswerError(ValueError):
    """Bytes that are no answer of ours, or a value that cannot be kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a service said at `fetched_at`, an aware time."""

    value: Any
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Which question of which service was answered: its kind, and what it was about."""

    service: str
    kind: str
    about: tuple[str | int, ...] = ()


def answer_bytes(key: AnswerKey, answer: Answer) -> bytes:
    """Write an answer as JSON, its digest first; raises AnswerError for a value that cannot be kept."""
    try:
        record = {
            "format": FORMAT,
            "service": key.service,
            "kind": key.kind,
            "about": key.about,
            "fetched_at": answer.fetched_at.astimezone(UTC).isoformat(),
            "value": _written(answer.value),
        }
        rest = orjson.dumps(record)[1:]
    except (TypeError, ValueError, RecursionError) as error:
        raise AnswerError(f"cannot be kept: {error}") from error
    return _DIGEST + hashlib.sha256(rest).hexdigest().encode() + b'",' + rest


def read_answer(data: bytes) -> tuple[AnswerKey, Answer]:
    """Read an answer and check all of it; raises AnswerError that says what is wrong with the bytes."""
    start = len(_DIGEST) + _DIGITS + len(b'",')
    if not data.startswith(_DIGEST) or data[start - 2 : start] != b'",':
        raise AnswerError("is a file from elsewhere")
    if hashlib.sha256(data[start:]).hexdigest().encode() != data[len(_DIGEST) : len(_DIGEST) + _DIGITS]:
        raise AnswerError("does not have the contents that were written")
    try:
        record = orjson.loads(data)
        version = record["format"]
        key = AnswerKey(record["service"], record["kind"], tuple(record["about"]))
        answer = Answer(_read(record["value"]), datetime.fromisoformat(record["fetched_at"]))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise AnswerError("makes no sense") from error
    if version != FORMAT:
        raise AnswerError("is of another version")
    return key, answer


def _written(value: Any) -> Any:
    """Give a value as JSON can have it; raises TypeError."""
    if value is None or isinstance(value, bool | str):
        return value
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    raise TypeError(f"a {type(value).__name__} is no plain value")


def _is_plain(values: list[Any]) -> bool:
    """Tell, quickly for the long columns of OMS, whether JSON can have a list as it is."""
    types = set(map(type, values))
    return (
        types <= _PLAIN
        and (float not in types or all(map(math.isfinite, _of_type(values, float))))
        and (int not in types or all(number in _INT64 for number in _of_type(values, int)))
    )


def _of_type(values: Iterable[Any], kind: type) -> Iterable[Any]:
    return (value for value in values if type(value) is kind)


def _written_list(values: list[Any]) -> list[Any]:
    return values if _is_plain(values) else [_written(item) for item in values]


def _written_dict(value: Mapping[Any, Any]) -> dict[str, Any]:
    if all(type(name) is str and not name.startswith(_MARK) for name in value):
        return {name: _written(item) for name, item in value.items()}
    return {"$dict": [[_written(name), _written(item)] for name, item in value.items()]}


def _written_array(array: Any) -> dict[str, Any]:
    if array.ndim != 1 or array.dtype.name not in _DTYPES:
        raise TypeError(f"an array of {array.dtype} and {array.ndim} dimensions is no plain value")
    # in an array of floats JSON's null is NaN; infinities have no form
    if array.dtype == np.float64 and np.isinf(array).any():
        raise TypeError("an array with infinities is no plain value")
    numbers = array.tolist()
    if array.dtype == np.float64:
        numbers = [None if number != number else number for number in numbers]  # noqa: PLR0124 - true for NaN alone
    return {f"${array.dtype.name}": numbers}


_WRITERS: dict[type, Callable[[Any], Any]] = {
    int: lambda value: value if value in _INT64 else {"$int": str(value)},
    float: lambda value: value if math.isfinite(value) else {"$float": str(value)},
    list: _written_list,
    tuple: lambda values: {"$tuple": _written_list(list(values))},
    dict: _written_dict,
    datetime: lambda value: {"$datetime": value.isoformat()},
    np.ndarray: _written_array,
}


def _read(value: Any) -> Any:
    """Give the value behind its JSON; raises what its readers raise."""
    if isinstance(value, list):
        return value if not {list, dict} & set(map(type, value)) else [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name.startswith(_MARK):
            return _READERS[name](inner)
    return {name: _read(item) for name, item in value.items()}


def _array_reader(dtype: type[np.generic]) -> Callable[[Any], Any]:
    def read(numbers: Any) -> Any:
        # NumPy makes NaN of None
        return np.array(numbers, dtype=dtype)

    return read


_READERS: dict[str, Callable[[Any], Any]] = {
    "$int": int,
    "$float": float,
    "$tuple": lambda items: tuple(_read(items)),
    "$dict": lambda pairs: {_read(name): _read(item) for name, item in pairs},
    "$datetime": datetime.fromisoformat,
    **{f"${name}": _array_reader(dtype) for name, dtype in _DTYPES.items()},
}
