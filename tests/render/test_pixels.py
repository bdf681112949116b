"""What stands in the cells is what stands in the bins: read back, in both character sets, on any axis."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dqmtui.render.bars import draw_bars, draw_errors
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.heatmap import draw_map
from dqmtui.render.overlays import Overlay, overlay_ink
from dqmtui.render.points import draw_steps
from dqmtui.render.raster import BRAILLE_FIRST
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import NEVER, ZERO, bare_frame, bins_of_columns, cell, read_column, read_pixels

if TYPE_CHECKING:
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.frame import PlotFrame

THEME = load_theme(available_themes()["dqm-dark"])
MONO = replace(UTF8, half=None, color=False)
WIDTH, HEIGHT = 40, 10
SHARE = 1e-9  # of a dot: a value so near to a boundary may stand on either side

contents = st.one_of(st.just(math.nan), st.just(0.0), st.floats(1e-3, 1e6))
bins = st.lists(contents, min_size=1, max_size=120)
y_axes = st.sampled_from(
    [Scale(0.0, 1e6), Scale(0.0, 50.0), Scale(0.1, 1e7, log=True), Scale(2.0, 900.0, log=True)]
)
x_axes = st.sampled_from(
    [Scale(1.0, 100.0), Scale(1.0, 100.0, log=True), Scale(20.0, 60.0), Scale(3.0, 400.0, log=True)]
)
charsets = st.sampled_from([UTF8, ASCII])


def edges_of(values: list[float]) -> list[float]:
    edges: list[float] = np.linspace(1.0, 100.0, len(values) + 1).tolist()
    return edges


def places(scale: Scale, value: float, parts: int) -> set[int]:
    """The part of a length in which a value lies, counted from the low end; two next to a boundary."""
    place = float(scale.position(value)) * parts
    return {min(math.floor(place * (1 - SHARE)), parts - 1), min(math.floor(place * (1 + SHARE)), parts - 1)}


def dots_of(grid: CellGrid) -> set[tuple[int, int]]:
    """Column and row, from below, of every braille dot."""
    found = set()
    bits = (
        (0, 0, 0x01),
        (0, 1, 0x02),
        (0, 2, 0x04),
        (1, 0, 0x08),
        (1, 1, 0x10),
        (1, 2, 0x20),
        (0, 3, 0x40),
        (1, 3, 0x80),
    )
    for y, x in np.argwhere((grid.chars >= BRAILLE_FIRST) & (grid.chars <= BRAILLE_FIRST + 0xFF)).tolist():
        char = int(grid.chars[y, x]) - BRAILLE_FIRST
        found |= {(2 * x + dx, 4 * grid.height - 1 - (4 * y + dy)) for dx, dy, bit in bits if char & bit}
    return found


@given(values=bins, x=x_axes, y=y_axes, charset=charsets)
def test_bars_on_any_pair_of_axes_have_the_heights_of_their_bins(
    values: list[float], x: Scale, y: Scale, charset: Charset
) -> None:
    frame = bare_frame(WIDTH, HEIGHT, x, y)
    edges = edges_of(values)
    grid = draw_bars(frame, np.array(edges), values, theme=THEME, charset=charset)
    units = HEIGHT * (len(charset.bars) - 1)
    for column, shared in enumerate(bins_of_columns(x, edges, WIDTH)):
        read = read_column(frame, grid, column, THEME, charset)
        known = [values[index] for index in shared if not math.isnan(values[index])]
        assert read.absent == (bool(shared) and not known)
        highest = max(known, default=0.0)
        if highest <= 0 or highest < y.low:
            assert read.up == 0
        else:
            place = min(float(y.position(highest)), 1.0) * units
            assert abs(read.up - place) <= 0.5 + 1e-6 or read.up == 1
        assert read.over == (highest > y.high)


@given(values=bins, x=x_axes, y=y_axes)
def test_steps_on_any_pair_of_axes_lie_at_their_bins(values: list[float], x: Scale, y: Scale) -> None:
    frame = bare_frame(WIDTH, HEIGHT, x, y)
    edges = edges_of(values)
    drawn = dots_of(draw_steps(frame, np.array(edges), values, theme=THEME, charset=UTF8, role="current"))
    for column, shared in enumerate(bins_of_columns(x, edges, 2 * WIDTH)):
        known = [values[index] for index in shared if not math.isnan(values[index])]
        rows = {row for at, row in drawn if at == column}
        if not known:
            assert not rows
        elif y.low <= max(known) <= y.high and max(known) > 0:
            assert rows & places(y, max(known), 4 * HEIGHT)


@given(values=bins, x=x_axes, y=y_axes)
def test_steps_in_ascii_lie_at_their_bins(values: list[float], x: Scale, y: Scale) -> None:
    frame = bare_frame(WIDTH, HEIGHT, x, y)
    edges = edges_of(values)
    grid = draw_steps(frame, np.array(edges), values, theme=THEME, charset=ASCII, role="current")
    for column, shared in enumerate(bins_of_columns(x, edges, WIDTH)):
        known = [values[index] for index in shared if not math.isnan(values[index])]
        shown = {
            HEIGHT - 1 - row for row in range(HEIGHT) if chr(grid.chars[row, column]) == ASCII.horizontal
        }
        if not known:
            assert not shown
        elif y.low < max(known) <= y.high:
            assert shown & places(y, max(known), HEIGHT)


@given(values=bins, x=x_axes, y=y_axes)
def test_overlays_on_any_pair_of_axes_lie_at_their_bins(values: list[float], x: Scale, y: Scale) -> None:
    frame = bare_frame(WIDTH, HEIGHT, x, y)
    edges = edges_of(values)
    grid = frame.grid.copy()
    overlay = Overlay("r", np.array(values))
    overlay_ink(frame, np.array(edges), [overlay], theme=THEME, charset=UTF8).lay_over(grid, frame.area, UTF8)
    drawn = dots_of(grid)
    for column, shared in enumerate(bins_of_columns(x, edges, 2 * WIDTH)):
        known = [values[index] for index in shared if not math.isnan(values[index])]
        rows = {row for at, row in drawn if at == column}
        if not known:
            assert not rows
        elif y.low <= max(known) <= y.high and max(known) > 0:
            assert rows & places(y, max(known), 4 * HEIGHT)


def test_of_error_bars_in_one_column_none_hides_another() -> None:
    values, errors = [math.nan] * 8 + [0.0, 0.0, math.nan, math.nan], [0.0] * 8 + [10.0, 1.0, 0.0, 0.0]
    frame = bare_frame(WIDTH, HEIGHT, Scale(1, 100, log=True), Scale(0, 50))
    grid = frame.grid.copy()
    draw_errors(frame, grid, np.array(edges_of(values)), values, errors, THEME, UTF8)
    found = [
        (row, column)
        for row in range(HEIGHT)
        for column in range(WIDTH)
        if cell(grid, column, row)[1].fg == THEME.roles.error_bar
    ]
    assert len({column for _, column in found}) == 1
    assert min(row for row, _ in found) <= HEIGHT - 1 - max(places(Scale(0, 50), 10.0, HEIGHT)) + 1


@given(
    values=st.lists(contents, min_size=1, max_size=12),
    data=st.data(),
    x=x_axes,
    y=y_axes,
    charset=charsets,
)
def test_error_bars_span_one_error_each_way_at_the_middle_of_their_bins(
    values: list[float], data: st.DataObject, x: Scale, y: Scale, charset: Charset
) -> None:
    n = len(values)
    errors = data.draw(st.lists(st.floats(0, 1e5), min_size=n, max_size=n))
    frame = bare_frame(WIDTH, HEIGHT, x, y)
    edges = edges_of(values)
    grid = frame.grid.copy()
    draw_errors(frame, grid, np.array(edges), values, errors, THEME, charset)
    marked = {
        (column, HEIGHT - 1 - row)
        for row in range(HEIGHT)
        for column in range(WIDTH)
        if cell(grid, column, row)[1].fg == THEME.roles.error_bar
    }
    allowed: set[tuple[int, int]] = set()
    for index, (value, error) in enumerate(zip(values, errors, strict=True)):
        shown = [column for column, shared in enumerate(bins_of_columns(x, edges, WIDTH)) if index in shared]
        if math.isnan(value) or error == 0 or not shown:
            continue
        middle = (shown[0] + shown[-1]) // 2
        ends = [value - error, value + error]
        if ends[1] < y.low or ends[0] > y.high:
            continue
        low = 0 if ends[0] <= y.low else min(places(y, ends[0], HEIGHT))
        high = HEIGHT - 1 if ends[1] >= y.high else max(places(y, ends[1], HEIGHT))
        span = {(middle, row) for row in range(low, high + 1)}
        allowed |= span
        inner = {(middle, row) for row in range(low + 1, high)}
        assert inner <= marked
    assert marked <= allowed


@settings(max_examples=60)
@given(
    values=arrays(
        np.float64,
        st.tuples(st.integers(1, 12), st.integers(1, 12)),
        elements=st.one_of(st.just(math.nan), st.just(0.0), st.integers(1, 100).map(float)),
    ),
    data=st.data(),
    zoom=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    charset=st.sampled_from([UTF8, ASCII, MONO]),
    log=st.booleans(),
)
def test_maps_show_every_bin_and_which_were_never_filled(
    values: np.ndarray, data: st.DataObject, zoom: tuple[int, int], charset: Charset, *, log: bool
) -> None:
    ny, nx = values.shape
    never = data.draw(arrays(np.bool_, (ny, nx)))
    down = zoom[1] * (2 if charset.half else 1)
    frame = bare_frame(nx * zoom[0], ny * zoom[1], Scale(0, nx), Scale(0, ny))
    grid = draw_map(
        frame,
        values,
        np.arange(nx + 1.0),
        np.arange(ny + 1.0),
        low=0.5,
        high=101.0,
        log=log,
        pool="max",
        never=never,
        theme=THEME,
        charset=charset,
    )
    pixels = read_pixels(frame, grid, THEME, charset)
    levels = len(THEME.heat)
    shades = levels if charset.half else charset.shades.size
    scale = Scale(0.5, 101.0, log)
    for y in range(ny):
        for x in range(nx):
            rows = pixels[y * down : (y + 1) * down]
            shown = {row[at] for row in rows for at in range(x * zoom[0], (x + 1) * zoom[0])}
            assert len(shown) == 1
            value = float(values[y, x])
            if math.isnan(value):
                assert shown == {"absent"}
            elif value == 0:
                assert shown == {NEVER if never[y, x] else ZERO}
            else:
                allowed = {level * shades // levels for level in places(scale, value, levels)}
                assert shown <= allowed


def test_a_pixel_is_never_filled_only_when_all_of_its_bins_are() -> None:
    values = np.zeros((2, 4))
    never = np.array([[True, True, True, False], [True, True, True, False]])
    frame = bare_frame(2, 1, Scale(0, 4), Scale(0, 2))
    edges = np.arange(5.0), np.arange(3.0)
    grid = draw_map(frame, values, *edges, low=0, high=1, pool="max", never=never, theme=THEME, charset=UTF8)
    assert read_pixels(frame, grid, THEME, UTF8) == [[NEVER, ZERO], [NEVER, ZERO]]


@pytest.mark.parametrize("charset", [ASCII, UTF8])
def test_3_bins_in_200_columns_and_10000_in_40_show_their_contents(charset: Charset) -> None:
    units = len(charset.bars) - 1

    def heights(frame: PlotFrame, values: list[float]) -> list[int]:
        edges = np.arange(len(values) + 1.0)
        grid = draw_bars(frame, edges, values, theme=THEME, charset=charset)
        return [read_column(frame, grid, x, THEME, charset).up for x in range(frame.area.width)]

    few = heights(bare_frame(200, 4, Scale(0, 3), Scale(0, 4)), [1, 2, 3])
    assert few == [units] * 67 + [2 * units] * 66 + [3 * units] * 67
    values = np.zeros(10_000)
    values[[777, 9_999]] = 4.0
    many = heights(bare_frame(40, 4, Scale(0, 10_000), Scale(0, 4)), values.tolist())
    assert [x for x, height in enumerate(many) if height] == [3, 39]
