"""The file of a login: its owner's alone, whole, and shared by processes that do not lock it."""

from __future__ import annotations

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.store.login_files import read_client_file, read_cmsdials_login
from dqmtui.store.token_file import LARGEST_BYTES, LoginFileError, TokenFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CERN = "https://auth.cern.ch/auth/"
TOKENS = LoginTokens(AccessToken("access-secret", 1000.5, 2200.5), "refresh-secret", 44200.25)
LATER = LoginTokens(AccessToken("access-later", 2000.0, 3200.0), "refresh-later", None)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def file(tmp_path: Path, told: list[str]) -> TokenFile:
    return TokenFile(tmp_path / "state", CERN, told.append)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o000, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("tokens", [TOKENS, LATER])
def test_a_login_comes_back_as_it_was(file: TokenFile, tokens: LoginTokens) -> None:
    assert file.read() is None
    file.write(tokens)
    assert file.read() == tokens
    assert not any(secret in repr((file, tokens)) for secret in ("access-", "refresh-"))


def test_logins_to_several_services_at_one_login_service_do_not_meet(
    file: TokenFile, tmp_path: Path, told: list[str]
) -> None:
    other = replace(file, name="OMS", command="dqmtui login --oms")
    file.write(TOKENS)
    other.write(LATER)
    assert (file.read(), other.read()) == (TOKENS, LATER)
    # no address of a login service leads to the place of a named login
    for address in ("https://auth.cern.ch/auth_OMS", "https://auth.cern.ch/auth/OMS"):
        assert TokenFile(tmp_path / "state", address).path != other.path
    other.path.write_text("nonsense")
    assert other.read() is None
    assert file.remove()
    assert "Run `dqmtui login --oms`" in told[-1]
    assert other.remove()


@pytest.mark.usefixtures("_umask")
def test_the_file_is_0600_in_a_directory_of_0700_whatever_the_umask(file: TokenFile, told: list[str]) -> None:
    file.write(TOKENS)
    file.write(LATER)
    assert (mode_of(file.path), mode_of(file.path.parent)) == (0o600, 0o700)
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]
    assert told == []


def test_modes_that_are_too_wide_are_mended_and_told(file: TokenFile, told: list[str]) -> None:
    file.write(TOKENS)
    file.path.chmod(0o644)
    file.path.parent.chmod(0o755)
    assert file.read() == TOKENS
    file.write(LATER)
    assert (mode_of(file.path), mode_of(file.path.parent)) == (0o600, 0o700)
    (first, second) = told
    assert str(file.path) in first
    assert "dqmtui login" in first
    assert str(file.path.parent) in second


def test_each_login_service_has_a_file_of_its_own(tmp_path: Path) -> None:
    urls = [CERN, "http://127.0.0.1:8000/auth/", "http://127.0.0.1:8001/auth/", "https://h/../../etc/x"]
    paths = {TokenFile(tmp_path, url).path for url in urls}
    assert len(paths) == len(urls)
    assert {path.parent for path in paths} == {tmp_path / "logins"}
    assert TokenFile(tmp_path, CERN).path.name == "auth.cern.ch-auth.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "[" * 60_000,
        '{"version": 2}',
        "\xff",
        "9" * LARGEST_BYTES * 2,
        *(
            json.dumps(
                {
                    "version": 1,
                    "access_token": "a",
                    "issued_at": 1,
                    "expires_at": 2,
                    "refresh_token": "r",
                    "refresh_expires_at": None,
                    **wrong,
                }
            )
            for wrong in (
                {"access_token": 3},
                {"refresh_token": ""},
                {"expires_at": "x"},
                {"issued_at": True},
            )
        ),
    ],
)
def test_a_damaged_file_is_set_aside_and_told(file: TokenFile, told: list[str], text: str) -> None:
    file.write(TOKENS)
    file.path.write_text(text, encoding="latin-1")
    assert file.read() is None
    assert not file.path.exists()
    assert file.path.with_suffix(".broken").exists()
    (message,) = told
    assert str(file.path.with_suffix(".broken")) in message
    assert "Run `dqmtui login`" in message
    assert file.remove()
    assert list(file.path.parent.iterdir()) == []


def test_no_login_is_read_through_a_link_or_from_what_is_no_file(file: TokenFile, tmp_path: Path) -> None:
    file.write(TOKENS)
    file.path.rename(tmp_path / "elsewhere")
    file.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LoginFileError):
        file.read()
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(LoginFileError, match="is not a file of yours"):
        file.read()


def test_writing_replaces_a_link_and_leaves_its_target_alone(file: TokenFile, tmp_path: Path) -> None:
    file.write(TOKENS)
    target = tmp_path / "target"
    target.write_text("theirs")
    file.path.unlink()
    file.path.symlink_to(target)
    file.write(LATER)
    assert file.read() == LATER
    assert target.read_text() == "theirs"


def test_a_successor_is_kept_in_place_of_the_login_it_follows(file: TokenFile) -> None:
    file.write(TOKENS)
    assert file.replace(TOKENS, LATER)
    assert file.read() == LATER


