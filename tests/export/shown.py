"""Histograms and trends as files show them, made of little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.plots import BandShown, BesideShown, HistogramShown, LineShown, Origin, TrendFile
from dqmtui.model.axis import Axis
from dqmtui.model.divisors import COUNTS, Divisors
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.integrate import integrate
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from dqmtui.model.overlay import overlays
from dqmtui.model.reference import run_reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUN = RunKey("tracker", 7, 380238)
OTHER = RunKey("tracker", 8, 379765)
CURVE = MonitoringElement(5, "Pixel/charge_PXLayer_1", 1)
MAP = MonitoringElement(6, "Pixel/map_PXLayer_1", 2)


def stack_of(
    bins: NDArray[np.float64], element: MonitoringElement = CURVE, run: RunKey = RUN, first: int = 1
) -> HistogramStack:
    """Make a stack of bins (n, nx) or (n, ny, nx), one LS after the other."""
    n = len(bins)
    ls = np.arange(first, first + n)
    y = Axis(bins.shape[1], -1.0, 1.0) if bins.ndim > 2 else None
    stack = HistogramStack(HistogramKey(run, element.me_id), element, ls)
    entries = bins.reshape(n, -1).sum(axis=1).astype(np.int64)
    stack.fill(StackRows(ls, entries, bins, Axis(bins.shape[-1], 0.0, 10.0), y))
    return stack


def counts(n: int, *shape: int, mean: float = 20.0) -> NDArray[np.float64]:
    """Draw the same counts every time."""
    return np.random.default_rng(5).poisson(mean, (n, *shape)).astype(np.float64)


def histogram(
    stack: HistogramStack,
    *others: HistogramStack,
    comparison: str = "overlay",
    divisors: Divisors = COUNTS,
    options: PlotOptions | None = None,
    title: str = "",
) -> HistogramShown:
    """Sum a stack up, and put others beside it."""
    current = integrate(stack, LSMask.all(), divisors=divisors)
    references = [run_reference(other.key.run.run, other, divisors=divisors) for other in others]
    found = overlays(current, references)
    beside = tuple(
        BesideShown(reference, None if one.refused else one, one.refused, Origin(other.key.run, "/B/o/DQMIO"))
        for reference, one, other in zip(references, found, others, strict=True)
    )
    return HistogramShown(
        Origin(stack.key.run, "/ZeroBias/Run2024C/DQMIO"),
        stack.element,
        title or f"{current.n_ls} LS",
        found[0].current if found else current,
        beside,
        options or PlotOptions(),
        comparison,
    )


def trend(*values: list[float], band: bool = False, first: int = 1) -> TrendFile:
    """Make lines of these values, one LS after the other."""
    origin = Origin(RUN, "/ZeroBias/Run2024C/DQMIO")
    lines = tuple(
        LineShown(origin, CURVE, f"line {number}", np.arange(first, first + len(one)), np.array(one))
        for number, one in enumerate(values, 1)
    )
    shown = BandShown(2.0, 0.5, "run 379765: median", Origin(OTHER, "/B/o/DQMIO"), LSMask(((1, 9),)))
    return TrendFile(origin, "mean", "mean", lines, shown if band else None)
