from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.bars import draw_bars
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import Column, bare_frame, bins_of_columns, cell, read_column

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.frame import PlotFrame

THEME = load_theme(available_themes()["dqm-dark"])
contents = st.one_of(st.just(math.nan), st.just(0.0), st.floats(-1e6, 1e6), st.integers(0, 20).map(float))


def columns(frame: PlotFrame, edges: object, values: object, charset: Charset = UTF8) -> list[Column]:
    grid = draw_bars(frame, np.asarray(edges), np.asarray(values), theme=THEME, charset=charset)
    return [read_column(frame, grid, x, THEME, charset) for x in range(frame.area.width)]


def assert_columns_show(
    read: list[Column], frame: PlotFrame, edges: list[float], values: list[float], charset: Charset
) -> None:
    units = len(charset.bars) - 1
    scale, height = frame.y, frame.area.height
    for shown, bins in zip(read, bins_of_columns(frame.x, edges, frame.area.width), strict=True):
        known = [values[index] for index in bins if not math.isnan(values[index])]
        assert shown.absent == (bool(bins) and not known)
        high, low = max(known, default=0.0), min(known, default=0.0)
        room_above, room_below = frame.base < height, frame.base > 0
        assert shown.over == (high > scale.high and high > 0)
        assert shown.under == (low < scale.low and low < 0 and not scale.log)
        for value, parts, sign in ((high, shown.up, 1), (low, shown.down, -1)):
            if (shown.under and sign > 0 and not room_below) or (shown.over and sign < 0 and not room_above):
                continue  # the mark of a bar without room of its own stands on this one
            drawn = value * sign > 0 and (value >= scale.low if sign > 0 else value <= scale.high)
            if scale.log:
                drawn = drawn and value > 0
            if not drawn:
                assert parts == 0
                continue
            place = min(max(float(scale.position(value)), 0.0), 1.0) * height * units
            expected = sign * (place - frame.base * units)
            room = (height - frame.base if sign > 0 else frame.base) * units
            assert abs(parts - expected) <= 0.5 + 1e-6 or parts == min(1, room)


@given(
    values=st.lists(contents, min_size=1, max_size=120),
    width=st.integers(1, 90),
    height=st.integers(2, 20),
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 2e6),
    charset=st.sampled_from([UTF8, ASCII]),
)
def test_bar_heights_read_from_the_cells_are_those_of_the_bins(
    values: list[float], width: int, height: int, low: float, span: float, charset: Charset
) -> None:
    edges = np.linspace(-3.0, 11.0, len(values) + 1).tolist()
    frame = bare_frame(width, height, Scale(-3.0, 11.0), Scale(low, low + span))
    assert_columns_show(columns(frame, edges, values, charset), frame, edges, values, charset)


@given(
    values=st.lists(st.one_of(contents, st.floats(1e-9, 1e9)), min_size=1, max_size=60),
    width=st.integers(1, 90),
    height=st.integers(1, 20),
    decades=st.tuples(st.floats(-9, 8), st.floats(0.1, 12)),
    charset=st.sampled_from([UTF8, ASCII]),
)
def test_bar_heights_on_a_log_axis_are_those_of_the_bins(
    values: list[float], width: int, height: int, decades: tuple[float, float], charset: Charset
) -> None:
    edges = np.linspace(0.0, 1.0, len(values) + 1).tolist()
    low = 10 ** decades[0]
    frame = bare_frame(width, height, Scale(0.0, 1.0), Scale(low, low * 10 ** decades[1], log=True))
    assert_columns_show(columns(frame, edges, values, charset), frame, edges, values, charset)


@given(
    values=st.lists(contents, min_size=1, max_size=60),
    width=st.integers(1, 60),
    window=st.tuples(st.floats(-5, 105), st.floats(0.5, 120)),
    log=st.booleans(),
)
def test_only_bins_inside_the_x_range_are_drawn(
    values: list[float], width: int, window: tuple[float, float], *, log: bool
) -> None:
    edges = np.linspace(0.0, 100.0, len(values) + 1).tolist()
    low = max(window[0], 0.1) if log else window[0]
    frame = bare_frame(width, 8, Scale(low, low + window[1], log), Scale(-1e6, 1e6))
    assert_columns_show(columns(frame, edges, values), frame, edges, values, UTF8)


def test_three_bins_in_200_columns_share_their_boundaries_at_the_nearest_cell() -> None:
    frame = bare_frame(200, 4, Scale(0, 3), Scale(0, 4))
    heights = [column.up for column in columns(frame, [0, 1, 2, 3], [1, 2, 3])]
    assert heights == [8] * 67 + [16] * 66 + [24] * 67


def test_one_bin_fills_the_width() -> None:
    frame = bare_frame(50, 4, Scale(0, 4), Scale(0, 2))
    assert {column.up for column in columns(frame, [0, 4], [1])} == {16}


def test_10000_bins_in_40_columns_show_the_largest_of_each_column() -> None:
    values = np.random.default_rng(1).uniform(0, 1, 10_000)
    values[[777, 9_999]] = 100.0
    frame = bare_frame(40, 10, Scale(0, 10_000), Scale(0, 100))
    heights = [column.up for column in columns(frame, np.arange(10_001.0), values)]
    assert [x for x, height in enumerate(heights) if height == 80] == [3, 39]
    assert {height for height in heights if height != 80} == {1}


def test_the_smallest_positive_value_is_visible(charset: Charset) -> None:
    frame = bare_frame(2, 5, Scale(0, 2), Scale(0, 1e9))
    assert [column.up for column in columns(frame, [0, 1, 2], [1e-9, 0], charset)] == [1, 0]


