"""What help says, and how a wrong line is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from dqmtui import __version__
from dqmtui.cli.commands import build
from dqmtui.cli.exits import MEANINGS, Exit
from dqmtui.cli.shared import SHARED_NAMES
from tests.cli.conftest import no_tui

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

COMMANDS = (
    *(
        "demo",
        "runs",
        "run",
        "lumis",
        "mes",
        "hist",
        "trend",
        "compare",
        "scan",
        "models",
        "flags",
        "files",
        "rates",
        "mask",
    ),
    *("oms", "notes", "golden", "refs", "login", "logout", "doctor", "config", "cache"),
)


def commands() -> dict[str, click.Command]:
    found = dict(build(no_tui).commands)
    for group_name in ("config", "cache", "notes", "golden"):
        group = found.pop(group_name)
        assert isinstance(group, click.Group)
        found |= {f"{group_name} {name}": command for name, command in group.commands.items()}
    return found


def test_help_lists_every_command_with_a_whole_sentence(bare: Callable[..., Ended]) -> None:
    done = bare("--help")
    assert done.code == 0
    listed = done.out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("...") for line in listed)


def test_help_has_the_table_of_exit_codes(bare: Callable[..., Ended]) -> None:
    table = bare("--help").out.partition("Exit codes:\n")[2]
    assert [int(line.split()[0]) for line in table.splitlines() if line[2:3].isdigit()] == [*MEANINGS]
    assert set(MEANINGS) == set(Exit) == {0, 1, 2, 3, 4, 5, 130}


def test_version(bare: Callable[..., Ended]) -> None:
    assert bare("--version").out == f"dqmtui {__version__}\n"


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_takes_the_shared_options_and_explains_all_of_its_own(name: str) -> None:
    options = [param for param in commands()[name].params if param.param_type_name == "option"]
    assert set(SHARED_NAMES) <= {option.name for option in options}
    assert all(getattr(option, "help", None) for option in options)


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_prints_json(name: str) -> None:
    assert "as_json" in {param.name for param in commands()[name].params}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rnus", "did you mean runs?"),
        ("trnd --run 1", "did you mean trend?"),
        ("config shwo", "did you mean show?"),
        ("qqqqq", "there are demo, runs, run, lumis"),
        ("runs --jsn", "--json"),
        ("runs --datset x", "--dataset"),
        ("--wrokspace tracker runs", "--workspace"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    bare: Callable[..., Ended], line: str, says: str
) -> None:
    done = bare(*line.split())
    assert done.code == Exit.USAGE
    assert says in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("lumis", "missing option '--run'"),
        ("lumis --run", "requires an argument"),
        ("lumis --run abc", "'abc' is not a whole number from 1"),
        ("lumis --run 0", "'0' is not a whole number from 1"),
        ("lumis --run 99999999999999999999", "is not a whole number"),
        ("hist --run 1 --me x --ls -1", "'-1' is neither an LS number nor a range"),
        ("hist --run 1 --me x --ls 0", "lumisections start at 1"),
        ("hist --run 1 --me x --ls 9-3", "'9-3' ends before it starts"),
        ("hist --run 1 --me x --ls [1,2,3]", "neither an LS number nor a range"),
        ("hist --run 1 --me x --ref yesterday", "'yesterday' is no reference"),
        ("hist --run 1 --me x --norm Hz", "'Hz'"),
        ("hist --run 1 --me x --frame", "--frame gives a table"),
        ("hist --run 1 --me x --parquet -", "give --parquet a file"),
        ("hist --run 1 --me x --json --csv -", "both go to standard output"),
        ("trend --run 1 --me x --from-ls 9 --to-ls 3", "--from-ls 9 is above --to-ls 3"),
        ("compare --run 1 --me x", "missing option '--ref'"),
        ("compare --run 1 --me x --ref rest --ref 5 --each-ls", "give --ref once"),
        ("compare --run 1 --me x --ref rest --test shape", "'shape'"),
        ("--charset latin1 runs", "'latin1'"),
        ("--oms-route carrier-pigeon runs", "'carrier-pigeon'"),
        ("mes --dim 3", "'3'"),
        ("runs one two", "unexpected extra argument"),
        ("config", "missing command"),
        ("--run 381065 lumis", "write it after `lumis`"),
        ("--demo --dials-url http://127.0.0.1:9/ runs", "two different services"),
        ("run", "missing argument 'N'"),
        ("run abc", "'abc' is not a whole number from 1"),
        ("oms", "missing argument 'RESOURCE'"),
        ("oms ../runs", "'../runs' cannot be a resource of OMS"),
        ("oms runs --limit 0", "'0' is not a whole number from 1"),
        ("oms runs --group week", "'week'"),
        ("mask --run 1", "--dcs"),
        ("mask --dcs --caf golden", "Which mask?"),
        ("mask --caf silver", "'silver'"),
        ("mask --caf golden", "--class"),
        ("mask --caf golden --class Collisions24 --all-runs", "--run N"),
        ("mask --dcs --class Collisions24 --run 1", "goes with --caf"),
        ("demo --json", "goes with --serve"),
        ("rates --run 1 --l1 --paths HLT", "two different things"),
        ("mask --dcs", "--all-runs"),
        ("mask --dcs --run 1 --all-runs", "--all-runs"),
        ("mes --literal --regex x", "two ways to search"),
        ("rates --run 1 --path A --rate-dataset B", "two different things"),
        ("--config /nowhere/at/all.toml runs", "/nowhere/at/all.toml"),
        ("--dials-url nonsense runs", "--dials-url"),
    ],
)
def test_a_wrong_line_is_told_in_a_sentence(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli(*line.split())
    assert done.code == Exit.USAGE
    assert done.err.startswith("dqmtui: ")
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_what_was_typed_is_said_back_without_steering_the_terminal(bare: Callable[..., Ended]) -> None:
    done = bare("\x1b[31mruns")
    assert done.code == Exit.USAGE
    assert "\x1b" not in done.err
