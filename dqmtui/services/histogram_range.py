"""The histograms of one ME in one range of LS, page by page, and the list of them without bins."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.services import dials_grammar
from dqmtui.services.dials_lists import workspace_headers
from dqmtui.services.histogram_decode import (
    FIELDS_1D,
    FIELDS_2D,
    FIELDS_OF_A_LIST,
    HistogramQuery,
    histogram_rows,
    listed_ls,
)
from dqmtui.services.paging import REPEATS, TokenTrail
from dqmtui.services.records import HistogramPage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence

    from dqmtui.services.histogram_decode import HistogramGroup, HistogramRows
    from dqmtui.services.records import Int64Array
    from dqmtui.services.replies import Reply
    from dqmtui.services.transport import Channel

PAGE_BYTES = 1_000_000
"""The size of a page that decodes without making anybody wait."""
FIRST_PAGE_OF_MAPS = 10
"""Rows of the first page of a 2D ME, whose size is not known before."""
MOST_RESTARTS = 3
"""So often in a row a page may leave out a histogram that DIALS lists."""

_RUNS_EXPECTED = 64

LISTS = {1: (dials_grammar.TH1, FIELDS_1D), 2: (dials_grammar.TH2, FIELDS_2D)}
"""By dimension: the list that has the histograms, and what is asked of its rows."""


@dataclass(slots=True)
class _Walk:
    """How far the reading of a range has come: ``asked`` is what of it is asked for, ``settled`` the last LS.

    ``listed`` are the LS with a histogram, once that had to be looked up; ``restarts`` counts those in a row
    that brought nothing.
    """

    query: HistogramQuery
    asked: HistogramQuery = field(init=False)
    settled: int = field(init=False)
    trail: TokenTrail = field(default_factory=TokenTrail)
    listed: Int64Array | None = None
    restarts: int = 0

    def __post_init__(self) -> None:
        self.asked, self.settled = self.query, before(self.query)


class RangeReader:
    """Reads ranges of LS over one channel, and remembers how large the rows of each ME are.

    ``expect`` names the LS of a run. An LS of them that a page lacks is looked up in the list without bins
    before it is called absent: one more request for a range in which an ME has no histogram of some LS.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._row_bytes: dict[tuple[str, int], float] = {}
        # DIALS keeps answers for 30 s by their URL; only a list that was not asked for lately says how it is
        self._list_sizes = cycle(range(dials_grammar.MAX_PAGE_SIZE, dials_grammar.MAX_PAGE_SIZE - 50, -1))
        self._expected: OrderedDict[tuple[str, int, int], Int64Array] = OrderedDict()

    def expect(self, workspace: str, dataset_id: int, run_number: int, ls: Int64Array) -> None:
        """Take note of the LS, sorted, of which a run may have histograms."""
        key = workspace, dataset_id, run_number
        self._expected[key] = ls
        self._expected.move_to_end(key)
        if len(self._expected) > _RUNS_EXPECTED:
            self._expected.popitem(last=False)

    async def pages(
        self, workspace: str, query: HistogramQuery, page_size: int | None
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the pages of a range as long as DIALS sends them; a status 500 ends it at once.

        A histogram that was left out is asked for again, with those above it.
        """
        walk = _Walk(query)
        while True:
            reply = await self._page(workspace, walk, page_size)
            groups = _rows_of(group.after(walk.settled) for group in reply.value.groups)
            goes_on = walk.trail.follow(reply.value.next_token, brought_rows=bool(groups))
            if goes_on is None:
                raise self._channel.bad_reply(LISTS[query.dim][0].path, REPEATS)
            end = query.last_ls
            if goes_on or end is None:
                end = int(groups[-1].ls[-1]) if groups else walk.settled
            lost = await self._left_out(workspace, walk, end, groups)
            if lost is not None:
                end = lost - 1
                groups = _rows_of(group.until(end) for group in groups)
            complete = not goes_on and lost is None
            for page in _pages(groups, walk, end, reply.n_bytes, complete=complete):
                yield page
            if lost is not None:
                self._go_back(walk, lost, brought_rows=bool(groups))
            elif not goes_on:
                return

    async def _left_out(
        self, workspace: str, walk: _Walk, end: int, groups: Sequence[HistogramGroup]
    ) -> int | None:
        """Return the lowest LS up to ``end`` whose histogram is listed but did not come, None for none."""
        gaps = self._gaps(workspace, walk, end, groups)
        if not gaps.size:
            return None
        if walk.listed is None:
            walk.listed = await self.listed(workspace, replace(walk.query, first_ls=walk.settled + 1))
        lost = np.intersect1d(gaps, walk.listed)
        return int(lost[0]) if lost.size else None

    def _go_back(self, walk: _Walk, lost: int, *, brought_rows: bool) -> None:
        """Begin again above what is settled, at another URL; raise BadReply when that is in vain."""
        walk.restarts = 1 if brought_rows else walk.restarts + 1
        if walk.restarts > MOST_RESTARTS:
            message = f"leaves out the histogram of LS {lost}, which it lists"
            raise self._channel.bad_reply(LISTS[walk.query.dim][0].path, message)
        walk.trail, walk.asked = TokenTrail(), replace(walk.query, first_ls=walk.settled + 1)

    async def listed(self, workspace: str, query: HistogramQuery, *, insist: bool = True) -> Int64Array:
        """Return the LS of a range that have a histogram, sorted, as the list without bins has them."""
        pages: list[Int64Array] = []
        trail, size = TokenTrail(), next(self._list_sizes)
        more: bool | None = True
        while more:
            params = self._params(query, FIELDS_OF_A_LIST, size, trail.token)
            reply = await self._channel.get(
                LISTS[query.dim][0].path,
                params,
                headers=workspace_headers(workspace),
                decode=partial(listed_ls, query=query),
                insist=insist,
            )
            last = int(pages[-1][-1]) if pages else before(query)
            ls = reply.value.ls[reply.value.ls > last]
            if ls.size:
                pages.append(ls)
            more = trail.follow(reply.value.next_token, brought_rows=bool(ls.size))
        if more is None:
            raise self._channel.bad_reply(LISTS[query.dim][0].path, REPEATS)
        return np.unique(np.concatenate(pages)) if pages else np.zeros(0, dtype=np.int64)

    async def _page(self, workspace: str, walk: _Walk, page_size: int | None) -> Reply[HistogramRows]:
        query = walk.asked
        endpoint, fields = LISTS[query.dim]
        # another size is another URL, which no cache on the way has the answer to
        size = max(1, (page_size or self._page_size(workspace, query)) - walk.restarts)
        decode: Callable[[object], HistogramRows] = partial(histogram_rows, query=query)
        reply = await self._channel.get(
            endpoint.path,
            self._params(query, fields, size, walk.trail.token),
            headers=workspace_headers(workspace),
            decode=decode,
            insist=False,
        )
        if reply.value.n_rows:
            self._row_bytes[workspace, query.me_id] = reply.n_bytes / reply.value.n_rows
        return reply

    def _params(
        self, query: HistogramQuery, fields: str, size: int, token: str | None
    ) -> list[tuple[str, str]]:
        asked = LISTS[query.dim][0].params(
            dataset_id=query.dataset_id,
            run_number=query.run_number,
            me_id=query.me_id,
            ls_number__gte=query.first_ls,
            ls_number__lte=query.last_ls,
            fields=fields,
        )
        at = [] if token is None else [("next_token", token)]
        return [*asked, ("page_size", str(min(size, dials_grammar.MAX_PAGE_SIZE))), *at]

    def _page_size(self, workspace: str, query: HistogramQuery) -> int:
        row_bytes = self._row_bytes.get((workspace, query.me_id))
        if row_bytes is None:
            return dials_grammar.MAX_PAGE_SIZE if query.dim == 1 else FIRST_PAGE_OF_MAPS
        return max(1, int(PAGE_BYTES / row_bytes))

    def _gaps(self, workspace: str, walk: _Walk, end: int, groups: Sequence[HistogramGroup]) -> Int64Array:
        """Return the expected LS above what is settled and up to ``end`` that the groups lack."""
        query = walk.query
        expected = self._expected.get((workspace, query.dataset_id, query.run_number))
        if expected is None:
            return np.zeros(0, dtype=np.int64)
        start, stop = np.searchsorted(expected, (walk.settled, end), side="right")
        here = expected[start:stop]
        if sum(group.ls.size for group in groups) == here.size:
            return here[:0]
        return np.setdiff1d(here, np.concatenate([here[:0], *(group.ls for group in groups)]))


def before(query: HistogramQuery) -> int:
    """Return the last LS below a range."""
    return (1 if query.first_ls is None else query.first_ls) - 1


def page_without_rows(first_ls: int, last_ls: int, dim: int, *, complete: bool) -> HistogramPage:
    """Return a page that settles LS which have no histogram."""
    none = np.zeros(0, dtype=np.int64)
    return HistogramPage(
        ls=none,
        entries=none,
        file_id=none,
        data=np.zeros((0,) * (dim + 1)),
        x=None,
        y=None,
        first_ls=first_ls,
        last_ls=last_ls,
        complete=complete,
    )


def _rows_of(groups: Iterable[HistogramGroup]) -> list[HistogramGroup]:
    return [group for group in groups if group.ls.size]


def _pages(
    groups: Sequence[HistogramGroup], walk: _Walk, end: int, n_bytes: int, *, complete: bool
) -> Iterator[HistogramPage]:
    """Give a page for each group, which together settle the LS up to ``end``."""
    for group in groups:
        is_last = group is groups[-1]
        first, walk.settled = walk.settled + 1, end if is_last else int(group.ls[-1])
        yield HistogramPage(
            ls=group.ls,
            entries=group.entries,
            file_id=group.file_id,
            data=group.data,
            x=group.x,
            y=group.y,
            first_ls=first,
            last_ls=walk.settled,
            complete=complete and is_last,
            n_bytes=n_bytes,
        )
    if complete and not groups:
        yield page_without_rows(walk.settled + 1, end, walk.query.dim, complete=True)
