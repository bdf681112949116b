"""The attributes of each OMS resource: they are there whether or not there are records to show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.demo.cms.plan import TRACKER_FLAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_OTHER_FLAGS = (
    "ebp", "ebm", "eep", "eem", "esp", "esm", "hbhea", "hbheb", "hbhec", "hf", "ho", "dtp", "dtm", "dt0",
    "cscp", "cscm", "rpc", "gemp", "gemm", "gem", "castor", "zdc", "rp_sect_45", "rp_sect_56", "rp_time",
)  # fmt: skip
_DEADTIMES = ("total_deadtime", "tts_deadtime", "trg_rules_deadtime", "sw_pause_deadtime")


def _types(**names_of: str) -> dict[str, str]:
    """Give the type of each attribute, from their names by type."""
    return {name: kind for kind, names in names_of.items() for name in names.split()}


_ROWS = "run_number first_lumisection_number last_lumisection_number"

ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "runs": _types(
        INTEGER="run_number fill_number duration last_lumisection_number l1_triggers_counter "
        "hlt_physics_counter initial_prescale_index",
        STRING="era sequence fill_type_runtime fill_type_party1 fill_type_party2 cmssw_version l1_key "
        "l1_hlt_mode l1_hlt_mode_stripped hlt_key trigger_mode l1_menu clock_type",
        DATETIME="start_time end_time last_update",
        BOOLEAN="stable_beam tier0_transfer",
        FLOAT="energy b_field beta_star_start crossing_angle_start delivered_lumi recorded_lumi init_lumi "
        "end_lumi l1_rate hlt_physics_rate beamactive_total_deadtime",
        ARRAY="components components_out",
    ),
    "lumisections": _types(
        INTEGER="run_number lumisection_number fill_number prescale_index",
        DATETIME="start_time end_time",
        FLOAT="delivered_lumi recorded_lumi delivered_lumi_per_lumisection recorded_lumi_per_lumisection "
        "init_lumi end_lumi pileup",
        STRING="prescale_name",
        BOOLEAN="physics_flag cms_active beam_present beam1_present beam2_present beam1_stable beam2_stable "
        "beams_stable " + " ".join(f"{flag}_ready" for flag in (*TRACKER_FLAGS, *_OTHER_FLAGS)),
    ),
    "datasetrates": _types(
        STRING="dataset_name",
        INTEGER=f"{_ROWS} last_lumisection_in_run events",
        FLOAT="rate",
        BOOLEAN="cms_active",
        DATETIME="start_time",
    ),
    "hltpathinfo": _types(STRING="path_name", INTEGER="run_number"),
    "hltpathrates": _types(STRING="path_name", INTEGER=f"{_ROWS} counter", FLOAT="rate"),
    "l1triggerrates": _types(
        INTEGER=_ROWS,
        DATETIME="start_time",
        OBJECT="l1a_total l1a_physics l1a_calibration l1a_random total_before_deadtime trigger_physics_lost "
        "trigger_physics_lost_beam_active trigger_physics_lost_beam_inactive physics_generated_fdl_tcds "
        "physics_generated_fdl_gt",
        FLOAT="percentage_physics_triggers_lost",
    ),
    "deadtimes": _types(
        INTEGER="run_number",
        OBJECT=" ".join(f"{scope}_{cause}" for scope in ("beamactive", "overall") for cause in _DEADTIMES),
    ),
    "prescalechanges": _types(
        INTEGER="run_number lumisection_number old_prescale_index new_prescale_index",
        STRING="new_prescale_name",
    ),
    "fills": _types(
        INTEGER="fill_number duration bunches_colliding first_run_number last_run_number",
        STRING="era injection_scheme",
        DATETIME="start_time end_time start_stable_beam end_stable_beam",
        BOOLEAN="stable_beams",
        FLOAT="energy beta_star crossing_angle peak_lumi peak_pileup delivered_lumi recorded_lumi",
    ),
    "eras": _types(STRING="name", INTEGER="start_fill end_fill"),
}
"""Type of each attribute by resource, named as a resource's meta names types."""
