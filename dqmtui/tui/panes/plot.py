"""The plot: the histogram of the element on screen in the lumisection under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS
from dqmtui.render.cells import CellGrid
from dqmtui.review.histograms import LoadState
from dqmtui.tui.panes.lumisections import why_no_rows
from dqmtui.tui.panes.picture import PictureView
from dqmtui.tui.widgets.grid import GridView

if TYPE_CHECKING:
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.review import Review
    from dqmtui.tui.look import Look


class PlotPane(GridView):
    """Shows one lumisection's histogram, 1D or 2D."""

    _review: Review | None = None
    _view: PictureView | None = None
    _look: Look | None = None

    def show(self, review: Review, look: Look) -> None:
        """Draw what the review looks at."""
        if look is not self._look:
            self._look = look
            self._view = PictureView(look)
        self._review = review
        self.invalidate()

    def build(self, width: int, height: int) -> CellGrid:
        """Draw the histogram, or say why there is none."""
        if self._review is None or self._view is None:
            return CellGrid.blank(width, height)
        state, load = self._review.state, self._review.load
        words = self._words()
        if words or load is None or load.stack is None or state.ls is None:
            return self._view.words(words, width, height)
        return self._view.draw(self._review, load.stack, width, height)

    def _words(self) -> str:
        """Say what is missing before there can be a histogram."""
        review = self._review
        if review is None or review.state.run is None:
            return "Choose a run with the arrows and press enter. The key ? shows all keys."
        if review.state.element is None:
            return "Press / to find a monitoring element."
        if review.state.ls is None:
            sources = () if review.table is None else (review.table.source(DIALS),)
            return why_no_rows(sources, "DIALS has no lumisections of this run.")
        if review.load is not None and review.load.stack is None:
            return _why_no_stack(review.load)
        return ""


def _why_no_stack(load: HistogramLoad) -> str:
    if load.error is not None:
        return load.error.message
    if load.state is LoadState.CANCELLED:
        return "Loading was stopped before a histogram came; ctrl+r goes on."
    return "Histograms are coming ..."
