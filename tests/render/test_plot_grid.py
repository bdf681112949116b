"""Several pictures side by side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import UTF8
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.plot_grid import (
    SMALLEST_HEIGHT,
    SMALLEST_WIDTH,
    cells_of,
    composed,
    layout,
    position_at,
    window,
    with_room,
)
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import cell
from tests.render.samples import stack_1d, stack_2d

THEME = load_theme(available_themes()["dqm-dark"])
CURVE = stack_1d({1: [1.0, 5.0, 9.0, 2.0], 2: [3.0, 3.0, 3.0, 3.0]})
FLAT = stack_2d({1: np.arange(12.0).reshape(3, 4), 2: np.ones((3, 4))})


def page(count: int, width: int, height: int, focus: int | None = None) -> CellGrid:
    """Some plots in their cells, every other one a map."""
    brush = Brush(THEME, UTF8, Palette())
    cells = cells_of(count, width, height)
    pictures = [
        HistogramView(THEME, UTF8, brush.palette).draw(
            CURVE if k % 2 else FLAT, 1, rect.width, rect.height, HistogramOptions(), title=f"element_{k}"
        )
        for k, rect in enumerate(cells, start=1)
    ]
    return composed(pictures, cells, width, height, brush, focus=focus)


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [
        (1, (160, 45), (1, 1)),
        (2, (160, 45), (2, 1)),
        (2, (60, 45), (1, 2)),
        (4, (160, 45), (2, 2)),
        (6, (160, 45), (3, 2)),
        (9, (160, 45), (3, 3)),
        (9, (62, 26), (3, 3)),
    ],
)
def test_columns_and_rows_are_chosen_from_the_size(
    count: int, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert layout(count, *size) == expected


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("size", [(160, 45), (80, 24), (62, 26), (200, 60)])
def test_plots_lie_inside_apart_and_have_one_size(count: int, size: tuple[int, int]) -> None:
    cells = cells_of(count, *size)
    assert len(cells) == count
    assert len({(rect.width, rect.height) for rect in cells}) == 1
    taken = np.zeros((size[1], size[0]), dtype=np.intp)
    for rect in cells:
        assert rect.right <= size[0]
        assert rect.bottom <= size[1]
        taken[rect.slices] += 1
    assert taken.max() == 1
    lefts = sorted({rect.x for rect in cells})
    assert {right - left for left, right in pairwise(lefts)} <= {cells[0].width + 1}


@pytest.mark.parametrize("count", [1, 2, 4, 6, 9])
@pytest.mark.parametrize("size", [(160, 45), (88, 22), (78, 8), (62, 26), (40, 20), (10, 4)])
def test_as_many_plots_as_have_room_are_of_a_useful_size(count: int, size: tuple[int, int]) -> None:
    room = with_room(count, *size)
    assert 1 <= room <= count
    if room > 1:
        rect = cells_of(room, *size)[0]
        assert rect.width >= SMALLEST_WIDTH
        assert rect.height >= SMALLEST_HEIGHT


@pytest.mark.parametrize("count", range(1, 10))
def test_the_plots_that_are_shown_hold_the_one_in_focus_and_fill_the_room(count: int) -> None:
    for room in range(1, count + 1):
        for focus in range(count):
            shown = window(count, focus, room)
            assert focus in shown
            assert len(shown) == room


def test_nine_plots_of_the_smallest_size_all_have_title_axes_and_data() -> None:
    width, height = 3 * SMALLEST_WIDTH + 2, 3 * SMALLEST_HEIGHT
    lines = page(9, width, height).to_text().split("\n")
    for index, rect in enumerate(cells_of(9, width, height), start=1):
        block = [line.ljust(width)[rect.x : rect.right] for line in lines[rect.y : rect.bottom]]
        assert f"element_{index}" in block[0]
        assert any("└" in line for line in block)
        assert any(set("█▄▅▆▇▀") & set(line) for line in block) or not index % 2


def test_the_plot_in_focus_is_marked_by_glyph_and_colour() -> None:
    drawn = page(4, 120, 40, focus=2)
    corners = [cell(drawn, rect.x, rect.y) for rect in cells_of(4, 120, 40)]
    assert [char == THEME.glyphs.selected for char, _ in corners] == [False, False, True, False]
    assert corners[2][1].fg == THEME.roles.cursor


def test_pointing_finds_the_plot() -> None:
    cells = cells_of(6, 120, 40)
    for index, rect in enumerate(cells):
        assert position_at(cells, rect.x, rect.y) == index
        assert position_at(cells, rect.right - 1, rect.bottom - 1) == index
    assert position_at(cells, cells[0].right, 0) is None


@pytest.mark.parametrize("size", [(160, 45), (62, 26), (30, 9), (5, 3), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int]) -> None:
    grid = page(9, *size, focus=4)
    assert (grid.width, grid.height) == size
