"""The themes, shipped and the person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.store.paths import config_dir
from dqmtui.store.themes import available_themes, load_theme

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dqmtui.model.theme import Theme
    from dqmtui.store.settings import Settings


def all_themes(settings: Settings) -> Mapping[str, Theme]:
    """Load every theme; raises ThemeError, and Stop when the one of the settings is none of them."""
    files = _files(settings)
    return {name: load_theme(file) for name, file in files.items()}


def chosen_theme(settings: Settings) -> Theme:
    """Load the theme of the settings; raises as `all_themes` does."""
    return load_theme(_files(settings)[settings.theme])


def _files(settings: Settings) -> Mapping[str, Path]:
    files = available_themes(config_dir() / "themes")
    if settings.theme not in files:
        raise Stop(Exit.USAGE, f"There is no theme {settings.theme}; there are:", list(files))
    return files
