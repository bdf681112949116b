from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import ASCII, UTF8
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
