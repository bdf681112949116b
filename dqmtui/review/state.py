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
    from dqmtui.model.layouts import Layout
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.framing import BinCursor, ElementRanges
    from dqmtui.review.ls_ranges import LSRange


class YRange(Enum):
    """What the y axis (or the colour scale of a map) is made for; the value stands on screen."""

    LS = "this LS"
    RUN = "the whole run"
    ROBUST = "99.5 % of the filled cells"


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The place of a review: workspace, dataset, run, element and lumisection, and how it is drawn.

    `ls` is a true LS number; None until a run with lumisections is open. `good` is the expression (see
    `dqmtui.model.masks`) by which LS are good enough for integrals and references, `good_there` that for
    other runs, "" for the same; `golden` a file in place of the newest golden JSON; `group` how many LS are
    summed in the plot, 1 for single LS; `rate` what the trigger rate is of, "" for that of the settings.
    `per_page` plots of the `layout`, without one of the elements found last, stand on a page; what is said of
    one plot holds for that in focus, which may be shown `alone`. The first of the `references` is that which
    ratio, difference and pull compare with.
    `ls_columns` and `run_columns` are the ids of the columns of the two tables in their order, none for the
    usual ones; a sort is a column's id and whether it is descending; a filter an expression, "" for none.
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
    references: tuple[ReferenceChoice, ...] = ()
    shows_reference: bool = True
    comparison: Comparison = Comparison.OVERLAY
    shows_errors: bool = False
    layout: Layout | None = None
    per_page: int = 1
    alone: bool = False
    log_x: bool = False
    steps: bool = False
    stat_box: bool = False
    projections: bool = False
    ranges: ElementRanges = ()
    bin_cursor: BinCursor | None = None
    group: int = 1
    shows_scores: bool = False
    ls_range: LSRange | None = None
    trend_zoom: LSRange | None = None
    under: str = "rate"
    good_there: str = ""
    rate: str = ""
    golden: str = ""
    ls_columns: tuple[str, ...] = ()
    ls_sort: tuple[str, bool] | None = None
    ls_filter: str = ""
    run_columns: tuple[str, ...] = ()
    run_sort: tuple[str, bool] | None = None
    run_filter: str = ""

    @property
    def good_of_others(self) -> str:
        """The expression for the good LS of other runs."""
        return self.good_there or self.good

    @property
    def reference(self) -> ReferenceChoice | None:
        """What the histogram is compared with: the first of the references."""
        return self.references[0] if self.references else None

    @property
    def range_of_ls(self) -> tuple[int, int] | None:
        """First and last LS of the range that the person marks in the open run, None without one."""
        marked = self.ls_range
        return None if marked is None or marked.run != self.run else marked.span(self.ls)

    @property
    def zoom_of_ls(self) -> tuple[int, int] | None:
        """First and last LS that trend and waterfall show of the open run, None for the whole of it."""
        zoom = self.trend_zoom
        return None if zoom is None or zoom.run != self.run else zoom.span(self.ls)

    @property
    def histogram_key(self) -> HistogramKey | None:
        """What the plot shows, once a run and an element are chosen."""
        if self.run is None or self.element is None:
            return None
        return HistogramKey(self.run, self.element.me_id)
