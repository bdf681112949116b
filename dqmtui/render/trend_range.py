"""Which values of a trend its axis covers: what is odd is not to flatten what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEYOND_GOOD = "beyond the good LS"
"""What a mark at the end of the axis says of a value."""

_LEAST_USUAL = 5  # values that say where a series usually is


def usual_values(
    ls: NDArray[np.int64], values: NDArray[np.float64], usual: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Give those of the values (n,) of LS (n,) that an axis covers.

    They are those of the `usual` LS where these say enough, else, and where it is None, all.
    """
    if usual is not None:
        among = values[np.isin(ls, usual)]
        if np.count_nonzero(np.isfinite(among)) >= _LEAST_USUAL:
            return among
    return values
