"""Masks that the expressions of commands may name, loaded where one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.talk import tell
from dqmtui.model.certification import data_taking_class
from dqmtui.model.lsmask import LSMask
from dqmtui.model.masks import all_names
from dqmtui.review.named import CERTIFIED, ML

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.runlist import RunEntry


async def named_masks(
    data: DataLayer, entry: RunEntry, expressions: Iterable[str | None]
) -> dict[str, LSMask | None]:
    """Load the masks of a run that expressions name: `golden`, `muon`, `dcsonly` and `ml`.

    The others are there as not loaded, so that they are known as names. Raises Stop for a dataset that has no
    published certification, and ServiceError.
    """
    wanted = frozenset[str]().union(*(all_names(one) for one in expressions if one is not None))
    masks: dict[str, LSMask | None] = dict.fromkeys((*CERTIFIED, ML))
    for name in sorted(wanted & CERTIFIED.keys()):
        masks[name] = await _certified(data, entry, name)
    if ML in wanted:
        masks[ML] = LSMask.from_numbers(flag.ls_number for flag in await data.ml_flags(entry.key))
    return masks


async def _certified(data: DataLayer, entry: RunEntry, name: str) -> LSMask:
    class_name = data_taking_class(entry.dataset)
    if not class_name:
        raise Stop(
            Exit.NOT_FOUND,
            f"No certification JSON is published for {entry.dataset}, so its LS cannot be {name}; "
            "--mask FILE takes one of yours.",
        )
    newest = await data.certification(entry.workspace, class_name, CERTIFIED[name])
    tell(f"{name}: {newest.name}")
    if entry.run not in newest.ranges:
        tell(f"{newest.name} does not have run {entry.run}: no LS of it is {name}")
        return LSMask()
    return LSMask.of(*map(list, newest.ranges[entry.run]))
