"""The bindings of the actions.

The table of the actions stands in dqmtui/model/actions.py, where the commands of the shell can read it, too:
whoever adds an action adds its line there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from dqmtui.model.actions import ACTIONS, BY_ID, GROUPS, Action, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ACTIONS", "BY_ID", "GROUPS", "Action", "bindings", "digit_bindings", "plain"]


def bindings(actions: Iterable[Action] = ACTIONS) -> list[Binding]:
    """Give a binding for each key of the actions, but for digits.

    They have priority: keys are then handled in the order in which they came, before the next one is looked
    at, so that `/charge` typed at once opens the finder first and ends up in it.
    """
    return [
        Binding(key, f"act({action.id!r})", action.text, show=False, priority=True)
        for action in actions
        for key in action.keys
        if not key.isdecimal()
    ]


def digit_bindings() -> list[Binding]:
    """Give the bindings of the digits, which go to panes and are numbers before a step."""
    return [Binding(str(digit), f"digit({digit})", show=False, priority=True) for digit in range(10)]
