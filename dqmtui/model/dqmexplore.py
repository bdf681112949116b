"""Layouts and figures out of DQMExplore's plots_config and fig_config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dqmtui.model.layouts import (
    Layout,
    LayoutKeyError,
    LayoutPlot,
    PlotOptions,
    limits_of,
    number_of,
    smallest_grid,
    switch_of,
    table_of,
    text_of,
)
from dqmtui.model.normalise import Normalisation
from dqmtui.model.theme import nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

PLOT_KEYS = ("xlim", "ylim", "xlabel", "ylabel", "logx", "logy", "norm")
FIGURE_KEYS = (
    "figure_title",
    "fig_title",
    "short_titles",
    "width",
    "height",
    "vspace",
    "hspace",
    "show_colorbar",
)
PIXELS = (10.0, 50_000.0)
"""The least and the largest width and height of a figure; plotly has none below 10 either."""

COLUMNS = 2
"""Plots side by side in a figure, as DQMExplore arranges them."""

_SIZED = ("width", "height", "vspace", "hspace")
_SIDE, _VSPACE, _HSPACE = 1000.0, 0.15, 0.05
"""Size and spaces of DQMExplore where a file names but some of them."""

_NORMS = {
    "norm": Normalisation.AREA,
    "trignorm": Normalisation.PER_HZ,
    "trig": Normalisation.PER_HZ,
}


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the plots of a figure stand: rows and columns, and in pixels the size of a plot and spaces."""

    rows: int
    columns: int
    plot_width: float
    plot_height: float
    vspace: float
    hspace: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What a fig_config says: sizes in pixels, spaces in fractions of the figure; None where it says nothing.

    The spaces are those of plotly's make_subplots: each one between two rows or columns takes its fraction of
    the whole height or width, and the plots share what is left.
    """

    title: str | None = None
    short_titles: bool | None = None
    width: float | None = None
    height: float | None = None
    vspace: float | None = None
    hspace: float | None = None
    show_colorbar: bool | None = None
    extra: Mapping[str, object] | None = None
    notes: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[str, ...]:
        """The keys that say how plots are drawn, of those that the file has."""
        keys = ("short_titles", *_SIZED, "show_colorbar")
        return tuple(key for key in keys if getattr(self, key) is not None)

    @property
    def is_sized(self) -> bool:
        """Whether the plots are to share a figure of a certain size, not to stand as the page has room."""
        return any(getattr(self, key) is not None for key in _SIZED)

    def grid(self, n: int) -> Grid:
        """Share the figure among n plots; raises LayoutKeyError when the spaces leave them no room."""
        columns = min(COLUMNS, max(n, 1))
        rows = -(-max(n, 1) // columns)
        width, height = self.width or _SIDE, self.height or _SIDE
        # a usual space that the file does not name gives way where there are many rows
        vspace = min(_VSPACE, 0.5 / max(rows - 1, 1)) if self.vspace is None else self.vspace
        hspace = _HSPACE if self.hspace is None else self.hspace
        for key, space, number in (("vspace", vspace, rows), ("hspace", hspace, columns)):
            if space * (number - 1) >= 1:
                raise LayoutKeyError(
                    key,
                    f"{space:g} leaves no room for {n} plots, {rows} rows of {columns}; "
                    f"it must be below {1 / (number - 1):.3g}",
                )
        return Grid(
            rows,
            columns,
            width * (1 - hspace * (columns - 1)) / columns,
            height * (1 - vspace * (rows - 1)) / rows,
            height * vspace,
            width * hspace,
        )


def read_plots_config(name: str, data: object) -> Layout:
    """Read a plots_config: plots by full ME name, in plot order, each inner key optional or null.

    Keys that it does not have are noted and kept as `extra`. Raises LayoutKeyError, whose key is
    `ME name.key`, for a value that cannot be meant.
    """
    table = table_of("plots_config", data)
    if not table:
        raise LayoutKeyError("plots_config", "has no plots")
    plots: list[LayoutPlot] = []
    notes: list[str] = []
    for me, options in table.items():
        plot, said = _plot(me, {} if options is None else table_of(me, options))
        plots.append(plot)
        notes.extend(said)
    return Layout(name, name, smallest_grid(len(plots)), tuple(plots), tuple(notes))


def read_fig_config(data: object) -> Figure:
    """Read a fig_config; unknown keys are noted and kept as `extra`. Raises LayoutKeyError for bad values."""
    table = table_of("fig_config", data)
    given = {key: value for key, value in table.items() if key in FIGURE_KEYS and value is not None}
    titles = [text_of(key, given[key]) for key in ("figure_title", "fig_title") if key in given]
    switches = {key: switch_of(key, given[key]) for key in ("short_titles", "show_colorbar") if key in given}
    readers = {"width": _pixels, "height": _pixels, "vspace": _fraction, "hspace": _fraction}
    numbers = {key: reader(key, given[key]) for key, reader in readers.items() if key in given}
    extra, notes = _unused("", table, FIGURE_KEYS)
    return Figure(
        titles[0] if titles else None,
        switches.get("short_titles"),
        numbers.get("width"),
        numbers.get("height"),
        numbers.get("vspace"),
        numbers.get("hspace"),
        switches.get("show_colorbar"),
        extra,
        notes,
    )


def _plot(me: str, table: Mapping[str, Any]) -> tuple[LayoutPlot, tuple[str, ...]]:
    given = {key: value for key, value in table.items() if key in PLOT_KEYS and value is not None}
    readers = {
        "xlim": ("x_range", limits_of),
        "ylim": ("y_range", limits_of),
        "xlabel": ("x_label", text_of),
        "ylabel": ("y_label", text_of),
        "logx": ("log_x", switch_of),
        "logy": ("log_y", switch_of),
        "norm": ("normalisation", _norm),
    }
    read: dict[str, Any] = {"normalisation": Normalisation.COUNTS}
    for key, value in given.items():
        name, reader = readers[key]
        read[name] = reader(f"{me}.{key}", value)
    extra, notes = _unused(me, table, PLOT_KEYS)
    return LayoutPlot(text_of("plots_config", me), PlotOptions(**read), extra), notes


def _pixels(key: str, value: object) -> float:
    number = number_of(key, value)
    low, high = PIXELS
    if not low <= number <= high:
        raise LayoutKeyError(key, f"expected {low:g} to {high:g} pixels, got {number:g}")
    return number


def _fraction(key: str, value: object) -> float:
    number = number_of(key, value)
    if not 0 <= number <= 1:
        raise LayoutKeyError(key, f"expected a fraction of the figure, from 0 to 1, got {number:g}")
    return number


def _norm(key: str, value: object) -> Normalisation:
    if not isinstance(value, str) or value not in _NORMS:
        nearest = nearest_name(value, _NORMS) if isinstance(value, str) else None
        raise LayoutKeyError(key, f"expected one of null, {', '.join(_NORMS)}, got {value!r}", nearest)
    return _NORMS[value]


def _unused(
    prefix: str, table: Mapping[str, Any], known: tuple[str, ...]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Give what a table says under keys that are not known, and a note on each."""
    extra = {key: value for key, value in table.items() if key not in known}
    notes = []
    for key in extra:
        near = nearest_name(key, known)
        where = f"{prefix}: " if prefix else ""
        notes.append(f"{where}{key} is not used" + (f"; did you mean {near}?" if near else ""))
    return extra, tuple(notes)
