"""What becomes of a complete reply: unpacked, judged, parsed and decoded in one go."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeVar

from dqmtui.services.decode import Malformed
from dqmtui.services.errors import ServiceDown
from dqmtui.services.json_rows import parse_json
from dqmtui.services.replies import (
    NotJson,
    Reaction,
    Reply,
    Verdict,
    judge,
    judge_malformed,
    judge_unreadable,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.replies import Asked, RawReply

T = TypeVar("T")

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW = 31
"""zlib's number for the largest window with the header of gzip."""


def digest(raw: RawReply, asked: Asked, decode: Callable[[object], T], max_bytes: int) -> Reply[T] | Verdict:
    """Return a reply decoded, or what to do about one that cannot be used.

    Pure but for ``decode``, so it may run in a thread. Nothing here is raised.
    """
    try:
        body = unpacked(raw.body, raw.encoding, max_bytes)
    except zlib.error:
        message = f"{asked.called} broke off its answer. Try again in some minutes."
        return Verdict(Reaction.RETRY, asked.error(ServiceDown, message))
    if len(body) > max_bytes:
        return Verdict(Reaction.FAIL, too_large(asked, max_bytes))
    reply = raw._replace(body=body, encoding="")
    verdict = judge(reply, asked)
    if verdict is not None:
        return verdict
    try:
        value = decode(parse_json(body))
    except NotJson:
        return judge_unreadable(reply, asked)
    except Malformed as error:
        return judge_malformed(reply, asked, error)
    return Reply(value, len(body))


def is_small(raw: RawReply, limit: int) -> bool:
    """Return whether a body has at most ``limit`` bytes when it is unpacked, without unpacking more of it."""
    if len(raw.body) > limit:
        return False
    try:
        return len(unpacked(raw.body, raw.encoding, limit)) <= limit
    except zlib.error:
        return True


def unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Return a body without its compression, at most one byte more than ``max_bytes`` of it.

    Raise zlib.error for a body that is cut short, damaged, or packed in a way we did not ask for.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case name if name in _GZIP:
            return _gunzipped(body, max_bytes + 1)
        case _:
            message = "unknown compression"
            raise zlib.error(message)


def _gunzipped(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    while body and left:
        member = zlib.decompressobj(_GZIP_WINDOW)
        parts.append(member.decompress(body, left))
        left -= len(parts[-1])
        if not member.eof and left:
            message = "the compressed body is cut short"
            raise zlib.error(message)
        body = member.unused_data
    return b"".join(parts)
