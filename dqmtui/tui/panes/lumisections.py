"""The LS table: a row per lumisection with what DIALS and OMS say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from dqmtui.model.conditions import STRIP_FLAGS, Verdict, judge
from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import CellState, SourceState
from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult

    from dqmtui.model.lstable import Column, LSTable, Source
    from dqmtui.tui.look import Look


class LumiRows:
    """The rows of the LS table."""

    columns = (
        TableColumn("LS", 5, right=True),
        TableColumn("ME", 3, right=True),
        TableColumn("rate Hz", 7, right=True),
        TableColumn("PU", 4, right=True),
        TableColumn("lumi", 6, right=True),
        TableColumn("bm", 2, right=True),
        TableColumn("px", 2, right=True),
        TableColumn("st", 2, right=True),
        TableColumn("prescale", 10),
        TableColumn("fill", 5, right=True),
    )

    def __init__(self, table: LSTable, look: Look) -> None:
        self.table = table
        roles, glyphs = look.theme.roles, look.glyphs
        self._states: dict[int, Cell] = {
            CellState.ABSENT: (glyphs.absent, roles.absent),
            CellState.NOT_LOADED: (glyphs.loading, roles.loading),
        }
        self._verdicts: dict[int, Cell] = {
            Verdict.GOOD: (glyphs.good, roles.good),
            Verdict.BAD: (glyphs.bad, roles.bad),
            Verdict.UNKNOWN: (glyphs.unknown, roles.unknown),
            Verdict.NO_ROW: (glyphs.absent, roles.absent),
            Verdict.NOT_LOADED: (glyphs.loading, roles.loading),
        }
        self._th1 = table.column(DIALS, "th1_count")
        self._th2 = table.column(DIALS, "th2_count")
        self._numbers: tuple[tuple[Column, Callable[[float], str]], ...] = (
            (table.column(RATE, "rate_hz"), lambda value: _fixed(value, 2)),
            (table.column(OMS, "pileup"), lambda value: _fixed(value, 1)),
            (table.column(OMS, "delivered_lumi_per_lumisection"), lambda value: _fixed(value, 3)),
        )
        self._flags = (
            judge(table, ("beams_stable", "cms_active")),
            judge(table, ("bpix_ready", "fpix_ready")),
            judge(table, STRIP_FLAGS),
        )
        self._prescale = table.column(OMS, "prescale_name")
        self._fill = table.column(OMS, "fill_number")

    def __len__(self) -> int:
        return int(self.table.ls.size)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give one lumisection; every value is a value, absent or not loaded."""
        cells: list[Cell] = [(str(self.table.ls[row]), ""), self._elements(row)]
        for column, write in self._numbers:
            value = column.item(row)
            if isinstance(value, int | float):
                cells.append((write(float(value)), ""))
            else:
                cells.append(self._states[_missing(column, row)])
        cells.extend(self._verdicts[int(verdict[row])] for verdict in self._flags)
        cells.extend(self._text(column, row) for column in (self._prescale, self._fill))
        return cells

    def ls(self, row: int) -> int:
        """Give the LS number of a row."""
        return int(self.table.ls[row])

    def _elements(self, row: int) -> Cell:
        """Give the number of elements that DIALS has for the LS."""
        one, two = self._th1.item(row), self._th2.item(row)
        if isinstance(one, int) and isinstance(two, int):
            return str(one + two), ""
        return self._states[_missing(self._th1, row)]

    def _text(self, column: Column, row: int) -> Cell:
        value = column.item(row)
        return self._states[_missing(column, row)] if value is None else (str(value), "")


def _fixed(value: float, digits: int) -> str:
    """Write a number with fixed digits; what rounds to nothing has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _missing(column: Column, row: int) -> int:
    """Give the state of a cell that has no value to show; a text where a number belongs counts as absent."""
    state = int(column.state[row])
    return CellState.ABSENT if state == CellState.VALUE else state


def why_no_rows(sources: Iterable[Source], none: str) -> str:
    """Say why sources have no lumisections; `none` is what to say when they know that there are none."""
    states = {source.state for source in sources}
    if SourceState.LOADING in states:
        return "Lumisections are coming ..."
    if states & {SourceState.FAILED, SourceState.PARTIAL}:
        return "The lumisections could not be loaded; ctrl+r asks again."
    if SourceState.NOT_LOADED in states:
        return "The lumisections have not been loaded; ctrl+r asks for them."
    return none


class LumisectionsPane(Vertical):
    """The lumisections of the open run; the cursor is the LS that all panes show."""

    DEFAULT_CSS = """
    LumisectionsPane { & TableView { height: 1fr; } }
    """

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield TableView(id="ls-table")

    @property
    def table(self) -> TableView:
        """The LS table."""
        return self.query_one("#ls-table", TableView)

    def show(self, table: LSTable | None, ls: int | None, look: Look) -> None:
        """Show a run's table with the cursor on an LS."""
        if table is None:
            self._rows = None
            self.table.show_rows(_NOTHING, message="Open a run: choose it above and press enter.")
            return
        rows = self._rows = LumiRows(table, look)
        message = why_no_rows(table.sources.values(), "No source knows a lumisection of this run.")
        self.table.show_rows(rows, message=message, cursor=None if ls is None else table.row(ls))

    _rows: LumiRows | None = None

    def stand_on(self, ls: int | None) -> None:
        """Put the cursor on an LS."""
        if self._rows is not None:
            self.table.move_to(None if ls is None else self._rows.table.row(ls))

    def ls_of(self, row: int) -> int | None:
        """Give the LS number of a row on screen."""
        return None if self._rows is None or row >= len(self._rows) else self._rows.ls(row)


class _Nothing:
    columns = LumiRows.columns

    def __len__(self) -> int:
        return 0

    def cells(self, row: int) -> Sequence[Cell]:
        raise IndexError(row)


_NOTHING = _Nothing()
