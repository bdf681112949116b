"""A conversation with the login service: cmsdials speaks in a thread, the event loop carries its forms."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

from dqmtui.model.secrets import without_secrets
from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from concurrent.futures import Future

    from dqmtui.services.login_kinds import LoginKind

OK = 200
FORBIDDEN = 403

_LONGEST_EXPLANATION = 200


class GrantRefused(Exception):  # noqa: N818 - "not yet" is one of the refusals, so it is not always an error
    """The login service refused a form.

    ``code`` is OAuth's word for why, such as invalid_grant or authorization_pending, "" where there is none;
    ``explanation`` is the service's sentence, harmless and without secrets.
    """

    def __init__(self, code: str, explanation: str, status: int) -> None:
        super().__init__(code)
        self.code = code
        self.explanation = explanation
        self.status = status


class Answer:
    """As much of an answer of `requests` as cmsdials looks at."""

    def __init__(self, status: int, body: bytes, secrets: tuple[str, ...]) -> None:
        self.status_code = status
        self._body = body
        self._secrets = secrets

    def json(self) -> Any:
        """Return the body's JSON; raise ValueError."""
        return json.loads(self._body)

    def raise_for_status(self) -> None:
        """Raise GrantRefused unless the form was granted."""
        if self.status_code != OK:
            raise self.refusal()

    def refusal(self) -> GrantRefused:
        """Return why the form was not granted."""
        try:
            reply = self.json()
        except (RecursionError, ValueError):
            reply = None
        reply = reply if isinstance(reply, dict) else {}
        code, explanation = (
            escaped(without_secrets(str(reply.get(name) or ""), self._secrets), _LONGEST_EXPLANATION)
            for name in ("error", "error_description")
        )
        return GrantRefused(code, explanation, self.status_code)


class Line:
    """One conversation: forms go from a thread to the event loop, answers come back."""

    def __init__(
        self,
        auth_url: str,
        loop: asyncio.AbstractEventLoop,
        post: Callable[[str, Mapping[str, str]], Coroutine[Any, Any, Answer]],
    ) -> None:
        self._auth_url = auth_url
        self._loop = loop
        self._post = post
        self._lock = threading.Lock()
        self._hung_up = False
        self._carried: Future[Answer] | None = None
        self._last: Answer | None = None
        self._with_next: Mapping[str, str] = {}

    def client(self, login: LoginKind) -> Any:
        """Return a client of cmsdials for a login that sends its forms through this line."""
        base = quietly_imported("cmsdials.auth.client").AuthClient
        ours = type("LineClient", (base,), {"_keycloak_post": staticmethod(self.post)})
        return ours(keycloak_url=self._auth_url, client_id=login.client_id, audience=login.audience)

    def add_to_next(self, fields: Mapping[str, str]) -> None:
        """Send fields that cmsdials does not know along with the next form."""
        self._with_next = fields

    def post(self, url: str, data: Mapping[str, str]) -> Answer:
        """Send a form and wait for the answer, in the thread."""
        form, self._with_next = {**data, **self._with_next}, {}
        with self._lock:
            if self._hung_up:
                raise asyncio.CancelledError
            carried = asyncio.run_coroutine_threadsafe(self._post(url, form), self._loop)
            self._carried = carried
        self._last = carried.result()
        return self._last

    def hang_up(self) -> None:
        """Cancel the form that is under way and let no other one follow, in the event loop."""
        with self._lock:
            self._hung_up = True
            if self._carried is not None:
                self._carried.cancel()

    def last_object(self) -> dict[str, Any]:
        """Return the last answer's JSON object; raise ValueError when it was none."""
        value = self._last.json() if self._last is not None else None
        if not isinstance(value, dict):
            raise TypeError
        return value

    def last_refusal(self) -> GrantRefused:
        """Return why the last form was not granted."""
        if self._last is None:
            raise LookupError
        return self._last.refusal()


_import_lock = threading.Lock()


def quietly_imported(name: str) -> Any:
    """Import a module of cmsdials, which would send every log record of the program to the terminal.

    It calls logging.basicConfig, which does nothing as long as the root logger has a handler. It loads pandas
    as well, so that this belongs into a thread.
    """
    from importlib import import_module  # noqa: PLC0415 - as late as what it imports

    quiet = logging.NullHandler()
    with _import_lock:
        logging.getLogger().addHandler(quiet)
        try:
            return import_module(name)
        finally:
            logging.getLogger().removeHandler(quiet)
