"""The manual page."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.commands import build
from dqmtui.cli.exits import MEANINGS
from dqmtui.cli.settings_table import SETTINGS
from dqmtui.model.actions import ACTIONS
from dqmtui.store.settings import setting_names
from tests.cli.conftest import no_tui
from tests.cli.test_help import commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended


@pytest.fixture
def page(bare: Callable[..., Ended]) -> str:
    done = bare("man")
    assert done.code == 0
    return done.out


def plain(page: str) -> str:
    """The page without the marks of roff."""
    for mark, char in (("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\&", ""), ("\\e", "\\")):
        page = page.replace(mark, char)
    return re.sub(r"\\f[BIR]", "", page)


def test_the_manual_page_has_the_sections_that_one_looks_for(page: str) -> None:
    assert page.startswith(".TH DQMTUI 1 ")
    titles = [line[4:] for line in page.splitlines() if line.startswith(".SH ")]
    assert titles == [
        *("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "OPTIONS OF EVERY COMMAND", "COMMANDS", "KEYS"),
        *("ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"),
    ]


def test_the_manual_page_has_every_command_with_every_option(page: str) -> None:
    lines = plain(page).splitlines()
    for name, command in commands().items():
        start = next(at for at, line in enumerate(lines) if line.startswith(f'.SS "dqmtui {name} '))
        end = next(at for at in range(start + 1, len(lines)) if lines[at].startswith((".SS", ".SH")))
        part = "\n".join(lines[start:end])
        for param in command.params:
            if param.param_type_name == "option" and param.name not in SHARED | {"help_all"}:
                assert max(param.opts, key=len) in part


SHARED = {
    param.name
    for param in build(no_tui).params
    if any(param.name == other.name for other in commands()["runs"].params)
} - {"run", "dataset"}


def test_the_manual_page_has_keys_settings_and_exit_codes(page: str) -> None:
    said = plain(page)
    assert all(f":{action.id}" in said and action.text in said for action in ACTIONS)
    assert all(f"DQMTUI_{name.upper()}" in said for name in setting_names())
    assert set(SETTINGS) == set(setting_names())
    assert all(words in said for words in MEANINGS.values())


def test_nothing_in_the_manual_page_is_taken_for_a_request(page: str) -> None:
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".PP", ".TP", ".nf", ".fi"}
    assert page.isascii()


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_has_nothing_to_complain_about(page: str, tmp_path: Path) -> None:
    file = tmp_path / "dqmtui.1"
    file.write_text(page)
    done = subprocess.run(
        [str(shutil.which("groff")), "-man", "-ww", "-Tascii", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "EXIT STATUS" in re.sub(".\b", "", done.stdout)
