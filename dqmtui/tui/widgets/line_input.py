"""A line to type into that stays still."""

from __future__ import annotations

from textual.widgets import Input


class LineInput(Input):
    """An input whose cursor does not blink: that draws the eye, and writes over a slow link for nothing."""

    def on_mount(self) -> None:
        """Keep the cursor as it is."""
        self.cursor_blink = False
