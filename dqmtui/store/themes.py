"""Theme files: found, read and checked."""

from __future__ import annotations

import tomllib
from pathlib import Path

from dqmtui.model.theme import Theme, ThemeKeyError

_SUFFIX = ".toml"


class ThemeError(ValueError):
    """A theme file cannot be used: which file, which key (None for the whole file), and why."""

    def __init__(self, file: Path, key: str | None, message: str) -> None:
        super().__init__(f"{file}: {key}: {message}" if key else f"{file}: {message}")
        self.file = file
        self.key = key
        self.message = message


def load_theme(path: Path) -> Theme:
    """Read a theme file; its name is the file's name without '.toml'.

    Raises ThemeError when the file cannot be read, is not TOML, or a key is missing, unknown or malformed.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ThemeError(path, None, f"cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(path, None, f"is not TOML: {error}") from error
    try:
        return Theme.from_mapping(path.stem, data)
    except ThemeKeyError as error:
        raise ThemeError(path, error.key, error.message) from error


def available_themes(user_dir: Path | None = None) -> dict[str, Path]:
    """Theme files by name, sorted: those shipped, and those of the user, which win.

    A directory that does not exist has no themes; one that cannot be listed raises ThemeError.
    """
    found: dict[str, Path] = {}
    for directory in (_shipped_dir(), user_dir):
        if directory is not None and directory.is_dir():
            found.update(_theme_files(directory))
    return dict(sorted(found.items()))


def _theme_files(directory: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in directory.iterdir() if path.suffix == _SUFFIX and path.is_file()}
    except OSError as error:
        raise ThemeError(directory, None, f"cannot be listed: {error.strerror or error}") from error


def _shipped_dir() -> Path | None:
    """Find the themes inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "themes", package.parent / "themes")
    return next((place for place in places if place.is_dir()), None)
