"""A line to type into that does what keys say in the order in which they came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual.widget import Widget

from dqmtui.tui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Callable


LONGEST_S = 2.0
"""Seconds after which nobody waits for a widget any more."""


class OrderedInput(LineInput):
    """An input that is typed into faster than it is drawn, as over a slow link.

    Textual's own does what ctrl+u, backspace and enter say after letters that came behind them. Here `done`
    is called by enter with all that was typed before it, and tells whether that was the end: then keys that
    came behind it are for whoever has the keys now.
    """

    done: Callable[[], bool] = staticmethod(lambda: False)

    _is_done = False

    def begin(self, text: str, done: Callable[[], bool]) -> None:
        """Show a text with the cursor behind it."""
        self.value, self.done, self._is_done = text, done, False
        self.cursor_position = len(text)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell whether a key is typed into the line: not into one that has been closed with its layer."""
        is_closed = not self._is_done and not all(node.display for node in self.ancestors_with_self)
        return not is_closed and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        bound = self._bindings.key_to_bindings.get(event.key, [])
        if self._is_done:
            event.stop()
            event.prevent_default()
            _pass_on(self, events.Key(event.key, event.character))
        elif bound:
            event.stop()
            event.prevent_default()
            await self.run_action(bound[0].action)
        else:
            await super()._on_key(event)

    async def action_submit(self) -> None:
        """Say that the person is done."""
        self._is_done = self.done()


async def handled(widget: Widget | None) -> None:
    """Wait until a widget has done what the keys say that came to it so far.

    Each does so in its own time: enter in one field can be faster than what was typed into another before.
    """
    done = asyncio.Event()
    if widget is not None and widget.call_later(done.set):
        with suppress(TimeoutError):
            # one that is taken away with its screen never gets there
            await asyncio.wait_for(done.wait(), LONGEST_S)


def _pass_on(widget: Widget, key: events.Key) -> None:
    """Let a key go to the application, behind what this widget's parents were told before it."""
    parent = widget.parent
    if isinstance(parent, Widget):
        parent.call_later(_pass_on, parent, key)
    else:
        widget.app.post_message(key)
