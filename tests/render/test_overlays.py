from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.bars import draw_bars
from dqmtui.render.cells import Rect
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.colors import contrast, mixed
from dqmtui.render.curve_view import MUTED
from dqmtui.render.ink import Sheet
from dqmtui.render.outline import outline
from dqmtui.render.overlays import ROLES, Overlay, line_look, overlay_ink, own_look
from dqmtui.render.points import draw_steps
from dqmtui.render.scale import Scale
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import bare_frame, bins_of_columns, cell

THEME = load_theme(available_themes()["dqm-dark"])
MONO = replace(UTF8, half=None, color=False)
contents = st.one_of(st.just(math.nan), st.just(0.0), st.floats(-20, 120))
bins = st.lists(contents, min_size=1, max_size=150)


@given(current=bins, data=st.data(), charset=st.sampled_from([UTF8, ASCII]))
def test_a_kept_overlay_is_what_would_be_drawn_anew(
    current: list[float], data: st.DataObject, charset: Charset
) -> None:
    n = len(current)
    reference = np.array(data.draw(st.lists(contents, min_size=n, max_size=n)))
    frame = bare_frame(30, 8, Scale(0, n), Scale(-10, 100))
    edges = np.arange(n + 1.0)
    bars = draw_bars(frame, edges, current, theme=THEME, charset=charset)
    anew = draw_steps(frame, edges, reference, theme=THEME, charset=charset, on=bars)
    kept = bars.copy()
    overlay_ink(frame, edges, [Overlay("r", reference)], theme=THEME, charset=charset).lay_over(
        kept, frame.area, charset
    )
    assert np.array_equal(kept.chars, anew.chars)
    looks = [[grid.palette[i] for i in grid.styles.ravel().tolist()] for grid in (kept, anew)]
    assert looks[0] == looks[1]


@given(
    sizes=st.lists(st.one_of(st.just(math.nan), st.floats(1, 99)), min_size=25, max_size=150),
    sign=st.sampled_from([1, -1]),
)
def test_columns_that_bins_share_show_all_from_the_smallest_to_the_largest(
    sizes: list[float], sign: int
) -> None:
    values = [sign * size for size in sizes]
    scale = Scale(0, 100) if sign > 0 else Scale(-100, 0)
    frame = bare_frame(12, 10, Scale(0, len(values)), scale)
    edges = np.arange(len(values) + 1.0)
    dots = outline(frame, edges, values, across=2, down=4).dots()
    for column, shared in enumerate(bins_of_columns(frame.x, edges.tolist(), 24)):
        known = [values[index] for index in shared if not math.isnan(values[index])]
        rows = [int(place * 40) for place in scale.position(known).tolist()]
        drawn = {39 - row for row in np.flatnonzero(dots[:, column]).tolist()}
        if len(rows) > 1:
            assert set(range(min(rows), max(rows) + 1)) <= drawn
        assert bool(drawn) or not rows


def test_an_overlay_shares_its_cells_with_the_dots_that_are_there() -> None:
    frame = bare_frame(10, 4, Scale(0, 1), Scale(0, 4))
    edges, current = np.array([0.0, 1.0]), np.array([2.1])
    drawn = draw_steps(frame, edges, current, theme=THEME, charset=UTF8, role="current")
    overlay = Overlay("r", np.array([2.6]))
    overlay_ink(frame, edges, [overlay], theme=THEME, charset=UTF8).lay_over(drawn, frame.area, UTF8)
    char, style = cell(drawn, 5, 1)
    assert char == "⣒"
    assert style.fg == THEME.roles.reference


@pytest.mark.parametrize("charset", [UTF8, ASCII, MONO], ids=["utf8", "ascii", "mono"])
def test_overlays_differ_without_any_colour(charset: Charset) -> None:
    samples = [line_look(index, charset).sample(charset) for index in range(6)]
    samples.append(own_look(charset).sample(charset))
    assert len(set(samples)) == len(samples)
    assert len({line_look(index, charset).role for index in range(6)}) == 6
    if charset is ASCII:
        assert all(sample.isascii() for sample in samples)


