"""The range of an axis and the place of values on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


_ROUNDING = 1e-9  # cells


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of one axis; `integer` keeps its ticks on whole numbers, as for lumisections.

    Raises ValueError when the limits are not finite and increasing, or not positive on a log axis.
    """

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"an axis cannot run from {self.low} to {self.high}")
        if not math.isfinite(self.high - self.low):
            raise ValueError(f"the range from {self.low} to {self.high} is too wide for an axis")
        if self.log and self.low <= 0:
            raise ValueError(f"a log axis cannot start at {self.low}")

    def position(self, values: ArrayLike) -> NDArray[np.float64]:
        """Place values on the axis, 0 at `low` and 1 at `high`.

        Values outside lie below 0 or above 1. On a log axis 0 and negative values are NaN.
        """
        array = np.asarray(values, dtype=np.float64)
        if not self.log:
            with np.errstate(over="ignore"):
                return np.asarray((array - self.low) / (self.high - self.low), dtype=np.float64)
        positive = np.where(array > 0, array, np.nan)
        start = math.log(self.low)
        return np.asarray((np.log(positive) - start) / (math.log(self.high) - start), dtype=np.float64)

    def cells(self, values: ArrayLike, length: int) -> NDArray[np.intp]:
        """Give the cell (0 to length - 1, from `low`) that holds each value, -1 outside and for NaN."""
        position = self.position(values)
        inside = (position >= 0) & (position <= 1)
        cell = np.minimum(np.where(inside, position, 0.0) * length, length - 1).astype(np.intp)
        return np.where(inside, cell, -1)

    def tip_cells(self, values: ArrayLike, length: int) -> NDArray[np.intp]:
        """Give the cell that holds the tip of a bar: as `cells`, but a boundary belongs to the cell below.

        Where a line at zero runs through the axis, zero is the cell below that line.
        """
        array = np.asarray(values, dtype=np.float64)
        position = self.position(array)
        inside = (position >= 0) & (position <= 1)
        place = np.where(inside, position, 0.0) * length
        cell = np.clip(np.ceil(place - _ROUNDING) - 1, 0, length - 1).astype(np.intp)
        base = self.base(length)
        if 0 < base < length:
            cell[array == 0] = base - 1
        return np.where(inside, cell, -1)

    def base(self, length: int) -> int:
        """Count the cells below the boundary from which bars grow, the one nearest to zero."""
        return round(self.zero * length)

    @property
    def zero(self) -> float:
        """Place from which bars grow, within 0 and 1: that of zero, or the low end of a log axis."""
        return 0.0 if self.log else min(max(-self.low / (self.high - self.low), 0.0), 1.0)

    @classmethod
    def covering(
        cls, *values: ArrayLike, log: bool = False, zero: bool = True, headroom: float = 0.05
    ) -> Scale:
        """Find the range of all finite values of some arrays, `headroom` wider where it does not end at 0.

        `zero` brings 0 into a linear range. A log range holds the positive values and starts at the
        smallest. Without any such value the range is 0 to 1, or 0.1 to 1 when log.
        """
        arrays = [np.asarray(array, dtype=np.float64).ravel() for array in values]
        finite = [array[np.isfinite(array) & (array > 0 if log else True)] for array in arrays]
        found = [array for array in finite if array.size]
        if not found:
            return cls(0.1 if log else 0.0, 1.0, log)
        low = float(min(array.min() for array in found))
        high = float(max(array.max() for array in found))
        return (
            cls._log_range(low, high, headroom) if log else cls._linear_range(low, high, headroom, zero=zero)
        )

    @classmethod
    def _log_range(cls, low: float, high: float, headroom: float) -> Scale:
        if low == high:
            low = max(low / 10, np.finfo(np.float64).tiny)
        return cls(low, min(high * (high / low) ** headroom, np.finfo(np.float64).max), log=True)

    @classmethod
    def _linear_range(cls, low: float, high: float, headroom: float, *, zero: bool) -> Scale:
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if low == high:
            margin = abs(low) / 2 or 1.0
            return cls(0.0, 1.0) if low == 0 else cls(low - margin, high + margin)
        margin = (high - low) * headroom
        return cls(low if low == 0 else low - margin, high if high == 0 else high + margin)
