"""A histogram as SVG: steps with its references and a panel under them, or a map as one small image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.colours import gradient, levels_of, ramp
from dqmtui.export.plots import PULL, RATIO, HistogramShown
from dqmtui.export.png_image import data_uri, indexed_png
from dqmtui.export.report import plain_unit
from dqmtui.export.svg import Scale, bars_path, closed_steps, scale_of, steps_path
from dqmtui.export.svg_frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    LEGEND_ROW,
    RIGHT,
    TOP,
    WIDTH,
    Drawing,
    dashes_of,
    draw_frame,
    draw_legend,
    in_words,
    top_under,
    units_of,
)
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.integrate import Integral

    Floats = NDArray[np.float64]

PANEL = 210
"""Height of the panel of a comparison, and the room under it."""

LEVELS = 64
_BAR = 190
"""Width of the colours of a map and their numbers."""

_MIDDLE = {RATIO: 1.0}
_WHOLE, _MOST = 0.5, 99.5
"""Percentiles at which the colours of a comparison end."""


def histogram_svg(
    shown: HistogramShown,
    *,
    alone: bool = False,
    name: str = "",
    size: tuple[float, float] | None = None,
    colour_bar: bool = True,
) -> str:
    """Draw a histogram; `alone` makes a file of its own, in a page it has a `name` that no other has.

    `size` are width and height in pixels of the place that it is drawn for, None for the usual shape; a map
    without a `colour_bar` takes the whole width.
    """
    drawing = _drawing(shown, name)
    if shown.current.x is None:
        _fit(drawing, size)
        masked = shown.current.masked or "no histogram"
        drawing.text(drawing.width // 2, drawing.height // 2, masked, "s m")
    elif shown.current.y is not None:
        _draw_map(drawing, shown, shown.current.x, shown.current.y, size, colour_bar=colour_bar)
    else:
        _draw_curve(drawing, shown, shown.current.x, size)
    return drawing.svg(alone=alone)


def _fit(drawing: Drawing, size: tuple[float, float] | None, more: int = 0) -> None:
    """Take the room of a size, or the usual one; `more` is the height that is needed besides the axes."""
    drawing.width, drawing.height = (WIDTH, HEIGHT + more) if size is None else units_of(size, more)


def _drawing(shown: HistogramShown, name: str) -> Drawing:
    current = shown.current
    numbers = f"{si_number(current.total, 5)} in the bins, {current.entries} entries, {current.n_ls} LS"
    said = in_words(
        [shown.title, current.label, numbers, current.masked, *(one.label for one in shown.beside)]
    )
    return Drawing(f"{shown.element.me}, run {shown.origin.run}", said, name=name)


# -- curves --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The bins that are in sight: edges (n + 1,), and which of the bins they are."""

    edges: Floats
    rows: slice


