"""Histograms of one monitoring element in one run, a row per lumisection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.keys import HistogramKey, MonitoringElement


class HistogramError(ValueError):
    """Rows that cannot be histograms of the element they are said to be of."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """The bins of one lumisection: `values` of shape (nx,), or (ny, nx) with row 0 the lowest y."""

    ls: int
    entries: int
    values: NDArray[np.floating]
    x: Axis
    y: Axis | None = None

    @property
    def total(self) -> float:
        """Sum of the bins."""
        return float(self.values.sum(dtype=np.float64))

    @property
    def is_empty(self) -> bool:
        """Whether the bins sum to 0, which is not the same as being absent."""
        return self.total == 0

    @property
    def outside_fraction(self) -> float:
        """Fraction of the entries outside the axis, 1 - sum/entries; NaN unless entries >= sum > 0."""
        total = self.total
        return 1 - total / self.entries if self.entries >= total > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class StackRows:
    """Some rows with one binning: `ls`, `entries` of shape (n,), `data` of shape (n, nx) or (n, ny, nx)."""

    ls: NDArray[np.int64]
    entries: NDArray[np.int64]
    data: NDArray[np.floating]
    x: Axis
    y: Axis | None = None

    def __post_init__(self) -> None:
        shape = (self.x.n,) if self.y is None else (self.y.n, self.x.n)
        if self.data.shape != (len(self.ls), *shape) or len(self.entries) != len(self.ls):
            raise HistogramError(
                f"{len(self.ls)} rows of {shape} bins cannot come from {self.data.shape} numbers"
            )


class HistogramStack:
    """All histograms of one ME in one run, keyed by LS number and filled as pages arrive.

    `ls` (n,) holds the LS numbers that are expected or have come, sorted; `state` (n,) the `CellState` of
    each; `entries`, `totals`, `lowest` and `highest` (n,) the entries, sum of bins and extreme bins of each
    row that is there; `data` (n, nx) or (n, ny, nx) the bins, in float32 as long as that is exact.
    Only the thread of the event loop writes; `version` grows with every change.
    """

    def __init__(self, key: HistogramKey, element: MonitoringElement, expected: NDArray[np.int64]) -> None:
        self.key = key
        self.element = element
        self.ls: NDArray[np.int64] = np.unique(np.asarray(expected, dtype=np.int64))
        self.x: Axis | None = None
        self.y: Axis | None = None
        self.other_binnings: dict[int, str] = {}
        self.complete = False
        self.version = 0
        self.data: NDArray[np.floating] = np.zeros((self.ls.size, 0), dtype=np.float32)
        self._make_columns(self.ls.size)

    def _make_columns(self, n: int) -> None:
        self.state: NDArray[np.uint8] = np.zeros(n, dtype=np.uint8)
        self.entries: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
        self.totals: NDArray[np.float64] = np.zeros(n)
        self.lowest: NDArray[np.float64] = np.zeros(n)
        self.highest: NDArray[np.float64] = np.zeros(n)

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Give the columns that have a number per row: state, entries, totals, lowest, highest."""
        return self.state, self.entries, self.totals, self.lowest, self.highest

    @property
    def rows_loaded(self) -> int:
        """Rows that have come."""
        return int(np.count_nonzero(self.state >= CellState.VALUE))

    @property
    def rows_expected(self) -> int:
        """Rows that can come: the LS of the run less those found absent."""
        return int(np.count_nonzero(self.state != CellState.ABSENT))

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which rows hold a histogram of the common binning, shape (n,)."""
        present: NDArray[np.bool_] = self.state == CellState.VALUE
        return present

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Which rows are there but sum to 0, shape (n,)."""
        empty: NDArray[np.bool_] = self.present & (self.totals == 0)
        return empty

    @property
    def is_ratio(self) -> bool:
        """Whether the bins are no counts: by name, or because a bin is negative."""
        return self.element.is_ratio_by_name or bool((self.lowest[self.present] < 0).any())

    @property
    def nbytes(self) -> int:
        """Memory held by the bins."""
        return int(self.data.nbytes)

    def row(self, ls: int) -> int | None:
        """Give the position of an LS number, or None when the stack does not know it."""
        at = int(np.searchsorted(self.ls, ls))
        return at if at < self.ls.size and self.ls[at] == ls else None

    def state_of(self, ls: int) -> CellState:
        """Tell whether the histogram of an LS is there, absent or not loaded."""
        row = self.row(ls)
        if row is None:
            return CellState.ABSENT if self.complete else CellState.NOT_LOADED
        return CellState(int(self.state[row]))

    def histogram(self, ls: int) -> Histogram | None:
        """Give the histogram of exactly this LS number, or None; never that of a neighbour."""
        row = self.row(ls)
        if row is None or self.x is None or self.state[row] != CellState.VALUE:
            return None
        return Histogram(ls, int(self.entries[row]), self.data[row], self.x, self.y)

    def fill(self, rows: StackRows) -> None:
        """Take in rows that came; a row that comes twice replaces the earlier one.

        Rows whose axes differ from those of the first rows are kept out and noted in `other_binnings`.
        """
        if not rows.ls.size:
            return
        self._make_room(rows.ls)
        at = np.searchsorted(self.ls, rows.ls)
        self.version += 1
        if self.x is None:
            self.x, self.y = rows.x, rows.y
            self.data = np.zeros((self.ls.size, *rows.data.shape[1:]), dtype=np.float32)
        elif (self.x, self.y) != (rows.x, rows.y):
            binning = str(rows.x) if rows.y is None else f"{rows.x} by {rows.y}"
            self.other_binnings.update(dict.fromkeys(rows.ls.tolist(), binning))
            self.state[at] = CellState.OTHER_BINNING
            return
        self._widen_for(rows.data)
        self.data[at] = rows.data
        flat = rows.data.reshape(len(rows.ls), -1)
        self.entries[at] = rows.entries
        self.totals[at] = flat.sum(axis=1, dtype=np.float64)
        self.lowest[at] = flat.min(axis=1)
        self.highest[at] = flat.max(axis=1)
        self.state[at] = CellState.VALUE

    def settle(self, first: int, last: int) -> None:
        """Note that all LS from first to last, both included, were read: what did not come is absent."""
        low, high = np.searchsorted(self.ls, first), np.searchsorted(self.ls, last, side="right")
        within = self.state[low:high]
        within[within == CellState.NOT_LOADED] = CellState.ABSENT
        self.version += 1

    def finish(self) -> None:
        """Note that the whole run has been read."""
        self.state[self.state == CellState.NOT_LOADED] = CellState.ABSENT
        self.complete = True
        self.version += 1

    def _widen_for(self, data: NDArray[np.floating]) -> None:
        # float32 holds counts below 2**24 exactly and halves the memory of a run's maps
        if self.data.dtype == np.float32 and not np.array_equal(
            data.astype(np.float32), data, equal_nan=True
        ):
            self.data = self.data.astype(np.float64)

    def _make_room(self, ls: NDArray[np.int64]) -> None:
        """Add rows for LS numbers that nobody expected."""
        union = np.union1d(self.ls, ls)
        if union.size == self.ls.size:
            return
        at = np.searchsorted(union, self.ls)
        old = self.columns()
        self._make_columns(union.size)
        for before, after in zip(old, self.columns(), strict=True):
            after[at] = before
        data = np.zeros((union.size, *self.data.shape[1:]), dtype=self.data.dtype)
        data[at] = self.data
        self.data, self.ls = data, union
