"""The terminal is told what has changed: it shows the same as if it had been told everything."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.tui.wire.pens import DEFAULT, change, chosen
from dqmtui.tui.wire.reading import Kind, parts
from dqmtui.tui.wire.screen import Screen
from tests.emulator import Emulator

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

WIDTH, HEIGHT = 24, 4
CODES = (
    *("", "1", "2;3", "31", "97;100", "38;5;200;48;5;17", "1;38;5;75;48;5;233", "4;38;2;1;2;3", "7;9;44"),
    *("48;5;233", "39;49", "5;21;53", "1;4;7;9;35"),
)
# of one cell, of two, and of one with a character that takes none
CELLS = ("a", "Z", " ", "─", "█", "▀", "⣿", "✓", "é", "\x7e", "你", "好", "🙂", "e\u0301", "x\u0323\u0302")


def cells_of(text: str) -> int:
    return sum(2 if char in "你好🙂" else 0 if char in "\u0301\u0323\u0302" else 1 for char in text)


def segment(code: str, text: str) -> str:
    """Write as Textual does."""
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


@st.composite
def pictures(draw: DrawFn) -> str:
    """Some lines from some column on."""
    lines = []
    for _ in range(draw(st.integers(1, HEIGHT))):
        x, y = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
        written, left = f"\x1b[{y + 1};{x + 1}H", WIDTH - x
        for _ in range(draw(st.integers(0, 5))):
            code, cell = draw(st.sampled_from(CODES)), draw(st.sampled_from(CELLS))
            text = cell * min(draw(st.integers(1, 14)), left // cells_of(cell))
            left -= cells_of(text)
            written += segment(code, text)
        lines.append(written)
    return "".join(lines) + "\x1b[1;1H"


def screen(*, erases_in_colour: bool = True) -> Screen:
    return Screen(WIDTH, HEIGHT, erases_in_colour=erases_in_colour)


def emulator() -> Emulator:
    return Emulator(WIDTH, HEIGHT, wraps=False)


def full(code: str = "", cell: str = "#") -> str:
    return "\n".join(f"\x1b[{y + 1};1H" + segment(code, cell * WIDTH) for y in range(HEIGHT)) + "\x1b[1;1H"


@given(
    written=st.lists(st.tuples(pictures(), st.booleans()), min_size=1, max_size=8),
    erases_in_colour=st.booleans(),
)
def test_differences_show_the_same_as_everything_however_many_pictures_are_dropped(
    written: list[tuple[str, bool]], *, erases_in_colour: bool
) -> None:
    whole, told, ours = emulator(), emulator(), screen(erases_in_colour=erases_in_colour)
    for picture, is_told in written:
        whole.write(picture)
        assert ours.paint(picture)
        if is_told:
            told.write("".join(ours.difference()))
            assert told.cells == whole.cells
            assert told.place == whole.place
    told.write("".join(ours.difference()))
    assert told.cells == whole.cells
    assert told.place == whole.place
    assert not ours.is_changed


def test_behind_a_character_of_unknown_width_what_follows_is_put_where_it_belongs() -> None:
    whole, told, ours = emulator(), emulator(), screen()
    for picture in ("\x1b[1;1Hab cdef", "\x1b[1;1He\u0301b", "\x1b[1;3H-x"):
        whole.write(picture)
        ours.paint(picture)
        if picture[-1] != "b":
            told.write("".join(ours.difference()))
            assert told.cells == whole.cells


@given(pictures(), st.lists(pictures(), max_size=3))
def test_a_picture_read_part_by_part_is_the_same_picture(first: str, more: list[str]) -> None:
    at_once, by_parts = screen(), screen()
    told, again = emulator(), emulator()
    for picture in (first, *more):
        assert at_once.paint(picture)
        assert all(by_parts.take(part) for part in parts(picture))
    told.write("".join(at_once.difference()))
    again.write("".join(by_parts.difference()))
    assert told.cells == again.cells


@given(pictures(), pictures())
def test_after_anything_else_wrote_to_the_terminal_everything_is_told(before: str, garbage: str) -> None:
    whole, told, ours = emulator(), emulator(), screen()
    for picture in (full("48;5;17"), before):
        whole.write(picture)
        ours.paint(picture)
    told.write("".join(ours.difference()))
    told.write(garbage)
    ours.forget()
    told.write("".join(ours.difference()))
    assert told.cells == whole.cells


@pytest.mark.parametrize(("width", "height"), [(10, 2), (WIDTH + 9, HEIGHT + 3), (WIDTH, HEIGHT)])
def test_in_another_size_everything_that_fits_is_told(width: int, height: int) -> None:
    ours, told = screen(), emulator()
    ours.paint(full("1;31;44", "x"))
    told.write("".join(ours.difference()))
    ours.resize(width, height)
    other = Emulator(width, height, wraps=False)
    other.write("".join(ours.difference()))
    shown = [line.rstrip() for line in other.display]
    assert shown == ["x" * min(width, WIDTH)] * min(height, HEIGHT) + [""] * max(0, height - HEIGHT)


def test_the_last_column_of_the_last_line_can_be_written_in_a_terminal_that_wraps() -> None:
    told, ours = Emulator(WIDTH, HEIGHT), screen()
    ours.paint(full(cell="a"))
    told.write("".join(ours.difference()))
    ours.paint(f"\x1b[{HEIGHT};{WIDTH}Hb\x1b[1;1H")
    told.write("".join(ours.difference()))
    assert told.display == ["a" * WIDTH] * (HEIGHT - 1) + ["a" * (WIDTH - 1) + "b"]


def test_what_is_shown_is_not_told_again() -> None:
    ours = screen()
    ours.paint(full("1;31"))
    ours.difference()
    ours.paint(full("1;31"))
    assert ours.difference() == []


def test_one_cell_costs_a_move_a_pen_and_a_character() -> None:
    ours = screen()
    ours.paint(full())
    ours.difference()
    ours.paint("\x1b[3;7H" + segment("31", "x") + "\x1b[1;1H")
    assert "".join(ours.difference()) == "\x1b[3;7H\x1b[31mx\x1b[m\x1b[1;1H"


def test_a_short_gap_is_written_again_and_a_long_one_jumped_over() -> None:
    ours = screen()
    ours.paint(full())
    ours.difference()
    ours.paint("\x1b[1;1Hx##x##########x\x1b[1;1H")
    assert "".join(ours.difference()) == "x##x\x1b[10Cx\x1b[1;1H"


def test_the_rest_of_a_line_is_erased_only_where_that_leaves_its_colour() -> None:
    blue = segment("44", " " * WIDTH)
    told = {}
    for erases_in_colour in (True, False):
        ours = screen(erases_in_colour=erases_in_colour)
        ours.paint(full())
        ours.difference()
        ours.paint(f"\x1b[1;1H{blue}\x1b[1;1H")
        told[erases_in_colour] = "".join(ours.difference())
    assert told[True] == "\x1b[44m\x1b[K\x1b[m"
    assert told[False] == f"\x1b[44m{' ' * WIDTH}\x1b[m\x1b[1;1H"


def test_spaces_that_show_more_than_their_background_are_never_erased() -> None:
    for code in ("4", "7", "9;44", "53"):
        ours = screen()
        ours.paint(full())
        ours.difference()
        ours.paint("\x1b[1;1H" + segment(code, " " * WIDTH) + "\x1b[1;1H")
        assert " " * WIDTH in "".join(ours.difference())


def test_links_are_told_and_ended() -> None:
    ours = screen()
    link = "\x1b]8;id=1;https://cern.ch\x1b\\"
    for part in parts(f"\x1b[1;1H{link}\x1b[31mCERN\x1b[0m\x1b]8;;\x1b\\ and"):
        assert ours.take(part)
    told = "".join(ours.difference())
    assert told == f"\x1b[1;1H{link}\x1b[31mCERN\x1b]8;;\x1b\\\x1b[m and"


def test_control_characters_in_a_text_never_reach_the_terminal() -> None:
    ours = screen()
    assert not ours.paint("\x1b[1;1Ha\x9b2Jb\x1b[1;1H")
    assert [part.kind for part in parts("a\x9b2Jb")][:2] == [Kind.TEXT, Kind.UNKNOWN]


def reached(before: str, after: str) -> tuple[object, object]:
    """Give a cell drawn after going from pen to pen, and one drawn after taking the second at once."""
    gone, direct = emulator(), emulator()
    first, second = chosen(DEFAULT, before), chosen(DEFAULT, after)
    assert first is not None
    assert second is not None
    gone.write(change(DEFAULT, first) + change(first, second) + "x")
    direct.write(f"\x1b[0;{after}mx" if after else "x")
    return gone.buffer[0][0], direct.buffer[0][0]


@given(st.lists(st.sampled_from(CODES), min_size=2, max_size=2))
def test_a_change_of_pens_leads_to_the_second_pen(codes: list[str]) -> None:
    for before, after in pairwise(codes):
        gone, direct = reached(before, after)
        assert gone == direct


def test_a_change_of_pens_is_as_short_as_can_be() -> None:
    codes = ("38;5;75;48;5;233", "1;38;5;75;48;5;233", "38;5;4;48;5;233")
    plain, bold, other = (chosen(DEFAULT, code) for code in codes)
    assert plain is not None
    assert bold is not None
    assert other is not None
    assert change(plain, other) == "\x1b[38;5;4m"
    assert change(plain, bold) == "\x1b[1m"
    assert change(bold, plain) == "\x1b[22m"
    assert change(bold, DEFAULT) == "\x1b[m"
    assert change(plain, plain) == ""


@pytest.mark.parametrize("code", ["58;5;1", "38;5", "38", "4;99", "10"])
def test_a_pen_that_is_not_known_is_no_picture(code: str) -> None:
    assert not screen().paint(f"\x1b[1;1H\x1b[{code}mx\x1b[0m")
