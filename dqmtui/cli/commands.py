"""The command line as a whole: what stands before a command, and the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dqmtui.cli.command import (
    CONTEXT_SETTINGS,
    Begun,
    CommandGroup,
)
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.later import Later
from dqmtui.cli.program_options import place_options, session_options, version_option
from dqmtui.cli.shared import Shared, shared_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.cli.opening import Opening

_OPEN = Later("dqmtui.cli.opening:open_tui")
_COMMANDS = Later("dqmtui.cli.command_table:all_commands")

HELP = """Review CMS data quality lumisection by lumisection.

Without a command the terminal program opens, at the run and monitoring element that the options name. The
commands print tables, plots or, with --json, data; what they have to say otherwise goes to standard error.
"""


def build(start_tui: Callable[[Opening], int]) -> click.Group:
    """Make the command line; `start_tui` opens the terminal program and gives its exit code."""

    def begin(ctx: click.Context, /, **options: Any) -> int | None:
        shared = Shared.taken_from(options)
        ctx.obj = Begun(shared, start_tui)
        if ctx.invoked_subcommand is None:
            code: int = _OPEN(shared, start_tui, **options)
            return code
        typed = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
        if typed:
            raise Stop(
                Exit.USAGE,
                f"{', '.join(typed)} before a command says where the terminal program opens; "
                f"write it after `{ctx.invoked_subcommand}`.",
            )
        return None

    return CommandGroup(
        "dqmtui",
        # a line without a command opens the terminal program, which need not wait until all are made
        later=_COMMANDS,
        callback=click.pass_context(begin),
        invoke_without_command=True,
        params=[*place_options(), *session_options(), *shared_options(), version_option()],
        help=HELP,
        context_settings=CONTEXT_SETTINGS,
    )
