"""Numbers typed before a step, beside digits that go to panes."""

from __future__ import annotations

from dataclasses import dataclass

LAST_PANE = 4
MOST_DIGITS = 5
TOGETHER_S = 1.0
"""Digits that follow each other within this time are one number."""

LASTS_S = 3.0
"""How long a number waits for its step."""


@dataclass(frozen=True, slots=True)
class Count:
    """Digits typed so far, and when the last one was, in seconds of a clock that never goes back.

    A lone 1 to 4 goes to a pane and counts nothing; a second digit, one from 5 to 9, or a 0 in front makes a
    number. `origin` is the pane in which the typing began: digits that were the beginning of a number should
    not have left it.
    """

    digits: str = ""
    at: float = 0.0
    origin: str = ""

    def typed(self, digit: int, now: float, pane: str) -> Count:
        """Give the count after one more digit, typed while `pane` had the keys."""
        if not self.digits or now - self.at > TOGETHER_S:
            return Count(str(digit), now, pane)
        return Count((self.digits + str(digit))[-MOST_DIGITS:], now, self.origin)

    def times(self, now: float) -> int | None:
        """Give how often a step is meant, None when no number stands."""
        if now - self.at > LASTS_S or not self.is_number:
            return None
        return max(1, int(self.digits))

    @property
    def is_number(self) -> bool:
        """Whether the digits are more than the name of a pane."""
        return len(self.digits) > 1 or (self.digits != "" and int(self.digits) > LAST_PANE)

    def __str__(self) -> str:
        return self.digits if self.is_number or self.digits == "0" else ""
