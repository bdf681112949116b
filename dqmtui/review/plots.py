"""The plots of a page: elements that are looked at together, on one LS cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.layouts import PlotOptions

if TYPE_CHECKING:
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.histograms import HistogramLoad

AS_CHOSEN = PlotOptions()
"""Options of a plot that is drawn as the person has chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """One plot: an element, its histograms in the open run, and how a layout wants it drawn.

    `load` is None as long as there is no run and lumisection.
    """

    element: MonitoringElement
    load: HistogramLoad | None
    options: PlotOptions = AS_CHOSEN
