"""Pages of the embedded DIALS: page sizes, cursor tokens, next and previous links.

The token is base64 of `p=` and the URL-quoted JSON list of a row's ordering key, as strings, with `r=1` when
it leads backwards: the cursor pagination of Django REST framework, made to work on several columns.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from dqmtui.demo.web.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 500

Key: TypeAlias = "tuple[int, ...]"
"""A row's ordering key."""


class Table(Protocol):
    """Rows of one list, filtered, in the order of their keys."""

    key_length: int

    def keys(self, after: Key | None, *, backwards: bool) -> Iterator[Key]:
        """Keys beyond `after`, which is left out, forwards or backwards; only what is asked for is made."""

    def rows(self, keys: Sequence[Key]) -> list[dict[str, Any]]:
        """Full rows of these keys, in their order."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows, and the direction to read in."""

    position: Key
    backwards: bool = False


def encode_cursor(cursor: Cursor) -> str:
    """Write a cursor as its token."""
    tokens = {"r": "1"} if cursor.backwards else {}
    tokens["p"] = json.dumps([str(part) for part in cursor.position])
    return base64.b64encode(urlencode(tokens).encode("ascii")).decode("ascii")


def decode_cursor(token: str | None, key_length: int) -> Cursor | None:
    """Read a token; None (the first page) for none, and for one that carries no position.

    Raises RefusedError: 404 for a token that does not decode, 500 for a position that makes no sense.
    """
    if token is None:
        return None
    try:
        tokens = parse_qs(base64.b64decode(token.encode("ascii")).decode("ascii"), keep_blank_values=True)
        backwards = bool(int(tokens.get("r", ["0"])[0]))
    except ValueError as error:
        raise RefusedError(404, {"detail": "Invalid cursor"}) from error
    if "p" not in tokens:
        return None
    try:
        position = tuple(int(str(part)) for part in json.loads(tokens["p"][0]))
    except (TypeError, ValueError) as error:
        raise RefusedError(500) from error
    if len(position) < key_length:
        raise RefusedError(500)
    return Cursor(position[:key_length], backwards=backwards)


def page_size(text: str | None) -> int:
    """Rows of a page: what was asked for up to the cap, and the default for anything invalid."""
    try:
        size = int(text or "")
    except ValueError:
        return DEFAULT_PAGE_SIZE
    return min(size, MAX_PAGE_SIZE) if size > 0 else DEFAULT_PAGE_SIZE


def link(url: str, cursor: Cursor | None) -> str | None:
    """Give the request's own URL with the token of another page; None for no page."""
    if cursor is None:
        return None
    parts = urlsplit(url)
    query = parse_qs(parts.query, keep_blank_values=True)
    query["next_token"] = [encode_cursor(cursor)]
    return urlunsplit(parts._replace(query=urlencode(sorted(query.items()), doseq=True), fragment=""))


def read_page(table: Table, url: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Give the page of `table` that the parameters ask for, as the body of the reply."""
    size = page_size(parameters.get("page_size"))
    cursor = decode_cursor(parameters.get("next_token"), table.key_length)
    backwards = cursor is not None and cursor.backwards
    place = cursor.position if cursor is not None else None
    # One key more than the page holds tells whether there is a page beyond it.
    found = list(islice(table.keys(place, backwards=backwards), size + 1))
    keys, more = found[:size], len(found) > size
    if backwards:
        keys.reverse()
    has_next, has_previous = (True, more) if backwards else (more, cursor is not None)
    first, last = (keys[0], keys[-1]) if keys else (place, place)
    return {
        "next": link(url, Cursor(last)) if has_next and last else None,
        "previous": link(url, Cursor(first, backwards=True)) if has_previous and first else None,
        "results": table.rows(keys),
    }
