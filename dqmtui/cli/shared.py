"""The options that every command takes, before or after its name."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from dqmtui.cli.later import Later

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

OMS_ROUTES = ("proxy", "direct", "off")
CHARSETS = ("auto", "utf8", "ascii")
_WORKSPACES = Later("dqmtui.cli.completion_values:workspaces")
COLORS = ("auto", "none", "16", "256", "truecolor")


@dataclass(frozen=True, slots=True)
class Shared:
    """What was typed of the shared options; None and False are not typed."""

    demo: bool = False
    workspace: str | None = None
    dials_url: str | None = None
    oms_route: str | None = None
    config: Path | None = None
    charset: str | None = None
    color: str | None = None
    insecure: bool = False

    @classmethod
    def taken_from(cls, options: MutableMapping[str, Any]) -> Self:
        """Take the shared options out of what was typed."""
        return cls(**{name: options.pop(name) for name in SHARED_NAMES})

    def over(self, other: Shared) -> Shared:
        """Give these options, completed by others: what stands nearer to the command counts."""
        return Shared(**{name: getattr(self, name) or getattr(other, name) for name in SHARED_NAMES})

    @property
    def flags(self) -> Mapping[str, object]:
        """The options that are settings, by their names."""
        return {
            "workspace": self.workspace,
            "dials_url": self.dials_url,
            "oms_route": self.oms_route,
            "charset": self.charset,
            "insecure": self.insecure or None,
        }


SHARED_NAMES = tuple(field.name for field in fields(Shared))
HELP_ALL = "help_all"
"""The option that every command has besides, and that no worker gets."""


def shared_options() -> list[click.Parameter]:
    """Make the shared options for one command."""
    return [
        click.Option(
            ["--demo"], is_flag=True, help="Use the embedded services, started for this command alone."
        ),
        click.Option(
            ["--workspace"],
            metavar="NAME",
            shell_complete=_WORKSPACES,
            help="DIALS workspace; default: that of your login.",
        ),
        click.Option(["--dials-url"], metavar="URL", help="Address of DIALS."),
        click.Option(["--oms-route"], type=click.Choice(OMS_ROUTES), help="How OMS is reached."),
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Configuration file.",
        ),
        click.Option(["--charset"], type=click.Choice(CHARSETS), help="Characters of plots and tables."),
        click.Option(["--color"], type=click.Choice(COLORS), help="Colours of plots; default: auto."),
        click.Option(
            ["--insecure"],
            is_flag=True,
            help="Check no certificates: whoever sits on the line can read your login.",
        ),
    ]
