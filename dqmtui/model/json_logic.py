"""JSON logic, the language of the Run Registry's configurations: rules as JSON, evaluated over variables.

The operators are those of jsonlogic.com. Where JavaScript would guess, this does not: an unknown operator or
variable is an error that names it, and an order between a text and a number is one too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

DEEPEST = 100
"""Rules inside each other."""

_ABSENT = object()
_LONGEST_QUOTE = 60


class JsonLogicError(ValueError):
    """A rule that cannot be evaluated; the message names the operator or variable."""


class UnknownVariableError(JsonLogicError):
    """A rule asks for a `variable` that has no value."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"there is no value for {variable!r}")
        self.variable = variable


def evaluate(rule: object, variables: Mapping[str, Any]) -> Any:
    """Evaluate a rule over variables and give its value; `is_true` says whether that counts as true.

    A variable `a.b` is the item of that name, or `b` of the mapping `a`. One that is null is a value. Raises
    UnknownVariableError for a variable without value that the rule gives no default for, and JsonLogicError.
    """
    return _Evaluator(variables).value(rule, 0)


def variables_of(rule: object) -> list[str]:
    """List the names of the variables that a rule asks for, each once; raises JsonLogicError.

    Variables inside `map`, `filter`, `reduce`, `all`, `some` and `none` are parts of items and left out.
    """
    return list(dict.fromkeys(_variables(rule, 0)))


def check_rule(rule: object) -> None:
    """Raise JsonLogicError for operators that are not known, anywhere in a rule."""
    for _ in _variables(rule, 0):
        pass


def is_true(value: object) -> bool:
    """Tell whether a value counts as true: not false, null, 0, an empty text or an empty list."""
    return bool(value)


def _operator_of(rule: Mapping[str, Any]) -> tuple[str, list[Any]]:
    if len(rule) != 1:
        raise JsonLogicError(f"{_quoted(rule)} has {len(rule)} operators in place of one")
    ((name, given),) = rule.items()
    if name not in OPERATORS:
        raise JsonLogicError(f"there is no operator {name[:_LONGEST_QUOTE]!r}")
    return name, given if isinstance(given, list) else [given]


def _variables(rule: object, depth: int) -> Iterator[str]:
    _check_depth(depth)
    if isinstance(rule, list):
        for part in rule:
            yield from _variables(part, depth + 1)
    elif isinstance(rule, dict):
        name, parts = _operator_of(rule)
        if name == "var" and parts and isinstance(parts[0], str):
            yield parts[0]
        elif name == "missing":
            yield from (part for part in parts if isinstance(part, str))
        for at, part in enumerate(parts):
            found = list(_variables(part, depth + 1))
            # what a rule asks of items is no variable, but its operators have to be known
            yield from () if name in _OVER_ITEMS and at == 1 else found


