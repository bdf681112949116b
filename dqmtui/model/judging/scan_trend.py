"""Judging a number per lumisection against its neighbours, with the null as it is in this run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.outliers import (
    MAD_TO_SIGMA,
    Neighbours,
    center_and_spread,
    local_line,
    median,
    running_median,
)
from dqmtui.model.judging.scan_conditions import VERY_UNSTEADY
from dqmtui.model.judging.steps import Departure, departures, find_steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.judging.scan_conditions import Surroundings

    Floats = NDArray[np.float64]

NEAR = 15
"""LS on either side that one LS is compared with."""

GUARD = 2
"""LS on either side that it is not compared with: a problem of three LS is not its own reference."""

LEAST_LS = 12
"""LS below which nothing is known of what is usual."""

UNUSUAL = 4.0
"""Sigma from which an LS, or a step, is no part of what is usual."""

_STEP = 5.0
_SLOPE_SIGMA = 5.0
_TURNS = 2
_LIKE = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class TrendVerdict:
    """What was found in a number per LS, arrays (n,).

    `z` are signed and calibrated: over the usual LS their spread is 1 or less. `expected` is what the
    neighbours led to expect, `spread` what the number scatters beyond its counting error, in its own unit or
    as a fraction where it was judged relatively. `usual` LS are judged and not off.
    """

    z: Floats
    expected: Floats
    spread: float
    usual: NDArray[np.bool_]
    departures: tuple[Departure, ...]


def judge_trend(
    values: Floats,
    errors: Floats,
    around: Surroundings,
    *,
    relative: bool = False,
    follows_pileup: bool = True,
    upward: bool = False,
) -> TrendVerdict:
    """Compare each value with a line through its usual neighbours (`NEAR`, `GUARD`), the LS itself left out.

    `values` and `errors` (n,), the counting error, NaN where there is none. Long problems are found first, as
    steps, and are then no neighbours of anybody; so are single LS that are off. What a number scatters beyond
    its counting error is measured over the usual LS by 1.4826 MAD and added to the error, with `relative`
    in proportion to the value: slow changes over a fill, and what else is real, raise no alarm. The part that
    follows the pileup, where it is known, is taken off first. LS whose pileup is not that of their
    neighbours are not judged if the numbers of such LS turn out to be off as a rule. `upward` problems alone
    are problems of a number that cannot be too low.
    """
    known = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    how = _How(relative=relative, follows_pileup=follows_pileup, upward=upward)
    verdict = _judge(values, errors, known, around, how)
    moved = around.sensitive(verdict.z)
    if not moved.any():
        return verdict
    return _judge(values, errors, known & ~moved, around, replace(how, strict=True))


@dataclass(frozen=True, slots=True)
class _How:
    """How a number is judged; `strict` leaves out LS whose neighbours had another pileup."""

    relative: bool
    follows_pileup: bool
    upward: bool
    strict: bool = False


def _judge(
    values: Floats,
    errors: Floats,
    known: NDArray[np.bool_],
    around: Surroundings,
    how: _How,
) -> TrendVerdict:
    n = values.size
    at = np.flatnonzero(known)
    z, expected, usual = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=np.bool_)
    if at.size < LEAST_LS:
        return TrendVerdict(z, expected, 0.0, usual, ())
    y, e, ls = values[at], errors[at], around.ls[at].astype(np.float64)
    by_pileup = np.zeros(at.size)
    base = running_median(y, NEAR)
    if how.follows_pileup and around.pileup is not None:
        by_pileup = _pileup_part(y - base, around.pileup[at], around.fast_pileup[at])
        if by_pileup.any():
            y = y - by_pileup
            base = running_median(y, NEAR)
    scale = np.abs(base + by_pileup) if how.relative else np.ones(at.size)
    sigma = np.hypot(e, scale * _extra(y - base, e, scale))
    single = np.abs(y - base) > UNUSUAL * sigma
    steps = find_steps(y, sigma, _STEP, base=base)
    if around.pileup is not None:
        steps = [step for step in steps if _in_like_pileup(around.pileup[at], step.at)]
    found = [one for one in departures(steps, at.size) if one.jump > 0 or not how.upward]
    long = np.zeros(at.size, dtype=np.bool_)
    for one in found:
        long[one.first : one.last + 1] = True
    like = around.unsteady[at] < VERY_UNSTEADY
    good = ~single & ~long & like
    line, score, spread = y, np.zeros(at.size), 0.0
    for _ in range(_TURNS):
        if np.count_nonzero(good) < LEAST_LS:
            good = ~long if np.count_nonzero(~long) >= LEAST_LS else np.ones(at.size, dtype=np.bool_)
        near = Neighbours.of(good, NEAR, GUARD)
        line, variance = local_line(y, 1 / sigma**2, ls, near)
        scale = np.abs(line + by_pileup) if how.relative else scale
        spread = _extra((y - line)[good], np.sqrt(e**2 + variance)[good], scale[good])
        sigma = np.hypot(e, scale * spread)
        score = (y - line) / np.sqrt(sigma**2 + variance)
        score /= max(1.0, center_and_spread(score[good])[1])
        before, good = good, ~long & like & (np.abs(score) <= UNUSUAL)
        if np.array_equal(before, good):
            break
    if how.strict:
        other = around.at(at).against(near) > 0
        score[other] = line[other] = np.nan
    z[at], expected[at], usual[at] = score, line + by_pileup, good
    placed = tuple(replace(one, first=int(at[one.first]), last=int(at[one.last])) for one in found)
    return TrendVerdict(z, expected, spread, usual, placed)


def _in_like_pileup(pileup: Floats, at: int) -> bool:
    """Whether the pileup is about the same on both sides of a place: else a step is no surprise."""
    before, after = median(pileup[max(0, at - NEAR) : at]), median(pileup[at : at + NEAR])
    return bool(np.abs(after - before) <= _LIKE * max(abs(after), abs(before)))


def _extra(residual: Floats, errors: Floats, scale: Floats) -> float:
    """Spread that residuals have beyond their errors, as a fraction of scale."""
    positive = scale > 0
    if not positive.any():
        return 0.0
    measured = MAD_TO_SIGMA * median(np.abs(residual[positive] / scale[positive]))
    counted = median(errors[positive] / scale[positive])
    return float(np.sqrt(max(0.0, measured**2 - counted**2)))


def _pileup_part(dy: Floats, pileup: Floats, dx: Floats) -> Floats:
    """Give the part of a number that follows the pileup: slope x (pileup - median), or zeros, (n,).

    The slope is that of the differences dy and dx of both from their running medians, so that what merely
    drifts alongside has no part in it, by least squares with Tukey's bisquare weights.
    """
    weight, slope, error = np.ones(dy.size), 0.0, np.inf
    for _ in range(4):
        square = float(np.sum(weight * dx * dx))
        if square <= 0:
            return np.zeros(dy.size)
        slope = float(np.sum(weight * dx * dy)) / square
        residual = dy - slope * dx
        sigma = MAD_TO_SIGMA * median(np.abs(residual))
        if sigma <= 0:
            break
        weight = np.square(np.maximum(1 - np.square(residual / (6 * sigma)), 0.0))
        error = sigma / np.sqrt(square)
    if abs(slope) <= _SLOPE_SIGMA * error:
        return np.zeros(dy.size)
    return slope * (pileup - median(pileup))
