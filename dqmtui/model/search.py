"""Finding a monitoring element by name: fuzzy, literal or by regular expression, always said which."""

from __future__ import annotations

import re
import time
import warnings
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Fit = tuple[float, tuple[int, ...]]
    Judge = Callable[["_Name"], Fit | None]
    Screen = Callable[..., re.Match[str] | None]


LONGEST_S = 0.2
"""Seconds that a regular expression may take for all names together: some never end."""


class SearchMode(Enum):
    """How a query is read; the value is what stands on screen."""

    FUZZY = "fuzzy"
    LITERAL = "literal"
    REGEX = "regex"


class SearchError(ValueError):
    """A regular expression that is none, or that takes too long."""


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
    regular expression is taken as written. Names that only have the letters of a fuzzy query are given when
    none holds its words; one of nothing but spaces fits every name. Raises SearchError for a regular
    expression that does not compile or takes more than LONGEST_S.
    """
    if not query.text or (query.mode is SearchMode.FUZZY and query.text.isspace()):
        return [Match(index, 0.0, ()) for index in range(len(names))]
    judge = _JUDGES[query.mode](query.text)
    prepared = enumerate(_prepared(tuple(names)))
    found = [Match(index, fit[0], fit[1]) for index, name in prepared if (fit := judge(name)) is not None]
    if query.mode is SearchMode.FUZZY:
        # once names hold every word in one piece, those that merely have the letters are noise
        words = query.text.lower().split()
        found = [
            match for match in found if all(word in names[match.index].lower() for word in words)
        ] or found
    found.sort(key=_score, reverse=True)
    return found


def _score(match: Match) -> float:
    return match.score


class _Name(NamedTuple):
    """What the search needs of a name; `folded` and `heads` are as long as the name itself.

    `heads` has the first letters of its words where they stand, in lower case, and NUL elsewhere: the words
    of charge_PXLayer_1 are charge, PX, Layer and 1. `leaf` is where the last part of the path begins.
    """

    text: str
    folded: str
    heads: str
    leaf: int


@lru_cache(maxsize=8)
def _prepared(names: tuple[str, ...]) -> list[_Name]:
    """Take names apart, all at once: the same ones are searched at every key that is pressed."""
    heads = _heads("\0".join(names) + "\0")
    prepared, end = list[_Name](), 0
    for name in names:
        begin, end = end, end + len(name)
        folded = name.lower()
        if len(folded) != len(name):
            # a few letters get longer, which would move every position after them
            folded = name
        prepared.append(_Name(name, folded, heads[begin:end], name.rfind("/") + 1))
        end += 1
    return prepared


def _heads(text: str) -> str:
    """Keep the first letters of words, in lower case, and put NUL for all else; `text` ends in NUL."""
    letters = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)
    upper = _between(letters, "A", "Z")
    lower = _between(letters, "a", "z")
    digit = _between(letters, "0", "9")
    starts = upper & (~np.roll(upper, 1) | np.roll(lower, -1))
    starts |= lower & ~np.roll(upper | lower, 1)
    starts |= digit & ~np.roll(digit, 1)
    folded = np.where(upper, letters | 0x20, letters)
    return np.where(starts, folded, 0).astype(np.uint8).tobytes().decode("ascii")


def _between(letters: NDArray[np.uint8], first: str, last: str) -> NDArray[np.bool_]:
    return (letters >= ord(first)) & (letters <= ord(last))


def _literal(text: str) -> Judge:
    fold = text == text.lower()

    def judge(name: _Name) -> Fit | None:
        # the last occurrence is the one in the element's own name rather than in its folder
        at = (name.folded if fold else name.text).rfind(text)
        end = at + len(text)
        return None if at < 0 else (float(end - len(name.text)), tuple(range(at, end)))

    return judge


def _regex(text: str) -> Judge:
    # not that of the standard library, which cannot be stopped; few searches need it, so not at start-up
    import regex  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # "[[" may mean something else in a later Python; what is typed here is compiled and forgotten
            warnings.simplefilter("ignore")
            pattern = regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        raise SearchError(f"{text!r} is not a regular expression: {error}") from error
    end = time.monotonic() + LONGEST_S

    def judge(name: _Name) -> Fit | None:
        try:
            match = pattern.search(name.text, timeout=max(0.0, end - time.monotonic()))
        except TimeoutError as error:
            raise SearchError(f"{text!r} takes too long: say it more simply") from error
        return None if match is None else (0.0, tuple(range(*match.span())))

    return judge


def _fuzzy(text: str) -> Judge:
    """Every word of the query must occur, in any order; the letters of a word in order, with gaps.

    Runs of letters, starts and ends of words and the last part of the path count for more, so that
    `chargelayer1` finds `charge_PXLayer_1` before anything that merely contains its letters.
    """
    words = [(word, _screen(word)) for word in text.lower().split()]

    def judge(name: _Name) -> Fit | None:
        folded = name[1]
        # most names lack a letter of the query, which is cheap to see
        for word, screen in words:
            if word not in folded and screen(folded) is None:
                return None
        score, positions = _fit(*words[0], name)
        for word, screen in words[1:]:
            worth, places = _fit(word, screen, name)
            score += worth
            positions = sorted({*positions, *places})
        # the shorter of two names that fit alike has less in it that was not asked for
        return score - len(folded) / 100, tuple(positions)

    return judge


def _screen(word: str) -> Screen:
    """Tell whether the letters of a word occur in order; possessive, so that it never steps back."""
    return re.compile("".join(f"[^{letter}]*+{letter}" for letter in map(re.escape, word))).match


def _fit(word: str, screen: Screen, name: _Name) -> tuple[float, Sequence[int]]:
    """Fit a word that is known to fit: in one piece, else in the last part of the path, else anywhere."""
    _, folded, heads, leaf = name
    at = heads.rfind(word[0])
    while at >= 0 and not folded.startswith(word, at):
        at = heads.rfind(word[0], 0, at)
    starts = at >= 0
    if not starts:
        at = folded.rfind(word)
    if at < 0:
        return _spread(word, name, leaf if screen(folded, leaf) else 0)
    end = at + len(word)
    worth = 4.0 * len(word) + 3.0 * starts + 3.0 * (at >= leaf)
    if end == len(folded):
        worth += 4.0
    elif not folded[end].isalnum():
        worth += 2.0
    return worth, range(at, end)


def _spread(word: str, name: _Name, begin: int) -> tuple[float, Sequence[int]]:
    """Fit the letters of a word, which are there in order from `begin` on.

    A letter goes to the next place that goes on with a run or starts a word, if the rest still fits behind.
    """
    _, folded, heads, _ = name
    latest, end = list[int](), len(folded)
    for letter in reversed(word):
        end = folded.rfind(letter, begin, end)
        latest.append(end)
    score, at, positions = 2.0 * (begin > 0), begin, list[int]()
    for letter in word:
        last = latest.pop()
        found = folded.find(letter, at)
        runs = bool(positions) and found == at
        starts = heads[found] == letter
        if not (runs or starts):
            start = heads.find(letter, found, last + 1)
            if start >= 0:
                found, starts = start, True
        score += 1.0 + 1.5 * starts + 1.5 * runs
        positions.append(found)
        at = found + 1
    return score - (positions[-1] - positions[0]) / 20, positions


_JUDGES = {SearchMode.FUZZY: _fuzzy, SearchMode.LITERAL: _literal, SearchMode.REGEX: _regex}
