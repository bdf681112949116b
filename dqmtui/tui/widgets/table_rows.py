"""What a table shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.tui.widgets.table_layout import TableColumn

Cell = tuple[str, str]
"""Text and colour ('#rrggbb', or '' for the usual one) of a cell."""


class Cells(Protocol):
    """The cells of a row by the place of their column: those that are not seen need never be made."""

    def __getitem__(self, index: int, /) -> Cell:
        """Give a cell."""
        ...


class TableRows(Protocol):
    """What a table shows; it is asked for the rows on screen only."""

    @property
    def columns(self) -> Sequence[TableColumn]:
        """The columns from left to right."""
        ...

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def cells(self, row: int) -> Cells:
        """Give the cells of a row, one per column."""
        ...


class NoRows:
    """A table without rows, perhaps with columns."""

    def __init__(self, columns: Sequence[TableColumn] = ()) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return 0

    def cells(self, row: int) -> Sequence[Cell]:
        """Give no cells."""
        raise IndexError(row)
