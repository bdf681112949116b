"""The plots of a page: elements that are looked at together, on one LS cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from dqmtui.model.layouts import PlotOptions
from dqmtui.review.histograms import LoadState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.histograms import HistogramLoad

AS_CHOSEN = PlotOptions()
"""Options of a plot that is drawn as the person has chosen."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """One plot: an element, its histograms in the open run, and how a layout wants it drawn.

    `load` is None as long as there is no run and lumisection, or its turn has not come. In `options` stands
    what the person has not overridden.
    """

    element: MonitoringElement
    load: HistogramLoad | None
    options: PlotOptions = AS_CHOSEN

    @property
    def is_loading(self) -> bool:
        """Whether histograms are still coming, or wait for their turn."""
        return self.load is None or self.load.state is LoadState.LOADING


@dataclass(frozen=True, slots=True)
class Page:
    """Where one is in a set of plots: `number` of `count` pages, and position `at` (from 1) of `of` plots."""

    number: int
    count: int
    at: int
    of: int


def page_of(items: Sequence[T], item: T, size: int) -> tuple[T, ...]:
    """Give the page of `size` items on which one of them stands; one that is none of them stands alone."""
    if item not in items:
        return (item,)
    first = items.index(item) // size * size
    return tuple(items[first : first + size])


def place_of(items: Sequence[T], item: T, size: int) -> Page | None:
    """Say on which page one of some items stands, None when it is none of them."""
    if item not in items:
        return None
    at = items.index(item)
    return Page(at // size + 1, -(-len(items) // size), at + 1, len(items))
