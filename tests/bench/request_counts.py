"""Counting the requests that a client sends, by the list or service that they are for."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

API_PATH = "/api/v1/"


@contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Count what httpx and requests send until the block ends, such as `{"th1": 3, "lumisection": 2}`."""
    counts: Counter[str] = Counter()
    send_sync, send_async = requests.Session.send, httpx.AsyncClient.send

    def count(url: object) -> None:
        counts[urlsplit(str(url)).path.removeprefix(API_PATH).partition("/")[0]] += 1

    def sync(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:
        count(request.url)
        return send_sync(session, request, **options)

    async def asynchronous(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> Any:
        count(request.url)
        return await send_async(client, request, **options)

    with (
        patch.object(requests.Session, "send", sync),
        patch.object(httpx.AsyncClient, "send", asynchronous),
    ):
        yield counts
