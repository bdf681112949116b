"""The login service as it is spoken to: granted, refused, broken, cancelled, and never quoted."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.responses import Response

from dqmtui.services.errors import BadReply, Forbidden, NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.keycloak import Application, Keycloak
from dqmtui.services.keycloak_line import GrantRefused
from dqmtui.services.login_kinds import OMS_LOGIN
from dqmtui.services.transport_options import TransportOptions
from tests.services.realm import CLIENT_SECRET, SECRETS, Realm, refusal
from tests.services.test_transport_tls import certificate, tls_web
from tests.services.web import Web, html_reply, json_reply, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

__all__ = ["certificate", "tls_web"]


@pytest.fixture
def realm(web: Web) -> Realm:
    return Realm(web)


@pytest.fixture
async def keycloak(realm: Realm) -> AsyncIterator[Keycloak]:
    async with realm.keycloak() as service:
        yield service


async def asked_everything(keycloak: Keycloak, realm: Realm) -> list[Awaitable[Any]]:
    """Every question there is, each carrying a secret."""
    device = await keycloak.new_device()
    return [
        keycloak.new_device(),
        keycloak.device_tokens(device),
        keycloak.refreshed(realm.first()),
        keycloak.application_token(Application("app", CLIENT_SECRET)),
    ]


async def test_the_embedded_login_service_grants_every_kind_of_login(demo: DemoServices) -> None:
    async with Keycloak(demo.auth_url) as keycloak, httpx.AsyncClient() as browser:
        device = await keycloak.new_device()
        assert device.user_code in device.url
        assert device.interval_s == 0
        with pytest.raises(GrantRefused, match="authorization_pending"):
            await keycloak.device_tokens(device)
        await browser.get(device.url)
        first = await keycloak.device_tokens(device)
        second = await keycloak.refreshed(first)
        with pytest.raises(NotLoggedIn, match="dqmtui login"):
            await keycloak.refreshed(first)
        application = Application(demo.client_id, demo.client_secret)
        of_application = await keycloak.application_token(application)
        of_oms = await keycloak.application_token(application, OMS_LOGIN)
        dials, oms = f"{demo.dials_url}api/v1/dataset-index/", f"{demo.oms_url}/runs"
        for token, url in (
            (first.access, dials),
            (second.access, dials),
            (of_application, dials),
            (of_oms, oms),
        ):
            assert token.expires_at - token.issued_at == 1200
            sent = {"Authorization": f"Bearer {token.value}", "Workspace": "tracker"}
            assert (await browser.get(url, headers=sent)).status_code == 200


async def test_lives_are_counted_from_before_the_request(keycloak: Keycloak, realm: Realm) -> None:
    device = await keycloak.new_device()
    assert (device.expires_at, device.interval_s) == (realm.clock.now + 600, 2.0)
    tokens = await keycloak.device_tokens(device)
    assert tokens.access.expires_at == realm.clock.now + 1200
    assert tokens.refresh_expires_at == realm.clock.now + 43200


async def test_a_refresh_life_of_zero_is_a_login_without_end(keycloak: Keycloak, realm: Realm) -> None:
    endless = {"access_token": "a", "refresh_token": "r", "refresh_expires_in": 0}
    realm.answers["refresh_token"] = [({**endless, "expires_in": 9, "token_type": "Bearer"},)]
    assert (await keycloak.refreshed(realm.first())).refresh_expires_at is None


async def test_an_interval_that_is_not_named_is_five_seconds(keycloak: Keycloak, realm: Realm) -> None:
    del realm.device["interval"]
    assert (await keycloak.new_device()).interval_s == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"verification_uri_complete": "javascript:alert(1)"},
        {"verification_uri_complete": "https://h/\x1b[31m"},
        {"user_code": "AB\x1b[2J"},
        {"user_code": ["A"]},
        {"user_code": "A" * 65},
        {"expires_in": -1},
        {"expires_in": 10**12},
        {"interval": "soon"},
        {"interval": True},
        {"device_code": None},
    ],
)
async def test_a_code_that_cannot_be_right_is_not_shown(
    keycloak: Keycloak, realm: Realm, wrong: dict[str, Any]
) -> None:
    realm.device |= wrong
    with pytest.raises(BadReply):
        await keycloak.new_device()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_reply({}), BadReply),
        (json_reply([]), BadReply),
        (json_reply(None), BadReply),
        (Response(b"[" * 100_000), BadReply),
        (html_reply("<html>Sign in</html>"), BadReply),
        (json_reply({"error": "x"}, 404), BadReply),
        (json_reply({}, 302, location="/elsewhere"), BadReply),
        (html_reply("Bad gateway", 502), ServiceDown),
        (json_reply({}, 429), ServiceDown),
    ],
)
async def test_an_answer_that_means_nothing_is_an_error_of_the_login_service(
    keycloak: Keycloak, realm: Realm, web: Web, answer: Any, kind: type[ServiceError]
) -> None:
    questions = await asked_everything(keycloak, realm)
    web.handler = lambda _: answer
    for question in questions:
        with pytest.raises(kind) as caught:
            await question
        assert caught.value.service == "login"


async def test_a_service_that_is_away_is_down() -> None:
    async with Keycloak("http://127.0.0.1:9/auth/") as keycloak:
        with pytest.raises(ServiceDown, match="cannot be reached"):
            await keycloak.new_device()


async def test_nothing_is_sent_to_an_unencrypted_address() -> None:
    async with Keycloak("http://login.invalid/auth/") as keycloak:
        with pytest.raises(ServiceDown, match="https://"):
            await keycloak.new_device()


async def test_an_application_that_lacks_access_is_forbidden(keycloak: Keycloak, realm: Realm) -> None:
    realm.answers["client_credentials"] = [refusal("access_denied", "no audience", 403)]
    with pytest.raises(Forbidden, match="may not use OMS: no audience"):
        await keycloak.application_token(Application("app", CLIENT_SECRET), OMS_LOGIN)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
async def test_no_secret_stands_in_errors_logs_tracebacks_or_output(
    keycloak: Keycloak,
    realm: Realm,
    web: Web,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    questions = await asked_everything(keycloak, realm)

    def echo(request: Any) -> Any:
        said = request._body.decode()
        return json_reply(
            {"error": "invalid_request", "error_description": said, "access_token": said}, status
        )

    web.handler = echo
    shown = [repr(realm.first()), repr(Application("app", CLIENT_SECRET)), repr(keycloak)]
    for question in questions:
        shown.append(await trace_of(question))
        assert "keycloak.py" in shown[-1]
    shown += [caplog.text, *capfd.readouterr()]
    for text in shown:
        assert not any(secret in text for secret in SECRETS)


async def trace_of(question: Awaitable[Any]) -> str:
    """The traceback of a question that fails, with the local variables of all frames from here on."""
    try:
        await question
    except (ServiceError, GrantRefused) as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError("it did not fail")


async def test_cancelling_cancels_the_request(keycloak: Keycloak, web: Web) -> None:
    gate = asyncio.Event()

    async def never(_: object) -> Any:
        await gate.wait()

    web.handler = never
    asking = asyncio.create_task(keycloak.new_device())
    await until(lambda: web.in_flight == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: web.left_early == 1)


PROBE = """
import asyncio, logging, sys, warnings
from dqmtui.services.keycloak import Keycloak
assert not {"httpx", "requests", "cmsdials"} & set(sys.modules)
async def main():
    async with Keycloak(sys.argv[1]) as keycloak:
        await keycloak.new_device()
asyncio.run(main())
root = logging.getLogger()
assert "cmsdials" in sys.modules
assert (root.handlers, root.level) == ([], logging.WARNING), (root.handlers, root.level)
"""


def test_cmsdials_leaves_logging_alone_and_writes_nothing(demo: DemoServices) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, demo.auth_url], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def test_certificates_are_trusted_as_the_settings_say(tls_web: Web, certificate: Path) -> None:
    url = f"{tls_web.url}/auth/"
    realm = Realm(tls_web)
    async with Keycloak(url) as keycloak:
        with pytest.raises(ServiceDown, match="DQMTUI_CA_BUNDLE"):
            await keycloak.new_device()
    assert not realm.asked
    for options in (TransportOptions(ca_bundle=certificate), TransportOptions(insecure=True)):
        async with Keycloak(url, options) as keycloak:
            assert (await keycloak.new_device()).user_code == "ABCD-EFGH"
    async with Keycloak(url, TransportOptions(ca_bundle=certificate.parent / "none.pem")) as keycloak:
        with pytest.raises(ServiceDown, match="cannot be used"):
            await keycloak.new_device()
