"""Dividing histograms by what makes them comparable."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Normalisation(Enum):
    """What a bin content is divided by; the value is the name that stands on screen."""

    COUNTS = "counts"
    AREA = "unit area"


def to_unit_area(data: NDArray[np.floating]) -> NDArray[np.float64]:
    """Divide each row by its sum, so that a 1D histogram, and a whole 2D map, sums to 1.

    Shape (n, nx) or (n, ny, nx). An empty row stays empty: all NaN, which is drawn as "empty" and never as a
    flat curve at zero. Bins that are no counts (`HistogramStack.is_ratio`) have no area and must not come
    here; a row whose sum is below zero gives NaN rather than a curve upside down.
    """
    totals = data.sum(axis=tuple(range(1, data.ndim)), dtype=np.float64)
    divisor = np.where(totals > 0, totals, np.nan)
    return data / divisor.reshape(-1, *(1,) * (data.ndim - 1))
