from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.heatmap import draw_map
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.projections import X_ROWS, Y_COLUMNS, projected
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import bare_frame, cell
from tests.render.samples import stack_2d

THEME = load_theme(available_themes()["dqm-dark"])
MONO = replace(UTF8, half=None, color=False)
OF_LS = HistogramOptions(whole_run=False)


def drawn(
    values: np.ndarray,
    width: int = 100,
    height: int = 40,
    options: HistogramOptions = OF_LS,
    *,
    charset: Charset = UTF8,
    cursor: tuple[int, int] | None = None,
    reference: np.ndarray | None = None,
    compared: np.ndarray | None = None,
    contents: np.ndarray | None = None,
) -> CellGrid:
    view = HistogramView(THEME, charset, Palette())
    stack = stack_2d({1: values})
    return view.draw(
        stack, 1, width, height, options, reference, values=compared, contents=contents, cursor=cursor
    )


def pixels_of(grid: CellGrid, left: int, top: int, width: int, height: int) -> list[list[str | None]]:
    """Colours of pixels, lowest row first."""
    rows = []
    for y in range(top + height - 1, top - 1, -1):
        cells = [cell(grid, x, y) for x in range(left, left + width)]
        rows.append([style.fg if char == "▄" else style.bg for char, style in cells])
        rows.append([style.fg if char == "▀" else style.bg for char, style in cells])
    return rows


def area_of(grid: CellGrid) -> tuple[int, int, int, int]:
    """Left, top, width and height of the area inside the axes."""
    lines = grid.to_text().split("\n")
    bottom = next(y for y, line in enumerate(lines) if "└" in line)
    left = lines[bottom].index("└")
    right = max(x for x, char in enumerate(lines[bottom]) if char in "─┬┴▲└┘")
    top = next(y for y, line in enumerate(lines) if len(line) > left and line[left] in "│┤▸")
    return left + 1, top, right - left, bottom - top


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1000),
    nx=st.integers(1, 40),
    ny=st.integers(1, 30),
    size=st.sampled_from([(100, 40), (60, 24)]),
)
def test_where_there_is_room_every_bin_is_a_block_of_whole_pixels(
    seed: int, nx: int, ny: int, size: tuple[int, int]
) -> None:
    values = np.random.default_rng(seed).choice([0.0, 1.0, 50.0, 100.0], (ny, nx))
    values[0, 0] = 100.0
    grid = drawn(values, *size, HistogramOptions(whole_run=False, zlim=(1.0, 100.0)))
    left, top, width, height = area_of(grid)
    if nx > width or ny > 2 * height:
        return
    pixels = pixels_of(grid, left, top, width, height)
    across, down = width // nx, 2 * height // ny
    colors = {0.0: THEME.roles.heat_zero, 1.0: THEME.heat[0], 100.0: THEME.heat[-1]}
    colors[50.0] = THEME.heat[int(49 / 99 * len(THEME.heat))]
    for (row, column), value in np.ndenumerate(values):
        block = {
            pixels[y][x]
            for y in range(row * down, (row + 1) * down)
            for x in range(column * across, (column + 1) * across)
        }
        assert block == {colors[value]}


def test_a_plot_is_no_larger_than_its_bins_need() -> None:
    left, _, width, height = area_of(drawn(np.ones((10, 33)), 120, 45))
    assert width == 99
    assert height * 2 % 10 == 0
    assert left < 9


