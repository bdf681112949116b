from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import ASCII, UTF8
from dqmtui.render.conditions_strip import ValueLine
from dqmtui.render.ls_columns import GUTTER
from dqmtui.render.strip_lines import notes_line
from dqmtui.render.trend_parts import Band, TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView
from tests.render.readback import cell
from tests.render.samples import stack_1d

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellStyle
    from dqmtui.render.charset import Charset
    from dqmtui.render.conditions_strip import StripLine

OPTIONS = TrendOptions("mean", 6)
WIDTH, HEIGHT = 60, 16


def table(rates: list[float]) -> LSTable:
    """Make a run whose LS 1, 2, ... have these rates in Hz."""
    ls = np.arange(1, len(rates) + 1, dtype=np.int64)
    return LSTable(
        RunKey("tracker", 1, 381115),
        {
            DIALS: Source(ls, {}, SourceState.LOADED),
            OMS: Source(ls, {}, SourceState.LOADED),
            RATE: Source(ls, {"rate_hz": Values.of(rates)}, SourceState.LOADED),
        },
    )


def rate_row(grid: CellGrid) -> int:
    rows = ["".join(map(chr, row)).split() for row in grid.chars.tolist()]
    return next(at for at, words in enumerate(rows) if words[:1] == ["rate"])


