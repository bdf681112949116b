"""The application: themes, the connection, and the review screen."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.segment import Segments
from textual import events
from textual.app import App
from textual.scrollbar import ScrollBar
from textual.worker import WorkerCancelled, WorkerFailed

from dqmtui.tui.clipboard import copyable, osc_52, passed_through
from dqmtui.tui.plain import what_is_lacking
from dqmtui.tui.textual_theme import textual_theme
from dqmtui.tui.widgets.scrollbar import PlainScrollBar
from dqmtui.tui.wire.driver import WireDriver, with_wire
from dqmtui.tui.wire.keys_apart import AltKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.theme import Theme as TextualTheme
    from textual.worker import Worker

    from dqmtui.model.theme import Theme
    from dqmtui.review.target import Target
    from dqmtui.store.sessions import OpenedSession
    from dqmtui.store.settings import Settings
    from dqmtui.tui.first import FirstScreen
    from dqmtui.tui.look import Look
    from dqmtui.tui.screen import ReviewScreen


class DqmtuiApp(App[None]):
    """Reviews CMS data quality lumisection by lumisection.

    `prepare` gives the settings with the addresses of the services; it may block and runs in a thread. With
    `wire`, the terminal is only told what has changed. What is looked at is kept in the `session`, and opened
    from it where the `target` says nothing else.

    With `first` that screen is shown, in its theme, while a thread imports the modules of the review and
    calls `look` to make what needs them.
    """

    TITLE = "dqmtui"
    CSS_PATH = "screen.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        prepare: Callable[[], Settings],
        target: Target,
        look: Look | Callable[[], Look],
        themes: Mapping[str, Theme],
        *,
        wire: bool = True,
        session: OpenedSession | None = None,
        first: tuple[FirstScreen, str] | None = None,
    ) -> None:
        self._has_wire = wire  # Textual asks for the driver at once
        super().__init__()
        # an empty one, which Textual takes for one, says nothing
        self.no_color = bool(os.environ.get("NO_COLOR"))
        # what glides for a second is a second late on a slow link, and sixty pictures
        self.animation_level = "none"
        self._prepare = prepare
        self._target = target
        self._themes = themes
        self._session = session
        self._first: FirstScreen | None
        self._first, first_theme = first or (None, "")
        self._look = look
        self._review_screen: ReviewScreen | None = None
        self._other_session = asyncio.Event()
        self._reviewer: Worker[None] | None = None
        ScrollBar.renderer = PlainScrollBar
        if self._first is not None:
            # the others are read from their files when the first frame is out
            self.register_theme(textual_theme(themes[first_theme]))
            self.theme = first_theme
        else:
            self._review_screen = self._new_screen(self._made_look())

    def _made_look(self) -> Look:
        return self._look() if callable(self._look) else self._look

    @property
    def review_screen(self) -> ReviewScreen:
        """The screen of the review; raises RuntimeError as long as it is being imported."""
        if self._review_screen is None:
            raise RuntimeError("the review has not been imported yet")
        return self._review_screen

    def _kind_of_screen(self) -> type[ReviewScreen]:
        from dqmtui.tui.screen import ReviewScreen  # noqa: PLC0415 - NumPy's modules, after the first frame

        return ReviewScreen

    def _new_screen(self, look: Look) -> ReviewScreen:
        """Make the screen of the review, and give the program its look and its keys."""
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme))
        screen = self._kind_of_screen()(look)
        screen.themes = self._themes
        screen.use_session(self._session, self.open_session)
        self.theme = look.theme.name
        # layers are closed by the keys that open them
        changed = (look.keymap.by_id[action_id] for action_id in look.keymap.changed)
        self.set_keymap({action.id: ",".join(action.keys) for action in changed if action.keys})
        return screen

    def get_driver_class(self) -> type[Driver]:
        """Write to the terminal what has changed, as fast as it takes that."""
        return with_wire(super().get_driver_class(), wanted=self._has_wire)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the review, or with what is shown before it."""
        return self._first or self.review_screen

    def get_theme(self, theme_name: str) -> TextualTheme | None:
        """Give a theme; Textual asks for it at every line, and would make two lists of all each time."""
        return self._registered_themes.get(theme_name) or super().get_theme(theme_name)

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - Textual's
        """Take the colours of another theme; before there is a screen, no style sheet has been read."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Take out of every line what the terminal lacks."""
        screen = self._review_screen
        is_ascii = screen is not None and screen.look.charset.name == "ascii"
        return what_is_lacking(super().get_line_filters(), has_colors=not self.no_color, is_ascii=is_ascii)

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
        if self._first is not None:
            await self._leave_first(self._first)
        from dqmtui.render.frame import import_plotter  # noqa: PLC0415 - NumPy's modules

        self.run_worker(import_plotter, thread=True, name="plotter", group="plotter")
        settings = await asyncio.to_thread(self._prepare_settings)
        if settings is None:
            return
        while True:
            self._other_session.clear()
            await self._review(settings)

    async def on_event(self, event: events.Event) -> None:
        """Let what may be escape and another key, or one key with alt, be what it is where it arrives.

        What nobody can see, because the terminal is too small, takes but a few keys.
        """
        screen = self._review_screen
        if screen is None or not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        keys: tuple[events.Key, ...] = (event,)
        if isinstance(event, AltKey):
            # widgets know of plain keys alone
            keys = event.meant(screen.look.keymap.by_key, is_typing=self._is_typing())
        for key in keys:
            if screen.is_too_small and screen.quits(key.key):
                await self.action_quit()
                continue
            if screen.is_too_small:
                screen.stay()
            if not screen.is_too_small or screen.is_taken_unseen(key.key):
                await super().on_event(key)

    def _is_typing(self) -> bool:
        from textual.widgets import Input  # noqa: PLC0415 - the first frame has none

        return isinstance(self.focused, Input)

    async def _leave_first(self, first: FirstScreen) -> None:
        """Go on to the screen of the review once it is imported; keys typed until then count in it."""
        look = await asyncio.to_thread(self._import_review)
        self._review_screen = screen = self._new_screen(look)
        await self.push_screen(screen)
        # all that has been imported stays: nobody need look for garbage among it, which stops everything for
        # longer than a frame may take
        gc.freeze()
        gc.enable()
        for key in first.typed:
            self.post_message(key.copy())

    def _import_review(self) -> Look:
        """Import, in a thread, what the first frame does without."""
        from dqmtui.review import review, session  # noqa: F401, PLC0415 - see above
        from dqmtui.tui import screen  # noqa: F401, PLC0415 - see above

        len(self._themes)  # which reads their files
        return self._made_look()

    async def _review(self, settings: Settings) -> None:
        """Review until another session is opened, or the program ends."""
        from dqmtui.review.review import Review  # noqa: PLC0415 - NumPy's and the services' modules
        from dqmtui.review.session import connected  # noqa: PLC0415 - as above

        screen = self.review_screen
        listeners = (screen.service_changed, screen.login_file_noticed)
        async with connected(settings, *listeners, on_logins=screen.use_logins) as data:
            review = Review(data, screen.take)
            try:
                screen.attach(review, settings)
                review.open_journal(settings)
                target = screen.target_of_session(self._target, settings)
                review.begin(target)
                if self._target.run is not None and not screen.goes_on:
                    has_plot = target.me or target.layout is not None
                    screen.go_to_pane("plot" if has_plot else "lumisections")
                await self._other_session.wait()
            finally:
                await screen.keep_session()
                await review.close()

    def open_session(self, opened: OpenedSession) -> None:
        """Go on where another session was left."""
        self._session = opened
        # what was typed at the start was about the session of the start
        self._target = replace(
            self._target, workspace="", dataset="", run=None, me="", ls=None, reference=None, layout=None
        )
        self._other_session.set()

    def _prepare_settings(self) -> Settings | None:
        try:
            return self._prepare()
        except (OSError, ValueError) as error:
            from dqmtui.review.facts import Severity  # noqa: PLC0415 - the first frame does without

            self.call_from_thread(self.review_screen.notice, str(error), Severity.ERROR)
            return None

    def _handle_exception(self, error: Exception) -> None:
        """End with an error that nobody expected, and log it: Textual does not let it through."""
        logging.getLogger(__name__).critical("crashed", exc_info=error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Show where an error came from, but no values of variables: some are secret."""
        from rich.traceback import Traceback  # noqa: PLC0415 - brings pygments, for what hardly ever happens

        self.bell()
        shown = self.console.render(Traceback(width=None), self.console.options)
        self._exit_renderables.append(Segments(shown))
        self._close_messages_no_wait()

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:  # noqa: ARG002 - Textual's
        """Give the screen as an SVG that needs no fonts of other sites."""
        return self.review_screen.pictured(".svg")

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text into the clipboard of the terminal; raises TooLongError."""
        shown = copyable(text)
        sequence = osc_52(shown)
        # the plain sequence is Textual's, which keeps the text for its own pasting, too
        super().copy_to_clipboard(shown)
        wrapped = passed_through(sequence, os.environ)
        if wrapped and self._driver is not None:
            self._driver.write(wrapped)

    def action_redraw(self) -> None:
        """Draw everything: another program may have written to the terminal."""
        if isinstance(self._driver, WireDriver):
            self._driver.forget()
        self.refresh()

    def action_help_quit(self) -> None:
        """Say which key quits to whoever tries the one that does in other programs."""
        if self._review_screen is not None:
            self._review_screen.say_how_to_quit()

    async def action_quit(self) -> None:
        """Leave, once nothing is lost by it or the person has agreed to that."""
        if self._review_screen is None or self._review_screen.may_leave():
            self.exit()
