"""What a person can type to ask CertHelper and the Run Registry."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.command import OfflineCommand
from dqmtui.cli.options import json_option, known, number

TYPES = ("online", "express", "prompt", "rereco", "rerecoul")
"""Types of reconstruction in CertHelper's list."""


def refruns_command() -> click.Command:
    """Make the command that shows CertHelper's list of reference runs."""
    return OfflineCommand(
        "refruns",
        "dqmtui.cli.refruns:show",
        "Fetch CertHelper's list of reference runs, or look for runs in it.\n\n"
        "Without --run and --ref it is the whole list.",
        [
            _runs("--run", "runs", "Rows of this run; give it once for each."),
            _runs("--ref", "references", "Rows in which this run is the reference; give it once for each."),
            click.Option(
                ["--type", "reconstruction"],
                type=click.Choice(TYPES),
                help="This type of reconstruction alone; with --ref alone, that of the reference.",
            ),
            click.Option(
                ["--list", "place"],
                metavar="FILE",
                help="The list, a file or an address; default: CertHelper itself.",
            ),
            click.Option(
                ["--output"],
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="Write a .json as CertHelper has it, a .jsonl with a row on each line, or a .csv; "
                "rows of --run and --ref are printed, too.",
            ),
            click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
            json_option(),
        ],
    )


def golden_fetch_command() -> click.Command:
    """Make the command that lets the Run Registry make a certification JSON."""
    return OfflineCommand(
        "fetch",
        "dqmtui.cli.golden_fetch:show",
        "Let the Run Registry make a certification JSON.\n\n"
        "By a rule in JSON logic, of one dataset or of several together, as of several years. It needs the "
        "extra rr, and an application that may read the Run Registry.",
        [
            click.Option(
                ["--logic"],
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                required=True,
                help="The rule, such as rr_config.json.",
            ),
            click.Option(
                ["--dataset", "datasets"],
                metavar="NAME",
                multiple=True,
                required=True,
                help="Such as /Express/Collisions2024/DQM; once for each, their runs are put together.",
            ),
            click.Option(
                ["--meta"], is_flag=True, help="All that the Run Registry says of it, not the ranges alone."
            ),
            click.Option(
                ["--output"],
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="Default: standard output.",
            ),
            click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
            click.Option(["--json", "as_json"], is_flag=True, help="What is made is JSON anyway."),
        ],
    )


def _runs(option: str, name: str, help_text: str) -> click.Option:
    return click.Option(
        [option, name],
        type=number(1),
        metavar="N",
        multiple=True,
        shell_complete=known("runs"),
        help=help_text,
    )
