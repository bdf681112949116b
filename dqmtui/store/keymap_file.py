"""The keymap file: found, read and checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dqmtui.model.keymap import Keymap, Problem
    from dqmtui.store.settings import Settings

NAME = "keymap.toml"


class KeymapFileError(ValueError):
    """A keymap file cannot be used: which, and everything that is wrong with it, a sentence each."""

    def __init__(self, file: Path, problems: Sequence[str]) -> None:
        super().__init__(f"{file}: {problems[0]}")
        self.file = file
        self.problems = tuple(problems)


def keymap_path(settings: Settings) -> Path:
    """Return the keymap file of the settings, else that beside the configuration, which may be missing."""
    return settings.keymap or settings.config_dir / NAME


def has_keymap(settings: Settings) -> bool:
    """Tell whether there is a keymap to be read: one that is named, or the person's own.

    One that cannot be looked for counts, so that who reads it says why it cannot be read.
    """
    if settings.keymap is not None:
        return True
    try:
        keymap_path(settings).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def chosen_keymap(settings: Settings) -> Keymap:
    """Read the keymap of the settings; without any file, the default keys. Raises KeymapFileError."""
    from dqmtui.model.keymap import Keymap  # noqa: PLC0415 - the first frame does without all actions

    return load_keymap(keymap_path(settings)) if has_keymap(settings) else Keymap()


def load_keymap(path: Path) -> Keymap:
    """Read a keymap file.

    Raises KeymapFileError when it cannot be read, is not TOML, or names actions or keys that there are not.
    """
    import tomllib  # noqa: PLC0415 - costs 13 ms, and most people have no keymap

    from dqmtui.model.keymap import KeymapError, read_keymap  # noqa: PLC0415 - as above

    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise KeymapFileError(path, [f"cannot be read: {error.strerror or error}."]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeymapFileError(path, [f"is not TOML: {error}."]) from error
    try:
        return read_keymap(data, str(path))
    except KeymapError as error:
        raise KeymapFileError(path, [_placed(problem, text) for problem in error.problems]) from error


def _placed(problem: Problem, text: str) -> str:
    """Say a problem with the line on which its key stands, where there is one."""
    key = rf'^\s*["\']?{re.escape(problem.key)}["\']?\s*='
    for number, line in enumerate(text.splitlines(), 1):
        if problem.key and re.match(key, line):
            return f"line {number}: {problem}"
    return str(problem)
