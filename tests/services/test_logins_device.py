"""What a person sees while they log in by device code."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import RedirectResponse

from dqmtui.model.secrets import holds_known_secret
from dqmtui.services.device_login import Asked, DeviceLogin, Expired, LoggedIn, Refused, Waiting
from dqmtui.services.errors import ServiceDown
from dqmtui.services.keycloak import Keycloak
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from tests.services.realm import SECRETS, Realm, refusal
from tests.services.web import html_reply, json_reply

if TYPE_CHECKING:
    from starlette.responses import Response

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.device_login import LoginState
    from dqmtui.services.login_kinds import LoginKind
    from tests.services.conftest import Naps
    from tests.services.web import Web

PENDING = refusal("authorization_pending")
SLOWER = refusal("slow_down")
NO_EXCHANGE = Refused("The login service refused: Client not allowed to exchange.")


@pytest.fixture
def realm(web: Web) -> Realm:
    return Realm(web)


async def states_of(realm: Realm, naps: Naps, login: LoginKind = DIALS_LOGIN) -> list[LoginState]:
    async with realm.keycloak() as keycloak:
        return [state async for state in DeviceLogin(keycloak, login, sleep=naps)]


async def test_dials_and_oms_are_logged_in_to_as_their_own_clients_do(realm: Realm, naps: Naps) -> None:
    for login in (DIALS_LOGIN, OMS_LOGIN):
        realm.forms.clear()
        await states_of(realm, naps, login)
        device, poll, exchange = realm.forms
        assert {form["client_id"] for form in realm.forms} == {login.client_id}
        assert exchange["audience"] == login.audience
        assert ("code_challenge" in device, "code_verifier" in poll) == ((login == OMS_LOGIN,) * 2)
        assert "code_verifier" not in exchange


async def test_neither_the_code_nor_its_proof_is_shown(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        device = await keycloak.new_device(OMS_LOGIN)
        assert device.verifier
        assert not any(secret in repr(device) for secret in (*SECRETS, device.verifier))
        assert holds_known_secret(f"a log with {device.verifier} in it")


async def test_who_polls_a_code_of_oms_proves_to_have_asked_for_it(realm: Realm, naps: Naps) -> None:
    realm.answers["device_code"] = [PENDING]
    for _ in range(2):
        await states_of(realm, naps, OMS_LOGIN)
    asked = [form for form in realm.forms if "code_challenge" in form]
    proofs = [form["code_verifier"] for form in realm.forms if "code_verifier" in form]
    assert [form["code_challenge_method"] for form in asked] == ["S256"] * 2
    # the same one at each poll of a code, another one for the next code
    assert proofs[0] == proofs[1] != proofs[2]
    for form, proof in zip(asked, proofs[1:], strict=True):
        digest = base64.urlsafe_b64encode(hashlib.sha256(proof.encode()).digest()).decode()
        assert form["code_challenge"] == digest.rstrip("=")
        assert 43 <= len(proof) <= 128


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


async def test_that_polling_slows_down_is_said_until_the_next_answer(realm: Realm) -> None:
    said: list[str] = []
    go_on = asyncio.Event()

    async def nap(_: float) -> None:
        if realm.asked["device_code"]:
            await go_on.wait()
            go_on.clear()

    realm.answers["device_code"] = [SLOWER, PENDING]
    async with realm.keycloak() as keycloak:
        async for state in DeviceLogin(keycloak, sleep=nap):
            if isinstance(state, Waiting) and (not said or said[-1] != state.trouble):
                said.append(state.trouble)
                if realm.asked["device_code"]:
                    go_on.set()
    slower = "The login service wants to be asked less often: it is asked every 7 s from now on."
    assert said[-2:] == [slower, ""]


@pytest.mark.parametrize(
    "odd",
    [
        html_reply("Bad gateway", 502),
        html_reply("<html>Welcome to our network</html>"),
        RedirectResponse("https://welcome.example/"),
        json_reply(["what"]),
    ],
    ids=["down", "web page", "redirect", "other JSON"],
)
async def test_a_service_that_stumbles_is_asked_again_more_slowly(
    realm: Realm, naps: Naps, odd: Response
) -> None:
    realm.answers["device_code"] = [odd, PENDING]
    assert isinstance((await states_of(realm, naps))[-1], LoggedIn)
    assert naps.waits == [2, 5, 5]


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (html_reply("Bad gateway", 502), "status 502"),
        (html_reply("<html>Welcome</html>"), "cannot be right"),
        (RedirectResponse("https://welcome.example/"), "no login service"),
    ],
    ids=["down", "web page", "redirect"],
)
async def test_trouble_is_shown_until_it_has_passed(realm: Realm, odd: Response, says: str) -> None:
    gate = asyncio.Event()

    async def nap(_: float) -> None:
        if realm.asked["device_code"]:
            await gate.wait()

    realm.answers["device_code"] = [odd]
    async with realm.keycloak() as keycloak:
        async for state in DeviceLogin(keycloak, sleep=nap):
            if isinstance(state, Waiting) and state.trouble:
                assert says in state.trouble
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
        (refusal("access_denied", "Client not allowed to exchange", 403), NO_EXCHANGE),
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


async def test_closing_the_iterator_ends_the_polling(realm: Realm) -> None:
    realm.device["interval"] = 0
    realm.answers["device_code"] = [PENDING] * 1000
    before = asyncio.all_tasks()
    async with realm.keycloak() as keycloak:
        async with aclosing(aiter(DeviceLogin(keycloak))) as states:
            async for _ in states:
                if realm.asked["device_code"]:
                    break
            # the polling, and what a request under way may have begun
            assert asyncio.all_tasks() > before
        # while the client can still ask: closing that would end the polling too
        assert asyncio.all_tasks() == before
