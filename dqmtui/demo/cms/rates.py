"""Rates of the trigger paths, primary datasets and level-1 triggers of a planned run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from dqmtui.demo.cms.beams import (
    LUMISECTION_SECONDS,
    BeamColumns,
    beam_columns,
    lumisection_times,
    usual_live,
)
from dqmtui.demo.cms.ranges import parse_ranges, within
from dqmtui.demo.cms.records import RateColumns
from dqmtui.demo.cms.seeds import generator, normal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.demo.cms.plan import RunPlan
    from dqmtui.demo.cms.records import Attributes


@dataclass(frozen=True, slots=True)
class _Trigger:
    """A rate in Hz: `constant_hz + per_pileup_hz x pileup`, times the live fraction."""

    constant_hz: float
    per_pileup_hz: float = 0.0
    version: int = 0

    def rate_hz(self, pileup: NDArray[np.float64], live: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the rate at each pileup and live fraction."""
        return (self.constant_hz + self.per_pileup_hz * np.maximum(pileup, 0.0)) * live


_COLLISION_PATHS = {
    "HLT_ZeroBias": _Trigger(50.4, 0.0, 11),
    "HLT_ZeroBias_FirstBXAfterTrain": _Trigger(2.1, 0.0, 8),
    "HLT_ZeroBias_FirstCollisionInTrain": _Trigger(6.3, 0.0, 9),
    "HLT_ZeroBias_IsolatedBunches": _Trigger(3.0, 0.0, 10),
    "HLT_Physics": _Trigger(0.45, 0.305, 12),
    "HLT_Random": _Trigger(8.2, 0.0, 3),
    "HLT_IsoMu24": _Trigger(0.1, 3.9, 19),
    "HLT_Ele32_WPTight_Gsf": _Trigger(0.0, 3.1, 22),
    "HLT_PFJet140": _Trigger(0.0, 0.62, 25),
    "HLT_PFJet500": _Trigger(0.0, 0.21, 27),
    "HLT_PFMET120_PFMHT120_IDTight": _Trigger(0.1, 0.71, 26),
    "DQM_PixelReconstruction": _Trigger(0.3, 0.156, 10),
}
_COSMIC_PATHS = {
    "HLT_L1SingleMuCosmics": _Trigger(92.0, 0.0, 8),
    "HLT_L1SingleMuOpen": _Trigger(131.0, 0.0, 6),
    "HLT_Physics": _Trigger(1.2, 0.0, 12),
    "HLT_Random": _Trigger(40.0, 0.0, 3),
    "DQM_PixelReconstruction": _Trigger(134.0, 0.0, 10),
}
_COLLISION_DATASETS = {
    "EGamma0": _Trigger(0.5, 4.1),
    "EGamma1": _Trigger(0.5, 4.1),
    "ExpressPhysics": _Trigger(9.0, 0.61),
    "HLTPhysics": _Trigger(0.45, 0.305),
    "JetMET0": _Trigger(0.2, 2.2),
    "JetMET1": _Trigger(0.2, 2.2),
    "Muon0": _Trigger(0.3, 3.4),
    "Muon1": _Trigger(0.3, 3.4),
    "ZeroBias": _Trigger(50.4),
}
_COSMIC_DATASETS = {
    "Cosmics": _Trigger(92.0),
    "ExpressCosmics": _Trigger(92.0),
    "HLTPhysics": _Trigger(1.2),
    "MinimumBias": _Trigger(131.0),
}
_FED_BY = {"ZeroBias": "HLT_ZeroBias", "HLTPhysics": "HLT_Physics", "Cosmics": "HLT_L1SingleMuCosmics"}
"""Datasets fed by one path alone: they have the very events of that path."""

_DEADTIME_SHARES = {
    "total_deadtime": 1.0,
    "tts_deadtime": 0.62,
    "trg_rules_deadtime": 0.24,
    "sw_pause_deadtime": 0.14,
}
_VERSION_STEP = {"2024B": -1, "2024F": 1}


def path_rates(plan: RunPlan) -> dict[str, RateColumns]:
    """Rates of the run's trigger paths by versioned path name."""
    paths = _COSMIC_PATHS if plan.cosmics else _COLLISION_PATHS
    return {_versioned(name, paths[name], plan.era): columns for name, columns in _rates(plan, paths).items()}


def usual_path_rates(
    run: int, era: str, ls: NDArray[np.int64], pileup: NDArray[np.float64], *, cosmics: bool
) -> dict[str, RateColumns]:
    """Rates of trigger paths by versioned name as they are at such a pileup while nothing is wrong."""
    live = usual_live(pileup)
    return {
        _versioned(name, trigger, era): rate_columns(
            ls, _counted_events(run, name, trigger.rate_hz(pileup, live))
        )
        for name, trigger in (_COSMIC_PATHS if cosmics else _COLLISION_PATHS).items()
    }


def _versioned(name: str, trigger: _Trigger, era: str) -> str:
    return f"{name}_v{trigger.version + _VERSION_STEP.get(era, 0)}"


