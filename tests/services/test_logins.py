"""Tokens that are replaced in time, once for all, and by whichever process is first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.services.client_login import ApplicationLogin, NoApplication
from dqmtui.services.errors import NotLoggedIn, ServiceDown
from dqmtui.services.keycloak import Application
from dqmtui.services.login_kinds import OMS_LOGIN
from dqmtui.services.logins import HOLD_OFF_S, FreshLogin, KeptFresh, StoredLogin, StoredOrOther
from tests.services.realm import CLIENT_SECRET, FIRST_ACCESS, Clock, Realm
from tests.services.web import json_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.responses import Response

    from tests.services.conftest import Naps
    from tests.services.web import Web


@given(st.floats(1, 1e6))
def test_a_token_is_used_up_a_minute_before_its_end_or_at_half_of_its_life(life_s: float) -> None:
    token = AccessToken("x", 1000.0, 1000.0 + life_s)
    assert token.expires_at - token.used_up_at == pytest.approx(min(60, life_s / 2))
    assert token.issued_at < token.renew_at < token.used_up_at < token.expires_at
    assert token.renew_at - token.issued_at >= 0.44 * life_s


@dataclass
class Successors:
    """Gives one token after the other, when the test lets it."""

    clock: Clock = field(default_factory=Clock)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: Exception | None = None
    given: int = 0

    async def __call__(self, _held: AccessToken | None) -> AccessToken:
        self.given += 1
        number = self.given
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return AccessToken(f"token-{number}", self.clock.now, self.clock.now + 1200)


@pytest.fixture
def successors() -> Successors:
    made = Successors()
    made.gate.set()
    return made


@pytest.fixture
async def fresh(successors: Successors) -> AsyncIterator[KeptFresh]:
    source = KeptFresh(successors, successors.clock)
    yield source
    await source.aclose()


async def test_one_replacement_serves_all_who_ask(fresh: KeptFresh, successors: Successors) -> None:
    successors.gate.clear()
    asking = [asyncio.create_task(fresh.token()) for _ in range(20)]
    await until(lambda: successors.given == 1)
    asking[0].cancel()
    successors.gate.set()
    assert set(await asyncio.gather(*asking[1:])) == {"token-1"}
    assert asking[0].cancelled()
    assert successors.given == 1


async def test_requests_go_on_with_the_old_token_while_the_next_one_is_fetched(
    fresh: KeptFresh, successors: Successors
) -> None:
    assert await fresh.token() == "token-1"
    successors.clock.now += 1100
    successors.gate.clear()
    assert [await fresh.token() for _ in range(3)] == ["token-1"] * 3
    await until(lambda: successors.given == 2)
    successors.gate.set()
    await until(lambda: fresh._replacing is None)
    assert await fresh.token() == "token-2"
    assert successors.given == 2


async def test_an_expired_token_is_never_given(fresh: KeptFresh, successors: Successors) -> None:
    await fresh.token()
    successors.clock.now += 1200
    assert await fresh.token() == "token-2"


async def test_trouble_is_not_told_while_the_token_is_good_and_not_repeated_at_once(
    fresh: KeptFresh, successors: Successors
) -> None:
    await fresh.token()
    successors.trouble = ServiceDown("down", service="login")
    successors.clock.now += 1100
    for _ in range(5):
        assert await fresh.token() == "token-1"
        await until(lambda: fresh._replacing is None)
    assert successors.given == 2
    successors.clock.now += HOLD_OFF_S
    await fresh.token()
    await until(lambda: fresh._replacing is None)
    assert successors.given == 3
    successors.clock.now += 100
    with pytest.raises(ServiceDown):
        await fresh.token()


async def test_a_refused_token_is_replaced_unless_it_already_was(
    fresh: KeptFresh, successors: Successors
) -> None:
    stale = await fresh.token()
    assert await fresh.renew(stale) == "token-2"
    assert await fresh.renew(stale) == "token-2"
    assert successors.given == 2


@dataclass
class Memory:
    """A store that is not a file."""

    held: LoginTokens | None
    broken: bool = False
    on_read: Callable[[], None] = lambda: None

    def read(self) -> LoginTokens | None:
        self.on_read()
        if self.broken:
            raise OSError("the disk is full")
        return self.held

    def replace(self, old: LoginTokens, new: LoginTokens) -> bool:
        there = self.read()
        if there is None or there.access.issued_at > old.access.issued_at:
            return False
        self.held = new
        return True


@pytest.fixture
def realm(web: Web) -> Realm:
    return Realm(web)


@pytest.fixture
def store(realm: Realm) -> Memory:
    return Memory(realm.first())


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
async def login(realm: Realm, store: Memory, told: list[str], naps: Naps) -> AsyncIterator[StoredLogin]:
    async with realm.keycloak() as keycloak:
        source = StoredLogin(keycloak, store, told.append, sleep=naps)
        yield source
        await source.aclose()


async def test_a_stored_login_is_used_as_it_is_until_it_is_old(login: StoredLogin, realm: Realm) -> None:
    assert await login.token() == FIRST_ACCESS
    assert not realm.asked


async def test_a_refreshed_login_is_stored(login: StoredLogin, realm: Realm, store: Memory) -> None:
    stale = await login.token()
    assert await login.renew(stale) == "access-1-nobody-sees"
    assert store.held is not None
    assert (store.held.access.value, store.held.refresh_token) == ("access-1-nobody-sees", realm.good)
    assert store.held.refresh_expires_at == realm.clock.now + 43200
    assert realm.asked == {"refresh_token": 1, "token-exchange": 1}


async def test_a_login_that_another_process_refreshed_is_taken_over(
    login: StoredLogin, realm: Realm, store: Memory
) -> None:
    await login.token()
    realm.clock.now += 1300
    store.held = LoginTokens(AccessToken("theirs", realm.clock.now, realm.clock.now + 1200), "r", None)
    assert await login.token() == "theirs"
    assert not realm.asked


async def test_a_refresh_that_came_second_takes_what_the_first_one_stores(
    login: StoredLogin, realm: Realm, store: Memory
) -> None:
    await login.token()
    realm.clock.now += 1300
    theirs = LoginTokens(AccessToken("theirs", realm.clock.now, realm.clock.now + 1200), "r", None)
    realm.good = "theirs-is-the-good-one"

    def stored_at_last() -> None:
        if realm.asked["refresh_token"]:
            store.held = theirs

    store.on_read = stored_at_last
    assert await login.token() == "theirs"
    assert realm.asked["refresh_token"] == 1


async def test_a_refused_refresh_asks_for_a_login_and_takes_the_next_one_that_is_stored(
    login: StoredLogin, realm: Realm, store: Memory, naps: Naps
) -> None:
    await login.token()
    realm.clock.now += 1300
    realm.good = "another"
    for _ in range(3):
        with pytest.raises(NotLoggedIn, match="dqmtui login") as caught:
            await login.token()
        assert caught.value.service == "login"
    assert realm.asked["refresh_token"] == 1
    assert sum(naps.waits) < 2
    store.held = realm.first()
    assert await login.token() == FIRST_ACCESS


async def test_a_login_that_has_run_out_is_not_even_tried(login: StoredLogin, realm: Realm) -> None:
    realm.clock.now += 43200
    with pytest.raises(NotLoggedIn, match="has ended"):
        await login.token()
    assert not realm.asked


async def test_without_a_login_the_person_is_asked_to_log_in(login: StoredLogin, store: Memory) -> None:
    store.held = None
    with pytest.raises(NotLoggedIn, match=r"not logged in to DIALS\. Run `dqmtui login`"):
        await login.token()


async def test_a_logout_during_a_refresh_stays_a_logout(
    login: StoredLogin, realm: Realm, store: Memory
) -> None:
    stale = await login.token()

    def gone() -> None:
        if realm.asked["token-exchange"]:
            store.held = None

    store.on_read = gone
    with pytest.raises(NotLoggedIn):
        await login.renew(stale)
    assert store.held is None


async def test_a_store_that_fails_is_told_and_the_session_goes_on(
    login: StoredLogin, store: Memory, told: list[str], realm: Realm
) -> None:
    stale = await login.token()
    realm.clock.now += 1
    store.broken = True
    assert await login.renew(stale) == "access-1-nobody-sees"
    assert await login.renew("access-1-nobody-sees") == "access-2-nobody-sees"
    assert set(told) == {"the disk is full"}
    store.broken = False
    assert await login.token() == "access-2-nobody-sees"
    # what is stored is older than what the session has
    assert await login.renew("access-2-nobody-sees") == "access-3-nobody-sees"
    assert realm.asked["refresh_token"] == 3


async def test_a_login_that_is_forgotten_comes_from_the_store_again(
    login: StoredLogin, realm: Realm, store: Memory
) -> None:
    assert await login.token() == FIRST_ACCESS
    store.held = None
    login.forget()
    with pytest.raises(NotLoggedIn, match="not logged in to DIALS"):
        await login.token()
    store.held = realm.first()
    assert await login.token() == FIRST_ACCESS
    assert not realm.asked


async def test_what_is_being_fetched_when_the_login_is_forgotten_is_not_kept(
    fresh: KeptFresh, successors: Successors
) -> None:
    successors.gate.clear()
    asking = asyncio.create_task(fresh.token())
    await until(lambda: successors.given == 1)
    fresh.forget()
    again = asyncio.create_task(fresh.token())
    await until(lambda: successors.given == 2)
    successors.gate.set()
    assert [await asking, await again, await fresh.token()] == ["token-1", "token-2", "token-2"]


async def test_closing_ends_what_was_being_fetched_when_the_login_was_forgotten(
    fresh: KeptFresh, successors: Successors
) -> None:
    successors.gate.clear()
    asking = asyncio.create_task(fresh.token())
    await until(lambda: successors.given == 1)
    fresh.forget()
    await fresh.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_login_to_oms_is_refreshed_for_oms(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        stored = StoredLogin(keycloak, Memory(realm.first()), login=OMS_LOGIN, sleep=realm.naps)
        assert await stored.renew(await stored.token()) == "access-1-nobody-sees"
        refresh, exchange = realm.forms
        assert refresh["client_id"] == exchange["client_id"] == OMS_LOGIN.client_id
        assert exchange["audience"] == OMS_LOGIN.audience
        realm.good = "another"
        with pytest.raises(NotLoggedIn, match=r"login to OMS has ended\. Run `dqmtui login --oms`") as caught:
            await stored.renew("access-1-nobody-sees")
        assert (caught.value.service, caught.value.login) == ("login", "OMS")
        assert "nobody-sees" not in repr(stored) + repr(caught.value) + caught.value.details()
        await stored.aclose()


class Ticket(FreshLogin):
    """A login that asks nobody, as long as it has a ticket."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.clock = clock
        self.given = 0
        self.has_ticket = True

    async def _successor(self, held: AccessToken | None) -> AccessToken:  # noqa: ARG002 - whatever it was
        if not self.has_ticket:
            raise NotLoggedIn("There is no ticket.", service="login", login="OMS")
        self.given += 1
        return AccessToken(f"by-ticket-{self.given}", self.clock.now, self.clock.now + 1200)


