"""What is done in each pane, the most useful first: footer and help begin with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.model.actions import Action
    from dqmtui.model.keymap import Keymap

_TABLE = ("filter.edit", "sort.next", "columns", "table.left", "table.right")
_SUSPICIONS = ("suspicion.next", "suspicion.previous")
_STEPS = ("ls.next", "ls.previous")

FIRST = {
    "runs": (
        "open",
        "me.find",
        "run.dataset",
        *_TABLE,
        "run.follow",
        "workspace",
        "run.next",
        "run.previous",
    ),
    "lumisections": (
        *_STEPS,
        "me.find",
        "note",
        *_TABLE[:3],
        *_SUSPICIONS,
        "ls.exclude",
        "ls.range",
        *_TABLE[3:],
        "ls.forward",
        "ls.back",
        "good.choose",
        "scores",
    ),
    "plot": (
        *_STEPS,
        "me.find",
        "me.next",
        "me.previous",
        "plot.normalise",
        "plot.log",
        "reference.choose",
        "reference.compare",
        "plot.waterfall",
        "plot.integral",
        "bin.cursor",
        "layout",
        "plots.per_page",
    ),
    "trend": (
        *_STEPS,
        "me.find",
        "trend.statistic",
        "trend.under",
        "trend.zoom",
        "ls.range",
        *_SUSPICIONS,
        "ls.exclude",
        "note",
        "scores",
    ),
}
"""Actions of a pane, by their long names."""

ANYWHERE = ("go", "ls.next", "me.find", "layout", "scan", "palette")
"""What is done in any pane."""

ALWAYS = ("help", "quit")
"""What has its place in the footer whatever else there is."""

BEFORE = {
    "ls.next": "ls.previous",
    "me.next": "me.previous",
    "suspicion.next": "suspicion.previous",
    "bin.right": "bin.left",
}
"""Actions whose hint stands for another one, too, which goes the other way."""


def hinted(keymap: Keymap, pane: str) -> list[Action]:
    """List the actions that have a word for the footer and a key, the most useful in this pane first."""
    order = dict.fromkeys((*FIRST.get(pane, ()), *ANYWHERE, *keymap.by_id))
    known = (keymap.by_id.get(action_id) for action_id in order)
    return [action for action in known if action and action.hint and action.keys and action.id not in ALWAYS]


def of_pane(keymap: Keymap, pane: str) -> list[Action]:
    """List the actions of a pane that have a key."""
    known = (keymap.by_id.get(action_id) for action_id in FIRST.get(pane, ()))
    return [action for action in known if action and action.keys]
