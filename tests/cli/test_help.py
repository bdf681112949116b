"""What help says, and how a wrong line is answered."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from dqmtui import __version__
from dqmtui.cli.commands import build
from dqmtui.cli.exits import MEANINGS, Exit
from dqmtui.cli.help_table import EXAMPLES, GROUPS, UNLISTED
from dqmtui.cli.help_text import own_params, split
from dqmtui.cli.shared import SHARED_NAMES
from tests.cli.conftest import no_tui

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

SCREEN_LINES, SCREEN_COLUMNS = 24, 80

TEXTS = {"completion", "man", "help", "screenshot"}
"""Commands that make a text or a picture for another program or a person: there is no other form of it."""


def commands() -> dict[str, click.Command]:
    """The commands that do something, by what one types."""
    found: dict[str, click.Command] = {}
    for name, command in build(no_tui).commands.items():
        if isinstance(command, click.Group):
            found |= {f"{name} {below}": one for below, one in command.commands.items()}
        else:
            found[name] = command
    return found


def working() -> list[str]:
    return sorted(set(commands()) - TEXTS)


def every_line() -> list[str]:
    groups = [name for name, one in build(no_tui).commands.items() if isinstance(one, click.Group)]
    return ["", *groups, *commands()]


@pytest.mark.parametrize("name", every_line())
def test_every_help_fits_on_a_screen(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(SCREEN_COLUMNS))
    done = bare(*name.split(), "--help")
    assert done.code == 0
    lines = done.out.splitlines()
    assert len(lines) < SCREEN_LINES, "the prompt comes below it"
    assert max(map(len, lines)) <= SCREEN_COLUMNS


@pytest.mark.parametrize("name", every_line())
def test_help_names_all_options_and_says_where_the_rest_stands(bare: Callable[..., Ended], name: str) -> None:
    if name and (command := commands().get(name)) is not None:
        said = bare(*name.split(), "--help").out
        options = [param for param in own_params(command) if param.param_type_name == "option"]
        assert all(max(option.opts, key=len) in said for option in options)
        assert name == "help" or f"dqmtui {name} --help-all" in said
    else:
        assert "COMMAND --help` says more" in bare(*name.split(), "--help").out


def test_help_lists_every_command_with_a_few_words(bare: Callable[..., Ended]) -> None:
    said = bare("--help").out
    words = {
        name: text for members in GROUPS.values() for names, text in members.items() for name in split(names)
    }
    assert set(words) >= set(build(no_tui).commands) - {UNLISTED}
    listed = set(build(no_tui).commands) & set(words)
    assert all(re.search(rf"[ ,] {name}[ ,]", said) and words[name] in said for name in listed)
    assert "...\n" not in said


def test_help_is_one_column_where_two_have_no_room(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = bare("--help").out.splitlines()
    assert max(map(len, lines)) <= 60
    named = {name for line in lines if line.startswith("  ") for name in split(line[2:].partition("  ")[0])}
    assert named == set(build(no_tui).commands) - {UNLISTED}


@pytest.mark.parametrize("line", ["--help-all", "help"])
def test_the_full_help_has_every_command_and_the_table_of_exit_codes(
    bare: Callable[..., Ended], line: str
) -> None:
    said = bare(line).out
    listed = said.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [row.split()[0] for row in listed if row[2] != " "] == list(build(no_tui).commands)
    table = said.partition("Exit codes:\n")[2]
    assert [int(row.split()[0]) for row in table.splitlines() if row[2:3].isdigit()] == [*MEANINGS]
    assert set(MEANINGS) == set(Exit) == {0, 1, 2, 3, 4, 5, 130}


@pytest.mark.parametrize("name", working())
def test_the_full_help_explains_every_option(bare: Callable[..., Ended], name: str) -> None:
    done = bare(*name.split(), "--help-all")
    assert done.code == 0
    assert done.out == bare("help", *name.split()).out
    # a long word may be broken at the end of a line
    written = "".join(done.out.split())
    for param in commands()[name].params:
        if isinstance(param, click.Option):
            assert max(param.opts, key=len) in written
            assert "".join((param.help or "").split()) in written


def test_help_of_a_command_that_is_none_names_the_nearest(bare: Callable[..., Ended]) -> None:
    done = bare("help", "golden", "mkae")
    assert done.code == Exit.USAGE
    assert "did you mean make?" in done.err
    assert "there is no command 'x' of dqmtui runs" in bare("help", "runs", "x").err


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_are_lines_that_the_program_understands(name: str) -> None:
    program = build(no_tui)
    for line in EXAMPLES[name]:
        words = shlex.split(line.partition("$(")[2].rstrip(')"') if "$(" in line else line)
        typed = words[1 : words.index(">")] if ">" in words else words[1:]
        assert words[0] == "dqmtui"
        command: click.Command = program
        while isinstance(command, click.Group) and typed and not typed[0].startswith("-"):
            command = command.commands[typed.pop(0)]
        command.make_context(command.name, typed)


def test_version(bare: Callable[..., Ended]) -> None:
    assert bare("--version").out == f"dqmtui {__version__}\n"


@pytest.mark.parametrize("name", working())
def test_every_command_takes_the_shared_options_and_explains_all_of_its_own(name: str) -> None:
    options = [param for param in commands()[name].params if param.param_type_name == "option"]
    assert set(SHARED_NAMES) <= {option.name for option in options}
    assert all(getattr(option, "help", None) for option in options)


@pytest.mark.parametrize("name", working())
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


@pytest.mark.parametrize(
    "line",
    [
        "hist --run 379011 --me charge_PXLayer_1 --mask /nowhere.json",
        "plots --run 379011 --plots-config /nowhere.json",
        "report --run 379011 --plots-config /nowhere.json",
        "golden make --run 379011 --logic /nowhere.json",
        "golden fetch --dataset /a/b/DQM --logic /nowhere.json",
        "golden merge /nowhere.json",
        "refruns --list /nowhere.json",
        "keys check /nowhere.json",
        "themes --check /nowhere.json",
    ],
)
def test_a_file_that_is_not_there_is_not_found(cli: Callable[..., Ended], line: str) -> None:
    done = cli(*line.split())
    assert (done.code, done.err) == (Exit.NOT_FOUND, "dqmtui: There is no file /nowhere.json.\n")
    assert done.out == ""


def test_help_of_help_is_explained_like_all_others(bare: Callable[..., Ended]) -> None:
    assert bare("help", "help").out == bare("help", "--help-all").out != ""


def test_what_was_typed_is_said_back_without_steering_the_terminal(bare: Callable[..., Ended]) -> None:
    done = bare("\x1b[31mruns")
    assert done.code == Exit.USAGE
    assert "\x1b" not in done.err
