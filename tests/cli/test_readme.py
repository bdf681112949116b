"""README against the tables of the program: keys, actions, settings, masks, kinds of files and commands."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from dqmtui.cli.commands import build
from dqmtui.export.kinds import KINDS
from dqmtui.model.actions import ACTIONS
from dqmtui.model.keynames import pictured
from dqmtui.review.named import MASKS
from dqmtui.store.settings import setting_names
from tests.cli.conftest import ROOT, no_tui

TEXT = (ROOT / "README.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", TEXT))
SHELL = [
    line.partition("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("dqmtui ")
]


def test_every_key_stands_in_readme() -> None:
    missing = {pictured(key) for action in ACTIONS for key in action.keys} - CODE
    assert not missing


def test_every_action_without_a_key_stands_in_readme() -> None:
    names = {code.lstrip(":").split()[0] for code in CODE if code.startswith(":") and len(code) > 1}
    missing = {action.id for action in ACTIONS if not action.keys} - names
    assert not missing


def test_every_name_after_a_colon_is_one() -> None:
    known = {action.id for action in ACTIONS}
    typed = {code[1:].split()[0] for code in CODE if re.match(r":[a-z]", code)}
    assert typed <= known


@pytest.mark.parametrize(
    "names",
    [
        set(setting_names()),
        {f"DQMTUI_{name.upper()}" for name in setting_names()},
        {*MASKS},
        {kind.id for kind in KINDS},
    ],
    ids=["settings", "variables", "masks", "kinds of files"],
)
def test_every_name_stands_in_readme(names: set[str]) -> None:
    assert not names - CODE


def test_every_variable_is_one() -> None:
    known = {f"DQMTUI_{name.upper()}" for name in setting_names()} | {"DQMTUI_CONFIG"}
    assert set(re.findall(r"DQMTUI_[A-Z_]+", TEXT)) <= known


def test_every_command_has_a_line_that_can_be_typed() -> None:
    program = build(no_tui)
    seen = set()
    for line in SHELL:
        typed = shlex.split(line)[1:]
        command: click.Command = program
        while isinstance(command, click.Group) and typed and not typed[0].startswith("-"):
            seen.add(typed[0])
            command = command.commands[typed.pop(0)]
        command.make_context(command.name, typed)
    spoken = {name for name in program.commands if re.search(rf"`dqmtui {name}\b", TEXT)}
    assert not set(program.commands) - seen - spoken
