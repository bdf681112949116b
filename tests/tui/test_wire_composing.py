"""A screen of which only what changed is put together: the same as Textual puts together, with less work."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Horizontal, ScrollableContainer, Vertical
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.widgets import Static

from dqmtui.tui.wire.composing import ThriftyCompositor
from tests.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual import events
    from textual.pilot import Pilot
    from textual.strip import Strip

WIDTH, HEIGHT = 50, 14
CSS = """
Screen { layers: below above; background: black; }
ScrollableContainer { width: 20; border: round green; }
#left { width: 40; height: 30; background: darkblue; }
#top { height: 3; background: darkred; }
#middle { height: 4; border: solid yellow; }
#bottom { height: 1fr; background: darkgreen; }
#over { layer: above; width: 17; height: 6; offset: 12 3; background: purple; border: heavy white; }
"""
TEXT = " ".join(f"{word}{n}" for n in range(60) for word in ("你", "b", "cd"))


class Asked(Static):
    """Notes which of its lines it is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(TEXT, id=name, markup=False)
        self.asked: list[Region] = []
        self.told: list[Size] = []

    def on_resize(self, event: events.Resize) -> None:
        self.told.append(event.size)

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked.append(crop)
        strips: list[Strip] = super().render_lines(crop)
        return strips


class Panes(Screen[None]):
    """Panes beside and under each other, one that is scrolled, and one over them."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = self.compositor = ThriftyCompositor()

    def compose(self) -> ComposeResult:
        with Horizontal():
            with ScrollableContainer():
                yield Asked("left")
            with Vertical():
                yield Asked("top")
                yield Asked("middle")
                yield Asked("bottom")
        yield Asked("over")

    def changed(self, *regions: Region, thrifty: bool = True) -> str:
        """Give what is written when parts of the screen have changed."""
        self.compositor._dirty_regions = set(regions)
        with self.app._context():
            kind = ThriftyCompositor if thrifty else Compositor
            update = kind.render_partial_update(self.compositor)
            return "" if update is None else update.render_segments(self.app.console)

    def asked(self) -> dict[str, list[Region]]:
        """Give and forget which lines which widgets were asked for."""
        widgets = list(self.query(Asked))
        lines = {str(widget.id): widget.asked for widget in widgets if widget.asked}
        for widget in widgets:
            widget.asked = []
        return lines


class Panels(App[None]):
    """Shows the panes."""

    CSS = CSS

    def __init__(self) -> None:
        super().__init__()
        self.panes = Panes()

    def get_default_screen(self) -> Screen[None]:
        return self.panes


@asynccontextmanager
async def panes() -> AsyncIterator[tuple[Panes, Pilot[None]]]:
    app = Panels()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.panes.query_one(ScrollableContainer).scroll_to(3, 5, animate=False)
        await pilot.pause()
        assert app.panes.query_one(ScrollableContainer).scroll_offset == (3, 5)
        app.panes.asked()
        yield app.panes, pilot


PARTS = st.builds(
    lambda *numbers: Region(*numbers).intersection(Region(0, 0, WIDTH, HEIGHT)),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, 30),
    st.integers(1, 5),
)


async def test_the_screen_shows_what_textual_would_show() -> None:
    async with panes() as (screen, _):

        @given(st.lists(st.lists(PARTS, max_size=6), max_size=4))
        @settings(max_examples=60, deadline=None)
        def alike(changes: list[list[Region]]) -> None:
            ours, theirs = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT)
            for regions in changes:
                ours.write(screen.changed(*regions))
                theirs.write(screen.changed(*regions, thrifty=False))
                assert ours.cells == theirs.cells

        alike()


def made_high(widget: Asked, height: int) -> None:
    """Give a widget a height, which its screen hears of a little later."""
    widget.styles.height = height
    widget.refresh(layout=True)
    widget._check_refresh()


async def test_a_size_that_was_asked_for_too_early_is_told_and_drawn() -> None:
    async with panes() as (screen, pilot):
        middle, bottom = screen.query_one("#middle", Asked), screen.query_one("#bottom", Asked)
        screen._refresh_layout()
        made_high(middle, 6)
        # one that is hidden has changed, for which Textual looks for all places anew
        screen.compositor.update_widgets({Asked("hidden")})
        assert bottom.size.height == HEIGHT - 3 - 6
        await pilot.pause()
        assert bottom.told[-1] == bottom.size
        assert bottom.asked


async def test_a_size_that_is_told_while_something_is_scrolled_is_taken_back() -> None:
    async with panes() as (screen, pilot):
        middle, bottom = screen.query_one("#middle", Asked), screen.query_one("#bottom", Asked)
        before = bottom.size
        screen._refresh_layout()
        made_high(middle, 6)
        screen._refresh_layout(scroll=True)
        made_high(middle, 4)
        await pilot.pause()
        assert bottom.told[-2:] == [Size(30, HEIGHT - 3 - 6), before]
        assert bottom.size == before


async def test_only_lines_that_changed_are_asked_for() -> None:
    async with panes() as (screen, _):
        screen.changed(Region(20, 0, 30, 1), Region(20, HEIGHT - 1, 30, 1))
        asked = screen.asked()
        assert asked.keys() == {"top", "bottom"}
        assert asked["top"] == [Region(0, 0, 30, 1)]
        assert asked["bottom"] == [Region(0, 6, 30, 1)]


async def test_what_is_hidden_is_not_asked_for() -> None:
    async with panes() as (screen, _):
        screen.changed(Region(14, 4, 3, 2))
        assert screen.asked().keys() == {"over"}


async def test_a_pane_that_is_cut_off_draws_what_is_seen_of_it() -> None:
    async with panes() as (screen, _):
        screen.changed(Region(2, 2, 1, 1))
        # scrolled by 3 and 5, inside a border
        assert screen.asked() == {"left": [Region(3, 6, 16, 1)]}


async def test_nothing_is_drawn_when_nothing_changed() -> None:
    async with panes() as (screen, _):
        assert screen.changed() == ""
        # of a screen that was larger
        assert screen.changed(Region(WIDTH, 0, 5, 5), Region(0, HEIGHT, 5, 5)) == ""
        assert screen.asked() == {}