def test_a_successor_gives_way_to_a_newer_login_and_to_a_logout(file: TokenFile) -> None:
    file.write(LATER)
    late = replace(TOKENS, refresh_token="of-a-refresh-that-came-late")
    assert not file.replace(TOKENS, late)
    assert file.read() == LATER
    file.remove()
    assert not file.replace(LATER, late)
    assert file.read() is None


def test_a_successor_replaces_what_a_failed_write_left_behind(file: TokenFile) -> None:
    file.write(TOKENS)
    assert file.replace(LATER, replace(LATER, refresh_token="next"))


def test_removing_says_whether_there_was_a_login(file: TokenFile) -> None:
    assert not file.remove()
    file.write(TOKENS)
    assert file.remove()
    assert not file.path.exists()


def test_who_reads_while_others_write_sees_a_whole_login(file: TokenFile, told: list[str]) -> None:
    logins = [replace(TOKENS, refresh_token=f"{n}" * 9000) for n in range(1, 9)]
    file.write(logins[0])
    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(file.write, tokens) for tokens in logins * 5]
        seen = [file.read() for _ in range(200)]
        for one in writing:
            one.result()
    assert all(tokens in logins for tokens in seen)
    assert told == []
    assert len(list(file.path.parent.iterdir())) == 1


def test_a_place_is_made_and_tried_before_there_is_a_login(file: TokenFile) -> None:
    file.prepare()
    assert mode_of(file.path.parent) == 0o700
    assert list(file.path.parent.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a directory should be")
    file = TokenFile(tmp_path / "state", CERN)
    with pytest.raises(LoginFileError, match="DQMTUI_STATE_DIR"):
        file.prepare()
    with pytest.raises(LoginFileError, match="DQMTUI_STATE_DIR") as caught:
        file.write(TOKENS)
    assert "secret" not in str(caught.value)
    with pytest.raises(LoginFileError, match="DQMTUI_STATE_DIR"):
        file.read()


CREDS: dict[str, Any] = {
    "access_token": "access-secret",
    "expires_in": 1200,
    "refresh_expires_in": 43200,
    "refresh_token": "refresh-secret",
    "token_type": "Bearer",
    "expires_at": "2026-03-29T01:50:00.250000",
    "refresh_expires_at": "2026-03-29T13:30:00.250000",
}


@pytest.fixture(params=["Europe/Zurich", "UTC", "America/Chicago"])
def _time_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_time_zone")
def test_the_local_times_of_cmsdials_are_understood(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "creds"
    path.write_text(json.dumps(CREDS))
    path.chmod(0o644)
    tokens = read_cmsdials_login(path, told.append)
    assert (tokens.access.value, tokens.refresh_token) == ("access-secret", "refresh-secret")
    assert datetime.fromtimestamp(tokens.access.expires_at).isoformat() == "2026-03-29T01:50:00.250000"  # noqa: DTZ006 - naive, as cmsdials means it
    assert tokens.access.expires_at - tokens.access.issued_at == 1200
    assert tokens.refresh_expires_at is not None
    assert f"chmod 600 {path}" in told[0]


def test_the_official_client_wrote_such_a_file(tmp_path: Path) -> None:
    from cmsdials.auth.device import Credentials
    from cmsdials.auth.models import Token

    fields = {**CREDS, "expires_at": "2099-01-01T00:00:00", "refresh_expires_at": "2099-01-02T00:00:00"}
    Credentials.from_authclient_token(Token(**fields), cache_dir=str(tmp_path))
    assert read_cmsdials_login(tmp_path / "creds").refresh_token == "refresh-secret"


@pytest.mark.parametrize(
    "wrong", [{"expires_at": "soon"}, {"expires_at": None}, {"refresh_token": 5}, {"access_token": "a b"}]
)
def test_a_file_that_is_none_of_cmsdials_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = tmp_path / "creds"
    path.write_text(json.dumps({**CREDS, **wrong}))
    with pytest.raises(LoginFileError, match="no token file of cmsdials") as caught:
        read_cmsdials_login(path)
    assert "secret" not in str(caught.value)


def test_an_application_is_read_from_its_file(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "clientid.json"
    path.write_text('{"API_CLIENT_ID": "my-app", "API_CLIENT_SECRET": "hush"}')
    path.chmod(0o600)
    assert read_client_file(path, told.append) == ("my-app", "hush")
    assert told == []
    path.chmod(0o640)
    assert read_client_file(path, told.append) == ("my-app", "hush")
    assert f"chmod 600 {path}" in told[0]
    assert "hush" not in told[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "no JSON"), ('{"API_CLIENT_ID": "a"}', "API_CLIENT_SECRET"), (None, "cannot be read")],
)
def test_a_file_without_an_application_says_what_it_lacks(
    tmp_path: Path, text: str | None, says: str
) -> None:
    path = tmp_path / "clientid.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LoginFileError, match=says):
        read_client_file(path)
