"""Commands of click whose work is imported when they are invoked, with help in sections."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from dqmtui.cli.exits import MEANINGS
from dqmtui.cli.later import Later
from dqmtui.cli.shared import SHARED_NAMES, Shared, shared_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_RUN_COMMAND = Later("dqmtui.cli.work:run_command")


@dataclass(frozen=True, slots=True)
class Begun:
    """What the whole command line shares: options before the command's name, and how the TUI is started."""

    shared: Shared
    start_tui: Callable[[Any], int]


class LaterCommand(click.Command):
    """A command that imports its `worker`, "package.module:function", when it is invoked."""

    def __init__(self, name: str, worker: str, help_text: str, params: Sequence[click.Parameter]) -> None:
        super().__init__(
            name,
            params=[*params, *shared_options()],
            help=help_text,
            context_settings=CONTEXT_SETTINGS,
        )
        self.worker = Later(worker)

    def invoke(self, ctx: click.Context) -> Any:
        """Let the worker work."""
        options = dict(ctx.params)
        begun = ctx.find_object(Begun)
        if begun is None:
            raise click.UsageError(f"{self.name} is a command of dqmtui and does not stand alone", ctx)
        return self.work(begun, Shared.taken_from(options).over(begun.shared), options)

    def work(self, begun: Begun, shared: Shared, options: Mapping[str, Any]) -> Any:
        """Call the worker with the shared options, what starts the TUI, and the options of this command."""
        return self.worker(shared, begun.start_tui, **options)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of this command apart from those of all."""
        write_options(self, ctx, formatter)


class WorkCommand(LaterCommand):
    """A command whose worker gets a `Work`, a connected data layer, and the options of the command."""

    runner: Later | None = Later("dqmtui.cli.connection:run_connected")

    def work(self, begun: Begun, shared: Shared, options: Mapping[str, Any]) -> Any:  # noqa: ARG002 - needs no TUI
        """Run the worker on the services that the settings name."""
        return _RUN_COMMAND(self.worker, shared, options, self.runner)


class ClientsCommand(WorkCommand):
    """A command whose worker gets a `Work`, the connected clients, and the options of the command."""

    runner = Later("dqmtui.cli.connection:run_on_clients")


class OfflineCommand(WorkCommand):
    """A command whose worker gets a `Work` and the options of the command, and no connection."""

    runner = None


class CommandGroup(click.Group):
    """Commands in the order in which they were given; a name that is none is answered with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Keep the order, which goes from runs to housekeeping."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; raises click.UsageError that names the nearest."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = get_close_matches(name, self.commands, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.commands)}"
            raise click.UsageError(f"there is no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in sections, then the commands."""
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes."""
        if ctx.parent is None:
            with formatter.section("Exit codes"):
                formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])
        super().format_epilog(ctx, formatter)


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options in two sections: those of the command, and those of every command."""
    sections: dict[str, list[tuple[str, str]]] = {"Options": [], "Options of every command": []}
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None:
            shared = param.name in SHARED_NAMES
            sections["Options of every command" if shared else "Options"].append(record)
    for title, records in sections.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
