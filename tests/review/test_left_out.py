"""Rows and records that a service counts but does not send: what came is shown, and called a part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS, OMS
from dqmtui.model.states import SourceState
from dqmtui.review import questions
from dqmtui.review.facts import Notice
from dqmtui.review.review import Target
from tests.review.little import RUN, ZERO_BIAS, Little, is_of, layer_on
from tests.review.test_review_offline import reviewing
from tests.review.told import A, B, Told
from tests.services.web import json_reply

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response


def leaving_out(service: Little, what: str) -> None:
    """Let OMS leave out the last record of a resource, but count it."""

    def rule(request: Request) -> Response | None:
        if not is_of(request, what):
            return None
        records = service.oms[what]
        service.oms[what] = [one for one in records if one["run_number"] == A][:-1]
        reply = service.reply(request)
        service.oms[what] = records
        return json_reply(_counting_more(bytes(reply.body)))

    service.rule = rule


def _counting_more(body: bytes) -> object:
    reply = json.loads(body)
    reply["meta"]["totalResourceCount"] += 1
    return reply


async def test_a_table_that_lacks_records_is_partial_and_says_which_key_asks_again(
    told: Told, service: Little
) -> None:
    leaving_out(service, "lumisections")
    told.review.begin(Target(run=A))
    review = await told.settled()
    assert told.source_states()[OMS] is SourceState.PARTIAL
    assert review.table is not None
    source = review.table.source(OMS)
    assert source.ls.tolist() == [1, 2, 3, 4]
    assert "4 of 5 records of lumisections" in source.note
    # what did not come may be there: it is not called absent
    assert not source.is_complete
    (notice,) = [one for one in told.of(Notice) if "4 of 5" in one.text]
    assert notice.text.startswith("OMS: ")
    assert notice.text.endswith("ctrl+r asks again.")
    assert told.source_states()[DIALS] is SourceState.LOADED
    service.mend()
    review.reload()
    await told.settled()
    assert set(told.source_states().values()) == {SourceState.LOADED}
    assert review.table is not None
    assert review.table.source(OMS).ls.tolist() == [1, 2, 3, 4, 5]


async def test_a_part_is_not_kept_as_the_whole(service: Little, tmp_path: Path) -> None:
    leaving_out(service, "lumisections")
    async with layer_on(service, cache=tmp_path) as data:
        table = await data.load_table(RUN, lambda *_: None)
        assert table.source(OMS).state is SourceState.PARTIAL
    async with layer_on(service, cache=tmp_path) as data:
        assert await data.kept(questions.conditions(A)) is None


async def test_runs_whose_cards_did_not_come_are_asked_for_again(told: Told, service: Little) -> None:
    service.oms["runs"] = [{"run_number": run, "fill_number": 9662, "end_time": None} for run in (A, B)]
    full = service.oms["runs"]

    def rule(request: Request) -> Response | None:
        if not is_of(request, "runs"):
            return None
        service.oms["runs"] = full[:1]
        reply = service.reply(request)
        service.oms["runs"] = full
        return json_reply(_counting_more(bytes(reply.body)))

    service.rule = rule
    told.review.begin(Target())
    review = await told.settled()
    assert {entry.run for entry in review.run_list.entries if entry.card is not None} == {A}
    assert review.run_list.cards_state is SourceState.PARTIAL
    assert any("1 of 2 records of runs" in error for error in told.errors)
    service.mend()
    review.reload()
    run_list = (await told.settled()).run_list
    assert all(entry.card is not None for entry in run_list.entries)
    assert run_list.cards_state is SourceState.LOADED


async def test_a_run_list_that_lacks_rows_is_asked_for_again_and_not_kept(
    service: Little, tmp_path: Path
) -> None:
    def without_b(request: Request) -> Response | None:
        is_short = is_of(request, "run") and request.query_params.get("dataset_id") == str(ZERO_BIAS)
        if not is_short:
            return None
        runs = service.runs
        service.runs = {key: ls for key, ls in runs.items() if key[1] != B}
        reply = service.reply(request)
        service.runs = runs
        return reply

    service.web.aside = lambda request: (
        json_reply({"count": 2 if "dataset_id" in request.query_params else 3})
        if request.url.path.endswith("/run/count/")
        else None
    )
    service.runs.pop((22, B))
    service.datasets.pop(22)
    service.rule = without_b
    async with reviewing(service, tmp_path) as (told, _):
        told.review.begin(Target())
        review = await told.settled()
        assert [entry.run for entry in review.run_list.entries] == [A]
        assert not review.run_list.is_complete
        service.mend()
        review.reload()
        await told.settled()
        assert [entry.run for entry in review.run_list.entries] == [B, A]
        assert review.run_list.is_complete
