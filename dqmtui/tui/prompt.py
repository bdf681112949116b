"""The line after `:` - go to a lumisection, a run or an action by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from dqmtui.model.text import shortened
from dqmtui.model.theme import nearest_name
from dqmtui.tui.actions import BY_ID
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

FIRST_RUN_NUMBER = 100_000
"""CMS run numbers have had six digits since 2008; no run has so many lumisections."""
MOST_DIGITS = 9
"""No run or LS has a longer number."""
LONGEST_SHOWN = 40
"""Characters of what was typed that an error repeats."""


@dataclass(frozen=True, slots=True)
class GoToLS:
    """`:120`."""

    ls: int


@dataclass(frozen=True, slots=True)
class GoToRun:
    """`:381115`."""

    run: int


@dataclass(frozen=True, slots=True)
class Do:
    """`:pane.zoom`, `:plot.x 0 40`."""

    action_id: str
    argument: str = ""


class PromptError(ValueError):
    """What was typed names nothing; the message says what is near."""


def read_command(text: str) -> GoToLS | GoToRun | Do:
    """Read what was typed after the colon; raises PromptError."""
    words = text.strip()
    if words.isdecimal() and words.isascii() and len(words) <= MOST_DIGITS:
        number = int(words)
        return GoToLS(number) if number < FIRST_RUN_NUMBER else GoToRun(number)
    name, _, argument = words.partition(" ")
    action = BY_ID.get(name)
    if action is not None and (action.takes or not argument):
        return Do(name, argument.strip())
    if action is not None:
        raise PromptError(f"{name} takes nothing behind its name.")
    near = nearest_name(name, BY_ID)
    hint = f"; did you mean {near}?" if near else ". ? lists the actions."
    raise PromptError(f"{shortened(words, LONGEST_SHOWN)!r} is neither an LS, a run nor an action{hint}")


class Prompt(Layer):
    """One line at the bottom that reads a command; escape closes it."""

    DEFAULT_CSS = """
    Prompt {
        layout: horizontal;
        dock: bottom;
        height: 1;
        & Static { width: 2; background: $panel; }
        & Input { border: none; height: 1; padding: 0; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False, priority=True)]

    @dataclass
    class Given(Message):
        """A command was given."""

        text: str

    @dataclass
    class Closed(Message):
        """The prompt was closed without one."""

    def compose(self) -> ComposeResult:
        """Lay out the colon and the line."""
        yield Static(" :", markup=False)
        yield LineInput(compact=True, select_on_focus=False, suggester=SuggestFromList(sorted(BY_ID)))

    def open(self) -> None:
        """Show an empty line."""
        self.display = True
        line = self.query_one(Input)
        line.value = ""
        self.screen.set_focus(line)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.hide()
        self.post_message(self.Given(event.value))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    def action_close(self) -> None:
        """Close without a command."""
        self.hide()
        self.post_message(self.Closed())
