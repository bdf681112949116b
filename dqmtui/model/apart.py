"""Names cut to the parts in which they differ, as a legend has room for them."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING

from dqmtui.model.text import ELLIPSIS, harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

_PART = re.compile(r"[^_/ ]+")
_WORD = re.compile(r"[A-Z]*[a-z]+|[A-Z]+")
_FEWEST = 2  # names that can have something in common


def told_apart(names: Sequence[str], room: int, *, ellipsis: str = ELLIPSIS) -> list[str]:
    """Cut names so that together they take at most `room` cells, and different ones stay different.

    What all have in common goes first, then parts and words that several of the longer ones share, the most
    common first; a number keeps a word beside it. Only what is still too long is cut with an ellipsis.
    """
    told = [harmless(name) for name in names]
    if sum(map(len, told)) > room and len(set(told)) >= _FEWEST:
        told = _without_common_parts(told)
        for pieces in (_PART, _WORD):
            told = _without_shared(told, pieces, room)
    return _cut(told, room, ellipsis)


def _without_common_parts(names: list[str]) -> list[str]:
    """Drop the parts between separators that all names have at their ends, or in the same place."""
    parts = [_PART.findall(name) for name in names]
    most = min(map(len, parts)) - 1
    if most < 0:
        return names
    first = _in_common(parts, most)
    last = _in_common([one[::-1] for one in parts], most - first)
    kept = [range(first, len(one) - last) for one in parts]
    if len(set(map(len, parts))) == 1:
        differing = [at for at in kept[0] if len({one[at] for one in parts}) > 1]
        # names may differ in what is between their parts alone
        return _of_parts(names, [differing] * len(names)) if differing else names
    return _of_parts(names, kept)


def _in_common(parts: list[list[str]], most: int) -> int:
    """Count the parts from the first on that are the same in all names."""
    side_by_side = zip(*(one[:most] for one in parts), strict=True)
    return sum(1 for _ in takewhile(lambda same: len(set(same)) == 1, side_by_side))


def _of_parts(names: list[str], kept: Sequence[Sequence[int]]) -> list[str]:
    """Join the parts of each name that are kept; a bare number says nothing and keeps the part before it."""
    found = [[*_PART.finditer(name)] for name in names]

    def joined(which: Sequence[int], name: str, parts: list[re.Match[str]]) -> str:
        # what separates a part from the one before it, once where it is doubled
        return "".join(
            f"{name[parts[at].start() - 1] if number else ''}{parts[at][0]}"
            for number, at in enumerate(which)
        )

    def all_joined(which: Sequence[Sequence[int]]) -> list[str]:
        return [joined(*one) for one in zip(which, names, found, strict=True)]

    told = all_joined(kept)
    if all(map(_has_letter, told)):
        return told
    return all_joined([[at[0] - 1, *at] if at[0] else at for at in kept])


def _without_shared(names: list[str], kind: re.Pattern[str], room: int) -> list[str]:
    """Drop words that several names share, each from all of them, as long as one of those is too long."""
    # in the order in which they stand, for it decides between words that are as common
    found = [dict.fromkeys(kind.findall(name)) for name in names]
    counts = Counter(word for words in found for word in words if _has_letter(word))
    told, fair = names, room // len(names)
    for word, count in sorted(counts.items(), key=lambda one: -one[1]):
        if sum(map(len, told)) <= room:
            break
        has_it = [word in kind.findall(name) for name in told]
        if count < _FEWEST or not any(
            has and len(name) > fair for has, name in zip(has_it, told, strict=True)
        ):
            continue
        left = [_dropped(name, word, kind) if has else name for has, name in zip(has_it, told, strict=True)]
        if len(set(left)) == len(set(told)) and all(map(_has_letter, left)):
            told = left
    return told


def _dropped(name: str, word: str, kind: re.Pattern[str]) -> str:
    left = kind.sub(lambda found: "" if found[0] == word else found[0], name)
    return re.sub(r"([_/ ])[_/ ]+", r"\1", left).strip("_/ ")


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _cut(names: list[str], room: int, ellipsis: str) -> list[str]:
    """Cut the longest until all have room: where they stay different, else in the middle."""
    longest = max(map(len, names), default=0)
    while longest > 1 and sum(min(len(name), longest) for name in names) > room:
        longest -= 1
    keep = max(0, longest - len(ellipsis))
    # letters that stay at the beginning
    cuts = [
        [
            name
            if len(name) <= longest
            else name[:head] + ellipsis[:longest] + name[len(name) - keep + head :]
            for name in names
        ]
        for head in ((keep + 1) // 2, keep // 3, 0, keep)
    ]
    return max(cuts, key=lambda cut: len(set(cut)))
