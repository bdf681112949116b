"""The filters of the embedded DIALS: which query parameters each list knows, and what they let through."""

from __future__ import annotations

import math
import operator
import re
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from dqmtui.demo.web.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray


class Match(Enum):
    """How a parameter's value is compared with a field."""

    EQUAL = auto()
    AT_MOST = auto()
    AT_LEAST = auto()
    ONE_OF = auto()
    TEXT = auto()
    REGEX = auto()
    TRUTH = auto()


Known: TypeAlias = "dict[str, tuple[str, Match]]"
"""Query parameter -> (field of the row, comparison)."""


def _integer(field: str, *, within: bool = False, ranges: bool = False) -> Known:
    known: Known = {field: (field, Match.EQUAL)}
    if within:
        known[f"{field}__in"] = (field, Match.ONE_OF)
    if ranges:
        known[f"{field}__lte"] = (field, Match.AT_MOST)
        known[f"{field}__gte"] = (field, Match.AT_LEAST)
    return known


def _text(field: str) -> Known:
    return {field: (field, Match.TEXT), f"{field}__regex": (field, Match.REGEX)}


DATASET_INDEX: Known = _text("dataset")
FILE_INDEX: Known = {
    **_integer("dataset_id"),
    **_text("dataset"),
    **_text("logical_file_name"),
    "status": ("status", Match.TEXT),
    "min_size": ("file_size", Match.AT_LEAST),
}
RUN: Known = {
    **_integer("dataset_id", within=True),
    **_integer("run_number", ranges=True),
    **_text("dataset"),
}
LUMISECTION: Known = {
    **_integer("dataset_id"),
    **_integer("run_number", ranges=True),
    **_integer("ls_number", ranges=True),
    **_text("dataset"),
}
MES: Known = {**_text("me"), **_integer("dim")}
HISTOGRAM: Known = {
    **LUMISECTION,
    **_integer("file_id"),
    **_integer("me_id"),
    "entries__gte": ("entries", Match.AT_LEAST),
    **_text("me"),
    **_text("logical_file_name"),
}
ML_MODELS: Known = {
    **_integer("model_id", within=True),
    **_integer("id", within=True),
    **_text("filename"),
    **_text("target_me"),
    **_text("name"),
    "type": ("type", Match.TEXT),
    "active": ("active", Match.TRUTH),
    "ready": ("ready", Match.TRUTH),
}
ML_FLAGS: Known = {
    **_integer("model_id", within=True),
    **_integer("dataset_id", within=True),
    **_integer("run_number", within=True),
    **_integer("ls_number"),
    **_integer("me_id"),
    **_text("dataset"),
    **_text("me"),
}


def whole_number(text: str) -> int:
    """Read a number as the backend's form does ("12", " 12.0 ", "1e3"); ValueError when it is none."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not math.isfinite(number):
            raise
        return int(number)


_POSIX_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "xdigit": "0-9A-Fa-f",
}
_WORD_EDGES = {r"\y": r"\b", r"\Y": r"\B", r"\m": r"\b(?=\w)", r"\M": r"\b(?<=\w)", r"\Z": r"\Z"}


def postgres_regex(pattern: str) -> re.Pattern[str]:
    """Compile a PostgreSQL pattern: case-sensitive and, with `search`, unanchored. re.error when invalid."""
    pattern = re.sub(
        r"\[:(\w+):\]", lambda found: _POSIX_CLASSES.get(found[1], found[0]), pattern, flags=re.ASCII
    )
    pattern = re.sub(r"\\.", lambda found: _WORD_EDGES.get(found[0], found[0]), pattern, flags=re.DOTALL)
    return re.compile(pattern)


# The number comes first, to be bound by `partial`.
_NUMERIC: dict[Match, Callable[[Any, Any], Any]] = {
    Match.EQUAL: operator.eq,
    Match.AT_MOST: operator.ge,
    Match.AT_LEAST: operator.le,
}


def _comparison(match: Match, text: str) -> Callable[[Any], Any] | None:
    """Predicate on one value or, for the numeric ones, on an array; None when the value means no filter."""
    if match is Match.TEXT:
        return lambda value: value == text
    if match is Match.REGEX:
        try:
            search = postgres_regex(text).search
        except re.error as error:
            raise RefusedError(500) from error
        return lambda value: search(value) is not None
    if match is Match.TRUTH:
        wanted = {"true": True, "false": False}.get(text.lower())
        return None if wanted is None else lambda value: value is wanted
    if match is Match.ONE_OF:
        allowed = frozenset(whole_number(part) for part in text.split(","))
        return lambda value: value in allowed
    return partial(_NUMERIC[match], whole_number(text))


class Filters:
    """The filters of one request, combined with AND; parameters nobody knows are ignored without a word.

    Raises RefusedError: 400 naming every parameter that should be a number, 500 for an invalid regex.
    """

    def __init__(self, known: Known, parameters: Mapping[str, str]) -> None:
        self._tests: dict[str, list[Callable[[Any], Any]]] = {}
        wrong: dict[str, list[str]] = {}
        for name, text in parameters.items():
            if name not in known or not text:
                continue
            field, match = known[name]
            try:
                test = _comparison(match, text)
            except ValueError:
                wrong[name] = ["Enter a number."]
            else:
                if test is not None:
                    self._tests.setdefault(field, []).append(test)
        if wrong:
            raise RefusedError(400, wrong)

    def __contains__(self, field: str) -> bool:
        return field in self._tests

    def accept(self, field: str, value: object) -> bool:
        """Whether one value of a field passes."""
        return all(test(value) for test in self._tests.get(field, ()))

    def accept_row(self, row: Mapping[str, object]) -> bool:
        """Whether a row passes; a field that the row lacks passes no filter."""
        return all(
            field in row and all(test(row[field]) for test in tests) for field, tests in self._tests.items()
        )

    def accepted(self, field: str, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the values of a numeric field that pass, in their order."""
        for test in self._tests.get(field, ()):
            values = values[test(values)]
        return values
