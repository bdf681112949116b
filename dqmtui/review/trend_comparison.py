"""How every lumisection of a run compares with a reference that a person chose, as a number each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.integrate import integrate
from dqmtui.model.trend_compared import compared_with, compared_with_neighbours, compared_with_rest
from dqmtui.review.choices import Neighbours, OtherRun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lsmask import LSMask
    from dqmtui.review.choices import ReferenceChoice


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What came of it: `values` (n,), of the LS that the stack knows, NaN where nothing can be said.

    `label` is what they were compared with; without values `why` says why there are none.
    """

    label: str
    values: NDArray[np.float64] | None = None
    why: str = ""


def compared(
    stack: HistogramStack,
    statistic: str,
    choice: ReferenceChoice,
    good: LSMask,
    other: HistogramStack | None = None,
) -> Compared:
    """Compare all LS with the reference, each with what it is no part of; takes long, so it is for a thread.

    `good` are the LS that the reference may be made of: of the other run, whose histograms are `other`, if it
    is one, else of the same run.
    """
    # bins whose sum is too large for a number cannot be compared: NaN
    with np.errstate(over="ignore", invalid="ignore"):
        return _compared(stack, statistic, choice, good, other)


def _compared(
    stack: HistogramStack,
    statistic: str,
    choice: ReferenceChoice,
    good: LSMask,
    other: HistogramStack | None,
) -> Compared:
    match choice:
        case Neighbours(k, gap):
            values = compared_with_neighbours(stack, statistic, good, k, gap)
            return Compared(f"{k} good LS on either side", values)
        case OtherRun(run):
            total = integrate(stack if other is None else other, good)
            same = (total.x, total.y) == (stack.x, stack.y)
            fitting = total if same else total.rebinned(stack.x, stack.y)
            label = f"run {run.run}, {total.n_ls} LS"
            if total.masked or fitting is None:
                return Compared(label, why=f"{label}: {total.masked or 'other axes'}")
            return Compared(label, compared_with(stack, statistic, fitting.counts))
        case _:
            total = integrate(stack, good)
            label = f"the rest of {total.n_ls} good LS"
            if total.masked:
                return Compared(label, why=total.masked)
            return Compared(label, compared_with_rest(stack, statistic, total))
