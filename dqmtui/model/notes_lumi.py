"""How much luminosity the lumisections cost that notes take out, per reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS
from dqmtui.model.notes import NOT_GOOD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Note, NoteVerdict

LUMI = "recorded_lumi_per_lumisection"
"""The attribute of OMS that is summed."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a reason costs: its LS, those of the run alone, and their recorded luminosity in `unit`.

    `n_unknown` of the LS have no luminosity that is known, and are not in the sum; `lumi` is None when it is
    not known of any.
    """

    reason: str
    ls: LSMask
    lumi: float | None
    unit: str
    n_unknown: int


def lumi_of(table: LSTable, ls: LSMask, reason: str = "") -> Loss:
    """Sum the recorded luminosity of some LS of a run."""
    column = table.column(OMS, LUMI)
    chosen = ls.selects(table.ls)
    known = chosen & column.known
    is_number = column.values.dtype.kind in "fi"
    n_known = int(np.count_nonzero(known)) if is_number else 0
    lumi = float(column.values[known].astype(np.float64).sum()) if n_known else None
    mask = LSMask.from_numbers(table.ls[chosen])
    return Loss(reason, mask, lumi, column.unit or "", int(np.count_nonzero(chosen)) - n_known)


def losses(
    table: LSTable, notes: Iterable[Note], verdicts: Collection[NoteVerdict] = NOT_GOOD
) -> tuple[list[Loss], Loss]:
    """Give what each reason costs, the dearest first, and what all of them cost together.

    A reason is a verdict, a subsystem and a cause. An LS that is out for several counts for each, and once
    in the total.
    """
    masks: dict[str, LSMask] = {}
    for note in notes:
        content = note.content
        if content.run == table.key.run and content.verdict in verdicts:
            words = (content.verdict.value, content.subsystem, content.reason)
            reason = ", ".join(word for word in words if word)
            masks[reason] = masks.get(reason, LSMask()) | content.ls
    found = [lumi_of(table, mask, reason) for reason, mask in masks.items()]
    found.sort(key=lambda loss: (-(loss.lumi or 0.0), loss.reason))
    together = LSMask()
    for mask in masks.values():
        together |= mask
    return found, lumi_of(table, together, "all")
