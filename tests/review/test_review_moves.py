"""Moving through lumisections and monitoring elements."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dqmtui.model.states import CellState
from dqmtui.review.facts import (
    Crashed,
    HistogramsChanged,
    StateChanged,
)
from dqmtui.review.histograms import PARALLEL, LoadState
from dqmtui.review.review import Target
from tests.review.little import (
    CHARGE,
    MAP,
    SIZE,
    ZERO_BIAS,
    Held,
    Little,
)
from tests.review.told import DIALS_LS, A, B, Told, entry
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer


# -- lumisections --------------------------------------------------------------------------------------------


async def test_steps_go_through_the_lumisections_with_data(told: Told) -> None:
    told.review.begin(Target(run=A))
    review = await told.settled()
    walked = []
    for step in (1, 1, 1, 1, -1, -25, 2, 99):
        review.step_ls(step)
        walked.append(review.state.ls)
    assert walked == [3, 5, 9, 9, 5, 2, 5, 9]
    review.end_ls(-1)
    assert review.state.ls == 2
    review.end_ls(1)
    assert review.state.ls == 9


async def test_from_a_lumisection_beyond_the_data_a_step_never_goes_the_other_way(told: Told) -> None:
    told.review.begin(Target(run=A, ls=12))
    review = await told.settled()
    review.step_ls(1)
    assert review.state.ls == 12
    review.step_ls(-1)
    assert review.state.ls == 9
    review.go_to_ls(1)
    review.step_ls(-1)
    assert review.state.ls == 1
    review.step_ls(1)
    assert review.state.ls == 2


async def test_J6_steps_leave_out_lumisections_without_the_element(told: Told, service: Little) -> None:
    service.without[CHARGE.me_id] = {3}
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    review = await told.settled()
    assert review.steppable().tolist() == [2, 5, 9]
    review.step_ls(1)
    assert review.state.ls == 5
    review.go_to_ls(3)
    assert review.state.ls == 3
    assert review.load is not None
    assert review.load.stack is not None
    assert review.load.stack.state_of(3) is CellState.ABSENT
    review.select_element(SIZE)
    await told.settled()
    assert review.steppable().tolist() == DIALS_LS


async def test_J1_an_ls_that_no_source_knows_is_told_and_no_neighbour_shown(told: Told) -> None:
    told.review.begin(Target(run=A))
    review = await told.settled()
    review.go_to_ls(7)
    assert told.errors == [f"No data for LS 7 in run {A}; the nearest: LS 5 and 9."]
    assert review.state.ls == 2
    review.go_to_ls(2**31)
    assert "No data for LS 2147483648" in told.errors[-1]
    assert review.state.ls == 2


async def test_J1_an_ls_asked_for_at_the_beginning_that_no_source_knows_is_told_once(told: Told) -> None:
    told.review.begin(Target(run=A, ls=7))
    review = await told.settled()
    assert told.errors == [f"No data for LS 7 in run {A}; the nearest: LS 5 and 9."]
    assert review.state.ls == 2


async def test_an_ls_that_only_a_later_source_knows_is_waited_for(told: Told, service: Little) -> None:
    held = Held(service, "lumisections", "hltpathinfo")
    told.review.begin(Target(run=A, ls=4))
    await until(lambda: told.review.state.ls == 2)
    assert told.errors == []
    held.open()
    review = await told.settled()
    assert review.state.ls == 4
    assert told.errors == []


async def test_who_has_moved_on_is_not_taken_to_an_ls_that_comes_late(told: Told, service: Little) -> None:
    held = Held(service, "lumisections", "hltpathinfo")
    told.review.begin(Target(run=A, ls=4))
    await until(lambda: told.review.state.ls == 2)
    told.review.step_ls(1)
    held.open()
    review = await told.settled()
    assert review.state.ls == 3


async def test_going_to_an_ls_before_it_has_come_waits_for_it(told: Told, service: Little) -> None:
    held = Held(service, "lumisections", "hltpathinfo", "lumisection")
    told.review.begin(Target())
    await told.settled()
    told.review.open_run(entry(A))
    told.review.go_to_ls(5)
    assert told.notices == ["LS 5 has not come yet."]
    held.open()
    review = await told.settled()
    assert review.state.ls == 5


async def test_an_ls_asked_for_without_a_run_is_that_of_the_first_run_opened(told: Told) -> None:
    told.review.begin(Target(ls=5))
    await told.settled()
    told.review.open_run(entry(A))
    assert (await told.settled()).state.ls == 5
    told.review.open_run(entry(B))
    assert (await told.settled()).state.ls == 20


async def test_without_a_run_there_is_no_ls_to_go_to(told: Told) -> None:
    told.review.begin(Target())
    review = await told.settled()
    review.go_to_ls(5)
    assert told.errors == ["There is no run open whose LS 5 could be shown."]
    review.step_ls(1)
    review.end_ls(1)
    assert review.state.ls is None


async def test_the_lumisections_around_the_cursor_come_next_wherever_it_goes(
    told: Told, service: Little
) -> None:
    service.runs[ZERO_BIAS, A] = list(range(1, 4001))
    held = Held(service, "th1")
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await until(lambda: held.waiting == PARALLEL[1])
    told.review.end_ls(1)
    held.open()
    await told.settled()
    # of those that follow at one time any may be the first to arrive
    following = service.ranges()[PARALLEL[1] : 2 * PARALLEL[1]]
    assert any(first <= 4000 <= last for first, last in following)


async def test_every_move_is_told_with_the_state_before_and_after(told: Told) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    changes = told.of(StateChanged)
    assert all(one.after == two.before for one, two in pairwise(changes))
    assert changes[-1].after == told.review.state
    assert all(change.before != change.after for change in changes)


# -- elements ------------------------------------------------------------------------------------------------


async def test_an_element_chosen_before_the_lumisections_are_known_is_loaded_once_they_are(
    told: Told, service: Little
) -> None:
    held = Held(service, "lumisection")
    told.review.begin(Target(run=A))
    await until(lambda: told.review.table is not None)
    told.review.select_element(CHARGE)
    assert told.review.load is None
    held.open()
    review = await told.settled()
    assert review.load is not None
    assert review.load.state is LoadState.COMPLETE
    assert len(service.asked("th1")) == 1


async def test_choosing_away_and_back_without_a_pause_shows_a_whole_load(told: Told, service: Little) -> None:
    service.runs[ZERO_BIAS, A] = list(range(1, 1201))
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await until(lambda: bool(service.asked("th1")))
    for element in (SIZE, CHARGE, SIZE, CHARGE):
        told.review.select_element(element)
    review = await told.settled()
    assert review.load is not None
    assert review.load.element == CHARGE
    assert review.load.state is LoadState.COMPLETE
    assert review.load.progress == (1200, 1200)
    assert told.errors == []


async def test_a_load_that_nobody_looks_at_any_more_is_cancelled(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    held = Held(service, "th1")
    told.review.select_element(CHARGE)
    await until(lambda: held.waiting == 1)
    load = told.review.load
    told.review.select_element(MAP)
    assert load is not None
    assert load.state is LoadState.CANCELLED
    await until(lambda: held.left == 1)
    held.open()
    assert told.review.state.statistic == "occupancy"


async def test_a_load_that_somebody_else_looks_at_goes_on(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    held = Held(service, "th1")
    told.review.select_element(CHARGE)
    load = told.review.load
    assert load is not None
    load.listeners.add(lambda *_: None)
    told.review.select_element(MAP)
    held.open()
    await load.wait()
    assert load.state is LoadState.COMPLETE


async def test_only_the_histograms_on_screen_are_told_of(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await told.settled()
    load = told.review.load
    assert load is not None
    load.listeners.add(lambda *_: None)
    told.review.select_element(SIZE)
    await told.settled()
    told.facts.clear()
    load.follow(3)
    assert told.of(HistogramsChanged) == []
    assert told.review.load is not None
    assert len(told.review.load.listeners) == 1
    assert len(load.listeners) == 1


async def test_the_ring_of_elements_goes_round(told: Told) -> None:
    told.review.step_element(1)
    assert told.notices == ["The monitoring elements have not come yet."]
    told.review.begin(Target(run=A))
    review = await told.settled()
    review.select_element(CHARGE, [CHARGE, MAP])
    review.step_element(1)
    assert review.state.element == MAP
    assert review.state.statistic == "occupancy"
    review.step_element(1)
    assert review.state.element == CHARGE
    assert review.state.statistic == "mean"
    review.step_element(-1)
    assert review.state.element == MAP
    review.ring = ()
    review.step_element(1)
    assert review.state.element in review.elements


async def test_J8_a_range_that_failed_is_told_with_the_rows_that_came(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    service.fail("th1")
    told.review.select_element(CHARGE)
    await told.settled()
    (error,) = told.errors
    assert error.startswith("Partial: 0 of 4 LS of charge_PXLayer_1 came; ctrl+r goes on. ")
    assert "503" in error
    service.mend()
    told.review.reload()
    review = await told.settled()
    assert review.load is not None
    assert review.load.progress == (4, 4)
    assert len(told.errors) == 1


async def test_a_mistake_while_histograms_come_is_told(data: DataLayer, service: Little) -> None:
    told = Told(data)
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await told.settled()
    load = told.review.load
    assert load is not None
    load.crash = LookupError("a mistake")
    told.review._histograms_came(load, 0, 0)
    assert told.of(Crashed) == [Crashed(load.crash)]
    await told.review.close()


async def test_how_it_is_drawn_loads_nothing(told: Told, service: Little) -> None:
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    review = await told.settled()
    asked = len(service.web.requests)
    before = review.state
    review.show(log_y=True)
    review.show(log_y=True)
    assert review.state == replace(before, log_y=True)
    assert len(service.web.requests) == asked
