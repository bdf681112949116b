"""`dqmtui keys`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.model.actions import ACTIONS, GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended


@pytest.fixture
def keymap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bare: Callable[..., Ended]
) -> Callable[[str], Path]:
    """Write a keymap that the settings name."""

    def write(text: str) -> Path:
        file = tmp_path / "keymap.toml"
        file.write_text(text)
        monkeypatch.setenv("DQMTUI_KEYMAP", str(file))
        return file

    return write


def test_every_action_is_listed_with_its_keys(bare: Callable[..., Ended]) -> None:
    rows = bare("keys", "list", "--json").json()
    assert [row["action"] for row in rows] == [action.id for action in ACTIONS]
    assert all(row["keys"] == row["default"] for row in rows)
    table = bare("keys", "list")
    assert "→ l" in table.out
    assert table.err == ""


def test_a_table_in_ascii_writes_arrows_as_words(bare: Callable[..., Ended]) -> None:
    assert "right l" in bare("keys", "list", "--charset", "ascii").out
    assert bare("keys", "list", "--charset", "ascii").out.isascii()


def test_the_actions_of_a_group_by_the_beginning_of_its_name(bare: Callable[..., Ended]) -> None:
    rows = bare("keys", "list", "--group", "mon", "--json").json()
    assert {row["group"] for row in rows} == {"Monitoring elements"}
    done = bare("keys", "list", "--group", "Runz")
    assert done.code == Exit.USAGE
    assert "did you mean Runs?" in done.err
    assert all(group in done.err for group in GROUPS)


def test_keys_are_listed_as_they_are_now_beside_the_default_ones(
    bare: Callable[..., Ended], keymap: Callable[[str], Path]
) -> None:
    file = keymap('[keys]\nreload = "f5"\n')
    [row] = [row for row in bare("keys", "list", "--json").json() if row["action"] == "reload"]
    assert (row["keys"], row["default"]) == (["f5"], ["ctrl+r"])
    done = bare("keys", "list")
    assert any(line.split()[:3] == ["F5", "ctrl+r", "reload"] for line in done.out.splitlines())
    assert f"1 action has not the default keys but those of {file}" in done.err


def test_a_whole_keymap_is_printed_to_start_from(
    bare: Callable[..., Ended], keymap: Callable[[str], Path]
) -> None:
    text = bare("keys", "list", "--toml").out
    assert set(tomllib.loads(text)["keys"]) == {action.id for action in ACTIONS}
    keymap(text)
    done = bare("keys", "check")
    assert (done.code, done.out) == (0, "")
    assert bare("keys", "list", "--toml", "--json").code == Exit.USAGE


@pytest.mark.parametrize("name", ["ls.next", "→", "right", "l"])
def test_an_action_and_its_keys_show_the_same(bare: Callable[..., Ended], name: str) -> None:
    assert bare("keys", "show", name, "--json").json()["action"] == "ls.next"
    out = bare("keys", "show", name).out
    assert "keys     → l" in out
    assert "Next LS that has data" in out


def test_the_key_that_always_quits_is_shown_as_such(bare: Callable[..., Ended]) -> None:
    assert bare("keys", "show", "ctrl+q", "--json").json()["action"] == "quit"
    assert "ctrl+q does from anywhere" in bare("keys", "list").out


def test_what_an_action_without_keys_takes_is_shown(bare: Callable[..., Ended]) -> None:
    out = bare("keys", "show", "plot.x").out
    assert "keys     none" in out
    assert "prompt   :plot.x LOW HIGH" in out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ls.nxt", "did you mean ls.next?"),
        ("rigth", "did you mean right?"),
        ("bin.rigth", "did you mean bin.right?"),
        ("f19", "f19 does nothing"),
        ("ctrl+i", "reaches the program as tab"),
    ],
)
def test_what_is_no_key_and_no_action_is_said(bare: Callable[..., Ended], name: str, says: str) -> None:
    done = bare("keys", "show", name)
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


def test_a_keymap_that_is_right_says_what_it_changes(bare: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[keys]\nreload = ["f5", "ctrl+r"]\n')
    done = bare("keys", "check", str(file))
    assert (done.code, done.out) == (0, "reload: F5 ctrl+r (was ctrl+r)\n")
    assert bare("keys", "check", str(file), "--json").json()["changed"] == ["reload"]


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_keymap_that_is_wrong_ends_with_a_code_and_every_reason(
    bare: Callable[..., Ended], keymap: Callable[[str], Path], arguments: tuple[str, ...]
) -> None:
    file = keymap("[keys]\nquit = []\nscna = 'f5'\n")
    done = bare("keys", "check", *arguments)
    assert done.code == Exit.USAGE
    assert str(file) in done.err
    for reason in ("line 2: quit: must keep a key", "line 3: scna: is no action; did you mean scan?"):
        assert reason in (done.out if arguments else done.err)


def test_without_a_keymap_there_is_nothing_wrong(bare: Callable[..., Ended]) -> None:
    done = bare("keys", "check")
    assert done.code == 0
    assert "there is no keymap" in done.err
    assert bare("keys", "check", "--json").json()["exists"] is False


@pytest.mark.parametrize("line", ["keys list", "keys show q"])
def test_a_keymap_that_is_wrong_stops_what_needs_it(
    bare: Callable[..., Ended], keymap: Callable[[str], Path], line: str
) -> None:
    keymap("[keys]\nquit = []\n")
    done = bare(*line.split())
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "quit: must keep a key" in done.err
    assert "DQMTUI_KEYMAP=/dev/null opens without it" in done.err
