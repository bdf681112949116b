"""Every column of the run table: one typed object each, with a getter from a run's entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.dataset_name import short_dataset
from dqmtui.model.lstable import Column, Values
from dqmtui.model.states import CellState, SourceState
from dqmtui.model.table_columns import TypedColumn, Value, by_id, fixed, plain_unit
from dqmtui.model.table_filter import Filtered, filter_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dqmtui.review.runlist import RunEntry
    from dqmtui.services.oms_records import RunCard

OfEntry = Callable[["RunEntry"], "Value | None"]
OfCard = Callable[["RunCard"], "Value | None"]

_PICOBARNS = {"fb": 1e3, "pb": 1.0, "nb": 1e-3, "ub": 1e-6, "mb": 1e-9}


@dataclass(frozen=True, slots=True)
class RunColumn(TypedColumn):
    """A column of the run table: of what DIALS says of a run, or of its OMS card."""

    entry: OfEntry | None = None
    card: OfCard | None = None

    def value(self, entry: RunEntry) -> Value | None:
        """Give the value of a run, None where there is none."""
        if self.entry is not None:
            return self.entry(entry)
        return None if self.card is None or entry.card is None else self.card(entry.card)

    def missing(self, entry: RunEntry, cards: SourceState) -> CellState:
        """Say what a cell without a value is: a card may still come."""
        coming = self.card is not None and entry.card is None and cards is SourceState.LOADING
        return CellState.NOT_LOADED if coming else CellState.ABSENT

    def column(self, entries: Sequence[RunEntry], cards: SourceState) -> Column:
        """Give the values of all runs, to sort and filter by."""
        items = [self.value(entry) for entry in entries]
        values = Values.of(items)
        state = np.where(values.known, CellState.VALUE, CellState.ABSENT).astype(np.uint8)
        for row in np.flatnonzero(~values.known).tolist():
            state[row] = self.missing(entries[row], cards)
        return Column(self.id, values.values, state)


def _time(name: str, what: str, of_card: Callable[[RunCard], datetime | None]) -> RunColumn:
    """Make a column of times, written without the year."""

    def read(card: RunCard) -> str | None:
        time = of_card(card)
        return None if time is None else f"{time:%Y-%m-%d %H:%M}"

    return RunColumn(name, name, len("06-08 14:22"), what, right=False, skip=len("2024-"), card=read)


def _minutes(card: RunCard) -> float | None:
    return None if card.duration_s is None else card.duration_s / 60


def _lumi(name: str) -> OfCard:
    """Give a luminosity in pb^-1, its units being different from run to run; of another unit as a text."""

    def read(card: RunCard) -> Value | None:
        lumi: float | None = getattr(card, name)
        if lumi is None:
            return None
        unit = plain_unit(card.units.get(name))
        base, power, _ = unit.partition("^-1")
        return lumi * _PICOBARNS[base] if power and base in _PICOBARNS else f"{lumi:g} {unit}".rstrip()

    return read


def _hours(minutes: float) -> str:
    """Write minutes as hours and minutes."""
    whole = int(minutes)
    return f"{whole // 60}:{whole % 60:02d}"


RUN = RunColumn("run", "run", 7, "run number", entry=lambda entry: entry.run)
"""The column that is always there."""

RUN_COLUMNS: tuple[RunColumn, ...] = (
    RunColumn("ls", "LS", 5, "lumisections that DIALS has", entry=lambda entry: entry.ls_count),
    RunColumn("fill", "fill", 5, "LHC fill", card=lambda card: card.fill_number),
    _time("start", "when the run began, UTC", lambda card: card.start_time),
    _time("end", "when the run ended, UTC", lambda card: card.end_time),
    RunColumn("duration", "h:min", 6, "duration; filters take minutes", write=_hours, card=_minutes),
    RunColumn("type", "type", 8, "fill type", right=False, card=lambda card: card.fill_type_runtime),
    RunColumn(
        "energy", "beam", 5, "energy of a beam", unit="GeV", write=fixed(0), card=lambda card: card.energy_gev
    ),
    RunColumn(
        "b_field", "B", 4, "magnetic field", unit="T", write=fixed(2), card=lambda card: card.b_field_t
    ),
    RunColumn("stable", "stable", 3, "stable beams", card=lambda card: card.stable_beam),
    RunColumn(
        *("delivered", "deliv", 8, "luminosity delivered", "/pb"),
        write=fixed(3),
        card=_lumi("delivered_lumi"),
    ),
    RunColumn(
        *("recorded", "rec", 8, "luminosity recorded", "/pb"), write=fixed(3), card=_lumi("recorded_lumi")
    ),
    RunColumn(
        "l1_rate", "L1", 7, "mean L1 rate", unit="Hz", write=fixed(0), card=lambda card: card.l1_rate_hz
    ),
    RunColumn(
        *("hlt_rate", "HLT", 6, "mean rate of HLT physics", "Hz"),
        write=fixed(0),
        card=lambda card: card.hlt_physics_rate_hz,
    ),
    RunColumn(
        *("deadtime", "dead", 5, "deadtime with beam", "%"),
        write=fixed(2),
        card=lambda card: card.beamactive_total_deadtime_percent,
    ),
    RunColumn("era", "era", 8, "era", right=False, card=lambda card: card.era),
    RunColumn("last_ls", "last", 5, "last LS by OMS", card=lambda card: card.last_lumisection_number),
    RunColumn("hlt_key", "HLT key", 40, "HLT key", right=False, card=lambda card: card.hlt_key),
    RunColumn("l1_key", "L1 key", 40, "L1 key", right=False, card=lambda card: card.l1_key),
    RunColumn("mode", "mode", 24, "L1 and HLT mode", right=False, card=lambda card: card.l1_hlt_mode),
    RunColumn("cmssw", "CMSSW", 18, "CMSSW version", right=False, card=lambda card: card.cmssw_version),
    RunColumn(
        *("prescale_index", "psi", 3, "prescale index at the start"),
        card=lambda card: card.initial_prescale_index,
    ),
    RunColumn(
        *("dataset", "dataset", 28, "dataset"),
        right=False,
        entry=lambda entry: short_dataset(entry.dataset),
    ),
)
"""All columns beside the run, in the order in which they are offered."""

BY_ID = by_id(RUN_COLUMNS)
USUAL_RUN_COLUMNS = ("ls", "fill", "start", "dataset")
"""What stands in the table as long as nobody has chosen."""


def filter_runs(text: str, entries: Sequence[RunEntry], cards: SourceState) -> Filtered:
    """Filter runs by an expression over the columns; raises MaskExpressionError."""
    made: dict[str, Column] = {}

    def column(name: str) -> Column | None:
        known = RUN if name == RUN.id else BY_ID.get(name)
        if known is not None and name not in made:
            made[name] = known.column(entries, cards)
        return made.get(name)

    return filter_rows(text, len(entries), column, [RUN.id, *BY_ID])
