"""The login of a person to OMS itself: OMS is asked directly with it, and once it has ended it is wanted."""

from __future__ import annotations

import asyncio
import stat
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import Response

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.facts import LoginWanted, Notice
from dqmtui.review.login import Logins, log_in, log_out
from dqmtui.review.login_choice import counts_before_login, token_file
from dqmtui.review.review import Target
from dqmtui.review.session import connected
from dqmtui.services.device_login import Asked, LoggedIn
from dqmtui.services.errors import NotLoggedIn
from dqmtui.services.keycloak import Keycloak
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.services.logins import StoredLogin, StoredOrOther
from dqmtui.services.oms_kerberos import KerberosLogin
from dqmtui.services.tokens import NoToken
from dqmtui.store.cache import Cache
from dqmtui.store.cache_names import service_part, unescaped
from dqmtui.store.settings import Settings, load_settings
from tests.cli.between import InBetween
from tests.review.told import told_on
from tests.services.leaks import listening
from tests.services.web import Web, html_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.requests import Request

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.login_kinds import LoginKind

RUN = 381065
OURS = {"client_id": "ours", "client_secret": "our-secret"}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without a clientid.json."""
    monkeypatch.chdir(tmp_path)


def settings_on(demo: DemoServices, state: Path, **more: object) -> Settings:
    """Settings of a person at the embedded services who asks OMS directly and has given no other login."""
    addresses = {"dials_url": demo.dials_url, "oms_url": demo.oms_url, "auth_url": demo.auth_url}
    places = {"state_dir": str(state), "cache_dir": str(state / "cache"), "oms_route": "direct"}
    return load_settings({**addresses, **places, **more}, {})


async def logged_in(settings: Settings, login: LoginKind = OMS_LOGIN) -> LoginTokens:
    """Log in as a person does, and give what is kept then."""
    async for state in log_in(settings, login=login):
        if isinstance(state, Asked):
            await asyncio.to_thread(httpx.get, state.url)
    assert isinstance(state, LoggedIn)
    kept = token_file(settings, login=login).read()
    assert kept is not None
    return kept


async def test_who_has_logged_in_to_oms_asks_it_directly(demo: DemoServices, tmp_path: Path) -> None:
    settings = settings_on(demo, tmp_path, dials_url="http://127.0.0.1:9/")
    async with connected(settings) as data:
        with pytest.raises(NotLoggedIn, match=r"not logged in to OMS\. Run `dqmtui login --oms`") as caught:
            await data.conditions(RUN)
        assert caught.value.login == "OMS"
        # the session that runs takes the login up
        await logged_in(settings)
        assert (await data.conditions(RUN)).n_rows == 849


async def test_each_login_has_a_file_of_its_own_for_its_owner_alone(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    dials, oms = await logged_in(settings, DIALS_LOGIN), await logged_in(settings, OMS_LOGIN)
    files = [token_file(settings, login=login) for login in (DIALS_LOGIN, OMS_LOGIN)]
    assert [file.read() for file in files] == [dials, oms]
    assert stat.S_IMODE(files[1].path.stat().st_mode) == 0o600
    assert stat.S_IMODE(files[1].path.parent.stat().st_mode) == 0o700
    assert log_out(settings, OMS_LOGIN)
    assert [file.read() for file in files] == [dials, None]
    assert not log_out(settings, OMS_LOGIN)


async def test_a_login_to_dials_opens_no_oms_nor_the_other_way_round(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    dials, oms = await logged_in(settings, DIALS_LOGIN), await logged_in(settings, OMS_LOGIN)
    async with httpx.AsyncClient() as client:

        async def status(url: str, tokens: LoginTokens) -> int:
            sent = {"Authorization": f"Bearer {tokens.access.value}", "Workspace": "tracker"}
            return (await client.get(url, headers=sent)).status_code

        assert [await status(f"{demo.oms_url}/eras", tokens) for tokens in (oms, dials)] == [200, 401]
        lists = f"{demo.dials_url}api/v1/dataset-index/"
        assert [await status(lists, tokens) for tokens in (dials, oms)] == [200, 403]


async def test_a_token_that_runs_out_is_refreshed_once_for_all_and_nobody_is_asked(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    kept = await logged_in(settings)
    token_file(settings, login=OMS_LOGIN).write(
        replace(kept, access=AccessToken("used-up-long-ago", 1.0, 2.0))
    )
    async with connected(settings) as data:
        found = await asyncio.gather(*(data.conditions(run) for run in (RUN, 381067, 381113)))
    assert all(columns.n_rows for columns in found)
    after = token_file(settings, login=OMS_LOGIN).read()
    assert after is not None
    assert after.refresh_token != kept.refresh_token


@dataclass
class Gate:
    """Stands before the embedded OMS and passes on what is asked, but for tokens that are refused by now."""

    demo: DemoServices
    refused: set[str] = field(default_factory=set)
    close_at: str = ""
    close: Callable[[], None] = lambda: None

    def __call__(self, request: Request) -> Response:
        authorization = request.headers["authorization"]
        if self.close_at and self.close_at in str(request.url):
            self.close_at = ""
            self.refused.add(authorization)
            self.close()
        if authorization in self.refused:
            return html_reply("401 Unauthorized", 401)
        url = f"{self.demo.dials_url.rstrip('/')}{request.url.path}?{request.url.query}"
        reply = httpx.get(url, headers={"Authorization": authorization}, timeout=60)
        return Response(reply.content, reply.status_code, media_type=reply.headers["content-type"])


def expired(settings: Settings, kept: LoginTokens) -> None:
    """The time of the login is over, that of the token, too."""
    ended = replace(kept, refresh_expires_at=time.time() - 1)
    token_file(settings, login=OMS_LOGIN).write(ended)


def refused(settings: Settings, kept: LoginTokens) -> None:
    """The login service does not know what follows."""
    unknown = replace(kept, refresh_token="a-refresh-token-that-nobody-knows")
    token_file(settings, login=OMS_LOGIN).write(unknown)


def revoked(settings: Settings, kept: LoginTokens) -> None:
    """Somebody ended the login elsewhere."""
    url = f"{settings.auth_url}realms/cern/protocol/openid-connect/revoke"
    httpx.post(url, data={"token": kept.refresh_token}).raise_for_status()


@pytest.mark.parametrize("end", [expired, refused, revoked], ids=lambda end: end.__name__)
async def test_a_login_to_oms_that_ends_in_mid_load_is_asked_for_once_and_then_the_load_goes_on(
    demo: DemoServices, web: Web, tmp_path: Path, end: Callable[[Settings, LoginTokens], None]
) -> None:
    settings = settings_on(demo, tmp_path, oms_url=f"{web.url}/agg/api/v1", cache_size_mb=0)
    await logged_in(settings, DIALS_LOGIN)
    kept = await logged_in(settings)
    # the versions of the paths come, the rates and what else is asked for beside them no more
    web.handler = gate = Gate(demo, close_at="/hltpathrates", close=lambda: end(settings, kept))
    lines: list[str] = []
    with listening() as leaks:
        async with connected(settings, notify=lines.append) as data, told_on(data) as told:
            told.review.begin(Target(run=RUN, dataset="/ZeroBias/"))
            review = await told.settled()
            assert gate.close_at == ""
            assert review.table is not None
            assert review.table.source(RATE).state is SourceState.FAILED
            (wanted,) = told.of(LoginWanted)
            assert wanted.error.login == "OMS"
            assert "`dqmtui login --oms`" in wanted.error.message
            again = await logged_in(settings)
            review.reload()
            await told.settled()
            assert review.table.source(RATE).state is SourceState.LOADED
            assert review.table.source(OMS).ls.size == 849
            # OMS was never asked through DIALS instead
            assert told.of(LoginWanted) == [wanted]
            assert lines == []
            leaks.said += [repr(fact) for fact in told.facts]
            leaks.said += [said.text + said.details for said in told.of(Notice)]
            leaks.take(wanted.error)
    secrets = [kept.access.value, kept.refresh_token, again.access.value, again.refresh_token]
    leaks.none_of(secrets)


async def test_a_missing_login_to_oms_does_not_hide_behind_one_to_dials(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path, cache_size_mb=0)
    await logged_in(settings, DIALS_LOGIN)
    async with connected(settings) as data, told_on(data) as told:
        told.review.begin(Target(run=RUN, dataset="/ZeroBias/"))
        await told.settled()
        assert [wanted.error.login for wanted in told.of(LoginWanted)] == ["OMS"]
        log_out(settings, DIALS_LOGIN)
        told_logins: list[Logins] = []
        async with connected(settings, on_logins=told_logins.append) as other:
            with pytest.raises(NotLoggedIn) as caught:
                await other.workspaces()
        told.review._look_into(caught.value)
        told.review._look_into(caught.value)
        assert [wanted.error.login for wanted in told.of(LoginWanted)] == ["OMS", "DIALS"]


async def test_after_a_logout_the_session_that_runs_asks_for_a_login_at_its_next_request(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    given: list[Logins] = []
    for login in (DIALS_LOGIN, OMS_LOGIN):
        await logged_in(settings, login)
    async with connected(settings, on_logins=given.append) as data:
        (logins,) = given
        assert "tracker" in await data.workspaces()
        assert (await data.conditions(RUN)).n_rows == 849
        log_out(settings, OMS_LOGIN)
        logins.forget(OMS_LOGIN)
        with pytest.raises(NotLoggedIn, match="not logged in to OMS"):
            await data.conditions(381067)
        assert await data.default_workspace() == "tracker"
        log_out(settings, DIALS_LOGIN)
        logins.forget(DIALS_LOGIN)
        with pytest.raises(NotLoggedIn, match="not logged in to DIALS"):
            await data.datasets("tracker")
        await logged_in(settings, DIALS_LOGIN)
        assert await data.datasets("tracker")


async def test_a_logout_reaches_the_stored_login_that_counts_before_a_kerberos_ticket(
    demo: DemoServices, tmp_path: Path
) -> None:
    settings = settings_on(demo, tmp_path)
    kept = await logged_in(settings)
    async with Keycloak(settings.auth_url) as keycloak:
        stored = StoredLogin(keycloak, token_file(settings, login=OMS_LOGIN), login=OMS_LOGIN)
        login = StoredOrOther(stored, KerberosLogin("https://auth.example/auth/"))
        assert await login.token() == kept.access.value
        log_out(settings, OMS_LOGIN)
        Logins(NoToken(), login).forget(DIALS_LOGIN)
        assert await login.token() == kept.access.value
        Logins(NoToken(), login).forget(OMS_LOGIN)
        with pytest.raises(NotLoggedIn, match="not logged in to OMS"):
            await stored.token()
        await login.aclose()


@pytest.mark.parametrize(
    ("more", "origin"),
    [
        ({}, None),
        ({"oms_login": "device", **OURS}, None),
        (OURS, "flag --client-id"),
        ({"oms_login": "kerberos"}, "flag --oms-login"),
        ({"oms_login": "application"}, "flag --oms-login"),
        ({"oms_client_file": "/somewhere/oms.json"}, "flag --oms-client-file"),
    ],
)
def test_what_counts_before_a_login_to_oms(
    demo: DemoServices, tmp_path: Path, more: dict[str, str], origin: str | None
) -> None:
    settings = settings_on(demo, tmp_path, **more)
    assert counts_before_login(settings, OMS_LOGIN) == origin


def test_a_clientid_json_in_the_working_directory_counts_before_a_login_to_oms(
    demo: DemoServices, tmp_path: Path
) -> None:
    (tmp_path / "clientid.json").write_text("{}")
    assert counts_before_login(settings_on(demo, tmp_path), OMS_LOGIN) == "file clientid.json"


async def test_what_comes_over_the_other_route_is_not_kept_as_what_the_chosen_one_said(
    demo: DemoServices, web: Web, tmp_path: Path
) -> None:
    web.handler = InBetween(
        demo, lambda request: "oms-proxy" in request.url.path, html_reply("no such page", 404)
    )
    application = {
        "client_id": demo.client_id,
        "client_secret": demo.client_secret,
        "dials_token": demo.token,
    }
    chosen = settings_on(demo, tmp_path, oms_route="proxy", dials_url=web.url, **application)
    lines: list[str] = []
    async with connected(chosen, notify=lines.append) as data:
        assert (await data.conditions(RUN)).n_rows == 849
        await data.workspaces()
    assert "Asking OMS directly from now on" in lines[0]
    kept = Cache(chosen.cache_dir, chosen.cache_size_mb, lines.append)

    def kinds(url: str) -> set[str | None]:
        place = unescaped(service_part(kept.of(url).service))
        return {row.answers for row in kept.contents() if row.service == place}

    assert kinds(chosen.dials_url) == {"workspaces"}
    assert kinds(chosen.oms_url) == {"conditions"}
