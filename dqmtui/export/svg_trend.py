"""A trend and the conditions of a run as SVG, along the LS number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.svg import Scale, bars_path, closed_steps, line_path, scale_of
from dqmtui.export.svg_frame import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Drawing,
    dashes_of,
    draw_frame,
    draw_legend,
    in_words,
    top_under,
)
from dqmtui.model.conditions import DCS_ONLY_FLAGS, TRACKER_FLAGS, Verdict, judge
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.notes import NOT_GOOD
from dqmtui.model.states import CellState
from dqmtui.render.ticks import si_number
from dqmtui.render.trend_range import BEYOND_GOOD, usual_values
from dqmtui.review.trend_lines import MOST_SPREADS, CommonScale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dqmtui.export.plots import LineShown, TrendFile
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Note

    Floats = NDArray[np.float64]

TREND_HEIGHT = 440
STRIP_WIDTH = 2 * WIDTH
"""A strip takes the whole width of a page, where two plots stand side by side."""

STRIP_RIGHT = 170
_BEYOND = "beyond"
"""In place of `BEYOND_GOOD` where the axis does not cover all good LS either."""

_ROW, _BARS = 30, 52
"""Heights of a row of the strip, and of one of numbers."""

_SHAPES = {"good": (7, 10), "bad": (0, 24), "unknown": (0, 12), "none": (11, 2)}
"""How far from the top a state is drawn, and how high: bad is high, so that it is seen without colours.

