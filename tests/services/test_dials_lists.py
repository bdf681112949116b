"""Lists of DIALS: read to the end, of the workspace and dataset that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.services import decode
from dqmtui.services.dials import DialsClient
from dqmtui.services.dials_lists import ShortList
from dqmtui.services.errors import BadReply, BadRequest, NotFound
from dqmtui.services.paging import MOST_DOUBTS
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.web import html_reply, json_reply, without_counts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.records import Progress
    from dqmtui.services.transport import Transport
    from tests.services.conftest import Naps
    from tests.services.web import PlainHandler, Web


@pytest.fixture
def client(transport: Transport, web: Web) -> DialsClient:
    web.aside = without_counts
    return DialsClient(transport, FixedToken(SECRET), web.url)


def paged(*pages: Any) -> PlainHandler:
    """A handler that gives page N for the token N, and says that page N + 1 follows."""

    def handler(request: Request) -> Response:
        number = int(request.query_params.get("next_token", "0"))
        following = str(number + 1) if number + 1 < len(pages) else None
        return json_reply(rows.page(pages[number], following))

    return handler


def sent(request: Request) -> dict[str, str]:
    return dict(request.query_params.multi_items())


async def test_every_list_names_its_workspace_and_the_largest_page_and_no_order(
    client: DialsClient, web: Web
) -> None:
    web.handler = lambda request: json_reply([] if "/mes/" in request.url.path else rows.page([]))
    await client.datasets("muon")
    await client.runs("muon")
    await client.files("muon")
    await client.lumisections("muon", 1, 2)
    await client.ml_models("muon")
    await client.ml_flags("muon", 1, 2)
    await client.mes("muon")
    await client.run_mes("muon", 1, 2)
    assert len(web.requests) == 8
    for request in web.requests:
        assert request.headers["workspace"] == "muon"
        assert request.url.path.startswith("/api/v1/")
        assert request.url.path.endswith("/")
        assert "order_by" not in request.query_params
        if "/mes/" not in request.url.path:
            assert request.query_params["page_size"] == "500"


async def test_filters_are_sent_by_the_names_of_the_service(client: DialsClient, web: Web) -> None:
    web.handler = lambda request: json_reply([] if "/mes/" in request.url.path else rows.page([]))
    await client.datasets("muon", regex="Run2024E")
    await client.runs("muon", dataset_id=1, run_number=2, first=3, last=4)
    await client.files(
        "muon", dataset_id=1, dataset="d", dataset_regex="e", name_regex="f", status="FINISHED"
    )
    await client.mes("muon", name="a", regex=r"PXDisk_\+1", dim=2)
    await client.ml_flags("muon", 1, 2, model_ids=[7, 8])
    assert [
        {name: text for name, text in sent(one).items() if name != "page_size"} for one in web.requests
    ] == [
        {"dataset__regex": "Run2024E"},
        {"dataset_id": "1", "run_number": "2", "run_number__gte": "3", "run_number__lte": "4"},
        {
            "dataset_id": "1",
            "dataset": "d",
            "dataset__regex": "e",
            "logical_file_name__regex": "f",
            "status": "FINISHED",
        },
        {"me": "a", "me__regex": r"PXDisk_\+1", "dim": "2"},
        {"dataset_id": "1", "run_number": "2", "model_id__in": "7,8"},
    ]
    assert "me__regex=PXDisk_%5C%2B1" in str(web.requests[3].url)


async def test_a_list_is_read_to_its_end_by_its_tokens_alone(client: DialsClient, web: Web) -> None:
    web.handler = paged([rows.run(1), rows.run(2)], [rows.run(3)], [rows.run(4)])
    seen: list[Progress] = []
    found = await client.runs("tracker", dataset_id=rows.DATASET_ID, progress=seen.append)
    assert [row.run_number for row in found] == [1, 2, 3, 4]
    assert [request.query_params.get("next_token") for request in web.requests] == [None, "1", "2"]
    assert {request.query_params["dataset_id"] for request in web.requests} == {str(rows.DATASET_ID)}
    assert [(step.rows, step.pages) for step in seen] == [(2, 1), (3, 2), (4, 3)]
    assert seen[0].n_bytes < seen[1].n_bytes


async def test_a_token_arrives_as_it_was_given(client: DialsClient, web: Web) -> None:
    token = "cD0lNUIlMjIxJTIyJTVE+/=="

    def handler(request: Request) -> Response:
        if "next_token" in request.query_params:
            return json_reply(rows.page([rows.run(2)]))
        url = "http://proxy/api/v1/run/?next_token=cD0lNUIlMjIxJTIyJTVE%2B%2F%3D%3D&page_size=500"
        return json_reply({"next": url, "previous": None, "results": [rows.run(1)]})

    web.handler = handler
    await client.runs("tracker")
    assert web.requests[1].query_params["next_token"] == token


async def test_rows_that_come_twice_count_once(client: DialsClient, web: Web) -> None:
    web.handler = paged([rows.run(1), rows.run(2)], [rows.run(2), rows.run(3)])
    assert [row.run_number for row in await client.runs("tracker")] == [1, 2, 3]


async def test_a_list_that_names_the_same_token_twice_is_a_bad_reply(client: DialsClient, web: Web) -> None:
    def handler(_: Request) -> Response:
        return json_reply(rows.page([rows.run(len(web.requests))], "again"))

    web.handler = handler
    with pytest.raises(BadReply, match="again and again"):
        await client.runs("tracker")
    assert len(web.requests) == MOST_DOUBTS + 2


async def test_a_list_that_begins_again_under_new_tokens_is_a_bad_reply(
    client: DialsClient, web: Web
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.run(1)], f"t{len(web.requests)}"))
    with pytest.raises(BadReply, match="again and again"):
        await client.runs("tracker")
    assert len(web.requests) == MOST_DOUBTS + 2


async def test_a_page_that_leads_back_once_is_asked_for_again(client: DialsClient, web: Web) -> None:
    slips = [rows.page([rows.run(1)], "1"), rows.page([rows.run(2)], "1"), rows.page([rows.run(2)], "2")]
    replies = [*slips, rows.page([rows.run(3)])]
    web.handler = lambda _: json_reply(replies[len(web.requests) - 1])
    assert [row.run_number for row in await client.runs("tracker")] == [1, 2, 3]
    assert [request.query_params.get("next_token") for request in web.requests] == [None, "1", "1", "2"]


async def test_a_first_page_that_leads_to_itself_once_is_no_circle(client: DialsClient, web: Web) -> None:
    replies = [rows.page([rows.run(1)], "first"), rows.page([rows.run(1)], "1"), rows.page([rows.run(2)])]
    web.handler = lambda _: json_reply(replies[len(web.requests) - 1])
    assert [row.run_number for row in await client.runs("tracker")] == [1, 2]


@pytest.mark.parametrize(
    "following", ["https://h/?x=1", "https://[", 5, "", "https://h/?next_token=" + "x" * 5000]
)
async def test_a_next_page_without_a_usable_token_is_a_bad_reply(
    client: DialsClient, web: Web, following: Any
) -> None:
    web.handler = lambda _: json_reply({"next": following, "previous": None, "results": []})
    with pytest.raises(BadReply, match="next"):
        await client.runs("tracker")


async def test_a_page_that_fails_in_the_middle_is_asked_for_again(
    client: DialsClient, web: Web, naps: Naps
) -> None:
    good = paged([rows.run(1)], [rows.run(2)])

    def handler(request: Request) -> Response:
        return html_reply("", 502) if len(web.requests) == 2 else good(request)

    web.handler = handler
    assert len(await client.runs("tracker")) == 2
    assert len(naps.waits) == 1


@pytest.mark.parametrize("changed", [{"dataset_id": 5}, {"run_number": 5}])
async def test_rows_of_another_dataset_or_run_mean_that_a_filter_was_ignored(
    client: DialsClient, web: Web, changed: Any
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.run() | changed]))
    with pytest.raises(BadReply, match=f"{next(iter(changed))} is not .* asked for"):
        await client.runs("tracker", dataset_id=rows.DATASET_ID, run_number=rows.RUN)
    web.handler = lambda _: json_reply(rows.page([rows.lumisection(1) | changed]))
    with pytest.raises(BadReply, match="asked for"):
        await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)


async def test_runs_of_all_datasets_keep_one_row_each(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.run(), rows.run(dataset_id=2)]))
    assert [row.dataset_id for row in await client.runs("tracker", run_number=rows.RUN)] == [
        rows.DATASET_ID,
        2,
    ]


async def test_lumisections_are_columns_sorted_by_number_with_their_holes(
    client: DialsClient, web: Web
) -> None:
    web.handler = paged(
        [rows.lumisection(9), rows.lumisection(2)], [rows.lumisection(5), rows.lumisection(9)]
    )
    found = await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)
    assert found.ls.tolist() == [2, 5, 9]
    assert found.th1_count.tolist() == [102, 105, 109]
    assert found.th2_count.tolist() == [10, 10, 10]
    assert {column.dtype.name for column in (found.ls, found.th1_count, found.th2_count)} == {"int64"}


async def test_a_run_that_dials_does_not_have_has_no_lumisections(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply(rows.page([]))
    found = await client.lumisections("tracker", rows.DATASET_ID, rows.RUN)
    assert (found.ls.shape, found.th1_count.shape) == ((0,), (0,))


async def test_records_have_the_fields_of_the_rows(client: DialsClient, web: Web) -> None:
    replies = {
        "/api/v1/dataset-index/": rows.page([rows.dataset()]),
        "/api/v1/file-index/": rows.page([rows.file()]),
        "/api/v1/mes/": [rows.me(), {"me_id": 4, "me": "b", "dim": 2}],
    }
    web.handler = lambda request: json_reply(replies[request.url.path])
    (dataset,) = await client.datasets("tracker")
    assert (dataset.dataset_id, dataset.dataset, dataset.era) == (rows.DATASET_ID, rows.DATASET, "Run2024E")
    assert str(dataset.last_modification_date) == "2024-06-03 09:12:44.518300+00:00"
    (file,) = await client.files("tracker")
    assert (file.status, file.file_size, file.err_trace) == ("FINISHED", 38035167, None)
    assert await client.mes("tracker") == [
        MonitoringElement(3, "PixelPhase1/Tracks/charge_PXDisk_+1", 1, 21584),
        MonitoringElement(4, "b", 2, None),
    ]


async def test_both_spellings_of_anomaly_models_and_flags_are_understood(
    client: DialsClient, web: Web
) -> None:
    models = [
        {"model_id": 1, "filename": "a.onnx", "target_me": "x", "active": True},
        {"id": 2, "name": "b", "active": False, "anomaly_threshold": 0.5, "input_signature": []},
    ]
    flag = {"dataset_id": 1, "run_number": 2}
    flags = [
        flag | {"model_id": 1, "ls_number": 3, "mse": 0.25, "me_id": 5, "file_id": 1},
        flag | {"model_id": 2, "ls_number": 4, "metric_value": 0.75},
    ]
    web.handler = lambda request: json_reply(rows.page(models if "models" in request.url.path else flags))
    assert [(m.model_id, m.name, m.target_me, m.active) for m in await client.ml_models("tracker")] == [
        (1, "a.onnx", "x", True),
        (2, "b", None, False),
    ]
    assert [(f.ls_number, f.metric, f.me_id) for f in await client.ml_flags("tracker", 1, 2)] == [
        (3, 0.25, 5),
        (4, 0.75, None),
    ]


async def test_the_certification_json_is_ranges_by_run(client: DialsClient, web: Web) -> None:
    reply = {"name": "Cert", "url": "https://h/Cert", "last_modified": "2024-10-01T00:00:00Z", "size": 10}
    web.handler = lambda _: json_reply(reply | {"content": {"381065": [[1, 10], [12, 819]], "5": []}})
    found = await client.certification_json("tracker", "Collisions24", "golden")
    assert sent(web.requests[0]) == {"class_name": "Collisions24", "kind": "golden"}
    assert found.ranges == {381065: ((1, 10), (12, 819)), 5: ()}
    assert (found.name, str(found.last_modified)) == ("Cert", "2024-10-01 00:00:00+00:00")


async def test_workspaces_are_found_in_the_first_spelling(client: DialsClient, web: Web) -> None:
    replies = {
        "/api/v1/auth/workspaces/": {"workspaces": ["csc", "tracker"]},
        "/api/v1/auth/user-default-workspace/": {"workspace": "tracker"},
    }
    web.handler = lambda request: json_reply(replies[request.url.path])
    assert await client.workspaces() == ["csc", "tracker"]
    assert await client.default_workspace() == "tracker"
    assert len(web.requests) == 2


@pytest.mark.parametrize("listed", [{"workspaces": ["csc", "tracker"]}, ["csc", "tracker"]])
async def test_workspaces_are_found_in_the_second_spelling_which_is_remembered(
    client: DialsClient, web: Web, listed: Any
) -> None:
    replies = {"/api/v1/workspaces/": listed, "/api/v1/workspaces/my-default/": {"workspace": "csc"}}

    def handler(request: Request) -> Response:
        found = request.url.path in replies
        return json_reply(replies[request.url.path]) if found else json_reply({"detail": "Not found."}, 404)

    web.handler = handler
    assert await client.workspaces() == ["csc", "tracker"]
    assert await client.default_workspace() == "csc"
    assert len(web.requests) == 3


async def test_an_unknown_workspace_is_not_found_with_the_words_of_the_service(
    client: DialsClient, web: Web
) -> None:
    web.handler = lambda _: json_reply({"detail": "Workspace 'x' not found"}, 404)
    with pytest.raises(NotFound, match="Workspace 'x' not found"):
        await client.datasets("x")


@pytest.mark.parametrize("workspace", ["", " tracker", "träcker", "a\r\nHost: b", "a\x00"])
async def test_a_name_that_no_header_can_carry_is_refused(
    client: DialsClient, web: Web, workspace: str
) -> None:
    with pytest.raises(BadRequest):
        await client.datasets(workspace)
    assert web.requests == []


async def test_names_from_the_service_are_harmless(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply([rows.me() | {"me": "a\x1b[31mb\u202e"}])
    (element,) = await client.mes("tracker")
    assert element.me == r"a\x1b[31mb\u202e"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"run_number": "381065"}, r"results\[1\]\.run_number is a text, not a whole number"),
        ({"run_number": None}, r"results\[1\]\.run_number is null"),
        ({"run_number": True}, r"results\[1\]\.run_number is true or false"),
        ({"run_number": 1.5}, r"results\[1\]\.run_number is a number, not a whole number"),
        ({"ls_count": 2**63}, r"results\[1\]\.ls_count is out of range"),
        ({"dataset": ["x"]}, r"results\[1\]\.dataset is a list, not a text"),
    ],
)
async def test_a_value_of_the_wrong_kind_is_a_bad_reply_that_names_it(
    client: DialsClient, web: Web, changed: Any, words: str
) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.run(), rows.run(2) | changed]))
    with pytest.raises(BadReply, match=words) as caught:
        await client.runs("tracker")
    assert caught.value.url.startswith(web.url)
    assert caught.value.excerpt
    assert len(web.requests) == 2


@pytest.mark.parametrize("value", ["NaN", "0.5", [1], {}, True])
async def test_what_only_adds_to_a_row_and_cannot_be_read_is_left_out_and_logged_once(
    client: DialsClient,
    web: Web,
    value: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decode, "_noted", set())
    runs = [rows.run(run) | {"ls_completeness": value} for run in range(1, 4)]
    web.handler = lambda _: json_reply(rows.page(runs))
    found = await client.runs("tracker")
    assert [(row.run_number, row.ls_completeness) for row in found] == [(1, None), (2, None), (3, None)]
    (said,) = [text for text in caplog.messages if "left out" in text]
    assert "results[...].ls_completeness is" in said


async def test_a_date_that_is_none_does_no_harm(client: DialsClient, web: Web) -> None:
    web.handler = lambda _: json_reply(rows.page([rows.dataset() | {"last_modification_date": "yesterday"}]))
    (dataset,) = await client.datasets("tracker")
    assert (dataset.dataset_id, dataset.last_modification_date) == (rows.DATASET_ID, None)


class Counted:
    """A list of runs that DIALS counts as `count`, of all datasets as `total`, and sends `sent` of."""

    def __init__(self, web: Web, *, count: int, total: int, sent: int) -> None:
        self.count, self.total, self.sent = count, total, sent
        web.handler = self
        web.aside = lambda _: None

    def __call__(self, request: Request) -> Response:
        if request.url.path.endswith("/count/"):
            return json_reply({"count": self.count if "dataset_id" in request.query_params else self.total})
        return json_reply(rows.page([rows.run(run) for run in range(1, self.sent + 1)]))


async def test_rows_that_stay_away_are_told_and_those_that_came_are_given(
    transport: Transport, web: Web
) -> None:
    told: list[str] = []
    client = DialsClient(transport, FixedToken(SECRET), web.url, told.append)
    counted = Counted(web, count=3, total=9, sent=2)
    for times in (1, 2):
        found = await client.runs("tracker", dataset_id=rows.DATASET_ID)
        assert isinstance(found, ShortList)
        assert [row.run_number for row in found] == [1, 2]
        # each time: the count stays worth asking for
        assert len(told) == times
    assert f"DIALS sent 2 of 3 rows of its list run with dataset_id {rows.DATASET_ID}" in told[0]
    counted.sent = 3
    assert not isinstance(await client.runs("tracker", dataset_id=rows.DATASET_ID), ShortList)
    assert len(told) == 2


async def test_a_count_of_everything_is_not_held_against_a_list(transport: Transport, web: Web) -> None:
    told: list[str] = []
    client = DialsClient(transport, FixedToken(SECRET), web.url, told.append)
    Counted(web, count=9, total=9, sent=2)
    assert len(await client.runs("tracker", dataset_id=rows.DATASET_ID)) == 2
    web.requests.clear()
    found = await client.runs("tracker", dataset_id=rows.DATASET_ID)
    assert not isinstance(found, ShortList)
    assert (told, len(web.requests)) == ([], 1)


async def test_a_count_that_was_right_once_is_believed(transport: Transport, web: Web) -> None:
    told: list[str] = []
    client = DialsClient(transport, FixedToken(SECRET), web.url, told.append)
    counted = Counted(web, count=3, total=3, sent=3)
    assert not isinstance(await client.runs("tracker", dataset_id=rows.DATASET_ID), ShortList)
    counted.sent = 2
    assert isinstance(await client.runs("tracker", dataset_id=rows.DATASET_ID), ShortList)
    assert len(told) == 1


async def test_a_field_that_is_missing_is_named_and_unknown_ones_do_no_harm(
    client: DialsClient, web: Web
) -> None:
    without = {name: value for name, value in rows.run().items() if name != "ls_count"}
    web.handler = lambda _: json_reply(rows.page([without]))
    with pytest.raises(BadReply, match=r"results\[0\]\.ls_count is missing"):
        await client.runs("tracker")
    web.handler = lambda _: json_reply(rows.page([rows.run() | {"new": {"a": 1}}]) | {"count": 1})
    assert len(await client.runs("tracker")) == 1


@pytest.mark.parametrize(
    "reply", [[], {}, {"results": []}, {"next": None}, None, 5, "x", {"next": None, "results": {}}]
)
async def test_a_reply_that_is_no_page_is_a_bad_reply(client: DialsClient, web: Web, reply: Any) -> None:
    web.handler = lambda _: json_reply(reply)
    with pytest.raises(BadReply):
        await client.runs("tracker")
