"""The list in which the columns of a table are chosen and put in order, shown over the panes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.table import TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from dqmtui.model.table_columns import TypedColumn
    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.table import Cell

MOST_ROWS = 30
_BORDER = 2
_COLUMNS = (
    TableColumn("", 3),
    TableColumn("", 3, right=True),
    TableColumn("title", 10),
    TableColumn("in filters", 17),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """All columns of a table in the order in which they are offered, and the ids of those that are on."""

    columns: tuple[TypedColumn, ...]
    on: tuple[str, ...]

    def toggled(self, id_: str) -> tuple[str, ...]:
        """Give the ids with one more at the end, or without it; the last one stays."""
        if id_ not in self.on:
            return (*self.on, id_)
        return tuple(one for one in self.on if one != id_) or self.on

    def moved(self, id_: str, step: int) -> tuple[str, ...]:
        """Give the ids with one that is on some places on or back."""
        if id_ not in self.on:
            return self.on
        rest = [one for one in self.on if one != id_]
        at = max(0, min(len(rest), self.on.index(id_) + step))
        return (*rest[:at], id_, *rest[at:])

    def listed(self) -> tuple[TypedColumn, ...]:
        """Give the columns that are on in their order, then the others."""
        by_id = {column.id: column for column in self.columns}
        shown = [by_id[id_] for id_ in self.on if id_ in by_id]
        return (*shown, *(column for column in self.columns if column.id not in self.on))


class _Rows:
    """Columns as rows: whether and where each stands in the table, its name in filters and what it is."""

    def __init__(self, listed: Sequence[TypedColumn], on_: Sequence[str], look: Look) -> None:
        self._listed = listed
        self.columns = (*_COLUMNS, TableColumn("what it is", max(len(one.what) for one in listed)))
        self._on = on_
        self._look = look

    def __len__(self) -> int:
        return len(self._listed)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give one column."""
        column, roles = self._listed[row], self._look.theme.roles
        is_on = column.id in self._on
        place = str(self._on.index(column.id) + 1) if is_on else ""
        box = f"[{self._look.glyphs.good}]" if is_on else "[ ]"
        color = "" if is_on else roles.label
        title = f"{column.title} {column.unit}".rstrip()
        return (
            (box, roles.good if is_on else roles.label),
            (place, color),
            (title, color),
            (column.id, color),
            (column.what, color),
        )


class ColumnChooser(Layer, can_focus=True):
    """The columns of a table: which are on, and in which order; the table follows at once."""

    DEFAULT_CSS = """
    ColumnChooser {
        width: 90%;
        max-width: 110;
        height: auto;
        max-height: 90%;
        offset: 0 2;
        border: round $primary;
        padding: 0 1;
        & TableView { background: $panel; }
    }
    """

    leaves_lines = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close", show=False, priority=True),
        Binding("C", "close", "Close", show=False, priority=True, id="columns"),
        Binding("space", "switch", "On or off", show=False, priority=True),
        Binding("less_than_sign,shift+up", "shift(-1)", "Further left", show=False, priority=True),
        Binding("greater_than_sign,shift+down", "shift(1)", "Further right", show=False, priority=True),
        Binding("o", "sort", "Sort", show=False, priority=True),
        Binding("equals_sign", "usual", "The usual ones", show=False, priority=True),
        Binding("up,k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
        Binding("right,l", "scroll_columns(1)", "More on the right", show=False, priority=True),
        Binding("left,h", "scroll_columns(-1)", "Back to the left", show=False, priority=True),
        Binding("home,g", "move(-9999)", "First", show=False, priority=True),
        Binding("end,G", "move(9999)", "Last", show=False, priority=True),
    ]

    @dataclass
    class Closed(Message):
        """The list was closed."""

    _choice = Choice((), ())
    _usual: tuple[str, ...] = ()
    _listed: tuple[TypedColumn, ...] = ()
    _look: Look | None = None
    _chosen: Callable[[tuple[str, ...]], None] = staticmethod(lambda _ids: None)

    _sort: Callable[[str], None] = staticmethod(lambda _id: None)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        rows = TableView()
        rows.can_focus = False
        yield rows

    def open(
        self,
        title: str,
        choice: Choice,
        usual: tuple[str, ...],
        look: Look,
        chosen: Callable[[tuple[str, ...]], None],
        sort: Callable[[str], None],
    ) -> None:
        """Show the columns.

        `chosen` is told the ids that are on, in their order, none for the usual ones; `sort` the id of a
        column by which the table is to be sorted.
        """
        self._choice, self._usual, self._look, self._chosen, self._sort = choice, usual, look, chosen, sort
        self._listed = choice.listed()
        self.border_title = title
        self.say_keys(look.charset.text("space on, off  < > order  o sort  = usual  enter done"))
        rows = self.query_one(TableView)
        rows.ellipsis = look.charset.ellipsis
        self.fit()
        self.display = True
        self.screen.set_focus(self)
        self._show(0)

    def fit(self) -> None:
        """Keep within the screen as large as it is now, and the list within that."""
        super().fit()
        rows = 1 + min(MOST_ROWS, len(self._listed))
        self.query_one(TableView).styles.height = min(rows, max(1, self.most_lines() - _BORDER))

    def change_look(self, look: Look) -> None:
        """Draw the columns in other colours."""
        self._look = look
        self._show(self.query_one(TableView).cursor)

    def _show(self, cursor: int | None) -> None:
        if self._look is not None:
            rows = _Rows(self._listed, self._choice.on, self._look)
            self.query_one(TableView).show_rows(rows, cursor=cursor)

    def _under(self) -> TypedColumn | None:
        row = self.query_one(TableView).cursor
        return None if row is None else self._listed[row]

    def _take(self, on_: tuple[str, ...]) -> None:
        self._choice = Choice(self._choice.columns, on_)
        self._chosen(() if on_ == self._usual else on_)

    def action_switch(self) -> None:
        """Show the column under the cursor in the table, or no longer; its row stays where it is."""
        column = self._under()
        if column is not None:
            self._take(self._choice.toggled(column.id))
            self._show(self.query_one(TableView).cursor)

    def action_shift(self, step: int) -> None:
        """Move the column under the cursor in the table, and its row along."""
        column = self._under()
        if column is not None:
            self._take(self._choice.moved(column.id, step))
            self._listed = self._choice.listed()
            self._show(self._listed.index(column))

    def action_sort(self) -> None:
        """Sort the table by the column under the cursor, the other way round, or no longer."""
        column = self._under()
        if column is not None:
            self._sort(column.id)

    def action_usual(self) -> None:
        """Take the columns that are there as long as nobody chooses."""
        self._take(self._usual)
        self._listed = self._choice.listed()
        self._show(0)

    def action_scroll_columns(self, step: int) -> None:
        """Show what of the list has no room beside the rest."""
        self.query_one(TableView).scroll_columns(step)

    def action_move(self, step: int) -> None:
        """Move in the list."""
        self.query_one(TableView).move_by(step)

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()

    @on(TableView.HeaderClicked)
    def _header_clicked(self, event: TableView.HeaderClicked) -> None:
        event.stop()

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self.action_switch()

    def action_close(self) -> None:
        """Close the list."""
        self.hide()
        self.post_message(self.Closed())
