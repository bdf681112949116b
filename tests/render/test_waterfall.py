from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey
from dqmtui.render.cells import Palette, Rect
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.ls_columns import GUTTER
from dqmtui.render.trend_view import TrendOptions, TrendView
from dqmtui.render.waterfall import WaterfallOptions, WaterfallView
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import ABSENT, ZERO, bare_frame, cell, read_pixels
from tests.render.samples import CHARGE, RUN, stack_1d, table

if TYPE_CHECKING:
    from dqmtui.render.cells import CellGrid

THEME = load_theme(available_themes()["dqm-dark"])
LEVELS = len(THEME.heat)


def view(charset: Charset = UTF8) -> WaterfallView:
    return WaterfallView(THEME, charset, Palette())


def pixels_of(view: WaterfallView, grid: CellGrid, charset: Charset) -> list[list[int | str]]:
    """What each pixel of the plot shows, lowest row first; blank cells in ASCII are zeros."""
    area = Rect(view._left, view._top, view._columns.width, view._bottom - view._top)
    frame = bare_frame(grid.width, grid.height, view._columns.scale, view._columns.scale)
    frame = type(frame)(frame.grid, area, frame.x, frame.y)
    return read_pixels(frame, grid, THEME, charset)


@settings(max_examples=40)
@given(
    ls=st.lists(st.integers(1, 150), min_size=1, max_size=80, unique=True).map(sorted),
    n=st.integers(1, 20),
    charset=st.sampled_from([UTF8, ASCII]),
    seed=st.integers(0, 99),
)
def test_every_pixel_shows_the_highest_of_the_bins_of_its_lumisections(
    ls: list[int], n: int, charset: Charset, seed: int
) -> None:
    data = np.random.default_rng(seed).choice([0.0, 1.0, 45.0, 100.0], (len(ls), n))
    data[:, 0] = 1.0  # no LS is empty
    stack = stack_1d(dict(zip(ls, data.tolist(), strict=True)))
    drawing = view(charset)
    options = WaterfallOptions(zlim=(0.5, 100.5))
    grid = drawing.draw(stack.ls, stack, 90, 28, options)
    pixels = pixels_of(drawing, grid, charset)
    zoom = len(pixels) // n
    columns = drawing._columns
    for column in range(columns.width):
        source = int(columns.source[column])
        rows = np.flatnonzero(columns.columns(stack.ls) == source)
        for b in range(n):
            shown = {pixels[row][column] for row in range(b * zoom, (b + 1) * zoom)}
            if not rows.size:
                continue
            value = data[rows, b].max()
            level = int((value - 0.5) / 100 * LEVELS)
            shades = LEVELS if charset.half else charset.shades.size
            assert shown == {ZERO if value == 0 else level * shades // LEVELS}


def test_J2_holes_absent_empty_and_not_loaded_lumisections_all_differ(charset: Charset) -> None:
    stack = HistogramStack(HistogramKey(RUN, 5), CHARGE, np.array([1, 2, 3, 4, 7, 8], dtype=np.int64))
    rows = np.array([[1.0, 2.0], [0.0, 0.0]])
    stack.fill(StackRows(np.array([1, 2]), np.array([3, 0]), rows, Axis(2, 0.0, 2.0)))
    stack.settle(1, 4)
    drawing = view(charset)
    grid = drawing.draw(stack.ls, stack, GUTTER + 80, 20, WaterfallOptions())
    looks = {}
    for ls, name in ((1, "filled"), (2, "empty"), (3, "absent"), (5, "hole"), (8, "not loaded")):
        column = drawing._left + int((ls - 0.5) / 8 * 80)
        looks[name] = tuple(cell(grid, column, y) for y in range(drawing._top, drawing._bottom))
    assert len(set(looks.values())) == 5
    glyphs = charset.glyphs(THEME)
    hole = glyphs.hole if charset.half else charset.vertical
    for name, glyph in (("empty", glyphs.empty), ("absent", glyphs.absent), ("hole", hole)):
        assert glyph in {char for char, _ in looks[name]}
    assert glyphs.loading in {char for char, _ in looks["not loaded"]}


def test_N1_each_lumisection_can_be_normalised_to_unit_area() -> None:
    stack = stack_1d({1: [1.0, 3.0], 2: [100.0, 300.0]})
    drawing = view()
    grid = drawing.draw(stack.ls, stack, 60, 20, WaterfallOptions(unit_area=True, zlim=(0.0, 1.0)))
    assert "unit area" in grid.to_text()
    pixels = pixels_of(drawing, grid, UTF8)
    assert {pixels[0][0], pixels[0][-1]} == {int(0.25 * LEVELS)}
    assert {pixels[-1][0], pixels[-1][-1]} == {int(0.75 * LEVELS)}


def test_values_given_stand_in_for_the_bins_and_masked_ones_are_absent() -> None:
    stack = stack_1d({1: [1.0, 3.0], 2: [1.0, 3.0]})
    drawing = view()
    values = np.array([[0.2, 0.8], [math.nan, math.nan]])
    grid = drawing.draw(
        stack.ls, stack, 60, 20, WaterfallOptions(zlim=(0.0, 1.0)), values=values, norm="per Hz"
    )
    assert "per Hz" in grid.to_text()
    pixels = pixels_of(drawing, grid, UTF8)
    assert pixels[0][0] == int(0.2 * LEVELS)
    assert pixels[0][-1] == ABSENT


def test_the_cursor_marks_its_ls_above_and_below_and_hides_nothing() -> None:
    stack = stack_1d({ls: [1.0, 2.0] for ls in range(1, 101)})
    drawing = view()
    grid = drawing.draw(stack.ls, stack, 109, 20, WaterfallOptions())
    marked = drawing.with_cursor(grid, 40)
    changed = np.argwhere(grid.chars != marked.chars).tolist()
    assert changed == [[drawing._top - 1, GUTTER + 39], [drawing._bottom, GUTTER + 39]]
    assert drawing.ls_at(GUTTER + 39) == 40
    assert drawing.with_cursor(grid, 101) is grid


def test_what_did_not_change_is_not_drawn_again() -> None:
    stack = stack_1d({1: [1.0, 2.0], 2: [2.0, 1.0]}, finished=False)
    drawing, ls = view(), stack.ls
    grid = drawing.draw(ls, stack, 60, 20, WaterfallOptions())
    assert drawing.draw(ls, stack, 60, 20, WaterfallOptions()) is grid
    stack.finish()
    assert drawing.draw(ls, stack, 60, 20, WaterfallOptions()) is not grid


@pytest.mark.parametrize("zoom", [None, (20, 60)])
def test_waterfall_and_trend_of_one_width_have_every_ls_in_the_same_column(
    zoom: tuple[int, int] | None,
) -> None:
    ls = [number for number in range(1, 300) if not 100 < number < 250]
    run = table(ls)
    stack = stack_1d({number: [1.0, 2.0] for number in ls})
    drawing, trends = view(), TrendView(THEME, UTF8, Palette())
    drawing.draw(run.ls, stack, 120, 20, WaterfallOptions(zoom=zoom))
    trends.draw(run, stack, 120, 20, TrendOptions(zoom=zoom))
    assert [drawing.cursor_column(n) for n in ls] == [trends.cursor_column(n) for n in ls]
    assert drawing.cursor_column(50) is not None


@pytest.mark.parametrize("size", [(160, 45), (40, 10), (24, 6), (20, 4), (3, 2), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int], charset: Charset) -> None:
    stack = stack_1d({ls: [float(ls), 0.0, 5.0] for ls in range(1, 50)})
    drawing = view(charset)
    grid = drawing.draw(stack.ls, stack, *size, WaterfallOptions(log=True))
    grid = drawing.with_cursor(grid, 20)
    assert (grid.width, grid.height) == size
    if charset is ASCII:
        assert grid.to_text().isascii()


def test_cells_of_a_break_show_no_bins() -> None:
    ls = [*range(1, 60), *range(400, 460)]
    stack = stack_1d({number: [1.0, 2.0] for number in ls})
    drawing = view()
    grid = drawing.draw(stack.ls, stack, 120, 12, WaterfallOptions())
    columns = drawing._columns
    (start, stop), *_ = columns.axis.breaks
    column = int((start + stop) / 2 / columns.axis.span * columns.width)
    char, style = cell(grid, drawing._left + column, drawing._top + 2)
    assert char == THEME.glyphs.hole
    assert style.bg is None
