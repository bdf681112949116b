"""Themes: the next one, one by its name, and files that have changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import App

from dqmtui.model.theme import nearest_name
from dqmtui.review.facts import Severity
from dqmtui.store.themes import ThemeShelf
from dqmtui.tui.choices import Choices
from dqmtui.tui.textual_theme import textual_theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.model.theme import Theme
    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.picker import Picker

LOOK_EVERY_S = 1.0
"""Seconds between two looks at the theme files."""


class Theming(Choices):
    """The actions of the themes, which are those of `themes`; a shelf of files is looked at again."""

    themes: Mapping[str, Theme] = {}

    def change_look(self, look: Look) -> None:
        """Draw everything in another theme."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Say what is wrong with theme files, and begin to watch them."""
        if isinstance(self.themes, ThemeShelf):
            for problem in self.themes.problems:
                self.notice(f"A theme is left out: {problem}", Severity.WARNING)
            self.run_worker(self._watch_files(self.themes), name="themes", group="themes")

    def action_next_theme(self) -> None:
        """Take the next theme."""
        names = sorted({*self.themes, self.look.theme.name})
        name = names[(names.index(self.look.theme.name) + 1) % len(names)]
        self._choose_theme(name if name in self.themes else names[0])

    def action_theme(self, name: str) -> None:
        """Take a theme by its name; without one, choose from the list."""
        if not name:
            names = sorted(self.themes)
            notes = [
                f"{self.themes[one].title}{', in use' if one == self.look.theme.name else ''}"
                for one in names
            ]

            def chosen(choice: Picker.Chosen) -> None:
                self.go_back()
                self._choose_theme(names[choice.index])

            self.choose("theme", "Take a theme", names, notes, then=chosen)
        elif name in self.themes:
            self._choose_theme(name)
        else:
            near = nearest_name(name, self.themes)
            hint = f"; did you mean {near}?" if near else f"; there are {', '.join(sorted(self.themes))}."
            self.notice(f"There is no theme {name}{hint}", Severity.ERROR)

    def _choose_theme(self, name: str) -> None:
        theme = self.themes[name]
        self.use_theme(theme)
        self.notice(f"Theme: {theme.title}")

    def use_theme(self, theme: Theme) -> None:
        """Draw everything in a theme, also when it only has other colours than before."""
        self.app.register_theme(textual_theme(theme))
        if self.app.theme == theme.name:
            self.app.mutate_reactive(App.theme)
        else:
            self.app.theme = theme.name
        self.change_look(replace(self.look, theme=theme))

    async def _watch_files(self, shelf: ThemeShelf) -> None:
        """Look at the files time and again; a file system that hangs keeps nobody else waiting."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            news = await asyncio.to_thread(shelf.look_again)
            for problem in news.problems:
                self.notice(f"The theme stays as it was: {problem}", Severity.ERROR)
            mine = self.look.theme.name
            if mine in news.changed:
                self.use_theme(shelf[mine])
                self.notice(f"Theme: {shelf[mine].title}, read anew")
