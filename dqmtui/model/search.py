"""Finding a monitoring element by name: fuzzy, literal or by regular expression, always said which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WORD_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]|(?<=[a-z])[A-Z]|(?<=[A-Za-z])[0-9]")


class SearchMode(Enum):
    """How a query is read; the value is what stands on screen."""

    FUZZY = "fuzzy"
    LITERAL = "literal"
    REGEX = "regex"


class SearchError(ValueError):
    """A regular expression that is none."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query and its mode: `=text` is literal, `~text` a regular expression, anything else fuzzy."""

    text: str
    mode: SearchMode

    @classmethod
    def read(cls, typed: str) -> Query:
        """Read what was typed."""
        match typed[:1]:
            case "=":
                return cls(typed[1:], SearchMode.LITERAL)
            case "~":
                return cls(typed[1:], SearchMode.REGEX)
            case _:
                return cls(typed, SearchMode.FUZZY)


@dataclass(frozen=True, slots=True)
class Match:
    """A name that fits: its index, how well (higher is better) and which characters matched."""

    index: int
    score: float
    positions: tuple[int, ...]


def search(names: Sequence[str], query: Query) -> list[Match]:
    """Rank the names that fit, best first, those that fit alike in their given order.

    Literal and regex search anywhere in the name; a literal query ignores case unless it has capitals, a
    regular expression is taken as written. Raises SearchError for a regular expression that does not compile.
    """
    if not query.text:
        return [Match(index, 0.0, ()) for index in range(len(names))]
    judge = _JUDGES[query.mode](query.text)
    found = [Match(index, *fit) for index, name in enumerate(names) if (fit := judge(name)) is not None]
    return sorted(found, key=lambda match: -match.score)


def _literal(text: str) -> Callable[[str], tuple[float, tuple[int, ...]] | None]:
    fold = text == text.lower()

    def judge(name: str) -> tuple[float, tuple[int, ...]] | None:
        # the last occurrence is the one in the element's own name rather than in its folder
        at = (name.lower() if fold else name).rfind(text)
        return None if at < 0 else (-float(len(name) - at - len(text)), tuple(range(at, at + len(text))))

    return judge


def _regex(text: str) -> Callable[[str], tuple[float, tuple[int, ...]] | None]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise SearchError(f"{text!r} is not a regular expression: {error}") from error

    def judge(name: str) -> tuple[float, tuple[int, ...]] | None:
        match = pattern.search(name)
        return None if match is None else (0.0, tuple(range(*match.span())))

    return judge


def _fuzzy(text: str) -> Callable[[str], tuple[float, tuple[int, ...]] | None]:
    """Every word of the query must occur in order, letters may be skipped.

    Runs of letters, starts of words and the last part of the path count for more, so that `chargelayer1`
    finds `charge_PXLayer_1` before anything that merely contains its letters.
    """
    words = [word for word in text.lower().split() if word]

    def judge(name: str) -> tuple[float, tuple[int, ...]] | None:
        folded = name.lower()
        starts = {match.start() for match in _WORD_START.finditer(name)}
        leaf = name.rfind("/") + 1
        score, positions = 0.0, set[int]()
        for word in words:
            fit = _fit(word, folded, starts, leaf)
            if fit is None:
                return None
            score += fit[0]
            positions.update(fit[1])
        return score - len(name) / 100, tuple(sorted(positions))

    return judge


def _fit(word: str, folded: str, starts: set[int], leaf: int) -> tuple[float, list[int]] | None:
    """Fit one word, from the last part of the path if it fits there, otherwise from anywhere."""
    exact = folded.rfind(word)
    if exact >= 0:
        bonus = 3.0 * (exact in starts) + 3.0 * (exact >= leaf) + 2.0 * (exact + len(word) == len(folded))
        return 4.0 * len(word) + bonus, list(range(exact, exact + len(word)))
    in_leaf = _subsequence(word, folded, starts, leaf)
    return in_leaf if in_leaf is not None else _subsequence(word, folded, starts, 0)


def _subsequence(word: str, folded: str, starts: set[int], begin: int) -> tuple[float, list[int]] | None:
    score, at, positions = (2.0 if begin else 0.0), begin, list[int]()
    for letter in word:
        found = folded.find(letter, at)
        if found < 0:
            return None
        # a start of a word a little further on is the better reading of an abbreviation
        if found not in starts and not (positions and found == positions[-1] + 1):
            later = next((place for place in _occurrences(folded, letter, found) if place in starts), None)
            if later is not None and _is_subsequence(word[len(positions) + 1 :], folded, later + 1):
                found = later
        score += 1.0 + 1.5 * (found in starts) + 1.5 * bool(positions and found == positions[-1] + 1)
        positions.append(found)
        at = found + 1
    return score - (positions[-1] - positions[0]) / 20, positions


def _occurrences(folded: str, letter: str, begin: int) -> list[int]:
    return [place for place in range(begin, len(folded)) if folded[place] == letter]


def _is_subsequence(word: str, folded: str, begin: int) -> bool:
    for letter in word:
        begin = folded.find(letter, begin) + 1
        if not begin:
            return False
    return True


_JUDGES = {SearchMode.FUZZY: _fuzzy, SearchMode.LITERAL: _literal, SearchMode.REGEX: _regex}
