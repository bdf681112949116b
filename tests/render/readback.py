"""Read back from cells what has been drawn: independent of how it was drawn, cell by cell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.render.cells import CellGrid, CellStyle, Rect
from dqmtui.render.frame import PlotFrame

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.charset import Charset
    from dqmtui.render.scale import Scale

ABSENT, ZERO, OUTSIDE, NEVER = "absent", "zero", "outside", "never"
NEVER_CHARS = {"utf8": "\N{MIDDLE DOT}", "ascii": "x"}


def bare_frame(width: int, height: int, x: Scale, y: Scale) -> PlotFrame:
    """A frame that is all area."""
    return PlotFrame(CellGrid.blank(width, height), Rect(0, 0, width, height), x, y)


def cell(grid: CellGrid, x: int, y: int) -> tuple[str, CellStyle]:
    return chr(grid.chars[y, x]), grid.palette[int(grid.styles[y, x])]


@dataclass(frozen=True)
class Column:
    """What a column of bars shows: parts of a cell filled above and below the base, and marks."""

    up: int
    down: int
    over: bool
    under: bool
    absent: bool


def read_column(frame: PlotFrame, grid: CellGrid, x: int, theme: Theme, charset: Charset) -> Column:
    glyphs = charset.glyphs(theme)
    units = len(charset.bars) - 1
    area = frame.area
    color = theme.roles.current
    over = under = absent = False
    rows = []
    for row in range(area.height):
        char, style = cell(grid, area.x + x, area.bottom - 1 - row)
        above, below = 0, 0
        if style.bg == color:
            over, under = over or char == glyphs.over, under or char == glyphs.under
            above = below = units
        elif style.fg == theme.roles.absent:
            absent = absent or char == glyphs.absent
        elif style.fg == color and row >= frame.base:
            above = charset.bars.tolist().index(ord(char))
            assert not style.reverse
        elif style.fg == color:
            below = charset.bars_down.tolist().index(ord(char))
            assert style.reverse == (charset.down_reversed and below < units)
        rows.append((above, below))
    up = [above for above, _ in rows[frame.base :]]
    down = [below for _, below in rows[: frame.base]][::-1]
    for filled in (up, down):
        assert filled == sorted(filled, reverse=True), "a bar has a hole"
        assert sum(0 < part < units for part in filled) <= 1, "a bar has two tips"
    return Column(sum(up), sum(down), over, under, absent)


def bins_of_columns(scale: Scale, edges: list[float], width: int) -> list[list[int]]:
    """Which bins each column shows, bin by bin: rounded edges, or the column of the centre when narrower."""
    shown: list[list[int]] = [[] for _ in range(width)]
    for index in range(len(edges) - 1):
        left, right = (float(scale.position(edge)) * width for edge in edges[index : index + 2])
        left = -1.0 if math.isnan(left) else left
        if right <= 0 or left >= width or math.isnan(right):
            continue
        left, right = min(max(left, 0), width), min(max(right, 0), width)
        columns = range(round(left), round(right)) or [int(min((left + right) / 2, width - 1))]
        for column in columns:
            shown[column].append(index)
    return shown


def read_pixels(frame: PlotFrame, grid: CellGrid, theme: Theme, charset: Charset) -> list[list[int | str]]:
    """What each pixel of a map shows, lowest row first: a level of the heat ramp, or a word."""
    meaning: dict[str | None, int | str] = {color: level for level, color in enumerate(theme.heat)}
    meaning |= {theme.roles.heat_zero: ZERO, theme.roles.heat_absent: ABSENT, None: OUTSIDE}
    meaning[theme.roles.heat_never] = NEVER
    area = frame.area
    rows: list[list[int | str]] = []
    for y in range(area.bottom - 1, area.y - 1, -1):
        lower: list[int | str] = []
        upper: list[int | str] = []
        for x in range(area.x, area.right):
            char, style = cell(grid, x, y)
            if charset.half is None:
                lower.append(_read_single(char, style, theme, charset))
                continue
            if char == "▀":
                pair = style.fg, style.bg
            elif char == "▄":
                pair = style.bg, style.fg
            elif style.fg == theme.roles.hole:
                assert char == theme.glyphs.hole
                pair = None, None
            else:
                assert char in {" ", theme.glyphs.absent, NEVER_CHARS["utf8"]}
                assert (char == NEVER_CHARS["utf8"]) == (style.bg == theme.roles.heat_never)
                assert (char == theme.glyphs.absent) == (style.bg == theme.roles.heat_absent)
                pair = style.bg, style.bg
            upper.append(meaning[pair[0]])
            lower.append(meaning[pair[1]])
        rows.append(lower)
        if charset.half is not None:
            rows.append(upper)
    return rows


def _read_single(char: str, style: CellStyle, theme: Theme, charset: Charset) -> int | str:
    if char == " ":
        return ZERO
    if style.fg == theme.roles.hole:
        assert ord(char) not in charset.shades
        return OUTSIDE
    if style.fg == theme.roles.absent:
        assert char == charset.glyphs(theme).absent
        return ABSENT
    if char == NEVER_CHARS[charset.name]:
        return NEVER
    return int(np.flatnonzero(charset.shades == ord(char))[0])
