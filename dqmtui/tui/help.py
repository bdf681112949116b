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

    from dqmtui.tui.look import Look

_NUMBERS = (
    "A number before a step repeats it: two digits, one from 5 to 9, or a 0 in front (25 →, 7 L, 03 h).",
    "In the finder: letters are found in order, =text is taken literally, ~text is a regular expression.",
    "After : a number below 100000 is an LS, a larger one a run, anything else the name of an action.",
)


_SIGNS = (
    ("track", "good", "strip: all flags are true; data: a histogram"),
    ("good", "good", "all flags are true"),
    ("bad", "bad", "a flag is false; data: other axes than the run's"),
    ("unknown", "unknown", "OMS knows the LS, but not this"),
    ("absent", "absent", "known to be absent"),
    ("hole", "hole", "trend and strip: no row of this LS"),
    ("empty", "empty", "the histogram is there and empty"),
    ("loading", "loading", "not loaded, or not yet"),
)
"""Glyph, role and meaning of what stands for a value."""

_COLUMNS = (
    ("ME", "elements that DIALS has of the LS"),
    ("rate Hz", "trigger rate of the path of the settings"),
    ("PU, lumi", "pileup and delivered luminosity, from OMS"),
    ("bm", "beams stable and CMS active"),
    ("px", "pixel barrel and forward ready"),
    ("st", "strips ready: TIB/TID, TOB, TEC+, TEC-"),
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
        padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "close", "Close", show=False, priority=True),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.display = False
        self.border_title = "Keys"
        self.border_subtitle = "esc closes"

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(markup=False)

    def _text(self, look: Look) -> Text:
        text = Text()
        ascii_only = look.charset.name == "ascii"
        for group in GROUPS:
            text.append(f"{group}\n", style="bold")
            for action in (action for action in ACTIONS if action.group == group):
                keys = plain(action.shown_keys) if ascii_only else action.shown_keys
                text.append(f"  {keys:<11}")
                text.append(f"{action.text}")
                text.append(f"  {action.id}\n", style="dim")
        text.append("Signs\n", style="bold")
        for glyph, role, meaning in _SIGNS:
            text.append(f"  {getattr(look.glyphs, glyph):<11}", style=look.theme.role(role))
            text.append(f"{meaning}\n")
        text.append("Columns\n", style="bold")
        for title, meaning in _COLUMNS:
            text.append(f"  {title:<11}{meaning}\n")
        for line in _NUMBERS:
            text.append(f"\n{plain(line) if ascii_only else line}")
        return text

    @property
    def is_open(self) -> bool:
        """Whether the help is on screen."""
        return bool(self.display)

    def action_close(self) -> None:
        """Close the help."""
        self.hide()
        self.screen.set_focus(self._before)

    def hide(self) -> None:
        """Take the help off the screen and tell nobody."""
        self.display = False

    _before: Widget | None = None

    def open(self, look: Look) -> None:
        """Show the help; the pane in focus gets it back afterwards."""
        self._before = self.screen.focused
        self.query_one(Static).update(self._text(look))
        self.display = True
        self.screen.set_focus(self)
