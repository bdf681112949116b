"""The lines of a trend as they are shown, and on which axes they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
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

_WELL_ABOVE = 5.0
"""Spreads that a median is above zero at least, so that lines may be shown in units of it."""

_OWN_AXIS = 2
"""Lines of which the second can have an axis to itself."""


MOST_SPREADS = 10.0
"""Spreads from the median up to which values widen an axis of them, so that no line flattens all others."""


class CommonScale(StrEnum):
    """How lines of other sizes are drawn on one axis, in words: as they are, or all by the same rule."""

    NONE = ""
    BY_MEDIAN = "each / its median"
    FROM_MEDIAN = "each (x - median)/spread"


@dataclass(frozen=True, slots=True, eq=False)
class TrendLine:
    """A statistic of one element: `ls` (n,) its LS numbers, `values` and `errors` (n,), NaN is a gap.

    Drawn are (values - `center`) / `unit`, on an axis of its own on the `right` if so.
    """

    element: MonitoringElement
    label: str
    ls: NDArray[np.int64]
    values: Floats
    errors: Floats | None = None
    right: bool = False
    center: float = 0.0
    unit: float = 1.0

    @property
    def drawn(self) -> Floats:
        """The values on the axis that they are drawn on."""
        return on_scale(self.values, self.center, self.unit)

    @property
    def drawn_errors(self) -> Floats | None:
        """The errors on that axis."""
        return None if self.errors is None else on_scale(self.errors, 0.0, self.unit)


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceBand:
    """Median and spread (1.4826 MAD) of the statistic over the good LS of the reference."""

    median: float
    spread: float
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class TrendShown:
    """What the trend shows: `name` is the statistic with its normalisation, `full_name` with its formula.

    The first of `lines` is that of the element in focus; `scale` is what all are drawn on. `band` is in the
    units of the first line. `notes` say what was done to the lines, `why` why there is nothing to show.
    `divisors` are what the first line was divided by, None if it was not.
    """

    name: str = ""
    full_name: str = ""
    lines: tuple[TrendLine, ...] = ()
    band: ReferenceBand | None = None
    notes: tuple[str, ...] = ()
    why: str = ""
    divisors: Divisors | None = None
    scale: CommonScale = CommonScale.NONE

    @property
    def drawn_band(self) -> ReferenceBand | None:
        """The band on the axis of the first line."""
        if self.band is None or not self.lines:
            return self.band
        first = self.lines[0]
        median = float(on_scale(np.array([self.band.median]), first.center, first.unit)[0])
        return replace(self.band, median=median, spread=self.band.spread / first.unit)


def on_scale(values: Floats, center: float, unit: float) -> Floats:
    """Give (values - center) / unit, any shape; what is too large is infinite, so off the axis."""
    if center == 0 and unit == 1:
        return values
    with np.errstate(over="ignore"):
        return np.asarray((values - center) / unit, dtype=np.float64)


def on_common_axes(lines: list[TrendLine]) -> tuple[tuple[TrendLine, ...], CommonScale]:
    """Put lines on one axis where they are alike, two on two axes, more on a scale that is one for all.

    That is x / median where all medians are well above their spreads, so that all lines lie around 1 and
    show what changes by how much; else (x - median) / spread, around 0, for a median near zero is no unit.
    The spread is 1.4826 MAD over all LS, the standard deviation of a line whose MAD is 0.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centers = [center_and_spread(line.values) for line in lines]
    known = [median for median, _ in centers if np.isfinite(median)]
    if len(lines) == 1 or _are_alike(known):
        return tuple(lines), CommonScale.NONE
    if len(lines) == _OWN_AXIS:
        return (lines[0], replace(lines[1], right=True)), CommonScale.NONE
    is_of_median = all(median > _WELL_ABOVE * spread for median, spread in centers if np.isfinite(median))
    scaled = []
    for line, (median, spread) in zip(lines, centers, strict=True):
        if not np.isfinite(median):
            scaled.append(line)
        elif is_of_median:
            scaled.append(replace(line, unit=median))
        else:
            scaled.append(replace(line, center=median, unit=_unit(line.values, spread)))
    return tuple(scaled), CommonScale.BY_MEDIAN if is_of_median else CommonScale.FROM_MEDIAN


def _unit(values: Floats, spread: float) -> float:
    """Give the spread of values, of which at least one is finite; 1 where all are the same."""
    if 0 < spread < np.inf:
        return spread
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = float(np.std(values[np.isfinite(values)]))
    return deviation if np.isfinite(deviation) and deviation > 0 else 1.0


def _are_alike(medians: list[float]) -> bool:
    if not medians:
        return True
    low, high = min(medians), max(medians)
    return low == high or (low * high > 0 and 1 / _ALIKE < abs(low / high) < _ALIKE)
