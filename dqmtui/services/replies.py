"""What an HTTP reply means: usable, worth another attempt, a login to renew, or an error for the person."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from math import ceil
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from dqmtui.model.secrets import without_secrets
from dqmtui.model.text import escaped
from dqmtui.services.errors import (
    BadReply,
    BadRequest,
    Forbidden,
    NotFound,
    NotLoggedIn,
    ServiceDown,
    WrongAddress,
)
from dqmtui.services.login_kinds import login_kind
from dqmtui.services.safe_text import safe_excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.decode import Malformed
    from dqmtui.services.errors import ServiceError, ServiceName
    from dqmtui.services.tokens import Bearer

T = TypeVar("T")

_EXPLANATION_LIMIT = 200
_EXPLAINED_BODY_LIMIT = 65_536
_TEMPORARY = frozenset({500, 502, 503, 504})
_FOR_NOW = frozenset({302, 303, 307})
"""Redirects that say nothing of where the service is tomorrow."""
_MINUTE_S, _HOUR_S = 60, 3600
_LOGIN_MARKS = ("kc-form-login", 'type="password"', "single sign-on", "sign in", "log in to", "auth/realms")
_LOGIN_PATHS = ("login", "openid", "/auth/realms")
_LOGIN_CODES = ("access_token", "token_", "authorization_", "authentication_", "not_authenticated")


class RawReply(NamedTuple):
    """A complete reply as it came off the wire; ``encoding`` says how ``body`` is compressed."""

    status: int
    content_type: str
    location: str
    retry_after: str
    body: bytes
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """A decoded reply; ``n_bytes`` is the size of its body after decompression."""

    value: T
    n_bytes: int


class Pace(Enum):
    """How patiently a failed attempt is repeated.

    PATIENT: timeouts, temporary failures and bodies cut short, which pass with time. UNREACHABLE: there is no
    connection, which is known at once. WRONG_REPLY: a complete reply that cannot be used.
    """

    PATIENT = auto()
    UNREACHABLE = auto()
    WRONG_REPLY = auto()


class Reaction(Enum):
    """What to do about a reply that is not simply used."""

    FAIL = auto()
    RETRY = auto()
    RENEW = auto()
    ADD_SLASH = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reaction, and the error to raise when that is not possible or does not help."""

    reaction: Reaction
    error: ServiceError
    retry_after_s: float | None = None
    pace: Pace = Pace.PATIENT


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply answers: a service, what it is called, whose login was sent, the URL, the token."""

    service: ServiceName
    called: str
    login: ServiceName
    url: str
    bearer: Bearer

    @property
    def host(self) -> str:
        """The host that was asked."""
        return urlsplit(self.url).hostname or ""

    def error(self, kind: type[ServiceError], message: str, reply: RawReply | None = None) -> ServiceError:
        """Return an error about this request, with an excerpt of the reply without the token."""
        if reply is None:
            return kind(message, service=self.service, url=self.url)
        excerpt = safe_excerpt(reply.body, (self.bearer.reveal(),))
        error = kind(message, service=self.service, url=self.url, status=reply.status, excerpt=excerpt)
        error.retry_after_s = retry_after_s(reply.retry_after)
        return error

    def not_logged_in(self, what: str, reply: RawReply) -> NotLoggedIn:
        """Return the error for a login that is not taken; ``what`` is a sentence, without advice."""
        kind = login_kind(self.login)
        return NotLoggedIn(
            f"{what} Run `{kind.command}`.",
            service=self.service,
            login=kind.service,
            url=self.url,
            status=reply.status,
            excerpt=safe_excerpt(reply.body, (self.bearer.reveal(),)),
        )


class SetupError(Exception):
    """The transport cannot be built from the options or the environment; the text says what to mend."""


class NotJson(Exception):  # noqa: N818 - what a body is, not an error of ours
    """A body is no JSON, or only the beginning of some."""


class TryAgain(Exception):  # noqa: N818 - not an error: it asks the retry policy for another attempt
    """An attempt that failed in a way that may pass; ``error`` is raised when no attempt is left."""

    def __init__(
        self, error: ServiceError, retry_after_s: float | None = None, pace: Pace = Pace.PATIENT
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after_s = retry_after_s
        self.pace = pace


def judge(reply: RawReply, asked: Asked) -> Verdict | None:
    """Return what to do about an unpacked reply by its status; None when its body may be used."""
    status = reply.status
    if status == 200:  # noqa: PLR2004 - the one status of a usable answer
        return None
    if status in {401, 403}:
        return _judge_refusal(reply, asked)
    if 300 <= status < 400:  # noqa: PLR2004 - the range of redirects
        return _judge_redirect(reply, asked)
    if 400 <= status < 500:  # noqa: PLR2004 - the range of our mistakes
        return Verdict(Reaction.FAIL, _client_error(reply, asked))
    if status >= 500:  # noqa: PLR2004 - the range of the server's failures
        message = f"{asked.called} fails with status {status}{_because(reply, asked)}. {_when_again(reply)}"
        reaction = Reaction.RETRY if status in _TEMPORARY else Reaction.FAIL
        return Verdict(reaction, asked.error(ServiceDown, message, reply), retry_after_s(reply.retry_after))
    message = (
        f"{asked.called} answered with the unexpected status {status}. Check its address in the settings."
    )
    return Verdict(Reaction.FAIL, asked.error(BadReply, message, reply))


def judge_unreadable(reply: RawReply, asked: Asked) -> Verdict:
    """Return what to do about a success whose body is not JSON: a web page may pass, a cut body soon.

    While that lasts the service is as good as down: somebody maintains it, or something on the way answers
    in its place. That nothing else does is known only when its address is right.
    """
    beginning = reply.body[:4096].lstrip()
    if _is_web_page(reply):
        page = reply.body[:_EXPLAINED_BODY_LIMIT].decode("utf-8", errors="replace").lower()
        if any(mark in page for mark in _LOGIN_MARKS):
            return Verdict(Reaction.RENEW, _login_page(asked, reply))
        message = (
            f"{asked.called} answered with a web page in place of data: it is being maintained, or something "
            f"on the way wants a login. {_when_again(reply)} If it stays, check the address in the settings."
        )
        return Verdict(Reaction.RETRY, asked.error(ServiceDown, message, reply), pace=Pace.WRONG_REPLY)
    what = "an empty body" if not beginning else "a body that is cut short or is no JSON"
    message = f"{asked.called} answered with {what}. Nothing of it was used. {_when_again(reply)}"
    return Verdict(Reaction.RETRY, asked.error(ServiceDown, message, reply))


def judge_malformed(reply: RawReply, asked: Asked, error: Malformed) -> Verdict:
    """Return what to do about JSON that a decoder cannot use: OMS puts a refused login into such a reply."""
    if error.is_refusal:
        message = f"{asked.login} does not accept your login ({error})."
        return Verdict(Reaction.RENEW, asked.not_logged_in(message, reply))
    message = f"{asked.called} sent what dqmtui cannot use: {error}. Nothing of it was used."
    return Verdict(Reaction.RETRY, asked.error(BadReply, message, reply), pace=Pace.WRONG_REPLY)


def too_large(asked: Asked, max_bytes: int) -> ServiceError:
    """Return the error for a body above the limit."""
    message = f"{asked.called} sent more than {max_bytes / 1e6:g} MB at once. Ask for less at a time."
    return asked.error(BadReply, message)


def retry_after_s(header: str, now: Callable[[], float] = time.time) -> float | None:
    """Return the seconds that a Retry-After header (a number or an HTTP date) asks for, None without one."""
    text = header.strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        # "-0000" gives a time without zone, which Python would take as local
        epoch_s = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(epoch_s - now(), 0.0)


def _judge_refusal(reply: RawReply, asked: Asked) -> Verdict:
    explanation, code = _explanation(reply, asked)
    reason = f" ({explanation})" if explanation else ""
    if reply.status == 401 or code.startswith(_LOGIN_CODES):  # noqa: PLR2004 - the status "unauthorized"
        message = f"{asked.login} does not accept your login{reason}."
        return Verdict(Reaction.RENEW, asked.not_logged_in(message, reply))
    message = f"Your account may not do this on {asked.called}{reason}. Ask its maintainers for access."
    # Without a code nobody knows whether the token or the account is at fault, so the token is renewed first.
    reaction = Reaction.FAIL if code else Reaction.RENEW
    return Verdict(reaction, asked.error(Forbidden, message, reply))


def _judge_redirect(reply: RawReply, asked: Asked) -> Verdict:
    asked_for = urlsplit(asked.url)
    try:
        target = urlsplit(urljoin(asked.url, reply.location))
        host = target.hostname or ""
    except ValueError:
        message = f"{asked.called} redirects to an address that is none. Check its address in the settings."
        return Verdict(Reaction.FAIL, asked.error(BadReply, message, reply))
    same_host = host == asked_for.hostname
    if same_host and not asked_for.path.endswith("/") and target.path == f"{asked_for.path}/":
        message = f"{asked.called} keeps redirecting. Check its address in the settings."
        return Verdict(Reaction.ADD_SLASH, asked.error(BadReply, message, reply))
    where = f"{target.path} {target.query}".lower()
    is_login = host.startswith(("auth.", "login.")) or any(mark in where for mark in _LOGIN_PATHS)
    # The same path on the same host is a change of scheme, whatever the path is called.
    if is_login and not (same_host and target.path == asked_for.path):
        return Verdict(Reaction.RENEW, _login_page(asked, reply))
    to = escaped(without_secrets(f"{target.scheme}://{host}"), 80)
    message = f"{asked.called} redirects to {to}, which dqmtui does not follow."
    if not same_host and reply.status in _FOR_NOW:
        message += " Something on the way may want a login; if it stays, check the address in the settings."
        return Verdict(Reaction.FAIL, asked.error(ServiceDown, message, reply))
    return Verdict(
        Reaction.FAIL, asked.error(BadReply, f"{message} Check its address in the settings.", reply)
    )


def _is_web_page(reply: RawReply) -> bool:
    return "html" in reply.content_type.lower() or reply.body[:4096].lstrip().startswith(b"<")


def _client_error(reply: RawReply, asked: Asked) -> ServiceError:
    reason = _because(reply, asked)
    match reply.status:
        case 404 if not reason and _is_web_page(reply):
            message = (
                f"{asked.called} answered with a web page and status 404: dqmtui asks at a wrong address, or "
                "something on the way answers in its place. Check its address in the settings."
            )
            return asked.error(WrongAddress, message, reply)
        case 404 | 410:
            return asked.error(NotFound, f"{asked.called} has nothing there{reason}.", reply)
        case 407:
            message = "The web proxy on the way asks for a login. Check HTTPS_PROXY and NO_PROXY."
            return asked.error(ServiceDown, message, reply)
        case 408 | 429:
            message = (
                f"{asked.called} is overloaded{reason}. {_when_again(reply, 'Wait a minute and try again.')}"
            )
            return asked.error(ServiceDown, message, reply)
    message = f"{asked.called} refuses this request{reason}. Check what was asked for."
    return asked.error(BadRequest, message, reply)


def _login_page(asked: Asked, reply: RawReply) -> ServiceError:
    return asked.not_logged_in(f"{asked.called} answered with a login page.", reply)


def _when_again(reply: RawReply, unless_told: str = "Try again in some minutes.") -> str:
    """Say when to try again: the service's own words count."""
    seconds = retry_after_s(reply.retry_after)
    if not seconds:
        return unless_told
    if seconds < 2 * _MINUTE_S:
        wait = f"{ceil(seconds)} s"
    elif seconds < 2 * _HOUR_S:
        wait = f"{ceil(seconds / _MINUTE_S)} minutes"
    else:
        wait = f"{ceil(seconds / _HOUR_S)} hours"
    return f"It asks to be tried again in {wait}."


def _because(reply: RawReply, asked: Asked) -> str:
    explanation, _ = _explanation(reply, asked)
    return f": {explanation.rstrip('.')}" if explanation else ""


def _explanation(reply: RawReply, asked: Asked) -> tuple[str, str]:
    """Return the reason and the code that an error reply of DIALS or OMS gives, empty where it gives none."""
    if len(reply.body) > _EXPLAINED_BODY_LIMIT:
        return "", ""
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    code = body.get("code")
    found = body.get("detail")
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        found = errors[0].get("detail") or errors[0].get("title")
    if not isinstance(found, str):
        fields = ((name, value) for name, value in body.items() if isinstance(value, list) and value)
        found = "; ".join(f"{name}: {value[0]}" for name, value in fields if isinstance(value[0], str))
    text = safe_excerpt(found, (asked.bearer.reveal(),))
    return escaped(text, _EXPLANATION_LIMIT), code if isinstance(code, str) else ""
