"""The runs of the chosen datasets, and the OMS card of the run under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Static

from dqmtui.model.states import CellState, SourceState
from dqmtui.model.table_columns import plain_unit
from dqmtui.model.text import harmless
from dqmtui.render.ticks import si_number
from dqmtui.review.run_columns import RUN
from dqmtui.review.table_views import run_view
from dqmtui.tui.panes.table_state import TableState, hidden_order, nothing_fits
from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dqmtui.model.keys import RunKey
    from dqmtui.model.table_filter import Filtered
    from dqmtui.review.review import Review
    from dqmtui.review.run_columns import RunColumn
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.table_views import RunView
    from dqmtui.services.oms_records import RunCard
    from dqmtui.tui.look import Look

_SEPARATOR = "  "

OPEN_MARK = ">"
"""Stands before the number of the open run."""


class RunRows:
    """The rows of the run table."""

    def __init__(self, view: RunView, cards: SourceState, opened: RunKey | None, look: Look) -> None:
        self.view = view
        self._cards = cards
        self._opened = opened
        roles, glyphs = look.theme.roles, look.glyphs
        self._states: dict[int, Cell] = {
            CellState.ABSENT: (glyphs.absent, roles.absent),
            CellState.NOT_LOADED: (glyphs.loading, roles.loading),
        }
        self._current, self._label = roles.current, roles.label
        self.columns = tuple(map(_table_column, (RUN, *view.columns)))

    def __len__(self) -> int:
        return len(self.view)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give one run; what OMS has not told of is coming, or absent when it will not come."""
        entry = self.view.entry(row)
        is_open = entry.key == self._opened
        number = (f"{OPEN_MARK if is_open else ''}{entry.run}", self._current if is_open else "")
        return [number, *(self._cell(column, entry) for column in self.view.columns)]

    def _cell(self, column: RunColumn, entry: RunEntry) -> Cell:
        value = column.value(entry)
        if value is None:
            return self._states[column.missing(entry, self._cards)]
        return column.text(value), "" if column.right else self._label


def _table_column(column: RunColumn) -> TableColumn:
    """Give the column of the widget, wide enough for its title and unit."""
    title = len(column.title) + (len(column.unit) + 1 if column.unit else 0)
    return TableColumn(column.title, max(column.width, title), column.right, column.unit)


class RunsPane(Vertical):
    """Choose a run; its OMS card stands under the list."""

    DEFAULT_CSS = """
    RunsPane {
        & TableView { height: 1fr; }
        & #card { height: auto; max-height: 5; padding: 0 1; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the table over the line that says what is not shown of it, and the card."""
        table = TableView(id="run-table")
        table.fixed_columns = 1
        yield table
        yield TableState(id="run-state")
        yield Static(id="card", markup=False)

    @property
    def table(self) -> TableView:
        """The run table."""
        return self.query_one("#run-table", TableView)

    def show(self, review: Review, look: Look, *, to_opened: bool = False) -> None:
        """Show the runs that have come so far.

        The cursor stays on the run on which the person put it, else it is on the open one or the newest.
        """
        state, cards = review.state, review.run_list.cards_state
        self.table.is_chosen = self.table.is_chosen and not to_opened
        chosen = self.entry(review) if self.table.is_chosen else None
        view = self._view = run_view(state, review.run_list.entries, cards)
        at = view.position(chosen.key if chosen else state.run)
        rows = RunRows(view, cards, state.run, look)
        ids = [RUN.id, *(column.id for column in view.columns)]
        by = state.run_sort
        self.table.show_rows(
            rows,
            message=_why_no_runs(review, look),
            cursor=at if at is not None else 0,
            sorted_by=None if by is None or by[0] not in ids else (ids.index(by[0]), by[1]),
        )
        missing = ""
        if state.run is not None and (at is None or chosen) and view.position(state.run) is None:
            missing = f"run {state.run.run} is not shown"
        order = hidden_order(by, ids)
        self.query_one(TableState).show(view.filtered, "runs", look, missing=missing, order=order)
        self.show_card(review, look)

    _view: RunView | None = None

    @property
    def filtered(self) -> Filtered | None:
        """What the filter lets through, None before any runs were shown."""
        return None if self._view is None else self._view.filtered

    def entry(self, review: Review) -> RunEntry | None:
        """Give the run under the cursor."""
        row, view = self.table.cursor, self._view
        if row is None or view is None or row >= len(view):
            return None
        key = view.entry(row).key
        index = review.run_list.index(key)
        return None if index is None else review.run_list.entries[index]

    def show_card(self, review: Review, look: Look) -> None:
        """Show the card of the run under the cursor."""
        entry = self.entry(review)
        text = "" if entry is None else card_text(entry, review.run_list.cards_state, look.key("reload"))
        self.query_one("#card", Static).update("\n".join(map(look.charset.unit, text.splitlines())))


