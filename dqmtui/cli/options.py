"""The options that several commands take, and readers of what was typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dqmtui.cli.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.lsmask import LSMask


def known(what: str) -> Later:
    """Make what completes a value: `what` is a function of completion_values."""
    return Later(f"dqmtui.cli.completion_values:{what}")


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
    return click.Option(
        ["--run"],
        type=number(1),
        metavar="N",
        required=required,
        shell_complete=known("runs"),
        help=help_text,
    )


def dataset_option(help_text: str = "Any part of the dataset's name.") -> click.Option:
    """Make the option that names a dataset."""
    return click.Option(["--dataset"], metavar="TEXT", shell_complete=known("datasets"), help=help_text)


def me_option(*, required: bool = False) -> click.Option:
    """Make the option that names a monitoring element."""
    text = "Monitoring element: its name, or a part that only one name has."
    return click.Option(
        ["--me"], metavar="NAME", required=required, shell_complete=known("elements"), help=text
    )


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
            shell_complete=known("expressions"),
            help="Those of which this is true, such as 'golden and not ml' or 'dcs and pileup > 30'.",
        ),
        click.Option(
            ["--exclude"],
            type=ls_mask,
            metavar="LS",
            multiple=True,
            help='Without these: "1-42,363,[5,9]"; in EXPR they are `excluded`, with what the journal has.',
        ),
        click.Option(
            ["--mask"],
            type=file,
            metavar="FILE",
            help="Those in this certification JSON, such as a golden one.",
        ),
        golden_option(),
    ]


def golden_option() -> click.Option:
    """Make the option that says what expressions mean by golden."""
    return click.Option(
        ["--golden"],
        metavar="FILE",
        help="What EXPR calls golden, a file or an address; default: the newest that is published.",
    )


def norm_options(default: str = "counts") -> list[click.Parameter]:
    """Make the options of a normalisation: `norm` and `rate`."""
    return [
        click.Option(
            ["--norm"],
            type=click.Choice(NORMS),
            default=default,
            help="Divide by the area, the rate (hz), the events (event), the luminosity, or events x pileup.",
        ),
        rate_option(),
    ]


def rate_option() -> click.Option:
    """Make the option that names a trigger rate."""
    return click.Option(
        ["--rate"],
        metavar="NAME",
        shell_complete=known("rate_names"),
        help="Whose rate that is: an HLT path, with or without version, or a primary dataset; default: "
        "HLT_ZeroBias.",
    )


def comparison_option() -> click.Option:
    """Make the option that says how a reference is shown."""
    return click.Option(
        ["--compare", "comparison"],
        type=click.Choice(["overlay", "ratio", "difference", "pull"]),
        default="overlay",
        help="How the first reference is shown.",
    )


def reference_options(*, required: bool = False) -> list[click.Parameter]:
    """Make the options of references: `refs`, `ref_dataset`, `ref_good`, `ref_exclude`."""
    return [
        click.Option(
            ["--ref", "refs"],
            metavar="RUN",
            required=required,
            multiple=True,
            shell_complete=known("references"),
            help="Compare with another run, or with the rest or the neighbours of this one; once for each.",
        ),
        ref_dataset_option(),
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


def ref_dataset_option() -> click.Option:
    """Make the option that names the dataset of a reference."""
    return click.Option(
        ["--ref-dataset"],
        metavar="TEXT",
        shell_complete=known("datasets"),
        help="Any part of the name of the reference's dataset.",
    )


def layout_option(help_text: str) -> click.Option:
    """Make the option that names a set of monitoring elements."""
    return click.Option(["--layout"], metavar="NAME", shell_complete=known("layouts"), help=help_text)


def config_options() -> list[click.Parameter]:
    """Make the options of DQMExplore's files: `plots_config` and `fig_config`."""
    file = click.Path(path_type=Path, dir_okay=False)
    return [
        click.Option(
            ["--plots-config"], type=file, metavar="FILE", help="Set of them in DQMExplore's plots_config."
        ),
        click.Option(["--fig-config"], type=file, metavar="FILE", help="DQMExplore's fig_config beside it."),
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
