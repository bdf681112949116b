"""What can stand under the trend on its LS axis: numbers and states of data taking, masks, flags, scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import DCS_ONLY_FLAGS
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.states import CellState
from dqmtui.model.table_columns import plain_unit
from dqmtui.model.theme import nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import Column, LSTable

RATE_UNDER, PRESCALE, FLAGS, MASKS, ML, SCORES, NOTHING = (
    "rate",
    "prescale",
    "flags",
    "masks",
    "ml",
    "scores",
    "nothing",
)

_COLUMNS: Mapping[str, tuple[str, str]] = {
    RATE_UNDER: (RATE, "rate_hz"),
    "pileup": (OMS, "pileup"),
    "instantaneous": (OMS, "init_lumi"),
    "delivered": (OMS, "delivered_lumi_per_lumisection"),
    "recorded": (OMS, "recorded_lumi_per_lumisection"),
}
RECORDED_SHARE = "recorded/delivered"

UNDER: Mapping[str, str] = {
    RATE_UNDER: "trigger rate",
    "pileup": "pileup",
    "instantaneous": "instantaneous luminosity at the start of the LS",
    "delivered": "delivered luminosity of the LS",
    "recorded": "recorded luminosity of the LS",
    RECORDED_SHARE: "recorded part of the delivered luminosity",
    PRESCALE: "prescale column",
    FLAGS: "DCS flags",
    MASKS: "good, excluded and golden LS",
    ML: "LS that anomaly models flag",
    SCORES: "scores of the LS",
    NOTHING: "nothing",
}
"""What can stand under the trend: names as they are typed, and what they are."""

_STATES = {
    CellState.ABSENT: "absent",
    CellState.NOT_LOADED: "not loaded",
    CellState.VALUE: "no number",
}


class UnknownUnderError(ValueError):
    """Nothing that can stand under the trend has this name; the message says what is near."""


def under_named(text: str) -> str:
    """Find what a person names, also by the beginning of its name; raises UnknownUnderError."""
    typed = text.strip().lower()
    fits = [name for name in UNDER if name == typed] or [name for name in UNDER if name.startswith(typed)]
    if len(fits) == 1:
        return fits[0]
    near = fits or [name for name in (nearest_name(typed, UNDER),) if name]
    hint = f"did you mean {' or '.join(near)}?" if near else f"type one of {', '.join(UNDER)}."
    raise UnknownUnderError(f"Nothing called {text.strip()!r} can stand under the trend; {hint}")


@dataclass(frozen=True, slots=True, eq=False)
class UnderNumbers:
    """A number per LS of a table, (n,), NaN where there is none; `state` (n,) the `CellState` of each."""

    name: str
    values: NDArray[np.float64]
    state: NDArray[np.uint8]
    unit: str

    def missing(self, row: int) -> str:
        """Say in a word or two why a row has no number."""
        return _STATES.get(CellState(int(self.state[row])), "absent")


def numbers_under(name: str, table: LSTable) -> UnderNumbers | None:
    """Give the numbers that a name stands for, None where it stands for something else."""
    if name == RECORDED_SHARE:
        recorded, delivered = (table.column(*_COLUMNS[one]) for one in ("recorded", "delivered"))
        there = delivered.floats()
        share = recorded.floats() / np.where(there > 0, there, np.nan)
        return UnderNumbers(name, share, np.minimum(recorded.state, delivered.state), "")
    place = _COLUMNS.get(name)
    if place is None:
        return None
    column = table.column(*place)
    return UnderNumbers(name, column.floats(), column.state, plain_unit(column.unit))


def prescale_at(table: LSTable, row: int) -> str:
    """Name the prescale column of a row."""
    column = table.column(OMS, "prescale_name")
    value = column.item(row)
    return _STATES.get(CellState(int(column.state[row])), "absent") if value is None else str(value)


def flags_at(table: LSTable, row: int) -> str:
    """Say which of the DCS flags are false in a row, else which are unknown, else that all are true."""
    flags = {name: _flag(table.column(OMS, name), row) for name in DCS_ONLY_FLAGS}
    false = [name for name, flag in flags.items() if flag is False]
    unknown = [name for name, flag in flags.items() if flag is None]
    if false:
        return f"not {', '.join(false)}"
    if len(unknown) == len(flags):
        return _STATES.get(CellState(int(table.column(OMS, unknown[0]).state[row])), "absent")
    return f"unknown: {', '.join(unknown)}" if unknown else "all true"


def _flag(column: Column, row: int) -> bool | None:
    value = column.values[row]
    is_flag = column.state[row] == CellState.VALUE and isinstance(value, bool | np.bool_)
    return bool(value) if is_flag else None


def masks_at(ls: int, good: LSMask, excluded: LSMask, golden: LSMask | None = None) -> str:
    """Say in which masks an LS is; nothing of the golden JSON where it is not known."""
    words = ["good" if ls in good else "not good"]
    if ls in excluded:
        words.append("excluded")
    if golden is not None:
        words.append("golden" if ls in golden else "not golden")
    return ", ".join(words)
