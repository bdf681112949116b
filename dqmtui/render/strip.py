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
    palette: Palette | None = None,
) -> CellGrid:
    """Draw one row of small bars in which each cell shows the mean of its LS between low and high.

    A value over low shows at least the smallest bar, one over high a full cell. NaN values are left out; a
    cell that has no others shows the absent glyph. Cells without LS are blank. Raises ValueError when the
    range is not one.
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
    level = np.maximum(np.rint(place * units).astype(np.intp), mean > low)
    grid = CellGrid.blank(width, 1, palette=palette)
    bar = grid.palette.index(CellStyle(fg=theme.role(role)))
    absent = grid.palette.index(CellStyle(fg=theme.roles.absent))
    glyph = ord(charset.glyphs(theme).absent)
    grid.chars[0] = np.where(counts > 0, charset.bars[level], np.where(some, glyph, SPACE))
    grid.styles[0] = np.where(counts > 0, bar, np.where(some, absent, 0))
    return grid
