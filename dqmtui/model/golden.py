"""Good lumisections of the reviewed runs: masks less what notes take out, combined and compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from dqmtui.model.json_logic import evaluate, is_true
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS
from dqmtui.model.notes import NOT_GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from dqmtui.model.certification import Certification
    from dqmtui.model.lstable import LSTable
    from dqmtui.model.notes import Note, NoteVerdict

RR = "lumisection.rr."
"""Begins the variables of JSON logic that are a subsystem's verdict on an LS."""


def taken_out(
    notes: Iterable[Note],
    run: int,
    verdicts: Collection[NoteVerdict] = NOT_GOOD,
    dataset: str = "",
) -> LSMask:
    """Give the LS of a run that notes take out: by default those that are bad, in standby or excluded.

    With a `dataset`, notes on another one of that run do not count.
    """
    masks = (
        note.content.ls
        for note in notes
        if note.content.run == run
        and note.content.verdict in verdicts
        and (not dataset or note.content.dataset in {"", dataset})
    )
    return reduce(LSMask.__or__, masks, LSMask())


_COMBINE: Mapping[str, Callable[[LSMask, LSMask], LSMask]] = {
    "and": LSMask.__and__,
    "or": LSMask.__or__,
    "minus": LSMask.__sub__,
    "xor": LSMask.__xor__,
}
WAYS = tuple(_COMBINE)
"""How certifications are put together: LS in all, in any, in the first alone, in an odd number of them."""


def combine(certifications: Sequence[Certification], way: str) -> Certification:
    """Put certifications together, run by run; a run that one lacks has no LS there."""
    runs = sorted({run for certification in certifications for run in certification})
    work = _COMBINE[way]
    return {run: reduce(work, (one.get(run, LSMask()) for one in certifications)) for run in runs}


@dataclass(frozen=True, slots=True)
class Difference:
    """How two certifications differ in a run: LS in both, in the first alone, in the second alone."""

    run: int
    both: LSMask
    first_only: LSMask
    second_only: LSMask

    @property
    def is_same(self) -> bool:
        """Whether both say the same of the run."""
        return not self.first_only and not self.second_only


def compare(first: Certification, second: Certification) -> list[Difference]:
    """Compare two certifications, by run; a run without LS is like one that is not there."""
    found = []
    for run in sorted({*first, *second}):
        one, other = first.get(run, LSMask()), second.get(run, LSMask())
        if one or other:
            found.append(Difference(run, one & other, one - other, other - one))
    return found


def by_logic(
    rule: object,
    table: LSTable,
    run_values: Mapping[str, Any],
    verdicts: Sequence[tuple[str, LSMask, str]] = (),
    given: Mapping[str, Any] | None = None,
) -> LSMask:
    """Give the LS of a run that a Run Registry rule in JSON logic calls good.

    Its variables are `run.oms.*` out of `run_values`, which have OMS's names, `lumisection.oms.*` out of the
    table, of which an LS that is not there has none, what is `given` by full name, and over these
    `verdicts`: subsystem, LS, and the value of `lumisection.rr.SUBSYSTEM` there. Raises JsonLogicError, also
    for a variable that no LS has a value for.
    """
    source = table.source(OMS)
    names = list(source.columns)
    cells = {name: table.column(OMS, name) for name in names}
    rows = table.has_row(OMS).is_true()
    of_run = {f"run.oms.{name}": value for name, value in run_values.items()} | dict(given or {})
    of_run.setdefault("run.oms.run_number", table.key.run)
    good = []
    for row, ls in enumerate(table.ls.tolist()):
        if not rows[row]:
            continue
        values = dict(of_run)
        values.update((f"lumisection.oms.{name}", cell.item(row)) for name, cell in cells.items())
        values.setdefault("lumisection.oms.lumisection_number", ls)
        values.update((f"{RR}{name}", value) for name, mask, value in verdicts if ls in mask)
        if is_true(evaluate(rule, values)):
            good.append(ls)
    return LSMask.from_numbers(good)
