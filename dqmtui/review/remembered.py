"""What a person looks at as plain data for a file, and back: what makes no sense any more is left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any, TypeVar

from dqmtui.model.keys import RunKey
from dqmtui.model.layouts import GRIDS, STATISTICS, Layout, LayoutPlot, PlotOptions
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import (
    MOST_REFERENCES,
    Comparison,
    Neighbours,
    OtherRun,
    ReferenceChoice,
    RestOfRun,
    View,
    WholeRun,
)
from dqmtui.review.framing import AUTOMATIC, Ranges
from dqmtui.review.ls_ranges import LSRange
from dqmtui.review.state import ReviewState, YRange
from dqmtui.review.under import UNDER

MOST_FOUND = 500
"""Elements found last that are remembered, by name."""
LONGEST = 4000
"""Characters of a text that a person may have typed."""
LARGEST = 2**31 - 1
MOST_GROUPED = 100_000

NOT_REMEMBERED = frozenset({"shows_scores", "bin_cursor"})
"""Fields of the state that belong to what one does just now; scores are counted anew when asked for."""

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was looked at: `state` are fields of ReviewState by name, those alone that make sense.

    `listed` is the text by which the datasets were chosen whose runs were listed, `element` the name of the
    element in focus, `found` names of those that were found last. `own` is what the person chose besides what
    a layout says, `overridden` what of the layout does not count.
    """

    state: Mapping[str, Any] = field(default_factory=dict)
    listed: str = ""
    element: str = ""
    found: tuple[str, ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)
    overridden: frozenset[str] = frozenset()

    @property
    def run(self) -> RunKey | None:
        """The run that was open."""
        return self.state.get("run")

    def without(self, *names: str) -> Remembered:
        """Give it without some fields of the state."""
        return replace(self, state={name: value for name, value in self.state.items() if name not in names})

    @property
    def references(self) -> tuple[ReferenceChoice, ...]:
        """The references."""
        found: tuple[ReferenceChoice, ...] = self.state.get("references", ())
        return found


def remember(
    state: ReviewState, listed: str, found: Sequence[str], own: Mapping[str, Any], overridden: frozenset[str]
) -> dict[str, object]:
    """Give plain data for JSON."""
    plain: dict[str, object] = {}
    for one in fields(ReviewState):
        value = getattr(state, one.name)
        if one.name not in NOT_REMEMBERED and one.name != "element" and value != one.default:
            plain[one.name] = _plain(value)
    return {
        "state": plain,
        "listed": listed,
        "element": "" if state.element is None else state.element.me,
        "found": list(found) if len(found) <= MOST_FOUND else [],
        "own": {name: _plain(value) for name, value in own.items()},
        "overridden": sorted(overridden),
    }


def recall(data: object) -> Remembered:
    """Read what `remember` gave, and that may have been changed by hand since."""
    if not isinstance(data, Mapping):
        return Remembered()
    state = _fields(data.get("state"), _READERS)
    run = state.get("run")
    if run is None or run.workspace != state.get("workspace") or run.dataset_id != state.get("dataset_id"):
        # half a run is none
        for name in ("run", "dataset", "dataset_id", "ls", "ls_range", "trend_zoom"):
            state.pop(name, None)
    overridden = data.get("overridden")
    return Remembered(
        state,
        _read(_text, data.get("listed"), ""),
        _read(_text, data.get("element"), ""),
        _read(_names, data.get("found"), ()),
        _fields(data.get("own"), _READERS),
        frozenset(one for one in overridden if isinstance(one, str))
        if isinstance(overridden, list)
        else frozenset(),
    )


# -- to plain data -------------------------------------------------------------------------------------------


_KINDS: Mapping[type, str] = {
    OtherRun: "run",
    Neighbours: "neighbours",
    RestOfRun: "rest",
    WholeRun: "whole",
}


def _plain(value: Any) -> object:
    """Write a value of the state with lists, mappings, texts and numbers alone."""
    match value:
        case Enum():
            plain: object = value.name
        case tuple():
            plain = [_plain(one) for one in value]
        case RunKey():
            plain = [value.workspace, value.dataset_id, value.run]
        case Layout():
            plots = [{"me": plot.me, "options": _plain(plot.options)} for plot in value.plots]
            plain = {"name": value.name, "title": value.title, "grid": value.grid, "plots": plots}
        case Ranges() | LSRange() | PlotOptions() | OtherRun() | Neighbours() | RestOfRun() | WholeRun():
            kind = {"kind": _KINDS[type(value)]} if type(value) in _KINDS else {}
            plain = {**kind, **{one.name: _plain(getattr(value, one.name)) for one in fields(value)}}
        case _:
            plain = value
    return plain


# -- and back: every reader raises ValueError, TypeError, KeyError or OverflowError -----------------------


