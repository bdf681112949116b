"""Every lumisection of an element as a small picture: paths and images with as little text as can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.report import plain_unit
from dqmtui.export.svg import Scale, closed_steps, steps_path, text_of
from dqmtui.export.svg_histogram import MapImage
from dqmtui.model.lsmask import LSMask
from dqmtui.model.sums import each_ls
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.sums import Sums

    Floats = NDArray[np.float64]

HEIGHT = 90
"""Levels of the height of a bin in a small picture, and their number of units."""

_BIN, _WIDEST = 2, 240
_MAP = (40, 30)
"""Cells of a small map at the most, across and up; more are put together."""

_THIN = 'vector-effect="non-scaling-stroke"'
_LEVELS = 15
_HIGHEST = 99.8
"""Percentile of the bins at which all pictures end, so that one hot bin does not flatten the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """The LS of `wanted` of a run, each by itself, in the normalisation of `divisors`.

    `reference` are the bins for one LS of what is drawn behind curves, and `reference_label` what it is.
    `marked` are LS that stand out, as those that were noted.
    """

    stack: HistogramStack
    divisors: Divisors
    wanted: LSMask
    reference: Floats | None = None
    reference_label: str = ""
    marked: LSMask = field(default_factory=LSMask)


def tiles_html(tiles: Tiles, name: str) -> str:
    """Draw the LS in a grid that needs no script: a picture that is chosen becomes large.

    `name` is that of the grid in the page. All pictures have the same axes.
    """
    sums = each_ls(tiles.stack, tiles.divisors)
    rows = np.flatnonzero(tiles.wanted.selects(sums.ls)).tolist()
    drawn = [row for row in rows if np.isfinite(sums.divisor[row])]
    missing = LSMask.from_numbers(sums.ls[[row for row in rows if not np.isfinite(sums.divisor[row])]])
    if not drawn or tiles.stack.x is None:
        return '<p class="soft">None of these lumisections can be shown.</p>'
    is_map = tiles.stack.y is not None
    made = _maps(sums, drawn, tiles) if is_map else _curves(sums, drawn, tiles, name)
    head, pictures = next(made), list(made)
    totals = tiles.stack.totals
    cells = []
    for row, picture in zip(drawn, pictures, strict=True):
        ls = int(sums.ls[row])
        kind = ' class="bad"' if ls in tiles.marked else ""
        said = f"LS {ls}: {si_number(float(totals[row]), 3)}"
        place = f"{name}-{ls}"
        cells.append(f'<a id="{place}" href="#{place}"{kind}>{picture.replace("@", said)}<b>{ls}</b></a>')
    note = f"<p class='soft'>Without a picture: LS {text_of(str(missing))}</p>" if missing else ""
    return (
        f'{head}{note}<p class="soft noprint">A click makes one large; <a href="#{name}">all small</a></p>'
        f'<div class="tiles" id="{name}">{"".join(cells)}</div>'
    )


def _curves(sums: Sums, rows: list[int], tiles: Tiles, name: str) -> Iterator[str]:
    """Give what all curves have in common, then each of them."""
    axis = tiles.stack.x
    if axis is None:
        return
    width = min(_BIN * axis.n, _WIDEST)
    values = _values(sums, rows)
    reference = tiles.reference
    high = _high(values)
    if reference is not None:
        high = max(high, float(np.nanmax(reference, initial=0.0)) * 1.05)
    low = min(float(np.nanmin(values, initial=0.0)), 0.0)
    y = Scale(low, high, HEIGHT, 2)
    edges = Scale(axis.low, axis.high, 0, width).at(axis.edges)
    box = f'viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none"'
    shared = ""
    words = f"x from {axis.low:g} to {axis.high:g}, y from {low:g} to {high:.4g}, {plain_unit(sums.label)}"
    if reference is not None:
        path = steps_path(edges, y.at(reference))
        shared = f'<svg class="p shared" {box}><path id="{name}r" {_THIN} d="{path}"/></svg>'
        words += f"; the line: {tiles.reference_label}"
    yield f'<p class="soft">{text_of(words)}</p>{shared}'
    behind = "" if reference is None else f'<use class="r0" href="#{name}r"/>'
    floor = y.one(0.0)
    for bins in values:
        shape = closed_steps(edges, y.at(np.minimum(bins, high * 2)), floor)
        yield f'<svg class="p" role="img" {box}><title>@</title><path class="c" d="{shape}"/>{behind}</svg>'


def _maps(sums: Sums, rows: list[int], tiles: Tiles) -> Iterator[str]:
    """Give what all maps have in common, then each of them."""
    values = [_coarser(_values(sums, [row])[0], is_mean=sums.is_ratio) for row in rows]
    high = _high(np.array(values))
    ny, nx = values[0].shape
    axis_x, axis_y = tiles.stack.x, tiles.stack.y
    same = axis_x is not None and axis_y is not None and (ny, nx) == (axis_y.n, axis_x.n)
    put = "" if same else f" of {nx} by {ny} cells, each several bins"
    words = (
        f"Maps{put}, colours from 0 (light) to {high:.4g} (dark), empty ones clear, {plain_unit(sums.label)}"
    )
    yield f'<p class="soft">{text_of(words)}</p>'
    for cells in values:
        image = MapImage.of(cells, limits=(0.0, high), levels=_LEVELS)
        yield f'<img alt="@" src="{image.uri}">'


def _values(sums: Sums, rows: list[int]) -> Floats:
    """Give the bins of some rows as they are shown, (m, ...)."""
    divisor = sums.divisor[rows]
    beside = divisor.reshape(-1, *(1,) * (sums.counts.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Floats = sums.counts[rows].astype(np.float64) / np.where(beside > 0, beside, np.nan)
    return values


def _high(values: Floats) -> float:
    """Give where the axis ends: above nearly all bins of all LS that are not empty."""
    finite = values[np.isfinite(values) & (values != 0)]
    if not finite.size:
        return 1.0
    per_ls = np.nanmax(values.reshape(len(values), -1), axis=1, initial=0.0)
    high = float(np.percentile(per_ls[np.isfinite(per_ls)], _HIGHEST)) * 1.05
    return high if high > 0 else 1.0


def _coarser(cells: Floats, *, is_mean: bool) -> Floats:
    """Put cells together until there are few enough; those left over at the ends stand in the last ones."""
    found = cells
    for axis, most in ((1, _MAP[0]), (0, _MAP[1])):
        size = found.shape[axis]
        step = -(-size // most)
        starts = np.arange(0, size, step)
        sums = np.add.reduceat(found, starts, axis=axis)
        if is_mean:
            counts = np.diff(np.append(starts, size))
            sums = sums / (counts[None, :] if axis else counts[:, None])
        found = sums
    return np.asarray(found)
