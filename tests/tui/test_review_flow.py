"""The main job from a run to its histogram, by keys, over the embedded services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from textual.widgets import Input

from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import CellState
from dqmtui.review.facts import Notice, Severity
from dqmtui.review.review import Target
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.widgets.hit_list import HitList
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import (
    NAMES,
    has_keys,
    on_screen,
    reviewing,
    screen_of,
    screen_text,
    settled,
    typed,
    until,
)

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


async def test_from_the_list_of_runs_to_the_histogram_and_on(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        runs = pilot.app.screen.query_one(RunsPane)
        assert "381151" in screen_text(runs.table)
        await typed(pilot, "down", "enter")
        assert review.state.run == review.run_list.entries[1].key
        first = review.state.ls
        assert first is not None
        await typed(pilot, "slash", " charge_PXLayer_1", "enter")
        assert review.state.element is not None
        assert review.state.element.me == CHARGE
        plot = pilot.app.screen.query_one(PlotPane)
        assert f"LS {first} " in screen_text(plot)
        steps = review.steppable()
        at = int(np.flatnonzero(steps == first)[0])
        for key, place in (
            ("right", at + 1),
            ("l", at + 2),
            ("L", at + 12),
            ("h", at + 11),
            ("left", at + 10),
        ):
            await typed(pilot, key)
            assert review.state.ls == steps[place]
            assert f"LS {steps[place]} " in screen_text(plot)
        await typed(pilot, "g")
        assert review.state.ls == steps[0]
        await typed(pilot, "G")
        assert review.state.ls == steps[-1]


async def test_keys_typed_ahead_are_done_in_their_order(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, review):
        keys = ("down", "down", "enter", "slash", *(NAMES.get(c, c) for c in "charge_PXLayer_1"))
        await pilot.press(*keys)
        await settled(pilot)
        assert review.state.run == review.run_list.entries[2].key
        picker = pilot.app.screen.query_one(Picker)
        assert picker.is_open
        await typed(pilot, "enter")
        assert review.state.element is not None
        assert review.state.element.me == CHARGE


async def test_the_cursor_of_the_runs_is_on_the_newest_until_somebody_moves_it(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        pane = pilot.app.screen.query_one(RunsPane)
        entries, look = review.run_list.entries, screen_of(pilot).look
        for first in (len(entries) // 2, 0):
            review.run_list.entries = entries[first:]
            pane.show(review, look)
            assert pane.entry(review) == entries[first]
        review.run_list.entries = entries[5:]
        pane.show(review, look)
        await typed(pilot, "down")
        review.run_list.entries = entries
        pane.show(review, look)
        assert pane.entry(review) == entries[6]


async def test_runs_that_come_with_a_key_leave_the_cursor_on_its_run(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        pane = pilot.app.screen.query_one(RunsPane)
        entries, look = review.run_list.entries, screen_of(pilot).look
        review.run_list.entries = entries[5:]
        pane.show(review, look)
        # as it is while a key is handled: nobody has been told of the move yet
        pane.table.move_by(1)
        review.run_list.entries = entries
        pane.show(review, look)
        assert pane.entry(review) == entries[6]


async def test_a_number_before_the_key_of_the_last_ls_goes_to_exactly_that_ls(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE)) as (pilot, review):
        await typed(pilot, "3", "9", "2", "G")
        assert review.state.ls == 392
        assert has_keys(pilot, pilot.app.screen.query_one(PlotPane))
        await typed(pilot, "4", "1", "g")
        assert review.state.ls == 41
        await typed(pilot, "9", "9", "9", "G")
        assert review.state.ls == 41
        await until(pilot, lambda: "No data for LS 999 in run 379011" in screen_of(pilot).on_line.text)
        await typed(pilot, "G")
        assert review.state.ls == review.steppable()[-1]


async def test_numbers_repeat_steps_and_single_digits_go_to_panes(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381208, me=CHARGE)) as (pilot, review):
        steps = review.steppable()
        await typed(pilot, "3", "g")
        await typed(pilot, "2", "5", "right")
        assert review.state.ls == steps[25]
        assert has_keys(pilot, pilot.app.screen.query_one(PlotPane))
        await typed(pilot, "2")
        assert has_keys(pilot, pilot.app.screen.query_one(LumisectionsPane))
        await typed(pilot, "right")
        assert review.state.ls == steps[26]
        await typed(pilot, "7", "left")
        assert review.state.ls == steps[19]


async def test_J7_table_plot_trend_and_status_show_the_true_ls_number(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, me=CHARGE, ls=1310)) as (pilot, review):
        screen = pilot.app.screen
        table = screen.query_one(LumisectionsPane)
        for keys in ((), ("right",), ("g",), ("G",)):
            await typed(pilot, *keys)
            ls = review.state.ls
            assert ls is not None
            assert table.table.cursor is not None
            assert table.ls_of(table.table.cursor) == ls
            assert f"LS {ls}" in screen_text(screen.query_one(PlaceLine))
            assert f"LS {ls}" in screen_text(screen.query_one(PlotPane))


async def test_the_hole_of_run_381115_is_crossed_in_one_step_and_seen(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, me=CHARGE, ls=1319)) as (pilot, review):
        assert review.state.ls == 1319
        await typed(pilot, "right")
        assert review.state.ls == 1354
        await typed(pilot, "left")
        assert review.state.ls == 1319
        trend = pilot.app.screen.query_one(TrendPane)
        lines = screen_text(trend).splitlines()
        data = next(line for line in lines if line.lstrip().startswith("data"))
        assert " " in data.rstrip()[-6:]


async def test_J1_a_lumisection_without_row_is_said_and_no_neighbour_is_shown(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, me=CHARGE, ls=1310)) as (pilot, review):
        await typed(pilot, "colon", " 1330", "enter")
        assert review.state.ls == 1310
        message = screen_text(pilot.app.screen.query_one(MessageLine))
        assert "No data for LS 1330 in run 381115" in message


async def test_a_lumisection_that_only_oms_knows_says_that_there_is_no_histogram(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381151, me=CHARGE)) as (pilot, review):
        await typed(pilot, *(("1", "enter") if review.state.run is None else ()))
        assert review.table is not None
        only_oms = [ls for ls in review.table.ls.tolist() if ls not in review.table.source("dials").ls]
        await typed(pilot, "colon", f" {only_oms[0]}", "enter")
        assert review.state.ls == only_oms[0]
        assert f"no data for LS {only_oms[0]}" in screen_text(pilot.app.screen.query_one(PlotPane))


async def test_J4_a_run_in_several_datasets_asks_which_one(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        await typed(pilot, "colon", " 381065", "enter")
        picker = pilot.app.screen.query_one(Picker)
        assert picker.is_open
        assert "381065" in str(picker.border_title)
        await typed(pilot, " ZeroBias", "enter")
        assert review.state.run is not None
        assert "/ZeroBias/" in review.state.dataset
        assert "ZeroBias" in screen_text(pilot.app.screen.query_one(PlaceLine))


async def test_J9_plus_signs_and_capitals_are_found_in_each_mode(demo: DemoServices) -> None:
    wanted = "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1"
    for text in ("charge_PXDisk_+1", "=charge_PXDisk_+1", r"~charge_PXDisk_\+1$"):
        async with reviewing(demo, Target(run=381208)) as (pilot, review):
            await pilot.press("slash")
            pilot.app.screen.query_one("Picker Input", Input).value = text
            await typed(pilot, "enter")
            assert review.state.element is not None
            assert review.state.element.me == wanted


async def test_the_elements_found_are_stepped_through(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381208)) as (pilot, review):
        await typed(pilot, "slash", " charge_PXLayer", "enter")
        ring = review.ring
        assert len(ring) == 4
        await typed(pilot, "full_stop")
        assert review.state.element == ring[1]
        await typed(pilot, "comma", "comma")
        assert review.state.element == ring[3]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 45), (250, 70)])
async def test_every_pane_can_be_reached_and_shows_something_at_every_size(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    async with reviewing(demo, Target(run=381208, me=CHARGE), size) as (pilot, review):
        for key, pane in (("1", RunsPane), ("2", LumisectionsPane), ("3", PlotPane), ("4", TrendPane)):
            await typed(pilot, key)
            widget = pilot.app.screen.query_one(pane)
            assert widget.region.width >= min(60, size[0] // 2 - 20)
            assert widget.region.height >= 6
            assert has_keys(pilot, widget)
            await typed(pilot, "z")
            assert widget.region.width == size[0]
            await typed(pilot, "z")
        assert review.state.ls is not None


async def test_a_terminal_that_is_too_small_says_so_and_recovers(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381208, me=CHARGE), (50, 12)) as (pilot, _):
        note = pilot.app.screen.query_one("#too-small")
        assert note.display
        assert "50x12" in str(note.render())
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert not note.display


async def test_a_map_is_drawn_and_its_statistics_offered(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381208)) as (pilot, review):
        await typed(pilot, "slash", " clusters_per_SignedModuleCoord PXLayer_1", "enter")
        assert review.state.element is not None
        assert review.state.element.dim == 2
        assert review.state.statistic == "occupancy"
        assert review.load is not None
        assert review.load.stack is not None
        assert review.state.ls is not None
        assert review.load.stack.state_of(review.state.ls) is CellState.VALUE
        assert "occupied" in screen_text(pilot.app.screen.query_one(PlotPane))
        await typed(pilot, "t")
        assert review.state.statistic == "mean_x"


async def test_log_range_normalisation_and_theme_change_the_picture(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=120)) as (pilot, review):
        plot = pilot.app.screen.query_one(PlotPane)
        before = screen_text(plot)
        await typed(pilot, "y")
        assert review.state.log_y
        logarithmic = screen_text(plot)
        assert logarithmic != before
        await typed(pilot, "y", "n")
        assert "unit area" in screen_text(plot)
        for kind in tuple(Normalisation)[2:]:
            await typed(pilot, "n")
            assert review.state.normalisation is kind
            assert "counts per " in screen_text(plot)
        await typed(pilot, "n")
        assert screen_text(plot) == before
        theme = pilot.app.theme
        await typed(pilot, "T")
        assert pilot.app.theme != theme
        assert screen_text(plot) == before


async def test_the_next_run_keeps_the_element(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, me=CHARGE)) as (pilot, review):
        opened = review.state.run
        await typed(pilot, "less_than_sign")
        assert review.state.run is not None
        assert opened is not None
        assert review.state.run.run < opened.run
        assert review.state.element is not None
        assert review.load is not None
        assert review.load.key.run == review.state.run


async def test_help_lists_every_action_and_gives_the_keys_back(demo: DemoServices) -> None:
    async with reviewing(demo, size=(100, 30)) as (pilot, _):
        panel = pilot.app.screen.query_one("#help")
        await pilot.press("question_mark")
        assert has_keys(pilot, panel)
        await pilot.press("escape")
        assert panel.styles.display == "none"
        assert has_keys(pilot, pilot.app.screen.query_one(RunsPane))


async def test_in_80_columns_the_plot_is_named_after_the_element_that_was_found(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        await typed(pilot, "down", "enter", "slash", " charge_PXLayer_1", "enter")
        pane = pilot.app.screen.query_one(PlotPane)
        await until(pilot, lambda: "charge_PXLayer_1" in str(pane.border_title), "the name")


@pytest.mark.parametrize("name", ["PXLayer_1", "PXLyer_1"])
async def test_a_name_that_means_several_elements_or_none_opens_the_finder_with_it(
    demo: DemoServices, name: str
) -> None:
    asked = Target(run=381115, dataset="ZeroBias", me=name)
    async with reviewing(demo, asked, size=(80, 24)) as (pilot, review):
        picker = pilot.app.screen.query_one(Picker)
        await until(pilot, lambda: picker.is_open, "the finder")
        assert repr(name) in on_screen(pilot)
        assert "PXLayer_1" in screen_text(picker.query_one(HitList))
        await typed(pilot, "enter")
        assert review.state.element is not None
        assert "PXLayer_1" in review.state.element.me


async def test_why_no_element_is_open_stays_said_when_the_run_comes(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, dataset="ZeroBias", me="zzzz")) as (pilot, review):
        assert review.state.run is not None
        assert "'zzzz' is not the name of one" in screen_of(pilot).on_line.text


async def test_what_is_missing_of_an_element_is_said_as_long_as_it_is_looked_at(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381115, dataset="ZeroBias", me=CHARGE)) as (pilot, review):
        screen, here = screen_of(pilot), review.state.element
        await typed(pilot, "full_stop")
        screen.take(Notice("Partial: 0 of 9 LS came", Severity.ERROR, "", review.state.element))
        await typed(pilot, "right")
        screen.take(Notice("Partial: 1 of 9 LS came", Severity.ERROR, "", review.state.element))
        assert "Partial: 1 of 9" in on_screen(pilot)
        await typed(pilot, "comma")
        assert review.state.element == here
        assert "Partial" not in on_screen(pilot)
        screen.take(Notice("DIALS does not answer.", Severity.ERROR))
        await typed(pilot, "full_stop")
        assert "DIALS does not answer." in on_screen(pilot)
