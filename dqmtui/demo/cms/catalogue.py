"""Workspaces and datasets of the synthetic world."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from dqmtui.demo.cms.records import Dataset

WORKSPACES = ("csc", "ecal", "egamma", "hcal", "jetmet", "muon", "tracker")
DEFAULT_WORKSPACE = "tracker"


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of dataset: its names, who looks at it, and the paths that tell how many events it has.

    `workspaces` have its histograms. Of `trigger_paths` (names without version) the first one that a run has
    is the one whose events fill the histograms.
    """

    primary: str
    processing: str
    reconstruction: str
    workspaces: tuple[str, ...]
    trigger_paths: tuple[str, ...]


STREAMS = {
    "zerobias": Stream("ZeroBias", "PromptReco", "prompt", ("tracker",), ("HLT_ZeroBias",)),
    "express": Stream("StreamExpress", "Express", "express", ("tracker",), ("HLT_Physics", "HLT_ZeroBias")),
    "jetmet0": Stream("JetMET0", "PromptReco", "prompt", ("jetmet",), ("HLT_PFJet140", "HLT_Physics")),
    "cosmics": Stream(
        "Cosmics",
        "PromptReco",
        "prompt",
        ("tracker",),
        ("HLT_L1SingleMuCosmics", "DQM_PixelReconstruction", "HLT_Physics"),
    ),
}

_KNOWN_IDS = {
    "/ZeroBias/Run2024B-PromptReco-v1/DQMIO": 14661044,
    "/ZeroBias/Run2024C-PromptReco-v1/DQMIO": 14677060,
    "/Cosmics/Run2024C-PromptReco-v1/DQMIO": 14677213,
    "/ZeroBias/Run2024D-PromptReco-v1/DQMIO": 14695512,
    "/StreamExpress/Run2024D-Express-v1/DQMIO": 14695588,
    "/ZeroBias/Run2024E-PromptReco-v1/DQMIO": 14711840,
    "/JetMET0/Run2024E-PromptReco-v1/DQMIO": 14711862,
    "/StreamExpress/Run2024E-Express-v1/DQMIO": 14711907,
    "/Cosmics/Run2024E-PromptReco-v1/DQMIO": 14712355,
    "/ZeroBias/Run2024F-PromptReco-v1/DQMIO": 14738201,
    "/StreamExpress/Run2024F-Express-v1/DQMIO": 14738254,
}
_MODIFIED = {"2024B": "2024-04-16", "2024C": "2024-05-03", "2024D": "2024-05-14", "2024E": "2024-06-12"}


@lru_cache(maxsize=256)
def dataset_of(stream_key: str, era: str) -> Dataset:
    """Dataset of one kind in one era, such as 2024E."""
    stream = STREAMS[stream_key]
    processed = f"Run{era}-{stream.processing}-v1"
    name = f"/{stream.primary}/{processed}/DQMIO"
    return Dataset(
        dataset_id=_KNOWN_IDS.get(name) or 15_000_000 + crc32(name.encode()) % 900_000,
        dataset=name,
        era=f"Run{era}",
        data_tier="DQMIO",
        primary_ds_name=stream.primary,
        processed_ds_name=processed,
        processing_version=1,
        last_modification_date=f"{_MODIFIED.get(era, '2024-06-20')}T09:12:44.518300Z",
        reconstruction=stream.reconstruction,
    )
