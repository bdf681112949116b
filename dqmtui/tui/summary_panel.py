"""The report on the review as text, over the panes."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from dqmtui.tui.clipboard import CopyableLines, TooLongError, copy, copyable
from dqmtui.tui.widgets.text_panel import TextPanel


class SummaryPanel(TextPanel):
    """Text for the ELOG; `c` puts all of it into the clipboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_all", "Copy", show=False, priority=True),
    ]

    report = ""

    def open(self, report: str) -> None:
        """Show a report."""
        self.report = report
        self.show("Summary for the ELOG", "c copies   esc closes", Text(report))

    def action_copy_all(self) -> None:
        """Copy the report, its lines as they are."""
        try:
            # for a form and not for a shell: without the signs that make lines harmless to one
            lines = CopyableLines("\n".join(map(copyable, self.report.splitlines())))
            copy(self.app, lines, "It has", self._say)
        except TooLongError as error:
            self._say(f"{error} :export text FILE writes it")

    def _say(self, words: str) -> None:
        """Answer a key in the frame."""
        self.say_keys(f"{words}   esc closes")
