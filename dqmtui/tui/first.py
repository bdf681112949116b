"""The first frame: where the panes stand and what was looked at last, while the rest is being imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from dqmtui.tui.places import PANES, Places

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from dqmtui.tui.glimpses import Glimpse
    from dqmtui.tui.wire.keys_apart import AltKey


class FirstScreen(Places):
    """Empty panes; keys typed here count as soon as there is something that understands them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "Quit", show=False, priority=True)]

    def __init__(self, glimpse: Glimpse, *, is_ascii: bool = False) -> None:
        super().__init__()
        self.glimpse = glimpse
        self.at, self.zoomed = glimpse.pane, glimpse.zoomed
        self.is_run_open = glimpse.is_run_open
        self.sizes = glimpse.sizes
        self.typed: list[events.Key] = []
        self.set_class(is_ascii, "-ascii")

    def compose(self) -> ComposeResult:
        """Lay out the lines and the panes as the review does."""
        yield Static(self.glimpse.line(self.app.size.width), id="place", classes="line", markup=False)
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield _Pane(id="runs", classes="pane")
                yield _Pane(id="lumisections", classes="pane")
            with Vertical(id="right"):
                yield _Pane(id="plot", classes="pane")
                yield _Pane(id="trend", classes="pane")
        yield Static(" starting ...", id="message", classes="line", markup=False)
        yield Static(" q quit", id="keys", classes="line", markup=False)

    def on_mount(self) -> None:
        """Write the titles, and put the panes where they belong."""
        self.place()
        for number, pane in enumerate(PANES, 1):
            title = f"{number} {self.glimpse.title(pane, folds=self.folds)}"
            self.query_one(f"#{pane}").border_title = Content(title)
        self.set_focus(self.query_one(f"#{self.at}"))

    def on_key(self, event: events.Key) -> None:
        """Keep a key for later."""
        self.typed.append(event)
        event.stop()

    def on_alt_key(self, event: AltKey) -> None:
        """Keep what may be one key or two: the keymap, which knows, is still to come."""
        self.on_key(event)


class _Pane(Static, can_focus=True):
    """An empty pane."""
