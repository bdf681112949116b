from __future__ import annotations

import itertools

import numpy as np
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from dqmtui.render.cells import CellGrid, CellStyle, Palette, Rect
from dqmtui.render.colors import ColorLevel, xterm_color, xterm_index

RED = CellStyle(fg="#ff0000")
ON_BLUE = CellStyle(fg="#ffffff", bg="#0000ff", bold=True)


def test_a_palette_gives_equal_styles_one_index() -> None:
    palette = Palette()
    first = palette.index(RED)
    assert palette.index(CellStyle(fg="#ff0000")) == first
    assert palette[first] == RED
    assert palette[0] == CellStyle()
    assert len(palette) == 2


def test_a_palette_refuses_more_styles_than_fit_its_index() -> None:
    palette = Palette()
    for number in range(65_535):
        palette.index(CellStyle(fg=f"#{number:06x}"))
    with pytest.raises(OverflowError):
        palette.index(CellStyle(fg="#ffffff"))
    assert palette.index(CellStyle(fg="#000000")) == 1


@given(arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(0, 3)))
def test_runs_cover_every_row_once_and_neighbours_differ_in_style(styles: np.ndarray) -> None:
    palette = Palette()
    for color in ("#111111", "#222222", "#333333"):
        palette.index(CellStyle(fg=color))
    chars = np.arange(styles.size, dtype=np.uint32).reshape(styles.shape) + ord("A")
    grid = CellGrid(chars, styles, palette)
    for y, row in enumerate(grid.runs()):
        assert row == grid.row_runs(y)
        assert "".join(text for text, _ in row) == "".join(map(chr, chars[y]))
        assert [style for text, style in row for _ in text] == styles[y].tolist()
        assert all(one[1] != other[1] for one, other in itertools.pairwise(row))


def test_text_is_cut_at_the_edges() -> None:
    grid = CellGrid.blank(5, 2)
    grid.put_text(3, 0, "abc", RED)
    grid.put_text(-2, 1, "xyz", RED)
    grid.put_text(0, 2, "below", RED)
    grid.put_text(9, 0, "right", RED)
    grid.put_text(-9, 0, "left", RED)
    assert grid.to_text() == "   ab\nz"


@pytest.mark.parametrize(
    "text", ["\x1b[31m", "a\nb", "\u202e!", "e\u0301", "\u6f22", "\x9b", "\ud800", "\u200b"]
)
def test_text_that_would_move_or_hide_cells_is_replaced(text: str) -> None:
    grid = CellGrid.blank(10, 1)
    grid.put_text(0, 0, text, RED)
    assert len(grid.to_text()) <= len(text)
    assert grid.to_text().isascii()
    assert grid.to_text().isprintable()
    assert "?" in grid.to_text()


def test_fill_is_cut_at_the_edges() -> None:
    grid = CellGrid.blank(4, 3)
    grid.fill(Rect(-1, 1, 3, 9), "#", RED)
    assert grid.to_text() == "\n##\n##"


def test_paste_translates_styles_and_is_cut_at_the_edges() -> None:
    grid = CellGrid.blank(6, 3)
    other = CellGrid.blank(4, 2, ON_BLUE)
    other.put_text(0, 0, "abcd", ON_BLUE)
    grid.paste(other, 4, -1)
    grid.paste(other, 9, 9)
    grid.paste(other, -2, 2)
    assert grid.to_text() == "\n\ncd"
    assert grid.palette[int(grid.styles[0, 4])] == ON_BLUE
    assert grid.palette[int(grid.styles[0, 3])] == CellStyle()
    shared = CellGrid.blank(2, 1, RED, grid.palette)
    grid.paste(shared, 0, 0)
    assert grid.palette[int(grid.styles[0, 1])] == RED


def test_a_copy_shares_the_palette_and_nothing_else() -> None:
    grid = CellGrid.blank(3, 1)
    copy = grid.copy()
    copy.put_text(0, 0, "abc", RED)
    assert (grid.to_text(), copy.to_text()) == ("", "abc")
    assert copy.palette is grid.palette


def test_to_text_shows_reversed_blocks_as_what_they_look_like() -> None:
    grid = CellGrid.blank(4, 1)
    grid.put_text(0, 0, "▇▄▁█", CellStyle(reverse=True))
    assert grid.to_text() == "▔▀█"


def test_ansi_without_colours_is_the_text_alone() -> None:
    grid = CellGrid.blank(4, 2)
    grid.put_text(0, 0, "abcd", ON_BLUE)
    assert grid.to_ansi("none") == grid.to_text() == "abcd\n"


@pytest.mark.parametrize("level", ["16", "256", "truecolor"])
def test_a_terminal_shows_what_to_ansi_wrote(level: ColorLevel) -> None:
    grid = CellGrid.blank(12, 3)
    grid.put_text(1, 0, "axis", CellStyle(fg="#5fafff", underline=True))
    grid.put_text(5, 0, "plot", CellStyle(fg="#ff5f5f", bg="#303030", bold=True))
    grid.put_text(0, 2, "▀▄", CellStyle(fg="#ffaf5f", reverse=True))
    screen = pyte.Screen(12, 3)
    stream = pyte.Stream(screen)
    lines = grid.to_ansi(level).split("\n")
    stream.feed("\r\n".join(lines))
    assert "\n".join(line.rstrip() for line in screen.display) == " axisplot\n\n▀▄"
    first, second, third = screen.buffer[0][1], screen.buffer[0][5], screen.buffer[2][0]
    assert (first.underscore, second.bold, third.reverse) == (True, True, True)
    assert (screen.buffer[0][0].fg, screen.buffer[0][9].bg, screen.buffer[1][0].fg) == ("default",) * 3
    nearest = xterm_color(xterm_index("#ff5f5f"))[1:]
    expected: dict[ColorLevel, str] = {"16": "brightred", "256": nearest, "truecolor": "ff5f5f"}
    assert second.fg == expected[level]
