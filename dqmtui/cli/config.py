"""`dqmtui config show`: the settings and where they came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui.cli.json_text import json_rows
from dqmtui.cli.output import put
from dqmtui.cli.table import Column, aligned
from dqmtui.store.settings import SECRETS, setting_names

if TYPE_CHECKING:
    from dqmtui.cli.work import Work
    from dqmtui.store.settings import Settings


def show(work: Work, *, as_json: bool) -> None:
    """Print every setting with its value and origin."""
    settings = work.settings
    names = setting_names()
    if as_json:
        put(
            json_rows(
                {"name": name, "value": _value(settings, name), "origin": settings.origin(name)}
                for name in names
            )
        )
        return
    columns = [
        Column("setting", names),
        Column("value", [settings.shown(name) for name in names], least=20),
        Column("from", [settings.origin(name) for name in names], least=20),
    ]
    work.put_table(aligned(columns, work.table_width))


def _value(settings: Settings, name: str) -> Any:
    value = getattr(settings, name)
    if value is None or name in SECRETS or isinstance(value, Path):
        return settings.shown(name) or None
    return value
