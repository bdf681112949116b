"""Sets of lumisections as merged ranges, and their algebra."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

OPEN_END = 2**31 - 1
"""The last LS of a range without an end; no run comes near it."""

Range = tuple[int, int]

_TEXT_RANGE = re.compile(r"([0-9]{1,10})(?:(-|\.\.|:)([0-9]{0,10}))?")
_LONGEST_QUOTE = 60


class MaskError(ValueError):
    """A list of LS ranges cannot be understood; the message quotes the part that is wrong."""


def _quoted(part: object) -> str:
    """Quote a part of what was read, short enough for a line."""
    text = repr(part)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}..."


def _merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def _checked(first: int, last: int, quoted: object) -> Range:
    if first < 1:
        raise MaskError(f"lumisections start at 1, but {_quoted(quoted)} starts below")
    if last < first:
        raise MaskError(f"{_quoted(quoted)} ends before it starts")
    if first > OPEN_END:
        raise MaskError(f"{_quoted(quoted)} starts where no run comes near")
    return first, min(last, OPEN_END)


def _whole(number: object, quoted: object) -> int:
    # bool is an int to Python, but `true` is no lumisection
    if isinstance(number, bool) or not isinstance(number, int):
        raise MaskError(f"{_quoted(quoted)} is not a range of lumisection numbers")
    return number


def _json_range(item: object) -> Range:
    """Read one entry of a certification file: [first, last], [ls], or [first, -1] for "to the end"."""
    if not isinstance(item, list | tuple) or len(item) not in {1, 2}:
        raise MaskError(f"{_quoted(item)} is not a range [first, last]")
    first = _whole(item[0], item)
    last = _whole(item[-1], item)
    if first == -1 and last == -1:
        return 1, OPEN_END
    return _checked(first, OPEN_END if last == -1 else last, item)


@dataclass(frozen=True, slots=True)
class LSMask:
    """A set of LS numbers (from 1 upwards), held as sorted ranges that neither overlap nor touch.

    Ranges may be open at the end (last = `OPEN_END`), so that the complement of a mask is a mask.
    Build one with `of`, `parse`, `from_json` or `from_numbers`.
    """

    ranges: tuple[Range, ...] = ()

    def __post_init__(self) -> None:
        # numbers out of an array become plain ones, which JSON can write
        checked = [_checked(index(first), index(last), [first, last]) for first, last in self.ranges]
        object.__setattr__(self, "ranges", _merged(checked))

    @classmethod
    def all(cls) -> Self:
        """Every lumisection."""
        return cls(((1, OPEN_END),))

    @classmethod
    def from_numbers(cls, numbers: Iterable[int] | NDArray[np.int64]) -> Self:
        """Make the mask of exactly these LS numbers, in any order, duplicates allowed."""
        if not isinstance(numbers, np.ndarray):
            numbers = np.fromiter(map(index, numbers), dtype=np.int64)
        array = np.unique(numbers)
        if not array.size:
            return cls()
        breaks = np.flatnonzero(np.diff(array) > 1)
        firsts = array[np.concatenate(([0], breaks + 1))]
        lasts = array[np.concatenate((breaks, [array.size - 1]))]
        return cls(tuple(zip(firsts.tolist(), lasts.tolist(), strict=True)))

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the value of one run in a certification JSON.

        Tolerates unsorted, overlapping and one-LS ranges, `[-1]` and `[[-1]]` for the whole run and
        `[[10, -1]]` for "to the end". Raises MaskError for anything else.
        """
        if not isinstance(value, list | tuple):
            raise MaskError(f"{_quoted(value)} is not a list of ranges")
        if list(value) == [-1]:
            return cls.all()
        return cls(tuple(_json_range(item) for item in value))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1-35, 40, 50-` as typed by a person; `all` and `*` are every LS, nothing is none.

        Raises MaskError with the part that is wrong.
        """
        cleaned = text.strip()
        if cleaned.lower() in {"all", "*"}:
            return cls.all()
        ranges: list[Range] = []
        for part in re.split(r"[,;\s]+", re.sub(r"\s*(-|\.\.|:)\s*", r"\1", cleaned)):
            if not part:
                continue
            match = _TEXT_RANGE.fullmatch(part)
            if match is None:
                raise MaskError(f"{_quoted(part)} is neither an LS number nor a range such as 10-20")
            first = int(match[1])
            last = first if match[2] is None else int(match[3]) if match[3] else OPEN_END
            ranges.append(_checked(first, last, part))
        return cls(tuple(ranges))

    @classmethod
    def of(cls, *parts: object) -> Self:
        """Make a mask of any mix of LS numbers, `[first, last]` pairs, texts such as `"3-5,9"` and masks.

        Lists of these, such as the ranges of a certification JSON, are taken apart. A list of two numbers is
        always a range; a longer list with bare numbers could be either and is refused: give numbers one by
        one, or use `from_numbers`.
        """
        ranges: list[Range] = []
        for part in parts:
            match part:
                case LSMask():
                    ranges.extend(part.ranges)
                case str():
                    ranges.extend(cls.parse(part).ranges)
                case int() | np.integer() if not isinstance(part, bool):
                    ranges.append(_checked(int(part), int(part), int(part)))
                case [int()] | [int(), int()]:
                    ranges.append(_json_range(part))
                case [*items] if any(isinstance(item, int) for item in items):
                    raise MaskError(f"{_quoted(part)} could be numbers or ranges; write each range apart")
                case [*items]:
                    ranges.extend(cls.of(*items).ranges)
                case _:
                    raise MaskError(f"{_quoted(part)} is neither an LS number nor a range of them")
        return cls(tuple(ranges))

    @property
    def is_open(self) -> bool:
        """Whether the last range has no end."""
        return bool(self.ranges) and self.ranges[-1][1] == OPEN_END

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, ls: int) -> bool:
        at = bisect_right(self.ranges, (ls, OPEN_END)) - 1
        return at >= 0 and ls <= self.ranges[at][1]

    def __iter__(self) -> Iterator[int]:
        if self.is_open:
            raise MaskError("a mask without an end cannot be listed; clip it to a run first")
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        """Count the LS numbers; raises MaskError for a mask without an end."""
        if self.is_open:
            raise MaskError("a mask without an end cannot be counted; clip it to a run first")
        return sum(last - first + 1 for first, last in self.ranges)

    def selects(self, ls: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Tell for each LS number of an array, shape (n,), whether it is in the mask."""
        if not self.ranges:
            return np.zeros(len(ls), dtype=np.bool_)
        bounds = np.asarray(self.ranges, dtype=np.int64)
        at = np.searchsorted(bounds[:, 0], ls, side="right") - 1
        selected: NDArray[np.bool_] = (at >= 0) & (np.asarray(ls) <= bounds[at, 1])
        return selected

    def __or__(self, other: LSMask) -> LSMask:
        return LSMask(self.ranges + other.ranges)

    def __and__(self, other: LSMask) -> LSMask:
        common: list[Range] = []
        mine, theirs = iter(self.ranges), iter(other.ranges)
        left, right = next(mine, None), next(theirs, None)
        while left is not None and right is not None:
            first, last = max(left[0], right[0]), min(left[1], right[1])
            if first <= last:
                common.append((first, last))
            if left[1] < right[1]:
                left = next(mine, None)
            else:
                right = next(theirs, None)
        return LSMask(tuple(common))

    def __invert__(self) -> LSMask:
        gaps: list[Range] = []
        free = 1
        for first, last in self.ranges:
            if free < first:
                gaps.append((free, first - 1))
            free = last + 1
        if free <= OPEN_END:
            gaps.append((free, OPEN_END))
        return LSMask(tuple(gaps))

    def __sub__(self, other: LSMask) -> LSMask:
        return self & ~other

    def __xor__(self, other: LSMask) -> LSMask:
        return (self | other) - (self & other)

    def clip(self, first: int, last: int) -> LSMask:
        """Keep what lies between two LS numbers, both included."""
        return self & LSMask(((max(first, 1), last),)) if max(first, 1) <= last else LSMask()

    def to_json(self) -> list[list[int]]:
        """Give sorted, merged, inclusive ranges; an open end is written as -1."""
        return [[first, -1 if last == OPEN_END else last] for first, last in self.ranges]

    def __str__(self) -> str:
        if self == LSMask.all():
            return "all"
        return ",".join(
            str(first) if first == last else f"{first}-{'' if last == OPEN_END else last}"
            for first, last in self.ranges
        )
