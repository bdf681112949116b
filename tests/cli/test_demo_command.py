"""`dqmtui demo --serve`, and `dqmtui demo` in a terminal."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

import httpx
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.conftest import PATIENCE_S, clean_environment
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

SERVE = [sys.executable, "-m", "dqmtui", "demo", "--serve"]
NAMES = {
    "DQMTUI_DIALS_URL",
    "DQMTUI_OMS_URL",
    "DQMTUI_AUTH_URL",
    "DQMTUI_DIALS_TOKEN",
    "API_CLIENT_ID",
    "API_CLIENT_SECRET",
}


def environment_of(stream: IO[str] | None) -> dict[str, str]:
    """Read the lines that a shell would evaluate."""
    assert stream is not None
    found: dict[str, str] = {}
    while not found.keys() >= NAMES:
        word, assignment = shlex.split(stream.readline())
        assert word == "export"
        name, _, value = assignment.partition("=")
        found[name] = value
    return found


def is_alive(url: str) -> bool:
    try:
        httpx.get(url, timeout=PATIENCE_S)
    except httpx.TransportError:
        return False
    return True


def wait_until_gone(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while is_alive(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def serving(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        SERVE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home),
    )


def test_serve_prints_the_environment_that_points_a_client_at_the_services(
    serving: subprocess.Popen[str], process: Callable[..., Ended]
) -> None:
    with serving:
        environment = environment_of(serving.stdout)
        rows = process("runs", "--json", env=environment).json()
        assert 381065 in {row["run_number"] for row in rows}
        _, err = serving.communicate(timeout=PATIENCE_S)
    assert "ctrl+c ends them" in err


def test_serve_prints_json_for_programs(home: Path) -> None:
    with subprocess.Popen(
        [*SERVE, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment(home),
    ) as serving:
        assert serving.stdout is not None
        environment = json.loads(serving.stdout.readline())
        assert environment.keys() >= NAMES
        assert is_alive(environment["DQMTUI_DIALS_URL"])
        serving.communicate(timeout=PATIENCE_S)
    assert serving.returncode == Exit.OK


def test_serve_ends_with_its_standard_input(serving: subprocess.Popen[str]) -> None:
    with serving:
        environment = environment_of(serving.stdout)
        serving.communicate(timeout=PATIENCE_S)
    assert serving.returncode == Exit.OK
    wait_until_gone(environment["DQMTUI_DIALS_URL"])


def test_serve_ends_with_an_interrupt(serving: subprocess.Popen[str]) -> None:
    with serving:
        environment = environment_of(serving.stdout)
        serving.send_signal(signal.SIGINT)
        assert serving.stderr is not None
        err = serving.stderr.read()
        assert serving.wait(PATIENCE_S) == Exit.INTERRUPTED
    assert "interrupted" in err
    assert "Traceback" not in err
    wait_until_gone(environment["DQMTUI_DIALS_URL"])


def test_the_services_are_gone_when_serve_is_killed(serving: subprocess.Popen[str]) -> None:
    with serving:
        environment = environment_of(serving.stdout)
        serving.kill()
    wait_until_gone(environment["DQMTUI_DIALS_URL"])


def test_serve_ends_with_its_parent(home: Path) -> None:
    program = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)\n"
        "sys.stdin.read()\n"
        "os._exit(0)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, *SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean_environment(home),
    ) as parent:
        environment = environment_of(parent.stdout)
        assert is_alive(environment["DQMTUI_DIALS_URL"])
        assert parent.stdin is not None
        parent.stdin.close()
        # the end of this pipe comes when its last holder, the child, has ended
        assert parent.stdout is not None
        assert parent.stdout.read() == ""
    wait_until_gone(environment["DQMTUI_DIALS_URL"])


def test_serve_listens_where_it_is_told_and_says_when_it_cannot(
    home: Path, process: Callable[..., Ended]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = process("demo", "--serve", "--port", str(port))
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert str(port) in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("line", ["demo --serve", "demo", "--demo runs"])
def test_a_recorded_file_that_is_not_there_is_named_with_its_option(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.setattr("dqmtui.cli.opening.why_no_tui", lambda: None)
    file = tmp_path / "nowhere.json"
    if line == "--demo runs":
        monkeypatch.setenv("DQMTUI_DEMO_OMS_DATA", str(file))
        done = bare(*line.split())
        assert f"--oms-data: there is no file {file} (environment DQMTUI_DEMO_OMS_DATA)." in done.err
    else:
        done = bare(*line.split(), "--oms-data", str(file))
        assert f"--oms-data: there is no file {file}." in done.err
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")


def test_recorded_rates_alone_are_wrong_usage(bare: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    file.write_text("{}")
    done = bare("demo", "--serve", "--oms-rates", str(file))
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert f"--oms-rates: {file} cannot be served alone" in done.err


def test_what_the_services_refuse_is_wrong_usage(process: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "oms.json"
    file.write_text("{}")
    done = process("demo", "--serve", "--growing", "--oms-data", str(file))
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert done.err.startswith(f"dqmtui: --growing: the runs of --oms-data {file} stay as they were recorded")


def test_no_directory_stays_behind_when_the_terminal_goes_away(home: Path, tmp_path: Path) -> None:
    directory = tmp_path / "tmp"
    directory.mkdir()

    def wait_until_there(*, is_there: bool) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while any(directory.glob("dqmtui-demo-*")) is not is_there:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    with in_terminal(home, "demo", TMPDIR=str(directory)) as terminal:
        wait_until_there(is_there=True)
        os.kill(terminal.pid, signal.SIGHUP)
        terminal.wait_for_end()
    wait_until_there(is_there=False)


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def in_terminal(home: Path, *arguments: str, **environment: str) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "dqmtui", *arguments],
        width=110,
        height=35,
        env={**clean_environment(home), "PYTHONWARNINGS": "", "TERM": "xterm-256color", **environment},
    )


@pytest.mark.parametrize("line", ["demo", "--demo"])
def test_the_terminal_program_opens_where_it_is_told_on_services_of_its_own(home: Path, line: str) -> None:
    where = ("--run", "379011", "--me", "charge_PXLayer_1", "--ls", "9")
    with in_terminal(home, line, *where) as terminal:
        terminal.wait_for("run 379011  LS 9  PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1")
        children = children_of(terminal.pid)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert children
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_the_terminal_program_says_when_its_services_do_not_start(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "oms.json"
    file.write_text("this is no JSON")
    with in_terminal(home, "demo", "--oms-data", str(file)) as terminal:
        terminal.wait_for("is not JSON")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_the_terminal_program_needs_a_cursor(home: Path, term: str) -> None:
    with in_terminal(home, "demo", TERM=term) as terminal:
        assert terminal.wait_for_end() == Exit.USAGE
        assert f"but TERM is {term or 'unset'}." in " ".join(terminal.text.split())
