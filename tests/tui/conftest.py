"""Fixtures of the tests of the screen."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
import textual.app
import textual.pilot
from textual.pilot import Pilot

from dqmtui.demo.process import DemoServices
from dqmtui.tui.login.panel import LoginPanel
from tests.services.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual._queue import Queue
    from textual.app import App
    from textual.message import Message
    from textual.message_pump import MessagePump
    from textual.screen import Screen

    from dqmtui.services.errors import ServiceName
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look

MOST_S = 5.0
"""So long a pilot waits for a screen that does not come to rest, as while something is played."""
QUIET_TURNS = 5
"""Turns of the event loop: what comes from another thread, as keys do, takes some until it is a message."""


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let neither settings, a multiplexer nor notes of whoever runs the tests change what they see."""
    for name in os.environ:
        if name.startswith(("DQMTUI_", "API_CLIENT_")) or name in {"TMUX", "STY"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def _collected_as_before() -> Iterator[None]:
    """Let what a program that has ended kept from being looked at as garbage be looked at again."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


@pytest.fixture(autouse=True)
def _all_is_done_before_the_next_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pilot wait, at each key, until nothing waits for anybody.

    Its own way is to wait for one round of messages and then until the process looks idle: as which one that
    gets no time of the processor looks, too, and one that goes on loading does not for a second.
    """

    async def at_rest(pilot: Pilot[Any], timeout: float = MOST_S) -> bool:  # noqa: ASYNC109 - as there
        app, end = pilot.app, time.monotonic() + timeout
        n_quiet = 0
        while n_quiet < QUIET_TURNS and time.monotonic() < end:
            if app._exception is not None or not app._screen_stack:
                return False
            n_quiet = n_quiet + 1 if is_quiet(app) else 0
            if not n_quiet and is_undrawn(app.screen) and all(map(is_idle, pumps_of(app))):
                # which it would do by itself within a sixtieth of a second
                with app._context():
                    app.screen._on_timer_update()
            # a thread may have to come to its end before anything goes on
            await asyncio.sleep(0 if n_quiet else 0.0002)
        return True

    async def press(pilot: Pilot[Any], *keys: str) -> None:
        for key in keys:
            await pilot._app._press_keys([key])
            await pilot._wait_for_screen()

    async def no_rest(*_: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Pilot, "_wait_for_screen", at_rest)
    monkeypatch.setattr(Pilot, "press", press)
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", no_rest)


def pumps_of(app: App[Any]) -> Iterator[MessagePump]:
    """Go through the application and all its screens and widgets, also those that come or go."""
    yield app
    yield from app._registry


def is_idle(pump: MessagePump) -> bool:
    """Tell whether no handler of a widget runs and it has nothing to go on with."""
    queue: Queue[Message | None] = pump._message_queue
    # asyncio keeps who waits for an event under this name
    waits = bool(vars(queue.ready_event)["_waiters"])
    return pump._closed or (queue.empty() and waits and not pump._next_callbacks)


def is_undrawn(screen: Screen[Any]) -> bool:
    """Tell whether something is to be drawn yet, or to be done once it is."""
    return bool(
        screen._callbacks
        or screen._dirty_widgets
        or screen._layout_required
        or screen._repaint_required
        or screen._scroll_required
    )


def is_quiet(app: App[Any]) -> bool:
    """Tell whether no message waits for anybody, and nothing for the next drawing of the screen."""
    is_coming = app._resize_event or app.animator._animations or is_undrawn(app.screen)
    return not is_coming and all(map(is_idle, pumps_of(app)))


@pytest.fixture
def web() -> Iterator[Web]:
    """A server whose answers the test writes."""
    with Web() as server:
        yield server


@pytest.fixture(scope="session")
def agreeing() -> Iterator[DemoServices]:
    """Embedded services where the person agrees after half a second; tokens live for three seconds."""
    options = ["--auto-approve", "0.5", "--device-interval", "0.2", "--token-lifetime", "3"]
    with DemoServices.start(options) as services:
        yield services


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[ServiceName]:
    """The services for whose login the layer was opened, in the order in which it was."""
    made: list[ServiceName] = []
    real = LoginPanel.open

    def counted(
        layer: LoginPanel,
        service: ServiceName,
        settings: Settings,
        notify: Callable[[str], None],
        look: Look,
    ) -> None:
        made.append(service)
        real(layer, service, settings, notify, look)

    monkeypatch.setattr(LoginPanel, "open", counted)
    return made
