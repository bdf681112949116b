"""The trend pane by keys, over the embedded services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.lsmask import LSMask
from dqmtui.review.choices import RestOfRun
from dqmtui.review.review import Target
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.panes.trend import TrendPane
from tests.tui.driving import on_screen, reviewing, screen_of, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.render.trend_view import TrendView
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CLUSTERS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)
AT = Target(run=379011, dataset="ZeroBias", me=CHARGE, ls=390)
PLAIN = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)


def pane(pilot: Pilot[None]) -> TrendPane:
    return pilot.app.screen.query_one(TrendPane)


def trend(pilot: Pilot[None]) -> str:
    return screen_text(pane(pilot))


def title(pilot: Pilot[None]) -> str:
    """The line of the screen that names the trend pane."""
    region = pane(pilot).region
    return on_screen(pilot).splitlines()[region.y][region.x : region.right]


def row(pilot: Pilot[None], label: str) -> str:
    """Give a row of the strip without its label."""
    found = [line for line in trend(pilot).splitlines() if line.split()[:1] == [label]]
    assert found, f"{label} is not in\n{trend(pilot)}"
    return found[0]


def view_of(pilot: Pilot[None]) -> TrendView:
    view = pane(pilot)._view
    assert view is not None
    return view


def cell(pilot: Pilot[None], label: str, ls: int) -> str:
    """The character of an LS in a row of the strip."""
    column = view_of(pilot).cursor_column(ls)
    assert column is not None
    return row(pilot, label)[column]


def marked(review: Review) -> tuple[int, int] | None:
    return review.state.range_of_ls


def zoomed(review: Review) -> tuple[int, int] | None:
    return review.state.zoom_of_ls


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_entries_of_run_379011_fall_to_0_where_its_rate_is_0(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    async with reviewing(demo, AT, size) as (pilot, review):
        await typed(pilot, "4", *["t"] * 5)
        assert review.state.statistic == "entries"
        assert re.search(r"4 entries per LS [1-9]\d+ +rate 48\.30 Hz", title(pilot))
        await typed(pilot, "colon", " 391", "enter")
        for ls in range(392, 398):
            await typed(pilot, "right")
            assert review.state.ls == ls
            assert re.search(r"4 entries per LS +0 +rate +0\.00 Hz", title(pilot))
        await typed(pilot, "g")
        # a person sees it without going there: the last LS with a rate have a 0 in its row
        assert cell(pilot, "rate", 396) == "0"
        assert cell(pilot, "rate", 397) == "0"
        assert cell(pilot, "rate", 380) not in {"0", " "}


async def test_J1_ls_41_of_run_379011_has_data_and_no_rate_and_nothing_is_shifted(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, dataset="ZeroBias", me=CHARGE, ls=40)) as (pilot, review):
        await typed(pilot, *["t"] * 5, "Z")
        assert review.load is not None
        stack = review.load.stack
        assert stack is not None
        table = review.table
        assert table is not None
        for ls in (40, 41, 42):
            await typed(pilot, "colon", f" {ls}", "enter")
            at = stack.row(ls)
            assert at is not None
            rate = table.column("rate", "rate_hz").item(table.row(ls) or 0)
            written = "absent" if ls == 41 else f"{rate:.2f} Hz"
            assert re.search(rf"entries per LS {stack.entries[at]} +rate {written}", title(pilot))
        await typed(pilot, "colon", " 50", "enter")
        glyphs = screen_of(pilot).look.glyphs
        assert cell(pilot, "rate", 41) == glyphs.absent
        assert cell(pilot, "rate", 40) not in {glyphs.absent, "0", " "}
        assert cell(pilot, "data", 41) == cell(pilot, "data", 40)
        # divided by the rate it is masked, and its neighbours keep their own
        await typed(pilot, "colon", " 41", "enter", "n", "n")
        assert "no divisor" in title(pilot)
        (line,) = review.trends.shown().lines
        entries = dict(zip(stack.ls.tolist(), stack.entries.tolist(), strict=True))
        rates = dict(zip(table.ls.tolist(), table.column("rate", "rate_hz").floats().tolist(), strict=True))
        expected = [entries[ls] / rates[ls] if rates[ls] > 0 else np.nan for ls in line.ls.tolist()]
        np.testing.assert_allclose(line.values, expected)


async def test_the_title_does_not_jump_from_ls_to_ls(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, _):
        places = set()
        for _ in range(12):
            await typed(pilot, "right")
            places.add((title(pilot).index("rate"), title(pilot).index("Hz")))
        assert len(places) == 1


async def test_a_step_repaints_the_cursor_and_the_title_alone(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        view, shown = view_of(pilot), review.trends.shown()
        drawn = view._static
        await typed(pilot, "right", "right")
        assert view._static is drawn
        assert review.trends.shown() is shown


async def test_U_goes_through_what_can_stand_under_the_trend(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "U")
        assert review.state.under == "pileup"
        assert "Under the trend: pileup" in said(pilot)
        assert row(pilot, "pileup")
        assert re.search(r"pileup \d+\.\d+", title(pilot))
        await typed(pilot, "colon", " trend.under recorded/", "enter")
        assert re.search(r"recorded/delivered 0\.\d+", title(pilot))
        await typed(pilot, "colon", " trend.under presc", "enter")
        assert "2p0E34" in row(pilot, "prescale")
        assert "prescale 2p0E34" in title(pilot)
        await typed(pilot, "colon", " trend.under flags", "enter")
        assert "DCS all true" in title(pilot)
        await typed(pilot, "colon", " trend.under masks", "enter")
        assert row(pilot, "good")
        assert re.search(r"\bgood\b", title(pilot))
        await typed(pilot, "colon", " trend.under pielup", "enter")
        assert "did you mean pileup" in said(pilot)
        assert review.state.under == "masks"
        await typed(pilot, "colon", " trend.under nothing", "enter", "U")
        assert review.state.under == "rate"
        assert "HLT_ZeroBias_v" in said(pilot)


async def test_flags_of_models_come_when_they_are_asked_for(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "colon", " trend.under ml", "enter")
        assert review.state.run is not None
        run = review.state.run
        await until(pilot, lambda: review.ml_marks.of(run).state.value == "loaded", "the flags")
        await until(pilot, lambda: "models" in title(pilot), "the models")
        flagged = await review.data.ml_flags(run)
        assert review.ml_marks.of(run).flagged == LSMask.from_numbers([one.ls_number for one in flagged])


async def test_v_marks_a_range_that_x_excludes_and_esc_lets_go(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "v")
        assert "begins at LS 103" in said(pilot)
        await typed(pilot, "right", "right", "right")
        assert marked(review) == (103, 106)
        assert "marked 103-106" in title(pilot)
        await typed(pilot, "v", "right", "right")
        assert marked(review) == (103, 106)
        await typed(pilot, "x")
        assert review.excluded == LSMask.parse("103-106")
        await typed(pilot, "x")
        assert not review.excluded
        await typed(pilot, "escape")
        assert marked(review) is None
        assert "marked" not in title(pilot)


async def test_v_twice_on_one_ls_marks_it_alone_and_backwards_is_a_range_too(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "v", "v")
        assert marked(review) == (103, 103)
        await typed(pilot, "v", "h", "h", "x")
        assert review.excluded == LSMask.parse("101-103")
        await typed(pilot, "h")
        # what was excluded does not go along with the cursor
        assert marked(review) == (101, 103)


async def test_a_range_is_seen_in_trend_and_strip_and_along_the_axis(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "Z", "v")
        before = [pane(pilot).render_line(y) for y in range(pane(pilot).size.height)]
        await typed(pilot, "L", "v")
        first, last = (view_of(pilot).cursor_column(ls) for ls in (103, 113))
        assert first is not None
        assert last is not None
        axis = next(line for line in trend(pilot).splitlines() if "└" in line)
        assert set(axis[first : last + 1]) == {"━"}
        after = [pane(pilot).render_line(y) for y in range(pane(pilot).size.height)]
        middle = (first + last) // 2
        changed = [
            old.crop(middle, middle + 1) != new.crop(middle, middle + 1)
            for old, new in zip(before, after, strict=True)
        ]
        assert sum(changed) >= pane(pilot).size.height - 2
        assert marked(review) == (103, 113)


async def test_Z_zooms_around_the_cursor_into_a_range_and_back(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "Z")
        assert zoomed(review) == (73, 132)
        assert "LS 73-132 of 1-849" in title(pilot)
        assert view_of(pilot).cursor_column(72) is None
        await typed(pilot, "Z")
        assert zoomed(review) is None
        assert view_of(pilot).cursor_column(72) is not None
        await typed(pilot, "v", "L", "L", "v", "Z")
        assert zoomed(review) == (103, 123)
        await typed(pilot, "colon", " trend.zoom 100-200", "enter")
        assert "LS 100-200 of 1-849" in title(pilot)
        await typed(pilot, "colon", " trend.zoom 900-", "enter")
        assert "The run has LS 1-849" in said(pilot)
        await typed(pilot, "colon", " trend.zoom abc", "enter")
        assert "as in 100-200" in said(pilot)
        assert zoomed(review) == (100, 200)


async def test_the_zoom_follows_the_cursor_when_it_leaves(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "colon", " trend.zoom 100-110", "enter")
        for _ in range(7):
            await typed(pilot, "right")
        assert review.state.ls == 110
        assert zoomed(review) == (100, 110)
        await typed(pilot, "right")
        assert zoomed(review) == (106, 116)
        assert view_of(pilot).cursor_column(111) is not None
        await typed(pilot, "G")
        zoom, ls = zoomed(review), review.state.ls
        assert zoom is not None
        assert ls is not None
        assert zoom[0] <= ls <= zoom[1]


async def test_range_and_zoom_belong_to_their_run(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "Z", "v", "greater_than_sign")
        assert review.state.run is not None
        assert review.state.run.run != 381065
        assert marked(review) is None
        assert zoomed(review) is None
        assert "marked" not in title(pilot)


async def test_S1_chi2_of_every_ls_against_the_rest_of_the_run_is_a_statistic(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "colon", " trend.statistic chi2", "enter")
        assert "Type one of these" in said(pilot)
        review.set_reference(RestOfRun())
        await typed(pilot, "colon", " trend.statistic chi2", "enter")
        assert review.state.statistic == "chi2/dof"
        await until(pilot, lambda: bool(review.trends.shown().lines), "the comparison")
        await until(pilot, lambda: "to the rest of" in trend(pilot), "the name of the reference")
        (line,) = review.trends.shown().lines
        value = float(line.values[line.ls == 103][0])
        assert re.search(rf"chi2/dof per LS +{value:.3f} ", title(pilot))
        good = line.values[review.trends.good_ls().selects(line.ls)]
        assert np.isfinite(good).sum() > 700
        assert (good[np.isfinite(good)] > 0).all()


async def test_S5_the_band_of_the_good_ls_is_named_in_the_legend(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        review.set_reference(RestOfRun())
        n_good = np.count_nonzero(review.trends.good_ls().selects(review.steppable()))
        await until(pilot, lambda: f"median ± 1.4826 MAD of {n_good} good LS" in trend(pilot), "the band")


async def test_T4_a_map_has_its_own_statistics(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381067, dataset="ZeroBias", me=CLUSTERS, ls=120)) as (
        pilot,
        review,
    ):
        assert re.search(r"occupancy per LS 0\.\d+", title(pilot))
        await typed(pilot, "t", "t", "t")
        assert review.state.statistic == "empty_bins"
        assert re.search(r"empty bins per LS \d+ ", title(pilot))


async def test_suspicious_ls_are_marked_in_the_trend_and_have_a_row(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        review.show_scores(True)
        await until(pilot, lambda: bool(review.suspicions), "the suspicions")
        await until(pilot, lambda: "suspect" in trend(pilot), "the row")
        await typed(pilot, "colon", " trend.under scores", "enter")
        assert re.search(r"score +\d", title(pilot))
        assert screen_of(pilot).look.glyphs.bad in row(pilot, "suspect")


async def test_the_mouse_goes_to_an_ls_and_draws_a_range(demo: DemoServices) -> None:
    async with reviewing(demo, PLAIN) as (pilot, review):
        await typed(pilot, "Z")
        columns = [view_of(pilot).cursor_column(ls) for ls in (90, 100)]
        assert columns[0] is not None
        assert columns[1] is not None
        # the border of the pane is one cell wide
        await pilot.click("#trend", offset=(columns[0] + 1, 5))
        await until(pilot, lambda: review.state.ls == view_of(pilot).ls_at(columns[0] or 0), "the LS")
        await pilot.mouse_down("#trend", offset=(columns[0] + 1, 5))
        await pilot.hover("#trend", offset=(columns[1] + 1, 5))
        await pilot.mouse_up("#trend", offset=(columns[1] + 1, 5))
        await until(pilot, lambda: marked(review) is not None, "the range")
        assert marked(review) == (
            view_of(pilot).ls_at(columns[0]),
            view_of(pilot).ls_at(columns[1]),
        )


@pytest.mark.parametrize(
    ("target", "size"),
    [
        (Target(run=381208, me="PixelPhase1/Tracks/PXBarrel/size_PXLayer_1", ls=1200), (60, 24)),
        (Target(run=380238, dataset="ZeroBias", me=CHARGE, ls=10), (160, 45)),
        (Target(run=381115, dataset="ZeroBias", me=CHARGE, ls=1319), (80, 24)),
    ],
)
async def test_long_short_and_broken_runs_are_drawn(
    demo: DemoServices, target: Target, size: tuple[int, int]
) -> None:
    async with reviewing(demo, target, size) as (pilot, review):
        await typed(pilot, "4")
        assert review.state.ls is not None
        column = view_of(pilot).cursor_column(review.state.ls)
        assert column is not None
        assert any(line[column] in "│╎" for line in trend(pilot).splitlines())
        assert re.search(r"4 mean per LS +(-?\d|empty)", title(pilot))
        assert row(pilot, "data")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_title_of_many_lines_has_the_value_of_the_one_in_focus_and_says_what_the_axis_is(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    me = "Tracking/TrackParameters/highPurityTracks/pt_1/GeneralProperties/NumberOfTracks_GenTk"
    async with reviewing(demo, Target(run=380238, dataset="ZeroBias", me=me, ls=20), size) as (pilot, review):
        await until(pilot, lambda: "per LS" in title(pilot) and "±" in title(pilot), "the trend")
        alone = re.search(r"per LS +([\d.]+ ± [\d.]+)", title(pilot))
        assert alone is not None
        await typed(pilot, "colon", " layout tracking", "enter")
        await until(pilot, lambda: len(review.trends.shown().lines) == 6, "all lines")
        await until(pilot, lambda: not any(plot.is_loading for plot in review.plots), "all histograms")
        await until(pilot, lambda: "y: each (x - median)/spread" in title(pilot), "what the axis is")
        assert f"mean per LS {alone[1]}" in title(pilot)
        assert "rate" in title(pilot)
        ends = [float(text.split("┤")[0]) for text in trend(pilot).splitlines() if "┤" in text]
        assert max(map(abs, ends)) <= 10
        # next to nothing of the lines lies beyond that axis
        assert trend(pilot).count("▲") < 10
        if size == (160, 45):
            legend = trend(pilot).splitlines()[0]
            assert all(f" {name} " in legend for name in ("NumberOfTracks", "Chi2oNDF", "Pt", "Eta", "Phi"))
