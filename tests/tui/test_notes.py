"""Notes by keys: made in a moment, listed, found, shown wherever lumisections are, shared and never lost."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from textual import events
from textual.events import Key

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteVerdict, PlotLink
from dqmtui.model.notes_journal import Journal
from dqmtui.review.review import Target
from dqmtui.store.journal import LOCAL, JournalFiles
from dqmtui.tui.note_form import NoteForm
from dqmtui.tui.note_list import NoteList, age
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.panes.trend import TrendPane
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, screen_text, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.notes import Note
    from dqmtui.review.review import Review

RUN = 380238
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=RUN, dataset="ZeroBias", me=CHARGE, ls=13)


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def form(pilot: Pilot[None]) -> NoteForm:
    return pilot.app.screen.query_one(NoteForm)


def shown_list(pilot: Pilot[None]) -> NoteList:
    return pilot.app.screen.query_one(NoteList)


def count(review: Review) -> int:
    return len(review.notes.on_ls)


def on_disk(tmp_path: Path) -> list[Note]:
    """The notes that the next session finds; the state of these tests is in this directory."""
    directory = tmp_path / "dqmtui" / LOCAL
    return list(Journal.of(JournalFiles(directory).load()).notes.values())


async def noted(pilot: Pilot[None], tmp_path: Path, number: int) -> list[Note]:
    await until(pilot, lambda: len(on_disk(tmp_path)) == number, f"note {number} on the disk")
    return on_disk(tmp_path)


async def test_m_text_enter_notes_the_ls_the_element_and_its_subsystem(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "m", " HV", "enter")
        (note,) = await noted(pilot, tmp_path, 1)
        assert review.state.run is not None
        content = note.content
        assert (content.run, content.ls, content.verdict) == (RUN, LSMask.of(13), NoteVerdict.BAD)
        assert (content.text, content.subsystem, content.cause) == ("HV", "Pixel", "")
        assert (content.elements, content.links) == ((CHARGE,), (PlotLink(CHARGE, 13),))
        assert (content.workspace, content.dataset) == ("tracker", review.state.dataset)
        assert note.author == getpass.getuser()
        await until(pilot, lambda: "on disk: " in said(pilot), "the word that it is kept")
        assert f"Noted, on disk: bad, LS 13 of run {RUN}: HV;" in said(pilot)
        assert not form(pilot).is_open
        assert has_keys(pilot, pilot.app.screen.query_one("#plot"))
        # the same keys again say the same: that is refused, and stays to be said otherwise
        await typed(pilot, "m", " HV", "enter")
        assert form(pilot).is_open
        assert "has been noted already" in on_screen(pilot)
        await typed(pilot, "escape")
        assert not form(pilot).is_open
        assert len(on_disk(tmp_path)) == 1


async def test_a_marked_range_is_noted_with_all_that_the_form_can_say(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with reviewing(demo, AT, size=(80, 24), charset="ascii") as (pilot, review):
        await typed(pilot, "v", "right", "right", "v", "m", " hot", "down", "tab", " s")
        shown = on_screen(pilot)
        assert shown.isascii()
        assert all(name in shown for name in ("text", "verdict", "LS", "about", "subsystem", "cause"))
        assert "[standby]" in shown
        assert "13-15" in shown
        assert "esc leaves" in shown
        # LS, about: no element, subsystem: the first known, cause
        await typed(pilot, "tab", "backspace", " 9", "tab", "down", "tab", "up", "up", "tab", " dead")
        assert "[no ME]" in on_screen(pilot)
        await typed(pilot, "enter")
        (note,) = await noted(pilot, tmp_path, 1)
        content = note.content
        assert (content.ls, content.verdict) == (LSMask.parse("13-19"), NoteVerdict.STANDBY)
        assert (content.text, content.cause, content.elements) == ("hot", "dead", ())
        assert content.subsystem not in {"", "Pixel"}
        assert review.state.range_of_ls is None


async def test_ls_that_the_run_does_not_have_are_noted_when_enter_comes_again(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with reviewing(demo, AT) as (pilot, _review):
        await typed(pilot, "m", " odd", "tab", "tab", *["backspace"] * 2, " x", "enter")
        assert "'x' is neither an LS number nor a range" in on_screen(pilot)
        await typed(pilot, "backspace", " 9999", "enter")
        assert "has no LS 9999" in on_screen(pilot)
        assert on_disk(tmp_path) == []
        # what is changed after the question is a question again
        await typed(pilot, "backspace", "enter")
        assert "has no LS 999." in on_screen(pilot)
        await typed(pilot, "enter")
        assert not form(pilot).is_open
        (note,) = await noted(pilot, tmp_path, 1)
        assert note.content.ls == LSMask.of(999)


async def test_notes_are_shown_in_strip_trend_table_and_on_the_line_of_their_ls(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        trend, table = pilot.app.screen.query_one(TrendPane), pilot.app.screen.query_one(LumisectionsPane)
        glyph = screen_of(pilot).look.glyphs.note
        assert "notes" not in screen_text(trend)
        assert glyph not in screen_text(trend) + screen_text(table.table)
        await typed(pilot, "v", "right", "right", "v", "m", " hot", "enter")
        assert "notes" in screen_text(trend)
        assert glyph in screen_text(trend)
        marked = [line for line in screen_text(table.table).splitlines() if glyph in line]
        assert [line.split()[1] for line in marked] == ["13", "14", "15"]
        await typed(pilot, "right")
        assert "hot" not in said(pilot)
        before = len(screen_of(pilot).messages)
        await typed(pilot, "left")
        assert "bad, LS 13-15: Pixel: hot" in said(pilot)
        # it is no message to be read later
        assert len(screen_of(pilot).messages) == before
        assert review.state.ls == 15


async def test_keys_that_come_at_once_are_done_in_their_order(demo: DemoServices, tmp_path: Path) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        # as a slow link brings them: all of them before the first is drawn
        pressed = [*"mHVx", "backspace", *"!", "tab", *"s", "tab", "ctrl+u", *"13-14", "enter", *"ll"]
        for key in pressed:
            pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        (note,) = await noted(pilot, tmp_path, 1)
        assert (note.content.text, note.content.ls) == ("HV!", LSMask.parse("13-14"))
        assert note.content.verdict is NoteVerdict.STANDBY
        await until(pilot, lambda: review.state.ls == 15, "the steps behind the note")


def test_the_age_of_a_note_is_told_in_its_largest_unit() -> None:
    now = datetime(2024, 6, 1, 12, tzinfo=UTC)
    ages = [timedelta(seconds=-5), timedelta(seconds=59), timedelta(minutes=61), timedelta(days=12, hours=5)]
    assert [age(now - old, now) for old in ages] == ["now", "now", "1 h", "12 d"]


async def test_apostrophe_and_quote_go_from_note_to_note_and_u_takes_notes_back(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "apostrophe")
        assert "There are no notes on LS of this run" in said(pilot)
        for text in (" one", " two", " three"):
            await typed(pilot, "m", text, "enter", "L")
        assert count(review) == 3
        await typed(pilot, "quotation_mark")
        assert review.state.ls == 33
        assert "3 of 3: bad, LS 33: Pixel: three" in said(pilot)
        await typed(pilot, "0", "2", "quotation_mark")
        assert review.state.ls == 13
        await typed(pilot, "apostrophe")
        assert review.state.ls == 23
        await typed(pilot, "x", "u")
        assert "Taken back: excluded LS 23" in said(pilot)
        await typed(pilot, "u")
        assert f"Taken back: the note bad, LS 33 of run {RUN}" in said(pilot)
        await typed(pilot, "u", "u", "u")
        assert count(review) == 0
        assert "nothing to take back" in said(pilot)
        await typed(pilot, "colon", " redo", "enter")
        assert count(review) == 1


async def test_the_list_finds_edits_deletes_and_leads_to_notes(demo: DemoServices, tmp_path: Path) -> None:
    async with reviewing(demo, AT, size=(120, 30)) as (pilot, review):
        await typed(pilot, "m", " HV", "enter", "L", "m", " cool", "enter", "g", "M")
        panel = shown_list(pilot)
        shown = on_screen(pilot)
        assert all(word in shown for word in (f"Notes on run {RUN}", "2 notes", "HV", "cool", CHARGE))
        await typed(pilot, " cool")
        assert "1 of 2 notes" in on_screen(pilot)
        # changed in the form, which comes back to the list
        await typed(pilot, "ctrl+e", " ant", "tab", " g", "enter")
        assert panel.is_open
        assert "coolant" in on_screen(pilot)
        assert [note.content.verdict for note in review.notes.on_ls] == [NoteVerdict.BAD, NoteVerdict.GOOD]
        await typed(pilot, "ctrl+d")
        assert "Deleted: good, LS 23" in on_screen(pilot)
        assert count(review) == 1
        await typed(pilot, "ctrl+u", "down", "enter")
        assert not shown_list(pilot).is_open
        assert review.state.ls == 23
        assert len(await noted(pilot, tmp_path, 2)) == 2


async def test_keys_behind_that_for_editing_are_typed_into_the_form(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(120, 30)) as (pilot, review):
        await typed(pilot, "m", " HV", "enter", "M")
        # all of them before any of them is handled, as a slow link delivers them
        for key in ("ctrl+e", *"trip", "enter"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: [note.content.text for note in review.notes.on_ls] == ["HVtrip"])


async def test_all_runs_are_listed_by_tab_and_enter_opens_the_run_of_a_note(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "m", " here", "enter", "less_than_sign", "M")
        assert "no notes on this run; tab shows all runs" in on_screen(pilot)
        await typed(pilot, "tab")
        assert "Notes on all runs" in on_screen(pilot)
        await typed(pilot, "enter")
        await until(pilot, lambda: review.state.ls == 13, "the LS of the note")
        assert review.state.run is not None
        assert review.state.run.run == RUN


async def test_two_programs_on_one_state_directory_show_each_others_notes(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmtui.review.noting.LOOK_S", 0.05)
    async with reviewing(demo, AT) as (pilot, review), reviewing(demo, AT) as (other_pilot, other):
        await typed(pilot, "m", " one", "enter")
        await typed(other_pilot, "right", "m", " two", "enter", "x")
        await until(pilot, lambda: count(review) == 2, "the note of the other program")
        await until(other_pilot, lambda: count(other) == 2, "the note of the first program")
        await until(pilot, lambda: review.excluded == LSMask.of(14), "what the other program excludes")
        trend = pilot.app.screen.query_one(TrendPane)
        await until(pilot, lambda: "notes" in screen_text(trend), "the notes under the trend")


async def test_a_directory_that_takes_no_file_is_told_and_offers_another_place(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    journal = tmp_path / "dqmtui" / LOCAL / "journal"
    async with reviewing(demo, AT) as (pilot, review):
        journal.parent.mkdir(parents=True, exist_ok=True)
        journal.write_text("a file stands in the way")
        await typed(pilot, "m", " HV", "enter")
        await until(pilot, lambda: "1 edit not on disk" in said(pilot), "the trouble")
        screen = screen_of(pilot)
        assert count(review) == 1
        assert screen.unsaved() == ("1 edit of notes",)
        assert "1 edit not on disk" in on_screen(pilot)
        await typed(pilot, "q")
        assert "q quits and loses it" in said(pilot)
        await typed(pilot, "colon", " notes.save", "enter")
        assert "Type a file behind it" in said(pilot)
        await typed(pilot, "colon", " notes.save ~nobody-of-that-name/mine.jsonl", "enter")
        assert "mine.jsonl cannot be written: Could not determine home directory" in said(pilot)
        await typed(pilot, "colon", " notes.save mine.jsonl", "enter")
        await until(pilot, lambda: "takes them over" in screen.on_line.text, "the file")
        assert screen.unsaved() == ()
        journal.unlink()
        await typed(pilot, "ctrl+r")
        await until(pilot, lambda: "on the disk again" in said(pilot), "the disk")
        assert len(on_disk(tmp_path)) == 1
        assert "not on disk" not in on_screen(pilot)
