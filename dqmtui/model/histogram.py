"""Histograms of one monitoring element in one run, a row per lumisection."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from dqmtui.model.lsindex import last_of_each, row_of
from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.model.keys import HistogramKey, MonitoringElement

_PER_ROW = ("state", "entries", "totals", "lowest", "highest", "occupied", "x_sums", "y_sums", "data")


class HistogramError(ValueError):
    """Rows that cannot be histograms of the element they are said to be of."""


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """The bins of one lumisection: `values` of shape (nx,), or (ny, nx) with row 0 the lowest y.

    `values` is a view into the stack: read it, do not keep it.
    """

    ls: int
    entries: int
    values: NDArray[np.floating]
    x: Axis
    y: Axis | None = None

    @property
    def total(self) -> float:
        """Sum of the bins."""
        with np.errstate(over="ignore", invalid="ignore"):
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


@dataclass(frozen=True, slots=True, eq=False)
class BinSums:
    """What a stack keeps of the bins of some rows, made in any thread: arrays by row as in HistogramStack.

    `narrow` are the bins in float32, None where that would change one.
    """

    narrow: NDArray[np.float32] | None
    totals: NDArray[np.float64]
    lowest: NDArray[np.floating]
    highest: NDArray[np.floating]
    occupied: NDArray[np.int64]
    x_sums: NDArray[np.float64] | None
    y_sums: NDArray[np.float64] | None

    @classmethod
    def of(cls, data: NDArray[np.floating], *, is_map: bool) -> BinSums:
        """Sum up bins of shape (n, nx) or (n, ny, nx)."""
        with np.errstate(over="ignore"):
            narrow = data.astype(np.float32)
        is_exact = bool(((narrow == data) | np.isnan(data)).all())
        flat = data.reshape(len(data), -1)
        # sums that are too large for a number are infinite, or none
        with np.errstate(over="ignore", invalid="ignore"):
            return cls(
                narrow if is_exact else None,
                flat.sum(axis=1, dtype=np.float64),
                flat.min(axis=1),
                flat.max(axis=1),
                np.count_nonzero(flat, axis=1),
                data.sum(axis=1, dtype=np.float64) if is_map else None,
                data.sum(axis=2, dtype=np.float64) if is_map else None,
            )


@dataclass(frozen=True, slots=True, eq=False)
class StackRows:
    """Some rows with one binning: `ls`, `entries` of shape (n,), `data` of shape (n, nx) or (n, ny, nx).

    The rows come in any order; of an LS that stands there twice the last row counts.
    """

    ls: NDArray[np.int64]
    entries: NDArray[np.int64]
    data: NDArray[np.floating]
    x: Axis
    y: Axis | None = None
    sums: BinSums | None = None

    def __post_init__(self) -> None:
        shape = (self.x.n,) if self.y is None else (self.y.n, self.x.n)
        if self.data.shape != (len(self.ls), *shape) or len(self.entries) != len(self.ls):
            raise HistogramError(
                f"{len(self.ls)} rows of {shape} bins cannot come from {self.data.shape} numbers"
            )

    def sorted(self) -> StackRows:
        """Give the rows by LS number, each LS once."""
        at = last_of_each(self.ls)
        if np.array_equal(at, np.arange(self.ls.size)):
            return self
        return StackRows(self.ls[at], self.entries[at], self.data[at], self.x, self.y)

    def summed(self) -> StackRows:
        """Give the rows sorted and summed up, which leaves a stack little to do; in any thread."""
        rows = self.sorted()
        return replace(rows, sums=BinSums.of(rows.data, is_map=rows.y is not None))


class HistogramStack:
    """All histograms of one ME in one run, keyed by LS number and filled as pages arrive.

    `ls` (n,) holds the LS numbers that are expected or have come, sorted; `state` (n,) the `CellState` of
    each; `entries`, `totals`, `lowest`, `highest` and `occupied` (n,) the entries, sum of bins, extreme bins
    and number of bins that are not 0; `data` (n, nx) or (n, ny, nx) the bins, in float32 as long as that is
    exact. A map also has its sums over y and over x, `x_sums` (n, nx) and `y_sums` (n, ny).
    All of these mean something only in rows that are `present`; elsewhere stand zeros or what came before.
    The binning is that of most rows that have come, so that one odd LS, even the first to come, shuts nobody
    else out. Only the thread of the event loop writes; `version` grows with every change.
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
        self._read = LSMask()
        self._aside: dict[tuple[Axis, Axis | None], dict[int, StackRows]] = {}
        n = self.ls.size
        self.state: NDArray[np.uint8] = np.zeros(n, dtype=np.uint8)
        self.entries: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
        self.totals: NDArray[np.float64] = np.zeros(n)
        self.lowest: NDArray[np.float64] = np.zeros(n)
        self.highest: NDArray[np.float64] = np.zeros(n)
        self.occupied: NDArray[np.int64] = np.zeros(n, dtype=np.int64)
        self.x_sums: NDArray[np.float64] = np.zeros((n, 0))
        self.y_sums: NDArray[np.float64] = np.zeros((n, 0))
        self.data: NDArray[np.floating] = np.zeros((n, 0), dtype=np.float32)

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

    @property
    def read(self) -> LSMask:
        """The LS that were read: those of them without a row are absent."""
        return self._read

    def held(self) -> list[StackRows]:
        """Give the rows as they are, not copied: an item for each range of LS, and for each other binning."""
        held: list[StackRows] = []
        at = np.flatnonzero(self.present)
        if self.x is not None and at.size:
            for piece in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1):
                block = slice(int(piece[0]), int(piece[-1]) + 1)
                held.append(StackRows(self.ls[block], self.entries[block], self.data[block], self.x, self.y))
        for (x, y), others in self._aside.items():
            rows = list(others.values())
            if rows:
                ls = np.concatenate([row.ls for row in rows])
                entries = np.concatenate([row.entries for row in rows])
                data = np.concatenate([row.data for row in rows])
                held.append(StackRows(ls, entries, data, x, y))
        return held

    def as_now(self) -> Self:
        """Hold on to the rows that are there now, for another thread: what comes later is no part of them."""
        now = copy(self)
        now.state, now.totals = self.state.copy(), self.totals.copy()
        return now

    def row(self, ls: int) -> int | None:
        """Give the position of an LS number, or None when the stack does not know it."""
        return row_of(ls, self.ls)

    def state_of(self, ls: int) -> CellState:
        """Tell whether the histogram of an LS is there, absent or not loaded."""
        row = self.row(ls)
        if row is None:
            return CellState.ABSENT if self.complete or ls in self._read else CellState.NOT_LOADED
        return CellState(int(self.state[row]))

    def histogram(self, ls: int) -> Histogram | None:
        """Give the histogram of exactly this LS number, or None; never that of a neighbour."""
        row = self.row(ls)
        if row is None or self.x is None or self.state[row] != CellState.VALUE:
            return None
        return Histogram(ls, int(self.entries[row]), self.data[row], self.x, self.y)

    def fill(self, rows: StackRows) -> None:
        """Take in rows that came; a row that comes twice replaces the earlier one.

        Rows whose axes differ from those of most rows stand aside and are noted in `other_binnings`.
        """
        if not rows.ls.size:
            return
        rows = rows.sorted()
        self._make_room(rows.ls)
        at = np.searchsorted(self.ls, rows.ls)
        self.version += 1
        if self.x is None:
            self._set_binning(rows.x, rows.y)
        elif (self.x, self.y) != (rows.x, rows.y):
            self._put_aside(rows)
            return
        sums = rows.sums or BinSums.of(rows.data, is_map=rows.y is not None)
        place = slice(int(at[0]), int(at[-1]) + 1) if at[-1] - at[0] + 1 == at.size else at
        bins = self._fitting(rows.data, sums.narrow)
        self.data[place] = bins
        self.entries[place] = rows.entries
        self.totals[place] = sums.totals
        self.lowest[place] = sums.lowest
        self.highest[place] = sums.highest
        self.occupied[place] = sums.occupied
        if sums.x_sums is not None:
            self.x_sums[place] = sums.x_sums
            self.y_sums[place] = sums.y_sums
        self.state[at] = CellState.VALUE
        self._take_from_aside(rows.ls)

    def settle(self, first: int, last: int) -> None:
        """Note that all LS from first to last, both included, were read: what did not come is absent."""
        self._read |= LSMask.all().clip(first, last)
        low, high = np.searchsorted(self.ls, first), np.searchsorted(self.ls, last, side="right")
        within = self.state[low:high]
        within[within == CellState.NOT_LOADED] = CellState.ABSENT
        self.version += 1

    def expect(self, ls: NDArray[np.int64]) -> None:
        """Note that the run has these LS now; what was absent may have come and is to be read again."""
        self._make_room(np.unique(np.asarray(ls, dtype=np.int64)))
        self.state[self.state == CellState.ABSENT] = CellState.NOT_LOADED
        self._read = LSMask()
        self.complete = False
        self.version += 1

    def finish(self) -> None:
        """Note that the whole run has been read."""
        self.state[self.state == CellState.NOT_LOADED] = CellState.ABSENT
        self.complete = True
        self.version += 1

    def _set_binning(self, x: Axis, y: Axis | None) -> None:
        n = self.ls.size
        self.x, self.y = x, y
        if y is None:
            self.data = np.zeros((n, x.n), dtype=np.float32)
        else:
            self.data = np.zeros((n, y.n, x.n), dtype=np.float32)
            self.x_sums, self.y_sums = np.zeros((n, x.n)), np.zeros((n, y.n))

    def _put_aside(self, rows: StackRows) -> None:
        """Keep rows of another binning out, or change to that binning once it is the commoner one."""
        self._take_from_aside(rows.ls)
        self.state[np.searchsorted(self.ls, rows.ls)] = CellState.OTHER_BINNING
        aside = self._aside.setdefault((rows.x, rows.y), {})
        for at, ls in enumerate(rows.ls.tolist()):
            aside[ls] = StackRows(
                rows.ls[at : at + 1], rows.entries[at : at + 1], rows.data[at : at + 1], rows.x, rows.y
            )
        if len(aside) > np.count_nonzero(self.present):
            self._change_binning(rows.x, rows.y)
        self.other_binnings = {
            ls: str(x) if y is None else f"{x} by {y}"
            for (x, y), others in self._aside.items()
            for ls in others
        }

    def _take_from_aside(self, numbers: NDArray[np.int64]) -> None:
        """Forget rows of another binning that have come again."""
        if not self._aside:
            return
        for others in self._aside.values():
            for ls in numbers.tolist():
                others.pop(ls, None)
                self.other_binnings.pop(ls, None)

    def _change_binning(self, x: Axis, y: Axis | None) -> None:
        """Let the rows that stood aside with this binning change places with those of the common one."""
        if self.x is None:
            return
        at = np.flatnonzero(self.present)
        outgoing = StackRows(self.ls[at], self.entries[at], self.data[at].astype(np.float64), self.x, self.y)
        incoming = self._aside.pop((x, y))
        self._set_binning(x, y)
        for row in incoming.values():
            self.fill(row)
        if at.size:
            self._put_aside(outgoing)

    def _fitting(
        self, data: NDArray[np.floating], narrow: NDArray[np.float32] | None
    ) -> NDArray[np.floating]:
        """Give bins as the stack holds them: float32, unless that would change one, float64 from then on."""
        # float32 holds counts up to 2**24 exactly and halves the memory of a run's maps
        if self.data.dtype == np.float64:
            return data
        if narrow is not None:
            return narrow
        # an array that holds nothing yet is made anew, which touches no memory
        is_new = not self.present.any()
        self.data = np.zeros(self.data.shape) if is_new else self.data.astype(np.float64)
        return data

    def _make_room(self, ls: NDArray[np.int64]) -> None:
        """Add rows for LS numbers that nobody expected."""
        union = np.union1d(self.ls, ls)
        if union.size == self.ls.size:
            return
        at = np.searchsorted(union, self.ls)
        for name in _PER_ROW:
            before = getattr(self, name)
            after = np.zeros((union.size, *before.shape[1:]), dtype=before.dtype)
            after[at] = before
            setattr(self, name, after)
        self.ls = union
