"""A terminal in which nothing can be seen: no key does there what nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input, Static

from dqmtui.review.review import Target
from dqmtui.tui.focus import Focus
from dqmtui.tui.note_form import NoteForm
from tests.tui.driving import reviewing, screen_of, typed, until

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

AT = Target(run=379011)


async def resized(pilot: Pilot[None], width: int, height: int) -> None:
    screen = screen_of(pilot)
    await pilot.resize_terminal(width, height)
    await until(pilot, lambda: screen.has_class("-too-small") == (width < 60), "the other size")


async def test_keys_change_nothing_there_and_count_again_afterwards(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        form = screen_of(pilot).query_one(NoteForm)
        before = review.state
        await resized(pilot, 40, 10)
        await pilot.press("x", "n", "right", "3", "5", "slash", "question_mark", "ctrl+p", "T")
        assert review.state == before
        assert not review.excluded
        assert not screen_of(pilot).is_covered
        await resized(pilot, 80, 24)
        await typed(pilot, "x", "m", " bad")
        assert review.excluded
        # what is open gets no key but the one that closes it
        await resized(pilot, 40, 10)
        await pilot.press("x", "enter", "f")
        assert form.query_one("#note-text", Input).value == "bad"
        assert not review.journal.notes
        await pilot.press("escape")
        assert not form.is_open


async def test_what_quits_does_also_when_something_is_open_and_its_question_is_seen(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Focus, "unsaved", lambda _screen: ("2 notes",))
    async with reviewing(demo) as (pilot, _):
        told = screen_of(pilot).query_one("#too-small", Static)
        await typed(pilot, "slash")
        await resized(pilot, 40, 10)
        for key in ("x", "escape"):
            await pilot.press("q")
            assert "2 notes are not on disk" in str(told.render())
            await pilot.press(key)
            assert "not on disk" not in str(told.render())
        assert not pilot.app._exit
        await pilot.press("q", "ctrl+q")
        assert pilot.app._exit
