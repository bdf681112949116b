"""The options that several commands take, and readers of what was typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmtui import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.lsmask import LSMask


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


def ls_mask(text: str) -> LSMask:
    """Read LS numbers and ranges in the notations that are about: `1-40,57`, `[5,9]`, `[[1,35],[40,-1]]`."""
    from dqmtui.model.lsmask import LSMask, MaskError  # noqa: PLC0415 - NumPy is too slow for `--help`

    ranges = _PAIR.sub(lambda pair: f"{pair[1]}-{'' if pair[2] == '-1' else pair[2]}", text)
    ranges = _SINGLE.sub(lambda single: "all" if single[1] == "-1" else single[1], ranges).strip()
    if ranges != text.strip() and ranges.startswith("[") and ranges.endswith("]"):
        ranges = ranges[1:-1]
    try:
        return LSMask.parse(ranges)
    except MaskError as error:
        raise click.BadParameter(str(error)) from error


_PAIR = re.compile(r"\[\s*(\d+)\s*,\s*(\d+|-1)\s*\]")
_SINGLE = re.compile(r"\[\s*(\d+|-1)\s*\]")


def selection_options(*, with_ls: bool = True) -> list[click.Parameter]:
    """Make the options that choose lumisections: `ls`, `good`, `exclude`, `mask`; all of them count."""
    file = click.Path(path_type=Path, dir_okay=False)
    numbers = click.Option(
        ["--ls"], type=ls_mask, metavar="LS", help='Lumisections by number: 300, "1-40,57", "[5,9]".'
    )
    return [
        *([numbers] if with_ls else []),
        click.Option(
            ["--good"],
            metavar="EXPR",
            help="Those of which this is true, such as 'dcs' or 'dcs and rate > 40 and pileup > 30'.",
        ),
        click.Option(
            ["--exclude"],
            type=ls_mask,
            metavar="LS",
            multiple=True,
            help='Without these: "1-42,363,[5,9]"; in EXPR they are `excluded`.',
        ),
        click.Option(
            ["--mask"],
            type=file,
            metavar="FILE",
            help="Those in this certification JSON, such as a golden one.",
        ),
    ]


def norm_options(default: str = "counts") -> list[click.Parameter]:
    """Make the options of a normalisation: `norm` and `rate`."""
    return [
        click.Option(
            ["--norm"],
            type=click.Choice(NORMS),
            default=default,
            help="Divide by the area, the rate (hz), the events (event), the luminosity, or events x pileup.",
        ),
        click.Option(
            ["--rate"],
            metavar="NAME",
            help="Whose rate that is: an HLT path, with or without version, or a primary dataset; default: "
            "HLT_ZeroBias.",
        ),
    ]


def reference_options(*, required: bool = False) -> list[click.Parameter]:
    """Make the options of references: `refs`, `ref_dataset`, `ref_good`, `ref_exclude`."""
    return [
        click.Option(
            ["--ref", "refs"],
            metavar="RUN",
            required=required,
            multiple=True,
            help="Compare with another run, or with the rest or the neighbours of this one; once for each.",
        ),
        click.Option(
            ["--ref-dataset"], metavar="TEXT", help="Any part of the name of the reference's dataset."
        ),
        click.Option(
            ["--ref-good"], metavar="EXPR", help="The reference's lumisections; default: as --good."
        ),
        click.Option(
            ["--ref-exclude"],
            type=ls_mask,
            metavar="LS",
            multiple=True,
            help="Without these of the reference.",
        ),
    ]


def size_options() -> list[click.Parameter]:
    """Make the options of the size of a plot."""
    return [
        click.Option(["--width"], type=number(20, 1000), metavar="N", help="Columns of the plot."),
        click.Option(["--height"], type=number(8, 1000), metavar="N", help="Rows of the plot."),
    ]


def log_option() -> click.Option:
    """Make the option of logarithmic contents."""
    return click.Option(["--log"], is_flag=True, help="Logarithmic contents.")


def hist_options() -> list[click.Parameter]:
    """Make the options of the command that draws a histogram."""
    return [
        run_option(required=True),
        me_option(required=True),
        dataset_option(),
        *selection_options(),
        *norm_options(),
        *reference_options(),
        click.Option(
            ["--compare", "comparison"],
            type=click.Choice(["overlay", "ratio", "difference", "pull"]),
            default="overlay",
            help="How the first reference is shown.",
        ),
        log_option(),
        click.Option(["--errors"], is_flag=True, help="Error bars."),
        *size_options(),
        json_option(),
        click.Option(
            ["--frame"],
            is_flag=True,
            help="Data with a row per lumisection, with the columns of cmsdials' data frames.",
        ),
        *frame_options(),
    ]


def trend_options() -> list[click.Parameter]:
    """Make the options of the command that draws a trend."""
    return [
        run_option(required=True),
        click.Option(
            ["--me", "mes"],
            metavar="NAME",
            required=True,
            multiple=True,
            help="Monitoring element: its name, or a part that only one name has; twice for two of them.",
        ),
        dataset_option(),
        click.Option(
            ["--statistic"],
            metavar="NAME",
            help="mean, std, entries, ...; of maps occupancy, mean_x, ...; tables have all without it.",
        ),
        *selection_options(with_ls=False),
        click.Option(["--from-ls"], type=number(1), metavar="N", help="From this lumisection on."),
        click.Option(["--to-ls"], type=number(1), metavar="N", help="Up to this lumisection."),
        *norm_options(),
        *reference_options(),
        click.Option(
            ["--under"], metavar="NAME", help="On a second axis: rate, pileup, lumi, or a column of OMS."
        ),
        log_option(),
        *size_options(),
        json_option(),
        *frame_options(),
    ]


def compare_options() -> list[click.Parameter]:
    """Make the options of the command that compares."""
    return [
        run_option(required=True),
        me_option(required=True),
        dataset_option(),
        *selection_options(),
        *norm_options(),
        *reference_options(required=True),
        click.Option(
            ["--test", "tests"],
            type=click.Choice(["chi2", "ks", "pull", "mean", "all"]),
            multiple=True,
            default=["all"],
            help="chi2 and Kolmogorov distance of the shapes, pull per bin, shift of the mean.",
        ),
        click.Option(
            ["--each-ls", "each"], is_flag=True, help="Every lumisection by itself, a row for each."
        ),
        log_option(),
        *size_options(),
        json_option(),
        *frame_options(),
    ]


def scan_options() -> list[click.Parameter]:
    """Make the options of the command that scans a run."""
    return [
        run_option(required=True),
        dataset_option(),
        click.Option(
            ["--me", "mes"],
            metavar="TEXT",
            multiple=True,
            help="Elements with this in their name; once for each text. Default: all of the workspace.",
        ),
        click.Option(["--layout"], metavar="NAME", help="The elements of a layout."),
        click.Option(["--dim"], type=click.Choice(["1", "2"]), help="One or two dimensions only."),
        click.Option(
            ["--ref"], type=number(1), metavar="RUN", help="Compare shapes with another run, not this one."
        ),
        click.Option(
            ["--ref-dataset"], metavar="TEXT", help="Any part of the name of the reference's dataset."
        ),
        *selection_options(with_ls=False),
        click.Option(
            ["--false-alarms"],
            type=above_zero,
            default="1",
            metavar="X",
            help="Alarms that may be expected of chance in the whole scan; default: 1.",
        ),
        json_option(),
        *frame_options(),
    ]


def above_zero(text: str | float) -> float:
    """Read a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise click.BadParameter(f"{text!r} is not a number above zero")
    return value


