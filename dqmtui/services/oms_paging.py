"""Reading the records of OMS to the last page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from dqmtui.services.oms_decode import record_page

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dqmtui.services.oms_decode import Record
    from dqmtui.services.oms_grammar import OmsQuery
    from dqmtui.services.oms_routes import Ways

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The records of a query, and how many OMS says there are."""

    rows: list[T]
    total: int | None


async def read_records(
    ways: Ways,
    query: OmsQuery,
    limit: int,
    row: Callable[[Record], T],
    *,
    key: Callable[[T], Hashable],
    run: int | None = None,
    most: int | None = None,
) -> Found[T]:
    """Return the records of a query, ``limit`` at a time, those that repeat a key once; raise ServiceError.

    With ``most`` it ends when so many are in hand.
    """
    decode = partial(record_page, row=row, run_number=run)
    rows: dict[Hashable, T] = {}
    n_read = n_pages = 0
    while True:
        wanted = limit if most is None else min(limit, most - len(rows))
        page = await ways.get(query.resource, query.params(n_read, wanted), decode)
        n_known = len(rows)
        for item in page.rows:
            if rows.setdefault(key(item), item) != item:
                message = f"sent two different records for {query.resource} {key(item)}"
                raise ways.now.channel.bad_reply(query.resource, message)
        n_read, n_pages = n_read + len(page.rows), n_pages + 1
        brought_rows = len(rows) > n_known
        found = Found(list(rows.values())[:most], page.total)
        if most is not None and len(rows) >= most:
            return found
        if page.total is None:
            # Without a total only a page that brings nothing new tells that this was all.
            if not brought_rows:
                return found
        elif n_read >= page.total:
            if n_pages > 1 and len(rows) < page.total:
                message = f"sent some records of {query.resource} twice and left others out"
                raise ways.now.channel.bad_reply(query.resource, message)
            return found
        elif not brought_rows:
            message = f"sent {len(rows)} of {page.total} records of {query.resource}"
            raise ways.now.channel.bad_reply(query.resource, message)
