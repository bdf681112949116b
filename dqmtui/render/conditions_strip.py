"""The rows of the LS strip: data, detector flags, beams, rate and pileup of groups of lumisections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dqmtui.model.conditions import DCS_ONLY_FLAGS, STRIP_FLAGS, Verdict, judge
from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import CellState
from dqmtui.render.cells import CellGrid
from dqmtui.render.strip import StripState, strip_row, strip_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable
    from dqmtui.render.brush import Brush

VERDICT_LEGEND = (
    StripState("good", "track"),
    StripState("hole", "hole"),
    StripState("loading", "loading"),
    StripState("unknown", "unknown"),
    StripState("bad", "bad"),
)
_VERDICT_ORDER = np.zeros(len(Verdict), dtype=np.intp)
_VERDICT_ORDER[[Verdict.GOOD, Verdict.NO_ROW, Verdict.NOT_LOADED, Verdict.UNKNOWN, Verdict.BAD]] = range(5)

DATA_LEGEND = (
    StripState("current", "track"),
    StripState("loading", "loading"),
    StripState("empty", "empty"),
    StripState("absent", "absent"),
    StripState("bad", "bad"),
)
_HAS, _COMING, _EMPTY, _ABSENT, _OTHER = range(5)


class StripLine(Protocol):
    """One row of the strip, or a few cells of one."""

    @property
    def label(self) -> str:
        """What stands left of the row."""
        ...

    @property
    def height(self) -> int:
        """Cells that it is high."""
        ...

    def draw(self, columns: NDArray[np.int64], source: NDArray[np.intp], brush: Brush) -> CellGrid:
        """Draw the row; `columns` (n,) is the cell of each LS of the table, -1 where it has none.

        `source` (width,) says of each cell from which one it has its content, as an LS that is wider than a
        cell has it in one of them.
        """
        ...


@dataclass(frozen=True, slots=True)
class StateLine:
    """A row of states: `states` (n,) are indices into `legend`, the higher the more it wants to be seen."""

    label: str
    states: NDArray[np.intp]
    legend: Sequence[StripState]

    @property
    def height(self) -> int:
        """One cell."""
        return 1

    def draw(self, columns: NDArray[np.int64], source: NDArray[np.intp], brush: Brush) -> CellGrid:
        """Draw the highest state of each cell."""
        row = strip_row(
            self.states,
            columns,
            source.size,
            legend=self.legend,
            theme=brush.theme,
            charset=brush.charset,
            palette=brush.palette,
        )
        return filled(row, source)


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A row of small bars, `height` cells high: `values` (n,), NaN where there is none.

    `waiting` (n,) says where that is because it has not been loaded.
    """

    label: str
    values: NDArray[np.float64]
    height: int = 1
    waiting: NDArray[np.bool_] | None = None

    @property
    def high(self) -> float:
        """The highest value, at which bars end; 1 when there is none above 0."""
        finite = self.values[np.isfinite(self.values)]
        return float(finite.max()) if finite.size and finite.max() > 0 else 1.0

    def draw(self, columns: NDArray[np.int64], source: NDArray[np.intp], brush: Brush) -> CellGrid:
        """Draw the mean of each cell on a scale from 0 to the highest value."""
        row = strip_values(
            self.values,
            columns,
            source.size,
            low=0.0,
            high=self.high,
            rows=self.height,
            waiting=self.waiting,
            theme=brush.theme,
            charset=brush.charset,
            palette=brush.palette,
        )
        return filled(row, source)


def filled(row: CellGrid, source: NDArray[np.intp]) -> CellGrid:
    """Fill cells from others: those of an LS that is wider than a cell."""
    return CellGrid(row.chars[:, source], row.styles[:, source], row.palette)


def strip_rows(table: LSTable, stack: HistogramStack | None) -> list[StripLine]:
    """Give the rows of the strip, the most telling ones first; `stack` is the element on screen."""
    return [
        data_line(table, stack),
        *flag_lines(table),
        column_line("rate", table, RATE, "rate_hz"),
        column_line("pileup", table, OMS, "pileup"),
    ]


def column_line(label: str, table: LSTable, source: str, column: str) -> ValueLine:
    """Give the row of a column of numbers."""
    cells = table.column(source, column)
    return ValueLine(label, cells.floats(), waiting=cells.state == CellState.NOT_LOADED)


def flag_lines(table: LSTable) -> list[StateLine]:
    """Give the rows of the DCS flags of pixel and strips, and of the beams."""
    return [
        _flags("pixel", table, ("bpix_ready", "fpix_ready")),
        _flags("strips", table, STRIP_FLAGS),
        _flags("beams", table, ("beams_stable", "cms_active")),
    ]


def dcs_line(table: LSTable) -> StateLine:
    """Give one row for all flags of the DCS-only mask."""
    return _flags("DCS", table, DCS_ONLY_FLAGS)


def _flags(label: str, table: LSTable, flags: Sequence[str]) -> StateLine:
    return StateLine(label, _VERDICT_ORDER[judge(table, flags)], VERDICT_LEGEND)


def data_line(table: LSTable, stack: HistogramStack | None) -> StateLine:
    """Say for each LS whether there are data: of the element on screen, else of any element in DIALS."""
    if stack is None:
        rows = table.has_row(DIALS)
        states = np.where(rows.known, np.where(rows.is_true(), _HAS, _ABSENT), _COMING)
        return StateLine("data", states.astype(np.intp), DATA_LEGEND)
    known = np.full(
        table.ls.size, CellState.ABSENT if stack.complete else CellState.NOT_LOADED, dtype=np.uint8
    )
    empty = np.zeros(table.ls.size, dtype=np.bool_)
    at = np.searchsorted(table.ls, stack.ls)
    inside = at < table.ls.size
    inside[inside] = table.ls[at[inside]] == stack.ls[inside]
    known[at[inside]] = stack.state[inside]
    empty[at[inside]] = stack.empty[inside]
    order = np.array([_COMING, _ABSENT, _HAS, _OTHER], dtype=np.intp)
    states = order[known]
    states[empty] = _EMPTY
    return StateLine("data", states, DATA_LEGEND)
