"""The LS axis on columns of cells, shared by trend, strip and waterfall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from dqmtui.model.lsaxis import LSAxis
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import x_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.render.charset import Charset

GUTTER = 9
"""Cells left of every LS axis: labels and numbers end there."""

_NARROWEST_LABELS = 8


@dataclass(frozen=True, eq=False)
class LSColumns:
    """An LS axis `width` cells wide, with the LS numbers (n,), sorted, that stand on it."""

    ls: NDArray[np.int64]
    axis: LSAxis
    width: int

    @classmethod
    def of(cls, ls: NDArray[np.int64], width: int, zoom: tuple[int, int] | None = None) -> Self:
        """Make the axis of sorted LS numbers, of those from zoom[0] to zoom[1] when zoomed."""
        if zoom is not None:
            ls = ls[(ls >= zoom[0]) & (ls <= zoom[1])]
        return cls(ls, LSAxis.of(ls), max(width, 0))

    def wide(self, width: int) -> LSColumns:
        """Give the same axis in another width."""
        return LSColumns(self.ls, self.axis, max(width, 0))

    @property
    def scale(self) -> Scale:
        """The axis of a plot whose x are `axis.position(ls)`."""
        return Scale(0.0, self.axis.span)

    def columns(self, ls: NDArray[np.int64]) -> NDArray[np.int64]:
        """Column, from 0, of each LS, shape (n,); -1 for LS that are not on the axis."""
        return self.axis.columns(ls, self.width)

    def column(self, ls: int) -> int | None:
        """Column of one LS, None when it is not on the axis."""
        column = int(self.columns(np.array([ls]))[0]) if self.width else -1
        return None if column < 0 else column

    def at(self, column: int) -> int | None:
        """Give an LS shown in a column."""
        if not 0 <= column < self.width:
            return None
        return self.axis.at((column + 0.5) / self.width * self.axis.span)

    @cached_property
    def source(self) -> NDArray[np.intp]:
        """Where each column has its content from, shape (width,): itself, or the column of the LS it lies in.

        An LS wider than a column has its content in the column of its middle.
        """
        own = np.arange(self.width)
        if not self.ls.size or not self.width:
            return own
        place = self.axis.position(self.ls)
        columns = self.columns(self.ls)
        middle = (own + 0.5) / self.width * self.axis.span
        nearest = np.clip(np.searchsorted(place, middle), 1, max(place.size - 1, 1))
        nearest = np.minimum(nearest, place.size - 1)
        before = np.maximum(nearest - 1, 0)
        nearest = np.where(np.abs(place[before] - middle) <= np.abs(place[nearest] - middle), before, nearest)
        covered = np.abs(place[nearest] - middle) <= 0.5 + 1e-9
        has_own = np.zeros(self.width, dtype=np.bool_)
        has_own[columns] = True
        return np.where(has_own | ~covered, own, columns[nearest])

    def holes(self) -> list[tuple[float, float]]:
        """Positions (from, to) of LS that nobody knows, and of the breaks of the axis."""
        before = np.flatnonzero(np.diff(self.ls) > 1)
        left, right = self.axis.position(self.ls[before]), self.axis.position(self.ls[before + 1])
        gaps = zip((left + 0.5).tolist(), (right - 0.5).tolist(), strict=True)
        return [*self.axis.breaks, *gaps]

    def ticks(self, charset: Charset) -> list[tuple[float, str]]:
        """Positions and LS numbers of the axis's ticks."""
        ticks: list[tuple[float, str]] = []
        for first, last in self.axis.segments:
            share = max(_NARROWEST_LABELS, round(self.width * (last - first + 1) / self.axis.span))
            for number, label in x_ticks(Scale(first - 0.5, last + 0.5, integer=True), share, charset):
                position = float(self.axis.position(int(number))[0])
                if not np.isnan(position):
                    ticks.append((position, label))
        return ticks
