"""A review when services are away: what the cache shows, that it is said, and that it goes on by itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.facts import Crashed, FollowingChanged, LoginWanted, OfflineChanged, RunsChanged
from dqmtui.review.following import FOLLOW_S
from dqmtui.review.histograms import LoadState
from dqmtui.review.recovery import WAITS_S
from dqmtui.review.review import Target
from dqmtui.review.runlist import RunList
from tests.review.little import (
    CHARGE,
    EXPRESS,
    NAMES,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    layer_on,
    oms_lumisections,
    oms_rates,
    range_of,
)
from tests.review.told import A, B, Told, entry
from tests.services.web import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dqmtui.review.review import Review

AT = Target(run=A, me=CHARGE.me, ls=3)


class Naps:
    """Waiting that takes until a test says that the time is over; `asked_s` are the times asked for."""

    def __init__(self) -> None:
        self.asked_s: list[float] = []
        self._over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked_s.append(seconds)
        await self._over.wait()
        self._over.clear()

    async def until(self, times: int) -> None:
        """Wait until somebody has waited so many times."""
        await until(lambda: len(self.asked_s) == times)

    def end(self) -> None:
        """Let the one that waits go on."""
        self._over.set()


@asynccontextmanager
async def reviewing(service: Little, cache: Path | None = None) -> AsyncIterator[tuple[Told, Naps]]:
    naps = Naps()
    async with layer_on(service, cache=cache) as data:
        told = Told(data, naps)
        try:
            yield told, naps
        finally:
            await told.review.close()
        assert told.of(Crashed) == []


async def earlier(service: Little, cache: Path) -> None:
    """Let an earlier session look at a run."""
    service.oms["runs"] = [{"run_number": run, "fill_number": 9662, "end_time": None} for run in (A, B)]
    async with reviewing(service, cache) as (told, _):
        told.review.begin(AT)
        review = await told.settled()
        assert review.load is not None
        assert review.load.state is LoadState.COMPLETE
        assert review.offline_since is None
    service.web.requests.clear()


def load_state(review: Review) -> LoadState | None:
    return None if review.load is None else review.load.state


def states_of(told: Told) -> set[SourceState]:
    return set(told.source_states().values())


async def test_without_any_service_the_run_of_an_earlier_session_opens(
    service: Little, tmp_path: Path
) -> None:
    started = datetime.now(UTC)
    await earlier(service, tmp_path)
    service.fail()
    async with reviewing(service, tmp_path) as (told, _):
        told.review.begin(AT)
        review = await told.settled()
        await until(lambda: load_state(review) is LoadState.KEPT)
        assert (review.state.workspace, review.state.element, review.state.ls) == (WORKSPACE, CHARGE, 3)
        assert [(entry.run, entry.dataset_id) for entry in review.run_list.entries] == [
            (B, EXPRESS),
            (B, ZERO_BIAS),
            (A, ZERO_BIAS),
        ]
        assert all(entry.card is not None for entry in review.run_list.entries)
        assert review.elements
        assert review.table is not None
        assert {name: source.ls.size for name, source in review.table.sources.items()} == {
            DIALS: 4,
            OMS: 5,
            RATE: 3,
        }
        assert review.load is not None
        assert review.load.progress == (4, 4)
        assert review.offline_since is not None
        assert started <= review.offline_since <= datetime.now(UTC)
        assert told.of(OfflineChanged)
        # every source says that it could not be asked
        assert states_of(told) == {SourceState.FAILED}


async def test_what_the_commands_have_kept_opens_too_though_they_never_list_workspaces(
    service: Little, tmp_path: Path
) -> None:
    async with layer_on(service, cache=tmp_path) as data:
        await data.default_workspace()
        await data.datasets(WORKSPACE)
        await data.runs(WORKSPACE, ZERO_BIAS)
    service.fail()
    async with reviewing(service, tmp_path) as (told, _):
        told.review.begin(Target())
        review = await told.settled()
        assert review.state.workspace == WORKSPACE
        assert [entry.run for entry in review.run_list.entries] == [B, A]


async def test_when_the_services_are_back_everything_is_asked_for_again_by_itself(
    service: Little, tmp_path: Path
) -> None:
    await earlier(service, tmp_path)
    service.fail()
    async with reviewing(service, tmp_path) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        await until(lambda: load_state(review) is LoadState.KEPT)
        await naps.until(1)
        service.mend()
        naps.end()
        await until(
            lambda: load_state(review) is LoadState.COMPLETE and states_of(told) == {SourceState.LOADED}
        )
        await until(lambda: told.is_settled and review.offline_since is None)
        assert naps.asked_s == [WAITS_S[0]]
        assert review.run_list.is_complete
        assert review.run_list.cards_state is SourceState.LOADED


async def test_a_service_that_stays_away_is_asked_at_growing_intervals(service: Little) -> None:
    service.fail()
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        for waits in range(1, len(WAITS_S) + 3):
            await naps.until(waits)
            naps.end()
        await naps.until(len(WAITS_S) + 3)
        assert naps.asked_s == [*WAITS_S, *[WAITS_S[-1]] * 3]


async def test_a_load_that_broke_off_goes_on_by_itself_from_where_it_stopped(service: Little) -> None:
    # More LS than the requests in flight at a time can bring: some are left to fail.
    service.runs = {(ZERO_BIAS, A): list(range(1, 4001))}
    async with reviewing(service) as (told, naps):
        held = Held(service, "th1", when=lambda request: range_of(request)[0] > 1)
        told.review.begin(Target(run=A, me=CHARGE.me))
        await until(lambda: told.review.load is not None and told.review.load.progress[0] == 100)
        held.open()
        service.fail("th1")
        await until(lambda: load_state(told.review) is LoadState.PARTIAL)
        came = told.review.load.progress[0] if told.review.load is not None else 0
        service.mend()
        service.web.requests.clear()
        await naps.until(1)
        naps.end()
        await until(lambda: load_state(told.review) is LoadState.COMPLETE)
        assert told.review.load is not None
        assert told.review.load.progress == (4000, 4000)
        assert 100 <= came < 4000
        assert all(first > 100 for first, _ in service.ranges())


async def test_what_was_cancelled_does_not_go_on_by_itself(service: Little) -> None:
    async with reviewing(service) as (told, naps):
        service.fail("lumisections")
        told.review.begin(Target(run=A))
        await told.settled()
        await naps.until(1)
        held = Held(service, "th1")
        told.review.select_element(CHARGE)
        await until(lambda: held.waiting > 0)
        told.review.cancel()
        naps.end()
        await until(lambda: states_of(told) == {SourceState.LOADED})
        assert load_state(told.review) is LoadState.CANCELLED


async def test_what_is_kept_is_on_screen_before_a_service_answers(service: Little, tmp_path: Path) -> None:
    await earlier(service, tmp_path)
    async with reviewing(service, tmp_path) as (told, _):
        held = Held(service)
        told.review.begin(AT)
        review = told.review
        await until(
            lambda: (
                review.load is not None
                and review.load.progress == (4, 4)
                and states_of(told) == {SourceState.LOADING}
                and review.table is not None
                and review.table.ls.size > 0
                and all(entry.card is not None for entry in review.run_list.entries)
            )
        )
        await until(lambda: held.waiting > 0)
        assert review.offline_since is None
        held.open()
        await told.settled()
        assert states_of(told) == {SourceState.LOADED}


async def test_what_has_changed_since_replaces_what_was_kept(service: Little, tmp_path: Path) -> None:
    await earlier(service, tmp_path)
    service.runs = {(ZERO_BIAS, A): [2, 3, 5, 9, 10], (EXPRESS, B + 1): [1]}
    service.elements = service.elements[:1]
    async with reviewing(service, tmp_path) as (told, _):
        told.review.begin(AT)
        review = await told.settled()
        assert [(entry.run, entry.dataset_id) for entry in review.run_list.entries] == [
            (B + 1, EXPRESS),
            (A, ZERO_BIAS),
        ]
        assert review.table is not None
        assert review.table.source(DIALS).ls.tolist() == [2, 3, 5, 9, 10]
        assert review.elements == (CHARGE,)
        assert review.load is not None
        assert review.load.progress == (5, 5)


async def test_runs_of_a_dataset_that_is_gone_are_gone(service: Little, tmp_path: Path) -> None:
    await earlier(service, tmp_path)
    service.datasets = {ZERO_BIAS: NAMES[ZERO_BIAS]}
    service.runs = {key: ls for key, ls in service.runs.items() if key[0] == ZERO_BIAS}
    async with layer_on(service, cache=tmp_path) as data:
        run_list = RunList(data, WORKSPACE, "")
        await run_list.load(lambda: None)
        assert {entry.dataset_id for entry in run_list.entries} == {ZERO_BIAS}


async def test_the_login_is_asked_for_once_until_the_review_goes_on(service: Little) -> None:
    async with reviewing(service) as (told, _):
        told.review.begin(Target(run=A))
        await told.settled()
        service.refuse_login()
        told.review.select_element(CHARGE)
        await told.settled()
        told.review.reload()
        await told.settled()
        assert len(told.of(LoginWanted)) == 2
        service.mend()
        told.review.reload()
        review = await told.settled()
        assert review.load is not None
        assert review.load.state is LoadState.COMPLETE
        assert len(told.of(LoginWanted)) == 2


async def test_a_run_that_is_followed_grows_on_screen(service: Little) -> None:
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        review.end_ls(1)
        review.follow_run(True)
        await until(lambda: naps.asked_s == [FOLLOW_S])
        service.runs[ZERO_BIAS, A] = [2, 3, 5, 9, 10, 11]
        service.oms = {"lumisections": oms_lumisections([1, 2, 3, 4, 5, 10, 11]), **oms_rates([2, 3, 12, 13])}
        naps.end()
        await naps.until(2)
        assert review.table is not None
        assert review.table.ls.tolist() == [1, 2, 3, 4, 5, 9, 10, 11, 12, 13]
        assert review.load is not None
        assert review.load.progress == (6, 6)
        # who stands at the end stays there
        assert review.state.ls == 11
        assert review.is_following
        review.follow_run(False)
        assert len(told.of(FollowingChanged)) == 2


async def test_a_run_that_is_followed_grows_in_the_list_of_runs_and_on_its_card(service: Little) -> None:
    service.oms["runs"] = [{"run_number": run, "end_time": None, "recorded_lumi": 1.0} for run in (A, B)]
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        at = review.run_list.index(review.state.run)
        assert at is not None
        others = [one for one in review.run_list.entries if one.run != A]
        assert review.run_list.entries[at].ls_count == 4
        review.follow_run(True)
        await until(lambda: naps.asked_s == [FOLLOW_S])
        n_told = len(told.of(RunsChanged))
        service.runs[ZERO_BIAS, A] = [2, 3, 5, 9, 10, 11]
        service.oms["runs"] = [{"run_number": A, "end_time": "2024-05-20T10:00:00Z", "recorded_lumi": 2.0}]
        naps.end()
        await naps.until(2)
        entry_now = review.run_list.entries[at]
        assert entry_now.ls_count == 6
        assert entry_now.card is not None
        assert (entry_now.card.recorded_lumi, entry_now.card.end_time is None) == (2.0, False)
        assert [one for one in review.run_list.entries if one.run != A] == others
        assert len(told.of(RunsChanged)) == n_told + 1
        # nothing new is nothing to tell of
        naps.end()
        await naps.until(3)
        assert len(told.of(RunsChanged)) == n_told + 1


async def test_a_card_that_does_not_come_leaves_the_one_before_and_the_count_of_ls(service: Little) -> None:
    service.oms["runs"] = [{"run_number": run, "end_time": None, "recorded_lumi": 1.0} for run in (A, B)]
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        review.follow_run(True)
        await until(lambda: naps.asked_s == [FOLLOW_S])
        service.runs[ZERO_BIAS, A] = [2, 3, 5, 9, 10]
        service.fail("runs", status=404)
        naps.end()
        await until(lambda: FOLLOW_S in naps.asked_s[1:])
        at = review.run_list.index(review.state.run)
        assert at is not None
        entry_now = review.run_list.entries[at]
        assert entry_now.card is not None
        assert (entry_now.ls_count, entry_now.card.recorded_lumi) == (5, 1.0)
        assert review.is_following


async def test_following_leaves_the_cursor_where_it_is_and_ends_with_the_run(service: Little) -> None:
    async with reviewing(service) as (told, naps):
        told.review.begin(AT)
        review = await told.settled()
        review.follow_run(True)
        await until(lambda: naps.asked_s == [FOLLOW_S])
        service.runs[ZERO_BIAS, A] = [2, 3, 5, 9, 10]
        service.fail("lumisections")
        naps.end()
        await until(lambda: FOLLOW_S in naps.asked_s[1:])
        assert review.state.ls == 3
        assert review.table is not None
        # what was there stays when a source cannot be asked again
        assert review.table.source(OMS).ls.size == 5
        assert review.table.source(DIALS).ls.size == 5
        review.open_run(entry(B))
        assert not review.is_following


async def test_another_workspace_is_opened_with_the_run_in_it(service: Little) -> None:
    async with reviewing(service) as (told, _):
        told.review.begin(AT)
        review = await told.settled()
        assert review.workspaces == (WORKSPACE, "ecal")
        review.change_workspace("ecal")
        await told.settled()
        assert review.state.workspace == "ecal"
        assert review.state.run is not None
        assert (review.state.run.workspace, review.state.run.run, review.state.ls) == ("ecal", A, 3)
        assert review.state.element is None
        assert review.load is None
        assert {entry.workspace for entry in review.run_list.entries} == {"ecal"}