@pytest.mark.parametrize("charset", [UTF8, ASCII], ids=["utf8", "ascii"])
def test_every_overlay_can_be_found_by_its_mark_and_by_its_colour(charset: Charset) -> None:
    frame = bare_frame(60, 20, Scale(0, 30), Scale(0, 100))
    overlays = [Overlay(str(k), np.full(30, 15.0 + 18 * k)) for k in range(5)]
    grid = frame.grid.copy()
    overlay_ink(frame, np.arange(31.0), overlays, theme=THEME, charset=charset).lay_over(
        grid, frame.area, charset
    )
    for index, overlay in enumerate(overlays):
        row = 19 - int(overlay.values[0] / 100 * 20)
        drawn = [cell(grid, x, row) for x in range(60)]
        assert {style.fg for char, style in drawn if char != " "} == {THEME.role(ROLES[index])}
        mark = line_look(index, charset).mark
        assert not mark or mark in {char for char, _ in drawn}


def test_a_line_goes_through_the_centres_of_the_bins_and_leaves_gaps_at_nan() -> None:
    frame = bare_frame(20, 10, Scale(0, 10), Scale(0, 10))
    values = np.array([1.0, 3, 5, math.nan, 5, 5, 5, 5, math.inf, 2])
    grid = frame.grid.copy()
    overlay_ink(
        frame, np.arange(11.0), [Overlay("l", values, kind="line")], theme=THEME, charset=UTF8
    ).lay_over(grid, frame.area, UTF8)
    used = np.flatnonzero((grid.chars > 0x2800).any(axis=0)).tolist()
    assert used == [1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 19]


def test_lines_in_one_cell_share_it_and_the_first_keeps_its_colour() -> None:
    sheet = Sheet.blank(Rect(0, 0, 1, 1))
    upper, lower = np.zeros((4, 2), dtype=np.bool_), np.zeros((4, 2), dtype=np.bool_)
    upper[0], lower[3] = True, True
    sheet.add_dots(upper, "#111111")
    sheet.add_dots(lower, "#222222")
    ink = sheet.ink()
    assert chr(int(ink.chars[0])) == "⣉"
    assert ink.names[int(ink.colors[0])] == "#111111"


def test_an_overlay_of_another_length_is_refused() -> None:
    frame = bare_frame(10, 5, Scale(0, 3), Scale(0, 1))
    with pytest.raises(ValueError, match="edges"):
        overlay_ink(frame, np.arange(4.0), [Overlay("x", np.ones(5))], theme=THEME, charset=UTF8)


@given(values=bins)
def test_in_ascii_an_outline_has_its_flat_parts_at_the_values(values: list[float]) -> None:
    frame = bare_frame(40, 10, Scale(0, len(values)), Scale(0, 100))
    edges = np.arange(len(values) + 1.0)
    grid = frame.grid.copy()
    overlay_ink(frame, edges, [Overlay("r", np.array(values))], theme=THEME, charset=ASCII).lay_over(
        grid, frame.area, ASCII
    )
    for column, shared in enumerate(bins_of_columns(frame.x, edges.tolist(), 40)):
        known = [values[index] for index in shared if not math.isnan(values[index])]
        drawn = {9 - row: chr(grid.chars[row, column]) for row in range(10)}
        if not known:
            assert set(drawn.values()) == {" "}
        elif 0 < max(known, key=abs) <= 100:
            assert drawn[min(int(max(known) / 10), 9)] == ASCII.horizontal


@pytest.mark.parametrize("name", sorted(available_themes()))
def test_overlays_stand_out_from_the_bars_under_them(name: str) -> None:
    theme = load_theme(available_themes()[name])
    muted = mixed(theme.roles.current, theme.background, MUTED)
    for index in range(6):
        assert contrast(theme.role(line_look(index, UTF8).role), muted) >= 2
