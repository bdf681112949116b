"""Fixtures of the tests of the screen."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from dqmtui.demo.process import DemoServices
from dqmtui.tui.login.panel import LoginPanel
from tests.services.web import Web
from tests.tui.driving import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.app import App

    from dqmtui.services.errors import ServiceName
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look

MOST_S = 5.0
"""So long a pilot waits for a screen that does not come to rest, as while something is played."""
QUIET_ROUNDS = 2


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
    """Let a pilot wait until nothing waits for anybody.

    Its own way is to wait for one round of messages and then until the process looks idle, as which one that
    gets no time of the processor looks, too.
    """
    round_of = Pilot._wait_for_screen

    async def all_rounds(pilot: Pilot[Any], timeout: float = PATIENCE_S) -> bool:  # noqa: ASYNC109 - as there
        end = time.monotonic() + MOST_S
        n_quiet = 0
        # a handler that waits for something has its message in no queue, but ends before the next round
        while n_quiet < QUIET_ROUNDS and time.monotonic() < end:
            if not await round_of(pilot, timeout) or not pilot.app._screen_stack:
                return False
            n_quiet = n_quiet + 1 if is_quiet(pilot.app) else 0
            await asyncio.sleep(0)
        return True

    monkeypatch.setattr(Pilot, "_wait_for_screen", all_rounds)


def is_quiet(app: App[Any]) -> bool:
    """Tell whether no message waits for anybody, and nothing for the next drawing of the screen."""
    screen = app.screen
    return not (
        any(
            pump.message_queue_size or pump._next_callbacks
            for pump in (app, *screen.walk_children(with_self=True))
        )
        or screen._callbacks
        or screen._dirty_widgets
        or screen._layout_required
        or screen._repaint_required
    )


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