def _read(reader: Callable[[Any], Any], value: object, otherwise: Any) -> Any:
    try:
        return reader(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        return otherwise


def _fields(data: object, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Read the fields that there are and that make sense."""
    nothing = object()
    read = {
        name: _read(readers[name], value, nothing)
        for name, value in (data.items() if isinstance(data, Mapping) else ())
        if name in readers
    }
    return {name: value for name, value in read.items() if value is not nothing}


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise TypeError(value)
    return value


def _number(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(value)
        return value

    return read


def _one_of(kind: type[E]) -> Callable[[object], E]:
    return lambda value: kind[_text(value)]


def _named(names: Sequence[str] | Mapping[str, object]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in names:
            raise ValueError(value)
        return _text(value)

    return read


def _or_none(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


def _list(value: object, most: int = MOST_FOUND) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise TypeError(value)
    return value


def _names(value: object) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(value))


def _expression(value: object) -> str:
    try:
        parse(_text(value))
    except MaskExpressionError as error:
        raise ValueError(value) from error
    return _text(value)


_ls = _number(0, LARGEST)


def _run(value: object) -> RunKey:
    workspace, dataset_id, run = _list(value)
    return RunKey(_text(workspace), _number(0, LARGEST)(dataset_id), _number(1, LARGEST)(run))


def _limits(value: object) -> tuple[float, float]:
    low, high = (float(one) for one in _list(value))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(value)
    return low, high


def _ranges(value: object) -> tuple[tuple[str, Ranges], ...]:
    read = []
    for name, ranges in _list(value):
        given = Ranges(*(_or_none(_limits)(ranges[axis]) for axis in ("x", "y", "z")))
        if given != AUTOMATIC:
            read.append((_text(name), given))
    return tuple(read)


def _ls_range(value: Any) -> LSRange:
    return LSRange(_run(value["run"]), _ls(value["start"]), _or_none(_ls)(value["end"]))


def _reference(value: Any) -> ReferenceChoice:
    match value["kind"]:
        case "run":
            return OtherRun(_run(value["run"]), _text(value["dataset"]))
        case "neighbours":
            few = _number(0, MOST_GROUPED)
            return Neighbours(few(value["k"]), few(value["gap"]))
        case "rest":
            return RestOfRun()
        case "whole":
            return WholeRun()
        case _:
            raise ValueError(value)


def _references(value: object) -> tuple[ReferenceChoice, ...]:
    nothing = object()
    read = [_read(_reference, one, nothing) for one in _list(value)]
    return tuple(dict.fromkeys(one for one in read if one is not nothing))[:MOST_REFERENCES]


def _sort(value: object) -> tuple[str, bool]:
    column, descends = _list(value)
    return _text(column), _switch(descends)


_OPTION_READERS: Mapping[str, Callable[[Any], Any]] = {
    "log_x": _or_none(_switch),
    "log_y": _or_none(_switch),
    "x_range": _or_none(_limits),
    "y_range": _or_none(_limits),
    "x_label": _or_none(_text),
    "y_label": _or_none(_text),
    "statistic": _or_none(_named(STATISTICS)),
    "normalisation": _or_none(_one_of(Normalisation)),
}


def _layout(value: Any) -> Layout:
    plots = [
        LayoutPlot(_text(plot["me"]), PlotOptions(**_fields(plot["options"], _OPTION_READERS)))
        for plot in _list(value["plots"])
    ]
    if not plots:
        raise ValueError(value)
    return Layout(_text(value["name"]), _text(value["title"]), _grid(value["grid"]), tuple(plots))


def _grid(value: object) -> int:
    grid = _number(1, max(GRIDS))(value)
    if grid not in GRIDS:
        raise ValueError(value)
    return grid


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "workspace": _text,
    "dataset": _text,
    "dataset_id": _or_none(_number(0, LARGEST)),
    "run": _or_none(_run),
    "ls": _or_none(_ls),
    "normalisation": _one_of(Normalisation),
    "log_y": _switch,
    "y_range": _one_of(YRange),
    "statistic": _text,
    "view": _one_of(View),
    "good": _expression,
    "references": _references,
    "shows_reference": _switch,
    "comparison": _one_of(Comparison),
    "shows_errors": _switch,
    "layout": _or_none(_layout),
    "per_page": _grid,
    "alone": _switch,
    "log_x": _switch,
    "steps": _switch,
    "stat_box": _switch,
    "projections": _switch,
    "ranges": _ranges,
    "group": _number(1, MOST_GROUPED),
    "ls_range": _or_none(_ls_range),
    "trend_zoom": _or_none(_ls_range),
    "under": _named(UNDER),
    "good_there": lambda value: value if value == "" else _expression(value),
    "rate": _text,
    "golden": _text,
    "ls_columns": _names,
    "ls_sort": _or_none(_sort),
    "ls_filter": _text,
    "run_columns": _names,
    "run_sort": _or_none(_sort),
    "run_filter": _text,
}

REMEMBERED = frozenset(_READERS)
"""Fields of the state that are remembered, besides the element."""
