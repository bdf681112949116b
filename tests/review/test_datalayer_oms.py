"""What the data layer makes of several sources: the LS table, and the cards of runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable
from dqmtui.model.states import CellState, SourceState
from dqmtui.review.oms_source import oms_source
from dqmtui.services.errors import NotFound
from dqmtui.services.oms_records import OmsColumns
from tests.review.little import (
    RUN,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    layer_on,
    oms_lumisections,
    oms_rates,
)
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer

SHORT = list(range(1, 41))


# -- the LS table --------------------------------------------------------------------------------------------


async def test_J3_the_axis_is_the_union_of_all_sources_sorted_by_number(
    data: DataLayer, short: Little
) -> None:
    short.runs[ZERO_BIAS, RUN.run] = [2, 3, 5]
    short.oms = {"lumisections": oms_lumisections([9, 1, 2]), **oms_rates([3, 12])}
    table = await data.load_table(RUN, lambda *_: None)
    assert table.ls.tolist() == [1, 2, 3, 5, 9, 12]
    assert table.column(OMS, "beams_stable").state.tolist() == [2, 2, 1, 1, 2, 1]
    assert table.column(RATE, "rate_hz").item(2) == 1.5
    assert table.column(DIALS, "th1_count").item(0) is None


async def test_J2_what_the_service_calls_null_is_absent_and_what_has_not_come_is_not_loaded(
    data: DataLayer, short: Little
) -> None:
    short.oms = {"lumisections": oms_lumisections([1, 2]), **oms_rates([1])}
    held = Held(short, "hltpathrates")
    tables: list[tuple[str, LSTable]] = []
    loading = asyncio.create_task(data.load_table(RUN, lambda table, name: tables.append((name, table))))
    await until(lambda: len(tables) == 2)
    assert {name for name, _ in tables} == {DIALS, OMS}
    table = tables[-1][1]
    assert table.source(RATE).state is SourceState.LOADING
    assert table.column(RATE, "rate_hz").state[0] == CellState.NOT_LOADED
    pileup = table.column(OMS, "pileup")
    assert [CellState(state) for state in pileup.state[:3]] == [
        CellState.VALUE, CellState.ABSENT, CellState.ABSENT,
    ]  # fmt: skip
    held.open()
    assert (await loading).column(RATE, "rate_hz").state[0] == CellState.VALUE


async def test_a_source_that_fails_says_why_and_does_not_stop_the_others(
    data: DataLayer, short: Little
) -> None:
    short.oms = oms_rates(SHORT)
    short.fail("lumisections")
    heard: list[str] = []
    table = await data.load_table(RUN, lambda _, name: heard.append(name))
    assert sorted(heard) == sorted([DIALS, OMS, RATE])
    assert table.source(OMS).state is SourceState.FAILED
    assert "503" in table.source(OMS).note
    assert table.source(DIALS).ls.tolist() == SHORT
    assert table.column(DIALS, "th1_count").item(0) == 2
    assert table.source(RATE).ls.tolist() == SHORT


async def test_only_what_did_not_come_is_asked_for_again(data: DataLayer, short: Little) -> None:
    short.oms = {"lumisections": oms_lumisections(SHORT), **oms_rates(SHORT)}
    short.fail("lumisections")
    first = await data.load_table(RUN, lambda *_: None)
    short.mend()
    again = data.loading_table(RUN, first)
    assert again.source(OMS).state is SourceState.LOADING
    assert again.source(DIALS) is first.source(DIALS)
    heard: list[str] = []
    table = await data.load_table(RUN, lambda _, name: heard.append(name), first)
    assert heard == [OMS]
    assert table.source(OMS).state is SourceState.LOADED
    assert table.source(DIALS) is first.source(DIALS)


async def test_a_run_without_the_path_has_no_rate_rows_and_says_so(data: DataLayer, short: Little) -> None:
    short.oms = {"lumisections": oms_lumisections(SHORT)}
    table = await data.load_table(RUN, lambda *_: None)
    assert table.source(RATE).state is SourceState.LOADED
    assert table.source(RATE).ls.size == 0
    assert "HLT_ZeroBias" in table.source(RATE).note


async def test_J10_a_run_that_nobody_knows_is_an_empty_table(data: DataLayer) -> None:
    table = await data.load_table(RunKey(WORKSPACE, ZERO_BIAS, 1), lambda *_: None)
    assert table.ls.size == 0
    assert all(source.state is SourceState.LOADED for source in table.sources.values())


async def test_without_oms_its_columns_are_off_and_never_asked_for(short: Little) -> None:
    async with layer_on(short, with_oms=False) as data:
        table = await data.load_table(RUN, lambda *_: None)
        assert table.source(DIALS).state is SourceState.LOADED
        assert table.source(OMS).state is table.source(RATE).state is SourceState.OFF
        assert not data.has_oms
        assert await data.run_cards([RUN.run]) == {}
        for ask in (data.conditions(1), data.rates(1), data.dataset_rates(1, "ZeroBias")):
            with pytest.raises(NotFound, match="switched off"):
                await ask
    assert short.asked("oms-proxy") == []


def test_J7_a_number_that_came_as_a_float_is_the_same_ls() -> None:
    columns = OmsColumns("lumisections", 2, {"lumisection_number": [4.0, 7], "pileup": [1.0, 2.0]}, {}, {})
    assert oms_source(columns).ls.tolist() == [4, 7]


def test_numbers_of_different_units_are_no_column_of_numbers() -> None:
    columns = OmsColumns(
        "lumisections",
        3,
        {"lumisection_number": [1, 2, 3], "delivered_lumi": [1.5, 2.5, None], "pileup": [1.0, 2.0, 3.0]},
        {},
        {"delivered_lumi": ["pb^{-1}", "ub^{-1}", None]},
    )
    table = LSTable(RUN).with_source(OMS, oms_source(columns))
    lumi = table.column(OMS, "delivered_lumi")
    assert [lumi.item(row) for row in range(3)] == ["1.5 pb^{-1}", "2.5 ub^{-1}", None]
    assert np.isnan(lumi.floats()).all()
    assert table.column(OMS, "pileup").floats().tolist() == [1.0, 2.0, 3.0]


def test_records_without_any_row_are_an_empty_source() -> None:
    assert oms_source(OmsColumns("lumisections", 0, {}, {}, {})).ls.size == 0


# -- cards ---------------------------------------------------------------------------------------------------


def card(run: int, *, ongoing: bool = False) -> dict[str, object]:
    return {"run_number": run, "end_time": None if ongoing else "2024-05-20T11:21:00Z"}


async def test_cards_come_in_requests_of_some_hundreds_and_are_kept(data: DataLayer, short: Little) -> None:
    short.oms["runs"] = [card(run) for run in range(1, 901)]
    cards = await data.run_cards(range(1, 1001))
    assert sorted(cards) == list(range(1, 901))
    assert len(short.asked("runs")) == 3
    assert await data.run_cards([5, 5, 900]) == {5: cards[5], 900: cards[900]}
    assert len(short.asked("runs")) == 3


async def test_the_card_of_a_run_that_is_still_being_taken_is_asked_for_again(
    data: DataLayer, short: Little
) -> None:
    short.oms["runs"] = [card(1, ongoing=True)]
    assert (await data.run_cards([1]))[1].end_time is None
    short.oms["runs"] = [card(1)]
    assert (await data.run_cards([1]))[1].end_time is not None
