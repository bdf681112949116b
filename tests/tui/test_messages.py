"""Reading what was said, with its details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.review.facts import Severity
from dqmtui.tui.messages import MOST_KEPT, MessagePanel
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.status import MessageLine
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, screen_text, typed

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices

DETAILS = "ServiceDown from DIALS; status 502; https://dials/api/v1/th1/?me_id=5; <html>Bad Gateway"


@pytest.mark.parametrize("charset", ["utf8", "ascii"])
@pytest.mark.parametrize("size", [(60, 16), (160, 45)])
async def test_details_are_read_in_full_the_newest_first(
    demo: DemoServices, size: tuple[int, int], charset: str
) -> None:
    async with reviewing(demo, size=size, charset=charset) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice("An older one, with µ.")
        screen.notice("DIALS fails.", Severity.ERROR, f"{DETAILS}\x1b]0;evil\x07[red]\u202e")
        await typed(pilot, "E")
        panel = screen.query_one(MessagePanel)
        assert has_keys(pilot, panel)
        text, place = on_screen(pilot), panel.region
        lines = [line[place.x : place.right] for line in text.splitlines()[place.y : place.bottom]]
        assert text.index("error: DIALS fails.") < text.index("An older one")
        joined = "".join(line.strip("│| ") for line in lines).replace(" ", "")
        assert DETAILS.replace(" ", "") in joined
        assert "\\x1b]0;evil\\x07[red]\\u202e" in joined
        assert text.isascii() or charset == "utf8"


@pytest.mark.parametrize(
    ("text", "details", "more"),
    [
        ("DIALS fails.", DETAILS, True),
        ("DIALS fails.", "", False),
        ("x" * 155, DETAILS, False),
        ("x" * 300, "", True),
        ("", "", False),
    ],
)
async def test_the_line_says_that_there_is_more_to_read(
    demo: DemoServices,
    text: str,
    details: str,
    more: bool,  # noqa: FBT001 - the value expected
) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice(text, Severity.ERROR, details)
        line = screen_text(screen.query_one(MessageLine))
        assert ("E more" in line) == more
        assert text[:100] in line


@pytest.mark.parametrize("key", ["escape", "q", "E"])
async def test_closing_the_messages_gives_the_keys_back(demo: DemoServices, key: str) -> None:
    async with reviewing(demo) as (pilot, _):
        await typed(pilot, "2", "E")
        assert "Nothing has been said yet." in on_screen(pilot)
        await typed(pilot, key)
        assert not screen_of(pilot).query_one(MessagePanel).is_open
        assert has_keys(pilot, pilot.app.screen.query_one(LumisectionsPane))


async def test_messages_stay_when_the_line_is_cleared_and_the_oldest_go(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        for number in range(MOST_KEPT + 5):
            screen.notice(f"message {number}")
        await typed(pilot, "escape")
        assert screen.on_line.text == ""
        assert next(said.notice.text for said in screen.messages) == f"message {MOST_KEPT + 4}"
        assert len(screen.messages) == MOST_KEPT


async def test_the_newest_message_is_copied_from_within(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice("DIALS fails.", Severity.ERROR, DETAILS)
        await typed(pilot, "E", "c")
        assert not screen.query_one(MessagePanel).is_open
        assert pilot.app.clipboard.endswith(f"DIALS fails. [{DETAILS}]")
