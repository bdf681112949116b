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

PILEUP = "pileup"
"""The aspect of which OMS tells by the lumisections of a run alone."""

_LUMI_UNIT = re.compile(r"10\^\{?(\d+)\}?\s*cm\^\{?-2\}?\s*s\^\{?-1\}?")
_BELOW = "/"


class RunConditions(Protocol):
    """What is known of a run, as its OMS card says it; None is unknown.

    `units` holds the unit of each attribute that has one; those of the luminosities differ from run to run.
    """

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
    def init_lumi(self) -> float | None:
        """The luminosity at its begin, in the unit that `units` names."""

    @property
    def end_lumi(self) -> float | None:
        """The luminosity at its end, in the unit that `units` names."""

    @property
    def duration_s(self) -> float | None:
        """How long it took, in s."""

    @property
    def hlt_key(self) -> str | None:
        """The HLT menu."""

    @property
    def units(self) -> Mapping[str, str]:
        """Units by attribute."""


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


_WEIGHTS = {"beams": 4.0, "B field": 4.0, "HLT key": 3.0, "luminosity": 2.0, PILEUP: 2.0, "duration": 1.0}
_MUST_AGREE = frozenset({"beams", "B field"})

PileupRange = tuple[float, float]


def rank_references(
    run: RunConditions,
    candidates: Iterable[RunConditions],
    pileup: Mapping[int, PileupRange | None] | None = None,
) -> list[RankedRun]:
    """Rank earlier runs as references for a run, the best first; runs that are not earlier are left out.

    `pileup` gives the lowest and highest pileup of runs by number, for those of which it is known. First come
    runs without conflicts, then by score, then the latest. The score is the mean of all agreements with the
    weights beams 4, B field 4, HLT key 3, luminosity 2, pileup 2 and duration 1, where unknown counts 0.5.
    """
    known_pileup = pileup or {}
    ranked = []
    for one in {candidate.run_number: candidate for candidate in candidates}.values():
        if one.run_number >= run.run_number:
            continue
        reasons = (
            _beams(run, one),
            _field(run, one),
            _hlt_key(run, one),
            _luminosity(run, one),
            _pileup(known_pileup.get(run.run_number), known_pileup.get(one.run_number)),
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


def lumi_range(run: RunConditions) -> tuple[float, float] | None:
    """Give the lowest and highest luminosity of a run in cm^-2 s^-1, None where it cannot be told."""
    values = []
    for name, value in (("init_lumi", run.init_lumi), ("end_lumi", run.end_lumi)):
        unit = _LUMI_UNIT.search(run.units.get(name, ""))
        if value is None or unit is None:
            return None
        values.append(value * 10.0 ** int(unit[1]))
    return min(values), max(values)


def _beams(run: RunConditions, one: RunConditions) -> Reason:
    mine, theirs = run.fill_type_runtime, one.fill_type_runtime
    if mine is None or theirs is None:
        return Reason("beams", None, "not known")
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
        return Reason("B field", None, "not known")
    same = abs(run.b_field_t - one.b_field_t) < SAME_FIELD_T
    text = f"{one.b_field_t:.2f} T" + ("" if same else f", not {run.b_field_t:.2f} T")
    return Reason("B field", 1.0 if same else 0.0, text)


def _hlt_key(run: RunConditions, one: RunConditions) -> Reason:
    if not run.hlt_key or not one.hlt_key:
        return Reason("HLT key", None, "not known")
    if run.hlt_key == one.hlt_key:
        return Reason("HLT key", 1.0, "the same")
    mine, theirs = (key.strip(_BELOW).split(_BELOW) for key in (run.hlt_key, one.hlt_key))
    shared = 0
    while shared < min(len(mine), len(theirs)) and mine[shared] == theirs[shared]:
        shared += 1
    folder = _BELOW + _BELOW.join(mine[:shared])
    text = f"in {folder}" if shared else "another"
    return Reason("HLT key", shared / max(len(mine), len(theirs)), text)


def _luminosity(run: RunConditions, one: RunConditions) -> Reason:
    mine, theirs = lumi_range(run), lumi_range(one)
    if mine is None or theirs is None:
        return Reason("luminosity", None, "not known")
    share = _shared(mine, theirs)
    return Reason(
        "luminosity", share, f"{_short(theirs[0])} to {_short(theirs[1])} cm^-2 s^-1, {share:.0%} shared"
    )


def _short(lumi: float) -> str:
    """Write a luminosity in cm^-2 s^-1; what noise makes of none is 0."""
    return f"{lumi:.1e}".replace("e+", "e") if lumi > 0 else "0"


def _pileup(mine: PileupRange | None, theirs: PileupRange | None) -> Reason:
    if mine is None or theirs is None:
        return Reason(PILEUP, None, "not known")
    share = _shared(mine, theirs)
    return Reason(PILEUP, share, f"{theirs[0]:.0f} to {theirs[1]:.0f}, {share:.0%} shared")


def _duration(run: RunConditions, one: RunConditions) -> Reason:
    if not run.duration_s or one.duration_s is None:
        return Reason("duration", None, "not known")
    share = max(0.0, min(1.0, one.duration_s / run.duration_s))
    minutes = round(one.duration_s / 60)
    return Reason("duration", share, f"{minutes // 60}:{minutes % 60:02d} h")


def _shared(mine: tuple[float, float], theirs: tuple[float, float]) -> float:
    """Give the share of two ranges together that is in both; of two points 1 when they are the same."""
    low, high = min(mine[0], theirs[0]), max(mine[1], theirs[1])
    common = min(mine[1], theirs[1]) - max(mine[0], theirs[0])
    return max(0.0, common) / (high - low) if high > low else 1.0
