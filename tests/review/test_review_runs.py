"""Opening runs: the table fills from all sources, and older answers never disturb newer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.facts import (
    DatasetWanted,
    Fact,
    TableChanged,
)
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from tests.review.little import (
    CHARGE,
    EXPRESS,
    RUN,
    ZERO_BIAS,
    Held,
    Little,
    layer_on,
)
from tests.review.told import DIALS_LS, OMS_LS, A, B, Told, entry, told_on
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer

# -- opening runs --------------------------------------------------------------------------------------------


async def test_J7_the_first_lumisection_with_data_is_where_one_stands(told: Told) -> None:
    told.review.begin(Target(run=A))
    review = await told.settled()
    assert review.state.ls == DIALS_LS[0] == 2


async def test_J3_the_table_is_the_union_of_the_sources(told: Told) -> None:
    told.review.begin(Target(run=A))
    review = await told.settled()
    assert review.table is not None
    assert review.table.ls.tolist() == [1, 2, 3, 4, 5, 9, 12]
    assert {fact.source for fact in told.of(TableChanged)} == {DIALS, OMS, RATE}


async def test_a_run_that_is_opened_shows_at_once_that_everything_is_coming(
    told: Told, service: Little
) -> None:
    told.review.begin(Target())
    await told.settled()
    told.review.open_run(entry(A))
    assert told.source_states() == dict.fromkeys([DIALS, OMS, RATE], SourceState.LOADING)
    assert told.review.state.ls is None
    review = await told.settled()
    assert review.state.ls == 2


async def test_opening_quickly_twice_ends_in_the_second_run(told: Told, service: Little) -> None:
    told.review.begin(Target())
    await told.settled()
    held = Held(service, "lumisection", when=lambda request: str(A) in str(request.query_params))
    told.review.open_run(entry(A))
    await until(lambda: bool(service.asked("lumisection")))
    told.review.open_run(entry(B))
    await told.settled()
    held.open()
    await until(lambda: service.web.in_flight == 0)
    review = await told.settled()
    assert review.state.run == entry(B).key
    assert review.table is not None
    assert review.table.key == entry(B).key
    assert review.table.source(DIALS).ls.tolist() == [20, 21, 22]
    assert review.state.ls == 20


async def test_opening_runs_without_a_pause_ends_in_the_last(told: Told) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    for run in (B, A, B, A, B):
        told.review.open_run(entry(run))
    review = await told.settled()
    assert review.state.run == entry(B).key
    assert review.table is not None
    assert review.table.key == entry(B).key
    assert review.state.ls == 20


async def test_going_away_and_back_while_the_table_comes_ends_with_a_whole_table(
    told: Told, service: Little
) -> None:
    told.review.begin(Target())
    await told.settled()
    held = Held(service, "hltpathrates", "lumisections")
    told.review.open_run(entry(A))
    await until(lambda: told.review.state.ls is not None)
    told.review.open_run(entry(B))
    told.review.open_run(entry(A))
    held.open()
    review = await told.settled()
    assert review.table is not None
    assert review.table.ls.tolist() == [1, 2, 3, 4, 5, 9, 12]
    assert set(told.source_states().values()) == {SourceState.LOADED}


async def test_whoever_opens_another_run_on_hearing_of_a_table_gets_that_run(
    data: DataLayer, service: Little
) -> None:
    told = Told(data)
    review = told.review

    def answer(fact: Fact) -> None:
        if isinstance(fact, TableChanged) and review.state.run == RUN:
            review.open_run(entry(B))

    told.answer = answer
    review.begin(Target(run=A))
    await told.settled()
    assert review.state.run == entry(B).key
    assert review.table is not None
    assert review.table.key == entry(B).key
    assert review.state.ls == 20
    await review.close()


async def test_what_comes_of_a_table_as_it_is_stopped_does_not_leave_it_loading(
    data: DataLayer, service: Little
) -> None:
    service.fail("hltpathinfo")
    await data.load_table(RUN, lambda *_: None)
    held = Held(service, "hltpathinfo")
    told = Told(data)
    review = told.review

    def answer(fact: Fact) -> None:
        if isinstance(fact, TableChanged) and review.is_busy:
            review.cancel()

    told.answer = answer
    review.begin(Target())
    await told.settled()
    review.open_run(entry(A))
    await told.settled()
    assert SourceState.LOADING not in told.source_states().values()
    assert review.state.ls == 2
    await review.close()
    held.open()


async def test_opening_a_run_keeps_the_element_and_shows_it_there(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await told.settled()
    before = told.review.load
    told.review.open_run(entry(B))
    assert told.review.load is None
    review = await told.settled()
    assert review.state.element == CHARGE
    assert review.load is not None
    assert review.load is not before
    assert review.load.key.run == entry(B).key
    assert review.load.progress == (3, 3)
    assert before is not None
    assert before.listeners == set()


async def test_opening_the_run_that_is_open_changes_nothing(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    asked, facts = len(service.web.requests), len(told.facts)
    told.review.open_run(entry(A))
    assert (len(service.web.requests), len(told.facts)) == (asked, facts)


async def test_the_next_and_the_previous_run_are_those_of_the_list(told: Told) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    told.review.step_run(1)
    review = await told.settled()
    assert review.state.run == entry(B, ZERO_BIAS).key
    told.review.step_run(1)
    assert told.notices[-1] == "This is the last run of the list."
    told.review.step_run(-3)
    assert (await told.settled()).state.run == RUN
    told.review.step_run(-1)
    assert told.notices[-1] == "This is the first run of the list."


async def test_J4_stepping_into_a_run_of_several_other_datasets_asks_for_one(
    told: Told, service: Little
) -> None:
    service.datasets[33] = "/StreamExpress/Run2024F-Express-v1/DQMIO"
    service.runs[33, 382000] = [1]
    service.runs[EXPRESS, 382000] = [1]
    told.review.begin(Target(run=A))
    await told.settled()
    told.review.step_run(2)
    await told.settled()
    told.review.step_run(1)
    (wanted,) = told.of(DatasetWanted)
    assert wanted.run == 382000
    assert {one.dataset_id for one in wanted.candidates} == {33, EXPRESS}
    assert told.review.state.run == entry(B).key


async def test_stepping_from_a_run_that_is_not_listed_says_so(told: Told) -> None:
    told.review.begin(Target(dataset="express"))
    await told.settled()
    told.review.open_run(entry(A))
    await told.settled()
    told.review.step_run(1)
    assert told.errors == ["The open run is not in the list of runs."]


# -- OMS -----------------------------------------------------------------------------------------------------


async def test_when_oms_fails_the_table_has_dials_and_the_reason(told: Told, service: Little) -> None:
    service.fail("lumisections", "hltpathinfo")
    told.review.begin(Target(run=A))
    review = await told.settled()
    assert told.source_states() == {
        DIALS: SourceState.LOADED,
        OMS: SourceState.FAILED,
        RATE: SourceState.FAILED,
    }
    assert review.table is not None
    assert "503" in review.table.source(OMS).note
    assert review.table.column(DIALS, "th1_count").item(0) == 2
    assert review.state.ls == 2
    assert sorted(error.split(":")[0] for error in told.errors) == ["OMS", "Trigger rate"]


async def test_asking_again_for_oms_does_not_move_the_cursor_nor_the_histograms(
    told: Told, service: Little
) -> None:
    service.fail("lumisections", "hltpathinfo")
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await told.settled()
    told.review.go_to_ls(5)
    load = told.review.load
    asked = len(service.asked("lumisection"))
    service.mend()
    told.review.reload()
    assert told.source_states()[OMS] is SourceState.LOADING
    assert told.source_states()[DIALS] is SourceState.LOADED
    review = await told.settled()
    assert set(told.source_states().values()) == {SourceState.LOADED}
    assert review.state.ls == 5
    assert review.load is load
    assert len(service.asked("lumisection")) == asked


async def test_with_oms_switched_off_its_columns_are_off(service: Little) -> None:
    async with layer_on(service, with_oms=False) as data, told_on(data) as told:
        told.review.begin(Target(run=A, me="charge_PXLayer_1"))
        review = await told.settled()
        assert told.source_states() == {
            DIALS: SourceState.LOADED,
            OMS: SourceState.OFF,
            RATE: SourceState.OFF,
        }
        assert review.state.ls == 2
        assert told.errors == []
        told.review.reload()
        await told.settled()
        assert told.source_states()[OMS] is SourceState.OFF


async def test_when_dials_fails_oms_is_shown_and_reload_goes_on(told: Told, service: Little) -> None:
    told.review.begin(Target(me="charge_PXLayer_1"))
    await told.settled()
    service.fail("lumisection")
    told.review.open_run(entry(A))
    review = await told.settled()
    assert told.source_states()[DIALS] is SourceState.FAILED
    assert review.table is not None
    assert review.table.source(OMS).ls.tolist() == OMS_LS
    assert review.state.ls is None
    service.mend()
    review.reload()
    review = await told.settled()
    assert review.state.ls == 2
    assert review.load is not None
    assert review.load.state is LoadState.COMPLETE


async def test_in_a_run_without_data_one_stands_on_the_first_lumisection_that_oms_knows(
    told: Told, service: Little
) -> None:
    service.runs[ZERO_BIAS, A] = []
    told.review.open_run(entry(A))
    review = await told.settled()
    assert review.state.ls == 1
    assert any("has no lumisections of it" in error for error in told.errors)
