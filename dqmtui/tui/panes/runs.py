"""The runs of the chosen datasets, and the OMS card of the run under the cursor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Static

from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless
from dqmtui.render.ticks import si_number
from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dqmtui.model.keys import RunKey
    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry
    from dqmtui.services.oms_records import RunCard
    from dqmtui.tui.look import Look

_DATASET = re.compile(r"^/(?P<name>[^/]+)/(?P<era>[^/-]+)-(?P<processing>[^/]+)/[^/]+$")


_SEPARATOR = "  "
_NO_BRACES = str.maketrans("", "", "{}")


def short_dataset(dataset: str) -> str:
    """Write `/ZeroBias/Run2024E-PromptReco-v1/DQMIO` as `ZeroBias 2024E PromptReco-v1`."""
    match = _DATASET.match(dataset)
    if match is None:
        return harmless(dataset)
    return harmless(f"{match['name']} {match['era'].removeprefix('Run')} {match['processing']}")


OPEN_MARK = ">"
"""Stands before the number of the open run."""


class RunRows:
    """The rows of the run table."""

    columns = (
        TableColumn("run", 7, right=True),
        TableColumn("LS", 5, right=True),
        TableColumn("fill", 5, right=True),
        TableColumn("start", 11),
        TableColumn("dataset", 40),
    )

    def __init__(
        self, entries: Sequence[RunEntry], cards: SourceState, opened: RunKey | None, look: Look
    ) -> None:
        self.entries = entries
        self._cards = cards
        self._opened = opened
        self._look = look

    def __len__(self) -> int:
        return len(self.entries)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give one run; what OMS has not told of is coming, or absent when it will not come."""
        entry = self.entries[row]
        roles, glyphs = self._look.theme.roles, self._look.glyphs
        absent: Cell = (glyphs.absent, roles.absent)
        coming: Cell = (glyphs.loading, roles.loading)
        fill = start = coming if self._cards is SourceState.LOADING else absent
        if entry.card is not None:
            number, begin = entry.card.fill_number, entry.card.start_time
            fill = (str(number), "") if number is not None else absent
            start = (f"{begin:%m-%d %H:%M}", "") if begin is not None else absent
        is_open = entry.key == self._opened
        return (
            (f"{OPEN_MARK if is_open else ''}{entry.run}", roles.current if is_open else ""),
            (str(entry.ls_count), ""),
            fill,
            start,
            (short_dataset(entry.dataset), roles.label),
        )


class RunsPane(Vertical):
    """Choose a run; its OMS card stands under the list."""

    DEFAULT_CSS = """
    RunsPane {
        & TableView { height: 1fr; }
        & #card { height: auto; max-height: 5; padding: 0 1; color: $text-muted; }
    }
    """

    def compose(self) -> ComposeResult:
        """Lay out the table over the card."""
        yield TableView(id="run-table")
        yield Static(id="card", markup=False)

    @property
    def table(self) -> TableView:
        """The run table."""
        return self.query_one("#run-table", TableView)

    def show(self, review: Review, look: Look, *, to_opened: bool = False) -> None:
        """Show the runs that have come so far.

        The cursor stays on the run on which the person put it, else it is on the open one or the newest.
        """
        entries = review.run_list.entries
        self.table.is_chosen = self.table.is_chosen and not to_opened
        chosen = self.entry(review) if self.table.is_chosen else None
        at = review.run_list.index(chosen.key if chosen else review.state.run)
        message = _why_no_runs(review)
        rows = RunRows(entries, review.run_list.cards_state, review.state.run, look)
        self._shown = entries
        self.table.show_rows(rows, message=message, cursor=at if at is not None else 0)
        self.show_card(review)

    _shown: Sequence[RunEntry] = ()

    def entry(self, review: Review) -> RunEntry | None:
        """Give the run under the cursor."""
        row = self.table.cursor
        if row is None or row >= len(self._shown):
            return None
        key = self._shown[row].key
        index = review.run_list.index(key)
        return None if index is None else review.run_list.entries[index]

    def show_card(self, review: Review) -> None:
        """Show the card of the run under the cursor."""
        entry = self.entry(review)
        self.query_one("#card", Static).update(
            "" if entry is None else card_text(entry, review.run_list.cards_state)
        )


def _why_no_runs(review: Review) -> str:
    """Say why the list is empty, for as long as it is."""
    if review.run_list.is_loading:
        return "The runs are coming ..."
    if not review.run_list.is_complete:
        return "No runs have come yet; ctrl+r asks for what is missing."
    return "No runs in this dataset."


def card_text(entry: RunEntry, cards: SourceState) -> str:
    """Write what OMS says about a run in a few lines, or why it says nothing."""
    card = entry.card
    if card is None:
        return f"{harmless(entry.dataset)}\n{_why_no_card(entry.run, cards)}"
    lines = [
        harmless(entry.dataset),
        _SEPARATOR.join(part for part in (_beam(card), _field(card), _duration(card)) if part),
        _SEPARATOR.join(part for part in (_lumi(card), _rates(card)) if part),
        harmless(card.hlt_key or ""),
    ]
    return "\n".join(line for line in lines if line)


def _why_no_card(run: int, cards: SourceState) -> str:
    match cards:
        case SourceState.LOADING:
            return f"What OMS says of run {run} is coming ..."
        case SourceState.OFF:
            return "OMS is switched off (oms_route)."
        case SourceState.FAILED | SourceState.PARTIAL:
            return f"OMS could not be asked for run {run}; ctrl+r asks again."
        case SourceState.NOT_LOADED:
            return f"OMS has not been asked for run {run}; ctrl+r asks."
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
    # OMS writes pb^{-1}
    unit = harmless(card.units.get("recorded_lumi", "")).translate(_NO_BRACES)
    return f"lumi {si_number(card.recorded_lumi)} of {si_number(card.delivered_lumi)} {unit}".rstrip()


def _rates(card: RunCard) -> str:
    l1 = "" if card.l1_rate_hz is None else f"L1 {si_number(card.l1_rate_hz)} Hz"
    hlt = "" if card.hlt_physics_rate_hz is None else f"HLT {si_number(card.hlt_physics_rate_hz)} Hz"
    return _SEPARATOR.join(part for part in (l1, hlt) if part)
