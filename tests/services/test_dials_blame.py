"""Whose fault a status 500 is."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from dqmtui.services.blame import CHANCE, chance_of_bad_luck
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import BadRequest, NotFound, ServiceDown
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.web import html_reply, json_reply, without_counts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Transport
    from tests.services.conftest import Naps
    from tests.services.web import Web


@pytest.fixture
def client(transport: Transport, web: Web) -> DialsClient:
    web.aside = without_counts
    return DialsClient(transport, FixedToken(SECRET), web.url)


def sent(request: Request) -> dict[str, str]:
    return dict(request.query_params.multi_items())


def test_the_more_the_others_fail_the_longer_it_takes_to_be_sure() -> None:
    assert chance_of_bad_luck(1, 0, 0) == pytest.approx(1 / 2)
    assert chance_of_bad_luck(2, 1, 0) == pytest.approx(1 / 6)
    assert chance_of_bad_luck(11, 11, 0) < CHANCE < chance_of_bad_luck(10, 10, 0)
    assert chance_of_bad_luck(10, 5, 5) > 1e-4
    assert chance_of_bad_luck(30, 0, 30) > 0.5


async def test_a_pattern_that_makes_dials_fail_is_a_bad_request(client: DialsClient, web: Web) -> None:
    def handler(request: Request) -> Response:
        return html_reply("", 500) if "(((" in str(sent(request)) else json_reply(rows.page([]))

    web.handler = handler
    for ask in (client.datasets("tracker", regex="((("), client.mes("tracker", regex="(((")):
        with pytest.raises(BadRequest, match=r"pattern '\(\(\('"):
            await ask


async def test_a_pattern_is_not_blamed_while_dials_is_down(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: html_reply("", 500)
    with pytest.raises(ServiceDown):
        await client.datasets("tracker", regex="Run2024")


async def test_a_pattern_is_blamed_without_waiting(client: DialsClient, web: Web, naps: Naps) -> None:
    web.handler = lambda request: (
        html_reply("", 500) if "(" in str(sent(request)) else json_reply(rows.page([]))
    )
    with pytest.raises(BadRequest):
        await client.datasets("tracker", regex="(")
    assert naps.waits == []


async def test_a_good_pattern_is_not_blamed_by_a_service_that_often_fails(
    client: DialsClient, web: Web
) -> None:
    chances = random.Random(5)
    web.handler = lambda _: html_reply("", 500) if chances.random() < 0.5 else json_reply(rows.page([]))
    for _ in range(60):
        with suppress(ServiceDown):
            assert await client.datasets("tracker", regex="Run2024") == []


async def test_an_unknown_run_is_not_found_without_waiting(client: DialsClient, web: Web, naps: Naps) -> None:
    web.handler = lambda request: (
        html_reply("", 500) if "/mes/" in request.url.path else json_reply(rows.page([]))
    )
    with pytest.raises(NotFound):
        await client.run_mes("tracker", rows.DATASET_ID, rows.RUN)
    assert (len(web.requests), naps.waits) == (2, [])


async def test_a_query_without_a_pattern_is_not_blamed(client: DialsClient, web: Web) -> None:
    web.handler = lambda request: (
        html_reply("", 500) if "dataset" in sent(request) else json_reply(rows.page([]))
    )
    with pytest.raises(ServiceDown):
        await client.files("tracker", dataset="x")


async def test_the_elements_of_a_run_that_dials_does_not_have_are_not_found(
    client: DialsClient, web: Web
) -> None:
    def handler(request: Request) -> Response:
        return html_reply("", 500) if "/mes/" in request.url.path else json_reply(rows.page([]))

    web.handler = handler
    with pytest.raises(NotFound, match=f"no run {rows.RUN}"):
        await client.run_mes("tracker", rows.DATASET_ID, rows.RUN)


async def test_the_elements_of_a_run_that_dials_has_can_fail(client: DialsClient, web: Web) -> None:
    def handler(request: Request) -> Response:
        return html_reply("", 500) if "/mes/" in request.url.path else json_reply(rows.page([rows.run()]))

    web.handler = handler
    with pytest.raises(ServiceDown):
        await client.run_mes("tracker", rows.DATASET_ID, rows.RUN)
