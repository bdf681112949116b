"""The theme: every colour and glyph of the program under the name of what it means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

MIN_RAMP = 8
MAX_RAMP = 24

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}( (100|[0-9]{1,2})%)?")
_TEXT_STYLES = frozenset({"none", "bold", "dim", "italic", "reverse", "strike", "underline", "underline2"})


class ThemeKeyError(ValueError):
    """One key of a theme is missing, unknown or has a bad value.

    `key` is the dotted key as it stands in a theme file, `message` says what is wrong with it.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.message = message


@dataclass(frozen=True, slots=True)
class UiColors:
    """Colours of panes, borders, tables and messages, under the names that Textual's themes use."""

    primary: str
    secondary: str
    accent: str
    foreground: str
    background: str
    surface: str
    panel: str
    boost: str
    success: str
    warning: str
    error: str


@dataclass(frozen=True, slots=True)
class Roles:
    """Colours of what the data mean: each is drawn on the background of the plots."""

    current: str
    reference: str
    good: str
    bad: str
    unknown: str
    masked: str
    excluded: str
    note: str
    hole: str
    empty: str
    absent: str
    loading: str
    cursor: str
    error_bar: str
    axis: str
    grid: str
    label: str
    title: str
    heat_zero: str
    heat_absent: str
    heat_never: str


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each state, so that colour never carries a meaning alone."""

    good: str
    bad: str
    unknown: str
    masked: str
    excluded: str
    note: str
    track: str
    hole: str
    empty: str
    absent: str
    loading: str
    cursor: str
    over: str
    under: str
    point: str
    selected: str


@dataclass(frozen=True)
class Theme:
    """A complete theme: user interface colours, roles of the data, heat-map ramps and glyphs.

    Colours are '#rrggbb'. `heat` runs from the smallest positive value to the largest, `diverging` from
    the most negative to the most positive; both have 8 to 24 colours. `variables` are further names of
    Textual's CSS and are passed on as they are.
    """

    name: str
    title: str
    dark: bool
    ui: UiColors
    roles: Roles
    heat: tuple[str, ...]
    diverging: tuple[str, ...]
    glyphs: Glyphs
    glyphs_ascii: Glyphs
    variables: Mapping[str, str]

    @property
    def background(self) -> str:
        """Colour behind the plots."""
        return self.ui.background

    def role(self, name: str) -> str:
        """Colour of a role by its name; raises ThemeKeyError with the nearest name when there is none."""
        if name not in Roles.__slots__:
            raise _unknown("roles", name, Roles.__slots__)
        return str(getattr(self.roles, name))

    @classmethod
    def from_mapping(cls, name: str, data: Mapping[str, Any]) -> Theme:
        """Build a theme from the tables of a theme file, checking every key and value.

        Raises ThemeKeyError for the first key that is missing, unknown or malformed.
        """
        allowed = ("title", "dark", "ui", "variables", "roles", "ramps", "glyphs")
        _check_keys("", data, required=[key for key in allowed if key != "variables"], allowed=allowed)
        if not _NAME.fullmatch(name):
            raise ThemeKeyError("name", f"{name!r} is not made of lower-case letters, digits and dashes")
        title = data["title"]
        if not isinstance(title, str) or not title or not title.isprintable():
            raise ThemeKeyError("title", "expected a printable text")
        dark = data["dark"]
        if not isinstance(dark, bool):
            raise ThemeKeyError("dark", "expected true or false")
        ramps = _table("ramps", data["ramps"])
        _check_keys("ramps", ramps, required=("heat", "diverging"), allowed=("heat", "diverging"))
        glyphs = _table("glyphs", data["glyphs"])
        _check_keys("glyphs", glyphs, required=("utf8", "ascii"), allowed=("utf8", "ascii"))
        return cls(
            name=name,
            title=title,
            dark=dark,
            ui=_colors(UiColors, "ui", data["ui"]),
            roles=_colors(Roles, "roles", data["roles"]),
            heat=_ramp("ramps.heat", ramps["heat"]),
            diverging=_ramp("ramps.diverging", ramps["diverging"]),
            glyphs=_glyphs("glyphs.utf8", glyphs["utf8"], ascii_only=False),
            glyphs_ascii=_glyphs("glyphs.ascii", glyphs["ascii"], ascii_only=True),
            variables=_variables(data.get("variables", {})),
        )


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Find the name closest in spelling, or None when none is close."""
    matches = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return matches[0] if matches else None


_Group = TypeVar("_Group", UiColors, Roles)


def _dotted(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def _unknown(prefix: str, key: str, allowed: Iterable[str]) -> ThemeKeyError:
    near = nearest_name(key, allowed)
    hint = f"; did you mean {_dotted(prefix, near)}?" if near else ""
    return ThemeKeyError(_dotted(prefix, key), f"unknown key{hint}")


def _check_keys(
    prefix: str, table: Mapping[str, Any], *, required: Iterable[str], allowed: Iterable[str]
) -> None:
    """Refuse unknown keys first (a misspelt key is both unknown and missing), then missing ones."""
    names = tuple(allowed)
    for key in table:
        if key not in names:
            raise _unknown(prefix, key, [name for name in names if name not in table] or names)
    for key in required:
        if key not in table:
            raise ThemeKeyError(_dotted(prefix, key), "missing")


def _table(key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ThemeKeyError(key, "expected a table")
    return value


def _color(key: str, value: object) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ThemeKeyError(key, f"expected a colour '#rrggbb', got {value!r}")
    return value.lower()


def _colors(group: type[_Group], prefix: str, value: object) -> _Group:
    table = _table(prefix, value)
    names = [field.name for field in fields(group)]
    _check_keys(prefix, table, required=names, allowed=names)
    return group(**{name: _color(_dotted(prefix, name), table[name]) for name in names})


def _ramp(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not MIN_RAMP <= len(value) <= MAX_RAMP:
        raise ThemeKeyError(key, f"expected a list of {MIN_RAMP} to {MAX_RAMP} colours")
    return tuple(_color(f"{key}[{position}]", color) for position, color in enumerate(value))


def _glyphs(prefix: str, value: object, *, ascii_only: bool) -> Glyphs:
    table = _table(prefix, value)
    names = [field.name for field in fields(Glyphs)]
    _check_keys(prefix, table, required=names, allowed=names)
    for name in names:
        glyph = table[name]
        if not isinstance(glyph, str) or len(glyph) != 1 or not glyph.isprintable():
            raise ThemeKeyError(_dotted(prefix, name), f"expected one printable character, got {glyph!r}")
        if ascii_only and not glyph.isascii():
            raise ThemeKeyError(_dotted(prefix, name), f"expected an ASCII character, got {glyph!r}")
    return Glyphs(**{name: table[name] for name in names})


def _variables(value: object) -> dict[str, str]:
    """Check what would end the program when it cannot be read as CSS."""
    table = _table("variables", value)
    for name, text in table.items():
        key = _dotted("variables", name)
        if not _NAME.fullmatch(name):
            raise ThemeKeyError(key, "expected a name of lower-case letters, digits and dashes")
        if not isinstance(text, str):
            raise ThemeKeyError(key, f"expected a text, got {text!r}")
        if name.endswith("-style"):
            if not set(text.split()) <= _TEXT_STYLES or not text.split():
                raise ThemeKeyError(key, f"expected text styles such as 'bold' or 'none', got {text!r}")
        elif not _COLOR.fullmatch(text):
            raise ThemeKeyError(key, f"expected a colour '#rrggbb' or '#rrggbb 50%', got {text!r}")
    return dict(table)
