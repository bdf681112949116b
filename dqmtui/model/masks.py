"""Which lumisections a mask expression selects: three-valued, as unknown is neither good nor bad."""

from __future__ import annotations

import difflib
import operator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.conditions import DCS_ONLY_FLAGS, STRIP_FLAGS, TRACKER_FLAGS, Verdict, judge
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import RATE, Column, LSTable
from dqmtui.model.mask_syntax import (
    CONTAINS,
    And,
    Comparison,
    Constant,
    Expression,
    MaskExpressionError,
    Name,
    Not,
    Or,
    UnknownNameError,
    is_plain_name,
    names,
    parse,
)
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

FALSE, UNKNOWN, TRUE = np.uint8(0), np.uint8(1), np.uint8(2)
"""The values of logic with an unknown (Kleene's): `and` is the smaller, `or` the larger, `not` 2 less it."""

FLAG_SETS: Mapping[str, Sequence[str]] = {
    "dcs": DCS_ONLY_FLAGS,
    "tracker": TRACKER_FLAGS,
    "pixel": TRACKER_FLAGS[:2],
    "strips": STRIP_FLAGS,
    "beams": ("beams_stable", "cms_active"),
}
"""Names for DCS flags that must all be true."""

ALIASES: Mapping[str, str] = {
    "rate": f"{RATE}.rate_hz",
    "prescale": "prescale_name",
    "lumi": "recorded_lumi_per_lumisection",
    "delivered": "delivered_lumi_per_lumisection",
    "fill": "fill_number",
}
"""Short names of columns."""

LS = "ls"
"""The name of the LS number itself."""

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FLAG, _NUMBER, _TEXT, _NEITHER = "true or false", "a number", "a text", "no value"


@dataclass(frozen=True, eq=False)
class Selection:
    """What an expression says of each LS of `ls` (n,): `verdict` (n,) is FALSE, UNKNOWN or TRUE.

    `waiting` are the names whose values have not all been loaded.
    """

    ls: NDArray[np.int64]
    verdict: NDArray[np.uint8]
    waiting: tuple[str, ...] = ()

    @property
    def good(self) -> LSMask:
        """The LS of which it is true; unknown is not good."""
        return LSMask.from_numbers(self.ls[self.verdict == TRUE])

    @property
    def unknown(self) -> LSMask:
        """The LS of which it cannot be said."""
        return LSMask.from_numbers(self.ls[self.verdict == UNKNOWN])


def select(
    expression: str | Expression,
    table: LSTable,
    masks: Mapping[str, LSMask | None] | None = None,
    saved: Mapping[str, str] | None = None,
) -> Selection:
    """Evaluate an expression over the LS of a table.

    Names are, in this order, those of `masks` (None: a mask that has not been loaded, unknown everywhere),
    `ls`, sets of flags (`dcs`, `tracker`, `pixel`, `strips`, `beams`), short names (`rate`, `prescale`,
    `lumi`, `delivered`, `fill`), columns, also as `source.column`, and expressions in `saved`. A null, an
    absent row and what has not been loaded are unknown. Raises MaskExpressionError for what cannot be read,
    for unknown names with the nearest one, for comparisons of values of different kinds, and for saved
    expressions that name each other in turn.
    """
    text = expression if isinstance(expression, str) else str(expression)
    # parsed anew where it came parsed, so that places are those of the text
    parsed = parse(text)
    evaluator = _Evaluator(text, table, masks or {}, saved or {})
    verdict = evaluator.value(parsed)
    waiting = (name.name for name in names(parsed) if evaluator.is_waiting(name.name))
    return Selection(table.ls, verdict, tuple(dict.fromkeys(waiting)))


def verdict_of(
    expression: Expression,
    table: LSTable,
    masks: Mapping[str, LSMask | None],
    saved: Mapping[str, str],
) -> NDArray[np.uint8]:
    """Give the verdict on each LS, shape (n,), of a part of an expression that `select` has read."""
    return _Evaluator(str(expression), table, masks, saved).value(expression)


def is_saved(name: str, table: LSTable, saved: Mapping[str, str]) -> bool:
    """Tell whether a name means a saved expression: what the sources call so comes first."""
    is_column = name in {LS, *ALIASES} or any(name in one.columns for one in table.sources.values())
    return name in saved and not is_column


def all_names(expression: str, saved: Mapping[str, str] | None = None) -> frozenset[str]:
    """Give the names in an expression and in the saved ones that it uses; none where it cannot be read."""
    found: set[str] = set()
    left = [expression]
    while left:
        try:
            fresh = {name.name for name in names(parse(left.pop()))} - found
        except MaskExpressionError:
            continue
        found |= fresh
        left.extend((saved or {})[name] for name in fresh if name in (saved or {}))
    return frozenset(found)