def test_what_did_not_change_is_not_drawn_again(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    drawn = view.draw(run, None, WIDTH, HEIGHT, OPTIONS)
    assert view.draw(run, None, WIDTH, HEIGHT, OPTIONS) is drawn
    assert view.draw(run, None, WIDTH - 1, HEIGHT, OPTIONS) is not drawn


def test_a_table_is_drawn_even_where_one_that_is_gone_had_its_address(theme: Theme) -> None:
    view = TrendView(theme, UTF8, Palette())
    drawn = []
    for _ in range(20):
        run = table([50.0] * 40)
        drawn.append(view.draw(run, None, WIDTH, HEIGHT, OPTIONS))
        del run
    assert len({id(grid) for grid in drawn}) == len(drawn)


def test_a_full_bar_under_the_cursor_stays_a_bar_and_is_marked_by_colour(theme: Theme) -> None:
    palette = Palette()
    view = TrendView(theme, UTF8, palette)
    grid = view.draw(table([50.0] * 40), None, WIDTH, HEIGHT, OPTIONS)
    drawn = view.with_cursor(grid, 20)
    row, column = rate_row(grid), view.cursor_column(20)
    assert column is not None
    assert chr(drawn.chars[row, column]) == "█"
    style = palette[int(drawn.styles[row, column])]
    assert not style.reverse
    assert style.fg == theme.roles.cursor
    data = palette[int(drawn.styles[drawn.height - 6, column])]
    assert data.reverse


def series(label: str, values: list[float], **more: Any) -> TrendSeries:
    ls = np.arange(1, len(values) + 1, dtype=np.int64)
    return replace(TrendSeries(label, ls, np.array(values)), **more)


def column_of(view: TrendView, ls: int) -> int:
    column = view.cursor_column(ls)
    assert column is not None
    return column


def plot_cells(view: TrendView, grid: CellGrid, ls: int) -> list[tuple[str, CellStyle]]:
    """Cells of the column of an LS, from the top of the plot to its axis."""
    return [cell(grid, column_of(view, ls), y) for y in range(view._plot_top, view._plot_bottom)]


def test_several_series_are_named_and_each_has_its_colour_and_mark(theme: Theme, charset: Charset) -> None:
    view, run = TrendView(theme, charset, Palette()), table([50.0] * 40)
    shown = [series("mean", [1.0] * 40), series("mode", [5.0] * 40), series("other", [9.0] * 40)]
    grid = view.draw(run, None, 80, 30, OPTIONS, series=shown)
    head = "".join(map(chr, grid.chars[0]))
    assert [head.find(one.label) > 0 for one in shown] == [True] * 3
    marks = {head[head.find(one.label) - 2] for one in shown}
    assert len(marks) == 3
    colors = {style.fg for ls in (3, 17, 38) for char, style in plot_cells(view, grid, ls) if char != " "}
    assert {theme.roles.current, theme.roles.excluded, theme.roles.good} <= colors
    body = {chr(code) for code in grid.chars[1 : view._plot_bottom].ravel().tolist()}
    assert marks <= body or charset is UTF8


def test_T2_a_series_leaves_a_gap_where_an_ls_is_absent(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    values = [float("nan") if 10 <= ls <= 12 else 3.0 for ls in range(1, 41)]
    line = series("lumi", values, line=True)
    grid = view.draw(run, None, GUTTER + 160, 20, OPTIONS, series=[series("m", [1.0] * 40), line])
    colors = {
        ls: {style.fg for char, style in plot_cells(view, grid, ls) if char != " "} for ls in (5, 11, 30)
    }
    assert theme.roles.excluded in colors[5]
    assert theme.roles.excluded not in colors[11]
    assert theme.roles.excluded in colors[30]


def test_a_series_can_have_the_axis_on_the_right(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    shown = [series("mean", [1.0] * 40), series("lumi", [2e6] * 40, line=True, right=True)]
    text = view.draw(run, None, 100, 24, OPTIONS, series=shown).to_text()
    assert "lumi (right)" in text
    assert any("M" in line.split("├")[-1] for line in text.splitlines() if "├" in line)


def test_the_band_of_the_reference_lies_behind_the_points(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    points = series("mean", [30.0] * 20 + [50.0] * 20)
    grid = view.draw(run, None, 80, 30, OPTIONS, series=[points], band=Band(30.0, 3.0, "reference 1"))
    assert "reference 1" in grid.to_text()
    tinted = [
        {y for y, (_, style) in enumerate(plot_cells(view, grid, ls)) if style.bg is not None}
        for ls in (5, 35)
    ]
    assert tinted[0] == tinted[1]
    assert 0 < len(tinted[0]) < view._plot_bottom - view._plot_top
    chars = [char for char, _ in plot_cells(view, grid, 35)]
    assert chars.count(UTF8.gridline) == 2
    assert chars.count(UTF8.horizontal) == 1


def test_suspicious_lumisections_are_marked_at_their_points(theme: Theme, charset: Charset) -> None:
    view, run = TrendView(theme, charset, Palette()), table([50.0] * 40)
    values = [float(ls) if ls != 30 else float("nan") for ls in range(1, 41)]
    marked = np.array([10, 30, 77])
    grid = view.draw(run, None, 80, 30, OPTIONS, series=[series("m", values)], marked=marked)
    bad = charset.glyphs(theme).bad
    rows = {
        ls: [y for y, (char, style) in enumerate(plot_cells(view, grid, ls)) if char == bad]
        for ls in (10, 20, 30)
    }
    height = view._plot_bottom - view._plot_top
    assert len(rows[10]) == 1
    assert rows[10][0] > height / 2
    assert rows[20] == []
    assert rows[30] == [height - 1]


def test_a_zoom_shows_its_lumisections_in_trend_and_strip(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 400)
    stack = stack_1d({ls: [1.0, float(ls)] for ls in range(1, 401)})
    whole = view.draw(run, stack, 120, 24, OPTIONS)
    zoomed = view.draw(run, stack, 120, 24, replace(OPTIONS, zoom=(100, 150)))
    assert zoomed is not whole
    assert view.cursor_column(99) is None
    assert view.cursor_column(100) is not None
    assert "110" in zoomed.to_text()
    assert "200" not in zoomed.to_text().split("data")[0].splitlines()[-1]
    assert view.ls_at(column_of(view, 120)) == 120


def test_rows_of_the_strip_can_be_chosen(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    rows = [notes_line(run, LSMask.from_numbers(np.array([7])))]
    grid = view.draw(run, None, WIDTH, HEIGHT, OPTIONS, rows=rows)
    assert view.draw(run, None, WIDTH, HEIGHT, OPTIONS, rows=rows) is grid
    last = grid.to_text().splitlines()[-1]
    assert last.split() == ["notes", theme.glyphs.note]
    assert last.index(theme.glyphs.note) == view.cursor_column(7)


def test_an_ls_wider_than_a_cell_fills_its_cells_in_the_strip(theme: Theme) -> None:
    view = TrendView(theme, UTF8, Palette())
    grid = view.draw(table([50.0] * 5), None, 80, HEIGHT, OPTIONS)
    row = grid.chars[rate_row(grid), GUTTER : GUTTER + 60]
    assert {chr(code) for code in row.tolist()} == {"█"}


def test_ascii_trends_have_no_byte_over_127(theme: Theme) -> None:
    view, run = TrendView(theme, ASCII, Palette()), table([50.0] * 40)
    shown = [series("mean µ", [1.0] * 40), series("mode", [5.0] * 40, line=True)]
    grid = view.draw(run, None, 80, 30, OPTIONS, series=shown, band=Band(3.0, 1.0), marked=np.array([3]))
    assert view.with_cursor(grid, 20).to_text().isascii()


def test_a_line_does_not_cross_lumisections_that_its_series_does_not_have(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    ls = np.array([*range(1, 11), *range(25, 41)], dtype=np.int64)
    line = TrendSeries("lumi", ls, np.full(ls.size, 3.0), line=True)
    grid = view.draw(run, None, 120, 20, OPTIONS, series=[series("m", [1.0] * 40), line])
    colors = {ls: {style.fg for _, style in plot_cells(view, grid, ls)} for ls in (5, 17, 30)}
    assert [theme.roles.excluded in colors[ls] for ls in (5, 17, 30)] == [True, False, True]


def test_series_rows_and_marks_that_are_replaced_are_drawn_anew(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    shown, marked = [series("m", [1.0] * 40)], np.array([3])
    rows = [notes_line(run, LSMask.from_numbers(np.array([7])))]

    def drawn(**changed: Any) -> CellGrid:
        kept: dict[str, Any] = {"series": shown, "marked": marked, "rows": rows}
        return view.draw(run, None, 80, 20, OPTIONS, **{**kept, **changed})

    assert drawn() is drawn(series=list(shown), rows=list(rows))
    for changed in (
        {"series": [series("m", [2.0] * 40)]},
        {"marked": np.array([9])},
        {"rows": [notes_line(run, LSMask.from_numbers(np.array([8])))]},
        {"rows": None},
        {"band": Band(1.0, 0.5)},
    ):
        before = drawn()
        assert not np.array_equal(drawn(**changed).chars, before.chars)


# axes of all kinds


def numbered(ls: list[int]) -> LSTable:
    """A run that has these LS, in each of which its rate is 50 Hz."""
    numbers = np.array(ls, dtype=np.int64)
    columns = {"rate_hz": Values.of([50.0] * len(ls))}
    return LSTable(
        RunKey("tracker", 1, 381597),
        {
            DIALS: Source(numbers, {}, SourceState.LOADED),
            OMS: Source(numbers, {}, SourceState.LOADED),
            RATE: Source(numbers, columns, SourceState.LOADED),
        },
    )


def on_ls(ls: list[int], values: list[float]) -> TrendSeries:
    return TrendSeries("mean", np.array(ls, dtype=np.int64), np.array(values))


def points_of(view: TrendView, grid: CellGrid, theme: Theme, ls: int) -> int:
    """How many cells of the column of an LS hold points of the first series."""
    return sum(style.fg == theme.roles.current for char, style in plot_cells(view, grid, ls) if char != " ")


def test_a_stray_ls_far_behind_the_others_leaves_them_their_room(theme: Theme) -> None:
    ls = [*range(1, 394), 16766]
    view = TrendView(theme, UTF8, Palette())
    grid = view.draw(numbered(ls), None, 100, 24, OPTIONS, series=[on_ls(ls, [3.0] * 394)])
    assert column_of(view, 393) - column_of(view, 1) > 70
    for number in (1, 200, 393, 16766):
        assert points_of(view, grid, theme, number) == 1
    between = (column_of(view, 393) + column_of(view, 16766)) // 2
    assert chr(grid.chars[view._plot_top + 1, between]) == theme.glyphs.hole
    assert view.ls_at(between) is None


def test_few_ls_on_a_wide_axis_are_glyphs_and_their_holes_are_seen(theme: Theme) -> None:
    ls = [1, 40, 90]
    view = TrendView(theme, UTF8, Palette())
    grid = view.draw(numbered(ls), None, 120, 24, OPTIONS, series=[on_ls(ls, [1.0, 2.0, 3.0])])
    for number in ls:
        assert theme.glyphs.point in {char for char, _ in plot_cells(view, grid, number)}
    hole = (column_of(view, 1) + column_of(view, 40)) // 2
    assert chr(grid.chars[view._plot_top, hole]) == theme.glyphs.hole
    # nothing is interpolated across it
    assert theme.glyphs.point not in {chr(code) for code in grid.chars[: view._plot_bottom, hole].tolist()}


def test_more_ls_than_columns_all_have_their_column(theme: Theme) -> None:
    ls = list(range(1, 2392))
    view = TrendView(theme, UTF8, Palette())
    grid = view.draw(numbered(ls), None, 60, 16, OPTIONS, series=[on_ls(ls, [float(n % 7) for n in ls])])
    assert {view.cursor_column(n) for n in (1, 1200, 2391)} - {None}
    assert all(points_of(view, grid, theme, n) for n in range(1, 2391, 60))
    assert column_of(view, 2391) > 50


def test_a_run_of_one_ls_is_drawn_across_the_axis(theme: Theme, charset: Charset) -> None:
    view = TrendView(theme, charset, Palette())
    grid = view.draw(numbered([7]), None, 80, 16, OPTIONS, series=[on_ls([7], [3.0])])
    glyphs = charset.glyphs(theme)
    assert glyphs.point in {char for char, _ in plot_cells(view, grid, 7)}
    data = next(line for line in grid.to_text().splitlines() if line.split()[:1] == ["data"])
    assert data.count(glyphs.track) > 60


def test_T2_a_statistic_that_no_ls_has_leaves_the_plot_to_the_reason(theme: Theme, charset: Charset) -> None:
    view = TrendView(theme, charset, Palette())
    nothing = [on_ls([1, 2, 3], [float("nan")] * 3)]
    why = "no LS has a mean"
    grid = view.draw(numbered([1, 2, 3]), None, 80, 16, OPTIONS, series=nothing, why=why)
    assert why in grid.to_text()
    assert view.draw(numbered([1, 2, 3]), None, 80, 16, OPTIONS, series=nothing).to_text().count(why) == 0


def test_values_of_both_signs_have_a_line_at_zero(theme: Theme) -> None:
    view = TrendView(theme, UTF8, Palette())
    ls = list(range(1, 41))
    grid = view.draw(numbered(ls), None, 80, 24, OPTIONS, series=[on_ls(ls, [-1.0] * 20 + [1.0] * 20)])
    low = [y for y, (_, style) in enumerate(plot_cells(view, grid, 5)) if style.fg == theme.roles.current]
    high = [y for y, (_, style) in enumerate(plot_cells(view, grid, 35)) if style.fg == theme.roles.current]
    assert low > high
    assert UTF8.zero_line in "".join(map(chr, grid.chars[: view._plot_bottom].ravel().tolist()))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (12, 3), (19, 5), (20, 7), (60, 2)])
def test_where_there_is_no_room_what_fits_is_drawn(theme: Theme, width: int, height: int) -> None:
    view = TrendView(theme, UTF8, Palette())
    ls = list(range(1, 41))
    grid = view.draw(numbered(ls), None, width, height, OPTIONS, series=[on_ls(ls, [1.0] * 40)])
    assert (grid.width, grid.height) == (width, height)
    drawn = view.with_cursor(grid, 20, (10, 30))
    assert (drawn.width, drawn.height) == (width, height)


# ranges, notes and rows of several cells


def test_a_range_has_a_background_and_a_line_along_the_axis(theme: Theme, charset: Charset) -> None:
    view, run = TrendView(theme, charset, Palette()), table([50.0] * 40)
    grid = view.draw(run, None, 100, 24, OPTIONS, series=[series("m", [1.0] * 40)])
    drawn = view.with_cursor(grid, 20, (10, 15))
    backs = {ls: cell(drawn, column_of(view, ls), 2)[1].bg for ls in (9, 10, 15, 16)}
    assert backs[10] == backs[15] != backs[9] == backs[16]
    axis = {ls: cell(drawn, column_of(view, ls), view._plot_bottom)[0] for ls in (9, 12, 16)}
    line = "=" if charset is ASCII else "\N{BOX DRAWINGS HEAVY HORIZONTAL}"
    assert axis[12] == line
    assert line not in {axis[9], axis[16]}
    assert view.with_cursor(grid, 20, (900, 950)).to_text() == view.with_cursor(grid, 20).to_text()


def test_the_cursor_leaves_the_background_of_a_band_alone(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    points = series("mean", [30.0] * 20 + [50.0] * 20)
    grid = view.draw(run, None, 80, 30, OPTIONS, series=[points], band=Band(30.0, 3.0))
    drawn = view.with_cursor(grid, 5)
    before = [style.bg for _, style in plot_cells(view, grid, 5)]
    after = [style.bg for _, style in plot_cells(view, drawn, 5)]
    assert [bg for bg in before if bg] == [bg for bg in after if bg and bg != theme.background]


def test_bars_of_several_cells_have_their_highest_value_beside_them(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([25.0] * 20 + [50.0] * 20)
    rows: list[StripLine] = [
        ValueLine("rate", run.column(RATE, "rate_hz").floats(), 2),
        notes_line(run, LSMask.of(3)),
    ]
    grid = view.draw(run, None, 80, 20, OPTIONS, series=[series("m", [1.0] * 40)], rows=rows)
    lines = grid.to_text().splitlines()
    top, foot, notes = (line.ljust(80) for line in lines[-3:])
    assert (top.split()[0], foot.split()[0], notes.split()[0]) == ("50", "rate", "notes")
    low, high = column_of(view, 5), column_of(view, 35)
    assert (top[low], foot[low], top[high], foot[high]) == (" ", "█", "█", "█")


def test_a_row_that_does_not_fit_gives_way_to_one_that_does(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([25.0] * 40)
    high = ValueLine("rate", run.column(RATE, "rate_hz").floats(), 3)
    rows: list[StripLine] = [notes_line(run, LSMask.of(3)), high, notes_line(run, LSMask.of(4))]
    options = replace(OPTIONS, strip_rows=2)
    text = view.draw(run, None, 80, 20, options, series=[series("m", [1.0] * 40)], rows=rows).to_text()
    assert [line.split()[0] for line in text.splitlines()[-2:]] == ["notes", "notes"]


def test_names_in_the_legend_are_cut_alike_so_that_all_are_there(theme: Theme) -> None:
    view, run = TrendView(theme, UTF8, Palette()), table([50.0] * 40)
    shown = [series(f"clusters_per_module_number_{at}", [1.0] * 40) for at in range(4)]
    grid = view.draw(run, None, 90, 24, OPTIONS, series=shown, notes=["each / its median"])
    head = grid.to_text().splitlines()[0]
    assert len(head) <= 90
    assert all(f"_{at}" in head for at in range(4))
    assert head.rstrip().endswith("each / its median")


def test_J2_a_rate_that_has_not_come_is_not_drawn_as_absent(theme: Theme, charset: Charset) -> None:
    run = numbered([1, 2, 3, 4])
    waiting = run.with_source(RATE, Source(state=SourceState.LOADING))
    glyphs = charset.glyphs(theme)
    drawn = {}
    for name, one in (
        ("absent", run.with_source(RATE, Source(state=SourceState.LOADED))),
        ("loading", waiting),
    ):
        view = TrendView(theme, charset, Palette())
        grid = view.draw(one, None, 60, 16, OPTIONS)
        drawn[name] = chr(grid.chars[rate_row(grid), column_of(view, 2)])
    assert drawn == {"absent": glyphs.absent, "loading": glyphs.loading}


def test_the_axis_is_that_of_the_good_ls_and_what_lies_beyond_is_marked_and_said(
    theme: Theme, charset: Charset
) -> None:
    run = table([50.0] * 40)
    values = [300.0, -300.0, *[10.0 + (ls % 3) for ls in range(3, 41)]]
    usual = np.arange(3, 41)
    view = TrendView(theme, charset, Palette())
    points = [series("m", values)]
    flat = view.draw(run, None, 100, 24, OPTIONS, series=points)
    rows = {
        y
        for ls in (4, 5, 6)
        for y, (char, style) in enumerate(plot_cells(view, flat, ls))
        if style.fg == theme.roles.current and char != " "
    }
    assert len(rows) == 1
    grid = view.draw(run, None, 100, 24, OPTIONS, series=points, usual=usual)
    rows = {
        y
        for ls in (4, 5, 6)
        for y, (char, style) in enumerate(plot_cells(view, grid, ls))
        if style.fg == theme.roles.current and char != " "
    }
    assert len(rows) == 3
    glyphs = charset.glyphs(theme)
    assert plot_cells(view, grid, 1)[0][0] == glyphs.over
    assert plot_cells(view, grid, 2)[-1][0] == glyphs.under
    assert f"{glyphs.over}{glyphs.under} beyond the good LS" in grid.to_text()


def test_good_ls_that_are_too_few_do_not_choose_the_axis(theme: Theme) -> None:
    run = table([50.0] * 40)
    view = TrendView(theme, UTF8, Palette())
    points = [series("m", [1.0] * 36 + [9.0] * 4)]
    grid = view.draw(run, None, 100, 24, OPTIONS, series=points, usual=np.array([1, 2]))
    assert theme.glyphs.over not in grid.to_text()


def bars_of(view: TrendView, grid: CellGrid, theme: Theme, ls: int) -> int:
    """How many cells of the column of an LS hold its error bar."""
    cells = plot_cells(view, grid, ls)
    return sum(style.fg == theme.roles.error_bar for char, style in cells if char != " ")


def test_T1_a_zoom_into_a_long_run_has_the_error_bars_of_the_ls_that_it_shows(
    theme: Theme, charset: Charset
) -> None:
    run = table([50.0] * 900)
    points = series("m", [10.0 + ls % 5 for ls in range(900)], errors=np.full(900, 2.0))
    view = TrendView(theme, charset, Palette())
    grid = view.draw(run, None, 100, 24, replace(OPTIONS, zoom=(590, 610)), series=[points])
    assert all(bars_of(view, grid, theme, ls) > 3 for ls in range(590, 611))
    grid = view.draw(run, None, 100, 24, OPTIONS, series=[points])
    assert not any(bars_of(view, grid, theme, ls) for ls in range(1, 901))


@pytest.mark.parametrize("n", [20, 60, 90])
def test_a_point_is_seen_on_its_error_bar_without_colours(theme: Theme, charset: Charset, n: int) -> None:
    run = table([50.0] * n)
    points = series("m", [10.0 + ls % 7 for ls in range(n)], errors=np.full(n, 2.0))
    view = TrendView(theme, charset, Palette())
    grid = view.draw(run, None, 100, 30, OPTIONS, series=[points])
    for ls in range(1, n + 1):
        chars = [char for char, _ in plot_cells(view, grid, ls)]
        assert chars.count(charset.glyphs(theme).point) == 1


def test_errors_that_nothing_is_known_of_leave_the_points_as_they_are(theme: Theme) -> None:
    run, values = table([50.0] * 90), [10.0 + ls % 7 for ls in range(90)]
    drawn = [
        TrendView(theme, UTF8, Palette()).draw(
            run, None, 100, 30, OPTIONS, series=[series("m", values, errors=errors)]
        )
        for errors in (None, np.full(90, np.nan))
    ]
    assert drawn[0].to_text() == drawn[1].to_text()


def test_values_far_from_0_do_not_widen_an_axis_of_spreads_and_are_marked(theme: Theme) -> None:
    run = table([50.0] * 20)
    values = [-60.0, *[float(ls % 5) for ls in range(2, 21)]]
    view = TrendView(theme, UTF8, Palette())
    grid = view.draw(run, None, 100, 30, replace(OPTIONS, most=10.0), series=[series("m", values)])
    rows = [[char for char, _ in plot_cells(view, grid, ls)].index(theme.glyphs.point) for ls in range(5, 10)]
    assert rows == sorted({*rows}, reverse=True)
    assert plot_cells(view, grid, 1)[-1][0] == theme.glyphs.under
    head = grid.to_text().splitlines()[0]
    assert head.rstrip().endswith(f"{theme.glyphs.over}{theme.glyphs.under} beyond")


@pytest.mark.parametrize("width", [70, 90, 120])
def test_names_of_six_series_are_told_apart_in_the_legend(theme: Theme, charset: Charset, width: int) -> None:
    names = [f"{what}_PXLayer_{layer}" for what in ("charge", "size") for layer in (1, 2, 3)]
    values = [100.0, *[5.0] * 39]
    view, run = TrendView(theme, charset, Palette()), table([50.0] * 40)
    shown = [series(name, values) for name in names]
    grid = view.draw(run, None, width, 24, OPTIONS, series=shown, usual=np.arange(2, 41))
    head = grid.to_text().splitlines()[0]
    glyphs = charset.glyphs(theme)
    said, *_ = head.split(f"{glyphs.over}{glyphs.under}")
    told = [one.split(maxsplit=1)[1] for one in said.strip().split("  ") if one]
    assert len(set(told)) == 6
    if width >= 90:
        assert told == ["charge_1", "charge_2", "charge_3", "size_1", "size_2", "size_3"]
