"""What DIALS cannot send is told from what it fails to send just now, and from what it leaves out."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.lsmask import OPEN_END
from dqmtui.services.dials import DialsClient
from dqmtui.services.dials_histograms import MAX_UNREADABLE
from dqmtui.services.errors import BadReply, ServiceDown
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.histogram_table import ONE, Table, pages_of
from tests.services.web import html_reply, json_reply, without_counts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Transport
    from tests.services.conftest import Naps
    from tests.services.web import Web


@pytest.fixture
def client(transport: Transport, web: Web) -> DialsClient:
    return DialsClient(transport, FixedToken(SECRET), web.url)


async def test_an_ls_that_dials_cannot_send_is_left_out_and_named(
    client: DialsClient, web: Web, naps: Naps
) -> None:
    table = [rows.th1(ls) for ls in range(1, 101)]
    web.handler = Table(*table, bad={37})
    pages = await pages_of(client, first_ls=1, last_ls=100)
    assert [page.unreadable for page in pages if page.unreadable] == [(37,)]
    assert np.concatenate([page.ls for page in pages]).tolist() == [ls for ls in range(1, 101) if ls != 37]
    settled = sorted(ls for page in pages for ls in range(page.first_ls, page.last_ls + 1))
    assert settled == [ls for ls in range(1, 101) if ls != 37]
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert naps.waits == []
    assert len(web.requests) < 40


@pytest.mark.parametrize("last_ls", [None, OPEN_END])
async def test_the_search_for_it_needs_no_end_of_the_range(
    client: DialsClient, web: Web, last_ls: int | None
) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 401)), bad={37, 399})
    pages = await pages_of(client, last_ls=last_ls)
    assert [page.unreadable for page in pages if page.unreadable] == [(37,), (399,)]
    assert np.concatenate([page.ls for page in pages]).tolist() == [
        ls for ls in range(1, 401) if ls not in {37, 399}
    ]
    assert len(web.requests) < 80


@pytest.mark.parametrize("bad", [[], [1], [200], [77, 78, 140]])
@pytest.mark.parametrize("seed", range(6))
async def test_with_every_second_request_failing_no_good_ls_is_called_unreadable(
    transport: Transport, web: Web, seed: int, bad: list[int]
) -> None:
    chances = random.Random(seed)
    table = Table(*(rows.th1(ls) for ls in range(1, 201)), bad=bad)
    web.handler = lambda request: html_reply("", 500) if chances.random() < 0.5 else table(request)
    client = DialsClient(transport, FixedToken(SECRET), web.url)
    unreadable: set[int] = set()
    values: dict[int, list[float]] = {}
    first = 1
    while first <= 200:
        try:
            pages = client.histogram_pages("tracker", rows.DATASET_ID, rows.RUN, ONE, first_ls=first)
            async for page in pages:
                values |= dict(zip(page.ls.tolist(), page.data.tolist(), strict=True))
                unreadable |= set(page.unreadable)
                first = max(page.last_ls, *page.unreadable, first - 1) + 1
        except ServiceDown:
            continue
        break
    assert unreadable == set(bad)
    assert values == {ls: rows.th1(ls)["data"] for ls in range(1, 201) if ls not in bad}


async def test_a_histogram_left_out_of_a_page_is_asked_for_again(client: DialsClient, web: Web) -> None:
    table = Table(*(rows.th1(ls) for ls in range(1, 41)))
    lost = {7: 1, 40: 2}

    def handler(request: Request) -> Response:
        if request.url.path.endswith("lumisection/"):
            return json_reply(rows.page([rows.lumisection(ls) for ls in range(1, 43)]))
        reply = json.loads(bytes(table(request).body))
        if "data" in request.query_params["fields"].split(","):
            for ls in [row["ls_number"] for row in reply["results"] if lost.get(row["ls_number"])]:
                lost[ls] -= 1
                reply["results"] = [row for row in reply["results"] if row["ls_number"] != ls]
        return json_reply(reply)

    web.handler, web.aside = handler, without_counts
    await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)
    pages = await pages_of(client, last_ls=OPEN_END)
    assert np.concatenate([page.ls for page in pages]).tolist() == [*range(1, 41)]
    settled = [(page.first_ls, page.last_ls) for page in pages]
    assert settled[0][0] == 1
    assert [first for first, _ in settled[1:]] == [last + 1 for _, last in settled[:-1]]
    assert settled[-1][1] == OPEN_END
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert lost == {7: 0, 40: 0}


async def test_a_histogram_that_is_listed_but_never_sent_is_a_bad_reply(
    client: DialsClient, web: Web
) -> None:
    whole, lacking = (
        Table(*map(rows.th1, range(1, 41))),
        Table(*map(rows.th1, [*range(1, 20), *range(21, 41)])),
    )

    def handler(request: Request) -> Response:
        if request.url.path.endswith("lumisection/"):
            return json_reply(rows.page([rows.lumisection(ls) for ls in range(1, 41)]))
        return (lacking if "data" in request.query_params["fields"].split(",") else whole)(request)

    web.handler, web.aside = handler, without_counts
    await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)
    with pytest.raises(BadReply, match="leaves out the histogram of LS 20"):
        await pages_of(client)


async def test_an_element_that_has_no_histogram_of_some_ls_costs_one_request_more(
    client: DialsClient, web: Web
) -> None:
    web.aside = without_counts
    web.handler = lambda _: json_reply(rows.page([rows.lumisection(ls) for ls in range(1, 41)]))
    await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)
    for table, n_requests in ((range(1, 41), 4), (range(1, 41, 3), 5)):
        web.requests.clear()
        web.handler = Table(*map(rows.th1, table))
        pages = await pages_of(client, page_size=10 if n_requests == 4 else 4)
        assert np.concatenate([page.ls for page in pages]).tolist() == [*table]
        assert len(web.requests) == n_requests


async def test_the_last_ls_can_be_the_unreadable_one(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 9)), bad={8})
    pages = await pages_of(client, first_ls=1, last_ls=8)
    assert pages[-1].unreadable == (8,)
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]


async def test_pages_read_before_the_failure_are_not_read_again(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 41)), bad={33})
    pages = await pages_of(client, first_ls=1, last_ls=40, page_size=10)
    found = np.concatenate([page.ls for page in pages]).tolist()
    assert found == [ls for ls in range(1, 41) if ls != 33]


async def test_a_service_that_fails_for_every_ls_is_given_up(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 101)), bad=range(1, 101))
    with pytest.raises(ServiceDown):
        await pages_of(client, first_ls=1, last_ls=100)
    assert len(web.requests) < 40 + 20 * MAX_UNREADABLE


async def test_a_service_that_is_down_is_not_searched_for_bad_rows(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: html_reply("", 500)
    with pytest.raises(ServiceDown):
        await pages_of(client, first_ls=1, last_ls=100)
    assert len(web.requests) == 5


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_only_status_500_can_be_a_bad_row(client: DialsClient, web: Web, status: int) -> None:
    web.handler = lambda _: html_reply("", status)
    with pytest.raises(ServiceDown):
        await pages_of(client, first_ls=1, last_ls=100)
    assert len(web.requests) == 4
