"""Several references at once, on every plot of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import MOST_REFERENCES, Neighbours, OtherRun, RestOfRun, WholeRun
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from tests.review.little import NAMES, RUN, WORKSPACE, ZERO_BIAS, Held, Little, is_of
from tests.review.test_layouts_pages import ELEMENTS, layout_of
from tests.review.told import Told, told_on
from tests.services.web import html_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.picture import Picture
    from dqmtui.review.review import Review

OTHERS = tuple(
    OtherRun(RunKey(WORKSPACE, ZERO_BIAS, run), NAMES[ZERO_BIAS]) for run in (381080, 381081, 381082)
)


@pytest.fixture
def service(little: Little) -> Little:
    little.elements = ELEMENTS
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 21))} | {
        (ZERO_BIAS, other.run.run): list(range(1, 11)) for other in OTHERS
    }
    return little


@pytest.fixture
async def told(data: DataLayer, service: Little) -> AsyncIterator[Told]:
    async with told_on(data) as one:
        yield one


async def opened(told: Told) -> Review:
    told.review.begin(Target(run=RUN.run, ls=5, layout=layout_of(*ELEMENTS[:2])))
    review = told.review
    await until(lambda: told.is_settled and bool(review.plots) and all_came(review))
    # without OMS every LS is as good as the next
    review.show(good="not excluded")
    return review


def compared(review: Review) -> tuple[ReferenceChoice, ...]:
    return review.state.references


def all_came(review: Review) -> bool:
    return all(plot.load is not None and plot.load.state is LoadState.COMPLETE for plot in review.plots)


def pictures(review: Review) -> list[Picture]:
    found = [review.picture(plot) for plot in review.plots]
    return [picture for picture in found if picture is not None]


def missing(picture: Picture) -> list[str]:
    return [one.why for one in picture.beside if one.overlay is None]


async def came(review: Review, count: int) -> None:
    """Wait until every plot has so many references."""
    await until(
        lambda: all(
            sum(one.overlay is not None and "so far" not in one.reference.label for one in picture.beside)
            == count
            for picture in pictures(review)
        )
    )


async def test_several_runs_stand_beside_every_plot(told: Told) -> None:
    review = await opened(told)
    review.set_reference(OTHERS[0])
    review.add_reference(OTHERS[1])
    review.add_reference(WholeRun())
    await came(review, 3)
    for picture in pictures(review):
        assert [one.reference.label for one in picture.beside] == [
            "run 381080, 10 LS",
            "run 381081, 10 LS",
            "this run, 20 LS",
        ]
    assert review.state.reference == OTHERS[0]
    assert review.reference_table is not None
    assert review.reference_table.key == OTHERS[0].run
    assert review.reference_load is not None
    assert review.reference_load.element == review.state.element


async def test_N4_all_plots_and_all_references_carry_the_same_normalisation(told: Told) -> None:
    review = await opened(told)
    for choice in (OTHERS[0], RestOfRun(), Neighbours(2, 0)):
        review.add_reference(choice)
    await came(review, 3)
    for kind in (Normalisation.COUNTS, Normalisation.AREA):
        review.show(normalisation=kind)
        for picture in pictures(review):
            for one in picture.beside:
                assert one.overlay is not None
                assert one.overlay.reference.kind is picture.current.kind is kind
                assert one.overlay.label == one.overlay.reference.label == picture.current.label


async def test_choosing_a_reference_anew_replaces_all_and_one_that_is_there_goes(told: Told) -> None:
    review = await opened(told)
    review.add_reference(RestOfRun())
    review.add_reference(OTHERS[0])
    await came(review, 2)
    left = review.reference_load
    review.add_reference(OTHERS[0])
    assert compared(review) == (RestOfRun(),)
    assert review.reference_load is None
    assert review.reference_table is None
    assert left is not None
    assert not left.listeners
    review.add_reference(OTHERS[1])
    review.set_reference(OTHERS[2])
    assert compared(review) == (OTHERS[2],)
    review.set_reference(None)
    assert compared(review) == ()


async def test_more_references_than_can_be_told_apart_are_refused(told: Told) -> None:
    review = await opened(told)
    for k in range(1, MOST_REFERENCES + 2):
        review.add_reference(Neighbours(k))
    assert len(review.state.references) == MOST_REFERENCES
    assert "cannot be told apart" in told.errors[-1]


async def test_a_reference_says_that_it_is_coming(told: Told, service: Little) -> None:
    review = await opened(told)
    held = Held(service, "th1")
    review.set_reference(OTHERS[0])
    await until(lambda: held.waiting > 0)
    assert [missing(picture) for picture in pictures(review)] == [["its histograms are coming"]] * 2
    held.open()
    await came(review, 1)


async def test_a_reference_without_the_element_says_so(told: Told, service: Little) -> None:
    review = await opened(told)
    service.runs[ZERO_BIAS, 381080] = list(range(30, 40))
    service.without = {2: set(range(30, 40))}
    review.set_reference(OTHERS[0])
    await until(lambda: [missing(picture) for picture in pictures(review)] == [[], ["it has no charge_2"]])


async def test_a_reference_that_failed_says_why_and_comes_when_asked_again(
    told: Told, service: Little
) -> None:
    review = await opened(told)
    service.rule = lambda request: html_reply("broken", 500) if is_of(request, "th1") else None
    review.set_reference(OTHERS[0])
    await until(lambda: all("DIALS" in "".join(missing(picture)) for picture in pictures(review)))
    service.mend()
    review.reload()
    await came(review, 1)


async def test_references_go_along_when_the_page_is_turned(told: Told) -> None:
    told.review.begin(Target(run=RUN.run, ls=5, reference=381080, layout=layout_of(*ELEMENTS[:4])))
    review = told.review
    await until(lambda: bool(review.state.references) and all_came(review))
    review.show(good="not excluded")
    assert compared(review) == (OTHERS[0],)
    await came(review, 1)
    before = review.reference_load
    review.step_element(2)
    await until(lambda: all_came(review))
    await came(review, 1)
    assert review.reference_load is not before
    assert before is not None
    assert not before.listeners


async def test_a_run_that_is_no_reference_says_so_when_it_is_asked_for(told: Told) -> None:
    told.review.begin(Target(run=RUN.run, ls=5, reference=999999))
    await until(lambda: any("999999" in text for text in told.errors))
    assert compared(told.review) == ()
