"""Lumisections that are looked at N together: which they are, what they are called, and stepping over them.

Group k holds the LS numbers k N + 1 to (k + 1) N, the same numbers in every run, some with holes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import LSMask
from dqmtui.review.stepping import step_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = 10_000
"""LS numbers in a group: more than any run has."""
_LONGEST = 24  # characters of a list of LS that are missing


def group_span(ls: int, size: int) -> tuple[int, int]:
    """Give the first and last number of the group of an LS."""
    first = (ls - 1) // size * size + 1
    return first, first + size - 1


def group_of(known: NDArray[np.int64], ls: int, size: int) -> LSMask:
    """Give the LS of the group of an LS that there are, of the `known` ones (n,), which are sorted."""
    first, last = group_span(ls, size)
    start, stop = np.searchsorted(known, [first, last + 1])
    return LSMask.from_numbers(known[start:stop])


def said_group(ls: int, size: int, summed: NDArray[np.int64]) -> str:
    """Name the group of an LS: `LS 121-130 (9 of 10, not 125)`; `summed` (m,) are the LS in its sum."""
    first, last = group_span(ls, size)
    missing = LSMask(((first, last),)) - LSMask.from_numbers(summed)
    said = f"LS {first}-{last} ({summed.size} of {size}"
    numbers = str(missing)
    if not missing or not summed.size:
        return f"{said})"
    if len(numbers) > _LONGEST:
        numbers = f"{numbers[:_LONGEST].rpartition(',')[0]},..."
    return f"{said}, not {numbers})"


def step_group(ls: int, step: int, numbers: NDArray[np.int64], size: int) -> int:
    """Give the first LS `step` groups on from that of an LS, stopping at the ends of the sorted `numbers`."""
    groups, at = np.unique((numbers - 1) // size, return_index=True)
    here = (ls - 1) // size
    there = step_from(here, step, groups)
    return ls if there == here else int(numbers[at[np.searchsorted(groups, there)]])
