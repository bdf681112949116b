"""The client of OMS: what it knows of runs, lumisections, rates, fills and the trigger."""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Self, TypeVar

from dqmtui.services import oms_decode, oms_trigger_decode
from dqmtui.services.errors import BadReply, Incomplete, NotFound
from dqmtui.services.oms_grammar import OmsQuery
from dqmtui.services.oms_paging import read_records
from dqmtui.services.oms_records import OmsRecords
from dqmtui.services.oms_routes import (
    DIALS_URL,
    PRODUCTION_URL,
    DirectRoute,
    ProxyRoute,
    Way,
    Ways,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

    from dqmtui.services.oms_decode import Record
    from dqmtui.services.oms_records import (
        AttributeMeta,
        Deadtime,
        Era,
        FillCard,
        L1Rates,
        OmsColumns,
        OmsRecord,
        PrescaleChange,
        RateRows,
        RunCard,
    )
    from dqmtui.services.oms_routes import Route
    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport import Transport

__all__ = ["DIALS_URL", "NUMBERS_PER_REQUEST", "PRODUCTION_URL", "DirectRoute", "OmsClient", "ProxyRoute"]

T = TypeVar("T")
R = TypeVar("R")

NUMBERS_PER_REQUEST = 400
"""So many run numbers fit into one URL."""
_LARGE = 1000
_SMALL = 10_000
"""Records in one page, of kinds with many and with few attributes: a few MB at most."""
_VERSIONED = re.compile(r".*_v\d+")


class OmsClient:
    """OMS over one route with one login, or over several ways; every method raises ServiceError.

    Lists are read until as many records are in hand as OMS says there are, up to three times; one that still
    lacks some is in Incomplete, made into what the method returns. A run that OMS does not know has no
    records.
    """

    def __init__(self, transport: Transport, tokens: TokenSource, route: Route) -> None:
        self._ways = Ways(Way.over(route, transport, tokens))

    @classmethod
    def over(cls, ways: Ways) -> Self:
        """Return a client that goes by these ways."""
        client = cls.__new__(cls)
        client._ways = ways  # noqa: SLF001 - made here
        return client

    @property
    def way(self) -> Way:
        """The way that requests take now."""
        return self._ways.now

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
        cut: Incomplete | None = None
        for part in queries:
            try:
                cards += await self._read(part, _LARGE, oms_decode.run_card, key=lambda card: card.run_number)
            except Incomplete as error:
                cards += error.came
                cut = error
        cards.sort(key=lambda card: card.run_number)
        if cut is not None:
            cut.came = cards
            raise cut
        return cards

    async def lumisections(self, run_number: int) -> OmsColumns:
        """Return the LS of a run as columns, sorted by ``lumisection_number``."""
        query = _of_run("lumisections", run_number).sorted_by("lumisection_number")

        def columns(rows: list[tuple[int, Record]]) -> OmsColumns:
            records = [record for _, record in sorted(rows, key=itemgetter(0))]
            return oms_decode.columns("lumisections", records)

        reading = self._read(query, _LARGE, oms_decode.lumisection, key=itemgetter(0), run=run_number)
        return await self._made(reading, columns)

    async def hlt_paths(self, run_number: int, prefix: str = "") -> list[str]:
        """Return the versioned names of the HLT paths of a run that begin so, in the order they came."""
        query = _of_run("hltpathinfo", run_number).only("path_name")
        if prefix:
            # "_" is a wildcard of LIKE as well, so that more than what was asked for may come
            query = query.where("path_name", "LIKE", f"{prefix}%")
        reading = self._read(query, _SMALL, oms_decode.path_name, key=str, run=run_number)
        return await self._made(reading, lambda names: [name for name in names if name.startswith(prefix)])

    async def hlt_rates(self, run_number: int, path: str) -> RateRows:
        """Return the rates of an HLT path; a name without version finds the version that the run has.

        The result has no name when the run has no such path, as most runs of cosmics have no HLT_ZeroBias.
        """
        name: str | None = path
        if not _VERSIONED.fullmatch(path):
            version = re.compile(rf"{re.escape(path)}_v(\d+)")
            cut: Incomplete | None = None
            try:
                names = await self.hlt_paths(run_number)
            except Incomplete as error:
                names, cut = error.came, error
            found = [match for match in map(version.fullmatch, names) if match]
            if cut is not None and not found:
                # whether the run has the path is not known
                raise BadReply(cut.message, service=cut.service, url=cut.url)
            name = max(found, key=lambda match: int(match[1]))[0] if found else None
        if name is None:
            return oms_decode.rate_rows(run_number, None, [])
        return await self._rates("hltpathrates", run_number, "path_name", name, "counter")

    async def dataset_names(self, run_number: int) -> list[str]:
        """Return the names of the primary datasets of a run."""
        query = _of_run("datasetrates/datasets", run_number)
        decode = partial(oms_decode.record_page, row=oms_decode.dataset_names)
        page = await self._ways.get(query.resource, list(query.filters), decode)
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

    async def l1_rates(self, run_number: int) -> L1Rates:
        """Return the totals of the level-1 trigger per LS."""
        query = _of_run("l1triggerrates", run_number).grouped("lumisection")
        reading = self._read(query, _LARGE, oms_trigger_decode.l1_row, key=lambda row: row.ls, run=run_number)
        return await self._made(reading, partial(oms_trigger_decode.l1_rates, run_number))

    async def deadtimes(self, run_number: int) -> Mapping[str, Deadtime]:
        """Return the deadtimes of a run by the names OMS uses; none when it has none of the run."""
        query = _of_run("deadtimes", run_number)
        rows = await self._read(
            query, _LARGE, oms_trigger_decode.deadtimes, key=lambda _: run_number, run=run_number
        )
        return rows[0] if rows else {}

    async def prescale_changes(self, run_number: int) -> list[PrescaleChange]:
        """Return the changes of the prescale column in a run, sorted by LS."""
        query = _of_run("prescalechanges", run_number)
        row = oms_trigger_decode.prescale_change
        changes = await self._read(
            query, _LARGE, row, key=lambda change: change.lumisection_number, run=run_number
        )
        return sorted(changes, key=lambda change: change.lumisection_number)

    async def eras(self) -> list[Era]:
        """Return the eras of data taking, in the order they came."""
        return await self._read(OmsQuery("eras"), _LARGE, oms_trigger_decode.era, key=lambda era: era.name)

    async def query(self, query: OmsQuery, most: int | None = None) -> OmsRecords:
        """Return the records of any query as they came, all of them or the first ``most``."""
        found = await read_records(
            self._ways, query, _LARGE, oms_trigger_decode.any_record, key=_key_of, most=most
        )
        return OmsRecords(found.rows, found.total)

    async def meta(self, resource: str, *, attempts: int | None = None) -> dict[str, AttributeMeta]:
        """Return what OMS says about the attributes of a resource."""
        return await self._ways.get(
            OmsQuery(f"{resource}/meta").resource, [], oms_decode.attribute_meta, attempts
        )

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
        reading = self._read(query, _SMALL, row, key=itemgetter(0), run=run_number)
        return await self._made(reading, partial(oms_decode.rate_rows, run_number, name))

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
        return (await read_records(self._ways, query, limit, row, key=key, run=run)).rows

    async def _made(self, reading: Awaitable[list[T]], make: Callable[[list[T]], R]) -> R:
        """Return what is made, in a thread, of the records; Incomplete has that of those that came."""
        cut: Incomplete | None = None
        try:
            rows = await reading
        except Incomplete as error:
            rows, cut = error.came, error
        made = await self._ways.now.channel.in_thread(partial(make, rows))
        if cut is None:
            return made
        cut.came = made
        raise cut


def _of_run(resource: str, run_number: int) -> OmsQuery:
    return OmsQuery(resource).where("run_number", "EQ", run_number)


def _key_of(record: OmsRecord) -> Hashable:
    """Return what tells a record from others: its id, or all it says where it has none."""
    return record.id or repr(record)
