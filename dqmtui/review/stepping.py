"""Moving along LS numbers: always to one that is there, and never the other way than asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def step_from(ls: int, step: int, numbers: NDArray[np.int64]) -> int:
    """Give the number `step` places on from an LS (back when negative), stopping at the end.

    `numbers` (n,) are sorted; `ls` need not be one of them. Without any on that side the LS stays.
    """
    side = numbers[numbers > ls] if step > 0 else numbers[numbers < ls][::-1]
    if not side.size or not step:
        return ls
    return int(side[min(abs(step), side.size) - 1])


def neighbours(ls: int, numbers: NDArray[np.int64]) -> list[int]:
    """Give the numbers next to an LS that is not one of them, below and above; `numbers` (n,) are sorted."""
    at = int(np.searchsorted(numbers, ls))
    beside: list[int] = numbers[max(at - 1, 0) : at + 1].tolist()
    return beside
