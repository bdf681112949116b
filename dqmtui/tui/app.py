"""The application: themes, the connection, and the review screen."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segments
from rich.traceback import Traceback
from textual.app import App
from textual.command import CommandPalette
from textual.scrollbar import ScrollBar
from textual.worker import WorkerCancelled, WorkerFailed

from dqmtui.review.facts import Severity
from dqmtui.tui.clipboard import copyable, osc_52, passed_through
from dqmtui.tui.look import textual_theme
from dqmtui.tui.palette import ActionCommands
from dqmtui.tui.screen import ReviewScreen
from dqmtui.tui.widgets.scrollbar import PlainScrollBar
from dqmtui.tui.wire.driver import WireDriver, with_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.command import Provider
    from textual.driver import Driver
    from textual.worker import Worker

    from dqmtui.model.theme import Theme
    from dqmtui.review.review import Target
    from dqmtui.store.settings import Settings
from dqmtui.tui.look import Look


class DqmtuiApp(App[None]):
    """Reviews CMS data quality lumisection by lumisection.

    `prepare` gives the settings with the addresses of the services; it may block and runs in a thread. With
    `wire`, the terminal is only told what has changed.
    """

    TITLE = "dqmtui"
    CSS_PATH = "screen.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionCommands}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        prepare: Callable[[], Settings],
        target: Target,
        look: Look,
        themes: Mapping[str, Theme],
        *,
        wire: bool = True,
    ) -> None:
        self._has_wire = wire  # Textual asks for the driver at once
        super().__init__()
        self._prepare = prepare
        self._target = target
        self._themes = themes
        self._reviewer: Worker[None] | None = None
        self.look = look
        for theme in themes.values():
            self.register_theme(textual_theme(theme))
        self.theme = look.theme.name
        ScrollBar.renderer = PlainScrollBar
        self.review_screen = ReviewScreen(look)

    def get_driver_class(self) -> type[Driver]:
        """Write to the terminal what has changed, as fast as it takes that."""
        return with_wire(super().get_driver_class(), wanted=self._has_wire)

    def get_default_screen(self) -> ReviewScreen:
        """Begin with the review."""
        return self.review_screen

    def on_mount(self) -> None:
        """Connect once the first frame is out."""
        self.call_after_refresh(self._connect)

    def _connect(self) -> None:
        self._reviewer = self.run_worker(self._reviewing(), group="review", exclusive=True, name="review")

    async def on_unmount(self) -> None:
        """Close the connections before the event loop ends."""
        if self._reviewer is not None:
            self._reviewer.cancel()
            with suppress(WorkerCancelled, WorkerFailed):
                await self._reviewer.wait()

    async def _reviewing(self) -> None:
        """Keep the review and its connections alive until the program ends."""
        # these bring NumPy's and the services' modules, which the first frame does not wait for
        settings = await asyncio.to_thread(self._prepare_settings)
        if settings is None:
            return
        from dqmtui.review.review import Review  # noqa: PLC0415 - see above
        from dqmtui.review.session import connected  # noqa: PLC0415 - see above

        screen = self.review_screen
        listeners = (screen.service_changed, screen.login_file_noticed)
        async with connected(settings, *listeners, on_logins=screen.use_logins) as data:
            review = Review(data, screen.take)
            try:
                screen.attach(review, settings)
                review.begin(self._target)
                if self._target.run is not None:
                    has_plot = self._target.me or self._target.layout is not None
                    screen.go_to_pane("plot" if has_plot else "lumisections")
                await asyncio.Event().wait()
            finally:
                await review.close()

    def _prepare_settings(self) -> Settings | None:
        try:
            return self._prepare()
        except (OSError, ValueError) as error:
            self.call_from_thread(self.review_screen.notice, str(error), Severity.ERROR)
            return None

    def _handle_exception(self, error: Exception) -> None:
        """End with an error that nobody expected, and log it: Textual does not let it through."""
        logging.getLogger(__name__).critical("crashed", exc_info=error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Show where an error came from, but no values of variables: some are secret."""
        self.bell()
        shown = self.console.render(Traceback(width=None), self.console.options)
        self._exit_renderables.append(Segments(shown))
        self._close_messages_no_wait()

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text into the clipboard of the terminal; raises TooLongError."""
        shown = copyable(text)
        sequence = osc_52(shown)
        # the plain sequence is Textual's, which keeps the text for its own pasting, too
        super().copy_to_clipboard(shown)
        wrapped = passed_through(sequence, os.environ)
        if wrapped and self._driver is not None:
            self._driver.write(wrapped)

    def action_command_palette(self) -> None:
        """Open the palette, unless finder, prompt or help lie over what its actions are about."""
        if not (self.review_screen.is_covered or isinstance(self.screen, CommandPalette)):
            self.push_screen(CommandPalette(placeholder="The name of an action", id="--command-palette"))

    def action_redraw(self) -> None:
        """Draw everything: another program may have written to the terminal."""
        if isinstance(self._driver, WireDriver):
            self._driver.forget()
        self.refresh()

    def action_next_theme(self) -> None:
        """Take the next theme."""
        names = sorted(self._themes)
        chosen = names[(names.index(self.look.theme.name) + 1) % len(names)]
        self.use_theme(chosen)

    def use_theme(self, name: str) -> None:
        """Draw everything in a theme."""
        theme = self._themes[name]
        self.theme = name
        self.look = replace(self.look, theme=theme)
        self.review_screen.change_look(self.look)
        self.review_screen.notice(f"Theme: {theme.title}")
