"""Dividing histograms by what makes them comparable."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LS_SECONDS = 23.31040958
"""Length of a lumisection: 2^18 orbits, in seconds."""


class Normalisation(Enum):
    """What a bin content is divided by; the value is the name that stands on screen.

    What exactly that is, with its unit, is the `label` of the `Divisors`.
    """

    COUNTS = "counts"
    AREA = "unit area"
    PER_HZ = "per Hz"
    PER_EVENT = "per event"
    PER_LUMINOSITY = "per luminosity"
    PER_PILEUP_EVENT = "per event and pileup"


OFFERED = (Normalisation.COUNTS, Normalisation.AREA)
"""What can be chosen where there is nothing but the histogram itself."""

BY_RATE = frozenset({Normalisation.PER_HZ, Normalisation.PER_EVENT, Normalisation.PER_PILEUP_EVENT})
"""What needs a trigger rate."""


def to_unit_area(data: NDArray[np.floating]) -> NDArray[np.float64]:
    """Divide each row by its sum, so that a 1D histogram, and a whole 2D map, sums to 1.

    Shape (n, nx) or (n, ny, nx). An empty row stays empty: all NaN, which is drawn as "empty" and never as a
    flat curve at zero. Bins that are no counts (`HistogramStack.is_ratio`) have no area and must not come
    here; a row whose sum is below zero gives NaN rather than a curve upside down.
    """
    return divided(data, data.sum(axis=tuple(range(1, data.ndim)), dtype=np.float64))


def divided(counts: NDArray[np.floating], divisor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide rows of bins (n, ...) by a divisor each (n,); NaN, so masked, where that is not above zero."""
    return counts / _beside(divisor, counts)


def poisson_errors(counts: NDArray[np.floating], divisor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give sqrt(n) / divisor for rows of bins (n, ...) with a divisor each (n,).

    A divisor is known far better than any bin, and taken as exact.
    """
    return _root(counts.astype(np.float64)) / _beside(divisor, counts)


def area_errors(counts: NDArray[np.floating], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give sqrt(f (1 - f) / N) of f = n / N for rows of bins (n, ...) and their sums N (n,).

    The binomial error: N counts are shared out among the bins, so that a bin that holds all of them is 1
    without error, where sqrt(n) / N would claim 1 / sqrt(N). The same follows for a Poisson N, as the bin is
    a part of the sum that it is divided by.
    """
    fractions = divided(counts, totals)
    return _root(fractions * (1.0 - fractions) / _beside(totals, counts))


def _beside(divisor: NDArray[np.float64], counts: NDArray[np.floating]) -> NDArray[np.float64]:
    usable = np.where(divisor > 0, divisor, np.nan)
    return usable.reshape(-1, *(1,) * (counts.ndim - 1))


def _root(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square root, NaN below zero."""
    return np.sqrt(np.where(squares >= 0, squares, np.nan))
