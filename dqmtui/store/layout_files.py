"""Layout files: the shipped sets, the person's own, and DQMExplore's configurations."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from dqmtui.model.dqmexplore import Figure, read_fig_config, read_plots_config
from dqmtui.model.layouts import Layout, LayoutKeyError

_SUFFIX = ".toml"


class LayoutError(ValueError):
    """A layout file cannot be used: which file, which key (None for the whole file), and why.

    `nearest` is the valid key that an unknown one may mean.
    """

    def __init__(self, file: Path, key: str | None, message: str, nearest: str | None = None) -> None:
        super().__init__(f"{file}: {key}: {message}" if key else f"{file}: {message}")
        self.file = file
        self.key = key
        self.message = message
        self.nearest = nearest


def load_layout(path: Path) -> Layout:
    """Read a layout file; its name is the file's name without '.toml'.

    Raises LayoutError when the file cannot be read, is not TOML, or a key is missing, unknown or malformed.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LayoutError(path, None, f"is not TOML: {error}") from error
    try:
        return Layout.from_mapping(path.stem, data)
    except LayoutKeyError as error:
        raise LayoutError(path, error.key, error.message, error.nearest) from error


def available_layouts(user_dir: Path | None = None) -> dict[str, Path]:
    """Layout files by name: those shipped, in the order of a walk through the tracker, then the person's own.

    One of the person's own takes the place of a shipped one of the same name. A directory that does not exist
    has no layouts; one that cannot be listed raises LayoutError.
    """
    shipped = _layout_files(SHIPPED_DIR)
    own = {} if user_dir is None else _layout_files(user_dir)
    ordered = [*(name for name in SHIPPED if name in shipped), *sorted(own)]
    return {name: own.get(name) or shipped[name] for name in dict.fromkeys(ordered)}


def load_dqmexplore(plots_config: Path, fig_config: Path | None = None) -> Layout:
    """Read DQMExplore's plots_config, and the fig_config that gives it a title, as a layout.

    Both are JSON; `extra` of the layout is the fig_config as it came. Raises LayoutError with the file and
    the key, which is `ME name.key` in a plots_config.
    """
    try:
        layout = read_plots_config(plots_config.stem, _json(plots_config))
    except LayoutKeyError as error:
        raise LayoutError(plots_config, error.key, error.message, error.nearest) from error
    if fig_config is None:
        return layout
    figure, said = _figure(fig_config)
    notes = tuple(f"{fig_config.name}: {note}" for note in figure.notes)
    return replace(layout, title=figure.title or layout.title, notes=(*layout.notes, *notes), extra=said)


def load_fig_config(path: Path) -> Figure:
    """Read DQMExplore's fig_config, JSON; raises LayoutError with the file and the key."""
    return _figure(path)[0]


SHIPPED_DIR = Path(__file__).resolve().parent / "layouts"

SHIPPED = (
    "pixel-barrel",
    "pixel-endcaps",
    "tib",
    "tob",
    "tid-minus",
    "tid-plus",
    "tec-minus",
    "tec-plus",
    "tracking",
    "vertices",
)
"""The shipped sets in the order in which they are offered."""


def _figure(path: Path) -> tuple[Figure, dict[str, object]]:
    """Read a fig_config: what it means, and all that it says."""
    data = _json(path)
    try:
        return read_fig_config(data), dict(data) if isinstance(data, dict) else {}
    except LayoutKeyError as error:
        raise LayoutError(path, error.key, error.message, error.nearest) from error


def _layout_files(directory: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in directory.iterdir() if path.suffix == _SUFFIX and path.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise LayoutError(directory, None, f"cannot be listed: {error.strerror or error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LayoutError(path, None, f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LayoutError(path, None, f"is not a text: {error}") from error


def _json(path: Path) -> object:
    text = _text(path)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # a reader of JSON would keep the last of two and lose a plot in silence
        names = [name for name, _ in pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise LayoutError(path, twice, "stands twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except LayoutError:
        raise
    except (ValueError, RecursionError) as error:
        raise LayoutError(path, None, f"is not JSON: {error}") from error
