"""What is about the program: the line of commands, help, messages, and stopping and asking again."""

from __future__ import annotations

from datetime import UTC, datetime

from textual import on

from dqmtui.review.facts import Notice, Severity
from dqmtui.tui.clipboard import TooLongError
from dqmtui.tui.focus import Focus
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.messages import MessagePanel, Messages, Said
from dqmtui.tui.prompt import Do, GoToLS, GoToRun, Prompt, PromptError, read_command
from dqmtui.tui.widgets.text_panel import TextPanel


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
        self.show_lines()

    def action_prompt(self) -> None:
        """Open the line that reads a command."""
        self.remember_pane()
        self.query_one(Prompt).open()

    @on(Prompt.Given)
    async def _command_given(self, event: Prompt.Given) -> None:
        self.go_back()
        try:
            await self._do(event.text)
        except PromptError as error:
            self.notice(str(error), Severity.ERROR)
        self.open_what_waits()

    async def _do(self, text: str) -> None:
        """Do what was typed; raises PromptError."""
        review = self.review
        match read_command(text):
            case Do(action_id, argument):
                await self.action_act(action_id, argument)
            case GoToLS(ls) if review is not None:
                review.go_to_ls(ls)
            case GoToRun(run) if review is not None:
                review.go_to_run(run)
            case _:
                self.notice("There is no connection yet.", Severity.WARNING)

    @on(Prompt.Closed)
    def _prompt_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    def action_cancel(self) -> None:
        """Stop loading, else give the zoomed pane its place back, else forget what was said and typed."""
        if self.review is not None and self.review.cancel():
            self.notice("Stopped; what came stays. ctrl+r goes on.")
        elif self.has_class("-zoom"):
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
        self.query_one(HelpPanel).open(self.look)

    def action_details(self) -> None:
        """Show what was said in full."""
        self.remember_pane()
        self.query_one(MessagePanel).open(self.messages, self.look)

    @on(TextPanel.Closed)
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
            self.app.copy_to_clipboard(last.plain)
        except TooLongError as error:
            self.notice(str(error), Severity.ERROR)
        else:
            self.confirm("The last message has been sent to the terminal's clipboard.")

    def confirm(self, text: str) -> None:
        """Say something that is no message to be read or copied later."""
        self.on_line = Notice(text)
        self.show_lines()
