"""Layouts: named sets of plots that are looked at together, page by page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from dqmtui.model.normalise import Normalisation
from dqmtui.model.theme import nearest_name
from dqmtui.model.trend import STATISTICS_1D, STATISTICS_2D

if TYPE_CHECKING:
    from dqmtui.model.keys import MonitoringElement

GRIDS: Mapping[int, tuple[int, int]] = {1: (1, 1), 2: (1, 2), 4: (2, 2), 6: (2, 3), 9: (3, 3)}
"""Plots that stand on a page: rows and columns of them."""

STATISTICS = tuple(dict.fromkeys((*STATISTICS_1D, *STATISTICS_2D)))

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHOWN_MATCHES = 3
_KEYS = ("title", "grid", "defaults", "plots")

Limits = tuple[float, float]


class LayoutKeyError(ValueError):
    """A key of a layout is missing, unknown or has a bad value.

    `key` is the dotted key as it stands in the file, `nearest` the valid one that an unknown key may mean.
    """

    def __init__(self, key: str, message: str, nearest: str | None = None) -> None:
        hint = f"; did you mean {nearest}?" if nearest else ""
        super().__init__(f"{key}: {message}{hint}")
        self.key = key
        self.message = f"{message}{hint}"
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class PlotOptions:
    """How a plot is drawn; None leaves it to what the person has chosen.

    The ranges are in the units of the axes, `statistic` is that of the trend.
    """

    log_x: bool | None = None
    log_y: bool | None = None
    x_range: Limits | None = None
    y_range: Limits | None = None
    x_label: str | None = None
    y_label: str | None = None
    statistic: str | None = None
    normalisation: Normalisation | None = None

    def over(self, defaults: PlotOptions) -> PlotOptions:
        """Take what is not said here from other options."""
        mine = {one.name: getattr(self, one.name) for one in fields(self)}
        return PlotOptions(
            **{name: getattr(defaults, name) if value is None else value for name, value in mine.items()}
        )


@dataclass(frozen=True, slots=True)
class LayoutPlot:
    """A plot: the name of a monitoring element, or a pattern that one name must fit, and its options.

    In a pattern `*` is any text and `?` any character; other characters are themselves. `extra` keeps what
    another program's file says of it and this one does not use.
    """

    me: str
    options: PlotOptions = PlotOptions()
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A plot of a layout and the element that it shows."""

    plot: LayoutPlot
    element: MonitoringElement


@dataclass(frozen=True, slots=True)
class Resolved:
    """A layout in a run: the plots that can be shown, in order, and what is said of the others."""

    layout: Layout
    found: tuple[Found, ...]
    notes: tuple[str, ...]

    @property
    def pages(self) -> tuple[tuple[Found, ...], ...]:
        """The plots page by page."""
        n = self.layout.grid
        return tuple(self.found[start : start + n] for start in range(0, len(self.found), n))


@dataclass(frozen=True, slots=True)
class Layout:
    """A named set of plots, `grid` of them on a page.

    `notes` are sentences about what a file says that is not used, `extra` keeps what is said of the figure.
    """

    name: str
    title: str
    grid: int
    plots: tuple[LayoutPlot, ...]
    notes: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    @classmethod
    def from_mapping(cls, name: str, data: Mapping[str, Any]) -> Layout:
        """Build a layout from the tables of a layout file, checking every key and value.

        Raises LayoutKeyError for the first key that is missing, unknown or malformed.
        """
        if not _NAME.fullmatch(name):
            raise LayoutKeyError("name", f"{name!r} is not made of lower-case letters, digits and dashes")
        _check_keys("", data, _KEYS)
        for key in ("title", "plots"):
            if key not in data:
                raise LayoutKeyError(key, "is missing")
        defaults = _options("defaults", table_of("defaults", data.get("defaults", {})), ())
        items = data["plots"]
        if not isinstance(items, list) or not items:
            raise LayoutKeyError("plots", "expected one [[plots]] or more")
        plots = tuple(_plot(f"plots[{at}]", item, defaults) for at, item in enumerate(items, start=1))
        grid = data.get("grid", smallest_grid(len(plots)))
        if isinstance(grid, bool) or not isinstance(grid, int) or grid not in GRIDS:
            raise LayoutKeyError("grid", f"expected one of {', '.join(map(str, GRIDS))}, got {grid!r}")
        return cls(name, text_of("title", data["title"]), grid, plots)

    def resolve(self, elements: Sequence[MonitoringElement]) -> Resolved:
        """Find the elements of the plots; a plot without exactly one is said and left out."""
        by_name = {element.me: element for element in elements}
        found, notes = [], []
        for plot in self.plots:
            matches = matching(plot.me, by_name)
            if len(matches) == 1:
                found.append(Found(plot, by_name[matches[0]]))
            elif matches:
                some = ", ".join(matches[:_SHOWN_MATCHES]) + (
                    ", ..." if len(matches) > _SHOWN_MATCHES else ""
                )
                notes.append(f"{plot.me} fits {len(matches)} elements where it must fit one: {some}")
            else:
                near = nearest_name(plot.me, by_name)
                notes.append(f"there is no {plot.me}" + (f"; the nearest is {near}" if near else ""))
        return Resolved(self, tuple(found), tuple(notes))


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """List the names that a pattern fits; a name that is the pattern itself is the only one."""
    offered = list(names)
    if pattern in offered:
        return [pattern]
    if not {"*", "?"} & set(pattern):
        return []
    head, *rest = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    # what stands between two stars is looked for once, from the left, or a pattern could take for ever
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    fits = re.compile(f"{head}{between}.*{rest[-1]}" if rest else head, re.DOTALL)
    return [name for name in offered if fits.fullmatch(name)]


