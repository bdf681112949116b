"""Logging in and out: when the login layer opens, and what follows when it closes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import on

from dqmtui.review.facts import Severity
from dqmtui.services.records import Health
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.login.view import Phase
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from dqmtui.services.errors import NotLoggedIn
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings

HELPS_WITHIN_S = 30.0
"""A login that has not helped is not asked for again for so long: another one would not help, either."""

_LOGIN = "login"
AGAIN = ":login opens the login."


class SigningIn(Program):
    """The actions of the login, and the layer that opens by itself when a service asks for one."""

    services: dict[str, ServiceState]
    """How the services do."""

    _declined = False
    _logged_in_at = -HELPS_WITHIN_S

    def login_wanted(self, error: NotLoggedIn) -> None:
        """Open the login layer, once nothing else is open, unless the person has closed it before."""
        if self._is_of_direct_oms():
            # it has a login of its own, as the message says
            self.notice(error.message, Severity.ERROR, error.details())
        elif time.monotonic() - self._logged_in_at < HELPS_WITHIN_S:
            self.notice(f"The login has not helped: {error.message}", Severity.ERROR, error.details())
        elif self._declined:
            self.notice(f"You are not logged in to DIALS. {AGAIN}", Severity.WARNING, error.details())
        elif not self.query_one(LoginPanel).is_open:
            self.when_uncovered(_LOGIN, self.action_login)

    def _is_of_direct_oms(self) -> bool:
        """Whether it can only be OMS itself that takes no login, while DIALS has not refused ours."""
        if self.settings is None or self.settings.oms_route != "direct":
            return False
        dials = self.services.get("DIALS")
        return dials is None or dials.health is not Health.NOT_LOGGED_IN

    def login_file_noticed(self, sentence: str) -> None:
        """Say something about the file of a login."""
        self.notice(sentence, Severity.WARNING)

    def action_login(self) -> None:
        """Open the login layer."""
        if self.settings is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        self.wait_no_longer(_LOGIN)
        self.remember_pane()
        self.query_one(LoginPanel).open(self.settings, self.login_file_noticed, self.look)

    @on(LoginPanel.Ended)
    def _login_ended(self, event: LoginPanel.Ended) -> None:
        self.go_back()
        if event.phase is Phase.LOGGED_IN:
            self._declined, self._logged_in_at = False, time.monotonic()
            self.notice("You are logged in to DIALS; what failed is asked for again.")
            if self.review is not None:
                self.review.reload()
        elif event.phase is not Phase.NO_USE:
            self._declined = True
            self.notice(f"The login was closed. {AGAIN}", Severity.WARNING)
        self.open_what_waits()

    def action_reload(self) -> None:
        """Ask again for what is missing, for a login, too, if it takes one."""
        self._declined = False
        super().action_reload()

    def action_logout(self) -> None:
        """Remove the stored login."""
        if self.settings is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        self.run_worker(self._log_out(self.settings), name="logout", group="logout", exclusive=True)

    async def _log_out(self, settings: Settings) -> None:
        # they are there since the connection was made
        from dqmtui.review.login import counts_before_login, log_out  # noqa: PLC0415 - see above
        from dqmtui.store.token_file import LoginFileError  # noqa: PLC0415 - see above

        try:
            removed = await asyncio.to_thread(log_out, settings)
        except LoginFileError as error:
            self.notice(str(error), Severity.ERROR)
            return
        said = f"You are logged out; what came stays. {AGAIN}" if removed else "There was no stored login."
        first = counts_before_login(settings)
        if first is not None:
            said += f" {first} still opens DIALS."
        self.notice(said)
