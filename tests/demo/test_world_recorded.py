"""Recorded OMS columns in place of the synthetic ones."""

from __future__ import annotations

import gzip
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.demo.cms.certification import dcs_lumisections
from dqmtui.demo.cms.ranges import to_ranges
from dqmtui.demo.cms.world import World, build_world

if TYPE_CHECKING:
    from pathlib import Path

LUMISECTION_SECONDS = 23.31040958
CHARGE_LAYER_1 = 5


def recorded() -> dict[str, Any]:
    """A small recording: a hole, a null, a subdetector that is off, and no beams in the last LS."""
    return {
        "_about": {"units": {"delivered_lumi_per_lumisection": "pb^-1"}},
        "runs": {
            "390001": {
                "era": "Run2025C",
                "columns": {
                    "lumisection_number": [2, 3, 4, 7, 8],
                    "fill_number": [0, 9999, 9999, 9999, 9999],
                    "delivered_lumi_per_lumisection": [0.4, 0.4, None, 0.4, 0.0],
                    "pileup": [50.0, 50.5, None, 49.0, -0.01],
                    "cms_active": [True, True, True, True, False],
                    "beams_stable": [True, True, True, True, False],
                    "bpix_ready": [True, False, True, True, True],
                    "prescale_index": [4, 4, 7, 7, None],
                    "prescale_name": ["a+b", "a+b", "c", "c", None],
                },
            }
        },
    }


def rates() -> dict[str, Any]:
    counters = [1000, 1000, 0, 500]
    return {
        "runs": {
            "390001": {
                "paths": {
                    "HLT_ZeroBias_v12": {
                        "first_lumisection_number": [2, 3, 4, 7],
                        "rate": [counter / LUMISECTION_SECONDS for counter in counters],
                    },
                    "HLT_Physics_v9": {"first_lumisection_number": [], "rate": []},
                }
            },
            "399999": {"paths": {}},
        }
    }


def write(directory: Path, name: str, content: object) -> Path:
    file = directory / name
    file.write_text(json.dumps(content))
    return file


@pytest.fixture
def small(tmp_path: Path) -> World:
    return build_world(write(tmp_path, "lumis.json", recorded()), write(tmp_path, "rates.json", rates()))


def test_only_the_recorded_runs_are_served_exactly_as_recorded(small: World) -> None:
    assert list(small.runs) == [390001]
    record = small.runs[390001]
    columns = recorded()["runs"]["390001"]["columns"]
    assert {name: record.lumisections[name] for name in columns} == columns
    assert record.lumisections.keys() - columns.keys() == {"start_time", "end_time"}
    path = record.hlt["HLT_ZeroBias_v12"]
    assert list(path.rate_hz) == rates()["runs"]["390001"]["paths"]["HLT_ZeroBias_v12"]["rate"]
    assert path.counter == (1000, 1000, 0, 500)
    assert record.hlt["HLT_Physics_v9"].first_lumisection_number == ()
    assert record.lumisection_units == {"delivered_lumi_per_lumisection": "pb^-1"}


def test_the_card_says_what_the_columns_say_and_when_that_was(small: World) -> None:
    card = small.runs[390001].attributes
    assert card == {
        "run_number": 390001,
        "sequence": "GLOBAL-RUN",
        "era": "2025C",
        "fill_number": 9999,
        "last_lumisection_number": 8,
        "stable_beam": True,
        "delivered_lumi": pytest.approx(1.2),
        "initial_prescale_index": 4,
        "start_time": "2024-05-20T00:00:00Z",
        "end_time": "2024-05-20T00:03:06Z",
        "duration": 186,
    }


def three_runs() -> dict[str, Any]:
    """Two runs of a fill one after the other, and one whose times are recorded."""

    def run(fill: int, numbers: list[int], **more: object) -> dict[str, Any]:
        columns = {"lumisection_number": numbers, "fill_number": [fill] * len(numbers), **more}
        columns.setdefault("beams_stable", [False] + [True] * (len(numbers) - 1))
        return {"era": "Run2025C", "columns": columns}

    times = {
        "start_time": [None, "2025-06-01T12:00:23Z", "2025-06-01T12:01:10Z"],
        "end_time": [None, "2025-06-01T12:00:46Z", "2025-06-01T12:01:33Z"],
    }
    return {
        "runs": {
            "390003": run(9999, [1, 2, 4], **times),
            "390001": run(9998, [1, 2, 3]),
            "390002": run(9998, [1, 5]),
        }
    }


