"""The histograms of one ME of one run: what DIALS sends, and which rows it cannot send."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from dqmtui.services.blame import SERVER_ERROR, FailsAlone, Tally, asked_beside
from dqmtui.services.errors import BadRequest, ServiceDown
from dqmtui.services.histogram_range import LISTS, RangeReader, before, page_without_rows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.services.histogram_decode import HistogramQuery
    from dqmtui.services.records import HistogramPage, Int64Array
    from dqmtui.services.transport import Channel

MAX_UNREADABLE = 8
"""So many LS that DIALS cannot send are left out of one list before it is given up."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A range to be read; ``ls`` are the LS in it that have a histogram, None when it never failed."""

    query: HistogramQuery
    ls: Int64Array | None = None


class HistogramReader:
    """Reads whole lists of histograms over one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._ranges = RangeReader(channel)

    def expect(self, workspace: str, dataset_id: int, run_number: int, ls: Int64Array) -> None:
        """Take note of the LS, sorted, of which a run may have histograms."""
        self._ranges.expect(workspace, dataset_id, run_number, ls)

    async def pages(
        self, workspace: str, query: HistogramQuery, page_size: int | None
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the pages of ``DialsClient.histogram_pages``.

        A bin that is NaN makes DIALS fail for the whole page of its row, but not for a list without bins. So
        when a range fails, that list says which LS are in it; the range is read once more, and then halved
        between these LS. One that is left alone is named in ``unreadable`` when it fails again and again
        while the list without bins is answered, as ``asked_beside`` decides.
        """
        todo, others = [_Part(query)], Tally()
        n_unreadable = 0
        alone: FailsAlone | None
        while todo:
            part, alone = todo.pop(), None
            settled = before(part.query)
            try:
                async with aclosing(self._pages(workspace, part, page_size, others)) as pages:
                    async for page in pages:
                        settled = page.last_ls
                        yield replace(page, complete=page.complete and not todo)
            except ServiceDown as error:
                if error.status != SERVER_ERROR or _is_single(part):
                    raise
            except FailsAlone as found:
                alone = found
            else:
                continue
            rest = replace(part.query, first_ls=settled + 1)
            if part.ls is None:
                # also the way to wait for a service that is not well: this request is repeated patiently
                todo.append(_Part(rest, await self._ranges.listed(workspace, rest)))
            elif alone is None:
                todo += _halves(rest, part.ls[part.ls > settled])
            elif n_unreadable == MAX_UNREADABLE:
                self._channel.failed(alone.error)
                raise alone.error
            else:
                n_unreadable += 1
                ls = int(part.ls[0])
                above = [] if rest.last_ls == ls else [_Part(replace(rest, first_ls=ls + 1), part.ls[:0])]
                complete = not (todo or above)
                page = page_without_rows(settled + 1, ls - 1, rest.dim, complete=complete)
                todo += above
                yield replace(page, unreadable=(ls,))

    async def _pages(
        self, workspace: str, part: _Part, page_size: int | None, others: Tally
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the pages of a part; raise FailsAlone for a single histogram that cannot be sent."""
        query = part.query
        if part.ls is not None and not part.ls.size:
            last = before(query) if query.last_ls is None else query.last_ls
            yield page_without_rows(before(query) + 1, last, query.dim, complete=True)
            return
        if _is_single(part):
            for page in await self._single(workspace, query, others):
                yield page
            return
        async with aclosing(self._ranges.pages(workspace, query, page_size)) as pages:
            async for page in pages:
                yield page

    async def _single(self, workspace: str, query: HistogramQuery, others: Tally) -> list[HistogramPage]:
        async def ask() -> list[HistogramPage]:
            return [page async for page in self._ranges.pages(workspace, query, None)]

        control = partial(self._ranges.listed, workspace, query, insist=False)
        try:
            return await asked_beside(ask, control, self._channel.pause, others)
        except ServiceDown as error:
            self._channel.failed(error)
            raise


def check_dimension(me: MonitoringElement) -> None:
    """Raise BadRequest for an ME that is neither 1D nor 2D."""
    if me.dim not in LISTS:
        message = (
            f"dqmtui shows histograms of one or two dimensions, this one has {me.dim}. Choose another ME."
        )
        raise BadRequest(message, service="DIALS")


def _is_single(part: _Part) -> bool:
    return part.ls is not None and part.ls.size == 1


def _halves(query: HistogramQuery, ls: Int64Array) -> list[_Part]:
    """Return the two halves of a range in which these LS have a histogram, the lower one last."""
    if ls.size <= 1:
        return [_Part(query, ls)]
    middle = ls.size // 2
    cut = int(ls[middle - 1])
    return [
        _Part(replace(query, first_ls=cut + 1), ls[middle:]),
        _Part(replace(query, last_ls=cut), ls[:middle]),
    ]
