"""The help: all keys by group, shown over the panes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from dqmtui.tui.actions import ACTIONS, GROUPS, plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

_NUMBERS = (
    "A number before a step repeats it: two digits, one from 5 to 9, or a 0 in front (25 →, 7 L, 03 h).",
    "In the finder: letters are found in order, =text is taken literally, ~text is a regular expression.",
    "After : a number below 100000 is an LS, a larger one a run, anything else the name of an action.",
)


class HelpPanel(VerticalScroll):
    """What can be pressed; any of its own keys closes it again."""

    DEFAULT_CSS = """
    HelpPanel {
        layer: overlay;
        width: 90%;
        max-width: 100;
        height: 90%;
        background: $panel;
        border: round $primary;
        padding: 0 2;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "close", "Close", show=False, priority=True),
    ]

    def __init__(self, *, ascii_only: bool, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.display = False
        self._ascii_only = ascii_only
        self.border_title = "Keys"
        self.border_subtitle = "esc closes"

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(self._text())

    def _text(self) -> Text:
        text = Text()
        for group in GROUPS:
            text.append(f"{group}\n", style="bold")
            for action in (action for action in ACTIONS if action.group == group):
                keys = plain(action.shown_keys) if self._ascii_only else action.shown_keys
                text.append(f"  {keys:<16}")
                text.append(f"{action.text}")
                text.append(f"  {action.id}\n", style="dim")
        for line in _NUMBERS:
            text.append(f"\n{plain(line) if self._ascii_only else line}")
        return text

    @property
    def is_open(self) -> bool:
        """Whether the help is on screen."""
        return bool(self.display)

    def action_close(self) -> None:
        """Close the help."""
        self.display = False
        self.screen.set_focus(self._before)

    _before: Widget | None = None

    def open(self) -> None:
        """Show the help; the pane in focus gets it back afterwards."""
        self._before = self.screen.focused
        self.display = True
        self.screen.set_focus(self)
