"""`dqmtui man`: the manual page, made of the tables that the program itself is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dqmtui import __version__
from dqmtui.cli.commands import HELP, build
from dqmtui.cli.exits import MEANINGS
from dqmtui.cli.help_table import EXAMPLES
from dqmtui.cli.help_text import by_heading, own_params, sentences_of, usage_pieces
from dqmtui.cli.output import put
from dqmtui.cli.settings_table import FILES, SETTINGS
from dqmtui.cli.shared import shared_options
from dqmtui.cli.talk import NAME
from dqmtui.model.actions import ACTIONS, GROUPS, plain
from dqmtui.store.settings import CONFIG_VARIABLE, ENVIRONMENT_PREFIX, setting_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_OWN = (
    "What the cache has is on screen before a service answers, and without any network a run looked at "
    "before opens as it was. Every command takes --demo, which starts embedded services with a "
    "synthetic detector."
)
_SETTINGS = (
    "Each setting is also a key of the configuration file, in small letters without the prefix. A typed "
    "option counts before the environment, that before the file."
)
_SEE = "dqmtui COMMAND --help says on one screen what a command does, dqmtui help COMMAND explains all of it."


def show(_shared: object, start_tui: Callable[[Any], int]) -> None:
    """Print the page."""
    put(page(build(start_tui)))


def page(program: click.Group) -> str:
    """Write the manual page in roff, for the man macros; a terminal of ASCII can show all of it."""
    lines = [
        f'.TH {NAME.upper()} 1 "" "{NAME} {__version__}" "User Commands"',
        *_section("NAME", [f"{NAME} \\- {_text('review CMS data quality by lumisection')}"]),
        *_section("SYNOPSIS", _synopsis(program)),
        *_section("DESCRIPTION", _paragraphs([*_sentences(HELP), _OWN])),
        *_section("OPTIONS", _options(own_params(program))),
        *_section("OPTIONS OF EVERY COMMAND", _options(shared_options())),
        *_section("COMMANDS", _commands(program)),
        *_section("KEYS", _keys()),
        *_section("ENVIRONMENT", _environment()),
        *_section("FILES", _definitions(FILES.items(), "I")),
        *_section("EXIT STATUS", _definitions((str(int(code)), words) for code, words in MEANINGS.items())),
        *_section("EXAMPLES", _lines_to_type(line for lines in EXAMPLES.values() for line in lines)),
        *_section("SEE ALSO", _paragraphs([_SEE])),
    ]
    return "".join(f"{line}\n" for line in lines)


def _text(text: str) -> str:
    """Escape what roff would read as its own: backslashes, leading dots and quotes, hyphens in options."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    escaped = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f".SH {title}", *lines]


def _sentences(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n")]


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield ".PP"
        yield _text(" ".join(text.split()))


def _definitions(pairs: Iterable[tuple[str, str]], font: str = "B") -> Iterator[str]:
    for term, words in pairs:
        yield ".TP"
        yield f"\\f{font}{_text(term)}\\fR"
        yield _text(words)


def _synopsis(program: click.Group) -> Iterator[str]:
    yield ".nf"
    yield from (_text(f"{NAME} {rest}") for rest in ("[OPTIONS]", "COMMAND [OPTIONS]", "help [COMMAND]"))
    yield ".fi"
    yield ".PP"
    yield _text("Commands: " + ", ".join(program.commands) + ".")


def _commands(group: click.Group, above: str = NAME) -> Iterator[str]:
    """Give every command, those of a group after it."""
    for name, command in group.commands.items():
        line = f"{above} {name}"
        pieces = ["COMMAND"] if isinstance(command, click.Group) else usage_pieces(command)
        yield f".SS {_quoted(' '.join([line, *pieces]))}"
        yield from _paragraphs(sentences_of(command))
        if isinstance(command, click.Group):
            yield from _commands(command, line)
        else:
            yield from _options(own_params(command))


def _options(params: Iterable[click.Parameter]) -> Iterator[str]:
    given = list(params)
    # a context makes the texts of defaults and of what is required
    ctx = click.Context(click.Command(NAME, params=given))
    for members in by_heading(given).values():
        records = [record for param in members if (record := param.get_help_record(ctx)) is not None]
        yield from _definitions(records)


def _keys() -> Iterator[str]:
    yield from _paragraphs(["In the terminal program. What has no key is typed: a colon and its name."])
    for group in GROUPS:
        yield f".SS {_quoted(group)}"
        for action in ACTIONS:
            if action.group == group:
                takes = f" {action.takes}" if action.takes else ""
                name = f"{action.shown_keys}, :{action.id}" if action.keys else f":{action.id}"
                yield from _definitions([(f"{plain(name)}{takes}", action.text)])


def _environment() -> Iterator[str]:
    yield from _paragraphs([_SETTINGS])
    yield from _definitions(
        [
            (CONFIG_VARIABLE, "The configuration file."),
            *((f"{ENVIRONMENT_PREFIX}{name.upper()}", SETTINGS.get(name, "")) for name in setting_names()),
        ]
    )


def _lines_to_type(lines: Iterable[str]) -> Iterator[str]:
    yield ".nf"
    yield from (_text(line) for line in dict.fromkeys(lines))
    yield ".fi"


def _quoted(text: str) -> str:
    return '"' + _text(text).replace('"', "\\(dq") + '"'
