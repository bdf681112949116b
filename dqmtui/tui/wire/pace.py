"""The pace of a terminal far away: how much it was sent that it may not have shown yet."""

from __future__ import annotations

QUESTION = "\x1b[?2026$p"
"""Asks whether pictures can be shown at once; a terminal that answers has shown all that was sent before."""

_WORTH_ASKING = 8_000
_MOST_AHEAD = 16_000


class Pace:
    """Counts characters between questions and answers.

    What the device takes may still wait in buffers on the way, for seconds on a slow link through ssh. Only a
    terminal that has answered once is asked.
    """

    def __init__(self) -> None:
        self._answers = False
        self._before_question = 0
        self._since_question = 0

    @property
    def is_asked(self) -> bool:
        """Tell whether an answer is to come."""
        return self._before_question > 0

    @property
    def is_behind(self) -> bool:
        """Tell whether the terminal should answer before it is sent another picture."""
        return self.is_asked and self._before_question + self._since_question > _MOST_AHEAD

    def sends(self, n_characters: int) -> bool:
        """Count what is sent, and tell whether to ask behind it."""
        self._since_question += n_characters
        if not self._answers or self.is_asked or self._since_question < _WORTH_ASKING:
            return False
        self._before_question, self._since_question = self._since_question, 0
        return True

    def answered(self) -> None:
        """Take an answer: the terminal can, and has come as far as the question."""
        self._answers = True
        self._before_question = 0

    def give_up(self) -> None:
        """Ask no more, until there is an answer."""
        self._answers = False
        self._before_question = 0
