"""Who has the keys: the panes, and what lies over them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dqmtui.model.keynames import ALWAYS_QUITS
from dqmtui.review.facts import Severity
from dqmtui.tui.actions import BY_ID
from dqmtui.tui.counts import LAST_PANE, LASTS_S, Count
from dqmtui.tui.places import PANES, Places
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.table import TableView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.widget import Widget

    from dqmtui.review.review import Review
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look


class Focus(Places):
    """A screen of panes of which one has the keys, unless a layer over them has."""

    look: Look
    review: Review | None = None
    settings: Settings | None = None
    _has_panes = False
    _count = Count()
    _times = 1
    _number: int | None = None
    """The number typed before the action that is being done."""

    _origin = PANES[0]

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, Callable[[], None]] = {}

    @property
    def is_ready(self) -> bool:
        """Whether the panes are there: at the end of the program they go before the screen does."""
        return self._has_panes and self.display

    @property
    def layouts_dir(self) -> Path | None:
        """The directory of the person's own sets of plots; None as long as there are no settings."""
        return None if self.settings is None else self.settings.config_dir / "layouts"

    def notice(self, text: str, severity: Severity = Severity.INFO, details: str = "") -> None:
        """Say something on the message line; `details` are for those who ask."""
        raise NotImplementedError

    def confirm(self, text: str) -> None:
        """Say something that is no message to be read or copied later."""
        raise NotImplementedError

    def show_lines(self) -> None:
        """Bring the lines at the top and the bottom up to date."""
        raise NotImplementedError

    def unsaved(self) -> tuple[str, ...]:
        """Name what quitting would lose, such as "2 notes": whoever keeps something adds it to these."""
        return ()

    async def action_act(self, action_id: str, argument: str = "") -> None:
        """Do an action of the table; a number typed before repeats it or is its own to read, or is forgotten.

        `argument` is what was typed behind its name, for an action that takes something.
        """
        action = BY_ID[action_id]
        self._take_keys_back()
        times = self._count.times(time.monotonic())
        if times is not None:
            # its first digit was the beginning of a number, not the name of a pane
            self.go_to_pane(self._count.origin)
        self._count = Count()
        self._number = times
        self._times = times if action.counted and times is not None else 1
        handler = ("", action.handler, (argument,)) if action.takes else action.handler
        await self.app.run_action(handler, self)
        self._times, self._number = 1, None
        self.show_lines()

    # -- panes ---------------------------------------------------------------------------------------------

    def target(self, pane: str) -> Widget:
        """Give the widget of a pane that takes the keys."""
        widget = self.query_one(f"#{pane}")
        return widget.query_one(TableView) if pane in {"runs", "lumisections"} else widget

    def pane_in_focus(self) -> str:
        """Name the pane in focus, the plot when it is none of them."""
        focused = self.focused
        for pane in PANES:
            if focused is not None and self.query_one(f"#{pane}") in focused.ancestors_with_self:
                return pane
        return "plot"

    def pane_of_person(self) -> str:
        """Name the pane in focus; under what lies over the panes, the one that had the keys before."""
        return self._origin if self._is_layer_in_focus else self.pane_in_focus()

    @property
    def _is_layer_in_focus(self) -> bool:
        focused = self.focused
        return focused is not None and any(isinstance(one, Layer) for one in focused.ancestors_with_self)

    def go_to_pane(self, pane: str) -> None:
        """Give a pane the keys, unless something is shown over the panes, which keeps them."""
        self.at_pane(pane)
        if not self.is_covered:
            # what was over the panes may tell only later that it has been closed, and then comes back here
            self._origin = pane
            self.set_focus(self.target(pane))

    def go_back(self) -> None:
        """Give the keys back to the pane that had them before anything was opened over it."""
        self.go_to_pane(self._origin)

    def _take_keys_back(self) -> None:
        """Give the keys back from what has just been closed, which tells so later than the next key comes."""
        if self._is_layer_in_focus and not self.is_covered:
            self.go_back()

    # -- layers --------------------------------------------------------------------------------------------

    @property
    def covers(self) -> list[Layer]:
        """Which of finder, prompt, help and the like lie over the panes."""
        # layers are children of the screen; every key asks, and a query would look at every widget each time
        return [layer for layer in self.children if isinstance(layer, Layer) and layer.is_open]

    @property
    def is_covered(self) -> bool:
        """Whether anything lies over the panes."""
        return bool(self.covers)

    def keep_or_hide_covers(self) -> None:
        """Hide what lies over the panes but has lost the keys, to a click beside it: it could not be left.

        A layer that stays gets the keys back.
        """
        focused = self.focused
        for layer in self.covers:
            if focused is None or layer in focused.ancestors_with_self:
                continue
            if layer.stays:
                self.set_focus(layer)
            else:
                layer.hide()
                self.open_what_waits()

    def remember_pane(self) -> None:
        """Remember which pane has the keys, unless something has been opened over it already."""
        if not self.is_covered:
            self._origin = self.pane_in_focus()

    def when_uncovered(self, name: str, show: Callable[[], None]) -> None:
        """Open by itself what nobody asked for just now: never over what the person is typing into.

        Of several with the same name only the last waits.
        """
        self._waiting[name] = show
        self.open_what_waits()

    def wait_no_longer(self, name: str) -> None:
        """Do not open by itself what the person has opened."""
        self._waiting.pop(name, None)

    def open_what_waits(self) -> None:
        """Open the first of what waits, if nothing lies over the panes, neither here nor as a screen."""
        if self._waiting and not self.is_covered and self.is_active:
            self._waiting.pop(next(iter(self._waiting)))()

    def on_screen_resume(self) -> None:
        """Open what waited for the palette to close."""
        if self.is_ready:
            self.open_what_waits()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys go to what lies over the panes; before the panes are there, only quit is possible."""
        if not self.is_ready:
            return parameters == ("quit",) or action == "quit"
        if self.is_covered:
            return False
        return super().check_action(action, parameters)

    # -- keys where nothing can be seen --------------------------------------------------------------------

    @property
    def is_too_small(self) -> bool:
        """Whether the terminal has no room for anything but saying so."""
        return self.has_class("-too-small")

    def quits(self, key: str) -> bool:
        """Tell whether a key quits, by Textual's name of it."""
        action = self.look.keymap.by_key.get(key)
        return key == ALWAYS_QUITS or (action is not None and action.id == "quit")

    def is_taken_unseen(self, key: str) -> bool:
        """Tell whether a key is for what is there though nobody can see it: one that closes and stops."""
        action = self.look.keymap.by_key.get(key)
        return key == "escape" or (action is not None and action.id == "cancel")

    # -- actions -------------------------------------------------------------------------------------------

    def _table(self) -> TableView | None:
        """Give the table in focus."""
        return self.focused if isinstance(self.focused, TableView) else None

    def action_cursor(self, step: int) -> None:
        """Move in the table in focus."""
        if (table := self._table()) is not None:
            table.move_by(step * self._times)

    def action_cursor_page(self, pages: int) -> None:
        """Move in the table in focus by pages."""
        if (table := self._table()) is not None:
            table.move_by(pages * self._times * table.page)

    def action_cursor_end(self, side: int) -> None:
        """Move to the first or last row of the table in focus."""
        if (table := self._table()) is not None:
            table.move_by(side * table.row_count)

    def action_pane(self, pane: str) -> None:
        """Go to a pane."""
        self.go_to_pane(pane)

    def action_digit(self, digit: int) -> None:
        """Go to a pane, and go on with the number that is perhaps being typed."""
        self._take_keys_back()
        self._count = self._count.typed(digit, time.monotonic(), self.pane_in_focus())
        if 1 <= digit <= LAST_PANE:
            self.go_to_pane(PANES[digit - 1])
        self.set_timer(LASTS_S, self._count_expired)
        self.show_lines()

    def _count_expired(self) -> None:
        if self._count.digits and self._count.times(time.monotonic()) is None:
            self._count = Count()
            self.show_lines()

    def action_next_pane(self, step: int) -> None:
        """Go to the next or previous pane."""
        self.go_to_pane(PANES[(PANES.index(self.pane_in_focus()) + step) % len(PANES)])

    def action_zoom(self) -> None:
        """Let the pane in focus fill the screen, or give the others their place back."""
        self.zoom(None if self.zoomed is not None else self.pane_in_focus())
