"""What files of plots are made from: a histogram or a trend as it is shown, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.review.trend_lines import CommonScale, on_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.model.integrate import Integral
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.overlay import Overlay
    from dqmtui.model.reference import Reference

    Floats = NDArray[np.float64]

OVERLAY = "overlay"
RATIO, DIFFERENCE, PULL = "ratio", "difference", "pull"
_AS_CHOSEN = PlotOptions()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where histograms come from: a run in a dataset, by the name of the dataset as well."""

    key: RunKey
    dataset: str

    @property
    def run(self) -> int:
        """The run number."""
        return self.key.run


@dataclass(frozen=True, slots=True, eq=False)
class BesideShown:
    """A reference and how the histogram compares with it; `why` says why it cannot, or "".

    `origin` is None where that is not known, as of several runs together.
    """

    reference: Reference
    overlay: Overlay | None
    why: str = ""
    origin: Origin | None = None

    @property
    def label(self) -> str:
        """What the reference is."""
        return self.reference.label


@dataclass(frozen=True, slots=True, eq=False)
class HistogramShown:
    """A histogram as it is shown, with its references on the same axes in the same normalisation.

    `title` says what LS it is over. `comparison` is how the first reference is shown. `left_out` says of LS
    that were asked for why they take no part. `rate` is what trigger rates are of, as a person types it,
    `unit` that of a luminosity.
    """

    origin: Origin
    element: MonitoringElement
    title: str
    current: Integral
    beside: tuple[BesideShown, ...] = ()
    options: PlotOptions = _AS_CHOSEN
    comparison: str = OVERLAY
    left_out: Mapping[str, LSMask] = field(default_factory=dict)
    rate: str = ""
    unit: str = ""

    @property
    def shown(self) -> list[BesideShown]:
        """The references that fit beside the histogram."""
        return [one for one in self.beside if one.overlay is not None and not one.why]

    @property
    def values(self) -> Floats:
        """The values; those of an empty histogram of counts are zeros, which is what it has."""
        current = self.current
        is_counts = current.kind is Normalisation.COUNTS and not current.is_ratio
        return current.counts if current.masked and is_counts else current.values

    def residual(self) -> tuple[Floats, Floats | None] | None:
        """Give the comparison with the first reference bin by bin, and its errors; None for the overlay."""
        if self.comparison == OVERLAY or not self.shown or self.shown[0].overlay is None:
            return None
        beside = self.shown[0].overlay
        match self.comparison:
            case "ratio":
                return beside.ratio.values, beside.ratio.errors
            case "difference":
                return beside.difference.values, beside.difference.errors
            case _:
                return beside.pull, None

    @property
    def name(self) -> str:
        """A name for files: run, element and LS."""
        return f"{self.origin.run}_{self.element.short_name}_{name_of(self.title)}"


@dataclass(frozen=True, slots=True, eq=False)
class LineShown:
    """A statistic of an element along a run: `ls` (n,), `values` and `errors` (n,), NaN is a gap.

    Pictures show (values - `center`) / `unit`, tables the values.
    """

    origin: Origin
    element: MonitoringElement
    label: str
    ls: NDArray[np.int64]
    values: Floats
    errors: Floats | None = None
    right: bool = False
    center: float = 0.0
    unit: float = 1.0

    @property
    def known(self) -> LSMask:
        """The LS that have a value."""
        return LSMask.from_numbers(self.ls[np.isfinite(self.values)])


@dataclass(frozen=True, slots=True)
class BandShown:
    """Median and spread (1.4826 MAD) of a statistic over some LS: `ls` of the run of `origin`."""

    median: float
    spread: float
    label: str
    origin: Origin | None = None
    ls: LSMask = field(default_factory=LSMask)


@dataclass(frozen=True, slots=True, eq=False)
class TrendFile:
    """A trend as it is shown: `statistic` is its name in tables, `label` what stands at the axis.

    `divided_by` is the normalisation of the lines, COUNTS for none; `unit` that of a luminosity.
    `scaled` says how lines of other sizes are drawn on one axis. `zoom` are first and last LS, None for all.
    The y axis covers the values of the `good` LS of the run, None for all; values beyond are marked.
    """

    origin: Origin
    statistic: str
    label: str
    lines: tuple[LineShown, ...]
    band: BandShown | None = None
    table: LSTable | None = None
    zoom: tuple[int, int] | None = None
    log: bool = False
    divided_by: Normalisation = Normalisation.COUNTS
    unit: str = ""
    rate: str = ""
    scaled: CommonScale = CommonScale.NONE
    states: Mapping[int, str] = field(default_factory=dict)
    good: LSMask | None = None

    def zoomed(self) -> TrendFile:
        """Give the trend with the LS of the zoom alone."""
        if self.zoom is None:
            return self
        low, high = self.zoom

        def inside(line: LineShown) -> LineShown:
            kept = (line.ls >= low) & (line.ls <= high)
            errors = None if line.errors is None else line.errors[kept]
            return replace(line, ls=line.ls[kept], values=line.values[kept], errors=errors)

        return replace(self, lines=tuple(inside(line) for line in self.lines))

    def as_drawn(self) -> TrendFile:
        """Give the trend with the values and errors, and the band of the first line, that pictures show."""
        if not self.scaled:
            return self
        lines = tuple(
            replace(
                line,
                values=on_scale(line.values, line.center, line.unit),
                errors=None if line.errors is None else on_scale(line.errors, 0.0, line.unit),
                center=0.0,
                unit=1.0,
            )
            for line in self.lines
        )
        band, first = self.band, self.lines[0]
        if band is not None:
            band = replace(
                band, median=(band.median - first.center) / first.unit, spread=band.spread / first.unit
            )
        return replace(self, label=f"{self.label}, {self.scaled}", lines=lines, band=band)

    @property
    def name(self) -> str:
        """A name for files: run, element and statistic."""
        element = self.lines[0].element.short_name if self.lines else "trend"
        return f"{self.origin.run}_{element}_{name_of(self.statistic)}"


def name_of(text: str) -> str:
    """Make words into a part of a file's name: `LS 12` is `LS12`."""
    return text.replace("LS ", "LS").replace(" ", "-").replace("/", "-")


def mask_of(integral: Integral) -> LSMask:
    """Give the LS that an integral is over."""
    return LSMask.from_numbers(np.asarray(integral.ls))
