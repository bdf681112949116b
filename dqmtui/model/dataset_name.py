"""Names of datasets, written short."""

from __future__ import annotations

import re

from dqmtui.model.text import harmless

_DATASET = re.compile(r"^/(?P<name>[^/]+)/(?P<era>[^/-]+)-(?P<processing>[^/]+)/[^/]+$")


def short_dataset(dataset: str) -> str:
    """Write `/ZeroBias/Run2024E-PromptReco-v1/DQMIO` as `ZeroBias 2024E PromptReco-v1`."""
    match = _DATASET.match(dataset)
    if match is None:
        return harmless(dataset)
    return harmless(f"{match['name']} {match['era'].removeprefix('Run')} {match['processing']}")
