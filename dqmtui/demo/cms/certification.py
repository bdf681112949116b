"""Certification of the world's runs: golden, muon and DCS-only JSON, and the list of reference runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.plan import TRACKER_FLAGS
from dqmtui.demo.cms.ranges import LsArray, to_ranges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.demo.cms.records import Attributes, RunRecord
    from dqmtui.demo.cms.source import Placement
    from dqmtui.demo.cms.truth import Anomaly

KINDS = ("golden", "muon", "dcs")
_DCS_COLUMNS = (*(f"{flag}_ready" for flag in TRACKER_FLAGS), "cms_active", "beams_stable")
_TITLES = {"golden": "Golden", "muon": "Muon", "dcs": "DCSOnly_TkPx"}

_REFERENCES = {
    # Runs of the year before, which are not in this world: a reference need not be in DIALS.
    378981: 366449,
    379011: 366449,
    379356: 366933,
    379765: 380115,
    380115: 379765,
    380147: 381208,
    380238: 379765,
    380310: 379765,
    380360: 380115,
    381151: 381065,
    381208: 380603,
    381226: 381208,
    381597: 381208,
}


def dcs_lumisections(record: RunRecord) -> LsArray:
    """LS of the official DCS-only selection: all of the tracker ready, CMS active, beams stable.

    Null is not true; a run whose record lacks one of these columns has none.
    """
    columns = record.lumisections
    if not all(name in columns for name in _DCS_COLUMNS):
        return np.empty(0, np.int64)
    true = np.array([[value is True for value in columns[name]] for name in _DCS_COLUMNS], np.bool_)
    return np.array(columns["lumisection_number"], np.int64)[true.all(axis=0)]


def certification(
    runs: Mapping[int, RunRecord],
    placements: Mapping[int, Placement],
    anomalies: Sequence[Anomaly],
    class_name: str,
    kind: str,
) -> Attributes:
    """Body of a certification file: KeyError for a kind, or a class such as Collisions24, that has none.

    The golden JSON is the DCS-only one without the lumisections that reviewers found bad; the muon JSON
    forgives what only jets and missing energy suffer from.
    """
    year = class_name.removeprefix("Collisions")
    members = [run for run, placement in placements.items() if placement.era[2:4] == year]
    if kind not in KINDS or class_name == year or not members:
        raise KeyError((class_name, kind))
    content = {}
    for run in members:
        good = dcs_lumisections(runs[run])
        for anomaly in anomalies:
            if anomaly.certified_bad and anomaly.run == run and _matters(anomaly, kind):
                good = good[~anomaly.covers(good)]
        if good.size:
            content[str(run)] = to_ranges(good)
    name = f"Cert_Collisions20{year}_{members[0]}_{members[-1]}_{_TITLES[kind]}.json"
    return {
        "name": name,
        "url": f"https://cms-service-dqmdc.web.cern.ch/CAF/certification/{class_name}/{name}",
        "last_modified": "2024-06-20T14:03:11Z",
        "size": len(json.dumps(content)),
        "content": content,
    }


def reference_runs(runs: Mapping[int, RunRecord], placements: Mapping[int, Placement]) -> list[Attributes]:
    """Rows of the CertHelper list: a run has one row per reconstruction, and some know no dataset.

    The usual reference is the longest run of its kind, collisions or cosmics.
    """
    beams = {run: bool(record.attributes.get("stable_beam")) for run, record in runs.items()}
    usual = {
        kind: max((run for run in runs if beams[run] == kind), key=lambda run: _length(runs[run]), default=0)
        for kind in (True, False)
    }
    rows: list[Attributes] = []
    for run, placement in placements.items():
        collisions = beams[run]
        kind = f"{'Collisions' if collisions else 'Cosmics'}{placement.era[:4]}"
        for reconstruction in ("express", "prompt"):
            title = "Express" if reconstruction == "express" else "PromptReco"
            dataset: str | None = f"/{title}/{kind}/DQM"
            if run % 5 == 0:
                dataset = None if reconstruction == "express" else "To Be Defined"
            rows.append(
                {
                    "run_number": run,
                    "run_reconstruction_type": reconstruction,
                    "reference_run_number": _REFERENCES.get(run, usual[collisions]),
                    "reference_run_reconstruction_type": reconstruction,
                    "dataset": dataset,
                }
            )
    return rows


def _length(record: RunRecord) -> int:
    """Rank runs as references: the number of LS in which CMS took data."""
    return sum(active is True for active in record.lumisections.get("cms_active", []))


def _matters(anomaly: Anomaly, kind: str) -> bool:
    return kind == "golden" or (kind == "muon" and anomaly.workspace == "tracker")
