"""OMS records of a planned run: its card and its columns per lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.beams import (
    LUMISECTION_SECONDS,
    BeamColumns,
    LumiScale,
    beam_columns,
    iso_times,
    lumisection_times,
)
from dqmtui.demo.cms.plan import TRACKER_FLAGS
from dqmtui.demo.cms.ranges import LsArray, parse_ranges, within
from dqmtui.demo.cms.rates import Level1Rows, dataset_rates, deadtimes, level1_rate_hz, path_rates
from dqmtui.demo.cms.records import Deferred, RunRecord

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.demo.cms.plan import RunPlan
    from dqmtui.demo.cms.records import Attributes

_ALWAYS_READY = (
    "ebp", "ebm", "eep", "eem", "esp", "esm", "hbhea", "hbheb", "hbhec", "hf", "ho", "dtp", "dtm", "dt0",
    "cscp", "cscm", "rpc", "gemp", "gemm",
)  # fmt: skip
_NEVER_READY = ("castor", "zdc")
_NEVER_KNOWN = ("gem", "rp_sect_45", "rp_sect_56", "rp_time")
_COMPONENTS = [
    "CSC", "CTPPS", "DAQ", "DCS", "DQM", "DT", "ECAL", "ES", "GEM", "HCAL", "HF", "PIXEL", "RPC", "SCAL",
    "TCDS", "TRACKER", "TRG",
]  # fmt: skip
_CARD_LUMI = ("init_lumi", "end_lumi", "delivered_lumi", "recorded_lumi")
_LS_LUMI = (*_CARD_LUMI, "delivered_lumi_per_lumisection", "recorded_lumi_per_lumisection")
_CARD_UNITS = {"energy": "GeV", "b_field": "T", "beta_star_start": "cm", "crossing_angle_start": "{\\mu}rad"}


def build_run(plan: RunPlan, lumi_before_inv_pb: float) -> RunRecord:
    """Build a run's record; the second argument is what its first fill had delivered before the run."""
    beams = beam_columns(plan, parse_ranges(plan.rows))
    scale = LumiScale.fitting(beams.pileup.max())
    return RunRecord(
        run_number=plan.run,
        attributes={
            name: value for name, value in _card(plan, beams, scale).items() if name not in plan.absent
        },
        units=scale.units(*_CARD_LUMI) | _CARD_UNITS,
        lumisections=Deferred(lambda: _lumisections(plan, beams, scale, lumi_before_inv_pb)),
        lumisection_units=scale.units(*_LS_LUMI),
        hlt=Deferred(lambda: path_rates(plan)),
        datasets=Deferred(lambda: dataset_rates(plan)),
        l1=Level1Rows(plan, beams),
        deadtime=deadtimes(plan.run, beams.live[within(beams.ls, plan.active)]),
        prescale_changes=_prescale_changes(plan),
    )


def fill_numbers(plan: RunPlan, ls: LsArray) -> NDArray[np.int64]:
    """Fill number of each LS; 0 where OMS lost it."""
    firsts, numbers = np.array(plan.fills).T
    return np.asarray(numbers[np.searchsorted(firsts, ls, side="right") - 1], np.int64)


def delivered_by_fill(plan: RunPlan) -> dict[int, float]:
    """Luminosity in pb^-1 that each fill delivered during a run."""
    ls = parse_ranges(plan.rows)
    delivered, fills = beam_columns(plan, ls).delivered, fill_numbers(plan, ls)
    return {int(fill): float(delivered[fills == fill].sum()) for fill in np.unique(fills)}


def tracker_flag(plan: RunPlan, flag: str, ls: LsArray) -> NDArray[np.bool_]:
    """Whether one tracker partition was ready in each LS."""
    return within(ls, plan.ready_of.get(flag, plan.ready)) & ~within(ls, plan.not_ready.get(flag, ""))


