"""What is about the program: the line of commands, help, messages, and stopping and asking again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from textual import on

from dqmtui.review.facts import Notice, Severity
from dqmtui.tui.clipboard import TooLongError, copy
from dqmtui.tui.focus import Focus
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.message_panel import MessagePanel
from dqmtui.tui.messages import Messages, Said
from dqmtui.tui.widgets.text_panel import TextPanel

_log = logging.getLogger(__name__)


class Program(Focus):
    """The actions that neither move the review nor change its picture."""

    def __init__(self) -> None:
        super().__init__()
        self.messages = Messages()
        self.on_line = Notice("")
        """What stands on the message line."""

    def notice(self, text: str, severity: Severity = Severity.INFO, details: str = "") -> None:
        """Say something on the message line; `details` are for those who ask."""
        self.on_line = Notice(text, severity, details)
        if text:
            self.messages.add(Said(self.on_line, datetime.now(UTC)))
            if severity is not Severity.INFO:
                _log.info("said as %s: %s %s", severity.value, text, details)
            if self.is_ready:
                self.query_one(MessagePanel).messages_came()
        self.show_lines()

    def action_cancel(self) -> None:
        """Stop loading, else give the zoomed pane its place back, else forget what was said and typed."""
        if self.review is not None and self.review.cancel():
            self.notice(f"Stopped; what came stays. {self.look.key('reload')} goes on.")
        elif self.zoomed is not None:
            self.zoom(None)
        else:
            self.notice("")
        self.show_lines()

    def action_reload(self) -> None:
        """Ask again for what is missing."""
        if self.review is not None:
            self.notice("")
            self.review.reload()

    def action_help(self) -> None:
        """Show the keys."""
        self.remember_pane()
        self.query_one(HelpPanel).open(self.look, self.pane_in_focus())

    def action_details(self) -> None:
        """Show all that was said in this session."""
        from dqmtui.store.log_file import log_path  # noqa: PLC0415 - the first frame does not wait for it

        self.remember_pane()
        self.query_one(MessagePanel).open(self.messages, self.look, log_path())

    @on(TextPanel.Closed)
    @on(MessagePanel.Closed)
    def _panel_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    def action_copy(self) -> None:
        """Copy what was said last, with its details."""
        last = self.messages.last
        if last is None:
            self.confirm("Nothing has been said that could be copied.")
            return
        try:
            copy(self.app, last.plain, "The last message has", self.confirm)
        except TooLongError as error:
            self.notice(str(error), Severity.ERROR)

    def confirm(self, text: str) -> None:
        """Say something that is no message to be read or copied later."""
        self.on_line = Notice(text)
        self.show_lines()
