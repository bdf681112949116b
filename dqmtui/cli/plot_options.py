"""The options of the commands that look at histograms."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.options import (
    NORMS,
    comparison_option,
    config_options,
    dataset_option,
    frame_options,
    json_option,
    known,
    layout_option,
    log_option,
    me_option,
    norm_options,
    number,
    rate_option,
    ref_dataset_option,
    reference_options,
    run_option,
    selection_options,
    size_options,
)
from dqmtui.cli.picture_options import picture_options
from dqmtui.model.judging.scan_tests import TESTS


def hist_options() -> list[click.Parameter]:
    """Make the options of the command that draws a histogram."""
    return [
        run_option(required=True),
        me_option(required=True),
        dataset_option(),
        *selection_options(),
        *norm_options(),
        *reference_options(),
        comparison_option(),
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
        *picture_options(),
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
            shell_complete=known("elements"),
            help="Monitoring element: its name, or a part that only one name has; twice for two of them.",
        ),
        dataset_option(),
        click.Option(
            ["--statistic"],
            metavar="NAME",
            shell_complete=known("statistics"),
            help="mean, std, entries, ...; of maps occupancy, mean_x, ...; tables have all without it. "
            "With --ref also chi2/dof, KS distance.",
        ),
        *selection_options(with_ls=False),
        click.Option(["--from-ls"], type=number(1), metavar="N", help="From this lumisection on."),
        click.Option(["--to-ls"], type=number(1), metavar="N", help="Up to this lumisection."),
        *norm_options(),
        *reference_options(),
        click.Option(
            ["--under"],
            metavar="NAME",
            shell_complete=known("under"),
            help="On a second axis: rate, pileup, lumi, or a column of OMS.",
        ),
        log_option(),
        *size_options(),
        json_option(),
        *frame_options(),
        *picture_options(),
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
            type=click.Choice(["chi2", "ks", "pull", "beta", "mean", "all"]),
            multiple=True,
            default=["all"],
            help="chi2 and Kolmogorov distance of the shapes, pull (of unit areas) and beta-binomial measure "
            "of the bins, shift of the mean.",
        ),
        click.Option(
            ["--each-ls", "each"], is_flag=True, help="Every lumisection by itself, a row for each."
        ),
        log_option(),
        *size_options(),
        json_option(),
        *frame_options(),
        *picture_options(),
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
            shell_complete=known("elements"),
            help="Elements with this in their name; once for each text. Default: all of the workspace.",
        ),
        layout_option("The elements of a layout."),
        click.Option(["--dim"], type=click.Choice(["1", "2"]), help="One or two dimensions only."),
        click.Option(
            ["--ref"], type=number(1), metavar="RUN", help="Compare shapes with another run, not this one."
        ),
        ref_dataset_option(),
        *selection_options(with_ls=False),
        click.Option(
            ["--norm"],
            type=click.Choice([norm for norm in NORMS if norm != "area"]),
            default="hz",
            help="What numbers of entries are judged against: the trigger rate (hz, event), the luminosity, "
            "events x pileup, or the lumisections around alone (counts).",
        ),
        rate_option(),
        click.Option(
            ["--test", "tests"],
            type=scan_test,
            metavar="NAME",
            multiple=True,
            shell_complete=known("scan_tests"),
            help=f"Judge by this test alone, as results call it; once for each: {', '.join(TESTS)}.",
        ),
        click.Option(
            ["--false-alarms"],
            type=above_zero,
            default="1",
            metavar="X",
            help="Alarms that may be expected of chance in the whole scan; default: 1.",
        ),
        click.Option(["--no-plot"], is_flag=True, help="The list without the scores of its first element."),
        click.Option(["--log"], is_flag=True, help="Logarithmic scores."),
        *size_options(),
        json_option(),
        *frame_options(),
    ]


def scan_test(text: str) -> str:
    """Read the name of a test of a scan, as results have it, with or without its blank."""
    name = text.strip().replace("-", " ").replace("_", " ")
    if name not in TESTS:
        raise click.BadParameter(f"{text!r} is none of {', '.join(TESTS)}")
    return name


def above_zero(text: str | float) -> float:
    """Read a number above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise click.BadParameter(f"{text!r} is not a number above zero")
    return value


def plots_options() -> list[click.Parameter]:
    """Make the options of the command that draws a set of elements."""
    return [
        run_option(required=True),
        click.Option(
            ["--me", "mes"],
            metavar="NAME",
            multiple=True,
            shell_complete=known("elements"),
            help="Monitoring element: its name, or a part that only one name has; once for each.",
        ),
        layout_option("The elements of a layout."),
        *config_options(),
        dataset_option(),
        *selection_options(),
        click.Option(
            ["--norm", "norms"],
            type=click.Choice(NORMS),
            multiple=True,
            help="As for `hist`, once for each that the plots are drawn in; default: that of the set, or "
            "counts.",
        ),
        rate_option(),
        *reference_options(),
        comparison_option(),
        click.Option(
            ["--trends", "with_trends"],
            is_flag=True,
            help="Also the mean and its error along the run, of maps the occupancy, and the rate.",
        ),
        click.Option(
            ["--each-ls", "each"],
            is_flag=True,
            help="In HTML also every lumisection by itself, of the run and of each reference.",
        ),
        click.Option(
            ["--html"],
            type=click.Path(path_type=Path, allow_dash=True),
            metavar="FILE",
            help="Draw into a page for a browser; - is standard output.",
        ),
        *size_options(),
        json_option(),
        click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
    ]
