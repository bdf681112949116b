from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dqmtui.render.cells import Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.histogram_view import HistogramOptions
from dqmtui.render.plot_grid import SMALLEST_HEIGHT, SMALLEST_WIDTH, GridItem, PlotGrid, cells_of, layout
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import cell
from tests.render.samples import stack_1d, stack_2d

THEME = load_theme(available_themes()["dqm-dark"])
CURVE = stack_1d({1: [1.0, 5.0, 9.0, 2.0], 2: [3.0, 3.0, 3.0, 3.0]})
FLAT = stack_2d({1: np.arange(12.0).reshape(3, 4), 2: np.ones((3, 4))})


def items(count: int) -> list[GridItem]:
    return [GridItem(f"PXBarrel/element_{k}", CURVE if k % 2 else FLAT) for k in range(1, count + 1)]


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


def test_nine_plots_of_the_smallest_size_all_have_title_axes_and_data() -> None:
    width, height = 3 * SMALLEST_WIDTH + 2, 3 * SMALLEST_HEIGHT
    grid = PlotGrid(THEME, UTF8, Palette()).draw(items(9), 1, width, height, HistogramOptions())
    lines = grid.to_text().split("\n")
    for index, rect in enumerate(cells_of(9, width, height), start=1):
        block = [line.ljust(width)[rect.x : rect.right] for line in lines[rect.y : rect.bottom]]
        assert f"element_{index}" in block[0]
        assert any("└" in line for line in block)
        assert any(set("█▄▅▆▇▀") & set(line) for line in block) or not index % 2


def test_the_end_of_a_long_title_is_kept() -> None:
    item = GridItem("PixelPhase1/Phase1_MechanicalView/PXBarrel/charge_PXLayer_1", CURVE)
    text = PlotGrid(THEME, UTF8, Palette()).draw([item], 1, 30, 10, HistogramOptions()).to_text()
    shown = text.split("\n")[0].strip()
    assert shown.startswith("…")
    assert shown.endswith("PXBarrel/charge_PXLayer_1")


def test_the_plot_in_focus_is_marked_by_glyph_and_colour() -> None:
    grids = PlotGrid(THEME, UTF8, Palette())
    drawn = grids.draw(items(4), 1, 120, 40, HistogramOptions(), focus=2)
    corners = [cell(drawn, rect.x, rect.y) for rect in cells_of(4, 120, 40)]
    assert [char == THEME.glyphs.selected for char, _ in corners] == [False, False, True, False]
    assert corners[2][1].fg == THEME.roles.cursor


def test_pointing_finds_the_plot() -> None:
    grids = PlotGrid(THEME, UTF8, Palette())
    for index, rect in enumerate(cells_of(6, 120, 40)):
        assert grids.at(6, 120, 40, rect.x, rect.y) == index
        assert grids.at(6, 120, 40, rect.right - 1, rect.bottom - 1) == index
    assert grids.at(6, 120, 40, 119, 39) in {5, None}


def test_J2_each_plot_says_what_it_has_not() -> None:
    grids = PlotGrid(THEME, UTF8, Palette())
    text = grids.draw([GridItem("a", None), GridItem("b", CURVE)], 3, 120, 20, HistogramOptions()).to_text()
    assert "has not come yet" in text
    assert "no data for LS 3" in text


@pytest.mark.parametrize("size", [(160, 45), (62, 26), (30, 9), (5, 3), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int], charset: Charset) -> None:
    options = HistogramOptions(stat_box=True, lower="ratio", projections=True)
    grid = PlotGrid(THEME, charset, Palette()).draw(items(9), 1, *size, options)
    assert (grid.width, grid.height) == size
    if charset is ASCII:
        assert grid.to_text().isascii()
