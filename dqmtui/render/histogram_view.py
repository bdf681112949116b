"""The picture of one lumisection's histogram, 1D or 2D, with its line of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.states import CellState
from dqmtui.render.brush import Brush
from dqmtui.render.curve_view import CurveView
from dqmtui.render.limits import Limits, run_limits
from dqmtui.render.map_view import MapView
from dqmtui.render.overlays import Overlay
from dqmtui.render.shown import HistogramOptions, Shown, outside_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.histogram import Histogram, HistogramStack
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid, Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame
    from dqmtui.render.lower_panel import Panel

__all__ = ["HistogramOptions", "HistogramView"]


class HistogramView:
    """Draws the lumisections of a stack one after another.

    What does not change from LS to LS is kept: the frames, as long as size, axes, range and theme stay the
    same (limits are rounded up so that they seldom change), overlays as long as their arrays are the same
    objects, colour bars. The bins alone are drawn anew for every LS.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._brush = Brush(theme, charset, palette)
        self._curves = CurveView(self._brush)
        self._maps = MapView(self._brush)
        self._reference: Overlay | None = None
        self._run: tuple[HistogramStack, int, bool, Limits | None] | None = None
        self._never: tuple[HistogramStack, int, NDArray[np.bool_] | None] | None = None
        self._last: CurveView | MapView | None = None

    def draw(
        self,
        stack: HistogramStack,
        ls: int,
        width: int,
        height: int,
        options: HistogramOptions,
        reference: NDArray[np.floating] | None = None,
        *,
        contents: NDArray[np.floating] | None = None,
        overlays: Sequence[Overlay] = (),
        values: NDArray[np.floating] | None = None,
        norm: str | None = None,
        errors: NDArray[np.floating] | None = None,
        run: Limits | None = None,
        panel: Panel | None = None,
        cursor: tuple[int, ...] | None = None,
        title: str | None = None,
        histogram: Histogram | None = None,
    ) -> CellGrid:
        """Draw one LS into width x height cells; an LS without histogram is said in words.

        `reference` are the bins of a reference on the same axes and in the same normalisation: in 1D the
        first of the `overlays`, which all are drawn over the bars and held by the y range; in 2D what the
        cursor reads beside the content, or beside the `contents` where `values` compare them with it.

        `values` stands in for the bins, in a normalisation that is called `norm` and whose limits over the
        run are `run`; NaN is masked. Without it bins are counts, or unit area as the options say. `errors`
        go with what is drawn. `panel` replaces the comparison that `options.lower` asks for. `cursor` is the
        bin that is read in the headline: (column,) in 1D, (column, row) in 2D, from 0. `title` stands for
        "LS 120", and `histogram`, on the axes of the stack, for that of the LS: a sum over several.
        """
        title = f"LS {ls}" if title is None else title
        self._last = None
        outside = _outside(stack, options)
        if outside:
            return self.words(outside, width, height, title=title)
        histogram = stack.histogram(ls) if histogram is None else histogram
        if histogram is None:
            frame = self._bare(stack, width, height, options)
            return self.words(_why(stack, ls), width, height, title=title, frame=frame)
        shown = _shown(stack, histogram, options, values, norm, errors, title)
        if run is None and values is None and options.whole_run:
            run = self._limits_of_run(stack, unit_area=options.unit_area)
        self._last = self._curves if histogram.y is None else self._maps
        if histogram.y is None:
            if reference is not None:
                overlays = [self._wrapped(reference), *overlays]
            column = cursor[0] if cursor else None
            canvas = self._curves.draw(
                shown, width, height, options, overlays=overlays, run=run, panel=panel, cursor=column
            )
        else:
            place = (cursor[0], cursor[1]) if cursor is not None and len(cursor) > 1 else None
            canvas = self._maps.draw(
                shown,
                width,
                height,
                options,
                run=run,
                reference=reference,
                contents=contents,
                cursor=place,
                never=self._never_filled(stack),
            )
        if histogram.is_empty and values is None:
            self._brush.centre(canvas, f"LS {ls} is empty: its histogram is there, but the bins sum to 0")
        return canvas

    def words(
        self, text: str, width: int, height: int, *, title: str = "", frame: PlotFrame | None = None
    ) -> CellGrid:
        """Draw a sentence in place of a histogram."""
        canvas = self._brush.canvas(width, height)
        if frame is not None:
            canvas.paste(frame.grid, 0, 1)
        canvas.put_text(1, 0, self._brush.charset.text(title), self._brush.style("title", bold=True))
        self._brush.centre(canvas, text)
        return canvas

    def _wrapped(self, reference: NDArray[np.floating]) -> Overlay:
        """Make an overlay of a reference, the same one as long as it is the same array."""
        if self._reference is None or self._reference.values is not reference:
            self._reference = Overlay("reference", reference)
        return self._reference

    def _limits_of_run(self, stack: HistogramStack, *, unit_area: bool) -> Limits | None:
        """Find the limits of the run anew when something has come."""
        kept = self._run
        if kept is None or kept[0] is not stack or kept[1:3] != (stack.version, unit_area):
            kept = self._run = (stack, stack.version, unit_area, run_limits(stack, unit_area=unit_area))
        return kept[3]

    def _never_filled(self, stack: HistogramStack) -> NDArray[np.bool_] | None:
        """Find the bins that none of several LS has filled, None without any; anew when something came."""
        kept = self._never
        if kept is None or kept[0] is not stack or kept[1] != stack.version:
            is_told = not stack.is_ratio and np.count_nonzero(stack.totals) > 1
            filled = np.asarray(stack.data.any(axis=0), dtype=np.bool_)
            kept = (stack, stack.version, None if filled.all() or not is_told else ~filled)
            self._never = kept
        return kept[2]

    def bin_at(self, column: int, row: int) -> tuple[int, ...] | None:
        """Give the bin at a cell of the histogram last drawn, (column,) or (column, row); None beside it."""
        found = None if self._last is None else self._last.bin_at(column, row)
        return (found,) if isinstance(found, int) else found

    def _bare(
        self, stack: HistogramStack, width: int, height: int, options: HistogramOptions
    ) -> PlotFrame | None:
        """Give the frame alone, for an LS without histogram, so that the axes do not jump away."""
        if stack.x is None:
            return None
        if stack.y is not None:
            return self._maps.frame_of(stack.x, stack.y, width, height, options)
        run = self._limits_of_run(stack, unit_area=options.unit_area) if options.whole_run else None
        return self._curves.frame_of(stack.x, width, height, options, run or Limits())