@dataclass(frozen=True, slots=True)
class _Evaluator:
    variables: Any

    def value(self, rule: object, depth: int) -> Any:
        _check_depth(depth)
        if isinstance(rule, list):
            return [self.value(part, depth + 1) for part in rule]
        if not isinstance(rule, dict):
            return rule
        name, parts = _operator_of(rule)
        if name in _LAZY:
            return _LAZY[name](self, parts, depth + 1)
        values = [self.value(part, depth + 1) for part in parts]
        if name in _OF_VARIABLES:
            return _OF_VARIABLES[name](self, values)
        least, most, work = _PLAIN[name]
        if not least <= len(values) <= (most or len(values)):
            raise JsonLogicError(f"{name!r} cannot have {len(values)} arguments")
        try:
            return work(*values)
        except (TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
            shown = ", ".join(map(_quoted, values))
            raise JsonLogicError(f"{name!r} cannot be applied to {shown}") from error

    def variable(self, name: object) -> Any:
        """Give the value of a variable, _ABSENT when there is none."""
        if name is None or name == "":
            return self.variables
        text = str(name)
        if isinstance(self.variables, dict) and text in self.variables:
            return self.variables[text]
        found = self.variables
        for part in text.split("."):
            if hasattr(found, "keys") and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return _ABSENT
        return found


# -- operators that choose what they evaluate ----------------------------------------------------------


def _and(at: _Evaluator, parts: Sequence[Any], depth: int) -> Any:
    value: Any = None
    for part in parts:
        value = at.value(part, depth)
        if not is_true(value):
            break
    return value


def _or(at: _Evaluator, parts: Sequence[Any], depth: int) -> Any:
    value: Any = None
    for part in parts:
        value = at.value(part, depth)
        if is_true(value):
            break
    return value


def _if(at: _Evaluator, parts: Sequence[Any], depth: int) -> Any:
    for condition, then in zip(parts[0:-1:2], parts[1::2], strict=False):
        if is_true(at.value(condition, depth)):
            return at.value(then, depth)
    return at.value(parts[-1], depth) if len(parts) % 2 else None


def _items(at: _Evaluator, parts: Sequence[Any], depth: int) -> tuple[list[Any], Any]:
    items = at.value(parts[0], depth) if parts else None
    if items is None:
        items = []
    if not isinstance(items, list | tuple):
        raise JsonLogicError(f"{_quoted(items)} is no list")
    return list(items), parts[1] if len(parts) > 1 else {"var": ""}


def _map(at: _Evaluator, parts: Sequence[Any], depth: int) -> list[Any]:
    items, rule = _items(at, parts, depth)
    return [_Evaluator(item).value(rule, depth) for item in items]


def _filter(at: _Evaluator, parts: Sequence[Any], depth: int) -> list[Any]:
    items, rule = _items(at, parts, depth)
    return [item for item in items if is_true(_Evaluator(item).value(rule, depth))]


def _reduce(at: _Evaluator, parts: Sequence[Any], depth: int) -> Any:
    items, rule = _items(at, parts, depth)
    start = at.value(parts[2], depth) if len(parts) > _PAIR else None

    def step(so_far: Any, item: Any) -> Any:
        return _Evaluator({"current": item, "accumulator": so_far}).value(rule, depth)

    return reduce(step, items, start)


def _all(at: _Evaluator, parts: Sequence[Any], depth: int) -> bool:
    items, rule = _items(at, parts, depth)
    return bool(items) and all(is_true(_Evaluator(item).value(rule, depth)) for item in items)


def _some(at: _Evaluator, parts: Sequence[Any], depth: int) -> bool:
    return bool(_filter(at, parts, depth))


def _none(at: _Evaluator, parts: Sequence[Any], depth: int) -> bool:
    return not _filter(at, parts, depth)


# -- operators on variables ----------------------------------------------------------------------------


def _var(at: _Evaluator, values: Sequence[Any]) -> Any:
    name = values[0] if values else ""
    found = at.variable(name)
    if found is not _ABSENT:
        return found
    if len(values) > 1:
        return values[1]
    raise UnknownVariableError(str(name))


def _missing(at: _Evaluator, values: Sequence[Any]) -> list[Any]:
    names = values[0] if values and isinstance(values[0], list) else values
    found = ((name, at.variable(name)) for name in names)
    return [name for name, value in found if value is _ABSENT or value is None or value == ""]


def _missing_some(at: _Evaluator, values: Sequence[Any]) -> list[Any]:
    if len(values) != _PAIR or not isinstance(values[1], list):
        raise JsonLogicError("'missing_some' takes a number and a list of names")
    missing = _missing(at, values[1])
    return [] if len(values[1]) - len(missing) >= _number(values[0]) else missing


# -- operators on values -------------------------------------------------------------------------------


def _number(value: object) -> float | int:
    """Read a number, also one that is a text; raises TypeError and ValueError."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return float(value) if any(char in value for char in ".eE") else int(value)
    raise TypeError


def _equal(first: Any, second: Any) -> bool:
    """Compare as JavaScript's == does where that is harmless: a number equals the text of it."""
    if isinstance(first, str) != isinstance(second, str) and first is not None and second is not None:
        try:
            return _number(first) == _number(second)
        except (TypeError, ValueError):
            return False
    return bool(first == second)


def _same(first: Any, second: Any) -> bool:
    """Compare as JavaScript's === does: true is not 1."""
    return bool(isinstance(first, bool) == isinstance(second, bool) and first == second)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compare(*values: Any) -> bool:
        if any(value is None for value in values):
            # what is not known is neither below nor above anything
            return False
        if not all(isinstance(value, str) for value in values):
            values = tuple(map(_number, values))
        return all(holds(*pair) for pair in pairwise(values))

    return compare


def _in(part: Any, whole: Any) -> bool:
    if whole is None:
        return False
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list | tuple):
        return any(_same(part, item) for item in whole)
    raise TypeError


