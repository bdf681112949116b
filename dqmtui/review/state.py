"""What a person is looking at: frozen, and replaced when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from dqmtui.model.keys import HistogramKey
from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import GOOD_LS, Comparison, View

if TYPE_CHECKING:
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.review.choices import ReferenceChoice


class YRange(Enum):
    """What the y axis (or the colour scale of a map) is made for; the value stands on screen."""

    LS = "y of this LS"
    RUN = "y of the run"


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The place of a review: workspace, dataset, run, element and lumisection, and how it is drawn.

    `ls` is a true LS number; None until a run with lumisections is open. `good` is the expression (see
    `dqmtui.model.masks`) by which LS are good enough for integrals and references.
    """

    workspace: str = ""
    dataset: str = ""
    dataset_id: int | None = None
    run: RunKey | None = None
    element: MonitoringElement | None = None
    ls: int | None = None
    normalisation: Normalisation = Normalisation.COUNTS
    log_y: bool = False
    y_range: YRange = YRange.RUN
    statistic: str = "mean"
    view: View = View.LS
    good: str = GOOD_LS[0]
    reference: ReferenceChoice | None = None
    shows_reference: bool = True
    comparison: Comparison = Comparison.OVERLAY
    shows_errors: bool = False

    @property
    def histogram_key(self) -> HistogramKey | None:
        """What the plot shows, once a run and an element are chosen."""
        if self.run is None or self.element is None:
            return None
        return HistogramKey(self.run, self.element.me_id)