def seconds_between(first: object, last: object) -> float:
    begun, ended = (datetime.fromisoformat(str(text)) for text in (first, last))
    return (ended - begun).total_seconds()


def test_the_runs_follow_each_other_by_their_lumisections(tmp_path: Path) -> None:
    world = build_world(write(tmp_path, "lumis.json", three_runs()))
    ended: object = None
    for record in world.runs.values():
        card, columns = record.attributes, record.lumisections
        last = int(str(columns["lumisection_number"][-1]))
        assert card["duration"] == int(last * LUMISECTION_SECONDS)
        assert seconds_between(card["start_time"], card["end_time"]) == card["duration"]
        assert columns["end_time"][-1] == card["end_time"]
        assert ended is None or seconds_between(ended, card["start_time"]) > 0
        ended = card["end_time"]
    first = world.runs[390001]
    assert first.lumisections["start_time"][0] == first.attributes["start_time"]
    assert first.lumisections["end_time"][:2] == first.lumisections["start_time"][1:]


def test_times_that_are_recorded_count(tmp_path: Path) -> None:
    content = three_runs()
    world = build_world(write(tmp_path, "lumis.json", content))
    record, columns = world.runs[390003], content["runs"]["390003"]["columns"]
    assert record.attributes["start_time"] == "2025-06-01T12:00:00Z"
    assert record.attributes["end_time"] == "2025-06-01T12:01:33Z"
    assert {name: record.lumisections[name] for name in columns} == columns


def test_fills_have_the_times_of_their_runs(tmp_path: Path) -> None:
    world = build_world(write(tmp_path, "lumis.json", three_runs()))
    first, second = (world.runs[run].attributes for run in (390001, 390002))
    fill, other = world.fills
    assert (fill["start_time"], fill["end_time"]) == (first["start_time"], second["end_time"])
    assert fill["duration"] == seconds_between(fill["start_time"], fill["end_time"])
    assert fill["start_stable_beam"] == world.runs[390001].lumisections["start_time"][1]
    assert fill["end_stable_beam"] == second["end_time"]
    assert (other["start_time"], other["end_time"]) == ("2025-06-01T12:00:23Z", "2025-06-01T12:01:33Z")


def test_prescale_changes_fills_and_eras_follow_from_the_columns(small: World) -> None:
    changes = small.runs[390001].prescale_changes
    assert [(row["lumisection_number"], row["new_prescale_name"]) for row in changes] == [
        (2, "a+b"),
        (4, "c"),
    ]
    assert [fill["fill_number"] for fill in small.fills] == [9999]
    assert small.eras == ({"name": "2025C", "start_fill": 9999, "end_fill": 9999},)


def test_histograms_follow_the_recorded_rates_flags_and_pileup(small: World) -> None:
    dataset = next(one for one in small.datasets if one.primary_ds_name == "ZeroBias")
    assert dataset.dataset == "/ZeroBias/Run2025C-PromptReco-v1/DQMIO"
    ls = small.lumisections("tracker", dataset.dataset_id, 390001)
    assert ls.tolist() == [2, 3, 4, 7]
    entries, _ = small.histograms("tracker", dataset.dataset_id, 390001, CHARGE_LAYER_1, ls)
    assert entries[2] == 0
    assert entries[1] < 0.05 * entries[0]
    assert entries[3] / entries[0] == pytest.approx(0.49, abs=0.02)


def test_gzipped_and_plain_files_are_the_same(small: World, tmp_path: Path) -> None:
    packed = tmp_path / "lumis.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(recorded()).encode()))
    assert build_world(packed).runs[390001].lumisections == small.runs[390001].lumisections


