"""The histograms of a run, streamed in LS ranges from the cursor outwards."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.keys import HistogramKey
from dqmtui.model.states import CellState
from dqmtui.review.histograms import MOST_ROWS, NEAREST_ROWS, PARALLEL, LoadState
from tests.review.little import (
    CHARGE,
    MAP,
    MAP_KEY,
    RUN,
    ZERO_BIAS,
    Held,
    Little,
    bins_of,
    range_of,
)
from tests.review.loads import WHOLE, Heard, assert_holds, load_of, loaded, state_of
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices
    from dqmtui.review.datalayer import DataLayer


# -- the whole run -------------------------------------------------------------------------------------------


async def test_a_whole_run_arrives_and_every_ls_keeps_its_own_bins(data: DataLayer) -> None:
    load = await loaded(data, 600)
    assert state_of(load) is LoadState.COMPLETE
    assert load.progress == (1200, 1200)
    assert load.error is None
    assert_holds(load, WHOLE)


@pytest.mark.parametrize("dim", [1, 2])
async def test_whole_runs_of_the_embedded_services_arrive_as_they_are_read_page_by_page(
    demo: DemoServices, dim: int
) -> None:
    from dqmtui.review.session import connected
    from dqmtui.store.settings import load_settings

    async with connected(load_settings({}, demo.environment())) as data:
        row = next(row for row in await data.find_run("tracker", 381067) if "ZeroBias" in row.dataset)
        element = next(each for each in await data.elements("tracker") if each.dim == dim)
        run = type(RUN)("tracker", row.dataset_id, row.run_number)
        load = data.histograms(HistogramKey(run, element.me_id), element, 200)
        await load.wait()
        stack = load.stack
        assert stack is not None
        assert state_of(load) is LoadState.COMPLETE
        assert stack.ls.tolist() == (await data.lumisections(run)).ls.tolist()
        for ls in stack.ls[stack.present][::60].tolist():
            alone = (await data.one_histogram(load.key, element, ls)).histogram(ls)
            together = stack.histogram(ls)
            assert alone is not None
            assert together is not None
            assert alone.entries == together.entries
            np.testing.assert_array_equal(alone.values, together.values)


async def test_the_first_request_is_small_and_holds_the_cursor(data: DataLayer, little: Little) -> None:
    held = Held(little, "th1")
    load = load_of(data, 700)
    # of those that go out at one time any may be the first to arrive
    await until(lambda: held.waiting == PARALLEL[1])
    ((first, last),) = (one for one in little.ranges() if one[0] <= 700 <= one[1])
    assert last - first + 1 == NEAREST_ROWS[1]
    held.open()
    await load.wait()


async def test_the_first_plot_needs_one_page_and_nothing_else(data: DataLayer, little: Little) -> None:
    held = Held(little, "th1", when=lambda request: range_of(request)[0] > 700)
    load = load_of(data, 650)
    heard = Heard(load)
    await until(lambda: bool(heard.settled))
    assert load.stack is not None
    assert load.stack.histogram(650) is not None
    assert state_of(load) is LoadState.LOADING
    assert 0 < load.progress[0] < load.progress[1] == 1200
    held.open()
    await load.wait()


async def test_ranges_are_asked_for_from_the_cursor_outwards(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 3001))
    await loaded(data, 1500)
    distances = [max(first - 1500, 1500 - last, 0) for first, last in little.ranges()]
    # two are under way at a time, so neighbours may change places
    assert all(far >= near - MOST_ROWS[1] for near, far in pairwise(distances))
    assert 0 in distances[: PARALLEL[1]]
    assert distances[-1] > MOST_ROWS[1]


async def test_never_more_requests_at_a_time_than_the_load_may_have(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 3001))
    await data.lumisections(RUN)
    little.web.most_in_flight = 0
    await loaded(data)
    assert 1 <= little.web.most_in_flight <= PARALLEL[1]


async def test_following_the_cursor_changes_what_comes_next(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = list(range(1, 4001))
    held = Held(little, "th1")
    load = load_of(data, 1)
    await until(lambda: held.waiting == PARALLEL[1])
    load.follow(4000)
    held.open()
    await load.wait()
    # of those that follow at one time any may be the first to arrive
    following = little.ranges()[PARALLEL[1] : 2 * PARALLEL[1]]
    assert any(first <= 4000 <= last for first, last in following)
    assert_holds(load, range(1, 4001))


async def test_listeners_hear_of_every_ls_once_and_of_the_end(data: DataLayer) -> None:
    load = load_of(data, 500)
    heard = Heard(load)
    await load.wait()
    assert heard.is_once_each
    assert heard.ends == [LoadState.COMPLETE]


async def test_maps_come_in_smaller_pieces(data: DataLayer, little: Little) -> None:
    load = data.histograms(MAP_KEY, MAP, 600)
    await load.wait()
    assert load.progress == (1200, 1200)
    assert NEAREST_ROWS[2] in [last - first + 1 for first, last in little.ranges("th2")[: PARALLEL[2]]]
    assert load.stack is not None
    histogram = load.stack.histogram(7)
    assert histogram is not None
    assert histogram.values.tolist() == [bins_of(7)[:2], bins_of(7)[2:]]


# -- what a run may look like --------------------------------------------------------------------------------


async def test_J1_an_ls_without_a_row_is_absent_and_no_neighbour_stands_in(
    data: DataLayer, little: Little
) -> None:
    little.runs[ZERO_BIAS, RUN.run] = [1, 2, 5, 9]
    load = await loaded(data)
    stack = load.stack
    assert stack is not None
    for ls in (0, 3, 4, 10):
        assert stack.histogram(ls) is None
        assert stack.state_of(ls) is CellState.ABSENT
    assert_holds(load, [1, 2, 5, 9])


async def test_J6_ls_in_which_the_element_has_no_row_are_absent_and_not_expected(
    data: DataLayer, little: Little
) -> None:
    little.without[CHARGE.me_id] = {1, 2, *range(400, 700), 1200}
    load = await loaded(data, 500)
    assert state_of(load) is LoadState.COMPLETE
    assert load.progress == (897, 897)
    assert_holds(load, [ls for ls in WHOLE if ls not in little.without[CHARGE.me_id]])


async def test_J6_another_binning_in_some_ls_is_noted_and_kept_apart(data: DataLayer, little: Little) -> None:
    little.binnings = dict.fromkeys(range(300, 310), (0.0, 8.0))
    load = await loaded(data)
    stack = load.stack
    assert stack is not None
    assert stack.x == Axis(4, 0.0, 4.0)
    assert sorted(stack.other_binnings) == list(range(300, 310))
    assert all(stack.state_of(ls) is CellState.OTHER_BINNING for ls in range(300, 310))
    assert_holds(load, [*range(1, 300), *range(310, 1201)])


async def test_J10_a_run_without_lumisections_ends_with_nothing(data: DataLayer, little: Little) -> None:
    little.runs[ZERO_BIAS, RUN.run] = []
    load = await loaded(data)
    assert state_of(load) is LoadState.COMPLETE
    assert load.progress == (0, 0)
    assert load.stack is not None
    assert load.stack.histogram(1) is None


async def test_rows_of_ls_that_nobody_expected_are_read_too(data: DataLayer, little: Little) -> None:
    await data.lumisections(RUN)
    little.runs[ZERO_BIAS, RUN.run].append(16_766)
    load = await loaded(data)
    assert_holds(load, [*WHOLE, 16_766])


async def test_J8_pages_smaller_than_a_range_are_read_to_their_end(data: DataLayer, little: Little) -> None:
    little.page_rows = 70
    load = load_of(data, 1000)
    heard = Heard(load)
    await load.wait()
    assert_holds(load, WHOLE)
    assert len(heard.settled) == len(little.asked("th1"))
    assert heard.is_once_each
