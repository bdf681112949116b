"""Axes, ranges, numbers, the bin cursor, and groups by keys, over the embedded services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.normalise import Normalisation
from dqmtui.model.sums import exposures
from dqmtui.review.review import Target
from dqmtui.review.state import YRange
from dqmtui.tui.framing import RangeError, read_range
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from tests.tui.driving import reviewing, screen_text, typed

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CLUSTERS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)
MAP_AT = Target(run=381067, dataset="ZeroBias", me=CLUSTERS, ls=120)


def plot(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlotPane))


def headline(pilot: Pilot[None]) -> str:
    return plot(pilot).splitlines()[0]


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def place(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlaceLine))


def stack_of(review: Review) -> HistogramStack:
    assert review.load is not None
    assert review.load.stack is not None
    return review.load.stack


def y_range(review: Review) -> YRange:
    return review.state.y_range


async def command(pilot: Pilot[None], text: str) -> None:
    await typed(pilot, "colon", f" {text}", "enter")


@pytest.mark.parametrize("text", ["0 40", "0,40", " 0   4e1 "])
def test_a_range_is_two_numbers(text: str) -> None:
    assert read_range("x", text) == (0.0, 40.0)


def test_without_numbers_a_range_is_automatic() -> None:
    assert read_range("x", "  ") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "two numbers, not one number"),
        ("1 2 3", "two numbers, not 3 numbers"),
        ("a 4", "'a' is no number"),
        ("nan 4", "'nan' is no number"),
        ("0 inf", "'inf' is no number"),
        ("4 4", "4 is not below 4"),
        ("9 1", "9 is not below 1"),
        ("-1e308 1e308", "too wide"),
    ],
)
def test_what_is_no_range_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(RangeError, match=re.escape(words)) as caught:
        read_range("x", text)
    assert str(caught.value).endswith(".")
    assert ":plot.x LOW HIGH" in str(caught.value) or "too wide" in str(caught.value)


async def test_A4_the_x_axis_becomes_log_and_linear_again(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = plot(pilot)
        await typed(pilot, "X")
        assert review.state.log_x
        assert "log x from" in headline(pilot)
        await typed(pilot, "X")
        assert plot(pilot) == before


async def test_bars_and_steps_and_the_box_of_numbers(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        bars = plot(pilot)
        assert "█" in bars
        await typed(pilot, "B")
        assert review.state.steps
        assert "█" not in plot(pilot)
        await typed(pilot, "I")
        assert "entries" not in headline(pilot)
        box = {"entries", "sum", "mean", "std", "mode", "outside"}
        assert box <= set(re.findall(r"[a-zA-Z]+", "\n".join(plot(pilot).splitlines()[1:])))
        await typed(pilot, "I", "B")
        assert plot(pilot) == bars


async def test_projections_are_those_of_a_map(demo: DemoServices) -> None:
    async with reviewing(demo, MAP_AT, size=(200, 60)) as (pilot, review):
        before = plot(pilot)
        await typed(pilot, "O")
        assert review.state.projections
        assert plot(pilot) != before
        assert "Projections of the map" in said(pilot)
        assert "room" not in said(pilot)
        await typed(pilot, "X", "B")
        assert not review.state.log_x
        assert not review.state.steps
        assert "neither bars nor steps" in said(pilot)
    async with reviewing(demo, MAP_AT, size=(80, 24)) as (pilot, review):
        before = plot(pilot)
        await typed(pilot, "O")
        assert plot(pilot) == before
        assert "Projections have no room here" in said(pilot)
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "O")
        assert not review.state.projections
        assert "Only a map" in said(pilot)


async def test_a_range_by_hand_stands_on_screen_and_belongs_to_its_element(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        before = plot(pilot)
        await command(pilot, "plot.x 10000 50000")
        assert "x by hand" in headline(pilot)
        assert "60k" not in plot(pilot)
        framed = plot(pilot)
        await command(pilot, "plot.y 0 1000")
        assert re.search(r"x, y by hand +\d+ bins above", headline(pilot))
        await command(pilot, "plot.y")
        await typed(pilot, "slash", " size_PXLayer_1", "enter")
        assert "by hand" not in plot(pilot)
        await typed(pilot, "slash", " =charge_PXLayer_1", "enter")
        assert plot(pilot).splitlines()[1:] == framed.splitlines()[1:]
        await command(pilot, "plot.x")
        assert plot(pilot) == before


async def test_a_range_without_anything_in_it_says_so(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await command(pilot, "plot.x 90000 99000")
        assert "there is nothing: the axis runs from 0 to 80000" in said(pilot)
        assert "lies outside of the axis" in " ".join(plot(pilot).split())
        await typed(pilot, "w")
        assert "lies outside of the axis" in " ".join(plot(pilot).split())
        await typed(pilot, "w")
        await command(pilot, "plot.x")
        await command(pilot, "plot.y 1e7 1e8")
        assert "there is nothing: the counts of the run reach from 0" in said(pilot)
        assert "100 bins below" in headline(pilot)


async def test_wrong_ranges_change_nothing(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        for text, words in (
            ("plot.x 5", "two numbers"),
            ("plot.z 1 2", "type :plot.y LOW HIGH"),
            ("plot.y hello world", "'hello' is no number"),
        ):
            await command(pilot, text)
            assert words in said(pilot)
        await typed(pilot, "y")
        await command(pilot, "plot.y 0 40")
        assert "is log and cannot start at 0" in said(pilot)
        assert review.state.ranges == ()
        await typed(pilot, "y")
        await command(pilot, "plot.y 0 40")
        await typed(pilot, "y")
        assert "y from 0 cannot be log: automatic" in headline(pilot)


async def test_the_colours_of_a_map_have_a_range_by_hand_and_a_robust_one(demo: DemoServices) -> None:
    async with reviewing(demo, MAP_AT) as (pilot, review):
        await command(pilot, "plot.z 1 20")
        assert re.search(r"z by hand.* \d+ cells above", headline(pilot))
        await command(pilot, "plot.z")
        await typed(pilot, "Y")
        assert y_range(review) is YRange.ROBUST
        assert "99.5 % of the filled cells" in said(pilot)
        stack = stack_of(review)
        histogram = stack.histogram(120)
        assert histogram is not None
        assert "never filled" in headline(pilot)
        assert f"{np.count_nonzero(~stack.data.any(axis=0))} never filled" in headline(pilot)
        await typed(pilot, "Y")
        assert y_range(review) is YRange.LS


async def test_the_range_of_a_1D_histogram_is_of_this_ls_or_of_the_run(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "Y")
        assert y_range(review) is YRange.LS
        await typed(pilot, "Y")
        assert y_range(review) is YRange.RUN


async def test_the_bin_cursor_reads_edges_content_and_error(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = plot(pilot)
        await typed(pilot, "a")
        histogram = stack_of(review).histogram(103)
        assert histogram is not None
        low, high = histogram.x.edges[50:52].tolist()
        content = float(histogram.values[50])
        read = f"bin 51  [{low:g}, {high:g})  counts: {content:g} ± {content**0.5:.3g}"
        assert read in headline(pilot)
        await typed(pilot, "1", "0", "left_curly_bracket")
        assert f"bin 41  [{histogram.x.edges[40]:g}," in headline(pilot)
        await typed(pilot, "9", "9", "right_curly_bracket", "right_curly_bracket")
        assert "bin 100 " in headline(pilot)
        await typed(pilot, "left_parenthesis")
        assert "above each other" in said(pilot)
        await typed(pilot, "a")
        assert plot(pilot) == before


async def test_the_bin_cursor_reads_the_reference_and_the_ratio(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(200, 50)) as (pilot, review):
        await typed(pilot, "r", "enter", "a")
        picture = review.picture()
        assert picture is not None
        assert picture.overlay is not None
        now, then = picture.overlay.current.values[50], picture.overlay.reference.values[50]
        assert "this run without it" in headline(pilot)
        assert f"ratio {now / then:.4g}" in headline(pilot)
        await typed(pilot, "i")
        assert "bin 51" in headline(pilot)


async def test_the_bin_cursor_reads_a_cell_of_a_map_and_goes_both_ways(demo: DemoServices) -> None:
    async with reviewing(demo, MAP_AT) as (pilot, review):
        await typed(pilot, "a", "right_curly_bracket", "right_parenthesis")
        histogram = stack_of(review).histogram(120)
        assert histogram is not None
        assert histogram.y is not None
        column, row = histogram.x.n // 2 + 1, histogram.y.n // 2 + 1
        assert f"x {column + 1}  [" in headline(pilot)
        assert f"y {row + 1}  [" in headline(pilot)
        assert f"counts: {histogram.values[row, column]:g}" in headline(pilot)


async def test_the_bin_cursor_reads_ls_and_bin_in_the_waterfall(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "w", "a", "right_parenthesis")
        content = float(stack_of(review).data[stack_of(review).row(103), 51])
        assert re.search(rf"LS 103 +bin 52 .* counts: {content:g}\b", headline(pilot))
        await typed(pilot, "right")
        assert "LS 104 " in headline(pilot)


async def test_a_click_on_a_bin_puts_the_cursor_there(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        pane = pilot.app.screen.query_one(PlotPane)
        await typed(pilot, "a", "a")
        await pilot.click(pane, offset=(30, 8))
        await pilot.pause()
        assert review.state.bin_cursor is not None
        column = 30 - (pane.outer_size.width - pane.size.width) // 2
        found = pane.bin_at(column, 7)
        assert found is not None
        assert f"bin {found[0] + 1} " in headline(pilot)
        marks = [line[column] for line in plot(pilot).splitlines()]
        assert "▲" in marks, "the cursor is not in the column that was clicked"


async def test_N5_a_group_of_ls_is_summed_with_the_exposure_of_its_ls(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "1", "0", "N")
        assert review.state.group == 10
        assert "LS 101-110 (10 of 10)" in headline(pilot)
        assert "LS 103 (by 10)" in place(pilot)
        picture = review.picture()
        assert picture is not None
        stack = stack_of(review)
        rows = np.flatnonzero((stack.ls >= 101) & (stack.ls <= 110))
        assert picture.current.counts.tolist() == stack.data[rows].sum(axis=0).tolist()
        await typed(pilot, "right")
        assert "LS 111-120 (10 of 10)" in headline(pilot)
        await typed(pilot, "2", "0", "left")
        assert "LS 1-10 (10 of 10)" in headline(pilot)
        await command(pilot, "103")
        await typed(pilot, "x")
        assert "LS 101-110 (9 of 10, not 103)" in headline(pilot)
        await typed(pilot, "u", "n", "n")
        assert review.state.normalisation is Normalisation.PER_HZ
        per_hz = review.picture()
        assert per_hz is not None
        of_each = exposures(stack, rows, review.divisors())
        assert per_hz.current.divisor == pytest.approx(of_each.sum())
        await typed(pilot, "N")
        assert review.state.group == 1
        assert re.search(r"LS 103 +counts per", headline(pilot))


async def test_a_group_in_which_ls_are_missing_says_which(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE, ls=41)) as (pilot, _):
        await command(pilot, "ls.group 10")
        await typed(pilot, "n", "n")
        assert "LS 41-50 (9 of 10, not 41)" in plot(pilot)


async def test_a_group_of_no_size_is_refused(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        for text in ("0", "-3", "ten", "1.5", "9999999"):
            await typed(pilot, "escape")
            await command(pilot, f"ls.group {text}")
            assert "type :ls.group N" in said(pilot)
            assert review.state.group == 1
