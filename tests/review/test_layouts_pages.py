"""Several monitoring elements on one LS cursor: pages, focus, and what is loaded for them."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.layouts import Layout, LayoutPlot, PlotOptions
from dqmtui.model.normalise import Normalisation
from dqmtui.review.facts import Notice, Severity
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from tests.review.little import RUN, ZERO_BIAS, Held, Little, bins_of, is_of, layer_on
from tests.review.told import Told, told_on
from tests.services.web import html_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.plots import Plot
    from dqmtui.review.review import Review

ELEMENTS = tuple(MonitoringElement(k, f"Pixel/charge_{k}", 1) for k in range(1, 10))
MAP = MonitoringElement(20, "Pixel/clusters_map", 2)
AREA = PlotOptions(normalisation=Normalisation.AREA)


def layout_of(*elements: MonitoringElement, grid: int = 2, **options: PlotOptions) -> Layout:
    """A layout of some elements; options by the last part of their names."""
    plots = tuple(LayoutPlot(one.me, options.get(one.short_name, PlotOptions())) for one in elements)
    return Layout("mine", "Mine", grid, plots)


def shown(review: Review) -> list[str]:
    return [plot.element.short_name for plot in review.plots]


def layout_open(review: Review) -> str:
    return "" if review.state.layout is None else review.state.layout.name


def drawn(review: Review) -> list[tuple[Normalisation, bool]]:
    """How each plot of the page is drawn: its normalisation, and whether y is log."""
    states = [review.state_of(plot) for plot in review.plots]
    return [(state.normalisation, state.log_y) for state in states]


def ranges(review: Review) -> list[tuple[float, float] | None]:
    return [plot.options.y_range for plot in review.plots]


def is_log(review: Review) -> bool:
    return review.state.log_y


def stopped_at(plot: Plot) -> LoadState | None:
    return None if plot.load is None else plot.load.state


@pytest.fixture
def service(little: Little) -> Little:
    little.elements = (*ELEMENTS, MAP)
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 41))}
    return little


@pytest.fixture
async def told(data: DataLayer, service: Little) -> AsyncIterator[Told]:
    async with told_on(data) as one:
        yield one


async def opened(told: Told, layout: Layout, ls: int = 5) -> Review:
    """A review of the run that opens with a layout, once all of its page has come."""
    told.review.begin(Target(run=RUN.run, ls=ls, layout=layout))
    return await whole_page(told)


async def whole_page(told: Told) -> Review:
    review = told.review
    await until(
        lambda: (
            told.is_settled
            and bool(review.plots)
            and all(stopped_at(plot) is LoadState.COMPLETE for plot in review.plots)
        )
    )
    return review


async def test_all_plots_of_a_page_follow_the_ls_cursor(told: Told) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:4], grid=4))
    assert shown(review) == ["charge_1", "charge_2", "charge_3", "charge_4"]
    for ls in (5, 6):
        review.go_to_ls(ls)
        for plot in review.plots:
            picture = review.picture(plot)
            assert picture is not None
            assert picture.title == f"LS {ls}"
            assert picture.current.counts.tolist() == bins_of(ls)


async def test_what_is_said_of_one_plot_is_of_the_one_in_focus(told: Told) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:4], grid=4))
    assert review.load is review.plots[0].load
    review.focus_on(2)
    assert review.state.element == ELEMENTS[2]
    assert review.load is review.plots[2].load
    assert review.focus == 2
    assert shown(review) == ["charge_1", "charge_2", "charge_3", "charge_4"]


async def test_the_focus_turns_the_page_at_its_end_and_goes_round(told: Told) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:5]))
    pages = []
    for _ in range(5):
        review.step_element(1)
        await whole_page(told)
        assert review.place is not None
        pages.append((review.place.number, review.place.at, shown(review)))
    assert pages == [
        (1, 2, ["charge_1", "charge_2"]),
        (2, 3, ["charge_3", "charge_4"]),
        (2, 4, ["charge_3", "charge_4"]),
        (3, 5, ["charge_5"]),
        (1, 1, ["charge_1", "charge_2"]),
    ]
    review.step_element(-1)
    assert shown(review) == ["charge_5"]


async def test_without_a_layout_pages_are_made_of_the_elements_found(told: Told) -> None:
    told.review.begin(Target(run=RUN.run, ls=5))
    review = await told.settled()
    review.select_element(ELEMENTS[3], ELEMENTS[2:7])
    assert shown(review) == ["charge_4"]
    review.show_per_page(4)
    await whole_page(told)
    assert shown(review) == ["charge_3", "charge_4", "charge_5", "charge_6"]
    review.step_element(3)
    assert shown(review) == ["charge_7"]


async def test_the_plot_in_focus_loads_first_and_the_next_when_it_has_the_ls(
    told: Told, service: Little
) -> None:
    held = Held(service, "th1")
    told.review.begin(Target(run=RUN.run, ls=5, me="charge_3", layout=layout_of(*ELEMENTS[:4], grid=4)))
    await until(lambda: held.waiting > 0)
    asked = {int(request.query_params["me_id"]) for request in service.asked("th1")}
    assert asked == {3}
    assert [plot.load is None for plot in told.review.plots] == [True, True, False, True]
    held.open()
    await whole_page(told)
    order = [int(request.query_params["me_id"]) for request in service.asked("th1")]
    assert list(dict.fromkeys(order)) == [3, 4, 1, 2]


async def test_loads_that_leave_the_page_are_cancelled_and_go_on_when_it_is_back(
    told: Told, service: Little
) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:4]))
    held = Held(service, "th1")
    review.step_element(2)
    await until(lambda: held.waiting > 0)
    left = review.plots[0].load
    assert left is not None
    review.step_element(2)
    assert left.state is LoadState.CANCELLED
    await until(lambda: held.left > 0)
    held.open()
    review.step_element(2)
    await whole_page(told)
    assert shown(review) == ["charge_3", "charge_4"]


async def test_stopping_stops_the_page_and_asking_again_goes_on(told: Told, service: Little) -> None:
    held = Held(service, "th1")
    told.review.begin(Target(run=RUN.run, ls=5, layout=layout_of(*ELEMENTS[:4], grid=4)))
    review = told.review
    await until(lambda: held.waiting > 0)
    assert review.cancel()
    assert review.is_stopped
    assert [plot.load is None for plot in review.plots] == [False, True, True, True]
    held.open()
    review.reload()
    await whole_page(told)


async def test_a_plot_that_fails_says_so_and_leaves_the_others_alone(told: Told, service: Little) -> None:
    service.rule = lambda request: (
        html_reply("broken", 500) if is_of(request, "th1") and request.query_params["me_id"] == "2" else None
    )
    told.review.begin(Target(run=RUN.run, ls=5, layout=layout_of(*ELEMENTS[:3], grid=4)))
    ends = [LoadState.COMPLETE, LoadState.PARTIAL, LoadState.COMPLETE]
    await until(lambda: [stopped_at(plot) for plot in told.review.plots] == ends)
    failed = told.review.plots[1].load
    assert failed is not None
    assert failed.error is not None
    # the message line is for the plot in focus, this one says it in its place
    assert [text for text in told.errors if "Partial" in text] == []


async def test_what_the_workspace_lacks_is_said_and_the_rest_is_shown(told: Told) -> None:
    gone = MonitoringElement(99, "Pixel/charge_99", 1)
    review = await opened(told, layout_of(ELEMENTS[0], gone, ELEMENTS[1], grid=4))
    assert shown(review) == ["charge_1", "charge_2"]
    said = [notice for notice in told.of(Notice) if notice.severity is Severity.WARNING]
    assert len(said) == 1
    assert said[0].text.startswith("Mine: 1 of 3 plots are missing: there is no Pixel/charge_99; the nearest")


async def test_a_layout_of_which_nothing_is_there_changes_nothing(told: Told) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:2]))
    before = review.state
    review.open_layout(layout_of(MonitoringElement(98, "Muons/pt", 1)))
    assert review.state == before
    assert "none of the elements of Mine" in told.errors[-1]


async def test_an_element_that_the_run_lacks_keeps_its_place(told: Told, service: Little) -> None:
    service.without = {2: set(range(1, 41))}
    review = await opened(told, layout_of(*ELEMENTS[:2]))
    load = review.plots[1].load
    assert load is not None
    assert load.stack is not None
    assert load.stack.rows_loaded == 0
    assert shown(review) == ["charge_1", "charge_2"]


async def test_an_element_found_elsewhere_leaves_the_layout_and_says_so(told: Told) -> None:
    review = await opened(told, layout_of(*ELEMENTS[:2]))
    review.select_element(ELEMENTS[1], ELEMENTS)
    assert layout_open(review) == "mine"
    review.select_element(ELEMENTS[7], ELEMENTS)
    assert not layout_open(review)
    assert shown(review) == ["charge_8"]
    assert "Mine is left" in told.notices[-1]


async def test_each_plot_is_drawn_as_the_layout_says_until_a_key_says_otherwise(told: Told) -> None:
    log = PlotOptions(log_y=True, y_range=(0.5, 9.0))
    layout = layout_of(*ELEMENTS[:2], charge_1=AREA, charge_2=log)
    review = await opened(told, layout)
    assert drawn(review) == [(Normalisation.AREA, False), (Normalisation.COUNTS, True)]
    assert review.state.normalisation is Normalisation.AREA
    assert ranges(review) == [None, (0.5, 9.0)]
    review.focus_on(1)
    assert is_log(review)
    # now for all plots, and a range that was meant for counts goes
    review.show(normalisation=Normalisation.PER_HZ)
    assert drawn(review) == [(Normalisation.PER_HZ, False), (Normalisation.PER_HZ, True)]
    assert ranges(review) == [None, None]
    assert "all plots of Mine" in review.scope
    review.open_layout(layout)
    # where the layout leaves it to the person, what was chosen last stays
    assert drawn(review) == [(Normalisation.AREA, False), (Normalisation.PER_HZ, True)]
    assert ranges(review) == [None, (0.5, 9.0)]


async def test_the_persons_own_choice_is_back_when_the_layout_is_left(told: Told) -> None:
    told.review.begin(Target(run=RUN.run, ls=5, me="charge_1"))
    review = await told.settled()
    review.show(log_y=True)
    review.open_layout(layout_of(*ELEMENTS[:2], charge_1=PlotOptions(log_y=False)))
    assert not is_log(review)
    review.leave_layout()
    assert is_log(review)
    assert shown(review) == ["charge_1"]


async def test_a_statistic_that_a_map_does_not_have_gives_way(told: Told) -> None:
    review = await opened(told, layout_of(ELEMENTS[0], MAP, clusters_map=PlotOptions(statistic="mean")))
    statistics = []
    for at in (0, 1):
        review.focus_on(at)
        statistics.append(review.state.statistic)
    assert statistics == ["mean", "occupancy"]


async def test_memory_is_that_of_a_page_and_the_budget_however_many_pages_were_seen(service: Little) -> None:
    service.runs = {(ZERO_BIAS, RUN.run): list(range(1, 2392))}
    service.elements = tuple(MonitoringElement(k, f"Pixel/charge_{k}", 1) for k in range(1, 19))
    async with layer_on(service, memory_budget=1) as data, told_on(data) as told:
        review = await opened(told, layout_of(*service.elements, grid=9))
        stacks = []
        for plot in review.plots:
            assert review.picture(plot) is not None
            assert plot.load is not None
            assert plot.load.stack is not None
            stacks.append(weakref.ref(plot.load.stack))
        del plot
        review.step_element(9)
        await whole_page(told)

        def are_gone() -> bool:
            gc.collect()
            return all(stack() is None for stack in stacks)

        # a task that has just ended, or a thread, may still hold one for a moment
        await until(are_gone)
        assert len(review.plots) == 9


async def test_a_page_that_is_turned_quickly_leaves_no_load_behind(told: Told, service: Little) -> None:
    review = await opened(told, layout_of(*ELEMENTS, grid=1))
    held = Held(service, "th1")
    for _ in range(4):
        review.step_element(1)
    await until(lambda: held.waiting > 0)
    held.open()
    await whole_page(told)
    assert shown(review) == ["charge_5"]
