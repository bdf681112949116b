"""Sessions: what is looked at is kept as one goes, and opened again by its name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dqmtui.model.dataset_name import short_dataset
from dqmtui.review.facts import Severity
from dqmtui.review.remembered import recall
from dqmtui.review.resuming import left_at, resumed
from dqmtui.store.sessions import OpenedSession, SessionError, check_name, opened
from dqmtui.tui.choices import Choices
from dqmtui.tui.glimpses import Glimpse, glimpse_of, theme_of
from dqmtui.tui.places import PANES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.theme import Theme
    from dqmtui.review.review import Review
    from dqmtui.review.target import Target
    from dqmtui.store.settings import Settings
    from dqmtui.tui.widgets.picker import Picker

SAVE_AFTER_S = 1.5
"""Seconds from a change until it is saved, with all that came since."""


class Remembering(Choices):
    """The session that is open, and the actions that open and delete sessions."""

    session: OpenedSession | None = None
    glimpse = Glimpse()
    """What is known of the session as long as the review has not opened its place."""

    goes_on = False
    """Whether a session is gone on with in the pane where it was left."""

    _open_session: Callable[[OpenedSession], None]
    _saved: tuple[str, dict[str, Any]] | None = None
    """The name of a session, and what stands in its file."""

    _left: Review | None = None
    """The review of the session before, as long as it is still on screen."""

    _is_to_be_saved = False
    _saving: asyncio.Lock

    def use_theme(self, theme: Theme) -> None:
        """Draw everything in a theme."""
        raise NotImplementedError

    # -- opening -------------------------------------------------------------------------------------------

    def use_session(
        self, session: OpenedSession | None, open_session: Callable[[OpenedSession], None]
    ) -> None:
        """Keep what is looked at in a session; `open_session` goes on with another one."""
        self.session, self._open_session = session, open_session
        self._left = self.review
        self._saved, self._is_to_be_saved = None, False
        self._saving = asyncio.Lock()
        self.goes_on = False
        if session is None:
            return
        self.glimpse = glimpse_of(session.data)
        self.sizes = self.glimpse.sizes
        if session.data is not None:
            self.at, self.zoomed = self.glimpse.pane, self.glimpse.zoomed
            self.is_run_open = self.glimpse.is_run_open

    def target_of_session(self, typed: Target, settings: Settings) -> Target:
        """Complete what was typed by what the session was left at, and that by the settings."""
        self._left = None
        session = self.session
        data = None if session is None else session.data
        was = None if data is None else left_at(recall(data.get("review")), typed)
        target = resumed(typed, was, settings.workspace or "", settings.dataset or "")
        is_same_run = was is not None and was.run is not None
        self.goes_on = is_same_run and not (typed.me or typed.layout)
        if was is not None and not is_same_run:
            # what stood there was of another run
            self.glimpse = Glimpse()
            self.show_lines()
        if self.goes_on:
            self.go_to_pane(self.glimpse.pane)
        if session is not None and session.trouble:
            self.notice(session.trouble, Severity.WARNING)
        return target

    # -- saving --------------------------------------------------------------------------------------------

    def session_changed(self) -> None:
        """Save what is looked at in a moment."""
        if self.session is not None and not self._is_to_be_saved:
            self._is_to_be_saved = True
            self.set_timer(SAVE_AFTER_S, self._save)

    def _save(self) -> None:
        self.run_worker(self.keep_session(), name="session", group="session")

    async def keep_session(self) -> None:
        """Save what is looked at, unless that is what is saved."""
        self._is_to_be_saved = False
        session, data = self.session, self._session_data()
        if session is None or data is None:
            return
        # who waits may be cancelled, as all workers are at the end; what is being written goes to its end, or
        # it could come after what is written next, or never
        await asyncio.shield(asyncio.create_task(self._write_session(session, data)))

    async def _write_session(self, session: OpenedSession, data: dict[str, Any]) -> None:
        async with self._saving:
            if (session.name, data) == self._saved:
                return
            try:
                is_shared = await asyncio.to_thread(session.sessions.write, session.name, data)
            except SessionError as error:
                self.notice(str(error), Severity.WARNING)
                return
            self._saved = session.name, data
            if is_shared:
                self.notice(
                    f"Another terminal is in the session {session.name}, too, and the last to change it "
                    "counts; :session NAME goes on here under a name of its own.",
                    Severity.WARNING,
                )

    def _session_data(self) -> dict[str, Any] | None:
        """Give all that a session keeps as plain data, None when there is nothing to be kept yet."""
        review, session = self.review, self.session
        looked_at = None if review is None else review.remembered()
        if review is None or session is None or looked_at is None or review is self._left:
            return None
        titles = {pane: self.title_of(pane) for pane in PANES}
        if review.state.element is None:
            # it may still be on its way, and is what it was as long as it is
            titles["plot"] = self.glimpse.title("plot") if looked_at["element"] else ""
        theme, usual = self.look.theme.name, theme_of(self.settings)
        return {
            "review": looked_at,
            "screen": {
                "pane": self.at,
                "zoomed": self.zoomed,
                "sizes": {mode: dict(parts) for mode, parts in self.sizes.items()},
                "theme": theme if theme != usual else "",
                "usual_theme": usual,
                "is_run_open": review.state.run is not None,
                "place": _place(review),
                "element": looked_at["element"],
                "titles": titles,
            },
        }

    def title_of(self, pane: str) -> str:
        """Give what stands on the border of a pane, behind its number."""
        raise NotImplementedError

    # -- actions -------------------------------------------------------------------------------------------

    def action_session(self, name: str = "") -> None:
        """Go on in another session, or in a new one of this name; without a name, choose one."""
        session = self.session
        if session is None:
            self.notice("There are no sessions: what is looked at is not kept.")
        elif not name:
            self._choose_session(session)
        else:
            self.run_worker(self._go_to_session(session, name), name="session", group="session")

    def _choose_session(self, session: OpenedSession) -> None:
        names = [one.name for one in session.sessions.saved()]
        if session.name not in names:
            names.insert(0, session.name)
        notes = ["open" if name == session.name else "" for name in names]

        def chosen(choice: Picker.Chosen) -> None:
            self.go_back()
            self.action_session(names[choice.index])

        self.choose("session", "Go on in a session (:session NAME begins one)", names, notes, then=chosen)

    async def _go_to_session(self, session: OpenedSession, name: str) -> None:
        try:
            check_name(name)
        except SessionError as error:
            self.notice(str(error), Severity.ERROR)
            return
        if name == session.name:
            self.notice(f"The session {name} is open; it is saved as you go.")
            return
        await self.keep_session()
        other = await asyncio.to_thread(opened, session.sessions, name)
        if other.data is None:
            # a new one begins with what is on screen: nothing has to be loaded
            self.session, self._saved = replace(other, trouble=""), None
            await self.keep_session()
            self.notice(other.trouble or f"The session {name} begins with what is on screen.")
            return
        if self.review is not None and not await self.review.has_kept_notes():
            # they are in the memory of the review that ends with its session
            what = f"{', '.join(self.unsaved())} cannot be put on disk and would be lost"
            self.notice(f"The session stays: {what}; :notes.save FILE saves elsewhere.", Severity.ERROR)
            return
        self._go_on_in(other)

    def _go_on_in(self, other: OpenedSession) -> None:
        self.use_session(other, self._open_session)
        theme = self.glimpse.theme(theme_of(self.settings))
        if theme in self.themes and theme != self.look.theme.name:
            self.use_theme(self.themes[theme])
        self.place()
        self._open_session(other)
        self.notice(f"The session {other.name} goes on where it was left.")

    def action_delete_session(self, name: str = "") -> None:
        """Delete a session by its name."""
        session = self.session
        if session is None or not name:
            self.notice("Type which one: :session.delete NAME; :session lists them.", Severity.ERROR)
        elif name == session.name:
            self.notice(f"The session {name} is open; open another one first.", Severity.ERROR)
        else:
            self.run_worker(self._delete(session, name), name="session", group="session")

    async def _delete(self, session: OpenedSession, name: str) -> None:
        try:
            await asyncio.to_thread(session.sessions.delete, name)
        except SessionError as error:
            self.notice(str(error), Severity.ERROR)
        else:
            self.notice(f"The session {name} is deleted.")

    themes: Any


def _place(review: Review) -> str:
    """Say where a review is, as the first line does."""
    state = review.state
    parts = (
        state.workspace,
        short_dataset(state.dataset) if state.dataset else "",
        "no run" if state.run is None else f"run {state.run.run}",
        "" if state.ls is None else f"LS {state.ls}",
    )
    return "  ".join(part for part in parts if part)