def _lumisections(
    plan: RunPlan, beams: BeamColumns, scale: LumiScale, lumi_before: float
) -> dict[str, list[object]]:
    ls = beams.ls
    starts, ends = lumisection_times(plan.start, ls)
    columns: dict[str, list[object]] = {
        "run_number": [plan.run] * ls.size,
        "lumisection_number": ls.tolist(),
        "fill_number": fill_numbers(plan, ls).tolist(),
        "start_time": [*starts],
        "end_time": [*ends[:-1], None if plan.ongoing else ends[-1]],
        **_luminosities(plan, beams, scale, lumi_before),
        **_prescale_columns(plan, ls),
    }
    stable, present = within(ls, plan.stable), np.zeros(ls.size, np.bool_)
    if not plan.cosmics:
        # Beams are in the machine from half an hour before they are declared stable until they are dumped.
        present = (ls >= parse_ranges(plan.stable)[0] - 80) & ((beams.pileup > 0) | stable)
    flags = {
        "physics_flag": within(ls, plan.physics) if plan.physics is not None else stable,
        "cms_active": within(ls, plan.active),
        **dict.fromkeys(("beam_present", "beam1_present", "beam2_present"), present),
        **dict.fromkeys(("beam1_stable", "beam2_stable", "beams_stable"), stable),
        **{f"{flag}_ready": tracker_flag(plan, flag, ls) for flag in TRACKER_FLAGS},
        **dict.fromkeys((f"{flag}_ready" for flag in _ALWAYS_READY), np.ones(ls.size, np.bool_)),
        **dict.fromkeys((f"{flag}_ready" for flag in _NEVER_READY), np.zeros(ls.size, np.bool_)),
    }
    unknown = {f"{flag}_ready": where for flag, where in plan.unknown.items()}
    for name, values in flags.items():
        columns[name] = _listed(values, null=within(ls, unknown.get(name, "")))
    for flag in _NEVER_KNOWN:
        columns[f"{flag}_ready"] = [None] * ls.size
    return columns


def _luminosities(
    plan: RunPlan, beams: BeamColumns, scale: LumiScale, lumi_before: float
) -> dict[str, list[object]]:
    """Luminosity and pileup columns: per LS, and cumulative over the fill as OMS gives them."""
    null = within(beams.ls, plan.lumi_null)
    in_first_fill = fill_numbers(plan, beams.ls) == plan.fills[0][1]
    cumulative = {}
    for name, per_ls in (("delivered_lumi", beams.delivered), ("recorded_lumi", beams.recorded)):
        sums = np.cumsum(per_ls)
        # A run's later fills have no beams in it: their integrals begin with zero.
        cumulative[name] = scale.integral(np.where(in_first_fill, sums + lumi_before, 0.0))
    ends = np.append(beams.delivered[1:], beams.delivered[-1])
    columns = {
        **cumulative,
        "delivered_lumi_per_lumisection": scale.integral(beams.delivered),
        "recorded_lumi_per_lumisection": scale.integral(beams.recorded),
        "init_lumi": scale.instantaneous(beams.delivered),
        "end_lumi": scale.instantaneous(ends),
        "pileup": beams.pileup,
    }
    return {name: _listed(values, null=null) for name, values in columns.items()}


def _prescale_columns(plan: RunPlan, ls: LsArray) -> dict[str, list[object]]:
    """Prescale index and name: null from the last active LS on, except while the run goes on."""
    firsts = np.array([first for first, _, _ in plan.prescales])
    step = np.searchsorted(firsts, ls, side="right") - 1
    last_active = parse_ranges(plan.active)[-1]
    null = (ls >= last_active) & (not plan.ongoing)
    return {
        "prescale_index": _listed(np.array([index for _, index, _ in plan.prescales])[step], null=null),
        "prescale_name": _listed(np.array([name for _, _, name in plan.prescales])[step], null=null),
    }


