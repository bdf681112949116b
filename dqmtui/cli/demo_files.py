"""The recorded files that the embedded services are asked to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.store.settings import DEFAULT

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.store.settings import Settings

OPTIONS = {"demo_oms_data": "--oms-data", "demo_oms_rates": "--oms-rates"}


def recorded_files(settings: Settings) -> dict[str, Path]:
    """Give the files that are set, by the option that names them.

    Raises Stop for one that is not there, and for rates without the lumisections that they belong to; what
    is in them the services say, which read them.
    """
    files = {name: file for name in OPTIONS if (file := getattr(settings, name)) is not None}
    for name, file in files.items():
        if not _is_there(file):
            raise Stop(Exit.NOT_FOUND, f"{OPTIONS[name]}: there is no file {file}{_whence(settings, name)}.")
    if "demo_oms_rates" in files and "demo_oms_data" not in files:
        where = f"{files['demo_oms_rates']}{_whence(settings, 'demo_oms_rates')}"
        what_to_do = "name the lumisections of the same runs with --oms-data"
        raise Stop(Exit.USAGE, f"--oms-rates: {where} cannot be served alone; {what_to_do}.")
    return {OPTIONS[name]: file for name, file in files.items()}


def _is_there(file: Path) -> bool:
    try:
        file.stat()
    except FileNotFoundError:
        return False
    except OSError:
        # the services say why it cannot be read
        return True
    return True


def _whence(settings: Settings, name: str) -> str:
    """Say where a file was named, unless it was by its option."""
    origin = settings.origin(name)
    return "" if origin == DEFAULT or origin.startswith("flag") else f" ({origin})"
