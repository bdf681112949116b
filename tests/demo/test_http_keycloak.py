"""The sign-in endpoints over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from dqmtui.demo.web.sign_in import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, PUBLIC_CLIENTS

if TYPE_CHECKING:
    from tests.demo.serving import Tiny

CLIENT, OMS_CLIENT = PUBLIC_CLIENTS
REALM = "/auth/realms/cern"
TOKEN = f"{REALM}/protocol/openid-connect/token"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"


def post(tiny: Tiny, path: str, **form: str) -> tuple[int, dict[str, Any]]:
    reply = tiny.anyone.post(path, data=form)
    return reply.status_code, reply.json()


def signed_in(tiny: Tiny) -> tuple[int, dict[str, Any]]:
    _, device = post(tiny, f"{REALM}/protocol/openid-connect/auth/device", client_id=CLIENT)
    assert tiny.anyone.get(device["verification_uri_complete"]).status_code == 200
    return post(tiny, TOKEN, grant_type=DEVICE_GRANT, client_id=CLIENT, device_code=device["device_code"])


def test_a_device_signs_in_once_its_page_was_opened(tiny: Tiny) -> None:
    status, device = post(tiny, f"{REALM}/protocol/openid-connect/auth/device", client_id=CLIENT)
    assert status == 200
    assert device.keys() == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    grant = {"grant_type": DEVICE_GRANT, "client_id": CLIENT, "device_code": device["device_code"]}
    assert post(tiny, TOKEN, **grant)[1]["error"] == "authorization_pending"
    page = tiny.anyone.get(device["verification_uri_complete"])
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    status, tokens = post(tiny, TOKEN, **grant)
    assert (status, tokens["token_type"]) == (200, "Bearer")


def test_the_page_of_an_unknown_code_approves_nothing(tiny: Tiny) -> None:
    assert tiny.anyone.get(f"{REALM}/device?user_code=NNNN-NNNN").status_code == 400
    assert tiny.anyone.get(f"{REALM}/device").status_code == 400


def test_addresses_are_on_the_host_that_was_asked(tiny: Tiny) -> None:
    _, device = post(tiny, f"{REALM}/protocol/openid-connect/auth/device", client_id=CLIENT)
    assert urlsplit(device["verification_uri"])[:3] == ("http", urlsplit(tiny.url).netloc, f"{REALM}/device")


def test_only_an_exchanged_token_opens_dials(tiny: Tiny) -> None:
    _, tokens = signed_in(tiny)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert tiny.anyone.get("/api/v1/run/", headers=headers).json()["code"] == "client_not_valid"
    status, exchanged = post(
        tiny,
        TOKEN,
        grant_type=EXCHANGE_GRANT,
        client_id=CLIENT,
        subject_token=tokens["access_token"],
        audience=DIALS_AUDIENCE,
    )
    assert status == 200
    headers = {"Authorization": f"Bearer {exchanged['access_token']}"}
    assert tiny.anyone.get("/api/v1/run/", headers=headers).status_code == 200


def exchanged(tiny: Tiny, client: str, audience: str) -> str:
    """Log in with a client and give the token for its audience."""
    _, device = post(tiny, f"{REALM}/protocol/openid-connect/auth/device", client_id=client)
    tiny.anyone.get(device["verification_uri_complete"])
    grant = {"grant_type": DEVICE_GRANT, "client_id": client, "device_code": device["device_code"]}
    _, tokens = post(tiny, TOKEN, **grant)
    form = {"grant_type": EXCHANGE_GRANT, "client_id": client, "subject_token": tokens["access_token"]}
    _, reply = post(tiny, TOKEN, **form, audience=audience)
    return str(reply["access_token"])


def test_a_token_of_one_service_opens_no_other(tiny: Tiny) -> None:
    dials, oms = exchanged(tiny, CLIENT, DIALS_AUDIENCE), exchanged(tiny, OMS_CLIENT, OMS_AUDIENCE)

    def status(path: str, token: str) -> int:
        return tiny.anyone.get(path, headers={"Authorization": f"Bearer {token}"}).status_code

    assert [status("/agg/api/v1/eras", token) for token in (oms, dials)] == [200, 401]
    assert [status("/api/v1/run/", token) for token in (dials, oms)] == [200, 403]


def test_a_challenge_that_is_not_hashed_is_refused(tiny: Tiny) -> None:
    path = f"{REALM}/protocol/openid-connect/auth/device"
    form = {"client_id": CLIENT, "code_challenge": "x", "code_challenge_method": "plain"}
    status, reply = post(tiny, path, **form)
    assert (status, reply["error"]) == (400, "invalid_request")


def test_refresh_tokens_rotate_and_can_be_revoked(tiny: Tiny) -> None:
    _, tokens = signed_in(tiny)
    grant = {"grant_type": "refresh_token", "client_id": CLIENT}
    status, renewed = post(tiny, TOKEN, **grant, refresh_token=tokens["refresh_token"])
    assert status == 200
    status, error = post(tiny, TOKEN, **grant, refresh_token=tokens["refresh_token"])
    assert (status, error["error"]) == (400, "invalid_grant")
    status, _ = post(tiny, f"{REALM}/protocol/openid-connect/revoke", token=renewed["refresh_token"])
    assert status == 200
    assert post(tiny, TOKEN, **grant, refresh_token=renewed["refresh_token"])[0] == 400


@pytest.mark.parametrize("path", [TOKEN, f"{REALM}/api-access/token"])
def test_client_credentials_are_checked(tiny: Tiny, path: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": DEMO_CLIENT_ID, "audience": DIALS_AUDIENCE}
    status, token = post(tiny, path, **form, client_secret=DEMO_CLIENT_SECRET)
    assert (status, token["token_type"]) == (200, "Bearer")
    status, error = post(tiny, path, **form, client_secret="wrong")
    assert (status, error["error"]) == (401, "invalid_client")
    assert "refresh_token" not in token


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "client_id": CLIENT}, "unsupported_grant_type"),
        ({"grant_type": DEVICE_GRANT, "client_id": CLIENT}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": DEVICE_GRANT, "client_id": CLIENT, "device_code": "x"}, "invalid_grant"),
        (
            {"grant_type": EXCHANGE_GRANT, "client_id": CLIENT, "subject_token": "x", "audience": "y"},
            "invalid_token",
        ),
    ],
)
def test_a_refused_grant_says_why(tiny: Tiny, form: dict[str, str], error: str) -> None:
    status, reply = post(tiny, TOKEN, **form)
    assert (status, reply["error"]) == (400, error)
    assert reply["error_description"]


def test_tokens_are_not_to_be_stored_on_the_way(tiny: Tiny) -> None:
    reply = tiny.anyone.post(TOKEN, data={})
    assert reply.headers["cache-control"] == "no-store"


def test_another_realm_does_not_exist(tiny: Tiny) -> None:
    assert tiny.anyone.post("/auth/realms/other/protocol/openid-connect/token").status_code == 404
