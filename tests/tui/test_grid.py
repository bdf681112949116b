"""The widget of a grid of cells: it shows the last picture, and draws of it what is new."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widget import Widget

from dqmtui.render.cells import CellGrid, CellStyle, Palette
from dqmtui.tui.widgets.grid import GridView
from tests.tui.driving import on_screen, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot
    from textual.strip import Strip

RED = CellStyle(fg="#ff0000", bg="#000000")
GREEN = CellStyle(fg="#00ff00", bg="#000000")


class Lines(GridView):
    """Shows some lines, and remembers what was made and drawn."""

    DEFAULT_CSS = "Lines { border: round red; }"

    def __init__(self) -> None:
        super().__init__(id="lines")
        self.lines = ["one", "two", "three"]
        self.style = RED
        self.palette = Palette()
        self.n_built = 0
        self.drawn: list[int] = []

    def build(self, width: int, height: int) -> CellGrid:
        self.n_built += 1
        grid = CellGrid.blank(width, height, palette=self.palette)
        for y, line in enumerate(self.lines):
            grid.put_text(0, y, line, self.style)
        return grid

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)


class Little(App[None]):
    """One such widget."""

    def compose(self) -> ComposeResult:
        yield Lines()


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[Pilot[None], Lines]]:
    """Give the widget once it has been drawn; what was made until then is forgotten."""
    async with Little().run_test(size=(20, 6)) as pilot:
        await pilot.pause()
        lines = pilot.app.query_one(Lines)
        lines.n_built, lines.drawn = 0, []
        yield pilot, lines


def text(pilot: Pilot[None]) -> list[str]:
    """Give the lines on screen between the borders."""
    return [line[1:-1].rstrip() for line in on_screen(pilot).split("\n")[1:-1]]


async def test_a_picture_is_made_once_before_the_next_drawing_however_often_it_is_asked_for() -> None:
    async with shown() as (pilot, lines):
        for line in ("first", "second", "third"):
            lines.lines[0] = line
            lines.invalidate()
        await pilot.pause()
        assert lines.n_built == 1
        assert text(pilot) == ["third", "two", "three", ""]


async def test_only_lines_that_are_new_are_drawn() -> None:
    async with shown() as (pilot, lines):
        lines.lines[1] = "other"
        lines.invalidate()
        await pilot.pause()
        assert lines.drawn == [1]
        assert text(pilot) == ["one", "other", "three", ""]


async def test_the_same_text_in_another_style_is_drawn() -> None:
    async with shown() as (pilot, lines):
        lines.style = GREEN
        lines.invalidate()
        await pilot.pause()
        assert lines.drawn == [0, 1, 2]
        strip = lines.render_line(0)
        assert "#00ff00" in str(next(iter(strip)).style)


async def test_another_palette_draws_everything() -> None:
    async with shown() as (pilot, lines):
        lines.palette, lines.style = Palette(), GREEN
        lines.invalidate()
        await pilot.pause()
        assert lines.drawn == [0, 1, 2, 3]


async def test_the_same_picture_again_draws_nothing() -> None:
    async with shown() as (pilot, lines):
        lines.invalidate()
        await pilot.pause()
        assert (lines.n_built, lines.drawn) == (1, [])


async def test_another_size_and_another_border_are_drawn_with_the_picture_in_them() -> None:
    async with shown() as (pilot, lines):
        await pilot.resize_terminal(12, 5)
        await until(pilot, lambda: text(pilot) == ["one", "two", "three"])
        lines.styles.border = ("double", "red")
        await until(pilot, lambda: on_screen(pilot).startswith("╔"))
        assert text(pilot) == ["one", "two", "three"]


async def test_what_was_made_anew_while_it_was_hidden_is_drawn_when_it_is_shown() -> None:
    async with shown() as (pilot, lines):
        lines.display = False
        await pilot.pause()
        lines.lines[1] = "hidden"
        lines.invalidate()
        await pilot.pause()
        lines.display = True
        await pilot.pause()
        assert text(pilot) == ["one", "hidden", "three", ""]


async def test_a_line_asked_for_before_the_drawing_is_drawn_all_the_same() -> None:
    async with shown() as (pilot, lines):
        lines.lines[1] = "asked for"
        lines.invalidate()
        assert lines.render_line(1).text.rstrip() == "asked for"
        await pilot.pause()
        assert text(pilot) == ["one", "asked for", "three", ""]


@pytest.mark.parametrize(
    ("css", "padding"),
    [("round", 0), ("ascii", 0), ("round", (0, 2, 1, 1)), ("none", 0), ("none", (1, 0, 0, 3)), ("top", 0)],
)
async def test_every_part_looks_as_textual_draws_it(css: str, padding: Any) -> None:
    async with shown() as (pilot, lines):
        lines.styles.padding = padding
        lines.styles.border = ("none", "red") if css == "top" else (css, "red")
        if css == "top":
            lines.styles.border_top = ("solid", "green")
        lines.styles.background = "blue 40%"
        lines.border_title = "the title"
        await pilot.pause()
        height = 6
        parts = [(y, end) for y in range(height) for end in range(y + 1, height + 1)]
        for x, width in ((0, 20), (3, 9)):
            for y, end in parts:
                part = Region(x, y, width, end - y)
                assert lines.render_lines(part) == Widget.render_lines(lines, part)


async def test_another_colour_around_the_picture_is_drawn() -> None:
    async with shown() as (pilot, lines):
        whole = Region(0, 0, 20, 6)
        before = lines.render_lines(whole)
        lines.styles.border = ("round", "green")
        await pilot.pause()
        after = lines.render_lines(whole)
        assert all(one != other for one, other in zip(before, after, strict=True))
        assert after == Widget.render_lines(lines, whole)
