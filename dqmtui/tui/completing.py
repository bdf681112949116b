"""Completing what is typed at the prompt: names of actions, run numbers, and what an action takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmtui.model.actions import Action

_LAST_WORD = re.compile(r"[A-Za-z_][\w.]*$|^$", re.ASCII)


class Known(Protocol):
    """What the prompt can know of."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """The actions by their long names."""
        ...

    def values(self, action: Action) -> Sequence[str]:
        """List what may stand behind the name of an action, nothing where that is anything."""
        ...

    def words(self, action: Action) -> Sequence[str]:
        """List what may stand in an expression behind the name of an action, nothing where it takes none."""
        ...

    def runs(self) -> Iterable[int]:
        """List the runs that are known."""
        ...


@dataclass(frozen=True, slots=True)
class Completion:
    """What the end of a line, from `start` on, could become: `texts`, the best first."""

    line: str
    start: int = 0
    texts: tuple[str, ...] = ()

    @property
    def common(self) -> str:
        """The line with as much as all begin with that go on with what is typed."""
        typed = self.line[self.start :]
        begin_so = [text for text in self.texts if text.startswith(typed)]
        return self.with_text(_beginning(begin_so)) if begin_so else self.line

    def with_text(self, text: str) -> str:
        """Give the line with one of them."""
        return self.line[: self.start] + text


def _beginning(texts: Sequence[str]) -> str:
    """Give what all texts begin with."""
    first, last = min(texts, default=""), max(texts, default="")
    ends = (place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    return first[: next(ends, min(len(first), len(last)))]


def complete(line: str, known: Known) -> Completion:
    """Tell what a line could become."""
    start = len(line) - len(line.lstrip())
    name, space, argument = line[start:].partition(" ")
    if space:
        action = known.actions.get(name)
        if action is None or not action.takes:
            return Completion(line)
        typed = argument.lstrip()
        values = tuple(text for text in fitting(typed, known.values(action)) if text != typed)
        word = _last_word(typed)
        if word != typed and (values or not word):
            return Completion(line, len(line) - len(typed), values)
        names = (name for name in known.words(action) if name not in values and _goes_on(word, name))
        return Completion(line, len(line) - len(word), (*values, *names))
    if name.isdecimal():
        texts = tuple(run for run in dict.fromkeys(map(str, known.runs())) if run.startswith(name))
    else:
        ids = [action_id for action_id in fitting(name, known.actions) if action_id != name]
        texts = tuple(f"{action_id} " if known.actions[action_id].takes else action_id for action_id in ids)
    return Completion(line, start, texts)


def _last_word(text: str) -> str:
    """Give the name that the end of an expression is, or begins; "" where it is something else."""
    found = _LAST_WORD.search(text)
    return "" if found is None else found[0]


def _goes_on(word: str, name: str) -> bool:
    """Tell whether a name begins with a word and goes on; case does not count."""
    return len(name) > len(word) and name.lower().startswith(word.lower())


def fitting(typed: str, names: Iterable[str]) -> tuple[str, ...]:
    """List the names that begin with a text, then those that hold it elsewhere; case does not count."""
    folded = typed.lower()
    held = [name for name in names if folded in name.lower()]
    return tuple(sorted(held, key=lambda name: not name.lower().startswith(folded)))
