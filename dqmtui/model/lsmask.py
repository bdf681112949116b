"""Sets of lumisections as merged ranges, and their algebra."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPEN_END = 2**31 - 1
"""The last LS of a range without an end; no run comes near it."""

Range = tuple[int, int]

_TEXT_RANGE = re.compile(r"^(\d+)\s*(?:(-|\.\.|:)\s*(\d*))?$")


class MaskError(ValueError):
    """A list of LS ranges cannot be understood; the message quotes the part that is wrong."""


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
        raise MaskError(f"lumisections start at 1, but {quoted!r} starts at {first}")
    if last < first:
        raise MaskError(f"{quoted!r} ends before it starts")
    return first, min(last, OPEN_END)


def _whole(number: object, quoted: object) -> int:
    # bool is an int to Python, but `true` is no lumisection
    if isinstance(number, bool) or not isinstance(number, int):
        raise MaskError(f"{quoted!r} is not a range of lumisection numbers")
    return number


def _json_range(item: object) -> Range:
    """Read one entry of a certification file: [first, last], [ls], or [first, -1] for "to the end"."""
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) not in {1, 2}:
        raise MaskError(f"{item!r} is not a range [first, last]")
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
        for first, last in self.ranges:
            _checked(first, last, [first, last])
        object.__setattr__(self, "ranges", _merged(self.ranges))

    @classmethod
    def all(cls) -> Self:
        """Every lumisection."""
        return cls(((1, OPEN_END),))

    @classmethod
    def from_numbers(cls, numbers: Iterable[int] | NDArray[np.int64]) -> Self:
        """Make the mask of exactly these LS numbers, in any order, duplicates allowed."""
        array = np.unique(np.fromiter((int(n) for n in numbers), dtype=np.int64))
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
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise MaskError(f"{value!r} is not a list of ranges")
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
            match = _TEXT_RANGE.match(part)
            if match is None:
                raise MaskError(f"{part!r} is neither an LS number nor a range such as 10-20")
            first = int(match[1])
            last = first if match[2] is None else int(match[3]) if match[3] else OPEN_END
            ranges.append(_checked(first, last, part))
        return cls(tuple(ranges))

    @classmethod
    def of(cls, *parts: object) -> Self:
        """Make a mask of any mix of LS numbers, `[first, last]` pairs, texts such as `"3-5,9"` and masks."""
        ranges: list[Range] = []
        for part in parts:
            match part:
                case LSMask():
                    ranges.extend(part.ranges)
                case str():
                    ranges.extend(cls.parse(part).ranges)
                case int() if not isinstance(part, bool):
                    ranges.append(_checked(part, part, part))
                case [int(), int()]:
                    ranges.append(_json_range(part))
                case [*items]:
                    ranges.extend(cls.of(*items).ranges)
                case _:
                    raise MaskError(f"{part!r} is neither an LS number nor a range of them")
        return cls(tuple(ranges))

    @property
    def is_open(self) -> bool:
        """Whether the last range has no end."""
        return bool(self.ranges) and self.ranges[-1][1] == OPEN_END

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, ls: int) -> bool:
        return any(first <= ls <= last for first, last in self.ranges)

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
        return self & LSMask(((first, last),)) if first <= last else LSMask()

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
