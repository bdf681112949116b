"""The histograms of one ME of one run, page by page as they come."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.services import dials_grammar
from dqmtui.services.dials_lists import SERVER_ERROR, workspace_headers
from dqmtui.services.errors import BadRequest, ServiceDown
from dqmtui.services.histogram_decode import FIELDS_1D, FIELDS_2D, HistogramQuery, histogram_rows
from dqmtui.services.paging import REPEATS, TokenTrail
from dqmtui.services.records import HistogramPage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.services.dials_lists import DialsLists
    from dqmtui.services.histogram_decode import HistogramGroup
    from dqmtui.services.transport import Channel

PAGE_BYTES = 1_000_000
"""The size of a page that decodes without making anybody wait."""
FIRST_PAGE_OF_MAPS = 10
"""Rows of the first page of a 2D ME, whose size is not known before."""
MAX_UNREADABLE = 8
"""So many LS that DIALS cannot send are left out of one list before it is given up."""


class HistogramReader:
    """Reads histograms over one channel, and remembers how large the rows of each ME are."""

    def __init__(self, channel: Channel, lists: DialsLists) -> None:
        self._channel = channel
        self._lists = lists
        self._row_bytes: dict[tuple[str, int], float] = {}

    async def pages(
        self, workspace: str, query: HistogramQuery, page_size: int | None
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the pages of ``DialsClient.histogram_pages``.

        A row with a bin that is NaN makes DIALS fail for its whole page. When it still answers otherwise, the
        range is halved until the row is found, which is then named in ``unreadable`` and left out.
        """
        todo = [query]
        n_unreadable = 0
        searching = False
        while todo:
            part = todo.pop()
            settled = _before(part)
            try:
                attempts = 1 if searching else None
                async with aclosing(self._range(workspace, part, page_size, attempts)) as pages:
                    async for page in pages:
                        settled = page.last_ls
                        yield replace(page, complete=page.complete and not todo)
            except ServiceDown as error:
                failure = error
            else:
                continue
            if failure.status != SERVER_ERROR or part.last_ls is None or n_unreadable == MAX_UNREADABLE:
                raise failure
            if not searching and not await self._lists.is_answering(workspace):
                raise failure
            searching = True
            first, last = settled + 1, part.last_ls
            if first < last:
                middle = (first + last) // 2
                todo += [replace(part, first_ls=middle + 1), replace(part, first_ls=first, last_ls=middle)]
            else:
                n_unreadable += 1
                page = _page_without_rows(first, settled, query.dim, complete=not todo)
                yield replace(page, unreadable=(first,))

    async def _range(
        self, workspace: str, query: HistogramQuery, page_size: int | None, attempts: int | None
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the pages of one range as long as DIALS sends them."""
        endpoint, fields = _LISTS[query.dim]
        asked = endpoint.params(
            dataset_id=query.dataset_id,
            run_number=query.run_number,
            me_id=query.me_id,
            ls_number__gte=query.first_ls,
            ls_number__lte=query.last_ls,
            fields=fields,
        )
        headers = workspace_headers(workspace)
        decode = partial(histogram_rows, query=query)
        settled = _before(query)
        trail = TokenTrail()
        token: str | None = None
        while True:
            size = page_size or self._page_size(workspace, query)
            params = [*asked, ("page_size", str(min(size, dials_grammar.MAX_PAGE_SIZE)))]
            if token is not None:
                params.append(("next_token", token))
            reply = await self._channel.get(
                endpoint.path, params, headers=headers, decode=decode, attempts=attempts
            )
            rows = reply.value
            if rows.n_rows:
                self._row_bytes[workspace, query.me_id] = reply.n_bytes / rows.n_rows
            groups = [group for group in (group.after(settled) for group in rows.groups) if group.ls.size]
            token = rows.next_token
            goes_on = trail.goes_on(token, brought_rows=bool(groups))
            if goes_on is None:
                raise self._channel.bad_reply(endpoint.path, REPEATS)
            for index, group in enumerate(groups):
                last = int(group.ls[-1])
                is_end = not goes_on and index == len(groups) - 1
                covered = last if not is_end or query.last_ls is None else query.last_ls
                yield _page(group, settled + 1, covered, complete=is_end, n_bytes=reply.n_bytes)
                settled = covered
            if not goes_on:
                if not groups:
                    covered = settled if query.last_ls is None else query.last_ls
                    yield _page_without_rows(settled + 1, covered, query.dim, complete=True)
                return

    def _page_size(self, workspace: str, query: HistogramQuery) -> int:
        row_bytes = self._row_bytes.get((workspace, query.me_id))
        if row_bytes is None:
            return dials_grammar.MAX_PAGE_SIZE if query.dim == 1 else FIRST_PAGE_OF_MAPS
        return max(1, int(PAGE_BYTES / row_bytes))


_LISTS = {1: (dials_grammar.TH1, FIELDS_1D), 2: (dials_grammar.TH2, FIELDS_2D)}


def check_dimension(me: MonitoringElement) -> None:
    """Raise BadRequest for an ME that is neither 1D nor 2D."""
    if me.dim not in _LISTS:
        message = (
            f"dqmtui shows histograms of one or two dimensions, this one has {me.dim}. Choose another ME."
        )
        raise BadRequest(message, service="DIALS")


def _before(query: HistogramQuery) -> int:
    return (1 if query.first_ls is None else query.first_ls) - 1


def _page(
    group: HistogramGroup, first_ls: int, last_ls: int, *, complete: bool, n_bytes: int
) -> HistogramPage:
    return HistogramPage(
        ls=group.ls,
        entries=group.entries,
        file_id=group.file_id,
        data=group.data,
        x=group.x,
        y=group.y,
        first_ls=first_ls,
        last_ls=last_ls,
        complete=complete,
        n_bytes=n_bytes,
    )


def _page_without_rows(first_ls: int, last_ls: int, dim: int, *, complete: bool) -> HistogramPage:
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
