"""The range of an axis of contents: rounded, so that it seldom changes from LS to LS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from dqmtui.render.scale import Scale

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from dqmtui.model.histogram import HistogramStack

_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_HEADROOM = 1.04
_LOG_HEADROOM = 1.2
_TINY, _HUGE = 1e-300, 1e300  # contents beyond have no axis that numbers could be written at
_FEW = 0.1  # of the usual sum of bins: below, a unit area is that of a handful of entries
_FINEST = 1e-9  # of the centre: the smallest half range around it


@dataclass(frozen=True, slots=True)
class Limits:
    """Lowest and highest content, and the smallest above 0 (infinite when there is none)."""

    low: float = 0.0
    high: float = 0.0
    smallest: float = math.inf

    @classmethod
    def of(cls, values: ArrayLike) -> Self:
        """Find the limits of the finite values of an array."""
        array = np.asarray(values)
        finite = array[np.isfinite(array)]
        if not finite.size:
            return cls()
        positive = finite[finite > 0]
        smallest = float(positive.min()) if positive.size else math.inf
        return cls(float(finite.min()), float(finite.max()), smallest)

    def joined(self, other: Limits) -> Limits:
        """Give the limits of both."""
        return Limits(
            min(self.low, other.low), max(self.high, other.high), min(self.smallest, other.smallest)
        )

    def scale(self, *, log: bool) -> Scale:
        """Make the axis that holds the limits: from 0, or from a power of ten on a log axis."""
        low, high = max(self.low, -_HUGE), min(self.high, _HUGE)
        if log:
            if high <= 0:
                return Scale(0.1, 1.0, log=True)
            smallest = max(self.smallest if self.smallest < high else high / 10, _TINY)
            start = 10.0 ** math.floor(math.log10(smallest))
            return Scale(start, max(round_up(high * _LOG_HEADROOM), start * 10), log=True)
        top = round_up(high * _HEADROOM) if high > 0 else 0.0
        bottom = -round_up(-low * _HEADROOM) if low < 0 else 0.0
        return Scale(bottom, top) if bottom < top else Scale(bottom, 1.0)

    def scale_around(self, centre: float) -> Scale:
        """Make the axis that reaches equally far to both sides of a centre."""
        farthest = max(abs(self.high - centre), abs(self.low - centre))
        half = max(round_up(min(farthest, _HUGE)), abs(centre) * _FINEST) if farthest > 0 else 1.0
        return Scale(centre - half, centre + half)


def round_up(value: float) -> float:
    """Round a positive value up to 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    value = max(value, _TINY)
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * (1 - 1e-12))


def run_limits(stack: HistogramStack, *, unit_area: bool) -> Limits | None:
    """Find the limits of all lumisections of a stack, as counts or as unit area; None when there are none.

    Of unit areas only those of LS with enough entries count.
    """
    rows = stack.present
    lowest, highest = stack.lowest[rows], stack.highest[rows]
    smallest = math.inf
    if unit_area and not stack.is_ratio:
        totals = stack.totals[rows]
        filled = enough(totals)
        lowest, highest = lowest[filled] / totals[filled], highest[filled] / totals[filled]
    elif not stack.is_ratio:
        smallest = 1.0  # counts start at 1
    lowest, highest = lowest[np.isfinite(lowest)], highest[np.isfinite(highest)]
    if not lowest.size or not highest.size:
        return None
    return Limits(min(0.0, float(lowest.min())), max(0.0, float(highest.max())), smallest)


def enough(totals: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which LS have sums of bins (n,) that are no handful beside those of the others.

    One entry alone has a unit area as high as an axis can be, under which all others would be flat.
    """
    filled = totals > 0
    return filled & (totals >= _FEW * np.median(totals[filled])) if filled.any() else filled


def by_hand(limits: tuple[float, float] | None, *, log: bool) -> Scale | None:
    """Make an axis of limits given by hand, None when they make none (as 0 on a log axis)."""
    if limits is None:
        return None
    try:
        return Scale(*limits, log)
    except ValueError:
        return None
