"""Tokens, passwords and cookies taken out of text before a person, a log or a file sees it.

Two nets: the values that this process holds are known one by one, and what merely looks like a secret is
recognised by its form or by the name in front of it.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

REMOVED = "[removed]"

_MOST_KNOWN = 256
_LEAST_LENGTH = 12
"""A value that is shorter may be a word, which would be removed from every text; no real token is."""

_FIELDS = (
    r"access[_-]?token",
    r"refresh[_-]?token",
    r"id[_-]?token",
    r"subject[_-]?token",
    r"actor[_-]?token",
    r"client[_-]?secret",
    r"client[_-]?assertion",
    r"device[_-]?code",
    r"api[_-]?key",
    r"(?:x-)?(?:auth|csrf|xsrf)[_-]?token",
    r"dqmtui_dials_token",
    r"session_?id",
    r"passwd",
    r"password",
)
_PATTERNS = (
    re.compile(r"(?i)(?P<kept>\b(?:set-)?cookie2?[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+"),
    re.compile(
        r"(?i)(?P<kept>\b(?:proxy-)?authorization[\"']?\s*[:=,]\s*(?:b?[\"'])?(?:(?:bearer|basic|negotiate|digest)\s+)?)"
        r"[^\s\"'<>,;]+"
    ),
    re.compile(r"(?i)(?P<kept>\bbearer\s+)(?!\[removed\])[^\s\"'<>,;]+"),
    re.compile(rf"(?i)(?P<kept>\b(?:{'|'.join(_FIELDS)})[\"']?\s*[:=]\s*(?:b?[\"'])?)[^\s\"'&,;<>}}]+"),
    # a JSON web token; a cut one may have lost its last parts
    re.compile(r"(?P<kept>)\beyJ[\w-]{6,}(?:\.[\w-]*){0,4}"),
    re.compile(r"(?P<kept>://)[^\s/@:\"']+:[^\s/@\"']+(?=@)"),
)
_PARAMETERS = re.compile(rf"(?i)(?:{'|'.join(_FIELDS)}|token|code)")

_known: OrderedDict[str, None] = OrderedDict()
_known_lock = threading.Lock()


def keep_secret(value: str) -> None:
    """Let this value, and the forms it takes in and out of a URL, be removed from every text from now on.

    The newest 256 are known, which is far more than a session has at a time.
    """
    if len(value) < _LEAST_LENGTH:
        return
    with _known_lock:
        for form in (value, quote(value, safe=""), quote_plus(value), value.replace("+", " ")):
            _known[form] = None
            _known.move_to_end(form)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)


def holds_known_secret(text: str) -> bool:
    """Return whether a value that was kept secret stands in a text."""
    with _known_lock:
        return any(secret in text for secret in _known)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` with the given secrets, the known ones, and whatever looks like one, removed."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, REMOVED)
    with _known_lock:
        known = tuple(_known)
    for secret in known:
        if secret in text:
            text = text.replace(secret, REMOVED)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<kept>{REMOVED}", text)
    return text


def safe_url(url: str) -> str:
    """Return ``url`` with its query kept, but without user name, password, fragment and secret values."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return "[not a URL]"
    if ":" in host:
        host = f"[{host}]"
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(_PARAMETERS.fullmatch(name) for name, _ in pairs):
        shown = [(name, REMOVED if _PARAMETERS.fullmatch(name) else value) for name, value in pairs]
        query = urlencode(shown, quote_via=quote, safe="[]")
    return escaped(without_secrets(urlunsplit((parts.scheme, host + port, parts.path, query, ""))))
