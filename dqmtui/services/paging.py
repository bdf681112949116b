"""Lists of DIALS read to their end by following the token of the next page, never the URL around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from dqmtui.services.records import Progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from dqmtui.services.dials_decode import Page
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.replies import Reply

    OnProgress = Callable[[Progress], None]

T = TypeVar("T")

REPEATS = "sends the same page again and again"


class TokenTrail:
    """The page tokens seen so far, so that a list that runs in a circle is noticed."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def goes_on(self, token: str | None, *, brought_rows: bool) -> bool | None:
        """Return whether another page follows; None when the list repeats itself.

        A page without new rows that names a next one repeats itself too, whatever its token.
        """
        if token is None:
            return False
        if token in self._seen or not brought_rows:
            return None
        self._seen.add(token)
        return True


async def read_all(
    fetch: Callable[[str | None], Awaitable[Reply[Page[T]]]],
    key: Callable[[T], Hashable],
    repeats: Callable[[], ServiceError],
    progress: OnProgress | None,
) -> list[T]:
    """Return all rows of a list in the order they came, the first of those with one key.

    ``fetch`` gets the token of a page, None for the first one. Raise ``repeats()`` for a list without end.
    """
    rows: dict[Hashable, T] = {}
    trail = TokenTrail()
    token: str | None = None
    pages = n_bytes = 0
    more: bool | None = True
    while more:
        reply = await fetch(token)
        before = len(rows)
        for row in reply.value.rows:
            rows.setdefault(key(row), row)
        pages, n_bytes = pages + 1, n_bytes + reply.n_bytes
        if progress is not None:
            progress(Progress(len(rows), pages, n_bytes))
        token = reply.value.next_token
        more = trail.goes_on(token, brought_rows=len(rows) > before)
    if more is None:
        raise repeats()
    return list(rows.values())
