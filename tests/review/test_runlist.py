"""The list of runs: of the chosen datasets, newest first, complete or known not to be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import RunKey
from dqmtui.review.runlist import RunEntry, RunList, matching, runs_beside
from dqmtui.services.errors import NotLoggedIn, ServiceDown
from dqmtui.services.records import Dataset
from tests.review.little import EXPRESS, NAMES, WORKSPACE, ZERO_BIAS, Held, Little, is_of, layer_on
from tests.services.web import html_reply, until

if TYPE_CHECKING:
    from starlette.requests import Request

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.datalayer import DataLayer

A, B, C = 381065, 381080, 381115


@pytest.fixture
def runs(little: Little) -> Little:
    """A service with three runs, one of them in two datasets, and their cards."""
    little.runs = {
        (ZERO_BIAS, A): [1, 2],
        (ZERO_BIAS, C): [1],
        (EXPRESS, A): [1],
        (EXPRESS, B): [3, 4, 9],
    }
    little.oms["runs"] = [{"run_number": run, "fill_number": 9662, "end_time": None} for run in (A, B, C)]
    return little


def nobody() -> None:
    """Hear of changes and do nothing."""


def is_of_dataset(request: Request, dataset_id: int) -> bool:
    return is_of(request, "run") and request.query_params["dataset_id"] == str(dataset_id)


def places(run_list: RunList) -> list[tuple[int, int]]:
    return [(entry.run, entry.dataset_id) for entry in run_list.entries]


EVERYTHING = [(C, ZERO_BIAS), (B, EXPRESS), (A, EXPRESS), (A, ZERO_BIAS)]

# -- choosing datasets -------------------------------------------------------------------------------------


def test_a_dataset_is_chosen_by_any_part_of_its_name_whatever_the_case() -> None:
    datasets = [Dataset(number, name) for number, name in NAMES.items()]
    assert [each.dataset_id for each in matching(datasets, "express")] == [EXPRESS]
    assert [each.dataset_id for each in matching(datasets, "2024E")] == [ZERO_BIAS, EXPRESS]
    assert matching(datasets, "Cosmics") == []
    assert matching(datasets, "") == datasets


def test_J4_an_exact_name_is_that_dataset_alone() -> None:
    datasets = [Dataset(1, "/ZeroBias/A"), Dataset(2, "/ZeroBias/A-more")]
    assert matching(datasets, "/ZeroBias/A") == datasets[:1]
    assert matching(datasets, "/zerobias/a") == datasets


# -- loading -----------------------------------------------------------------------------------------------


async def test_the_highest_run_numbers_come_first_with_their_cards(data: DataLayer, runs: Little) -> None:
    run_list = RunList(data, WORKSPACE, "")
    await run_list.load(nobody)
    assert places(run_list) == EVERYTHING
    assert [entry.ls_count for entry in run_list.entries] == [1, 3, 1, 2]
    assert all(entry.card is not None and entry.card.run_number == entry.run for entry in run_list.entries)
    assert run_list.is_complete
    assert not run_list.is_loading


async def test_only_the_chosen_datasets_are_read(data: DataLayer, runs: Little) -> None:
    run_list = RunList(data, WORKSPACE, "express")
    await run_list.load(nobody)
    assert places(run_list) == [(B, EXPRESS), (A, EXPRESS)]
    assert len(runs.asked("run")) == 1


async def test_a_text_in_no_dataset_is_an_empty_list(data: DataLayer, runs: Little) -> None:
    run_list = RunList(data, WORKSPACE, "Cosmics")
    await run_list.load(nobody)
    assert run_list.datasets == []
    assert run_list.entries == []
    assert run_list.is_complete


async def test_the_list_grows_while_it_comes_and_who_shows_it_keeps_what_was_shown(
    data: DataLayer, runs: Little
) -> None:
    run_list = RunList(data, WORKSPACE, "")
    shown: list[list[RunEntry]] = []
    lengths: list[int] = []

    def changed() -> None:
        shown.append(run_list.entries)
        lengths.append(len(run_list.entries))

    await run_list.load(changed)
    assert [len(entries) for entries in shown] == lengths == sorted(lengths)
    assert lengths[0] == 0
    assert lengths[-1] == 4
    assert 2 in lengths


async def test_runs_stand_in_the_list_before_oms_has_told_of_them(data: DataLayer, runs: Little) -> None:
    held = Held(runs, "runs")
    run_list = RunList(data, WORKSPACE, "")
    loading = asyncio.create_task(run_list.load(nobody))
    await until(lambda: len(run_list.entries) == 4 and not run_list.is_loading)
    assert all(entry.card is None for entry in run_list.entries)
    assert not run_list.is_complete
    held.open()
    await loading
    assert run_list.is_complete


async def test_a_run_that_oms_does_not_know_has_no_card(data: DataLayer, runs: Little) -> None:
    runs.oms["runs"] = runs.oms["runs"][:1]
    run_list = RunList(data, WORKSPACE, "")
    await run_list.load(nobody)
    assert {entry.run for entry in run_list.entries if entry.card is not None} == {A}
    assert run_list.is_complete


async def test_without_oms_the_list_is_complete_without_cards(runs: Little) -> None:
    async with layer_on(runs, with_oms=False) as data:
        run_list = RunList(data, WORKSPACE, "")
        await run_list.load(nobody)
        assert places(run_list) == EVERYTHING
        assert run_list.is_complete


# -- failures ----------------------------------------------------------------------------------------------


async def test_J8_a_dataset_that_fails_leaves_the_others_and_the_list_is_not_complete(
    data: DataLayer, runs: Little
) -> None:
    runs.rule = lambda request: html_reply("broken", 503) if is_of_dataset(request, ZERO_BIAS) else None
    run_list = RunList(data, WORKSPACE, "")
    told: list[bool] = []
    with pytest.raises(ServiceDown):
        await run_list.load(lambda: told.append(run_list.is_loading))
    assert places(run_list) == [(B, EXPRESS), (A, EXPRESS)]
    assert all(entry.card is not None for entry in run_list.entries)
    assert not run_list.is_complete
    # whoever shows the list hears that nothing more is coming
    assert told[-1] is False
    runs.mend()
    runs.web.requests.clear()
    await run_list.load(nobody)
    assert places(run_list) == EVERYTHING
    assert [request.query_params["dataset_id"] for request in runs.asked("run")] == [str(ZERO_BIAS)]
    assert run_list.is_complete


async def test_the_end_of_the_login_stops_the_list(data: DataLayer, runs: Little) -> None:
    runs.datasets |= {number: f"/More/Run{number}/DQMIO" for number in range(100, 140)}
    runs.refuse_login("run")
    run_list = RunList(data, WORKSPACE, "")
    with pytest.raises(NotLoggedIn):
        await run_list.load(nobody)
    assert len(runs.asked("run")) < 10
    assert runs.asked("runs") == []


async def test_whoever_shows_a_list_that_fails_hears_that_nothing_more_is_coming(
    data: DataLayer, runs: Little
) -> None:
    runs.fail("dataset-index")
    run_list = RunList(data, WORKSPACE, "")
    told: list[bool] = []
    with pytest.raises(ServiceDown):
        await run_list.load(lambda: told.append(run_list.is_loading))
    assert told == [True, False]


async def test_cards_that_failed_are_asked_for_again(data: DataLayer, runs: Little) -> None:
    runs.fail("runs")
    run_list = RunList(data, WORKSPACE, "")
    with pytest.raises(ServiceDown):
        await run_list.load(nobody)
    assert places(run_list) == EVERYTHING
    assert not run_list.is_complete
    runs.mend()
    asked = len(runs.asked("run"))
    await run_list.load(nobody)
    assert all(entry.card is not None for entry in run_list.entries)
    assert len(runs.asked("run")) == asked
    assert run_list.is_complete


async def test_a_list_that_was_stopped_goes_on_without_listing_a_run_twice(
    data: DataLayer, runs: Little
) -> None:
    held = Held(runs, "run", when=lambda request: is_of_dataset(request, ZERO_BIAS))
    run_list = RunList(data, WORKSPACE, "")
    loading = asyncio.create_task(run_list.load(nobody))
    await until(lambda: len(run_list.entries) == 2)
    loading.cancel()
    await asyncio.wait([loading])
    assert loading.cancelled()
    assert not run_list.is_loading
    held.open()
    await run_list.load(nobody)
    assert places(run_list) == EVERYTHING


# -- going through it --------------------------------------------------------------------------------------


def listed(*places: tuple[int, int]) -> list[RunEntry]:
    """Entries of runs in datasets, in the order of the list."""
    order = sorted(places, key=lambda place: (-place[0], place[1]))
    return [RunEntry(WORKSPACE, f"/{dataset}", dataset, run, 1) for run, dataset in order]


def key(run: int, dataset_id: int) -> RunKey:
    return RunKey(WORKSPACE, dataset_id, run)


async def test_a_run_is_found_by_workspace_dataset_and_number(data: DataLayer) -> None:
    run_list = RunList(data, WORKSPACE, "")
    run_list.entries = listed((A, ZERO_BIAS), (A, EXPRESS), (B, EXPRESS))
    assert run_list.index(key(B, EXPRESS)) == 0
    assert run_list.index(key(A, ZERO_BIAS)) == 1
    assert run_list.index(key(B, ZERO_BIAS)) is None
    assert run_list.index(RunKey("ecal", ZERO_BIAS, A)) is None
    assert run_list.index(None) is None


def test_the_next_run_is_the_next_higher_number_of_the_same_dataset() -> None:
    entries = listed((A, ZERO_BIAS), (A, EXPRESS), (B, EXPRESS), (C, ZERO_BIAS))
    assert [entry.run for entry in runs_beside(entries, key(A, ZERO_BIAS), 1)] == [C]
    assert [entry.run for entry in runs_beside(entries, key(C, ZERO_BIAS), -1)] == [A]
    assert [entry.run for entry in runs_beside(entries, key(B, EXPRESS), -5)] == [A]


def test_J4_where_the_dataset_ends_all_datasets_of_the_next_run_are_given() -> None:
    entries = listed((A, ZERO_BIAS), (B, EXPRESS), (B, 33), (C, 33))
    beside = runs_beside(entries, key(A, ZERO_BIAS), 1)
    assert [(entry.run, entry.dataset_id) for entry in beside] == [(B, EXPRESS), (B, 33)]


def test_there_is_nothing_beyond_the_ends() -> None:
    entries = listed((A, ZERO_BIAS), (A, EXPRESS))
    assert runs_beside(entries, key(A, ZERO_BIAS), 1) == []
    assert runs_beside(entries, key(A, ZERO_BIAS), -1) == []


@given(
    st.sets(st.tuples(st.integers(1, 12), st.integers(1, 3)), min_size=1),
    st.integers(-4, 4).filter(bool),
    st.data(),
)
def test_a_step_goes_the_way_it_says_by_run_numbers(
    places: set[tuple[int, int]], step: int, draw: st.DataObject
) -> None:
    entries = listed(*places)
    at = draw.draw(st.sampled_from(entries))
    numbers = {run for run, dataset in places if (run - at.run) * step > 0 and dataset == at.dataset_id}
    numbers = numbers or {run for run, _ in places if (run - at.run) * step > 0}
    ordered = sorted(numbers, reverse=step < 0)
    assert {entry.run for entry in runs_beside(entries, at.key, step)} == set(ordered[: abs(step)][-1:])


# -- the embedded services ---------------------------------------------------------------------------------


async def test_the_runs_of_the_embedded_services_are_listed_once_each(demo: DemoServices) -> None:
    from dqmtui.review.session import connected
    from dqmtui.store.settings import load_settings

    async with connected(load_settings({}, demo.environment())) as data:
        run_list = RunList(data, "tracker", "")
        await run_list.load(nobody)
        keys = [entry.key for entry in run_list.entries]
        assert len(set(keys)) == len(keys)
        assert [one.run for one in keys] == sorted((one.run for one in keys), reverse=True)
        assert all(entry.card is not None for entry in run_list.entries)
        assert {entry.dataset for entry in run_list.entries if entry.run == A} == {
            "/StreamExpress/Run2024E-Express-v1/DQMIO",
            "/ZeroBias/Run2024E-PromptReco-v1/DQMIO",
        }
