"""The line after `:` - go to a lumisection, a run or an action by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.actions import BY_ID
from dqmtui.model.text import ELLIPSIS, shortened
from dqmtui.model.theme import nearest_name
from dqmtui.tui.completing import Completion, complete
from dqmtui.tui.history import History
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dqmtui.tui.completing import Known

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


def read_command(text: str, help_key: str = "?") -> GoToLS | GoToRun | Do:
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
    hint = f"; did you mean {near}?" if near else f". {help_key} lists the actions."
    raise PromptError(f"{shortened(words, LONGEST_SHOWN)!r} is neither an LS, a run nor an action{hint}")


def explained(line: str, known: Known) -> str:
    """Say what a line is, "" while it is nothing."""
    try:
        match read_command(line):
            case Do(action_id):
                action = known.actions[action_id]
                return f"{action_id} {action.takes}".rstrip() + f"  {action.text}"
            case GoToLS(ls):
                return f"LS {ls} of the open run"
            case GoToRun(run):
                return f"open run {run}"
    except PromptError:
        return ""


class Prompt(Layer):
    """One line at the bottom that reads a command, and one above it with what it could become.

    Tab and shift+tab complete, up and down bring back lines of before; escape closes it.
    """

    DEFAULT_CSS = """
    Prompt {
        dock: bottom;
        height: 2;
        & Static { width: 1fr; height: 1; background: $panel; }
        & #prompt-offers { color: $text-muted; }
        & Horizontal { height: 1; }
        & #prompt-sign { width: 2; }
        & Input { border: none; height: 1; padding: 0; background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("tab", "complete(1)", "Complete", show=False, priority=True),
        Binding("shift+tab", "complete(-1)", "Complete backwards", show=False, priority=True),
        Binding("up,ctrl+p", "older", "Older", show=False, priority=True),
        Binding("down,ctrl+n", "newer", "Newer", show=False, priority=True),
    ]

    @dataclass
    class Given(Message):
        """A command was given."""

        text: str

    @dataclass
    class Closed(Message):
        """The prompt was closed without one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.history = History()
        self.ellipsis = ELLIPSIS
        self._known: Known | None = None
        self._completion = Completion("")
        self._at: int | None = None
        """Which of the texts of the completion stands in the line."""

    def compose(self) -> ComposeResult:
        """Lay out what is offered, the colon and the line."""
        yield Static(id="prompt-offers", markup=False)
        with Horizontal():
            yield Static(" :", id="prompt-sign", markup=False)
            yield OrderedInput(compact=True, select_on_focus=False)

    def open(self, known: Known, text: str = "") -> None:
        """Show the line with a text; what it can become is among what is known."""
        self.display = True
        self._known = known
        self.history.leave()
        line = self.query_one(OrderedInput)
        line.begin(text, self._give)
        self.screen.set_focus(line)
        self._typed(text)

    def _typed(self, text: str) -> None:
        """Find what a line could become."""
        self._at = None
        self._completion = Completion(text) if self._known is None else complete(text, self._known)
        self._show_offers()

    def more_is_known(self) -> None:
        """Look again what the line could become, unless the person is choosing among that."""
        if self.is_open and self._at is None:
            self._typed(self.query_one(Input).value)

    def _show_offers(self) -> None:
        """Show what the line could become, or what it is."""
        offers, completion = self.query_one("#prompt-offers", Static), self._completion
        line = self.query_one(Input).value
        words = "" if self._known is None else explained(line, self._known)
        is_name = not completion.line[: completion.start].strip() and not line.isdecimal()
        if not completion.texts or (self._at is None and words and is_name):
            offers.update(f" {words}")
            return
        offers.update(offered(completion.texts, self._at, self.size.width, self.ellipsis))

    def action_complete(self, step: int) -> None:
        """Go on as far as all that fits goes on alike, then from one to the next."""
        line = self.query_one(Input)
        if line.value != self._shown():
            self._typed(line.value)
        completion = self._completion
        if not completion.texts:
            return
        if self._at is None and completion.common != line.value and len(completion.common) > len(line.value):
            self._put(completion.common)
            self._typed(completion.common)
            return
        at = self._at
        self._at = (0 if step > 0 else -1) % len(completion.texts) if at is None else self._next(at, step)
        self._put(completion.with_text(completion.texts[self._at]))
        self._show_offers()

    def _next(self, at: int, step: int) -> int:
        return (at + step) % len(self._completion.texts)

    def _shown(self) -> str:
        """Give the line as completing left it."""
        completion = self._completion
        return completion.line if self._at is None else completion.with_text(completion.texts[self._at])

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def action_older(self) -> None:
        """Bring back the line before that begins with what is typed."""
        self._put(self.history.older(self.query_one(Input).value))

    def action_newer(self) -> None:
        """Bring back the line after that."""
        self._put(self.history.newer(self.query_one(Input).value))

    def _give(self) -> bool:
        """Give what was typed."""
        text = self.query_one(Input).value
        self.hide()
        if not text.strip():
            self.post_message(self.Closed())
            return True
        self.history.add(text.strip())
        self.post_message(self.Given(text))
        return True

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        # the event may tell of a line that has changed since
        if self.query_one(Input).value != self._shown():
            self._typed(self.query_one(Input).value)

    def on_resize(self) -> None:
        """Show as many offers as there is room for."""
        if self.is_open:
            self._show_offers()

    def action_close(self) -> None:
        """Close without a command."""
        self.hide()
        self.post_message(self.Closed())


def offered(texts: Sequence[str], at: int | None, width: int, ellipsis: str) -> Text:
    """Write what a line could become as far as there is room, from near the one that stands in it."""
    shown = Text(" ", no_wrap=True)
    first = 0
    while at is not None and sum(len(text) + 2 for text in texts[first : at + 1]) > width - 4:
        first += 1
    if first:
        shown.append(f"{ellipsis} ")
    for place, text in enumerate(texts[first:], first):
        if shown.cell_len + len(text) + len(ellipsis) + 2 > width:
            shown.append(ellipsis)
            break
        shown.append(text.rstrip(), style="reverse" if place == at else "")
        shown.append("  ")
    return shown
