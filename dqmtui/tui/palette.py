"""The palette: actions, sets of plots, themes, runs and elements in one list that is searched by name."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dqmtui.model.actions import plain
from dqmtui.model.dataset_name import short_dataset
from dqmtui.store.layout_files import LayoutError, available_layouts
from dqmtui.tui.choices import Choices
from dqmtui.tui.pane_keys import of_pane
from dqmtui.tui.prompt import Prompt
from dqmtui.tui.prompting import Prompting
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dqmtui.model.actions import Action
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.theme import Theme
    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry

SUBJECT = "palette"
KEYS = 11
"""Cells of the keys on the right."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be done, by its name; `note` stands on the right."""

    name: str
    note: str
    do: Callable[[], None]


class Finding(Prompting, Choices):
    """The action that opens the palette, and what is done with the choice."""

    themes: Mapping[str, Theme]
    """The themes by their names; whoever changes the theme has them."""

    _entries: tuple[Entry, ...] = ()

    def action_palette(self) -> None:
        """Open the palette: all that has a name."""
        self._entries = tuple(self._all())
        names, notes = self._named()
        title = "Actions, sets, themes, runs and elements"
        self.choose(SUBJECT, title, names, notes, then=self._entry_chosen)
        self.run_worker(self.find_layouts(), group="layouts", exclusive=True)

    def _entry_chosen(self, choice: Picker.Chosen) -> None:
        self.go_back()
        self._entries[choice.index].do()

    async def find_layouts(self) -> None:
        """Look for sets of plots, and add those that are new to the palette."""
        found = await asyncio.to_thread(_layout_names, self.layouts_dir)
        new = tuple(name for name in found if name not in self.layout_names)
        self.layout_names = found
        if new:
            self.query_one(Prompt).more_is_known()
        picker = self.query_one(Picker)
        if new and picker.is_open and picker.subject == SUBJECT:
            # behind what is there: the places of the others stay
            self._entries += tuple(map(self._layout, new))
            picker.names_changed(*self._named())

    def _named(self) -> tuple[list[str], list[str]]:
        return [entry.name for entry in self._entries], [entry.note for entry in self._entries]

    def _all(self) -> Iterator[Entry]:
        keymap = self.look.keymap
        here = {action.id: action for action in of_pane(keymap, self.pane_in_focus())}
        for action in (here | keymap.by_id).values():
            if action.id != "palette":
                yield Entry(f"{action.text}  {action.id}", self._keys(action), partial(self._act, action))
        yield from map(self._layout, self.layout_names)
        for name in sorted(self.themes):
            yield Entry(f"Theme: {self._titled(name)}", _kind("theme"), partial(self._act_on, "theme", name))
        review = self.review
        if review is not None:
            for run in review.run_list.entries:
                name = f"Run {run.run}  {short_dataset(run.dataset)}"
                yield Entry(name, _kind("run"), partial(self._open_run, review, run))
            for element in review.elements:
                yield Entry(element.me, _kind(f"{element.dim}D ME"), partial(self._select, review, element))

    def _act(self, action: Action) -> None:
        """Do an action; one that can only be typed is begun at the prompt."""
        if action.takes and not action.keys:
            self.begin_command(f"{action.id} ")
        else:
            self.call_later(self.action_act, action.id)

    def _keys(self, action: Action) -> str:
        keys = action.shown_keys if action.keys else ""
        return _kind("action", plain(keys) if self.look.charset.name == "ascii" else keys)

    def _layout(self, name: str) -> Entry:
        return Entry(f"Set: {name}", _kind("set"), partial(self._act_on, "layout", name))

    def _act_on(self, action_id: str, argument: str) -> None:
        self.call_later(self.action_act, action_id, argument)

    def _open_run(self, review: Review, run: RunEntry) -> None:
        review.open_run(run)
        self.go_to_pane("lumisections")

    def _select(self, review: Review, element: MonitoringElement) -> None:
        review.select_element(element, review.elements)
        self.name_panes()
        self.go_to_pane("plot")

    def values_theme(self) -> Sequence[str]:
        """List the themes."""
        return sorted(self.themes)

    def _titled(self, name: str) -> str:
        return f"{self.themes[name].title}  {name}"


def _layout_names(directory: Path | None) -> tuple[str, ...]:
    """List the sets of plots; whoever opens their own list is told what is wrong with a directory."""
    for own in (directory, None):
        with suppress(LayoutError):
            return tuple(available_layouts(own))
    return ()


def _kind(kind: str, keys: str = "") -> str:
    return f"{keys:<{KEYS}} {kind}"
