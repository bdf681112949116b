"""How much luminosity the lumisections cost that are not good, per reason: of notes, and any other."""

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
    from dqmtui.model.mask_reasons import Reason
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


def is_known(table: LSTable) -> bool:
    """Tell whether the recorded luminosity is known of any LS."""
    return bool(table.column(OMS, LUMI).known.any())


def lumi_of(table: LSTable, ls: LSMask, reason: str = "") -> Loss:
    """Sum the recorded luminosity of some LS of a run; that of none is 0 where any is known."""
    column = table.column(OMS, LUMI)
    chosen = ls.selects(table.ls)
    known = chosen & column.known
    is_number = column.values.dtype.kind in "fi"
    n_known = int(np.count_nonzero(known)) if is_number else 0
    is_told = n_known or (is_number and is_known(table) and not chosen.any())
    lumi = float(column.values[known].astype(np.float64).sum()) if is_told else None
    mask = LSMask.from_numbers(table.ls[chosen])
    return Loss(reason, mask, lumi, column.unit or "", int(np.count_nonzero(chosen)) - n_known)


def losses(
    table: LSTable,
    notes: Iterable[Note],
    reasons: Iterable[Reason] = (),
    verdicts: Collection[NoteVerdict] = NOT_GOOD,
) -> tuple[list[Loss], Loss]:
    """Give what each reason costs, the dearest first, and what all of them cost together.

    A reason is a verdict, a subsystem and a cause of notes, or one of `reasons`, of which only the LS count
    that have recorded any luminosity. An LS that is out for several counts for each, and once in the total.
    """
    masks: dict[str, LSMask] = {}
    for note in notes:
        content = note.content
        if content.run == table.key.run and content.verdict in verdicts:
            words = (content.verdict.value, content.subsystem, content.reason)
            reason = ", ".join(word for word in words if word)
            masks[reason] = masks.get(reason, LSMask()) | content.ls
    recorded = _recorded(table)
    found = [lumi_of(table, mask, reason) for reason, mask in masks.items()]
    found += [lumi_of(table, one.ls & recorded, one.words) for one in reasons if one.ls & recorded]
    found.sort(key=lambda loss: (-(loss.lumi or 0.0), loss.reason))
    return found, lumi_of(table, LSMask.of(*(loss.ls for loss in found)), "all")


def _recorded(table: LSTable) -> LSMask:
    """Give the LS that have a recorded luminosity other than 0."""
    column = table.column(OMS, LUMI)
    return LSMask.from_numbers(table.ls[column.known & ~(column.floats() <= 0)])
