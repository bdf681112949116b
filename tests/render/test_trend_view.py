from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.render.cells import CellGrid, Palette
from dqmtui.render.charset import UTF8
from dqmtui.render.trend_view import TrendOptions, TrendView

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme

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
