"""Everything a person can type: the commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dqmtui import __version__
from dqmtui.cli.command import (
    CONTEXT_SETTINGS,
    Begun,
    CommandGroup,
    LaterCommand,
    OfflineCommand,
    WorkCommand,
)
from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.later import Later
from dqmtui.cli.shared import Shared, shared_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.cli.opening import Opening

_OPEN = Later("dqmtui.cli.opening:open_tui")

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
        typed = [f"--{name}" for name, value in options.items() if value is not None]
        if typed:
            raise Stop(
                Exit.USAGE,
                f"{', '.join(typed)} before a command says where the terminal program opens; "
                f"write it after `{ctx.invoked_subcommand}`.",
            )
        return None

    return CommandGroup(
        "dqmtui",
        commands={command.name or "": command for command in _commands()},
        callback=click.pass_context(begin),
        invoke_without_command=True,
        params=[*_place(), *shared_options(), _version()],
        help=HELP,
        context_settings=CONTEXT_SETTINGS,
    )


def _commands() -> list[click.Command]:
    json = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")
    return [
        LaterCommand(
            "demo",
            "dqmtui.cli.demo:show",
            "Start the embedded services, and the terminal program on them.\n\n"
            "They run in a process of their own on the loopback interface and end with this one.",
            [*_place(), *_demo()],
        ),
        WorkCommand(
            "runs",
            "dqmtui.cli.runs:show",
            "List runs with their OMS cards, the newest first.",
            [
                _dataset(),
                _run(help_text="This run alone, in every dataset that has it."),
                click.Option(["--first"], type=_number(1), metavar="N", help="From this run on."),
                click.Option(["--last"], type=_number(1), metavar="N", help="Up to this run."),
                json,
            ],
        ),
        WorkCommand(
            "lumis",
            "dqmtui.cli.lumis:show",
            "List a run's lumisections as DIALS, OMS and the rate know them.",
            [_run(required=True), _dataset(), json],
        ),
        WorkCommand(
            "mes",
            "dqmtui.cli.mes:show",
            "Find monitoring elements by name, the best fit first.",
            [
                click.Argument(["text"], nargs=-1, metavar="[TEXT]"),
                _run(help_text="Those of the first lumisection of this run."),
                _dataset(),
                click.Option(["--dim"], type=click.Choice(["1", "2"]), help="One or two dimensions only."),
                click.Option(["--literal"], is_flag=True, help="TEXT stands in the name as it is."),
                click.Option(["--regex"], is_flag=True, help="TEXT is a regular expression."),
                json,
            ],
        ),
        WorkCommand(
            "hist",
            "dqmtui.cli.hist:show",
            "Draw the histogram of one lumisection.",
            [
                _run(required=True),
                _me(required=True),
                _ls(required=True),
                _dataset(),
                click.Option(["--log"], is_flag=True, help="Logarithmic contents."),
                json,
            ],
        ),
        WorkCommand(
            "trend",
            "dqmtui.cli.trend:show",
            "Draw a statistic of a monitoring element along a run.",
            [
                _run(required=True),
                _me(required=True),
                _dataset(),
                click.Option(
                    ["--statistic"],
                    metavar="NAME",
                    help="What is drawn: mean, std, entries, ...; of maps occupancy, mean_x, ...; "
                    "--json prints all of them.",
                ),
                json,
            ],
        ),
        WorkCommand(
            "rates",
            "dqmtui.cli.rates:show",
            "List the rate of a trigger path or primary dataset per LS.",
            [
                _run(required=True),
                click.Option(
                    ["--path"],
                    metavar="NAME",
                    help="HLT path, with or without version; default: HLT_ZeroBias.",
                ),
                click.Option(["--rate-dataset"], metavar="NAME", help="Primary dataset, such as ZeroBias."),
                json,
            ],
        ),
        WorkCommand(
            "mask",
            "dqmtui.cli.mask:show",
            "Print good lumisections as a certification JSON.",
            [
                click.Option(
                    ["--run", "runs"],
                    type=_number(1),
                    metavar="N",
                    multiple=True,
                    help="A run; give it once for each run.",
                ),
                click.Option(["--all-runs"], is_flag=True, help="All runs that DIALS lists."),
                _dataset(help_text="With --all-runs: those of datasets with this text in their name."),
                click.Option(
                    ["--dcs"], is_flag=True, help="Tracker ready, CMS active and beams stable, as OMS says."
                ),
                click.Option(["--json", "as_json"], is_flag=True, help="What is printed is JSON anyway."),
            ],
        ),
        LaterCommand(
            "login",
            "dqmtui.cli.login:show",
            "Log in to DIALS, by a code that you agree to in a browser.\n\n"
            "The login is kept in a file of yours alone and lasts until it is refused or you log out.",
            [
                click.Option(
                    ["--from-cmsdials"],
                    type=click.Path(path_type=Path, dir_okay=False),
                    metavar="FILE",
                    help="Take over the login in this token file of cmsdials (.cache/creds) instead.",
                ),
                click.Option(["--json", "as_json"], is_flag=True, help="Print each state as a line of JSON."),
            ],
        ),
        OfflineCommand(
            "logout",
            "dqmtui.cli.logout:show",
            "Remove the stored login.",
            [json],
        ),
        CommandGroup(
            "config",
            commands={
                "show": OfflineCommand(
                    "show",
                    "dqmtui.cli.config:show",
                    "Show every setting and where it came from; secrets stay hidden.",
                    [json],
                )
            },
            help="Show the settings.",
            no_args_is_help=False,
            context_settings=CONTEXT_SETTINGS,
        ),
        CommandGroup(
            "cache",
            commands={
                name: OfflineCommand(name, f"dqmtui.cli.cache:{worker}", help_text, [json])
                for name, worker, help_text in (
                    ("list", "list_contents", "List the runs that are kept, and what is kept besides."),
                    ("path", "show_path", "Print the directory of the cache."),
                    ("clear", "clear", "Remove all that is kept; it can be fetched again."),
                    ("verify", "verify", "Read every file, and set aside those that are damaged."),
                )
            },
            help="Look after what is kept on disk.",
            no_args_is_help=False,
            context_settings=CONTEXT_SETTINGS,
        ),
    ]


def _number(least: int, largest: int = 2**31 - 1) -> Callable[[str], int]:
    """Make the reader of a whole number in a range."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= largest:
            raise click.BadParameter(f"{text!r} is not a whole number from {least} to {largest}")
        return value

    return number


