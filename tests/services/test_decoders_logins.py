"""Whatever a login service or a login file says, it gives right tokens or an error that shows nothing."""

from __future__ import annotations

import asyncio
import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmtui.services.errors import ServiceError
from dqmtui.services.keycloak import Application, DeviceCode
from dqmtui.services.keycloak_line import GrantRefused
from dqmtui.services.tokens import Bearer
from dqmtui.store.login_files import read_client_file, read_cmsdials_login
from dqmtui.store.token_file import LoginFileError, TokenFile
from tests.services.realm import Realm
from tests.services.test_decoders import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmtui.model.login_tokens import AccessToken, LoginTokens
    from dqmtui.services.keycloak import Keycloak
    from tests.services.web import Web

SECRET = "a-value-that-nobody-sees"
GRANTED = {
    "access_token": SECRET,
    "expires_in": 1200,
    "refresh_token": SECRET,
    "refresh_expires_in": 43200,
    "token_type": "Bearer",
}
DEVICE = {
    "device_code": SECRET,
    "user_code": "ABCD-EFGH",
    "verification_uri_complete": "https://login.example/device?user_code=ABCD-EFGH",
    "expires_in": 600,
    "interval": 2,
}
KEPT = {
    "version": 1,
    "access_token": SECRET,
    "issued_at": 1.0e9,
    "expires_at": 1.1e9,
    "refresh_token": SECRET,
    "refresh_expires_at": None,
}
OF_CMSDIALS = GRANTED | {"expires_at": "2026-01-02T03:04:05.6", "refresh_expires_at": "2026-01-02T13:04:05.6"}
CLIENT = {"API_CLIENT_ID": "app", "API_CLIENT_SECRET": SECRET}


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


def check_tokens(tokens: LoginTokens) -> None:
    check_access(tokens.access)
    assert Bearer(tokens.refresh_token).sendable
    assert tokens.refresh_expires_at is None or math.isfinite(tokens.refresh_expires_at)


def check_access(token: AccessToken) -> None:
    assert Bearer(token.value).sendable
    assert math.isfinite(token.issued_at)
    assert token.issued_at <= token.renew_at <= token.used_up_at <= token.expires_at < math.inf


def check_device(device: DeviceCode) -> None:
    assert isinstance(device.device_code, str)
    assert device.url.startswith(("https://", "http://"))
    assert device.url.isprintable()
    assert device.user_code.isprintable()
    assert 0 <= device.interval_s < math.inf
    assert math.isfinite(device.expires_at)


@pytest.mark.parametrize("grant", ["device", "device_code", "refresh_token", "client_credentials"])
@settings(max_examples=30)
@given(data=st.data(), status=st.sampled_from([200, 200, 200, 400, 401]))
def test_a_damaged_answer_of_the_login_service_is_right_or_an_error(
    runner: asyncio.Runner, one_web: Web, grant: str, data: st.DataObject, status: int
) -> None:
    good = DEVICE if grant == "device" else GRANTED
    answer = data.draw(damaged(good))

    async def ask() -> None:
        realm = Realm(one_web)
        async with realm.keycloak() as keycloak:
            realm.answers[grant] = [(answer, status)] * 9
            await _check(keycloak, realm, grant)

    try:
        runner.run(ask())
    except (ServiceError, GrantRefused) as error:
        said = f"{error} {error!r} {getattr(error, 'excerpt', '')}"
    else:
        return
    assert SECRET not in said
    assert said.isprintable()


async def _check(keycloak: Keycloak, realm: Realm, grant: str) -> None:
    match grant:
        case "device":
            check_device(await keycloak.new_device())
        case "device_code":
            device = DeviceCode(SECRET, "https://h/", "A", realm.clock.now + 60, 1.0)
            check_tokens(await keycloak.device_tokens(device))
        case "refresh_token":
            check_tokens(await keycloak.refreshed(realm.first()))
        case _:
            check_access(await keycloak.application_token(Application("app", SECRET)))


def _read_kept(path: Path) -> None:
    file = TokenFile(path.parent, "https://auth.example/auth/")
    file.prepare()
    file.path.write_bytes(path.read_bytes())
    file.path.chmod(0o600)
    tokens = file.read()
    if tokens is not None:
        assert isinstance(tokens.access.value, str)
        assert math.isfinite(tokens.access.expires_at)
        assert isinstance(tokens.refresh_token, str)


def _read_cmsdials(path: Path) -> None:
    tokens = read_cmsdials_login(path)
    assert Bearer(tokens.access.value).sendable
    assert Bearer(tokens.refresh_token).sendable
    assert not math.isnan(tokens.access.issued_at)


def _read_client(path: Path) -> None:
    client_id, client_secret = read_client_file(path)
    assert Bearer(client_id).sendable
    assert Bearer(client_secret).sendable


@pytest.mark.parametrize(
    ("good", "read"), [(KEPT, _read_kept), (OF_CMSDIALS, _read_cmsdials), (CLIENT, _read_client)]
)
@given(data=st.data(), cut=st.integers(0, 400))
def test_a_damaged_file_of_a_login_is_right_or_an_error(
    good: Any, read: Callable[[Path], None], data: st.DataObject, cut: int
) -> None:
    text = json.dumps(data.draw(damaged(good)))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "login.json"
        path.write_text(text if cut > 300 else text[:cut])
        try:
            read(path)
        except LoginFileError as error:
            said = f"{error} {error!r}"
        else:
            return
    assert SECRET not in said
    assert said.isprintable()