def test_a_run_without_recorded_rates_has_usual_ones_where_cms_was_active(tmp_path: Path) -> None:
    lumis = write(tmp_path, "lumis.json", recorded())
    of_another: dict[str, Any] = {"runs": {"399999": {"paths": {}}}}
    for world in (build_world(lumis), build_world(lumis, write(tmp_path, "rates.json", of_another))):
        dataset = next(one for one in world.datasets if one.primary_ds_name == "ZeroBias")
        path = world.trigger_path(dataset.dataset_id, 390001)
        assert path is not None
        assert path.startswith("HLT_ZeroBias_v")
        rates = world.runs[390001].hlt[path]
        assert rates.first_lumisection_number == (2, 3, 4, 7)
        assert all(rate is not None and 40 < rate < 60 for rate in rates.rate_hz)
        ls = world.lumisections("tracker", dataset.dataset_id, 390001)
        assert ls.tolist() == [2, 3, 4, 7]
        entries, _ = world.histograms("tracker", dataset.dataset_id, 390001, CHARGE_LAYER_1, ls)
        assert (entries > 0).all()


def test_a_run_without_beams_has_the_rates_of_cosmics(tmp_path: Path) -> None:
    world = build_world(write(tmp_path, "lumis.json", with_column("beams_stable", [False] * 5)))
    assert any(path.startswith("HLT_L1SingleMuCosmics_v") for path in world.runs[390001].hlt)
    assert not any(path.startswith("HLT_ZeroBias") for path in world.runs[390001].hlt)
    assert {one.primary_ds_name for one in world.datasets} == {"Cosmics"}


def test_a_run_whose_recorded_rates_are_none_has_none(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"runs": {"390001": {"paths": {}}}}
    files = (write(tmp_path, "lumis.json", recorded()), write(tmp_path, "rates.json", nothing))
    world = build_world(*files)
    assert dict(world.runs[390001].hlt) == {}
    dataset = next(one for one in world.datasets if one.primary_ds_name == "ZeroBias")
    ls = world.lumisections("tracker", dataset.dataset_id, 390001)
    assert ls.tolist() == [2, 3, 4, 7]
    entries, _ = world.histograms("tracker", dataset.dataset_id, 390001, CHARGE_LAYER_1, ls)
    assert entries.tolist() == [0, 0, 0, 0]


def test_everything_can_be_asked_of_a_recorded_world(small: World) -> None:
    assert small.files("tracker")
    assert small.certification("Collisions25", "dcs")["content"] == {}
    assert {row["run_number"] for row in small.reference_runs()} == {390001}
    assert small.ml_flags == ()
    assert len(small.ml_models) > 0
    assert all(small.row_count("tracker", element.me_id) for element in small.elements("tracker"))


def with_column(name: str, values: object) -> dict[str, Any]:
    content = recorded()
    content["runs"]["390001"]["columns"][name] = values
    return content


