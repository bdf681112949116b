"""Where a lumisection stands on an axis that strip and trend share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_HOLE_SHARE = 0.25
_SHORTEST_BREAK = 100
_BREAK_SHARE = 0.03


@dataclass(frozen=True)
class LSAxis:
    """An axis of LS numbers that breaks where a hole would leave no room for the data.

    `segments` are the (first, last) LS ranges that are drawn to scale, holes inside them included; between
    two segments the axis breaks. Position u grows by 1 per LS from 0; a break takes `break_width`.
    """

    segments: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, ls: NDArray[np.int64]) -> LSAxis:
        """Make the axis of sorted LS numbers, shape (n,).

        It breaks at holes longer than a quarter of the LS there are, and never at a hole of 100 LS or fewer.
        """
        if not len(ls):
            return cls(())
        longest = max(_SHORTEST_BREAK, int(len(ls) * _LONGEST_HOLE_SHARE))
        cuts = np.flatnonzero(np.diff(ls) - 1 > longest)
        firsts = np.concatenate((ls[:1], ls[cuts + 1]))
        lasts = np.concatenate((ls[cuts], ls[-1:]))
        return cls(tuple(zip(firsts.tolist(), lasts.tolist(), strict=True)))

    @cached_property
    def break_width(self) -> int:
        """Room left for each break, in LS."""
        return max(1, round(sum(last - first + 1 for first, last in self.segments) * _BREAK_SHARE))

    @cached_property
    def _offsets(self) -> NDArray[np.int64]:
        lengths = np.array(
            [last - first + 1 + self.break_width for first, last in self.segments], dtype=np.int64
        )
        return np.concatenate(([0], np.cumsum(lengths)))

    @property
    def span(self) -> float:
        """Length of the axis in LS, breaks included; at least 1."""
        return float(max(1, self._offsets[-1] - self.break_width)) if self.segments else 1.0

    @property
    def breaks(self) -> list[tuple[float, float]]:
        """Positions (from, to) of the breaks."""
        return [(float(end - self.break_width), float(end)) for end in self._offsets[1:-1]]

    def position(self, ls: NDArray[np.integer] | int) -> NDArray[np.float64]:
        """Give the position of the middle of each LS; NaN for LS that are not on the axis."""
        numbers = np.atleast_1d(np.asarray(ls, dtype=np.int64))
        if not self.segments:
            return np.full(numbers.shape, np.nan)
        firsts = np.array([first for first, _ in self.segments], dtype=np.int64)
        lasts = np.array([last for _, last in self.segments], dtype=np.int64)
        at = np.clip(np.searchsorted(firsts, numbers, side="right") - 1, 0, None)
        place = self._offsets[at] + (numbers - firsts[at]) + 0.5
        return np.where((numbers >= firsts[at]) & (numbers <= lasts[at]), place, np.nan)

    def at(self, position: float) -> int | None:
        """Give the LS number at a position, or None inside a break or off the axis."""
        for offset, (first, last) in zip(self._offsets[:-1].tolist(), self.segments, strict=True):
            if offset <= position < offset + last - first + 1:
                return first + int(position - offset)
        return None

    def columns(self, ls: NDArray[np.integer], width: int) -> NDArray[np.int64]:
        """Give the column, from 0, of each LS on an axis `width` cells wide; -1 for LS that are not on it."""
        place = self.position(ls)
        off = np.isnan(place) | (width < 1)
        column = np.minimum(np.where(off, 0.0, place) / self.span * width, width - 1).astype(np.int64)
        return np.where(off, -1, column)
