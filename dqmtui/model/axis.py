"""Uniform axes of histograms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class AxisError(ValueError):
    """Numbers that make no axis."""


@dataclass(frozen=True)
class Axis:
    """`n` uniform bins between the low edge of the first and the high edge of the last.

    Bin i (from 0) has width (high - low) / n and centre low + (i + 0.5) width.
    """

    n: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.n < 1:
            raise AxisError(f"an axis needs at least one bin, not {self.n}")
        if not (self.low < self.high and math.isfinite(self.high - self.low)):
            raise AxisError(f"an axis cannot run from {self.low} to {self.high}")

    @property
    def width(self) -> float:
        """Width of a bin."""
        return (self.high - self.low) / self.n

    @cached_property
    def edges(self) -> NDArray[np.float64]:
        """All edges, shape (n + 1,)."""
        return np.asarray(np.linspace(self.low, self.high, self.n + 1), dtype=np.float64)

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the bins, shape (n,)."""
        return self.low + (np.arange(self.n, dtype=np.float64) + 0.5) * self.width

    def find(self, x: float) -> int | None:
        """Give the bin that holds x, from 0, or None outside.

        Bin i holds edges[i] <= x < edges[i + 1]; the high edge of the axis belongs to no bin, as in ROOT.
        """
        if not self.low <= x < self.high:
            return None
        return int(np.searchsorted(self.edges, x, side="right")) - 1

    def __str__(self) -> str:
        return f"{self.n} bins on [{self.low:g}, {self.high:g}]"
