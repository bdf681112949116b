"""The title of the trend: the statistic and what stands under it, with their values at the LS cursor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.apart import told_apart
from dqmtui.model.divisors import Reason
from dqmtui.model.lsindex import row_of
from dqmtui.model.states import CellState
from dqmtui.render.trend_readout import Numbers
from dqmtui.review.trend_lines import CommonScale
from dqmtui.review.under import (
    FLAGS,
    MASKS,
    ML,
    PRESCALE,
    SCORES,
    flags_at,
    masks_at,
    numbers_under,
    prescale_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.lstable import LSTable
    from dqmtui.review.review import Review
    from dqmtui.review.trend_lines import TrendLine, TrendShown
    from dqmtui.review.under import UnderNumbers

_GAP = "   "
_NO_DIVISOR = {Reason.NOT_LOADED: "not loaded", Reason.ZERO: "divisor 0"}
_SHORT_SCALES = {CommonScale.BY_MEDIAN: "/ median", CommonScale.FROM_MEDIAN: "in spreads"}
_STATES = {
    CellState.ABSENT: "absent",
    CellState.NOT_LOADED: "not loaded",
    CellState.OTHER_BINNING: "other bins",
}


class TrendTitle:
    """Writes titles one after another; how numbers are written is kept from LS to LS."""

    def __init__(self) -> None:
        self._lines: tuple[TrendShown, tuple[Numbers, ...]] | None = None
        self._told: tuple[TrendShown, int, list[str]] | None = None
        self._under: tuple[tuple[str, LSTable], UnderNumbers, Numbers] | None = None

    def text(self, review: Review | None, room: int, spelled: Callable[[str], str] = str) -> str:
        """Write the title into `room` cells: what stands last goes first where it does not fit.

        `spelled` writes a part of it with the characters that the terminal has.
        """
        if review is None or review.state.element is None:
            return "Trend"
        shown, state, table = review.trends.shown(), review.state, review.table
        name = shown.name if shown.divisors is not None else f"{shown.name} per LS"
        if table is None or state.ls is None:
            return name
        numbers = self._numbers(shown)
        values = [
            self._value(review, shown, line, written)
            for line, written in zip(shown.lines, numbers, strict=True)
        ]
        parts = [f"{name} {values[0]}" if values else name]
        full = f"{shown.full_name} {values[0]}" if values and shown.divisors is not None else ""
        rest = [part for part in (self._under_text(review, table), _place(review, table)) if part]
        names = self._names(shown, room)
        rest += [f"{label} {value}" for label, value in zip(names[1:], values[1:], strict=True)]
        parts, rest, full = [spelled(part) for part in parts], [spelled(part) for part in rest], spelled(full)
        scale = _said_scale(shown, room - len(parts[0]) - len(_GAP))
        if full and len(_GAP.join([full, *scale, *rest])) <= room:
            parts = [full]
        parts += scale
        while rest and len(_GAP.join([*parts, *rest])) > room:
            rest.pop()
        return _GAP.join([*parts, *rest])

    def _names(self, shown: TrendShown, room: int) -> list[str]:
        """Give short names of the lines, kept from LS to LS."""
        if self._told is None or self._told[0] is not shown or self._told[1] != room:
            self._told = shown, room, told_apart([line.label for line in shown.lines], room // 2)
        return self._told[2]

    def _numbers(self, shown: TrendShown) -> tuple[Numbers, ...]:
        if self._lines is None or self._lines[0] is not shown:
            self._lines = shown, tuple(Numbers.of(line.values, line.errors) for line in shown.lines)
        return self._lines[1]

    def _value(self, review: Review, shown: TrendShown, line: TrendLine, numbers: Numbers) -> str:
        ls = review.state.ls
        row = None if ls is None else row_of(ls, line.ls)
        value = math.nan if row is None else float(line.values[row])
        if row is not None and not math.isnan(value):
            return numbers.write(value, math.nan if line.errors is None else float(line.errors[row]))
        return numbers.say(_why_no_value(review, shown, line, ls))

    def _under_text(self, review: Review, table: LSTable) -> str:
        """Write what stands under the trend at the cursor."""
        ls, under = review.state.ls, review.state.under
        row = None if ls is None else table.row(ls)
        if ls is None or row is None:
            return ""
        words: dict[str, Callable[[], str]] = {
            PRESCALE: lambda: f"prescale {prescale_at(table, row)}",
            FLAGS: lambda: f"DCS {flags_at(table, row)}",
            MASKS: lambda: masks_at(ls, review.trends.good_ls(), review.excluded, review.golden),
            ML: lambda: f"flagged by {review.ml_marks.of(table.key).at(ls)}",
            SCORES: lambda: _score(review, ls),
        }
        return words[under]() if under in words else self._number_text(table, row, under)

    def _number_text(self, table: LSTable, row: int, under: str) -> str:
        key = (under, table)
        if self._under is None or self._under[0] != key:
            found = numbers_under(under, table)
            if found is None:
                return ""
            self._under = key, found, Numbers.of(found.values)
        found, numbers = self._under[1:]
        value = float(found.values[row])
        if math.isnan(value):
            return f"{under} {numbers.say(found.missing(row), found.unit)}"
        return f"{under} {numbers.write(value, unit=found.unit)}"


def _why_no_value(review: Review, shown: TrendShown, line: TrendLine, ls: int | None) -> str:
    """Say in a word or two why an LS has no value."""
    loads = {plot.element: plot.load for plot in review.plots}
    load = loads.get(line.element)
    stack = None if load is None else load.stack
    if stack is None or ls is None:
        return "not loaded"
    state = stack.state_of(ls)
    if state is not CellState.VALUE:
        return _STATES[state]
    row = stack.row(ls)
    if shown.divisors is not None:
        reason = Reason(int(shown.divisors.over(np.array([ls])).reasons[0]))
        if reason is not Reason.NONE:
            return _NO_DIVISOR.get(reason, "no divisor")
    if row is None or math.isfinite(stack.totals[row]):
        return "empty" if row is not None and stack.totals[row] == 0 else "none"
    return "too large"


def _said_scale(shown: TrendShown, room: int) -> list[str]:
    """Say that the lines are drawn on a common scale, in fewer words where there is less room."""
    if not shown.scale:
        return []
    said = (f"y: {shown.scale}", f"y: {_SHORT_SCALES[shown.scale]}")
    return next(([words] for words in said if len(words) <= room), [])


def _score(review: Review, ls: int) -> str:
    scores = review.scores
    if scores is None:
        return "score: s scores the LS"
    row = row_of(ls, scores.ls)
    value = math.nan if row is None else float(scores.score[row])
    return f"score {scores.why(ls) if math.isnan(value) else f'{value:6.2f}'}"


def _place(review: Review, table: LSTable) -> str:
    """Say which LS are shown where not all are, and which are marked."""
    zoom, marked = review.state.zoom_of_ls, review.state.range_of_ls
    parts = []
    if zoom is not None and table.ls.size:
        parts.append(f"LS {zoom[0]}-{zoom[1]} of {table.ls[0]}-{table.ls[-1]}")
    if marked is not None:
        first, last = marked
        parts.append(f"marked {first}-{last}" if first != last else f"marked {first}")
    return _GAP.join(parts)
