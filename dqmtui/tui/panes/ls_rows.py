"""The rows of the LS table: marks, the LS number, and the columns that were chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.conditions import Verdict
from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import CellState
from dqmtui.review.table_views import suspicious_ls
from dqmtui.tui.widgets.table import Cell, TableColumn

if TYPE_CHECKING:
    from dqmtui.model.ls_columns import LSColumn
    from dqmtui.model.lstable import Column, LSTable
    from dqmtui.review.named import Named
    from dqmtui.review.review import Review
    from dqmtui.review.table_views import LSView
    from dqmtui.tui.look import Look

SUSPICIOUS_SIGN = "!"
NOTHING: Cell = ("", "")
NO_LS = LSMask()

FIXED = (
    TableColumn("", 1, glued=True),
    TableColumn("", 1, glued=True),
    TableColumn("", 1, glued=True),
    TableColumn("LS", 5, right=True),
)
"""Three marks and the LS number, which are always there."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked beside the LS: the range, what is left out, what is suspicious, what notes are about."""

    span: tuple[int, int] | None = None
    excluded: LSMask = NO_LS
    suspicious: LSMask = NO_LS
    noted: LSMask = NO_LS

    @classmethod
    def of(cls, review: Review, named: Named | None) -> Marks:
        """Give the marks of the open run."""
        return cls(
            review.state.range_of_ls,
            review.excluded,
            suspicious_ls(review) or NO_LS,
            # not the mask of that name: a note on the whole run would mark each of its LS
            NO_LS if named is None else review.notes.noted,
        )


class LumiRows:
    """The rows of the LS table."""

    def __init__(self, view: LSView, marks: Marks, look: Look) -> None:
        self.view = view
        self.marks = marks
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
        self._in_range: Cell = (look.charset.vertical, roles.current)
        self._excluded: Cell = (glyphs.excluded, roles.excluded)
        self._suspicious: Cell = (SUSPICIOUS_SIGN, roles.bad)
        self._noted: Cell = (glyphs.note, roles.note)
        self._read: dict[int, Column] = {}
        self.columns = (*FIXED, *(table_column(column, look, view.table) for column in view.columns))

    @property
    def table(self) -> LSTable:
        """The table that the rows are of."""
        return self.view.table

    def __len__(self) -> int:
        return self.view.rows.size

    def cells(self, row: int) -> LumiCells:
        """Give one lumisection; every value is a value, absent or not loaded."""
        return LumiCells(self, int(self.view.rows[row]))

    def ls(self, row: int) -> int:
        """Give the LS number of a row."""
        return self.view.ls(row)

    def marked(self, ls: int) -> tuple[Cell, Cell, Cell]:
        """Give the three marks: left out or else suspicious, with a note, in the range."""
        marks = self.marks
        in_range = marks.span is not None and marks.span[0] <= ls <= marks.span[1]
        about = NOTHING
        if ls in marks.excluded:
            about = self._excluded
        elif ls in marks.suspicious:
            about = self._suspicious
        note = self._noted if ls in marks.noted else NOTHING
        return about, note, self._in_range if in_range else NOTHING

    def cell(self, place: int, at: int) -> Cell:
        """Give what a column has in a row of the table; a column is read when it is first seen."""
        column = self.view.columns[place]
        values = self._read.get(place)
        if values is None:
            values = self._read[place] = column.read(self.view.table)
        if column.flag:
            return self._verdicts[int(values.values[at])]
        value = values.item(at)
        if value is None:
            return self._states[int(values.state[at])]
        return column.text(value), ""


class LumiCells:
    """The cells of one lumisection, made when they are seen."""

    def __init__(self, rows: LumiRows, at: int) -> None:
        self._rows = rows
        self._at = at
        ls = int(rows.table.ls[at])
        self._fixed: tuple[Cell, ...] = (*rows.marked(ls), (str(ls), ""))

    def __getitem__(self, index: int, /) -> Cell:
        """Give a cell."""
        place = index - len(self._fixed)
        return self._fixed[index] if place < 0 else self._rows.cell(place, self._at)


def table_column(column: LSColumn, look: Look, table: LSTable | None = None) -> TableColumn:
    """Give the column of the widget: wide enough for its title and unit, which is the one that came."""
    unit = look.charset.unit(column.unit if table is None else column.unit_in(table))
    title = len(column.title) + (len(unit) + 1 if unit else 0)
    return TableColumn(column.title, max(column.width, title), column.right, unit)
