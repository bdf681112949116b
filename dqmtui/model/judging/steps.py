"""Finding where a number per lumisection jumps and stays: first and last LS of a long problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.outliers import center_and_spread, median, running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPAN = 12
"""LS on either side of a jump whose means are compared."""

_LEAST_SPAN = 4
_SHIFT = 4
_EARLY_SHARE = 0.4
_SPIKE = 4.0
_DRIFT_SPANS = 6
_LONGER = 3
_CERTAIN = 8.0


@dataclass(frozen=True, slots=True)
class Step:
    """A jump between positions `at` - 1 and `at` by `jump`, `z` times what chance makes of it."""

    at: int
    jump: float
    z: float


@dataclass(frozen=True, slots=True)
class Departure:
    """Positions `first` to `last`, both included, off the usual level by `jump`; `z` of its edges."""

    first: int
    last: int
    jump: float
    z: float


def find_steps(
    values: Floats, sigma: Floats, threshold: float, *, span: int = SPAN, base: Floats | None = None
) -> list[Step]:
    """Find the steps in a series of values (n,) with errors sigma (n,), in order.

    Compares the means of up to `span` values on either side of each place, in units of their error
    (a CUSUM with a window: E. S. Page, Biometrika 41 (1954) 100). Before, single values are drawn to within
    4 sigma of the running median, so that a few bad LS make no step; after, the running median of the
    contrast is taken off, so that a slow drift makes none, and its spread is set to 1 where it is larger, so
    that the threshold is that of the noise as it is. What is below 8 must not shrink when three times as many
    values are compared: chance does, steps grow. The largest contrast above `threshold` is a step; the
    search goes on further than `span` from it. The place is then moved by up to 4 to where the values on
    both sides lie nearest to the levels of their sides. `base` is the running median where it is known.
    """
    n = values.size
    if n < 2 * _LEAST_SPAN:
        return []
    base = running_median(values, span) if base is None else base
    calm = base + np.clip(values - base, -_SPIKE * sigma, _SPIKE * sigma)
    z = _contrast(calm, 1 / np.square(sigma), span)
    places = np.arange(n + 1)
    z[(places < _LEAST_SPAN) | (places > n - _LEAST_SPAN)] = 0.0
    inner = z[_LEAST_SPAN : n - _LEAST_SPAN + 1]
    inner -= running_median(inner, _DRIFT_SPANS * span, step=span // 2)
    inner /= max(1.0, center_and_spread(inner)[1])
    steps: list[Step] = []
    left = np.abs(z)
    if left.max() < threshold:
        return steps
    longer = _contrast(calm, 1 / np.square(sigma), _LONGER * span)
    while True:
        at = int(np.argmax(left))
        if left[at] < threshold:
            break
        left[max(0, at - span) : at + span + 1] = 0.0
        if abs(z[at]) < _CERTAIN and longer[at] * np.sign(z[at]) < abs(z[at]):
            continue
        steps.append(_placed(calm, at, float(z[at]), span))
    return sorted(steps, key=lambda step: step.at)


def _contrast(values: Floats, weight: Floats, span: int) -> Floats:
    """Difference of the weighted means after and before each place 0 to n, over its error; 0 at both ends."""
    n = values.size
    weights = np.concatenate(([0.0], np.cumsum(weight)))
    running = np.concatenate(([0.0], np.cumsum(weight * (values - np.average(values, weights=weight)))))
    places = np.arange(n + 1)
    low, high = np.maximum(places - span, 0), np.minimum(places + span, n)
    before, after = weights - weights[low], weights[high] - weights
    both = (places > 0) & (places < n)
    before, after = np.where(both, before, 1.0), np.where(both, after, 1.0)
    apart = (running[high] - running) / after - (running - running[low]) / before
    return np.where(both, apart / np.sqrt(1 / before + 1 / after), 0.0)


def _placed(values: Floats, at: int, z: float, span: int) -> Step:
    """Move a step to where the values nearby are best split between the levels of its two sides."""
    n = values.size
    low, high = max(0, at - span), min(n, at + span)
    level_before = median(values[low : max(at - 1, low + 1)])
    level_after = median(values[min(at + 1, high - 1) : high])
    near = values[low:high]
    gain = np.abs(near - level_after) - np.abs(near - level_before)  # above 0 where the earlier level fits
    fit = np.concatenate(([0.0], np.cumsum(gain)))
    first, last = max(1, at - low - _SHIFT), min(high - low - 1, at - low + _SHIFT)
    best = first + int(np.argmax(fit[first : last + 1]))
    return Step(low + best, level_after - level_before, z)


def departures(steps: list[Step], n: int) -> list[Departure]:
    """Tell which of n positions are off the usual level, given the steps between them.

    The levels between steps are the sums of the jumps, so that a drift between far places counts for nothing.
    Levels nearer to each other than half the smallest jump are one. The usual one is that of the most
    positions, or the earliest that holds four tenths of them: what comes later is then the change.
    """
    if not steps:
        return []
    edges = [0, *(step.at for step in steps), n]
    levels = np.concatenate(([0.0], np.cumsum([step.jump for step in steps])))
    near = 0.5 * min(abs(step.jump) for step in steps)
    order = np.argsort(levels)
    group = np.empty(levels.size, dtype=np.int64)
    group[order] = np.concatenate(([0], np.cumsum(np.diff(levels[order]) > near)))
    lengths = np.diff(edges)
    held = np.bincount(group, weights=lengths)
    early = [int(g) for g in group if held[g] >= _EARLY_SHARE * n]
    usual = early[0] if early else int(held.argmax())
    level = float(np.average(levels[group == usual], weights=lengths[group == usual]))
    found: list[Departure] = []
    for part in np.flatnonzero(group != usual).tolist():
        around = [abs(steps[at].z) for at in (part - 1, part) if 0 <= at < len(steps)]
        one = Departure(edges[part], edges[part + 1] - 1, float(levels[part] - level), max(around))
        before = found[-1] if found else None
        if before is not None and before.last == one.first - 1 and before.jump * one.jump > 0:
            larger = max(before, one, key=lambda item: abs(item.jump))
            one = Departure(before.first, one.last, larger.jump, max(before.z, one.z))
            found.pop()
        found.append(one)
    return found