def known_names(
    table: LSTable,
    masks: Mapping[str, LSMask | None] | None = None,
    saved: Mapping[str, str] | None = None,
) -> list[str]:
    """List the names that an expression may use, in the order in which they are looked up."""
    columns = [name for source in table.sources.values() for name in source.columns]
    dotted = [f"{source}.{name}" for source in table.sources for name in table.sources[source].columns]
    return list(dict.fromkeys([*(masks or {}), LS, *FLAG_SETS, *ALIASES, *columns, *dotted, *(saved or {})]))


@dataclass(frozen=True, eq=False)
class _Evaluator:
    text: str
    table: LSTable
    masks: Mapping[str, LSMask | None]
    saved: Mapping[str, str]
    not_loaded: dict[str, bool] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    """The saved expressions that are being evaluated, from the outermost inwards."""

    def value(self, expression: Expression) -> NDArray[np.uint8]:
        """Give the verdict on each LS, shape (n,)."""
        return combined(
            expression,
            self.table.ls.size,
            lambda one: self._compared(one) if isinstance(one, Comparison) else self._named(one),
        )

    def is_waiting(self, name: str) -> bool:
        """Tell whether values of a name have not been loaded, once it has been evaluated."""
        return self.not_loaded.get(name, False)

    def _fail(self, message: str, name: Name, nearest: str | None = None) -> MaskExpressionError:
        return MaskExpressionError(message, self.text, name.at, nearest)

    def _named(self, name: Name) -> NDArray[np.uint8]:
        if name.name in self.masks:
            mask = self.masks[name.name]
            self.not_loaded[name.name] = mask is None
            if mask is None:
                return np.full(self.table.ls.size, UNKNOWN, dtype=np.uint8)
            return _verdict(mask.selects(self.table.ls))
        if name.name in FLAG_SETS:
            verdict = judge(self.table, FLAG_SETS[name.name])
            self.not_loaded[name.name] = bool((verdict == Verdict.NOT_LOADED).any())
            return _verdict(verdict == Verdict.GOOD, ~np.isin(verdict, (Verdict.GOOD, Verdict.BAD)))
        if self._is_saved(name):
            return self._saved_verdict(name)
        return flagged(self._column(name), name, lambda words: self._fail(words, name))

    def _compared(self, comparison: Comparison) -> NDArray[np.uint8]:
        name = comparison.name
        if name.name in self.masks or name.name in FLAG_SETS or self._is_saved(name):
            raise self._fail(f"{name} is a mask: write `{name}` or `not {name}`", name)
        return compared(self._column(name), comparison, lambda words: self._fail(words, name))

    def _is_saved(self, name: Name) -> bool:
        return is_saved(name.name, self.table, self.saved)

    def _saved_verdict(self, name: Name) -> NDArray[np.uint8]:
        if name.name in self.inside:
            chain = " names ".join([*self.inside[self.inside.index(name.name) :], name.name])
            raise self._fail(f"saved expressions go round in a circle: {chain}", name)
        text = self.saved[name.name]
        inner = replace(self, text=text, inside=(*self.inside, name.name))
        try:
            parsed = parse(text)
            verdict = inner.value(parsed)
        except MaskExpressionError as error:
            raise self._fail(f"{name} stands for `{text}`, where {error.message}", name) from error
        self.not_loaded[name.name] = any(self.is_waiting(one.name) for one in names(parsed))
        return verdict

    def _column(self, name: Name) -> Column:
        if name.name == LS:
            there = np.full(self.table.ls.size, CellState.VALUE, dtype=np.uint8)
            return Column(LS, self.table.ls, there)
        wanted = ALIASES.get(name.name, name.name)
        source, _, column = wanted.partition(".")
        sources = self.table.sources
        if column and source in sources and column in sources[source].columns:
            found = [source]
        else:
            found, column = [one for one in sources if wanted in sources[one].columns], wanted
        if len(found) > 1:
            choices = " or ".join(f"{one}.{column}" for one in found)
            raise self._fail(f"{name} could be {choices}", name)
        if not found:
            return self._missing(name, wanted)
        cells = self.table.column(found[0], column)
        self.not_loaded[name.name] = bool((cells.state == CellState.NOT_LOADED).any())
        return cells

    def _missing(self, name: Name, wanted: str) -> Column:
        """Take a known name whose column has not come as unknown; any other is an error."""
        waiting = not all(source.is_complete for source in self.table.sources.values())
        if name.name in ALIASES or (waiting and wanted in _WELL_KNOWN):
            self.not_loaded[name.name] = waiting
            state = np.full(self.table.ls.size, CellState.NOT_LOADED if waiting else CellState.ABSENT)
            return Column(wanted, np.full(self.table.ls.size, np.nan), state.astype(np.uint8))
        offered = [*known_names(self.table, self.masks, self.saved), *_WELL_KNOWN]
        near = nearest(name.name, offered)
        raise UnknownNameError(f"there is no {name}", self.text, name.at, near)


