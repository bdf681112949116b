"""The options of the terminal program, and of the embedded services that it may run on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmtui import __version__
from dqmtui.cli.options import (
    config_options,
    dataset_option,
    known,
    layout_option,
    ls_option,
    me_option,
    number,
    run_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def place_options() -> list[click.Parameter]:
    """Make the options that say where the terminal program opens."""
    return [
        run_option(),
        dataset_option(),
        me_option(),
        ls_option(),
        _ref_option(),
        layout_option("Set of monitoring elements, such as pixel-barrel."),
        *config_options(),
        click.Option(
            ["--theme"], metavar="NAME", shell_complete=known("themes"), help="Colours of the program."
        ),
    ]


def _ref_option() -> click.Option:
    """Make the option that names the run to compare with: one, and no other is dropped in silence."""
    return click.Option(
        ["--ref"],
        type=number(1),
        metavar="RUN",
        multiple=True,
        callback=_only_one,
        shell_complete=known("runs"),
        help="Run to compare with.",
    )


def _only_one(_ctx: click.Context, _param: click.Parameter, runs: Sequence[int]) -> int | None:
    """Give the run that was named; raises BadParameter for several."""
    named = list(dict.fromkeys(runs))
    if len(named) > 1:
        several = ", ".join(map(str, named))
        raise click.BadParameter(f"{several}: the program opens with one; A in it adds others")
    return named[0] if named else None


def session_options() -> list[click.Parameter]:
    """Make the options of the program's sessions and of its mouse: `session`, `fresh`, `no_mouse`."""
    return [
        click.Option(
            ["--session"],
            metavar="NAME",
            shell_complete=known("sessions"),
            help="Go on in this session, or begin it; default: the last one.",
        ),
        click.Option(
            ["--fresh"], is_flag=True, default=None, help="Begin without what the session was left at."
        ),
        click.Option(
            ["--no-mouse"], is_flag=True, default=None, help="Leave the mouse to the terminal, for selecting."
        ),
    ]


def screenshot_options() -> list[click.Parameter]:
    """Make the options of the command that writes what the terminal program would show."""
    return [
        *place_options(),
        click.Option(
            ["--size"],
            type=_size,
            metavar="COLUMNSxROWS",
            default="160x45",
            help="Size of the screen; default: 160x45.",
        ),
        click.Option(
            ["--output"],
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            metavar="FILE",
            required=True,
            help="FILE.svg, FILE.txt, FILE.ans (text with colours), or - for text on standard output.",
        ),
        click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
        click.Option(
            ["--patience"],
            type=number(1, 3600),
            metavar="S",
            default="120",
            help="Seconds that everything may take to come; default: 120.",
        ),
    ]


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 160x45."""
    match = re.fullmatch(r"([0-9]{1,4})[xX]([0-9]{1,4})", text)
    columns, rows = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (20 <= columns <= 1000 and 5 <= rows <= 500):  # noqa: PLR2004 - a screen that can be drawn
        raise click.BadParameter(f"{text!r} is no size such as 160x45, from 20x5 to 1000x500")
    return columns, rows


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
            ["--growing"],
            is_flag=True,
            help="Let the newest run gain a lumisection every 23 s: F follows it.",
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
