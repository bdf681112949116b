from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.charset import UTF8
from dqmtui.render.ls_columns import LSColumns

runs = st.lists(st.integers(1, 400), min_size=1, max_size=120, unique=True).map(sorted)


def axis_of(ls: list[int], width: int, zoom: tuple[int, int] | None = None) -> LSColumns:
    return LSColumns.of(np.array(ls, dtype=np.int64), width, zoom)


@given(runs, st.integers(1, 200))
def test_each_column_has_its_content_from_an_ls_that_lies_in_it(ls: list[int], width: int) -> None:
    columns = axis_of(ls, width)
    own = columns.columns(columns.ls)
    place = columns.axis.position(columns.ls)
    for column, source in enumerate(columns.source.tolist()):
        middle = (column + 0.5) / width * columns.axis.span
        covering = [own[i] for i in range(len(ls)) if abs(place[i] - middle) <= 0.5]
        if column in own:
            assert source == column
        elif covering:
            assert source in covering
        else:
            assert source == column


@given(runs, st.integers(1, 200), st.tuples(st.integers(1, 400), st.integers(1, 400)))
def test_a_zoom_leaves_the_other_lumisections_off_the_axis(
    ls: list[int], width: int, zoom: tuple[int, int]
) -> None:
    columns = axis_of(ls, width, zoom)
    for number in ls:
        assert (columns.column(number) is not None) == (zoom[0] <= number <= zoom[1])


@given(runs, st.integers(1, 200))
def test_pointing_at_the_column_of_an_ls_finds_one_in_that_column(ls: list[int], width: int) -> None:
    columns = axis_of(ls, width)
    for number in ls:
        column = columns.column(number)
        assert column is not None
        found = columns.at(column)
        assert found is None or columns.column(found) in {column, None}


def test_holes_are_where_no_ls_is() -> None:
    columns = axis_of([1, 2, 5, 6], 60)
    assert columns.holes() == [(2.0, 4.0)]
    assert axis_of([1, 2, 3], 60).holes() == []


def test_ticks_are_round_numbers_of_lumisections() -> None:
    ticks = axis_of(list(range(1, 101)), 100).ticks(UTF8)
    assert [label for _, label in ticks] == ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]
    assert ticks[0][0] == 9.5


def test_a_run_without_lumisections_has_no_columns() -> None:
    columns = axis_of([], 20)
    assert columns.column(1) is None
    assert columns.at(3) is None
    assert columns.source.tolist() == list(range(20))
