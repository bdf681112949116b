"""Numbers of a trend written one under the other: the same digits and width for all LS, so nothing jumps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from dqmtui.model.judging.outliers import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ERROR_DIGITS = 2
_DIGITS = 4
_MOST_DECIMALS = 6
_LARGEST = 1e9
LEAST_WIDTH = 10
"""Cells that a number with its error takes at least: words such as "not loaded" stand in its place."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the numbers of one trend are written: `decimals`, or as powers of ten if None, and `width` cells.

    `error_width` is 0 where there are no errors.
    """

    decimals: int | None
    width: int
    error_width: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64], errors: NDArray[np.float64] | None = None) -> Self:
        """Choose for values (n,) and their errors: two digits of the usual error, else four of the value."""
        finite = values[np.isfinite(values)]
        size = np.abs(finite[finite != 0])
        if not size.size:
            return cls(0, 1)
        usual = median(size)
        known = np.zeros(0) if errors is None else errors[np.isfinite(errors) & (errors > 0)]
        if known.size:
            decimals = _ERROR_DIGITS - 1 - math.floor(math.log10(median(known)))
        elif (finite == np.rint(finite)).all():
            decimals = 0
        else:
            decimals = _DIGITS - 1 - math.floor(math.log10(usual))
        plain = max(decimals, 0) if decimals <= _MOST_DECIMALS and size.max() < _LARGEST else None
        written = cls(plain, 0)
        # without powers of ten the longest is one of the ends
        longest = finite if plain is None else np.array([finite.min(), finite.max()])
        width = max(len(written._digits(value)) for value in longest.tolist())
        error_width = len(written._digits(float(known.max()))) if known.size else 0
        return cls(plain, width, error_width)

    def write(self, value: float, error: float = math.nan, unit: str = "") -> str:
        """Write a value, its error where there is one, and a unit, in the same number of cells for all LS."""
        text = self._digits(value).rjust(self.width)
        if self.error_width and not math.isnan(error):
            text = f"{text} ± {self._digits(error)}"
        return f"{text} {unit}".rstrip().ljust(self._cells(unit))

    def say(self, words: str, unit: str = "") -> str:
        """Write words in place of a number in that unit."""
        return words.ljust(self._cells(unit))

    def _cells(self, unit: str) -> int:
        error = self.error_width + len(" ± ") if self.error_width else 0
        return max(LEAST_WIDTH, self.width + error + (len(unit) + 1 if unit else 0))

    def _digits(self, value: float) -> str:
        return f"{value:.{_DIGITS - 1}e}" if self.decimals is None else f"{value:.{self.decimals}f}"
