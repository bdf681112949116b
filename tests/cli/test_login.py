"""`dqmtui login` and `dqmtui logout`."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.conftest import clean_environment
from tests.services.realm import SECRETS, Realm, refusal
from tests.services.web import until
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

COMMAND = [sys.executable, "-m", "dqmtui"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def realm(web: Web) -> Realm:
    """A login service that agrees at the first question, without delay."""
    made = Realm(web)
    made.device["interval"] = 0
    return made


@pytest.fixture
def on_realm(
    bare: Callable[..., Ended], realm: Realm, state: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Run a command in this process with that login service."""
    monkeypatch.setenv("DQMTUI_AUTH_URL", f"{realm.web.url}/auth/")
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(state))
    return bare


def states_in(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_address_and_the_code_are_said_and_the_login_is_stored(
    on_realm: Callable[..., Ended], realm: Realm, state: Path
) -> None:
    done = on_realm("login")
    assert (done.code, done.out) == (0, "")
    assert realm.device["verification_uri_complete"] in done.err
    assert "ABCD-EFGH" in done.err
    (file,) = (state / "logins").iterdir()
    assert f"you are logged in; the login is stored in {file}" in done.err
    assert "left" not in done.err
    assert "█" not in done.err


def test_json_prints_each_state_and_nothing_else(on_realm: Callable[..., Ended], realm: Realm) -> None:
    done = on_realm("login", "--json")
    assert (done.code, done.err) == (0, "")
    asked, *between, last = states_in(done.out)
    assert asked["state"] == "asked"
    assert (asked["url"], asked["user_code"]) == (realm.device["verification_uri_complete"], "ABCD-EFGH")
    assert asked["expires_at"].endswith("+00:00")
    assert {state["state"] for state in between} == {"waiting"}
    assert last["state"] == "logged_in"


def test_no_secret_is_printed(on_realm: Callable[..., Ended], state: Path) -> None:
    said = [on_realm(*line) for line in (["login"], ["login", "--json"], ["logout", "--json"])]
    assert not any(secret in done.out + done.err for done in said for secret in SECRETS)


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (refusal("access_denied"), Exit.NOT_ALLOWED, "refused in the browser"),
        (refusal("expired_token"), Exit.NOT_ALLOWED, "Nobody agreed in time"),
    ],
)
def test_a_login_that_comes_to_nothing_has_its_exit_code(
    on_realm: Callable[..., Ended], realm: Realm, state: Path, answer: Any, code: Exit, says: str
) -> None:
    for line in (["login"], ["login", "--json"]):
        realm.answers["device_code"] = [answer]
        done = on_realm(*line)
        assert done.code == code
        assert says in done.err
    assert states_in(done.out)[-1]["state"] in {"refused", "expired"}
    assert list((state / "logins").iterdir()) == []


def test_where_a_login_cannot_be_stored_nobody_is_asked_to_log_in(
    on_realm: Callable[..., Ended], realm: Realm, state: Path
) -> None:
    (state / "logins").write_text("in the way")
    done = on_realm("login")
    assert done.code == Exit.USAGE
    assert "DQMTUI_STATE_DIR" in done.err
    assert not realm.asked


