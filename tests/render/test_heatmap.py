from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dqmtui.render.cells import Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.frame import plot_frame
from dqmtui.render.heatmap import Pool, colorbar, draw_map
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import ABSENT, OUTSIDE, ZERO, bare_frame, cell, read_pixels

THEME = load_theme(available_themes()["dqm-dark"])
LEVELS = len(THEME.heat)
MONO = replace(UTF8, half=None, color=False)
contents = st.one_of(st.just(math.nan), st.just(0.0), st.floats(-10, 120), st.integers(0, 100).map(float))


def drawn(
    values: object,
    *,
    width: int,
    height: int,
    low: float = 1.0,
    high: float = 100.0,
    log: bool = False,
    charset: Charset = UTF8,
    pool: Pool = "mean",
) -> list[list[int | str]]:
    """Pixels, lowest row first, of a map whose bins are 1 wide."""
    array = np.asarray(values, dtype=np.float64)
    ny, nx = array.shape
    frame = bare_frame(width, height, Scale(0, nx), Scale(0, ny))
    grid = draw_map(
        frame,
        array,
        np.arange(nx + 1.0),
        np.arange(ny + 1.0),
        low=low,
        high=high,
        log=log,
        theme=THEME,
        charset=charset,
        pool=pool,
    )
    return read_pixels(frame, grid, THEME, charset)


def level_of(value: float, low: float, high: float, levels: int, *, log: bool = False) -> int | str:
    if math.isnan(value) or (log and value < 0):
        return ABSENT
    if value == 0:
        return ZERO
    place = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
    return min(max(math.floor(place * levels), 0), levels - 1)


