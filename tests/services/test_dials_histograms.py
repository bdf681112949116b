"""Histograms come page by page, each with one binning, and say which LS they settle."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import BadReply, BadRequest
from dqmtui.services.histogram_range import FIRST_PAGE_OF_MAPS, PAGE_BYTES
from dqmtui.services.paging import MOST_DOUBTS
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.histogram_table import ONE, TWO, Table, covered, pages_of
from tests.services.web import json_reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Transport
    from tests.services.web import Web


@pytest.fixture
def client(transport: Transport, web: Web) -> DialsClient:
    return DialsClient(transport, FixedToken(SECRET), web.url)


async def test_a_page_is_arrays_by_ls_number(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th1(2), rows.th1(5))
    (page,) = await pages_of(client, first_ls=1, last_ls=9)
    assert page.ls.tolist() == [2, 5]
    assert page.entries.tolist() == [1002, 1005]
    assert page.file_id.tolist() == [49186000, 49186000]
    assert page.data.tolist() == [[2, 3, 4, 5], [5, 6, 7, 8]]
    assert (page.x, page.y) == ((4, 0.0, 4.0), None)
    assert (page.first_ls, page.last_ls, page.complete) == (1, 9, True)
    assert [array.dtype.name for array in (page.ls, page.entries, page.data)] == ["int64", "int64", "float64"]
    assert page.n_bytes > 100


async def test_a_map_is_rows_of_y_with_the_lowest_first(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th2(1), rows.th2(2))
    (page,) = await pages_of(client, TWO)
    assert web.requests[0].url.path == "/api/v1/th2/"
    assert page.data.shape == (2, 2, 3)
    assert page.data[1].tolist() == [[200, 201, 202], [210, 211, 212]]
    assert (page.x, page.y) == ((3, 0.0, 4.0), (2, -1.0, 1.0))


async def test_the_request_names_everything_it_wants(client: DialsClient, web: Web) -> None:
    web.handler = Table()
    await pages_of(client, first_ls=11, last_ls=20)
    (request,) = web.requests
    asked = dict(request.query_params.multi_items())
    assert asked.pop("fields").split(",")[-1] == "data"
    assert asked == {
        "dataset_id": str(rows.DATASET_ID),
        "run_number": str(rows.RUN),
        "me_id": "3",
        "ls_number__gte": "11",
        "ls_number__lte": "20",
        "page_size": "500",
    }
    assert request.headers["workspace"] == "tracker"


async def test_pages_come_one_by_one_and_settle_their_ls(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in (3, 4, 7, 8, 12)))
    pages = client.histogram_pages(
        "tracker", rows.DATASET_ID, rows.RUN, ONE, first_ls=2, last_ls=20, page_size=2
    )
    first = await anext(pages)
    assert len(web.requests) == 1
    rest = [page async for page in pages]
    assert covered([first, *rest]) == [(2, 4, False), (5, 8, False), (9, 20, True)]
    assert len(web.requests) == 3


async def test_open_ends_are_settled_as_far_as_rows_came(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th1(3), rows.th1(4))
    assert covered(await pages_of(client)) == [(1, 4, True)]
    assert covered(await pages_of(client, first_ls=4)) == [(4, 4, True)]
    assert "ls_number__gte" not in web.requests[0].query_params


async def test_no_rows_are_one_complete_page_without_rows(client: DialsClient, web: Web) -> None:
    web.handler = Table()
    (page,) = await pages_of(client, first_ls=5, last_ls=9)
    assert (page.ls.size, page.data.shape, page.x, page.y) == (0, (0, 0), None, None)
    assert covered([page]) == [(5, 9, True)]
    (page,) = await pages_of(client, TWO)
    assert page.data.shape == (0, 0, 0)
    assert covered([page]) == [(1, 0, True)]


async def test_a_page_size_above_the_cap_is_not_asked_for(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 8)), cap=3)
    pages = await pages_of(client, page_size=5000)
    assert {request.query_params["page_size"] for request in web.requests} == {"500"}
    assert sum(page.ls.size for page in pages) == 7


async def test_a_change_of_binning_begins_a_new_page(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th1(1), rows.th1(2), rows.th1(5, x_max=8.0), rows.th1(6, n_bins=2), rows.th1(7))
    pages = await pages_of(client, first_ls=1, last_ls=9)
    assert [(page.ls.tolist(), page.x) for page in pages] == [
        ([1, 2], (4, 0.0, 4.0)),
        ([5], (4, 0.0, 8.0)),
        ([6], (2, 0.0, 4.0)),
        ([7], (4, 0.0, 4.0)),
    ]
    assert covered(pages) == [(1, 2, False), (3, 5, False), (6, 6, False), (7, 9, True)]
    assert len(web.requests) == 1


async def test_whole_numbers_of_bins_may_come_as_int_or_float(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th1(1, x_bin=4), rows.th1(2, x_bin=4.0))
    assert len(await pages_of(client)) == 1


async def test_pages_of_maps_grow_to_about_a_megabyte(client: DialsClient, web: Web) -> None:
    table = [rows.th2(ls, nx=100, ny=60) for ls in range(1, 101)]
    row_bytes = len(json.dumps(table[50], separators=(",", ":")))
    web.handler = Table(*table)
    pages = await pages_of(client, TWO)
    sizes = [int(request.query_params["page_size"]) for request in web.requests]
    assert sizes[0] == FIRST_PAGE_OF_MAPS
    for page in pages[1:-1]:
        assert 0.7 * PAGE_BYTES < page.ls.size * row_bytes < 1.3 * PAGE_BYTES
    await pages_of(client, TWO)
    assert int(web.requests[len(sizes)].query_params["page_size"]) > FIRST_PAGE_OF_MAPS


async def test_rows_that_come_twice_count_once(client: DialsClient, web: Web) -> None:
    replies = [
        rows.page([rows.th1(1), rows.th1(1), rows.th1(2)], "a"),
        rows.page([rows.th1(1), rows.th1(2), rows.th1(3)]),
    ]
    web.handler = lambda _: json_reply(replies.pop(0))
    pages = await pages_of(client)
    assert [page.ls.tolist() for page in pages] == [[1, 2], [3]]
    assert covered(pages) == [(1, 2, False), (3, 3, True)]


@pytest.mark.parametrize("token", ["same", None])
async def test_a_list_that_runs_in_a_circle_is_a_bad_reply(client: DialsClient, web: Web, token: str) -> None:
    def handler(_: Request) -> Response:
        ls = len(web.requests) if token else 1
        return json_reply(rows.page([rows.th1(ls)], token or f"t{len(web.requests)}"))

    web.handler = handler
    with pytest.raises(BadReply, match="again and again"):
        await pages_of(client)
    assert len(web.requests) <= MOST_DOUBTS + 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"dataset_id": 5}, "dataset_id is not"),
        ({"run_number": 5}, "run_number is not"),
        ({"me_id": 5}, "me_id is not"),
        ({"ls_number": 10}, "ls_number is outside of 1 to 9"),
        ({"ls_number": 0}, "ls_number is outside of 1 to 9"),
    ],
)
async def test_rows_that_were_not_asked_for_mean_that_a_filter_was_ignored(
    client: DialsClient, web: Web, changed: Any, words: str
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.th1(1) | changed]))
    with pytest.raises(BadReply, match=words):
        await pages_of(client, first_ls=1, last_ls=9)


async def test_rows_out_of_order_are_a_bad_reply(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.th1(2), rows.th1(1)]))
    with pytest.raises(BadReply, match=r"results\[1\]\.ls_number is lower"):
        await pages_of(client)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"data": [1.0, 2.0]}, r"results\[1\]\.data has 2 values, not 4"),
        ({"data": [1, 2, 3, "4"]}, r"results\[1\]\.data\[3\] is a text"),
        ({"data": [1, 2, 3, "NaN"]}, r"results\[1\]\.data\[3\] is a text"),
        ({"data": [1, None, 3, 4]}, r"results\[1\]\.data\[1\] is null"),
        ({"data": [1, True, 3, 4]}, r"results\[1\]\.data\[1\] is true or false"),
        ({"data": [[1, 2, 3, 4]] * 4}, r"results\[1\]\.data\[0\] is a list"),
        ({"data": None}, r"results\[1\]\.data is null"),
        ({"data": {"0": 1}}, r"results\[1\]\.data is an object"),
        ({"x_bin": 0}, r"results\[1\]\.x_bin is no number of bins"),
        ({"x_bin": 4.5}, r"results\[1\]\.x_bin"),
        ({"x_max": 0.0}, r"results\[1\]\.x_max is not above"),
        ({"x_min": "0"}, r"results\[1\]\.x_min is a text"),
        ({"entries": None}, r"results\[1\]\.entries is null"),
        ({"entries": 2**63}, r"entries is out of range"),
        ({"ls_number": "2"}, r"results\[1\]\.ls_number is a text"),
    ],
)
async def test_a_row_that_cannot_be_right_is_named(
    client: DialsClient, web: Web, changed: Any, words: str
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.th1(1), rows.th1(2) | changed]))
    with pytest.raises(BadReply, match=words):
        await pages_of(client)


@pytest.mark.parametrize(
    "name", ["data", "x_bin", "x_min", "x_max", "entries", "ls_number", "me_id", "file_id"]
)
async def test_a_field_that_is_missing_is_named(client: DialsClient, web: Web, name: str) -> None:
    row = {key: value for key, value in rows.th1(1).items() if key != name}
    web.handler = lambda _: json_reply(rows.page([row]))
    with pytest.raises(BadReply, match=rf"results\[0\]\.{name} is missing"):
        await pages_of(client)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"data": [[1.0, 2.0, 3.0]]}, r"data has 1 values, not 2"),
        ({"data": [[1.0, 2.0, 3.0], [1.0, 2.0]]}, r"data\[1\] has 2 values, not 3"),
        ({"data": [[1.0, 2.0, 3.0], 5]}, r"data\[1\] is a number, not a list"),
        ({"data": [1.0, 2.0]}, r"data\[0\] is a number, not a list"),
        ({"y_bin": None}, r"y_bin is null"),
        ({"data": [[1, 2, 3], [1, 2, "x"]]}, r"data\[1\]\[2\] is a text"),
    ],
)
async def test_a_map_that_cannot_be_right_is_named(
    client: DialsClient, web: Web, changed: Any, words: str
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.th2(1) | changed]))
    with pytest.raises(BadReply, match=words):
        await pages_of(client, TWO)


async def test_negative_bins_are_values(client: DialsClient, web: Web) -> None:
    web.handler = Table(rows.th1(1, data=[-1, -2.5, 0, 3]))
    (page,) = await pages_of(client)
    assert page.data.tolist() == [[-1, -2.5, 0, 3]]


async def test_other_dimensions_are_refused(client: DialsClient, web: Web) -> None:
    with pytest.raises(BadRequest, match="one or two"):
        client.histogram_pages("tracker", rows.DATASET_ID, rows.RUN, MonitoringElement(3, "a", 3))


async def test_a_reader_that_stops_early_stops_the_requests(client: DialsClient, web: Web) -> None:
    web.handler = Table(*(rows.th1(ls) for ls in range(1, 41)))
    pages = client.histogram_pages("tracker", rows.DATASET_ID, rows.RUN, ONE, page_size=10)
    await anext(pages)
    await pages.aclose()
    await asyncio.sleep(0)
    assert len(web.requests) == 1
