"""Free queries of OMS, checked against what OMS says about the attributes of a resource.

OMS leaves out filters on what it does not know in some of its versions, and then sends everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dqmtui.services.errors import BadRequest
from dqmtui.services.oms_grammar import OPERATORS, OmsQuery
from dqmtui.services.safe_text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmtui.services.oms_grammar import Granularity
    from dqmtui.services.oms_records import AttributeMeta

    Meta = Mapping[str, AttributeMeta]

_FLAGS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}
_LONGEST = 60
_OTHER_WORDS = {"GTE": "GE", "LTE": "LE", "NE": "NEQ", "=": "EQ", "==": "EQ", "!=": "NEQ", "CONTAINS": "CT"}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition as it was typed: attribute, operator and value."""

    attribute: str
    operator: str
    value: str

    @classmethod
    def read(cls, text: str) -> Filter:
        """Read ``attribute:OP:value``; the value may have colons. Raise BadRequest."""
        attribute, _, rest = text.partition(":")
        operator, colon, value = rest.partition(":")
        if not colon:
            raise _refused(
                f"'{_shown(text)}' is no filter; write attribute:OP:value, such as run_number:GE:381065."
            )
        if operator.upper() not in OPERATORS:
            raise _refused(
                f"OMS has no operator '{_shown(operator)}'; it has {', '.join(OPERATORS)}."
                f"{_meant(_OTHER_WORDS.get(operator.upper(), operator.upper()), OPERATORS)}"
            )
        return cls(attribute.strip(), operator.upper(), value.strip())


@dataclass(frozen=True, slots=True)
class FreeQuery:
    """What a person asks of a resource; ``sort`` has a ``-`` before an attribute that descends."""

    resource: str
    filters: Sequence[Filter] = ()
    sort: Sequence[str] = ()
    fields: Sequence[str] = ()
    granularity: Granularity | None = None

    def checked(self, meta: Meta) -> OmsQuery:
        """Return the query, every name of which is known; raise BadRequest with the nearest name."""
        for key in self.sort:
            _may(self.resource, key.removeprefix("-"), meta, "sorted by", "sortable")
        for name in self.fields:
            _may(self.resource, name, meta, "cut down to", "projectable")
        try:
            query = OmsQuery(self.resource).sorted_by(*self.sort)
            if self.fields:
                query = query.only(*dict.fromkeys(self.fields))
            if self.granularity is not None:
                query = query.grouped(self.granularity)
            for one in self.filters:
                _may(self.resource, one.attribute, meta, "filtered by", "searchable")
                query = query.where(one.attribute, one.operator, _value(one, meta[one.attribute]))
        except ValueError as error:
            raise _refused(f"{error}.") from error
        return query


def _may(resource: str, name: str, meta: Meta, what: str, word: str) -> None:
    """Raise BadRequest for an attribute that there is not, or of which OMS says that this cannot be."""
    if name not in meta:
        raise _refused(f"{resource} of OMS has no attribute '{_shown(name)}'.{_meant(name, meta)}")
    if getattr(meta[name], word) is False:
        able = [other for other in meta if getattr(meta[other], word) is not False]
        raise _refused(f"{resource} of OMS cannot be {what} {name}.{_meant(name, able)}")


def _value(one: Filter, meta: AttributeMeta) -> str:
    """Return the value in the words of OMS, which knows true and false alone."""
    if (meta.api_type or "").upper() != "BOOLEAN" or one.value.lower() == "null":
        return one.value
    texts = one.value.split(",") if one.operator == "IN" else [one.value]
    words = [_FLAGS.get(text.strip().lower()) for text in texts]
    if None in words:
        raise _refused(f"{one.attribute} is true or false, not '{_shown(one.value)}'.")
    return ",".join(word for word in words if word is not None)


def _meant(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1, cutoff=0.4)
    return f" Did you mean {near[0]}?" if near else ""


def _shown(text: str) -> str:
    return safe_text(text, _LONGEST)


def _refused(message: str) -> BadRequest:
    return BadRequest(message, service="OMS")
