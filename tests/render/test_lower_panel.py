from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.lower_panel import (
    SMALLEST_HEIGHT,
    Panel,
    PanelKind,
    compare,
    draw_line_of_agreement,
    draw_panel,
    panel_rows,
    panel_scale,
)
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import bare_frame, cell

THEME = load_theme(available_themes()["dqm-dark"])
values = st.lists(st.one_of(st.just(math.nan), st.floats(0.3, 1.7)), min_size=1, max_size=30)


def brush(charset: Charset) -> Brush:
    return Brush(THEME, charset, Palette())


def point_dots(grid: CellGrid) -> list[list[tuple[int, int]]]:
    """Of each column of cells the rows from below in which both dots are set: those of points."""
    found = []
    height = 4 * grid.height
    for x in range(grid.width):
        rows = []
        for y in range(grid.height):
            code = int(grid.chars[y, x]) - 0x2800
            if 0 < code <= 0xFF:
                for row, pair in enumerate((0x09, 0x12, 0x24, 0xC0)):
                    if code & pair == pair:
                        rows.append((height - 1 - 4 * y - row, x))
        found.append(rows)
    return found


@given(values)
def test_points_stand_at_their_values_and_masked_bins_are_gaps(ratio: list[float]) -> None:
    n = len(ratio)
    frame = bare_frame(2 * n, 7, Scale(0, n), Scale(0.5, 1.5))
    panel = Panel("ratio", np.array(ratio), np.full(n, 0.05))
    dots = point_dots(draw_panel(frame, np.arange(n + 1.0), panel, brush(UTF8)))
    for index, value in enumerate(ratio):
        rows = [row for row, _ in dots[2 * index]]
        inside = not math.isnan(value) and 0.5 <= value <= 1.5
        assert rows == ([min(int((value - 0.5) * 28), 27)] if inside else [])
        assert not dots[2 * index + 1]


@given(values)
def test_in_ascii_points_are_glyphs_at_their_values(ratio: list[float]) -> None:
    n = len(ratio)
    frame = bare_frame(n, 7, Scale(0, n), Scale(0.5, 1.5))
    grid = draw_panel(frame, np.arange(n + 1.0), Panel("ratio", np.array(ratio)), brush(ASCII))
    glyphs = ASCII.glyphs(THEME)
    for x, value in enumerate(ratio):
        column = [chr(grid.chars[6 - row, x]) for row in range(7)]
        shown = [(row, char) for row, char in enumerate(column) if char != " "]
        if math.isnan(value):
            assert not shown
        elif value > 1.5:
            assert shown == [(6, glyphs.over)]
        elif value < 0.5:
            assert shown == [(0, glyphs.under)]
        else:
            assert shown == [(min(int((value - 0.5) * 7), 6), glyphs.point)]


def test_an_error_bar_spans_one_error_each_way() -> None:
    frame = bare_frame(3, 10, Scale(0, 1), Scale(0, 2))
    panel = Panel("ratio", np.array([1.0]), np.array([0.5]))
    grid = draw_panel(frame, np.array([0.0, 1.0]), panel, brush(UTF8))
    rows = [row for row in range(10) if grid.chars[9 - row, 1] > 0x2800]
    assert rows == [2, 3, 4, 5, 6, 7]


def test_points_beyond_the_panel_are_marked_at_its_edge() -> None:
    frame = bare_frame(6, 5, Scale(0, 2), Scale(0.5, 1.5))
    grid = draw_panel(frame, np.arange(3.0), Panel("ratio", np.array([9.0, 0.1])), brush(UTF8))
    assert cell(grid, 1, 0)[0] == THEME.glyphs.over
    assert cell(grid, 4, 4)[0] == THEME.glyphs.under


def test_the_line_of_agreement_runs_through_the_middle() -> None:
    frame = bare_frame(6, 5, Scale(0, 2), Scale(0.5, 1.5))
    draw_line_of_agreement(frame, "ratio", brush(UTF8))
    assert frame.grid.to_text().split("\n") == ["", "", "──────", "", ""]


def test_pulls_are_bars_from_zero_and_one_without_errors_is_a_gap() -> None:
    frame = bare_frame(4, 6, Scale(0, 4), Scale(-3, 3))
    panel = Panel("pull", np.array([2.0, -1.0, math.nan, 0.0]))
    text = draw_panel(frame, np.arange(5.0), panel, brush(UTF8)).to_text()
    assert text.split("\n") == ["", "█", "█", " █", "", ""]


def test_ratio_difference_and_pull_with_their_errors() -> None:
    value, reference = np.array([10.0, 4.0, 5.0]), np.array([5.0, 8.0, 0.0])
    errors, others = np.array([2.0, 1.0, 1.0]), np.array([1.0, 2.0, 0.0])
    ratio = compare("ratio", value, reference, errors, others)
    assert ratio.values.tolist()[:2] == [2.0, 0.5]
    assert math.isnan(ratio.values[2])
    assert ratio.errors is not None
    assert ratio.errors[0] == pytest.approx(math.hypot(2 / 5, 10 * 1 / 25))
    difference = compare("difference", value, reference, errors, others)
    assert difference.values.tolist() == [5.0, -4.0, 5.0]
    assert difference.errors is not None
    assert difference.errors.tolist() == pytest.approx([math.sqrt(5), math.sqrt(5), 1.0])
    pull = compare("pull", value, reference, errors, others)
    assert pull.values.tolist() == pytest.approx([math.sqrt(5), -4 / math.sqrt(5), 5.0])
    assert np.isnan(compare("pull", value, reference).values).all()
    assert compare("ratio", value, reference).errors is None


@pytest.mark.parametrize("kind", ["ratio", "difference", "pull"])
def test_the_range_is_the_same_on_both_sides_and_one_of_few(kind: PanelKind) -> None:
    rng = np.random.default_rng(1)
    found = set()
    for _ in range(40):
        panel = Panel(kind, (kind == "ratio") + rng.normal(0, 0.1, 100))
        scale = panel_scale(panel)
        assert scale.high - panel.centre == pytest.approx(panel.centre - scale.low)
        found.add((scale.low, scale.high))
    assert len(found) <= 6
    assert panel_scale(Panel(kind, np.full(3, math.nan))).low < panel.centre


@pytest.mark.parametrize("height", range(60))
def test_a_panel_has_a_middle_to_compare_with_or_is_left_out(height: int) -> None:
    rows = {kind: panel_rows(kind, height) for kind in ("ratio", "difference", "pull")}
    if height < SMALLEST_HEIGHT:
        assert set(rows.values()) == {0}
    else:
        assert rows["ratio"] % 2 == rows["difference"] % 2 == 1
        assert rows["pull"] % 2 == 0
        assert max(rows.values()) <= height / 2