def _minus(first: Any, second: Any = _ABSENT) -> Any:
    return -_number(first) if second is _ABSENT else _number(first) - _number(second)


def _divide(first: Any, second: Any) -> Any:
    return _number(first) / _number(second)


def _remainder(first: Any, second: Any) -> Any:
    """Give the remainder with the sign of the first, as JavaScript does."""
    first, second = _number(first), _number(second)
    rest = abs(first) % abs(second)
    return -rest if first < 0 else rest


def _times(*values: Any) -> Any:
    return math.prod(map(_number, values))


def _substr(text: Any, start: Any, length: Any = None) -> str:
    shown, start = _shown(text), int(start)
    rest = shown[max(0, len(shown) + start) if start < 0 else start :]
    return rest if length is None else rest[: int(length)]


def _merge(*values: Any) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_PAIR = 2
_OVER_ITEMS = frozenset({"map", "filter", "reduce", "all", "some", "none"})

_LAZY: Mapping[str, Callable[[_Evaluator, Sequence[Any], int], Any]] = {
    "and": _and,
    "or": _or,
    "if": _if,
    "?:": _if,
    "map": _map,
    "filter": _filter,
    "reduce": _reduce,
    "all": _all,
    "some": _some,
    "none": _none,
}

_OF_VARIABLES: Mapping[str, Callable[[_Evaluator, Sequence[Any]], Any]] = {
    "var": _var,
    "missing": _missing,
    "missing_some": _missing_some,
}

_PLAIN: Mapping[str, tuple[int, int | None, Callable[..., Any]]] = {
    "==": (2, 2, _equal),
    "!=": (2, 2, lambda first, second: not _equal(first, second)),
    "===": (2, 2, _same),
    "!==": (2, 2, lambda first, second: not _same(first, second)),
    "!": (1, 1, lambda value: not is_true(value)),
    "!!": (1, 1, is_true),
    "<": (2, 3, _ordered(lambda first, second: first < second)),
    "<=": (2, 3, _ordered(lambda first, second: first <= second)),
    ">": (2, 2, _ordered(lambda first, second: first > second)),
    ">=": (2, 2, _ordered(lambda first, second: first >= second)),
    "in": (2, 2, _in),
    "+": (1, None, lambda *values: sum(map(_number, values))),
    "-": (1, 2, _minus),
    "*": (1, None, _times),
    "/": (2, 2, _divide),
    "%": (2, 2, _remainder),
    "min": (1, None, lambda *values: min(map(_number, values))),
    "max": (1, None, lambda *values: max(map(_number, values))),
    "cat": (0, None, lambda *values: "".join(map(_shown, values))),
    "substr": (2, 3, _substr),
    "merge": (0, None, _merge),
}

OPERATORS = (*_LAZY, *_OF_VARIABLES, *_PLAIN)
"""The operators that are known."""


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise JsonLogicError(f"the rule has more than {DEEPEST} rules inside each other")


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."
