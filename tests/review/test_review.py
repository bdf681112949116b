"""A review from its beginning: workspace, lists, and which run in which dataset is meant."""

from __future__ import annotations

import pytest

from dqmtui.model.lstable import DIALS
from dqmtui.review.facts import (
    DatasetWanted,
    ElementsLoaded,
    RunsChanged,
)
from dqmtui.review.remembered import Remembered
from dqmtui.review.review import Target
from tests.review.little import (
    CHARGE,
    EXPRESS,
    NAMES,
    RUN,
    SIZE,
    WORKSPACE,
    ZERO_BIAS,
    Held,
    Little,
    bins_of,
)
from tests.review.told import DIALS_LS, A, B, Told, entry
from tests.services.web import until

# -- beginning -----------------------------------------------------------------------------------------------


async def test_beginning_lists_runs_and_elements_of_the_persons_workspace(told: Told) -> None:
    told.review.begin(Target())
    review = await told.settled()
    assert review.state.workspace == WORKSPACE
    assert [(one.run, one.dataset_id) for one in review.run_list.entries] == [
        (B, EXPRESS),
        (B, ZERO_BIAS),
        (A, ZERO_BIAS),
    ]
    assert len(review.elements) == 3
    assert {dataset.dataset_id for dataset in review.datasets} == {ZERO_BIAS, EXPRESS}
    assert told.of(RunsChanged)
    assert told.of(ElementsLoaded)
    assert told.errors == []
    assert review.state.run is None


async def test_beginning_opens_run_lumisection_and_element_that_are_asked_for(told: Told) -> None:
    told.review.begin(Target(run=A, me="charge_PXLayer_1", ls=5))
    review = await told.settled()
    assert review.state.run == RUN
    assert review.state.dataset == NAMES[ZERO_BIAS]
    assert review.state.ls == 5
    assert review.state.element == CHARGE
    assert review.load is not None
    assert review.load.stack is not None
    histogram = review.load.stack.histogram(5)
    assert histogram is not None
    assert histogram.values.tolist() == bins_of(5)
    assert told.errors == []


async def test_a_workspace_that_does_not_exist_says_which_there_are(told: Told) -> None:
    told.review.begin(Target(workspace="trakcer", run=A))
    review = await told.settled()
    assert review.state.workspace == ""
    (error,) = told.errors
    assert "'trakcer'" in error
    assert "tracker, ecal" in error


async def test_a_workspace_that_does_not_exist_leaves_the_session_as_it_was(told: Told) -> None:
    was = Remembered({"workspace": WORKSPACE}, element=CHARGE.me)
    told.review.begin(Target(workspace="trakcer", remembered=was))
    review = await told.settled()
    (error,) = told.errors
    assert "tracker, ecal" in error
    assert review.state.workspace == ""
    assert review.remembered() is None


async def test_J5_beginning_in_another_workspace_leaves_run_and_element_behind(told: Told) -> None:
    told.review.begin(Target(run=A, me="charge_PXLayer_1"))
    await told.settled()
    told.review.begin(Target(workspace="ecal"))
    review = await told.settled()
    assert review.state.workspace == "ecal"
    assert (review.state.run, review.state.element, review.state.ls) == (None, None, None)
    assert (review.table, review.load) == (None, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PXLayer_1", "2 have it in their name"),
        ("PXLyer_1", "the nearest: "),
        ("nothing", "there is none like it"),
    ],
)
async def test_a_name_that_is_not_one_element_is_told_and_none_is_chosen(
    told: Told, name: str, said: str
) -> None:
    told.review.begin(Target(run=A, me=name))
    review = await told.settled()
    assert review.state.element is None
    (error,) = told.errors
    assert repr(name) in error
    assert said in error
    assert review.state.ls == DIALS_LS[0]


async def test_a_dataset_that_does_not_exist_is_told(told: Told) -> None:
    told.review.begin(Target(dataset="Cosmics"))
    review = await told.settled()
    assert review.run_list.entries == []
    assert told.errors == [f"No dataset of {WORKSPACE} has 'Cosmics' in its name."]


async def test_choosing_a_dataset_lists_its_runs_only(told: Told) -> None:
    told.review.begin(Target())
    await told.settled()
    told.review.show_dataset("express")
    review = await told.settled()
    assert [(one.run, one.dataset_id) for one in review.run_list.entries] == [(B, EXPRESS)]
    told.review.show_dataset("")
    review = await told.settled()
    assert len(review.run_list.entries) == 3


async def test_a_list_chosen_later_is_not_overwritten_by_an_earlier_one(told: Told, service: Little) -> None:
    told.review.begin(Target())
    await until(lambda: bool(told.review.elements))
    held = Held(service, "run")
    told.review.show_dataset("ZeroBias")
    told.review.show_dataset("express")
    held.open()
    review = await told.settled()
    assert [(one.run, one.dataset_id) for one in review.run_list.entries] == [(B, EXPRESS)]
    assert review.run_list.is_complete


