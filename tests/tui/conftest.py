"""Fixtures of the tests of the screen."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.process import DemoServices
from dqmtui.tui.login.panel import LoginPanel
from tests.services.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dqmtui.services.errors import ServiceName
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look


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
