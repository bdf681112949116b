"""Lists of DIALS: what our client and cmsdials read is the same, row by row and value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.official.clients import (
    HOLE,
    LONG_COSMICS,
    PLACES,
    PLAIN,
    WORKSPACE,
    Ours,
    Place,
    assert_same_rows,
    everything,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


async def test_datasets(ours: Ours, theirs: Any) -> None:
    assert_same_rows(await ours.dials.datasets(WORKSPACE), everything(theirs.dataset_index).results)


async def test_datasets_by_a_pattern(ours: Ours, theirs: Any) -> None:
    pattern = r"^/(ZeroBias|Cosmics)/Run2024[CE]"
    assert_same_rows(
        await ours.dials.datasets(WORKSPACE, regex=pattern),
        everything(theirs.dataset_index, dataset__regex=pattern).results,
    )


async def test_monitoring_elements(ours: Ours, theirs: Any) -> None:
    assert_same_rows(await ours.dials.mes(WORKSPACE), theirs.mes.list())
    pattern = r"PXDisk_\+1"
    assert_same_rows(
        await ours.dials.mes(WORKSPACE, regex=pattern, dim=2),
        theirs.mes.list(theirs.mes.filter_class(me__regex=pattern, dim=2)),
    )


async def test_the_runs_of_every_dataset(ours: Ours, theirs: Any) -> None:
    for dataset in await ours.dials.datasets(WORKSPACE):
        mine = await ours.dials.runs(WORKSPACE, dataset_id=dataset.dataset_id)
        other = everything(theirs.run, dataset_id=dataset.dataset_id).results
        if mine or other:
            assert_same_rows(mine, other)


async def test_the_datasets_of_a_run(ours: Ours, theirs: Any) -> None:
    for place in PLACES:
        mine = await ours.dials.runs(WORKSPACE, run_number=place.run)
        assert_same_rows(mine, everything(theirs.run, run_number=place.run).results)


async def test_a_range_of_runs(ours: Ours, theirs: Any) -> None:
    mine = await ours.dials.runs(WORKSPACE, first=381065, last=381115)
    other = everything(theirs.run, run_number__gte=381065, run_number__lte=381115)
    assert_same_rows(mine, other.results)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place.run))
async def test_lumisections(ours: Ours, theirs: Any, place: Place) -> None:
    dataset_id = await ours.dataset_id(place)
    mine = await ours.dials.lumisections(WORKSPACE, dataset_id, place.run)
    other = everything(theirs.lumi, dataset_id=dataset_id, run_number=place.run).results
    assert (mine.dataset_id, mine.run_number) == (other[0].dataset_id, other[0].run_number)
    for name, column in (
        ("ls_number", mine.ls),
        ("th1_count", mine.th1_count),
        ("th2_count", mine.th2_count),
    ):
        np.testing.assert_array_equal(column, [getattr(row, name) for row in other])


async def test_lumisections_are_joined_over_a_hole_and_over_five_pages(ours: Ours) -> None:
    holed = await ours.dials.lumisections(WORKSPACE, await ours.dataset_id(HOLE), HOLE.run)
    assert not set(range(1320, 1354)) & set(holed.ls.tolist())
    assert holed.ls[-1] > 1353
    long = await ours.dials.lumisections(WORKSPACE, await ours.dataset_id(LONG_COSMICS), LONG_COSMICS.run)
    assert long.ls.size > 4 * 500


async def test_what_comes_in_pages_of_ten_is_the_same(ours: Ours, theirs: Any) -> None:
    dataset_id = await ours.dataset_id(PLAIN)
    mine = await ours.dials.lumisections(WORKSPACE, dataset_id, PLAIN.run)
    filters = theirs.lumi.filter_class(dataset_id=dataset_id, run_number=PLAIN.run)
    assert [row.ls_number for row in theirs.lumi.list_all(filters).results] == mine.ls.tolist()


async def test_files(ours: Ours, theirs: Any) -> None:
    dataset_id = await ours.dataset_id(PLAIN)
    mine = await ours.dials.files(WORKSPACE, dataset_id=dataset_id)
    assert_same_rows(mine, everything(theirs.file_index, dataset_id=dataset_id).results)


async def test_files_with_a_status_and_by_name(ours: Ours, theirs: Any) -> None:
    every = everything(theirs.file_index).results
    for status in {file.status for file in every}:
        mine = await ours.dials.files(WORKSPACE, status=status)
        assert_same_rows(mine, [file for file in every if file.status == status])
    mine = await ours.dials.files(WORKSPACE, name_regex="/000/381/065/")
    assert_same_rows(mine, everything(theirs.file_index, logical_file_name__regex="/000/381/065/").results)


async def test_anomaly_models(ours: Ours, theirs: Any) -> None:
    mine, other = await ours.dials.ml_models(WORKSPACE), everything(theirs.ml_models_index).results
    # the client has no field for the ME that a model is about, nor for the name that the older backend gives
    assert_same_rows(mine, other, model_id="id", target_me="", name="")


async def test_flags_of_anomaly_models(ours: Ours, theirs: Any) -> None:
    dataset_id = await ours.dataset_id(PLAIN)
    asked = {"dataset_id": dataset_id, "run_number": PLAIN.run}
    every = await ours.dials.ml_flags(WORKSPACE, dataset_id, PLAIN.run)
    models = sorted({flag.model_id for flag in every})
    assert len(models) > 1
    for chosen in ([], models[:1], models):
        mine = await ours.dials.ml_flags(WORKSPACE, dataset_id, PLAIN.run, model_ids=chosen)
        other = everything(theirs.ml_bad_lumis, model_id__in=chosen or None, **asked).results
        assert_same_rows(by_place(mine), by_place(other), metric="metric_value", me_id="")


def by_place(flags: Sequence[Any]) -> list[Any]:
    return sorted(flags, key=lambda flag: (flag.model_id, flag.ls_number))


async def test_flags_and_models_are_those_of_the_certification_call(ours: Ours, theirs: Any) -> None:
    dataset_id = await ours.dataset_id(PLAIN)
    models = {model.model_id: model for model in await ours.dials.ml_models(WORKSPACE)}
    flags = await ours.dials.ml_flags(WORKSPACE, dataset_id, PLAIN.run)
    found = theirs.ml_bad_lumis.cert_json(list(models), [dataset_id], [PLAIN.run])[str(PLAIN.run)]
    assert flags
    assert {
        (flag.ls_number, flag.model_id, flag.metric, flag.me_id, models[flag.model_id].name) for flag in flags
    } == {
        (int(ls), bad["model_id"], bad["mse"], bad["me_id"], bad["filename"])
        for ls, each in found.items()
        for bad in each
    }


async def test_workspaces(ours: Ours, theirs: Any) -> None:
    assert await ours.dials.workspaces() == theirs.workspace.list()["workspaces"]
    assert await ours.dials.default_workspace() == theirs.workspace.my_workspace()["workspace"]


async def test_trap_a_filter_that_the_client_does_not_know_is_dropped(ours: Ours, theirs: Any) -> None:
    everywhere = theirs.run.list(theirs.run.filter_class(page_size=500, run_nmber=PLAIN.run)).results
    assert {row.run_number for row in everywhere} > {PLAIN.run}
    misspelt: dict[str, Any] = {"run_nmber": PLAIN.run}
    with pytest.raises(TypeError):
        await ours.dials.runs(WORKSPACE, **misspelt)
