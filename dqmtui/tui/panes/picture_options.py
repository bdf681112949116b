"""How a picture is drawn: what the person has chosen and a layout asks for, as the renderer takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.normalise import Normalisation
from dqmtui.render.histogram_view import HistogramOptions
from dqmtui.render.waterfall import WaterfallOptions
from dqmtui.review.framing import AUTOMATIC, ranges_of
from dqmtui.review.plots import AS_CHOSEN
from dqmtui.review.state import YRange

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import PlotOptions
    from dqmtui.review.framing import Range
    from dqmtui.review.state import ReviewState


def histogram_options(
    state: ReviewState,
    layout: PlotOptions = AS_CHOSEN,
    *,
    element: MonitoringElement | None = None,
    diverging: float | None = None,
) -> HistogramOptions:
    """Give the options of the histogram of an element, by default of that in focus.

    Ranges given by hand come before those of the `layout`. `diverging` is the centre of a comparison that is
    drawn as a map.
    """
    element = element or state.element
    is_map = element is not None and element.dim != 1
    log = diverging is None and (state.log_y if layout.log_y is None else layout.log_y)
    log_x = not is_map and (state.log_x if layout.log_x is None else layout.log_x)
    chosen = _Chosen(state, layout, element)
    contents: Range | None = None
    if diverging is None:
        # contents that are compared have another scale than the contents themselves
        contents = chosen.limits("z" if is_map else "y", log=log)
    along_y = chosen.limits("y", log=False) if is_map else None
    robust = is_map and state.y_range is YRange.ROBUST
    return HistogramOptions(
        log=log,
        whole_run=diverging is None and state.y_range is not YRange.LS and not robust,
        unit_area=diverging is None and _normalisation(state, layout) is Normalisation.AREA,
        log_x=log_x,
        steps=state.steps,
        stat_box=state.stat_box,
        projections=state.projections,
        xlim=chosen.limits("x", log=log_x),
        ylim=along_y if is_map else contents,
        zlim=contents if is_map else None,
        ramp="heat" if diverging is None else "diverging",
        centre=diverging or 0.0,
        robust=robust and diverging is None,
        error_bars=state.shows_errors,
        x_label=layout.x_label or "",
        y_label=layout.y_label or "",
        notes=chosen.notes(),
    )


def waterfall_options(
    state: ReviewState, layout: PlotOptions = AS_CHOSEN, *, element: MonitoringElement | None = None
) -> WaterfallOptions:
    """Give the options of the waterfall of a 1D element, whose x axis goes upwards there."""
    log = state.log_y if layout.log_y is None else layout.log_y
    chosen = _Chosen(state, layout, element or state.element)
    along = chosen.limits("x", log=False)
    contents = chosen.limits("y", log=log)
    return WaterfallOptions(
        log=log,
        zoom=state.zoom_of_ls,
        ylim=along,
        zlim=contents,
        robust=state.y_range is YRange.ROBUST,
        notes=chosen.notes(),
    )


def cursor_bins(state: ReviewState, stack: HistogramStack) -> tuple[int, ...] | None:
    """Give the bin under the cursor on the axes of a stack, from 0; None without a cursor or axes."""
    if state.bin_cursor is None or stack.x is None:
        return None
    return state.bin_cursor.bins(stack.x, stack.y)


def _normalisation(state: ReviewState, layout: PlotOptions) -> Normalisation:
    return state.normalisation if layout.normalisation is None else layout.normalisation


class _Chosen:
    """The ranges of one element: by hand, of the layout, or automatic; and what is to be said of them."""

    def __init__(self, state: ReviewState, layout: PlotOptions, element: MonitoringElement | None) -> None:
        self._by_hand = AUTOMATIC if element is None else ranges_of(state.ranges, element.me)
        self._layout = layout
        self._said: dict[str, list[str]] = {}
        self._refused: list[str] = []

    def limits(self, axis: str, *, log: bool) -> Range | None:
        """Give the range of an axis, None when it is automatic, as where a log axis cannot have it."""
        given, whose = getattr(self._by_hand, axis), "by hand"
        if given is None and axis in {"x", "y"}:
            given, whose = getattr(self._layout, f"{axis}_range"), "of the layout"
        if given is None:
            return None
        low, high = given
        if log and low <= 0:
            self._refused.append(f"{axis} from {low:g} cannot be log: automatic")
            return None
        self._said.setdefault(whose, []).append(axis)
        return low, high

    def notes(self) -> tuple[str, ...]:
        """Say which ranges are not automatic."""
        said = (f"{', '.join(sorted(axes))} {whose}" for whose, axes in self._said.items())
        return (*said, *self._refused)
