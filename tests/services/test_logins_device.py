"""What a person sees while they log in by device code."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.services.device_login import Asked, DeviceLogin, Expired, LoggedIn, Refused, Waiting
from dqmtui.services.errors import ServiceDown
from dqmtui.services.keycloak import Keycloak
from tests.services.realm import SECRETS, Realm, refusal
from tests.services.web import html_reply, until

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices
    from dqmtui.services.device_login import LoginState
    from tests.services.conftest import Naps
    from tests.services.web import Web

PENDING = refusal("authorization_pending")
SLOWER = refusal("slow_down")


@pytest.fixture
def realm(web: Web) -> Realm:
    return Realm(web)


async def states_of(realm: Realm, naps: Naps) -> list[LoginState]:
    async with realm.keycloak() as keycloak:
        return [state async for state in DeviceLogin(keycloak, sleep=naps)]


async def test_the_embedded_services_log_in_who_opens_the_link(demo: DemoServices) -> None:
    seen: list[LoginState] = []
    async with Keycloak(demo.auth_url) as keycloak:
        async for state in DeviceLogin(keycloak):
            seen.append(state)
            if isinstance(state, Asked):
                await asyncio.to_thread(httpx.get, state.url)
    assert isinstance(seen[0], Asked)
    assert seen[1] == Waiting(600)
    assert isinstance(seen[-1], LoggedIn)


async def test_first_comes_what_to_do_at_last_what_became_of_it(realm: Realm, naps: Naps) -> None:
    realm.answers["device_code"] = [PENDING, PENDING]
    first, *between, last = await states_of(realm, naps)
    assert first == Asked(realm.device["verification_uri_complete"], "ABCD-EFGH", realm.clock.now + 600, 2.0)
    assert set(between) == {Waiting(600)}
    assert isinstance(last, LoggedIn)
    assert naps.waits == [2, 2, 2]
    assert not any(secret in repr(last) for secret in SECRETS)


async def test_polling_slows_down_when_told_to(realm: Realm, naps: Naps) -> None:
    realm.answers["device_code"] = [SLOWER, PENDING, SLOWER]
    await states_of(realm, naps)
    assert naps.waits == [2, 7, 7, 12]


async def test_a_service_that_stumbles_is_asked_again_more_slowly(realm: Realm, naps: Naps) -> None:
    realm.answers["device_code"] = [html_reply("Bad gateway", 502), PENDING]
    assert isinstance((await states_of(realm, naps))[-1], LoggedIn)
    assert naps.waits == [2, 5, 5]


async def test_trouble_is_shown_until_it_has_passed(realm: Realm) -> None:
    gate = asyncio.Event()

    async def nap(_: float) -> None:
        if realm.asked["device_code"]:
            await gate.wait()

    realm.answers["device_code"] = [html_reply("Bad gateway", 502)]
    async with realm.keycloak() as keycloak:
        async for state in DeviceLogin(keycloak, sleep=nap):
            if isinstance(state, Waiting) and state.trouble:
                assert "status 502" in state.trouble
                gate.set()
    assert gate.is_set()
    assert isinstance(state, LoggedIn)


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (refusal("access_denied"), Refused("The login was refused in the browser.")),
        (refusal("expired_token"), Expired()),
        (refusal("invalid_grant"), Refused("The login service no longer knows this code. Log in again.")),
        (refusal("invalid_client", "No.\x1b[2J", 401), Refused(r"The login service refused: No.\x1b[2J.")),
        (html_reply("", 403), Refused("The login service refused: status 403.")),
    ],
)
async def test_a_login_ends_as_the_service_decides(
    realm: Realm, naps: Naps, answer: object, end: LoginState
) -> None:
    realm.answers["device_code"] = [PENDING, answer]
    assert (await states_of(realm, naps))[-1] == end


async def test_a_code_that_nobody_agrees_to_expires(realm: Realm) -> None:
    async def for_ever(_: float) -> None:
        await asyncio.Event().wait()

    begun, states = realm.clock.now, []
    async with realm.keycloak() as keycloak:
        async for state in DeviceLogin(keycloak, sleep=for_ever):
            states.append(state)
            realm.clock.now += 599.99
    url, code = realm.device["verification_uri_complete"], realm.device["user_code"]
    assert states == [Asked(url, code, begun + 600, 2.0), Waiting(1), Expired()]


async def test_without_a_code_the_login_does_not_begin(realm: Realm, naps: Naps) -> None:
    realm.answers["device"] = [html_reply("", 503)] * 3
    with pytest.raises(ServiceDown):
        await states_of(realm, naps)


async def test_closing_the_iterator_ends_the_polling(realm: Realm, web: Web) -> None:
    realm.device["interval"] = 0
    realm.answers["device_code"] = [PENDING] * 1000
    before = asyncio.all_tasks()
    async with realm.keycloak() as keycloak, aclosing(aiter(DeviceLogin(keycloak))) as states:
        async for _ in states:
            if realm.asked["device_code"]:
                break
    await until(lambda: asyncio.all_tasks() == before)
    assert web.in_flight == 0
    asked = realm.asked["device_code"]
    await until(lambda: web.connections == 0)
    assert realm.asked["device_code"] == asked
