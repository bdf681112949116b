"""Comparing, normalising, integrating and excluding by keys, over the embedded services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmtui.model.conditions import dcs_only_mask
from dqmtui.model.integrate import integrate
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import Comparison, Neighbours, OtherRun, RestOfRun, View
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.panes.trend import TrendPane
from tests.tui.driving import reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CLUSTERS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)


def plot(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlotPane))


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def good_of(table: LSTable | None, load: HistogramLoad | None) -> LSMask:
    """The LS that are DCS-good and have a histogram, found in another way than the review does."""
    assert table is not None
    assert load is not None
    assert load.stack is not None
    return dcs_only_mask(table) & LSMask.from_numbers(load.stack.ls[load.stack.present])


def choice(review: Review) -> object:
    return review.state.reference


async def test_the_rest_of_the_run_lies_over_the_histogram_and_can_be_hidden(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "r", "enter")
        assert choice(review) == RestOfRun()
        assert "Compared with one reference; " in said(pilot)
        rest = f"this run without it, {len(good_of(review.table, review.load)) - 1} LS"
        assert f"{rest}, per LS" in plot(pilot)
        await typed(pilot, "R")
        assert "without it" not in plot(pilot)
        assert "hidden; R shows it again" in said(pilot)
        await typed(pilot, "R", "right")
        assert rest in plot(pilot)
        assert "LS 104 " in plot(pilot)


async def test_the_comparisons_follow_each_other_under_the_plot(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "d")
        assert "r chooses one" in said(pilot)
        await typed(pilot, "r", "down", "enter")
        assert choice(review) == Neighbours()
        seen = []
        before = plot(pilot)
        for _ in range(3):
            await typed(pilot, "d")
            seen.append(review.state.comparison)
            assert plot(pilot) != before
            before = plot(pilot)
        assert seen == [Comparison.RATIO, Comparison.DIFFERENCE, Comparison.PULL]
        await typed(pilot, "d")
        assert review.state.comparison is Comparison.OVERLAY


async def test_N4_another_run_is_chosen_by_name_and_carries_the_same_normalisation(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "r", " =381075", "enter")
        chosen = choice(review)
        assert isinstance(chosen, OtherRun)
        assert chosen.run.run == 381075
        await until(
            pilot,
            lambda: review.reference_load is not None and review.reference_load.state is LoadState.COMPLETE,
        )
        theirs = len(good_of(review.reference_table, review.reference_load))
        await until(pilot, lambda: f"run 381075, {theirs} LS" in plot(pilot), "the reference")
        for _ in range(3):
            await typed(pilot, "n")
        assert review.state.normalisation is Normalisation.PER_EVENT
        picture = review.picture()
        assert picture is not None
        assert picture.overlay is not None
        assert picture.overlay.reference.label == picture.current.label
        assert "counts per event of HLT_ZeroBias (rate x 23.31 s)" in plot(pilot)
        assert "run 381075, " in plot(pilot)


async def test_the_reference_goes_along_to_another_element(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "r", " =381075", "enter", "slash", " size_PXLayer_1", "enter")
        load = review.reference_load
        assert load is not None
        assert load.element == review.state.element
        await until(pilot, lambda: "run 381075" in plot(pilot), "the reference")


async def test_N2_an_ls_without_rate_says_why_and_shows_its_counts_again(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE, ls=41)) as (pilot, review):
        await typed(pilot, "n", "n")
        assert "no HLT_ZeroBias rate row" in plot(pilot)
        for _ in range(4):
            await typed(pilot, "n")
        assert review.state.normalisation is Normalisation.COUNTS
        assert re.search(r"LS 41 +counts +entries", plot(pilot))


async def test_an_empty_ls_beside_a_reference_is_called_empty_and_no_way_out_is_offered(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE, ls=394)) as (pilot, review):
        review.set_reference(RestOfRun())
        await until(pilot, lambda: "LS 394: empty: the bins sum to 0" in plot(pilot))
        assert "another normalisation" not in plot(pilot)
        await typed(pilot, "n", "n")
        await until(pilot, lambda: "n takes another normalisation" in plot(pilot))


async def test_N5_the_integral_of_the_good_ls_leaves_out_what_is_excluded(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "x")
        assert review.excluded == LSMask.of(103)
        assert "excluded" in screen_text(pilot.app.screen.query_one(TrendPane))
        await typed(pilot, "i")
        assert review.state.view is View.INTEGRAL
        n_good = len(good_of(review.table, review.load))
        assert f"{n_good - 1} good LS" in plot(pilot)
        picture = review.picture()
        assert picture is not None
        assert 103 not in picture.current.ls
        await typed(pilot, "u")
        assert not review.excluded
        assert f"{n_good} good LS" in plot(pilot)
        assert "excluded" not in screen_text(pilot.app.screen.query_one(TrendPane))
        load = review.load
        assert load is not None
        assert load.stack is not None
        again = review.picture()
        assert again is not None
        alone = integrate(load.stack, LSMask.from_numbers(again.current.ls))
        assert again.current.counts.tolist() == alone.counts.tolist()
        await typed(pilot, "i", "u")
        assert "nothing to take back" in said(pilot)
        assert re.search(r"LS 103 +counts", plot(pilot))


async def test_the_waterfall_comes_and_goes_and_a_map_has_none(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = plot(pilot)
        await typed(pilot, "w")
        assert review.state.view is View.WATERFALL
        assert plot(pilot) != before
        await typed(pilot, "right", "left", "w")
        assert plot(pilot) == before
    async with reviewing(demo, Target(run=381067, dataset="ZeroBias", me=CLUSTERS)) as (pilot, review):
        await typed(pilot, "w")
        assert review.state.view is View.LS
        assert "no waterfall" in said(pilot)


async def test_a_map_is_divided_by_its_reference(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381067, dataset="ZeroBias", me=CLUSTERS, ls=120)) as (pilot, _):
        before = plot(pilot)
        await typed(pilot, "r", "enter", "d")
        assert "ratio to this run without it" in plot(pilot)
        assert plot(pilot) != before


async def test_error_bars_are_shown_on_request(demo: DemoServices) -> None:
    size = Target(run=381208, me="PixelPhase1/Tracks/PXBarrel/size_PXLayer_1", ls=1200)
    async with reviewing(demo, size) as (pilot, _):
        before = plot(pilot)
        await typed(pilot, "b")
        assert plot(pilot) != before
        await typed(pilot, "b")
        assert plot(pilot) == before


async def test_without_a_run_there_is_nothing_to_compare(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        await typed(pilot, "r", "x", "u", "R")
        assert choice(review) is None
        assert "no reference yet" in said(pilot)


async def test_a_plot_that_is_too_low_for_a_comparison_says_how_to_see_it(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, "r", "enter")
        await typed(pilot, "d")
        assert "too low for the ratio" in plot(pilot)
        assert "z makes the plot high enough" in said(pilot)
        await typed(pilot, "z")
        zoomed = plot(pilot)
        await typed(pilot, "d", "d", "d")
        assert plot(pilot) != zoomed


async def test_another_run_is_compared_over_a_set_of_ls_of_its_own(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "r", " =381075", "enter")
        await until(
            pilot,
            lambda: review.reference_load is not None and review.reference_load.state is LoadState.COMPLETE,
        )
        own = review.said_good
        theirs = good_of(review.reference_table, review.reference_load)
        some = len(theirs & LSMask.parse("43-92"))
        assert 0 < some < len(theirs)
        await typed(pilot, "colon", " reference.good dcs and ls >= 43 and ls <= 92", "enter")
        await until(pilot, lambda: f"run 381075, {some} LS" in plot(pilot), "the reference")
        assert review.said_good == own
        await typed(pilot, "colon", " reference.good nothing > 1", "enter")
        assert "nothing" in said(pilot)
        await typed(pilot, "colon", " reference.good", "enter")
        await until(pilot, lambda: f"run 381075, {len(theirs)} LS" in plot(pilot), "the reference")