def with_path(rows: object) -> dict[str, Any]:
    return {"runs": {"390001": {"paths": {"HLT_X_v1": rows}}}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], 'has no "runs"'),
        ({"runs": {}}, 'has no "runs"'),
        ({"runs": {"381o65": {}}}, "no run number"),
        ({"runs": {"381065": []}}, "is no object"),
        ({"runs": {"381065": {"columns": []}}}, '"columns"'),
        ({"runs": {"381065": {"columns": {"pileup": [1.0]}}}}, "has no lumisection_number column"),
        ({**recorded(), "_about": {"units": ["pb"]}}, '"units"'),
        (with_column("pileup", [1.0, 2.0]), "column pileup has 2 values for 5 lumisections"),
        (with_column("pileup", [1.0, 2.0, "x", 3.0, 4.0]), "no numbers"),
        (with_column("start_time", [None, None, "yesterday", None, None]), "no times"),
        (with_column("end_time", [None, None, 5, None, None]), "no times"),
        (with_column("bpix_ready", [[], True, True, True, True]), "lists or objects"),
        (with_column("lumisection_number", [2, 3, 3, 7, 8]), "not sorted, or repeats"),
        (with_column("lumisection_number", [0, 3, 4, 7, 8]), "no lumisection numbers"),
        (with_column("lumisection_number", [2, 3, 4.5, 7, 8]), "no lumisection numbers"),
        (with_column("lumisection_number", [True, 3, 4, 7, 8]), "no lumisection numbers"),
    ],
)
def test_a_bad_file_of_lumisections_is_named_with_what_is_wrong(
    tmp_path: Path, content: object, said: str
) -> None:
    file = write(tmp_path, "bad.json", content)
    with pytest.raises(ValueError, match=r"bad\.json") as raised:
        build_world(file)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"runs": {"390001": {}}}, '"paths"'),
        (with_path([]), "HLT_X_v1 is no object"),
        (with_path({"first_lumisection_number": [1, 2], "rate": [1.0]}), '"rate"'),
        (with_path({"first_lumisection_number": [1, 2], "rate": [1.0, "x"]}), '"rate"'),
        (with_path({"first_lumisection_number": [1, 2], "rate": [1.0, -1.0]}), '"rate"'),
        (with_path({"first_lumisection_number": [2, 1], "rate": [1.0, 1.0]}), "not sorted"),
    ],
)
def test_a_bad_file_of_rates_is_named_with_what_is_wrong(tmp_path: Path, content: object, said: str) -> None:
    lumis = write(tmp_path, "lumis.json", recorded())
    with pytest.raises(ValueError, match=r"rates\.json") as raised:
        build_world(lumis, write(tmp_path, "rates.json", content))
    assert said in str(raised.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(gzip.compress(b"{}")[:-6])
    garbage = tmp_path / "garbage.json"
    garbage.write_text("{'runs': 1}")
    for file in (tmp_path / "missing.json", broken, garbage, tmp_path):
        with pytest.raises(ValueError, match=re.escape(file.name)):
            build_world(file)


def test_rates_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="need recorded lumisections"):
        build_world(None, write(tmp_path, "rates.json", rates()))


@pytest.fixture(scope="module")
def real(shared_data: Path) -> World:
    return build_world(
        shared_data / "oms_lumisections_2024E_subset.json.gz", shared_data / "hlt_rates_2024E_subset.json.gz"
    )


def test_real_columns_are_served_unchanged(real: World, shared_data: Path) -> None:
    with gzip.open(shared_data / "oms_lumisections_2024E_subset.json.gz") as file:
        runs = json.load(file)["runs"]
    assert [str(run) for run in real.runs] == sorted(runs)
    for run, content in runs.items():
        columns = real.runs[int(run)].lumisections
        assert {name: columns[name] for name in content["columns"]} == content["columns"]


def test_real_runs_have_ended(real: World) -> None:
    for record in real.runs.values():
        assert record.attributes["end_time"] == record.lumisections["end_time"][-1]
    assert all(fill["end_time"] for fill in real.fills)


def test_N7_real_columns_give_the_official_dcs_ranges(real: World, shared_data: Path) -> None:
    official = json.loads((shared_data / "json_DCSONLY_2024.txt").read_text())
    for run, record in real.runs.items():
        assert to_ranges(dcs_lumisections(record)) == official.get(str(run), [])


def test_real_rates_are_whole_counts(real: World) -> None:
    for record in real.runs.values():
        for path in record.hlt.values():
            rate_hz = np.array(path.rate_hz, np.float64)
            counts = np.array(path.counter, np.float64)
            assert np.allclose(rate_hz * LUMISECTION_SECONDS, counts, atol=1e-4)


def test_every_real_run_is_in_a_dataset_and_can_be_drawn(real: World) -> None:
    drawn = set()
    for dataset in real.datasets:
        for run in real.dataset_runs("tracker", dataset.dataset_id):
            ls = real.lumisections("tracker", dataset.dataset_id, run)
            entries, _ = real.histograms("tracker", dataset.dataset_id, run, CHARGE_LAYER_1, ls)
            assert entries.size == ls.size
            drawn.add(run)
    assert drawn == set(real.runs)