def test_a_login_service_that_is_away_is_a_service_that_fails(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_AUTH_URL", "http://127.0.0.1:9/auth/")
    done = bare("login")
    assert done.code == Exit.SERVICE
    assert "cannot be reached" in done.err


def test_what_counts_before_the_login_is_said(
    on_realm: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "swordfish")
    for command in ("login", "logout"):
        done = on_realm(command)
        assert done.code == 0
        assert "environment DQMTUI_DIALS_TOKEN" in done.err
        assert "swordfish" not in done.err


def test_logging_out_says_what_it_removed(on_realm: Callable[..., Ended], state: Path) -> None:
    on_realm("login")
    (file,) = (state / "logins").iterdir()
    assert f"you are logged out; {file} is removed" in on_realm("logout").err
    assert not file.exists()
    done = on_realm("logout")
    assert done.code == 0
    assert f"there was no login in {file}" in done.err
    assert on_realm("logout", "--json").json() == {"removed": False, "file": str(file)}


def test_the_login_to_oms_is_one_of_its_own(
    on_realm: Callable[..., Ended], realm: Realm, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_realm("login")
    (of_dials,) = (state / "logins").iterdir()
    realm.forms.clear()
    done = on_realm("login", "--oms")
    assert (done.code, done.out) == (0, "")
    (of_oms,) = {*(state / "logins").iterdir()} - {of_dials}
    assert f"you are logged in; the login is stored in {of_oms}" in done.err
    assert "once oms_route (DQMTUI_OMS_ROUTE) is direct" in done.err
    assert {form["client_id"] for form in realm.forms} == {"cmsoms-prod-public"}
    monkeypatch.setenv("DQMTUI_OMS_ROUTE", "direct")
    assert "oms_route" not in on_realm("login", "--oms").err
    assert on_realm("logout", "--oms", "--json").json() == {"removed": True, "file": str(of_oms)}
    assert of_dials.exists()
    assert f"there was no login in {of_oms}" in on_realm("logout", "--oms").err


def test_what_counts_before_the_login_to_oms_is_said(
    on_realm: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_CLIENT_ID", "app")
    monkeypatch.setenv("API_CLIENT_SECRET", "swordfish")
    assert "environment API_CLIENT_ID counts before this login" in on_realm("login", "--oms").err
    assert "environment API_CLIENT_ID is still there, and still opens OMS" in on_realm("logout", "--oms").err
    monkeypatch.setenv("DQMTUI_OMS_LOGIN", "device")
    assert "counts before" not in on_realm("login", "--oms").err


def test_nobody_agreeing_to_a_login_to_oms_says_how_to_try_again(
    on_realm: Callable[..., Ended], realm: Realm
) -> None:
    realm.answers["device_code"] = [refusal("expired_token")]
    assert "Run `dqmtui login --oms` again" in on_realm("login", "--oms").err


def test_that_the_login_service_wants_to_be_asked_less_often_is_said(
    on_realm: Callable[..., Ended], realm: Realm
) -> None:
    realm.answers["device_code"] = [refusal("slow_down"), refusal("access_denied")]
    assert "wants to be asked less often" in on_realm("login").err


def test_cmsdials_has_no_login_to_oms(on_realm: Callable[..., Ended], tmp_path: Path) -> None:
    done = on_realm("login", "--oms", "--from-cmsdials", str(tmp_path / "creds"))
    assert done.code == Exit.USAGE
    assert "leave out --oms or --from-cmsdials" in done.err


def test_a_login_of_cmsdials_is_taken_over(on_realm: Callable[..., Ended], tmp_path: Path) -> None:
    creds = tmp_path / "creds"
    fields = {"access_token": "a", "refresh_token": "r", "expires_in": 9, "refresh_expires_in": 99}
    times = {"expires_at": "2026-01-01T00:00:00", "refresh_expires_at": "2099-01-01T00:00:00"}
    creds.write_text(json.dumps({**fields, **times}))
    creds.chmod(0o600)
    done = on_realm("login", "--from-cmsdials", str(creds))
    assert done.code == 0
    assert f"the login in {creds} is now stored in" in done.err
    assert on_realm("logout", "--json").json()["removed"]


def test_a_file_that_is_none_of_cmsdials_is_wrong_usage(
    on_realm: Callable[..., Ended], tmp_path: Path
) -> None:
    for path in (tmp_path / "none", tmp_path / "other"):
        (tmp_path / "other").write_text("{}")
        done = on_realm("login", "--from-cmsdials", str(path))
        assert done.code == Exit.USAGE
        assert str(path) in done.err


def test_the_embedded_services_log_in_by_themselves(process: Callable[..., Ended], home: Path) -> None:
    done = process("login", "--demo", "--json")
    assert done.code == 0
    assert [state["state"] for state in states_in(done.out)][-1] == "logged_in"
    assert "this login with them" in done.err
    assert list(home.glob(".local/state/dqmtui/logins/*")) == []


def seconds_left(text: str) -> int | None:
    """Read the countdown on a screen."""
    found = re.search(r"(\d+):(\d\d) left", text)
    return None if found is None else 60 * int(found[1]) + int(found[2])


def test_in_a_terminal_there_is_a_qr_code_and_a_countdown(demo: DemoServices, tmp_path: Path) -> None:
    env = {**clean_environment(tmp_path), "DQMTUI_AUTH_URL": demo.auth_url, "XDG_STATE_HOME": str(tmp_path)}
    with Terminal([*COMMAND, "login"], height=40, env=env) as terminal:
        text = terminal.wait_for("left, ctrl+c gives up")
        assert "▄▄▄▄▄" in text
        (url,) = [line.strip() for line in text.splitlines() if line.strip().startswith("http")]
        # which seconds are drawn depends on how busy everything is
        first = seconds_left(text)
        assert first is not None
        terminal.wait_for(lambda now: (seconds_left(now) or first) < first)
        httpx.get(url).raise_for_status()
        terminal.wait_for("you are logged in")
        assert terminal.wait_for_end() == 0
        assert "left, ctrl+c" not in terminal.text


@pytest.mark.parametrize(("height", "drawn"), [(44, True), (24, False)])
def test_ascii_stays_ascii_and_what_has_no_room_is_left_out(
    demo: DemoServices,
    tmp_path: Path,
    height: int,
    drawn: bool,  # noqa: FBT001 - the value expected
) -> None:
    env = {**clean_environment(tmp_path), "DQMTUI_AUTH_URL": demo.auth_url, "DQMTUI_CHARSET": "ascii"}
    with Terminal([*COMMAND, "login"], width=90, height=height, env=env) as terminal:
        text = terminal.wait_for("left, ctrl+c gives up")
        assert ("########" in text) == drawn
        assert terminal.output.isascii()
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == Exit.INTERRUPTED
        assert "dqmtui: interrupted" in terminal.text
        assert "left, ctrl+c" not in terminal.text


async def test_an_interrupt_ends_a_login_whose_service_is_silent(web: Web, tmp_path: Path) -> None:
    async def never(_: object) -> Any:
        await asyncio.Event().wait()

    web.handler = never
    env = {**clean_environment(tmp_path), "DQMTUI_AUTH_URL": f"{web.url}/auth/"}
    child = await asyncio.create_subprocess_exec(*COMMAND, "login", stderr=asyncio.subprocess.PIPE, env=env)
    await until(lambda: web.in_flight == 1)
    child.send_signal(signal.SIGINT)
    # less than any timeout of a request
    async with asyncio.timeout(25):
        _, said = await child.communicate()
    assert child.returncode == Exit.INTERRUPTED
    assert said.decode().strip() == "dqmtui: interrupted"
