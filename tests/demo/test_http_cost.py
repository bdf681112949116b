"""The cost of the real backend: never faster than it, two requests at a time, on DIALS alone."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from dqmtui.demo.web.cost import REQUEST_S, TH1_ROW_S, TH2_CELL_S, WORKERS, RealCost, charge
from tests.demo.serving import serve

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Scope


def costing(**held: int) -> RealCost:
    """An application behind the cost layer whose replies hold these rows or cells."""

    async def endpoint(request: Request) -> Response:
        charge(request, **held)
        return PlainTextResponse("x")

    routes = [Route("/x", endpoint)]
    app = Starlette(routes=[Mount("/api/v1", Starlette(routes=routes)), Mount("/agg", routes=routes)])
    return RealCost(app)


def seconds(url: str) -> float:
    began = time.perf_counter()
    assert httpx.get(url).text == "x"
    return time.perf_counter() - began


def test_a_reply_costs_its_request_its_rows_and_its_cells() -> None:
    with serve(costing(th1_rows=500)) as url:
        assert seconds(f"{url}/api/v1/x") >= REQUEST_S + 500 * TH1_ROW_S
    with serve(costing(th2_cells=100_000)) as url:
        assert seconds(f"{url}/api/v1/x") >= REQUEST_S + 100_000 * TH2_CELL_S


async def test_only_two_requests_are_worked_on_at_a_time() -> None:
    with serve(costing()) as url:
        async with httpx.AsyncClient() as client:
            began = time.perf_counter()
            await asyncio.gather(*(client.get(f"{url}/api/v1/x") for _ in range(3 * WORKERS)))
            assert time.perf_counter() - began >= 3 * REQUEST_S


async def test_other_services_wait_for_no_worker() -> None:
    app = costing()
    busy, done = asyncio.Event(), asyncio.Event()

    def scope(path: str) -> Scope:
        return {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [],
            "query_string": b"",
            "root_path": "",
        }

    async def nothing() -> Message:
        return {"type": "http.request"}

    async def hold(_message: Message) -> None:
        busy.set()
        await done.wait()

    sent: list[str] = []

    async def note(message: Message) -> None:
        sent.append(message["type"])

    workers = [asyncio.create_task(app(scope("/api/v1/x"), nothing, hold)) for _ in range(WORKERS)]
    await busy.wait()
    await app(scope("/agg/x"), nothing, note)
    assert sent == ["http.response.start", "http.response.body"]
    done.set()
    await asyncio.gather(*workers)
