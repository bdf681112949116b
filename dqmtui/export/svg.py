"""Drawing with little text: scales, ticks and paths of SVG, with coordinates that are whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.text import escaped
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_DECADES = 1e-12
_FAR = 1_000_000
"""Coordinates beyond which nothing is drawn: those of a bin far outside the limits."""


def text_of(text: str) -> str:
    """Make a text from a server or a person fit for HTML and SVG: no markup, nothing that cannot be seen."""
    return escape(escaped(text), quote=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers between `low` and `high` to whole coordinates between `start` and `end`."""

    low: float
    high: float
    start: int
    end: int
    log: bool = False

    def at(self, values: Floats) -> Floats:
        """Give coordinates, rounded; NaN where there are none, as for what is not above 0 on a log scale."""
        low, high, numbers = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.log:
            low, high = math.log10(low), math.log10(high)
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers = np.log10(np.where(numbers > 0, numbers, np.nan))
        with np.errstate(over="ignore", invalid="ignore"):
            place = self.start + (numbers - low) * ((self.end - self.start) / (high - low))
        return np.asarray(np.clip(np.rint(place), -_FAR, _FAR))

    def one(self, value: float) -> int:
        """Give the coordinate of one number that has one."""
        return int(self.at(np.array([value]))[0])

    def ticks(self, most: int) -> list[tuple[int, str]]:
        """Give about `most` ticks at round numbers, each with its label."""
        numbers = list(_decades(self.low, self.high, most)) if self.log else []
        if len(numbers) < len("12"):
            numbers = _round_numbers(self.low, self.high, most)
        return [(self.one(number), si_number(number, 4)) for number in numbers if not self.log or number > 0]


def scale_of(values: Floats, start: int, end: int, *, log: bool = False, from_zero: bool = False) -> Scale:
    """Make the scale on which all of some values stand, with a little room above."""
    finite = values[np.isfinite(values)]
    if log:
        finite = finite[finite > 0]
        if not finite.size:
            return Scale(0.1, 1.0, start, end, log=True)
        low, high = float(finite.min()), float(finite.max())
        return Scale(low / 2, max(high * 2, low * 4), start, end, log=True)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * 0.06 or abs(high) * 0.06 or 1.0
    return Scale(low if from_zero and low == 0 else low - room, high + room, start, end)


def steps_path(edges: Floats, heights: Floats) -> str:
    """Draw steps: `edges` (n + 1,) and `heights` (n,) are coordinates; a gap where a height is NaN."""
    parts: list[str] = []
    x, y = 0, math.nan
    for left, right, height in zip(edges[:-1].tolist(), edges[1:].tolist(), heights.tolist(), strict=True):
        if math.isnan(height):
            y = math.nan
            continue
        if math.isnan(y):
            parts.append(f"M{left:.0f} {height:.0f}")
            x = round(left)
        elif height != y:
            parts.append(f"v{height - y:.0f}")
        step = round(right) - x
        if step and parts[-1][0] == "h":
            # bins of the same height are one line
            parts[-1] = f"h{int(parts[-1][1:]) + step}"
        elif step:
            parts.append(f"h{step}")
        x, y = round(right), height
    return "".join(parts)


def closed_steps(edges: Floats, heights: Floats, floor: int) -> str:
    """Draw the area under steps, one closed shape for each run of bins without a gap."""
    known = ~np.isnan(heights)
    if not known.any():
        return ""
    starts = np.flatnonzero(known & ~np.concatenate(([False], known[:-1]))).tolist()
    ends = np.flatnonzero(known & ~np.concatenate((known[1:], [False]))).tolist()
    shapes = []
    for first, last in zip(starts, ends, strict=True):
        steps = steps_path(edges[first : last + 2], heights[first : last + 1])
        shapes.append(f"{steps}V{floor}H{edges[first]:.0f}z")
    return "".join(shapes)


def line_path(x: Floats, y: Floats) -> str:
    """Draw a line through points (n,), broken where one is NaN; a point alone is a dot."""
    parts: list[str] = []
    pen_down, before = False, (0, 0)
    for at, (left, top) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        if math.isnan(left) or math.isnan(top):
            pen_down = False
            continue
        here = (round(left), round(top))
        if pen_down:
            parts.append(f"l{here[0] - before[0]} {here[1] - before[1]}")
        else:
            # of length 0: with round ends it is a dot
            is_alone = at + 1 == len(y) or math.isnan(float(y[at + 1]))
            parts.append(f"M{here[0]} {here[1]}" + ("h0" if is_alone else ""))
        pen_down, before = True, here
    return "".join(parts)


def bars_path(x: Floats, low: Floats, high: Floats) -> str:
    """Draw vertical bars, as of errors: three arrays (n,); one with a NaN is left out."""
    known = ~(np.isnan(x) | np.isnan(low) | np.isnan(high))
    columns = (column[known].tolist() for column in (x, low, high))
    return "".join(f"M{at:.0f} {bottom:.0f}V{top:.0f}" for at, bottom, top in zip(*columns, strict=True))


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low]
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in _STEPS if power * one >= rough * (1 - _DECADES))
    first, last = math.ceil(low / step - _DECADES), math.floor(high / step + _DECADES)
    return [number * step for number in range(first, last + 1)]


def _decades(low: float, high: float, most: int) -> Iterator[float]:
    first, last = math.ceil(math.log10(low) - _DECADES), math.floor(math.log10(high) + _DECADES)
    step = max(1, math.ceil((last - first + 1) / max(1, most)))
    for power in range(first, last + 1, step):
        yield 10.0**power
