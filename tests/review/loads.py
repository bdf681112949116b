"""Loads of histograms under test: what they tell, and what they must hold in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import OPEN_END
from tests.review.little import (
    CHARGE,
    CHARGE_KEY,
    bins_of,
    is_of,
    wants_bins,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad, LoadState

WHOLE = range(1, 1201)


class Heard:
    """What a listener of a load hears."""

    def __init__(self, load: HistogramLoad) -> None:
        self.settled: list[tuple[int, int]] = []
        self.ends: list[LoadState] = []
        load.listeners.add(self._hear)

    def _hear(self, load: HistogramLoad, first: int, last: int) -> None:
        if (first, last) == (0, 0):
            self.ends.append(load.state)
        else:
            self.settled.append((first, last))

    @property
    def is_once_each(self) -> bool:
        """Whether the ranges that were told touch, and cover every LS once."""
        ranges = sorted(self.settled)
        ends = [0, *(last for _, last in ranges)]
        return [first for first, _ in ranges] == [end + 1 for end in ends[:-1]] and ends[-1] == OPEN_END


def load_of(data: DataLayer, cursor: int = 1) -> HistogramLoad:
    return data.histograms(CHARGE_KEY, CHARGE, cursor)


def state_of(load: HistogramLoad) -> LoadState:
    return load.state


async def loaded(data: DataLayer, cursor: int = 1) -> HistogramLoad:
    load = load_of(data, cursor)
    await load.wait()
    return load


def assert_holds(load: HistogramLoad, numbers: range | list[int]) -> None:
    """Every LS of these, and no other, has its own histogram."""
    stack = load.stack
    assert stack is not None
    assert stack.ls[stack.present].tolist() == list(numbers)
    for ls in numbers:
        histogram = stack.histogram(ls)
        assert histogram is not None
        assert histogram.values.tolist() == bins_of(ls)
        assert histogram.entries == 10 * ls


def is_th1(request: Request) -> bool:
    """Whether histograms are asked for with their bins."""
    return is_of(request, "th1") and wants_bins(request)
