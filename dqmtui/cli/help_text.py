"""Two helps: a short one that fits on a screen, and one that explains everything."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from dqmtui.cli.exits import MEANINGS
from dqmtui.cli.help_table import EXAMPLES, FEW, GROUPS, HEADINGS, ORDER, OTHERS, UNLISTED
from dqmtui.cli.shared import HELP_ALL, SHARED_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    _Group = tuple[str, list[tuple[str, str]]]
    _Options = Callable[[click.Command, click.Context, click.HelpFormatter], None]

LINES = 23
"""Lines of a short help: a screen of 24 has room for the prompt under them."""

_TWO_COLUMNS = 76
_INDENT = 2
_GAP = 2


def short_help(command: click.Command, ctx: click.Context) -> str:
    """Write what fits on a screen of 80 columns and 24 lines: as much as there is room for."""
    if isinstance(command, click.Group) and ctx.parent is None:
        return _of_program(command, ctx)
    for options in (_explained, _in_few_words, _named):
        text = _short(command, ctx, options)
        if text.count("\n") < LINES:
            break
    return text


def full_help(command: click.Command, ctx: click.Context) -> str:
    """Write all that there is to say of a command and its options."""
    formatter = ctx.make_formatter()
    command.format_usage(ctx, formatter)
    command.format_help_text(ctx, formatter)
    _write_options(command, ctx, formatter)
    if isinstance(command, click.Group):
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentences_of(one)[0]) for name, one in command.commands.items()])
    examples = EXAMPLES.get(name_of(ctx))
    if examples:
        with formatter.section("Examples" if len(examples) > 1 else "Example"):
            _write_lines(formatter, examples)
    if ctx.parent is None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])
    return formatter.getvalue().rstrip("\n")


def name_of(ctx: click.Context) -> str:
    """Give the name of a command as one types it after the program's, "" for the program itself."""
    return ctx.command_path.partition(" ")[2] if ctx.parent is not None else ""


def own_params(command: click.Command) -> list[click.Parameter]:
    """List the parameters that not every command has, in their order."""
    return [param for param in command.params if param.name not in {*SHARED_NAMES, HELP_ALL}]


def by_heading(params: Iterable[click.Parameter]) -> dict[str, list[click.Parameter]]:
    """Put options under their headings, in the order of these; few of them all under one."""
    options = [param for param in params if param.param_type_name == "option"]
    found: dict[str, list[click.Parameter]] = {heading: [] for heading in ORDER}
    for option in options:
        found[HEADINGS.get(option.name or "", OTHERS) if len(options) > FEW else OTHERS].append(option)
    return {heading: members for heading, members in found.items() if members}


def signature(param: click.Parameter) -> str:
    """Give an option as it is typed: `--ls LS`, `--norm counts|area`."""
    name = max(param.opts, key=len)
    if isinstance(param, click.Option) and (param.is_flag or param.count):
        return name
    if isinstance(param.type, click.Choice):
        return f"{name} {'|'.join(map(str, param.type.choices))}"
    return f"{name} {param.metavar or 'VALUE'}"


def usage_pieces(command: click.Command) -> list[str]:
    """Give what a line of the command has: the options that it cannot do without stand by name."""
    needed = [signature(param) for param in command.params if param.required and _is_option(param)]
    arguments = [param.metavar or "" for param in command.params if not _is_option(param)]
    return [*needed, "[OPTIONS]", *arguments]


def sentences_of(command: click.Command) -> list[str]:
    """Give the paragraphs that say what a command does."""
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip()]


def split(names: str) -> list[str]:
    """Give the commands that a line of the first help is about."""
    return names.split(", ")


def commands_by_group(group: click.Group) -> dict[str, list[tuple[str, str]]]:
    """Give names and few words of the commands of the program, by group; what is in none comes last."""
    grouped = {
        title: [(names, words) for names, words in members.items() if {*split(names)} & {*group.commands}]
        for title, members in GROUPS.items()
    }
    known = {UNLISTED, *(name for members in GROUPS.values() for names in members for name in split(names))}
    more = [(name, one.get_short_help_str(28)) for name, one in group.commands.items() if name not in known]
    return {title: members for title, members in {**grouped, "More": more}.items() if members}


def _is_option(param: click.Parameter) -> bool:
    return param.param_type_name == "option"


# -- a command -----------------------------------------------------------------------------------------


