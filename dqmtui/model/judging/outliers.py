"""What is usual and what is not in numbers per lumisection, robustly: medians rather than means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute deviation."""


_FAR = 2.5
_LEAST_LENGTH = 0.1
"""Spread of the LS numbers below which they make a point and no line."""


def median(values: Floats) -> float:
    """Give the median of numbers (n,), none of them NaN; what numpy.median gives in a tenth of the time."""
    half = values.size // 2
    if not half:
        return float(values[0]) if values.size else float("nan")
    ordered = values.copy()
    ordered.partition(half)
    middle = ordered[half]
    # of an even number the other one in the middle is the largest of those below
    return float(middle if values.size % 2 else (ordered[:half].max() + middle) / 2)


def center_and_spread(values: Floats) -> tuple[float, float]:
    """Give the median and 1.4826 MAD of the finite values, any shape; NaN without any."""
    finite = values[np.isfinite(values)].ravel()
    if not finite.size:
        return float("nan"), float("nan")
    center = median(finite)
    return center, MAD_TO_SIGMA * median(np.abs(finite - center))


def robust_z(values: Floats, good: NDArray[np.bool_], half_width: int | None = None) -> Floats:
    """Give (x - median) / (1.4826 MAD) over the good LS, shape (n,).

    With `half_width` the median is that of so many good LS on either side (see `running_median`) and the MAD
    that of the differences from it, over all good LS. NaN where x is, and everywhere when the good LS do not
    differ at all.
    """
    usual = good & np.isfinite(values)
    if half_width is None or not usual.any():
        center: Floats | float = center_and_spread(values[usual])[0]
    else:
        at = np.flatnonzero(usual)
        nearest = np.clip(np.searchsorted(at, np.arange(values.size)), 0, at.size - 1)
        center = running_median(values[at], half_width)[nearest]
    apart = values - center
    spread = MAD_TO_SIGMA * median(np.abs(apart[usual])) if usual.any() else 0.0
    return np.asarray(apart / (spread if spread > 0 else np.nan), dtype=np.float64)


def running_median(values: Floats, half_width: int, step: int = 1) -> Floats:
    """Give the median of each value and `half_width` neighbours on either side, shape (n,).

    At the ends the window stands still, so that it always holds as many. A step up or down stays where it is;
    what lasts half the window or less leaves no trace. `step` takes every so many of the window only.
    """
    n = values.size
    width = min(2 * half_width + 1, n)
    if width < 1:
        return values.copy()
    count = -(-width // step)
    # as sliding_window_view, which takes longer to look at what it is given than to do it
    rows, stride = np.ascontiguousarray(values), values.itemsize
    windows = np.ndarray((n - width + 1, count), rows.dtype, rows, 0, (stride, step * stride)).copy()
    windows.partition(count // 2, axis=1)
    middle = windows[:, count // 2]
    before = width // 2
    return np.concatenate((np.repeat(middle[:1], before), middle, np.repeat(middle[-1:], width - 1 - before)))


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Which LS are the reference of each LS: positions in the list `clean`, the LS itself left out.

    `clean` (m,) are positions of usual LS; LS i is compared with clean[left[0][i]:left[1][i]] before it and
    clean[right[0][i]:right[1][i]] after it.
    """

    clean: NDArray[np.intp]
    left: tuple[NDArray[np.intp], NDArray[np.intp]]
    right: tuple[NDArray[np.intp], NDArray[np.intp]]

    @classmethod
    def of(cls, clean: NDArray[np.bool_], number: int, guard: int) -> Neighbours:
        """Choose the nearest `number` clean LS on either side, without the `guard` positions next to the LS.

        They come from within 2 `number` positions, if there are half of `number` in all, for conditions
        further away may be others. One side makes up for what the other lacks.
        """
        positions = np.flatnonzero(clean)
        # how many clean ones there are before each position, and before the one behind the last
        number_before = np.concatenate(([0], np.cumsum(clean)))
        every = np.arange(clean.size)

        def before_position(at: NDArray[np.intp]) -> NDArray[np.intp]:
            return number_before.take(at, mode="clip")

        last, first = before_position(every - guard), before_position(every + guard + 1)
        before, after = last, positions.size - first
        reach = guard + 2 * number
        close_before = last - before_position(every - reach)
        close_after = before_position(every + reach + 1) - first
        near = close_before + close_after >= number // 2
        before = np.where(near, close_before, last)
        after = np.where(near, close_after, positions.size - first)
        from_left = np.minimum(before, np.maximum(number, 2 * number - after))
        from_right = np.minimum(after, np.maximum(number, 2 * number - before))
        return cls(positions, (last - from_left, last), (first, first + from_right))

    @property
    def count(self) -> NDArray[np.intp]:
        """Number of LS in each reference, shape (n,)."""
        return (self.left[1] - self.left[0]) + (self.right[1] - self.right[0])

    def sums(self, values: NDArray[np.floating]) -> Floats:
        """Sum rows of `values` (n, ...) over the reference of each LS, shape (n, ...), exact for counts."""
        running = np.zeros((self.clean.size + 1, *values.shape[1:]))
        np.cumsum(values[self.clean], axis=0, out=running[1:], dtype=np.float64)
        total = running[self.left[1]]
        room = running[self.left[0]]
        total -= room
        # "clip" lets take write where it is told without a copy; all positions are inside
        total += running.take(self.right[1], axis=0, out=room, mode="clip")
        total -= running.take(self.right[0], axis=0, out=room, mode="clip")
        return np.asarray(total, dtype=np.float64)

    def of_row(self, row: int) -> NDArray[np.intp]:
        """Give the positions of the LS that one LS is compared with."""
        before = self.clean[self.left[0][row] : self.left[1][row]]
        return np.concatenate((before, self.clean[self.right[0][row] : self.right[1][row]]))


def local_line(values: Floats, weight: Floats, at: Floats, near: Neighbours) -> tuple[Floats, Floats]:
    """Give what a straight line through the reference of each LS says of it, and its variance, both (n,).

    Weighted least squares with `weight` (n,) = 1/variance over the coordinate `at` (n,), the LS numbers. An
    LS that lies further off than the reference is long gets the mean, for a line may lead anywhere. The
    variance is that of the line alone. NaN without a reference.
    """
    origin = float(at[0]) if at.size else 0.0
    x = at - origin
    usable = np.isfinite(values) & (weight > 0)
    center = center_and_spread(values[usable])[0] if usable.any() else 0.0
    y = np.where(usable, values - center, 0.0)
    w = np.where(usable, weight, 0.0)
    sums = near.sums(np.column_stack((w, w * x, w * x * x, w * y, w * x * y)))
    total = np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
    mean_x, mean_y = sums[:, 1] / total, sums[:, 3] / total
    var_x = sums[:, 2] / total - mean_x**2
    spread_x = np.sqrt(np.maximum(var_x, 0.0))
    far = np.abs(x - mean_x) > _FAR * spread_x  # a uniform reference ends at sqrt(3) spreads
    with_line = (spread_x > _LEAST_LENGTH) & ~far
    slope = np.where(with_line, (sums[:, 4] / total - mean_x * mean_y) / np.where(with_line, var_x, 1.0), 0.0)
    offset = np.where(with_line, x - mean_x, 0.0)
    variance = (1 + offset**2 / np.where(with_line, var_x, 1.0)) / total
    return mean_y + slope * offset + center, variance