def _outside(stack: HistogramStack, options: HistogramOptions) -> str:
    """Say so when a range holds nothing of an axis; y is one in maps alone."""
    return outside_of("x", stack.x, options.xlim) or outside_of("y", stack.y, options.ylim)


def _why(stack: HistogramStack, ls: int) -> str:
    match stack.state_of(ls):
        case CellState.OTHER_BINNING:
            return f"LS {ls} has other axes than the rest of the run: {stack.other_binnings[ls]}"
        case CellState.NOT_LOADED:
            return f"LS {ls} has not come yet"
        case _:
            return f"no data for LS {ls}: DIALS has no histogram of it"


def _shown(
    stack: HistogramStack,
    histogram: Histogram,
    options: HistogramOptions,
    values: NDArray[np.floating] | None,
    norm: str | None,
    errors: NDArray[np.floating] | None,
    title: str,
) -> Shown:
    """Normalise what is to be drawn, and say how."""
    is_ratio = stack.is_ratio
    total = histogram.total
    unit_area = options.unit_area and not is_ratio
    if values is None:
        values = histogram.values
        if unit_area and total != 0:
            # an infinite bin leaves no share to the others that could be told
            values = values / total if math.isfinite(total) else np.full(values.shape, np.nan)
        norm = norm or ("unit area" if unit_area else "ratio" if is_ratio else "counts")
    return Shown(
        histogram, np.where(np.isfinite(values), values, np.nan), norm or "normalised", title, errors
    )
