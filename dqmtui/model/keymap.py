"""The keys as they are now: those of the action table, changed by a person's keymap."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dqmtui.model.actions import ACTIONS, Action, plain
from dqmtui.model.keynames import KeyNameError, pictured, read_key, spelt
from dqmtui.model.theme import nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TABLE = "keys"
"""The table of a keymap that gives actions their keys."""

NEVER_WITHOUT_KEY = ("quit", "help")
"""Actions that must keep a key, so that nobody is left with a screen that cannot be left."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a keymap: at which key of the file ("" for all of it), and a sentence."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}" if self.key else self.message


class KeymapError(ValueError):
    """A keymap that cannot be used; `problems` are all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(str(problems[0]))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Keymap:
    """All actions with the keys that they have now; `source` names the file that says so, "" for none."""

    actions: tuple[Action, ...] = ACTIONS
    source: str = ""

    @cached_property
    def by_id(self) -> dict[str, Action]:
        """The actions by their long names."""
        return {action.id: action for action in self.actions}

    @cached_property
    def by_key(self) -> dict[str, Action]:
        """The actions by Textual's names of their keys."""
        return {key: action for action in self.actions for key in action.keys}

    def shown(self, action_id: str, *, ascii_only: bool = False) -> str:
        """Give the first key of an action as it stands on screen, else what to type at the prompt."""
        action = self.by_id[action_id]
        text = pictured(action.keys[0]) if action.keys else f":{action_id}"
        return plain(text) if ascii_only else text

    def said(self, text: str) -> str:
        """Name the keys as they are now in a sentence that names default ones, as in `; u takes it back`.

        For what is said where keys are not known. Keys with ctrl are found anywhere, others where a sentence
        names a key: in front of what it does, at the beginning or behind a stop.
        """
        return text if self._names is None else self._names.sub(self._name_now, text)

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        """The default keys of actions that have others now, None when there are none."""
        keys = [spelt(key) for key in self._instead]
        if not keys:
            return None
        plainly = [re.escape(key) for key in keys if key.startswith("ctrl+")] or ["(?!)"]
        others = [re.escape(key) for key in keys if not key.startswith("ctrl+")] or ["(?!)"]
        before = r"(?:^|(?<=[;,(:.] )|(?<= and )|(?<=press )|(?<=key ))"
        return re.compile(rf"\b(?:{'|'.join(plainly)})\b|{before}(?:{'|'.join(others)})(?= [a-z]+s\b)")

    @cached_property
    def _instead(self) -> dict[str, str]:
        """What stands in place of the default keys of actions that have others now."""
        before = {action.id: action.keys for action in ACTIONS}
        return {key: self.shown(action_id) for action_id in self.changed for key in before.get(action_id, ())}

    def _name_now(self, found: re.Match[str]) -> str:
        return self._instead[read_key(found[0])]

    @cached_property
    def changed(self) -> frozenset[str]:
        """The long names of actions whose keys are not the default ones."""
        before = {action.id: action.keys for action in ACTIONS}
        return frozenset(action.id for action in self.actions if before.get(action.id) != action.keys)


def read_keymap(data: Mapping[str, object], source: str = "", actions: Sequence[Action] = ACTIONS) -> Keymap:
    """Read what a keymap file says; raises KeymapError with everything that is wrong.

    An action that is named has the keys that stand there and no others; an empty list takes all of them.
    Names with a dot need no quotes: TOML makes tables of them, which are read alike.
    """
    problems = [
        Problem(key, f"is nothing that a keymap has{_meant(key, [TABLE], f'; keys stand under [{TABLE}]')}")
        for key in data
        if key != TABLE
    ]
    table = data.get(TABLE, {})
    if not isinstance(table, dict):
        raise KeymapError([*problems, Problem(TABLE, 'must be a table with lines such as "quit" = ["q"].')])
    known = {action.id: action for action in actions}
    given: dict[str, tuple[str, ...]] = {}
    for action_id, value in _flat(table).items():
        if action_id not in known:
            hint = _meant(action_id, known, "; `dqmtui keys list` shows all")
            problems.append(Problem(action_id, f"is no action{hint}"))
            continue
        keys = _keys(known[action_id], value, problems)
        if keys is not None:
            given[action_id] = keys
    now = tuple(replace(action, keys=given.get(action.id, action.keys)) for action in actions)
    problems += _clashes(now, given)
    problems += [
        Problem(action_id, "must keep a key: give it one.")
        for action_id in NEVER_WITHOUT_KEY
        if given.get(action_id) == ()
    ]
    if problems:
        raise KeymapError(problems)
    return Keymap(now, source)


def written_keymap(keymap: Keymap) -> str:
    """Write a whole keymap file, every action with the keys that it has now and what it does."""
    lines = [f"[{TABLE}]"]
    for group in dict.fromkeys(action.group for action in keymap.actions):
        lines.append(f"\n# {group}")
        for action in keymap.actions:
            if action.group == group:
                keys = ", ".join(_quoted(spelt(key)) for key in action.keys)
                lines.append(f"{_quoted(action.id)} = [{keys}]  # {action.text}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _flat(table: Mapping[str, object], before: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found


def _keys(action: Action, value: object, problems: list[Problem]) -> tuple[str, ...] | None:
    """Read the keys of an action; adds to the problems, and gives None, where one cannot be used."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        problems.append(Problem(action.id, 'must be a key or a list of keys, such as ["right", "l"].'))
        return None
    keys: list[str] = []
    wrong: list[str] = []
    for text in texts:
        try:
            key = read_key(text)
        except KeyNameError as error:
            wrong.append(str(error))
            continue
        if key in keys:
            wrong.append(f"{spelt(key)} stands there twice.")
        elif key.isdecimal() and key not in action.keys:
            wrong.append(f"{key} is taken: digits go to panes, and before a step they say how often.")
        keys.append(key)
    wrong += [
        f"{key} stays with it, since digits are counts, too; write it among its keys."
        for key in action.keys
        if key.isdecimal() and key not in keys
    ]
    problems += [Problem(action.id, words) for words in wrong]
    return None if wrong else tuple(keys)


def _clashes(now: Sequence[Action], given: Mapping[str, tuple[str, ...]]) -> list[Problem]:
    """Find the keys that would mean two things."""
    owners: dict[str, list[Action]] = {}
    for action in now:
        for key in action.keys:
            owners.setdefault(key, []).append(action)
    problems = []
    for key, actions in owners.items():
        if len(actions) == 1:
            continue
        ours = next(action for action in actions if action.id in given)
        for other in actions:
            if other is ours:
                continue
            if other.id in given:
                words = f"{spelt(key)} stands at {other.id} as well; a key does one thing."
            else:
                words = (
                    f"{spelt(key)} is a key of {other.id} ({other.text}); "
                    f"give that other keys as well, such as {_quoted(other.id)} = []."
                )
            problems.append(Problem(ours.id, words))
    return problems


def _meant(name: str, names: Mapping[str, object] | Sequence[str], otherwise: str) -> str:
    near = nearest_name(name, names)
    return f"; did you mean {near}?" if near else f"{otherwise}."
