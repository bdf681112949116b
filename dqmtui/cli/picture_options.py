"""The options that write what is drawn into files: pictures, and code that fetches and draws it again."""

from __future__ import annotations

from pathlib import Path

import click


def picture_options() -> list[click.Parameter]:
    """Make the options `svg`, `png` and `code`, which are paths."""
    file = click.Path(path_type=Path)
    dash = click.Path(path_type=Path, allow_dash=True)
    return [
        click.Option(["--svg"], type=dash, metavar="FILE", help="Draw into an SVG; - is standard output."),
        click.Option(["--png"], type=file, metavar="FILE", help="Draw into a PNG; needs matplotlib."),
        click.Option(
            ["--code"],
            type=dash,
            metavar="FILE",
            help="Write Python that fetches and draws it with cmsdials alone; - is standard output.",
        ),
    ]
