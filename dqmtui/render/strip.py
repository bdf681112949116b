"""The LS strip: rows of one cell each for a group of lumisections, on the columns of the plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.raster import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.scale import Scale


@dataclass(frozen=True, slots=True)
class StripState:
    """How one state looks: a role of the theme for the colour and the name of one of its glyphs."""

    role: str
    glyph: str


def columns_of(x: ArrayLike, scale: Scale, width: int) -> NDArray[np.intp]:
    """Column of each x (LS numbers) on an axis of `width` cells, as the plots have it; -1 outside."""
    return scale.cells(x, width)


def strip_row(
    states: ArrayLike,
    columns: ArrayLike,
    width: int,
    *,
    legend: Sequence[StripState],
    theme: Theme,
    charset: Charset,
    palette: Palette | None = None,
) -> CellGrid:
    """Draw one row in which each cell shows the highest state of its LS, as `legend[state]` says.

    `states` (n,) are indices into `legend`, which is sorted by growing urgency, so that one bad LS is seen
    among many good ones; -1 is no state. `columns` (n,) come from `columns_of`. Cells without LS are blank.
    Raises ValueError when a state is not in the legend.
    """
    state = np.asarray(states, dtype=np.intp)
    column = np.asarray(columns, dtype=np.intp)
    if state.size and int(state.max()) >= len(legend):
        raise ValueError(f"state {int(state.max())} is not among the {len(legend)} of the legend")
    highest = np.full(width, -1, dtype=np.intp)
    seen = (column >= 0) & (column < width)
    np.maximum.at(highest, column[seen], state[seen])
    grid = CellGrid.blank(width, 1, palette=palette)
    glyphs = charset.glyphs(theme)
    chars = np.array([*(ord(getattr(glyphs, entry.glyph)) for entry in legend), SPACE], dtype=np.uint32)
    looks = [grid.palette.index(CellStyle(fg=theme.role(entry.role))) for entry in legend]
    grid.chars[0] = chars[highest]
    grid.styles[0] = np.array([*looks, 0], dtype=np.uint16)[highest]
    return grid


def strip_values(
    values: ArrayLike,
    columns: ArrayLike,
    width: int,
    *,
    low: float,
    high: float,
    theme: Theme,
    charset: Charset,
    role: str = "current",
    rows: int = 1,
    waiting: ArrayLike | None = None,
    palette: Palette | None = None,
) -> CellGrid:
    """Draw bars, `rows` high, in which each column shows the mean of its LS between low and high.

    A value over low shows at least the smallest bar, one over high a full one. Where all values of a column
    are 0 a 0 stands at its foot. NaN values are left out; a column that has no others shows the absent glyph,
    or the loading glyph if one of them is `waiting` (n,) for its source. Columns without LS are blank. Raises
    ValueError when the range is not one.
    """
    if not low < high:
        raise ValueError(f"a strip cannot run from {low} to {high}")
    value = np.asarray(values, dtype=np.float64)
    column = np.asarray(columns, dtype=np.intp)
    seen = (column >= 0) & (column < width)
    known = seen & ~np.isnan(value)
    some = np.bincount(column[seen], minlength=width) > 0
    counts = np.bincount(column[known], minlength=width)
    mean = np.bincount(column[known], weights=value[known], minlength=width) / np.maximum(counts, 1)
    units = charset.bars.size - 1
    place = np.clip((mean - low) / (high - low), 0, 1)
    level = np.maximum(np.rint(place * units * rows).astype(np.intp), mean > low)
    grid = CellGrid.blank(width, rows, palette=palette)
    bar, zero, absent, loading = (
        grid.palette.index(CellStyle(fg=theme.role(name))) for name in (role, "bad", "absent", "loading")
    )
    for row in range(rows):
        filled = np.clip(level - units * (rows - 1 - row), 0, units)
        grid.chars[row] = np.where(counts > 0, charset.bars[filled], SPACE)
        grid.styles[row] = np.where(counts > 0, bar, 0)
    some_not_zero = np.bincount(column[known], weights=value[known] != 0, minlength=width) > 0
    missing, nothing = (counts == 0) & some, (counts > 0) & ~some_not_zero
    foot = rows - 1
    grid.chars[foot, missing], grid.styles[foot, missing] = ord(charset.glyphs(theme).absent), absent
    if waiting is not None:
        coming = np.bincount(column[seen], weights=np.asarray(waiting)[seen], minlength=width) > 0
        coming &= missing
        grid.chars[foot, coming], grid.styles[foot, coming] = ord(charset.glyphs(theme).loading), loading
    grid.chars[foot, nothing], grid.styles[foot, nothing] = ord("0"), zero
    return grid
