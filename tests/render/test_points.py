from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dqmtui.render.bars import draw_bars
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.frame import Scale, plot_frame
from dqmtui.render.heatmap import draw_map
from dqmtui.render.points import draw_cursor, draw_line, draw_points, draw_spans, draw_steps
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import bare_frame, bins_of_columns, cell, read_column

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid

THEME = load_theme(available_themes()["dqm-dark"])
numbers = st.one_of(st.just(math.nan), st.floats(-20, 120))
DOTS = [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1)]


def dots(grid: CellGrid) -> set[tuple[int, int]]:
    """Row (0 on top) and column of every braille dot."""
    found = set()
    for (y, x), code in np.ndenumerate(grid.chars):
        if 0x2800 < code <= 0x28FF:
            bits = int(code) - 0x2800
            found |= {(4 * y + dy, 2 * x + dx) for bit, (dy, dx) in enumerate(DOTS) if bits >> bit & 1}
    return found


def text(grid: CellGrid) -> list[str]:
    return ["".join(map(chr, row)) for row in grid.chars]


@given(st.lists(st.tuples(numbers, numbers), min_size=30, max_size=200))
def test_every_point_inside_is_a_dot_and_there_are_no_others(points: list[tuple[float, float]]) -> None:
    frame = bare_frame(20, 10, Scale(0, 100), Scale(0, 100))
    x, y = zip(*points, strict=True)
    drawn = dots(draw_points(frame, x, y, theme=THEME, charset=UTF8))
    inside = [(a, b) for a, b in points if 0 <= a / 100 <= 1 and 0 <= b / 100 <= 1]
    assume(len(inside) * 3 > 20)  # fewer are drawn as glyphs
    assert drawn == {(39 - min(int(b / 100 * 40), 39), min(int(a / 100 * 40), 39)) for a, b in inside}


def test_few_points_are_drawn_as_glyphs(charset: Charset) -> None:
    frame = bare_frame(10, 4, Scale(0, 10), Scale(0, 4))
    grid = draw_points(frame, [0.5, 9.5, 5, 20], [0.5, 3.5, math.nan, 1], theme=THEME, charset=charset)
    glyph = charset.glyphs(THEME).point
    assert text(grid) == [" " * 9 + glyph, " " * 10, " " * 10, glyph + " " * 9]
    assert cell(grid, 0, 3)[1].fg == THEME.roles.current


def test_error_bars_of_points_span_one_error_each_way() -> None:
    frame = bare_frame(9, 4, Scale(0, 9), Scale(0, 4))
    grid = draw_points(
        frame, [0.2, 4.2], [2.1, 2.1], errors=[1.0, math.nan], theme=THEME, charset=UTF8, role="reference"
    )
    assert {x for _, x in dots(grid)} == {0}
    assert cell(grid, 0, 1)[0] == THEME.glyphs.point
    assert cell(grid, 0, 0)[1].fg == THEME.roles.error_bar
    assert {y for y, _ in dots(grid)} == {3, 8, 9, 10, 11}


@given(st.lists(numbers, min_size=2, max_size=60))
def test_T2_a_line_never_joins_across_NaN(values: list[float]) -> None:
    frame = bare_frame(30, 6, Scale(0, len(values)), Scale(-20, 120))
    x = np.arange(len(values)) + 0.5
    columns = {column for _, column in dots(draw_line(frame, x, values, theme=THEME, charset=UTF8))}
    place = x / len(values) * 60
    allowed: set[int] = set()
    for index, value in enumerate(values):
        if math.isnan(value):
            continue
        joined = index + 1 < len(values) and not math.isnan(values[index + 1])
        end = place[index + 1] if joined else place[index]
        allowed |= set(range(int(place[index]), int(end) + 1))
    assert columns == allowed


