"""Both routes to OMS, on the embedded services: going on over the other one when one cannot be used."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.review.clients import connected_clients
from dqmtui.review.login import session_logins
from dqmtui.review.oms_ways import oms_client
from dqmtui.services.client_login import ApplicationLogin, NoApplication
from dqmtui.services.errors import BadRequest, Forbidden, NotFound, NotLoggedIn, ServiceDown
from dqmtui.services.logins import StoredLogin, StoredOrOther
from dqmtui.services.oms_grammar import OmsQuery
from dqmtui.services.oms_kerberos import KerberosLogin, is_installed
from dqmtui.services.transport import Transport
from dqmtui.store.settings import Settings, load_settings
from tests.cli.between import InBetween
from tests.services.web import Web, html_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.oms import OmsClient

RUN = 381065


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a clientid.json."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_on(demo: DemoServices, **more: str) -> Settings:
    """Settings of somebody at the embedded services with a login of DIALS and, as it comes, more."""
    flags = {"dials_url": demo.dials_url, "oms_url": demo.oms_url, "auth_url": demo.auth_url}
    return load_settings({**flags, "dials_token": demo.token, **more}, {})


def application_of(demo: DemoServices) -> dict[str, str]:
    return {"client_id": demo.client_id, "client_secret": demo.client_secret}


@asynccontextmanager
async def oms_on(settings: Settings) -> AsyncIterator[tuple[OmsClient, list[str]]]:
    """A client of OMS that does not wait between attempts, and what it told."""
    told: list[str] = []
    async with session_logins(settings) as logins, Transport(sleep=lambda _: asyncio.sleep(0)) as transport:
        client = oms_client(transport, logins.dials, logins.oms, settings, told.append)
        assert client is not None
        yield client, told


def proxy_that(demo: DemoServices, web: Web, answer: Response) -> InBetween:
    """Let the embedded DIALS be as it is but for its proxy, which answers so."""
    web.handler = between = InBetween(demo, lambda request: "oms-proxy" in request.url.path, answer)
    return between


CLOSED = {
    "down": html_reply("maintenance", 503),
    "a web page": html_reply("<html>maintenance</html>"),
    "away": html_reply("no such page", 404),
    "not allowed": json_reply({"detail": "No.", "code": "permission_denied"}, 403),
    "not logged in": json_reply({"detail": "No.", "code": "token_not_valid"}, 403),
}


@pytest.mark.parametrize("answer", CLOSED.values(), ids=CLOSED)
async def test_when_the_proxy_cannot_be_used_oms_is_asked_directly_from_then_on(
    demo: DemoServices, web: Web, answer: Response
) -> None:
    proxy = proxy_that(demo, web, answer)
    async with oms_on(settings_on(demo, dials_url=web.url, **application_of(demo))) as (oms, told):
        assert oms.way.name == "OMS through DIALS"
        assert (await oms.lumisections(RUN)).n_rows == 849
        assert oms.way.name == "OMS directly"
        asked = proxy.picked
        assert (await oms.hlt_rates(RUN, "HLT_ZeroBias")).ls.size == 819
        assert proxy.picked == asked
    (sentence,) = told
    assert sentence.startswith("OMS through DIALS cannot be used: ")
    assert sentence.endswith(" Asking OMS directly from now on.")


async def test_many_requests_at_once_tell_it_once(demo: DemoServices, web: Web) -> None:
    proxy_that(demo, web, CLOSED["away"])
    async with oms_on(settings_on(demo, dials_url=web.url, **application_of(demo))) as (oms, told):
        found = await asyncio.gather(*(oms.runs(numbers=[run]) for run in (381065, 381067, 381113)))
        assert [card.run_number for (card,) in found] == [381065, 381067, 381113]
    assert len(told) == 1


async def test_without_a_login_for_it_oms_is_never_asked_directly(
    demo: DemoServices, web: Web, at_home: Path
) -> None:
    proxy_that(demo, web, CLOSED["down"])
    # whoever were asked directly would not be there
    settings = settings_on(demo, dials_url=web.url, oms_url="http://127.0.0.1:9/agg", oms_login="application")
    async with oms_on(settings) as (oms, told):
        with pytest.raises(ServiceDown, match=r"OMS \(through DIALS\) fails with status 503"):
            await oms.lumisections(RUN)
    assert told == []


async def test_direct_without_a_login_goes_on_through_dials(demo: DemoServices, at_home: Path) -> None:
    settings = settings_on(demo, oms_route="direct", oms_login="application")
    async with oms_on(settings) as (oms, told):
        assert (await oms.lumisections(RUN)).n_rows == 849
        assert (await oms.fill(9662)).fill_number == 9662
    (sentence,) = told
    assert sentence.startswith("OMS directly cannot be used: Direct access to OMS needs an application")
    assert sentence.endswith("Asking OMS through DIALS from now on.")


async def test_a_login_that_a_person_lacks_on_the_direct_route_is_asked_for_and_not_passed_over(
    demo: DemoServices, at_home: Path
) -> None:
    settings = settings_on(demo, oms_route="direct", oms_login="device", state_dir=str(at_home))
    async with oms_on(settings) as (oms, told):
        with pytest.raises(NotLoggedIn, match="dqmtui login --oms"):
            await oms.lumisections(RUN)
        assert oms.way.name == "OMS directly"
    assert told == []


async def test_a_login_to_oms_that_is_missing_is_no_news_when_the_proxy_fails(
    demo: DemoServices, web: Web, at_home: Path
) -> None:
    proxy_that(demo, web, CLOSED["down"])
    settings = settings_on(demo, dials_url=web.url, oms_login="device", state_dir=str(at_home))
    async with oms_on(settings) as (oms, told):
        with pytest.raises(ServiceDown, match=r"OMS \(through DIALS\) fails with status 503"):
            await oms.lumisections(RUN)
    assert told == []


async def test_a_direct_oms_that_is_down_goes_on_through_dials(demo: DemoServices) -> None:
    away = {"oms_route": "direct", "oms_url": "http://127.0.0.1:9/agg/api/v1"}
    async with oms_on(settings_on(demo, **away, **application_of(demo))) as (oms, told):
        assert (await oms.lumisections(RUN)).n_rows == 849
    assert "no connection to 127.0.0.1" in told[0]


@pytest.mark.parametrize(
    ("route", "says"), [("proxy", r"OMS \(through DIALS\) fails"), ("direct", "OMS cannot be reached")]
)
async def test_when_both_are_down_the_error_is_that_of_the_chosen_one(
    demo: DemoServices, web: Web, route: str, says: str
) -> None:
    proxy_that(demo, web, CLOSED["down"])
    away = {"dials_url": web.url, "oms_url": "http://127.0.0.1:9/agg/api/v1", "oms_route": route}
    async with oms_on(settings_on(demo, **away, **application_of(demo))) as (oms, told):
        chosen = oms.way
        for _ in range(2):
            with pytest.raises(ServiceDown, match=says):
                await oms.lumisections(RUN)
        assert oms.way is chosen
    assert told == []


async def test_a_wrong_question_is_no_reason_to_go_on_elsewhere(demo: DemoServices) -> None:
    wrong = OmsQuery("runs").where("run_numbr", "EQ", 1)
    direct = settings_on(demo, oms_route="direct", **application_of(demo))
    async with oms_on(direct) as (oms, told):
        with pytest.raises(BadRequest, match="run_numbr"):
            await oms.query(wrong)
        with pytest.raises(NotFound):
            await oms.query(OmsQuery("nonsense"))
        assert oms.way.name == "OMS directly"
    # DIALS turns what OMS refuses into a failure of its own: OMS itself says what is wrong
    async with oms_on(settings_on(demo, **application_of(demo))) as (oms, told):
        with pytest.raises(BadRequest, match="run_numbr"):
            await oms.query(wrong)
        with pytest.raises(NotFound):
            await oms.query(OmsQuery("nonsense"))
        assert oms.way.name == "OMS through DIALS"
        assert (await oms.lumisections(RUN)).n_rows == 849
    assert told == []


async def test_a_run_that_oms_does_not_know_is_no_reason_either(demo: DemoServices) -> None:
    async with oms_on(settings_on(demo, **application_of(demo))) as (oms, told):
        assert (await oms.lumisections(999999)).n_rows == 0
        assert oms.way.name == "OMS through DIALS"
    assert told == []


async def test_nonsense_from_the_proxy_is_told_and_not_passed_over(demo: DemoServices, web: Web) -> None:
    proxy_that(demo, web, json_reply({"data": [5]}))
    async with oms_on(settings_on(demo, dials_url=web.url, **application_of(demo))) as (oms, told):
        with pytest.raises(Exception, match="dqmtui cannot use"):
            await oms.lumisections(RUN)
    assert told == []


@pytest.mark.parametrize(
    ("error", "is_closed"),
    [(NotLoggedIn, True), (Forbidden, True), (ServiceDown, True), (BadRequest, False)],
)
async def test_what_closes_a_way(demo: DemoServices, error: Any, is_closed: bool) -> None:  # noqa: FBT001 - a row
    for route in ("proxy", "direct"):
        async with oms_on(settings_on(demo, oms_route=route, **application_of(demo))) as (oms, _):
            assert oms.way.is_closed_by(error("x", service="OMS")) == is_closed
            assert oms.way.is_closed_by(NotFound("x", service="OMS")) == (route == "proxy")


async def test_switched_off_there_is_no_client(demo: DemoServices) -> None:
    async with connected_clients(settings_on(demo, oms_route="off")) as clients:
        assert clients.oms is None
        with pytest.raises(NotFound, match="switched off"):
            clients.need_oms()


def login_of(settings: Settings) -> AbstractAsyncContextManager[Any]:
    @asynccontextmanager
    async def given() -> AsyncIterator[Any]:
        async with session_logins(settings) as logins:
            yield logins.oms

    return given()


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"oms_login": "kerberos"}, KerberosLogin),
        (
            {"oms_login": "kerberos", "oms_route": "direct", "client_id": "a", "client_secret": "b"},
            KerberosLogin,
        ),
        ({"oms_login": "application"}, NoApplication),
        ({"oms_login": "device", "client_id": "a", "client_secret": "b"}, StoredLogin),
        ({"client_id": "a", "client_secret": "b"}, ApplicationLogin),
        ({"oms_login": "application", "client_id": "a", "client_secret": "b"}, ApplicationLogin),
    ],
)
async def test_the_login_of_direct_oms_is_the_one_of_the_settings(
    demo: DemoServices, at_home: Path, more: dict[str, str], kind: type
) -> None:
    async with login_of(settings_on(demo, **more)) as login:
        assert isinstance(login, kind)


@pytest.mark.parametrize("there", [True, False])
async def test_who_gave_nothing_logs_in_as_a_person_and_with_kerberos_where_it_is_installed(
    demo: DemoServices,
    at_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,  # noqa: FBT001 - a row
) -> None:
    if not there and is_installed():
        pytest.skip("all that Kerberos needs is installed here")
    for name in ("tsgauth", "requests_gssapi", "bs4", "inputimeout") if there else ():
        (at_home / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(at_home))
    async with login_of(settings_on(demo)) as login:
        assert isinstance(login, StoredOrOther if there else StoredLogin)


async def test_the_rest_of_dials_stays_where_it_is(demo: DemoServices, web: Web) -> None:
    def is_proxy(request: Request) -> bool:
        return "oms-proxy" in request.url.path

    web.handler = InBetween(demo, is_proxy, CLOSED["away"])
    told: list[str] = []
    settings = settings_on(demo, dials_url=web.url, **application_of(demo))
    async with connected_clients(settings, notify=told.append) as clients:
        assert (await clients.need_oms().eras())[0].name == "2024B"
        assert "tracker" in await clients.dials.workspaces()
    assert len(told) == 1
