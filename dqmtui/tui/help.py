"""The help: all keys by group, shown over the panes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from dqmtui.tui.actions import ACTIONS, GROUPS, plain
from dqmtui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from dqmtui.tui.look import Look

_NUMBERS = (
    "A number before a step repeats it: two digits, one from 5 to 9, or a 0 in front (25 →, 7 L, 03 h).",
    "In the finder: letters are found in order, =text is taken literally, ~text is a regular expression.",
    "p opens a set of plots, each with the normalisation, log axes, ranges and statistic that the set gives.",
    "What you change by a key then holds for all plots of the set, until p opens it again.",
    "r chooses the only reference, A adds or takes away one; panels and maps compare with the first.",
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


_KEYS = 11
_NAMES = 18
"""Cells for a key; for the name of an action that has none, and what is typed behind it."""


class HelpPanel(TextPanel):
    """What can be pressed; any of its own keys closes it again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "close", "Close", show=False, priority=True),
    ]

    def open(self, look: Look) -> None:
        """Show the help."""
        self.show("Keys", "esc closes", help_text(look))


def help_text(look: Look) -> Text:
    """Write keys, signs and columns."""
    text = Text()
    ascii_only = look.charset.name == "ascii"
    for group in GROUPS:
        text.append(f"{group}\n", style="bold")
        for action in (action for action in ACTIONS if action.group == group):
            keys = plain(action.shown_keys) if ascii_only else action.shown_keys
            if action.keys:
                text.append(f"  {keys:<{_KEYS}}{action.text}")
                text.append(f"  {action.id}\n", style="dim")
            else:
                text.append(f"  {f'{keys} {action.takes}':<{_NAMES}}{action.text}\n")
    text.append("Signs\n", style="bold")
    for glyph, role, meaning in _SIGNS:
        text.append(f"  {getattr(look.glyphs, glyph):<{_KEYS}}", style=look.theme.role(role))
        text.append(f"{meaning}\n")
    text.append("Columns\n", style="bold")
    for title, meaning in _COLUMNS:
        text.append(f"  {title:<{_KEYS}}{meaning}\n")
    for line in _NUMBERS:
        text.append(f"\n{plain(line) if ascii_only else line}")
    return text
