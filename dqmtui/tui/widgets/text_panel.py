"""A text over the panes that can be scrolled, and is closed by escape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from dqmtui.tui.widgets.layer import Layer

if TYPE_CHECKING:
    from rich.text import Text
    from textual.app import ComposeResult


class TextPanel(Layer, can_focus=True):
    """A text to read; the keys of a pager scroll it."""

    DEFAULT_CSS = """
    TextPanel {
        width: 90%;
        max-width: 100;
        height: auto;
        max-height: 90%;
        overflow-y: auto;
        border: round $primary;
        padding: 0 1;
        & Static { height: auto; }
    }
    """

    leaves_lines = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close", show=False, priority=True),
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("space", "page_down", "Page down", show=False),
        Binding("g", "scroll_home", "Beginning", show=False),
        Binding("G", "scroll_end", "End", show=False),
    ]

    @dataclass
    class Closed(Message):
        """The panel was closed."""

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(markup=False)

    def show(self, title: str, subtitle: str, text: Text) -> None:
        """Show a text, from its beginning."""
        self.border_title = title
        self.say_keys(subtitle)
        self.write(text)
        self.display = True
        self.scroll_home(animate=False, immediate=True)
        self.screen.set_focus(self)

    def write(self, text: Text) -> None:
        """Write another text in place of that which is shown."""
        self.query_one(Static).update(text)

    def action_close(self) -> None:
        """Close the panel."""
        self.hide()
        self.post_message(self.Closed())
