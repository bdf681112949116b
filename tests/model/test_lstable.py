"""The table of a run, held against plain dictionaries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import CellState, SourceState

KEY = RunKey("tracker", 14, 381065)
COMPLETE = SourceState.LOADED


def source(
    ls: list[int], state: SourceState = COMPLETE, unit: str | None = None, **columns: list[object]
) -> Source:
    values = {name: Values.of(items, unit) for name, items in columns.items()}
    return Source(np.array(ls, dtype=np.int64), values, state)


def table(**sources: Source) -> LSTable:
    return LSTable(KEY, sources)


def cells(found: LSTable, of: str, name: str) -> list[object]:
    """Give a column cell by cell: its value, or the state that stands in its place."""
    column = found.column(of, name)
    return [
        column.item(row) if state == CellState.VALUE else CellState(state)
        for row, state in enumerate(column.state.tolist())
    ]


# J1


def test_J1_sources_join_on_the_ls_number_never_on_the_position() -> None:
    found = table(
        dials=source([1, 2, 5, 9], th1_count=[10, 20, 50, 90]),
        rate=source([2, 5, 6], rate_hz=[2.5, 5.5, 6.5]),
    )
    absent = CellState.ABSENT
    assert found.ls.tolist() == [1, 2, 5, 6, 9]
    assert cells(found, DIALS, "th1_count") == [10, 20, 50, absent, 90]
    assert cells(found, RATE, "rate_hz") == [absent, 2.5, 5.5, 6.5, absent]


def test_J1_an_ls_without_a_row_has_none_rather_than_a_neighbours() -> None:
    found = table(dials=source([1, 2, 5, 9]))
    assert {ls: found.row(ls) for ls in (-1, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10)} == {
        -1: None, 0: None, 1: 0, 2: 1, 3: None, 4: None, 5: 2, 6: None, 8: None, 9: 3, 10: None,
    }  # fmt: skip
    assert found.row(10**30) is None
    assert LSTable(KEY).row(1) is None


def test_J1_a_rate_row_for_an_ls_that_oms_lacks_is_kept() -> None:
    found = table(oms=source([185, 187], pileup=[50.0, 51.0]), rate=source([185, 186], rate_hz=[1.0, 2.0]))
    assert found.ls.tolist() == [185, 186, 187]
    assert cells(found, OMS, "pileup") == [50.0, CellState.ABSENT, 51.0]
    assert cells(found, RATE, "rate_hz") == [1.0, 2.0, CellState.ABSENT]


lumisections = st.lists(st.integers(1, 40), max_size=15)
columns = st.sampled_from(["a", "b", "c"])
contents = st.sampled_from([None, 0, 1, -7, 2.5, 10**12])
rows = st.lists(st.tuples(st.integers(1, 40), st.tuples(contents, contents)), max_size=15)


@given(
    st.dictionaries(
        st.sampled_from([DIALS, OMS, RATE, "golden"]),
        st.tuples(rows, st.sampled_from(list(SourceState))),
        max_size=4,
    )
)
def test_J1_joining_is_looking_up_in_a_dictionary_of_dictionaries(
    given_rows: dict[str, tuple[list[tuple[int, tuple[object, object]]], SourceState]],
) -> None:
    plain = {name: dict(pairs) for name, (pairs, _) in given_rows.items()}
    found = LSTable(
        KEY,
        {
            name: source(
                [ls for ls, _ in pairs], state, a=[row[0] for _, row in pairs], b=[row[1] for _, row in pairs]
            )
            for name, (pairs, state) in given_rows.items()
        },
    )
    union = sorted({ls for by_ls in plain.values() for ls in by_ls})
    assert found.ls.tolist() == union
    for name, by_ls in plain.items():
        complete = given_rows[name][1] is SourceState.LOADED
        for position, column in enumerate(("a", "b")):
            expected = [
                (CellState.ABSENT if complete else CellState.NOT_LOADED)
                if ls not in by_ls
                else CellState.ABSENT
                if by_ls[ls][position] is None
                else by_ls[ls][position]
                for ls in union
            ]
            assert cells(found, name, column) == expected
        in_source = found.has_row(name)
        assert (in_source.known & in_source.is_true()).tolist() == [ls in by_ls for ls in union]
        assert in_source.known.tolist() == [complete or ls in by_ls for ls in union]


@given(rows, rows, st.permutations([DIALS, OMS, RATE]))
def test_J1_the_order_in_which_sources_come_makes_no_difference(
    some: list[tuple[int, tuple[object, object]]],
    others: list[tuple[int, tuple[object, object]]],
    order: list[str],
) -> None:
    sources = {
        DIALS: source([ls for ls, _ in some], a=[row[0] for _, row in some]),
        OMS: source([ls for ls, _ in others], a=[row[0] for _, row in others]),
        RATE: source([7], a=[1.5]),
    }
    grown = LSTable(KEY)
    for name in order:
        grown = grown.with_source(name, sources[name])
    for name in sources:
        assert cells(grown, name, "a") == cells(LSTable(KEY, sources), name, "a")


# J2


def test_J2_value_absent_and_not_loaded_are_three_states() -> None:
    found = table(
        dials=source([1, 2, 3, 4]),
        oms=source([2, 3], SourceState.PARTIAL, pileup=[50.5, None]),
    )
    assert cells(found, OMS, "pileup") == [
        CellState.NOT_LOADED,
        50.5,
        CellState.ABSENT,
        CellState.NOT_LOADED,
    ]
    complete = found.with_state(OMS, SourceState.LOADED)
    assert cells(complete, OMS, "pileup") == [CellState.ABSENT, 50.5, CellState.ABSENT, CellState.ABSENT]


@pytest.mark.parametrize("state", [state for state in SourceState if state is not SourceState.LOADED])
def test_J2_nothing_is_absent_before_its_source_is_complete(state: SourceState) -> None:
    found = table(dials=source([1, 2]), rate=source([], state, rate_hz=[]))
    assert cells(found, RATE, "rate_hz") == [CellState.NOT_LOADED] * 2
    assert cells(found, RATE, "never_heard_of") == [CellState.NOT_LOADED] * 2
    assert not found.has_row(RATE).known.any()


def test_J2_a_source_never_heard_of_is_not_loaded() -> None:
    found = table(dials=source([1, 2]))
    assert found.source(OMS).state is SourceState.NOT_LOADED
    assert cells(found, OMS, "pileup") == [CellState.NOT_LOADED] * 2


def test_J2_a_run_without_the_trigger_path_has_no_rates_rather_than_rates_of_zero() -> None:
    found = table(dials=source([1, 2]), rate=source([], rate_hz=[]))
    assert cells(found, RATE, "rate_hz") == [CellState.ABSENT] * 2
    assert np.isnan(found.column(RATE, "rate_hz").floats()).all()


def test_J2_a_rate_of_zero_and_an_absent_rate_differ() -> None:
    found = table(dials=source([1, 2, 3]), rate=source([1, 2], rate_hz=[0.0, None]))
    assert cells(found, RATE, "rate_hz") == [0.0, CellState.ABSENT, CellState.ABSENT]
    np.testing.assert_array_equal(found.column(RATE, "rate_hz").floats(), [0.0, np.nan, np.nan])


def test_J2_false_and_null_flags_differ() -> None:
    flags = table(oms=source([1, 2, 3], bpix_ready=[True, False, None])).column(OMS, "bpix_ready")
    assert flags.known.tolist() == [True, True, False]
    assert flags.is_true().tolist() == [True, False, False]
    assert [flags.item(row) for row in range(3)] == [True, False, None]
    assert flags.floats()[:2].tolist() == [1.0, 0.0]
    assert math.isnan(flags.floats()[2])


def test_J2_not_a_number_is_how_data_frames_write_null() -> None:
    values = Values.of([1.5, math.nan, 2.5])
    assert values.known.tolist() == [True, False, True]
    flags = Values.of([True, math.nan, False])
    assert flags.known.tolist() == [True, False, True]


def test_J2_a_column_that_its_complete_source_lacks_is_absent() -> None:
    found = table(dials=source([1, 2, 3]), oms=source([1, 2], pileup=[1.0, 2.0]))
    assert cells(found, OMS, "prescale_name") == [CellState.ABSENT] * 3


def test_J2_a_column_that_rows_came_without_is_absent_in_them_and_not_loaded_elsewhere() -> None:
    found = table(dials=source([1, 2, 3]), oms=source([1, 2], SourceState.PARTIAL, pileup=[1.0, 2.0]))
    assert cells(found, OMS, "prescale_name") == [
        CellState.ABSENT,
        CellState.ABSENT,
        CellState.NOT_LOADED,
    ]


def test_J2_a_source_that_failed_keeps_what_it_gave_and_says_why() -> None:
    found = table(oms=source([1, 2], pileup=[1.0, 2.0]), dials=source([1, 2, 3]))
    failed = found.with_state(OMS, SourceState.FAILED, "OMS is down")
    assert failed.source(OMS).note == "OMS is down"
    assert cells(failed, OMS, "pileup") == [1.0, 2.0, CellState.NOT_LOADED]
    assert cells(found, OMS, "pileup") == [1.0, 2.0, CellState.ABSENT]


# J3


def test_J3_rows_are_the_union_of_all_sources_sorted_by_number() -> None:
    golden = LSMask.of([2, 3], 30)
    found = table(
        dials=source([9, 1, 5]),
        oms=source([1, 2]),
        rate=source([7]),
        golden=source(list(golden), certified=[True] * len(golden)),
    )
    assert found.ls.tolist() == [1, 2, 3, 5, 7, 9, 30]
    assert cells(found, "golden", "certified")[-1] is True


def test_J3_holes_are_gaps_between_numbers() -> None:
    found = table(dials=source([1, 2, 5, 9, 10]), oms=source([3, 4]))
    assert found.holes() == [(3, 4), (6, 8)]
    assert found.holes(OMS) == []
    assert found.holes(RATE) == []
    assert table(dials=source([9, 5, 5, 1])).holes() == [(2, 4), (6, 8)]


def test_J3_nothing_is_sized_by_the_last_number() -> None:
    found = table(dials=source([*range(1, 394), 16766]))
    assert found.ls.size == 394
    assert found.row(16766) == 393
    assert found.holes() == [(394, 16765)]


def test_J3_a_table_without_sources_has_no_rows() -> None:
    assert LSTable(KEY).ls.size == 0
    assert LSTable(KEY).column(OMS, "pileup").state.size == 0
    assert LSTable(KEY).has_row(OMS).state.size == 0


# sources and values


def test_of_an_ls_that_a_source_gives_twice_the_later_row_counts() -> None:
    found = table(oms=source([3, 1, 3, 1], pileup=[3.0, 1.0, 3.5, None]))
    assert found.ls.tolist() == [1, 3]
    assert cells(found, OMS, "pileup") == [CellState.ABSENT, 3.5]


def test_a_source_whose_columns_do_not_match_its_ls_is_refused() -> None:
    with pytest.raises(ValueError, match="column 'pileup' does not have a value for each of 3 LS"):
        source([1, 2, 3], pileup=[1.0, 2.0])


def test_a_table_is_never_changed() -> None:
    first = table(dials=source([1, 2], th1_count=[5, 6]))
    seen = first.column(DIALS, "th1_count")
    second = first.with_source(OMS, source([3], pileup=[1.0])).with_state(DIALS, SourceState.PARTIAL)
    assert first.ls.tolist() == [1, 2]
    assert first.column(DIALS, "th1_count") is seen
    assert second.ls.tolist() == [1, 2, 3]
    assert cells(second, DIALS, "th1_count") == [5, 6, CellState.NOT_LOADED]


def test_tables_sources_and_columns_can_be_compared_and_are_equal_only_to_themselves() -> None:
    found = table(dials=source([1, 2], th1_count=[5, 6]))
    same = table(dials=source([1, 2], th1_count=[5, 6]))
    assert found != same
    assert len({found, same}) == 2
    assert found.source(DIALS) != same.source(DIALS)
    assert found.column(DIALS, "th1_count") != same.column(DIALS, "th1_count")


@pytest.mark.parametrize(
    ("items", "dtype", "first"),
    [
        ([True, None, False], np.bool_, True),
        ([1, None, 3], np.int64, 1),
        ([0, 1], np.int64, 0),
        ([1, 2.5], np.float64, 1.0),
        ([2**63, 1], np.float64, float(2**63)),
        ([-(2**63), 1], np.int64, -(2**63)),
        (["Emergency", None], np.object_, "Emergency"),
        (["a", 1], np.object_, "a"),
    ],
)
def test_values_keep_their_type(items: list[object], dtype: type, first: object) -> None:
    assert Values.of(items).values.dtype == dtype
    assert Values.of(items).known.tolist() == [item is not None for item in items]
    assert cells(table(oms=source(list(range(1, len(items) + 1)), x=items)), OMS, "x")[0] == first


def test_a_column_of_nothing_but_nulls_has_no_value() -> None:
    column = table(oms=source([1, 2], prescale_name=[None, None])).column(OMS, "prescale_name")
    assert not column.known.any()
    assert np.isnan(column.floats()).all()
    assert not column.is_true().any()


def test_values_may_be_lists_of_one_length_without_becoming_a_matrix() -> None:
    column = table(oms=source([1, 2], parts=[["BPIX", "TIB"], ["TOB", "TEC"]])).column(OMS, "parts")
    assert column.values.shape == (2,)
    assert column.item(0) == "['BPIX', 'TIB']"
    assert np.isnan(column.floats()).all()


def test_flags_among_texts_are_true_only_where_they_are_true() -> None:
    column = table(oms=source([1, 2, 3], odd=[True, "true", None])).column(OMS, "odd")
    assert column.is_true().tolist() == [True, False, False]


def test_a_column_keeps_the_unit_that_came() -> None:
    found = table(oms=source([1], unit="10^34 cm^-2 s^-1", init_lumi=[2.0]))
    assert found.column(OMS, "init_lumi").unit == "10^34 cm^-2 s^-1"
    assert found.column(OMS, "pileup").unit is None
