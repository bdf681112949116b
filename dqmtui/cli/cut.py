"""Answers of OMS that lack records, or do not come: the rest is printed, and said to be a part."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from dqmtui.cli.talk import tell
from dqmtui.services.errors import Incomplete, ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")


async def said_if_cut(answer: Awaitable[T], is_cut: Callable[[str], object] = lambda _: None) -> T:
    """Give an answer, or what came of it, which is said and `is_cut` is told; raises ServiceError."""
    try:
        return await answer
    except Incomplete as cut:
        tell(f"partial: {cut.message} The rest may come when it is asked for again.")
        is_cut(cut.message)
        return cast("T", cut.came)


async def unless_oms_fails(answer: Awaitable[T], failed: Callable[[ServiceError], object]) -> T | None:
    """Give an answer of OMS, None where it did not come, of which `failed` is told."""
    try:
        return await answer
    except ServiceError as error:
        failed(error)
        return None


def end_partial(errors: Sequence[ServiceError], lacks: str) -> None:
    """Say what an output lacks for want of OMS, and raise why, if anything is lacking."""
    if errors:
        tell(f"partial: {lacks}; `--oms-route off` goes without OMS")
        raise errors[0]
