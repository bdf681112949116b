"""`dqmtui doctor`."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dqmtui.cli.exits import Exit
from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.review.login import log_in
from dqmtui.review.login_choice import token_file
from dqmtui.services.device_login import Asked, LoggedIn
from dqmtui.services.login_kinds import OMS_LOGIN
from dqmtui.store.settings import load_settings
from dqmtui.store.token_file import TokenFile
from tests.cli.between import InBetween
from tests.cli.conftest import clean_environment
from tests.services.web import html_reply, json_reply
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from dqmtui.store.settings import Settings
    from tests.cli.conftest import Ended
    from tests.services.web import Web

COMMAND = [sys.executable, "-m", "dqmtui", "doctor"]
PATIENT = [
    sys.executable,
    "-c",
    (
        "import runpy, sys, dqmtui.cli.doctor_terminal as asked; asked.PATIENCE_S = 60.0;"
        "sys.argv = ['dqmtui', 'doctor']; runpy.run_module('dqmtui', run_name='__main__', alter_sys=True)"
    ),
]
"""The same, which waits for the answer of a terminal however busy everything is."""
QUESTION = b"\x1b[?2026$p\x1b[c"
ANSWER = "\x1b[?2026;2$y\x1b[?62;22;52c"
LEFT = "import select, sys; print('left', select.select([sys.stdin], [], [], 0)[0])"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Directories of this test alone."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def doctor(cli: Callable[..., Ended], places: Path) -> Callable[..., Ended]:
    """Run the doctor on the embedded services."""
    return lambda *line: cli(*line, "doctor")


def findings(ended: Ended) -> dict[str, dict[str, Any]]:
    return {f"{one['section']} {one['name']}": one for one in json.loads(ended.out)}


def not_well(ended: Ended) -> dict[str, str]:
    return {name: one["advice"] for name, one in findings(ended).items() if not one["well"]}


def test_on_the_embedded_services_all_is_well(
    doctor: Callable[..., Ended], cli: Callable[..., Ended]
) -> None:
    done = doctor()
    assert (done.code, done.err) == (Exit.OK, "")
    assert [line for line in done.out.splitlines() if line[:1].isalpha()] == [
        *("program", "settings", "logins", "services", "network", "terminal", "files")
    ]
    found = findings(cli("doctor", "--json"))
    for name in ("DIALS", "OMS by DIALS", "OMS directly", "login"):
        facts = found[f"services {name}"]["facts"]
        assert (facts["reachable"], facts["usable"], facts["tls"]) == (True, True, "no TLS")
        assert facts["latency_ms"] > 0
    assert found["services DIALS"]["facts"]["answer"] == "7 workspaces"


def test_it_works_with_demo(process: Callable[..., Ended]) -> None:
    done = process("doctor", "--demo", "--json")
    assert done.code == Exit.OK, done.err
    assert not_well(done) == {}


def test_no_token_nor_secret_nor_any_part_of_it_is_shown(
    doctor: Callable[..., Ended],
    cli: Callable[..., Ended],
    demo: DemoServices,
    places: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = [*demo.token.split("."), demo.client_secret]
    said = [doctor(), cli("doctor", "--json")]
    stored = LoginTokens(AccessToken(demo.token, time.time(), time.time() + 600), "refresh-swordfish", None)
    monkeypatch.delenv("DQMTUI_DIALS_TOKEN")
    TokenFile(places / "state", demo.auth_url).write(stored)
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:swordfish@127.0.0.1:1/")
    said += [doctor(), cli("doctor", "--json")]
    for done in said:
        assert "swordfish" not in done.out + done.err
        assert not [secret for secret in secrets if secret in done.out + done.err]


def test_who_is_not_logged_in_is_told_to_log_in(
    cli: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DQMTUI_DIALS_TOKEN", "API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    done = cli("doctor", "--json")
    assert done.code == Exit.NOT_ALLOWED
    assert not_well(done)["logins DIALS"] == "Run `dqmtui login`."
    dials = findings(done)["services DIALS"]
    # the service itself is there, as its refusal of a nobody says
    assert (dials["facts"]["reachable"], dials["facts"]["usable"]) == (True, False)
    assert "there, but refuses" in dials["says"]
    assert "not well (logins: DIALS" in done.err


def test_a_stored_login_is_told_with_its_modes_and_ends(
    cli: Callable[..., Ended], demo: DemoServices, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DQMTUI_DIALS_TOKEN", "API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    now = time.time()
    file = TokenFile(places / "state", demo.auth_url)
    ends_at, refreshed_until = now + 7319, now + 10 * 86_400 + 3600
    file.write(LoginTokens(AccessToken(demo.token, now, ends_at), "refresh", refreshed_until))
    done = cli("doctor", "--json")
    assert done.code == Exit.OK, done.out
    login = findings(done)["logins DIALS"]
    assert (login["facts"]["file_mode"], login["facts"]["directory_mode"]) == ("0600", "0700")
    assert login["facts"]["can_refresh"] is True
    assert "token ends in 2 h 1 min, the login ends in 10 days" in login["says"].replace("\n", " ")
    file.path.chmod(0o644)
    done = cli("doctor", "--json")
    assert done.code == Exit.USAGE
    assert "chmod 700" in not_well(done)["logins DIALS"]


@pytest.mark.parametrize("left_s", [-60.0, -90 * 86_400.0])
def test_a_login_that_has_ended_is_not_well(
    cli: Callable[..., Ended],
    demo: DemoServices,
    places: Path,
    monkeypatch: pytest.MonkeyPatch,
    left_s: float,
) -> None:
    for name in ("DQMTUI_DIALS_TOKEN", "API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    now = time.time()
    tokens = LoginTokens(AccessToken("old", now - 10**7, now - 10**7 + 60), "refresh", now + left_s)
    TokenFile(places / "state", demo.auth_url).write(tokens)
    done = cli("doctor", "--json")
    assert done.code == Exit.NOT_ALLOWED
    assert not_well(done)["logins DIALS"] == "Run `dqmtui login`."
    assert findings(done)["logins DIALS"]["facts"]["can_refresh"] is False


def test_services_that_are_away_are_told_and_nothing_hangs(
    bare: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("DQMTUI_DIALS_URL", url)
        monkeypatch.setenv("DQMTUI_OMS_URL", f"{url}/agg/api/v1")
        monkeypatch.setenv("DQMTUI_AUTH_URL", f"{url}/auth/")
        monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "swordfish")
        done = bare("doctor", "--json")
    assert done.code == Exit.SERVICE
    bad = not_well(done)
    assert {"services DIALS", "services OMS by DIALS"} <= set(bad)
    assert "Check your network" in bad["services DIALS"]
    # with a fixed token nobody needs the login service, nor direct OMS by this route
    assert "services login" not in bad
    assert "services OMS directly" not in bad
    assert findings(done)["services OMS directly"]["facts"]["reachable"] is False


def test_who_is_not_logged_in_either_is_told_what_is_wrong_with_the_network(
    bare: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_DIALS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("DQMTUI_OMS_URL", "http://127.0.0.1:9/agg")
    monkeypatch.setenv("DQMTUI_AUTH_URL", "http://127.0.0.1:9/auth/")
    done = bare("doctor", "--json")
    assert done.code == Exit.SERVICE
    bad = not_well(done)
    assert bad["logins DIALS"] == "Run `dqmtui login`."
    assert "Check your network" in bad["services DIALS"]
    assert "Check your network" in bad["services login"]


def test_a_service_that_is_silent_is_not_waited_for(
    cli: Callable[..., Ended], web: Web, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: object) -> Any:
        import asyncio

        await asyncio.Event().wait()

    web.handler = never
    monkeypatch.setenv("DQMTUI_DIALS_URL", web.url)
    done = cli("doctor", "--json")
    assert done.code == Exit.SERVICE
    assert "did not answer within" in not_well(done)["services DIALS"]
    assert len(web.paths) <= 4


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (html_reply("maintenance", 503), Exit.SERVICE, "status 503"),
        (html_reply("<html>It works!</html>"), Exit.SERVICE, "web page in place of data"),
        (json_reply({"detail": "No.", "code": "token_not_valid"}, 403), Exit.NOT_ALLOWED, "Put a fresh one"),
    ],
)
def test_what_a_service_answers_is_told(
    cli: Callable[..., Ended],
    web: Web,
    demo: DemoServices,
    places: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    code: Exit,
    says: str,
) -> None:
    web.handler = InBetween(demo, lambda _: True, answer)
    monkeypatch.setenv("DQMTUI_DIALS_URL", web.url)
    done = cli("doctor", "--json")
    assert done.code == code
    assert says in not_well(done)["services DIALS"]
    assert findings(done)["services DIALS"]["facts"]["reachable"] is True


def test_insecure_is_not_well(doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DQMTUI_INSECURE", "true")
    done = doctor()
    assert done.code == Exit.USAGE
    assert "! TLS" in done.out
    assert "-> Unset insecure" in done.out


def test_direct_oms_without_an_application_says_what_to_name(
    cli: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DQMTUI_OMS_LOGIN", "application")
    done = cli("--oms-route", "direct", "doctor", "--json")
    assert done.code != Exit.OK
    assert "oms_client_file" in not_well(done)["logins OMS"]


def test_both_logins_of_a_person_are_told_and_no_token(
    cli: Callable[..., Ended], demo: DemoServices, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DQMTUI_DIALS_TOKEN", "API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DQMTUI_OMS_ROUTE", "direct")
    now = time.time()
    TokenFile(places / "state", demo.auth_url).write(
        LoginTokens(AccessToken(demo.token, now, now + 7290), "refresh-swordfish", None)
    )
    done = cli("doctor", "--json")
    assert done.code == Exit.NOT_ALLOWED
    assert not_well(done)["logins OMS"] == "Run `dqmtui login --oms`."
    assert "logins DIALS" not in not_well(done)
    assert "asked directly; for direct OMS: not logged in" in findings(done)["logins OMS"]["says"]
    # OMS itself is there, as its refusal of a nobody says
    assert findings(done)["services OMS directly"]["facts"]["reachable"] is True
    settings = load_settings(
        {}, {"DQMTUI_STATE_DIR": str(places / "state"), "DQMTUI_AUTH_URL": demo.auth_url}
    )
    oms = asyncio.run(logged_in(settings))
    done = cli("doctor", "--json")
    assert done.code == Exit.OK, done.out
    stored = findings(done)["logins OMS"]["facts"]["stored"]
    assert (stored["file_mode"], stored["directory_mode"]) == ("0600", "0700")
    assert stored["can_refresh"] is True
    assert "token ends in 19 min" in findings(done)["logins OMS"]["says"]
    assert findings(done)["services OMS directly"]["facts"]["usable"] is True
    for secret in (oms.access.value, oms.refresh_token, demo.token, "swordfish"):
        assert secret not in done.out + done.err + cli("doctor").out
    token_file(settings, login=OMS_LOGIN).path.chmod(0o640)
    assert "chmod 700" in not_well(cli("doctor", "--json"))["logins OMS"]


async def logged_in(settings: Settings) -> LoginTokens:
    """Log in to OMS as a person does."""
    async for state in log_in(settings, login=OMS_LOGIN):
        if isinstance(state, Asked):
            await asyncio.to_thread(httpx.get, state.url)
    assert isinstance(state, LoggedIn)
    return state.tokens


def test_switched_off_oms_is_not_asked(cli: Callable[..., Ended], places: Path) -> None:
    found = findings(cli("--oms-route", "off", "doctor", "--json"))
    assert not [name for name in found if name.startswith("services OMS")]
    assert "switched off" in found["logins OMS"]["says"]


def on_terminal(demo: DemoServices, home: Path, **more: str) -> dict[str, str]:
    env = clean_environment(home)
    return {**env, **demo.environment(), "TERM": "xterm-256color", "PYTHONWARNINGS": "", **more}


def examined(env: dict[str, str], *, width: int = 80, height: int = 80) -> tuple[int, Terminal]:
    """Run the doctor in a terminal that answers at once; give the exit code and the terminal after it."""
    with Terminal(PATIENT, width=width, height=height, env=env) as terminal:
        until = time.monotonic() + 60
        while QUESTION not in terminal.output:
            assert terminal._read(until), terminal.text
        terminal.press(ANSWER)
        return terminal.wait_for_end(), terminal


def test_a_terminal_is_asked_what_it_can_do_and_left_as_it_was(demo: DemoServices, tmp_path: Path) -> None:
    # what the doctor leaves behind in the input, and the modes before and after, are printed
    script = (
        "before=$(stty -g); "
        f"{shlex.join(PATIENT)}; echo code $?; "
        '[ "$before" = "$(stty -g)" ] && echo same modes; '
        f"{shlex.join([sys.executable, '-c', LEFT])}"
    )
    with Terminal(["sh", "-c", script], height=60, env=on_terminal(demo, tmp_path)) as terminal:
        until = time.monotonic() + 60
        while QUESTION not in terminal.output:
            assert terminal._read(until), terminal.text
        terminal.press("typed before", ANSWER)
        text = terminal.wait_for("left [")
        assert "left []" in text
        assert "same modes" in text
        assert "code 0" in text
        assert "synchronized output yes; clipboard (OSC 52) yes" in text
        assert "\x1b[?62" not in text
        assert "typed before" not in text


def test_within_tmux_its_options_and_its_paste_buffer_are_named(demo: DemoServices, tmp_path: Path) -> None:
    tmux = tmp_path / "bin" / "tmux"
    tmux.parent.mkdir()
    options = "*set-clipboard) echo external;; *allow-passthrough) echo off;; -V) echo tmux 3.3a;;"
    tmux.write_text(f'#!/bin/sh\ncase "$*" in {options} *) exit 1;; esac\n', encoding="utf-8")
    tmux.chmod(0o755)
    path = f"{tmux.parent}{os.pathsep}{os.environ['PATH']}"
    env = {**on_terminal(demo, tmp_path), "TMUX": "socket,1,0", "PATH": path}
    with Terminal(PATIENT, height=60, env=env) as terminal:
        until = time.monotonic() + 60
        while QUESTION not in terminal.output:
            assert terminal._read(until), terminal.text
        terminal.press(ANSWER)
        text = " ".join(terminal.wait_for("allow-passthrough").split())
        assert "through tmux's paste buffer (set-clipboard external, allow-passthrough off)" in text


def test_a_terminal_that_does_not_answer_is_not_waited_for_long(demo: DemoServices, tmp_path: Path) -> None:
    with Terminal(COMMAND, height=60, env=on_terminal(demo, tmp_path)) as terminal:
        text = terminal.wait_for("no answer within 1 s")
        assert terminal.wait_for_end() == Exit.OK
        assert "80 x 60" in text
        assert "256 (TERM is xterm-256color, COLORTERM is unset)" in text


def test_without_a_terminal_nothing_is_asked(process: Callable[..., Ended], demo: DemoServices) -> None:
    done = process("doctor", env=demo.environment())
    assert "\x1b" not in done.out
    assert "not asked: no terminal to talk with" in done.out


def test_in_80_columns_no_line_is_longer_and_ascii_stays_ascii(demo: DemoServices, tmp_path: Path) -> None:
    env = on_terminal(demo, tmp_path, LC_ALL="C", DQMTUI_STATE_DIR=str(tmp_path / "a long name" / ("x" * 40)))
    code, terminal = examined(env, height=80)
    assert code == Exit.OK
    assert terminal.output.isascii()
    lines = terminal.text.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert {"dqmtui", "DIALS", "OMS", "certificates", "size", "cache", "state"} <= set(names)


@pytest.mark.parametrize(
    ("env", "says", "well"),
    [
        ({"TERM": "dumb"}, "none (TERM is dumb", False),
        ({"COLORTERM": "truecolor"}, "truecolor (COLORTERM is truecolor)", True),
        ({"NO_COLOR": "1"}, "none (NO_COLOR is set)", True),
        ({"LC_ALL": "C", "DQMTUI_CHARSET": "utf8"}, "utf8 (environment DQMTUI_CHARSET; LC_ALL is C)", False),
        ({"TMUX": "/run/tmux/default,1,0", "SSH_TTY": "/dev/pts/1"}, "tmux, ssh", True),
    ],
)
def test_the_terminal_is_told_with_the_reasons(
    demo: DemoServices,
    tmp_path: Path,
    env: dict[str, str],
    says: str,
    well: bool,  # noqa: FBT001 - the value expected
) -> None:
    code, terminal = examined(on_terminal(demo, tmp_path, **env), width=200, height=80)
    assert says in terminal.text
    assert (code == Exit.OK) == well
    assert ("\n! " in terminal.text) != well


def test_a_small_window_is_told(demo: DemoServices, tmp_path: Path) -> None:
    code, terminal = examined(on_terminal(demo, tmp_path), width=60, height=70)
    assert code == Exit.USAGE
    assert "Make the window 80 x 24 or larger" in " ".join(terminal.text.split())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_directories_that_cannot_be_written_are_told(
    cli: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = places / "closed"
    closed.mkdir(mode=0o500)
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(closed / "cache"))
    done = cli("doctor", "--json")
    assert done.code == Exit.USAGE
    assert "cache_dir" in not_well(done)["files cache"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_used_is_named_and_the_rest_is_looked_at(
    cli: Callable[..., Ended], places: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = places / "authorities.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    done = cli("doctor", "--json")
    assert done.code != Exit.OK
    found = findings(done)
    assert f"SSL_CERT_FILE names {file}, which cannot be used" in found["network certificates"]["says"]
    assert "unset it" in found["network certificates"]["advice"]
    # the services cannot be asked, and why is said there, too
    assert "SSL_CERT_FILE" in found["services DIALS"]["advice"]
    assert found["files state"]["well"]
    assert "Traceback" not in done.err
