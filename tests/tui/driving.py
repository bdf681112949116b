"""Driving the application in tests: starting it on the embedded services and waiting for what is loading."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from dqmtui.model.states import SourceState
from dqmtui.render.charset import CHARSETS
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Review, Target
from dqmtui.store.settings import load_settings
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.pilot import Pilot

PATIENCE_S = 30.0


def review_app(
    environ: Mapping[str, str],
    target: Target | None = None,
    *,
    theme: str = "dqm-dark",
    charset: str = "utf8",
) -> DqmtuiApp:
    """Give an application on the services of an environment."""
    themes = {name: load_theme(path) for name, path in available_themes(None).items()}
    look = Look(themes[theme], CHARSETS[charset])
    return DqmtuiApp(lambda: load_settings({}, environ), target or Target(), look, themes)


def review_of(pilot: Pilot[None]) -> Review:
    """Give the review of a running application."""
    app = pilot.app
    assert isinstance(app, DqmtuiApp)
    assert app.review_screen.review is not None
    return app.review_screen.review


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str = "the condition") -> None:
    """Wait until a condition holds; raises AssertionError with what is still missing."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come")
        await pilot.pause()
        await asyncio.sleep(0.005)


def is_settled(app: DqmtuiApp) -> bool:
    """Tell whether nothing is loading."""
    review = app.review_screen.review
    if review is None or not review.state.workspace or review.is_busy:
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
