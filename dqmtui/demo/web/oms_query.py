"""The query language of OMS as pure functions over records: filters, sorting, projection, paging."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DEFAULT_LIMIT = 100
MAX_LIMIT = 100_000
OPERATORS = frozenset({"EQ", "NEQ", "LT", "GT", "LE", "GE", "LIKE", "CT", "IN"})
LATEST = "-1"
"""As a value of last_lumisection_number it means the latest LS of the run."""
_LAST_LS = "last_lumisection_number"

Test: TypeAlias = "Callable[[object], bool]"


class OmsError(Exception):
    """An error that OMS answers with: HTTP status, title and detail."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail


def _bad(detail: str) -> OmsError:
    return OmsError(400, "Bad Request", detail)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a resource; `units` are what its own meta.row says."""

    id: str
    attributes: Mapping[str, object]
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter as it was asked for."""

    attribute: str
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """One request, read but not yet checked against the attributes of its resource."""

    conditions: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    """Attribute and whether it descends, most important first."""
    fields: tuple[str, ...] | None = None
    include: frozenset[str] = frozenset()
    offset: int = 0
    limit: int = DEFAULT_LIMIT
    granularity: str | None = None


def _whole(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\d{1,12}", text) or not least <= int(text) <= most:
        raise _bad(f"Parameter {name} must be a number from {least} to {most}, not '{text}'.")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def _condition(parts: list[str], text: str) -> Condition:
    """Read filter[attribute], filter[attribute][operator] or either with the resource's name in front."""
    operator = "EQ"
    if len(parts) > 1 and parts[-1].upper() in OPERATORS:
        operator = parts.pop().upper()
    elif len(parts) > 1 and parts[-1].isupper():
        raise _bad(f"Filter operator '{parts[-1]}' is not known.")
    return Condition(parts[-1], operator, text)


def read_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read decoded query parameters; names that are none of OMS's are ignored. Raises OmsError."""
    conditions: list[Condition] = []
    given: dict[str, Any] = {}
    for name, text in parameters:
        base, *parts = name.replace("]", "").split("[")
        if base == "filter" and parts:
            conditions.append(_condition(parts, text))
        elif base == "sort":
            given["sort"] = tuple((one.lstrip("-+"), one.startswith("-")) for one in _names(text))
        elif base == "fields":
            given["fields"] = _names(text)
        elif base == "include":
            given["include"] = frozenset(_names(text))
        elif name == "page[offset]":
            given["offset"] = _whole(name, text, 0, 10**12)
        elif name == "page[limit]":
            given["limit"] = _whole(name, text, 1, MAX_LIMIT)
        elif name == "group[granularity]":
            given["granularity"] = text.lower()
    return Query(conditions=tuple(conditions), **given)


def api_type(value: object) -> str | None:
    """Name of a value's type in a resource's meta; None for null, which has none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "INTEGER"
    if isinstance(value, float):
        return "FLOAT"
    if isinstance(value, str):
        return "DATETIME" if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value) else "STRING"
    return "ARRAY" if isinstance(value, list | tuple) else "OBJECT"


def _value(condition: Condition, text: str, kind: str) -> Any:
    if kind == "BOOLEAN":
        known = {"true": True, "false": False}
        if text.lower() not in known:
            raise _bad(f"Attribute {condition.attribute} is true or false, not '{text}'.")
        return known[text.lower()]
    if kind in {"INTEGER", "FLOAT"}:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _bad(f"Attribute {condition.attribute} is a number, not '{text}'.")
        return number
    return text


def _like(pattern: str) -> Callable[[str], object]:
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(c, re.escape(c)) for c in pattern), re.DOTALL).fullmatch


def _test(condition: Condition, kind: str) -> Test:
    """Predicate of one condition on an attribute of this type; null only passes a question for null."""
    operator, text = condition.operator, condition.text
    if text == "null" and operator in {"EQ", "NEQ"}:
        return lambda value: (value is None) is (operator == "EQ")
    if operator == "CT":
        return lambda value: value is not None and text in (value if isinstance(value, list) else str(value))
    if kind in {"ARRAY", "OBJECT"}:
        raise _bad(f"Attribute {condition.attribute} cannot be filtered with {operator}.")
    if operator == "LIKE":
        like = _like(text)
        return lambda value: value is not None and like(str(value)) is not None
    if operator == "IN":
        allowed = {_value(condition, one, kind) for one in _names(text)}
        return lambda value: value is not None and value in allowed
    wanted = _value(condition, text, kind)
    compare: dict[str, Callable[[Any], bool]] = {
        "EQ": lambda value: value == wanted,
        "NEQ": lambda value: value != wanted,
        "LT": lambda value: value < wanted,
        "GT": lambda value: value > wanted,
        "LE": lambda value: value <= wanted,
        "GE": lambda value: value >= wanted,
    }
    passes = compare[operator]
    return lambda value: value is not None and passes(value)


class Selection:
    """The conditions of a query, checked against a resource's attribute types; raises OmsError."""

    def __init__(self, conditions: Iterable[Condition], types: Mapping[str, str]) -> None:
        self._tests: dict[str, list[Test]] = {}
        self._latest: list[Condition] = []
        for condition in conditions:
            if condition.attribute not in types:
                raise _bad(f"Attribute '{condition.attribute}' does not exist.")
            if condition.attribute == _LAST_LS and condition.text == LATEST:
                self._latest.append(condition)
            else:
                test = _test(condition, types[condition.attribute])
                self._tests.setdefault(condition.attribute, []).append(test)

    def accepts(self, attribute: str, value: object) -> bool:
        """Whether a value of one attribute can pass, to leave out whole runs or paths early."""
        return all(test(value) for test in self._tests.get(attribute, ()))

    @property
    def attributes(self) -> frozenset[str]:
        """Attributes that the conditions look at."""
        return frozenset(self._tests) | {one.attribute for one in self._latest}

    def select(self, records: Iterable[Record]) -> list[Record]:
        """Give the records that pass, in their order."""
        kept = [
            record
            for record in records
            if all(test(record.attributes.get(name)) for name, tests in self._tests.items() for test in tests)
        ]
        return self._select_latest(kept) if self._latest else kept

    def _select_latest(self, records: list[Record]) -> list[Record]:
        last: dict[object, int] = {}
        for record in records:
            number = record.attributes.get(_LAST_LS)
            if isinstance(number, int):
                run = record.attributes.get("run_number")
                last[run] = max(number, last.get(run, number))
        tests = {
            run: [_test(Condition(_LAST_LS, one.operator, str(number)), "INTEGER") for one in self._latest]
            for run, number in last.items()
        }
        return [
            record
            for record in records
            if all(
                test(record.attributes.get(_LAST_LS))
                for test in tests.get(record.attributes.get("run_number"), ())
            )
        ]


def sort_records(
    records: list[Record], sort: Iterable[tuple[str, bool]], types: Mapping[str, str]
) -> list[Record]:
    """Sort by several attributes, the first the most important; null counts as the largest value."""
    for attribute, descending in reversed(tuple(sort)):
        if types.get(attribute) in {None, "ARRAY", "OBJECT"}:
            raise _bad(f"Cannot sort by '{attribute}'.")
        records = sorted(records, key=_sort_key(attribute), reverse=descending)
    return records


def _sort_key(attribute: str) -> Callable[[Record], tuple[bool, Any]]:
    def key(record: Record) -> tuple[bool, Any]:
        value = record.attributes.get(attribute)
        return value is None, value

    return key


def check_fields(fields: Iterable[str], types: Mapping[str, str]) -> None:
    """Raise OmsError for a projection to an attribute that does not exist."""
    for name in fields:
        if name not in types:
            raise _bad(f"Attribute '{name}' does not exist.")
