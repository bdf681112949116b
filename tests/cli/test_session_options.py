"""The options of the terminal program: sessions and the mouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete

from dqmtui.cli import opening
from dqmtui.cli.commands import build
from dqmtui.cli.main import run
from dqmtui.store.sessions import Sessions, sessions_home

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.cli.opening import Opening

REAL = "https://dials.example.org/"


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A state directory, in a terminal that can show the program."""
    monkeypatch.setattr(opening, "why_no_tui", lambda: None)
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("DQMTUI_DIALS_URL", REAL)
    return tmp_path


def opened(*arguments: str) -> tuple[int, list[Opening]]:
    """Give the exit code and what the terminal program was started with."""
    started: list[Opening] = []

    def start(what: Opening) -> int:
        started.append(what)
        return 0

    return run(arguments, start), started


def test_without_an_option_the_session_written_last_goes_on(state: Path) -> None:
    code, (first,) = opened()
    assert code == 0
    assert first.session is not None
    assert (first.session.name, first.session.data) == ("default", None)
    first.session.sessions.write("night", {"review": {}})
    _, (second,) = opened()
    assert second.session is not None
    assert second.session.name == "night"
    assert second.session.data is not None
    assert sessions_home(state, REAL).is_dir()


def test_a_session_is_opened_by_its_name_and_fresh_restores_nothing(state: Path) -> None:
    Sessions(sessions_home(state, REAL)).write("night", {"review": {}})
    for arguments, name, is_restored in (
        (["--session", "night"], "night", True),
        (["--session", "new"], "new", False),
        (["--session", "night", "--fresh"], "night", False),
        (["--fresh"], "default", False),
    ):
        _, (what,) = opened(*arguments)
        assert what.session is not None
        assert what.session.name == name
        assert (what.session.data is not None) is is_restored


def test_what_is_no_name_is_a_mistake_in_usage(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, started = opened("--session", "../../etc/passwd")
    assert (code, started) == (2, [])
    assert "is no name of a session" in capsys.readouterr().err
    assert not list(state.glob("**/*.json"))


def test_the_demo_has_sessions_of_its_own(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Sessions(sessions_home(state, REAL)).write("default", {"review": {"state": {"workspace": "real"}}})
    monkeypatch.setattr("dqmtui.demo.process.DemoServices.begin", _no_services)
    monkeypatch.delenv("DQMTUI_DIALS_URL")
    _, (demo,) = opened("demo")
    assert demo.session is not None
    assert demo.session.data is None
    demo.session.sessions.write("default", {"review": {"state": {"workspace": "demo"}}})
    monkeypatch.setenv("DQMTUI_DIALS_URL", REAL)
    _, (real,) = opened()
    assert real.session is not None
    assert real.session.data is not None
    assert json.dumps(real.session.data["review"]) == '{"state": {"workspace": "real"}}'


class _no_services:  # noqa: N801 - stands for a function
    """Embedded services that nobody starts."""

    def __init__(self, _options: object) -> None:
        pass

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


@pytest.mark.usefixtures("state")
def test_the_mouse_is_left_to_the_terminal_by_a_flag_or_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened()[1][0].settings.mouse == "on"
    assert opened("--no-mouse")[1][0].settings.mouse == "off"
    monkeypatch.setenv("DQMTUI_MOUSE", "off")
    assert opened()[1][0].settings.mouse == "off"


@pytest.mark.usefixtures("state")
def test_the_options_are_those_of_the_program_and_not_of_a_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _ = opened("--fresh", "runs")
    assert code == 2
    assert "--fresh before a command" in capsys.readouterr().err


def test_names_of_sessions_are_completed(state: Path) -> None:
    Sessions(sessions_home(state, REAL)).write("night", {})
    Sessions(sessions_home(state, "")).write("neat", {})
    command = build(lambda _: 0)
    for arguments, name in (([], "night"), (["demo"], "neat")):
        completer = ShellComplete(command, {}, "dqmtui", "_DQMTUI_COMPLETE")
        found = completer.get_completions([*arguments, "--session"], "n")
        assert [one.value for one in found] == [name]
