"""What data-taking conditions mean for judging: which LS can be judged, and in which they are unsteady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import dcs_only_mask
from dqmtui.model.divisors import Divisors
from dqmtui.model.judging.outliers import median, running_median
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.normalise import Normalisation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.judging.outliers import Neighbours
    from dqmtui.model.lstable import LSTable

    Floats = NDArray[np.float64]

WINDOW = 15
"""LS on either side whose conditions are those around an LS."""

CHANGED = (0.04, 0.12)
"""Relative differences of the pileup from the LS around: conditions are unsteady, and very much so."""

VERY_UNSTEADY = 2
"""Value of `Surroundings.unsteady` from which an LS is nobody's reference."""

_OFF_AS_A_RULE = 1.2
"""Median |z| of LS in unsteady conditions above which they are not to be judged; by chance it is 0.67."""

_OFF_WHEN_FEW = 2.5
_OTHER = 0.025
_FEW = 5

EXPOSURES = {
    Normalisation.COUNTS: "",
    Normalisation.PER_HZ: "the trigger rate",
    Normalisation.PER_EVENT: "the trigger rate",
    Normalisation.PER_LUMINOSITY: "the recorded luminosity",
    Normalisation.PER_PILEUP_EVENT: "the trigger rate and the pileup",
}
"""What the entries of an LS may be judged against, in words; "": the entries of the LS around alone."""


def untriggered(table: LSTable) -> LSMask:
    """Give the LS whose trigger rate is 0: nothing was triggered there, so there is nothing to judge.

    An LS without a row of the rate is none of them: what it has can be judged, but for how much it is.
    """
    return LSMask.from_numbers(table.ls[table.column(RATE, "rate_hz").floats() <= 0])


def judgeable(table: LSTable, good: LSMask | None = None) -> LSMask:
    """Give the LS that can be judged: the good ones, by default DCS-only, without `untriggered` ones."""
    return (dcs_only_mask(table) if good is None else good) - untriggered(table)


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The conditions of n LS, all (n,): numbers, exposure (NaN: none), pileup, or None if unknown.

    `exposure` is what entries are in proportion to, such as the trigger rate, and `per` its name, "" where it
    is 1 everywhere, for nothing is known of it. `fast_pileup` is the difference of the pileup from its
    running median. `unsteady` is 1 where the pileup is off that of the LS around by more than 4 % or changes
    by more than 8 % among them, 2 where it is off by more than 12 %. A pileup that is null inside the run is
    taken from its neighbours.
    """

    ls: NDArray[np.int64]
    exposure: Floats
    per: str
    pileup: Floats | None
    fast_pileup: Floats
    unsteady: NDArray[np.uint8]

    @classmethod
    def of(
        cls, table: LSTable, ls: NDArray[np.int64], by: Normalisation = Normalisation.PER_HZ
    ) -> Surroundings:
        """Join the conditions to LS numbers (n,), sorted; unknown LS have none.

        `by` says what the exposure is; of a run of which none is known (cosmics have no ZeroBias) it is 1.
        """
        exposure, per = Divisors.of_table(by, table, "").over(ls).values, EXPOSURES[by]
        if not np.isfinite(exposure).any():
            exposure, per = np.ones(ls.size), ""
        pileup = _joined(table, OMS, "pileup", ls)
        known = np.isfinite(pileup)
        unsteady = np.zeros(ls.size, dtype=np.uint8)
        if not (known.any() and (pileup[known] > 0).any()):
            return cls(ls, exposure, per, None, np.zeros(ls.size), unsteady)
        filled = np.interp(ls, ls[known], pileup[known])
        width = min(2 * WINDOW + 1, ls.size)
        windows = np.lib.stride_tricks.sliding_window_view(filled, width)
        at = np.clip(np.arange(ls.size) - width // 2, 0, ls.size - width)
        usual = np.maximum(running_median(filled, WINDOW), 1e-9)
        change = np.maximum(np.abs(filled - usual), (windows.max(axis=1) - windows.min(axis=1))[at] / 2)
        unsteady += change > CHANGED[0] * usual
        unsteady += np.abs(filled - usual) > CHANGED[1] * usual
        return cls(ls, exposure, per, filled, filled - usual, unsteady)

    @property
    def steady(self) -> NDArray[np.bool_]:
        """Where conditions change slowly, (n,)."""
        steady: NDArray[np.bool_] = self.unsteady == 0
        return steady

    def at(self, rows: NDArray[np.intp]) -> Surroundings:
        """Pick some of the LS."""
        pileup = None if self.pileup is None else self.pileup[rows]
        fast, unsteady = self.fast_pileup[rows], self.unsteady[rows]
        return Surroundings(self.ls[rows], self.exposure[rows], self.per, pileup, fast, unsteady)

    def against(self, near: Neighbours) -> NDArray[np.uint8]:
        """Give `unsteady`, at least 1 where the pileup is not that of the reference, shape (n,)."""
        if self.pileup is None:
            return self.unsteady
        number = np.maximum(near.count, 1)
        sums = near.sums(np.column_stack((self.pileup, self.pileup**2))) / number[:, None]
        spread = np.sqrt(np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0.0))
        other = np.maximum(np.abs(self.pileup - sums[:, 0]), spread) > _OTHER * self.pileup
        return np.maximum(self.unsteady, other.astype(np.uint8))

    def sensitive(self, z: Floats, unsteady: NDArray[np.uint8] | None = None) -> NDArray[np.bool_]:
        """Tell which LS not to judge by a test: unsteady ones, if those are off as a rule, shape (n,)."""
        told = np.isfinite(z)
        unsteady = self.unsteady if unsteady is None else unsteady
        out = np.zeros(z.size, dtype=np.bool_)
        for level in (1, VERY_UNSTEADY):
            here = told & (unsteady == level)
            number = np.count_nonzero(here)
            if number and median(np.abs(z[here])) > (_OFF_AS_A_RULE if number >= _FEW else _OFF_WHEN_FEW):
                out |= unsteady >= level
        return out


def _joined(table: LSTable, source: str, name: str, ls: NDArray[np.int64]) -> Floats:
    values = np.full(ls.size, np.nan)
    if not table.ls.size:
        return values
    at = np.clip(np.searchsorted(table.ls, ls), 0, table.ls.size - 1)
    there = table.ls[at] == ls
    values[there] = table.column(source, name).floats()[at[there]]
    return values