def _why_no_runs(review: Review, look: Look) -> str:
    """Say why the list is empty, for as long as it is."""
    if review.run_list.entries:
        return nothing_fits("run", review.state.run_filter, look)
    if not review.state.workspace:
        return "The runs come when DIALS has answered."
    if review.run_list.is_loading:
        return "The runs are coming ..."
    if not review.run_list.is_complete:
        return f"No runs have come yet; {look.key('reload')} asks for what is missing."
    return "No runs in this dataset."


def card_text(entry: RunEntry, cards: SourceState, reload: str = "ctrl+r") -> str:
    """Write what OMS says about a run in a few lines, or why it says nothing; `reload` asks it again."""
    card = entry.card
    if card is None:
        return f"{harmless(entry.dataset)}\n{_why_no_card(entry.run, cards, reload)}"
    lines = [
        harmless(entry.dataset),
        _SEPARATOR.join(part for part in (_beam(card), _field(card), _duration(card)) if part),
        _SEPARATOR.join(part for part in (_lumi(card), _rates(card)) if part),
        harmless(card.hlt_key or ""),
    ]
    return "\n".join(line for line in lines if line)


def _why_no_card(run: int, cards: SourceState, reload: str) -> str:
    match cards:
        case SourceState.LOADING:
            return f"What OMS says of run {run} is coming ..."
        case SourceState.OFF:
            return "OMS is switched off (oms_route)."
        case SourceState.FAILED | SourceState.PARTIAL:
            return f"OMS could not be asked for run {run}; {reload} asks again."
        case SourceState.NOT_LOADED:
            return f"OMS has not been asked for run {run}; {reload} asks."
        case _:
            return f"OMS does not know run {run}."


def _beam(card: RunCard) -> str:
    kind = harmless(card.fill_type_runtime or "")
    energy = f"{card.energy_gev / 1000:.2f} TeV" if card.energy_gev else ""
    stable = {True: "stable beams", False: "no stable beams", None: ""}[card.stable_beam]
    return _SEPARATOR.join(part for part in (kind, energy, stable) if part)


def _field(card: RunCard) -> str:
    return "" if card.b_field_t is None else f"B {card.b_field_t:.2f} T"


def _duration(card: RunCard) -> str:
    if card.end_time is None:
        return "still being taken"
    if card.duration_s is None:
        return ""
    minutes = int(card.duration_s) // 60
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _lumi(card: RunCard) -> str:
    if card.recorded_lumi is None or card.delivered_lumi is None:
        return ""
    unit = plain_unit(card.units.get("recorded_lumi"))
    return f"lumi {si_number(card.recorded_lumi)} of {si_number(card.delivered_lumi)} {unit}".rstrip()


def _rates(card: RunCard) -> str:
    l1 = "" if card.l1_rate_hz is None else f"L1 {si_number(card.l1_rate_hz)} Hz"
    hlt = "" if card.hlt_physics_rate_hz is None else f"HLT {si_number(card.hlt_physics_rate_hz)} Hz"
    return _SEPARATOR.join(part for part in (l1, hlt) if part)