def _short(command: click.Command, ctx: click.Context, options: _Options) -> str:
    formatter = ctx.make_formatter()
    command.format_usage(ctx, formatter)
    for paragraph in sentences_of(command):
        formatter.write_paragraph()
        formatter.write_text(paragraph)
    if isinstance(command, click.Group):
        rows = [(name, sentences_of(one)[0]) for name, one in command.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
    else:
        options(command, ctx, formatter)
    examples = EXAMPLES.get(name_of(ctx), ())
    if examples:
        formatter.write_paragraph()
        _write_lines(formatter, examples)
    formatter.write_paragraph()
    formatter.write_text(_where_the_rest_stands(command, ctx))
    return formatter.getvalue().rstrip("\n")


def _where_the_rest_stands(command: click.Command, ctx: click.Context) -> str:
    line = ctx.command_path
    if isinstance(command, click.Group):
        return f"`{line} COMMAND --help` says more of each."
    return f"`{line} --help-all` explains everything, `dqmtui help` what all commands take."


def _explained(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write each option with its help."""
    for heading, params in by_heading(own_params(command)).items():
        records = [record for param in params if (record := param.get_help_record(ctx)) is not None]
        with formatter.section(heading):
            formatter.write_dl(records)


def _in_few_words(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write each option with the beginning of its help, without headings."""
    params = [param for members in by_heading(own_params(command)).values() for param in members]
    records = [record for param in params if (record := param.get_help_record(ctx)) is not None]
    with formatter.section(OTHERS):
        formatter.write_dl([(name, _END.split(words)[0].rstrip(".") + ".") for name, words in records])


_END = re.compile(r"[;(] ?|(?<!Default): |\. |, (?=such|with|which|in|as|a file)|  ")


def _named(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG001 - as _explained
    """Write the options by name alone, under their headings."""
    grouped = by_heading(own_params(command))
    wide = max(map(len, grouped)) + _GAP
    formatter.write_paragraph()
    for heading, params in grouped.items():
        lines = list(_filled([signature(param) for param in params], formatter.width - wide))
        for at, line in enumerate(lines):
            formatter.write(f"{'' if at else heading:<{wide}}{line}\n")


def _filled(items: Sequence[str], width: int) -> Iterator[str]:
    """Put items on lines, as many as each has room for."""
    line = ""
    for item in items:
        longer = f"{line}{' ' * _GAP}{item}" if line else item
        if line and len(longer) > width:
            yield line
            longer = item
        line = longer
    yield line


def _write_lines(formatter: click.HelpFormatter, lines: Iterable[str]) -> None:
    """Write lines to be typed as they are; one that is broken could not be copied."""
    for line in lines:
        formatter.write(f"{' ' * _INDENT}{line}\n")


# -- the program ---------------------------------------------------------------------------------------


def _of_program(group: click.Group, ctx: click.Context) -> str:
    formatter = ctx.make_formatter()
    group.format_usage(ctx, formatter)
    formatter.write_paragraph()
    formatter.write_text(_PROGRAM)
    formatter.write_paragraph()
    blocks = commands_by_group(group)
    for line in _two_columns(blocks, formatter.width):
        formatter.write(f"{line}\n")
    formatter.write_paragraph()
    formatter.write_text("`dqmtui COMMAND --help` says more, `dqmtui help` everything.")
    return formatter.getvalue().rstrip("\n")


_PROGRAM = (
    "Review CMS data quality by lumisection. Without a command the terminal program opens, where --run, "
    "--dataset, --me, --ls say; --demo needs no network."
)


def _two_columns(blocks: dict[str, list[tuple[str, str]]], width: int) -> Iterator[str]:
    """Lay groups of commands side by side, or below each other where that is too wide."""
    groups = list(blocks.items())
    if width < _TWO_COLUMNS:
        yield from _column(groups)
        return
    # the groups stay in order, and are parted where the two columns are of most equal length
    at = min(range(1, len(groups)), key=lambda cut: max(_rows(groups[:cut]), _rows(groups[cut:])))
    left, right = _column(groups[:at]), _column(groups[at:])
    start = max(map(len, left)) + 2 * _GAP
    yield from (f"{one:<{start}}{other}".rstrip() for one, other in zip_longest(left, right, fillvalue=""))


def _column(groups: Sequence[_Group]) -> list[str]:
    """Write groups below each other, their words aligned."""
    wide = max(len(names) for _, members in groups for names, _ in members) + _GAP
    return [
        line
        for title, members in groups
        for line in (title, *(f"{' ' * _INDENT}{names:<{wide}}{words}" for names, words in members))
    ]


def _rows(groups: Sequence[_Group]) -> int:
    return sum(1 + len(members) for _, members in groups)


# -- everything ----------------------------------------------------------------------------------------


def _write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    _explained(command, ctx, formatter)
    shared = [param for param in command.get_params(ctx) if param.name in {*SHARED_NAMES, HELP_ALL, "help"}]
    records = [record for param in shared if (record := param.get_help_record(ctx)) is not None]
    with formatter.section("Options of every command"):
        formatter.write_dl(records)
