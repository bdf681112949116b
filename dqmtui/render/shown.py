"""What a picture shows of one lumisection, and how the person wants it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.trend import moments
from dqmtui.render.limits import Limits
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import Histogram
    from dqmtui.render.heatmap import Ramp
    from dqmtui.render.lower_panel import PanelKind
    from dqmtui.render.scale import Scale

Range = tuple[float, float]

ROBUST_SHARE = 0.995
"""Part of the filled cells of a map that a robust range of colours holds, unless it is only one cell."""


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """How a histogram is drawn.

    `log` is the axis of the contents: y in 1D, the colours in 2D. The range of the contents is that of the
    whole run or of this LS, unless `ylim` (1D) or `zlim` (2D) gives it; `xlim` (and `ylim` in 2D) cuts out a
    part of the axes. `steps` draws an outline in place of bars, `stat_box` moves the numbers into the plot,
    `lower` adds a panel that compares with the first overlay. Of a map, `projections` adds the sums along
    both axes, and the 'diverging' ramp is symmetric around `centre`; `robust` ends its
    range at the content that ROBUST_SHARE of the filled cells do not exceed. Errors that are given are drawn
    with `error_bars`, else they are only read. `notes` are said beside what is said of the drawing, `own` is
    what a legend calls the bars.
    """

    log: bool = False
    whole_run: bool = True
    unit_area: bool = False
    log_x: bool = False
    steps: bool = False
    stat_box: bool = False
    lower: PanelKind | None = None
    xlim: Range | None = None
    ylim: Range | None = None
    zlim: Range | None = None
    projections: bool = False
    ramp: Ramp = "heat"
    centre: float = 0.0
    robust: bool = False
    error_bars: bool = True
    x_label: str = ""
    y_label: str = ""
    notes: tuple[str, ...] = ()
    own: str = "this LS"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The histogram of one lumisection as it is drawn.

    `values`, of the shape of its bins, are in the normalisation `norm` and NaN where masked; `errors` of the
    same shape. `title` names what it is.
    """

    histogram: Histogram
    values: NDArray[np.floating]
    norm: str
    title: str
    errors: NDArray[np.floating] | None = None

    @property
    def x(self) -> Axis:
        """The x axis."""
        return self.histogram.x

    def statistics(self) -> list[tuple[str, str]]:
        """Give names and values of the numbers of the raw bins; those without a sum have but two."""
        histogram = self.histogram
        found = [("entries", si_number(histogram.entries, 4)), ("sum", si_number(histogram.total, 4))]
        if histogram.is_empty or not math.isfinite(histogram.total):
            return found
        found += self._of_curve() if histogram.y is None else self._of_map()
        outside = histogram.outside_fraction
        return found if math.isnan(outside) else [*found, ("outside", f"{outside:.2%}")]

    def _of_curve(self) -> list[tuple[str, str]]:
        bins, x = self.histogram.values.astype(np.float64), self.x
        with np.errstate(over="ignore", invalid="ignore"):  # of bins too large to be squared
            mean, variance = moments(bins[np.newaxis], np.array([self.histogram.total]), x.centres)
        found = [("mean", si_number(mean[0], 4))]
        if variance[0] >= 0:
            # bins of a ratio can be negative, and then there is no spread to tell of
            found.append(("std", si_number(math.sqrt(variance[0]), 4)))
        return [*found, ("mode", si_number(x.centres[int(np.argmax(bins))], 4))]

    def _of_map(self) -> list[tuple[str, str]]:
        values = self.histogram.values
        filled = int(np.count_nonzero(values))
        return [("occupied", f"{filled / values.size:.1%}"), ("empty bins", str(values.size - filled))]


def robust_limits(values: NDArray[np.floating]) -> Limits:
    """Find the limits of what a robust range holds: one hot cell at least lies beyond it."""
    limits = Limits.of(values)
    filled = values[np.isfinite(values) & (values > 0)]
    if not filled.size:
        return limits
    return replace(limits, high=float(np.quantile(filled, ROBUST_SHARE, method="lower")))


def beyond(values: NDArray[np.floating], scale: Scale, what: str) -> list[str]:
    """Say how many contents lie beyond a range that was not made for all of them; `what` names one."""
    above = int(np.count_nonzero(values > scale.high))
    below = int(np.count_nonzero(values < scale.low)) - _not_on_log(values, scale)
    found = [(above, "above"), (below, "below")]
    return [f"{n} {what}{'s' * (n != 1)} {side}" for n, side in found if n > 0]


def outside_of(name: str, axis: Axis | None, limits: Range | None) -> str:
    """Say so when a range holds nothing of an axis, "" when it holds some."""
    if axis is None or limits is None or (limits[0] < axis.high and limits[1] > axis.low):
        return ""
    return (
        f"{name} from {limits[0]:g} to {limits[1]:g} lies outside of the axis, which runs from "
        f"{axis.low:g} to {axis.high:g}"
    )


def not_on_log(values: NDArray[np.floating], scale: Scale, what: str) -> list[str]:
    """Say how many contents are negative, where the axis is logarithmic."""
    n = _not_on_log(values[values != 0], scale)
    return [f"{n} {what}{'s' * (n != 1)} < 0 not on the log axis"] if n else []


def not_finite(values: NDArray[np.floating], what: str) -> list[str]:
    """Say how many contents are infinite, which cannot be drawn."""
    n = int(np.count_nonzero(np.isinf(values)))
    return [f"{n} {what}{'s' * (n != 1)} infinite"] if n else []


def _not_on_log(values: NDArray[np.floating], scale: Scale) -> int:
    return int(np.count_nonzero(values <= 0)) if scale.log else 0
