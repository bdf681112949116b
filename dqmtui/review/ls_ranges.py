"""Ranges of lumisections of a run: one that the person marks, or one that is looked at closely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask, MaskError

if TYPE_CHECKING:
    from dqmtui.model.keys import RunKey

WINDOW = 60
"""LS of a closer look around the cursor."""


@dataclass(frozen=True, slots=True)
class LSRange:
    """LS from `start` to `end` of a run, in either order; without an end it goes along with the cursor."""

    run: RunKey
    start: int
    end: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it goes along with the cursor."""
        return self.end is None

    def span(self, cursor: int | None) -> tuple[int, int]:
        """Give the first and the last LS while the cursor is on an LS."""
        other = self.end if self.end is not None else self.start if cursor is None else cursor
        return min(self.start, other), max(self.start, other)

    def closed(self, cursor: int | None) -> LSRange:
        """End it at the cursor, unless it has ended."""
        return LSRange(self.run, *self.span(cursor))


def read_range(text: str, first: int, last: int) -> tuple[int, int]:
    """Read `100-200`, `100-` or `120` as typed by a person, within the LS of a run.

    Raises ValueError with a sentence that says what to type.
    """
    try:
        mask = LSMask.parse(text)
    except MaskError as error:
        raise ValueError(f"{error}; type the first and the last LS, as in 100-200.") from error
    if len(mask.ranges) != 1:
        raise ValueError(f"{text!r} is not one range; type the first and the last LS, as in 100-200.")
    low, high = mask.ranges[0]
    low, high = max(low, first), min(high, last)
    if low > high:
        raise ValueError(f"The run has LS {first}-{last}, and none of {text}.")
    return low, high


def window_around(ls: int, width: int, first: int, last: int) -> tuple[int, int]:
    """Give `width` LS numbers around an LS, moved to lie within first to last where they fit."""
    start = min(max(ls - width // 2, first), max(last - width + 1, first))
    return start, min(start + width - 1, last)
