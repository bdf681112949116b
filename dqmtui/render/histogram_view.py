"""The picture of one lumisection's histogram, 1D or 2D, with its line of numbers."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.states import CellState
from dqmtui.model.trend import moments
from dqmtui.render.bars import draw_bars
from dqmtui.render.cells import CellGrid, CellStyle, Rect
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import colorbar, draw_map
from dqmtui.render.points import draw_steps
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import Histogram, HistogramStack
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame

COLORBAR_WIDTH = 12
"""Cells beside a map for two of colour, a gap on either side, and 'no data'."""
MARGIN = 12
"""Cells on either side of a sentence, so that it leaves the axis alone."""

SMALLEST = Rect(0, 0, 20, 6)
_KEPT_FRAMES = 24
_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class HistogramOptions:
    """How a histogram is drawn.

    `log` y (or colours), the range of the whole run or of this LS, unit area or counts.
    """

    log: bool = False
    whole_run: bool = True
    unit_area: bool = False


def round_up(value: float) -> float:
    """Round a positive value up to 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * (1 - 1e-12))


class HistogramView:
    """Draws the lumisections of a stack one after another.

    The frame is drawn by plotext and kept as long as size, axes, range and theme stay the same; the limits
    are rounded up so that they seldom change. Only the bins are drawn anew for every LS.
    """

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._theme = theme
        self._charset = charset
        self._palette = palette
        self._frames: OrderedDict[tuple[object, ...], PlotFrame] = OrderedDict()

    def draw(
        self,
        stack: HistogramStack,
        ls: int,
        width: int,
        height: int,
        options: HistogramOptions,
        reference: NDArray[np.floating] | None = None,
    ) -> CellGrid:
        """Draw one LS into width x height cells; an LS without histogram is said in words.

        `reference` (nx,) are the bins of a 1D reference on the same axis and in the same normalisation: they
        are drawn as an outline over the bars, and the y range holds them.
        """
        histogram = stack.histogram(ls)
        if histogram is None:
            return self.words(
                self._why(stack, ls),
                width,
                height,
                title=f"LS {ls}",
                frame=self._bare(stack, width, height, options),
            )
        values = self._normalised(stack, histogram, options)
        canvas = self._canvas(width, height)
        self._line(canvas, stack, histogram, options)
        if width >= SMALLEST.width and height - 1 >= SMALLEST.height:
            shown = values if reference is None else np.concatenate([values.ravel(), reference])
            scale = self._scale(stack, shown, options)
            picture = self._picture(histogram, values, scale, width, height - 1, reference)
            canvas.paste(picture, 0, 1)
        if histogram.is_empty:
            self._centre(canvas, f"LS {ls} is empty: its histogram is there, but the bins sum to 0")
        return canvas

    def words(
        self, text: str, width: int, height: int, *, title: str = "", frame: PlotFrame | None = None
    ) -> CellGrid:
        """Draw a sentence in place of a histogram."""
        canvas = self._canvas(width, height)
        if frame is not None:
            canvas.paste(frame.grid, 0, 1)
        canvas.put_text(1, 0, title, self._style(self._theme.roles.title, bold=True))
        self._centre(canvas, text)
        return canvas

    # -- parts -------------------------------------------------------------------------------------------

    def _style(self, color: str, *, bold: bool = False) -> CellStyle:
        return CellStyle(fg=color, bg=self._theme.background, bold=bold)

    def _canvas(self, width: int, height: int) -> CellGrid:
        return CellGrid.blank(
            max(width, 0), max(height, 0), self._style(self._theme.roles.label), self._palette
        )

    def _centre(self, canvas: CellGrid, text: str) -> None:
        lines = _wrapped(self._charset.text(text), max(10, canvas.width - 2 * MARGIN))
        top = max(1, (canvas.height - len(lines)) // 2)
        for row, line in enumerate(lines):
            canvas.put_text(
                (canvas.width - len(line) - 2) // 2,
                top + row,
                f" {line} ",
                self._style(self._theme.roles.title),
            )

    def _why(self, stack: HistogramStack, ls: int) -> str:
        match stack.state_of(ls):
            case CellState.OTHER_BINNING:
                return f"LS {ls} has other axes than the rest of the run: {stack.other_binnings[ls]}"
            case CellState.NOT_LOADED:
                return f"LS {ls} has not come yet"
            case _:
                return f"no data for LS {ls}: DIALS has no histogram of it"

    def _normalised(
        self, stack: HistogramStack, histogram: Histogram, options: HistogramOptions
    ) -> NDArray[np.floating]:
        total = histogram.total
        if options.unit_area and total != 0 and not stack.is_ratio:
            return histogram.values / total
        return histogram.values

    def _scale(self, stack: HistogramStack, values: NDArray[np.floating], options: HistogramOptions) -> Scale:
        low, high, smallest = self._limits(stack, values, options)
        if options.log:
            if high <= 0:
                return Scale(0.1, 1.0, log=True)
            low = 10.0 ** math.floor(math.log10(smallest if 0 < smallest < high else high / 10))
            return Scale(low, max(round_up(high * 1.2), low * 10), log=True)
        top = round_up(high * 1.04) if high > 0 else 0.0
        bottom = -round_up(-low * 1.04) if low < 0 else 0.0
        return Scale(bottom, top) if bottom < top else Scale(bottom, 1.0)

    def _limits(
        self, stack: HistogramStack, values: NDArray[np.floating], options: HistogramOptions
    ) -> tuple[float, float, float]:
        """Lowest and highest content, and smallest above 0, of what is shown and, if asked, of the run."""
        rows = stack.present
        finite = values[np.isfinite(values)]
        positive = finite[finite > 0]
        smallest = float(positive.min()) if positive.size else 1.0
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if not options.whole_run or not rows.any():
            return low, high, smallest
        lowest, highest = stack.lowest[rows], stack.highest[rows]
        if options.unit_area and not stack.is_ratio:
            totals = stack.totals[rows]
            filled = totals != 0
            if not filled.any():
                return low, high, smallest
            lowest, highest = lowest[filled] / totals[filled], highest[filled] / totals[filled]
        elif not stack.is_ratio:
            # counts start at 1
            smallest = min(smallest, 1.0)
        low = min([low, *lowest[np.isfinite(lowest)].tolist()])
        high = max([high, *highest[np.isfinite(highest)].tolist()])
        return low, high, smallest

    def _frame(
        self, width: int, height: int, x: Axis, y: Scale, bins: tuple[int, int] | None = None
    ) -> PlotFrame:
        key = (width, height, x, y, bins)
        frame = self._frames.get(key)
        if frame is None:
            frame = plot_frame(
                width,
                height,
                x=Scale(x.low, x.high),
                y=y,
                theme=self._theme,
                charset=self._charset,
                palette=self._palette,
                bins=bins,
            )
            self._frames[key] = frame
            while len(self._frames) > _KEPT_FRAMES:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        return frame

    def _map_frame(self, width: int, height: int, x: Axis, y: Axis) -> PlotFrame:
        return self._frame(width - COLORBAR_WIDTH, height, x, Scale(y.low, y.high), (x.n, y.n))

    def _picture(
        self,
        histogram: Histogram,
        values: NDArray[np.floating],
        scale: Scale,
        width: int,
        height: int,
        reference: NDArray[np.floating] | None,
    ) -> CellGrid:
        if histogram.y is None:
            edges = histogram.x.edges
            frame = self._frame(width, height, histogram.x, scale)
            bars = draw_bars(frame, edges, values, theme=self._theme, charset=self._charset)
            if reference is None:
                return bars
            return draw_steps(frame, edges, reference, theme=self._theme, charset=self._charset, on=bars)
        canvas = self._canvas(width, height)
        frame = self._map_frame(width, height, histogram.x, histogram.y)
        picture = draw_map(
            frame,
            values,
            histogram.x.edges,
            histogram.y.edges,
            low=scale.low,
            high=scale.high,
            log=scale.log,
            theme=self._theme,
            charset=self._charset,
        )
        canvas.paste(picture, 0, 0)
        bar = colorbar(
            frame.area.height,
            low=scale.low,
            high=scale.high,
            log=scale.log,
            theme=self._theme,
            charset=self._charset,
            palette=self._palette,
        )
        canvas.paste(bar, frame.area.right + 2, frame.area.y)
        return canvas

    def _bare(
        self, stack: HistogramStack, width: int, height: int, options: HistogramOptions
    ) -> PlotFrame | None:
        """Give the frame alone, for an LS without histogram, so that the axes do not jump away."""
        if stack.x is None or width < SMALLEST.width or height - 1 < SMALLEST.height:
            return None
        if stack.y is not None:
            return self._map_frame(width, height - 1, stack.x, stack.y)
        return self._frame(width, height - 1, stack.x, self._scale(stack, np.zeros(1), options))

    def _line(
        self, canvas: CellGrid, stack: HistogramStack, histogram: Histogram, options: HistogramOptions
    ) -> None:
        """Write the LS and its numbers above the plot."""
        norm = (
            "unit area"
            if options.unit_area and not stack.is_ratio
            else "ratio"
            if stack.is_ratio
            else "counts"
        )
        head = f"LS {histogram.ls}"
        canvas.put_text(1, 0, head, self._style(self._theme.roles.current, bold=True))
        numbers = [norm, f"entries {si_number(histogram.entries)}", f"sum {si_number(histogram.total)}"]
        if not histogram.is_empty:
            numbers += self._statistics(histogram)
        text = "   ".join(numbers)
        room = canvas.width - len(head) - 5
        while len(text) > room and len(numbers) > 1:
            numbers.pop()
            text = "   ".join(numbers)
        canvas.put_text(len(head) + 4, 0, self._charset.text(text), self._style(self._theme.roles.label))

    def _statistics(self, histogram: Histogram) -> list[str]:
        total = np.array([histogram.total])
        if histogram.y is None:
            bins = histogram.values[np.newaxis].astype(np.float64)
            mean, variance = moments(bins, total, histogram.x.centres)
            found = [f"mean {si_number(mean[0], 4)}"]
            if variance[0] >= 0:
                # bins of a ratio can be negative, and then there is no spread to tell of
                found.append(f"std {si_number(math.sqrt(variance[0]), 4)}")
        else:
            filled = np.count_nonzero(histogram.values) / histogram.values.size
            found = [f"occupied {filled:.1%}"]
        outside = histogram.outside_fraction
        return found if math.isnan(outside) else [*found, f"outside {outside:.2%}"]


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
