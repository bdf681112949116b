"""What data-taking conditions mean for judging: which LS can be judged, and what explains a suspicion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import TRACKER_FLAGS, dcs_only_mask
from dqmtui.model.judging.outliers import median, running_median
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.judging.outliers import Neighbours
    from dqmtui.model.lstable import LSTable

    Floats = NDArray[np.float64]

_WINDOW = 15
_CHANGED = (0.04, 0.12)
"""Relative differences of the pileup from the LS around: conditions are unsteady, and very much so."""

VERY_UNSTEADY = 2
"""Value of `Surroundings.unsteady` from which an LS is nobody's reference."""

_RAMP_SHARE = 0.1
"""Share of the LS around, at either end of their pileup, that does not count for how much it changes."""

_OFF_AS_A_RULE = 1.2
"""Median |z| of LS in unsteady conditions above which they are not to be judged; by chance it is 0.67."""

_OFF_WHEN_FEW = 2.5
_OTHER = 0.025
_FEW = 5
_LOW_LIVE = 0.3
_PARTS = {
    "bpix_ready": "BPix",
    "fpix_ready": "FPix",
    "tibtid_ready": "TIB/TID",
    "tob_ready": "TOB",
    "tecp_ready": "TEC+",
    "tecm_ready": "TEC-",
}