def dataset_rates(plan: RunPlan) -> dict[str, RateColumns]:
    """Rates of the run's primary datasets by name."""
    return _rates(plan, _COSMIC_DATASETS if plan.cosmics else _COLLISION_DATASETS)


def rate_columns(
    ls: NDArray[np.int64], counts: NDArray[np.int64], *, last_is_open: bool = False
) -> RateColumns:
    """Rows of a rate from its event counts; the rate and counter of a last LS still open are null."""
    rates: list[float | None] = (counts / LUMISECTION_SECONDS).tolist()
    counters: list[int | None] = counts.tolist()
    if last_is_open and counters:
        rates[-1] = counters[-1] = None
    return RateColumns(tuple(ls.tolist()), tuple(rates), tuple(counters))


def _rates(plan: RunPlan, triggers: Mapping[str, _Trigger]) -> dict[str, RateColumns]:
    beams = beam_columns(plan, parse_ranges(plan.rates))
    return {name: _columns(plan, beams, name, trigger) for name, trigger in triggers.items()}


def _columns(plan: RunPlan, beams: BeamColumns, name: str, trigger: _Trigger) -> RateColumns:
    rate_hz = trigger.rate_hz(beams.pileup, beams.live)
    if _events_of(name) == "HLT_ZeroBias":
        rate_hz[within(beams.ls, plan.zero_bias_zero)] = 0.0
    return rate_columns(beams.ls, _counted_events(plan.run, name, rate_hz), last_is_open=plan.ongoing)


def _events_of(name: str) -> str:
    """Name the trigger path whose events a path or a dataset has."""
    return _FED_BY.get(name, name)


def _counted_events(run: int, name: str, rate_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    return generator(run, "rate", _events_of(name)).poisson(rate_hz * LUMISECTION_SECONDS)


def level1_rate_hz(plan: RunPlan, pileup: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rate of level-1 accepts before dead time, in Hz, at each pileup."""
    return np.where(plan.cosmics, 610.0, 900.0 + 1560.0 * np.maximum(pileup, 0.0))


class Level1Rows(Sequence["Attributes"]):
    """The `l1triggerrates` row of each LS, made when it is looked at."""

    def __init__(self, plan: RunPlan, beams: BeamColumns) -> None:
        self._plan = plan
        self._beams = beams

    def __len__(self) -> int:
        return int(self._beams.ls.size)

    @overload
    def __getitem__(self, index: int) -> Attributes: ...
    @overload
    def __getitem__(self, index: slice) -> list[Attributes]: ...
    def __getitem__(self, index: int | slice) -> Attributes | list[Attributes]:
        """Attributes of one row, or a list of them for a slice."""
        if isinstance(index, slice):
            return [self._row(i) for i in range(*index.indices(len(self)))]
        return self._row(range(len(self))[index])

    @cached_property
    def _start_times(self) -> list[str]:
        return lumisection_times(self._plan.start, self._beams.ls)[0]

    @cached_property
    def _generated_hz(self) -> NDArray[np.float64]:
        spread = 1.0 + 0.004 * normal(self._beams.ls, self._plan.run, "level1")
        return spread * level1_rate_hz(self._plan, self._beams.pileup)

    def _row(self, i: int) -> Attributes:
        ls, live = int(self._beams.ls[i]), float(self._beams.live[i])
        generated = round(float(self._generated_hz[i]) * LUMISECTION_SECONDS)
        physics = round(generated * live)
        calibration, random = round(2281 * live), round(9978 * live)
        lost_percent = 100.0 * (generated - physics) / generated
        return {
            "run_number": self._plan.run,
            "first_lumisection_number": ls,
            "last_lumisection_number": ls,
            "start_time": self._start_times[i],
            "l1a_total": _counted(physics + calibration + random),
            "l1a_physics": _counted(physics),
            "l1a_calibration": _counted(calibration),
            "l1a_random": _counted(random),
            "total_before_deadtime": _counted(generated + calibration + random),
            "trigger_physics_lost": _counted(generated - physics),
            "trigger_physics_lost_beam_active": _counted(round(0.9 * (generated - physics))),
            "trigger_physics_lost_beam_inactive": _counted(round(0.1 * (generated - physics))),
            "physics_generated_fdl_tcds": _counted(generated),
            "physics_generated_fdl_gt": {"counter": None, "rate": None},
            "percentage_physics_triggers_lost": lost_percent,
        }


def deadtimes(run: int, live: NDArray[np.float64]) -> Attributes:
    """Make the run's `deadtimes` row from the live fractions of its active lumisections."""
    dead = float(1.0 - live.mean()) if live.size else 0.0
    crossings = live.size * 2**18 * 3564
    row: dict[str, object] = {"run_number": run}
    for scope, factor in (("beamactive", 1.0), ("overall", 1.06)):
        for cause, share in _DEADTIME_SHARES.items():
            part = dead * share * factor
            row[f"{scope}_{cause}"] = {"counter": round(part * crossings), "percent": round(100.0 * part, 4)}
    return row


def _counted(counter: int) -> dict[str, object]:
    return {"counter": counter, "rate": round(counter / LUMISECTION_SECONDS, 6)}
