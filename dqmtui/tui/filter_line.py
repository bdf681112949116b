"""The lines at the bottom into which a filter is typed; the table follows while it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from dqmtui.model.text import harmless
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a filter: whether it could be read, and what is to be said."""

    is_good: bool
    said: str


Try = Callable[[str], Tried]

_LAST_WORD = re.compile(r"[A-Za-z_][\w.]*$", re.ASCII)


def completed(text: str, names: Sequence[str]) -> str | None:
    """Give the text with its last word completed to a name, None when none begins so."""
    word = _LAST_WORD.search(text)
    if word is None:
        return None
    begun = word[0].lower()
    fits = [name for name in names if name.lower().startswith(begun) and len(name) > len(begun)]
    return text[: word.start()] + fits[0] if fits else None


class _Names(Suggester):
    """Suggests the end of a name."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names: Sequence[str] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """Give the line as it would be with the name."""
        return completed(value, self.names)


class FilterLine(Layer):
    """One line for the expression and one above it for what comes of it.

    Enter keeps the filter, escape brings back the one before, tab completes a name.
    """

    DEFAULT_CSS = """
    FilterLine {
        dock: bottom;
        height: 2;
        & Static { height: 1; width: auto; background: $panel; }
        & .filter--said { width: 1fr; padding: 0 1; color: $text-muted; }
        & Horizontal { height: 1; }
        & Input { border: none; height: 1; width: 1fr; padding: 0; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("tab", "complete", "Complete", show=False, priority=True),
    ]

    @dataclass
    class Closed(Message):
        """The line was closed; `kept`: with another filter."""

        kept: bool

    _try: Try = staticmethod(lambda _text: Tried(is_good=True, said=""))
    _before = ""
    _tried = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._names = _Names()

    def compose(self) -> ComposeResult:
        """Lay out what is said over the line."""
        yield Static(classes="filter--said", markup=False)
        with Horizontal():
            yield Static(classes="filter--what", markup=False)
            yield OrderedInput(compact=True, select_on_focus=False, suggester=self._names)

    def open(self, what: str, text: str, names: Sequence[str], attempt: Try) -> None:
        """Show the filter there is; `attempt` filters by an expression and says what came of it."""
        self._try, self._before, self._tried = attempt, text, text
        self._names.names = names
        self.query_one(".filter--what", Static).update(f" filter {what}: ")
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin(text, self._keep)
        self.screen.set_focus(line)
        self._say(attempt(text))

    def _say(self, tried: Tried) -> None:
        said = self.query_one(".filter--said", Static)
        said.update(Text(harmless(tried.said), style="" if tried.is_good else "bold"))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        # what is typed when it is closed already no longer counts
        if self.is_open and event.value != self._tried:
            self._tried = event.value
            self._say(self._try(event.value))

    def action_complete(self) -> None:
        """Complete the name that is being typed."""
        line = self.query_one(Input)
        text = completed(line.value[: line.cursor_position], self._names.names)
        if text is not None:
            line.value = text + line.value[line.cursor_position :]
            line.cursor_position = len(text)

    def _keep(self) -> bool:
        """Close with the filter as it stands there, unless it cannot be read; tell whether it is closed."""
        self._tried = self.query_one(Input).value
        tried = self._try(self._tried)
        if tried.is_good:
            self.hide()
            self.post_message(self.Closed(kept=True))
        else:
            self._say(tried)
        return tried.is_good

    def action_close(self) -> None:
        """Close with the filter of before."""
        self._try(self._before)
        self.hide()
        self.post_message(self.Closed(kept=False))
