"""Leaving the program: at once, once what is being written is on the disk, or after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.keynames import ALWAYS_QUITS
from dqmtui.review.facts import Severity
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from dqmtui.review.facts import Notice

WAITS_S = 1.0
"""Seconds that what is being written has to get to the disk before the person is asked."""


def question(unsaved: tuple[str, ...], key: str) -> str:
    """Ask whether to lose what is unsaved: one sentence, with the key that does it."""
    what, are, them = _told(unsaved)
    return f"{what} {are} not on disk: {key} quits and loses {them}, any other key stays"


def _told(unsaved: tuple[str, ...]) -> tuple[str, str, str]:
    """Name what is unsaved in one sentence's subject, with its verb and its pronoun."""
    *first, last = unsaved
    what = f"{', '.join(first)} and {last}" if first else last
    is_one = not first and last.startswith(("1 ", "a ", "an ", "the "))
    return (what, "is", "it") if is_one else (what, "are", "them")


class Leaving(Program):
    """Quitting; `unsaved` of whoever keeps something says what would be lost."""

    _asked: Notice | None = None
    """The question whose answer the next key is."""

    _waiting_to_leave: Timer | None = None
    """Runs out when what is being written has taken too long."""

    @property
    def is_asking(self) -> bool:
        """Whether the question stands on the message line."""
        return self._asked is not None and self._asked is self.on_line

    def may_leave(self) -> bool:
        """Tell whether to quit now.

        Else that is done by itself when what is being written is on the disk soon; otherwise the person is
        asked, and quits by doing it again at once.
        """
        unsaved = self.unsaved()
        if not unsaved or self.is_asking:
            return True
        if self.review is None or not self.review.is_keeping_notes:
            self._ask()
        elif self._waiting_to_leave is None:
            what, are, _ = _told(unsaved)
            self.confirm(f"Quitting as soon as {what} {are} on disk ...")
            self._waiting_to_leave = self.set_timer(WAITS_S, self._ask)
        return False

    def notes_kept(self) -> None:
        """Leave if that waited for what has been written, and ask no longer whether to lose it."""
        is_lost, was_waiting = bool(self.unsaved()), self._waiting_to_leave is not None
        if was_waiting and not is_lost:
            self._wait_no_longer()
            self.app.exit()
        elif was_waiting:
            self._ask()
        elif self.is_asking and not is_lost:
            self.stay()

    def _ask(self) -> None:
        """Ask whether to lose what is not on the disk; leave if all is, though nobody has been told yet."""
        self._wait_no_longer()
        unsaved = self.unsaved()
        if not unsaved:
            self.app.exit()
            return
        self.notice(question(unsaved, self.look.key("quit")), Severity.WARNING)
        self._asked = self.on_line
        self.show_lines()

    def _wait_no_longer(self) -> None:
        if self._waiting_to_leave is not None:
            self._waiting_to_leave.stop()
            self._waiting_to_leave = None

    def say_how_to_quit(self) -> None:
        """Name the keys that quit, for those who are used to another one."""
        self.confirm(f"{self.look.key('quit')} quits, and {ALWAYS_QUITS} does while something is open")

    async def action_act(self, action_id: str, argument: str = "") -> None:
        """Do an action; any but quitting is a no to the question."""
        if action_id != "quit":
            self.stay()
        await super().action_act(action_id, argument)

    def action_digit(self, digit: int) -> None:
        """Go to a pane, which is a no to the question as well."""
        self.stay()
        super().action_digit(digit)

    def on_key(self, _event: events.Key) -> None:
        """Take a key that does nothing for a no."""
        self.stay()

    def on_click(self) -> None:
        """Take a click for a no."""
        self.stay()

    def stay(self) -> None:
        """Leave no more, and ask no more whether to."""
        if self._waiting_to_leave is not None:
            self._wait_no_longer()
            self.confirm("")
        if self._asked is not None:
            if self.is_asking:
                self.confirm("")
            self._asked = None
