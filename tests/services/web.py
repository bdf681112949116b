"""Servers on the loopback interface whose answers a test writes."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import TracebackType
    from typing import Self

    from starlette.types import Receive, Scope, Send

DEADLINE_S = 30.0

Handler = Callable[[Request], Response | Awaitable[Response]]
PlainHandler = Callable[[Request], Response]


def json_reply(value: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(orjson.dumps(value), status, named, "application/json")


def html_reply(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/html")


def form_of(request: Request) -> dict[str, str]:
    """The form that a request posted."""
    return dict(parse_qsl(request._body.decode()))


def without_counts(request: Request) -> Response | None:
    """A DIALS that cannot say how many rows a list has."""
    is_count = re.search(r"/count/$|/run/\d+/\d+/$", request.url.path) and "/mes/" not in request.url.path
    return json_reply({"detail": "Not found."}, 404) if is_count else None


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, for at most the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.002)


@contextmanager
def closed_port() -> Iterator[int]:
    """A port at which connections are refused, and which nobody else gets meanwhile."""
    with socket.socket() as taken:
        # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        yield port


class Gate:
    """Holds requests back in the server until the test opens it.

    No thread waits for it: however many wait, or have given up, the server has room for others.
    """

    def __init__(self) -> None:
        self._open: Future[None] = Future()

    def open(self) -> None:
        if not self._open.done():
            self._open.set_result(None)

    async def passed(self) -> None:
        await asyncio.wait([asyncio.wrap_future(self._open)], timeout=DEADLINE_S)


@dataclass
class Web:
    """An HTTP server in a thread of its own; `handler` answers, and every request is remembered.

    What `aside` answers is neither remembered nor given to `handler`.
    """

    handler: Handler = field(default=lambda _: json_reply({}))
    tls: dict[str, Any] = field(default_factory=dict)
    aside: Callable[[Request], Response | None] = field(default=lambda _: None)
    requests: list[Request] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    left_early: int = 0

    def __post_init__(self) -> None:
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            host="127.0.0.1",
            port=0,
            lifespan="off",
            log_level="critical",
            ws="none",
            **self.tls,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + DEADLINE_S
        while not self._server.started:
            assert time.monotonic() < end
            assert self._thread.is_alive()
            threading.Event().wait(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join()

    def forget(self) -> None:
        """Begin anew, once nothing that was sent before can come any more."""
        self._come_to_rest()
        self.handler = lambda _: json_reply({})
        self.aside = lambda _: None
        self.requests = []
        self.most_in_flight = self.left_early = 0

    def _come_to_rest(self) -> None:
        """Wait until every request of a client that has left is read and done with."""
        # connections are taken in their order: once this one is answered, all before it have been taken
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE_S) as last:
            last.sendall(b"no HTTP\r\n\r\n")
            while last.recv(1024):
                continue
        end = time.monotonic() + DEADLINE_S
        while self._server.server_state.connections or self._server.server_state.tasks:
            assert time.monotonic() < end, "a client of an earlier test is still there"
            threading.Event().wait(0.001)

    @property
    def port(self) -> int:
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # read here, so that a handler that is no coroutine can look at it, and nothing else takes it away
        await request.body()
        aside = self.aside(request)
        if aside is not None:
            await aside(scope, receive, send)
            return
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            answer = self.handler(request)
            if inspect.isawaitable(answer):
                gone = asyncio.ensure_future(self._client_left(receive))
                work = asyncio.ensure_future(answer)
                await asyncio.wait([gone, work], return_when=asyncio.FIRST_COMPLETED)
                gone.cancel()
                if not work.done():
                    work.cancel()
                    self.left_early += 1
                    return
                answer = work.result()
        finally:
            # before the client can hear of it, and ask for something else
            self.in_flight -= 1
        await answer(scope, receive, send)

    @staticmethod
    async def _client_left(receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue


@asynccontextmanager
async def wire(*answers: bytes, hang_up: bool = True, drip: bytes = b"") -> AsyncIterator[Wire]:
    """Serve raw bytes: each connection gets the next answer, the last one again and again.

    Then the server hangs up; or it keeps the connection until the client does, sending `drip` all the time.
    """
    heads: list[bytes] = []
    open_now: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answers[min(len(heads), len(answers)) - 1])
            while not hang_up and not reader.at_eof():
                writer.write(drip)
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.005)
        except ConnectionError:
            return
        finally:
            open_now.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads, open_now)


class Wire(NamedTuple):
    """A server of raw bytes: its URL, the heads of the requests so far, the connections open now."""

    url: str
    asked: list[bytes]
    open_now: set[asyncio.StreamWriter]
