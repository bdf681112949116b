"""Logging in and out: when the login layer opens, and what follows when it closes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import on

from dqmtui.review.facts import Severity
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.login.view import Phase
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from dqmtui.review.login import Logins
    from dqmtui.services.errors import NotLoggedIn, ServiceName
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings

HELPS_WITHIN_S = 30.0
"""A login that has not helped is not asked for again for so long: another one would not help, either.

It has helped as soon as the service that asked for it has answered.
"""

_ACTIONS: dict[ServiceName, str] = {"DIALS": "login", "OMS": "login.oms"}


class SigningIn(Program):
    """The actions of the logins, and the layer that opens by itself when a service asks for one.

    DIALS and OMS each have a login of their own, and whatever is remembered is remembered for each.
    """

    services: dict[str, ServiceState]
    """How the services do."""

    def __init__(self) -> None:
        super().__init__()
        self._logins: Logins | None = None
        self._declined: set[ServiceName] = set()
        self._logged_in_at: dict[ServiceName, float] = {}
        self._last_answers: dict[ServiceName, dict[str, float | None]] = {}
        """For each login how the last answers of all services were told apart when it was made."""

    def use_logins(self, logins: Logins) -> None:
        """Learn the logins of the session, which a logout empties."""
        self._logins = logins

    def login_wanted(self, error: NotLoggedIn) -> None:
        """Open the login layer, once nothing else is open, unless the person has closed it before."""
        service = error.login
        panel = self.query_one(LoginPanel)
        since_s = time.monotonic() - self._logged_in_at.get(service, -HELPS_WITHIN_S)
        if since_s < HELPS_WITHIN_S and not self._has_helped(error):
            self.notice(f"The login has not helped: {error.message}", Severity.ERROR, error.details())
        elif service in self._declined:
            words = f"You are not logged in to {service}. {again(service)}"
            self.notice(words, Severity.WARNING, error.details())
        elif not (panel.is_open and panel.service == service):
            self.when_uncovered(_ACTIONS[service], lambda: self.action_login(service))

    def _has_helped(self, error: NotLoggedIn) -> bool:
        """Tell whether the service that asks for a login has answered since the last one."""
        # the login service speaks for the one whose login has ended
        service = error.login if error.service == "login" else error.service
        return self._answers().get(service) != self._last_answers.get(error.login, {}).get(service)

    def _answers(self) -> dict[str, float | None]:
        """Give what changes with every answer of a service: how long it took to the nanosecond."""
        return {name: state.latency_ms for name, state in self.services.items()}

    def login_file_noticed(self, sentence: str) -> None:
        """Say something about the file of a login."""
        self.notice(sentence, Severity.WARNING)

    def action_login(self, service: ServiceName = "DIALS") -> None:
        """Open the login layer."""
        if self.settings is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        self.wait_no_longer(_ACTIONS[service])
        self.remember_pane()
        self.query_one(LoginPanel).open(service, self.settings, self.login_file_noticed, self.look)

    @on(LoginPanel.Ended)
    def _login_ended(self, event: LoginPanel.Ended) -> None:
        service = event.service
        self.go_back()
        if event.phase is Phase.LOGGED_IN:
            self._declined.discard(service)
            self._logged_in_at[service] = time.monotonic()
            self._last_answers[service] = self._answers()
            self.notice(f"You are logged in to {service}; what failed is asked for again.")
            if self.review is not None:
                self.review.reload()
        elif event.phase is not Phase.NO_USE:
            self._declined.add(service)
            self.notice(f"The login was closed. {again(service)}", Severity.WARNING)
        self.open_what_waits()

    def action_reload(self) -> None:
        """Ask again for what is missing, for a login, too, if it takes one."""
        self._declined.clear()
        super().action_reload()

    def action_logout(self, service: ServiceName = "DIALS") -> None:
        """Remove the stored login, and let this session use it no longer."""
        if self.settings is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        self.run_worker(self._log_out(self.settings, service), name="logout", group="logout", exclusive=True)

    async def _log_out(self, settings: Settings, service: ServiceName) -> None:
        # they are there since the connection was made
        from dqmtui.review.login import log_out  # noqa: PLC0415 - see above
        from dqmtui.review.login_choice import counts_before_login  # noqa: PLC0415 - see above
        from dqmtui.services.login_kinds import login_kind  # noqa: PLC0415 - see above
        from dqmtui.store.token_file import LoginFileError  # noqa: PLC0415 - see above

        login = login_kind(service)
        try:
            removed = await asyncio.to_thread(log_out, settings, login)
        except LoginFileError as error:
            self.notice(str(error), Severity.ERROR)
            return
        if self._logins is not None:
            self._logins.forget(login)
        said = f"There was no stored login to {service}."
        if removed:
            # who has just logged out is told so by the next request, and not asked to log in again
            self._declined.add(service)
            self._logged_in_at.pop(service, None)
            said = f"You are logged out of {service}; what came stays. {again(service)}"
        first = await asyncio.to_thread(counts_before_login, settings, login)
        if first is not None:
            said += f" {first} still opens {service}."
        self.notice(said)


def again(service: ServiceName) -> str:
    """Say how to come back to the login of a service."""
    return f":{_ACTIONS[service]} opens the login."
