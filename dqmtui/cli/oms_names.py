"""The names that OMS is known to have: its resources, and attributes whose keys any JSON of ours has."""

from __future__ import annotations

from difflib import get_close_matches

RESOURCES = (
    "runs",
    "lumisections",
    "fills",
    "eras",
    "l1triggerrates",
    "l1algorithmtriggers",
    "hltpathinfo",
    "hltpathrates",
    "hltconfigdata",
    "datasetrates",
    "streams",
    "deadtimes",
    "prescalechanges",
    "runkeys",
    "daqreadouts",
)
"""Those that help in typing; OMS may have others."""


def nearest_resource(name: str) -> str:
    """Give a sentence with the resource that a name may have meant, or with all of them."""
    near = get_close_matches(name.lower(), RESOURCES, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known are {', '.join(RESOURCES)}."


RUN_ATTRIBUTES = (
    "fill_number",
    "era",
    "sequence",
    "start_time",
    "end_time",
    "duration",
    "last_lumisection_number",
    "stable_beam",
    "fill_type_runtime",
    "energy",
    "b_field",
    "components",
    "components_out",
    "cmssw_version",
    "delivered_lumi",
    "recorded_lumi",
    "init_lumi",
    "end_lumi",
    "l1_rate",
    "l1_triggers_counter",
    "hlt_physics_rate",
    "hlt_physics_counter",
    "l1_key",
    "hlt_key",
    "l1_hlt_mode",
    "trigger_mode",
    "l1_menu",
    "initial_prescale_index",
    "tier0_transfer",
    "clock_type",
    "beamactive_total_deadtime",
)

_READY = (
    "bpix fpix tibtid tob tecp tecm ebp ebm eep eem esp esm hbhea hbheb hbhec hf ho dtp dtm dt0 cscp cscm "
    "rpc gem gemp gemm castor zdc rp_sect_45 rp_sect_56 rp_time"
)

LUMISECTION_ATTRIBUTES = (
    "run_number",
    "lumisection_number",
    "fill_number",
    "start_time",
    "end_time",
    "delivered_lumi_per_lumisection",
    "recorded_lumi_per_lumisection",
    "delivered_lumi",
    "recorded_lumi",
    "init_lumi",
    "end_lumi",
    "pileup",
    "prescale_index",
    "prescale_name",
    "physics_flag",
    "cms_active",
    "beam1_present",
    "beam2_present",
    "beam1_stable",
    "beam2_stable",
    "beams_stable",
    *(f"{part}_ready" for part in _READY.split()),
)
