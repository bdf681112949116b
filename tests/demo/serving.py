"""Serving an application, or the tiny world, over loopback from a thread of the test process."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import uvicorn

from dqmtui.demo.web.app import create_app
from dqmtui.demo.web.sign_in import SignIn
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, Issuer
from tests.demo.tiny_world import TinyWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

PATIENCE_S = 60.0


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """Serve an application until the block ends; gives its base URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while not server.started:
        assert time.monotonic() < deadline
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@dataclass(frozen=True, slots=True)
class Tiny:
    """The tiny world being served, a client of each service with a good token, and one without."""

    url: str
    world: TinyWorld
    issuer: Issuer
    dials: httpx.Client
    oms: httpx.Client
    anyone: httpx.Client


@contextmanager
def serve_tiny() -> Iterator[Tiny]:
    """Serve the tiny world; device sign-ins may be polled without a pause."""
    world, issuer = TinyWorld(), Issuer()
    with serve(create_app(world, SignIn(issuer, interval_s=0.0))) as url:

        def client(path: str, audience: str) -> httpx.Client:
            token = issuer.mint({}, audience=audience)
            headers = {"Authorization": f"Bearer {token}"}
            return httpx.Client(base_url=url + path, headers=headers, timeout=PATIENCE_S)

        with (
            client("/api/v1/", DIALS_AUDIENCE) as dials,
            client("/agg/api/v1/", OMS_AUDIENCE) as oms,
            httpx.Client(base_url=url, timeout=PATIENCE_S) as anyone,
        ):
            yield Tiny(url, world, issuer, dials, oms, anyone)
