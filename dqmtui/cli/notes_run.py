"""What reviewing commands load of a run: its conditions and rate, and which LS an expression calls good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, LSTable, Source
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.masks import select
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.model.notes_journal import Journal
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.errors import ServiceError

EXCLUDED = "excluded"
"""The name that expressions have for the LS which the person left out."""


async def load_conditions(data: DataLayer, run: int) -> LSTable:
    """Load what OMS says of a run per LS, and its rate; raises ServiceError, and Stop for an unknown run."""
    key = RunKey("", 0, run)
    errors: list[ServiceError] = []
    # of which LS DIALS has is nothing asked here
    known = LSTable(key).with_source(DIALS, Source(state=SourceState.LOADED))
    try:
        table = await data.load_table(key, lambda _table, _name: None, known, errors.append)
    finally:
        # hundreds of runs would not fit into memory
        data.forget(key)
    if errors:
        raise errors[0]
    if not data.has_oms:
        raise Stop(Exit.USAGE, "OMS is switched off; set oms_route to proxy or direct.")
    if not table.source(OMS).ls.size:
        raise Stop(Exit.NOT_FOUND, f"OMS has no lumisections of run {run}")
    return table


def check_expression(expression: str) -> None:
    """Raise Stop, before anything is loaded, for an expression that cannot be read."""
    try:
        parse(expression)
    except MaskExpressionError as error:
        raise _stop(error) from error


def good_ls(expression: str, table: LSTable, masks: Mapping[str, LSMask | None]) -> LSMask:
    """Give the LS of a run that an expression calls good; raises Stop."""
    try:
        return select(expression, table, masks).good
    except MaskExpressionError as error:
        raise _stop(error) from error


def excluded_of(journal: Journal, run: int) -> LSMask:
    """Give the LS of a run that the person left out, in whichever dataset."""
    mask = LSMask()
    for key, excluded in journal.exclusions.items():
        if key.run == run:
            mask |= excluded
    return mask


def _stop(error: MaskExpressionError) -> Stop:
    return Stop(Exit.USAGE, f"--good: {error}", error.pointer.splitlines())
