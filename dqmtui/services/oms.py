"""The client of OMS over its two routes: through the proxy of DIALS, or directly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from dqmtui.services import dials_grammar, oms_decode
from dqmtui.services.errors import NotFound
from dqmtui.services.oms_grammar import OmsQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dqmtui.services.oms_decode import Record
    from dqmtui.services.oms_records import AttributeMeta, FillCard, OmsColumns, RateRows, RunCard
    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport import Channel, Transport

    Params = list[tuple[str, str]]

T = TypeVar("T")

PRODUCTION_URL = "https://cmsoms.cern.ch/agg/api/v1"
DIALS_URL = "https://cmsdials-api.web.cern.ch/"

NUMBERS_PER_REQUEST = 400
"""So many run numbers fit into one URL."""
_LARGE = 1000
_SMALL = 10_000
"""Records in one page, of kinds with many and with few attributes: a few MB at most."""
_VERSIONED = re.compile(r".*_v\d+")


@dataclass(frozen=True, slots=True)
class ProxyRoute:
    """OMS through DIALS, with the login of DIALS."""

    base_url: str = DIALS_URL

    def channel(self, transport: Transport, tokens: TokenSource) -> Channel:
        """Return the channel that carries the requests: they count as requests to both services."""
        address = f"{self.base_url.rstrip('/')}/{dials_grammar.API_PATH}"
        return transport.channel("OMS", address, tokens, through="DIALS")

    def address(self, resource: str, params: Params) -> tuple[str, Params]:
        """Return path and parameters of a request for a resource."""
        return dials_grammar.OMS_PROXY, [("endpoint", resource), *params]


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """OMS itself, with a login of OMS."""

    base_url: str = PRODUCTION_URL

    def channel(self, transport: Transport, tokens: TokenSource) -> Channel:
        """Return the channel that carries the requests."""
        return transport.channel("OMS", self.base_url, tokens)

    def address(self, resource: str, params: Params) -> tuple[str, Params]:
        """Return path and parameters of a request for a resource."""
        return resource, params


class OmsClient:
    """OMS over one route with one login; every method raises ServiceError.

    Lists are read until as many records are in hand as OMS says there are. A run that OMS does not know has
    no records.
    """

    def __init__(self, transport: Transport, tokens: TokenSource, route: ProxyRoute | DirectRoute) -> None:
        self._route = route
        self._channel = route.channel(transport, tokens)

    async def runs(
        self, *, first: int | None = None, last: int | None = None, numbers: Sequence[int] = ()
    ) -> list[RunCard]:
        """Return the cards of runs by number, sorted: those from ``first`` to ``last``, or the named ones.

        Raise ValueError when neither a range nor a number is given: OMS would send all its runs.
        """
        if first is None and last is None and not numbers:
            message = "runs are asked for by range or by number"
            raise ValueError(message)
        query = OmsQuery("runs").sorted_by("run_number")
        if first is not None:
            query = query.where("run_number", "GE", first)
        if last is not None:
            query = query.where("run_number", "LE", last)
        queries = [query]
        if numbers:
            wanted = sorted(set(numbers))
            starts = range(0, len(wanted), NUMBERS_PER_REQUEST)
            queries = [
                query.where("run_number", "IN", wanted[start : start + NUMBERS_PER_REQUEST])
                for start in starts
            ]
        cards: list[RunCard] = []
        for part in queries:
            cards += await self._read(part, _LARGE, oms_decode.run_card, key=lambda card: card.run_number)
        return sorted(cards, key=lambda card: card.run_number)

    async def lumisections(self, run_number: int) -> OmsColumns:
        """Return the LS of a run as columns, sorted by ``lumisection_number``."""
        query = _of_run("lumisections", run_number).sorted_by("lumisection_number")
        rows = await self._read(query, _LARGE, oms_decode.lumisection, key=itemgetter(0), run=run_number)
        records = [record for _, record in sorted(rows, key=itemgetter(0))]
        return await self._channel.in_thread(partial(oms_decode.columns, "lumisections", records))

    async def hlt_paths(self, run_number: int) -> list[str]:
        """Return the versioned names of the HLT paths of a run, in the order they came."""
        query = _of_run("hltpathinfo", run_number).only("path_name")
        return await self._read(query, _SMALL, oms_decode.path_name, key=str, run=run_number)

    async def hlt_rates(self, run_number: int, path: str) -> RateRows:
        """Return the rates of an HLT path; a name without version finds the version that the run has.

        The result has no name when the run has no such path, as most runs of cosmics have no HLT_ZeroBias.
        """
        name: str | None = path
        if not _VERSIONED.fullmatch(path):
            version = re.compile(rf"{re.escape(path)}_v(\d+)")
            found = [match for match in map(version.fullmatch, await self.hlt_paths(run_number)) if match]
            name = max(found, key=lambda match: int(match[1]))[0] if found else None
        if name is None:
            return oms_decode.rate_rows(run_number, None, [])
        return await self._rates("hltpathrates", run_number, "path_name", name, "counter")

    async def dataset_names(self, run_number: int) -> list[str]:
        """Return the names of the primary datasets of a run."""
        query = _of_run("datasetrates/datasets", run_number)
        path, params = self._route.address(query.resource, list(query.filters))
        decode = partial(oms_decode.record_page, row=oms_decode.dataset_names)
        page = (await self._channel.get(path, params, decode=decode)).value
        return [name for names in page.rows for name in names]

    async def dataset_rates(self, run_number: int, name: str) -> RateRows:
        """Return the rates of a primary dataset; ``counter`` holds its events."""
        return await self._rates("datasetrates", run_number, "dataset_name", name, "events")

    async def fill(self, fill_number: int) -> FillCard:
        """Return the card of a fill; raise NotFound for one that OMS does not know."""
        query = OmsQuery("fills").where("fill_number", "EQ", fill_number)
        cards = await self._read(query, _LARGE, oms_decode.fill_card, key=lambda card: card.fill_number)
        for card in cards:
            if card.fill_number == fill_number:
                return card
        raise NotFound(f"OMS has no fill {fill_number}. Check the number.", service="OMS")

    async def meta(self, resource: str) -> dict[str, AttributeMeta]:
        """Return what OMS says about the attributes of a resource."""
        path, params = self._route.address(OmsQuery(f"{resource}/meta").resource, [])
        return (await self._channel.get(path, params, decode=oms_decode.attribute_meta)).value

    async def _rates(
        self, resource: str, run_number: int, name_field: str, name: str, count_field: str
    ) -> RateRows:
        query = (
            _of_run(resource, run_number)
            .where(name_field, "EQ", name)
            .only(
                "run_number",
                name_field,
                "first_lumisection_number",
                "last_lumisection_number",
                "rate",
                count_field,
            )
            .grouped("lumisection")
        )
        row = partial(oms_decode.rate, name_field=name_field, name=name, count_field=count_field)
        rates = await self._read(query, _SMALL, row, key=itemgetter(0), run=run_number)
        return oms_decode.rate_rows(run_number, name, rates)

    async def _read(
        self,
        query: OmsQuery,
        limit: int,
        row: Callable[[Record], T],
        *,
        key: Callable[[T], Hashable],
        run: int | None = None,
    ) -> list[T]:
        """Return all records of a query, ``limit`` at a time, those that repeat a key once."""
        decode = partial(oms_decode.record_page, row=row, run_number=run)
        rows: dict[Hashable, T] = {}
        n_read = n_pages = 0
        while True:
            path, params = self._route.address(query.resource, query.params(n_read, limit))
            page = (await self._channel.get(path, params, decode=decode)).value
            n_known = len(rows)
            for item in page.rows:
                if rows.setdefault(key(item), item) != item:
                    message = f"sent two different records for {query.resource} {key(item)}"
                    raise self._channel.bad_reply(path, message)
            n_read, n_pages = n_read + len(page.rows), n_pages + 1
            brought_rows = len(rows) > n_known
            if page.total is None:
                # Without a total only a page that brings nothing new tells that this was all.
                if not brought_rows:
                    return list(rows.values())
            elif n_read >= page.total:
                if n_pages > 1 and len(rows) < page.total:
                    message = f"sent some records of {query.resource} twice and left others out"
                    raise self._channel.bad_reply(path, message)
                return list(rows.values())
            elif not brought_rows:
                message = f"sent {len(rows)} of {page.total} records of {query.resource}"
                raise self._channel.bad_reply(path, message)


def _of_run(resource: str, run_number: int) -> OmsQuery:
    return OmsQuery(resource).where("run_number", "EQ", run_number)
