"""Logging in, with the screen and without it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from dqmtui.review.login import log_in
from dqmtui.services.device_login import Asked, LoggedIn
from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.login_kinds import DIALS_LOGIN
from dqmtui.tui.login.panel import LoginPanel
from tests.tui.driving import review_app, screen_of, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.login_tokens import LoginTokens
    from dqmtui.review.review import Target
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.login_kinds import LoginKind
    from dqmtui.store.settings import Settings
    from dqmtui.store.token_file import TokenFile
    from dqmtui.tui.login.view import Phase

ENDED = NotLoggedIn("Your login to DIALS has ended. Run `dqmtui login`.", service="login")
OMS_ENDED = NotLoggedIn(
    "Your login to OMS has ended. Run `dqmtui login --oms`.", service="login", login="OMS"
)


def person(demo: DemoServices, state: Path, **more: str) -> dict[str, str]:
    """The environment of a person who has given neither token nor application."""
    addresses = {"DQMTUI_DIALS_URL": demo.dials_url, "DQMTUI_OMS_URL": demo.oms_url}
    return {**addresses, "DQMTUI_AUTH_URL": demo.auth_url, "DQMTUI_STATE_DIR": str(state), **more}


@asynccontextmanager
async def opened(
    environ: dict[str, str],
    target: Target | None = None,
    size: tuple[int, int] = (160, 45),
    charset: str = "utf8",
) -> AsyncIterator[Pilot[None]]:
    """Run the application and give its pilot as soon as it has a connection."""
    app = review_app(environ, target, charset=charset)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        yield pilot


def layer_of(pilot: Pilot[None]) -> LoginPanel:
    return screen_of(pilot).query_one(LoginPanel)


async def in_phase(pilot: Pilot[None], phase: Phase) -> LoginPanel:
    """Wait until the layer is in a phase and drawn so."""
    layer = layer_of(pilot)
    await until(pilot, lambda: layer.is_open and layer.view.phase is phase, f"{phase} of the login")
    await pilot.pause()
    return layer


async def logged_in(settings: Settings, login: LoginKind = DIALS_LOGIN) -> None:
    """Log in without the screen."""
    async for state in log_in(settings, login=login):
        if isinstance(state, Asked):
            await agree(state.url)
    assert isinstance(state, LoggedIn)


def stored(file: TokenFile) -> LoginTokens:
    """Give the login that is kept."""
    login = file.read()
    assert login is not None
    return login


async def agree(url: str) -> None:
    """Do what the person does in a browser."""
    async with httpx.AsyncClient() as client:
        (await client.get(url)).raise_for_status()


def had_its_login(pilot: Pilot[None], openings: list[ServiceName]) -> bool:
    """Tell whether the layer has been opened and closed; how often is counted afterwards."""
    return bool(openings) and not layer_of(pilot).is_open
