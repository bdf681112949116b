"""Leaving the program: at once, unless something would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.review.facts import Severity
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from textual import events

    from dqmtui.review.facts import Notice


def question(unsaved: tuple[str, ...], key: str) -> str:
    """Ask whether to lose what is unsaved: one sentence, with the key that does it."""
    *first, last = unsaved
    what = f"{', '.join(first)} and {last}" if first else last
    is_one = not first and last.startswith(("1 ", "a ", "an ", "the "))
    are, them = ("is", "it") if is_one else ("are", "them")
    return f"{what} {are} not on disk: {key} quits and loses {them}, any other key stays"


class Leaving(Program):
    """Quitting; `unsaved` of whoever keeps something says what would be lost."""

    _asked: Notice | None = None
    """The question whose answer the next key is."""

    def may_leave(self) -> bool:
        """Tell whether to quit now; else the person is asked, and quits by doing it again at once."""
        unsaved = self.unsaved()
        if not unsaved or (self._asked is not None and self._asked is self.on_line):
            return True
        self.notice(question(unsaved, self.look.key("quit")), Severity.WARNING)
        self._asked = self.on_line
        return False

    async def action_act(self, action_id: str, argument: str = "") -> None:
        """Do an action; any but quitting is a no to the question."""
        if action_id != "quit":
            self._stay()
        await super().action_act(action_id, argument)

    def action_digit(self, digit: int) -> None:
        """Go to a pane, which is a no to the question as well."""
        self._stay()
        super().action_digit(digit)

    def on_key(self, _event: events.Key) -> None:
        """Take a key that does nothing for a no."""
        self._stay()

    def on_click(self) -> None:
        """Take a click for a no."""
        self._stay()

    def _stay(self) -> None:
        if self._asked is not None:
            if self._asked is self.on_line:
                self.confirm("")
            self._asked = None
