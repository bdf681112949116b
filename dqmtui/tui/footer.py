"""The keys that matter most in the pane in focus, on the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.pane_keys import ALWAYS, BEFORE, hinted
from dqmtui.tui.panes.status import LineView, Part

if TYPE_CHECKING:
    from dqmtui.model.actions import Action
    from dqmtui.tui.look import Look

Hint = tuple[str, str]
"""Keys and word."""


class KeyLine(LineView):
    """Key and word of the actions that have a hint, as many as fit; those of the pane in focus first."""

    _shown: tuple[object, ...] = ()

    def show(self, look: Look, pane: str) -> None:
        """Show the hints while a pane has the keys."""
        shown = (look, pane, self.size.width)
        if shown == self._shown:
            return
        self._shown = shown
        always = [_hint(look, look.keymap.by_id[action_id]) for action_id in ALWAYS]
        room = self.size.width - sum(map(_width, always))
        hints: list[Hint] = []
        for hint in (("1-4", "panes"), *(_hint(look, action) for action in hinted(look.keymap, pane))):
            if _width(hint) <= room:
                hints.append(hint)
                room -= _width(hint)
        parts: list[Part] = []
        for keys, word in (*hints, *always):
            parts += [(f" {keys}", look.theme.roles.current), (f" {word} ", look.theme.roles.label)]
        self.show_parts(tuple(parts))


def _hint(look: Look, action: Action) -> Hint:
    before = look.keymap.by_id.get(BEFORE.get(action.id, ""))
    keys = f"{look.key(before.id)} " if before is not None and before.keys else ""
    return keys + look.key(action.id), action.hint


def _width(hint: Hint) -> int:
    return len(hint[0]) + len(hint[1]) + 3
