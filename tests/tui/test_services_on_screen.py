"""Workspaces, following a run, and how the screen says what it cannot have."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.process import DemoServices
from dqmtui.model.states import SourceState
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.review import Target
from dqmtui.review.table_views import run_view
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.runs import RunRows, RunsPane, card_text
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import (
    has_keys,
    on_screen,
    review_app,
    reviewing,
    screen_of,
    screen_text,
    settled,
    typed,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.services.records import RunRow

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


async def test_another_workspace_is_chosen_without_starting_anew(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, review):
        before = review.state.workspace
        other = next(name for name in review.workspaces if name != before)
        await typed(pilot, "W")
        assert re.search(rf"{before} +open", on_screen(pilot))
        await typed(pilot, f" {other}", "enter")
        assert review.state.workspace == other
        assert not screen_of(pilot).query_one(Picker).is_open
        assert has_keys(pilot, pilot.app.screen.query_one(RunsPane))
        assert screen_text(screen_of(pilot).query_one(PlaceLine)).startswith(f" {other} ")


async def test_before_the_workspaces_have_come_none_can_be_chosen(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, review):
        review.workspaces = ()
        await typed(pilot, "W")
        assert not screen_of(pilot).query_one(Picker).is_open
        assert "have not come yet" in screen_of(pilot).on_line.text


async def test_a_run_that_is_followed_is_marked_until_it_is_no_longer(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381208, me=CHARGE), size=(80, 24)) as (pilot, review):
        place = screen_of(pilot).query_one(PlaceLine)
        assert "followed" not in screen_text(place)
        for followed in (True, False):
            await typed(pilot, "F")
            assert review.is_following is followed
            assert ("run 381208  followed" in screen_text(place)) is followed


@pytest.mark.parametrize(
    ("size", "mark"),
    [
        ((160, 45), r"offline: as of 20\d\d-\d\d-\d\d \d\d:\d\d UTC $"),
        ((80, 24), r"offline \d\d-\d\d \d\d:\d\d UTC $"),
    ],
)
async def test_what_comes_from_the_cache_alone_is_marked_with_its_time(
    tmp_path: Path, size: tuple[int, int], mark: str
) -> None:
    target = Target(run=381208, me=CHARGE)
    with DemoServices.start() as services:
        environ = {
            **services.environment(),
            "DQMTUI_CACHE_DIR": str(tmp_path / "cache"),
            "DQMTUI_CACHE_SIZE_MB": "100",
            "DQMTUI_STATE_DIR": str(tmp_path),
        }
        app = review_app(environ, target)
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.review_screen.review is not None)
            await settled(pilot)
            assert "offline" not in screen_text(app.review_screen.query_one(PlaceLine))
    app = review_app(environ, target)
    async with app.run_test(size=size) as pilot:
        place = app.review_screen.query_one(PlaceLine)
        await until(pilot, lambda: re.search(mark, screen_text(place)) is not None, "the mark")
        assert "run 381208" in screen_text(place)


@pytest.mark.parametrize("insecure", [True, False])
async def test_connections_that_nobody_checks_are_marked_all_the_time(
    demo: DemoServices,
    insecure: bool,  # noqa: FBT001 - a row
) -> None:
    environ = {**demo.environment(), "DQMTUI_INSECURE": str(insecure)}
    app = review_app(environ)
    async with app.run_test(size=(60, 16)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None)
        await settled(pilot)
        line = app.review_screen.query_one(MessageLine)
        assert ("INSECURE" in screen_text(line)) == insecure
        app.review_screen.notice("a long message " * 10)
        assert ("INSECURE" in screen_text(line)) == insecure


async def test_without_oms_the_list_says_so_and_nothing_is_said_to_be_coming(demo: DemoServices) -> None:
    app = review_app({**demo.environment(), "DQMTUI_OMS_ROUTE": "off"})
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None)
        await settled(pilot)
        runs = app.review_screen.query_one(RunsPane)
        assert app.review_screen.look.glyphs.loading not in screen_text(runs.table)
        assert "OMS is switched off" in on_screen(pilot)


@pytest.mark.parametrize(
    ("state", "coming", "says"),
    [
        (SourceState.LOADING, True, "is coming"),
        (SourceState.FAILED, False, "ctrl+r asks again"),
        (SourceState.OFF, False, "switched off"),
        (SourceState.NOT_LOADED, False, "has not been asked"),
        (SourceState.LOADED, False, "does not know run"),
    ],
)
async def test_a_card_that_will_not_come_is_not_called_coming(
    demo: DemoServices,
    state: SourceState,
    coming: bool,  # noqa: FBT001 - the value expected
    says: str,
) -> None:
    async with reviewing(demo) as (pilot, review):
        look = screen_of(pilot).look
        entry = next(one for one in review.run_list.entries if one.card is not None)
        bare = type(entry)(entry.workspace, entry.dataset, entry.dataset_id, entry.run, entry.ls_count)
        view = run_view(review.state, [bare], state)
        _, _, fill, start, _ = RunRows(view, state, None, look).cells(0)
        expected = look.glyphs.loading if coming else look.glyphs.absent
        assert (fill[0], start[0]) == (expected, expected)
        assert says in card_text(bare, state)
        assert says not in card_text(entry, state)


async def test_the_pane_says_which_run_is_coming_for_as_long_as_it_is_looked_for(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, ask = asyncio.Event(), DataLayer.find_run

    async def held_back(data: DataLayer, workspace: str, run: int) -> list[RunRow]:
        await may_go_on.wait()
        return await ask(data, workspace, run)

    monkeypatch.setattr(DataLayer, "find_run", held_back)
    app = review_app(demo.environment(), Target(run=999999))
    async with app.run_test(size=(160, 45)) as pilot:

        def pane() -> str:
            return screen_text(app.review_screen.query_one(LumisectionsPane).table)

        await until(pilot, lambda: "Run 999999 is coming ..." in pane(), "what is coming")
        may_go_on.set()
        await until(pilot, lambda: "Open a run: choose it" in pane(), "what is to be done")
