"""In which pieces, and in which order, the histograms of a whole run are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import OPEN_END

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def plan_ranges(expected: NDArray[np.int64], cursor: int, nearest: int, most: int) -> list[LSRange]:
    """Split a run into ranges of LS: the one around the cursor first, the others by their distance.

    `expected` (n,) are the LS that should have rows, sorted. The first range holds at most `nearest` of
    them, so that it comes quickly, the others at most `most`: two requests more, at the most, than ranges of
    `most` alone would need. The ranges touch, begin at LS 1 and have no end, so that a row which nobody
    expected is read too.
    """
    n = expected.size
    if n <= nearest:
        return [LSRange(1, OPEN_END)]
    at = int(np.searchsorted(expected, cursor))
    begin = min(max(at - nearest // 2, 0), n - nearest)
    end = begin + nearest
    below = list(range(begin, 0, -most))
    above = list(range(end, n, most))
    cuts = sorted({0, *below, *above, end, n})
    ranges = []
    for start, stop in pairwise(cuts):
        first = 1 if start == 0 else int(expected[start])
        last = OPEN_END if stop == n else int(expected[stop]) - 1
        ranges.append(LSRange(first, last))
    return sorted(ranges, key=lambda piece: (piece.distance(cursor), piece.first))
