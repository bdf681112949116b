"""Which lumisections have rows in DIALS: of a dataset, and of a single monitoring element."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.ranges import LsArray, parse_ranges
from dqmtui.demo.cms.seeds import uniform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.demo.cms.catalogue import Stream
    from dqmtui.demo.cms.records import Element, RateColumns, RunRecord

_EXPRESS_LOSS = 0.012
"""Fraction of the lumisections of which the express stream has nothing."""


def trigger_of(stream: Stream, hlt: Mapping[str, RateColumns]) -> str | None:
    """Versioned name of the path whose events fill a dataset's histograms; None when the run has none."""
    for path in stream.trigger_paths:
        for name in hlt:
            if re.fullmatch(rf"{path}_v\d+", name):
                return name
    return None


def dials_lumisections(record: RunRecord, stream: Stream, *, extra: str, missing: str) -> LsArray:
    """LS of a run with rows in a dataset: where its trigger has a rate row, give or take what the plan says.

    A rate of zero makes an LS of empty histograms, an absent rate row no LS at all. A run without any of
    the dataset's paths has rows where CMS was active. The express stream lacks an LS here and there.
    """
    path = trigger_of(stream, record.hlt)
    if path is None:
        columns = record.lumisections
        active = np.array([value is True for value in columns.get("cms_active", [])], np.bool_)
        ls = np.array(columns.get("lumisection_number", []), np.int64)[active]
    else:
        rates = record.hlt[path]
        filled = [counter is not None for counter in rates.counter]
        ls = np.array(rates.first_lumisection_number, np.int64)[np.array(filled, np.bool_)]
    ls = np.setdiff1d(np.union1d(ls, parse_ranges(extra)), parse_ranges(missing))
    if stream.reconstruction == "express":
        ls = ls[uniform(ls, record.run_number, "express") >= _EXPRESS_LOSS]
    return ls.astype(np.int64)


def me_lumisections(element: Element, ls: LsArray) -> LsArray:
    """Those LS of a dataset in which one ME has a row: not all MEs are in every file."""
    gaps = _GAPS.get(element.kind)
    if gaps is None:
        return ls
    there: NDArray[np.bool_] = (ls > gaps.first) & (ls % gaps.period != gaps.phase)
    return ls[there]


@dataclass(frozen=True, slots=True)
class _Gaps:
    """LS without rows of an ME: those up to `first`, and one in every `period`."""

    first: int
    period: int
    phase: int


_GAPS = {
    "vertex_count": _Gaps(0, 40, 7),
    "vertex_fraction": _Gaps(0, 40, 7),
    "tracks_hard": _Gaps(0, 25, 13),
    "map_x_y": _Gaps(2, 50, 49),
    "jet_efficiency": _Gaps(0, 60, 31),
}
