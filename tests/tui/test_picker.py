"""The list that is searched: what is marked, the cursor, and what is shown of long names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.widgets import Input, Static

from dqmtui.tui.widgets.hit_list import Hit, HitList, runs, shown_marks
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from textual.app import ComposeResult

NAMES = ["Tracks/PXBarrel/charge_PXLayer_1", "Tracks/PXBarrel/size_PXLayer_1", "Tracks/charge", "Other"]


class PickerApp(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[Picker.Chosen] = []

    def compose(self) -> ComposeResult:
        yield Picker()

    def on_picker_chosen(self, event: Picker.Chosen) -> None:
        self.chosen.append(event)


def shown(app: App[None]) -> list[str]:
    hits = app.query_one(HitList)
    return [hits.render_line(y).text.rstrip() for y in range(hits.size.height)]


def marked(app: App[None], row: int) -> str:
    strip = app.query_one(HitList).render_line(row)
    return "".join(part.text for part in strip if part.style is not None and part.style.underline)


async def test_what_fits_stands_in_the_order_of_its_rank_with_what_was_typed_marked() -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Picker).open("me", "Find", NAMES, ["1D"] * 4)
        await pilot.press(*"charge")
        assert [line.split() for line in shown(app)[:2]] == [[NAMES[2], "1D"], [NAMES[0], "1D"]]
        assert [marked(app, row) for row in (0, 1)] == ["charge", "charge"]
        await pilot.press("enter")
        assert (app.chosen[0].index, app.chosen[0].hits) == (2, (2, 0))


async def test_marks_are_seen_without_colour() -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Picker).open("me", "Find", NAMES)
        await pilot.press(*"size")
        [mark] = [part for part in app.query_one(HitList).render_line(0) if part.text == "size"]
        assert mark.style is not None
        assert mark.style.bold
        assert mark.style.underline


@pytest.mark.parametrize(
    ("down", "up"), [("down", "up"), ("ctrl+j", "ctrl+k"), ("ctrl+n", "ctrl+p"), ("pagedown", "pageup")]
)
async def test_the_cursor_moves_and_stops_at_the_ends(down: str, up: str) -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.query_one(Picker).open("me", "Find", [f"name {number}" for number in range(100)])
        hits = app.query_one(HitList)
        await pilot.press(up)
        assert hits.cursor == 0
        await pilot.press(down, down)
        assert hits.cursor == (20 if down == "pagedown" else 2)
        assert f"name {hits.cursor}" in "\n".join(shown(app))
        await pilot.press(*[down] * 100)
        assert hits.cursor == 99
        assert shown(app)[-1].startswith("name 99")


async def test_names_that_come_later_leave_the_cursor_on_the_name_that_was_chosen() -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.query_one(Picker)
        picker.open("me", "Find", ["b1", "b2"])
        await pilot.press("down")
        picker.names_changed(["b1", "b2", "b3"], ["", "", ""])
        await pilot.press("enter")
        assert app.chosen[0].index == 1


async def test_a_pattern_that_is_none_says_so_and_offers_nothing() -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = app.query_one(Picker)
        picker.open("me", "Find", NAMES)
        app.query_one(Input).value = "~charge[("
        await pilot.pause()
        assert app.query_one(HitList).cursor is None
        assert "".join(shown(app)) == ""
        await pilot.press("enter")
        assert not app.chosen
        assert picker.is_open


def test_a_name_shortened_in_its_middle_keeps_its_marks_where_they_are_seen() -> None:
    name = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
    at = name.index("charge")
    text, marks = shown_marks(Hit(name, (0, 1, *range(at, at + 6))), 30, "…")
    assert len(text) == 30
    assert "".join(text[place] for place in sorted(marks)) == "Picharge"
    assert "".join(part for part, is_marked in runs(text, marks) if is_marked) == "Picharge"


def test_marks_on_what_is_cut_out_are_not_shown() -> None:
    text, marks = shown_marks(Hit("a" * 10 + "b" * 10 + "c" * 10, tuple(range(12, 15))), 12, "...")
    assert "b" not in text
    assert not marks


def test_a_name_that_could_steer_the_terminal_is_written_harmlessly() -> None:
    text, marks = shown_marks(Hit("a\x1b[2Jb", (0,)), 30, "…")
    assert text == "a\\x1b[2Jb"
    assert not marks


async def test_names_stand_in_full_where_they_fit_and_a_note_that_does_not_is_said_above_them() -> None:
    app = PickerApp()
    runs_ = ["run 381080  ZeroBias 2024E PromptReco-v1", "run 380310  ZeroBias 2024D PromptReco-v1"]
    notes = ["89%, duration 29%, luminosity 97%", "632 LS"]
    async with app.run_test(size=(64, 24)) as pilot:
        app.query_one(Picker).open("reference", "Compare with", runs_, notes)
        await pilot.pause()
        state = app.query_one(".picker--state", Static)
        assert [line.strip()[: len(name)] for line, name in zip(shown(app), runs_, strict=False)] == runs_
        assert str(state.content) == f"fuzzy   2 of 2   {notes[0]}"
        await pilot.press("down")
        await pilot.pause()
        assert str(state.content) == "fuzzy   2 of 2", "this one has room on its line"


async def test_what_there_is_to_say_in_full_stands_under_the_list_and_has_room_on_a_low_screen() -> None:
    app = PickerApp()
    async with app.run_test(size=(80, 24)) as pilot:
        details = [f"of run {number}: " + "beams protons, stable; " * 6 for number in range(40)]
        picker = app.query_one(Picker)
        picker.open("reference", "Compare with", [f"run {n}" for n in range(40)], details=details)
        await pilot.pause()
        as_opened = [picker.is_as_opened]
        await pilot.press("down", "down")
        as_opened.append(picker.is_as_opened)
        detail = app.query_one(".picker--detail", Static)
        shown_detail = " ".join(detail.render_line(y).text.strip() for y in range(detail.size.height))
        assert shown_detail == details[2].strip()
        assert app.query_one(HitList).size.height >= 8
        assert as_opened == [True, False]
        picker.open("me", "Find", NAMES)
        await pilot.pause()
        assert not detail.display
