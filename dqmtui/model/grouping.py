"""Lumisections taken together in groups of N."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.divisors import COUNTS, Divisors
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation, divided
from dqmtui.model.sums import exposures, shown_as, summable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack


class GroupBy(Enum):
    """What N counts; the value is what stands on screen."""

    NUMBERS = "LS numbers"
    """1-5, 6-10, ...: the same groups in every run, some with holes."""
    EXISTING = "existing LS"
    """N LS that there are, whatever their numbers: the same statistics in every group."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of the LS `ls` (n,), sorted; only groups that have an LS are there.

    Group i holds the LS from `starts[i]` on, positions in `ls` (g,), up to where the next one starts, and
    covers the numbers `first[i]` to `last[i]` (g,).
    """

    ls: NDArray[np.int64]
    size: int
    by: GroupBy
    starts: NDArray[np.intp]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def of(cls, ls: NDArray[np.integer], size: int, by: GroupBy) -> Groups:
        """Group LS numbers, in any order, by `size`; raises ValueError for a size below 1."""
        if size < 1:
            raise ValueError(f"a group has at least one lumisection, not {size}")
        numbers = np.unique(np.asarray(ls, dtype=np.int64))
        if by is GroupBy.NUMBERS:
            group = (numbers - 1) // size
            starts = np.flatnonzero(np.diff(group, prepend=group[:1] - 1))
            first = group[starts] * size + 1
            return cls(numbers, size, by, starts, first, first + size - 1)
        starts = np.arange(0, numbers.size, size)
        ends = np.minimum(starts + size, numbers.size) - 1
        return cls(numbers, size, by, starts, numbers[starts], numbers[ends])

    def __len__(self) -> int:
        return int(self.starts.size)

    @cached_property
    def n_ls(self) -> NDArray[np.int64]:
        """Number of LS that there are in each group, shape (g,)."""
        return np.diff(self.starts, append=self.ls.size).astype(np.int64)

    @property
    def span(self) -> NDArray[np.int64]:
        """Number of LS numbers that each group covers, holes included, shape (g,)."""
        return self.last - self.first + 1

    def label(self, group: int, found: int | None = None) -> str:
        """Name a group: `LS 100-104 (5 of 5)`, the LS found in it of the numbers it covers."""
        first, last = int(self.first[group]), int(self.last[group])
        there = int(self.n_ls[group]) if found is None else found
        numbers = str(first) if first == last else f"{first}-{last}"
        return f"LS {numbers} ({there} of {last - first + 1})"

    def mask(self, group: int) -> LSMask:
        """Give the LS of a group."""
        start = int(self.starts[group])
        return LSMask.from_numbers(self.ls[start : start + int(self.n_ls[group])])

    def holes(self, group: int) -> LSMask:
        """Give the numbers of a group that no LS has."""
        return LSMask(((int(self.first[group]), int(self.last[group])),)) - self.mask(group)

    def group_of(self, ls: NDArray[np.integer]) -> NDArray[np.int64]:
        """Give the group of each LS number, shape (n,), -1 for numbers that are in none."""
        if not len(self):
            return np.full(len(ls), -1, dtype=np.int64)
        at = np.searchsorted(self.first, ls, side="right") - 1
        return np.where((at >= 0) & (np.asarray(ls) <= self.last[at]), at, -1).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Grouped:
    """The sums of all groups: `counts` (g, nx) or (g, ny, nx), and of each the `entries`, `n_ls` summed (g,).

    `left_out` (g,) counts the LS of a group that are not in its sum, having no histogram or no divisor; why
    stands in the notes of `integrate` over `groups.mask(i)`. `divisor` (g,) is NaN where nothing was summed.
    """

    groups: Groups
    counts: NDArray[np.float64]
    entries: NDArray[np.int64]
    n_ls: NDArray[np.int64]
    divisor: NDArray[np.float64]
    kind: Normalisation
    unit_label: str

    @property
    def left_out(self) -> NDArray[np.int64]:
        """LS of each group that are not in its sum, shape (g,)."""
        return self.groups.n_ls - self.n_ls

    @property
    def values(self) -> NDArray[np.float64]:
        """The sums as they are shown, in the shape of `counts`; NaN for groups without sum or divisor."""
        return divided(self.counts, self.divisor)

    def label(self, group: int) -> str:
        """Name a group with the LS that are in its sum."""
        return self.groups.label(group, int(self.n_ls[group]))


def grouped(stack: HistogramStack, groups: Groups, divisors: Divisors = COUNTS) -> Grouped:
    """Sum the histograms of each group; of ratios the mean per LS.

    A group in which no LS has both histogram and divisor keeps counts of 0 and has no divisor.
    """
    rows = np.flatnonzero(summable(stack))
    of_ls = exposures(stack, rows, divisors)
    group = groups.group_of(stack.ls[rows])
    taken = (group >= 0) & np.isin(stack.ls[rows], groups.ls) & ~np.isnan(of_ls)
    rows, group, of_ls = rows[taken], group[taken], of_ls[taken]
    g = len(groups)
    counts = np.zeros((g, *stack.data.shape[1:]))
    filled, starts = np.unique(group, return_index=True)
    if filled.size:
        ends = np.append(starts[1:], rows.size)
        for at, start, end in zip(filled.tolist(), starts.tolist(), ends.tolist(), strict=True):
            counts[at] = stack.data[rows[start:end]].sum(axis=0, dtype=np.float64)
    n_ls = np.bincount(group, minlength=g).astype(np.int64)
    entries = np.zeros(g, dtype=np.int64)
    np.add.at(entries, group, stack.entries[rows])
    kind, label = shown_as(stack, divisors)
    if kind is Normalisation.AREA:
        divisor = counts.reshape(g, -1).sum(axis=1)
    elif kind is Normalisation.COUNTS and not stack.is_ratio:
        divisor = np.ones(g)
    else:
        divisor = np.bincount(group, weights=of_ls, minlength=g).astype(np.float64)
    return Grouped(groups, counts, entries, n_ls, np.where(n_ls > 0, divisor, np.nan), kind, label)
