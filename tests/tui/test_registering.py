"""The columns of the Run Registry in the LS table."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from dqmtui.review.review import Target
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.status import MessageLine
from tests.review.test_registry import client
from tests.tui.driving import on_screen, reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

__all__ = ["client"]

AT = Target(run=378981, dataset="ZeroBias", ls=52)
STATUS = "tracker_pixel"


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


@pytest.mark.usefixtures("client")
async def test_statuses_and_causes_are_columns_once_they_are_asked_for(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        table = pilot.app.screen.query_one(LumisectionsPane).table
        await typed(pilot, "2", "C")
        assert STATUS not in on_screen(pilot)
        await typed(pilot, "escape", "colon", " registry", "enter")
        await until(pilot, lambda: "C chooses the columns tracker_pixel" in said(pilot), "the columns")
        review.show(ls_columns=("pixel", STATUS, f"{STATUS}_cause"))
        await pilot.pause()
        shown = screen_text(table)
        assert "BAD" in shown
        assert "HV trip" in shown
        # they filter like any other column
        review.show(ls_filter=f'{STATUS} == "BAD"')
        await pilot.pause()
        rows = pilot.app.screen.query_one(LumisectionsPane).rows
        assert rows is not None
        assert len(rows) == 2


@pytest.mark.skipif(find_spec("runregistry") is not None, reason="the client is installed")
async def test_without_the_client_the_message_says_what_to_install(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "colon", " registry", "enter")
        assert "pip install 'dqmtui[rr]'" in said(pilot)
