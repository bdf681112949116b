from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid, Palette, Rect
from dqmtui.render.charset import UTF8
from dqmtui.render.stat_box import draw_stat_box, free_side
from dqmtui.store.themes import available_themes, load_theme

THEME = load_theme(available_themes()["dqm-dark"])
NUMBERS = [("entries", "12.3k"), ("mean", "31.5")]
AREA = Rect(2, 1, 40, 10)


def boxed(occupied: np.ndarray, *, prefer_left: bool = False) -> tuple[CellGrid, str | None]:
    grid = CellGrid.blank(44, 12)
    brush = Brush(THEME, UTF8, grid.palette)
    return grid, draw_stat_box(grid, AREA, occupied, NUMBERS, brush, prefer_left=prefer_left)


@given(
    data=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 39)), max_size=12), prefer_left=st.booleans()
)
def test_the_box_hides_nothing(data: list[tuple[int, int]], *, prefer_left: bool) -> None:
    occupied = np.zeros((10, 40), dtype=np.bool_)
    for place in data:
        occupied[place] = True
    grid, side = boxed(occupied, prefer_left=prefer_left)
    written = grid.styles != 0
    assert not (written[AREA.slices] & occupied).any()
    assert written.any() == (side is not None)
    written[AREA.slices] = False
    assert not written.any()


def test_the_box_stands_right_unless_the_data_do() -> None:
    occupied = np.zeros((10, 40), dtype=np.bool_)
    assert boxed(occupied)[1] == "right"
    occupied[1, 35] = True
    assert boxed(occupied)[1] == "left"
    occupied[1, 5] = True
    assert boxed(occupied)[1] is None


def test_a_box_on_the_left_stays_there_while_it_can() -> None:
    occupied = np.zeros((10, 40), dtype=np.bool_)
    assert boxed(occupied, prefer_left=True)[1] == "left"


def test_a_box_has_at_most_half_of_either_side() -> None:
    assert free_side(np.zeros((10, 40), dtype=np.bool_), 21, 3, prefer_left=False) is None
    assert free_side(np.zeros((10, 40), dtype=np.bool_), 20, 6, prefer_left=False) is None


def test_names_and_numbers_stand_in_columns() -> None:
    grid, _ = boxed(np.zeros((10, 40), dtype=np.bool_))
    assert [line.strip() for line in grid.to_text().splitlines()[1:3]] == ["entries  12.3k", "mean      31.5"]


def test_without_numbers_there_is_no_box() -> None:
    grid = CellGrid.blank(10, 5)
    brush = Brush(THEME, UTF8, Palette())
    assert draw_stat_box(grid, Rect(0, 0, 10, 5), np.zeros((5, 10), dtype=np.bool_), [], brush) is None
