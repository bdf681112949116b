"""Filters of tables: the language of masks over the columns of any table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lstable import Column, Values
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.masks import select
from dqmtui.model.states import CellState
from dqmtui.model.table_filter import Filtered, everything, filter_rows, unknown_everywhere
from tests.model.stacks import source_of, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILL = [9772, 9772, None, 9666]
DATASET = ["ZeroBias 2024E", "Cosmics 2024E", "ZeroBias 2024F", None]
STABLE = [True, False, None, True]
MINUTES = [130.5, 20.0, None, 61.0]


def column(name: str, items: Sequence[object], *, coming: bool = False) -> Column:
    values = Values.of(items)
    missing = CellState.NOT_LOADED if coming else CellState.ABSENT
    return Column(name, values.values, np.where(values.known, CellState.VALUE, missing).astype(np.uint8))


COLUMNS = {
    "fill": column("fill", FILL),
    "dataset": column("dataset", DATASET),
    "stable": column("stable", STABLE),
    "duration": column("duration", MINUTES, coming=True),
}


def filtered(text: str, columns: Mapping[str, Column] = COLUMNS) -> Filtered:
    return filter_rows(text, 4, columns.get, list(columns))


@pytest.mark.parametrize(
    ("text", "rows", "unknown"),
    [
        ("fill == 9772", [0, 1], 1),
        ("fill == 9772 and duration > 60", [0], 1),
        ("not fill == 9772", [3], 1),
        ("stable", [0, 3], 1),
        ("not stable", [1], 1),
        ("stable or duration < 30", [0, 1, 3], 1),
        ("dataset ~ ZeroBias", [0, 2], 1),
        ("dataset ~ zerobias", [0, 2], 1),
        ('dataset ~ "s 2024E"', [0, 1], 1),
        ("dataset ~ 2024F", [2], 1),
        ("(dataset ~ 2024F)", [2], 1),
        ("not dataset ~ ZeroBias and stable", [], 1),
        ('dataset == "Cosmics 2024E"', [1], 1),
        ("true", [0, 1, 2, 3], 0),
    ],
)
def test_rows_of_which_it_is_not_known_are_not_shown_but_counted(
    text: str, rows: list[int], unknown: int
) -> None:
    found = filtered(text)
    assert (found.rows.tolist(), found.unknown, found.total) == (rows, unknown, 4)
    assert found.is_on


def test_what_is_said_names_all_counts_and_what_has_not_come() -> None:
    assert filtered("fill == 9772").said("runs") == "2 of 4 runs, 1 not known"
    assert filtered("duration > 60").said("runs") == "2 of 4 runs, 1 not known (duration not loaded)"
    assert filtered("true").said("runs") == "4 of 4 runs"
    assert everything(4, "fil > 3", "there is no fil").said("runs") == "there is no fil; all 4 runs are shown"
    assert not everything(4).is_on
    assert (
        unknown_everywhere("castor_ready", 7, ("OMS",)).said("LS")
        == "0 of 7 LS, 7 not known (OMS not loaded)"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fil == 9772", "there is no fil; did you mean fill?"),
        ("dataset", "dataset is a text: compare it, as in `dataset == ...`"),
        ("fill ~ ZeroBias", "fill is a number, not a text"),
        ("dataset > 3", "dataset is a text, not a number"),
        ("dataset ~", "`~` has a name before it and a text behind it, as in `prescale ~ 2e34`"),
        ("3 ~ dataset", "`~` has a name before it and a text behind it, as in `prescale ~ 2e34`"),
        ("~stable", "'~' does not belong here: write `not`"),
        ("fill == 9772 dataset", "expected `and`, `or` or the end, but found `dataset`"),
    ],
)
def test_an_error_is_one_sentence_with_the_nearest_name(text: str, words: str) -> None:
    with pytest.raises(MaskExpressionError) as caught:
        filtered(text)
    assert caught.value.message == words


@pytest.mark.parametrize(
    "text", ["dataset ~ ZeroBias", 'a ~ "b c" and not d ~ 2e34', "x ~ and_so or y ~ 2p0E34+Zero/Bias-v1"]
)
def test_an_expression_with_contains_reads_the_same_after_it_was_written(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=20),
    st.sampled_from(["x > 4", "not x > 4", "x == 3 or x != 7", "x < 2 and not x == 0"]),
)
def test_J2_a_table_and_the_lumisections_are_filtered_alike(items: list[int | None], text: str) -> None:
    values = column("x", items)
    found = filter_rows(text, len(items), {"x": values}.get, ["x"])
    ls = list(range(1, len(items) + 1))
    same = select(text, table_of(source_of(ls, {"x": items})))
    shown = set((found.rows + 1).tolist())
    assert shown == {one for one in ls if one in same.good}
    assert found.unknown == sum(one in same.unknown for one in ls)