def test_the_cursor_reads_the_cell_and_is_found_on_both_axes() -> None:
    values = np.arange(48.0).reshape(6, 8)
    grid = drawn(values, cursor=(5, 2), reference=values * 2)
    head = grid.to_text().split("\n")[0]
    assert "x 6  [1, 2)  y 3  [2, 3)  counts: 21" in head
    assert "reference: 42" in head
    assert "ratio 0.5" in head
    left, top, width, height = area_of(grid)
    pixels = pixels_of(grid, left, top, width, height)
    marked = {
        (y // (2 * height // 6), x // (width // 8))
        for y, row in enumerate(pixels)
        for x, color in enumerate(row)
        if color == THEME.roles.cursor
    }
    assert marked == {(2, 5)}
    bottom = [x for x in range(100) if cell(grid, x, top + height)[0] == THEME.glyphs.cursor]
    beside = [y for y in range(40) if cell(grid, left - 1, y)[0] == THEME.glyphs.selected]
    assert [(x - left) // (width // 8) for x in bottom] == [5]
    assert [(top + height - 1 - y) // (height // 6) for y in beside] == [2]


def test_beside_a_comparison_the_cursor_reads_what_was_compared() -> None:
    values = np.arange(48.0).reshape(6, 8)
    pull = HistogramOptions(whole_run=False, ramp="diverging")
    grid = drawn(
        values, 120, 40, pull, cursor=(5, 2), reference=values * 2, compared=values - 30, contents=values
    )
    head = grid.to_text().split("\n")[0]
    assert "normalised: -9" in head
    assert "content: 21" in head
    assert "reference: 42" in head
    assert "ratio" not in head


def test_a_cursor_outside_the_map_reads_nothing() -> None:
    values = np.ones((3, 3))
    assert drawn(values, cursor=(3, 0)).to_text() == drawn(values).to_text()


def test_projections_stand_on_the_columns_and_rows_of_the_map() -> None:
    values = np.zeros((10, 20))
    values[7, 4] = 10.0
    values[2, :] = 1.0
    grid = drawn(values, 100, 40, HistogramOptions(whole_run=False, projections=True))
    left, top, width, height = area_of(grid)
    zoom = width // 20
    above = grid.chars[top - X_ROWS : top, left : left + width]
    highest = {x // zoom for x in np.flatnonzero((above == ord("█")).all(axis=0)).tolist()}
    assert highest == {4}
    assert (above[-1] != ord(" ")).all()
    beside = grid.chars[top : top + height, left + width + 1 : left + width + 1 + Y_COLUMNS]
    used = {
        (height - 1 - y) * 10 // height for y in np.flatnonzero((beside != ord(" ")).any(axis=1)).tolist()
    }
    full = {
        (height - 1 - y) * 10 // height for y in np.flatnonzero((beside == ord("█")).all(axis=1)).tolist()
    }
    assert (used, full) == ({2, 7}, {2})
    corner = [line[left + width + 1 :].strip() for line in grid.to_text().split("\n")[top - X_ROWS : top]]
    assert corner == ["sums", "x to 11", "y to 20"]


def test_beside_a_comparison_stand_the_projections_of_the_lumisection_itself() -> None:
    counts = np.zeros((10, 20))
    counts[7, 4] = 10.0
    shown = HistogramOptions(whole_run=False, projections=True)
    compared = HistogramOptions(whole_run=False, projections=True, ramp="diverging")
    left, top, width, _ = area_of(drawn(counts, 100, 40, shown))
    rows, columns = slice(top - X_ROWS, top), slice(left, left + width)
    alone = drawn(counts, 100, 40, shown).chars[rows, columns]
    beside = drawn(counts, 100, 40, compared, compared=-counts).chars[rows, columns]
    assert np.array_equal(alone, beside)


def test_projections_leave_masked_bins_out() -> None:
    over_x, over_y = projected(np.array([[1.0, math.nan], [2.0, 4.0]]))
    assert (over_x.tolist(), over_y.tolist()) == ([3.0, 4.0], [1.0, 6.0])


@pytest.mark.parametrize("centre", [0.0, 1.0])
def test_the_diverging_ramp_is_symmetric_around_its_centre(centre: float) -> None:
    values = centre + np.array([[-0.4, -0.1, 0.0, 0.1, 0.3]])
    stack = stack_2d({1: np.ones((1, 5))})
    view = HistogramView(THEME, UTF8, Palette())
    options = HistogramOptions(whole_run=False, ramp="diverging", centre=centre)
    grid = view.draw(stack, 1, 60, 20, options, values=values, norm="difference")
    left, top, width, height = area_of(grid)
    row = pixels_of(grid, left, top, width, height)[0]
    shown = [row[x * width // 5] for x in range(5)]
    ramp = THEME.diverging
    assert shown[0] == ramp[0]
    assert shown[2] == ramp[len(ramp) // 2]
    assert ramp.index(shown[1] or "") == len(ramp) - 1 - ramp.index(shown[3] or "")


@pytest.mark.parametrize("charset", [ASCII, MONO], ids=["ascii", "mono"])
def test_without_colour_a_diverging_map_shows_signs(charset: Charset) -> None:
    frame = bare_frame(5, 1, Scale(0, 5), Scale(0, 1))
    grid = draw_map(
        frame,
        [[-1.0, -0.4, 0.0, 0.4, 1.0]],
        np.arange(6.0),
        np.arange(2.0),
        low=-1,
        high=1,
        theme=THEME,
        charset=charset,
        ramp="diverging",
    )
    assert "".join(map(chr, grid.chars[0])) == "=-.+#"


def test_dead_bins_absent_bins_and_low_bins_differ(charset: Charset) -> None:
    values = np.array([[0.0, math.nan, 1.0, 100.0]])
    frame = bare_frame(4, 1, Scale(0, 4), Scale(0, 1))
    grid = draw_map(
        frame, values, np.arange(5.0), np.arange(2.0), low=1, high=100, theme=THEME, charset=charset
    )
    assert len({cell(grid, x, 0) for x in range(4)}) == 4


def test_bins_that_share_a_pixel_show_the_highest_and_the_headline_says_so() -> None:
    values = np.ones((90, 300))
    values[41, 100] = 100.0
    grid = drawn(values, 80, 24)
    left, top, width, height = area_of(grid)
    shared = [math.ceil(300 / width), math.ceil(90 / (2 * height))]
    assert "max of {} \N{MULTIPLICATION SIGN} {} bins".format(*shared) in grid.to_text().split("\n")[0]
    hot = [
        (y, x)
        for y, row in enumerate(pixels_of(grid, left, top, width, height))
        for x, color in enumerate(row)
        if color == THEME.heat[int(100 / 120 * len(THEME.heat))]
    ]
    assert hot == [(int(41.5 / 90 * 2 * height), int(100.5 / 300 * width))]


def test_of_a_diverging_map_the_bin_farthest_from_the_centre_is_shown() -> None:
    values = np.zeros((1, 4))
    values[0, 1], values[0, 2] = -1.0, 0.2
    frame = bare_frame(2, 1, Scale(0, 4), Scale(0, 1))
    grid = draw_map(
        frame, values, np.arange(5.0), np.arange(2.0), low=-1, high=1, theme=THEME, charset=UTF8,
        ramp="diverging", pool="extreme",
    )  # fmt: skip
    assert [cell(grid, x, 0)[1].bg for x in range(2)] == [THEME.diverging[0], THEME.diverging[5]]


def test_limits_by_hand_are_widened_to_whole_bins() -> None:
    values = np.zeros((4, 8))
    values[1, 3] = 9.0
    grid = drawn(values, 60, 24, HistogramOptions(whole_run=False, xlim=(-1.2, 0.5), ylim=(1.5, 2.5)))
    left, top, width, height = area_of(grid)
    pixels = pixels_of(grid, left, top, width, height)
    assert width % 3 == 0
    assert {x * 3 // width for row in pixels for x, c in enumerate(row) if c != THEME.roles.heat_zero} == {1}


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 8), (12, 5), (8, 3), (1, 1)])
def test_every_size_can_be_drawn(size: tuple[int, int], charset: Charset) -> None:
    options = HistogramOptions(projections=True, log=True)
    grid = drawn(np.arange(600.0).reshape(20, 30), *size, options, charset=charset, cursor=(3, 3))
    assert (grid.width, grid.height) == size
    if charset is ASCII:
        assert grid.to_text().isascii()
