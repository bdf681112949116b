"""Playing through the lumisections, over the embedded services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from tests.tui.driving import (
    pages_held_back,
    review_app,
    review_of,
    reviewing,
    screen_of,
    screen_text,
    typed,
    until,
)

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)


def place(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlaceLine))


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def at(review: Review) -> int:
    assert review.state.ls is not None
    return review.state.ls


async def test_space_plays_on_until_another_key_is_pressed(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await pilot.press("5", "0", "space")
        assert "▶ 50/s" in place(pilot)
        await until(pilot, lambda: at(review) > 105, "the next LS")
        await pilot.press("b")
        stopped = at(review)
        assert screen_of(pilot).playing == ""
        assert review.state.shows_errors, "the key that stops does what it always does"
        assert "▶" not in place(pilot)
        await pilot.press("left")
        assert at(review) == stopped - 1


async def test_space_and_escape_stop_and_do_nothing_else(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        for key in ("space", "escape", "7", "j", "end"):
            await typed(pilot, "z")
            await pilot.press("9", "space")
            assert "9/s" in screen_of(pilot).playing
            await pilot.press(key)
            assert screen_of(pilot).playing == ""
            assert pilot.app.screen.has_class("-zoom")
            await typed(pilot, "z")
        assert at(review) >= 103


async def test_without_a_number_four_ls_are_played_in_a_second(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await pilot.press("space")
        assert screen_of(pilot).playing == "▶ 4/s"


async def test_it_ends_at_the_last_ls(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "G", "3", "left")
        last = int(review.steppable()[-1])
        await pilot.press("5", "0", "space")
        await until(pilot, lambda: not screen_of(pilot).playing, "the end")
        assert at(review) == last
        assert "Played to the last LS" in said(pilot)
        await pilot.press("space")
        assert "This is the last LS" in said(pilot)
        assert screen_of(pilot).playing == ""


async def test_groups_are_played_one_after_another(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "1", "0", "N")
        await pilot.press("5", "0", "space")
        await until(pilot, lambda: at(review) > 120, "the group after the next")
        await pilot.press("escape")
        assert at(review) % 10 == 1


async def test_J2_an_ls_that_has_not_come_is_waited_for_and_not_run_over(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = pages_held_back(monkeypatch)
    app = review_app(demo.environment(), AT)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        review = review_of(pilot)
        await until(pilot, lambda: review.state.ls == 103 and review.load is not None, "the run")
        load = review.load
        assert load is not None
        await until(pilot, lambda: load.stack is not None or load.state is LoadState.LOADING, "the load")
        await pilot.press("5", "0", "space")
        await until(pilot, lambda: "waits for LS 104" in place(pilot), "the waiting")
        assert at(review) == 103
        may_go_on.set()
        await until(pilot, lambda: at(review) > 104, "the histograms")
        await pilot.press("escape")


async def test_what_was_stopped_is_not_waited_for(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_held_back(monkeypatch)
    app = review_app(demo.environment(), AT)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        review = review_of(pilot)
        await until(pilot, lambda: review.state.ls == 103 and review.load is not None, "the run")
        await pilot.press("escape")
        load = review.load
        assert load is not None
        await until(pilot, lambda: load.state is LoadState.CANCELLED, "the stop")
        await pilot.press("5", "0", "space")
        await until(pilot, lambda: not screen_of(pilot).playing, "the end")
        assert "LS 104 has not come; ctrl+r asks for it" in said(pilot)
        assert at(review) == 103


async def test_without_a_run_there_is_nothing_to_play(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        await pilot.press("space")
        assert "no run open" in said(pilot)
