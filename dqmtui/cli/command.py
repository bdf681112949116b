"""Commands of click whose work is imported when they are invoked, with a help that fits on a screen."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from dqmtui.cli.later import Later
from dqmtui.cli.shared import HELP_ALL, Shared, shared_options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence

    from click.shell_completion import CompletionItem

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_RUN_COMMAND = Later("dqmtui.cli.work:run_command")
# what a help is made of: no other line pays for it
_SHORT_HELP = Later("dqmtui.cli.help_text:short_help")
_FULL_HELP = Later("dqmtui.cli.help_text:full_help")
_USAGE_PIECES = Later("dqmtui.cli.help_text:usage_pieces")


@dataclass(frozen=True, slots=True)
class Begun:
    """What the whole command line shares: options before the command's name, and how the TUI is started."""

    shared: Shared
    start_tui: Callable[[Any], int]


class Helped(click.Command):
    """A command that explains itself on one screen, and with --help-all in full."""

    def get_help(self, ctx: click.Context) -> str:
        """Write the help that fits on a screen."""
        text: str = _SHORT_HELP(self, ctx)
        return text

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the options that a line cannot do without."""
        pieces: list[str] = _USAGE_PIECES(self)
        return pieces


def help_all_option() -> click.Option:
    """Make the option that shows the help in full."""

    def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
        if value and not ctx.resilient_parsing:
            click.echo(_FULL_HELP(ctx.command, ctx), color=ctx.color)
            ctx.exit()

    return click.Option(
        ["--help-all", HELP_ALL],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Explain all options and exit.",
    )


class LaterCommand(Helped):
    """A command that imports its `worker`, "package.module:function", when it is invoked."""

    def __init__(self, name: str, worker: str, help_text: str, params: Sequence[click.Parameter]) -> None:
        super().__init__(
            name,
            params=[*params, *shared_options(), help_all_option()],
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


class CommandGroup(Helped, click.Group):
    """Commands in the order in which they were given; a name that is none is answered with the nearest.

    What `later` gives are its commands, too, made when they are first asked for. `short` are an option and
    the command that is meant where a line has the option and begins with no command.
    """

    def __init__(
        self,
        name: str,
        *,
        params: Sequence[click.Parameter] = (),
        later: Later | None = None,
        short: tuple[str, str] | None = None,
        **more: Any,
    ) -> None:
        self._later: Later | None = None  # click sets the commands, and reads them, too
        super().__init__(name, params=[*params, help_all_option()], **more)
        self._later = later
        self._short = short

    @property
    def commands(self) -> MutableMapping[str, click.Command]:
        """The commands by their names."""
        if self._later is not None:
            made: list[click.Command] = self._later()
            self._later = None
            self._commands.update((command.name or "", command) for command in made)
        return self._commands

    @commands.setter
    def commands(self, commands: MutableMapping[str, click.Command]) -> None:
        self._commands = commands

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Say that a command follows, or may follow."""
        return ["[OPTIONS]", "[COMMAND]" if self.invoke_without_command else "COMMAND"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read a line, which may leave out the command of the option that stands for it."""
        if self._short is not None and args and args[0].startswith("-"):
            option, command = self._short
            if any(word.partition("=")[0] == option for word in args):
                args = [command, *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Complete commands and options, with them the one that stands for a command."""
        found = super().shell_complete(ctx, incomplete)
        if self._short is not None and incomplete.startswith("-") and self._short[0].startswith(incomplete):
            option, name = self._short
            command = self.commands[name]
            completed = command.shell_complete(click.Context(command, parent=ctx), option)
            found += [one for one in completed if one.value == option]
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Keep the order, which goes from runs to housekeeping."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; raises click.UsageError that names the nearest."""
        name = args[0]
        unknown = self.get_command(ctx, name) is None and not name.startswith("-")
        # a line that is being completed is not finished, and nobody wants to be told so
        if unknown and not ctx.resilient_parsing:
            near = get_close_matches(name, self.commands, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.commands)}"
            raise click.UsageError(f"there is no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)
