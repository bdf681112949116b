"""What was found, in words: a number with its unit against what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis

    Floats = NDArray[np.float64]

_PERCENT_FROM = 1.0
"""Mean over spread from which a shift of the mean is told as a fraction of it."""

_TIMES_FROM = 3.0
_TWO_DIGITS_TO = 99.5
"""Percent up to which two digits say enough, and are a number without a power of ten."""

_WHOLE_FROM = 100.0
"""Entries from which on an expectation is told without digits behind the point."""


def change(value: float, expected: float) -> str:
    """Say how much lower or higher a value is than expected: `30 % low`; in times where it is many."""
    if expected == 0:
        return f"{value:.4g} where none were expected"
    ratio = value / expected
    if ratio > _TIMES_FROM:
        return f"{ratio:.3g} times what was expected"
    percent = abs(ratio - 1) * 100
    # two digits of 99.6 are 1e+02
    words = f"{percent:.2g}" if percent < _TWO_DIGITS_TO else f"{percent:.3g}"
    return f"{words} % {'low' if ratio < 1 else 'high'}"


def mean_moved(name: str, mean: float, expected: float, std: float) -> str:
    """Say how a mean moved: as a fraction where it is far from 0, else in units of the axis and the width."""
    if abs(expected) > _PERCENT_FROM * std:
        return f"{name} {change(mean, expected)} ({mean:.5g}, expected {expected:.5g})"
    share = f", {100 * abs(mean - expected) / std:.2g} % of the width" if std > 0 else ""
    return f"{name} moved by {mean - expected:+.3g} (to {mean:.3g}{share})"


def entries_changed(entries: float, expected: float, per: str) -> str:
    """Say how the number of entries differs from what was expected of an exposure; "": of the LS around."""
    against = f"against {per or 'the LS around'}"
    if round(entries) == 0:
        return f"empty where {expected:.0f} entries were expected"
    return f"entries {change(entries, expected)} {against} ({entries:.0f}, expected {expected:.0f})"


def span(axis: Axis, first: int, last: int) -> str:
    """Give the range from the low edge of one bin to the high edge of another: `2.5..4.5`."""
    return f"{axis.edges[first]:.6g}..{axis.edges[last + 1]:.6g}"


def place(x: Axis, y: Axis | None, box: tuple[int, int, int, int]) -> str:
    """Say where a block of bins lies: columns and rows from the first to the last, both included."""
    where = f"x {span(x, box[0], box[1])}"
    return where if y is None else f"{where}, y {span(y, box[2], box[3])}"


def worst_stretch(d: Floats, mu: Floats) -> tuple[int, int]:
    """Give the first and last bin of the stretch of a 1D histogram that differs most from what was expected.

    The largest sum of pulls of one sign, found as the largest and smallest sums of neighbouring bins.
    """
    pulls = (d - mu) / np.sqrt(mu + 1)
    best = (0.0, 0, 0)
    for sign in (1.0, -1.0):
        # half a sigma is taken off, so that a stretch ends where nothing differs
        gain = np.concatenate(([0.0], np.cumsum(sign * pulls - 0.5)))
        lowest = np.minimum.accumulate(gain)
        last = int(np.argmax(gain - lowest))
        height = float(gain[last] - lowest[last])
        if height > best[0]:
            best = (height, int(np.argmin(gain[: last + 1])), last - 1)
    return best[1], max(best[1], best[2])


def bins_differ(d: Floats, mu: Floats, x: Axis, y: Axis | None, box: tuple[int, int, int, int]) -> str:
    """Say what stands in a block of bins where something else was expected."""
    found, expected = float(d.sum()), float(mu.sum())
    number = d.size
    name = f"{number} bins" if number > 1 else "bin"
    number_expected = f"{expected:.0f}" if expected >= _WHOLE_FROM else f"{expected:.3g}"
    return f"{name} at {place(x, y, box)}: {found:.0f} entries where {number_expected} were expected"
