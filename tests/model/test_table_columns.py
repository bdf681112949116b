"""Typed columns of tables: how values are written, and in which order rows stand by them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lstable import Column, Values
from dqmtui.model.states import CellState
from dqmtui.model.table_columns import (
    TypedColumn,
    by_id,
    chosen,
    fixed,
    general,
    order_of,
    short_unit,
)

ITEMS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-3, 3))),
    st.lists(st.one_of(st.none(), st.floats(allow_infinity=False))),
    st.lists(st.one_of(st.none(), st.sampled_from(["a", "A", "b", "", "é"]))),
    st.lists(st.one_of(st.none(), st.booleans())),
    st.lists(st.one_of(st.none(), st.sampled_from([1, 2.5, "a", "B", True]))),
)


def column_of(items: list[object]) -> Column:
    values = Values.of(items)
    state = np.where(values.known, CellState.VALUE, CellState.ABSENT).astype(np.uint8)
    return Column("x", values.values, state)


def rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, str):
        return 1, 0.0, value.casefold()
    assert isinstance(value, bool | int | float)
    return 0, float(value), ""


@given(ITEMS, st.booleans())
def test_sorting_is_stable_and_what_has_no_value_stands_last(
    items: list[object],
    descending: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    column = column_of(items)
    order = order_of(column, descending=descending).tolist()
    assert sorted(order) == list(range(len(items)))
    known = [row for row in order if column.state[row] == CellState.VALUE]
    assert order[: len(known)] == known
    assert order[len(known) :] == sorted(order[len(known) :])
    ranks = [rank(items[row]) for row in known]
    pairs = list(zip(ranks, ranks[1:], known, known[1:], strict=False))
    assert all((a >= b) if descending else (a <= b) for a, b, _, _ in pairs)
    assert all(one < two for a, b, one, two in pairs if a == b)


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3))))
def test_sorted_both_ways_the_known_rows_are_the_same(items: list[object]) -> None:
    column = column_of(items)
    up, down = order_of(column), order_of(column, descending=True)
    n = sum(item is not None for item in items)
    assert set(up[:n].tolist()) == set(down[:n].tolist())
    assert up[n:].tolist() == down[n:].tolist()


def test_a_number_that_is_none_stands_last() -> None:
    state = np.full(3, CellState.VALUE, dtype=np.uint8)
    column = Column("x", np.array([np.nan, 2.0, 1.0]), state)
    assert order_of(column).tolist() == [2, 1, 0]
    assert order_of(column, descending=True).tolist() == [1, 2, 0]


def test_values_are_written_as_the_column_says() -> None:
    rate = TypedColumn("rate", "rate", 7, "trigger rate", unit="Hz", write=fixed(2))
    assert [rate.text(value) for value in (47.786, 3, -0.001, "5 kHz", True)] == [
        *("47.79", "3.00", "0.00", "5 kHz", "yes")
    ]
    time = TypedColumn("start", "start", 9, "when it began", right=False, skip=11)
    assert time.text("2024-06-08T14:22:33Z") == "14:22:33Z"
    assert [general(value) for value in (3, 3.0, 0.1234567)] == ["3", "3", "0.123457"]


@pytest.mark.parametrize(
    ("unit", "short"),
    [
        ("pb^{-1}", "/pb"),
        ("ub^-1", "/ub"),
        ("\\mub^{-1}", "/ub"),
        ("10^{34}cm^{-2}s^{-1}", "10^34 cm^-2 s^-1"),
        ("Hz", "Hz"),
        (None, ""),
        ("\x1b[2Jpb", "\\x1b[2Jpb"),
        ("interactions per crossing", ""),
        ("x" * 16, "x" * 16),
        ("x" * 17, ""),
    ],
)
def test_a_unit_is_written_short_and_cannot_steer_the_terminal(unit: str | None, short: str) -> None:
    assert short_unit(unit) == short


def test_chosen_columns_stand_in_their_order_once_and_without_unknown_ones() -> None:
    known = by_id([TypedColumn(id_, id_, 3, id_) for id_ in "abc"])
    assert [one.id for one in chosen(("c", "x", "a", "c"), ("b",), known)] == ["c", "a"]
    assert [one.id for one in chosen((), ("b",), known)] == ["b"]
    with pytest.raises(ValueError, match="two columns are called a"):
        by_id([known["a"], known["a"]])
