"""Reading the records of OMS to the last page, and again when some were left out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from dqmtui.services.oms_decode import record_page

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dqmtui.services.oms_decode import Record, RecordPage
    from dqmtui.services.oms_grammar import OmsQuery
    from dqmtui.services.oms_routes import Ways

T = TypeVar("T")

READINGS = 3
"""So often a list is read that lacks records."""

log = logging.getLogger("dqmtui.services.oms")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """The records of a query, and how many OMS says there are."""

    rows: list[T]
    total: int | None


@dataclass(slots=True)
class _Reading(Generic[T]):
    """The records of one reading by their keys, how many OMS says there are, how many a page repeats."""

    rows: dict[Hashable, T] = field(default_factory=dict)
    total: int | None = None
    n_repeated: int = 0

    def counts_repeats_like(self, other: _Reading[T]) -> bool:
        """Whether OMS seems to have records twice, and counts them so: two readings agree in all of that."""
        is_all = self.total is not None and len(self.rows) + self.n_repeated >= self.total
        return is_all and self.rows.keys() == other.rows.keys() and self.n_repeated == other.n_repeated


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

    With ``most`` it ends when so many are in hand. A list that has fewer than OMS counts is read up to three
    times; if it still lacks some, Incomplete has the rows that came.
    """
    rows: dict[Hashable, T] = {}
    before: _Reading[T] | None = None
    wanted = total = 0
    for n_read in range(READINGS):
        # another page size is another URL, which no cache on the way has the answer to
        reading = await _read(
            ways, query, limit + n_read, partial(record_page, row=row, run_number=run), key, most
        )
        found = Found(list(reading.rows.values())[:most], reading.total)
        if reading.total is None:
            return found
        total = reading.total
        wanted = total if most is None else min(total, most)
        if len(found.rows) >= wanted or (before is not None and reading.counts_repeats_like(before)):
            return found
        # what came now is newer; the order is that of the first reading
        rows |= reading.rows
        if len(rows) >= wanted:
            break
        log.warning("OMS sent %d of %d records of %s", len(rows), wanted, query.resource)
        before = reading
    came = list(rows.values())[:most]
    if len(came) >= wanted:
        return Found(came, total)
    message = f"sent {len(came)} of {wanted} records of {query.resource}"
    if not came:
        raise ways.now.channel.bad_reply(query.resource, message)
    raise ways.now.channel.incomplete(query.resource, message, came)


async def _read(
    ways: Ways,
    query: OmsQuery,
    limit: int,
    decode: Callable[[object], RecordPage[T]],
    key: Callable[[T], Hashable],
    most: int | None,
) -> _Reading[T]:
    """Read the records of a query until all are in hand, or a page brings nothing new."""
    reading: _Reading[T] = _Reading()
    rows = reading.rows
    while True:
        wanted = limit if most is None else min(limit, most - len(rows))
        # what OMS repeats takes no place in its count: the next page begins after those that differ
        page = await ways.get(query.resource, query.params(len(rows), wanted), decode)
        reading.total, n_known = page.total, len(rows)
        new: set[Hashable] = set()
        for item in page.rows:
            name = key(item)
            if rows.setdefault(name, item) != item:
                message = f"sent two different records for {query.resource} {name}"
                raise ways.now.channel.bad_reply(query.resource, message)
            reading.n_repeated += name in new and len(page.rows) <= wanted
            new.add(name)
        is_all = page.total is not None and len(rows) >= page.total
        has_most = most is not None and len(rows) >= most
        # without a total only a page that brings nothing new tells that this was all
        if is_all or has_most or len(rows) == n_known:
            return reading
