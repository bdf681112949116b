"""The lines of a trend as they are shown, and on which axes they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.outliers import center_and_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.divisors import Divisors
    from dqmtui.model.keys import MonitoringElement

    Floats = NDArray[np.float64]

_ALIKE = 3.0
"""Medians that differ by less than this factor share an axis."""

BY_MEDIAN = "each / its median"
"""What is said of lines that are shown in units of their own medians."""

_OWN_AXIS = 2
"""Lines of which the second can have an axis to itself."""


@dataclass(frozen=True, slots=True, eq=False)
class TrendLine:
    """A statistic of one element: `ls` (n,) its LS numbers, `values` and `errors` (n,), NaN is a gap.

    On an axis of its own on the `right` if so.
    """

    element: MonitoringElement
    label: str
    ls: NDArray[np.int64]
    values: Floats
    errors: Floats | None = None
    right: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceBand:
    """Median and spread (1.4826 MAD) of the statistic over the good LS of the reference."""

    median: float
    spread: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class TrendShown:
    """What the trend shows: `name` is the statistic with its normalisation, `full_name` with its formula.

    The first of `lines` is that of the element in focus. `notes` say what was done to the lines, `why` why
    there is nothing to show. `divisors` are what the first line was divided by, None if it was not.
    """

    name: str = ""
    full_name: str = ""
    lines: tuple[TrendLine, ...] = ()
    band: ReferenceBand | None = None
    notes: tuple[str, ...] = ()
    why: str = ""
    divisors: Divisors | None = None


def on_common_axes(lines: list[TrendLine]) -> tuple[tuple[TrendLine, ...], tuple[str, ...], float]:
    """Put lines on one axis where they are alike, two on two axes, more in units of their medians.

    Gives the lines, what was done, and what the first was divided by.
    """
    medians = [center_and_spread(line.values)[0] for line in lines]
    known = [median for median in medians if np.isfinite(median)]
    if len(lines) == 1 or _are_alike(known):
        return tuple(lines), (), 1.0
    if len(lines) == _OWN_AXIS:
        return (lines[0], replace(lines[1], right=True)), (), 1.0
    scales = [median if np.isfinite(median) and median else 1.0 for median in medians]
    scaled = [
        replace(
            line,
            values=line.values / scale,
            errors=None if line.errors is None else line.errors / abs(scale),
        )
        for line, scale in zip(lines, scales, strict=True)
    ]
    return tuple(scaled), (BY_MEDIAN,), scales[0]


def _are_alike(medians: list[float]) -> bool:
    if not medians:
        return True
    low, high = min(medians), max(medians)
    return low == high or (low * high > 0 and 1 / _ALIKE < abs(low / high) < _ALIKE)
