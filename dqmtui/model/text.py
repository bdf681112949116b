"""Text that came from a server or a person, made fit for a terminal."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ELLIPSIS = "…"


@lru_cache(maxsize=16384)
def harmless(text: str) -> str:
    r"""Escape what could steer a terminal: control, format and unassigned characters become `\x1b` and so on.

    Characters that are not one cell wide (combining, full width) become `?`, so that columns stay aligned.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if unicodedata.category(char) in _INVISIBLE:
        return char.encode("unicode_escape").decode("ascii")
    if unicodedata.combining(char) or unicodedata.east_asian_width(char) in {"W", "F"}:
        return "?"
    return " " if char.isspace() else char


def fitted(text: str, width: int, *, right: bool = False, ellipsis: str = ELLIPSIS) -> str:
    """Make a harmless text exactly `width` cells wide: padded, or cut with an ellipsis."""
    shown = harmless(text)
    if len(shown) > width:
        return shown[: max(0, width - len(ellipsis))] + ellipsis[:width]
    return shown.rjust(width) if right else shown.ljust(width)


def shortened(text: str, width: int, *, ellipsis: str = ELLIPSIS) -> str:
    """Cut a harmless text in its middle to at most `width` cells, as suits paths and ME names."""
    shown = harmless(text)
    if len(shown) <= width:
        return shown
    keep = max(0, width - len(ellipsis))
    tail = min(keep, keep * 2 // 3 + 1)
    return shown[: keep - tail] + ellipsis[:width] + (shown[len(shown) - tail :] if tail else "")
