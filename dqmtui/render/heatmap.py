"""Two-dimensional histograms as maps of coloured half cells, or of denser and denser characters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from dqmtui.render.cells import CellGrid, CellStyle, Rect
from dqmtui.render.raster import SPACE
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import si_number, y_ticks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame

Ramp = Literal["heat", "diverging"]
Pool = Literal["mean", "max", "extreme"]

# What a pixel can show; colour level n of the ramp is _FIRST_LEVEL + n.
_OUTSIDE, _ABSENT, _ZERO, _NEVER, _MARKED, _FIRST_LEVEL = range(6)
_BAR_WIDTH = 2
_MARK = "X"
_NEVER_CHARS = {"utf8": "\N{MIDDLE DOT}", "ascii": "x"}
"""What stands in cells of bins that were never filled."""


def draw_map(
    frame: PlotFrame,
    values: ArrayLike,
    x_edges: ArrayLike,
    y_edges: ArrayLike,
    *,
    low: float,
    high: float,
    theme: Theme,
    charset: Charset,
    log: bool = False,
    ramp: Ramp = "heat",
    pool: Pool = "mean",
    marked: tuple[int, int] | None = None,
    never: NDArray[np.bool_] | None = None,
    on: CellGrid | None = None,
) -> CellGrid:
    """Draw a map of values (ny, nx), y growing upwards, on a copy of `on`, or of the frame's grid.

    - A cell has two pixels, one above the other, with half blocks; one in ASCII and without colours.
    - With fewer bins than pixels a pixel shows the bin at its centre. With more it shows the mean of its bins
      (the largest with `pool` 'max', the one farthest from the middle of the range with 'extreme'): one
      filled bin among empty ones stays visible, and with the mean so does a dead one among filled ones. NaN
      bins are left out, a pixel is absent when all its bins are.
    - The colours of the ramp divide low to high evenly (in the logarithm with `log`); values beyond take the
      last colour. Exact zeros and absent pixels have their own colours, on the 'heat' ramp; on the
      'diverging' one zero is a value like any other. Without half blocks, characters tell the same, on the
      diverging ramp by signs.
    - On a log colour scale, negative values count as absent.
    - The bin `marked` (column, row from below) has the colour of the cursor.
    - Bins `never` filled (ny, nx), in no LS, differ from those that are 0 in this one; only on the 'heat'
      ramp with `pool` 'max', in pixels all of whose bins are such.

    Raises ValueError when the shapes do not fit or the range is not one.
    """
    array = np.asarray(values, dtype=np.float64)
    x_array, y_array = np.asarray(x_edges, dtype=np.float64), np.asarray(y_edges, dtype=np.float64)
    if array.ndim != 2 or array.shape != (y_array.size - 1, x_array.size - 1):  # noqa: PLR2004 - a map
        raise ValueError(f"values {array.shape} cannot have {y_array.size} and {x_array.size} edges")
    grid = (frame.grid if on is None else on).copy()
    area = frame.area
    if area.width < 1 or area.height < 1:
        return grid
    array = np.where(np.isinf(array), np.nan, array)
    if never is not None:
        array[never & (array == 0)] = -np.inf
    halves = charset.half is not None
    middle = (low + high) / 2
    down = area.height * (2 if halves else 1)
    pixels = pooled(array, frame.y, y_array, down, pool, middle)
    pixels = pooled(pixels.T, frame.x, x_array, area.width, pool, middle).T[::-1]
    codes = _codes(pixels, Scale(low, high, log), len(_colors(theme, ramp)), zero_apart=ramp == "heat")
    if marked is not None:
        column, row = marked
        across = _pixels_of(frame.x, x_array[column : column + 2], area.width)
        rows = _pixels_of(frame.y, y_array[row : row + 2], down)
        codes[down - rows.stop : down - rows.start, across] = _MARKED
    _paint(grid, area, codes, _Looks(theme, charset, ramp))
    return grid


def colorbar(
    height: int,
    *,
    low: float,
    high: float,
    theme: Theme,
    charset: Charset,
    log: bool = False,
    ramp: Ramp = "heat",
    never: bool = False,
    palette: Palette | None = None,
) -> CellGrid:
    """Draw the legend of a map: its colours with round numbers beside them, below them zero and no data.

    The lines for zero (on the 'heat' ramp), never filled (where `never`) and no data are left out where there
    is no height for them.
    """
    scale = Scale(low, high, log)
    legend = [(_ZERO, "0")] * (ramp == "heat") + [(_NEVER, "never")] * never + [(_ABSENT, "no data")]
    legend = legend if height >= _BAR_WIDTH * len(legend) + 6 else []
    bar_height = height - len(legend) - bool(legend)
    ticks = y_ticks(scale, bar_height, charset)
    labels = [label for _, label in ticks] + [text for _, text in legend]
    grid = CellGrid.blank(_BAR_WIDTH + 1 + max(map(len, labels), default=0), height, palette=palette)
    looks = _Looks(theme, charset, ramp)
    pixels = bar_height * (2 if charset.half is not None else 1)
    levels = _FIRST_LEVEL + (np.arange(pixels) * looks.levels) // max(pixels, 1)
    codes = np.repeat(levels[::-1, np.newaxis], _BAR_WIDTH, axis=1)
    _paint(grid, Rect(0, 0, _BAR_WIDTH, bar_height), codes, looks)
    style = CellStyle(fg=theme.roles.label)
    cells = scale.cells([value for value, _ in ticks], bar_height).tolist()
    for cell, (_, label) in zip(cells, ticks, strict=True):
        grid.put_text(_BAR_WIDTH + 1, bar_height - 1 - cell, label, style)
    for row, (code, text) in enumerate(legend, start=height - len(legend)):
        swatch = np.full((2 if charset.half is not None else 1, _BAR_WIDTH), code)
        _paint(grid, Rect(0, row, _BAR_WIDTH, 1), swatch, looks)
        grid.put_text(_BAR_WIDTH + 1, row, text, style)
    return grid


def ramp_line(scale: Scale, ramp: Ramp, theme: Theme, charset: Charset, palette: Palette) -> CellGrid:
    """Draw the colours of a ramp in one line between the numbers at its ends, one cell for each."""
    looks = _Looks(theme, charset, ramp)
    low, high = (charset.text(si_number(end)) for end in (scale.low, scale.high))
    grid = CellGrid.blank(len(low) + len(high) + looks.levels + 2, 1, palette=palette)
    style = CellStyle(fg=theme.roles.label)
    grid.put_text(0, 0, low, style)
    grid.put_text(grid.width - len(high), 0, high, style)
    codes = np.tile(_FIRST_LEVEL + np.arange(looks.levels), (1 if charset.half is None else 2, 1))
    _paint(grid, Rect(len(low) + 1, 0, looks.levels, 1), codes, looks)
    return grid


def paint_pixels(
    grid: CellGrid,
    area: Rect,
    pixels: NDArray[np.float64],
    scale: Scale,
    ramp: Ramp,
    theme: Theme,
    charset: Charset,
) -> None:
    """Paint values, a pixel each, into an area: shape (2 h, w) with half blocks, else (h, w), row 0 on top.

    Infinite ones leave the cell as it is, NaN is absent.
    """
    codes = _codes(pixels, scale, len(_colors(theme, ramp)), zero_apart=ramp == "heat")
    _paint(grid, area, codes, _Looks(theme, charset, ramp))


def _colors(theme: Theme, ramp: Ramp) -> tuple[str, ...]:
    return theme.heat if ramp == "heat" else theme.diverging


class _Looks:
    """Character and style of what a cell shows: one pixel, or a pair of them."""

    def __init__(self, theme: Theme, charset: Charset, ramp: Ramp) -> None:
        colors = _colors(theme, ramp)
        self.levels = len(colors)
        self.half = charset.half
        cursor = theme.roles.cursor
        roles = theme.roles
        self._colors = (None, roles.heat_absent, roles.heat_zero, roles.heat_never, cursor, *colors)
        self._absent = (ord(charset.glyphs(theme).absent), theme.roles.absent)
        self._never = (ord(_NEVER_CHARS[charset.name]), roles.label)
        self._shades = charset.shades if ramp == "heat" else charset.signs
        self._diverging = ramp == "diverging"

    def pair(self, upper: int, lower: int) -> tuple[int, CellStyle]:
        """Look of a cell with two pixels."""
        if upper == lower:
            if upper == _ABSENT:
                return self._absent[0], CellStyle(fg=self._absent[1], bg=self._colors[_ABSENT])
            if upper == _NEVER:
                return self._never[0], CellStyle(fg=self._never[1], bg=self._colors[_NEVER])
            return SPACE, CellStyle(bg=self._colors[upper])
        if upper == _OUTSIDE:
            return ord("▄"), CellStyle(fg=self._colors[lower])
        return ord("▀"), CellStyle(fg=self._colors[upper], bg=self._colors[lower])

    def single(self, code: int) -> tuple[int, CellStyle]:
        """Look of a cell that is one pixel: the character tells its level."""
        if code == _ABSENT:
            return self._absent[0], CellStyle(fg=self._absent[1])
        if code == _NEVER:
            return self._never[0], CellStyle(fg=self._never[1])
        if code == _MARKED:
            return ord(_MARK), CellStyle(fg=self._colors[_MARKED], bold=True, reverse=True)
        if code < _FIRST_LEVEL:
            return SPACE, CellStyle()
        level = code - _FIRST_LEVEL
        shade = level * self._shades.size // self.levels
        # What is close to the background is too close for a thin character: the low end of a ramp, and the
        # middle of a diverging one.
        visible = (self.levels + level) // 2
        if self._diverging:
            visible = level // 2 if 2 * level < self.levels else visible
        return int(self._shades[shade]), CellStyle(fg=self._colors[_FIRST_LEVEL + visible])


def _paint(grid: CellGrid, area: Rect, codes: NDArray[np.intp], looks: _Looks) -> None:
    """Write pixels, shape (2 h, w) with half blocks or (h, w), row 0 on top; looks are made once per kind."""
    kinds = _FIRST_LEVEL + looks.levels
    cells = codes if looks.half is None else codes[0::2] * kinds + codes[1::2]
    present = np.flatnonzero(np.bincount(cells.ravel(), minlength=kinds if looks.half is None else kinds**2))
    chars = np.zeros(kinds if looks.half is None else kinds**2, dtype=np.uint32)
    styles = np.zeros(chars.size, dtype=np.uint16)
    for kind in present.tolist():
        char, style = looks.single(kind) if looks.half is None else looks.pair(*divmod(kind, kinds))
        chars[kind], styles[kind] = char, grid.palette.index(style)
    outside = cells == _OUTSIDE  # for a pair as well: both pixels are outside
    np.copyto(grid.chars[area.slices], chars[cells], where=~outside)
    np.copyto(grid.styles[area.slices], styles[cells], where=~outside)


def _codes(pixels: NDArray[np.float64], scale: Scale, levels: int, *, zero_apart: bool) -> NDArray[np.intp]:
    """Say what each pixel shows; outside pixels come as infinity, never filled ones as minus infinity."""
    outside = np.isposinf(pixels)
    never = np.isneginf(pixels)
    inside = np.where(outside, np.nan, np.where(never, 0.0, pixels))
    place = scale.position(inside)
    level = np.clip(np.nan_to_num(place) * levels, 0, levels - 1).astype(np.intp)
    codes = np.where(np.isnan(place), _ABSENT, _FIRST_LEVEL + level)
    if zero_apart:
        codes[inside == 0] = _ZERO
        codes[never] = _NEVER
    codes[outside] = _OUTSIDE
    return codes


def _pixels_of(scale: Scale, edges: NDArray[np.float64], pixels: int) -> slice:
    """Pixels whose centre lies between two edges, or the one that holds the bin's centre; none outside."""
    low, high = (np.nan_to_num(scale.position(edges), nan=-1.0) * pixels).tolist()
    if high <= 0 or low >= pixels:
        return slice(0, 0)
    first, last = max(math.ceil(low - 0.5), 0), min(math.ceil(high - 0.5), pixels)
    if first >= last:
        first = min(max(int((low + high) / 2), 0), pixels - 1)
        last = first + 1
    return slice(first, last)