NORMS = ("counts", "area", "hz", "event", "lumi", "pileup")


def json_option() -> click.Option:
    """Make the option that asks for JSON on standard output."""
    return click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")


def frame_options() -> list[click.Parameter]:
    """Make the options that write tables into files: `csv` and `parquet` are paths, `force` a flag."""
    file = click.Path(path_type=Path, allow_dash=True)
    return [
        click.Option(["--csv"], type=file, metavar="FILE", help="Write a CSV table; - is standard output."),
        click.Option(["--parquet"], type=file, metavar="FILE", help="Write a parquet table."),
        click.Option(["--force"], is_flag=True, help="Replace files that are there already."),
    ]


def place_options() -> list[click.Parameter]:
    """Make the options that say where the terminal program opens."""
    file = click.Path(path_type=Path, dir_okay=False)
    return [
        run_option(),
        dataset_option(),
        me_option(),
        ls_option(),
        click.Option(["--ref"], type=number(1), metavar="N", help="Run to compare with."),
        click.Option(["--layout"], metavar="NAME", help="Set of monitoring elements, such as pixel-barrel."),
        click.Option(
            ["--plots-config"], type=file, metavar="FILE", help="Set of them in DQMExplore's plots_config."
        ),
        click.Option(["--fig-config"], type=file, metavar="FILE", help="DQMExplore's fig_config beside it."),
    ]


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
