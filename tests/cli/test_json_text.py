"""JSON as it is printed."""

from __future__ import annotations

import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.cli.json_text import json_object, json_rows, plain, plain_column

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | NUMBERS
ROWS = st.lists(st.dictionaries(st.text(), VALUES, min_size=1))


@given(ROWS)
def test_rows_are_the_json_of_a_list_a_row_on_a_line(rows: list[dict[str, object]]) -> None:
    text = json_rows(rows).decode()
    assert json.loads(text) == rows
    assert text.count("\n") == (len(rows) + 2 if rows else 1)
    assert text.endswith("\n")


def test_fields_stand_on_lines_of_their_own_and_rows_of_numbers_too() -> None:
    text = json_object({"ls": 9, "x_edges": [0.0, 1.5], "values": [[1, 2], [3, 4]]}).decode()
    assert text == '{\n  "ls": 9,\n  "x_edges": [0.0,1.5],\n  "values": [\n    [1,2],\n    [3,4]\n  ]\n}\n'


def test_nan_is_null() -> None:
    assert json.loads(json_rows([{"mean": math.nan, "std": math.inf}])) == [{"mean": None, "std": None}]


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_stay_exactly_what_they_are(numbers: list[float]) -> None:
    printed = json.loads(json_object({"values": plain(np.array(numbers))}))
    assert printed["values"] == numbers


def test_whole_numbers_are_printed_as_such_and_float32_as_what_it_holds() -> None:
    assert json_object({"v": plain(np.array([[1.0, 2.0]]))}) == b'{\n  "v": [\n    [1,2]\n  ]\n}\n'
    assert plain(np.array([0.1], dtype=np.float32)) == [float(np.float32(0.1))]
    assert json_object({"sum": plain(3.0)}) == b'{\n  "sum": 3\n}\n'


def test_a_column_has_none_where_there_is_no_number() -> None:
    assert plain_column(np.array([1.0, np.nan, 3.0])) == [1, None, 3]
    assert plain_column(np.array([0.5, np.nan])) == [0.5, None]
    assert plain_column(np.array([np.nan])) == [None]