def pooled(
    values: NDArray[np.float64],
    scale: Scale,
    edges: NDArray[np.float64],
    pixels: int,
    pool: Pool,
    middle: float = 0.0,
) -> NDArray[np.float64]:
    """Put bins along the first axis, shape (n, m), on pixels of a scale; infinity where there is no bin."""
    place = np.nan_to_num(scale.position(edges), nan=-1.0) * pixels
    centres = np.arange(pixels) + 0.5
    first = int(np.searchsorted(place, 0.0, side="right")) - 1
    last = int(np.searchsorted(place, pixels, side="left"))
    visible = max(last - max(first, 0), 0)
    if visible > pixels:
        centre = (place[:-1] + place[1:]) / 2
        starts = np.searchsorted(centre, np.arange(pixels + 1), side="left")
        out = reduced(values[: starts[-1]], starts[:-1], pool, middle)
    else:
        nearest = np.clip(np.searchsorted(place, centres, side="right") - 1, 0, values.shape[0] - 1)
        out = values[nearest].copy()
    out[(centres < place[0]) | (centres >= place[-1])] = np.inf
    return out


def reduced(
    values: NDArray[np.floating], starts: NDArray[np.intp], pool: Pool, middle: float = 0.0
) -> NDArray[np.float64]:
    """Reduce groups of rows that begin at `starts`; a group without rows takes the row at its start.

    To their mean, their largest value, or the one farthest from `middle`, NaN left out.
    """
    starts = np.minimum(starts, values.shape[0] - 1)
    if pool != "mean":
        highest = np.asarray(np.fmax.reduceat(values, starts, axis=0), dtype=np.float64)
        if pool == "max":
            return highest
        lowest = np.asarray(np.fmin.reduceat(values, starts, axis=0), dtype=np.float64)
        return np.where(highest - middle >= middle - lowest, highest, lowest)
    known = ~np.isnan(values)
    counts = np.add.reduceat(known, starts, axis=0, dtype=np.intp)
    sums = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