def _run(*, required: bool = False, help_text: str = "Run number.") -> click.Option:
    return click.Option(["--run"], type=_number(1), metavar="N", required=required, help=help_text)


def _dataset(help_text: str = "Any part of the dataset's name.") -> click.Option:
    return click.Option(["--dataset"], metavar="TEXT", help=help_text)


def _me(*, required: bool = False) -> click.Option:
    text = "Monitoring element: its name, or a part that only one name has."
    return click.Option(["--me"], metavar="NAME", required=required, help=text)


def _ls(*, required: bool = False) -> click.Option:
    return click.Option(
        ["--ls"], type=_number(0), metavar="N", required=required, help="Number of a lumisection."
    )


def _place() -> list[click.Parameter]:
    return [_run(), _dataset(), _me(), _ls()]


def _demo() -> list[click.Parameter]:
    file = click.Path(path_type=Path, dir_okay=False)
    return [
        click.Option(
            ["--serve"],
            is_flag=True,
            help="Only print the environment for clients, and stay until interrupted.",
        ),
        click.Option(["--port"], type=_number(0, 65535), metavar="P", help="Default: any free port."),
        click.Option(["--oms-data"], type=file, metavar="FILE", help="Recorded OMS lumisections to serve."),
        click.Option(["--oms-rates"], type=file, metavar="FILE", help="Recorded OMS trigger rates to serve."),
        click.Option(
            ["--token-lifetime"],
            type=_number(1),
            metavar="S",
            help="Seconds until a token of a login expires.",
        ),
        click.Option(
            ["--cost"], type=click.Choice(["none", "real"]), help="real: as slow as the real services."
        ),
        click.Option(
            ["--faults"],
            type=_fault_spec,
            envvar="DQMTUI_DEMO_FAULTS",
            metavar="SPEC",
            help="Misbehave, such as mix=0.2, or 503=0.1:retry-after=1,reset=0.05,seed=7.",
        ),
    ]


def _fault_spec(text: str) -> str:
    """Check a specification of faults here, where a mistake is answered best; the services read it again."""
    from dqmtui.demo.web.faults_spec import FaultSpecError, parse_faults  # noqa: PLC0415 - other lines need none

    try:
        parse_faults(text)
    except FaultSpecError as error:
        raise click.BadParameter(str(error)) from error
    return text


def _version() -> click.Option:
    def show(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
        if value:
            click.echo(f"dqmtui {__version__}")
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show the version and exit.",
    )
