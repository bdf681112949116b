"""The options of `dqmtui report`."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.options import (
    dataset_option,
    json_option,
    known,
    layout_option,
    norm_options,
    number,
    reference_options,
    selection_options,
)


def report_options() -> list[click.Parameter]:
    """Make the options: which runs and plots, and where the report goes."""
    file = click.Path(path_type=Path, dir_okay=False)
    out = click.Path(path_type=Path, allow_dash=True)
    return [
        click.Option(
            ["--run", "runs"],
            type=number(1),
            metavar="N",
            required=True,
            multiple=True,
            shell_complete=known("runs"),
            help="A run; once for each of several.",
        ),
        click.Option(
            ["--me", "mes"],
            metavar="NAME",
            multiple=True,
            shell_complete=known("elements"),
            help="A plot: an element's name, or a part that only one has; once for each.",
        ),
        layout_option("The plots of a layout, such as pixel-barrel."),
        click.Option(
            ["--plots-config"], type=file, metavar="FILE", help="The plots of DQMExplore's plots_config."
        ),
        click.Option(["--fig-config"], type=file, metavar="FILE", help="DQMExplore's fig_config beside it."),
        dataset_option(),
        *selection_options(),
        *norm_options(),
        *reference_options(),
        click.Option(
            ["--each-ls", "each"],
            is_flag=True,
            help="In HTML every lumisection by itself, not only noted ones.",
        ),
        click.Option(
            ["--html"], type=out, metavar="FILE", help="Write a page with the plots; - is standard output."
        ),
        *(
            click.Option(
                [f"--{name}"],
                type=out,
                metavar="[FILE]",
                is_flag=False,
                flag_value="-",
                help=f"Write {what}; without FILE on standard output.",
            )
            for name, what in (("text", "plain text, as for the ELOG"), ("markdown", "Markdown"))
        ),
        click.Option(["--title"], metavar="TEXT", default="DQM review", help="What stands above the report."),
        click.Option(["--force"], is_flag=True, help="Replace files that are there already."),
        json_option(),
    ]
