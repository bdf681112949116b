"""The keys that matter most, on the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.actions import ACTIONS, plain
from dqmtui.tui.panes.status import LineView, Part

if TYPE_CHECKING:
    from dqmtui.tui.look import Look


class KeyLine(LineView):
    """Key and word of the actions that have a hint, as many as fit."""

    def show(self, look: Look) -> None:
        """Show the hints."""
        roles = look.theme.roles
        room = self.size.width
        parts: list[Part] = []
        for key, hint in (("1-4 tab", "panes"), *_hints()):
            key_text = plain(key) if look.charset.name == "ascii" else key
            if len(key_text) + len(hint) + 3 > room:
                continue
            parts += [(f" {key_text}", roles.current), (f" {hint} ", roles.label)]
            room -= len(key_text) + len(hint) + 3
        self.show_parts(tuple(parts))


def _hints() -> list[tuple[str, str]]:
    order = ("open", "find ME", "LS", "go to", "ME", "help", "quit")
    hinted = {action.hint: action for action in ACTIONS if action.hint}
    first = [hinted[hint] for hint in order]
    rest = [action for action in hinted.values() if action not in first]
    return [(_key(action.hint, action.shown_keys), action.hint) for action in (*first, *rest)]


def _key(hint: str, shown: str) -> str:
    match hint:
        case "LS":
            return "← →"
        case "ME":
            return ". ,"
        case _:
            return shown.split(" ", maxsplit=1)[0]
