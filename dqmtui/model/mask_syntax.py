"""Reading mask expressions such as `golden and not excluded and pileup > 30`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 2000
"""Characters of an expression."""

DEEPEST = 50
"""Parentheses and `not` inside each other."""

OPERATORS = ("==", "!=", "<=", ">=", "<", ">")

CONTAINS = "~"
"""The operator between a name and a text, perhaps a bare word, that its value has in it."""

_KEYWORDS = frozenset({"and", "or", "not", "true", "false"})
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    | (?P<name>[A-Za-z_][\w.]*)
    | `(?P<quoted>[^`]+)`
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>==|!=|<=|>=|<|>|~)
    | (?P<parenthesis>[()])
    | (?P<end>$)
    | (?P<strange>.)
    )""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_WORD = re.compile(r"\s*(?P<word>[^\s()\"'`]+)")
"""What may stand behind `~` without quotes."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


class MaskExpressionError(ValueError):
    """An expression that cannot be read or evaluated.

    `at` is the character it is about, from 0, `nearest` the name that an unknown one may have meant.
    """

    def __init__(self, message: str, text: str, at: int, nearest: str | None = None) -> None:
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"character {at + 1}: {message}{hint}")
        self.message = f"{message}{hint}"
        self.text = text
        self.at = at
        self.nearest = nearest

    @property
    def pointer(self) -> str:
        """The expression with a caret under the place, two lines."""
        return f"{self.text}\n{' ' * self.at}^"


class UnknownNameError(MaskExpressionError):
    """An expression that names what there is not."""


Literal = bool | float | str


def is_plain_name(text: str) -> bool:
    """Tell whether a text stands for a name without backticks and without a dot."""
    return bool(_PLAIN_NAME.fullmatch(text)) and "." not in text and text.lower() not in _KEYWORDS


