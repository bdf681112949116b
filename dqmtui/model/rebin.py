"""Merging bins, where the edges of the coarser axis are edges of the finer: exact, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis

_TOLERANCE = 1e-4
"""How far two edges that are the same may stand apart, in widths of the finer bins: axes come as float32."""


@dataclass(frozen=True, slots=True)
class Merging:
    """How bins of an axis become those of a coarser one: from bin `first` on (from 0), `factor` at a time.

    `dropped` bins of the finer axis stand outside the coarser one.
    """

    to: Axis
    first: int
    factor: int
    dropped: int

    @property
    def changes(self) -> bool:
        """Whether the bins are others afterwards."""
        return self.factor > 1 or self.dropped > 0

    def __str__(self) -> str:
        words = [f"{self.factor} bins merged into 1"] if self.factor > 1 else []
        if self.dropped:
            words.append(f"{self.dropped} bins outside [{self.to.low:g}, {self.to.high:g}] left out")
        return ", ".join(words)


def merging(fine: Axis, coarse: Axis) -> Merging | None:
    """Tell how bins of `fine` become those of `coarse`; None where edges of `coarse` are none of `fine`."""
    factor = round(coarse.width / fine.width)
    first = round((coarse.low - fine.low) / fine.width)
    last = first + factor * coarse.n
    if factor < 1 or first < 0 or last > fine.n:
        return None
    ends = fine.low + fine.width * first, fine.low + fine.width * last
    apart = max(abs(ends[0] - coarse.low), abs(ends[1] - coarse.high)) / fine.width
    return Merging(coarse, first, factor, fine.n - factor * coarse.n) if apart <= _TOLERANCE else None


def coarser(one: Axis, other: Axis) -> Axis | None:
    """Give the one of two axes that the bins of both can be brought to, or None; the first if they agree."""
    return one if merging(other, one) is not None else other if merging(one, other) is not None else None


def merged(values: NDArray[np.float64], how: Merging, dimension: int = -1) -> NDArray[np.float64]:
    """Sum bins along a dimension of an array."""
    along = np.moveaxis(values, dimension, -1)
    kept = along[..., how.first : how.first + how.factor * how.to.n]
    sums = kept.reshape(*kept.shape[:-1], how.to.n, how.factor).sum(axis=-1)
    return np.moveaxis(sums, -1, dimension)
