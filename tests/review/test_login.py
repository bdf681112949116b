"""Logging in, and which login a session uses."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.demo.process import DemoServices
from dqmtui.model.login_tokens import AccessToken
from dqmtui.review.login import import_cmsdials_login, log_in, log_out, session_logins
from dqmtui.review.login_choice import counts_before_login, token_file
from dqmtui.review.session import connected
from dqmtui.services.client_login import ApplicationLogin, NoApplication
from dqmtui.services.device_login import Asked, LoggedIn
from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.logins import StoredLogin
from dqmtui.services.tokens import FixedToken
from dqmtui.store.settings import Settings, load_settings
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS = {"DQMTUI_CLIENT_ID": "ours", "DQMTUI_CLIENT_SECRET": "our-secret"}
THEIRS = {"API_CLIENT_ID": "theirs", "API_CLIENT_SECRET": "their-secret"}


@pytest.fixture(scope="session")
def hasty() -> Iterator[DemoServices]:
    """Embedded services that agree to every login at once."""
    options = ["--auto-approve", "0", "--device-interval", "0"]
    with DemoServices.start(options) as services:
        yield services


def settings_on(demo: DemoServices, state: Path, **more: str) -> Settings:
    """Settings of a person at the embedded services who has given neither token nor application."""
    addresses = {"DQMTUI_DIALS_URL": demo.dials_url, "DQMTUI_OMS_URL": demo.oms_url}
    return load_settings(
        {}, {**addresses, "DQMTUI_AUTH_URL": demo.auth_url, "DQMTUI_STATE_DIR": str(state), **more}
    )


async def logged_in(settings: Settings) -> None:
    async for state in log_in(settings):
        if isinstance(state, Asked):
            await asyncio.to_thread(httpx.get, state.url)
    assert isinstance(state, LoggedIn)


async def test_who_has_logged_in_can_work(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path)
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn, match="dqmtui login"):
            await data.workspaces()
        # the session that runs takes the login up, whoever stored it
        await logged_in(settings)
        assert "tracker" in await data.workspaces()
    path = token_file(settings).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_login_is_refreshed_while_one_works(hasty: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(hasty, tmp_path)
    await logged_in(settings)
    first = token_file(settings).read()
    assert first is not None
    async with connected(settings) as one, connected(settings) as another:
        # as old as a token can be: every session has to refresh it
        aged = replace(first, access=AccessToken(first.access.value, 1.0, 2.0))
        token_file(settings).write(aged)
        asked = [one.workspaces(), another.workspaces(), one.workspaces(), another.workspaces()]
        assert all("tracker" in found for found in await asyncio.gather(*asked))
    second = token_file(settings).read()
    assert second is not None
    assert second.refresh_token != first.refresh_token


async def test_a_token_that_dials_refuses_is_refreshed(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path)
    await logged_in(settings)
    kept = token_file(settings).read()
    assert kept is not None
    wrong = AccessToken("no-token-of-dials", kept.access.issued_at, kept.access.expires_at)
    token_file(settings).write(replace(kept, access=wrong))
    async with connected(settings) as data:
        found = await asyncio.gather(*(data.workspaces() for _ in range(4)))
        assert all("tracker" in workspaces for workspaces in found)


async def test_a_refused_refresh_asks_for_a_login(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path)
    await logged_in(settings)
    kept = token_file(settings).read()
    assert kept is not None
    token_file(settings).write(replace(kept, refresh_token="revoked", access=AccessToken("old", 1.0, 2.0)))
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn, match=r"Your login to DIALS has ended\. Run `dqmtui login`"):
            await data.workspaces()
        await logged_in(settings)
        assert "tracker" in await data.workspaces()


async def test_logging_out_removes_the_login(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path)
    assert not log_out(settings)
    await logged_in(settings)
    assert log_out(settings)
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn):
            await data.workspaces()


async def test_an_application_needs_nobody(demo: DemoServices, tmp_path: Path) -> None:
    own = {"DQMTUI_CLIENT_ID": demo.client_id, "DQMTUI_CLIENT_SECRET": demo.client_secret}
    async with connected(settings_on(demo, tmp_path, **own)) as data:
        assert "tracker" in await data.workspaces()


async def test_the_login_of_cmsdials_is_taken_over(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path)
    creds = tmp_path / "creds"
    await asyncio.to_thread(official_login, demo, creds)
    import_cmsdials_login(settings, creds)
    async with connected(settings) as data:
        assert "tracker" in await data.workspaces()


def official_login(demo: DemoServices, creds: Path) -> None:
    """Log in as cmsdials does, and let it write its file."""
    from cmsdials.auth.client import AuthClient
    from cmsdials.auth.device import Credentials

    client = AuthClient(keycloak_url=demo.auth_url)
    device = client.new_device()
    httpx.get(device.verification_uri_complete)
    token = client.device_token(device.device_code)
    Credentials.from_authclient_token(token, cache_dir=str(creds.parent), client=client)


@pytest.mark.parametrize(
    ("given", "stored", "kind"),
    [
        ({**OURS, **THEIRS, "DQMTUI_DIALS_TOKEN": "t"}, True, FixedToken),
        ({**OURS, **THEIRS}, True, ApplicationLogin),
        (THEIRS, True, StoredLogin),
        (THEIRS, False, ApplicationLogin),
        ({}, True, StoredLogin),
        ({}, False, StoredLogin),
        ({"DQMTUI_CLIENT_ID": "half"}, False, StoredLogin),
    ],
)
async def test_a_token_counts_before_an_application_before_the_stored_login(
    hasty: DemoServices,
    tmp_path: Path,
    given: dict[str, str],
    stored: bool,  # noqa: FBT001 - a row
    kind: type,
) -> None:
    settings = settings_on(hasty, tmp_path, **given)
    if stored:
        await logged_in(settings)
    async with session_logins(settings) as logins:
        assert isinstance(logins.dials, kind)
    assert (counts_before_login(settings) is None) == (
        not set(given) & {"DQMTUI_DIALS_TOKEN", *OURS} or "half" in given.values()
    )


async def test_direct_oms_has_a_login_of_its_own(demo: DemoServices, tmp_path: Path) -> None:
    own = {"API_CLIENT_ID": demo.client_id, "API_CLIENT_SECRET": demo.client_secret}
    settings = settings_on(demo, tmp_path, DQMTUI_DIALS_TOKEN=demo.token, DQMTUI_OMS_ROUTE="direct", **own)
    async with connected(settings) as data:
        assert (await data.conditions(381065)).n_rows == 849
        assert "tracker" in await data.workspaces()


@pytest.mark.parametrize("named", [True, False])
async def test_direct_oms_takes_a_clientid_json(
    demo: DemoServices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    named: bool,  # noqa: FBT001 - as above
) -> None:
    file = tmp_path / ("oms.json" if named else "clientid.json")
    file.write_text(json.dumps({"API_CLIENT_ID": demo.client_id, "API_CLIENT_SECRET": demo.client_secret}))
    file.chmod(0o644)
    monkeypatch.chdir(tmp_path)
    more = {"DQMTUI_OMS_CLIENT_FILE": str(file), **OURS} if named else {}
    settings = settings_on(demo, tmp_path, DQMTUI_OMS_ROUTE="direct", **more)
    told: list[str] = []
    async with connected(settings, notify=told.append) as data:
        assert (await data.conditions(381065)).n_rows == 849
        await until(lambda: bool(told))
    assert "chmod 600" in told[0]
    assert demo.client_secret not in told[0]


async def test_direct_oms_without_application_says_what_to_provide(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = settings_on(demo, tmp_path, DQMTUI_OMS_ROUTE="direct", DQMTUI_OMS_LOGIN="application")
    async with session_logins(settings) as logins:
        assert isinstance(logins.oms, NoApplication)
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn, match=r"clientid\.json"):
            await data.conditions(381065)


async def test_an_application_that_oms_does_not_know_is_told(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path, DQMTUI_OMS_ROUTE="direct", **OURS)
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn, match="client_id and client_secret"):
            await data.conditions(381065)


async def test_a_client_file_that_cannot_be_read_is_told_and_the_person_is_asked(
    demo: DemoServices, tmp_path: Path
) -> None:
    none = str(tmp_path / "none.json")
    settings = settings_on(demo, tmp_path, DQMTUI_OMS_ROUTE="direct", DQMTUI_OMS_CLIENT_FILE=none)
    told: list[str] = []
    async with session_logins(settings, told.append) as logins:
        assert isinstance(logins.oms, StoredLogin)
        await until(lambda: bool(told))
    assert none in told[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_session_goes_on_when_the_refreshed_login_cannot_be_stored(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    await logged_in(settings)
    kept = token_file(settings).read()
    assert kept is not None
    token_file(settings).write(replace(kept, access=AccessToken("old", 1.0, 2.0)))
    token_file(settings).path.parent.chmod(0o500)
    told: list[str] = []
    async with connected(settings, notify=told.append) as data:
        assert "tracker" in await data.workspaces()
        await until(lambda: bool(told))
    assert "DQMTUI_STATE_DIR" in told[0]