def _prescale_changes(plan: RunPlan) -> list[Attributes]:
    old: int | None = None
    rows: list[Attributes] = []
    for first_ls, index, name in plan.prescales:
        rows.append(
            {
                "run_number": plan.run,
                "lumisection_number": first_ls,
                "old_prescale_index": old,
                "new_prescale_index": index,
                "new_prescale_name": name,
            }
        )
        old = index
    return rows


def _card(plan: RunPlan, beams: BeamColumns, scale: LumiScale) -> Attributes:
    last_ls = int(beams.ls[-1])
    start, end = iso_times(
        np.datetime64(plan.start, "s")
        + np.array([0, round(last_ls * LUMISECTION_SECONDS)]).astype("timedelta64[s]")
    )
    kind = "cosmics" if plan.cosmics else "collisions"
    year = plan.era[:4]
    active = within(beams.ls, plan.active)
    l1_rate = float(np.mean((level1_rate_hz(plan, beams.pileup) * beams.live)[active]))
    seconds = int(active.sum()) * LUMISECTION_SECONDS
    hlt_rate = 145.0 if plan.cosmics else 0.025 * l1_rate
    delivered, recorded = scale.integral(np.array([beams.delivered.sum(), beams.recorded.sum()])).tolist()
    init_lumi, end_lumi = scale.instantaneous(beams.delivered[[0, -1]]).tolist()
    return {
        "run_number": plan.run,
        "fill_number": plan.fills[0][1],
        "era": plan.era,
        "sequence": "GLOBAL-RUN",
        "start_time": start,
        "end_time": None if plan.ongoing else end,
        "last_update": end,
        "duration": None if plan.ongoing else round(last_ls * LUMISECTION_SECONDS),
        "last_lumisection_number": last_ls,
        "stable_beam": bool(plan.stable),
        "fill_type_runtime": "COSMICS" if plan.cosmics else "PROTONS",
        "fill_type_party1": "PROTON",
        "fill_type_party2": "PROTON",
        "energy": 0.0 if plan.cosmics else 6800.0,
        "b_field": 3.8,
        "beta_star_start": None if plan.cosmics else 120.0,
        "crossing_angle_start": None if plan.cosmics else 133.0,
        "components": _COMPONENTS,
        "components_out": ["CTPPS_TOT"],
        "cmssw_version": f"CMSSW_14_0_{5 + 'BCDEF'.find(plan.era[-1])}_MULTIARCHS",
        "delivered_lumi": None if plan.cosmics else delivered,
        "recorded_lumi": None if plan.cosmics else recorded,
        "init_lumi": None if plan.cosmics else init_lumi,
        "end_lumi": None if plan.cosmics else end_lumi,
        "l1_rate": None if plan.ongoing else round(l1_rate, 3),
        "l1_triggers_counter": round(l1_rate * seconds),
        "hlt_physics_rate": round(hlt_rate, 3),
        "hlt_physics_counter": round(hlt_rate * seconds),
        "l1_key": f"l1_trg_{kind}{year}/v{12 + 'BCDEF'.find(plan.era[-1])}",
        "l1_hlt_mode": f"{kind}{year}",
        "l1_hlt_mode_stripped": f"{kind}{year}/v91",
        "hlt_key": f"/cdaq/{kind if plan.cosmics else 'physics'}/Run{year}/2e34/v1.2.{plan.run % 7}/HLT/V1",
        "trigger_mode": f"l1_hlt_{kind}{year}/v91",
        "l1_menu": f"L1Menu_Collisions{year}_v1_2_0",
        "initial_prescale_index": plan.prescales[0][1],
        "tier0_transfer": True,
        "clock_type": "LOCAL" if plan.cosmics else "LHC",
        "beamactive_total_deadtime": round(100.0 * float(1.0 - beams.live[active].mean()), 3),
    }


def _listed(values: NDArray[np.generic], *, null: NDArray[np.bool_]) -> list[object]:
    """Values as JSON has them, None where they are null."""
    listed: list[object] = values.tolist()
    for i in np.flatnonzero(null).tolist():
        listed[i] = None
    return listed
