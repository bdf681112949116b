"""Drawing a picture of the review: what stands in it turned into what the renderer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.histogram import Histogram
from dqmtui.model.normalise import Normalisation
from dqmtui.model.sums import each_ls
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.limits import Limits
from dqmtui.render.lower_panel import Panel
from dqmtui.render.overlays import Overlay
from dqmtui.render.waterfall import WaterfallOptions, WaterfallView
from dqmtui.review.choices import Comparison, View
from dqmtui.review.state import YRange

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model import overlay as model
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral
    from dqmtui.model.sums import Sums
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.lower_panel import PanelKind
    from dqmtui.review.picture import Picture
    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.tui.look import Look

_PANELS: dict[Comparison, PanelKind] = {
    Comparison.RATIO: "ratio",
    Comparison.DIFFERENCE: "difference",
    Comparison.PULL: "pull",
}
_CENTRES = {Comparison.RATIO: 1.0, Comparison.DIFFERENCE: 0.0, Comparison.PULL: 0.0}


class PictureView:
    """Draws pictures one after another in one look; what stays from LS to LS is kept by the renderer."""

    def __init__(self, look: Look) -> None:
        self._histograms = HistogramView(look.theme, look.charset, look.palette)
        self._waterfalls = WaterfallView(look.theme, look.charset, look.palette)
        self._overlay: tuple[object, Overlay] | None = None
        self._each: tuple[tuple[object, ...], Sums, NDArray[np.float64]] | None = None

    def words(self, text: str, width: int, height: int, *, title: str = "") -> CellGrid:
        """Draw a sentence in place of a histogram."""
        return self._histograms.words(text, width, height, title=title)

    def draw(self, review: Review, stack: HistogramStack, width: int, height: int) -> CellGrid:
        """Draw the histogram, integral or waterfall that the review looks at; there is a run and an LS."""
        state, ls = review.state, review.state.ls
        if ls is None or review.table is None:
            return self.words("", width, height)
        if state.view is View.WATERFALL and stack.element.dim == 1:
            return self._waterfall(review, stack, ls, width, height)
        plain = state.normalisation in {Normalisation.COUNTS, Normalisation.AREA}
        if state.view is not View.INTEGRAL and (stack.histogram(ls) is None or _is_bare(state, plain=plain)):
            return self._histograms.draw(stack, ls, width, height, _options(state))
        picture = review.picture()
        if picture is None:
            return self.words("", width, height)
        return self._picture(picture, review, stack, width, height)

    def _picture(
        self, picture: Picture, review: Review, stack: HistogramStack, width: int, height: int
    ) -> CellGrid:
        state, current = review.state, picture.current
        if current.masked or current.x is None:
            why = f"{current.masked}; n shows it otherwise" if current.n_ls else current.masked
            return self.words(f"{picture.title}: {why}", width, height, title=picture.title)
        beside, norm = _fitting(picture, stack)
        histogram = Histogram(int(current.ls[0]), current.entries, current.counts, current.x, current.y)
        values, options, panel = current.values, _options(state), None
        overlays: tuple[Overlay, ...] = ()
        if beside is not None and current.y is not None and state.comparison is not Comparison.OVERLAY:
            values = _residual(beside, state.comparison)[0]
            norm = f"{state.comparison.value} to {beside_label(picture)}"
            options = _options(state, diverging=_CENTRES[state.comparison])
        elif beside is not None and current.y is None:
            overlays = (self._overlay_of(beside.reference, beside_label(picture)),)
            if state.comparison is not Comparison.OVERLAY:
                panel = Panel(_PANELS[state.comparison], *_residual(beside, state.comparison))
        return self._histograms.draw(
            stack,
            histogram.ls,
            width,
            height,
            options,
            None if beside is None or current.y is None else beside.reference.values,
            overlays=overlays,
            values=values,
            norm=norm,
            errors=current.errors if state.shows_errors and current.y is None else None,
            run=self._limits(review, stack) if state.view is View.LS and current.y is None else None,
            panel=panel,
            title=picture.title,
            histogram=histogram,
        )

    def _overlay_of(self, reference: Integral, label: str) -> Overlay:
        """Make the overlay of a reference, the same as long as it is the same integral."""
        if self._overlay is None or self._overlay[0] is not reference or self._overlay[1].label != label:
            self._overlay = reference, Overlay(label, reference.values)
        return self._overlay[1]

    def _limits(self, review: Review, stack: HistogramStack) -> Limits | None:
        """Give the limits of all LS in the normalisation on screen, if the range is that of the run."""
        if review.state.y_range is not YRange.RUN:
            return None
        return Limits.of(self._values_of_run(review, stack)[1])

    def _values_of_run(self, review: Review, stack: HistogramStack) -> tuple[Sums, NDArray[np.float64]]:
        """Give all LS as they are shown, anew when something has come."""
        divisors: Divisors = review.divisors()
        key = (stack, stack.version, divisors)
        if self._each is None or self._each[0] != key:
            sums = each_ls(stack, divisors)
            self._each = key, sums, sums.values
        return self._each[1:]

    def _waterfall(self, review: Review, stack: HistogramStack, ls: int, width: int, height: int) -> CellGrid:
        table = review.table
        if table is None or stack.x is None:
            return self.words("No histogram has come yet.", width, height)
        state = review.state
        values: NDArray[np.float64] | None = None
        norm = None
        if state.normalisation is not Normalisation.COUNTS and not stack.is_ratio:
            sums, values = self._values_of_run(review, stack)
            norm = sums.label
        options = WaterfallOptions(log=state.log_y)
        grid = self._waterfalls.draw(table.ls, stack, width, height, options, values=values, norm=norm)
        return self._waterfalls.with_cursor(grid, ls)


def beside_label(picture: Picture) -> str:
    """Name the reference of a picture."""
    return "" if picture.reference is None else picture.reference.label


def _is_bare(state: ReviewState, *, plain: bool) -> bool:
    """Tell whether the histogram stands alone, as it came or as unit area."""
    alone = state.reference is None or not state.shows_reference
    return plain and alone and not state.shows_errors


def _options(state: ReviewState, *, diverging: float | None = None) -> HistogramOptions:
    if diverging is not None:
        return HistogramOptions(whole_run=False, ramp="diverging", centre=diverging)
    return HistogramOptions(
        log=state.log_y,
        whole_run=state.y_range is YRange.RUN,
        unit_area=state.normalisation is Normalisation.AREA,
    )


def _fitting(picture: Picture, stack: HistogramStack) -> tuple[model.Overlay | None, str]:
    """Give what fits on the axes of the stack, and the normalisation with why there is no reference."""
    label, why = picture.current.label, picture.why_no_reference
    beside = picture.overlay
    if beside is not None and (beside.current.x, beside.current.y) != (stack.x, stack.y):
        beside, why = None, "its bins are wider"
    return beside, f"{label}   no reference: {why}" if why else label


def _residual(
    beside: model.Overlay, comparison: Comparison
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Give the comparison bin by bin, and its errors."""
    match comparison:
        case Comparison.RATIO:
            return beside.ratio.values, beside.ratio.errors
        case Comparison.DIFFERENCE:
            return beside.difference.values, beside.difference.errors
        case _:
            return beside.pull, None
