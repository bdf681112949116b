"""The sums of a map along its axes, as bars beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellGrid, CellStyle
from dqmtui.render.raster import bin_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.render.brush import Brush
    from dqmtui.render.scale import Scale

X_ROWS = 3
"""Rows above a map for its projection on x."""
Y_COLUMNS = 8
"""Columns right of a map for its projection on y."""


def projected(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum a map (ny, nx) over y, shape (nx,), and over x, shape (ny,), leaving NaN bins out."""
    return np.nansum(values, axis=0, dtype=np.float64), np.nansum(values, axis=1, dtype=np.float64)


def highest(sums: NDArray[np.float64], edges: NDArray[np.float64], scale: Scale) -> float:
    """Give the highest of the sums (n,) of the bins that are on an axis: that of the longest bar."""
    seen = sums[(edges[1:] > scale.low) & (edges[:-1] < scale.high)]
    return float(seen.max(initial=0.0))


def x_projection(
    sums: NDArray[np.float64], edges: NDArray[np.float64], scale: Scale, width: int, brush: Brush
) -> CellGrid:
    """Draw sums (nx,) as upright bars of X_ROWS cells on the columns of a map: from 0 to the highest one."""
    level = _levels(sums, edges, scale, width, X_ROWS * (brush.charset.bars.size - 1))
    return _bars(level, X_ROWS, brush.charset.bars, brush)


def y_projection(
    sums: NDArray[np.float64], edges: NDArray[np.float64], scale: Scale, height: int, brush: Brush
) -> CellGrid:
    """Draw sums (ny,) as bars of Y_COLUMNS cells to the right, on the rows of a map: as above."""
    level = _levels(sums, edges, scale, height, Y_COLUMNS * (brush.charset.bars_right.size - 1))
    lying = _bars(level[::-1], Y_COLUMNS, brush.charset.bars_right, brush)
    return CellGrid(
        np.ascontiguousarray(lying.chars[::-1].T), np.ascontiguousarray(lying.styles[::-1].T), brush.palette
    )


def _levels(
    sums: NDArray[np.float64], edges: NDArray[np.float64], scale: Scale, cells: int, units: int
) -> NDArray[np.intp]:
    """Length of the bar of each cell along an axis, in parts of a cell; a sum above 0 has one at least."""
    high = bin_columns(scale, edges, sums, cells).high
    top = float(np.nanmax(high, initial=0.0))
    level = np.rint(np.clip(np.nan_to_num(high) / (top or 1.0), 0, 1) * units).astype(np.intp)
    return np.maximum(level, np.nan_to_num(high) > 0)


def _bars(level: NDArray[np.intp], rows: int, glyphs: NDArray[np.uint32], brush: Brush) -> CellGrid:
    """Draw upright bars, shape (rows, n); `level` (n,) is in parts of a cell."""
    units = glyphs.size - 1
    grid = CellGrid.blank(level.size, rows, CellStyle(bg=brush.theme.background), brush.palette)
    from_bottom = np.arange(rows - 1, -1, -1)[:, np.newaxis]
    filled = np.clip(level - units * from_bottom, 0, units)
    grid.chars[:] = glyphs[filled]
    grid.styles[:] = brush.palette.index(brush.style("current"))
    return grid