def test_an_all_zero_histogram_draws_nothing(charset: Charset) -> None:
    frame = bare_frame(10, 5, Scale(0, 1), Scale(0, 1))
    assert columns(frame, [0, 0.5, 1], [0, 0], charset) == [Column(0, 0, False, False, False)] * 10


def test_negative_values_hang_from_the_zero_line(charset: Charset) -> None:
    frame = bare_frame(3, 10, Scale(0, 3), Scale(-1, 1))
    units = len(charset.bars) - 1
    up_and_down = [(c.up, c.down) for c in columns(frame, [0, 1, 2, 3], [-1, 1, -0.2], charset)]
    assert up_and_down == [(0, 5 * units), (5 * units, 0), (0, units)]


def test_both_signs_in_one_cell_are_both_drawn() -> None:
    frame = bare_frame(1, 10, Scale(0, 2), Scale(-1, 1))
    assert [(c.up, c.down) for c in columns(frame, [0, 1, 2], [0.4, -0.6])] == [(16, 24)]


def test_a_value_above_the_range_is_cut_with_a_mark_at_the_top(charset: Charset) -> None:
    frame = bare_frame(2, 5, Scale(0, 2), Scale(0, 10))
    cut, whole = columns(frame, [0, 1, 2], [10.001, 10], charset)
    assert (cut.up, cut.over, cut.under) == (whole.up, True, False)
    assert not whole.over


def test_a_value_below_the_range_is_cut_with_a_mark_at_the_bottom(charset: Charset) -> None:
    frame = bare_frame(1, 6, Scale(0, 1), Scale(-1, 1))
    (cut,) = columns(frame, [0, 1], [-math.inf], charset)
    assert (cut.down, cut.under) == (3 * (len(charset.bars) - 1), True)


def test_NaN_bins_are_marked_absent_and_differ_from_zero(charset: Charset) -> None:
    frame = bare_frame(3, 4, Scale(0, 3), Scale(0, 1))
    shown = columns(frame, [0, 1, 2, 3], [math.nan, 0, 1], charset)
    assert [column.absent for column in shown] == [True, False, False]
    assert [column.up for column in shown[:2]] == [0, 0]


def test_a_NaN_bin_beside_a_known_one_in_a_cell_does_not_hide_it() -> None:
    frame = bare_frame(1, 4, Scale(0, 2), Scale(0, 2))
    (shown,) = columns(frame, [0, 1, 2], [math.nan, 1])
    assert (shown.up, shown.absent) == (16, False)


def test_A4_a_log_axis_is_honoured_down_to_the_smallest_positive_value() -> None:
    frame = bare_frame(4, 12, Scale(0, 4), Scale(1e-6, 1, log=True))
    heights = [column.up for column in columns(frame, range(5), [1e-6, 1e-3, 0, 1])]
    assert heights == [1, 48, 0, 96]


def test_ascii_bars_have_no_byte_over_127() -> None:
    frame = bare_frame(30, 8, Scale(0, 30), Scale(-2, 2))
    values = np.linspace(-3, 3, 30)
    values[4] = math.nan
    errors = np.full(30, 0.4)
    grid = draw_bars(frame, np.arange(31.0), values, theme=THEME, charset=ASCII, errors=errors)
    assert grid.to_text().isascii()


def test_error_bars_span_value_plus_minus_error_around_the_tip() -> None:
    frame = bare_frame(6, 10, Scale(0, 2), Scale(0, 10))
    grid = draw_bars(frame, [0, 1, 2], [5.5, 3.0], theme=THEME, charset=UTF8, errors=[2.2, 0.0])
    marked = [
        (x, 9 - y) for y in range(10) for x in range(6) if cell(grid, x, y)[1].fg == THEME.roles.error_bar
    ]
    assert marked == [(1, 7), (1, 6), (1, 4), (1, 3)]
    assert cell(grid, 1, 9 - 5)[0] == "▄"
    assert cell(grid, 1, 9 - 3)[1].bg == THEME.roles.current
    assert cell(grid, 1, 9 - 6)[1].bg is None


def test_error_bars_are_left_out_where_bins_have_no_column_of_their_own() -> None:
    frame = bare_frame(5, 10, Scale(0, 10), Scale(0, 10))
    grid = draw_bars(frame, range(11), [5] * 10, theme=THEME, charset=UTF8, errors=[3] * 10)
    assert all(style.fg != THEME.roles.error_bar for style in grid.palette)


def test_the_frame_and_the_grid_drawn_on_stay_as_they_were(theme: Theme) -> None:
    frame = bare_frame(10, 5, Scale(0, 1), Scale(0, 1))
    first = draw_bars(frame, [0, 1], [0.5], theme=theme, charset=UTF8)
    second = draw_bars(frame, [0, 1], [1.0], theme=theme, charset=UTF8, role="reference", on=first)
    assert frame.grid.to_text() == "\n" * 4
    assert first.to_text() != second.to_text()
    assert second.palette[int(second.styles[4, 0])].fg == theme.roles.reference


@pytest.mark.parametrize(("edges", "values"), [([0, 1], [1, 2]), ([0, 1, 2], [1]), ([0, 1], [[1]])])
def test_edges_and_values_that_do_not_fit_are_refused(edges: list[float], values: list[float]) -> None:
    with pytest.raises(ValueError, match="edges"):
        draw_bars(bare_frame(5, 5, Scale(0, 1), Scale(0, 1)), edges, values, theme=THEME, charset=UTF8)
