"""The columns of the LS table: every cell is a value, absent or not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.conditions import Verdict
from dqmtui.model.ls_columns import (
    BY_ID,
    COMPUTED,
    LS_COLUMNS,
    USUAL_LS_COLUMNS,
    ls_columns_of,
    with_computed,
)
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, LSTable, Source, Values
from dqmtui.model.masks import known_names, select
from dqmtui.model.states import SourceState
from tests.model.stacks import source_of, table_of

if TYPE_CHECKING:
    from dqmtui.model.lstable import Column

OMS = source_of(
    [1, 2, 3],
    {
        "bpix_ready": [True, False, None],
        "fpix_ready": [True, True, True],
        "beams_stable": [True, True, True],
        "delivered_lumi_per_lumisection": [0.5, 0.0, None],
        "recorded_lumi_per_lumisection": [0.4, 0.0, 0.1],
        "fill_number": [9666, 9666, 9667],
        "prescale_name": ["2p0E34", None, "Emergency"],
        "new_flag_of_oms": [True, None, False],
        "new_number_of_oms": [1.5, 2.5, None],
    },
)
RATE = source_of([1, 2], {"rate_hz": [20.0, None]})
MES = source_of([1, 2, 4], {"th1_count": [100, 90, 80], "th2_count": [20, None, 10]})
TABLE = table_of(OMS, RATE).with_source(DIALS, MES)


def column(id_: str, table: LSTable = TABLE) -> Column:
    return ls_columns_of(table)[id_].read(table)


def states(id_: str, table: LSTable = TABLE) -> str:
    return "".join("~/v"[int(one)] for one in column(id_, table).state)


def test_J2_every_column_has_a_state_for_every_ls_loaded_or_not() -> None:
    for table in (TABLE, table_of(source_of([], {}, state=SourceState.LOADING)).with_source(DIALS, MES)):
        for id_, one in ls_columns_of(table).items():
            read = one.read(table)
            assert read.state.size == read.values.size == table.ls.size, id_
    loading = table_of(source_of([], {}, state=SourceState.LOADING)).with_source(DIALS, MES)
    assert states("fill", loading) == states("pixel", loading) == states("live", loading) == "~~~"


def test_J2_values_absent_rows_and_nulls_are_told_apart_from_numbers() -> None:
    assert states("rate") == "v///"
    assert states("fill") == "vvv/"
    assert states("prescale") == "v/v/"
    assert states("elements") == "v//v"
    assert column("elements").values[[0, 3]].tolist() == [120, 90]


def test_flags_are_verdicts_one_by_one_and_together() -> None:
    good, bad, unknown, none = Verdict.GOOD, Verdict.BAD, Verdict.UNKNOWN, Verdict.NO_ROW
    assert column("bpix_ready").values.tolist() == [good, bad, unknown, none]
    assert column("pixel").values.tolist() == [good, bad, unknown, none]
    assert column("fpix_ready").values.tolist() == [good, good, good, none]
    assert states("pixel") == "vv//"


def test_recorded_of_delivered_is_absent_where_nothing_was_delivered() -> None:
    assert states("live") == "v///"
    assert column("live").values[0] == pytest.approx(80.0)
    other = Values.of([0.4, 0.1, 0.2], "ub^-1")
    mixed = Source(OMS.ls, {**OMS.columns, "recorded_lumi_per_lumisection": other}, SourceState.LOADED)
    assert states("live", table_of(mixed)) == "///"


def test_what_oms_sends_and_nobody_described_is_offered_too() -> None:
    known = ls_columns_of(TABLE)
    assert known["new_flag_of_oms"].flag
    assert known["new_number_of_oms"].right
    assert [known["new_number_of_oms"].text(1.5), states("new_number_of_oms")] == ["1.5", "vv//"]
    assert column("new_flag_of_oms").values.tolist() == [
        *(Verdict.GOOD, Verdict.UNKNOWN, Verdict.BAD, Verdict.NO_ROW)
    ]
    assert "fill_number" not in known
    assert "rate_hz" not in known


def test_a_source_of_ones_own_brings_its_columns() -> None:
    notes = source_of([2, 7], {"remark": ["BPix low", "ends"]})
    table = TABLE.with_source("remarks", notes)
    assert table.ls.tolist() == [1, 2, 3, 4, 7]
    assert states("remark", table) == "/v//v"
    assert not ls_columns_of(table)["remark"].right


def test_every_id_is_a_name_of_filters() -> None:
    names = {*known_names(with_computed(TABLE, COMPUTED)), *COMPUTED}
    names |= {name for name, one in BY_ID.items() if one.flag or name not in names}
    complete = {id_: [True] if BY_ID[id_].flag else [1.5] for id_ in BY_ID if id_ not in COMPUTED}
    table = with_computed(table_of(source_of([1], complete)), [*COMPUTED])
    for id_, one in BY_ID.items():
        select(id_ if one.flag else f"{id_} == 3", table)
    assert set(USUAL_LS_COLUMNS) <= set(BY_ID)
    assert len(LS_COLUMNS) == len(BY_ID)


def test_columns_that_are_made_of_others_can_be_filtered_by() -> None:
    assert with_computed(TABLE, ["rate"]) is TABLE
    assert select("elements > 100", with_computed(TABLE, ["elements"])).good == LSMask.of(1)
    assert select("live < 90", with_computed(TABLE, ["live"])).good == LSMask.of(1)


def test_a_title_is_short_and_a_width_has_room_for_a_value() -> None:
    assert all(len(one.title) <= 8 and one.width >= 2 and one.what for one in LS_COLUMNS)
