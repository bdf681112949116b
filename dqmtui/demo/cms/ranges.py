"""Lumisection ranges written as text: "1-7,9" stands for LS 1 to 7 and LS 9.

The demo keeps its own few lines for this, so that a mistake in the program's own range arithmetic
cannot hide by being made on both sides of the wire.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LsArray = NDArray[np.int64]


@lru_cache(maxsize=512)
def parse_ranges(text: str) -> LsArray:
    """LS numbers of a range text, sorted and without repeats, read-only; empty for an empty text."""
    spans = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        spans.append(np.arange(int(first), int(last or first) + 1, dtype=np.int64))
    ls = np.unique(np.concatenate(spans)) if spans else np.empty(0, np.int64)
    ls.flags.writeable = False
    return ls


def to_ranges(ls: LsArray) -> list[list[int]]:
    """Inclusive [first, last] pairs of sorted LS numbers, as certification JSON files write them."""
    if not ls.size:
        return []
    breaks = np.flatnonzero(np.diff(ls) != 1)
    firsts = ls[np.concatenate(([0], breaks + 1))]
    lasts = ls[np.concatenate((breaks, [ls.size - 1]))]
    return [[int(a), int(b)] for a, b in zip(firsts, lasts, strict=True)]


def within(ls: LsArray, text: str) -> NDArray[np.bool_]:
    """For each LS number whether a range text contains it."""
    return np.isin(ls, parse_ranges(text))
