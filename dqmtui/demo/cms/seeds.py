"""Random numbers that depend on nothing but their key: the same question has the same answer for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MASK = (1 << 64) - 1


def key_of(*parts: int | str) -> int:
    """64-bit number made of whole numbers and texts; different parts give different numbers."""
    key = 0x9E3779B97F4A7C15
    for part in parts:
        word = crc32(part.encode()) if isinstance(part, str) else part
        key = _mix((key * 0x100000001B3 + word + 1) & _MASK)
    return key


def generator(*parts: int | str) -> np.random.Generator:
    """Make the generator of a key."""
    return np.random.Generator(np.random.PCG64(key_of(*parts)))


def uniform(ls: NDArray[np.int64], *parts: int | str) -> NDArray[np.float64]:
    """Numbers in [0, 1), one per LS number: each depends on its own number and the key alone."""
    z = ls.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key_of(*parts))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)  # uint64 arrays wrap, modulo 2^64
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return np.asarray((z >> np.uint64(11)) * 2.0**-53, np.float64)


def normal(ls: NDArray[np.int64], *parts: int | str) -> NDArray[np.float64]:
    """Numbers of a standard normal distribution, one per LS number, as independent as those of `uniform`."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(ls, *parts, "radius")))
    return radius * np.cos(2.0 * np.pi * uniform(ls, *parts, "angle"))


class RowStreams:
    """One generator set anew for each histogram row, which costs a sixth of making one for each.

    Not to be shared between threads: make one where rows are drawn.
    """

    def __init__(self, workspace: str, dataset_id: int, run: int, me_id: int) -> None:
        self._bits = np.random.Philox(key=[key_of(workspace, dataset_id, run, me_id), 0])
        self._random = np.random.Generator(self._bits)
        self._start = self._bits.state
        self._key = self._start["state"]["key"]

    def row(self, ls: int) -> np.random.Generator:
        """Return the generator, at the beginning of the stream of one LS."""
        self._key[1] = ls
        self._bits.state = self._start
        return self._random


def _mix(z: int) -> int:
    """Finaliser of splitmix64 (Steele, Lea, Flood 2014), also spelt out for arrays in `uniform`."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
