"""What a person can type about keys."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.command import CONTEXT_SETTINGS, CommandGroup, OfflineCommand
from dqmtui.cli.options import json_option


def keys_commands() -> click.Command:
    """Make `keys` and its commands."""
    commands = [
        OfflineCommand(
            "list",
            "dqmtui.cli.keys:list_keys",
            "List all actions of the terminal program with their keys as they are now.",
            [
                click.Option(["--group"], metavar="NAME", help="Those of this group, or its first letters."),
                click.Option(
                    ["--toml", "as_toml"], is_flag=True, help="Print a whole keymap.toml to start from."
                ),
                json_option(),
            ],
        ),
        OfflineCommand(
            "check",
            "dqmtui.cli.keys:check",
            "Check a keymap; without FILE, the one that the terminal program reads.\n\n"
            "What it changes goes to standard output. A keymap that is wrong ends with exit code 2.",
            [
                click.Argument(
                    ["file"],
                    type=click.Path(path_type=Path, dir_okay=False),
                    required=False,
                    metavar="[FILE]",
                ),
                json_option(),
            ],
        ),
        OfflineCommand(
            "show",
            "dqmtui.cli.keys:show",
            "Say what a key does, or which keys an action has.",
            [click.Argument(["name"], metavar="KEY|ACTION", shell_complete=_complete_action), json_option()],
        ),
    ]
    return CommandGroup(
        "keys",
        commands={command.name or "": command for command in commands},
        help="Look up and check the keys of the terminal program.",
        no_args_is_help=False,
        context_settings=CONTEXT_SETTINGS,
    )


def _complete_action(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the long names of actions."""
    from dqmtui.model.actions import BY_ID  # noqa: PLC0415 - nothing but completing needs it here

    return [name for name in BY_ID if name.startswith(incomplete)]