# -- J4 and J10: which run -----------------------------------------------------------------------------------


async def test_J4_a_run_in_two_datasets_is_opened_in_neither_before_somebody_chooses(told: Told) -> None:
    told.review.begin(Target(run=B, ls=21))
    review = await told.settled()
    (wanted,) = told.of(DatasetWanted)
    assert wanted.run == B
    assert {one.dataset_id for one in wanted.candidates} == {ZERO_BIAS, EXPRESS}
    assert review.state.run is None
    review.open_run(next(one for one in wanted.candidates if one.dataset_id == ZERO_BIAS))
    review = await told.settled()
    assert review.state.run == entry(B).key
    assert review.state.dataset == NAMES[ZERO_BIAS]
    assert review.state.ls == 21
    assert review.table is not None
    assert review.table.source(DIALS).ls.tolist() == [20, 21, 22]


async def test_J4_the_dataset_that_was_named_decides(told: Told) -> None:
    told.review.begin(Target(run=B, dataset="express"))
    review = await told.settled()
    assert review.state.run == entry(B, EXPRESS).key
    assert told.of(DatasetWanted) == []


async def test_J4_the_dataset_on_screen_decides_when_none_was_named(told: Told) -> None:
    told.review.begin(Target(run=A))
    await told.settled()
    told.review.go_to_run(B)
    review = await told.settled()
    assert review.state.run == entry(B, ZERO_BIAS).key
    assert told.of(DatasetWanted) == []


async def test_J4_a_run_that_is_in_another_dataset_than_named_is_opened_and_that_is_said(told: Told) -> None:
    told.review.begin(Target(run=A, dataset="express"))
    review = await told.settled()
    assert review.state.run == RUN
    assert told.notices == [f"Run {A} is in no dataset with 'express' in its name, only in this one."]


async def test_J10_a_run_not_in_dials_says_so_with_the_status_of_its_files(
    told: Told, service: Little
) -> None:
    def file(number: int, status: str) -> dict[str, object]:
        name = f"/store/data/Run2024E/ZeroBias/DQMIO/PromptReco-v1/000/382/230/00000/{number}.root"
        return {
            "dataset_id": ZERO_BIAS, "dataset": NAMES[ZERO_BIAS], "file_id": number,
            "logical_file_name": name, "status": status,
        }  # fmt: skip

    service.files = [file(1, "PARSING_ERROR"), file(2, "PARSING_ERROR"), file(3, "FILE_NOT_AVAILABLE")]
    told.review.begin(Target(run=382230))
    review = await told.settled()
    assert review.state.run is None
    (error,) = told.errors
    assert "DIALS has no run 382230" in error
    assert "2 PARSING_ERROR" in error
    assert "1 FILE_NOT_AVAILABLE" in error
    assert NAMES[ZERO_BIAS] in error
    (request,) = service.asked("file-index")
    assert request.query_params["logical_file_name__regex"] == "/000/382/230/"


async def test_J10_a_run_that_nobody_has_heard_of_says_so_too(told: Told) -> None:
    told.review.begin(Target(run=1))
    await told.settled()
    assert told.errors == [f"DIALS has no run 1 in workspace {WORKSPACE}, and no file of it either."]


async def test_J10_a_run_is_missing_also_when_its_files_cannot_be_looked_up(
    told: Told, service: Little
) -> None:
    service.fail("file-index")
    told.review.begin(Target(run=1))
    await told.settled()
    (error,) = told.errors
    assert "DIALS has no run 1" in error
    assert "503" in error


async def test_J10_a_run_without_lumisections_says_so_and_nothing_crashes(
    told: Told, service: Little
) -> None:
    service.runs[ZERO_BIAS, 381999] = []
    told.review.begin(Target(run=381999, me="charge_PXLayer_1", ls=4))
    review = await told.settled()
    assert review.state.run is not None
    assert review.state.ls is None
    assert "DIALS lists run 381999 but has no lumisections of it." in told.errors
    review.step_ls(1)
    review.end_ls(1)
    review.select_element(SIZE)
    assert review.steppable().size == 0
    review.go_to_ls(4)
    assert told.errors[-1] == "No data for LS 4 in run 381999; no source has told of any."


async def test_a_run_that_came_in_since_is_opened_on_reload(told: Told, service: Little) -> None:
    told.review.begin(Target(run=381999, ls=8))
    await told.settled()
    service.runs[ZERO_BIAS, 381999] = [7, 8]
    told.review.reload()
    review = await told.settled()
    assert review.state.run is not None
    assert review.state.run.run == 381999
    assert review.state.ls == 8
