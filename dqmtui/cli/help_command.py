"""`dqmtui help`: everything about the program or one of its commands."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from dqmtui.cli.command import CONTEXT_SETTINGS, Helped, help_all_option
from dqmtui.cli.help_text import full_help


class HelpCommand(Helped):
    """A command that shows the full help of the commands that are named, or of the program."""

    def __init__(self) -> None:
        super().__init__(
            "help",
            params=[
                click.Argument(["names"], nargs=-1, metavar="[COMMAND]...", shell_complete=_complete_command),
                help_all_option(),
            ],
            help="Explain every option of a command, or of the program.",
            context_settings=CONTEXT_SETTINGS,
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Show it; raises click.UsageError for a name that is no command."""
        root = ctx.find_root()
        found = _found(root, ctx.params["names"])
        click.echo(full_help(found.command, found), color=ctx.color)


def _found(root: click.Context, names: tuple[str, ...]) -> click.Context:
    """Give the context of the command that is named; raises click.UsageError that names the nearest."""
    at = root
    for name in names:
        group = at.command
        command = group.get_command(at, name) if isinstance(group, click.Group) else None
        if command is None:
            known = group.list_commands(at) if isinstance(group, click.Group) else []
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {name!r} of {at.command_path}{hint}", root)
        at = click.Context(command, parent=at, info_name=name, **command.context_settings)
    return at


def _complete_command(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    at: click.Command | None = ctx.find_root().command
    for name in ctx.params.get("names") or ():
        at = at.get_command(ctx, name) if isinstance(at, click.Group) else None
    known = at.commands if isinstance(at, click.Group) else {}
    return [name for name in known if name.startswith(incomplete)]