@given(
    values=arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=contents),
    zoom=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    log=st.booleans(),
)
def test_map_pixels_read_from_the_cells_are_those_of_the_bins(
    values: np.ndarray, zoom: tuple[int, int], *, log: bool
) -> None:
    ny, nx = values.shape
    pixels = drawn(values, width=nx * zoom[0], height=ny * zoom[1], log=log)
    assert len(pixels) == 2 * ny * zoom[1]
    for y, row in enumerate(pixels):
        for x, shown in enumerate(row):
            value = float(values[y // (2 * zoom[1]), x // zoom[0]])
            if not math.isnan(value) and value > 0:
                nearby = {level_of(value * (1 + d), 1, 100, LEVELS, log=log) for d in (-1e-9, 0, 1e-9)}
                assert shown in nearby
            else:
                assert shown == level_of(value, 1, 100, LEVELS, log=log)


@settings(max_examples=50)
@given(
    values=arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=contents),
    width=st.integers(1, 30),
    height=st.integers(1, 10),
    pool=st.sampled_from(["mean", "max"]),
)
def test_at_any_size_a_pixel_lies_between_the_extremes_of_the_bins_it_touches(
    values: np.ndarray, width: int, height: int, pool: Pool
) -> None:
    ny, nx = values.shape
    pixels = drawn(values, width=width, height=height, pool=pool)
    for y, row in enumerate(pixels):
        for x, shown in enumerate(row):
            touched = values[
                math.floor(y * ny / (2 * height) + 1e-9) : math.ceil((y + 1) * ny / (2 * height) - 1e-9),
                math.floor(x * nx / width + 1e-9) : math.ceil((x + 1) * nx / width - 1e-9),
            ].ravel()
            known = touched[~np.isnan(touched)]
            if shown == ABSENT:
                assert known.size < touched.size
            elif shown == ZERO:
                assert known.size
                assert known.min() <= 0 <= known.max()
            else:
                lowest, highest = (
                    level_of(float(v) or 1e-9, 1, 100, LEVELS) for v in (known.min(), known.max())
                )
                assert shown in range(int(lowest), int(highest) + 1)


@given(values=arrays(np.float64, (6, 9), elements=contents), charset=st.sampled_from([ASCII, MONO]))
def test_without_half_blocks_characters_tell_levels_zero_and_absent_apart(
    values: np.ndarray, charset: Charset
) -> None:
    pixels = drawn(values, width=18, height=12, charset=charset)
    shades = charset.shades.size
    for y, row in enumerate(pixels):
        for x, shown in enumerate(row):
            level = level_of(float(values[y // 2, x // 2]), 1, 100, LEVELS)
            assert shown == (level if isinstance(level, str) else level * shades // LEVELS)


def test_A2_y_grows_upwards() -> None:
    assert drawn([[1, 50], [0, 100]], width=2, height=1) == [[0, 6], [ZERO, LEVELS - 1]]


def test_zero_smallest_positive_and_absent_all_differ(charset: Charset) -> None:
    (row,) = drawn([[0, 1e-12, math.nan]], width=3, height=1, charset=charset)[:1]
    assert row == [ZERO, 0, ABSENT]


def test_values_beyond_the_range_take_the_last_colours() -> None:
    assert drawn([[-5, 1e9, math.inf]], width=3, height=1)[0] == [0, LEVELS - 1, ABSENT]


def test_negative_values_have_no_place_on_a_log_scale() -> None:
    assert drawn([[-5, 1, 10, 100]], width=4, height=1, log=True)[0] == [ABSENT, 0, LEVELS // 2, LEVELS - 1]


def test_one_filled_bin_among_empty_ones_stays_visible_when_bins_share_a_pixel() -> None:
    values = np.zeros((40, 60))
    values[13, 17] = 1
    pixels = drawn(values, width=20, height=10)
    assert [(y, x) for y, row in enumerate(pixels) for x, shown in enumerate(row) if shown == 0] == [(6, 5)]


def test_a_dead_bin_among_filled_ones_is_seen_when_bins_share_a_pixel() -> None:
    values = np.full((4, 8), 100.0)
    values[1, 3] = 0
    pixels = drawn(values, width=4, height=1)
    assert pixels[0] == [LEVELS - 1, 10, LEVELS - 1, LEVELS - 1]
    assert drawn(values, width=4, height=1, pool="max")[0] == [LEVELS - 1] * 4


def test_absent_bins_are_left_out_of_shared_pixels() -> None:
    values = np.full((2, 4), math.nan)
    values[0, 0] = 100
    assert drawn(values, width=2, height=1)[0] == [LEVELS - 1, ABSENT]


@pytest.mark.parametrize(("nx", "ny"), [(72, 52), (30, 21), (61, 61), (7, 3), (1, 1)])
def test_in_a_frame_made_for_its_bins_every_bin_has_the_same_size(nx: int, ny: int) -> None:
    frame = plot_frame(
        110, 40, x=Scale(-1, 1), y=Scale(-2, 2), theme=THEME, charset=UTF8, x_label="x", bins=(nx, ny)
    )
    rng = np.random.default_rng(nx)
    values = rng.choice([0.0, 100.0], size=(ny, nx))
    grid = draw_map(
        frame,
        values,
        np.linspace(-1, 1, nx + 1),
        np.linspace(-2, 2, ny + 1),
        low=1,
        high=100,
        theme=THEME,
        charset=UTF8,
    )
    pixels = read_pixels(frame, grid, THEME, UTF8)
    zoom_x, zoom_y = len(pixels[0]) // nx, len(pixels) // ny
    assert zoom_x >= 1
    assert zoom_y >= 1
    expected = np.kron(values, np.ones((zoom_y, zoom_x)))
    shown = [[0.0 if pixel == ZERO else 100.0 for pixel in row] for row in pixels[: ny * zoom_y]]
    assert np.array_equal(shown, expected)
    assert all(pixel == OUTSIDE for row in pixels[ny * zoom_y :] for pixel in row)
    assert len(pixels) - ny * zoom_y <= 1


def test_nothing_is_drawn_where_the_map_has_no_bins() -> None:
    frame = bare_frame(8, 4, Scale(0, 8), Scale(0, 8))
    edges = np.arange(2.0, 6.0)
    grid = draw_map(frame, np.ones((3, 3)), edges, edges, low=0, high=2, theme=THEME, charset=UTF8)
    pixels = read_pixels(frame, grid, THEME, UTF8)
    inside = {(y, x) for y, row in enumerate(pixels) for x, shown in enumerate(row) if shown != OUTSIDE}
    assert inside == {(y, x) for y in range(2, 5) for x in range(2, 5)}


def test_the_diverging_ramp_treats_zero_as_a_value() -> None:
    frame = bare_frame(3, 1, Scale(0, 3), Scale(0, 1))
    grid = draw_map(
        frame,
        [[-1.0, 0.0, 1.0]],
        np.arange(4.0),
        np.arange(2.0),
        low=-1,
        high=1,
        theme=THEME,
        charset=UTF8,
        ramp="diverging",
    )
    ramp = THEME.diverging
    assert [cell(grid, x, 0)[1].bg for x in range(3)] == [ramp[0], ramp[len(ramp) // 2], ramp[-1]]


def test_the_colorbar_runs_through_the_ramp_with_its_numbers_beside_it(charset: Charset) -> None:
    palette = Palette()
    grid = colorbar(30, low=0, high=50_000, theme=THEME, charset=charset, palette=palette)
    assert grid.palette is palette
    lines = grid.to_text().splitlines()
    assert [line[3:] for line in lines if line[3:].strip()] == [
        "50k", "40k", "30k", "20k", "10k", "0", "0", "no data",
    ]  # fmt: skip
    if charset.half is not None:
        frame = bare_frame(grid.width, grid.height, Scale(0, 1), Scale(0, 1))
        frame = replace(frame, area=replace(frame.area, width=2, height=27))
        column = [row[0] for row in read_pixels(frame, grid, THEME, charset)]
        assert sorted(set(column)) == list(range(LEVELS))
        assert column == sorted(column)


@pytest.mark.parametrize("height", range(1, 40))
def test_a_colorbar_has_the_height_that_was_asked_for(height: int) -> None:
    grid = colorbar(height, low=1, high=1e4, log=True, theme=THEME, charset=UTF8)
    assert grid.height == height


def test_ascii_maps_have_no_byte_over_127() -> None:
    frame = plot_frame(
        60, 20, x=Scale(0, 9), y=Scale(0, 6), theme=THEME, charset=ASCII, title="η", bins=(9, 6)
    )
    values = np.arange(54.0).reshape(6, 9)
    values[2, 2] = math.nan
    grid = draw_map(
        frame, values, np.arange(10.0), np.arange(7.0), low=1, high=54, theme=THEME, charset=ASCII
    )
    grid.paste(colorbar(12, low=1, high=54, theme=THEME, charset=ASCII), frame.area.right + 2, 2)
    assert grid.to_text().isascii()


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 2, 2)])
def test_shapes_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    edges = np.arange(3.0)
    frame = bare_frame(4, 4, Scale(0, 2), Scale(0, 2))
    with pytest.raises(ValueError, match="edges"):
        draw_map(frame, np.ones(shape), edges, edges, low=0, high=1, theme=THEME, charset=UTF8)


def test_a_range_that_is_none_is_refused() -> None:
    edges = np.arange(3.0)
    frame = bare_frame(4, 4, Scale(0, 2), Scale(0, 2))
    with pytest.raises(ValueError, match="axis"):
        draw_map(frame, np.ones((2, 2)), edges, edges, low=1, high=1, theme=THEME, charset=UTF8)
