"""Driving the application in tests: starting it on the embedded services and waiting for what is loading."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from dqmtui.model.keymap import Keymap
from dqmtui.model.states import SourceState
from dqmtui.render.charset import CHARSETS
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Review, Target
from dqmtui.services.dials import DialsClient
from dqmtui.store.settings import load_settings
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import pytest
    from textual.pilot import Pilot
    from textual.widget import Widget

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.records import HistogramPage
    from dqmtui.tui.screen import ReviewScreen

PATIENCE_S = 30.0
NAMES = {":": "colon", "/": "slash", " ": "space", "_": "underscore", ".": "full_stop", "+": "plus"}


def review_app(
    environ: Mapping[str, str],
    target: Target | None = None,
    *,
    theme: str = "dqm-dark",
    charset: str = "utf8",
    keymap: Keymap | None = None,
) -> DqmtuiApp:
    """Give an application on the services of an environment; it keeps nothing for another test."""
    themes = {name: load_theme(path) for name, path in available_themes(None).items()}
    look = Look(themes[theme], CHARSETS[charset], keymap=keymap or Keymap())
    environ = {"DQMTUI_CACHE_SIZE_MB": "0", **environ}
    return DqmtuiApp(lambda: load_settings({}, environ), target or Target(), look, themes)


def review_of(pilot: Pilot[None]) -> Review:
    """Give the review of a running application."""
    app = pilot.app
    assert isinstance(app, DqmtuiApp)
    assert app.review_screen.review is not None
    return app.review_screen.review


def screen_of(pilot: Pilot[None]) -> ReviewScreen:
    """Give the screen of a running application."""
    app = pilot.app
    assert isinstance(app, DqmtuiApp)
    return app.review_screen


def pages_held_back(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let no histogram through until the event given back is set."""
    may_go_on = asyncio.Event()
    ask = DialsClient.histogram_pages

    async def held_back(*arguments: Any, **named: Any) -> AsyncIterator[HistogramPage]:
        async with aclosing(ask(*arguments, **named)) as pages:
            async for page in pages:
                await may_go_on.wait()
                yield page

    monkeypatch.setattr(DialsClient, "histogram_pages", held_back)
    return may_go_on


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str = "the condition") -> None:
    """Wait until a condition holds and all is drawn; raises AssertionError with what is still missing."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        await pilot.pause()
        await asyncio.sleep(0.005)
    await pilot.pause()


def is_settled(app: DqmtuiApp) -> bool:
    """Tell whether nothing is loading."""
    review = app.review_screen.review
    if review is None or not review.state.workspace or review.is_busy or "keep notes" in review._watch:
        return False
    table, load = review.table, review.load
    if table is not None and any(source.state is SourceState.LOADING for source in table.sources.values()):
        return False
    return load is None or load.state is not LoadState.LOADING


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is loading and everything is drawn."""
    app = pilot.app
    assert isinstance(app, DqmtuiApp)
    await until(pilot, lambda: is_settled(app), "the end of loading")
    await pilot.pause()
    # what was under way to the screen may have begun to load something
    await until(pilot, lambda: is_settled(app), "the end of loading")
    await pilot.pause()


def on_screen(pilot: Pilot[None]) -> str:
    """Give all that is on screen, borders included."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def screen_text(widget: Widget) -> str:
    """Give what a widget shows."""
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def has_keys(pilot: Pilot[None], widget: Widget) -> bool:
    """Tell whether a widget, or one in it, is in focus."""
    focused = pilot.app.focused
    return focused is not None and widget in focused.ancestors_with_self


async def typed(pilot: Pilot[None], *keys: str) -> None:
    """Type names of keys and, after a space in front, plain text; wait for what it leads to."""
    for key in keys:
        single = [NAMES.get(char, char) for char in key[1:]] if key.startswith(" ") else [key]
        await pilot.press(*single)
    await settled(pilot)


@asynccontextmanager
async def reviewing(
    demo: DemoServices, target: Target | None = None, size: tuple[int, int] = (160, 45), **look: Any
) -> AsyncIterator[tuple[Pilot[None], Review]]:
    """Run the application and give its pilot and review once nothing is loading."""
    app = review_app(demo.environment(), target, **look)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        yield pilot, review_of(pilot)
