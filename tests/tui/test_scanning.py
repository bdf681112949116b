"""Scoring, scanning and going from one suspicion to the next by keys, over the embedded services."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Static

from dqmtui.review.review import Target
from dqmtui.review.scan_state import ScanPhase
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.suspicions import SuspicionList
from tests.tui.driving import has_keys, on_screen, pages_held_back, reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)
BAD = (300, 302)
"""Where the ground truth has the charge of layer 1 wrong."""


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def panel(pilot: Pilot[None]) -> SuspicionList:
    return pilot.app.screen.query_one(SuspicionList)


def is_over(review: Review) -> bool:
    return review.scan is not None and review.scan.phase is ScanPhase.DONE


async def found_and_scanned(pilot: Pilot[None], review: Review) -> None:
    """Find the charges of the barrel, scan them, and wait for the list that opens by itself."""
    await typed(pilot, "slash", " PXBarrel/charge_PXLayer", "enter")
    await typed(pilot, "S")
    await until(pilot, lambda: "the MEs found last" in on_screen(pilot), "the choice of MEs")
    assert "show the list" not in on_screen(pilot)
    await typed(pilot, "enter")
    await until(pilot, lambda: is_over(review), "the end of the scan")
    await until(pilot, lambda: panel(pilot).is_open, "the list")
    await pilot.pause()


def wrapped(text: str, width: int) -> list[str]:
    """Break a text as the screen does: into lines that all must be seen."""
    return textwrap.wrap(text, width)


async def test_s_scores_the_element_sums_it_up_and_hides_it_again(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "s")
        await until(pilot, lambda: review.scores is not None, "the scores")
        worst = review.suspicions[0]
        assert (worst.first_ls, worst.last_ls) == BAD
        n = len(review.suspicions)
        await until(pilot, lambda: f"{n} suspicious range" in said(pilot), "the summary")
        assert "1 false alarm expected" in said(pilot)
        await typed(pilot, "s")
        assert review.scores is None
        assert "No scores" in said(pilot)


async def test_the_brackets_go_to_what_is_suspicious(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "right_square_bracket")
        await until(pilot, lambda: BAD[0] <= (review.state.ls or 0) <= BAD[1], "the suspicious LS")
        n = len(review.suspicions)
        await until(pilot, lambda: f"1 of {n}: LS 300-302" in said(pilot), "what is suspicious")
        await typed(pilot, "left_square_bracket")
        assert f"There is no suspicious LS before this one; {n} in all." in said(pilot)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_scan_ends_in_a_ranked_list_that_says_what_stands_against_it(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    async with reviewing(demo, AT, size=size) as (pilot, review):
        await found_and_scanned(pilot, review)
        shown = on_screen(pilot)
        for words in ("Suspicious LS in run 381065", "300-302", "the same run, without the LS itself"):
            assert words in shown
        state = panel(pilot).query_one(".list--state", Static)
        assert state.size.height == len(wrapped(str(state.render()), state.size.width))
        for words in ("1 false alarm expected", "low statistics", "a score is a sort key, not a verdict"):
            assert words in str(state.render())
        assert "no condition explains it" in shown
        await typed(pilot, "enter")
        assert not panel(pilot).is_open
        assert review.state.element is not None
        assert review.state.element.me == CHARGE
        assert BAD[0] <= (review.state.ls or 0) <= BAD[1]
        assert has_keys(pilot, pilot.app.screen.query_one("#plot"))


async def test_the_list_is_filtered_by_typing_and_closed_by_escape(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await found_and_scanned(pilot, review)
        await pilot.press(*"nothinglikeit")
        await until(pilot, lambda: "nothing fits" in on_screen(pilot), "the words for it")
        await pilot.press("escape")
        assert not panel(pilot).is_open
        assert review.state.ls == 103
        await typed(pilot, "S", "enter")
        assert panel(pilot).is_open
        assert "nothing fits" not in on_screen(pilot)


async def test_a_scan_says_how_far_it_is_and_escape_keeps_what_it_has(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        may_go_on = pages_held_back(monkeypatch)
        await typed(pilot, "S", "enter")
        await until(pilot, lambda: review.is_scanning, "the scan")
        await until(pilot, lambda: "scan 0/141 MEs" in said(pilot), "how far it is")
        await typed(pilot, "escape")
        assert "Stopped after 0 of 141 MEs; S shows the list, ctrl+r goes on." in said(pilot)
        assert not review.is_scanning
        assert not panel(pilot).is_open
        may_go_on.set()


async def test_who_has_moved_on_is_told_and_keeps_the_screen(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "slash", " PXBarrel/charge_PXLayer", "enter")
        may_go_on = pages_held_back(monkeypatch)
        await typed(pilot, "S", "enter")
        await until(pilot, lambda: review.is_scanning, "the scan")
        await typed(pilot, "right")
        may_go_on.set()
        await until(pilot, lambda: is_over(review), "the end of the scan")
        await pilot.pause()
        assert not panel(pilot).is_open
        assert review.state.ls == 104
        await until(pilot, lambda: "Scan done: 1 suspicious range in" in said(pilot), "what it found")
