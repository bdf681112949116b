"""The DIALS side of the synthetic world: workspaces, datasets, coverage, files, flags and certification."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.demo.cms.certification import dcs_lumisections
from dqmtui.demo.cms.ranges import parse_ranges, to_ranges
from dqmtui.demo.cms.truth import load_truth
from dqmtui.demo.cms.world import World, build_world

if TYPE_CHECKING:
    from pathlib import Path

ZERO_BIAS_E = 14711840
JETMET0_E = 14711862
EXPRESS_E = 14711907
CHARGE_LAYER_1 = 5
ZERO_BIAS_D = 14695512
CERTIFICATION_CLASS = "Collisions24"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def test_all_workspaces_exist_and_most_are_empty(world: World) -> None:
    assert world.workspaces == ("csc", "ecal", "egamma", "hcal", "jetmet", "muon", "tracker")
    assert world.default_workspace == "tracker"
    for workspace in set(world.workspaces) - {"jetmet", "tracker"}:
        assert world.elements(workspace) == ()
        assert world.files(workspace) == ()
        for dataset in world.datasets:
            assert world.dataset_runs(workspace, dataset.dataset_id) == ()
            assert world.lumisections(workspace, dataset.dataset_id, 381065).size == 0


def test_an_unknown_workspace_is_an_error_everywhere(world: World) -> None:
    for ask in (
        lambda: world.elements("higgs"),
        lambda: world.dataset_runs("higgs", ZERO_BIAS_E),
        lambda: world.lumisections("higgs", ZERO_BIAS_E, 381065),
        lambda: world.coverage("higgs", ZERO_BIAS_E, 381065, 1),
        lambda: world.files("higgs"),
        lambda: world.row_count("higgs", 1),
    ):
        with pytest.raises(KeyError):
            ask()


def test_unknown_datasets_runs_and_elements_have_no_rows(world: World) -> None:
    assert world.dataset_runs("tracker", 7) == ()
    assert world.lumisections("tracker", 7, 381065).size == 0
    assert world.lumisections("tracker", ZERO_BIAS_E, 380238).size == 0
    assert world.coverage("tracker", ZERO_BIAS_E, 381065, 999).size == 0
    assert world.row_count("tracker", 999) == 0


def test_the_tracker_has_the_141_elements_of_the_real_workspace(world: World, shared_data: Path) -> None:
    real = json.loads((shared_data / "tracker_mes.json").read_text())
    ours = [{"me_id": e.me_id, "me": e.me, "dim": e.dim} for e in world.elements("tracker")]
    assert ours == sorted(real, key=lambda row: int(row["me_id"]))


def test_elements_are_sorted_and_ids_hold_inside_one_workspace_only(world: World) -> None:
    by_id = {}
    for workspace in ("tracker", "jetmet"):
        ids = [element.me_id for element in world.elements(workspace)]
        assert ids == sorted(set(ids))
        by_id[workspace] = {element.me_id: element.me for element in world.elements(workspace)}
    shared = by_id["tracker"].keys() & by_id["jetmet"].keys()
    assert len(shared) >= 20
    assert all(by_id["tracker"][me_id] != by_id["jetmet"][me_id] for me_id in shared)
    names = [*by_id["tracker"].values(), *by_id["jetmet"].values()]
    for character in "+ [()]":
        assert any(character in name for name in names)


def test_datasets_have_names_of_the_real_form_and_ids_that_are_no_counters(world: World) -> None:
    assert len({dataset.dataset_id for dataset in world.datasets}) == len(world.datasets)
    for dataset in world.datasets:
        assert dataset.dataset_id > 1_000_000
        name = (
            rf"/{dataset.primary_ds_name}/{dataset.era}-\w+-v{dataset.processing_version}/{dataset.data_tier}"
        )
        assert re.fullmatch(name, dataset.dataset)
        assert dataset.processed_ds_name in dataset.dataset
    names = {dataset.dataset for dataset in world.datasets}
    assert {f"/ZeroBias/Run2024{era}-PromptReco-v1/DQMIO" for era in "BCDEF"} < names
    assert "/StreamExpress/Run2024E-Express-v1/DQMIO" in names


def test_jetmet_has_its_own_dataset_and_the_tracker_has_not(world: World) -> None:
    assert world.dataset_runs("jetmet", JETMET0_E) == (381065, 381115, 381151)
    assert world.dataset_runs("tracker", JETMET0_E) == ()
    assert world.dataset_runs("jetmet", ZERO_BIAS_E) == ()


def test_a_run_can_be_in_several_datasets_and_rows_differ_between_them(world: World) -> None:
    prompt = world.lumisections("tracker", ZERO_BIAS_E, 381065)
    express = world.lumisections("tracker", EXPRESS_E, 381065)
    assert 0 < prompt.size - express.size < 30
    assert np.isin(express, prompt).all()


def test_a_run_in_no_dataset_has_files_that_say_why(world: World) -> None:
    everywhere = [
        run
        for workspace in world.workspaces
        for dataset in world.datasets
        for run in world.dataset_runs(workspace, dataset.dataset_id)
    ]
    assert set(world.runs) - set(everywhere) == {382230}
    files = [file for file in world.files("tracker") if "/000/382/230/" in file.logical_file_name]
    assert {file.status for file in files} == {"PARSING_ERROR", "FILE_NOT_AVAILABLE"}
    assert all(file.err_trace for file in files)


def test_a_file_that_was_not_read_leaves_a_hole(world: World) -> None:
    ls = world.lumisections("tracker", ZERO_BIAS_D, 380310)
    assert to_ranges(np.setdiff1d(np.arange(2, 1130), ls)) == [[501, 525]]
    broken = [file for file in world.files("tracker") if file.status == "ROOTFILE_ERROR"]
    assert [file.dataset_id for file in broken] == [ZERO_BIAS_D]
    assert "/000/380/310/" in broken[0].logical_file_name


def test_the_run_that_goes_on_has_files_waiting(world: World) -> None:
    files = [file for file in world.files("tracker") if "/000/382/329/" in file.logical_file_name]
    assert {file.status for file in files} == {"FINISHED", "STARTED", "PENDING"}
    dataset = files[0].dataset_id
    assert world.lumisections("tracker", dataset, 382329).max() < 176


def test_the_newest_run_which_is_opened_first_has_data_from_its_beginning(world: World) -> None:
    newest = max(world.runs)
    (dataset,) = (
        one.dataset_id for one in world.datasets if newest in world.dataset_runs("tracker", one.dataset_id)
    )
    ls = world.lumisections("tracker", dataset, newest)
    assert ls[0] == 1
    entries, _ = world.histograms("tracker", dataset, newest, CHARGE_LAYER_1, ls[:5])
    assert (entries > 1000).all()


def test_files_are_sorted_unique_and_hold_every_row(world: World) -> None:
    for workspace in ("tracker", "jetmet"):
        files = world.files(workspace)
        keys = [(file.dataset_id, file.file_id) for file in files]
        assert keys == sorted(set(keys))
        finished = {file.file_id: file for file in files if file.status == "FINISHED"}
        seen = set()
        for dataset in world.datasets:
            for run in world.dataset_runs(workspace, dataset.dataset_id):
                for ls in world.lumisections(workspace, dataset.dataset_id, run).tolist():
                    number = world.file_id(dataset.dataset_id, run, ls)
                    file = finished[number]
                    assert file.dataset_id == dataset.dataset_id
                    assert f"/000/{run // 1000}/{run % 1000:03d}/" in file.logical_file_name
                    seen.add(number)
        assert seen == finished.keys()


def test_a_file_of_a_lumisection_without_rows_is_an_error(world: World) -> None:
    for key in ((ZERO_BIAS_E, 381065, 830), (ZERO_BIAS_E, 380238, 1), (7, 381065, 1)):
        with pytest.raises(KeyError):
            world.file_id(*key)


def test_J6_coverage_is_ragged(world: World) -> None:
    whole = world.lumisections("tracker", ZERO_BIAS_E, 381065)
    covers = [
        world.coverage("tracker", ZERO_BIAS_E, 381065, element.me_id) for element in world.elements("tracker")
    ]
    assert len({cover.size for cover in covers}) >= 3
    assert max(cover.size for cover in covers) == whole.size
    for cover in covers:
        assert np.isin(cover, whole).all()
        assert (np.diff(cover) > 0).all()
    at_the_lowest = [cover[0] == whole[0] for cover in covers]
    assert not all(at_the_lowest)


def test_row_counts_are_what_the_coverage_says(world: World) -> None:
    ls = world.lumisections("tracker", ZERO_BIAS_E, 381113)
    one, two = world.me_counts("tracker", ZERO_BIAS_E, 381113)
    for dim, counts in ((1, one), (2, two)):
        covers = [
            world.coverage("tracker", ZERO_BIAS_E, 381113, element.me_id)
            for element in world.elements("tracker")
            if element.dim == dim
        ]
        assert counts.tolist() == [sum(int(number in cover) for cover in covers) for number in ls]
    everywhere = sum(
        world.coverage("tracker", dataset.dataset_id, run, 12843058).size
        for dataset in world.datasets
        for run in world.dataset_runs("tracker", dataset.dataset_id)
    )
    assert world.row_count("tracker", 12843058) == everywhere


def test_lumisections_of_dials_are_not_those_of_oms(world: World) -> None:
    for dataset in world.datasets:
        for run in world.dataset_runs("tracker", dataset.dataset_id):
            dials = world.lumisections("tracker", dataset.dataset_id, run)
            assert dials.size
            assert dials.tolist() != world.runs[run].lumisections["lumisection_number"]


def test_lumisections_cannot_be_changed_from_outside(world: World) -> None:
    with pytest.raises(ValueError, match="read-only"):
        world.lumisections("tracker", ZERO_BIAS_E, 381065)[0] = 5


def test_ml_models_and_flags_have_the_fields_of_both_backends(world: World) -> None:
    names = {element.me_id: element.me for element in world.elements("tracker")}
    models = {model["model_id"]: model for model in world.ml_models}
    for model in models.values():
        assert {"filename", "target_me", "active", "id", "name", "revision", "type"} < model.keys()
        assert model["id"] == model["model_id"]
    assert {model["active"] for model in models.values()} == {True, False}
    for flag in world.ml_flags:
        model = models[flag["model_id"]]
        assert model["active"]
        assert names[int(str(flag["me_id"]))] == model["target_me"]
        assert flag["mse"] == flag["metric_value"]
        assert float(str(flag["mse"])) >= float(str(model["anomaly_threshold"]))


def test_flags_find_most_of_the_truth_and_few_good_lumisections(world: World) -> None:
    anomaly = next(one for one in load_truth() if one.name == "disk +1 charge drifts away")
    flagged = {
        flag["ls_number"]
        for flag in world.ml_flags
        if flag["run_number"] == anomaly.run and flag["dataset_id"] == ZERO_BIAS_E and flag["model_id"] == 20
    }
    bad = set(range(anomaly.first_ls, anomaly.last_ls + 1))
    assert 0.8 < len(flagged & bad) / len(bad) < 1
    assert len(flagged - bad) < 10


def test_flags_are_of_rows_that_exist(world: World) -> None:
    for flag in world.ml_flags[::25]:
        dataset, run, ls = (int(str(flag[name])) for name in ("dataset_id", "run_number", "ls_number"))
        assert ls in world.coverage("tracker", dataset, run, int(str(flag["me_id"])))
        assert flag["file_id"] == world.file_id(dataset, run, ls)


def content(world: World, kind: str) -> dict[str, list[list[int]]]:
    found = world.certification(CERTIFICATION_CLASS, kind)["content"]
    assert isinstance(found, dict)
    return found


def test_the_dcs_json_is_the_dcs_rule(world: World) -> None:
    expected = {run: to_ranges(dcs_lumisections(record)) for run, record in world.runs.items()}
    assert content(world, "dcs") == {str(run): ranges for run, ranges in expected.items() if ranges}


def test_the_golden_json_leaves_out_what_was_found_bad(world: World) -> None:
    golden, muon = content(world, "golden"), content(world, "muon")
    assert golden["381065"] == [[35, 609], [641, 825]]
    assert golden["381115"] == [[1, 899], [931, 1308]]
    assert muon["381115"] == [[1, 1308]]
    for run, ranges in golden.items():
        text = ",".join(f"{first}-{last}" for first, last in ranges)
        assert np.isin(parse_ranges(text), dcs_lumisections(world.runs[int(run)])).all()


def test_certification_has_the_fields_of_the_reply(world: World) -> None:
    body = world.certification(CERTIFICATION_CLASS, "golden")
    assert set(body) == {"name", "url", "last_modified", "size", "content"}
    assert str(body["url"]).endswith(str(body["name"]))


@pytest.mark.parametrize(
    ("class_name", "kind"),
    [("Collisions23", "golden"), ("Collisions", "golden"), ("24", "golden"), ("Collisions24", "silver")],
)
def test_a_class_or_kind_without_a_file_is_an_error(world: World, class_name: str, kind: str) -> None:
    with pytest.raises(KeyError):
        world.certification(class_name, kind)


def test_reference_runs_have_the_form_of_certhelper(world: World) -> None:
    rows = world.reference_runs()
    assert {frozenset(row) for row in rows} == {
        frozenset(
            {
                "run_number",
                "run_reconstruction_type",
                "reference_run_number",
                "reference_run_reconstruction_type",
                "dataset",
            }
        )
    }
    keys = [(row["run_number"], row["run_reconstruction_type"]) for row in rows]
    assert len(set(keys)) == len(keys) == 2 * len(world.runs)
    assert {None, "To Be Defined"} < {row["dataset"] for row in rows}
    usual = {row["reference_run_number"] for row in rows if row["run_number"] == 381065}
    assert usual == {380360}
    assert any(row["reference_run_number"] not in world.runs for row in rows)


def test_building_the_world_builds_no_run_and_needs_no_heavy_library() -> None:
    code = (
        "import sys; from dqmtui.demo.cms.world import build_world; world = build_world();"
        "assert not world.runs._built;"
        "print([name for name in ('pandas', 'scipy', 'pyarrow', 'textual', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
