"""What the synthetic detector was like in each lumisection: events, pileup, gain, what was switched on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dqmtui.demo.cms.plan import TRACKER_FLAGS
from dqmtui.demo.cms.seeds import normal
from dqmtui.demo.cms.truth import Anomaly, AnomalyKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.demo.cms.ranges import LsArray
    from dqmtui.demo.cms.records import RateColumns, RunRecord

Floats = NDArray[np.float64]

_STANDBY = 0.01
"""What a partition that is not ready still sees of what it would see."""

_NEIGHBOURS = 9
"""Rate rows around an LS without one from which its number of events is guessed."""


@dataclass(frozen=True, slots=True)
class LsState:
    """The detector in n lumisections; every array has length n.

    `events` are counts and `pileup` interactions per crossing. `scale` multiplies and `shift` is added to
    positions on the x axis, `efficiency` multiplies counts: 1, 0 and 1 unless something is wrong. `power` is,
    by partition, 1 where it was ready and nearly 0 where not.
    """

    ls: LsArray
    events: Floats
    pileup: Floats
    gain: Floats
    scale: Floats
    shift: Floats
    efficiency: Floats
    power: Mapping[str, Floats]

    @property
    def activity(self) -> Floats:
        """Particles per event relative to a pileup of 60; cosmic rays and noise remain without beams."""
        return self.pileup / 60.0 + 0.004

    @property
    def tracks(self) -> Floats:
        """Tracks found, relative to a detector that is all on: they need the strips more than the pixels."""
        pixels = (self.power["bpix"] + self.power["fpix"]) / 2
        strips = (self.power["tibtid"] + self.power["tob"] + self.power["tecp"] + self.power["tecm"]) / 4
        return strips * (0.3 + 0.7 * pixels)

    def at(self, ls: LsArray) -> LsState:
        """Pick lumisections of this state in any order. All of them must be in it."""
        index = np.searchsorted(self.ls, ls)
        return LsState(
            ls=ls,
            events=self.events[index],
            pileup=self.pileup[index],
            gain=self.gain[index],
            scale=self.scale[index],
            shift=self.shift[index],
            efficiency=self.efficiency[index],
            power={flag: power[index] for flag, power in self.power.items()},
        )

    def spoilt_by(self, anomalies: Sequence[Anomaly]) -> LsState:
        """Return the state with those anomalies in it that change the detector rather than single bins."""
        state = self
        for anomaly in anomalies:
            here = anomaly.covers(self.ls)
            match anomaly.kind:
                case AnomalyKind.CHARGE_SHIFT:
                    state = replace(
                        state, scale=np.where(here, state.scale * (1 + anomaly.size), state.scale)
                    )
                case AnomalyKind.RESIDUAL_SHIFT:
                    state = replace(state, shift=np.where(here, state.shift + anomaly.size, state.shift))
                case AnomalyKind.WRONG_PILEUP:
                    state = replace(state, pileup=np.where(here, state.pileup * anomaly.size, state.pileup))
                case AnomalyKind.LOST_EFFICIENCY:
                    lost = np.where(here, state.efficiency * anomaly.size, state.efficiency)
                    state = replace(state, efficiency=lost)
                case AnomalyKind.DEAD_REGION | AnomalyKind.HOT_SPOT | AnomalyKind.NOISY:
                    pass  # these act on bins: see `detector`
        return state


def ls_state(record: RunRecord, trigger: RateColumns | None, ls: LsArray) -> LsState:
    """State in the given LS of a run, from its OMS columns and the rate of the dataset's trigger.

    Where OMS says nothing, the neighbouring lumisections do: events without a rate row, pileup that is null,
    flags of an LS that OMS lacks. A flag that is null or missing counts as ready.
    """
    run = record.run_number
    jitter = 1.0 + 0.004 * normal(ls, run, "yield")
    # One percent from run to run; within a run the charge sags by a few percent.
    gain = 1.0 + 0.01 * normal(np.array([run]), "gain") - 0.04 * (1.0 - np.exp(-ls / 800.0))
    return LsState(
        ls=ls,
        events=_events(trigger, ls),
        pileup=pileup_at(record.lumisections, ls),
        gain=gain,
        scale=np.ones(ls.size),
        shift=np.zeros(ls.size),
        efficiency=jitter,
        power={flag: _power(record.lumisections, f"{flag}_ready", ls) for flag in TRACKER_FLAGS},
    )


def _events(trigger: RateColumns | None, ls: LsArray) -> Floats:
    if trigger is None:
        return np.zeros(ls.size)
    known = [
        (first, count)
        for first, count in zip(trigger.first_lumisection_number, trigger.counter, strict=True)
        if count is not None
    ]
    if not known:
        return np.zeros(ls.size)
    rows, counts = (np.array(column) for column in zip(*known, strict=True))
    index = np.minimum(np.searchsorted(rows, ls), rows.size - 1)
    events = counts[index].astype(np.float64)
    for i in np.flatnonzero(rows[index] != ls).tolist():
        events[i] = np.median(counts[max(0, index[i] - _NEIGHBOURS // 2) : index[i] + _NEIGHBOURS // 2 + 1])
    return events


def pileup_at(columns: Mapping[str, list[object]], ls: LsArray) -> Floats:
    """Pileup in each LS by its columns, between known neighbours where they say nothing."""
    pileup = np.array(columns.get("pileup", []), np.float64)  # null becomes NaN
    known = np.isfinite(pileup)
    if not known.any():
        return np.zeros(ls.size)
    rows = np.array(columns["lumisection_number"], np.float64)
    return np.maximum(np.interp(ls, rows[known], pileup[known]), 0.0)


def _power(columns: Mapping[str, list[object]], flag: str, ls: LsArray) -> Floats:
    if flag not in columns:
        return np.ones(ls.size)
    rows = np.array(columns["lumisection_number"], np.int64)
    off = np.array([value is False for value in columns[flag]])
    index = np.clip(np.searchsorted(rows, ls, side="right") - 1, 0, None)
    return np.where(off[index], _STANDBY, 1.0)