def why_no_name(name: str) -> str:
    """Say why an expression cannot be saved under a name, "" when it can."""
    if not is_plain_name(name):
        return f"{name!r} is no name: letters, digits and _ make one, beginning with a letter"
    if name in {LS, *FLAG_SETS, *ALIASES, *_WELL_KNOWN}:
        return f"{name} means something else already"
    return ""


_WELL_KNOWN = frozenset({*DCS_ONLY_FLAGS, *ALIASES.values(), "pileup"})
"""Columns that may be named before they have been loaded."""


def combined(
    expression: Expression, n: int, judged: Callable[[Name | Comparison], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Give the verdict of an expression on each of n rows, shape (n,), out of those of its parts."""
    match expression:
        case Constant(value=value):
            return np.full(n, TRUE if value else FALSE, dtype=np.uint8)
        case Not(part=part):
            return TRUE - combined(part, n, judged)
        case And(parts=parts):
            return reduce(np.minimum, (combined(part, n, judged) for part in parts))
        case Or(parts=parts):
            return reduce(np.maximum, (combined(part, n, judged) for part in parts))
        case Comparison() | Name():
            return judged(expression)


def flagged(column: Column, name: Name, fail: Callable[[str], MaskExpressionError]) -> NDArray[np.uint8]:
    """Give the verdict of a flag on each row, shape (n,); raises what `fail` makes of a sentence."""
    kinds = _kinds(column)
    if kinds and _FLAG not in kinds:
        raise fail(f"{name} is {kinds[0]}: compare it, as in `{name} == ...`")
    flags = column.is_true()
    return _verdict(flags, ~flags & ~column.is_false())


def compared(
    column: Column, comparison: Comparison, fail: Callable[[str], MaskExpressionError]
) -> NDArray[np.uint8]:
    """Give the verdict of a comparison on each row, shape (n,); raises what `fail` makes of a sentence."""
    name, value = comparison.name, comparison.value
    wanted = _kind(value)
    kinds = _kinds(column)
    if kinds and wanted not in kinds:
        raise fail(f"{name} is {kinds[0]}, not {wanted}")
    if wanted != _NUMBER and comparison.operator not in {"==", "!=", CONTAINS}:
        raise fail(f"{wanted} is compared with == or !=")
    comparable = column.known & _is_kind(column, wanted)
    holds = np.zeros(column.state.size, dtype=np.bool_)
    if comparison.operator == CONTAINS:
        part = str(value).casefold()
        holds[comparable] = [part in str(text).casefold() for text in column.values[comparable]]
    else:
        holds[comparable] = _COMPARE[comparison.operator](column.values[comparable], value)
    return _verdict(holds, ~comparable)


def nearest(name: str, offered: Iterable[str]) -> str | None:
    """Give the offered name that is most like one, whatever the case; None when none is like it."""
    by_lower = {one.lower(): one for one in offered}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[close[0]] if close else None


def _verdict(true: NDArray[np.bool_], unknown: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    verdict = np.where(true, TRUE, FALSE)
    return verdict if unknown is None else np.where(unknown, UNKNOWN, verdict)


def _kind(value: object) -> str:
    """Say what a value is."""
    if isinstance(value, bool):
        return _FLAG
    return _NUMBER if isinstance(value, int | float) else _TEXT if isinstance(value, str) else _NEITHER


def _kinds(column: Column) -> list[str]:
    """Say what the known values are, the first to occur first."""
    known = column.values[column.known]
    if column.values.dtype == object:
        return list(dict.fromkeys(map(_kind, known)))
    return ([_FLAG] if column.values.dtype == np.bool_ else [_NUMBER]) if known.size else []


def _is_kind(column: Column, wanted: str) -> NDArray[np.bool_]:
    """Tell which values are of a kind, shape (n,); NaN is no number."""
    if column.values.dtype == object:
        return np.array([_kind(value) == wanted for value in column.values], dtype=np.bool_)
    if column.values.dtype.kind == "f":
        return ~np.isnan(column.values.astype(np.float64))
    return np.ones(column.values.size, dtype=np.bool_)
