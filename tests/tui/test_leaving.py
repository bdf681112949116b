"""Quitting: at once, unless something would be lost."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from textual.events import Resize

from dqmtui.review.facts import HistogramsChanged
from dqmtui.review.review import Target
from dqmtui.store.journal import JournalFiles
from dqmtui.tui.focus import Focus
from dqmtui.tui.leaving import question
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine
from tests.tui.driving import (
    PATIENCE_S,
    pages_held_back,
    review_app,
    reviewing,
    screen_of,
    screen_text,
    until,
)

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.notes import Event

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)


@pytest.mark.parametrize(
    ("unsaved", "words"),
    [
        (("2 notes",), "2 notes are not on disk: q quits and loses them, any other key stays"),
        (("1 note",), "1 note is not on disk: q quits and loses it, any other key stays"),
        (
            ("1 note", "the layout mine"),
            "1 note and the layout mine are not on disk: q quits and loses them, any other key stays",
        ),
    ],
)
def test_the_question_names_what_is_lost_and_the_key(unsaved: tuple[str, ...], words: str) -> None:
    assert question(unsaved, "q") == words


def notes_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two notes be nowhere but in memory."""
    monkeypatch.setattr(Focus, "unsaved", lambda _screen: ("2 notes",))


def said(pilot: Pilot[None]) -> str:
    return screen_text(screen_of(pilot).query_one(MessageLine))


def is_running(pilot: Pilot[None]) -> bool:
    return pilot.app._exit is False


async def test_with_nothing_unsaved_it_quits_at_once(demo: DemoServices) -> None:
    async with reviewing(demo) as (pilot, _):
        assert screen_of(pilot).unsaved() == ()
        await pilot.press("q")
        assert not is_running(pilot)


async def test_it_quits_at_once_while_everything_is_loading(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_held_back(monkeypatch)
    app = review_app(demo.environment(), Target(run=381115, me=CHARGE))
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "LS of charge" in said(pilot), "the plot")
        await pilot.press("q")
        assert not is_running(pilot)


def writing_held_back(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let nothing be put on the disk until the event given back is set."""
    may_go_on, write = threading.Event(), JournalFiles.append

    def held_back(files: JournalFiles, *edits: Event) -> None:
        may_go_on.wait(PATIENCE_S)
        write(files, *edits)

    monkeypatch.setattr(JournalFiles, "append", held_back)
    return may_go_on


async def test_what_is_being_written_is_waited_for_and_not_asked_about(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = writing_held_back(monkeypatch)
    async with reviewing(demo, AT) as (pilot, review):
        await pilot.press("x", "q", "q")
        assert is_running(pilot)
        assert "Quitting as soon as 1 edit of notes is on disk" in said(pilot)
        # another key stays, as it does when there is a question
        await pilot.press("right")
        assert "Quitting" not in said(pilot)
        await pilot.press("q")
        may_go_on.set()
        await until(pilot, lambda: not is_running(pilot), "the end")
        assert review.unsaved_notes() == ()


async def test_what_takes_too_long_is_asked_about_until_it_is_written(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = writing_held_back(monkeypatch)
    monkeypatch.setattr("dqmtui.tui.leaving.WAITS_S", 0.01)
    async with reviewing(demo, AT) as (pilot, review):
        await pilot.press("x", "q")
        await until(pilot, lambda: "1 edit of notes is not on disk" in said(pilot), "the question")
        may_go_on.set()
        await until(
            pilot, lambda: not review.unsaved_notes() and "not on disk" not in said(pilot), "the word"
        )
        assert is_running(pilot)
        await pilot.press("q")
        assert not is_running(pilot)


async def test_what_comes_while_the_panes_go_is_not_drawn(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE)) as (pilot, _):
        screen, turns = screen_of(pilot), 0

        async def tell() -> None:
            nonlocal turns
            while screen.is_attached:
                screen.take(HistogramsChanged(1, 1))
                # what Textual tells of, from its queue
                screen.on_descendant_focus()
                screen.on_resize(Resize(pilot.app.size, pilot.app.size))
                screen._fit_lines()
                turns += not screen.query(PlotPane)
                await asyncio.sleep(0)

        telling = asyncio.create_task(tell())
    await telling
    assert turns


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_with_something_unsaved_it_asks_and_the_same_key_again_quits(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    notes_wait(monkeypatch)
    async with reviewing(demo) as (pilot, _):
        await pilot.press(key)
        assert is_running(pilot)
        assert "2 notes are not on disk: q quits and loses them, any other key stays" in said(pilot)
        await pilot.press(key)
        assert not is_running(pilot)


async def test_any_other_key_stays_and_the_question_comes_anew(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes_wait(monkeypatch)
    async with reviewing(demo, Target(run=381080, dataset="ZeroBias", me=CHARGE)) as (pilot, _):
        for key in ("n", "escape", "3", "z", "right", "f9", "tab"):
            await pilot.press("q")
            assert "not on disk" in said(pilot), key
            await pilot.press(key)
            assert "not on disk" not in said(pilot), key
        await pilot.press("q")
        assert is_running(pilot)


async def test_something_else_that_is_said_meanwhile_takes_the_question_away(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes_wait(monkeypatch)
    async with reviewing(demo) as (pilot, _):
        await pilot.press("q")
        screen_of(pilot).notice("something has come")
        await pilot.press("q")
        # nobody agrees to what no longer stands there
        assert is_running(pilot)
        assert "not on disk" in said(pilot)


async def test_what_has_been_saved_meanwhile_is_not_asked_about(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes_wait(monkeypatch)
    async with reviewing(demo) as (pilot, _):
        await pilot.press("q")
        monkeypatch.undo()
        await pilot.press("q")
        assert not is_running(pilot)
