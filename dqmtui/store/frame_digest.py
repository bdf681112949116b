"""The sum by which a frame is known to be what was written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Said:
    """Sums up all that a frame says: its record, every bin of its rows, and every other number."""

    def __init__(self, record: dict[str, Any], columns: dict[str, NDArray[Any]]) -> None:
        said = {name: value for name, value in record.items() if name != "digest"}
        self._columns = columns
        self._sum = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
        self._sum.update(b"data")

    def add(self, bins: NDArray[np.float64]) -> None:
        """Add the bins of the next rows."""
        self._sum.update(np.ascontiguousarray(bins).data)

    def digest(self) -> str:
        """Add the other numbers, and give the sum."""
        for name in sorted(self._columns):
            self._sum.update(name.encode())
            self._sum.update(np.ascontiguousarray(self._columns[name]).data)
        return f"sha256:{self._sum.hexdigest()}"


def digest_of(
    record: dict[str, Any], columns: dict[str, NDArray[Any]], groups: Iterable[NDArray[np.float64]]
) -> str:
    """Give the sum of all that a frame says; `groups` are the bins of its rows, in their order."""
    said = Said(record, columns)
    for bins in groups:
        said.add(bins)
    return said.digest()
