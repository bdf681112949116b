"""Whose fault a status 500 is: DIALS answers so to what it cannot answer, and when it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma
from typing import TYPE_CHECKING, TypeVar

from dqmtui.services.errors import ServiceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

SERVER_ERROR = 500
"""The status with which DIALS answers whatever it did not foresee."""
CHANCE = 1e-6
"""A histogram is called unreadable when its failures are less likely than this to be the service's."""
CHANCE_OF_A_PATTERN = 1e-3
"""The same for a pattern, which the person may simply try again."""
MOST_ROUNDS = 40
_DOWN_AFTER = 6


class FailsAlone(Exception):  # noqa: N818 - what was found out, caught by who asked
    """A question fails whenever it is asked, while others are answered; ``error`` is its last failure."""

    def __init__(self, error: ServiceDown) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(slots=True)
class Tally:
    """How often other questions were answered, and how often they met a status 500."""

    answered: int = 0
    failed: int = 0


async def asked_beside(
    ask: Callable[[], Awaitable[T]],
    control: Callable[[], Awaitable[object]],
    pause: Callable[[], Awaitable[None]],
    tally: Tally | None = None,
    *,
    chance: float = CHANCE,
) -> T:
    """Return what ``ask`` gives, which may fail with a status 500; raise FailsAlone when that is its fault.

    The two are asked in turn, each once, until ``ask`` succeeds or it is clear that not the service is at
    fault: for a service that is well that takes eleven rounds, more for one that fails now and then, fewer
    when ``tally``, which is kept up to date, knows of other answers. Raise ServiceDown when ``control`` fails
    six times in a row or it is still not clear after 40 rounds. ``chance`` says how sure one must be.
    """
    others = tally or Tally()
    in_a_row = 0
    for n_asked in range(1, MOST_ROUNDS + 1):
        found = await _status_500_of(ask)
        if not isinstance(found, ServiceDown):
            return found
        failure = found
        if isinstance(await _status_500_of(control), ServiceDown):
            others.failed, in_a_row = others.failed + 1, in_a_row + 1
            await pause()
        else:
            others.answered, in_a_row = others.answered + 1, 0
        if chance_of_bad_luck(n_asked, others.answered, others.failed) < chance:
            raise FailsAlone(failure)
        if in_a_row == _DOWN_AFTER:
            break
    raise failure


def chance_of_bad_luck(n_asked: int, answered: int, failed: int) -> float:
    """Return how likely it is that a service fails ``n_asked`` times in a row for no reason of ours.

    The share of requests that fail is not known; ``answered`` and ``failed`` others tell about it. With any
    share equally likely beforehand this is the beta-binomial B(failed + n_asked + 1, answered + 1) /
    B(failed + 1, answered + 1).
    """
    return exp(
        lgamma(failed + n_asked + 1)
        - lgamma(failed + 1)
        + lgamma(answered + failed + 2)
        - lgamma(answered + failed + n_asked + 2)
    )


async def _status_500_of(question: Callable[[], Awaitable[T]]) -> T | ServiceDown:
    """Return the answer, or the failure when it has status 500; raise any other ServiceError."""
    try:
        return await question()
    except ServiceDown as error:
        if error.status != SERVER_ERROR:
            raise
        return error
