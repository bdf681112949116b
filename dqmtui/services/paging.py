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
MOST_DOUBTS = 4
"""So many pages of one list may lead back before the list is given up."""


class TokenTrail:
    """Where the reading of a list has come to, so that a list that runs in a circle is noticed.

    ``token`` is that of the page to ask for, None for the first one.
    """

    __slots__ = ("_doubts", "_seen", "token")

    def __init__(self) -> None:
        self.token: str | None = None
        self._seen: set[str] = set()
        self._doubts = 0

    def follow(self, named: str | None, *, brought_rows: bool) -> bool | None:
        """Go to the page that the last one named; return whether there is one, None for a circle.

        A page that leads back may be a slip of the service, so it is asked for again; a page without new rows
        that names a next one is doubtful as well.
        """
        if named is None:
            return False
        if named in self._seen or not brought_rows:
            self._doubts += 1
            if self._doubts > MOST_DOUBTS:
                return None
        if named not in self._seen:
            self._seen.add(named)
            self.token = named
        return True


async def read_all(
    fetch: Callable[[str | None], Awaitable[Reply[Page[T]]]],
    key: Callable[[T], Hashable],
    repeats: Callable[[], ServiceError],
    progress: OnProgress | None,
) -> dict[Hashable, T]:
    """Return all rows of a list by their keys, in the order they came, the first of those with one key.

    ``fetch`` gets the token of a page, None for the first one. Raise ``repeats()`` for a list without end.
    """
    rows: dict[Hashable, T] = {}
    trail = TokenTrail()
    pages = n_bytes = 0
    more: bool | None = True
    while more:
        reply = await fetch(trail.token)
        before = len(rows)
        for row in reply.value.rows:
            rows.setdefault(key(row), row)
        pages, n_bytes = pages + 1, n_bytes + reply.n_bytes
        if progress is not None:
            progress(Progress(len(rows), pages, n_bytes))
        more = trail.follow(reply.value.next_token, brought_rows=len(rows) > before)
    if more is None:
        raise repeats()
    return rows
