from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.cells import Palette
from dqmtui.render.charset import UTF8, Charset
from dqmtui.render.frame import Scale, plot_frame
from dqmtui.render.points import draw_points
from dqmtui.render.strip import StripState, columns_of, strip_row, strip_values
from dqmtui.store.themes import available_themes, load_theme

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme

THEME = load_theme(available_themes()["dqm-dark"])
LEGEND = [StripState("good", "track"), StripState("unknown", "unknown"), StripState("bad", "bad")]


@given(st.lists(st.integers(-1, 2), min_size=1, max_size=300), st.integers(1, 80))
def test_each_cell_shows_the_most_urgent_state_of_its_lumisections(states: list[int], width: int) -> None:
    ls = np.arange(1, len(states) + 1)
    columns = columns_of(ls, Scale(0.5, len(states) + 0.5), width)
    grid = strip_row(states, columns, width, legend=LEGEND, theme=THEME, charset=UTF8)
    assert (grid.width, grid.height) == (width, 1)
    for x in range(width):
        inside = [state for state, column in zip(states, columns, strict=True) if column == x]
        worst = max(inside, default=-1)
        shown = chr(grid.chars[0, x])
        if worst < 0:
            assert shown == " "
        else:
            assert shown == getattr(THEME.glyphs, LEGEND[worst].glyph)
            assert grid.palette[int(grid.styles[0, x])].fg == THEME.role(LEGEND[worst].role)


def test_the_columns_of_the_strip_are_those_of_the_trend() -> None:
    frame = plot_frame(60, 10, x=Scale(0.5, 40.5), y=Scale(0, 2), theme=THEME, charset=UTF8)
    columns = columns_of([17], frame.x, frame.area.width)
    grid = draw_points(frame, [17], [1], theme=THEME, charset=UTF8)
    changed = np.argwhere(grid.chars != frame.grid.chars)
    assert changed[:, 1].tolist() == [frame.area.x + columns[0]]


def test_lumisections_outside_the_axis_are_left_out(charset: Charset) -> None:
    columns = columns_of([1, 2, 99], Scale(0.5, 4.5), 4)
    grid = strip_row([0, 2, 2], columns, 4, legend=LEGEND, theme=THEME, charset=charset)
    glyphs = charset.glyphs(THEME)
    assert grid.to_text() == glyphs.track + glyphs.bad


def test_a_state_that_is_not_in_the_legend_is_refused() -> None:
    with pytest.raises(ValueError, match="state 3"):
        strip_row([3], [0], 5, legend=LEGEND, theme=THEME, charset=UTF8)


def test_a_legend_with_an_unknown_role_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"did you mean roles\.good"):
        strip_row([0], [0], 5, legend=[StripState("god", "good")], theme=THEME, charset=UTF8)


def test_values_are_bars_of_the_mean_and_absent_is_not_zero(theme: Theme, charset: Charset) -> None:
    values = [0, 0, 1, 3, 4, math.nan, math.nan, 1e-9, 9]
    columns = [0, 0, 1, 1, 2, 2, 3, 4, 5]
    palette = Palette()
    grid = strip_values(values, columns, 8, low=0, high=4, theme=theme, charset=charset, palette=palette)
    full = charset.bars.size - 1
    expected = [ord("0"), charset.bars[round(full / 2)], charset.bars[full]]
    absent = ord(charset.glyphs(theme).absent)
    assert grid.chars[0].tolist() == [*expected, absent, charset.bars[1], charset.bars[full], 32, 32]
    assert grid.palette is palette
    assert grid.palette[int(grid.styles[0, 3])].fg == theme.roles.absent


def test_bars_of_several_rows_fill_from_below(theme: Theme, charset: Charset) -> None:
    grid = strip_values(
        [0, 1, 2, 4, math.nan], [0, 1, 2, 3, 4], 6, low=0, high=4, rows=2, theme=theme, charset=charset
    )
    full, blank = int(charset.bars[-1]), ord(" ")
    half = int(charset.bars[round((charset.bars.size - 1) / 2)])
    assert grid.chars[0].tolist() == [blank, blank, blank, full, blank, blank]
    absent = ord(charset.glyphs(theme).absent)
    assert grid.chars[1].tolist() == [ord("0"), half, full, full, absent, blank]


def test_a_strip_of_no_lumisections_is_blank() -> None:
    assert strip_row([], [], 5, legend=LEGEND, theme=THEME, charset=UTF8).to_text() == ""
    assert strip_values([], [], 5, low=0, high=1, theme=THEME, charset=UTF8).to_text() == ""


def test_a_range_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot run"):
        strip_values([1], [0], 5, low=1, high=1, theme=THEME, charset=UTF8)
