"""The outline of a histogram on a raster of dots or cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.raster import bin_columns

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from dqmtui.render.frame import PlotFrame


@dataclass(frozen=True, slots=True)
class Outline:
    """Where an outline runs, on `height` rows of dots counted from the bottom.

    `flat` (width,) is the row of the value of each column, -1 where nothing is drawn along it; `low` and
    `high` (width,) are the first and last row that the line covers, flat and steep parts together, `high`
    below `low` where it covers none.
    """

    flat: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]
    height: int

    def dots(self) -> NDArray[np.bool_]:
        """All dots of the line, shape (height, width), row 0 on top."""
        rows = self._rows()
        return np.asarray((rows >= self.low) & (rows <= self.high))

    def parts(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Give the dots along the values and those up and down between them, each as `dots`."""
        flat = self._rows() == self.flat
        return flat, self.dots() & ~flat

    def _rows(self) -> NDArray[np.intp]:
        return np.arange(self.height - 1, -1, -1)[:, np.newaxis]


def outline(
    frame: PlotFrame, edges: ArrayLike, values: ArrayLike, *, across: int = 1, down: int = 1
) -> Outline:
    """Find the outline of a histogram (n + 1 edges, n values) with across x down dots in a cell of the area.

    A column of dots that several bins share shows all from their smallest to their largest value. The line
    goes down to zero and not along it, leaves a gap at NaN, and what lies beyond the axis just outside of the
    raster. Raises ValueError when the lengths do not fit.
    """
    width, height = frame.area.width * across, frame.area.height * down
    columns = bin_columns(frame.x, edges, values, width)
    base = frame.base * down
    larger = np.abs(columns.high) >= np.abs(columns.low)
    value = np.where(larger, columns.high, columns.low)
    other = np.where(larger, columns.low, columns.high)
    known = ~np.isnan(value)
    flat, at_base = _rows_of(frame, value, height, base)
    before = np.concatenate([flat[:1], flat[:-1]])
    before = np.where(np.concatenate([[True], ~known[:-1]]), flat, before)
    far = np.where(known & (other != value), _rows_of(frame, other, height, base)[0], flat)
    low = np.minimum(np.minimum(before, flat), far)
    high = np.maximum(np.maximum(before, flat), far)
    nothing = ~known | (at_base & (low == high))
    return Outline(
        np.where(known & ~at_base, flat, -1), np.where(nothing, 1, low), np.where(nothing, 0, high), height
    )


def _rows_of(
    frame: PlotFrame, value: NDArray[np.float64], height: int, base: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Row of each value from the bottom, -1 and `height` just outside, and whether it lies on the base."""
    place = frame.y.position(value) * height
    place[np.isnan(place)] = -1.0
    row = np.clip(np.floor(np.minimum(place, height + 1.0)), -1, height).astype(np.intp)
    row = np.where(value == frame.y.high, height - 1, row)
    at_base = (value == 0) | ((row < 0) & (frame.y.zero == 0))
    return np.where(at_base | np.isnan(value), base - (value < 0), row), at_base
