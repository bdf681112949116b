"""Fixtures of the tests of the services: a server to script, and a transport that does not really wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from tests.services.web import Web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dqmtui.services.transport import Channel

NEVER_S = 3600.0
SECRET = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXBheWxvYWQ.c2VjcmV0LXNpZ25hdHVyZQ"


class Naps:
    """Stands in for sleeping between attempts and remembers how long it would have been."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def one_web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture
def web(one_web: Web) -> Web:
    """A server that has forgotten the tests before this one."""
    one_web.forget()
    return one_web


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def transport(naps: Naps) -> AsyncIterator[Transport]:
    async with Transport(sleep=naps) as carrier:
        yield carrier


@pytest.fixture
def channel(transport: Transport, web: Web) -> Channel:
    """DIALS at the scripted server, with a fixed token."""
    return transport.channel("DIALS", web.url, FixedToken(SECRET))
