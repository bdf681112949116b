"""What part of a picture is drawn, and where in it something is read, as plain values of the state."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dqmtui.model.axis import Axis

Range = tuple[float, float]
AxisName = Literal["x", "y", "z"]

_ALIKE = 4.0
"""Axes whose lengths differ by more than this factor do not measure the same."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges given by hand, None where the range is automatic.

    `x` and, of a map, `y` are parts of the axes; `y` of a 1D element and `z` of a map are contents.
    """

    x: Range | None = None
    y: Range | None = None
    z: Range | None = None

    def given(self, axis: AxisName) -> Range | None:
        """Give the range of an axis by its name."""
        found: Range | None = getattr(self, axis)
        return found

    def changed(self, axis: AxisName, limits: Range | None) -> Ranges:
        """Give the ranges with another one for an axis."""
        return replace(self, **{axis: limits})


AUTOMATIC = Ranges()

ElementRanges = tuple[tuple[str, Ranges], ...]
"""Ranges by the name of the element; only those that are not automatic."""


def ranges_of(of_all: ElementRanges, element: str) -> Ranges:
    """Give the ranges of one element."""
    return next((ranges for name, ranges in of_all if name == element), AUTOMATIC)


def with_ranges(of_all: ElementRanges, element: str, ranges: Ranges) -> ElementRanges:
    """Give the ranges of all elements with others for one."""
    others = tuple(item for item in of_all if item[0] != element)
    return others if ranges == AUTOMATIC else (*others, (element, ranges))


@dataclass(frozen=True, slots=True)
class Spot:
    """A value on an axis, and the `length` of the axis on which it was pointed at, NaN before that."""

    value: float = math.nan
    length: float = math.nan

    def bin_of(self, axis: Axis) -> int:
        """Give the bin of an axis, from 0: the middle one where the axis measures something else.

        That is an axis on which the value does not lie, or of quite another length.
        """
        length = axis.high - axis.low
        is_on = axis.low <= self.value <= axis.high
        if not is_on or not 1 / _ALIKE <= length / self.length <= _ALIKE:
            return axis.n // 2
        return min(int((self.value - axis.low) / axis.width), axis.n - 1)

    @classmethod
    def at(cls, axis: Axis, index: int) -> Spot:
        """Point at the centre of a bin, or of the nearest there is."""
        inside = min(max(index, 0), axis.n - 1)
        return cls(float(axis.centres[inside]), axis.high - axis.low)


@dataclass(frozen=True, slots=True)
class BinCursor:
    """Where the bin cursor stands, in the units of the axes; `y` counts in maps."""

    x: Spot = Spot()
    y: Spot = Spot()

    def bins(self, x: Axis, y: Axis | None) -> tuple[int, ...]:
        """Give the bin on the axes of an element: (column,) in 1D, (column, row) of a map, from 0."""
        column = self.x.bin_of(x)
        return (column,) if y is None else (column, self.y.bin_of(y))

    @classmethod
    def on(cls, x: Axis, y: Axis | None, bins: tuple[int, ...]) -> BinCursor:
        """Point at a bin: (column,), or (column, row) of a map, from 0, or the nearest there is."""
        column, *row = bins
        return cls(Spot.at(x, column), Spot() if y is None or not row else Spot.at(y, row[0]))

    def moved(self, x: Axis, y: Axis | None, *, across: int = 0, up: int = 0) -> BinCursor:
        """Move by bins, stopping at the edges."""
        column, *row = self.bins(x, y)
        there = BinCursor(Spot.at(x, column + across), self.y)
        return there if y is None else replace(there, y=Spot.at(y, row[0] + up))
