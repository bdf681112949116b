"""Pileup, luminosity and live time of a planned run, as functions of the LS number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.ranges import LsArray, parse_ranges, within
from dqmtui.demo.cms.seeds import normal, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.demo.cms.plan import RunPlan

LUMISECTION_SECONDS = 23.31040958
"""Length of a lumisection, 2^18 LHC orbits."""

_INV_PB_PER_PILEUP = 0.007668 / 2340
"""Luminosity delivered in one LS per unit of pileup and colliding bunch, in pb^-1 (2024, 13.6 TeV)."""


@dataclass(frozen=True, slots=True)
class BeamColumns:
    """Beam conditions in a run's lumisections; luminosities per LS in pb^-1."""

    ls: LsArray
    pileup: NDArray[np.float64]
    live: NDArray[np.float64]
    delivered: NDArray[np.float64]
    recorded: NDArray[np.float64]


def beam_columns(plan: RunPlan, ls: LsArray) -> BeamColumns:
    """Beam conditions of the given LS; each value depends on its own LS number alone."""
    pileup = _pileup(plan, ls)
    live = _live(plan, ls, pileup)
    delivered = pileup * _INV_PB_PER_PILEUP * plan.bunches
    return BeamColumns(ls, pileup, live, delivered, delivered * live)


def lumisection_times(start: str, ls: LsArray) -> tuple[list[str], list[str]]:
    """Start and end of each LS of a run that began at `start`, as ISO times with Z."""
    edges = np.union1d(ls - 1, ls)
    milliseconds = np.rint(edges * (LUMISECTION_SECONDS * 1e3)).astype(np.int64)
    times = np.array(iso_times(np.datetime64(start, "ms") + milliseconds.astype("timedelta64[ms]")))
    starts: list[str] = times[np.searchsorted(edges, ls - 1)].tolist()
    ends: list[str] = times[np.searchsorted(edges, ls)].tolist()
    return starts, ends


def iso_times(moments: NDArray[np.datetime64]) -> list[str]:
    """UTC moments as OMS writes them: whole seconds and a Z."""
    texts: list[str] = np.datetime_as_string(moments.astype("datetime64[s]"), timezone="UTC").tolist()
    return texts


def _pileup(plan: RunPlan, ls: LsArray) -> NDArray[np.float64]:
    if plan.cosmics:
        return np.zeros(ls.size)
    knots = np.array([knot.split(":") for knot in plan.pileup.split()], np.float64)
    smooth = np.interp(ls, knots[:, 0], knots[:, 1])
    noise = np.where(smooth > 0, 0.004 * smooth, 0.0008)  # without beams the measurement falls below zero too
    return np.asarray(np.round(smooth + noise * normal(ls, plan.run, "pileup"), 8))


def usual_live(pileup: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of the triggers that are taken at each pileup while nothing is wrong."""
    return 0.996 - 0.041 * (pileup / 63.0) ** 2


def _live(plan: RunPlan, ls: LsArray, pileup: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fraction of the triggers that were taken: dead time grows with the pileup, a few LS lose much more."""
    live = usual_live(pileup) + 0.003 * normal(ls, plan.run, "live")
    live *= np.minimum(0.4 + 24.0 * uniform(ls, plan.run, "hiccup"), 1.0)
    for where, fraction in plan.live:
        live[within(ls, where)] = fraction
    taking = np.isin(ls, parse_ranges(plan.rates)) | within(ls, plan.dials_extra)
    return np.where(taking, np.clip(live, 0.0, 1.0), 0.0)


@dataclass(frozen=True, slots=True)
class LumiScale:
    """Units that suit a run's luminosity: the reason why they vary from record to record in OMS."""

    exponent: int
    integrated: str
    per_inv_pb: float

    @classmethod
    def fitting(cls, peak_pileup: float) -> LumiScale:
        """Choose the units by the highest pileup of a run."""
        return next(scale for above, scale in _SCALES if peak_pileup > above)

    def units(self, *names: str) -> dict[str, str]:
        """Name the unit of each luminosity: instantaneous for init_lumi and end_lumi, else integrated."""
        instantaneous = f"10^{{{self.exponent}}}cm^{{-2}}s^{{-1}}"
        return {name: instantaneous if name in _INSTANTANEOUS else self.integrated for name in names}

    def integral(self, inv_pb: NDArray[np.float64]) -> NDArray[np.float64]:
        """Luminosities of so many pb^-1 in the integrated unit."""
        return np.round(inv_pb * self.per_inv_pb, 12)

    def instantaneous(self, inv_pb_per_ls: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean luminosity of lumisections that delivered so many pb^-1; 1 pb^-1 is 10^36 cm^-2."""
        return np.round(inv_pb_per_ls / LUMISECTION_SECONDS * 10.0 ** (36 - self.exponent), 8)


_INSTANTANEOUS = ("init_lumi", "end_lumi")
_SCALES = (
    (55.0, LumiScale(34, "pb^{-1}", 1.0)),
    (40.0, LumiScale(33, "pb^{-1}", 1.0)),
    (20.0, LumiScale(30, "pb^{-1}", 1.0)),
    (-np.inf, LumiScale(27, "{\\mu}b^{-1}", 1e6)),
)
