"""Connected blocks of bins in maps: dead regions, and hot ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEAST_EXPECTED = 5.0
"""Entries that must be expected in a bin for its being empty to say something; exp(-5) is 0.7 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The heaviest block of each of n maps: its number of `bins` and the entries `expected` in it, (n,).

    `box` (n, 4) holds its first and last column and first and last row, both included. Maps without a block
    have 0 bins, 0 expected and a box of -1.
    """

    bins: NDArray[np.int64]
    expected: NDArray[np.float64]
    box: NDArray[np.int64]


def labels(
    row: NDArray[np.integer], y: NDArray[np.integer], x: NDArray[np.integer], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """Give a number to the connected blocks of bins given as (map, y, x), sorted so, in all maps, shape (m,).

    Bins are connected that share a side (4-connectivity), in one map; the number of a block is the position
    of its first bin. Union-find without a loop over bins: links to a smaller root and path halving, repeated
    until nothing changes, which takes about the logarithm of the longest way through a block.
    """
    stride = shape[1] + 1  # a column and a row that no bin is in keep neighbours from reaching around
    key = (row.astype(np.int64) * (shape[0] + 1) + y) * stride + x
    root = np.arange(key.size)
    one: list[NDArray[np.intp]] = []
    other: list[NDArray[np.intp]] = []
    for step in (1, stride):
        at = np.searchsorted(key, key + step)
        found = at < key.size
        found[found] = key[at[found]] == key[found] + step
        one.append(np.flatnonzero(found))
        other.append(at[found])
    a, b = np.concatenate(one), np.concatenate(other)
    while True:
        root_a, root_b = root[a], root[b]
        apart = root_a != root_b
        if not apart.any():
            return root
        np.minimum.at(root, np.maximum(root_a, root_b)[apart], np.minimum(root_a, root_b)[apart])
        while True:
            above = root[root]
            if np.array_equal(above, root):
                break
            root = above


def heaviest(
    row: NDArray[np.integer],
    y: NDArray[np.integer],
    x: NDArray[np.integer],
    weight: NDArray[np.floating],
    shape: tuple[int, int],
    n: int,
) -> Blocks:
    """Find in each map the connected block with the largest sum of weights; bins sorted by map, y, x."""
    bins = np.zeros(n, dtype=np.int64)
    expected = np.zeros(n)
    box = np.full((n, 4), -1, dtype=np.int64)
    if not row.size:
        return Blocks(bins, expected, box)
    block = labels(row, y, x, shape)
    sums = np.bincount(block, weights=weight, minlength=row.size)
    roots = np.unique(block)
    order = np.argsort(sums[roots], kind="stable")
    best = np.full(n, -1, dtype=np.int64)
    best[row[roots[order]]] = roots[order]  # of several writes to one map the last, the heaviest, stays
    at = np.flatnonzero(best >= 0)
    inside = block == best[row]
    bins[at] = np.bincount(row[inside], minlength=n)[at]
    expected[at] = sums[best[at]]
    maps = row[inside]
    for column, (values, first) in enumerate(((x, True), (x, False), (y, True), (y, False))):
        edge = np.full(n, np.iinfo(np.int64).max if first else -1, dtype=np.int64)
        (np.minimum if first else np.maximum).at(edge, maps, values[inside])
        box[at, column] = edge[at]
    return Blocks(bins, expected, box)


def empty_blocks(
    data: ArrayLike, shape_of_map: ArrayLike, totals: ArrayLike, least_expected: float = LEAST_EXPECTED
) -> Blocks:
    """Find the heaviest connected block of empty bins where at least 5 entries were expected, in each map.

    `data` is (n, ny, nx), `shape_of_map` (ny, nx) the reference with sum 1, `totals` (n,) what it is
    multiplied with. Bins that the reference has dead expect nothing and are never part of a block. Without a
    dead region a given block is empty with probability exp(-expected).
    """
    d, template = np.asarray(data), np.asarray(shape_of_map, dtype=np.float64)
    scale = np.asarray(totals, dtype=np.float64)
    row, y, x = np.nonzero((d == 0) & (template * scale[:, None, None] >= least_expected))
    return heaviest(
        row, y, x, template[y, x] * scale[row], (template.shape[0], template.shape[1]), d.shape[0]
    )


def block_around(mask: NDArray[np.bool_], y: int, x: int) -> NDArray[np.bool_]:
    """Give the connected block of one map (ny, nx) that a bin belongs to, as a mask; all false if to none."""
    inside = np.zeros(mask.shape, dtype=np.bool_)
    at_y, at_x = np.nonzero(mask)
    here = np.flatnonzero((at_y == y) & (at_x == x))
    if here.size:
        block = labels(np.zeros(at_y.size, dtype=np.int64), at_y, at_x, (mask.shape[0], mask.shape[1]))
        same = block == block[here[0]]
        inside[at_y[same], at_x[same]] = True
    return inside