@dataclass(frozen=True, slots=True)
class Name:
    """A mask, a flag or a column; `at` is where it stands, which makes no difference to what it means."""

    name: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        plain = _PLAIN_NAME.fullmatch(self.name) and self.name.lower() not in _KEYWORDS
        return self.name if plain else f"`{self.name}`"


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return str(self.value).lower()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column against a value: `pileup > 30`, `prescale ~ 2e34`."""

    name: Name
    operator: str
    value: Literal

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of unknown it is unknown."""

    part: Expression

    def __str__(self) -> str:
        return f"not {_inside(self.part, Not)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts, two or more."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " and ".join(_inside(part, And) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts, two or more."""

    parts: tuple[Expression, ...]

    def __str__(self) -> str:
        return " or ".join(_inside(part, Or) for part in self.parts)


Expression = Name | Constant | Comparison | Not | And | Or


def names(expression: Expression) -> Iterator[Name]:
    """Give the names in an expression, in the order in which they stand there."""
    match expression:
        case Name():
            yield expression
        case Comparison(name=name):
            yield name
        case Not(part=part):
            yield from names(part)
        case And(parts=parts) | Or(parts=parts):
            for one in parts:
                yield from names(one)
        case Constant():
            return


def parse(text: str) -> Expression:
    """Read an expression; `str` of it reads the same again.

    Names, `name operator value`, `not`, `and`, `or` and parentheses, binding in this order; values are
    numbers, quoted texts, `true` and `false`; behind the operator `~` a text may be a word without quotes.
    Names with other characters stand in backticks. Raises MaskExpressionError with the place.
    """
    if len(text) > LONGEST:
        raise MaskExpressionError(f"an expression has at most {LONGEST} characters", text, LONGEST)
    return _Parser(text).whole()


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        expression = self._either()
        if self._token.kind != "end":
            self._fail("expected `and`, `or` or the end")
        return expression

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _fail(self, message: str) -> NoReturn:
        token = self._token
        found = "the expression ends here" if token.kind == "end" else f"found `{token.text}`"
        raise MaskExpressionError(f"{message}, but {found}", self._text, token.at)

    def _take(self, kind: str, *texts: str) -> _Token | None:
        token = self._token
        if token.kind != kind or (texts and token.text not in texts):
            return None
        self._next += 1
        return token

    def _either(self) -> Expression:
        parts = [self._all()]
        while self._take("keyword", "or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Expression:
        parts = [self._opposite()]
        while self._take("keyword", "and"):
            parts.append(self._opposite())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _opposite(self) -> Expression:
        opening = self._take("keyword", "not") or self._take("parenthesis", "(")
        if opening is None:
            return self._comparison()
        self._depth += 1
        if self._depth > DEEPEST:
            raise MaskExpressionError(f"more than {DEEPEST} levels deep", self._text, opening.at)
        if opening.kind == "keyword":
            expression: Expression = Not(self._opposite())
        else:
            expression = self._either()
            if not self._take("parenthesis", ")"):
                self._fail(f"the parenthesis of character {opening.at + 1} is not closed")
        self._depth -= 1
        return expression

    def _comparison(self) -> Expression:
        start = self._token
        left = self._operand()
        operator = self._take("operator")
        if operator is None:
            if isinstance(left, Name):
                return left
            if isinstance(left, bool):
                return Constant(left)
            raise MaskExpressionError("a value alone is neither good nor bad", self._text, start.at)
        if operator.text == CONTAINS:
            return self._contains(left, start)
        right = self._operand()
        if self._token.kind == "operator":
            self._fail("compare two at a time, as in `a > 1 and a < 2`")
        if isinstance(left, Name) and not isinstance(right, Name):
            return Comparison(left, operator.text, right)
        if isinstance(right, Name) and not isinstance(left, Name):
            return Comparison(right, _MIRRORED[operator.text], left)
        words = "a comparison has a name on one side and a value on the other"
        if isinstance(left, Name) and isinstance(right, Name):
            words = (
                f"`{left.name}` and `{right.name}` are both names: compare one with a value, a text in quotes"
            )
        raise MaskExpressionError(words, self._text, start.at)

    def _contains(self, left: Name | Literal, start: _Token) -> Expression:
        """Read what stands behind `~`: a text, or a bare word."""
        word = self._take("text") or self._take("word")
        if not isinstance(left, Name) or word is None:
            raise MaskExpressionError(
                "`~` has a name before it and a text behind it, as in `prescale ~ 2e34`", self._text, start.at
            )
        return Comparison(left, CONTAINS, _unquoted(word) if word.kind == "text" else word.text)

    def _operand(self) -> Name | Literal:
        token = self._token
        value: Name | Literal
        match token.kind:
            case "name":
                value = Name(token.text, token.at)
            case "number":
                value = float(token.text)
                if not math.isfinite(value):
                    self._fail("a number is too large")
            case "text":
                value = _unquoted(token)
            case "operator" if token.text == CONTAINS:
                raise MaskExpressionError("'~' does not belong here: write `not`", self._text, token.at)
            case "keyword" if token.text in {"true", "false"}:
                value = token.text == "true"
            case _:
                before = f" behind `{self._tokens[self._next - 1].text}`" if self._next else ""
                self._fail(f"expected a name or a value{before}")
        self._next += 1
        return value


def _unquoted(token: _Token) -> str:
    return _ESCAPED.sub(r"\1", token.text[1:-1])


def _tokens(text: str) -> Iterator[_Token]:
    at, is_behind_contains = 0, False
    while True:
        word = _WORD.match(text, at) if is_behind_contains else None
        is_behind_contains = False
        if word is not None:
            yield _Token("word", word["word"], word.start("word"))
            at = word.end()
            continue
        match = _TOKEN.match(text, at)
        # the pattern takes any character, and the end
        kind = "strange" if match is None or match.lastgroup is None else match.lastgroup
        found = "" if match is None else match[kind]
        start = at if match is None else match.start(kind)
        if kind == "strange":
            raise MaskExpressionError(f"{found!r} does not belong here{_HINTS.get(found, '')}", text, start)
        if kind == "quoted":
            kind = "name"
            start -= 1
        elif kind == "name" and found.lower() in _KEYWORDS:
            kind, found = "keyword", found.lower()
        yield _Token(kind, found, start)
        if kind == "end":
            return
        is_behind_contains = found == CONTAINS and kind == "operator"
        at = len(text) if match is None else match.end()


_HINTS = {
    "=": ": equal is `==`",
    "&": ": write `and`",
    "|": ": write `or`",
    "!": ": write `not`, or `!=`",
    '"': ": the text is not closed",
    "'": ": the text is not closed",
    "`": ": the name is not closed",
}


def _inside(part: Expression, outer: type[Not | And | Or]) -> str:
    """Write a part of an expression, in parentheses where it would be read otherwise without."""
    alone = isinstance(part, Name | Constant | Comparison | Not) or (outer is Or and isinstance(part, And))
    return str(part) if alone else f"({part})"


def _literal(value: Literal) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case _:
            short = f"{value:g}"
            return short if float(short) == value else repr(value)
