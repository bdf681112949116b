"""What lies over the panes, what has the keys, and what stands on borders and lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.content import Content
from textual.widgets import Input

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.lstable import Source
from dqmtui.model.states import SourceState
from dqmtui.review.choices import Comparison, RestOfRun, View
from dqmtui.review.facts import Crashed
from dqmtui.review.review import Target
from dqmtui.services.errors import ServiceDown
from dqmtui.services.records import Health, ServiceState
from dqmtui.tui.column_chooser import ColumnChooser
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.panes.lumisections import LumisectionsPane, why_no_rows
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.prompt import Prompt
from dqmtui.tui.screen import ReviewScreen
from dqmtui.tui.widgets.hit_list import HitList
from dqmtui.tui.widgets.layer import keys_within
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import (
    NAMES,
    has_keys,
    on_screen,
    pages_held_back,
    review_app,
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
AT = Target(run=381208, me=CHARGE)


@pytest.mark.parametrize("opener", ["slash", "colon", "question_mark"])
async def test_a_click_beside_what_is_open_closes_it_and_the_keys_work_on(
    demo: DemoServices, opener: str
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        screen = pilot.app.screen
        layers = (screen.query_one(Picker), screen.query_one(Prompt), screen.query_one(HelpPanel))
        await pilot.press(opener)
        assert [layer.is_open for layer in layers].count(True) == 1
        trend = pilot.app.screen.query_one(TrendPane)
        await pilot.click(trend, offset=(trend.outer_size.width - 2, 1))
        await settled(pilot)
        assert not any(layer.is_open for layer in layers)
        assert has_keys(pilot, trend)
        before = review.state.ls
        await typed(pilot, "g", "right")
        assert review.state.ls != before


@pytest.mark.parametrize("keys", [("slash", "escape"), ("colon", "escape"), ("colon", " 7", "enter")])
@pytest.mark.parametrize(("pane", "kind"), [("1", RunsPane), ("2", LumisectionsPane), ("4", TrendPane)])
async def test_finder_and_prompt_give_the_keys_back_to_the_pane_that_had_them(
    demo: DemoServices, pane: str, kind: type[RunsPane | LumisectionsPane | TrendPane], keys: tuple[str, ...]
) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, pane, *keys)
        widget = pilot.app.screen.query_one(kind)
        assert has_keys(pilot, widget)
        assert widget.region.height > 0


async def test_an_action_given_by_name_acts_on_the_pane_in_which_it_was_typed(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "2", "colon", " pane.zoom", "enter")
        assert pilot.app.screen.query_one(LumisectionsPane).region.width == pilot.app.size.width


async def test_the_zoom_goes_along_to_the_pane_that_gets_the_keys(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "3", "z", "1")
        runs, plot = pilot.app.screen.query_one(RunsPane), pilot.app.screen.query_one(PlotPane)
        assert runs.region.width == pilot.app.size.width
        assert not plot.region
        assert has_keys(pilot, runs)
        await typed(pilot, "escape")
        assert plot.region
        assert runs.region.width < pilot.app.size.width


async def test_what_is_wrong_is_said_while_something_is_loading(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = pages_held_back(monkeypatch)
    app = review_app(demo.environment(), AT)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = app.review_screen
        message = screen.query_one(MessageLine)
        await until(pilot, lambda: "esc stops" in screen_text(message), "the progress")
        screen.notice("what is wrong")
        assert "what is wrong" in screen_text(message)
        assert "esc stops" in screen_text(message)
        may_go_on.set()
        await settled(pilot)
        assert "esc stops" not in screen_text(message)


async def test_brackets_and_escapes_in_names_are_shown_on_borders_as_they_are(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        name = "[red]evil [@click=app.quit]\x1b[2J"
        review.select_element(MonitoringElement(1, f"A/{name}", 1))
        await pilot.pause()
        assert "3 [red]evil [@click=app.quit]\\x1b[2J " in on_screen(pilot)


async def test_the_title_keeps_the_end_of_a_long_name_which_tells_layers_apart(demo: DemoServices) -> None:
    me = "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
    async with reviewing(demo, Target(run=381208, me=me), size=(112, 36), charset="ascii") as (pilot, _):
        plot = pilot.app.screen.query_one(PlotPane)
        title = Content.from_markup(plot.border_title or "").plain
        assert title.endswith("PXLayer_1")
        assert "~" in title
        assert len(title) < plot.outer_size.width - 4


async def test_a_step_does_not_write_the_borders_anew(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        named: list[int] = []
        monkeypatch.setattr(ReviewScreen, "name_panes", lambda _: named.append(1))
        before = review.state.ls
        await typed(pilot, "right")
        assert review.state.ls != before
        assert not named


async def test_a_mistake_of_the_program_ends_it_and_is_seen(demo: DemoServices) -> None:
    async def crash() -> None:
        async with reviewing(demo) as (pilot, _):
            app = pilot.app
            screen_of(pilot).take(Crashed(KeyError("a mistake")))
            await until(pilot, lambda: app.return_code == 1, "the end")

    with pytest.raises(KeyError, match="a mistake"):
        await crash()


async def test_services_that_still_tell_of_themselves_at_the_end_do_no_harm(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
    screen.service_changed("DIALS", ServiceState())
    screen.notice("too late")


async def test_a_service_that_is_asked_again_and_again_does_not_look_well(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        error = ServiceDown("no connection", service="DIALS")
        screen.service_changed("DIALS", ServiceState(health=Health.SLOW, last_error=error))
        text = screen_text(screen.query_one(MessageLine))
        assert "retrying" in text
        assert "DIALS ✓" not in text


async def test_help_fits_80_columns_and_explains_the_signs(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await pilot.press("question_mark")
        await pilot.pause()
        panel = pilot.app.screen.query_one(HelpPanel)
        text = str(panel.query_one("Static").render())
        listed, _, numbers = text.partition("\n\n")
        assert max(len(line) for line in listed.splitlines()) <= panel.scrollable_content_region.width
        assert "known to be absent" in listed
        assert re.search(r":plot\.x LOW HIGH +Range of x", listed)
        assert ":logout.oms  " in listed
        assert numbers


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (SourceState.LOADING, "coming"),
        (SourceState.FAILED, "could not be loaded"),
        (SourceState.PARTIAL, "could not be loaded"),
        (SourceState.NOT_LOADED, "have not been loaded"),
        (SourceState.LOADED, "nobody knows any"),
        (SourceState.OFF, "nobody knows any"),
    ],
)
def test_what_failed_or_was_stopped_is_not_called_absent(state: SourceState, says: str) -> None:
    assert says in why_no_rows([Source(state=SourceState.LOADED), Source(state=state)], "nobody knows any")


async def test_enter_right_after_opening_the_finder_chooses_what_it_shows(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "D", "escape")
        await typed(pilot, "slash", "enter")
        assert review.state.element == review.ring[0]
        assert len(review.ring) == len(review.elements)


async def test_a_pattern_that_is_none_chooses_nothing(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = review.state.element
        await pilot.press("slash")
        picker = pilot.app.screen.query_one(Picker)
        picker.query_one(Input).value = "~charge[("
        await typed(pilot, "enter")
        assert picker.is_open
        assert review.state.element == before


async def test_keys_typed_at_once_are_done_in_the_order_in_which_they_came(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)) as (pilot, review):
        app = pilot.app
        # all of them before any of them is handled, as a slow link delivers them
        for key in ("r", "enter", "d", "slash", *"charge_PXLayer_2", "enter", "w"):
            app.post_message(events.Key(NAMES.get(key, key), key if len(key) == 1 else None))
        await until(pilot, lambda: review.state.view is View.WATERFALL)
        await settled(pilot)
        assert review.state.references == (RestOfRun(),)
        assert review.state.comparison is Comparison.RATIO
        assert review.state.element is not None
        assert review.state.element.me.endswith("charge_PXLayer_2")


@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=["80x24", "60x16"])
async def test_under_whatever_is_open_the_lines_at_the_bottom_are_seen_and_the_border_says_how_it_closes(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    async with reviewing(demo, AT, size=size) as (pilot, _):
        for opener, closing in (("question_mark", "esc closes"), ("C", "enter done"), ("E", "esc close")):
            await typed(pilot, opener)
            (layer,) = screen_of(pilot).covers
            assert f"{closing} ─╯" in on_screen(pilot)
            assert layer.region.bottom <= size[1] - 2
            screen_of(pilot).notice(f"said over {opener}")
            await pilot.pause()
            assert f"said over {opener}" in on_screen(pilot).splitlines()[-2]
            await typed(pilot, "escape")


async def test_a_list_of_columns_shows_its_last_row_and_what_stands_on_its_right(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, "C")
        chooser = screen_of(pilot).query_one(ColumnChooser)
        await typed(pilot, "G")
        assert chooser._listed[-1].what in on_screen(pilot)
        longest = max((one.what for one in chooser._listed), key=len)
        await typed(pilot, "g", *["down"] * [one.what for one in chooser._listed].index(longest))
        assert longest not in on_screen(pilot)
        await typed(pilot, *["right"] * 4)
        assert longest in on_screen(pilot)
        await typed(pilot, *["left"] * 4)
        assert "in filters" in on_screen(pilot)


@pytest.mark.parametrize(
    ("room", "fits"),
    [
        (40, "enter done  o sort   esc closes"),
        (30, "enter done  esc closes"),
        (20, "esc closes"),
        (3, "esc closes"),
    ],
)
def test_of_the_keys_on_a_border_the_one_that_closes_goes_last(room: int, fits: str) -> None:
    assert keys_within("enter done  o sort   esc closes", room) == fits


async def test_of_a_low_list_most_lines_are_names_and_a_rule_parts_them_from_what_is_said_of_one(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, AT, size=(60, 16)) as (pilot, _):
        await typed(pilot, "r")
        picker = screen_of(pilot).query_one(Picker)
        names, detail = picker.query_one(HitList), picker.query_one(".picker--detail")
        assert detail.styles.border_top[0] == "solid"
        assert names.size.height >= 5 > detail.outer_size.height
