"""Certification JSON from files and addresses, and into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.export.files import UnreadableError, read_text, text_of
from dqmtui.model.certification import read_certification
from dqmtui.model.lsmask import MaskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.certification import Certification

    Fetch = Callable[[str], bytes]

LARGEST_BYTES = 64 << 20

_SCHEMES = ("http://", "https://")


def read_place(place: str, fetch: Fetch, most_bytes: int = LARGEST_BYTES) -> str:
    """Read the text of a file, or of what `fetch` gets from an address that begins with http.

    Raises UnreadableError, and what `fetch` raises.
    """
    if place.startswith(_SCHEMES):
        return text_of(fetch(place), place, most_bytes)
    try:
        path = Path(place).expanduser()
    except RuntimeError as error:
        raise UnreadableError(f"{place} cannot be read: {error}") from error
    return read_text(path, most_bytes)


def read_golden(place: str, fetch: Fetch) -> Certification:
    """Read a certification JSON, in every form that `read_certification` knows; raises UnreadableError."""
    try:
        return read_certification(read_place(place, fetch))
    except MaskError as error:
        raise UnreadableError(f"{place} is no certification JSON: {error}.") from error
