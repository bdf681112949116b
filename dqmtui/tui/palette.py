"""The command palette: the actions of the table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from dqmtui.tui.actions import ACTIONS, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.types import IgnoreReturnCallbackType


class ActionCommands(Provider):
    """Everything that has a name."""

    def _commands(self) -> Iterator[tuple[str, IgnoreReturnCallbackType, str]]:
        ascii_only = self.screen.has_class("-ascii")
        for action in ACTIONS:
            if action.id != "palette":
                run = partial(self.screen.run_action, f"act({action.id!r})")
                keys = plain(action.shown_keys) if ascii_only else action.shown_keys
                yield action.text, run, f"{action.id}   {keys}"

    async def discover(self) -> Hits:
        """Offer all actions."""
        for text, run, note in self._commands():
            yield DiscoveryHit(text, run, help=note)

    async def search(self, query: str) -> Hits:
        """Offer what fits."""
        matcher = self.matcher(query)
        for text, run, note in self._commands():
            score = matcher.match(f"{text} {note}")
            if score > 0:
                yield Hit(score, matcher.highlight(text), run, help=note)
