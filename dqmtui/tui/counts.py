"""Numbers typed before a step, beside digits that go to panes."""

from __future__ import annotations

from dataclasses import dataclass

LAST_PANE = 4
MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Count:
    """Digits typed so far.

    A lone 1 to 4 goes to a pane and counts nothing; a second digit, one from 5 to 9, or a 0 in front makes a
    number.
    """

    digits: str = ""

    def typed(self, digit: int) -> Count:
        """Give the count after one more digit."""
        return Count((self.digits + str(digit))[-MOST_DIGITS:])

    @property
    def is_number(self) -> bool:
        """Whether a step should be repeated."""
        return len(self.digits) > 1 or (self.digits != "" and int(self.digits) > LAST_PANE)

    @property
    def pane(self) -> int | None:
        """The pane that the digit stands for, when it is no number yet."""
        return int(self.digits) if self.digits in {"1", "2", "3", "4"} else None

    @property
    def times(self) -> int:
        """How often a step is done."""
        return max(1, int(self.digits)) if self.is_number else 1

    def __str__(self) -> str:
        return self.digits if self.is_number or self.digits == "0" else ""
