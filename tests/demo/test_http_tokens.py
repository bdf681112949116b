"""Bearer tokens: what is signed here and still good is let in, with the code of DIALS for everything else."""

from __future__ import annotations

import base64
import json

import pytest

from dqmtui.demo.web.tokens import Issuer, TokenRefusedError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refusal(issuer: Issuer, token: str, audience: str | None = "here") -> str:
    with pytest.raises(TokenRefusedError) as refused:
        issuer.verify(token, audience=audience)
    return refused.value.code


def test_a_token_gives_back_its_claims() -> None:
    issuer = Issuer(lifetime_s=60, clock=Clock())
    claims = issuer.verify(issuer.mint({"sub": "me"}, audience="here"), audience="here")
    assert (claims["sub"], claims["aud"], claims["iat"], claims["exp"]) == ("me", "here", 1000, 1060)


def test_a_token_is_three_parts_of_unpadded_base64url_signed_with_hs256() -> None:
    head, _, _ = Issuer().mint({}, audience="here").split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}


def test_a_token_runs_out() -> None:
    clock = Clock()
    issuer = Issuer(clock=clock)
    token = issuer.mint({}, audience="here", lifetime_s=5)
    clock.now += 4.9
    issuer.verify(token, audience="here")
    clock.now += 0.1
    assert refusal(issuer, token) == "access_token_expired"


def test_a_token_of_another_process_has_a_bad_signature() -> None:
    assert refusal(Issuer(), Issuer().mint({}, audience="here")) == "access_token_invalid_jws_signature"


def test_a_changed_token_has_a_bad_signature() -> None:
    issuer = Issuer()
    head, _, signature = issuer.mint({"sub": "me"}, audience="here").split(".")
    _, payload, _ = issuer.mint({"sub": "you"}, audience="here").split(".")
    assert refusal(issuer, f"{head}.{payload}.{signature}") == "access_token_invalid_jws_signature"


def test_a_token_for_another_audience_is_for_another_client() -> None:
    issuer = Issuer()
    token = issuer.mint({}, audience="there")
    assert refusal(issuer, token) == "client_not_valid"
    assert issuer.verify(token, audience=None)["aud"] == "there"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "bearer x", "e30.W10.e30", "\N{SNOWMAN}.x.y", "e30.e30.%"]
)
def test_what_is_no_token_is_not_valid(token: str) -> None:
    assert refusal(Issuer(), token) == "token_not_valid"


def test_an_unsigned_token_is_an_unexpected_error() -> None:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    token = f"{part({'alg': 'none'})}.{part({'aud': 'here', 'exp': 9e9})}."
    assert refusal(Issuer(), token) == "access_token_unexpected_error"


def test_the_key_does_not_show() -> None:
    issuer = Issuer(key=b"very secret")
    assert "secret" not in repr(issuer)
