"""Text that came from a server or a person, made fit for a terminal, a log and an error message."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

ELLIPSIS = "…"


def escaped(text: str, limit: int | None = None) -> str:
    r"""Return ``text`` with every character that a terminal could obey written as its escape.

    Control characters, bidirectional overrides, line separators and unassigned code points become
    ``\x1b``, ``\u202e`` and the like; printable text comes back as it is. With ``limit`` the result has at
    most that many characters and ends in ``...`` when it was cut.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escape(char) for char in text)
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 3, 0)] + "..."
    return text


@lru_cache(maxsize=16384)
def harmless(text: str) -> str:
    r"""Escape as ``escaped`` does, and let every character be one cell wide, so that columns stay aligned.

    Spaces of all widths become a plain one, combining and full-width characters `?`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_one_cell(char) for char in text)


def _one_cell(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if not char.isprintable():
        return _escape(char)
    if category in {"Mn", "Mc", "Me"} or unicodedata.east_asian_width(char) in {"W", "F"}:
        return "?"
    return char


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


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
