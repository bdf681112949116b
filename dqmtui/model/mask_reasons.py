"""Why a mask expression does not select lumisections: term by term, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import Verdict, flag_in_words, judge
from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_syntax import And, Comparison, Constant, Expression, Name, Not, Or, parse
from dqmtui.model.masks import FALSE, FLAG_SETS, TRUE, UNKNOWN, is_saved, select, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from dqmtui.model.lstable import LSTable

_NO_MASKS: Mapping[str, LSMask | None] = MappingProxyType({})
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_WORDS: Mapping[str, MaskWords] = MappingProxyType({})
_INVERSE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class MaskWords:
    """What to say of an LS that is in a mask, and of one that is not."""

    inside: str
    outside: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some LS are not good: `words`, and `ls`, those of the run of which they are true."""

    words: str
    ls: LSMask


def reasons_against(
    expression: str,
    table: LSTable,
    masks: Mapping[str, LSMask | None] = _NO_MASKS,
    saved: Mapping[str, str] = _NO_TEXTS,
    words: Mapping[str, MaskWords] = _NO_WORDS,
) -> list[Reason]:
    """Say of each LS that an expression does not select which of its terms are why.

    Terms are what is joined by `and`; sets of flags and saved expressions made of `and` are taken apart, too.
    A term that cannot be told of an LS is a reason of its own. Every LS of the table of which the expression
    is not true has a reason, and no other has one. `words` are those of `masks`. What an expression may name,
    and the errors, are those of `select`.
    """
    # what cannot be evaluated is told with its place in the whole expression
    select(expression, table, masks, saved)
    terms = _Terms(table, masks, saved, words)
    return merged(terms.of(parse(expression), wanted=True))


def merged(reasons: Iterable[Reason]) -> list[Reason]:
    """Put reasons of the same words together, in the order in which they come; none without LS."""
    found: dict[str, LSMask] = {}
    for reason in reasons:
        found[reason.words] = found.get(reason.words, LSMask()) | reason.ls
    return [Reason(words, mask) for words, mask in found.items() if mask]


@dataclass(frozen=True, slots=True)
class _Terms:
    table: LSTable
    masks: Mapping[str, LSMask | None]
    saved: Mapping[str, str]
    words: Mapping[str, MaskWords]

    def of(self, expression: Expression, *, wanted: bool) -> Iterator[Reason]:
        """Give the reasons for which an expression is not what is `wanted`."""
        match expression:
            case Not(part=part):
                yield from self.of(part, wanted=not wanted)
            case And(parts=parts) if wanted:
                for part in parts:
                    yield from self.of(part, wanted=True)
            case Or(parts=parts) if not wanted:
                # that neither is true is the same as that the one is not, and the other is not
                for part in parts:
                    yield from self.of(part, wanted=False)
            case Name(name=name) if wanted and name in FLAG_SETS and name not in self.masks:
                for flag in FLAG_SETS[name]:
                    yield from self._flag(flag)
            case Name(name=name) if self._is_saved(name):
                yield from self.of(parse(self.saved[name]), wanted=wanted)
            case _:
                verdict = verdict_of(expression, self.table, self.masks, self.saved)
                yield self._reason(
                    self._said(expression, wanted=wanted), verdict == (FALSE if wanted else TRUE)
                )
                yield self._reason(self._unknown(expression), verdict == UNKNOWN)

    def _is_saved(self, name: str) -> bool:
        return name not in self.masks and name not in FLAG_SETS and is_saved(name, self.table, self.saved)

    def _reason(self, words: str, rows: NDArray[np.bool_]) -> Reason:
        return Reason(words, LSMask.from_numbers(self.table.ls[rows]))

    def _flag(self, flag: str) -> Iterator[Reason]:
        """Give the reasons of one flag of a set, which is OMS's."""
        verdict = judge(self.table, (flag,))
        yield self._reason(flag_in_words(flag), verdict == Verdict.BAD)
        yield self._reason(flag_in_words(flag, known=False), ~np.isin(verdict, (Verdict.BAD, Verdict.GOOD)))

    def _said(self, expression: Expression, *, wanted: bool) -> str:
        """Say that an expression is true, or where it is `wanted`, that it is false."""
        match expression:
            case Name(name=name) if name in self.masks:
                words = self.words.get(name, MaskWords(f"in {name}", f"not in {name}"))
                return words.outside if wanted else words.inside
            case Constant(value=value):
                return str(Constant(value=value is wanted))
            case _ if not wanted:
                return str(expression)
            case Name(name=name):
                return flag_in_words(name)
            case Comparison(name=name, operator=operator, value=value) if operator in _INVERSE:
                return str(Comparison(name, _INVERSE[operator], value))
            case _:
                return str(Not(expression))

    def _unknown(self, expression: Expression) -> str:
        """Say that it cannot be told whether an expression is true."""
        match expression:
            case Name(name=name) if name in self.masks:
                words = self.words.get(name, MaskWords(f"in {name}", f"not in {name}"))
                return f"unknown if {words.inside}"
            case Name(name=name) if name not in FLAG_SETS:
                return flag_in_words(name, known=False)
            case Comparison(name=name):
                return f"{name} not known"
            case _:
                return f"unknown if {expression}"
