"""Several plots of one lumisection in one area."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.render.cells import CellGrid, CellStyle, Rect
from dqmtui.render.histogram_view import HistogramView

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.overlays import Overlay
    from dqmtui.render.shown import HistogramOptions

SMALLEST_WIDTH, SMALLEST_HEIGHT = 20, 8
"""Cells of the smallest plot that shows anything but its title."""

_BEST_SHAPE = 3.2  # columns for each row of a plot that is neither flat nor narrow
_STAT_BOX_FROM = 60, 16
_PANEL_FROM = 22


@dataclass(frozen=True, slots=True, eq=False)
class GridItem:
    """One plot of a grid: histograms of an element, its title, and what is drawn over them."""

    title: str
    stack: HistogramStack | None
    reference: NDArray[np.floating] | None = None
    overlays: Sequence[Overlay] = ()
    values: NDArray[np.floating] | None = None
    norm: str | None = None
    errors: NDArray[np.floating] | None = None


def layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Choose columns and rows for some plots: large enough if that is possible, and well shaped."""

    def badness(columns: int) -> tuple[bool, float]:
        rows = -(-count // columns)
        wide, high = width / columns, height / rows
        shape = wide / max(high, 1.0) / _BEST_SHAPE
        unused = columns * rows - count
        return (
            wide < SMALLEST_WIDTH or high < SMALLEST_HEIGHT,
            max(shape, 1 / max(shape, 1e-9)) + unused / 2,
        )

    columns = min(range(1, max(count, 1) + 1), key=badness)
    return columns, -(-max(count, 1) // columns)


def cells_of(count: int, width: int, height: int) -> list[Rect]:
    """Divide an area into a rectangle for each plot, row by row, with a free column between them."""
    columns, rows = layout(count, width, height)
    wide, high = max((width + 1) // columns - 1, 0), height // rows
    return [Rect(index % columns * (wide + 1), index // columns * high, wide, high) for index in range(count)]


class PlotGrid:
    """Draws several elements of one LS, each under its title; what does not change from LS to LS is kept."""

    def __init__(self, theme: Theme, charset: Charset, palette: Palette) -> None:
        self._theme = theme
        self._charset = charset
        self._palette = palette
        self._views: list[HistogramView] = []

    def draw(
        self,
        items: Sequence[GridItem],
        ls: int,
        width: int,
        height: int,
        options: HistogramOptions,
        *,
        focus: int | None = None,
    ) -> CellGrid:
        """Draw the items for one LS into width x height cells; the title of the one in `focus` stands out.

        Small plots go without panel, stat box, legend, numbers and ticks, in this order.
        """
        background = CellStyle(fg=self._theme.roles.label, bg=self._theme.background)
        canvas = CellGrid.blank(max(width, 0), max(height, 0), background, self._palette)
        while len(self._views) < len(items):
            self._views.append(HistogramView(self._theme, self._charset, self._palette))
        for index, (item, cell) in enumerate(zip(items, cells_of(len(items), width, height), strict=True)):
            picture = self._picture(self._views[index], item, ls, cell, options)
            if index == focus:
                self._point_out(picture)
            canvas.paste(picture, cell.x, cell.y)
        return canvas

    def at(self, count: int, width: int, height: int, column: int, row: int) -> int | None:
        """Tell which of `count` plots lies under a cell of the picture, None between them."""
        for index, cell in enumerate(cells_of(count, width, height)):
            if cell.x <= column < cell.right and cell.y <= row < cell.bottom:
                return index
        return None

    def _picture(
        self, view: HistogramView, item: GridItem, ls: int, cell: Rect, options: HistogramOptions
    ) -> CellGrid:
        title = self._shortened(item.title, cell.width - 2)
        if item.stack is None:
            return view.words("has not come yet", cell.width, cell.height, title=title)
        roomy = cell.width >= _STAT_BOX_FROM[0] and cell.height >= _STAT_BOX_FROM[1]
        options = replace(
            options,
            stat_box=options.stat_box and roomy,
            lower=options.lower if cell.height >= _PANEL_FROM else None,
            projections=options.projections and roomy,
        )
        return view.draw(
            item.stack,
            ls,
            cell.width,
            cell.height,
            options,
            item.reference,
            overlays=item.overlays,
            values=item.values,
            norm=item.norm,
            errors=item.errors,
            title=title,
        )

    def _shortened(self, title: str, room: int) -> str:
        """Cut a title that is too long: its end says more than its beginning."""
        text = self._charset.text(title)
        if len(text) <= room:
            return text
        return self._charset.ellipsis + text[len(text) - room + 1 :] if room > 1 else ""

    def _point_out(self, picture: CellGrid) -> None:
        """Mark the title of a plot by glyph and by colour."""
        style = CellStyle(fg=self._theme.roles.cursor, bg=self._theme.background, bold=True)
        titled = picture.palette.index(
            CellStyle(fg=self._theme.roles.current, bg=self._theme.background, bold=True)
        )
        picture.styles[:1][picture.styles[:1] == titled] = picture.palette.index(style)
        picture.put_text(0, 0, self._charset.glyphs(self._theme).selected, style)