def smallest_grid(n: int) -> int:
    """Give the smallest page that holds n plots, or the largest there is."""
    return next((grid for grid in GRIDS if grid >= n), max(GRIDS))


def unknown_key(prefix: str, key: str, allowed: Iterable[str]) -> LayoutKeyError:
    """Give the error for a key that is none, with the nearest one."""
    return LayoutKeyError(_dotted(prefix, key), "unknown key", nearest_name(key, allowed))


def table_of(key: str, value: object) -> Mapping[str, Any]:
    """Read a table."""
    if not isinstance(value, Mapping):
        raise LayoutKeyError(key, f"expected a table, got {value!r}")
    return value


def text_of(key: str, value: object) -> str:
    """Read a printable text."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise LayoutKeyError(key, f"expected a printable text, got {value!r}")
    return value


def switch_of(key: str, value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise LayoutKeyError(key, f"expected true or false, got {value!r}")
    return value


def limits_of(key: str, value: object) -> Limits:
    """Read [low, high]."""
    if not isinstance(value, list) or len(value) != len(("low", "high")):
        raise LayoutKeyError(key, f"expected [low, high], got {value!r}")
    low, high = (number_of(key, one) for one in value)
    if not low < high:
        raise LayoutKeyError(key, f"{low:g} is not below {high:g}")
    return low, high


def number_of(key: str, value: object) -> float:
    """Read a finite number."""
    if not isinstance(value, bool) and isinstance(value, int | float) and abs(value) < math.inf:
        with suppress(OverflowError):
            return float(value)
    raise LayoutKeyError(key, f"expected a number, got {str(value)[:60]}")


_Item = TypeVar("_Item")


def _one_of(key: str, value: object, choices: Mapping[str, _Item]) -> _Item:
    if not isinstance(value, str) or value not in choices:
        nearest = nearest_name(value, choices) if isinstance(value, str) else None
        raise LayoutKeyError(key, f"expected one of {', '.join(choices)}, got {value!r}", nearest)
    return choices[value]


def _statistic(key: str, value: object) -> str:
    return _one_of(key, value, {name: name for name in STATISTICS})


def _normalisation(key: str, value: object) -> Normalisation:
    return _one_of(key, value, {one.value: one for one in Normalisation})


_READERS: Mapping[str, Any] = {
    "log_x": switch_of,
    "log_y": switch_of,
    "x_range": limits_of,
    "y_range": limits_of,
    "x_label": text_of,
    "y_label": text_of,
    "statistic": _statistic,
    "normalisation": _normalisation,
}


def _options(prefix: str, data: Mapping[str, Any], beside: Sequence[str]) -> PlotOptions:
    _check_keys(prefix, data, (*beside, *_READERS))
    return PlotOptions(
        **{key: _READERS[key](_dotted(prefix, key), data[key]) for key in data if key not in beside}
    )


def _plot(prefix: str, item: object, defaults: PlotOptions) -> LayoutPlot:
    data = table_of(prefix, item)
    options = _options(prefix, data, ("me",))
    if "me" not in data:
        raise LayoutKeyError(f"{prefix}.me", "is missing")
    return LayoutPlot(text_of(f"{prefix}.me", data["me"]), options.over(defaults))


def _check_keys(prefix: str, data: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in data:
        if key not in allowed:
            raise unknown_key(prefix, key, allowed)


def _dotted(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key
