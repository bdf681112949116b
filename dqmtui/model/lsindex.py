"""Finding rows by LS number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def row_of(ls: int, numbers: NDArray[np.int64]) -> int | None:
    """Give the position of exactly this LS in sorted numbers, shape (n,), or None; never a neighbour's."""
    at = int(np.searchsorted(numbers, ls))
    return at if at < numbers.size and numbers[at] == ls else None


def last_of_each(numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """Give the positions that sort LS numbers, shape (n,); of a number that stands there twice the last."""
    if (np.diff(numbers) > 0).all():
        return np.arange(numbers.size)
    _, from_end = np.unique(numbers[::-1], return_index=True)
    return np.asarray(numbers.size - 1 - from_end, dtype=np.intp)
