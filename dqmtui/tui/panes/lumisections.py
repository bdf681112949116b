"""The LS table: a row per lumisection with what DIALS and OMS say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from dqmtui.model.ls_columns import BY_ID, USUAL_LS_COLUMNS
from dqmtui.model.lstable import source_name
from dqmtui.model.states import SourceState
from dqmtui.model.table_columns import chosen
from dqmtui.review.table_views import ls_view
from dqmtui.tui.panes.ls_rows import FIXED, LumiRows, Marks, table_column
from dqmtui.tui.panes.table_state import TableState, hidden_order, nothing_fits
from dqmtui.tui.widgets.table import NoRows, TableView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.app import ComposeResult

    from dqmtui.model.lstable import Source
    from dqmtui.review.review import Review
    from dqmtui.tui.look import Look

__all__ = ["LumiRows", "LumisectionsPane", "why_no_rows"]


def why_no_rows(sources: Iterable[Source], none: str, reload: str = "ctrl+r") -> str:
    """Say why sources have no lumisections; `none` is what to say when they know that there are none.

    `reload` is the key that asks for what is missing.
    """
    states = {source.state for source in sources}
    if SourceState.LOADING in states:
        return "Lumisections are coming ..."
    if states & {SourceState.FAILED, SourceState.PARTIAL}:
        return f"The lumisections could not be loaded; {reload} asks again."
    if SourceState.NOT_LOADED in states:
        return f"The lumisections have not been loaded; {reload} asks for them."
    return none


def what_did_not_come(sources: Mapping[str, Source], reload: str = "ctrl+r") -> str:
    """Say which sources of a table failed or are partial and that `reload` asks again, "" for none."""
    troubled = [
        f"{source_name(name)} {source.state.value}"
        for name, source in sources.items()
        if source.state in {SourceState.FAILED, SourceState.PARTIAL}
    ]
    return f"{', '.join(troubled)}; {reload} asks again" if troubled else ""


class LumisectionsPane(Vertical):
    """The lumisections of the open run; the cursor is the LS that all panes show.

    With a filter, the LS that all panes show may have no row: no row is under the cursor then, and the line
    under the table says so.
    """

    DEFAULT_CSS = """
    LumisectionsPane { & TableView { height: 1fr; } }
    """

    _rows: LumiRows | None = None
    _ls: int | None = None
    _order = ""

    def compose(self) -> ComposeResult:
        """Lay out the table over the line that says what is not shown of it."""
        table = TableView(id="ls-table")
        table.fixed_columns = len(FIXED)
        yield table
        yield TableState(id="ls-state")

    @property
    def table(self) -> TableView:
        """The LS table."""
        return self.query_one("#ls-table", TableView)

    @property
    def rows(self) -> LumiRows | None:
        """What the table shows, None without a run."""
        return self._rows

    def show(self, review: Review, look: Look) -> None:
        """Show the table of the open run with the cursor on the LS."""
        table, state = review.table, review.state
        self._ls = state.ls
        if table is None:
            self._rows = None
            columns = chosen(state.ls_columns, USUAL_LS_COLUMNS, BY_ID)
            nothing = NoRows((*FIXED, *(table_column(one, look) for one in columns)))
            where = f"choose it among the runs ({look.key('focus.runs')})"
            message = review.awaited_run or f"Open a run: {where} and press {look.key('open')}."
            self.table.show_rows(nothing, message=message)
            self.query_one(TableState).show(None, "LS", look)
            return
        view = ls_view(review, table)
        rows = self._rows = LumiRows(view, Marks.of(review, review.named()), look)
        none = "No source knows a lumisection of this run."
        message = why_no_rows(table.sources.values(), none, look.key("reload"))
        if table.ls.size:
            message = nothing_fits("LS", state.ls_filter, look)
        self.table.show_rows(
            rows,
            message=message,
            cursor=view.position(state.ls),
            beside=view.beside(state.ls),
            sorted_by=_sorted_by(rows, state.ls_sort),
        )
        self._order = hidden_order(state.ls_sort, ["ls", *(column.id for column in view.columns)])
        self._say(rows, look)

    def stand_on(self, ls: int | None, look: Look) -> None:
        """Put the cursor on an LS, on no row when it is not shown."""
        self._ls = ls
        rows = self._rows
        if rows is not None:
            position = rows.view.position(ls)
            self.table.move_to(position, beside=rows.view.beside(ls) if position is None else None)
            self._say(rows, look)

    def mark(self, review: Review) -> None:
        """Show the marks as they are now, in the rows where they are others."""
        rows = self._rows
        if rows is None:
            return
        marks = Marks.of(review, review.named())
        if marks != rows.marks:
            rows.marks = marks
            self.table.all_rows_changed()

    def ls_of(self, row: int) -> int | None:
        """Give the LS number of a row on screen."""
        return None if self._rows is None or row >= len(self._rows) else self._rows.ls(row)

    def _say(self, rows: LumiRows, look: Look) -> None:
        """Say what the filter lets through, and whether the LS that all panes show is among it."""
        view, ls = rows.view, self._ls
        is_missing = view.filtered.is_on and ls is not None and view.position(ls) is None
        missing = f"LS {ls} is not shown" if is_missing else ""
        trouble = what_did_not_come(rows.table.sources, look.key("reload"))
        self.query_one(TableState).show(
            view.filtered, "LS", look, missing=missing, order=self._order, trouble=trouble
        )


def _sorted_by(rows: LumiRows, sort: tuple[str, bool] | None) -> tuple[int, bool] | None:
    """Give the place of the column by which the rows are sorted, if it is shown."""
    if sort is None:
        return None
    by, descending = sort
    ids = ["ls", *(column.id for column in rows.view.columns)]
    return (len(FIXED) - 1 + ids.index(by), descending) if by in ids else None
