"""The keys that matter most where a key goes now, a pane or what lies over the panes, on the last line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.actions import plain
from dqmtui.model.keynames import pictured
from dqmtui.tui.pane_keys import ALWAYS, BEFORE, hinted
from dqmtui.tui.panes.status import LineView, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dqmtui.model.actions import Action
    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.layer import Layer

Hint = tuple[str, str]
"""Keys and word."""

_MOVING = ("move(", "page(", "end(", "scroll_", "page_")
"""How actions of layers begin that move in a list or a text, as anywhere: they are named last."""


class KeyLine(LineView):
    """Key and word of the actions that have a hint, as many as fit; those of the pane in focus first.

    While something lies over the panes its keys stand there, and no others: none of the panes' does anything.
    """

    _shown: tuple[object, ...] = ()

    def show(self, look: Look, pane: str, layer: Layer | None = None) -> None:
        """Show the hints while a pane has the keys, or a layer over them."""
        shown = (look, pane, layer, self.size.width)
        if shown == self._shown:
            return
        self._shown = shown
        if layer is None:
            always = [_hint(look, look.keymap.by_id[action_id]) for action_id in ALWAYS]
            offered = [("1-4", "panes"), *(_hint(look, action) for action in hinted(look.keymap, pane))]
            hints = [*_fitting(offered, self.size.width - sum(map(_width, always))), *always]
        else:
            hints = list(_fitting(_of_layer(look, layer), self.size.width))
        parts: list[Part] = []
        for keys, word in hints:
            parts += [(f" {keys}", look.theme.roles.current), (f" {word} ", look.theme.roles.label)]
        self.show_parts(tuple(parts))


def _fitting(hints: Iterable[Hint], room: int) -> Iterator[Hint]:
    """Give the hints that have room one after the other; a long one that has none is left out."""
    for hint in hints:
        if _width(hint) <= room:
            yield hint
            room -= _width(hint)


def _of_layer(look: Look, layer: Layer) -> list[Hint]:
    """List what the keys of a layer do, by its bindings: what is done there before moving about in it."""
    found: dict[str, Hint] = {"enter": ("enter", layer.enter_does)} if layer.enter_does else {}
    for binding in layer.own_bindings():
        action = look.keymap.by_id.get(binding.id or "")
        keys = (binding.key,) if action is None else action.keys
        word = binding.description.lower()
        # of a key that has the name of what it does nobody need be told
        if keys and binding.action not in found and keys[0] != word.replace(" ", ""):
            shown = pictured(keys[0])
            found[binding.action] = plain(shown) if look.charset.name == "ascii" else shown, word
    return [hint for _, hint in sorted(found.items(), key=lambda one: one[0].startswith(_MOVING))]


def _hint(look: Look, action: Action) -> Hint:
    before = look.keymap.by_id.get(BEFORE.get(action.id, ""))
    keys = f"{look.key(before.id)} " if before is not None and before.keys else ""
    return keys + look.key(action.id), action.hint


def _width(hint: Hint) -> int:
    return len(hint[0]) + len(hint[1]) + 3
