"""In which pieces, and in which order, the histograms of a whole run are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import OPEN_END, LSMask

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING_YET = LSMask()

REQUEST_ROWS = 180
"""Rows of a 1D element that cost DIALS as much as a request costs by itself: 18 ms at 0.1 ms a row."""


@dataclass(frozen=True, slots=True)
class LSRange:
    """LS numbers from first to last, both included."""

    first: int
    last: int

    def distance(self, ls: int) -> int:
        """Give the number of LS between the range and an LS, 0 inside it."""
        return max(self.first - ls, ls - self.last, 0)

    def after(self, ls: int) -> LSRange | None:
        """Give what lies above an LS, None when that is nothing."""
        if ls >= self.last:
            return None
        return LSRange(max(self.first, ls + 1), self.last)


def plan_ranges(
    expected: NDArray[np.int64], cursor: int, nearest: int, most: int, settled: LSMask = NOTHING_YET
) -> list[LSRange]:
    """Split what is missing of a run into ranges of LS: the one around the cursor first, then by distance.

    `expected` (n,) are the LS that should have rows, sorted; those that are `settled` need not be read. The
    first range holds at most `nearest` of the others, so that it comes quickly, the rest at most `most`: two
    requests more, at the most, than ranges of `most` alone would need. Where nothing is settled the ranges
    touch, begin at LS 1 and have no end, so that a row which nobody expected is read too.
    """
    n = expected.size
    if not n:
        return [LSRange(1, OPEN_END)]
    blocks = _blocks(~settled.selects(expected))
    if not blocks:
        return []

    def range_of(start: int, stop: int) -> LSRange:
        first = 1 if start == 0 else int(expected[start])
        return LSRange(first, OPEN_END if stop == n else int(expected[stop]) - 1)

    closest = min(blocks, key=lambda block: range_of(*block).distance(cursor))
    at = int(np.searchsorted(expected, cursor))
    ranges = []
    for block in blocks:
        cuts = _cuts(block, at, nearest, most) if block == closest else [*range(*block, most), block[1]]
        ranges += [range_of(start, stop) for start, stop in pairwise(cuts)]
    return sorted(ranges, key=lambda piece: (piece.distance(cursor), piece.first))


def _blocks(missing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the (start, stop) of the stretches that are missing."""
    edges = np.flatnonzero(np.diff(missing.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _cuts(block: tuple[int, int], at: int, nearest: int, most: int) -> list[int]:
    """Cut a block so that a piece of at most `nearest` lies around the position `at`."""
    start, stop = block
    if stop - start <= nearest:
        return [start, stop]
    begin = _begin(block, at, nearest)
    end = begin + nearest
    return sorted({start, *range(begin, start, -most), *range(end, stop, most), end, stop})


def _begin(block: tuple[int, int], at: int, nearest: int) -> int:
    """Choose where the nearest piece begins: where all of the block has come soonest.

    Two pieces are read at a time: the longer side of the block beside the nearest piece, then the shorter
    one. `at` is kept off the ends of the piece, so that a step to either side has something to show.
    """
    start, stop = block
    margin = nearest // 4
    lowest = min(max(at - nearest + margin, start), stop - nearest)
    highest = min(max(at - margin, start), stop - nearest)
    beside = stop - start - nearest
    shorter = max(0, (beside - nearest - REQUEST_ROWS) // 2)
    wanted = (start + shorter, start + beside - shorter)
    possible = [min(max(begin, lowest), highest) for begin in wanted]

    def longest(begin: int) -> tuple[int, int]:
        sides = (begin - start, start + beside - begin)
        return max(*sides, nearest + REQUEST_ROWS + min(sides)), abs(begin + nearest // 2 - at)

    return min(possible, key=longest)
