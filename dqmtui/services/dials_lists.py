"""Reading lists of DIALS: the workspace header, pages to the end, rows left out, whose fault a 500 is."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, TypeVar

from dqmtui.model.text import escaped
from dqmtui.services import dials_decode, dials_grammar
from dqmtui.services.blame import CHANCE_OF_A_PATTERN, SERVER_ERROR, FailsAlone, asked_beside
from dqmtui.services.errors import BadReply, BadRequest, NotFound, ServiceDown, ServiceError, WrongAddress
from dqmtui.services.paging import REPEATS, read_all

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

    from dqmtui.services.decode import Fields
    from dqmtui.services.dials_decode import Page
    from dqmtui.services.dials_grammar import Endpoint
    from dqmtui.services.paging import OnProgress
    from dqmtui.services.replies import Reply
    from dqmtui.services.transport import Channel

    Params = list[tuple[str, str]]
    Count = Callable[[], Awaitable[int]]
    """How many rows a list has, in words of the service other than the list."""

T = TypeVar("T")

log = logging.getLogger("dqmtui.services.dials")

_PATTERN = "__regex"
_READ_AGAIN = 2
_PING_SIZES = 20


def workspace_headers(workspace: str) -> dict[str, str]:
    """Return the header that names a workspace; raise BadRequest for a name that no header can carry.

    It goes with every request: replies are cached by URL and this header, the person's default is not.
    """
    if (
        not workspace
        or not (workspace.isascii() and workspace.isprintable())
        or workspace != workspace.strip()
    ):
        name = escaped(workspace, 40)
        raise BadRequest(f"'{name}' cannot be the name of a workspace. Choose another one.", service="DIALS")
    return {dials_grammar.WORKSPACE_HEADER: workspace}


class ShortList(list[T]):
    """The rows that came of a list of which DIALS counts more."""


class DialsLists:
    """The lists of DIALS over one channel; ``tell`` gets a sentence for each list that lacks rows."""

    def __init__(self, channel: Channel, tell: Callable[[str], None] = lambda _: None) -> None:
        self._channel = channel
        self._tell = tell
        self._spelling: int | None = None
        # the counts that were right once, and those that seem to count something else
        self._good_counts: set[str] = set()
        self._doubtful_counts: set[str] = set()
        # DIALS keeps answers for 30 s by their URL; only one that was not asked for lately says how it is
        self._ping_sizes = cycle(range(1, _PING_SIZES + 1))

    async def paged(
        self,
        workspace: str,
        endpoint: Endpoint,
        params: Params,
        row: Callable[[Fields], T],
        *,
        key: Callable[[T], Hashable],
        progress: OnProgress | None = None,
        counts: Sequence[Count] = (),
    ) -> list[T]:
        """Return all rows of a list; raise ServiceError, BadRequest when a pattern makes DIALS fail.

        With ``counts`` the list is read again while it has fewer rows than the first of them says, and raises
        BadReply when that does not help and another count agrees. Where there is no other one a ShortList is
        returned, and told. A count that is not to be had is no count, and one that turns out to count
        something else is not asked for again.
        """
        if not counts or endpoint.path in self._doubtful_counts:
            return list((await self._read(workspace, endpoint, params, row, key, progress)).values())
        counting = asyncio.create_task(_counted(counts[0]))
        try:
            rows = await self._read(workspace, endpoint, params, row, key, progress)
            count = await counting
        finally:
            counting.cancel()
            await asyncio.wait([counting])
        if count is not None and len(rows) == count > 0:
            self._good_counts.add(endpoint.path)
        if count is None or len(rows) >= count:
            return list(rows.values())
        # another page size is another URL, which no cache on the way has the answer to
        for size in range(dials_grammar.MAX_PAGE_SIZE - 1, dials_grammar.MAX_PAGE_SIZE - 1 - _READ_AGAIN, -1):
            log.warning("%s sent %d of %d rows: reading it again", endpoint.path, len(rows), count)
            rows |= await self._read(workspace, endpoint, params, row, key, None, size)
            if len(rows) >= count:
                break
        else:
            others = [await _counted(other) for other in counts[1:]]
            if others and set(others) == {count}:
                raise self._channel.bad_reply(endpoint.path, f"sent {len(rows)} of {count} rows of a list")
            log.warning("%s keeps sending %d rows, its count says %d", endpoint.path, len(rows), count)
            ordered = [rows[name] for name in sorted(rows, key=_sortable)]
            if others or await self._counts_all(workspace, endpoint, params, count):
                self._doubtful_counts.add(endpoint.path)
                return ordered
            self._tell(_shortfall(endpoint, params, len(rows), count))
            return ShortList(ordered)
        return [rows[name] for name in sorted(rows, key=_sortable)]

    async def _counts_all(self, workspace: str, endpoint: Endpoint, params: Params, count: int) -> bool:
        """Whether the count of a list seems to be that of all rows, whatever was asked for."""
        if endpoint.path in self._good_counts:
            return False
        has_filters = any(name != dials_grammar.FIELDS for name, _ in params)
        return has_filters and await _counted(self.count(workspace, endpoint, [])) == count

    def count(self, workspace: str, endpoint: Endpoint, params: Params) -> Count:
        """Return how to count the rows of a list that has a count."""

        async def ask() -> int:
            filters = [(name, value) for name, value in params if name != dials_grammar.FIELDS]
            path = f"{endpoint.path}{dials_grammar.COUNT}"
            return await self._aside(workspace, path, filters, dials_decode.count)

        return ask

    def count_of_run(self, workspace: str, dataset_id: int, run_number: int) -> Count:
        """Return how to learn from the row of a run how many LS it has."""

        async def ask() -> int:
            path = f"{dials_grammar.RUNS.path}{dataset_id}/{run_number}/"
            decode = partial(dials_decode.ls_count, dataset_id=dataset_id, run_number=run_number)
            return await self._aside(workspace, path, [], decode)

        return ask

    async def whole(
        self, workspace: str, path: str, params: Params, row: Callable[[Fields], T], *, insist: bool = True
    ) -> list[T]:
        """Return a list that comes without pages; raise as ``paged`` does."""
        decode = partial(dials_decode.plain_list, row=row)
        return (await self._ask(workspace, path, params, decode, insist=insist)).value

    async def one(self, workspace: str, path: str, params: Params, decode: Callable[[object], T]) -> T:
        """Return a single reply; raise ServiceError."""
        headers = workspace_headers(workspace)
        return (await self._channel.get(path, params, headers=headers, decode=decode)).value

    async def either(self, paths: tuple[str, str], decode: Callable[[object], T]) -> T:
        """Return a reply that the two versions of the backend have at different paths, and remember which."""
        if self._spelling is not None:
            return (await self._channel.get(paths[self._spelling], decode=decode)).value
        try:
            reply, spelling = await self._channel.get(paths[0], decode=decode), 0
        except (NotFound, WrongAddress):
            reply, spelling = await self._channel.get(paths[1], decode=decode), 1
        self._spelling = spelling
        return reply.value

    async def ping(self, workspace: str) -> bool:
        """Return whether DIALS answers just now, be it with a refusal; one request, tried once."""
        return await self.silence(workspace) is None

    async def silence(self, workspace: str) -> ServiceError | None:
        """Return why DIALS does not answer just now, None when it does, be it with a refusal; asks once."""
        try:
            await self._simplest(workspace, attempts=1, told=False)
        except (ServiceDown, BadReply) as error:
            return error
        except ServiceError:
            return None
        return None

    async def _aside(self, workspace: str, path: str, params: Params, decode: Callable[[object], T]) -> T:
        """Return a reply that something else is compared with, for which nobody shall wait long."""
        headers = workspace_headers(workspace)
        ask = partial(
            self._channel.get, path, params, headers=headers, decode=decode, insist=False, told=False
        )
        try:
            return (await ask()).value
        except ServiceDown as error:
            if error.status != SERVER_ERROR:
                raise
        return (await ask()).value

    async def _simplest(self, workspace: str, *, attempts: int | None = None, told: bool = True) -> None:
        """Ask the simplest of questions, one that is not answered from a cache."""
        params = [("page_size", str(next(self._ping_sizes))), (dials_grammar.FIELDS, "dataset_id")]
        await self._channel.get(
            dials_grammar.DATASETS.path,
            params,
            headers=workspace_headers(workspace),
            decode=dials_decode.page_parts,
            attempts=attempts,
            insist=False,
            told=told,
        )

    async def _read(
        self,
        workspace: str,
        endpoint: Endpoint,
        params: Params,
        row: Callable[[Fields], T],
        key: Callable[[T], Hashable],
        progress: OnProgress | None,
        size: int = dials_grammar.MAX_PAGE_SIZE,
    ) -> dict[Hashable, T]:
        decode = partial(dials_decode.page, row=row)

        async def fetch(token: str | None) -> Reply[Page[T]]:
            at = [] if token is None else [("next_token", token)]
            return await self._ask(workspace, endpoint.path, [*params, ("page_size", str(size)), *at], decode)

        def repeats() -> ServiceError:
            return self._channel.bad_reply(endpoint.path, REPEATS)

        return await read_all(fetch, key, repeats, progress)

    async def _ask(
        self,
        workspace: str,
        path: str,
        params: Params,
        decode: Callable[[object], T],
        *,
        insist: bool = True,
    ) -> Reply[T]:
        """Return a reply; raise ServiceError, BadRequest for a pattern with which DIALS always fails."""
        headers = workspace_headers(workspace)
        patterns = [value for name, value in params if name.endswith(_PATTERN)]
        if not patterns:
            return await self._channel.get(path, params, headers=headers, decode=decode, insist=insist)
        ask = partial(self._channel.get, path, params, headers=headers, decode=decode, insist=False)
        try:
            return await asked_beside(
                ask, partial(self._simplest, workspace), self._channel.pause, chance=CHANCE_OF_A_PATTERN
            )
        except FailsAlone as alone:
            error = alone.error
        except ServiceDown as down:
            self._channel.failed(down)
            raise
        message = (
            f"DIALS cannot use the pattern '{escaped(patterns[0], 80)}'. Check its brackets and escapes."
        )
        raise BadRequest(message, service="DIALS", url=error.url, status=error.status, excerpt=error.excerpt)


async def _counted(count: Count) -> int | None:
    """Return a count, None when there is none to be had."""
    try:
        return await count()
    except (NotFound, WrongAddress):
        return None
    except ServiceError as error:
        log.warning("a list cannot be checked for rows left out: %s", error.details())
        return None


def _sortable(key: Hashable) -> tuple[int, ...]:
    """Return a key of numbers as DIALS orders its lists."""
    return key if isinstance(key, tuple) else (int(str(key)),)


def _shortfall(endpoint: Endpoint, params: Params, n_rows: int, count: int) -> str:
    """Say how many rows of a list came, and by what it was asked for."""
    asked = [f"{name} {value}" for name, value in params if name != dials_grammar.FIELDS]
    of = f" with {escaped(' and '.join(asked), 160)}" if asked else ""
    return (
        f"DIALS sent {n_rows} of {count} rows of its list {endpoint.path.rstrip('/')}{of}. Ask again later."
    )
