"""The lines of a table as strips: its titles, its rows, and what it says while it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dqmtui.model.text import ELLIPSIS, fitted

if TYPE_CHECKING:
    from dqmtui.tui.widgets.table_layout import Layout
    from dqmtui.tui.widgets.table_rows import Cells


@dataclass(frozen=True, slots=True)
class Signs:
    """What a table says in one character: sorted up or down, more columns left or right, text cut off."""

    up: str
    down: str
    left: str
    right: str
    ellipsis: str


SIGNS = Signs(
    up="\N{UPWARDS ARROW}",
    down="\N{DOWNWARDS ARROW}",
    left="\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
    right="\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    ellipsis=ELLIPSIS,
)
ASCII_SIGNS = Signs("^", "v", "<", ">", "~")


def header_line(
    layout: Layout,
    width: int,
    styles: tuple[Style, Style, Style],
    sorted_by: tuple[int, bool] | None,
    fixed: int,
    signs: Signs,
) -> Strip:
    """Draw the titles, in the styles of titles, units and of the sorted column, which has an arrow.

    The arrow stands in the gap before a number's title, or behind a text's: there is room for it always.
    """
    title, unit, by = styles
    cells = [(" ", title)] * width
    for place in layout.places:
        column = place.column
        words = f"{column.title} {column.unit}" if column.unit else column.title
        shown = fitted(words, place.width, right=column.right, ellipsis=signs.ellipsis)
        unit_from = len(shown.rstrip()) - len(column.unit) if column.unit else len(shown)
        is_by = sorted_by is not None and sorted_by[0] == place.index
        for at, char in enumerate(shown):
            cells[place.x + at] = (char, unit if at >= unit_from else by if is_by else title)
        if sorted_by is not None and is_by:
            free = place.width - len(words)
            at = place.x + (free - 1 if column.right else min(len(words), place.width))
            cells[max(0, min(at, width - 1))] = (signs.down if sorted_by[1] else signs.up, by)
    edge = sum(place.column.width + place.column.gap for place in layout.places[:fixed])
    if layout.more_left and 0 < edge <= width and cells[edge - 1][0] == " ":
        cells[edge - 1] = (signs.left, title)
    if layout.more_right and width:
        cells[-1] = (signs.right, title)
    return Strip(list(Segment.simplify(Segment(char, style) for char, style in cells)), width)


def row_line(cells: Cells, layout: Layout, width: int, base: Style, signs: Signs, *, plain: bool) -> Strip:
    """Draw a row, neighbours of the same colour as one segment; `plain`: all of them in that of `base`."""
    segments: list[Segment] = []
    run, run_color, used = "", "", 0
    for place in layout.places:
        text, color = cells[place.index]
        shown = fitted(text, place.width, right=place.column.right, ellipsis=signs.ellipsis)
        run += " " * (place.x - used)
        used = place.x + place.width
        if plain or color == run_color or shown.isspace():
            run += shown
            continue
        if run:
            segments.append(Segment(run, base + _colored(run_color)))
        run, run_color = shown, color
    segments.append(Segment(run + " " * (width - used), base + _colored(run_color)))
    return Strip(segments, max(width, used)).crop(0, width)


def message_lines(message: str, width: int, signs: Signs) -> list[str]:
    """Break a sentence into lines of a width."""
    lines, line = [], ""
    for word in message.split():
        if line and len(line) + 1 + len(word) > width - 2:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [fitted(f" {one}", width, ellipsis=signs.ellipsis) for one in (*lines, line) if one]


_COLORS: dict[str, Style] = {"": Style()}


def _colored(color: str) -> Style:
    style = _COLORS.get(color)
    if style is None:
        style = _COLORS[color] = Style(color=color)
    return style
