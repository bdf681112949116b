"""The palette: everything that has a name, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.review.review import Target
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.palette import SUBJECT
from dqmtui.tui.prompt import Prompt
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)


def is_open(pilot: Pilot[None]) -> bool:
    picker = screen_of(pilot).query_one(Picker)
    return picker.is_open and picker.subject == SUBJECT


async def test_an_action_is_found_by_its_words_and_done_in_the_pane_that_had_the_keys(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        screen = screen_of(pilot)
        await typed(pilot, "2", "ctrl+p", " zoom the pane")
        assert "z           action" in on_screen(pilot)
        await typed(pilot, "enter")
        assert not is_open(pilot)
        assert screen.pane_in_focus() == "lumisections"
        assert screen.has_class("-zoom")


async def test_runs_elements_sets_and_themes_are_opened_by_their_names(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "ctrl+p", " 380238", "enter")
        assert review.state.run is not None
        assert review.state.run.run == 380238
        await typed(pilot, "ctrl+p", " size_PXLayer_2", "enter")
        assert review.state.element is not None
        assert review.state.element.short_name == "size_PXLayer_2"
        before = screen_of(pilot).look.theme.name
        await typed(pilot, "ctrl+p", " theme light", "enter")
        assert screen_of(pilot).look.theme.name != before
        await until(pilot, lambda: bool(screen_of(pilot).layout_names), "the names of the sets")
        await typed(pilot, "ctrl+p", " set pixel", "enter")
        await until(pilot, lambda: review.state.layout is not None, "the set")


async def test_an_action_that_is_only_typed_is_begun_at_the_prompt(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, "ctrl+p", " plot.x", "enter")
        prompt = screen_of(pilot).query_one(Prompt)
        assert prompt.is_open
        assert has_keys(pilot, prompt)
        assert ":plot.x " in on_screen(pilot)
        assert "LOW HIGH" in on_screen(pilot)


async def test_the_palette_leaves_what_is_open_alone(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        opened: list[bool] = []
        for opener in ("question_mark", "slash", "colon"):
            await typed(pilot, opener, "ctrl+p")
            opened.append(is_open(pilot))
            await typed(pilot, "escape", "ctrl+p")
            opened.append(is_open(pilot))
            await typed(pilot, "escape")
        assert opened == [False, True] * 3


async def test_in_ascii_all_of_it_is_ascii(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24), charset="ascii") as (pilot, _):
        await typed(pilot, "ctrl+p", " next ls")
        assert "right l" in on_screen(pilot)
        assert on_screen(pilot).isascii()
        await typed(pilot, "escape", "question_mark")
        assert screen_of(pilot).query_one(HelpPanel).is_open
        assert on_screen(pilot).isascii()
        await typed(pilot, "escape", "colon", " tre", "tab", "tab")
        assert on_screen(pilot).isascii()
