"""The grants of the sign-in service, with a clock that is turned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.web.sign_in import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEVICE_LIFETIME_S,
    MOST_KEPT,
    REFRESH_LIFETIME_S,
    GrantRefusedError,
    SignIn,
)
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, PUBLIC_CLIENTS, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT, OTHER = PUBLIC_CLIENTS


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sign_in(clock: Clock) -> SignIn:
    return SignIn(Issuer(clock=clock))


def error_of(call: Callable[..., object], *arguments: str) -> str:
    with pytest.raises(GrantRefusedError) as refused:
        call(*arguments)
    return refused.value.error


def test_a_device_is_pending_until_it_is_approved(sign_in: SignIn, clock: Clock) -> None:
    device = sign_in.new_device(CLIENT)
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "authorization_pending"
    assert sign_in.approve(device.user_code)
    clock.now += sign_in.interval_s
    tokens = sign_in.device_grant(CLIENT, device.device_code)
    assert sign_in.issuer.verify(tokens["access_token"], audience=CLIENT)["preferred_username"] == "shifter"
    assert {"refresh_token", "refresh_expires_in", "expires_in"} < tokens.keys()


def test_polling_faster_than_the_interval_is_told_to_slow_down_even_when_approved(
    sign_in: SignIn, clock: Clock
) -> None:
    device = sign_in.new_device(CLIENT)
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "authorization_pending"
    sign_in.approve(device.user_code)
    clock.now += sign_in.interval_s - 0.1
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "slow_down"


def test_a_device_code_works_once_and_for_its_own_client(sign_in: SignIn) -> None:
    device = sign_in.new_device(CLIENT)
    sign_in.approve(device.user_code)
    assert error_of(sign_in.device_grant, OTHER, device.device_code) == "invalid_grant"
    sign_in.device_grant(CLIENT, device.device_code)
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "invalid_grant"


def test_a_device_code_expires_and_cannot_be_approved_any_more(sign_in: SignIn, clock: Clock) -> None:
    device = sign_in.new_device(CLIENT)
    clock.now += DEVICE_LIFETIME_S
    assert not sign_in.approve(device.user_code)
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "expired_token"


def test_auto_approve_agrees_after_its_seconds(clock: Clock) -> None:
    sign_in = SignIn(Issuer(clock=clock), auto_approve_s=3.0, interval_s=0.0)
    device = sign_in.new_device(CLIENT)
    clock.now += 2.9
    assert error_of(sign_in.device_grant, CLIENT, device.device_code) == "authorization_pending"
    clock.now += 0.1
    assert sign_in.device_grant(CLIENT, device.device_code)["token_type"] == "Bearer"


def refresh_token(sign_in: SignIn) -> str:
    device = sign_in.new_device(CLIENT)
    sign_in.approve(device.user_code)
    return str(sign_in.device_grant(CLIENT, device.device_code)["refresh_token"])


def test_refresh_tokens_rotate(sign_in: SignIn) -> None:
    first = refresh_token(sign_in)
    second = sign_in.refresh_grant(CLIENT, first)["refresh_token"]
    assert error_of(sign_in.refresh_grant, CLIENT, first) == "invalid_grant"
    assert sign_in.refresh_grant(CLIENT, second)["access_token"]


def test_refresh_is_an_invalid_grant_when_unknown_revoked_expired_or_of_another_client(
    sign_in: SignIn, clock: Clock
) -> None:
    assert error_of(sign_in.refresh_grant, CLIENT, "unknown") == "invalid_grant"
    revoked = refresh_token(sign_in)
    sign_in.revoke(revoked)
    assert error_of(sign_in.refresh_grant, CLIENT, revoked) == "invalid_grant"
    assert error_of(sign_in.refresh_grant, OTHER, refresh_token(sign_in)) == "invalid_grant"
    late = refresh_token(sign_in)
    clock.now += REFRESH_LIFETIME_S
    assert error_of(sign_in.refresh_grant, CLIENT, late) == "invalid_grant"


def test_exchange_gives_a_token_for_the_asked_audience(sign_in: SignIn) -> None:
    for client, audience in PUBLIC_CLIENTS.items():
        public = sign_in.issuer.mint({"sub": "shifter", "azp": client}, audience=client)
        exchanged = sign_in.exchange_grant(client, public, audience)
        assert sign_in.issuer.verify(exchanged["access_token"], audience=audience)["sub"] == "shifter"
        assert "refresh_token" not in exchanged


def test_a_client_exchanges_its_own_tokens_for_its_own_audience_alone(sign_in: SignIn) -> None:
    public = sign_in.issuer.mint({"azp": CLIENT}, audience=CLIENT)
    for client, audience in ((CLIENT, OMS_AUDIENCE), (OTHER, OMS_AUDIENCE), (OTHER, DIALS_AUDIENCE)):
        with pytest.raises(GrantRefusedError) as refused:
            sign_in.exchange_grant(client, public, audience)
        assert (refused.value.error, refused.value.status) == ("access_denied", 403)


def test_only_the_clients_that_people_log_in_with_get_a_code(sign_in: SignIn) -> None:
    with pytest.raises(GrantRefusedError) as refused:
        sign_in.new_device("somebody-else")
    assert (refused.value.error, refused.value.status) == ("invalid_client", 401)


def test_a_code_that_was_asked_for_with_a_challenge_needs_its_verifier(sign_in: SignIn) -> None:
    # the example of RFC 7636, appendix B
    verifier, challenge = (
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    )
    device = sign_in.new_device(OTHER, challenge)
    sign_in.approve(device.user_code)
    for wrong in ("", "another-verifier", "ü"):
        assert error_of(sign_in.device_grant, OTHER, device.device_code, wrong) == "invalid_grant"
    assert sign_in.device_grant(OTHER, device.device_code, verifier)["access_token"]


def test_exchange_refuses_a_token_that_is_no_longer_good(sign_in: SignIn, clock: Clock) -> None:
    public = sign_in.issuer.mint({"azp": CLIENT}, audience=CLIENT)
    clock.now += sign_in.issuer.lifetime_s
    assert error_of(sign_in.exchange_grant, CLIENT, public, DIALS_AUDIENCE) == "invalid_token"


def test_client_credentials_know_one_application(sign_in: SignIn) -> None:
    token = sign_in.client_grant(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, "aud")["access_token"]
    assert sign_in.issuer.verify(token, audience="aud")["azp"] == DEMO_CLIENT_ID
    with pytest.raises(GrantRefusedError) as refused:
        sign_in.client_grant(DEMO_CLIENT_ID, "wrong", "aud")
    assert (refused.value.error, refused.value.status) == ("invalid_client", 401)


def test_only_so_many_unfinished_sign_ins_are_remembered(sign_in: SignIn) -> None:
    first = sign_in.new_device(CLIENT)
    for _ in range(MOST_KEPT):
        last = sign_in.new_device(CLIENT)
    assert error_of(sign_in.device_grant, CLIENT, first.device_code) == "invalid_grant"
    assert error_of(sign_in.device_grant, CLIENT, last.device_code) == "authorization_pending"
