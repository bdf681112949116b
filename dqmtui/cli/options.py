"""The options that several commands take, and readers of what was typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmtui import __version__

if TYPE_CHECKING:
    from collections.abc import Callable


def number(least: int, largest: int = 2**31 - 1) -> Callable[[str], int]:
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


def run_option(*, required: bool = False, help_text: str = "Run number.") -> click.Option:
    """Make the option that names a run."""
    return click.Option(["--run"], type=number(1), metavar="N", required=required, help=help_text)


def dataset_option(help_text: str = "Any part of the dataset's name.") -> click.Option:
    """Make the option that names a dataset."""
    return click.Option(["--dataset"], metavar="TEXT", help=help_text)


def me_option(*, required: bool = False) -> click.Option:
    """Make the option that names a monitoring element."""
    text = "Monitoring element: its name, or a part that only one name has."
    return click.Option(["--me"], metavar="NAME", required=required, help=text)


def ls_option(*, required: bool = False) -> click.Option:
    """Make the option that names a lumisection."""
    return click.Option(
        ["--ls"], type=number(0), metavar="N", required=required, help="Number of a lumisection."
    )


def place_options() -> list[click.Parameter]:
    """Make the options that say where the terminal program opens."""
    return [run_option(), dataset_option(), me_option(), ls_option()]


def demo_options() -> list[click.Parameter]:
    """Make the options of the embedded services."""
    file = click.Path(path_type=Path, dir_okay=False)
    return [
        click.Option(
            ["--serve"],
            is_flag=True,
            help="Only print the environment for clients, and stay until interrupted.",
        ),
        click.Option(["--port"], type=number(0, 65535), metavar="P", help="Default: any free port."),
        click.Option(["--oms-data"], type=file, metavar="FILE", help="Recorded OMS lumisections to serve."),
        click.Option(["--oms-rates"], type=file, metavar="FILE", help="Recorded OMS trigger rates to serve."),
        click.Option(
            ["--token-lifetime"],
            type=number(1),
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


def version_option() -> click.Option:
    """Make the option that shows the version."""

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
