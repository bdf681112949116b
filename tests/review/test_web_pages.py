"""A web page in place of data, of a maintenance or a portal on the way: the service is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lstable import OMS
from dqmtui.model.states import SourceState
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from tests.review.little import CHARGE, WORKSPACE, ZERO_BIAS, Held, Little, layer_on, range_of
from tests.review.test_review_offline import AT, earlier, load_state, reviewing, states_of
from tests.review.told import A, B, Told
from tests.services.web import until

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


async def test_what_the_cache_has_is_offline_and_goes_on_when_the_page_is_gone(
    service: Little, tmp_path: Path
) -> None:
    await earlier(service, tmp_path)
    service.fail(status=200)
    async with reviewing(service, tmp_path) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        await until(lambda: load_state(review) is LoadState.KEPT)
        assert review.offline_since is not None
        assert states_of(told) == {SourceState.FAILED}
        assert any("web page" in error for error in told.errors)
        await naps.until(1)
        service.mend()
        naps.end()
        await until(
            lambda: load_state(review) is LoadState.COMPLETE and states_of(told) == {SourceState.LOADED}
        )
        await until(lambda: told.is_settled and review.offline_since is None)


async def test_a_session_that_begins_with_the_page_begins_by_itself_when_it_is_gone(service: Little) -> None:
    service.fail(status=200)
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        await naps.until(1)
        assert told.review.state.workspace == ""
        service.mend()
        naps.end()
        await until(lambda: load_state(told.review) is LoadState.COMPLETE)


async def test_a_load_that_meets_the_page_goes_on_by_itself(service: Little) -> None:
    # more LS than the requests in flight at a time can bring: some are left to meet the page
    service.runs = {(ZERO_BIAS, A): list(range(1, 4001))}
    async with reviewing(service) as (told, naps):
        held = Held(service, "th1", when=lambda request: range_of(request)[0] > 1)
        told.review.begin(Target(run=A, me=CHARGE.me))
        await until(lambda: told.review.load is not None and told.review.load.progress[0] == 100)
        held.open()
        service.fail("th1", status=200)
        await until(lambda: load_state(told.review) is LoadState.PARTIAL)
        await naps.until(1)
        service.mend()
        naps.end()
        await until(lambda: load_state(told.review) is LoadState.COMPLETE)


async def test_a_command_falls_back_on_the_cache(service: Little, tmp_path: Path) -> None:
    await earlier(service, tmp_path)
    service.fail(status=200)
    old: list[datetime] = []
    async with layer_on(service, cache=tmp_path, fall_back=old.append) as data:
        assert [row.run_number for row in await data.runs(WORKSPACE, ZERO_BIAS)] == [A, B]
        assert (await data.conditions(A)).n_rows == 5
    assert len(old) == 2


async def test_a_page_is_no_page_of_oms_either(told: Told, service: Little) -> None:
    service.fail("lumisections", status=200)
    told.review.begin(Target(run=A))
    await told.settled()
    assert told.source_states()[OMS] is SourceState.FAILED
    assert any(error.startswith("OMS: ") and "web page" in error for error in told.errors)
