"""Text that came from a server, made harmless for a terminal, a log and an error message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

EXCERPT_LIMIT = 300
"""The most characters of a reply that an error keeps."""

_REMOVED = "[removed]"
_SECRET_FIELDS = (
    "access_token",
    "refresh_token",
    "id_token",
    "subject_token",
    "client_secret",
    "device_code",
    "password",
)
_SECRETS = (
    re.compile(r"(?i)(?P<kept>bearer\s+)[^\s\"'<>,;]+"),
    re.compile(rf"(?i)(?P<kept>(?:{'|'.join(_SECRET_FIELDS)})[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;<>}}]+"),
    re.compile(r"(?P<kept>)\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?"),
)
_SECRET_PARAMETERS = frozenset({*_SECRET_FIELDS, "token", "code"})
_SPACES = re.compile(r"\s+")


def safe_text(text: str, limit: int | None = None) -> str:
    r"""Return ``text`` with every character that a terminal could obey written as its escape.

    Control characters, bidirectional overrides, line separators and unassigned code points become
    ``\x1b``, ``\u202e`` and the like; printable text comes back as it is. With ``limit`` the result has at
    most that many characters and ends in ``...`` when it was cut.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 3, 0)] + "..."
    return text


def safe_excerpt(reply: bytes | str, secrets: Iterable[str] = ()) -> str:
    """Return the beginning of a reply on one line, without tokens and control characters."""
    # A tail several times the limit is enough to find secrets in; a whole body of megabytes is not needed.
    beginning = reply[: EXCERPT_LIMIT * 40]
    text = beginning.decode("utf-8", errors="replace") if isinstance(beginning, bytes) else beginning
    text = without_secrets(text, secrets)
    return safe_text(_SPACES.sub(" ", text).strip(), EXCERPT_LIMIT)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` with the given secrets, and whatever looks like a token or password, removed."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _REMOVED)
    for pattern in _SECRETS:
        text = pattern.sub(rf"\g<kept>{_REMOVED}", text)
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
    if any(name.lower() in _SECRET_PARAMETERS for name, _ in pairs):
        shown = [(name, _REMOVED if name.lower() in _SECRET_PARAMETERS else value) for name, value in pairs]
        query = urlencode(shown, quote_via=quote, safe="[]")
    return safe_text(without_secrets(urlunsplit((parts.scheme, host + port, parts.path, query, ""))))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
