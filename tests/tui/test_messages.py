"""Reading what was said in a session, with its details."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dqmtui.review.facts import Notice, Severity
from dqmtui.review.review import Target
from dqmtui.store.log_file import end_log, setup_log
from dqmtui.tui.clipboard import copyable_lines
from dqmtui.tui.message_panel import MessagePanel
from dqmtui.tui.messages import MOST_KEPT, Messages, Said
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.widgets.table import TableView
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, screen_text, typed

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
DETAILS = "ServiceDown from DIALS; status 502; https://dials/api/v1/th1/?me_id=5; <html>Bad Gateway"
NOON = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)


def panel_of(pilot: Pilot[None]) -> MessagePanel:
    return screen_of(pilot).query_one(MessagePanel)


def lines_of(pilot: Pilot[None]) -> list[str]:
    """Give the lines of the panel, without its frame."""
    place = panel_of(pilot).region
    lines = on_screen(pilot).splitlines()[place.y : place.bottom]
    return [line[place.x : place.right].strip("│| ") for line in lines]


def listed(pilot: Pilot[None]) -> list[str]:
    """Give the rows of the list that are on screen."""
    return [line.strip() for line in screen_text(panel_of(pilot).query_one(TableView)).splitlines()[1:]]


def say_three(pilot: Pilot[None]) -> None:
    screen = screen_of(pilot)
    screen.notice("an old one")
    screen.notice("careful", Severity.WARNING)
    screen.notice("DIALS fails.", Severity.ERROR, DETAILS)


def test_a_message_that_is_said_again_is_counted() -> None:
    messages = Messages()
    for text in ("one", "two", "two", "one"):
        messages.add(Said(Notice(text), NOON))
    assert [(said.notice.text, said.times) for said in messages] == [("one", 1), ("two", 2), ("one", 1)]


def test_the_oldest_of_very_many_go() -> None:
    messages = Messages()
    for number in range(MOST_KEPT + 5):
        messages.add(Said(Notice(f"message {number}"), NOON))
    assert len(messages) == MOST_KEPT
    assert next(iter(messages)).notice.text == f"message {MOST_KEPT + 4}"


@pytest.mark.parametrize(("size", "charset"), [((60, 16), "ascii"), ((160, 45), "utf8")])
async def test_details_are_read_in_full_under_the_list(
    demo: DemoServices, size: tuple[int, int], charset: str
) -> None:
    async with reviewing(demo, size=size, charset=charset) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice("An older one, with µ.")
        screen.notice("DIALS fails.", Severity.ERROR, f"{DETAILS}\x1b]0;evil\x07[red]\u202e")
        await typed(pilot, "E")
        assert has_keys(pilot, panel_of(pilot))
        rows = listed(pilot)
        assert "error" in rows[0]
        assert "DIALS fails." in rows[0]
        assert "An older one, with" in rows[1]
        joined = "".join(lines_of(pilot)).replace(" ", "")
        assert DETAILS.replace(" ", "") in joined
        assert "\\x1b]0;evil\\x07[red]\\u202e" in joined
        text = on_screen(pilot)
        assert text.isascii() or charset == "utf8"


async def test_the_newest_stands_under_the_cursor_and_others_are_reached_by_keys(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        for number in range(60):
            screen_of(pilot).notice(f"message {number}", details=f"details {number}")
        await typed(pilot, "E")
        assert "message 59" in listed(pilot)[0]
        assert "details 59" in lines_of(pilot)
        await typed(pilot, "down", "j", "j", "k")
        assert "details 57" in lines_of(pilot)
        await typed(pilot, "G")
        assert "details 0" in lines_of(pilot)
        await typed(pilot, "g")
        assert "details 59" in lines_of(pilot)


async def test_what_is_said_meanwhile_appears(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        say_three(pilot)
        await typed(pilot, "E")
        screen_of(pilot).notice("the newest")
        await pilot.pause()
        # the cursor was on the newest, and is again
        assert "the newest" in listed(pilot)[0]
        assert "the newest" in lines_of(pilot)
        await typed(pilot, "down")
        screen_of(pilot).notice("one more")
        await pilot.pause()
        assert "one more" in listed(pilot)[0]
        assert DETAILS.split(";", maxsplit=1)[0] in "".join(lines_of(pilot))


async def test_only_warnings_and_errors_are_listed_on_demand(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        say_three(pilot)
        await typed(pilot, "E")
        panel = panel_of(pilot)
        assert str(panel.border_title).startswith("Messages: ")
        assert "1 warning, 1 error" in str(panel.border_title)
        assert any("an old one" in row for row in listed(pilot))
        await typed(pilot, "f")
        assert [row.split()[1:] for row in listed(pilot) if row] == [
            ["error", "DIALS", "fails."],
            ["warning", "careful"],
        ]
        await typed(pilot, "f")
        assert [row.split()[1:] for row in listed(pilot) if row] == [["error", "DIALS", "fails."]]
        await typed(pilot, "f")
        assert any("an old one" in row for row in listed(pilot))


async def test_a_filter_that_nothing_passes_says_so(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        screen_of(pilot).notice("all is well")
        await typed(pilot, "E", "f")
        assert "There are no warnings and errors." in on_screen(pilot)
        await typed(pilot, "c", "enter")
        assert "There is nothing to copy." in on_screen(pilot)


async def test_long_details_have_all_the_room_on_demand(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        details = "\n".join(f"detail {number}" for number in range(40))
        screen_of(pilot).notice("much to read", Severity.WARNING, details)
        await typed(pilot, "E", "enter")
        lines = lines_of(pilot)
        assert not panel_of(pilot).query_one(TableView).display
        assert "detail 0" in lines
        assert "detail 39" not in lines
        await typed(pilot, "G")
        assert "detail 39" in lines_of(pilot)
        await typed(pilot, "escape")
        assert panel_of(pilot).is_open
        assert panel_of(pilot).query_one(TableView).display
        await typed(pilot, "escape")
        assert not panel_of(pilot).is_open


async def test_one_message_is_copied_or_all_that_are_listed(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        say_three(pilot)
        await typed(pilot, "E", "c")
        assert pilot.app.clipboard.endswith(f"DIALS fails. [{DETAILS}]")
        assert "\n" not in pilot.app.clipboard
        assert "The message has been sent to the terminal's clipboard." in on_screen(pilot)
        await typed(pilot, "f", "C")
        first, second = pilot.app.clipboard.splitlines()
        assert first.endswith("UTC  careful")
        assert second.endswith(f"DIALS fails. [{DETAILS}]")
        assert "2 messages have been sent" in on_screen(pilot)


def test_lines_that_are_copied_are_comments_to_a_shell() -> None:
    lines = copyable_lines(["rm -rf ~\nyes", "\x1b[2J"]).splitlines()
    assert lines == ["# rm -rf ~ yes", "# \\x1b[2J"]


async def test_it_says_where_the_log_is(demo: DemoServices, tmp_path: Path) -> None:
    path = setup_log(tmp_path)
    try:
        async with reviewing(demo, size=(160, 45)) as (pilot, _):
            screen_of(pilot).notice("DIALS fails.", Severity.ERROR, DETAILS)
            await typed(pilot, "E")
            assert path.name in on_screen(pilot)
    finally:
        end_log()
    assert f"said as error: DIALS fails. {DETAILS}" in path.read_text()


async def test_without_a_log_it_says_that(demo: DemoServices) -> None:
    async with reviewing(demo, size=(80, 24)) as (pilot, _):
        await typed(pilot, "E")
        assert "There is no log file." in on_screen(pilot)


async def test_the_line_says_that_there_is_more_to_read(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        for text, details, more in (
            ("DIALS fails.", DETAILS, True),
            ("DIALS fails.", "", False),
            ("x" * 155, DETAILS, False),
            ("x" * 300, "", True),
            ("", "", False),
        ):
            screen.notice(text, Severity.ERROR, details)
            line = screen_text(screen.query_one(MessageLine))
            assert ("E more" in line) == more
            assert text[:100] in line


async def test_closing_the_messages_gives_the_keys_back(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        await typed(pilot, "2")
        for key in ("escape", "q", "E"):
            await typed(pilot, "E")
            assert panel_of(pilot).is_open
            await typed(pilot, key)
            assert not panel_of(pilot).is_open
            assert has_keys(pilot, pilot.app.screen.query_one(LumisectionsPane))


async def test_messages_stay_when_the_line_is_cleared(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice("a message")
        await typed(pilot, "escape")
        assert screen.on_line.text == ""
        assert next(said.notice.text for said in screen.messages) == "a message"


async def test_what_was_said_of_an_element_goes_with_it_but_no_warning_does(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE), (160, 45)) as (pilot, _):
        screen = screen_of(pilot)
        line = screen.query_one(MessageLine)
        screen.notice("3 suspicious ranges")
        await typed(pilot, "full_stop")
        assert "3 suspicious ranges" not in screen_text(line)
        screen.notice("DIALS is slow", Severity.WARNING)
        await typed(pilot, "full_stop")
        assert "DIALS is slow" in screen_text(line)
