"""Checked access to JSON values: what is missing, of the wrong type or out of range is named."""

from __future__ import annotations

import logging
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from dqmtui.model.secrets import without_secrets
from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

log = logging.getLogger("dqmtui.services.decode")

_KINDS = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}
_INDEX = re.compile(r"\[\d+\]")
_MOST_NOTED = 200
_noted: set[str] = set()
"""What has been logged of optional fields: a list of thousands says the same in every row."""
_INT64_LIMIT = 2**63
_FIELD_LIMIT = 120


ANSWER = "the answer"
"""What is said to be wrong where all of an answer is."""


class Malformed(Exception):  # noqa: N818 - says what the reply is
    """A reply has a value that cannot be used; ``where`` names it, ``problem`` says what is wrong with it.

    ``is_refusal`` marks a reply that seems to say that the login was not accepted.
    """

    def __init__(self, where: str, problem: str, *, is_refusal: bool = False) -> None:
        # cleaned before it is cut: half of a token is not recognised any more
        self.where = escaped(without_secrets(where), _FIELD_LIMIT)
        self.problem = problem
        self.is_refusal = is_refusal
        super().__init__(f"{self.where} {problem}")


def kind_of(value: object) -> str:
    """Return what kind of JSON value this is, for a message."""
    return _KINDS.get(type(value), "no JSON value")


def as_object(value: object, where: str) -> dict[str, object]:
    """Return a JSON object; raise Malformed."""
    if not isinstance(value, dict):
        raise Malformed(where, f"is {kind_of(value)}, not an object")
    return value


def as_list(value: object, where: str) -> list[object]:
    """Return a JSON list; raise Malformed."""
    if not isinstance(value, list):
        raise Malformed(where, f"is {kind_of(value)}, not a list")
    return value


def as_text(value: object, where: str) -> str:
    """Return a text with its control characters escaped; raise Malformed."""
    if not isinstance(value, str):
        raise Malformed(where, f"is {kind_of(value)}, not a text")
    return escaped(value)


def as_int(value: object, where: str) -> int:
    """Return a whole number of at most 64 bits, also when it came as ``4.0``; raise Malformed."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(where, f"is {kind_of(value)}, not a whole number")
    if not -_INT64_LIMIT <= value < _INT64_LIMIT:
        raise Malformed(where, "is out of range")
    return value


def as_float(value: object, where: str) -> float:
    """Return a finite number; raise Malformed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed(where, f"is {kind_of(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Malformed(where, "is not finite")
    return number


def as_flag(value: object, where: str) -> bool:
    """Return true or false; raise Malformed."""
    if not isinstance(value, bool):
        raise Malformed(where, f"is {kind_of(value)}, not true or false")
    return value


def as_time(value: object, where: str) -> datetime:
    """Return an ISO time, in UTC when it names no zone; raise Malformed."""
    try:
        moment = datetime.fromisoformat(as_text(value, where))
    except ValueError as error:
        raise Malformed(where, "is no ISO time") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def as_texts(value: object, where: str) -> tuple[str, ...]:
    """Return a list of texts; raise Malformed."""
    return tuple(as_text(item, f"{where}[{index}]") for index, item in enumerate(as_list(value, where)))


class Fields:
    """The fields of one JSON object, read by name and kind.

    ``need`` raises Malformed for a field that is missing or null, ``get`` and ``given`` return None for it.
    For one that cannot be read ``given`` raises as well, and ``get`` returns None: what only adds to a row
    does not make the row useless. Of several names, the spellings of different versions of a service, the
    first one present counts.
    """

    __slots__ = ("_values", "_where")

    def __init__(self, value: object, where: str) -> None:
        self._values: Mapping[str, object] = as_object(value, where)
        self._where = where

    def _at(self, name: str) -> str:
        """Name a field: by its own name alone where the object is all of the answer."""
        return name if self._where == ANSWER else f"{self._where}.{name}"

    def need(self, kind: Callable[[object, str], T], *names: str) -> T:
        """Return a field that must be there."""
        for name in names:
            if name in self._values:
                return kind(self._values[name], self._at(name))
        raise Malformed(self._at(names[0]), "is missing")

    def expect(self, name: str, asked: int | None) -> int:
        """Return a whole number that must be the one asked for, unless None was.

        DIALS ignores a filter it does not know and then sends the rows of others.
        """
        value = self.need(as_int, name)
        if asked is not None and value != asked:
            raise Malformed(self._at(name), f"is not {asked}, though that was asked for")
        return value

    def get(self, kind: Callable[[object, str], T], *names: str) -> T | None:
        """Return a field that only adds to the others, None when it is absent, null or cannot be read."""
        try:
            return self.given(kind, *names)
        except Malformed as error:
            _note(error)
            return None

    def given(self, kind: Callable[[object, str], T], *names: str) -> T | None:
        """Return a field, None when it is absent or null."""
        for name in names:
            value = self._values.get(name)
            if value is not None:
                return kind(value, self._at(name))
        return None


def _note(error: Malformed) -> None:
    """Log, once for all rows, that an optional field cannot be read."""
    about = _INDEX.sub("[...]", str(error))
    if about not in _noted and len(_noted) < _MOST_NOTED:
        _noted.add(about)
        log.warning("left out: %s", about)
