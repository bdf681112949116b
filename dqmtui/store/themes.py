"""Theme files: found, read, checked, and read anew when they change."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dqmtui.model.theme import Theme, ThemeKeyError, nearest_name

_SUFFIX = ".toml"


class ThemeError(ValueError):
    """A theme file cannot be used: which file, which key (None for the whole file), and why."""

    def __init__(self, file: Path, key: str | None, message: str) -> None:
        super().__init__(f"{file}: {key}: {message}" if key else f"{file}: {message}")
        self.file = file
        self.key = key
        self.message = message

    @property
    def reason_first(self) -> str:
        """What is wrong, and then the whole path of the file, which a short line may cut."""
        return f"{self.key or self.file.name}: {self.message} ({self.file})"


class NoThemeError(LookupError):
    """There is no theme of a name; `names` are those that there are, `near` is the nearest or None."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.near = nearest_name(name, self.names)
        hint = f"; did you mean {self.near}?" if self.near else f"; there are {', '.join(self.names)}."
        super().__init__(f"There is no theme {name}{hint}")


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
        if directory is not None:
            found.update(_theme_files(directory))
    return dict(sorted(found.items()))


def theme_name(chosen: str) -> str:
    """Name the theme that a setting chooses: by its name, or by the path of a file."""
    return Path(chosen).stem if _is_path(chosen) else chosen


def theme_files(user_dir: Path | None, chosen: str) -> dict[str, Path]:
    """Give `available_themes` and, where `chosen` is a path, that file, which wins."""
    found = available_themes(user_dir)
    if _is_path(chosen):
        try:
            found[theme_name(chosen)] = Path(chosen).expanduser()
        except RuntimeError as error:
            raise ThemeError(Path(chosen), None, f"cannot be read: {error}") from error
    return dict(sorted(found.items()))


def _is_path(chosen: str) -> bool:
    return "/" in chosen or chosen.endswith(_SUFFIX)


_Signature = tuple[int, int, int]
"""When a file was written (ns), its size and its number: another file has another one."""


@dataclass(frozen=True, slots=True)
class ThemeNews:
    """What has become of theme files: names of themes that are new or different, and what is wrong."""

    changed: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


class ThemeShelf(Mapping[str, Theme]):
    """Themes by name: those shipped, those of a directory, and one chosen by name or by the path of a file.

    Raises ThemeError if the chosen one cannot be used, NoThemeError if there is none. Other files that cannot
    be used are left out; `problems` says why. A file is read when its theme is first asked for, since the
    first frame needs one of them. `look_again` reads what has changed; it may be called in another thread.
    """

    def __init__(self, user_dir: Path | None, chosen: str) -> None:
        self._user_dir = user_dir
        self._chosen = chosen
        self.chosen_name = theme_name(chosen)
        self._signatures: dict[Path, _Signature | None] = {}
        self._read: dict[Path, Theme] = {}
        # errors that are not told yet: an editor may be in the middle of writing
        self._doubtful: dict[Path, ThemeError] = {}
        files = theme_files(user_dir, chosen)
        if self.chosen_name not in files:
            raise NoThemeError(self.chosen_name, files)
        self._files = files
        self._problems: tuple[str, ...] = ()
        self._reading = threading.Lock()
        self._take(files[self.chosen_name])
        broken = self._doubtful.get(files[self.chosen_name])
        if broken is not None:
            raise broken
        self._themes = self._those_of(files)

    def __getitem__(self, name: str) -> Theme:
        if name not in self._themes and name in self._files:
            self._read_first(name)
        return self._themes[name]

    def __iter__(self) -> Iterator[str]:
        self._read_first(*self._files)
        return iter(self._themes)

    def __len__(self) -> int:
        self._read_first(*self._files)
        return len(self._themes)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with files as they were first read."""
        self._read_first(*self._files)
        return self._problems

    def file(self, name: str) -> Path:
        """Give the file of a theme; raises KeyError."""
        return self._files[name]

    def look_again(self) -> ThemeNews:
        """Read files that are new or different; a broken one leaves its theme as it was.

        What is wrong is told by the second look at the same file.
        """
        self._read_first(*self._files)
        before = self._themes
        try:
            files = theme_files(self._user_dir, self._chosen)
        except ThemeError:
            # the directory is away for now: what was read from it stays
            return ThemeNews()
        same = [one for one in self._doubtful if _signature(one) == self._signatures[one]]
        told = tuple(self._doubtful[one].reason_first for one in same)
        self._doubtful.clear()
        for file in files.values():
            if file not in self._signatures or _signature(file) != self._signatures[file]:
                self._take(file)
        themes = self._those_of(files)
        changed = frozenset(name for name, theme in themes.items() if before.get(name) != theme)
        self._themes, self._files = themes, files
        return ThemeNews(changed, told)

    def _read_first(self, *names: str) -> None:
        """Read the files of these themes, as far as nobody has asked for them before."""
        with self._reading:
            new = [file for name in names if (file := self._files[name]) not in self._signatures]
            if not new:
                return
            for file in new:
                self._take(file)
            # told once by `problems`, and not again by `look_again`
            self._problems += tuple(str(self._doubtful.pop(file)) for file in new if file in self._doubtful)
            self._themes = self._those_of(self._files)

    def _take(self, file: Path) -> None:
        self._signatures[file] = _signature(file)
        try:
            self._read[file] = load_theme(file)
        except ThemeError as error:
            self._doubtful[file] = error

    def _those_of(self, files: Mapping[str, Path]) -> dict[str, Theme]:
        return {name: self._read[file] for name, file in files.items() if file in self._read}


def _signature(file: Path) -> _Signature | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _theme_files(directory: Path) -> dict[str, Path]:
    try:
        return {path.stem: path for path in directory.iterdir() if path.suffix == _SUFFIX and path.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ThemeError(directory, None, f"cannot be listed: {error.strerror or error}") from error


def _shipped_dir() -> Path | None:
    """Find the themes inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "themes", package.parent / "themes")
    return next((place for place in places if place.is_dir()), None)
