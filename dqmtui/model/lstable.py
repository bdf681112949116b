"""The spine: one table per run, a row per lumisection, joined from all sources on the LS number."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsindex import last_of_each, row_of
from dqmtui.model.states import CellState, SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import RunKey

DIALS = "dials"
OMS = "oms"
RATE = "rate"

_NAMES = {RATE: "trigger rate", "rr": "Run Registry"}

_INT64_END = 2**63


def source_name(source: str) -> str:
    """Name a source of a table as people do."""
    return _NAMES.get(source, source.upper())


def _is_null(item: object) -> bool:
    return item is None or (isinstance(item, float) and math.isnan(item))


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A column of one source: `values` (n,), `known` (n,) false where the source says null, its `unit`.

    Columns, sources and tables compare by identity: they are replaced, never changed.
    """

    values: NDArray[np.generic]
    known: NDArray[np.bool_]
    unit: str | None = None

    @classmethod
    def of(cls, items: Sequence[object], unit: str | None = None) -> Values:
        """Make a column of values as they came; bools, numbers and texts keep their type.

        None is null, and so is NaN, which is how data frames write it.
        """
        present = [item for item in items if not _is_null(item)]
        known = np.array([not _is_null(item) for item in items], dtype=np.bool_)
        values: NDArray[np.generic]
        kinds = set(map(type, present))
        if kinds <= {bool}:
            values = np.array([bool(item) for item in items], dtype=np.bool_)
        elif bool in kinds:
            # a flag among numbers is no number, and a number among flags no flag
            values = np.fromiter(items, dtype=np.object_, count=len(items))
        elif all(isinstance(item, int) and -_INT64_END <= item < _INT64_END for item in present):
            values = np.array([item if isinstance(item, int) else 0 for item in items], dtype=np.int64)
        elif all(isinstance(item, int | float) for item in present):
            values = np.array(
                [item if isinstance(item, int | float) else np.nan for item in items], dtype=np.float64
            )
        else:
            # one object a row, also where the objects are lists
            values = np.fromiter(items, dtype=np.object_, count=len(items))
        return cls(values, known, unit)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What one source knows of a run: its LS numbers (n,), in any order, and columns aligned with them.

    Of an LS that stands there twice the later row counts. `state` says how far it has come and `note` why it
    failed or is partial.
    """

    ls: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    columns: Mapping[str, Values] = field(default_factory=dict)
    state: SourceState = SourceState.NOT_LOADED
    note: str = ""

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if not len(column.values) == len(column.known) == len(self.ls):
                raise ValueError(f"column {name!r} does not have a value for each of {len(self.ls)} LS")

    @property
    def is_complete(self) -> bool:
        """Whether an LS that is not here is absent, rather than not loaded."""
        return self.state is SourceState.LOADED


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column on the rows of the table: `values` (n,) mean something only where `state` (n,) is VALUE."""

    name: str
    values: NDArray[np.generic]
    state: NDArray[np.uint8]
    unit: str | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a value, shape (n,)."""
        known: NDArray[np.bool_] = self.state == CellState.VALUE
        return known

    def floats(self) -> NDArray[np.float64]:
        """Give the numbers, shape (n,), NaN where there is none; a text among numbers is none."""
        numbers = np.full(self.state.size, np.nan)
        known = self.known
        if self.values.dtype != object:
            numbers[known] = self.values[known].astype(np.float64)
            return numbers
        for row in np.flatnonzero(known).tolist():
            value = self.values[row]
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers[row] = value
        return numbers

    def is_true(self) -> NDArray[np.bool_]:
        """Tell where the column is known and true, shape (n,)."""
        return self._holds(flag=True)

    def is_false(self) -> NDArray[np.bool_]:
        """Tell where the column is known and false, shape (n,); what is no flag is neither true nor false."""
        return self._holds(flag=False)

    def _holds(self, *, flag: bool) -> NDArray[np.bool_]:
        holds = np.zeros(self.state.size, dtype=np.bool_)
        if self.values.dtype == np.bool_:
            holds[:] = self.values == flag
        elif self.values.dtype == object:
            holds[:] = [value is flag for value in self.values]
        return holds & self.known

    def item(self, row: int) -> bool | int | float | str | None:
        """Give the value of a row as a Python object, None where there is none."""
        if self.state[row] != CellState.VALUE:
            return None
        value = self.values[row]
        return value.item() if isinstance(value, np.generic) else str(value)


@dataclass(frozen=True, eq=False)
class LSTable:
    """All that is known of a run per lumisection.

    Rows are the union of the LS of all sources, sorted by number; every cell is a value, absent or not
    loaded. A table is never changed: `with_source` gives a new one.
    """

    key: RunKey
    sources: Mapping[str, Source] = field(default_factory=dict)

    @cached_property
    def ls(self) -> NDArray[np.int64]:
        """The LS numbers, shape (n,)."""
        known = [source.ls for source in self.sources.values() if source.ls.size]
        return np.unique(np.concatenate(known)) if known else np.zeros(0, dtype=np.int64)

    def source(self, name: str) -> Source:
        """Give a source; one that was never heard of has not been loaded."""
        return self.sources.get(name, Source())

    def with_source(self, name: str, source: Source) -> LSTable:
        """Replace what one source knows."""
        return LSTable(self.key, {**self.sources, name: source})

    def with_state(self, name: str, state: SourceState, note: str = "") -> LSTable:
        """Note how far a source has come, keeping what it gave."""
        return self.with_source(name, replace(self.source(name), state=state, note=note))

    def row(self, ls: int) -> int | None:
        """Give the row of exactly this LS number, or None; never that of a neighbour."""
        return row_of(ls, self.ls)

    @cached_property
    def _columns(self) -> dict[tuple[str, str], Column]:
        return {}

    def column(self, source: str, name: str) -> Column:
        """Give a column of a source on the rows of the table, absent where the loaded source lacks it."""
        column = self._columns.get((source, name))
        if column is None:
            column = self._columns[source, name] = self._join(self.source(source), name)
        return column

    def _missing(self, source: Source) -> CellState:
        return CellState.ABSENT if source.is_complete else CellState.NOT_LOADED

    def _join(self, source: Source, name: str) -> Column:
        n = self.ls.size
        given = source.columns.get(name)
        state = np.full(n, self._missing(source), dtype=np.uint8)
        if given is None:
            if source.ls.size:
                state[np.searchsorted(self.ls, source.ls)] = CellState.ABSENT
            return Column(name, np.full(n, np.nan), state)
        last = last_of_each(source.ls)
        at = np.searchsorted(self.ls, source.ls[last])
        values = np.zeros(n, dtype=given.values.dtype)
        values[at] = given.values[last]
        state[at] = np.where(given.known[last], CellState.VALUE, CellState.ABSENT)
        return Column(name, values, state, given.unit)

    def has_row(self, source: str) -> Column:
        """Tell for each LS whether a source has a row for it: true, false, or not loaded."""
        known = self.source(source)
        n = self.ls.size
        inside = np.zeros(n, dtype=np.bool_)
        inside[np.searchsorted(self.ls, known.ls)] = True
        state = np.full(n, CellState.VALUE, dtype=np.uint8)
        if not known.is_complete:
            state[~inside] = CellState.NOT_LOADED
        return Column(f"in_{source}", inside, state)

    def holes(self, source: str = DIALS) -> list[tuple[int, int]]:
        """List the (first, last) gaps between the LS numbers of a source."""
        numbers = np.unique(self.source(source).ls)
        before = np.flatnonzero(np.diff(numbers) > 1)
        return [(int(numbers[i]) + 1, int(numbers[i + 1]) - 1) for i in before]
