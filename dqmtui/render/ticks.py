"""Round-number ticks: 1, 2, 2.5 or 5 times a power of ten, or decades on a log axis."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmtui.render.charset import Charset
    from dqmtui.render.scale import Scale

    Tick = tuple[float, str]

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))
_PREFIXES = {0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_FEW_DECADES = 3
_GAP = 3  # cells at least between two labels of a horizontal axis
_CELLS_PER_TICK = 10  # of a horizontal axis
_ROWS_PER_TICK = 4  # of a vertical axis
_FEWEST_OF_ROWS = 3  # where they fit: with two at the most a round step often leaves but one
_TOLERANCE = Decimal("1e-9")  # of the range: how far outside a tick may lie and still stand at the end
_SI_FROM = 10_000  # below, a prefix saves nothing
_PLAIN_DECADES = range(-2, 15)


def x_ticks(scale: Scale, width: int, charset: Charset) -> list[tuple[float, str]]:
    """Ticks (value, label) of a horizontal axis of `width` cells: about one in ten, with the labels apart."""
    most = max(2, 1 + width // _CELLS_PER_TICK)

    def fits(ticks: list[Tick]) -> bool:
        cells = scale.cells([value for value, _ in ticks], width).tolist()
        widths = [len(label) for _, label in ticks]
        return all(
            right - left >= (before + after) / 2 + _GAP
            for left, right, before, after in zip(cells, cells[1:], widths, widths[1:], strict=False)
        )

    return _densest(scale, most, fits, charset)


def y_ticks(scale: Scale, height: int, charset: Charset, *, points: bool = False) -> list[tuple[float, str]]:
    """Ticks (value, label) of a vertical axis of `height` cells: about one in four, not side by side.

    Those of `points` stand in the cells that hold their values, others where the tips of bars are.
    """
    cells = scale.cells if points else scale.tip_cells
    most = max(_FEWEST_OF_ROWS, 1 + height // _ROWS_PER_TICK)

    def fits(ticks: list[Tick]) -> bool:
        rows = cells([value for value, _ in ticks], height).tolist()
        return all(upper - lower > 1 for lower, upper in pairwise(rows))

    return _densest(scale, most, fits, charset)


def si_number(value: float, digits: int = 3) -> str:
    """Write a number with about `digits` significant digits and an SI prefix: 1234567 is '1.23M'.

    From 0.001 to below 10,000 there is no prefix, smaller numbers have an exponent.
    """
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    rounded = Decimal(f"{value:.{digits - 1}e}")
    if 1 <= abs(rounded) < _SI_FROM:
        return f"{rounded.normalize():f}"
    return _si(rounded)


def _densest(scale: Scale, most: int, fits: Callable[[list[Tick]], bool], charset: Charset) -> list[Tick]:
    """Take the first candidate of at most `most` ticks that fits, the densest; one tick always does."""
    fallback: list[Decimal] = []
    for values in _log_candidates(scale, most) if scale.log else _linear_candidates(scale, most):
        if 1 < len(values) <= most:
            ticks = _labelled(values, scale, charset)
            if fits(ticks):
                return ticks
        fallback = values or fallback
    return _labelled(fallback[:1], scale, charset)


def _linear_candidates(scale: Scale, most: int) -> Iterator[list[Decimal]]:
    """Ever sparser multiples of a round step, down to fewer than two."""
    low, high = _limits(scale)
    exponent = math.floor(math.log10((scale.high - scale.low) / most))
    while True:
        for mantissa in _STEPS:
            step = mantissa.scaleb(exponent)
            if scale.integer and step != step.to_integral_value():
                continue
            first = (low / step).to_integral_value(ROUND_CEILING)
            last = (high / step).to_integral_value(ROUND_FLOOR)
            if last - first < most:
                values = [step * (first + count) for count in range(int(last - first) + 1)]
                yield values
                if len(values) <= 1:
                    return
        exponent += 1


def _log_candidates(scale: Scale, most: int) -> Iterator[list[Decimal]]:
    """1, 2, 5 in each of few decades, then decades, then every second one; else linear ones."""
    low, high = _limits(scale)
    first, last = low.adjusted(), high.adjusted()
    decades = [Decimal(1).scaleb(exponent) for exponent in range(first, last + 1)]
    inside = [value for value in decades if low <= value <= high]
    if len(inside) <= _FEW_DECADES:
        yield [value for decade in decades for m in (1, 2, 5) if low <= (value := decade * m) <= high]
    if not inside:
        yield from _linear_candidates(scale, most)
    for stride in range(1, len(inside) + 1):
        yield [value for value in inside if value.adjusted() % stride == 0] or inside[:1]


def _limits(scale: Scale) -> tuple[Decimal, Decimal]:
    margin = Decimal(scale.high - scale.low) * _TOLERANCE
    if scale.log:
        margin = Decimal(scale.low) * _TOLERANCE
    return Decimal(scale.low) - margin, Decimal(scale.high) + margin


def _labelled(values: list[Decimal], scale: Scale, charset: Charset) -> list[Tick]:
    if scale.log and all(value.normalize().as_tuple().digits == (1,) for value in values):
        write = _decade_writer([value.adjusted() for value in values], charset)
    else:
        write = _si if scale.log else _linear_writer(values, scale)
    # A tick within the tolerance stands at the end of the axis.
    return [(min(max(float(value), scale.low), scale.high), write(value)) for value in values]


def _decade_writer(exponents: list[int], charset: Charset) -> Callable[[Decimal], str]:
    if all(exponent in _PLAIN_DECADES for exponent in exponents):
        return _si
    if charset.name == "utf8":
        return lambda value: "10" + str(value.adjusted()).translate(_SUPERSCRIPTS)
    return lambda value: f"1e{value.adjusted()}"


def _linear_writer(values: list[Decimal], scale: Scale) -> Callable[[Decimal], str]:
    """One form for all labels of an axis, the shortest: in full, with one SI prefix, or with one exponent."""
    largest = max((abs(value) for value in values), default=Decimal(0))
    writers = [_scaled_writer(values, 0, "")]
    exponent = largest.adjusted()
    if not scale.integer and largest >= _SI_FROM:
        prefix = min(exponent // 3 * 3, max(_PREFIXES))
        writers.append(_scaled_writer(values, prefix, _PREFIXES[prefix]))
    if not scale.integer and largest and (exponent < -2 or exponent > max(_PREFIXES) + 2):  # noqa: PLR2004 - 0.01 is short
        writers.append(_scaled_writer(values, exponent, f"e{exponent}"))
    return min(writers, key=lambda write: max((len(write(value)) for value in values), default=0))


def _scaled_writer(values: list[Decimal], exponent: int, suffix: str) -> Callable[[Decimal], str]:
    decimals = max((max(0, exponent - _last_digit(value)) for value in values if value), default=0)
    return lambda value: f"{value.scaleb(-exponent):.{decimals}f}{suffix}" if value else "0"


def _last_digit(value: Decimal) -> int:
    """Power of ten of the last digit that is not 0."""
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _si(value: Decimal) -> str:
    """One number by itself, exact: in full near 1, with a prefix or an exponent farther away."""
    exponent = value.adjusted()
    if exponent < -3 or exponent > max(_PREFIXES) + 2:  # noqa: PLR2004 - 0.001 is short
        return _exponential(value)
    prefix = max(exponent // 3 * 3, 0)
    return f"{value.scaleb(-prefix).normalize():f}{_PREFIXES[prefix]}"


def _exponential(value: Decimal) -> str:
    mantissa = value.scaleb(-value.adjusted()).normalize()
    return f"{mantissa:f}e{value.adjusted()}"
