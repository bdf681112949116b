"""Serving the tiny world so that it misbehaves, and reading what is left of its replies off the wire."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from starlette.middleware import Middleware

from dqmtui.demo.web.app import create_app
from dqmtui.demo.web.faults import Faults
from dqmtui.demo.web.faults_cut import ResettableProtocol
from dqmtui.demo.web.faults_spec import parse_faults
from dqmtui.demo.web.sign_in import SignIn
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, Issuer
from tests.demo.tiny_world import TinyWorld

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RUNS = "/api/v1/run/?page_size=3"
RUN_ROWS = 4
OMS = "/agg/api/v1/lumisections/?filter[run_number][EQ]=381065&page[limit]=4"
PROXIED = "/api/v1/oms-proxy/?endpoint=runs&filter[run_number][EQ]=381065"
PATIENCE_S = 60.0
TOKEN = "/auth/realms/cern/api-access/token"
REFERENCES = "/certhelper/refruns.json"


@dataclass(frozen=True, slots=True)
class Received:
    """What came over a raw connection until it ended: status, headers, body, and whether it was reset."""

    status: int
    headers: dict[str, str]
    body: bytes
    was_reset: bool


@dataclass(frozen=True, slots=True)
class Misbehaving:
    """The tiny world, misbehaving; every `get` has a good token."""

    url: str
    issuer: Issuer
    client: httpx.Client

    def headers(self, path: str) -> dict[str, str]:
        audience = OMS_AUDIENCE if path.startswith("/agg") else DIALS_AUDIENCE
        return {"Authorization": f"Bearer {self.issuer.mint({}, audience=audience)}", "Workspace": "tracker"}

    def get(self, path: str = RUNS, timeout_s: float = PATIENCE_S) -> httpx.Response:
        return self.client.get(self.url + path, headers=self.headers(path), timeout=timeout_s)

    def outcome(self, path: str = RUNS) -> str:
        """Put what a client sees into a word: a status, or the name of an error."""
        try:
            return str(self.get(path).status_code)
        except httpx.TransportError as error:
            return type(error).__name__

    def outcomes(self, count: int, path: str = RUNS) -> Sequence[str]:
        return [self.outcome(path) for _ in range(count)]

    def raw(self, path: str = RUNS, *more_headers: str) -> Received:
        """Ask over a bare socket and read until the connection ends in whatever way."""
        parts = urlsplit(self.url)
        lines = [f"GET {path} HTTP/1.1", "Host: x", "Connection: close", *more_headers]
        lines += [f"{name}: {value}" for name, value in self.headers(path).items()]
        received, was_reset = b"", False
        with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE_S) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
            try:
                while more := connection.recv(65536):
                    received += more
            except ConnectionResetError:
                was_reset = True
        head, _, body = received.partition(b"\r\n\r\n")
        status, *fields = head.decode("ascii").split("\r\n")
        headers = dict(field.lower().split(": ", 1) for field in fields)
        return Received(int(status.split()[1]) if status else 0, headers, body, was_reset)


@contextmanager
def misbehaving(spec: str) -> Iterator[Misbehaving]:
    """Serve the tiny world with these faults."""
    issuer = Issuer()
    app = create_app(TinyWorld(), SignIn(issuer, interval_s=0.0), [Middleware(Faults, parse_faults(spec))])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_level="error", http=ResettableProtocol
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        with httpx.Client(timeout=PATIENCE_S) as client:
            yield Misbehaving(
                f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", issuer, client
            )
    finally:
        # whoever is still being kept waiting has left
        server.should_exit = server.force_exit = True
        thread.join()


def rows(reply: httpx.Response) -> list[dict[str, Any]]:
    """Give the rows of a page of DIALS."""
    found: list[dict[str, Any]] = reply.json()["results"]
    return found