def test_a_line_has_no_holes() -> None:
    frame = bare_frame(20, 10, Scale(0, 10), Scale(0, 10))
    drawn = dots(draw_line(frame, [0, 3, 4, 10], [0, 9, 1, 10], theme=THEME, charset=UTF8))
    assert {column for _, column in drawn} == set(range(40))
    assert {row for row, _ in drawn} == set(range(40))
    for row, column in drawn - {(0, 39)}:
        near = {(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} - {(row, column)}
        assert near & drawn


def test_a_step_over_missing_lumisections_is_a_gap() -> None:
    frame = bare_frame(20, 5, Scale(0.5, 20.5), Scale(0, 2))
    ls, y = [1, 2, 3, 9, 10], [1, 1, 1, 1, 1]
    joined = dots(draw_line(frame, ls, y, theme=THEME, charset=UTF8))
    parted = dots(draw_line(frame, ls, y, theme=THEME, charset=UTF8, max_step=1))
    assert {x for _, x in joined} == set(range(1, 20))
    assert {x for _, x in parted} == {1, 2, 3, 4, 5, 17, 18, 19}


def test_a_point_between_gaps_is_a_dot(charset: Charset) -> None:
    frame = bare_frame(10, 5, Scale(0, 10), Scale(0, 2))
    grid = draw_line(frame, [1, 2, 3], [math.nan, 1, math.nan], theme=THEME, charset=charset)
    assert np.count_nonzero(grid.chars != ord(" ")) == 1


def test_a_line_is_cut_at_the_edges_of_the_axes() -> None:
    frame = bare_frame(10, 10, Scale(0, 10), Scale(0, 10))
    drawn = dots(draw_line(frame, [-10, 20], [-10, 20], theme=THEME, charset=UTF8))
    assert {column for _, column in drawn} == set(range(20))
    outside = draw_line(frame, [-10, 20], [50, 50], theme=THEME, charset=UTF8)
    assert dots(outside) == set()


def test_ascii_lines_join_glyphs_by_dashes_and_bars() -> None:
    frame = bare_frame(11, 5, Scale(0, 11), Scale(0, 5))
    grid = draw_line(frame, [0.5, 4.5, 4.6, 9.5], [0.5, 0.5, 4.5, 4.5], theme=THEME, charset=ASCII)
    assert text(grid) == ["    *----* ", "    |      ", "    |      ", "    |      ", "*---*      "]


def test_lines_can_use_the_second_y_axis() -> None:
    frame = replace(bare_frame(10, 4, Scale(0, 10), Scale(0, 1)), y2=Scale(0, 1000))
    grid = draw_line(frame, [0, 10], [900, 900], theme=THEME, charset=UTF8, y_scale=frame.y2)
    assert {row for row, _ in dots(grid)} == {1}


@given(st.lists(st.one_of(st.just(0.0), numbers), min_size=1, max_size=40))
def test_an_outline_has_its_flat_parts_at_the_values(values: list[float]) -> None:
    frame = bare_frame(40, 10, Scale(0, len(values)), Scale(0, 100))
    grid = draw_steps(frame, np.arange(len(values) + 1.0), values, theme=THEME, charset=UTF8)
    drawn = dots(grid)
    edges = np.arange(len(values) + 1.0).tolist()
    for column, bins in enumerate(bins_of_columns(frame.x, edges, 80)):
        known = [values[index] for index in bins if not math.isnan(values[index])]
        if not known:
            assert not any(x == column for _, x in drawn)
        elif 0 < max(known, key=abs) <= 100:
            assert (39 - min(math.floor(max(known) / 100 * 40), 39), column) in drawn


def test_an_outline_goes_down_to_zero_and_not_along_it() -> None:
    frame = bare_frame(6, 5, Scale(0, 3), Scale(0, 10))
    drawn = dots(draw_steps(frame, [0, 1, 2, 3], [0, 5, 0], theme=THEME, charset=UTF8))
    assert {x for _, x in drawn} == {4, 5, 6, 7, 8}
    assert {y for y, x in drawn if x == 4} == set(range(9, 20))
    assert {y for y, x in drawn if x == 8} == set(range(9, 20))
    assert {y for y, x in drawn if x == 6} == {9}


def test_an_outline_leaves_bars_readable_behind_it(theme: Theme) -> None:
    frame = bare_frame(40, 10, Scale(0, 40), Scale(0, 10))
    values = np.linspace(0.3, 9.7, 40)
    bars = draw_bars(frame, np.arange(41.0), values, theme=theme, charset=UTF8)
    both = draw_steps(frame, np.arange(41.0), values * 0.6, theme=theme, charset=UTF8, on=bars)
    reference = [
        (x, y) for y in range(10) for x in range(40) if cell(both, x, y)[1].fg == theme.roles.reference
    ]
    assert reference
    for x, y in reference:
        under = cell(bars, x, y)
        filled = under[0] in "▄▅▆▇█"
        assert cell(both, x, y)[1].bg == (theme.roles.current if filled else None)
    touched = {x for x, _ in reference}
    same = [x for x in range(40) if x not in touched]
    assert [read_column(frame, both, x, theme, UTF8) for x in same] == [
        read_column(frame, bars, x, theme, UTF8) for x in same
    ]


def test_an_outline_through_the_tips_of_bars_is_dashed_and_keeps_three_in_four() -> None:
    frame = bare_frame(40, 4, Scale(0, 40), Scale(0, 10))
    values = np.full(40, 4.0)
    bars = draw_bars(frame, np.arange(41.0), values, theme=THEME, charset=UTF8)
    both = draw_steps(frame, np.arange(41.0), values, theme=THEME, charset=UTF8, on=bars)
    dashes = [x for x in range(40) if cell(both, x, 2)[1].fg == THEME.roles.reference]
    assert dashes == list(range(0, 40, 4))


def test_a_cursor_marks_its_column_from_top_to_axis(charset: Charset) -> None:
    frame = plot_frame(30, 10, x=Scale(0.5, 20.5), y=Scale(0, 1), theme=THEME, charset=charset)
    grid = draw_cursor(frame, 7, theme=THEME, charset=charset)
    column = frame.area.x + int(frame.x.cells([7], frame.area.width)[0])
    drawn = [chr(code) for code in grid.chars[: frame.area.bottom + 1, column]]
    assert drawn == [charset.vertical] * frame.area.height + [charset.glyphs(THEME).cursor]
    changed = np.argwhere(grid.chars != frame.grid.chars)[:, 1]
    assert set(changed.tolist()) == {column}


def test_a_cursor_outside_the_axis_is_not_drawn() -> None:
    frame = plot_frame(30, 10, x=Scale(0, 1), y=Scale(0, 1), theme=THEME, charset=UTF8)
    grid = draw_cursor(frame, 2, theme=THEME, charset=UTF8)
    assert np.array_equal(grid.chars, frame.grid.chars)


def test_a_cursor_keeps_points_and_tips_and_the_colour_behind_it() -> None:
    frame = bare_frame(3, 4, Scale(0, 3), Scale(0, 4))
    bars = draw_bars(frame, [0, 1, 2, 3], [2.5, 2.5, 0], theme=THEME, charset=UTF8)
    grid = draw_cursor(frame, 1.5, theme=THEME, charset=UTF8, on=bars)
    assert [row[1] for row in text(grid)] == ["│", "▄", "│", "│"]
    assert [cell(grid, 1, y)[1].bg for y in (0, 2)] == [None, THEME.roles.current]


def test_a_cursor_on_a_map_is_a_glyph_on_the_axis_alone() -> None:
    frame = plot_frame(30, 10, x=Scale(0, 2), y=Scale(0, 2), theme=THEME, charset=UTF8)
    edges = np.arange(3.0)
    drawn = draw_map(frame, np.eye(2), edges, edges, low=0, high=1, theme=THEME, charset=UTF8)
    grid = draw_cursor(frame, 1.5, theme=THEME, charset=UTF8, on=drawn, line=False)
    assert np.argwhere(grid.chars != drawn.chars)[:, 0].tolist() == [frame.area.bottom]


def test_spans_shade_blank_cells_only(charset: Charset) -> None:
    frame = bare_frame(10, 3, Scale(0.5, 10.5), Scale(0, 3))
    line = draw_line(frame, [1, 10], [1.5, 1.5], theme=THEME, charset=charset)
    grid = draw_spans(frame, [(3.5, 5.5), (9.9, 9.95), (20, 30)], theme=THEME, charset=charset, on=line)
    hole = charset.glyphs(THEME).hole
    shaded = {x for x in range(10) if chr(grid.chars[0, x]) == hole}
    assert shaded == {3, 4, 9}
    assert grid.chars[1].tolist() == line.chars[1].tolist()


def test_no_spans_change_nothing() -> None:
    frame = bare_frame(4, 2, Scale(0, 1), Scale(0, 1))
    assert draw_spans(frame, [], theme=THEME, charset=UTF8).to_text() == "\n"


def test_ascii_overlays_have_no_byte_over_127() -> None:
    frame = plot_frame(40, 12, x=Scale(0, 10), y=Scale(0, 10), theme=THEME, charset=ASCII)
    x = np.arange(10.0)
    grid = draw_spans(frame, [(2, 4)], theme=THEME, charset=ASCII)
    grid = draw_bars(frame, np.arange(11.0), x, theme=THEME, charset=ASCII, on=grid)
    grid = draw_steps(frame, np.arange(11.0), x[::-1], theme=THEME, charset=ASCII, on=grid)
    grid = draw_points(frame, x, x, errors=x / 5, theme=THEME, charset=ASCII, on=grid)
    grid = draw_cursor(frame, 5, theme=THEME, charset=ASCII, on=grid)
    assert grid.to_text().isascii()


@pytest.mark.parametrize("draw", [draw_points, draw_line])
def test_x_and_y_of_different_length_are_refused(draw: object) -> None:
    frame = bare_frame(4, 4, Scale(0, 1), Scale(0, 1))
    assert callable(draw)
    with pytest.raises(ValueError, match="x cannot go with"):
        draw(frame, [1, 2], [1], theme=THEME, charset=UTF8)
    with pytest.raises(ValueError, match="errors"):
        draw_points(frame, [1, 2], [1, 2], errors=[1], theme=THEME, charset=UTF8)
