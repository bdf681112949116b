"""How the data of a dataset were reconstructed, by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PROCESSED = re.compile(r"/(?P<primary>[^/]+)/[^/-]+-(?P<processing>[^/]+)/")
_KINDS = (("express", "express"), ("prompt", "prompt"), ("rereco", "re-reco"), ("reproc", "re-reco"))
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CAMPAIGN = re.compile(rf"(?<!\d)\d{{1,2}}(?:{_MONTHS})20\d\d(?!\d)")
"""The day by which a campaign of reprocessing is called, as in `22Sep2023-v1`."""


def reconstruction(dataset: str) -> str:
    """Give `express`, `prompt` or `re-reco`, "" where the name does not tell.

    `/StreamExpress/Run2024E-Express-v1/DQMIO` is express, `/ZeroBias/Run2024E-PromptReco-v1/DQMIO` prompt,
    `/ZeroBias/Run2023C-22Sep2023-v1/DQMIO` a re-reco.
    """
    found = _PROCESSED.match(dataset)
    if found is None:
        return ""
    name = found["processing"].lower()
    by_word = next((kind for part, kind in _KINDS if part in name), "")
    return by_word or ("re-reco" if _CAMPAIGN.search(name) else "")


def primary_dataset(dataset: str) -> str:
    """Give the part of the name that does not change from era to era, such as `ZeroBias`."""
    return dataset.strip("/").partition("/")[0]


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


def alike(dataset: str, others: Iterable[str]) -> list[str]:
    """Give those of some datasets that are most like one, in their order; all where none is like it.

    The same comes first, then those of its primary dataset and reconstruction, then those of the former.
    """
    names = list(others)
    primary, kind = primary_dataset(dataset), reconstruction(dataset)
    related = [name for name in names if primary_dataset(name) == primary]
    same_kind = [name for name in related if reconstruction(name) == kind]
    return [name for name in names if name == dataset] or same_kind or related or names
