"""Typed columns of tables: what they are called, how wide they are and how their values are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from dqmtui.model.text import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.lstable import Column

Value: TypeAlias = "bool | int | float | str"
Write: TypeAlias = Callable[["int | float"], str]

_NO_BRACES = str.maketrans("", "", "{}")
_LONGEST_UNIT = 16
_BEHIND_POWER = re.compile(r"(\^[+-]?\d+)(?=[A-Za-z])")
_PER = ("pb", "nb", "ub", "fb")


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column that a person can choose, sort by and filter by.

    `id` is its stable name, that of filter expressions; `title` and `unit` stand in the header and `what` in
    the list of all columns. `width` in cells has room for usual values, not for the title. `write` writes a
    number; numbers stand on the `right`; of a text the first `skip` characters are not shown. Of a `flag` the
    values are `dqmtui.model.conditions.Verdict`.
    """

    id: str
    title: str
    width: int
    what: str
    unit: str = ""
    right: bool = True
    flag: bool = False
    write: Write | None = None
    skip: int = 0

    def text(self, value: Value) -> str:
        """Write a value; one of another kind than the column's as it came."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.write is not None and isinstance(value, int | float):
            return self.write(value)
        return str(value)[self.skip :]


def fixed(digits: int) -> Write:
    """Write numbers with that many digits behind the point; what rounds to nothing has no sign."""
    return lambda value: f"{round(value, digits) + 0.0:.{digits}f}"


def general(value: float) -> str:
    """Write any number in few characters."""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def plain_unit(unit: str | None) -> str:
    r"""Write a unit, or a text with one, as OMS names it in plain ASCII: `\mub^{-1}` as `ub^-1`.

    `10^{34}cm^{-2}s^{-1}` is `10^34 cm^-2 s^-1`; a screen that can raises the powers.
    """
    plain = (unit or "").replace("\\mu", "u").translate(_NO_BRACES).strip()
    return harmless(_BEHIND_POWER.sub(r"\1 ", plain))


def head_unit(unit: str | None) -> str:
    """Write a unit as `plain_unit` does for the head of a column, but none of so many words that it fills it.

    Such one, as the `interactions per crossing` of pileup, says what is counted; part of it would mislead.
    """
    plain = plain_unit(unit)
    return "" if len(plain) > _LONGEST_UNIT else plain


def short_unit(unit: str | None) -> str:
    """Write a unit as OMS names it for the head of a column in few characters: `pb^{-1}` as `/pb`."""
    plain = head_unit(unit)
    name, power, _ = plain.partition("^-1")
    return f"/{name}" if power and name in _PER and plain == f"{name}^-1" else plain


C = TypeVar("C", bound=TypedColumn)


def chosen(ids: Sequence[str], usual: Sequence[str], known: Mapping[str, C]) -> list[C]:
    """Give the columns of some ids in their order, the usual ones for none; what is not known is left out."""
    return [known[one] for one in dict.fromkeys(ids or usual) if one in known]


def by_id(columns: Iterable[C]) -> dict[str, C]:
    """Give columns by their ids; raises ValueError for two of the same."""
    found: dict[str, C] = {}
    for column in columns:
        if column.id in found:
            raise ValueError(f"two columns are called {column.id}")
        found[column.id] = column
    return found


def order_of(column: Column, *, descending: bool = False) -> NDArray[np.intp]:
    """Give the rows sorted by a column, shape (n,): stable both ways, what has no value last.

    Numbers come before texts where a column has both; texts are compared whatever their case. Not a number
    is no value.
    """
    known = column.known.copy()
    if column.values.dtype.kind == "f":
        known &= ~np.isnan(column.values.astype(np.float64))
    rows = np.flatnonzero(known)
    if column.values.dtype == object:
        keys = [_key(value) for value in column.values[rows].tolist()]
        places = {key: place for place, key in enumerate(sorted(set(keys)))}
        ranks = np.array([places[key] for key in keys], dtype=np.int64)
    else:
        ranks = np.unique(column.values[rows], return_inverse=True)[1].astype(np.int64)
    sorted_rows = rows[np.argsort(-ranks if descending else ranks, kind="stable")]
    return np.concatenate([sorted_rows, np.flatnonzero(~known)])


def _key(value: object) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value).casefold())
