"""The beginning of a reply, made harmless for a terminal, a log and an error message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmtui.model.secrets import safe_url, without_secrets
from dqmtui.model.text import escaped as safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EXCERPT_LIMIT", "safe_excerpt", "safe_text", "safe_url", "without_secrets"]

EXCERPT_LIMIT = 300
"""The most characters of a reply that an error keeps."""

_SPACES = re.compile(r"\s+")


def safe_excerpt(reply: bytes | str, secrets: Iterable[str] = ()) -> str:
    """Return the beginning of a reply on one line, without tokens and control characters."""
    # A tail several times the limit is enough to find secrets in; a whole body of megabytes is not needed.
    beginning = reply[: EXCERPT_LIMIT * 40]
    text = beginning.decode("utf-8", errors="replace") if isinstance(beginning, bytes) else beginning
    text = without_secrets(text, secrets)
    return safe_text(_SPACES.sub(" ", text).strip(), EXCERPT_LIMIT)
