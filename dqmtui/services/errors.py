"""What can go wrong with a service, as few kinds as a person can act on.

Cancelling is no error of a service: it stays ``asyncio.CancelledError``.
"""

from __future__ import annotations

from typing import Any, Literal

from dqmtui.model.secrets import safe_url, without_secrets
from dqmtui.model.text import escaped
from dqmtui.services.safe_text import safe_excerpt

ServiceName = Literal["DIALS", "OMS", "login", "Run Registry"]


class ServiceError(Exception):
    """A request that gave no usable answer.

    ``message`` is one or two sentences for the person and says what to do; ``service`` is one of ServiceName;
    ``url`` has its query but no secrets; ``status`` is the HTTP status or None when there was no answer;
    ``excerpt`` is the beginning of the reply (at most 300 characters, escaped, no token). ``retry_after_s``
    is how long the service asked to be left alone, in seconds, None when it did not.
    """

    retry_after_s: float | None = None

    def __init__(
        self,
        message: str,
        *,
        service: ServiceName,
        url: str = "",
        status: int | None = None,
        excerpt: str | bytes = "",
    ) -> None:
        self.message = escaped(without_secrets(message))
        self.service: ServiceName = service
        self.url = safe_url(url) if url else ""
        self.status = status
        self.excerpt = safe_excerpt(excerpt)
        super().__init__(self.message)

    def details(self) -> str:
        """Return one line for the log: kind, service, status, URL, message and excerpt."""
        status = "no status" if self.status is None else f"status {self.status}"
        parts = [f"{type(self).__name__} from {self.service}", status, self.url, self.message, self.excerpt]
        return "; ".join(part for part in parts if part)


def bare(error: ServiceError) -> ServiceError:
    """Return a copy of an error without frames and without what led to it.

    Both hold tokens, which a traceback that shows local variables would print. A copy, because several who
    wait for one login get one error, and each would add frames to it.
    """
    copy = type(error).__new__(type(error), *error.args)
    vars(copy).update(vars(error))
    return copy


class NotLoggedIn(ServiceError):  # noqa: N818 - the names are what the person reads: "not logged in"
    """There is no token, or the service no longer takes it: the person logs in again.

    ``login`` is the service whose login it is about: OMS through DIALS takes that of DIALS. Where it is not
    given it is that of ``service``, and of DIALS for the login service.
    """

    def __init__(
        self,
        message: str,
        *,
        service: ServiceName,
        login: ServiceName | None = None,
        url: str = "",
        status: int | None = None,
        excerpt: str | bytes = "",
    ) -> None:
        super().__init__(message, service=service, url=url, status=status, excerpt=excerpt)
        self.login: ServiceName = login or ("DIALS" if service == "login" else service)


class Forbidden(ServiceError):  # noqa: N818 - as above
    """The login is good but does not allow this: the person asks for access."""


class NotFound(ServiceError):  # noqa: N818 - as above
    """The service has no such workspace, dataset, run or resource."""


class SwitchedOff(NotFound):
    """The person has switched the service off, and so it has nothing: the person changes the setting."""


class BadRequest(ServiceError):  # noqa: N818 - as above
    """The service refused what was asked: the person mends the query."""


class ServiceDown(ServiceError):  # noqa: N818 - as above
    """The service cannot be reached, fails, is too late or sends no data: the person waits or looks why."""


class BadReply(ServiceError):  # noqa: N818 - as above
    """The service answered something that cannot be right; nothing of it was used."""


class WrongAddress(BadReply):
    """A web page says that nothing is there: the service is not at this address, or not in this version."""


class Incomplete(BadReply):
    """The service counts more records than it sends; ``came`` is the answer made of those that it did send.

    Who can show a part of an answer takes ``came`` and says that it is one; for all others it is a failure.
    """

    def __init__(
        self, message: str, *, service: ServiceName, came: Any, url: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, service=service, url=url, status=status)
        self.came: Any = came
