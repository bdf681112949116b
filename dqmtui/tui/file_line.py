"""The line at the bottom that asks for the name of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.text import shortened
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FileLine(Layer):
    """One line for the name and one above it for what is written there; escape closes both.

    A file that is there already is replaced when enter is pressed a second time on the same name.
    """

    DEFAULT_CSS = """
    FileLine {
        dock: bottom;
        height: 2;
        & Static { height: 1; width: 1fr; padding: 0 1; background: $panel; color: $text-muted; }
        & Input { border: none; height: 1; padding: 0 1; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False, priority=True)]

    @dataclass
    class Given(Message):
        """A name was given; `replace`: also if there is a file of that name."""

        kind: str
        path: str
        replace: bool

    @dataclass
    class Closed(Message):
        """The line was closed without one."""

    _kind = ""
    _there = ""

    def compose(self) -> ComposeResult:
        """Lay out the words over the line."""
        yield Static(markup=False)
        yield OrderedInput(compact=True, select_on_focus=False)

    @property
    def value(self) -> str:
        """What stands in the line."""
        return self.query_one(Input).value

    def open(self, kind: str, place: str, name: str, *, is_there: bool = False) -> None:
        """Ask for the name of a file of this kind in a `place`; `is_there`: there is one of this name."""
        self._kind = kind
        self._there = name if is_there else ""
        room = self.screen.size.width - 2
        said = shortened(f"Name of the file, in {place}", room)
        if is_there:
            question = "There is such a file: enter replaces it, or type another name"
            said = shortened(question, room)
        self.query_one(Static).update(said)
        # set here and not by a class: the next key must already find the line in focus
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin(name, self._give)
        self.screen.set_focus(line)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    def _give(self) -> bool:
        """Give the name that was typed, or none."""
        name = self.value.strip()
        self.hide()
        if name:
            self.post_message(self.Given(self._kind, name, replace=name == self._there))
        else:
            self.post_message(self.Closed())
        return True

    def action_close(self) -> None:
        """Close without a name."""
        self.hide()
        self.post_message(self.Closed())