"none" is what has not been loaded; what is absent is not drawn.
"""

_STATES = (
    (Verdict.GOOD, "good"),
    (Verdict.BAD, "bad"),
    (Verdict.UNKNOWN, "unknown"),
    (Verdict.NOT_LOADED, "none"),
)
_NUMBERS = (
    (RATE, "rate_hz", "rate"),
    (OMS, "recorded_lumi_per_lumisection", "lumi"),
    (OMS, "pileup", "pileup"),
)


def trend_svg(trend: TrendFile, *, alone: bool = False) -> str:
    """Draw a trend with the band of its reference; `alone` makes a file of its own."""
    trend = trend.as_drawn()
    shown = trend.zoomed()
    legend = _legend(shown)
    top = top_under(legend)
    bottom = TREND_HEIGHT - BOTTOM + top - TOP
    drawing = Drawing(f"{trend.label}, run {trend.origin.run}", _said(shown), height=bottom + BOTTOM)
    x = _ls_scale([line.ls for line in shown.lines], trend.zoom)
    if any(line.right for line in shown.lines):
        x = Scale(x.low, x.high, x.start, x.end - LEFT + RIGHT)
    y = _y_scale(shown, bottom, top)
    draw_frame(drawing, x, y, x_name="LS", y_name=trend.label, title=f"Run {trend.origin.run}")
    if trend.band is not None and np.isfinite(trend.band.median):
        _draw_band(drawing, x, y, trend)
    beyond = LSMask()
    for number, line in enumerate(shown.lines):
        scale = scale_of(_covered(line, shown), bottom, top) if line.right else y
        beyond |= _draw_line(drawing, x, scale, line, number)
        if line.right:
            for at, label in scale.ticks(5):
                drawing.text(x.end + 10, at + 8, label, "s")
    if beyond:
        words = _BEYOND if shown.scaled is CommonScale.FROM_MEDIAN else BEYOND_GOOD
        drawing.text(x.start, bottom + 66, f"▲▼ {words}", "s")
        drawing.said = in_words([drawing.said, f"{words[:1].upper()}{words[1:]}: LS {beyond}"])
    draw_legend(drawing, x, legend)
    return drawing.svg(alone=alone)


def _covered(line: LineShown, trend: TrendFile) -> Floats:
    """Give the values that the axis of a line covers: of this run, those of the good LS."""
    good = trend.good if line.origin == trend.origin else None
    values = usual_values(line.ls, line.values, None if good is None else line.ls[good.selects(line.ls)])
    is_in_spreads = trend.scaled is CommonScale.FROM_MEDIAN
    return np.clip(values, -MOST_SPREADS, MOST_SPREADS) if is_in_spreads else values


def _legend(trend: TrendFile) -> list[tuple[str, str, str]]:
    """Name the lines and the band, where there are several."""
    lines = [
        (_kind(number), dashes_of(number - 1) if number else "", line.label + (" (right)" * line.right))
        for number, line in enumerate(trend.lines)
    ]
    band = [] if trend.band is None else [("r0", "", trend.band.label)]
    return [*lines, *band] if len(lines) + len(band) > 1 else []


def strip_svg(
    table: LSTable, notes: Sequence[Note] = (), *, good: LSMask | None = None, alone: bool = False
) -> str:
    """Draw what is known of each LS: data, flags, beams, rate, luminosity and what is noted."""
    numbers = table.ls
    drawing = Drawing(f"Lumisections of run {table.key.run}", _said_strip(table, good), STRIP_WIDTH, 0)
    x = _ls_scale([numbers], None, STRIP_WIDTH - STRIP_RIGHT)
    at = 16
    for name, marks in _rows(table, notes, good):
        drawing.text(LEFT - 12, at + 22, name, "s e")
        for kind, mask in marks:
            drop, height = _SHAPES[kind]
            drawing.path(kind, _spans(mask, x, at + drop, height))
        missing = dict(marks).get("none", LSMask())
        if missing:
            drawing.text(x.end + 12, at + 22, _said_missing(len(missing), numbers.size), "s")
        at += _ROW
    for source, column, name in _NUMBERS:
        drawing.text(LEFT - 12, at + 34, name, "s e")
        drawing.text(x.end + 12, at + 22, _draw_numbers(drawing, x, table, source, column, at), "s")
        at += _BARS
    for place, label in x.ticks(12):
        drawing.path("f", f"M{place} {at}v8")
        drawing.text(place, at + 32, label, "s m")
    drawing.height = at + 44
    return drawing.svg(alone=alone)


def _draw_numbers(drawing: Drawing, x: Scale, table: LSTable, source: str, column: str, at: int) -> str:
    """Draw the numbers of a column as bars, and say how high they are, or why there are none."""
    numbers = table.ls
    cells = table.column(source, column)
    values = cells.floats()
    n_missing = int(np.count_nonzero(cells.state == CellState.NOT_LOADED))
    if not np.isfinite(values).any():
        return _said_missing(n_missing, numbers.size) or "none"
    high = max(float(np.nanmax(values)), 0.0)
    y = Scale(0.0, high or 1.0, at + _BARS - 6, at)
    every = np.arange(int(numbers[0]), int(numbers[-1]) + 1)
    heights = np.full(every.size, np.nan)
    heights[numbers - every[0]] = y.at(values)
    edges = x.at(np.append(every - 0.5, every[-1] + 0.5))
    drawing.path("c", closed_steps(edges, heights, y.start))
    return f"{si_number(high, 3)} {_unit(source, cells.unit)}".strip()


def _said_missing(n_missing: int, n: int) -> str:
    """Say of n LS that some have not been loaded, "" when all have."""
    if not n_missing:
        return ""
    return "not loaded" if n_missing == n else "not all loaded"


def _unit(source: str, unit: str | None) -> str:
    return "Hz" if source == RATE else (unit or "").replace("{", "").replace("}", "").replace("\\mu", "u")


def _rows(
    table: LSTable, notes: Sequence[Note], good: LSMask | None
) -> Iterator[tuple[str, list[tuple[str, LSMask]]]]:
    numbers = table.ls
    data = table.has_row(DIALS)
    yield (
        "data",
        [
            ("good", LSMask.from_numbers(numbers[data.is_true()])),
            ("none", LSMask.from_numbers(numbers[data.state == CellState.NOT_LOADED])),
        ],
    )
    for name, flags in (("tracker", TRACKER_FLAGS), ("DCS", DCS_ONLY_FLAGS), ("beams", ("beams_stable",))):
        verdict = judge(table, flags)
        yield name, [(kind, LSMask.from_numbers(numbers[verdict == one])) for one, kind in _STATES]
    if good is not None:
        yield "good", [("good", good)]
    of_run = [note.content for note in notes if note.content.run == table.key.run]
    if of_run:
        bad = LSMask.of(*(content.ls for content in of_run if content.verdict in NOT_GOOD))
        other = LSMask.of(*(content.ls for content in of_run if content.verdict not in NOT_GOOD))
        yield "notes", [("unknown", other), ("bad", bad)]


def _spans(mask: LSMask, x: Scale, top: int, height: int) -> str:
    """Draw ranges of LS, each from half an LS before its first to half an LS after its last."""
    low, high = x.low, x.high
    parts = []
    for first, last in mask.clip(max(1, round(low)), max(1, round(high))).ranges:
        ends = x.at(np.array([max(first - 0.5, low), min(last + 0.5, high)]))
        width = max(int(ends[1] - ends[0]), 1)
        parts.append(f"M{ends[0]:.0f} {top}h{width}v{height}h-{width}z")
    return "".join(parts)


def _ls_scale(
    numbers: Sequence[NDArray[np.int64]], zoom: tuple[int, int] | None, end: int = WIDTH - RIGHT
) -> Scale:
    known = [one for one in numbers if one.size]
    low = min((int(one[0]) for one in known), default=1)
    high = max((int(one[-1]) for one in known), default=1)
    if zoom is not None:
        low, high = max(low, zoom[0]), min(high, zoom[1])
    return Scale(low - 0.5, max(high, low) + 0.5, LEFT, end)


def _y_scale(trend: TrendFile, bottom: int, top: int) -> Scale:
    values = [_covered(line, trend) for line in trend.lines if not line.right]
    band = trend.band
    if band is not None and np.isfinite(band.median):
        values.append(np.array([band.median - band.spread, band.median + band.spread]))
    together = np.concatenate(values) if values else np.zeros(0)
    return scale_of(together, bottom, top, log=trend.log)


def _draw_band(drawing: Drawing, x: Scale, y: Scale, trend: TrendFile) -> None:
    band = trend.band
    if band is None or (y.log and band.median <= 0):
        return
    low = max(band.median - band.spread, y.low)
    top, bottom = y.one(min(band.median + band.spread, y.high)), y.one(low)
    drawing.path("band", f"M{x.start} {top}H{x.end}V{bottom}H{x.start}z")
    drawing.path("r0", f"M{x.start} {y.one(band.median)}H{x.end}")


def _draw_line(drawing: Drawing, x: Scale, y: Scale, line: LineShown, number: int) -> LSMask:
    """Draw a line that is broken where an LS number is missing; errors where there are any.

    What is above or below the axis is marked at its end; gives the LS of which that is so.
    """
    numbers, values = line.ls.astype(np.float64), line.values
    holes = np.flatnonzero(np.diff(numbers) > 1) + 1
    numbers, values = np.insert(numbers, holes, np.nan), np.insert(values, holes, np.nan)
    places, heights = x.at(numbers), y.at(values)
    if line.errors is not None and line.ls.size <= WIDTH // 4:
        errors = np.insert(line.errors, holes, np.nan)
        ends = (y.at(values - errors), y.at(values + errors))
        outside = (ends[1] > y.start) | (ends[0] < y.end)
        low, high = (np.where(outside, np.nan, np.clip(end, y.end, y.start)) for end in ends)
        drawing.path("b", bars_path(places, low, high))
    more = dashes_of(number - 1) if number else ""
    drawing.path(f"{_kind(number)} d", line_path(*_between(places, heights, y.end, y.start)), more)
    above, below = heights < y.end, heights > y.start
    marks = [f"M{at - 8:.0f} {y.end + 14}l8 -14l8 14z" for at in np.unique(places[above]).tolist()]
    marks += [f"M{at - 8:.0f} {y.start - 14}l8 14l8 -14z" for at in np.unique(places[below]).tolist()]
    drawing.path(_kind(number), "".join(marks))
    return LSMask.from_numbers(numbers[above | below].astype(np.int64))


def _between(x: Floats, y: Floats, top: int, bottom: int) -> tuple[Floats, Floats]:
    """Cut a line through points (n,) off where it leaves the axes: a point outside becomes a gap."""
    if not ((y < top) | (y > bottom)).any():
        return x, y
    found = [(float(x[0]), float(y[0]))]
    for right, low in zip(x[1:].tolist(), y[1:].tolist(), strict=True):
        left, high = found[-1]
        crossed = [edge for edge in (top, bottom) if min(high, low) < edge < max(high, low)]
        found += [
            (left + (edge - high) * (right - left) / (low - high), float(edge))
            for edge in sorted(crossed, reverse=low < high)
        ]
        found.append((right, low))
    across, down = np.array(found).T
    return across, np.where((down < top) | (down > bottom), np.nan, down)


def _kind(number: int) -> str:
    return "l" if number == 0 else f"r{number % 6}"


def _said(trend: TrendFile) -> str:
    words = []
    for line in trend.lines:
        known = line.values[np.isfinite(line.values)]
        if known.size:
            low, high = si_number(float(known.min())), si_number(float(known.max()))
            words.append(f"{line.label}: {known.size} LS between {low} and {high}")
        else:
            words.append(f"{line.label}: no value")
    return in_words([trend.label, *words, "" if trend.band is None else trend.band.label])


def _said_strip(table: LSTable, good: LSMask | None) -> str:
    words = f"{table.ls.size} lumisections"
    return words if good is None else f"{words}, good: {good or 'none'}"
