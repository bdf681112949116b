"""Which earlier run makes a good reference: ranking by the conditions of data taking, with reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SAME_FIELD_T = 0.1
"""Magnetic fields that differ by less are the same."""

UNKNOWN = 0.5
"""How much something counts of which one of the runs does not know."""

LUMINOSITY, PILEUP = "luminosity", "pileup"
"""The aspects of which OMS tells by the lumisections of a run alone."""

NOT_KNOWN, NOT_READ = "not known", "not read"

_LUMI_UNIT = re.compile(r"10\^\{?(\d{1,2})\}?\s*cm\^\{?-2\}?\s*s\^\{?-1\}?")
_BELOW = "/"


class RunConditions(Protocol):
    """What is known of a run, as its OMS card says it; None is unknown."""

    @property
    def run_number(self) -> int:
        """The run."""

    @property
    def fill_type_runtime(self) -> str | None:
        """PROTONS, IONS, COSMICS or GAP."""

    @property
    def stable_beam(self) -> bool | None:
        """Whether beams were stable."""

    @property
    def b_field_t(self) -> float | None:
        """The magnetic field in T."""

    @property
    def duration_s(self) -> float | None:
        """How long it took, in s."""

    @property
    def hlt_key(self) -> str | None:
        """The HLT menu."""


Range = tuple[float, float]
"""The lowest and the highest of something."""


@dataclass(frozen=True, slots=True)
class LSRanges:
    """Between what the LS of a run with stable beams were: `luminosity` in cm^-2 s^-1; None is unknown.

    The luminosities of a run's card are no such range: those at its begin and its end may both be without
    beams.
    """

    luminosity: Range | None = None
    pileup: Range | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """What speaks for or against a run in one `aspect`.

    `agreement` is 1 for the same and 0 for nothing in common, None when it is not known; `text` says what the
    other run has, and what of it is shared.
    """

    aspect: str
    agreement: float | None
    text: str


@dataclass(frozen=True, slots=True)
class RankedRun:
    """An earlier run as a reference: `score` from 0 to 1, the reasons, the weightiest first.

    `conflicts` are the aspects in which a reference must not differ and this one does. The score sorts, it
    is no verdict.
    """

    run: int
    score: float
    conflicts: tuple[str, ...]
    reasons: tuple[Reason, ...]


_WEIGHTS = {"beams": 4.0, "B field": 4.0, "HLT key": 3.0, LUMINOSITY: 2.0, PILEUP: 2.0, "duration": 1.0}
_MUST_AGREE = frozenset({"beams", "B field"})


def rank_references(
    run: RunConditions,
    candidates: Iterable[RunConditions],
    of_ls: Mapping[int, LSRanges] | None = None,
) -> list[RankedRun]:
    """Rank earlier runs as references for a run, the best first; runs that are not earlier are left out.

    `of_ls` gives the ranges of runs by number, for those whose LS have been read. First come runs without
    conflicts, then by score, then the latest. The score is the mean of all agreements with the weights
    beams 4, B field 4, HLT key 3, luminosity 2, pileup 2 and duration 1, where unknown counts 0.5.
    """
    read = of_ls or {}
    mine = read.get(run.run_number)
    ranked = []
    for one in {candidate.run_number: candidate for candidate in candidates}.values():
        if one.run_number >= run.run_number:
            continue
        theirs = read.get(one.run_number)
        reasons = (
            _beams(run, one),
            _field(run, one),
            _hlt_key(run, one),
            _luminosity(mine, theirs),
            _pileup(mine, theirs),
            _duration(run, one),
        )
        total = sum(
            _WEIGHTS[reason.aspect] * (UNKNOWN if reason.agreement is None else reason.agreement)
            for reason in reasons
        )
        conflicts = tuple(
            reason.aspect for reason in reasons if reason.aspect in _MUST_AGREE and reason.agreement == 0
        )
        ranked.append(RankedRun(one.run_number, total / sum(_WEIGHTS.values()), conflicts, reasons))
    return sorted(ranked, key=lambda one: (len(one.conflicts), -one.score, -one.run))


def luminosity_scale(unit: str | None) -> float | None:
    """Give how many cm^-2 s^-1 a unit of OMS is, such as `10^{34}cm^{-2}s^{-1}`; None for any other."""
    found = _LUMI_UNIT.search(unit or "")
    return None if found is None else 10.0 ** int(found[1])


def _beams(run: RunConditions, one: RunConditions) -> Reason:
    mine, theirs = run.fill_type_runtime, one.fill_type_runtime
    if mine is None or theirs is None:
        return Reason("beams", None, NOT_KNOWN)
    if mine != theirs:
        return Reason("beams", 0.0, f"{theirs.lower()}, not {mine.lower()}")
    if run.stable_beam is None or one.stable_beam is None:
        return Reason("beams", None, f"{theirs.lower()}, not known if stable")
    stable = "stable" if one.stable_beam else "not stable"
    if run.stable_beam != one.stable_beam:
        return Reason("beams", 0.0, f"{stable}, other than run {run.run_number}")
    return Reason("beams", 1.0, f"{theirs.lower()}, {stable}")


def _field(run: RunConditions, one: RunConditions) -> Reason:
    if run.b_field_t is None or one.b_field_t is None:
        return Reason("B field", None, NOT_KNOWN)
    same = abs(run.b_field_t - one.b_field_t) < SAME_FIELD_T
    text = f"{one.b_field_t:.2f} T" + ("" if same else f", not {run.b_field_t:.2f} T")
    return Reason("B field", 1.0 if same else 0.0, text)


def _hlt_key(run: RunConditions, one: RunConditions) -> Reason:
    if not run.hlt_key or not one.hlt_key:
        return Reason("HLT key", None, NOT_KNOWN)
    if run.hlt_key == one.hlt_key:
        return Reason("HLT key", 1.0, "the same")
    mine, theirs = (key.strip(_BELOW).split(_BELOW) for key in (run.hlt_key, one.hlt_key))
    shared = 0
    while shared < min(len(mine), len(theirs)) and mine[shared] == theirs[shared]:
        shared += 1
    folder = _BELOW + _BELOW.join(mine[:shared])
    text = f"in {folder}" if shared else "another"
    return Reason("HLT key", shared / max(len(mine), len(theirs)), text)


def _luminosity(mine: LSRanges | None, theirs: LSRanges | None) -> Reason:
    if mine is None or theirs is None:
        return Reason(LUMINOSITY, None, NOT_READ)
    if mine.luminosity is None or theirs.luminosity is None:
        return Reason(LUMINOSITY, None, NOT_KNOWN)
    share = _shared(mine.luminosity, theirs.luminosity)
    low, high = map(_short, theirs.luminosity)
    return Reason(LUMINOSITY, share, f"{low} to {high} cm^-2 s^-1, {share:.0%} shared")


def _short(lumi: float) -> str:
    """Write a luminosity in cm^-2 s^-1; what noise makes of none is 0."""
    return f"{lumi:.1e}".replace("e+", "e") if lumi > 0 else "0"


def _pileup(mine: LSRanges | None, theirs: LSRanges | None) -> Reason:
    if mine is None or theirs is None:
        return Reason(PILEUP, None, NOT_READ)
    if mine.pileup is None or theirs.pileup is None:
        return Reason(PILEUP, None, NOT_KNOWN)
    share = _shared(mine.pileup, theirs.pileup)
    return Reason(PILEUP, share, f"{theirs.pileup[0]:.0f} to {theirs.pileup[1]:.0f}, {share:.0%} shared")


def _duration(run: RunConditions, one: RunConditions) -> Reason:
    if not run.duration_s or one.duration_s is None:
        return Reason("duration", None, NOT_KNOWN)
    share = max(0.0, min(1.0, one.duration_s / run.duration_s))
    minutes = round(one.duration_s / 60)
    return Reason("duration", share, f"{minutes // 60}:{minutes % 60:02d} h")


def _shared(mine: Range, theirs: Range) -> float:
    """Give the share of two ranges together that is in both; of two points 1 when they are the same."""
    low, high = min(mine[0], theirs[0]), max(mine[1], theirs[1])
    common = min(mine[1], theirs[1]) - max(mine[0], theirs[0])
    return max(0.0, common) / (high - low) if high > low else 1.0
