"""Reading lists of DIALS: the workspace header, pages to the end, and whose fault a status 500 is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dqmtui.services import dials_decode, dials_grammar
from dqmtui.services.errors import BadRequest, NotFound, ServiceDown, ServiceError
from dqmtui.services.paging import REPEATS, read_all
from dqmtui.services.safe_text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dqmtui.services.decode import Fields
    from dqmtui.services.dials_decode import Page
    from dqmtui.services.dials_grammar import Endpoint
    from dqmtui.services.paging import OnProgress
    from dqmtui.services.replies import Reply
    from dqmtui.services.transport import Channel

    Params = list[tuple[str, str]]

T = TypeVar("T")

SERVER_ERROR = 500
"""The status with which DIALS answers whatever it did not foresee."""
_PATTERN = "__regex"


def workspace_headers(workspace: str) -> dict[str, str]:
    """Return the header that names a workspace; raise BadRequest for a name that no header can carry.

    It goes with every request: replies are cached by URL and this header, the person's default is not.
    """
    if (
        not workspace
        or not (workspace.isascii() and workspace.isprintable())
        or workspace != workspace.strip()
    ):
        name = safe_text(workspace, 40)
        raise BadRequest(f"'{name}' cannot be the name of a workspace. Choose another one.", service="DIALS")
    return {dials_grammar.WORKSPACE_HEADER: workspace}


class DialsLists:
    """The lists of DIALS over one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._spelling: int | None = None

    async def paged(
        self,
        workspace: str,
        endpoint: Endpoint,
        params: Params,
        row: Callable[[Fields], T],
        *,
        key: Callable[[T], Hashable],
        progress: OnProgress | None = None,
    ) -> list[T]:
        """Return all rows of a list; raise ServiceError, BadRequest when a pattern makes DIALS fail."""
        headers = workspace_headers(workspace)
        decode = partial(dials_decode.page, row=row)
        size = [("page_size", str(dials_grammar.MAX_PAGE_SIZE))]

        async def fetch(token: str | None) -> Reply[Page[T]]:
            at = [] if token is None else [("next_token", token)]
            return await self._channel.get(
                endpoint.path, [*params, *size, *at], headers=headers, decode=decode
            )

        def repeats() -> ServiceError:
            return self._channel.bad_reply(endpoint.path, REPEATS)

        try:
            return await read_all(fetch, key, repeats, progress)
        except ServiceDown as error:
            failure = await self._blame(error, workspace, params)
        raise failure

    async def whole(self, workspace: str, path: str, params: Params, row: Callable[[Fields], T]) -> list[T]:
        """Return a list that comes without pages; raise as ``paged`` does."""
        decode = partial(dials_decode.plain_list, row=row)
        try:
            return await self.one(workspace, path, params, decode)
        except ServiceDown as error:
            failure = await self._blame(error, workspace, params)
        raise failure

    async def one(self, workspace: str, path: str, params: Params, decode: Callable[[object], T]) -> T:
        """Return a single reply; raise ServiceError."""
        reply = await self._channel.get(path, params, headers=workspace_headers(workspace), decode=decode)
        return reply.value

    async def either(self, paths: tuple[str, str], decode: Callable[[object], T]) -> T:
        """Return a reply that the two versions of the backend have at different paths, and remember which."""
        if self._spelling is not None:
            return (await self._channel.get(paths[self._spelling], decode=decode)).value
        try:
            reply, spelling = await self._channel.get(paths[0], decode=decode), 0
        except NotFound:
            reply, spelling = await self._channel.get(paths[1], decode=decode), 1
        self._spelling = spelling
        return reply.value

    async def is_answering(self, workspace: str) -> bool:
        """Return whether DIALS answers the simplest of questions."""
        decode = partial(dials_decode.page, row=dials_decode.dataset)
        params = [("page_size", "1")]
        try:
            await self.one(workspace, dials_grammar.DATASETS.path, params, decode)
        except ServiceError:
            return False
        return True

    async def _blame(self, error: ServiceDown, workspace: str, params: Params) -> ServiceError:
        """Return the error to raise: DIALS fails with status 500 for a pattern it cannot read."""
        patterns = [value for name, value in params if name.endswith(_PATTERN)]
        if error.status != SERVER_ERROR or not patterns or not await self.is_answering(workspace):
            return error
        message = (
            f"DIALS cannot use the pattern '{safe_text(patterns[0], 80)}'. Check its brackets and escapes."
        )
        return BadRequest(message, service="DIALS", url=error.url, status=error.status, excerpt=error.excerpt)