def judgeable(table: LSTable) -> LSMask:
    """Give the LS that a scan judges by default: DCS-only good and a trigger rate above zero.

    A run of which no rate row is known at all (cosmics have no ZeroBias) is not asked for one.
    """
    mask = dcs_only_mask(table)
    rate = table.column(RATE, "rate_hz").floats()
    if not np.isfinite(rate).any():
        return mask
    return mask & LSMask.from_numbers(table.ls[rate > 0])


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """The conditions of n LS, all (n,): numbers, trigger rate in Hz (NaN: none), pileup, or None if unknown.

    `fast_pileup` is its difference from the running median. `unsteady` is 1 where the pileup is off that of
    the LS around by more than 4 % or changes by more than
    8 % among them, 2 where it is off by more than 12 %.
    A pileup that is null inside the run is taken from its neighbours.
    """

    ls: NDArray[np.int64]
    rate_hz: Floats
    pileup: Floats | None
    fast_pileup: Floats
    unsteady: NDArray[np.uint8]

    @classmethod
    def of(cls, table: LSTable, ls: NDArray[np.int64]) -> Surroundings:
        """Join the conditions to LS numbers (n,), sorted; unknown LS have none."""
        rate = _joined(table, RATE, "rate_hz", ls)
        pileup = _joined(table, OMS, "pileup", ls)
        known = np.isfinite(pileup)
        unsteady = np.zeros(ls.size, dtype=np.uint8)
        if not (known.any() and (pileup[known] > 0).any()):
            return cls(ls, np.where(rate > 0, rate, np.nan), None, np.zeros(ls.size), unsteady)
        filled = np.interp(ls, ls[known], pileup[known])
        width = min(2 * _WINDOW + 1, ls.size)
        windows = np.lib.stride_tricks.sliding_window_view(filled, width)
        at = np.clip(np.arange(ls.size) - width // 2, 0, ls.size - width)
        usual = np.maximum(running_median(filled, _WINDOW), 1e-9)
        change = np.maximum(np.abs(filled - usual), (windows.max(axis=1) - windows.min(axis=1))[at] / 2)
        unsteady += change > _CHANGED[0] * usual
        unsteady += np.abs(filled - usual) > _CHANGED[1] * usual
        return cls(ls, np.where(rate > 0, rate, np.nan), filled, filled - usual, unsteady)

    @property
    def steady(self) -> NDArray[np.bool_]:
        """Where conditions change slowly, (n,)."""
        steady: NDArray[np.bool_] = self.unsteady == 0
        return steady

    def at(self, rows: NDArray[np.intp]) -> Surroundings:
        """Pick some of the LS."""
        pileup = None if self.pileup is None else self.pileup[rows]
        return Surroundings(
            self.ls[rows], self.rate_hz[rows], pileup, self.fast_pileup[rows], self.unsteady[rows]
        )

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


def explain(first_ls: int, last_ls: int, table: LSTable) -> tuple[str, ...]:
    """Say which conditions can explain that something is odd in the LS from first to last, both included.

    Flags, beams, rate, prescale and pileup, the most telling first; nothing when all was well. What is null
    or not loaded explains nothing.
    """
    inside = (table.ls >= first_ls) & (table.ls <= last_ls)
    if not inside.any():
        return ("no conditions known",) if table.ls.size else ()
    reasons = [*_beams(table, inside), *_flags(table, inside), *_rates(table, inside)]
    reasons += [*_prescale(table, inside), *_pileup(table, inside)]
    return tuple(reasons)


def _share(bad: NDArray[np.bool_], inside: NDArray[np.bool_]) -> str | None:
    """Say how much of a range something holds for: nothing if all, None if less than half."""
    number, total = int(np.count_nonzero(bad & inside)), int(np.count_nonzero(inside))
    if 2 * number < total or not number:
        return None
    return "" if number == total else f" in {number} of {total} LS"


def _told(inside: NDArray[np.bool_], claims: list[tuple[str, NDArray[np.bool_]]]) -> list[str]:
    shares = [(text, _share(bad, inside)) for text, bad in claims]
    return [f"{text}{share}" for text, share in shares if share is not None]


def _beams(table: LSTable, inside: NDArray[np.bool_]) -> list[str]:
    return _told(
        inside,
        [
            ("beams not stable", table.column(OMS, "beams_stable").is_false()),
            ("CMS not active", table.column(OMS, "cms_active").is_false()),
        ],
    )


def _flags(table: LSTable, inside: NDArray[np.bool_]) -> list[str]:
    return _told(
        inside, [(f"{_PARTS[flag]} not ready", table.column(OMS, flag).is_false()) for flag in TRACKER_FLAGS]
    )


def _rates(table: LSTable, inside: NDArray[np.bool_]) -> list[str]:
    rate = table.column(RATE, "rate_hz")
    absent = ~rate.known & table.source(RATE).is_complete & bool(rate.known.any())
    delivered = table.column(OMS, "delivered_lumi_per_lumisection").floats()
    recorded = table.column(OMS, "recorded_lumi_per_lumisection").floats()
    dead = (delivered > 0) & (recorded < _LOW_LIVE * delivered)
    return _told(
        inside,
        [
            ("trigger rate 0", rate.floats() == 0),
            ("no trigger rate", absent),
            ("recorded less than 30 % of the luminosity", dead),
        ],
    )


def _prescale(table: LSTable, inside: NDArray[np.bool_]) -> list[str]:
    """Name a prescale column that begins where the range does, give or take an LS."""
    index = table.column(OMS, "prescale_index").floats()
    first = int(np.argmax(inside))
    for row in range(max(first - 1, 1), min(first + 2, table.ls.size)):
        if np.isfinite(index[row - 1]) and index[row - 1] != index[row]:
            return [f"prescale changed at LS {int(table.ls[row])}"]
    return []


def _pileup(table: LSTable, inside: NDArray[np.bool_]) -> list[str]:
    """Tell of a pileup that is not that of the LS around, up to 15 on either side, or changes among them."""
    pileup = table.column(OMS, "pileup").floats()
    here = pileup[inside]
    rows = np.flatnonzero(inside)
    around = np.concatenate(
        (pileup[max(0, rows[0] - _WINDOW) : rows[0]], pileup[rows[-1] + 1 : rows[-1] + 1 + _WINDOW])
    )
    here, around = here[np.isfinite(here)], around[np.isfinite(around)]
    if not (here.size and around.size) or here.size > _WINDOW:
        return []
    now, usual = median(here), median(around)
    if abs(now - usual) > _CHANGED[1] * abs(usual):
        return [f"pileup {now:.3g} where the LS around have {usual:.3g}"]
    low, high = np.quantile(around, (_RAMP_SHARE, 1 - _RAMP_SHARE))
    if high - low > 2 * _CHANGED[1] * abs(usual):
        return [f"pileup {now:.3g} where the LS around have {low:.3g} to {high:.3g}"]
    return []