async def test_the_stored_login_comes_first_and_a_ticket_is_used_as_long_as_there_is_none(
    realm: Realm, store: Memory
) -> None:
    async with realm.keycloak() as keycloak:
        ticket = Ticket(realm.clock)
        login = StoredOrOther(StoredLogin(keycloak, store, login=OMS_LOGIN), ticket)
        assert await login.token() == FIRST_ACCESS
        store.held = None
        login.stored.forget()
        assert await login.token() == "by-ticket-1"
        assert await login.renew("by-ticket-1") == "by-ticket-2"
        store.held = realm.first()
        assert await login.token() == FIRST_ACCESS
        await login.aclose()


async def test_without_a_login_and_without_a_ticket_both_are_said(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        ticket = Ticket(realm.clock)
        ticket.has_ticket = False
        login = StoredOrOther(StoredLogin(keycloak, Memory(None), login=OMS_LOGIN), ticket)
        with pytest.raises(NotLoggedIn, match=r"login --oms`\. There is no ticket\.") as caught:
            await login.token()
        assert caught.value.login == "OMS"


async def test_an_application_gets_tokens_for_its_audience(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        application = Application("app", CLIENT_SECRET)
        login = ApplicationLogin(keycloak, application, OMS_LOGIN)
        assert await login.token() == "application-1-for-cmsoms-prod"
        assert await login.token() == "application-1-for-cmsoms-prod"
        realm.clock.now += 1200
        assert await login.token() == "application-2-for-cmsoms-prod"
        assert CLIENT_SECRET not in repr(login)
        await login.aclose()


async def test_an_application_that_is_not_known_says_which_settings_to_check(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        login = ApplicationLogin(keycloak, Application("app", "a-wrong-secret"))
        with pytest.raises(NotLoggedIn, match="client_id and client_secret") as caught:
            await login.token()
        assert "a-wrong-secret" not in caught.value.message + caught.value.details()


async def test_direct_oms_without_application_says_what_to_provide() -> None:
    for asked in (NoApplication().token(), NoApplication().renew("x")):
        with pytest.raises(NotLoggedIn, match=r"clientid\.json.*oms_route"):
            await asked


async def test_closing_cancels_a_refresh_on_the_wire(realm: Realm, store: Memory, web: Web) -> None:
    gate = asyncio.Event()

    async def never(_: object) -> Response:
        await gate.wait()
        return json_reply({})

    web.handler = never
    async with realm.keycloak() as keycloak:
        login = StoredLogin(keycloak, store)
        asking = asyncio.create_task(login.renew(await login.token()))
        await until(lambda: web.in_flight == 1)
        await login.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asking
    await until(lambda: web.in_flight == 0)
    assert web.left_early == 1


async def test_a_stored_token_that_ends_soon_is_refreshed_before_it_is_sent(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        login = StoredLogin(keycloak, Memory(realm.first()), sleep=realm.naps)
        realm.clock.now += 1200 - 30
        assert await login.token() != FIRST_ACCESS
        await login.aclose()


async def test_a_stored_token_that_ends_soon_is_sent_while_there_is_no_other(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        login = StoredLogin(keycloak, Memory(realm.first()), sleep=realm.naps)
        realm.clock.now += 1200 - 30
        realm.answers["refresh_token"] = [({}, 503)] * 99
        for _ in range(3):
            assert await login.token() == FIRST_ACCESS
        assert realm.asked["refresh_token"] == 3
        await login.aclose()


async def test_a_refresh_that_fails_for_a_moment_is_repeated(realm: Realm) -> None:
    async with realm.keycloak() as keycloak:
        login = StoredLogin(keycloak, Memory(realm.first()), sleep=realm.naps)
        realm.clock.now += 1300
        realm.answers["refresh_token"] = [({}, 503)] * 2
        assert await login.token() != FIRST_ACCESS
        await login.aclose()
