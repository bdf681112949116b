"""How the data of a dataset were reconstructed, by its name."""

from __future__ import annotations

import re

_PROCESSED = re.compile(r"/(?P<primary>[^/]+)/[^/-]+-(?P<processing>[^/]+)/")
_KINDS = (("express", "express"), ("prompt", "prompt"), ("rereco", "re-reco"), ("reproc", "re-reco"))


def reconstruction(dataset: str) -> str:
    """Give `express`, `prompt` or `re-reco`, "" where the name does not tell.

    `/StreamExpress/Run2024E-Express-v1/DQMIO` is express, `/ZeroBias/Run2024E-PromptReco-v1/DQMIO` prompt.
    """
    found = _PROCESSED.match(dataset)
    if found is None:
        return ""
    name = found["processing"].lower()
    return next((kind for part, kind in _KINDS if part in name), "")


def differs(dataset: str, other: str) -> str:
    """Say how another dataset was made otherwise than a first one, "" where nothing is known to differ.

    Names the reconstruction, or else the primary dataset.
    """
    mine, theirs = reconstruction(dataset), reconstruction(other)
    if mine and theirs and mine != theirs:
        return f"{theirs}, not {mine}"
    here, there = (_PROCESSED.match(name) for name in (dataset, other))
    if here is None or there is None or here["primary"] == there["primary"]:
        return ""
    return f"{there['primary']}, not {here['primary']}"
