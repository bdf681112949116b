"""What the prompt knows, and doing what was typed there."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from textual import on

from dqmtui.review.choices import GOOD_LS
from dqmtui.review.facts import Severity
from dqmtui.store.prompt_history import append_history, read_history
from dqmtui.tui.focus import Focus
from dqmtui.tui.prompt import Do, GoToLS, GoToRun, Prompt, PromptError, read_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmtui.model.actions import Action
    from dqmtui.model.keys import RunKey
    from dqmtui.model.rate_name import RateNames
    from dqmtui.review.state import ReviewState
    from dqmtui.store.sessions import OpenedSession

_log = logging.getLogger(__name__)


class Prompting(Focus):
    """The action that opens the prompt; the screen itself is what the prompt knows of.

    A method `values_x` beside the `action_x` of an action that takes something lists what may be typed, and
    `words_x` of one that takes an expression the names that may stand in it.
    """

    layout_names: tuple[str, ...] = ()
    """Names of the sets of plots, as their directory was found last."""

    session: OpenedSession | None = None
    """The session that is open."""

    _session_names: tuple[str, ...] = ()
    """Names of the sessions, as their directory was found last."""

    _rates: tuple[RunKey | None, tuple[str, ...]] = None, ()
    """The run whose rates were asked for last, and their names, () as long as they have not come."""

    _has_history = False
    _run_typed: int | None = None

    @property
    def actions(self) -> Mapping[str, Action]:
        """The actions by their long names."""
        return self.look.keymap.by_id

    def values(self, action: Action) -> Sequence[str]:
        """List what may stand behind the name of an action, as far as that is known."""
        return self._known("values", action)

    def words(self, action: Action) -> Sequence[str]:
        """List what may stand in an expression behind the name of an action, as far as that is known."""
        return self._known("words", action)

    def _known(self, what: str, action: Action) -> Sequence[str]:
        listed = getattr(self, f"{what}_{action.handler}", None)
        return () if listed is None else tuple(listed())

    def runs(self) -> Iterable[int]:
        """List the runs that are listed, as they are."""
        return () if self.review is None else (entry.run for entry in self.review.run_list.entries)

    def action_prompt(self) -> None:
        """Open the line that reads a command."""
        self.begin_command("")

    def begin_command(self, text: str) -> None:
        """Open the line that reads a command, with the beginning of one."""
        self.remember_pane()
        self.query_one(Prompt).open(self, text)
        self.run_worker(self.find_layouts(), group="layouts", exclusive=True)
        if not self._rates[1]:
            # who asked in vain may ask again
            self._rates = None, ()
        if self.session is not None:
            self.run_worker(self._find_sessions(self.session), group="names of sessions", exclusive=True)
        if not self._has_history and self.settings is not None:
            self._has_history = True
            self.run_worker(self._read_history(), group="prompt history")

    async def find_layouts(self) -> None:
        """Look which sets of plots there are."""
        raise NotImplementedError

    @on(Prompt.Given)
    async def _command_given(self, event: Prompt.Given) -> None:
        self.go_back()
        self.run_worker(self._append_history(event.text.strip()), group="prompt history")
        try:
            await self._do(event.text)
        except PromptError as error:
            self.notice(str(error), Severity.ERROR)
        self.open_what_waits()

    async def _do(self, text: str) -> None:
        """Do what was typed; raises PromptError."""
        review = self.review
        match read_command(text, self.look.key("help")):
            case Do(action_id, argument):
                await self.action_act(action_id, argument)
            case GoToLS(ls) if review is not None:
                review.go_to_ls(ls)
            case GoToRun(run) if review is not None:
                self._run_typed = run if self.pane_in_focus() == "runs" else None
                review.go_to_run(run)
            case _:
                self.notice("There is no connection yet.", Severity.WARNING)

    def run_was_opened(self, now: ReviewState) -> None:
        """Go on in the lumisections of a run that was typed among the runs, as when it is opened there."""
        typed, self._run_typed = self._run_typed, None
        is_it = now.run is not None and now.run.run == typed
        if is_it and self.pane_in_focus() == "runs" and not self.is_covered:
            self.go_to_pane("lumisections")

    @on(Prompt.Closed)
    def _prompt_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    # -- what was typed before -----------------------------------------------------------------------------

    async def _read_history(self) -> None:
        if self.settings is None:
            return
        try:
            lines = await asyncio.to_thread(read_history, self.settings.state_dir)
        except OSError as error:
            # what was typed before is a help and no more
            _log.warning("the history of the prompt cannot be read: %s", error)
        else:
            self.query_one(Prompt).history.put_before(lines)

    async def _append_history(self, line: str) -> None:
        if self.settings is None:
            return
        try:
            await asyncio.to_thread(append_history, self.settings.state_dir, line)
        except OSError as error:
            _log.warning("the history of the prompt cannot be written: %s", error)

    # -- what actions take ---------------------------------------------------------------------------------

    async def _find_sessions(self, session: OpenedSession) -> None:
        """Look which sessions there are."""
        found = await asyncio.to_thread(session.sessions.saved)
        names = tuple(one.name for one in found)
        if names != self._session_names:
            self._session_names = names
            self.query_one(Prompt).more_is_known()

    def values_session(self) -> Sequence[str]:
        """List the sessions."""
        return self._session_names

    def values_delete_session(self) -> Sequence[str]:
        """List the sessions that can be deleted: not the one that is open."""
        open_one = None if self.session is None else self.session.name
        return [name for name in self._session_names if name != open_one]

    def values_export(self) -> Sequence[str]:
        """List the kinds of files, those of the pane first."""
        from dqmtui.export.kinds import BY_ID, fitting  # noqa: PLC0415 - the first frame does not wait for it

        return tuple(dict.fromkeys([*(kind.id for kind in fitting(self.pane_of_person())), *BY_ID]))

    def values_rate(self) -> Sequence[str]:
        """List what has a rate in the open run, once OMS has told."""
        review = self.review
        run = None if review is None else review.state.run
        if review is None or run is None or not review.data.has_oms:
            return ()
        if self._rates[0] != run:
            self._rates = run, ()

            def came(names: RateNames) -> None:
                self._rates = run, tuple(rate.typed for rate in names.offered)
                self.query_one(Prompt).more_is_known()

            review.list_rates(came)
        return self._rates[1]

    def values_layout(self) -> Sequence[str]:
        """List the sets of plots."""
        return (*self.layout_names, "none")

    def values_statistic(self) -> Sequence[str]:
        """List the statistics that mean something for the element."""
        return () if self.review is None else self.review.trends.offered()

    def values_under(self) -> Sequence[str]:
        """List what can stand under the trend."""
        # brings NumPy, which the first frame does not wait for
        from dqmtui.review.under import UNDER  # noqa: PLC0415 - see above

        return tuple(UNDER)

    def values_good(self) -> Sequence[str]:
        """List expressions for good LS, those with a name of their own first."""
        return (*self.values_forget_good(), *GOOD_LS)

    def values_good_there(self) -> Sequence[str]:
        """List expressions for good LS of other runs."""
        return self.values_good()

    def values_forget_good(self) -> Sequence[str]:
        """List the names of saved expressions."""
        named = None if self.review is None else self.review.named()
        return () if named is None else tuple(named.saved)

    def values_save_good(self) -> Sequence[str]:
        """List the names under which something else may be saved."""
        return self.values_forget_good()

    def words_good(self) -> Sequence[str]:
        """List what expressions for good LS may name."""
        named = None if self.review is None else self.review.named()
        if self.review is None or self.review.table is None or named is None:
            return ()
        # bring NumPy, which the first frame does not wait for
        from dqmtui.model.masks import known_names  # noqa: PLC0415 - see above
        from dqmtui.review.named import MASKS  # noqa: PLC0415 - see above

        masks = dict.fromkeys((*MASKS, *named.masks))
        return known_names(self.review.table, masks, named.saved)

    def words_good_there(self) -> Sequence[str]:
        """List what expressions for good LS of other runs may name."""
        return self.words_good()
