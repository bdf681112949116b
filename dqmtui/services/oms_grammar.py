"""The query grammar of OMS: filters, projection, sorting, grouping and pages as query parameters.

Values are encoded by the transport, so that ``+``, ``&`` and brackets in names arrive as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

OPERATORS = ("EQ", "NEQ", "LT", "GT", "LE", "GE", "LIKE", "CT", "IN")
MAX_PAGE_LIMIT = 100_000

OmsFilterValue = str | int | float | bool | None
Granularity = Literal["run", "lumisection"]

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]*")
_RESOURCE = re.compile(r"[a-z][a-z0-9_]*(/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class OmsQuery:
    """A query for records of one resource; the methods return a new query. All raise ValueError."""

    resource: str
    filters: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    granularity: Granularity | None = None

    def __post_init__(self) -> None:
        if not _RESOURCE.fullmatch(self.resource):
            message = f"'{self.resource}' cannot be a resource of OMS"
            raise ValueError(message)

    def where(
        self, attribute: str, operator: str, value: OmsFilterValue | Iterable[OmsFilterValue]
    ) -> OmsQuery:
        """Filter on an attribute; filters add up. ``IN`` takes several values, ``LIKE`` knows ``%``.

        The second filter on an attribute with the same operator is spelled in another way that OMS takes:
        of two parameters with one name, one may be lost on the way through DIALS. A third one is refused.
        """
        operator = operator.upper()
        if operator not in OPERATORS:
            message = f"OMS has no operator {operator}; it has {', '.join(OPERATORS)}"
            raise ValueError(message)
        taken = {name for name, _ in self.filters}
        spellings = [f"filter[{_attribute(attribute)}][{word}]" for word in (operator, operator.lower())]
        name = next((name for name in spellings if name not in taken), None)
        if name is None:
            message = f"{attribute} is filtered with {operator} more than twice"
            raise ValueError(message)
        return replace(self, filters=(*self.filters, (name, _value(operator, value))))

    def only(self, *attributes: str) -> OmsQuery:
        """Ask for some attributes only."""
        return replace(self, fields=tuple(_attribute(attribute) for attribute in attributes))

    def sorted_by(self, *attributes: str) -> OmsQuery:
        """Sort by attributes, a ``-`` before one that descends."""
        for attribute in attributes:
            _attribute(attribute.removeprefix("-"))
        return replace(self, order=attributes)

    def grouped(self, granularity: Granularity) -> OmsQuery:
        """Ask for rates by run or by LS."""
        return replace(self, granularity=granularity)

    def params(self, offset: int, limit: int) -> list[tuple[str, str]]:
        """Return the query parameters of one page of ``limit`` rows from row ``offset`` on."""
        if offset < 0 or not 0 < limit <= MAX_PAGE_LIMIT:
            message = f"OMS has no page of {limit} rows from row {offset} on"
            raise ValueError(message)
        params = list(self.filters)
        if self.fields:
            params.append(("fields", ",".join(self.fields)))
        if self.order:
            params.append(("sort", ",".join(self.order)))
        if self.granularity is not None:
            params.append(("group[granularity]", self.granularity))
        return [*params, ("page[offset]", str(offset)), ("page[limit]", str(limit))]


def _attribute(name: str) -> str:
    if not _ATTRIBUTE.fullmatch(name):
        message = f"'{name}' cannot be an attribute of OMS"
        raise ValueError(message)
    return name


def _value(operator: str, value: OmsFilterValue | Iterable[OmsFilterValue]) -> str:
    if value is None or isinstance(value, str | int | float):
        return _text(value)
    if operator != "IN":
        message = f"{operator} takes one value, only IN takes several"
        raise ValueError(message)
    texts = [_text(item) for item in value]
    if not texts or any("," in text for text in texts):
        message = "IN takes at least one value, and none with a comma"
        raise ValueError(message)
    return ",".join(texts)


def _text(value: OmsFilterValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