def _draw_curve(
    drawing: Drawing, shown: HistogramShown, axis: Axis, size: tuple[float, float] | None
) -> None:
    residual = shown.residual()
    height = PANEL if residual is not None else 0
    legend = _legend(shown)
    # a narrow picture has no room for a legend beside its title
    beside = 1 if size is None else 0
    top = top_under(legend, beside=beside)
    _fit(drawing, size, height + top - TOP)
    options, bottom = shown.options, drawing.height - height - BOTTOM
    curve = _in_sight(axis, shown)
    log_x = bool(options.log_x) and curve.edges[0] > 0
    x = Scale(curve.edges[0], curve.edges[-1], LEFT, drawing.width - RIGHT, log=log_x)
    values = _finite(shown.values[curve.rows])
    others = [
        _finite(one.overlay.reference.values[curve.rows]) for one in shown.shown if one.overlay is not None
    ]
    y = scale_of(
        np.concatenate([values, *others]), bottom, top, log=bool(options.log_y), from_zero=not options.log_y
    )
    if options.y_range is not None:
        low, high = options.y_range
        if options.log_y and low <= 0:
            # a log axis begins at the smallest value that is drawn
            low = min(y.low, high / 10)
        y = Scale(low, high, bottom, top, log=bool(options.log_y) and low > 0)
    draw_frame(
        drawing,
        x,
        y,
        x_name=options.x_label or shown.element.short_name,
        y_name=options.y_label or plain_unit(shown.current.label),
        title=f"Run {shown.origin.run}, {shown.title}",
        has_x=residual is None,
    )
    edges = x.at(curve.edges)
    clip = _clipped(drawing, x, y, "clip")
    heights = y.at(values)
    floor = y.start if y.log or y.low >= 0 else y.one(0.0)
    drawing.add(f"<g{clip}>")
    drawing.path("c", closed_steps(edges, heights, floor))
    if shown.current.n_ls and not shown.current.is_ratio:
        errors = _finite(shown.current.errors[curve.rows])
        middle = (edges[:-1] + edges[1:]) / 2
        low_end = values - errors if not y.log else np.maximum(values - errors, y.low)
        drawing.path("b", bars_path(middle, y.at(low_end), y.at(values + errors)))
    drawing.path("l", steps_path(edges, heights))
    for number, bins in enumerate(others):
        drawing.path(f"r{number % 6}", steps_path(edges, y.at(bins)), dashes_of(number))
    drawing.add("</g>")
    draw_legend(drawing, x, legend, beside=beside)
    if shown.current.masked:
        drawing.text((x.start + x.end) // 2, (top + bottom) // 2, shown.current.masked, "s m")
    if residual is not None:
        _draw_panel(drawing, shown, x, edges, residual[0][curve.rows], bottom)


def _legend(shown: HistogramShown) -> list[tuple[str, str, str]]:
    """Name the histogram and its references, where there are any."""
    others = [
        (f"r{number % 6}", dashes_of(number), _counted(one.label, one.overlay.reference))
        for number, one in enumerate(shown.shown)
        if one.overlay is not None
    ]
    return [("l", "", _counted(f"{shown.current.n_ls} LS", shown.current)), *others] if others else []


def _draw_panel(
    drawing: Drawing, shown: HistogramShown, x: Scale, edges: Floats, values: Floats, above: int
) -> None:
    """Draw the comparison with the first reference under the histogram, whose axes end at `above`."""
    top, bottom = above + 24, above + PANEL
    middle = _MIDDLE.get(shown.comparison, 0.0)
    finite = np.abs(values[np.isfinite(values)] - middle)
    least = 5.0 if shown.comparison == PULL else 1e-12
    reach = max(float(np.percentile(finite, _MOST)) * 1.1 if finite.size else 1.0, least)
    y = Scale(middle - reach, middle + reach, bottom, top)
    draw_frame(
        drawing, x, y, x_name=shown.options.x_label or shown.element.short_name, y_name=shown.comparison
    )
    clip = _clipped(drawing, x, y, "below")
    drawing.add(f"<g{clip}>")
    drawing.path("f", f"M{x.start} {y.one(middle)}H{x.end}")
    drawing.path("l", steps_path(edges, y.at(values)))
    drawing.add("</g>")


def _finite(values: Floats) -> Floats:
    """Give the values, NaN where they are no numbers that could be drawn."""
    return np.where(np.isfinite(values), values, np.nan)


def _in_sight(axis: Axis, shown: HistogramShown) -> _Curve:
    """Give the bins between the limits of x; on a log axis those whose low edge is above 0."""
    edges = axis.edges
    low, high = shown.options.x_range or (axis.low, axis.high)
    first = int(np.searchsorted(edges, low, side="right")) - 1
    last = int(np.searchsorted(edges, high, side="left"))
    if shown.options.log_x:
        first = max(first, int(np.searchsorted(edges, 0.0, side="right")))
    first, last = max(first, 0), min(last, axis.n)
    if last <= first:
        first, last = 0, axis.n
    return _Curve(edges[first : last + 1], slice(first, last))


def _clipped(drawing: Drawing, x: Scale, y: Scale, part: str) -> str:
    """Keep what is drawn inside the axes."""
    # where several have no name of their own, the same name is the same shape
    name = f"{drawing.name}{part}{y.end}-{y.start}-{x.end}"
    drawing.add(
        f'<clipPath id="{name}"><rect x="{x.start}" y="{y.end - 2}" width="{x.end - x.start}" '
        f'height="{y.start - y.end + 4}"/></clipPath>'
    )
    return f' clip-path="url(#{name})"'


def _counted(label: str, integral: Integral) -> str:
    return f"{label}: {si_number(integral.total, 4)}"


# -- maps ----------------------------------------------------------------------------------------------


def _draw_map(
    drawing: Drawing,
    shown: HistogramShown,
    x_axis: Axis,
    y_axis: Axis,
    size: tuple[float, float] | None,
    *,
    colour_bar: bool,
) -> None:
    """Draw a map as an image of indexed colours; a comparison takes the place of the bins.

    An image is the smallest: a rectangle of SVG takes some twenty characters, a cell of the image about one.
    """
    residual = shown.residual()
    parted = residual is not None
    values = shown.values if residual is None else residual[0]
    # a narrow picture has no room for what the colours are beside its title
    top = TOP + LEGEND_ROW if colour_bar and size is not None else TOP
    _fit(drawing, size, top - TOP)
    x = Scale(x_axis.low, x_axis.high, LEFT, drawing.width - RIGHT - (_BAR if colour_bar else 0))
    y = Scale(y_axis.low, y_axis.high, drawing.height - BOTTOM, top)
    what = shown.comparison if parted else plain_unit(shown.current.label)
    title = f"Run {shown.origin.run}, {shown.title}" + (
        f", {what} to {shown.shown[0].label}" if parted else ""
    )
    image = MapImage.of(
        values, log=bool(shown.options.log_y) and not parted, middle=_middle(shown, parted=parted)
    )
    draw_frame(
        drawing, x, y, x_name=shown.options.x_label or "", y_name=shown.options.y_label or "", title=title
    )
    drawing.add(
        f'<image x="{x.start}" y="{y.end}" width="{x.end - x.start}" height="{y.start - y.end}" '
        f'preserveAspectRatio="none" href="{image.uri}"/>'
    )
    drawing.path("f", f"M{x.start} {y.end}V{y.start}H{x.end}")
    if colour_bar:
        _draw_colours(drawing, image, what, y)
    if shown.current.masked:
        drawing.text((x.start + x.end) // 2, drawing.height // 2, shown.current.masked, "s m")


def _middle(shown: HistogramShown, *, parted: bool) -> float | None:
    return _MIDDLE.get(shown.comparison, 0.0) if parted else None


@dataclass(frozen=True, slots=True, eq=False)
class MapImage:
    """A map as an image: its address, and the numbers at the ends of its colours."""

    uri: str
    low: float
    high: float
    log: bool = False
    parted: bool = False

    @classmethod
    def of(
        cls,
        values: Floats,
        *,
        log: bool = False,
        middle: float | None = None,
        limits: tuple[float, float] | None = None,
        levels: int = LEVELS,
    ) -> MapImage:
        """Colour the cells of `values` (ny, nx), row 0 lowest; those without a value are left clear.

        So are empty cells, unless the numbers are those of a comparison around a `middle`.
        """
        cells = np.where(values == 0, np.nan, values) if middle is None else values
        finite = cells[np.isfinite(cells)]
        log = log and bool((finite > 0).any())
        if log:
            finite = finite[finite > 0]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        if middle is not None:
            ends = np.percentile(finite, [_WHOLE, _MOST]) if finite.size else np.array([middle, middle])
            reach = float(np.max(np.abs(ends - middle))) or 1.0
            low, high = middle - reach, middle + reach
        elif not log:
            low = min(low, 0.0)
        if limits is not None:
            low, high = limits
        shade = (low, high)
        if log:
            with np.errstate(divide="ignore", invalid="ignore"):
                cells = np.log10(np.where(cells > 0, cells, np.nan))
            shade = (float(np.log10(low)), float(np.log10(high)))
        pixels = levels_of(cells[::-1], *shade, levels)
        colours = [(255, 255, 255), *ramp(levels, parted=middle is not None)]
        return cls(data_uri(indexed_png(pixels, colours, clear=True)), low, high, log, middle is not None)


def _draw_colours(drawing: Drawing, image: MapImage, name: str, beside: Scale) -> None:
    """Draw what the colours mean, beside the y axis of the map."""
    right = drawing.width - RIGHT
    left, top, bottom = right - _BAR + 34, beside.end, beside.start
    known = f"{drawing.name}{'parted' if image.parted else 'rising'}"
    stops = "".join(
        f'<stop offset="{offset:g}" stop-color="{colour}"/>'
        for offset, colour in gradient(parted=image.parted)
    )
    drawing.add(
        f'<linearGradient id="{known}" x2="0" y1="1" y2="0">{stops}</linearGradient>'
        f'<rect x="{left}" y="{top}" width="28" height="{bottom - top}" fill="url(#{known})"/>'
    )
    scale = Scale(
        image.low, image.high if image.high > image.low else image.low + 1, bottom, top, log=image.log
    )
    for at, label in scale.ticks(5):
        drawing.path("f", f"M{left + 28} {at}h6")
        drawing.text(left + 40, at + 8, label, "s")
    drawing.text(right, top - 22, name, "s e")
