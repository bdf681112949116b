"""Names of cached files: whatever a server calls its things becomes one safe part of a path each.

The parts can be read by a person and, unless they are very long, decoded with `urllib.parse.unquote`.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.store.frames import FrameKey

VERSION = "v1"
"""The layout below the cache directory; another layout will have another name and never meets this one."""

HISTOGRAMS = "histograms"
ANSWERS = "answers"
FRAME_SUFFIX = ".parquet"
ANSWER_SUFFIX = ".json"

LONGEST_PART = 180
"""Characters of an escaped name: file systems take 255 bytes, of which suffixes need some."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
# after a percent sign that quote() writes come two hex digits, so no other name can look like this
_DIGEST_MARK = "%~"
_DIGEST_DIGITS = 32


def escaped(name: str) -> str:
    """Give a name as one part of a path: ASCII letters, digits and `_.-~+=,@%`, never hidden, empty or long.

    Different names have different parts: characters are percent-encoded, and of a name that is too long for
    that a beginning is kept, with the digest of all of it.
    """
    part = quote(name, safe="+=,@", errors="surrogatepass")
    if part.startswith("."):
        part = f"%2E{part[1:]}"
    if part and len(part) <= LONGEST_PART:
        return part
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_DIGITS]
    return f"{part[: LONGEST_PART - len(_DIGEST_MARK) - _DIGEST_DIGITS]}{_DIGEST_MARK}{digest}"


def unescaped(part: str) -> str:
    """Give the name behind a part of a path as far as the part holds it, for a person to read."""
    beginning, mark, _ = part.partition(_DIGEST_MARK)
    return unquote(beginning, errors="replace") + ("..." if mark else "")


def normalised_url(url: str) -> str:
    """Give one spelling of a base URL, without user, query and trailing slash; raises ValueError."""
    parts = urlsplit(url)
    host = parts.hostname
    if not parts.scheme or not host:
        raise ValueError(f"{url!r} is not the URL of a service")
    if ":" in host:
        host = f"[{host}]"
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def service_part(url: str) -> str:
    """Give the directory of a service by its `normalised_url`: its host, and a digest of all of the URL."""
    host = urlsplit(url).netloc.replace(":", "_")
    return escaped(f"{host}-{hashlib.sha256(url.encode()).hexdigest()[:8]}")


def frame_path(service: str, key: FrameKey) -> PurePosixPath:
    """Give the place of the histograms of an element in a run, below the directory of the layout."""
    return PurePosixPath(
        service_part(service),
        HISTOGRAMS,
        escaped(key.workspace),
        escaped(key.dataset),
        str(key.run),
        f"{escaped(key.me)}{FRAME_SUFFIX}",
    )


def answer_path(service: str, kind: str, about: Sequence[str | int]) -> PurePosixPath:
    """Give the place of an answer, below the directory of the layout.

    The text "7" and the number 7 share a place; what stands in the file tells them apart.
    """
    parts = [escaped(str(part)) for part in (kind, *about)]
    return PurePosixPath(service_part(service), ANSWERS, *parts[:-1], f"{parts[-1]}{ANSWER_SUFFIX}")
